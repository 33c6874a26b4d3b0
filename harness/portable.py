"""What is remembered of a room, as members of an archive (`.hqf`) beside its log.

The newest cc of each carrier, the spans of its laminae and their index rows. They are members
like others, so that who does not know them has files of them. The turns of laminae are not
among them: the log has their words. Read back, none of it is believed: see `harness.homing`.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, cast

from harness.archived import readable
from harness.keeper import utterances
from harness.rebuilding import laminae
from harness.rooms import Rooms
from harness.sources import Source
from memory.bank.address import there as kept_there
from memory.errors import DamagedRow
from transcripts.events import Entry, Span
from transcripts.log import read
from transcripts.room import Room, reduced

if TYPE_CHECKING:
    from memory.bank.anew import Row
    from memory.bank.bank import Bank
    from memory.cc.base import CC

VERSION: Final = 1
"""Of what is told of a room's memory."""

MEMORY: Final = b"memory.json"
"""Name of the member that tells what is remembered, beside the log."""

INDEX: Final = b"memory/index"
"""Name of the member with the index rows."""

MOST: Final = 1 << 26
"""Bytes of that, or of one cc, at most."""

_MADE: Final = ("indexed", "delaminated", "merged")

Told = Callable[[int], None]
"""Called with the bytes done since the last call."""


def memory(rooms: Rooms, room_id: str) -> list[Source]:
    """Return what is remembered of a room, as members of an archive; none where nothing is.

    A state that the log gives back at once is not among it.

    Raises:
        BankError: The bank cannot be read.
        TranscriptError: The log cannot be read.
    """
    if not kept_there(rooms.bank):
        return []
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    top = os.fsencode(room_id) + b"/"
    with closing(Bank(rooms.bank)) as bank:
        carried = [*_carried(bank, room_id)]
        index = laminae(bank, room_id)
    if not carried and not index:
        return []
    blobs: dict[bytes, bytes] = {}
    entries = list(read(readable(rooms, room_id)))
    room = reduced(entries)
    for cc, told in carried:
        blobs[f"memory/{cc.carrier}.code".encode()] = cc.code
        told["state"] = learned(cc.carrier, cc.upto, entries, room) != cc.state
        if told["state"]:
            blobs[f"memory/{cc.carrier}.state".encode()] = cc.state
    blobs[INDEX] = b"".join(leaf.gist + leaf.words for leaf, _ in index.values())
    body = {
        "v": VERSION,
        "cc": [told for _, told in carried],
        "laminae": [
            {
                "first": span.first,
                "last": span.last,
                **asdict(row),
                "code": leaf.code.decode("utf-8", "replace"),
                "gist": len(leaf.gist),
                "words": len(leaf.words),
            }
            for span, (leaf, row) in index.items()
        ],
    }
    blobs[MEMORY] = json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"
    rights = 0o700  # the bank is the person's own
    return [
        Source(
            name=top + name,
            path=rooms.folder / room_id,
            data=blob,
            size=len(blob),
            rights=rights,
        )
        for name, blob in sorted(blobs.items())
        if blob
    ]


def _carried(bank: "Bank", room_id: str) -> "Iterator[tuple[CC, dict[str, Any]]]":
    """Yield the newest cc of each carrier, and what is told of it."""
    from memory.cc.carriers import CARRIERS  # noqa: PLC0415 - with the bank, not before

    for carrier in CARRIERS:
        rows = bank.history(room_id, carrier)
        try:
            cc = bank.newest(room_id, carrier) if rows and carrier != "full" else None
        except DamagedRow:
            cc = None
        if cc is None:  # it is folded again, where the room goes on
            continue
        folds = sha256()
        for row in rows:
            folds.update(f"{row.upto} {row.digest}\n".encode())
        newest = rows[-1]
        yield (
            cc,
            {
                "carrier": carrier,
                "upto": cc.upto,
                "first": newest.first,
                "size": newest.size,
                "seconds": newest.seconds,
                "digest": cc.digest,
                "folds": len(rows),
                "history": folds.hexdigest(),
            },
        )


def learned(name: str, upto: int, entries: Sequence[Entry], room: Room) -> bytes | None:
    """Return the state of a carrier after place `upto`; `None` where that takes a byte model.

    Args:
        name: Of the carrier.
        upto: Place, inclusive.
        entries: The whole log.
        room: What it amounts to.
    """
    from memory.cc.base import Turn  # noqa: PLC0415 - with the bank, not before
    from memory.cc.carriers import LEAST, carrier  # noqa: PLC0415

    if name == "state":
        return None
    heard = utterances(entries[: upto + 1], room.label, inline=room.opened.inline)
    return carrier(name, LEAST).learn(b"", Turn(0, upto, heard))


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an archive tells of a room, as far as it makes sense; none of it is checked."""

    cc: "tuple[tuple[CC, Fold], ...]"
    rows: "dict[Span, Row]"
    """What is known of laminae, by their spans, in order."""
    index: dict[Span, bytes]
    """Gist and words of these."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What is told of a cc."""

    first: int
    size: int
    """Bytes, as the carrier counts them."""
    seconds: float
    digest: str
    folds: int
    """How many there were."""
    state: bool
    """Whether its state was carried; else the log gives it back."""


def parsed(kept: dict[bytes, bytes], entries: int) -> Remembered:
    """Return what the members beside a room's log tell.

    Args:
        kept: They, by their names below the room's.
        entries: How many the log has.

    Raises:
        ValueError: They are not what we write.
    """
    try:
        body: Any = json.loads(kept.get(MEMORY, b""))
    except (ValueError, RecursionError):
        body = None
    match body:
        case {"v": int(version)} if version > VERSION:
            raise ValueError(f"is of version {version}: upgrade enfold")
        case {"v": 1, "cc": [*told], "laminae": [*rows]}:
            found = [_cc(one, kept, entries) for one in cast("list[object]", told)]
            spans, index = _rows(cast("list[object]", rows), kept, entries)
            return Remembered(tuple(one for one in found if one is not None), spans, index)
        case _:
            raise ValueError("cannot be read")


def _cc(told: object, kept: dict[bytes, bytes], entries: int) -> "tuple[CC, Fold] | None":
    from memory.cc.base import CC  # noqa: PLC0415 - with the bank, not before
    from memory.cc.carriers import CARRIERS  # noqa: PLC0415

    match told:
        case {
            "carrier": str(carrier),
            "upto": int(upto),
            "first": int(first),
            "size": int(size),
            "seconds": int() | float() as seconds,
            "digest": str(digest),
            "folds": int(folds),
            "state": bool(carried),
        } if carrier in CARRIERS and 0 <= first <= upto < entries:
            code, state = (
                kept.get(f"memory/{carrier}.{part}".encode(), b"") for part in ("code", "state")
            )
            fold = Fold(first, size, float(seconds), digest, folds, carried)
            return CC(carrier, upto, code, state), fold
        case _:
            return None


def _rows(
    told: Sequence[object], kept: dict[bytes, bytes], entries: int
) -> "tuple[dict[Span, Row], dict[Span, bytes]]":
    """Return what is told of laminae, up to where it stops to make sense."""
    from memory.bank.anew import Row  # noqa: PLC0415 - with the bank, not before

    rows: dict[Span, Row] = {}
    index: dict[Span, bytes] = {}
    blob, start, reached = kept.get(INDEX, b""), 0, -1
    for one in told:
        match one:
            case {
                "first": int(first),
                "last": int(last),
                "made": str(how),
                "at": str(at),
                "gist": int(gist),
                "words": int(words),
            } if how in _MADE and reached < first <= last < entries and min(gist, words) >= 0:
                span = Span(first, last)
                rows[span] = Row(how, _time(at))
                index[span] = blob[start : start + gist + words]
                start += gist + words
                reached = last
            case _:
                break
    return rows, index


def _time(told: str) -> str:
    """Return a time as it was told, if it is one; else nothing."""
    try:
        return datetime.fromisoformat(told).isoformat()
    except ValueError:
        return ""
