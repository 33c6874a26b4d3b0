"""The command language: what a line of chat can ask for. Words only; deeds are the harness's."""
