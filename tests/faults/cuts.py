"""Loss of power: a stretch of a room's life is recorded, and the plug pulled in many places.

What must be there then: every line that was recorded before the log was last synced; no line
that nobody wrote; a bank that opens, finds nothing wrong with itself, and is brought up to
date from the log. See `tests.faults.power` for what a disk may hold.
"""

import os
import sqlite3
import tempfile
from pathlib import Path
from random import Random

from harness.archive import turns as told
from harness.archiving import restore
from harness.errors import HarnessError
from memory.bank.bank import Bank
from memory.errors import RecallError
from tests.faults import power
from tests.faults.library import Fault, Faults
from tests.faults.trial import Ending, Ground, Known, Outcome, squared, state, verified
from tests.faults.world import ROOM, START, Hand, World, bank_of, copied, log_of, rooms_of
from transcripts.errors import TranscriptError
from transcripts.log import Log
from transcripts.wire import encode


def lived(faults: Faults, world: World, folder: Path) -> power.Life:
    """Carry out a world's steps in `folder`, and write down every call on the disk."""
    copied(world.steps[0].before, folder)
    with tempfile.TemporaryFile() as trace:
        pid = os.fork()
        if not pid:
            with Ending():
                faults.record(folder, trace.fileno())
                hand = Hand(folder)
                for number, step in enumerate(world.steps):
                    step.does(hand)
                    faults.mark(str(number))
                    if world.seed % 2 == 0:
                        hand.log.sync()
                hand.close()
        assert os.waitpid(pid, 0)[1] == 0
        trace.seek(0)
        return power.Life(world.steps[0].before, folder, power.calls(trace.read()))


def pull(ground: Ground, life: power.Life, upto: int, seed: int) -> Outcome:
    """Pull the plug before call number `upto`, and look what is there."""
    world, to = ground.world, ground.folder
    power.pulled(life, upto, Random(seed), to)
    safe = power.synced(life.calls, upto, log_of(life.named))
    has = world.promised(int(safe[-1]) + 1 if safe else 0).lines
    every = b"".join(world.promised(len(world.steps)).lines)
    wrong, moved = _look(to, b"".join(has), every, ground.known)
    return Outcome("loss of power", Fault.NONE, upto, "cut", tuple(wrong), moved)


def _look(folder: Path, has: bytes, every: bytes, known: Known) -> tuple[list[str], bool]:
    try:
        rooms = rooms_of(folder)
        if rooms.archived(ROOM):  # a room that goes on brings its log back first
            restore(rooms, ROOM)
    except (RecallError, HarnessError) as error:
        return [f"archive: {error}"], False
    try:
        with Log(log_of(folder), now=START) as log:
            repaired = log.path.with_name("log.jsonl.torn").exists()
            entries = log.entries
        lines = "".join(encode(entry) + "\n" for entry in entries).encode()
    except TranscriptError as error:
        return [f"log: {error}"], False
    own = lines
    if repaired:
        own = lines[: lines.rstrip(b"\n").rfind(b"\n") + 1]
    wrong: list[str] = []
    if not own.startswith(has):
        wrong.append("log: a line is not there that had been synced")
    if not every.startswith(own):
        wrong.append("log: something is there that nobody wrote")
    try:
        bank = Bank(bank_of(folder))
    except RecallError as error:
        return [*wrong, f"bank: it does not open: {error}"], repaired
    try:
        wrong += bank.check()
        stands = state(bank)
        for room in bank.turns.rooms() if stands not in known.banks else ():
            wrong += [str(trouble) for trouble in verified(bank, room)]
        if not wrong:
            known.banks.add(stands)
            wrong += squared(bank, folder, entries, told(entries), known)
    except (RecallError, sqlite3.Error) as error:
        wrong.append(f"bank: {error}")
    finally:
        bank.close()
    return wrong, repaired
