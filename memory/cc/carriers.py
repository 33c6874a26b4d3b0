"""Carriers by name."""

from typing import Final

from memory.cc.base import Carrier
from memory.cc.baselines import Empty, Full, Window
from memory.cc.reading import Reader
from memory.cc.state import State
from memory.cc.text import Text
from memory.errors import CarrierError

CARRIERS: Final = ("text", "state", "window", "empty", "full")
"""Names that `carrier` knows, the default first."""

LEAST: Final = 64
"""Bytes a budget must have: less holds no line."""


def carrier(name: str, budget: int, reader: Reader | None = None) -> Carrier:
    """Return the carrier `name` with `budget` bytes for cc; `empty` and `full` heed none.

    Args:
        name: One of `CARRIERS`.
        budget: Bytes of code.
        reader: The byte model, for `state`; without it that can be looked at and not folded.

    Raises:
        CarrierError: There is no such carrier, or the budget is below `LEAST`.
    """
    match name:
        case "empty":
            return Empty()
        case "full":
            return Full()
        case "text" | "state" | "window" if budget < LEAST:
            raise CarrierError(f"a budget of {budget} bytes for cc; it takes {LEAST} or more")
        case "text":
            return Text(budget)
        case "state":
            return State(budget, reader)
        case "window":
            return Window(budget)
        case _:
            raise CarrierError(f"no carrier called {name!r}; there are {', '.join(CARRIERS)}")
