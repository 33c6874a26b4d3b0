"""One trial: a step, done by a child in which the n-th call on the disk goes wrong.

The child says on a pipe what it began, what it was done with, and what failed how. What is
left of the folder is then opened as the next start would, and set beside the ledger:

- every line that was recorded is in the log, byte for byte and in order; of what was under
  way there is at most a beginning, in whole lines, and half a line is moved aside;
- every turn and fold that the bank had acknowledged is there and decodes to its bytes;
  nothing is there that the log does not have; the bank finds nothing wrong with itself;
- brought up to date from the log it has every turn of the log.
"""

import asyncio
import os
import signal
import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from harness.archive import Archive
from harness.archive import turns as told
from harness.archiving import restore
from harness.errors import HarnessError
from harness.worker import Worker
from memory.bank.bank import Bank
from memory.bank.checking import check as laminae_of
from memory.bank.kept import Said, unpack
from memory.bank.reading import Trouble, opened, verify
from memory.errors import RecallError
from tests.faults.library import Fault, Faults
from tests.faults.world import (
    CARRIER,
    ROOM,
    START,
    Hand,
    Promise,
    World,
    bank_of,
    copied,
    log_of,
    rooms_of,
    together,
)
from transcripts.errors import TranscriptError
from transcripts.events import Entry
from transcripts.log import Log, read
from transcripts.wire import encode

LATER: Final = 1 << 40
"""Bytes of text before anything is coded: never."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a trial."""

    step: str
    fault: Fault
    at: int
    ended: str
    """`killed`, `failed`, `missed` (the call was not reached) or `done`."""
    wrong: tuple[str, ...] = ()
    """What was lost or is not as promised; empty if all is well."""
    repaired: bool = False
    """Whether half a line was moved aside."""


@dataclass(slots=True)
class Known:
    """States that were read whole already: reading one again would find the same."""

    banks: set[bytes] = field(default_factory=set[bytes])
    squared: set[bytes] = field(default_factory=set[bytes])


def calls(faults: Faults, world: World, step: int, folder: Path) -> int:
    """Return how many calls on the disk a step makes."""
    copied(world.steps[step].before, folder)

    def once(say: Callable[[bytes], None]) -> None:
        hand = Hand(folder)
        faults.arm(folder, Fault.NONE, 0)
        world.steps[step].does(hand)
        say(f"{faults.count()}\n".encode())

    return int(heard(once)[0][0])


def heard(does: Callable[[Callable[[bytes], None]], None]) -> tuple[list[str], bool]:
    """Have a child do something; return the lines that it said, and whether it was killed.

    Args:
        does: Is given what it says lines with.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        with Ending():
            does(lambda line: _say(writing, line))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode().splitlines()
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if status and not killed:
        said.append(f"x the process ended by itself with {status}")
    return said, killed


@dataclass(frozen=True, slots=True)
class Ground:
    """Where trials are held."""

    faults: Faults
    world: World
    folder: Path
    """Made by a trial, and to be emptied after it."""
    known: Known = field(default_factory=Known)


def run(ground: Ground, step: int, fault: Fault, at: int) -> Outcome:
    """Have the `at`-th call of a step go wrong, and look what became of the folder."""
    world, folder = ground.world, ground.folder
    before = world.steps[step].before
    copied(before, folder)
    said, killed = heard(partial(_child, ground, step, fault, at))
    wrong = [line[2:] for line in said if line.startswith("x ")]
    failed = any(line.split(" ")[0] == "f" for line in said)
    done = "d" in said
    if not killed and not done and not failed and not wrong:
        wrong.append(f"the process ended too soon: {said}")
    ended = "killed" if killed else "failed" if failed else "missed" if "m" in said else "done"
    has = world.promised(step)
    coming = world.steps[step].promise
    if done:
        has, coming = together([has, coming]), Promise()
    # On a disk that takes nothing at all, half a line cannot be taken back either.
    strict = failed and not done and fault not in {Fault.FULLER, Fault.DYING}
    found, repaired = check(folder, has, coming, ground.known, strict=strict)
    return Outcome(world.steps[step].name, fault, at, ended, (*wrong, *found), repaired)


class Ending:
    """A child ends with the block, whatever happens in it."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            traceback.print_exception(error)
        os._exit(1 if error else 0)


def _say(pipe: int, line: bytes) -> None:
    os.write(pipe, line)


def _child(
    ground: Ground, step: int, fault: Fault, at: int, say: Callable[[bytes], None]
) -> None:
    """Do the step with its fault; where it fails, do it again once nothing is in the way."""
    faults, world, folder = ground.faults, ground.world, ground.folder
    one = world.steps[step]
    hand = Hand(folder)
    again = (world.seed + at) % 2 == 0
    faults.arm(folder, fault, at)
    try:
        one.does(hand)
    except (RecallError, TranscriptError, HarnessError) as error:
        if "\n" in str(error):
            say(b"x an error of several lines: " + repr(str(error)).encode() + b"\n")
        say(b"f " + str(error).replace("\n", " ").encode() + b"\n")
        if again:
            faults.disarm()
            try:
                one.does(hand)
            except (
                RecallError,
                TranscriptError,
                HarnessError,
                OSError,
                sqlite3.Error,
            ) as second:
                say(f"x not even afterwards: {second!r}\n".encode())
            else:
                say(b"d\n")
    except (OSError, sqlite3.Error) as error:
        if one.name == "back up":  # whoever asks for it tells it in one line
            say(b"f\n")
        else:
            say(f"x not told in one line: {error!r}\n".encode())
    else:
        say(b"m\nd\n" if faults.count() < at else b"d\n")
    with suppress(OSError, RecallError, TranscriptError):
        hand.close()


def check(
    folder: Path, has: Promise, coming: Promise, known: Known, *, strict: bool
) -> tuple[list[str], bool]:
    """Open what is left and return what is not as promised, and whether a line was torn.

    Args:
        folder: As the dead process left it.
        has: What was acknowledged.
        coming: What was under way: there or not.
        known: What was read already.
        strict: The process lived to say that it failed, so nothing of `coming` may be in the log.
    """
    wrong: list[str] = []
    path = log_of(folder)
    try:
        rooms = rooms_of(folder)
        if rooms.archived(ROOM):  # a room that goes on brings its log back first
            restore(rooms, ROOM)
    except (RecallError, HarnessError) as error:
        return [f"archive: {error}"], False
    torn = path.with_name("log.jsonl.torn")
    before = b"".join(has.lines)
    whole = path.read_bytes()
    if not whole.startswith(before):
        wrong.append("log: a line that was recorded is not there")
    rest = whole[len(before) :]
    if not b"".join(coming.lines).startswith(rest):
        wrong.append("log: something is there that nobody wrote")
    if strict and rest:
        wrong.append("log: recording failed, and left something")
    try:
        entries = list(read(path))
        with Log(path, now=START) as log:
            after = log.entries[: len(entries)]
            repaired = len(log.entries) > len(entries)
        if [encode(entry) for entry in after] != [encode(entry) for entry in entries]:
            wrong.append("log: it reads otherwise once it was opened")
        if repaired and torn.read_bytes() != rest[rest.rfind(b"\n") + 1 :] + b"\n":
            wrong.append("log: the torn line was not moved aside whole")
        entries = list(read(path))
    except TranscriptError as error:
        return [*wrong, f"log: {error}"], False
    try:
        bank = Bank(bank_of(folder))
    except RecallError as error:
        return [*wrong, f"bank: it does not open: {error}"], repaired
    try:
        said = told(entries)
        wrong += _bank(bank, has, coming, said, known)
        if not wrong:
            wrong += squared(bank, folder, entries, said, known)
    except (RecallError, sqlite3.Error) as error:
        wrong.append(f"bank: {error}")
    finally:
        bank.close()
    if has.copy and not wrong:
        wrong += _copied(folder / has.copy, has)
    return wrong, repaired


def _bank(
    bank: Bank, has: Promise, coming: Promise, said: list[Said], known: Known
) -> list[str]:
    wrong = list(bank.check())
    stands = state(bank, has)
    if stands in known.banks and not wrong:
        return []
    for room in bank.turns.rooms():
        wrong += [str(trouble) for trouble in verified(bank, room)]
    rooms = bank.turns.rooms()
    room = ROOM if ROOM in rooms or "elsewhere" not in rooms else "elsewhere"
    if rooms not in ([], [room]):
        wrong.append(f"bank: the room is there twice: {rooms}")
    # A place twice: forgotten and kept again; never less than what was acknowledged last.
    wanted = {one.place: one for one in has.turns}
    reached = bank.turns.reached(room)
    there = {one.place for one in said if one.place <= reached.upto}
    again = {one.place for one in coming.turns} >= set(wanted) and bool(wanted)
    if not again or reached.turns:
        lost = sorted(set(wanted) - there)
        if lost:
            wrong.append(f"bank: lost the turns at places {lost}")
    texts = {one.place: one for one in said}
    kept = turns_of(bank, room)
    for place in sorted(there):
        if kept.get(place) != texts[place]:
            wrong.append(f"bank: another text at place {place}")
    if reached.turns != len(there):
        wrong.append("bank: it has turns that the log has not")
    folds = [row.digest for row in bank.history(room, CARRIER)]
    if folds[: len(has.folds)] != list(has.folds):
        wrong.append("bank: lost a fold")
    if folds[len(has.folds) :] not in ([], list(coming.folds)):
        wrong.append("bank: a fold that nobody made")
    if folds:
        newest = bank.newest(room, CARRIER)
        if newest is None or newest.digest != folds[-1]:
            wrong.append("bank: the newest cc is not to be gone on from")
    for word, place in has.found:
        if not any(place in hits.places.get(room, ()) for hits in bank.search(word)):
            wrong.append(f"bank: searching no longer finds {word!r}")
    if not wrong:
        known.banks.add(stands)
    return wrong


def verified(bank: Bank, room: str) -> list[Trouble]:
    """Return what `enfold bank verify` finds wrong with a room's turns and laminae."""
    return [*verify(bank.turns, room), *laminae_of(bank.laminae, room)]


def turns_of(bank: Bank, room: str) -> dict[int, Said]:
    """Return every turn that the bank has of a room, decoded, by its place.

    Raises:
        DamagedTurn: One cannot be read.
    """
    kept = [one for each in bank.turns.segments(room) for one in opened(bank.turns, room, each)]
    kept += [unpack(row) for row in bank.turns.rows(room, None)]
    return {one.place: one for one in kept}


def state(bank: Bank, has: Promise = Promise()) -> bytes:  # noqa: B008 - frozen
    """Return a digest of every row of every table, and of what must be there."""
    whole = sha256(repr((len(has.turns), has.folds, has.found)).encode())
    with closing(sqlite3.connect(str(bank._path))) as connection:
        connection.text_factory = bytes  # what a disk altered may be no text any more
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
        )
        for (table,) in tables.fetchall():
            whole.update(table)
            for row in connection.execute(f'SELECT * FROM "{table.decode()}"'):  # noqa: S608
                whole.update(repr(row).encode())
    return whole.digest()


def squared(
    bank: Bank, folder: Path, entries: list[Entry], said: list[Said], known: Known
) -> list[str]:
    """Bring the bank up to date as opening the room does; return what is missing then."""
    room = ROOM
    if bank.turns.rooms() == ["elsewhere"]:
        return []
    stands = state(bank) + sha256(log_of(folder).read_bytes()).digest()
    if stands in known.squared:
        return []

    async def square() -> None:
        archive = Archive(room, bank, Worker(), enough=LATER, delay=0.0)
        archive.take(entries)
        await archive.settled()
        await archive.close()

    asyncio.run(square())
    at = bank.turns.reached(room)
    if at.turns != len(said) or at.length != sum(len(one.text) for one in said):
        return ["bank: it could not be brought up to date from the log"]
    wrong = [str(trouble) for trouble in verified(bank, room)]
    if not wrong:
        known.squared.add(stands)
    return wrong


def _copied(path: Path, has: Promise) -> list[str]:
    with closing(sqlite3.connect(path)) as copy:
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        turns = copy.execute("SELECT count(*) FROM turns").fetchone()[0]
    if found != "ok" or turns != len({one.place for one in has.turns}):
        return [f"copy: {found}, {turns} turns"]
    return []
