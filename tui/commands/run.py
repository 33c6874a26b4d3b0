"""`enfold run` and `enfold resume`: a room goes on, here in the terminal."""

import asyncio
import os
import select
import signal
import stat
import sys
from collections.abc import AsyncIterator, Mapping

import click

from harness.clock import Clock, clock
from harness.compose import find_scenario, new_room, open_session
from harness.config import read as read_settings
from harness.diary import keep_diary
from harness.paths import paths
from harness.rooms import Rooms
from harness.session.ending import Ending
from harness.session.session import Session
from harness.turn import Glimpse
from transcripts.events import Entry, ImageCreated
from transcripts.wire import encode
from tui.live import Live
from tui.printing import finite, safe, say

CODES = {"budget": 3, "provider": 4, "stopped": 130}
"""Exit codes of endings; the others are 0."""

PIPE_SECONDS = 0.2
"""How long a pipe may take to have something in it."""

STDIN_CHARS = 200_000
"""Of an opening line that comes by stdin, at most."""


@click.command(
    "run",
    epilog="Example: enfold run lighthouse --rounds 3 --seed 7\n\n"
    "Example: enfold run lighthouse --screen\n\n"
    "Example: echo 'What is a tide?' | enfold run --headless --jsonl",
)
@click.argument("scenario", default="")
@click.option("--rounds", type=click.IntRange(min=1), help="End after so many rounds.")
@click.option("--turns", type=click.IntRange(min=1), help="End after so many turns.")
@click.option("--headless", is_flag=True, help="No person is there: nothing waits or asks.")
@click.option("--jsonl", is_flag=True, help="Print the log's lines instead of a transcript.")
@click.option("--screen", is_flag=True, help="In the full screen.")
@click.option(
    "--carrier",
    type=click.Choice(["text", "state", "window", "empty", "full"]),
    help="How the room is remembered.",
)
@click.option("--seed", type=int, help="Draw everything from this, so a run can be repeated.")
@click.option(
    "--budget-usd",
    type=click.FloatRange(0, 1e9),
    callback=finite,
    help="Stop at so many dollars.",
)
@click.option(
    "--say",
    "opening",
    help="Your first line, instead of the scenario's; - reads it from stdin.",
)
@click.option(
    "--set", "variables", multiple=True, metavar="NAME=VALUE", help="A scenario's variable."
)
def run_command(
    scenario: str,
    rounds: int | None,
    turns: int | None,
    headless: bool,
    jsonl: bool,
    screen: bool,
    carrier: str | None,
    seed: int | None,
    budget_usd: float | None,
    opening: str | None,
    variables: tuple[str, ...],
) -> int:
    """Open a new room and let it talk.

    SCENARIO is a name from `enfold scenarios` or a TOML file; without it, the default runs,
    which needs no key and no network. Ctrl-C stops the speaker and keeps what was said.
    """
    if screen:
        from tui.commands.screen import needs_terminal

        if headless or jsonl:
            raise click.UsageError("--screen shows the room: not with --headless or --jsonl")
        needs_terminal()  # before there is a room
    where = paths()
    keep_diary(where.log)
    settings = read_settings(where.settings)
    values = dict(_pair(pair) for pair in variables)
    chosen = find_scenario(scenario, where, settings, values)
    opening = _opening(opening)
    now = clock()
    rooms = Rooms.of(where)
    room_id = asyncio.run(
        new_room(
            rooms,
            chosen,
            where,
            settings,
            now,
            seed=seed,
            carrier=carrier or "",
            opening=opening,
            dollars=budget_usd,
        )
    )
    rounds = rounds if rounds is not None or turns is not None else chosen.rounds
    if screen:
        from tui.commands.screen import show_screen

        return show_screen(room=room_id, new=True, rounds=rounds, turns=turns)
    return asyncio.run(
        _go(
            rooms,
            room_id,
            now,
            rounds=rounds,
            turns=turns,
            jsonl=jsonl,
            new=True,
            asks=not headless and sys.stdin.isatty(),
        )
    )


@click.command("resume", epilog="Example: enfold resume --last --rounds 2")
@click.argument("room", default="")
@click.option("--last", is_flag=True, help="The room that was written to last.")
@click.option("--rounds", type=click.IntRange(min=1), help="End after so many rounds.")
@click.option("--turns", type=click.IntRange(min=1), help="End after so many turns.")
@click.option("--say", "opening", help="Your line, before anybody else's.")
@click.option(
    "--jsonl", is_flag=True, help="Print the log's new lines instead of a transcript."
)
@click.option(
    "--cast",
    "models",
    multiple=True,
    metavar="ID=MODEL",
    help="Who speaks for a participant from now on, such as AI-1=claude-opus-4-5.",
)
@click.option("--headless", is_flag=True, help="No person is there: nothing waits or asks.")
@click.option("--screen", is_flag=True, help="In the full screen.")
def resume_command(
    room: str,
    last: bool,
    rounds: int | None,
    turns: int | None,
    opening: str | None,
    models: tuple[str, ...],
    jsonl: bool,
    headless: bool,
    screen: bool,
) -> int:
    """Go on with a room.

    ROOM is its id, the start of it, or its title. Whatever a crash left half-done is
    finished first: a torn line, commands not carried out, pictures, folds.
    """
    where = paths()
    keep_diary(where.log)
    rooms = Rooms.of(where)
    if room and last:
        raise click.UsageError("give a ROOM or --last, not both")
    room_id = rooms.find(room) if room else rooms.last()
    if screen:
        from tui.commands.screen import show_screen

        return show_screen(room=room_id)
    opening = _opening(opening)
    if rounds is None and turns is None:
        rounds = 1
    return asyncio.run(
        _go(
            rooms,
            room_id,
            clock(),
            rounds=rounds,
            turns=turns,
            jsonl=jsonl,
            say_first=opening,
            models=dict(_pair(pair) for pair in models),
            asks=not headless and sys.stdin.isatty(),
        )
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{text!r}: NAME=VALUE expected")
    return name, value


def _opening(said: str | None) -> str | None:
    """The person's first line: `--say`, or what was piped in; `None` for neither.

    `--say -` waits for the pipe to end; otherwise a pipe counts only if something is in it
    already, so that a room in a script does not wait for words nobody will write.
    """
    if said is not None and said != "-":
        return said
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return None
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
        waits = said == "-" or bool(select.select([sys.stdin], [], [], PIPE_SECONDS)[0])
        if not (waits and (stat.S_ISFIFO(mode) or stat.S_ISREG(mode))):
            return None
        text = sys.stdin.read(STDIN_CHARS + 1)
    except (OSError, ValueError):
        return None
    if len(text) > STDIN_CHARS:
        raise click.UsageError(f"stdin: more than {STDIN_CHARS:,} characters")
    return text.rstrip("\n") if text.strip() else None


async def _go(
    rooms: Rooms,
    room_id: str,
    now: Clock,
    *,
    rounds: int | None,
    turns: int | None,
    jsonl: bool,
    new: bool = False,
    say_first: str | None = None,
    models: Mapping[str, str] | None = None,
    asks: bool = False,
) -> int:
    where = paths()
    settings = read_settings(where.settings)
    async with open_session(rooms, room_id, where, settings, now) as session:
        with session.reader() as items:
            old = 0 if new else len(session.log)
            printing = asyncio.create_task(_print(list(session.log), items, old, jsonl=jsonl))
            # Nobody reads any more (`enfold run | head`): no reason to go on paying.
            printing.add_done_callback(lambda _: session.finish())
            _handle_signals(session)
            if session.room.paused:
                session.resume()
            for participant, model in (models or {}).items():
                session.recast(participant, model)
            if say_first:
                session.say(say_first)
            try:
                ending = await session.run(rounds=rounds, turns=turns)
            finally:
                await printing
    _summary(session, room_id, ending)
    if ending.reason == "budget" and asks and click.confirm("Go on with as much again?"):
        return await _go(
            rooms, room_id, now, rounds=rounds, turns=turns, jsonl=jsonl, asks=True
        )
    return CODES.get(ending.reason, 0)


async def _print(
    log: list[Entry], items: AsyncIterator[Entry | Glimpse], old: int, *, jsonl: bool
) -> None:
    """Print the log from place `old` on, then what happens."""
    live = Live()
    for entry in log[:old]:
        live.know(entry)
    for entry in log[old:]:
        _show(live, entry, jsonl=jsonl)
    async for item in items:
        _show(live, item, jsonl=jsonl)


def _show(live: Live, item: Entry | Glimpse, *, jsonl: bool) -> None:
    match item:
        case Entry():
            if jsonl:
                click.echo(encode(item))
            else:
                live.entry(item)
        case _:
            if not jsonl:
                live.glimpse(item)


def _handle_signals(session: Session) -> None:
    """Let Ctrl-C and a polite kill end the run with everything kept; a second one is rude."""
    loop = asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        session.finish()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)


def _summary(session: Session, room_id: str, ending: Ending) -> None:
    room = session.room
    pictures = sum(isinstance(entry.event, ImageCreated) for entry in session.log)
    parts = [
        f"{room.lines} messages",
        f"{len([seat for seat in room.seats if not seat.participant.person])} models",
        f"{pictures} pictures",
        f"{room.carried.folds} folds",
        f"cc {room.carried.size:,} of {room.opened.budget:,} bytes",
    ]
    if room.dollars:
        parts.append(f"${room.dollars:.4f}")
    say("")
    if ending.detail:
        say(safe(ending.detail))
    say(f"room {room_id}: " + ", ".join(parts))
    for what in ("replay", "resume", "cc show"):
        say(f"  enfold {what} {room_id}")
