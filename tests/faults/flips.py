"""Bits that a disk turns over: in the bank's file, and in logs.

Nothing that is read afterwards may be other than what was written without somebody saying
so: opening the log, opening the bank, `check` or `verify`. A bit in a place that nobody reads
is harmless, and counted apart.
"""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from memory.bank.bank import Bank
from memory.bank.kept import Said
from memory.errors import BankError, RecallError
from tests.faults.library import Fault
from tests.faults.trial import Outcome, state, turns_of, verified
from tests.faults.world import CARRIER, ROOM, bank_of, log_of
from transcripts.errors import BrokenLog, TranscriptError
from transcripts.log import read
from transcripts.wire import encode

PLACES: Final = ("log", "bank")


@dataclass(frozen=True, slots=True)
class Sound:
    """What is read from a folder that is sound."""

    lines: tuple[str, ...]
    bank: tuple[object, ...]
    rows: bytes
    """A digest of all rows of the bank: with the same rows it reads the same."""


def sound(folder: Path, said: Iterable[Said]) -> Sound:
    """Read all that a reader could ask for."""
    bank = Bank(bank_of(folder))
    try:
        rows = state(bank)
    finally:
        bank.close()
    return Sound(_lines(folder), _read_bank(folder, said, None), rows)


def flip(folder: Path, where: str, seed: int, before: Sound, said: Iterable[Said]) -> Outcome:
    """Turn bits over in `folder`, one or some beside each other, and see who says so."""
    draw = Random(seed)
    path = log_of(folder) if where == "log" else bank_of(folder)
    whole = bytearray(path.read_bytes())
    at = draw.randrange(len(whole))
    while not whole[at] and draw.random() < 0.9:
        at = draw.randrange(len(whole))  # most zeros are where nothing is kept
    kind = draw.choice(("bit", "bit", "byte", "sector"))
    match kind:
        case "bit":
            whole[at] ^= 1 << draw.randrange(8)
        case "byte":
            whole[at] = (whole[at] + draw.randrange(1, 256)) % 256
        case _:
            at -= at % 512
            whole[at : at + 512] = draw.randbytes(len(whole[at : at + 512]))
    path.write_bytes(whole)
    wrong: list[str] = []
    if where == "log":
        named, now = _told(lambda: _lines(folder))
        same = now == before.lines
    else:
        named, now = _told(lambda: _read_bank(folder, said, before))
        same = now == before.bank
    ended = "named" if named else "harmless"
    if not (named or same):
        what = _other(before.bank, now) if where == "bank" else ""
        wrong.append(f"{where}: {kind} at {at}: not what was written, nobody says so: {what}")
    return Outcome(f"{kind} flipped, {where}", Fault.NONE, at, ended, tuple(wrong))


def _other(before: tuple[object, ...], now: tuple[object, ...]) -> str:
    """Return which of the things that are read is another now."""
    names = (
        "rooms",
        "texts",
        "folds",
        "codes",
        "search",
        "newest cc",
        "laminae",
        "gists",
        "words",
        "labels",
    )
    return ", ".join(name for name, a, b in zip(names, before, now, strict=True) if a != b)


def _told(reads: Callable[[], tuple[object, ...]]) -> tuple[str, tuple[object, ...]]:
    """Return what a reader says is wrong, and what it reads."""
    try:
        return "", reads()
    except (TranscriptError, RecallError) as error:
        return str(error), ()


def _same_rows(bank: Bank, before: Sound) -> bool:
    """Whether all rows are what they were, as far as SQLite can still tell."""
    try:
        return state(bank) == before.rows
    except (sqlite3.Error, UnicodeError):
        return False


def _lines(folder: Path) -> tuple[str, ...]:
    """Return the log's lines.

    Raises:
        BrokenLog: It says so, or half a line is at its end: opening it then moves that aside,
            and notes it in the room.
    """
    path = log_of(folder)
    if not path.read_bytes().endswith(b"\n"):
        raise BrokenLog(path, 0, "ends in half a line")
    return tuple(encode(entry) for entry in read(path))


def _read_bank(folder: Path, said: Iterable[Said], before: Sound | None) -> tuple[object, ...]:
    """Return what readers get from the bank.

    Raises:
        RecallError: It says that something is wrong, at once or when it is checked.
    """
    bank = Bank(bank_of(folder))
    try:
        wrong = bank.check()
        if not wrong and before is not None and _same_rows(bank, before):
            return before.bank
        rooms = bank.turns.rooms()
        for room in rooms:
            wrong += [str(trouble) for trouble in verified(bank, room)]
        if wrong:
            raise BankError(wrong[0])
        texts = turns_of(bank, ROOM)
        folds = tuple(bank.history(ROOM, CARRIER))
        codes = tuple(bank.at(ROOM, CARRIER, fold.upto).code for fold in folds)
        found = tuple(
            (hits.all, {room: tuple(places) for room, places in hits.places.items()})
            for one in said
            for hits in bank.search(one.text.decode().rpartition(" ")[2])
        )
        newest = bank.newest(ROOM, CARRIER)
        laminae = bank.laminae.of(ROOM, alive=False)
        spans = tuple(
            (one.number, one.first, one.last, one.chain, one.alive) for one in laminae
        )
        gists = tuple((one.number, one.code, gist) for one, gist in bank.laminae.gists(ROOM))
        rows = gists, tuple(bank.laminae.parents(ROOM))
        postings = tuple(bank.laminae.words(ROOM, one.number) for one in laminae if one.alive)
    except sqlite3.Error as error:
        raise BankError(str(error)) from error
    finally:
        bank.close()
    return (tuple(rooms), texts, folds, codes, found, newest, spans, rows, postings, laminae)
