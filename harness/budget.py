"""What a sitting may use up, and whether it has. Pure."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from transcripts.events import Caps
from transcripts.room import Room

NAMES = ("turns", "tokens", "dollars", "seconds")
"""Budgets that pause a room; `caps.<name>` changes one."""


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


def used_up(room: Room, sitting: Room, seconds: float) -> str:
    """Return which budget is used up and how far, or ``""``.

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
    for name in NAMES:
        most = getattr(limits, name)
        if most is not None and spent[name] >= most:
            amount = (
                f"${spent[name]:.4f} of ${most:g}"
                if name == "dollars"
                else (f"{spent[name]:g} of {most:g} {name}")
            )
            return f"budget reached: {amount}"
    return ""
