"""`enfold replay`: a room or a transcript told again, and remembered as it goes."""

import asyncio
import sys
from pathlib import Path

import click

from harness.clock import clock
from harness.imports import bring_in
from harness.paths import paths
from harness.rehearsal import Rehearsal
from harness.rooms import Rooms
from transcripts.events import Spoke
from transcripts.log import read
from transcripts.replay import Player
from transcripts.wire import encode
from tui.commands.archive import log_of
from tui.live import Live
from tui.printing import finite, say


@click.command("replay", epilog="Example: enfold replay conversation.txt --speed 4")
@click.argument("source", default="")
@click.option(
    "--speed",
    type=click.FloatRange(0, 1e6, min_open=True),
    callback=finite,
    default=1.0,
    show_default=True,
    help="2 is twice as fast.",
)
@click.option("--step", is_flag=True, help="One entry at each press of Enter.")
@click.option("--screen", is_flag=True, help="In the full screen.")
@click.option("--headless", is_flag=True, help="All at once, without waiting.")
@click.option("--jsonl", is_flag=True, help="Print the log's lines.")
@click.option("--reasoning", is_flag=True, help="Print the models' reasoning too.")
def replay_command(
    source: str,
    speed: float,
    step: bool,
    screen: bool,
    headless: bool,
    jsonl: bool,
    reasoning: bool,
) -> int:
    """Play a room or a transcript again, at its own pace, and fold every turn.

    SOURCE is a room, or a file that `enfold import` can read (it becomes a room first);
    without it, the newest room. A room that was folded when it was live is shown as it was.
    """
    where = paths()
    rooms = Rooms.of(where)
    now = clock()
    if source and Path(source).is_file() and Path(source).name != "log.jsonl":
        done = bring_in(rooms, Path(source), now=now.now())
        room_id = done.room
        say(f"{source}: {done.reading.format}, {'now' if done.new else 'already'} {room_id}")
    else:
        room_id = rooms.find(source) if source else rooms.last()
    if screen:
        from tui.commands.screen import show_screen

        return show_screen(room=room_id, replay=True)
    if step and not sys.stdin.isatty():
        raise click.UsageError("--step waits for Enter, and stdin is no terminal")
    pace = None if headless or step else speed
    return asyncio.run(
        _play(rooms, room_id, pace, step=step, jsonl=jsonl, live=Live(reasoning=reasoning))
    )


async def _play(
    rooms: Rooms, room_id: str, pace: float | None, *, step: bool, jsonl: bool, live: Live
) -> int:
    entries = list(read(log_of(rooms, room_id)))
    player = Player(entries, speed=pace)
    where = paths()
    with Rehearsal(where.bank, room_id, entries) as rehearsal:
        lines = 0
        async for entry in player:
            lines += isinstance(entry.event, Spoke)
            if jsonl:
                click.echo(encode(entry))
            else:
                live.entry(entry)
            await rehearsal.hear(entry)
            if step and not sys.stdin.readline():
                break  # Ctrl-D
        await rehearsal.finish()
        folds, size, budget = rehearsal.folds, rehearsal.size, rehearsal.budget
    say(
        f"\nroom {room_id}: {lines} messages, {folds} folds, "
        f"cc {size:,} of {budget:,} bytes"
        + (" (as it was when live)" if rehearsal.recorded else "")
    )
    return 0
