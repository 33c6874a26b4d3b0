"""How far a room goes before somebody is asked: rounds, and what may be used up. Pure."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from transcripts.events import Caps
from transcripts.room import Room

NAMES = ("turns", "tokens", "dollars", "seconds")
"""Budgets that pause a room; `caps.<name>` changes one."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rounds that were asked for."""

    start: Room
    """As it stood when counting began."""
    rounds: int | None = None
    """`None` for no end."""

    def done(self, room: Room) -> int:
        """Return how many of them are done."""
        return room.rounds - self.start.rounds

    def over(self, room: Room) -> bool:
        """Whether all of them are done."""
        return self.rounds is not None and self.done(room) >= self.rounds


@dataclass(frozen=True, slots=True)
class Spent:
    """One thing that may be used up in a sitting."""

    name: str
    """One of `NAMES`."""
    amount: float
    most: float | None
    """`None` for no limit."""

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self.most is not None and self.amount >= self.most

    def __str__(self) -> str:
        dollars = self.name == "dollars"
        amount = f"${self.amount:.4f}" if dollars else f"{self.amount:g}"
        most = "" if self.most is None else f" of {'$' if dollars else ''}{self.most:g}"
        return amount + most if dollars else f"{amount}{most} {self.name}"


def caps(room: Room) -> Caps:
    """Return the room's limits as they are now, changes by the person included."""
    changes: dict[str, Any] = {}
    for name, value in room.settings:
        field = name.removeprefix("caps.")
        if field not in NAMES or not name.startswith("caps."):
            continue
        if value == "none":
            changes[field] = None
            continue
        # A log by another hand may hold anything; what cannot be read changes nothing.
        with suppress(ValueError, OverflowError):
            changes[field] = int(float(value)) if field in ("turns", "tokens") else float(value)
    return replace(room.opened.caps, **changes)


def spending(room: Room, sitting: Room, seconds: float) -> tuple[Spent, ...]:
    """Return what was used up of each thing, in the order of `NAMES`.

    Args:
        room: As it stands.
        sitting: As it stood when this sitting began; budgets count from there.
        seconds: Since this sitting began.
    """
    limits = caps(room)
    spent = {
        "turns": room.turns - sitting.turns,
        "tokens": room.tokens - sitting.tokens,
        "dollars": room.dollars - sitting.dollars,
        "seconds": seconds,
    }
    return tuple(Spent(name, spent[name], getattr(limits, name)) for name in NAMES)


def used_up(room: Room, sitting: Room, seconds: float) -> str:
    """Return which budget is used up and how far, or ``""``. Takes what `spending` takes."""
    over = next((one for one in spending(room, sitting, seconds) if one.over), None)
    return "" if over is None else f"budget reached: {over}"
