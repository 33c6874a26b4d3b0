"""A data folder with one room and its bank, what is done to it, and what must then be there.

A world is drawn from a seed. It is a folder as a living enfold leaves it between two writes,
and steps: each with what it does and what it promises once it has said that it is done. The
ledger of promises is plain bytes, kept apart from everything that is tested.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from sqlite3 import connect
from typing import Final

from harness.archive import turns as told
from harness.archiving import archive, restore
from harness.rooms import Rooms
from memory.bank.bank import Bank
from memory.bank.kept import LONGEST, Said, unpack
from memory.bank.kept import START as START_OF_CHAIN
from memory.bank.migrations import backup
from memory.bank.reading import opened
from memory.bank.reading import read as opened_turn
from memory.bank.splitting import remake
from memory.bank.transcoding import Pair, code
from memory.bank.turns import Work
from memory.cc.base import CC, Turn, Utterance
from memory.cc.carriers import carrier
from memory.codec.turns import VERSION
from memory.index.leaf import Leaf, leaf
from tests.words import WORDS
from transcripts import events as e
from transcripts.events import Event, Source
from transcripts.log import Log
from transcripts.participants import Participant
from transcripts.wire import encode

ROOM: Final = "harbour"
CARRIER: Final = "text"
START: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)
_WORDS: Final = [*WORDS[:24], "Straße", "übermorgen", "灯塔", "🜁", "—", "naïve"]


@dataclass(frozen=True, slots=True)
class Promise:
    """What must be there once a step has said that it is done."""

    lines: tuple[bytes, ...] = ()
    """Of the log, after those of the steps before it."""
    turns: tuple[Said, ...] = ()
    """In the bank."""
    folds: tuple[str, ...] = ()
    """Digests of cc in the bank."""
    found: tuple[tuple[str, int], ...] = ()
    """A word and the place where searching finds it."""
    copy: str = ""
    """Name of a file that is a whole bank."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done to a world."""

    name: str
    does: "Callable[[Hand], None]"
    promise: Promise = field(default_factory=Promise)
    before: Path = Path()
    """The folder as it stood before it."""


class Hand:
    """What a step works with: a room's log and a bank, both open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = Log(log_of(folder), now=START)
        self.bank = Bank(bank_of(folder))

    def close(self) -> None:
        self.bank.close()
        self.log.close()


@dataclass(frozen=True, slots=True)
class World:
    """Steps in order, and what had been promised before the first."""

    seed: int
    first: Promise
    steps: tuple[Step, ...]

    def promised(self, step: int) -> Promise:
        """Return all that was promised by the steps before number `step`."""
        made = [self.first, *(one.promise for one in self.steps[:step])]
        return together(made)


def together(promises: list[Promise]) -> Promise:
    """Return all of them as one."""
    return Promise(
        lines=tuple(line for one in promises for line in one.lines),
        turns=tuple(said for one in promises for said in one.turns),
        folds=tuple(fold for one in promises for fold in one.folds),
        found=tuple(found for one in promises for found in one.found),
        copy=next((one.copy for one in reversed(promises) if one.copy), ""),
    )


def log_of(folder: Path) -> Path:
    return folder / "rooms" / ROOM / "log.jsonl"


def rooms_of(folder: Path) -> Rooms:
    return Rooms(folder / "rooms")


def bank_of(folder: Path) -> Path:
    return folder / "bank.sqlite"


def draw(folder: Path, seed: int) -> World:
    """Make a world in `folder`: one folder a step, each as it stood before the step."""
    return _Maker(folder, seed).make()


class _Maker:
    """Carries the steps out once, without faults, and writes down what they promise."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._draw = Random(seed)
        self._at = START
        self._now = folder / "now"
        log_of(self._now).parent.mkdir(parents=True)
        self._place = 0
        self._said: list[Said] = []
        self._stored = 0
        self._cc = CC(CARRIER)
        self._steps: list[Step] = []
        self._snapshots = 0

    def make(self) -> World:
        opening: list[Event] = [e.Opened(title=f"room {self._seed}", seed=self._seed)]
        for number, name in enumerate(("Ada", "Bob", "Cé"), 1):
            who = Participant(id=f"AI-{number}", name=name, model=f"scripted/{name}")
            opening.append(e.Joined(participant=who))
        hand = Hand(self._now)
        self._hand = hand
        first = [self._do(self._say(opening))]
        for _ in range(self._draw.randrange(1, 4)):
            for _ in range(self._draw.randrange(1, 5)):
                first += [self._do(self._say(self._lines()))]
            first += [self._do(make()) for make in (self._store, self._fold, self._index)]
            first += [self._do(self._settle())]
        if self._draw.random() < 0.5:  # else what was written lies in the -wal for now
            hand.close()
            self._hand = Hand(self._now)
        kinds = [
            lambda: self._say(self._lines()),
            self._store,
            self._fold,
            self._index,
            self._settle,
            lambda: self._say(self._lines(many=True)),
            self._store,
            lambda: self._settle(over=True),
            self._recode,
            self._again,
            self._backup,
            self._reopen,
            self._rename,
            self._lamina,
            self._split,
            self._merge,
            self._archive,
        ]
        for make in kinds:
            self._keep(make())
        self._hand.close()
        return World(self._seed, together(first), tuple(self._steps))

    def _do(self, step: Step) -> Promise:
        step.does(self._hand)
        return step.promise

    def _keep(self, step: Step) -> None:
        before = self._folder / f"{len(self._steps):02}"
        copied(self._now, before)
        self._steps.append(replace(step, before=before))
        step.does(self._hand)

    # Steps.

    def _lines(self, *, many: bool = False) -> list[Event]:
        made: list[Event] = []
        for _ in range(self._draw.randrange(2, 5) if many else 1):
            words = self._draw.choices(_WORDS, k=self._draw.randrange(1, 60))
            if self._draw.random() < 0.1:
                words *= 40  # longer than a page
            who = f"AI-{self._draw.randrange(1, 4)}"
            made.append(e.Spoke(author=who, text=" ".join([*words, f"mark{self._place}"])))
            if many:
                made.append(e.Whispered(author=who, to="AI-2", text="psst " + words[0]))
        return made

    def _say(self, events: list[Event]) -> Step:
        given: list[tuple[datetime, Event, Source | None]] = []
        for event in events:
            self._at += timedelta(seconds=3)
            given.append((self._at, event, None))
        entries = [
            e.Entry(self._place + number, at, event)
            for number, (at, event, _) in enumerate(given)
        ]
        self._place += len(entries)
        self._said += told(entries)
        lines = tuple(encode(entry).encode() + b"\n" for entry in entries)

        def does(hand: Hand) -> None:
            hand.log.extend(given)

        return Step("say" if len(events) == 1 else "say many", does, Promise(lines=lines))

    def _store(self) -> Step:
        new = tuple(self._said[self._stored :])
        self._stored = len(self._said)

        def does(hand: Hand) -> None:
            hand.bank.turns.append(ROOM, new)

        return Step("store turns", does, Promise(turns=new))

    def _fold(self) -> Step:
        first, last = self._cc.upto + 1, self._place - 1
        said = [
            Utterance(one.place, one.author, one.text.decode())
            for one in self._said
            if one.place >= first
        ]
        way = carrier(CARRIER, 512)
        self._cc = cc = way.fold(self._cc, Turn(first, last, tuple(said)))

        def does(hand: Hand) -> None:
            hand.bank.keep(ROOM, cc, first=first, size=way.size(cc), seconds=0.25)

        return Step("fold", does, Promise(folds=(cc.digest,)))

    def _index(self) -> Step:
        new = self._said[-3:]
        rows = [Utterance(one.place, one.author, one.text.decode()) for one in new]

        def does(hand: Hand) -> None:
            hand.bank.index(ROOM, rows)

        found = tuple((row.text.rpartition(" ")[2], row.place) for row in rows)
        found = tuple(one for one in found if one[0].startswith("mark"))
        return Step("index for search", does, Promise(found=found))

    def _settle(self, *, over: bool = False) -> Step:
        works = self._coded(over=over)

        def does(hand: Hand) -> None:
            for most, said, blobs, closed in works:
                work = hand.bank.turns.work(ROOM, model="", version=VERSION, most=most)
                if work is not None and work.turns[0].place == said[0].place:
                    hand.bank.turns.settle(ROOM, work, said, blobs, closed=closed)

        return Step("take in codes", does)

    def _coded(self, *, over: bool) -> list[tuple[int, list[Said], list[bytes], bool]]:
        """Return what coding all that waits comes to; it is done on a copy."""
        aside = self._folder / "aside"
        copied(self._now, aside)
        bank = Bank(bank_of(aside))
        made: list[tuple[int, list[Said], list[bytes], bool]] = []
        try:
            while work := bank.turns.work(ROOM, model="", version=VERSION, most=4096):
                said, blobs, closed = _codes(bank, work)
                closed = closed or (over and said[-1] == self._said[-1])
                bank.turns.settle(ROOM, work, said, blobs, closed=closed)
                made.append((4096, said, blobs, closed))
        finally:
            bank.close()
            shutil.rmtree(aside)
        return made

    def _recode(self) -> Step:
        store = self._hand.bank.turns
        number = store.segments(ROOM)[-1].number
        [made] = remake(
            [opened(store, ROOM, store.segments(ROOM)[-1])], store.segments(ROOM)[-1].before, ""
        )

        def does(hand: Hand) -> None:
            # The same codes once more: what is tested is that they change places whole.
            for old in hand.bank.turns.segments(ROOM):
                if old.number == number:
                    hand.bank.turns.resegment(ROOM, [old], [made])

        return Step("code anew", does)

    def _again(self) -> Step:
        said = tuple(self._said)

        def does(hand: Hand) -> None:
            hand.bank.turns.forget(ROOM)
            hand.bank.turns.append(ROOM, said)

        return Step("keep again from the log", does, Promise(turns=said))

    def _lamina(self) -> Step:
        """Of all turns at once, coded and closed by the step itself before its transaction."""
        works = self._coded(over=True)
        row = self._leaf(self._said)

        def does(hand: Hand) -> None:
            for most, said, blobs, closed in works:
                work = hand.bank.turns.work(ROOM, model="", version=VERSION, most=most)
                if work is not None and work.turns[0].place == said[0].place:
                    hand.bank.turns.settle(ROOM, work, said, blobs, closed=closed)
            [segment] = hand.bank.turns.segments(ROOM)
            hand.bank.laminae.keep(ROOM, segment, row)

        return Step("keep a lamina", does)

    def _split(self) -> Step:
        [old] = self._hand.bank.laminae.of(ROOM)
        middle = self._draw.randrange(1, len(self._said))
        parts = [self._said[:middle], self._said[middle:]]
        first, second = (self._leaf(part) for part in parts)
        rows = [replace(first, last=second.first - 1), second]
        new = remake(parts, START_OF_CHAIN, "")

        def does(hand: Hand) -> None:
            hand.bank.laminae.replace(ROOM, [old], new, rows, made="delaminated")

        return Step("delaminate", does)

    def _merge(self) -> Step:
        old = self._hand.bank.laminae.of(ROOM)
        new = remake([self._said], START_OF_CHAIN, "")
        row = self._leaf(self._said)

        def does(hand: Hand) -> None:
            hand.bank.laminae.replace(ROOM, old, new, [row], made="merged")

        return Step("merge", does)

    def _leaf(self, said: list[Said]) -> Leaf:
        told = [Utterance(one.place, one.author, one.text.decode()) for one in said]
        return leaf(said[0].place, said[-1].place, told)

    def _archive(self) -> Step:
        def does(hand: Hand) -> None:
            rooms = rooms_of(hand.folder)
            hand.log.close()
            try:
                if not rooms.archived(ROOM):
                    archive(rooms, ROOM, now=START, remove=True)
                restore(rooms, ROOM)
            finally:
                if not rooms.archived(ROOM):
                    hand.log = Log(log_of(hand.folder), now=START)

        return Step("archive and restore", does)

    def _backup(self) -> Step:
        def does(hand: Hand) -> None:
            with closing(connect(bank_of(hand.folder))) as connection:
                backup(connection, hand.folder / "bank.copy")

        return Step("back up", does, Promise(copy="bank.copy"))

    def _reopen(self) -> Step:
        def does(hand: Hand) -> None:
            hand.bank.close()
            hand.bank = Bank(bank_of(hand.folder))
            hand.bank.turns.reached(ROOM)

        return Step("close and open", does)

    def _rename(self) -> Step:
        def does(hand: Hand) -> None:
            if hand.bank.turns.rooms() == [ROOM]:
                hand.bank.rename(ROOM, "elsewhere")
            hand.bank.rename("elsewhere", ROOM)

        return Step("rename there and back", does)


def _codes(bank: Bank, work: Work) -> tuple[list[Said], list[bytes], bool]:
    """Return the codes of a piece of work, coded in this process."""
    said = [unpack(kept) for kept in work.turns]
    if len(said[0].text) > LONGEST:
        return said[:1], [b""], True
    pair = Pair("")
    if work.segment.number:
        for row in bank.turns.rows(ROOM, work.segment):
            pair.learn(opened_turn(bank.turns, ROOM, row.place))
    return said, list(code(pair, said).blobs), False


def copied(folder: Path, to: Path) -> None:
    """Copy a world as it lies on disk, as a crash would leave it: without SQLite's -shm."""
    for path in folder.rglob("*"):
        there = to / path.relative_to(folder)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        elif not path.name.endswith("-shm"):
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())
