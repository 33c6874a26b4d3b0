"""`enfold bank`: the turns that are kept word for word, what they take, and whether all is well."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.paths import paths
from harness.rooms import Rooms
from tui.commands import laminae
from tui.commands.working import killable, progress
from tui.printing import data, safe, say, table

if TYPE_CHECKING:
    from memory.bank.bank import Bank
    from memory.bank.sizes import Whole

_CODECS = {0: "as it is", 1: "deflated", 2: "mixer", 3: "model and mixer"}


@click.group("bank", epilog="Example: enfold bank stats")
def bank_command() -> None:
    """Look after what is kept of all rooms."""


for _command in (
    laminae.list_command,
    laminae.recall_command,
    laminae.index_command,
    laminae.delaminate_command,
    laminae.merge_command,
    laminae.undo_command,
):
    bank_command.add_command(_command)


@bank_command.command("stats", epilog="Example: enfold bank stats the-last-watch --json")
@click.argument("room", default="")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def stats_command(room: str, as_json: bool) -> None:
    """Print what the turns of a room take, or of all rooms, by how they are kept.

    Then what the bank takes as a whole, beside the text as it was said: the turns' codes and
    their rows, the index, full-text search, cc; the byte models and the file.
    """
    with _open() as bank:
        sizes = bank.turns.sizes(_id(room) if room else None)
        whole = bank.turns.whole()
        archives = [bank.archives.stored(one) for one in bank.archives.rooms()]
        fulltext = bank.words.size()
    rows = [
        {
            "room": size.room,
            "kept": _CODECS.get(size.codec, f"codec {size.codec}"),
            "waits": not size.coded,
            "turns": size.turns,
            "bytes": size.length,
            "stored": size.stored,
            "bits": round(8 * size.stored / size.length, 3) if size.length else 0.0,
        }
        for size in sizes
    ]
    if as_json:
        told = {**asdict(whole), "fulltext": fulltext, "archives": sum(archives)}
        data({"turns": rows, "bank": told, "shares": _shares(whole, fulltext)})
        return
    if not rows:
        say("no turns are kept yet: a room's are kept while it is open")
        return
    shown = [{**row, "waits": "yes" if row["waits"] else ""} for row in rows]
    table(
        shown,
        {
            "room": "ROOM",
            "kept": "KEPT",
            "waits": "WAITS",
            "turns": "TURNS",
            "bytes": "BYTES",
            "stored": "STORED",
            "bits": "BITS/BYTE",
        },
    )
    if room:
        return
    shares = _shares(whole, fulltext)
    about = whole.gists + whole.codes
    indexed = whole.blobs + whole.rows + whole.words + about + fulltext
    taken = [
        ("text of all turns, as it was said", whole.text, "text"),
        ("payload: codes of all turns", whole.blobs, "payload"),
        ("their rows, about", whole.rows, "rows"),
        (f"index of {whole.laminae:,} laminae: words", whole.words, "words"),
        ("likewise: gists, and what they are about", about, "gists"),
        ("full-text search, as of the last one", fulltext, "fulltext"),
        ("all of these but the first", indexed, "payload and indexes"),
        ("cc and its history", whole.history, "history"),
        (f"archived logs ({len(archives)})", sum(archives), ""),
        (f"byte models ({whole.models})", whole.weights, ""),
        ("the bank's file", whole.file, ""),
        ("free in it", whole.free, ""),
    ]
    click.echo()
    table(
        [
            {
                "what": what,
                "bytes": size,
                "share": f"{shares[key]:.3f}" if key in shares else "",
            }
            for what, size, key in taken
        ],
        {"what": "WHOLE", "bytes": "BYTES", "share": "OF THE TEXT"},
    )


def _shares(whole: "Whole", fulltext: int) -> dict[str, float]:
    """Return what parts of the bank take of the text of all turns; nothing without any."""
    if not whole.text:
        return {}
    parts = {
        "text": whole.text,
        "payload": whole.blobs,
        "rows": whole.rows,
        "words": whole.words,
        "gists": whole.gists + whole.codes,
        "fulltext": fulltext,
        "history": whole.history,
    }
    shares = {name: round(size / whole.text, 4) for name, size in parts.items()}
    indexed = whole.blobs + whole.rows + whole.words + whole.gists + whole.codes + fulltext
    return {**shares, "payload and indexes": round(indexed / whole.text, 4)}


@bank_command.command("show", epilog="Example: enfold bank show the-last-watch 40")
@click.argument("room")
@click.argument("place", type=click.IntRange(0))
def show_command(room: str, place: int) -> None:
    """Print the turn at a place of a room, as the bank has it."""
    from memory.bank.reading import read

    with _open() as bank:
        said = read(bank.turns, _id(room), place)
    click.echo(safe(said.text.decode("utf-8", "replace")))


@bank_command.command("verify", epilog="Example: enfold bank verify")
@click.argument("room", default="")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def verify_command(room: str, as_json: bool) -> None:
    """Read every turn; name those that are damaged, and what cannot be read without them.

    Then the laminae: whether each has its own turns, and its row of the index as it was kept;
    and the archived logs. What can be made anew, and from what, is said at the end. An index
    for `enfold search` that is damaged is let go of: the next search makes it again.
    """
    from memory.bank.checking import check
    from memory.bank.reading import verify

    with _open() as bank:
        rooms = [_id(room)] if room else bank.turns.rooms()
        cold = [one for one in bank.archives.rooms() if not room or one in rooms]
        wrong = [] if room else bank.check(renew=True)
        reached = [bank.turns.reached(one) for one in rooms]
        turns = sum(at.turns for at in reached)
        logs = sum(archived.length for one in cold if (archived := bank.archives.of(one)))
        damaged: dict[str, bool] = {}
        with progress("reading", sum(at.length for at in reached) + logs) as told:
            for one in rooms:
                found = [*verify(bank.turns, one, told), *check(bank.laminae, one)]
                wrong += [str(trouble) for trouble in found]
                if found:
                    damaged[one] = True
            for one in cold:
                if trouble := _archive_trouble(bank, one, told):
                    wrong.append(trouble)
                    damaged[one] = False
    remedies = [_remedy(one, archive=archive) for one, archive in sorted(damaged.items())]
    if as_json:
        data(
            {
                "rooms": len(rooms),
                "turns": turns,
                "archives": len(cold),
                "wrong": wrong,
                "remedies": remedies,
            }
        )
    else:
        for line in [*wrong, *remedies]:
            click.echo(safe(line))
    if wrong:
        raise click.ClickException(
            f"{len(wrong)} found; the rooms' logs have every word of what the bank has lost"
            if all(damaged.values())
            else f"{len(wrong)} found"
        )
    if not as_json:
        also = f", and {len(cold):,} archived logs" if cold else ""
        say(f"all {turns:,} turns of {len(rooms):,} rooms can be read{also}")


def _archive_trouble(bank: "Bank", room: str, told: Callable[[int], None] | None) -> str:
    """Return what is wrong with a room's archived log; nothing if all is well."""
    from memory.bank.spans import check
    from memory.errors import BankError, ModelError

    try:
        check(bank.archives, room, told)
    except (BankError, ModelError) as error:
        return str(error)
    return ""


def _remedy(room: str, *, archive: bool) -> str:
    """Return what can be done about a room of which the bank has lost something.

    Args:
        room: Its id.
        archive: Whether its archive, if it has one, is whole.
    """
    rooms = Rooms.of(paths())
    if rooms.log(room).exists() and not rooms.archived(room):
        again = "" if archive else f", and `enfold archive {room}` its archive"
        return f"{room}: `enfold bank rebuild {room}` makes it anew from its log{again}"
    if archive and rooms.archived(room):
        return f"{room}: `enfold bank rebuild {room}` makes it anew from its archive"
    return f"{room}: neither its log nor a whole archive is here; put a copy of the bank back"


@bank_command.command("backup", epilog="Example: enfold bank backup /mnt/bank.sqlite")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def backup_command(file: Path, force: bool) -> None:
    """Copy the whole bank to a file, while rooms go on; the copy is looked through.

    It can take the bank's place as it is. Rooms' logs and pictures are not in it.
    """
    from memory.bank.backups import back_up

    with _open():
        size = back_up(paths().bank, file, force=force)
    say(f"{file}: {size:,} bytes")


@bank_command.command("transcode", epilog="Example: enfold bank transcode the-last-watch")
@click.argument("room", default="")
def transcode_command(room: str) -> None:
    """Code turns by the newest byte model; what is not smaller, or not equal, stays.

    Stopped in the middle, it keeps what is done and goes on from there the next time.
    """
    from memory.bank.reading import code_waiting, recode

    with _open() as bank:
        rooms = [_id(room)] if room else bank.turns.rooms()
        before = sum(_stored(bank, one) for one in rooms)
        # What waits is coded, then all segments are looked at: those just made, too.
        total = sum(bank.turns.reached(one).length + bank.turns.waiting(one) for one in rooms)
        with progress("coding", total) as told:
            for one in rooms:
                code_waiting(bank.turns, one, told)
                for trouble in recode(bank.turns, one, progress=told).kept:
                    say(safe(str(trouble)))
        bank.turns.prune_models()
        after = sum(_stored(bank, one) for one in rooms)
    say(f"{before:,} → {after:,} bytes")


@bank_command.command("rebuild", epilog="Example: enfold bank rebuild the-last-watch")
@click.argument("room", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All rooms.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def rebuild_command(room: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Make what is kept of a room anew from its log or its archive, and compare.

    Turns, laminae and the search index are made again along the spans that the log tells;
    folds are made again and taken where those there are damaged or lost. Stopped at any
    moment, what was there is there still.
    """
    from harness.clock import clock
    from harness.rebuilding import rebuild

    if bool(room) == every:
        raise click.UsageError("name rooms, or say --all")
    rooms = Rooms.of(paths())
    chosen = rooms.ids() if every else [rooms.find(one) for one in room]
    told: list[dict[str, object]] = []
    with killable():
        for one in chosen:
            with progress("coding", rooms.summary(one).bytes) as done:
                made = rebuild(rooms, one, clock(), done)
            told.append({"room": one, "parts": [asdict(part) for part in made.parts]})
            if not as_json:
                say(f"{one}:")
                for part in made.parts:
                    say(safe(f"  {part.what}: {part.how} ({part.detail})"))
    if as_json:
        data(told)


def _stored(bank: "Bank", room: str) -> int:
    return sum(size.stored for size in bank.turns.sizes(room))


def _id(room: str) -> str:
    return Rooms.of(paths()).find(room)


@contextmanager
def _open() -> "Generator[Bank]":
    from memory.bank.address import there
    from memory.bank.bank import Bank

    where = paths().bank
    if not there(where):
        raise click.ClickException(f"{where} is not there yet: open a room first")
    bank = Bank(where)
    try:
        yield bank
    finally:
        bank.close()
