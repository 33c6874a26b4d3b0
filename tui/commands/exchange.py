"""`enfold import` and `enfold export`: transcripts in from elsewhere, and out."""

import sys
from pathlib import Path

import click

from harness.clock import clock
from harness.errors import NotPossible
from harness.exports import KINDS, pieces, write
from harness.imports import FORMATS, bring_in
from harness.paths import paths
from harness.rooms import Rooms
from transcripts.log import read
from tui.commands.archive import log_of
from tui.printing import data, line, say

SHOWN = 20
"""Lines that could not be placed, as listed on the terminal; `--json` has all."""


@click.command("import", epilog="Example: enfold import conversation_full.html --json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(["auto", *FORMATS]), default="auto", show_default=True
)
@click.option("--title", help="Instead of the file's name.")
@click.option("--again", is_flag=True, help="Also if the same file was imported before.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def import_command(
    file: Path, kind: str, title: str | None, again: bool, as_json: bool
) -> None:
    """Read a foreign transcript into a new room.

    Knows our own JSONL, liminal_backrooms HTML and text of all its generations,
    UniversalBackrooms logs, and plain `Name: text`. Says what it recognised, what it
    repaired, and what it could not place; nothing is dropped.
    """
    rooms = Rooms.of(paths())
    done = bring_in(rooms, file, kind=kind, title=title or "", again=again, now=clock().now())
    reading = done.reading
    if as_json:
        data(
            {
                "room": done.room,
                "path": str(rooms.log(done.room)),
                "file": str(file),
                "format": reading.format,
                "new": done.new,
                "kinds": reading.counts,
                **reading.summary,
                "repairs": reading.repairs,
                "unplaced": [
                    {"line": misfit.line, "text": misfit.text, "why": misfit.why}
                    for misfit in reading.unplaced
                ],
            }
        )
        return
    say(f"{file.name}: {reading.format}")
    for repair, count in reading.repairs.items():
        say(f"  repaired: {repair} ({count})")
    counted = ", ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in reading.summary.items()
    )
    say(f"  {counted}")
    for misfit in reading.unplaced[:SHOWN]:
        say(f"  not placed: line {misfit.line}: {line(misfit.text, 80)} ({misfit.why})")
    if len(reading.unplaced) > SHOWN:
        say(f"  … and {len(reading.unplaced) - SHOWN} more: --json lists them")
    if not done.new:
        say("  imported before: this is the same room (--again makes another)")
    click.echo(done.room)


@click.command(
    "export", epilog="Example: enfold export the-last-watch --format html -o room.html"
)
@click.argument("room", default="")
@click.option(
    "--format",
    "kind",
    type=click.Choice(KINDS),
    default="md",
    show_default=True,
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; else stdout.")
@click.option("--inline-images", is_flag=True, help="html: pictures inside the file.")
@click.option("--reasoning", is_flag=True, help="md, html: the models' reasoning too.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def export_command(
    room: str,
    kind: str,
    output: Path | None,
    inline_images: bool,
    reasoning: bool,
    force: bool,
) -> None:
    """Write a room as Markdown, one-file HTML, JSON lines, or text in the G2 form.

    ROOM is its id, the start of it, or its title; without it, the newest.
    """
    rooms = Rooms.of(paths())
    room_id = rooms.find(room) if room else rooms.last()
    if inline_images and kind != "html":
        raise click.UsageError("--inline-images is for --format html")
    if reasoning and kind not in ("md", "html"):
        raise click.UsageError("--reasoning is for --format md or html")
    if output is None:
        folder = rooms.images(room_id)
        sys.stdout.flush()
        for piece in pieces(
            kind,
            read(log_of(rooms, room_id)),
            inline=folder if inline_images else None,
            images=str(folder),
            reasoning=reasoning,
        ):
            sys.stdout.buffer.write(piece.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()
        return
    log_of(rooms, room_id)  # with a bar, if it is decoded for that
    try:
        write(
            rooms,
            room_id,
            kind,
            output,
            inline_images=inline_images,
            reasoning=reasoning,
            force=force,
        )
    except NotPossible as error:
        hint = "--force writes over it" if output.is_file() else "without -o it goes to stdout"
        raise click.UsageError(f"{error}; {hint}") from error
    say(f"wrote {output}")
