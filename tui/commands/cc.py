"""`enfold cc`: what a room carries from turn to turn."""

from bisect import bisect_right
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import click

from harness.archived import first as first_of
from harness.inspection import look, remedy
from harness.paths import paths
from harness.rewriting import rewritten
from harness.rooms import Rooms
from transcripts.events import Entry, Opened, Scored
from transcripts.log import read
from tui.commands.archive import log_of
from tui.printing import data, safe, say, table

if TYPE_CHECKING:
    from memory.bank.bank import Bank


_END = 1 << 62
"""Beyond every place."""


@click.group("cc", epilog="Example: enfold cc show the-last-watch --at 40")
def cc_command() -> None:
    """Look into the hidden memory."""


@cc_command.command("show", epilog="Example: enfold cc show the-last-watch --at 40")
@click.argument("room", default="")
@click.option("--at", "place", type=click.IntRange(0, _END), help="As it was at this place.")
@click.option("--render", is_flag=True, help="As a speaker is told it.")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def show_command(room: str, place: int | None, render: bool, as_json: bool) -> None:
    """Print cc: what is carried, and how large it is against its budget."""
    from memory.cc.carriers import carrier

    with _open(room) as (bank, room_id, opened):
        if not bank.history(room_id, opened.carrier):
            log = list(read(log_of(Rooms.of(paths()), room_id)))
            raise click.ClickException(f"{room_id}: {remedy(room_id, log)}")
        cc = bank.at(room_id, opened.carrier, _END if place is None else place)
    way = carrier(opened.carrier, opened.budget)
    text = way.render(cc, opened.budget) if render else cc.code.decode("utf-8", "replace")
    if as_json:
        data(
            {
                "room": room_id,
                "carrier": opened.carrier,
                "upto": cc.upto,
                "size": way.size(cc),
                "budget": opened.budget,
                "text": text,
            }
        )
        return
    say(
        f"{room_id}: carrier {opened.carrier}, covers places 0 to {cc.upto}, "
        f"{way.size(cc):,} of {opened.budget:,} bytes"
    )
    if text:
        click.echo(safe(text.rstrip("\n")))


@cc_command.command("history", epilog="Example: enfold cc history the-last-watch --json")
@click.argument("room", default="")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def history_command(room: str, as_json: bool) -> None:
    """Print every fold: what it took in, the size of cc after it, and how the room went on.

    BACK has the places of older lines that went back into cc with it. The last column is the
    score of the newest scored turn that it took in: percent of what the talk is worth that
    what was sent was worth.
    """
    with _open(room) as (bank, room_id, opened):
        rows = bank.history(room_id, opened.carrier)
        entries = list(read(log_of(Rooms.of(paths()), room_id)))
        scores = _scores(entries)
    folds = [
        {
            "fold": number,
            "first": row.first,
            "last": row.upto,
            "size": row.size,
            "budget": opened.budget,
            "ms": round(row.seconds * 1000, 2),
            "digest": row.digest,
            "back": list(rewritten(entries[row.first : row.upto + 1])),
            "score": _within(scores, row.first, row.upto),
        }
        for number, row in enumerate(rows, 1)
    ]
    if as_json:
        data(folds)
        return
    if not folds:
        say(f"{room_id}: nothing folded yet")
        return
    shown = [
        {
            **fold,
            "digest": str(fold["digest"])[:12],
            "back": " ".join(map(str, cast("list[int]", fold["back"]))),
        }
        for fold in folds
    ]
    table(
        shown,
        {
            "fold": "FOLD",
            "first": "FIRST",
            "last": "LAST",
            "size": "BYTES",
            "budget": "BUDGET",
            "ms": "MS",
            "digest": "DIGEST",
            "back": "BACK",
            "score": "SCORE",
        },
    )


@cc_command.command("diff", epilog="Example: enfold cc diff the-last-watch --at 40")
@click.argument("room", default="")
@click.option("--at", "place", type=click.IntRange(0, _END), help="The fold that covers it.")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def diff_command(room: str, place: int | None, as_json: bool) -> None:
    """Print what one fold brought in and pushed out; without --at, the last one."""
    with _open(room) as (bank, room_id, opened):
        rows = bank.history(room_id, opened.carrier)
        if not rows:
            raise click.ClickException(f"{room_id}: nothing folded yet")
        covering = [row for row in rows if place is None or row.first <= place <= row.upto]
        if not covering:
            raise click.ClickException(
                f"{room_id}: place {place} is in no fold; they cover 0 to {rows[-1].upto}"
            )
        row = covering[-1]
        entries = log_of(Rooms.of(paths()), room_id)
        at = look(paths().bank, room_id, entries, row.upto)
    if at is None:
        raise click.ClickException(f"{room_id}: nothing folded yet")
    if as_json:
        data(
            {
                "room": room_id,
                "first": at.first,
                "last": at.upto,
                "size_before": at.before,
                "size_after": at.after,
                "added": list(at.added),
                "removed": list(at.removed),
            }
        )
        return
    say(f"places {at.first} to {at.upto}: {at.before:,} → {at.after:,} bytes")
    for one in at.changes:
        click.echo(safe(one))


def _scores(entries: Iterable[Entry]) -> list[tuple[int, int]]:
    """Return the place of each scored turn of a room, and the score after it."""
    events = (entry.event for entry in entries)
    return sorted((event.line, event.score) for event in events if isinstance(event, Scored))


def _within(scores: list[tuple[int, int]], first: int, last: int) -> int | None:
    """Return the score after the last scored turn from `first` to `last`; `None` for none."""
    at = bisect_right(scores, last, key=lambda one: one[0]) - 1
    return scores[at][1] if at >= 0 and scores[at][0] >= first else None


@contextmanager
def _open(room: str) -> Generator[tuple["Bank", str, Opened], None, None]:
    """Yield the bank, the room's id and how it was opened."""
    from memory.bank.bank import Bank

    where = paths()
    rooms = Rooms.of(where)
    room_id = rooms.find(room) if room else rooms.last()
    first = first_of(rooms, room_id)
    opened = first.event if first is not None and isinstance(first.event, Opened) else None
    if opened is None:
        raise click.ClickException(f"{room_id}: the log does not begin with its opening")
    bank = Bank(where.bank)
    try:
        yield bank, room_id, opened
    finally:
        bank.close()
