"""`enfold bank list, recall, index, delaminate, merge, undo`: a room's past, by its laminae."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.clock import clock
from harness.paths import paths
from harness.rooms import Rooms
from transcripts.events import Delaminated, Entry, Laminated, Merged, Rewritten
from transcripts.log import read
from tui.commands.archive import log_of
from tui.commands.working import killable, progress
from tui.printing import data, line, safe, say, table

if TYPE_CHECKING:
    from harness.parting import Parting
    from memory.bank.bank import Bank
    from memory.bank.laminae import Lamina

_ACTS = {
    "index": "indexed",
    "let go": "let go of",
    "delaminate": "split into",
    "merge": "merged into",
}
_PLACE = click.IntRange(0, 1 << 62)


@click.command("list", epilog="Example: enfold bank list the-last-watch")
@click.argument("room", default="")
@click.option("--all", "every", is_flag=True, help="Those too that were split or merged.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_command(room: str, every: bool, as_json: bool) -> None:
    """List the laminae of a room, or the rooms that the bank has turns of."""
    from memory.bank.address import there
    from memory.bank.bank import Bank

    rooms = Rooms.of(paths())
    room_id = rooms.find(room) if room else ""
    if not there(rooms.bank):
        raise click.ClickException(f"{rooms.bank} is not there yet: open a room first")
    bank = Bank(rooms.bank)
    try:
        if not room_id:
            _all(bank, as_json=as_json)
            return
        found = bank.laminae.of(room_id, alive=not every)
        gists = {one.number: len(gist) for one, gist in bank.laminae.gists(room_id)}
        parents = {part: parent for parent, part in bank.laminae.parents(room_id)}
    finally:
        bank.close()
    rows = [_row(one, gists, parents) for one in found]
    if as_json:
        data(rows)
    elif not rows:
        say(f"{room_id} has no laminae; `enfold bank index {room_id}` makes them")
    else:
        columns = {
            "lamina": "LAMINA", "of": "PART OF", "first": "FIRST", "last": "LAST", "turns": "TURNS",
            "bytes": "BYTES", "stored": "STORED", "gist": "GIST", "made": "MADE",
            "about": "ABOUT",
        }  # fmt: skip
        table([_short(row) for row in rows], columns)


@click.command("recall", epilog='Example: enfold bank recall the-last-watch "spare key"')
@click.argument("room")
@click.argument("text")
@click.option(
    "--budget", type=click.IntRange(96, 1 << 20), default=2048, show_default=True,
    help="Bytes for what comes back.",
)  # fmt: skip
@click.option("--encoder", type=click.Path(file_okay=False, path_type=Path), default=None,
              help="A sentence encoder's folder: lines alike in meaning come too.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def recall_command(
    room: str, text: str, budget: int, encoder: Path | None, as_json: bool
) -> None:
    """Print what of a room's past belongs to TEXT, as a speaker would be told it.

    With --encoder every line of the room is read by it first, some 50 lines a second.
    """
    from harness.parting import ask

    rooms = Rooms.of(paths())
    room_id = rooms.find(room)
    entries = list(read(log_of(rooms, room_id)))
    _, memory = ask(rooms, room_id, entries, text, budget=budget, encoder=encoder)
    if as_json:
        data(
            {
                "room": room_id,
                "query": text,
                "budget": budget,
                "size": memory.size,
                "pieces": [
                    {
                        "first": one.first,
                        "last": one.last,
                        "author": one.author,
                        "at": entries[one.first].at.isoformat(),
                        "score": round(one.score / 1000, 3),
                        "why": list(one.why),
                        "bytes": one.bytes,
                        "text": one.text,
                    }
                    for one in memory.pieces
                ],
            }
        )
        return
    for one in memory.pieces:
        at = entries[one.first].at.astimezone()
        words = f"because of {', '.join(one.why)}" if one.why else "beside another piece"
        click.echo(safe(one.text))
        click.echo(safe(f"  {at:%Y-%m-%d %H:%M}, {words}, {one.score / 1000:.1f} bits"))
    if memory.pieces:
        say(f"{len(memory.pieces):,} pieces, {memory.size:,} of {budget:,} bytes")
    else:
        say(f"nothing in {room_id} belongs to that")


@click.command("index", epilog="Example: enfold bank index the-last-watch")
@click.argument("room")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def index_command(room: str, as_json: bool) -> None:
    """Make the laminae of a room, as they are made while it is open.

    Stopped in the middle, it keeps what is done and goes on from there the next time.
    """
    with killable(), _parting(room) as parting:
        with progress("coding", parting.waiting) as told:
            parting.code(told)
        loose = parting.loose
        with progress("indexing", loose) as told:
            done = parting.index(told)
        _told(done, as_json=as_json)
        there = parting.room.laminae
    if not done:
        many = f"{len(there):,} laminae" if there else "no laminae: too little was said for one"
        say(f"nothing was to be done; the room has {many}")
    else:
        say(f"the room has {len(there):,} laminae")


@click.command("delaminate", epilog="Example: enfold bank delaminate the-last-watch --at 40")
@click.argument("room")
@click.option("--at", "place", type=_PLACE, help="A place that it has; else the largest.")
@click.option("--parts", type=click.IntRange(2, 64), help="As many; else by what is spoken of.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of one object.")
def delaminate_command(room: str, place: int | None, parts: int | None, as_json: bool) -> None:
    """Split a lamina of a room; no word is lost, and the keeper leaves the parts alone."""
    with killable(), _parting(room) as parting:
        _told([parting.split(place, parts)], as_json=as_json)


@click.command("merge", epilog="Example: enfold bank merge the-last-watch 0 80")
@click.argument("room")
@click.argument("first", type=_PLACE)
@click.argument("last", type=_PLACE)
@click.option("--json", "as_json", is_flag=True, help="Print a list of one object.")
def merge_command(room: str, first: int, last: int, as_json: bool) -> None:
    """Make one of all laminae with places from FIRST to LAST, 48 KB of text at most."""
    if last < first:
        raise click.UsageError(f"{last} is before {first}")
    with killable(), _parting(room) as parting:
        _told([parting.join(first, last)], as_json=as_json)


@click.command("undo", epilog="Example: enfold bank undo the-last-watch 212")
@click.argument("room")
@click.argument("place", type=_PLACE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a list of one object.")
def undo_command(room: str, place: int | None, as_json: bool) -> None:
    """Take back a split, a merger or a rewrite: that at PLACE of the log, or the newest.

    A second time, without PLACE, a split or a merger is done again.
    """
    with killable(), _parting(room) as parting:
        _told([parting.undo(place)], as_json=as_json)


def _parting(room: str) -> "Parting":
    from harness.parting import Parting

    rooms = Rooms.of(paths())
    return Parting(rooms, rooms.find(room), clock())


def _told(done: Sequence[Entry], *, as_json: bool) -> None:
    """Print what was done, as it stands in the log."""
    rows: list[tuple[int, str, list[tuple[int, int]], str]] = []
    for entry in done:
        match entry.event:
            case Laminated(first=first, last=last, why=why):
                rows.append((entry.place, "index", [(first, last)], why))
            case Delaminated(parts=parts, why=why):
                spans = [(one.first, one.last) for one in parts]
                rows.append((entry.place, "delaminate", spans, why))
            case Merged(parts=parts, why=why):
                rows.append((entry.place, "merge", [(parts[0].first, parts[-1].last)], why))
            case Rewritten(places=places, why=why):
                # The room itself does it, in a sitting; from here it can only be taken back.
                rows.append((entry.place, "let go", [(one, one) for one in places], why))
            case _:
                pass
    if as_json:
        keys = ("place", "act", "laminae", "why")
        data([dict(zip(keys, row, strict=True)) for row in rows])
        return
    for place, act, spans, why in rows:
        said = ", ".join(
            f"{first} to {last}" if first < last else f"{first}" for first, last in spans
        )
        click.echo(safe(f"{place}: {_ACTS[act]} {said} ({why})"))


def _row(
    one: "Lamina", gists: Mapping[int, int], parents: Mapping[int, int]
) -> dict[str, object]:
    return {
        "lamina": one.number,
        "of": parents.get(one.number),
        "first": one.first,
        "last": one.last,
        "turns": one.turns,
        "bytes": one.length,
        "stored": one.stored,
        "gist": gists.get(one.number, 0),
        "made": one.made,
        "alive": one.alive,
        "at": one.at.isoformat(),
        "about": one.code,
    }


def _all(bank: "Bank", *, as_json: bool) -> None:
    """Print what rooms the bank has turns of, and how many laminae each has."""
    rows: list[dict[str, object]] = []
    for room in bank.turns.rooms():
        reached, there = bank.turns.reached(room), bank.laminae.of(room)
        rows.append(
            {
                "room": room,
                "turns": reached.turns,
                "bytes": reached.length,
                "laminae": len(there),
                "in_laminae": sum(one.length for one in there),
                "stored": sum(size.stored for size in bank.turns.sizes(room)),
            }
        )
    if as_json:
        data(rows)
    elif not rows:
        say("no turns are kept yet: a room's are kept while it is open")
    else:
        columns = {
            "room": "ROOM", "turns": "TURNS", "bytes": "BYTES", "stored": "STORED",
            "laminae": "LAMINAE", "in_laminae": "IN THEM",
        }  # fmt: skip
        table(rows, columns)


def _short(row: Mapping[str, object]) -> dict[str, object]:
    made = row["made"] if row["alive"] else f"{row['made']}, parted"
    return {**row, "made": made, "about": line(str(row["about"]), 48)}
