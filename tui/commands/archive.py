"""`enfold archive`: the logs of cold rooms into the bank, verified, and back."""

import sys
from pathlib import Path

import click

from harness.archived import readable
from harness.archiving import Archiving, archive, known, remove, restore
from harness.clock import clock
from harness.errors import NotPossible
from harness.paths import paths
from harness.rooms import Rooms
from tui.commands.working import killable, progress
from tui.printing import data, say


@click.command("archive", epilog="Example: enfold archive the-last-watch --remove")
@click.argument("room", nargs=-1, required=True)
@click.option("--remove", "gone", is_flag=True, help="Delete the log once it is archived.")
@click.option("--keep", is_flag=True, help="Do not ask: keep the log.")
@click.option("--restore", "back", is_flag=True, help="Write the log back, byte for byte.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def archive_command(
    room: tuple[str, ...], gone: bool, keep: bool, back: bool, as_json: bool
) -> None:
    """Move the logs of cold rooms into the bank, where they take a sixth.

    Each is coded, decoded again and compared byte by byte; only then may the log go: with
    --remove, or when you say so. An archived room can be listed, shown, replayed, exported,
    searched and forked as before; to go on with it brings its log back first. Pictures stay.
    """
    if back and (gone or keep):
        raise click.UsageError("--restore brings a log back: not with --remove or --keep")
    if gone and keep:
        raise click.UsageError("--remove and --keep are one or the other")
    rooms = Rooms.of(paths())
    chosen = [known(rooms, name) if back else rooms.find(name) for name in room]
    with killable():
        if back:
            told = [_restored(rooms, room_id) for room_id in chosen]
        else:
            ask = not (gone or keep or as_json) and sys.stdin.isatty()
            told = [_archived(rooms, room_id, remove_it=gone, ask=ask) for room_id in chosen]
    if as_json:
        data(told)


def _archived(rooms: Rooms, room_id: str, *, remove_it: bool, ask: bool) -> dict[str, object]:
    if rooms.archived(room_id):
        raise NotPossible(f"{room_id} is archived already")
    size = rooms.log(room_id).stat().st_size
    with progress("archiving", size) as told:
        done = archive(rooms, room_id, now=clock().now(), remove=remove_it, told=told)
    share = f"{100 * done.stored / done.length:.0f} %"
    say(
        f"{room_id}: {done.length:,} bytes in {done.stored:,} ({share}), decoded again and equal"
    )
    removed = done.removed
    if ask and click.confirm("The bank has all of it. Delete the log?", err=True):
        remove(rooms, room_id)
        removed = True
    if removed:
        say(f"deleted {_shown(rooms.log(room_id))}; `enfold archive --restore` brings it back")
    else:
        say("the log is still there: --remove deletes it")
    return _told(done, removed=removed)


def _restored(rooms: Rooms, room_id: str) -> dict[str, object]:
    size = rooms.summary(room_id).bytes if rooms.archived(room_id) else 0
    with progress("restoring", size) as told:
        length = restore(rooms, room_id, told)
    say(f"{_shown(rooms.log(room_id))}: {length:,} bytes, as they were archived")
    return {"room": room_id, "bytes": length, "log": str(rooms.log(room_id))}


def log_of(rooms: Rooms, room_id: str) -> Path:
    """Return a file with a room's log, of an archived one decoded under a bar.

    Raises:
        BankError: The archive cannot be read: see `harness.archived.readable`.
    """
    if not rooms.archived(room_id):
        return rooms.log(room_id)
    with progress("opening the archive", rooms.summary(room_id).bytes) as told:
        return readable(rooms, room_id, told)


def _told(done: Archiving, *, removed: bool) -> dict[str, object]:
    return {
        "room": done.room,
        "bytes": done.length,
        "stored": done.stored,
        "spans": done.spans,
        "coded": done.made,
        "removed": removed,
    }


def _shown(path: Path) -> str:
    return " ".join(str(path).split())
