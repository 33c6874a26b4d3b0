"""`enfold import` and `enfold export`: transcripts in from elsewhere, and out."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from harness.clock import clock
from harness.imports import FORMATS, bring_in
from harness.paths import paths
from harness.rooms import Rooms
from transcripts.events import Entry
from transcripts.log import read
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
    rooms = Rooms(paths().rooms)
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
    type=click.Choice(["md", "html", "jsonl", "txt"]),
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
    rooms = Rooms(paths().rooms)
    room_id = rooms.find(room) if room else rooms.last()
    entries = read(rooms.log(room_id))
    if inline_images and kind != "html":
        raise click.UsageError("--inline-images is for --format html")
    if reasoning and kind not in ("md", "html"):
        raise click.UsageError("--reasoning is for --format md or html")
    folder = rooms.images(room_id)
    pieces = _pieces(
        kind,
        entries,
        folder if inline_images else None,
        # Beside the written file, so that file and room can be moved together.
        os.path.relpath(folder, output.parent) if output else str(folder),
        reasoning=reasoning,
    )
    if output is None:
        sys.stdout.flush()
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()
        return
    try:
        target = output.resolve()
        there = target.exists()
    except (OSError, RuntimeError) as error:
        raise click.ClickException(f"{output}: {error}") from error
    if there and not target.is_file():
        raise click.UsageError(f"{output} is no file; without -o it goes to stdout")
    if there and not force:
        raise click.UsageError(f"{output} is there already; --force writes over it")
    _write(target, pieces)
    say(f"wrote {output}")


def _pieces(
    kind: str, entries: Iterable[Entry], inline: Path | None, images: str, *, reasoning: bool
) -> Iterator[str]:
    from transcripts.export import html, jsonl, md, txt

    match kind:
        case "md":
            yield md.export(entries, images=images, reasoning=reasoning)
        case "html":
            yield from html.export(
                entries, inline_images=inline, images=images, reasoning=reasoning
            )
        case "jsonl":
            yield from jsonl.export(entries)
        case _:
            yield txt.export(entries)


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write a whole file or none: beside it first, then into place."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="", errors="surrogatepass") as file:
            for piece in pieces:
                file.write(piece)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise click.ClickException(f"{path}: {error.strerror or error}") from error
