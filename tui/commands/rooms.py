"""Commands about rooms at rest: list, show, search, rename, fork, rm."""

import sys

import click

from harness import branches
from harness.clock import clock
from harness.finding import find
from harness.paths import paths
from harness.rooms import Rooms
from transcripts.events import Changed
from transcripts.log import Log, read
from transcripts.participants import PERSON
from transcripts.wire import encode
from tui.commands.archive import log_of
from tui.live import Live
from tui.printing import data, line, say, table


@click.command("list", epilog="Example: enfold list --json | jq -r '.[].id'")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_command(as_json: bool) -> None:
    """List the rooms, the newest first."""
    rooms = Rooms.of(paths())
    found = list(rooms.listing())
    if as_json:
        data(
            [
                {
                    "id": room.id,
                    "title": room.title,
                    "path": str(room.path),
                    "changed": room.changed.isoformat(),
                    "entries": room.entries,
                    "messages": room.lines,
                    "participants": list(room.participants),
                    "last": room.last,
                    "bytes": room.bytes,
                    "archived": room.archived,
                    "problem": room.problem,
                }
                for room in found
            ]
        )
        return
    if not found:
        say("no rooms yet: `enfold run` makes one")
        return
    table(
        [
            {
                "id": room.id,
                "title": line(room.title, 32),
                "when": f"{room.changed:%Y-%m-%d %H:%M}",
                "lines": room.lines,
                "bytes": room.bytes,
                "kept": "archived" if room.archived else "",
                "last": line(f"! {room.problem}" if room.problem else room.last, 48),
            }
            for room in found
        ],
        {
            "id": "ROOM",
            "title": "TITLE",
            "when": "LAST (UTC)",
            "lines": "LINES",
            "bytes": "BYTES",
            **({"kept": "KEPT"} if any(room.archived for room in found) else {}),
            "last": "LAST LINE",
        },
    )


@click.command("show", epilog="Example: enfold show the-last-watch | less -R")
@click.argument("room", default="")
@click.option("--from", "start", type=click.IntRange(min=0), default=0, help="First place.")
@click.option("--to", "end", type=click.IntRange(min=0), help="Last place, inclusive.")
@click.option("--jsonl", is_flag=True, help="Print the log's lines.")
@click.option("--reasoning", is_flag=True, help="Print the models' reasoning too.")
def show_command(room: str, start: int, end: int | None, jsonl: bool, reasoning: bool) -> None:
    """Print a room's transcript.

    ROOM is its id, the start of it, or its title; without it, the newest.
    """
    rooms = Rooms.of(paths())
    room_id = rooms.find(room) if room else rooms.last()
    live = Live(reasoning=reasoning)
    for entry in read(log_of(rooms, room_id)):
        if end is not None and entry.place > end:
            break
        if entry.place < start:
            live.know(entry)
        elif jsonl:
            click.echo(encode(entry))
        else:
            live.entry(entry)


@click.command("search", epilog="Example: enfold search 'red lantern' --limit 5")
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def search_command(text: str, limit: int, as_json: bool) -> None:
    """Find words in all rooms.

    All words of TEXT must be in a message; "quoted words" must stand together.
    """
    where = paths()
    rooms = Rooms.of(where)
    if not rooms.ids():
        say("no rooms yet: `enfold run` makes one")
        if as_json:
            data([])
        return
    hits = find(
        where.bank,
        rooms,
        text,
        limit,
        unfinished=False,
        passed_over=lambda _, why: say(f"passed over: {why}"),
    )
    if as_json:
        data(
            [
                {
                    "room": hit.room,
                    "place": hit.place,
                    "author": hit.author,
                    "snippet": hit.snippet,
                    "text": hit.text,
                }
                for hit in hits
            ]
        )
        return
    for hit in hits:
        click.echo(f"{hit.room}@{hit.place}  {line(hit.author)}: {line(hit.snippet, 160)}")
    if not hits:
        say(f"nothing found for {text!r}")


@click.command("rename", epilog="Example: enfold rename the-last-watch 'The lamp room'")
@click.argument("room")
@click.argument("title")
def rename_command(room: str, title: str) -> None:
    """Give a room another title. Its id stays."""
    rooms = Rooms.of(paths())
    room_id = rooms.find(room)
    title = " ".join(title.split())
    if not title:
        raise click.UsageError("a title has at least one character")
    now = clock().now()
    with Log(rooms.log(room_id), now=now) as log:
        log.append(now, Changed(setting="title", value=title, by=PERSON))
    say(f"{room_id} is now {title!r}")


@click.command("fork", epilog="Example: enfold fork lamp@42")
@click.argument("room")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def fork_command(room: str, as_json: bool) -> None:
    """Make a room that shares another's past.

    ROOM@PLACE takes everything up to that place, and what the commands of a message there did
    at once; without a place, all of it.
    """
    rooms = Rooms.of(paths())
    name, at, place = room.rpartition("@")
    if at and not place.isdecimal():
        raise click.UsageError(f"{room!r}: ROOM@PLACE expected, with a number for the place")
    source = rooms.find(name if at else room)
    made = branches.fork(rooms, source, int(place) if at else None, clock().now())
    fork_id = made.room
    if as_json:
        entries = rooms.summary(fork_id).entries
        last = made.origin.place
        data({"room": fork_id, "origin": source, "place": last, "entries": entries})
    else:
        click.echo(fork_id)
        say(f"forked from {source}; `enfold resume {fork_id}` goes on from there")


@click.command("rm", epilog="Example: enfold rm the-last-watch")
@click.argument("room", nargs=-1)
@click.option("--trash", is_flag=True, help="Rooms that the screen put into the trash.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def rm_command(room: tuple[str, ...], trash: bool, yes: bool) -> None:
    """Delete rooms, after asking: logs, pictures and what is remembered of them."""
    if not room and not trash:
        raise click.UsageError("name a room, or say --trash for those in the trash")
    where = paths()
    rooms = Rooms.of(where)
    chosen = [rooms.find(name) for name in room]
    thrown = rooms.trashed() if trash else []
    if not chosen and not thrown:
        say("the trash is empty")
        return
    for room_id, summary in [
        *((room_id, rooms.summary(room_id)) for room_id in chosen),
        *((summary.id, summary) for summary in thrown),
    ]:
        say(f"{room_id}: {line(summary.title, 60)!r}, {summary.lines} messages")
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to ask; say --yes to delete without asking")
        click.confirm("Delete for good?", abort=True, err=True)
    for room_id in chosen:
        rooms.purge(rooms.discard(room_id), bank=where.bank)
        say(f"deleted {room_id}")
    for summary in thrown:
        rooms.purge(summary.id, bank=where.bank)
        say(f"deleted {summary.id}")
