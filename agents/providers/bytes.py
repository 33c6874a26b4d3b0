"""A participant that is the byte model of this machine: no key, no network, no wisdom.

It knows how talk looks and not what it means; its lines are babble in the manner of the room.
What the request tells is told to it as it was told when it learned: who spoke, and what. The
model itself is elsewhere, behind `Speaker`, since nothing here may know memory.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol, cast

from agents.errors import Broken
from agents.providers.base import Delta, Finished, Piece, Request

TEMPERATURE: Final = 0.8
"""Of a participant that has none set."""

_MARK: Final = re.compile(
    r'^<room(?P<private> to="you")?>(?P<notice>.*?)</room>$'
    r"|^\[(?P<who>AI-\d{1,4}|person)\b[^\n]*?\]: ",
    re.MULTILINE | re.DOTALL,
)
"""Where a user line goes on with another speaker. No text within one can look like that: the
prompt quotes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as the byte model hears it."""

    model: str
    speaker: str
    """Id of the participant that speaks."""
    carried: str
    """What it remembers, as text; empty for nothing."""
    recalled: str = ""
    """What comes back to it of the past, a line each; empty for nothing."""
    turns: tuple[tuple[str, str], ...]
    """Authors by id (`you` for the person, `room` for the narrator) and what they said."""
    temperature: float
    most: int
    """Bytes of the reply, at most."""
    seed: int | None = None
    """What to draw it from, whatever was heard; as the speaker is set up if `None`."""


@dataclass(frozen=True, slots=True)
class Said:
    """Some more of the turn, in whole characters."""

    text: str
    ended: bool
    """The turn is over, by itself."""


class Speaker(Protocol):
    """The byte model, wherever it runs."""

    def speak(self, asked: Asked) -> AsyncIterator[Said]:
        """Yield the turn as it is written. Closing the iterator ends the work.

        Raises:
            ProviderError: There is no model, or it broke off.
        """
        ...


class Bytes:
    """Provider of `bytes/…`. `max_tokens` counts bytes here: a byte is its token."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the reply. See `Provider.stream`.

        Raises:
            Broken: The turn stopped without an end.
        """
        asked = heard(request)
        written, ended = 0, False
        turn = cast("AsyncGenerator[Said, None]", self._speaker.speak(asked))
        async with aclosing(turn) as pieces:
            async for said in pieces:
                written += len(said.text.encode())
                ended = ended or said.ended
                if said.text:
                    yield Delta(said.text)
        if not ended and written < request.max_tokens:
            raise Broken(request.model, "the turn stopped without an end")
        read = sum(len(text.encode()) for _, text in asked.turns)
        yield Finished(
            reason="stop" if ended else "length",
            tokens_in=read + len(asked.carried.encode()),
            tokens_out=written,
            dollars=0.0,
            temperature=asked.temperature,
        )


def heard(request: Request) -> Asked:
    """Return `request` as turns: its user lines cut where their speakers change.

    What the room tells the speaker alone, and the system line but for what it remembers and
    what comes back to it, are instructions, which this model cannot follow: they are left out.
    """
    turns: list[tuple[str, str]] = []
    for line in request.lines:
        match line.role:
            case "assistant":
                turns.append((request.speaker, line.text))
            case "user":
                turns += _cut(line.text)
            case _:
                pass
    temperature = TEMPERATURE if request.temperature is None else request.temperature
    return Asked(
        model=request.model,
        speaker=request.speaker,
        carried=request.carried,
        recalled="\n".join(request.recalled),
        turns=tuple((who, text) for who, text in turns if text),
        temperature=min(max(temperature, 0.0), 2.0),
        most=request.max_tokens,
        seed=request.seed,
    )


def _cut(text: str) -> list[tuple[str, str]]:
    turns: list[tuple[str, str]] = []
    who, since = "you", 0
    for mark in _MARK.finditer(text):
        turns.append((who, text[since : mark.start()].strip("\n")))
        if mark["who"] is None:
            if not mark["private"]:
                turns.append(("room", mark["notice"]))
            who = "you"
        else:
            who = "you" if mark["who"] == "person" else mark["who"]
        since = mark.end()
    turns.append((who, text[since:].strip("\n")))
    return turns
