"""Who sits in the room."""

from dataclasses import dataclass

PERSON = "you"
"""Id of the person at the keyboard."""

ROOM = "room"
"""Stands as author of what the engine does on nobody's behalf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One participant, as it joined. What it changes later is in `room.Seat`."""

    id: str
    """Unique in the room for good: `AI-1`, or `you`. Two may run the same model."""

    name: str
    """Shown beside the id: `Gemini 3 Flash`, `Gemini 3 Flash #2`."""

    model: str
    """Model id that a provider understands; empty for the person and for imports."""

    persona: str = ""
    """Its own instructions, after the scenario's."""

    temperature: float | None = None
    """Sampling temperature at the start, 0 to 2; `None` leaves it to the provider."""

    vision: bool = False
    """Pictures may be sent to it; otherwise it is told their captions."""

    @property
    def label(self) -> str:
        """`AI-1 (Gemini 3 Flash)`."""
        return f"{self.id} ({self.name})" if self.name else self.id

    @property
    def person(self) -> bool:
        """Whether this is the person at the keyboard."""
        return self.id == PERSON
