"""The engine that runs a room: turns, commands carried out, memory kept."""
