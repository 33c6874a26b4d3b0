"""Files, folders, streams and rooms folded into one archive (`.hqf`).

Everything blocks. An archive is made out of sight, verified, and only then put in its place;
what was folded stays where it is. The codec is imported when something is folded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.coders import coders, voice
from harness.errors import NotPossible
from harness.outlets import check_apart, made, troubles
from harness.sources import Found, content

ENDING = ".hqf"
"""How the names of archives end."""

Told = Callable[[int], object]
"""Called with the bytes of plaintext done since the last call; may be negative where more was
said to be done than was."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What came of folding."""

    members: int
    plain: int
    """Bytes of plaintext."""
    stored: int
    """Bytes of the archive."""
    model: str
    """SHA-256 of the model that guessed; empty without one."""
    changed: tuple[str, ...] = ()
    """What was written to meanwhile: the archive has it as it was read."""


def fold(
    found: Found,
    out: Path | None,
    *,
    model: bool = True,
    embed: bool = False,
    force: bool = False,
    told: Told | None = None,
) -> Folded:
    """Fold all that was found; every segment is decoded and compared before it counts.

    Args:
        found: What.
        out: The archive; `None` for standard output.
        model: Let the byte model guess, if there is one.
        embed: Put the model inside.
        force: Write over a file that is there.
        told: See `Told`.

    Raises:
        NotPossible: Something is there already, is to be folded itself, or there is no model
            to embed.
        RoomsUnusable: The disk says no; nothing is left behind.
    """
    from memory.codec.container import Archive, Kind, Writer  # noqa: PLC0415 - not before it is needed
    from memory.codec.packing import Packer  # noqa: PLC0415

    by = voice() if model else None
    if embed and by is None:
        raise NotPossible("there is no byte model here to embed")
    named = bytes.fromhex(by.id) if by is not None else None
    if out is not None:
        check_apart(out, [source.path for source in found.sources])
    changed: list[str] = []
    with made(out, force=force, rights=found.rights) as file:
        writer = Writer(
            file, model=named, embedded=by.file if by is not None and embed else None
        )
        packer = Packer(writer, coders(by), told)
        members = [
            packer.add(
                source.name,
                content(source, changed),
                kind=Kind.ROOM if source.room else Kind.FILE,
                executable=source.executable,
            )
            for source in found.sources
        ]
        packer.close()
        file.flush()
        with troubles(str(out or "stdout")):
            Archive(file).check()  # what lies there is what was written
    return Folded(
        len(members),
        sum(member.length for member in members),
        writer.written,
        by.id if by is not None else "",
        tuple(changed),
    )
