"""What the keeper does next with a room's past, and why: a pure function of what it measured.

The order is by what is lost by waiting: what no lamina has is found in memory alone, so it is
indexed first; a lamina that speaks of many things answers few of them well, so it is split;
what stays in memory is bounded, so beyond its share neighbours are merged, and no more are
split. Folding is not chosen: it comes after every turn, unconditionally. But a fold weighs only
what cc has and what is new; so what recall brings back again and again is given to the next one
too, which is chosen here: a rewrite. It is for carriers that can weigh a line twice, `text` alone:
for others there is no such pressure. The same pressure comes to the same choice, with its reason.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from harness.rewriting import OFTEN

Act: TypeAlias = Literal["keep", "index", "rewrite", "delaminate", "merge"]
"""What can be done to a room's past."""

DENSE: Final = 8 << 10
"""Bytes of text beyond which a lamina is split where it speaks of several things."""

FINE: Final = 5 << 10
"""Likewise while too little comes back of what was said."""

ANSWERED: Final = 0.75
"""Share of probes that should come back; below it laminae are made finer."""

PROBES: Final = 16
"""Probes that have to be made before their share is believed."""

SHARE: Final = 128 << 10
"""Bytes of the index that may stay in memory for one room: 512 laminae of 256 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """What was measured after a turn."""

    loose: int = 0
    """Bytes of text in the oldest closed segment that no lamina has yet; 0 for none."""
    tail: int = 0
    """Bytes of what all could read that is in no lamina."""
    laminae: int = 0
    resident: int = 0
    """Bytes of the index that stay in memory."""
    largest: int = 0
    """Bytes of text of the largest lamina that may be split."""
    topics: int = 1
    """Parts that it would be split into."""
    pairs: int = 0
    """Neighbours that are small enough to be one, and speak of the same things."""
    returning: int = 0
    """Lines that came back again and again of late, of which cc has nothing."""
    returned: int = 0
    """Bytes that speakers were told of them."""
    probes: int = 0
    """Probes made of late."""
    answered: int = 0
    """Of those, how many cc or the index answered."""
    continuity: int = 100
    """Percent to which the score of the room's turns fell, where the person wants laminae
    finer for that."""
    wanted: int = 0
    """Percent below which it is not to fall."""

    @property
    def share(self) -> float:
        """Share of probes that were answered; 1.0 until enough were made to say."""
        return self.answered / self.probes if self.probes >= PROBES else 1.0

    @property
    def poorly(self) -> str:
        """Why laminae are to be finer, in words; empty where they need not be."""
        why = f"; of what was said {self.share:.0%} comes back" if self.share < ANSWERED else ""
        if self.continuity < self.wanted:
            why += f"; continuity {self.continuity}, below {self.wanted}"
        return why

    @property
    def limit(self) -> int:
        """Bytes of text beyond which a lamina is split if it speaks of several things."""
        return FINE if self.poorly else DENSE


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be done."""

    act: Act
    why: str
    """In words, for the log and the inspector."""


def choose(pressure: Pressure) -> Choice:
    """Return what is to be done next; `keep` for nothing."""
    over = pressure.resident > SHARE
    if pressure.loose:
        return Choice("index", f"{pressure.loose:,} bytes are coded and in no lamina yet")
    if pressure.returning:
        return Choice("rewrite", _returning(pressure))
    if over and pressure.pairs:
        return Choice(
            "merge",
            f"{pressure.resident:,} bytes of the index are in memory, {SHARE:,} may be",
        )
    if pressure.largest > pressure.limit and pressure.topics > 1 and not over:
        return Choice(
            "delaminate",
            f"{pressure.largest:,} bytes speak of {pressure.topics} things{pressure.poorly}",
        )
    if pressure.pairs and not pressure.poorly:
        many = "pair is" if pressure.pairs == 1 else "pairs are"
        return Choice("merge", f"{pressure.pairs} {many} small and speak of the same things")
    return Choice("keep", _kept(pressure))


def _returning(pressure: Pressure) -> str:
    one = pressure.returning == 1
    return (
        f"{pressure.returning} {'line' if one else 'lines'} came back {OFTEN} times and more of "
        f"late, in {pressure.returned:,} bytes; cc has {'nothing of it' if one else 'none of them'}"
    )


def _kept(pressure: Pressure) -> str:
    if pressure.resident > SHARE:
        return f"{pressure.resident:,} bytes of the index are in memory, and no two belong together"
    if not pressure.laminae:
        return f"{pressure.tail:,} bytes are not coded yet"
    back = f", {pressure.share:.0%} of probes come back" if pressure.probes >= PROBES else ""
    return f"{pressure.laminae:,} laminae, {pressure.tail:,} bytes in none yet{back}"
