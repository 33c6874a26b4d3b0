"""`enfold fold` and `enfold unfold`: anything into one small archive, and back."""

import codecs
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.errors import NoSuchRoom, NotPossible
from harness.paths import paths as places
from harness.rooms import Rooms
from tui.commands.working import killable, progress
from tui.printing import data, line, safe, say, table

if TYPE_CHECKING:
    from harness.unfolding import Opened


@click.command("fold", epilog="Example: enfold fold transcripts/ -o transcripts.hqf")
@click.argument(
    "paths", nargs=-1, metavar="[PATH...|-]", type=click.Path(path_type=Path, allow_dash=True)
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The archive; - for stdout.",
)
@click.option(
    "--room",
    "rooms",
    multiple=True,
    metavar="ROOM",
    help="A room, and what is remembered of it; also as PATH, if no file is called so.",
)
@click.option("--pictures", is_flag=True, help="Of the rooms, too.")
@click.option("--log-only", is_flag=True, help="Of rooms the log, without what is remembered.")
@click.option(
    "--no-model",
    is_flag=True,
    help="Larger, but twenty times as fast, and opens without the model.",
)
@click.option("--embed", is_flag=True, help="Put the byte model inside; opens anywhere.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def fold_command(
    paths: tuple[Path, ...],
    output: Path | None,
    rooms: tuple[str, ...],
    pictures: bool,
    log_only: bool,
    no_model: bool,
    embed: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Fold files, folders, rooms or a stream into one archive.

    A room is its log and what is remembered of it; unfolded anywhere, it goes on from there.

    Everything is decoded again and compared before it is said to be done; what was folded
    stays where it is. Without PATH and --room, or with `-`, stdin is folded.
    """
    from harness.folding import ENDING, fold
    from harness.portable import memory
    from harness.sources import called, find, stream

    if no_model and embed:
        raise click.UsageError("--no-model leaves nothing to --embed")
    piped = not paths and not rooms
    if Path("-") in paths:
        if len(paths) > 1 or rooms:
            raise click.UsageError("- stands alone: one stream makes one archive")
        piped = True
    if piped:
        if sys.stdin.isatty():
            raise click.UsageError("what is to be folded? Name a file, a folder, or --room")
        found, name = stream(), "-"
    else:
        here = Rooms.of(places())
        ids = [here.find(room) for room in rooms]
        ids += [room for path in paths if (room := _room(here, path))]
        paths = tuple(path for path in paths if not _room(here, path))
        found = find(paths, ids, here, pictures=pictures)
        if not log_only:
            for room_id in ids:
                found.sources += memory(here, room_id)
        names = [called(path) for path in paths] + ids
        name = names[0] + ENDING if len(names) == 1 else ""
    if output is None and not name:
        raise click.UsageError("several things make one archive: say where with -o")
    out = Path(name) if output is None else output
    if str(out) == "-":
        if sys.stdout.isatty():
            raise click.UsageError("an archive is nothing for a terminal: -o FILE or | command")
        if as_json:
            raise click.UsageError("stdout takes the archive or --json, not both")
    for left in found.left_out:
        say(f"left out: {line(left)}")
    if not found.sources:
        raise click.ClickException("there is nothing to fold")
    target = None if str(out) == "-" else out
    try:
        with killable(), progress("folding", found.size) as told:
            done = fold(found, target, model=not no_model, embed=embed, force=force, told=told)
    except NotPossible as error:
        raise _hinted(error) from error
    for changed in done.changed:
        say(f"changed while it was folded: {line(changed)}; the archive has it as it was read")
    if as_json:
        data(
            {
                "archive": str(target),
                "members": done.members,
                "plain": done.plain,
                "stored": done.stored,
                "bits_per_byte": round(done.stored * 8 / done.plain, 4) if done.plain else None,
                "model": done.model or None,
                "left_out": found.left_out,
                "changed": list(done.changed),
            }
        )
        return
    say(f"{line(str(out))}: {_sizes(done.plain, done.stored)}; decoded again and equal")


def _room(rooms: Rooms, path: Path) -> str:
    """Return the id of the room that an argument means; empty if it is a file's name."""
    if path.exists() or len(path.parts) > 1:
        return ""
    try:
        return rooms.find(str(path))
    except NoSuchRoom:
        return ""


@click.command("unfold", epilog="Example: enfold unfold transcripts.hqf -o folder/")
@click.argument(
    "file", default="-", type=click.Path(path_type=Path, allow_dash=True), metavar="[FILE|-]"
)
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    help="A file, a folder (with a / at its end, if it is not there yet), or - for stdout.",
)
@click.option("--list", "listing", is_flag=True, help="Say what is inside; write nothing.")
@click.option("--verify", is_flag=True, help="Decode and compare everything; write nothing.")
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The byte model it was made with.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print an object.")
def unfold_command(
    file: Path,
    output: str | None,
    listing: bool,
    verify: bool,
    model: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Unfold an archive: its members into the current folder, a stream to stdout.

    A room that was folded with what is remembered of it goes among the rooms here, unless -o
    says where. Nothing gets its name before all of it is decoded and is what was folded.
    """
    from harness.unfolding import opened

    source = None if str(file) == "-" else file
    if source is None and sys.stdin.isatty():
        raise click.UsageError("which archive? Name a file, or pipe one in")
    if as_json and not listing:
        raise click.UsageError("--json is for --list")
    with killable(), opened(source, model) as archive:
        if listing:
            _list(archive, as_json)
            return
        if verify:
            with progress("verifying", archive.archive.length) as told:
                archive.verify(told)
            count = len(archive.archive.members)
            say(
                f"{line(str(file))}: {count} member{'s' * (count != 1)}, all as they were folded"
            )
            return
        if output is None and _bring_home(archive):
            return
        _unfold(archive, source, output, force=force)


def _bring_home(archive: "Opened") -> bool:
    """Bring rooms home, if the archive has any; whether it has."""
    from harness.homing import bring_home, ids

    if not ids(archive):
        return False
    rooms = Rooms.of(places())
    with ExitStack() as bars:
        told = bars.enter_context(progress("unfolding", archive.archive.length))

        def remembering(_: str, length: int) -> Callable[[int], None] | None:
            bars.close()
            return bars.enter_context(progress("remembering", length))

        homes = bring_home(archive, rooms, told, remembering)
    for home in homes:
        what = "as it was folded" if home.new else "here already"
        say(f"{line(str(rooms.log(home.room)))}: {home.length:,} bytes, {what}")
        for told_ in home.told:
            say(f"  {line(told_)}")
    for home in homes:
        click.echo(home.room)
    return True


def _unfold(archive: "Opened", source: Path | None, output: str | None, *, force: bool) -> None:
    from harness.folding import ENDING

    members = archive.archive.members
    nameless = len(members) == 1 and not members[0].name
    if output == "-" or (output is None and nameless and source is None):
        if len(members) != 1:
            raise click.UsageError(f"{len(members)} members are no one stream: -o FOLDER")
        with progress("unfolding", archive.archive.length) as told:
            archive.pour(told, _shown() if sys.stdout.isatty() else None)
        return
    folder, name = Path(), b""
    if output is None:
        if nameless and source is not None:
            stem = source.name.removesuffix(ENDING)
            name = (stem if stem != source.name else f"{stem}.unfolded").encode(
                "utf-8", "surrogateescape"
            )
    elif len(members) != 1 or output.endswith("/") or Path(output).is_dir():
        folder = Path(output)
        name = b"stream" if nameless else b""
    else:
        folder, name = Path(output).parent, os.fsencode(Path(output).name)
    try:
        with progress("unfolding", archive.archive.length) as told:
            made = archive.unfold(folder, name=name, force=force, told=told)
    except NotPossible as error:
        raise _hinted(error) from error
    for path in made[:20]:
        say(f"wrote {line(str(path))}")
    if len(made) > 20:
        say(f"… and {len(made) - 20} more")


def _list(archive: "Opened", as_json: bool) -> None:
    inside = archive.archive
    rows = [
        {
            "name": member.name.decode("utf-8", "backslashreplace"),
            "kind": member.kind.name.lower(),
            "bytes": member.length,
            "sha256": member.sha256.hex(),
            "executable": member.executable,
        }
        for member in inside.members
    ]
    model = inside.model.hex() if inside.model is not None else None
    if as_json:
        data(
            {
                "members": rows,
                "plain": inside.length,
                "stored": inside.size,
                "segments": inside.segments,
                "model": model,
                "embedded": inside.embeds,
            }
        )
        return
    shown = [{**row, "sha256": str(row["sha256"])[:16]} for row in rows]
    table(shown, {"bytes": "BYTES", "kind": "KIND", "sha256": "SHA-256", "name": "NAME"})
    with_it = f"byte model {model[:16]}" if model else "no model"
    inside_it = ", inside" if inside.embeds else ""
    say(f"{_sizes(inside.length, inside.size)}; {with_it}{inside_it}")


def _hinted(error: NotPossible) -> click.ClickException:
    told = line(str(error))
    return click.ClickException(
        f"{told}; --force writes over it" if "there already" in told else told
    )


def _shown() -> Callable[[bytes], None]:
    """Return what prints text on a terminal, whatever it is: others wrote it."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    return lambda piece: click.echo(safe(decoder.decode(piece)), nl=False)


def _sizes(plain: int, stored: int) -> str:
    rate = f", {stored * 8 / plain:.3f} bits per byte" if plain else ""
    return f"{plain:,} bytes in {stored:,}{rate}"
