"""What a session works with."""

from dataclasses import dataclass
from pathlib import Path

from agents.painters.base import Painter
from agents.providers.base import Provider
from harness.archive import Archive
from harness.clock import Clock
from harness.deed import Models
from harness.keeper import Keeper
from harness.lamination import Lamination
from harness.recollection import Past
from harness.scoring import Scoring
from harness.searching import Searcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a session works with. `compose` makes it."""

    provider: Provider
    painter: Painter
    models: Models
    keeper: Keeper
    clock: Clock
    images: Path
    """Folder for pictures; exists."""
    draft: Path
    """File for the line being written."""
    attended: bool = False
    """Whether a person is there: to wait for, and to ask."""
    patient: bool = False
    """Wait for pictures before the next turn, so that a run can be repeated exactly."""
    max_tokens: int = 2048
    searcher: Searcher | None = None
    past: Past | None = None
    """Finds what of the room's past belongs to what is being said."""
    lamination: Lamination | None = None
    """Makes, splits and merges what that finds it by."""
    scoring: Scoring | None = None
    """Counts how well the room goes on from what its speakers are sent; nothing waits for it."""
    archive: Archive | None = None
    """Keeps what is said in the bank; the room waits for nothing of it."""
