"""What a line of the person's can mean: words, a command, or a slip."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slash:
    """A command as the person meant it."""

    name: str
    """Of its `Spec`; never an alias."""
    args: tuple[str, ...] = ()
    """One for each argument of its `Spec`; empty for one that was left out."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that cannot be read as a command, and why."""

    why: str
    hint: str = ""
    """What would work."""
    at: int = 0
    """Where in the line it goes wrong, in characters from its start."""
    missing: str = ""
    """Name of the argument that should follow, if that is all that is wrong."""

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.why}; {self.hint}" if self.hint else self.why


@dataclass(frozen=True, slots=True)
class Said:
    """A line for the room and no command."""

    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A line that begins with a `!`, which is for the models, and what the person has for it."""

    line: str
    slash: Slash


def shortened(text: str) -> str:
    """Return `text` in quotes, at most 40 characters of it, for a line that says what is wrong."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
