"""A look into a room's hidden memory, as it was at one place. Nothing is changed by looking.

Everything blocks: for a worker thread. The bank, and SQLAlchemy with it, is imported when
somebody looks. Whoever looks after every fold does it by one `Inspection`: opening the bank
costs three times as much as looking into it.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from harness.strata import Done, Recall, Strata, Stratum
from memory.bank.address import Where, identity
from transcripts.events import Entry, Folded, Opened
from transcripts.log import read

if TYPE_CHECKING:
    from memory.bank.bank import Bank

UNLIMITED = ("empty", "full")
"""Carriers that heed no budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """cc at one place, and how it came to be."""

    carrier: str
    upto: int
    """Last place it covers; -1 where nothing was folded yet."""
    first: int
    """First place that its last fold took in."""
    size: int
    """Bytes, as the carrier counts them."""
    budget: int
    """Bytes it may take; 0 for no limit."""
    text: str
    """What is carried."""
    changes: tuple[str, ...]
    """Lines that the last fold pushed out and brought in, after `- ` and `+ `, in order."""
    before: int
    """Bytes carried before that fold."""
    after: int
    """Bytes carried after it."""
    seconds: float
    """The last fold took."""
    history: tuple[tuple[int, int, float], ...]
    """Of every fold up to this one, oldest first: last place, bytes, seconds."""
    laminae: tuple[Stratum, ...] | None = None
    """What the room's past is kept in, as a tree, once there is any of it."""
    recalled: Recall | None = None
    """What came back to who spoke last, and why; once something did."""
    done: tuple[Done, ...] = ()
    """What the keeper did to laminae and why, the newest first."""
    resident: int = 0
    """Bytes of the index that stay in memory: the gists of the laminae there are now."""

    @property
    def added(self) -> tuple[str, ...]:
        """Lines that the last fold brought in."""
        return tuple(line[2:] for line in self.changes if line[0] == "+")

    @property
    def removed(self) -> tuple[str, ...]:
        """Lines that the last fold pushed out."""
        return tuple(line[2:] for line in self.changes if line[0] == "-")


def look(
    bank: Where, room_id: str, log: Sequence[Entry] | Path, place: int | None = None
) -> Look | None:
    """Return cc of a room as it was at `place`, the newest without one.

    Args:
        bank: The bank's file; it need not be there.
        room_id: Whose cc.
        log: The room's entries, or where its log is.
        place: cc covers nothing beyond it.

    Returns:
        `None` if nothing is kept of the room: see `remedy`.

    Raises:
        TranscriptError: The log cannot be read.
        DamagedRow: What is kept is not what was kept; folding again makes it anew.
        BankError: The bank cannot be used.
    """
    with closing(Inspection(bank, room_id)) as inspection:
        return inspection.look(log, place)


class Inspection:
    """Looks into the memory of one room, again and again. In one thread."""

    def __init__(self, bank: Where, room_id: str) -> None:
        """Take what is needed; nothing is opened yet.

        Args:
            bank: The bank's file; it need not be there.
            room_id: Whose cc.
        """
        self._path = bank
        self._room = room_id
        self._bank: Bank | None = None
        self._strata = Strata()
        self._file: tuple[int, int] | None = None
        """Which file the bank is, as the disk knows it."""

    def look(self, log: Sequence[Entry] | Path, place: int | None = None) -> Look | None:
        """Return cc as it was at `place`, the newest without one. See the function `look`."""
        if isinstance(log, Path):
            log = list(read(log))
        first = next(iter(log), None)
        opened = first.event if first is not None and isinstance(first.event, Opened) else None
        if opened is None or (kept := self._opened()) is None:
            return None
        carrier, budget = opened.carrier, opened.budget
        if carrier in UNLIMITED:
            budget = 0
        rows = kept.history(self._room, carrier)
        if not rows:
            return None
        rows = [row for row in rows if place is None or row.upto <= place]
        if not rows:
            return _nothing(carrier, budget)
        row = rows[-1]
        after = kept.at(self._room, carrier, row.upto).code
        before = kept.at(self._room, carrier, rows[-2].upto).code if len(rows) > 1 else b""
        text, old = (code.decode("utf-8", "replace") for code in (after, before))
        self._strata.follow(log, place)
        laminae = kept.laminae.of(self._room, alive=False) if self._strata.done else []
        return Look(
            carrier=carrier,
            upto=row.upto,
            first=row.first,
            size=row.size,
            budget=budget,
            text=text,
            changes=changed(old, text),
            before=len(before),
            after=len(after),
            seconds=row.seconds,
            history=tuple((row.upto, row.size, row.seconds) for row in rows),
            laminae=self._strata.laminae(laminae),
            recalled=self._strata.recall(log),
            done=self._strata.done,
            resident=sum(len(gist) for _, gist in kept.laminae.gists(self._room))
            if laminae
            else 0,
        )

    def close(self) -> None:
        """Let go of the bank."""
        if self._bank is not None:
            self._bank.close()
            self._bank = None

    def _opened(self) -> "Bank | None":
        """Return the bank, another one if the file was moved away; `None` if there is none."""
        from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

        try:
            found = identity(self._path)
        except OSError:
            self.close()
            return None
        if self._bank is None or self._file != found:
            self.close()
            self._bank = Bank(self._path)
            self._file = found
        return self._bank


def remedy(room_id: str, log: Sequence[Entry]) -> str:
    """Return why there is nothing to look at, and the command that makes it."""
    command = f"`enfold replay --headless {room_id}`"
    if any(isinstance(entry.event, Folded) for entry in log):
        return f"what was remembered is gone from the bank; {command} makes it again"
    return f"nothing folded yet; {command} folds it"


def changed(old: str, new: str) -> tuple[str, ...]:
    """Return the lines that went and came, after `- ` and `+ `; what stayed is left out."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[str] = []
    # Only the middle is compared: both ends are mostly as they were, and comparing is slow.
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    before, after = before[head : len(before) - tail], after[head : len(after) - tail]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for what, start, end, begin, until in matcher.get_opcodes():
        if what != "equal":
            lines += [f"- {line}" for line in before[start:end]]
            lines += [f"+ {line}" for line in after[begin:until]]
    return tuple(lines)


def _nothing(carrier: str, budget: int) -> Look:
    return Look(
        carrier=carrier,
        upto=-1,
        first=0,
        size=0,
        budget=budget,
        text="",
        changes=(),
        before=0,
        after=0,
        seconds=0.0,
        history=(),
    )
