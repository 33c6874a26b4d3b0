"""What is asked of the index."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Query:
    """What was said, and who is about to answer."""

    text: str
    """What was said since the speaker last spoke, the newest last."""
    own: str = ""
    """The speaker's own last words."""
    speaker: str = ""
    """Id of who will speak."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What each participant is called, by id: name, label, aliases."""
    now: int = -1
    """Place of the newest line: what was said again of the same thing comes newest first; -1 where
    that says nothing."""
