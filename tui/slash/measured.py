"""How well what a speaker is sent stands for the whole room: what is known of it, in words.

For the screens, which draw it, and for who reads lines. Nothing here needs a terminal.
"""

from dataclasses import dataclass

from transcripts.events import Scored
from transcripts.room import Room

GOOD, FAIR = 80, 50
"""Shares of 100 from which continuity is called so."""

UNWANTED = "not wanted by the settings (continuity.live)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of a room's continuity at one place."""

    scores: tuple[int, ...] = ()
    """After each of the turns scored last, oldest first; each 0 to 100."""
    newest: Scored | None = None
    """The turn scored last."""
    threshold: int = 0
    """Below this share the person is told; 0 for never."""
    policy: str = ""
    """What is done then."""
    off: str = ""
    """Why nothing is scored; empty where it is."""

    @property
    def score(self) -> int | None:
        """The newest; `None` before there is one."""
        return self.scores[-1] if self.scores else None

    @property
    def low(self) -> bool:
        """Whether the newest is below the threshold."""
        return bool(self.scores) and self.scores[-1] < self.threshold


def measured(room: Room, state: str = "on") -> Measured:
    """Return what is known of the continuity of `room`.

    Args:
        room: As it stands, or stood.
        state: `on`, `off: ` and why, or nothing where nobody wants it: as a session says it.
    """
    off = "" if state == "on" else state.removeprefix("off: ") or UNWANTED
    return Measured(
        scores=room.scores,
        newest=room.scored[-1] if room.scored else None,
        threshold=room.continuity_threshold,
        policy=room.continuity_policy,
        off=off,
    )


def level(score: int) -> str:
    """Return what a share of 100 is called: `good`, `fair` or `poor`."""
    return "good" if score >= GOOD else "fair" if score >= FAIR else "poor"


def meaning(score: int) -> str:
    """Return what a share of 100 says."""
    return f"what is sent helps {score}% as much as everything said"


def said(found: Measured) -> str:
    """Return how it stands, in one line of words."""
    score = found.score
    if score is None:
        how = f"off: {found.off}" if found.off else "not measured yet"
    else:
        off = f", off now: {found.off}" if found.off else ""
        how = f"{score} of 100, {level(score)}{off}"
    hint = "" if found.threshold else "; /continuity 80 asks for one"
    return f"continuity {how}; {wanted(found)}{hint}"


def wanted(found: Measured) -> str:
    """Return from where on the person is told, and what else is done then."""
    if not found.threshold:
        return "no notice is asked for"
    return f"notice below {found.threshold}{_THEN.get(found.policy, '')}"


_THEN = {
    "widen": ", then more lines word for word",
    "delaminate": ", then finer laminae",
}
"""What a policy adds to the notice."""
