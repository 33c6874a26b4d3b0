"""The command line's front door.

It imports click and nothing else, so that `--help` answers at once; each command's module
is loaded when it is called. Errors raised on purpose end here, as one line on stderr.
"""

import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn, cast

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("tui.commands.run", "Open a new room and let it talk."),
    "resume": ("tui.commands.run", "Go on with a room."),
    "replay": ("tui.commands.replay", "Play a room or a transcript again."),
    "list": ("tui.commands.rooms", "List the rooms, the newest first."),
    "show": ("tui.commands.rooms", "Print a room's transcript."),
    "search": ("tui.commands.rooms", "Find words in all rooms."),
    "rename": ("tui.commands.rooms", "Give a room another title."),
    "fork": ("tui.commands.rooms", "Make a room that shares another's past."),
    "archive": ("tui.commands.archive", "Move the logs of cold rooms into the bank, and back."),
    "rm": ("tui.commands.rooms", "Delete rooms, after asking."),
    "import": ("tui.commands.exchange", "Read a foreign transcript into a room."),
    "export": ("tui.commands.exchange", "Write a room as md, html, jsonl or txt."),
    "fold": ("tui.commands.fold", "Fold files, folders or rooms into one small archive."),
    "unfold": ("tui.commands.fold", "Unfold an archive, verified."),
    "cc": ("tui.commands.cc", "Look into the hidden memory."),
    "bank": ("tui.commands.bank", "Look after what is kept of all rooms."),
    "generate": ("tui.commands.generate", "Have the byte model write, or talk with it."),
    "models": ("tui.commands.models", "List models, or find one."),
    "scenarios": ("tui.commands.scenarios", "List scenarios, or check one."),
    "data": ("tui.commands.data", "Make text ready for training."),
    "train": ("tui.commands.train", "Train the byte model, and freeze it."),
    "eval": ("tui.commands.evaluate", "Measure the memory on conversations with questions."),
    "doctor": ("tui.commands.doctor", "Say what works here and what is missing."),
    "paths": ("tui.commands.doctor", "Print where things are kept."),
    "completion": ("tui.commands.completion", "Print shell completion."),
}
"""Every command: the module it is in, and its line in `--help`."""


class _Lazy(click.Group):
    """A group that knows its commands by name and loads them by need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        return cast("click.Command", getattr(module, f"{cmd_name}_command"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS:
            near = [known for known in COMMANDS if known.startswith(name[:2])]
            hint = f"; did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"no command {name!r}{hint or ';'} `enfold --help` lists them")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"enfold {version('enfold')}")
        ctx.exit()


@click.group(
    cls=_Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: enfold run --rounds 2",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
    help="Print the version.",
)  # fmt: skip
@click.option(
    "--plain", is_flag=True, help="Line after line, for screen readers and slow lines."
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII alone.")
@click.option("--theme", default="", metavar="NAME", help="Colours of the screen.")
@click.pass_context
def cli(ctx: click.Context, plain: bool, ascii_only: bool, theme: str) -> int | None:
    """Rooms in the terminal where AI models talk with each other and with you, and remember.

    Without a command: the full screen. Pick a room, or begin one.
    """
    if ctx.invoked_subcommand is not None:
        return None
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        # `enfold | head` and a container without a terminal show something too.
        run = cli.get_command(ctx, "run")
        return cast("int", ctx.invoke(run)) if run is not None else 1
    screen = import_module("tui.commands.screen")
    return cast("int", screen.show_screen(plain=plain, ascii_only=ascii_only, theme=theme))


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 error, 2 usage, 3 budget, 4 provider, 130 stopped."""
    sys.exit(_run())


def _streams() -> None:
    """Make sure that reading and printing cannot fail for want of a stream or a letter."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run() -> int:
    _streams()
    try:
        code = cli.main(standalone_mode=False, prog_name="enfold")
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone: nothing more to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        told = f"{error.filename or ''}: {error.strerror}" if error.strerror else str(error)
        click.echo(f"Error: {import_module('tui.printing').safe(told.lstrip(': '))}", err=True)
        return 1
    except Exception as error:
        known = _ours(error)
        if known is None:
            import_module("logging").getLogger(__name__).exception("a bug")
            raise
        # What it names may be a stranger's: a member of an archive, a file's name.
        click.echo(f"Error: {import_module('tui.printing').safe(known)}", err=True)
        return _code(error)
    return code if isinstance(code, int) else 0


def _ours(error: Exception) -> str | None:
    """Return the line for an error raised on purpose, `None` for a bug."""
    kinds = {
        ("transcripts.errors", "TranscriptError"),
        ("agents.errors", "AgentError"),
        ("memory.errors", "RecallError"),
        ("harness.errors", "HarnessError"),
    }
    for kind in type(error).__mro__:
        if (kind.__module__, kind.__name__) in kinds:
            return " ".join(str(error).split())
    return None


def _code(error: Exception) -> int:
    provider = any(kind.__name__ == "ProviderError" for kind in type(error).__mro__)
    return 4 if provider else 1
