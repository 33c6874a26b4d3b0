"""Builders for tests: rooms, sessions, logs. The doubles themselves ship with the product."""

import asyncio
import struct
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zlib import compress, crc32

from agents.catalogue.catalogue import Catalogue
from agents.catalogue.models import Model
from agents.painters.base import Painter, Picture
from agents.providers.base import Provider
from agents.providers.scripted import Fault, Scripted
from harness.archive import Archive
from harness.clock import Clock, FixedClock
from harness.evaluation.standing import COUNTER
from harness.keeper import Keeper
from harness.lamination import Lamination
from harness.library import Library, scripted
from harness.recollection import Past
from harness.scoring import Counter, Scoring
from harness.session.means import Means
from harness.session.session import Session
from harness.worker import Worker
from memory.bank.bank import Bank
from memory.cc.carriers import carrier
from memory.cc.reading import Reader
from transcripts import events as e
from transcripts.log import Log
from transcripts.participants import Participant

START = datetime(2026, 1, 1, tzinfo=UTC)

GUESTS = [
    scripted("scripted/otter", "Otter"),
    scripted("scripted/heron", "Grey Heron", ["heron"]),
    Model(id="far/away", name="Far Away", provider="far", key="FAR_AWAY_API_KEY"),
]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))


PIXEL = b"".join(
    [
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", compress(b"\0\x40\x80\xc0")),
        _chunk(b"IEND", b""),
    ]
)
"""A PNG of one pixel."""


class Stamp:
    """A painter that gives one pixel, at once or when it is let."""

    name = "stamp"

    def __init__(self, gate: asyncio.Event | None = None) -> None:
        self.gate = gate
        self.asked: list[str] = []

    async def paint(self, prompt: str, *, seed: int) -> Picture:
        self.asked.append(prompt)
        if self.gate is not None:
            await self.gate.wait()
        return Picture(data=PIXEL, mime="image/png", width=1, height=1, painter="stamp")


@dataclass
class Stage:
    """A session and what it works with."""

    session: Session
    provider: Scripted
    bank: Bank
    log: Log
    path: Path
    worker: Worker

    def kinds(self) -> list[str]:
        return [type(entry.event).__name__ for entry in self.session.log]

    def events(self, kind: type[e.Event] | type) -> list[e.Event]:
        return [entry.event for entry in self.session.log if isinstance(entry.event, kind)]


def cast(*names: str) -> list[Participant]:
    return [
        Participant(id=f"AI-{i}", name=name, model=f"scripted/{name.lower()}", temperature=1.0)
        for i, name in enumerate(names, 1)
    ]


def start_log(
    path: Path, names: Sequence[str] = ("Ada", "Bob"), *, opened: e.Opened | None = None
) -> Path:
    """Write the beginning of a room's log and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Log(path, now=START) as log:
        log.append(START, opened or e.Opened(title="a room", seed=1))
        for participant in cast(*names):
            log.append(START, e.Joined(participant=participant))
    return path


@asynccontextmanager
async def stage(
    folder: Path,
    script: Mapping[str, Sequence[str | Fault]] | None = None,
    *,
    names: Sequence[str] = ("Ada", "Bob"),
    opened: e.Opened | None = None,
    provider: Provider | None = None,
    painter: Painter | None = None,
    models: Library | None = None,
    clock: Clock | None = None,
    attended: bool = False,
    patient: bool = True,
    loop: bool = False,
    max_tokens: int = 2048,
    log_type: type[Log] = Log,
    reader: Reader | None = None,
    recalls: bool = False,
    keeps: bool = False,
    scores: bool = False,
    counter: Counter = COUNTER,
    threshold: int = 0,
) -> AsyncGenerator[Stage, None]:
    """Open a session on a scripted room in `folder`, new or as an earlier one left it.

    With `recalls`, older lines come back; with `keeps`, turns are coded and laminae made too;
    with `scores`, turns are scored, by `counter`, and told of below `threshold`.
    """
    path = folder / "room" / "log.jsonl"
    if not path.exists():
        start_log(path, names, opened=opened)
    images = folder / "room" / "images"
    images.mkdir(exist_ok=True)
    players = Scripted(script or {}, loop=loop)
    now = clock or FixedClock(START)
    bank = Bank(folder / "bank.sqlite")
    worker = Worker()
    try:
        with log_type(path, now=START) as log:
            first = log.entries[0].event
            assert isinstance(first, e.Opened)
            for seat_id in script or {}:
                given = [
                    entry
                    for entry in log.entries
                    if isinstance(entry.event, e.Spoke) and entry.event.author == seat_id
                ]
                players.skip(seat_id, len(given))
            keeper = Keeper("room", carrier(first.carrier, first.budget, reader), bank, now)
            past = Past("room", bank.laminae) if recalls or keeps else None
            archive = Archive("room", bank, worker, delay=0.0) if keeps else None
            lamination = None
            if past is not None and archive is not None:
                coded = archive.settled if patient and not attended else None
                lamination = Lamination("room", bank, worker, past, coded)
            means = Means(
                provider=provider or players,
                painter=painter or Stamp(),
                models=models or Library(Catalogue(GUESTS, {})),
                keeper=keeper,
                past=past,
                lamination=lamination,
                archive=archive,
                clock=now,
                images=images,
                draft=folder / "room" / "draft.json",
                attended=attended,
                patient=patient,
                max_tokens=max_tokens,
                scoring=Scoring(worker, counter, threshold=threshold) if scores else None,
            )
            yield Stage(Session(log, means), players, bank, log, path, worker)
    finally:
        await asyncio.to_thread(worker.close)
        bank.close()


def opened(**changes: object) -> e.Opened:
    """Return an opening with some things changed."""
    return replace(e.Opened(title="a room", seed=1), **changes)
