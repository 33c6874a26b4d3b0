"""Turns parted anew into segments that each open alone: for laminae that are split or merged.

The coding itself is `transcoding`'s, a job at a time, so that whoever drives it may do other
things in between, have it done by a worker, stop at any job, or begin again: nothing changes
in the bank before `Laminae.replace` takes in what came of it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Final

from memory.bank.kept import (
    AS_IT_IS,
    KEY,
    LONGEST,
    Kept,
    Remade,
    Said,
    link,
    made_by,
    pack,
)
from memory.bank.transcoding import Coded, Stand, transcode
from memory.codec.turns import VERSION

if TYPE_CHECKING:
    from memory.bank.laminae import Lamina

STINT: Final = 0.25
"""Seconds after which a job begins no further turn."""

TRIES: Final = 2
"""How often a part is begun again by jobs of `STINT`, when a worker has lost it; then at once."""

POOR: Final = 0.5
"""Bytes of code a byte of text from which on the mixer alone is tried as well."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be coded: give its fields to `transcoding.transcode`, in order."""

    at: Stand
    turns: tuple[Said, ...]
    seconds: float


def refused(old: "Sequence[Lamina]") -> str:
    """Return why laminae cannot be one, empty if they can."""
    if len(old) > 1 and any(one.version == AS_IT_IS for one in old):
        return "one of them is never to be coded again, since that did harm"
    if len(old) > 1 and sum(one.length for one in old) > KEY:
        return f"they are more than {KEY} bytes, which is what opening one may cost"
    return ""


def remaking(
    parts: Sequence[Sequence[Said]], before: bytes, model: str
) -> Generator[Job, Coded | None, list[Remade]]:
    """Yield jobs, take what came of each, and return the segments.

    Args:
        parts: The turns of each, none empty, in order; together what is to be replaced.
        before: The chain before the first of them.
        model: Id of the byte model to code with; empty for the mixer alone.

    Raises:
        ValueError: A part is empty, or takes more than `KEY` bytes of text to open.
    """
    for part in parts:
        if not part:
            raise ValueError("a part without turns")
        if len(part) > 1 and sum(len(said.text) for said in part) > KEY:
            raise ValueError(f"a part of several turns has more than {KEY} bytes")
    made: list[Remade] = []
    for part in parts:
        remade = yield from _part(part, before, model)
        made.append(remade)
        before = remade.chain
    return made


def remake(parts: Sequence[Sequence[Said]], before: bytes, model: str) -> list[Remade]:
    """Do all jobs of `remaking`, in this process.

    Raises:
        ModelError: The byte model cannot be used here.
        ValueError: See `remaking`.
    """
    jobs = remaking(parts, before, model)
    try:
        job = next(jobs)
        while True:
            job = jobs.send(transcode(job.at, job.turns, inf))
    except StopIteration as done:
        return done.value


def _part(
    part: Sequence[Said], before: bytes, model: str
) -> Generator[Job, Coded | None, Remade]:
    """Code one part: by the model, by the mixer where that is better, or not at all."""
    chain = before
    for said in part:
        chain = link(chain, said)
    hot = [pack(said) for said in part]
    plain = Remade(tuple(hot), "", VERSION, before, chain)
    if len(part[0].text) > LONGEST:
        return plain
    found: list[Remade] = []
    for by in dict.fromkeys((model, "")):
        blobs = yield from _coded(part, before, by)
        if blobs is not None:
            rows = tuple(map(_better, hot, blobs))
            found.append(Remade(rows, by, VERSION, before, chain))
            if _stored(found[-1]) < POOR * sum(row.length for row in rows):
                break
    if not found:  # coded it does not come back: it is never to be tried again
        return replace(plain, version=AS_IT_IS)
    return min(found, key=_stored)


def _coded(
    part: Sequence[Said], before: bytes, model: str
) -> Generator[Job, Coded | None, list[bytes] | None]:
    """Code the turns of a part; `None` if one does not come back as it was."""
    blobs: list[bytes] = []
    chain, tries = before, 0
    while len(blobs) < len(part):
        seconds = STINT if tries <= TRIES else inf
        coded = yield Job(Stand(model, before, chain), tuple(part[len(blobs) :]), seconds)
        if coded is None:
            blobs, chain, tries = [], before, tries + 1
            continue
        for said in part[len(blobs) : len(blobs) + len(coded.blobs)]:
            chain = link(chain, said)
        blobs += coded.blobs
        if coded.wrong:
            return None
    return blobs


def _better(hot: Kept, blob: bytes) -> Kept:
    """Return the row of a turn with its code, or as it was where that is no longer."""
    if len(blob) >= len(hot.blob):
        return hot
    return replace(hot, codec=made_by(blob), blob=blob)


def _stored(remade: Remade) -> int:
    return sum(len(row.blob) for row in remade.rows)
