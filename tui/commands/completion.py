"""`enfold completion`: what a shell needs to complete our commands."""

import click
from click.shell_completion import get_completion_class


@click.command(
    "completion", epilog='Example: eval "$(enfold completion bash)"   (in your ~/.bashrc)'
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print shell completion for bash, zsh or fish."""
    root = click.get_current_context().find_root().command
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"no completion for {shell}")
    click.echo(made(root, {}, "enfold", "_ENFOLD_COMPLETE").source())
