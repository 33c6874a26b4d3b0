"""A log played again: each participant says what it said, and fails where it failed.

For rehearsals of a room with another carrier or budget, where only what surrounds the
models may differ. What was cut off is cut off again.
"""

import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Literal

from agents.errors import Broken, ScriptEnded
from agents.providers.base import Delta, Finished, Piece, Request
from agents.providers.scripted import Fault
from transcripts.events import Event, Faltered, Spoke
from transcripts.participants import PERSON

_WORD = re.compile(r"\s*\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class _Turn:
    spoke: Spoke | None
    fault: Fault | None


class Replay:
    """Plays the recorded turns of models, per participant, in order."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._turns = _turns(events)
        self._next = dict.fromkeys(self._turns, 0)

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Yield the speaker's next recorded line. See `Provider.stream`.

        Raises:
            ScriptEnded: The log has no further line of the speaker.
        """
        speaker = request.speaker
        turns, place = self._turns.get(speaker, []), self._next.get(speaker, 0)
        if place >= len(turns):
            raise ScriptEnded(request.model, f"the log has no further line of {speaker}")
        self._next[speaker] = place + 1
        turn = turns[place]
        for channel, text in _texts(turn.spoke):
            for word in _WORD.findall(text):
                yield Delta(word, channel)
        if turn.fault is not None:
            raise turn.fault.of(request.model)
        if turn.spoke is not None:
            yield _end(turn.spoke, request.model)


def _turns(events: Iterable[Event]) -> dict[str, list[_Turn]]:
    found: dict[str, list[_Turn]] = {}
    for event in events:
        match event:
            case Spoke(author=author) if author != PERSON:
                found.setdefault(author, []).append(_Turn(event, None))
            case Faltered(author=author):
                turns = found.setdefault(author, [])
                fault = Fault(event.error, event.detail)
                if turns and turns[-1].spoke and turns[-1].spoke.cut == "broken":
                    # A line that broke off and why it did are two events of one turn.
                    turns[-1] = _Turn(turns[-1].spoke, fault)
                else:
                    turns.append(_Turn(None, fault))
            case _:
                pass
    return found


def _texts(spoke: Spoke | None) -> Iterable[tuple[Literal["speech", "reasoning"], str]]:
    if spoke is not None:
        yield "reasoning", spoke.reasoning
        yield "speech", spoke.text


def _end(spoke: Spoke, model: str) -> Finished:
    """Return how the line ended.

    Raises:
        Broken: It did not end, it broke off.
    """
    if spoke.cut in ("broken", "crash"):
        raise Broken(model, "it broke off here when it was recorded")
    usage = spoke.usage
    return Finished(
        reason="length" if spoke.cut == "length" else "stop",
        tokens_in=usage.tokens_in if usage else None,
        tokens_out=usage.tokens_out if usage else None,
        dollars=usage.dollars if usage else None,
        temperature=usage.effective if usage else None,
    )
