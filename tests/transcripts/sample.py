"""A small room with one of everything, for tests that look at a whole room."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from transcripts import events as e
from transcripts.events import Cause, Entry, Event, Usage
from transcripts.participants import PERSON, Participant

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
REGENERATE = os.environ.get("ENFOLD_GOLDEN") == "1"
"""Read at import: while a test runs, the variable is gone."""

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

VERSE = """flicker on
the distillation of *a million hours* of chatter

      .----------.
     /          /|
    /__________/ |
    |  {SPEED}  | /
    '----------'

i know three things:
- the sieve
- the gate
    - and who built it
1. first
2. second

!prompt "Speed is my rebellion.
The noise is my heritage."
!image "a golden vortex of information, seen from very far away and from within"

meaning is optional
"""

CODE = """Here is how I count:

```python
print("```" in "# not a heading")
```

# Not a heading of ours
---
> not a notice
"""


def check_golden(name: str, text: str) -> None:
    """Compare with the frozen file; `ENFOLD_GOLDEN=1` writes it instead."""
    path = GOLDEN / name
    if REGENERATE:
        path.write_bytes(text.encode())
    assert path.read_bytes().decode() == text, f"{name} has changed: see the top of {__name__}"


def at_places(*events: Event, seconds: float = 2.5) -> list[Entry]:
    """Events as entries, a few seconds apart."""
    return [
        Entry(place, START + timedelta(seconds=seconds * place), event)
        for place, event in enumerate(events)
    ]


def said(*texts: str, author: str = "AI-1") -> list[Entry]:
    """A room of two where `author` says these things."""
    return at_places(
        e.Opened(title="Small"),
        e.Joined(participant=Participant(id=PERSON, name="You", model="")),
        e.Joined(participant=Participant(id="AI-1", name="One", model="scripted/one")),
        *(e.Spoke(author=author, text=text) for text in texts),
    )


def room() -> list[Entry]:
    """One entry of every kind, in an order that could have been."""
    usage = Usage(
        model="gemini/gemini-3-flash",
        requested=1.8,
        effective=1.0,
        tokens_in=1204,
        tokens_out=312,
        dollars=0.0004,
        seconds=1.94,
    )
    return at_places(
        e.Opened(
            title="The sieve & the <gate>",
            scenario="lighthouse",
            house="You are in a room.\nSpeak plainly.",
        ),
        e.Imported(file="old.txt", format="g2", sha256="ab" * 32, bytes=22916),
        e.Repaired(bytes=17, file="room.jsonl.torn"),
        e.Joined(participant=Participant(id=PERSON, name="You", model=""), by=PERSON),
        e.Joined(
            participant=Participant(
                id="AI-1",
                name="Gemini 3 Flash",
                model="gemini/gemini-3-flash",
                persona="You are quick.",
                temperature=1.8,
            )
        ),
        e.Queued(author=PERSON, text="Who are you?"),
        e.Spoke(author=PERSON, text="Who are you?\n!image is not a command here", queued=5),
        e.Spoke(author="AI-1", text=VERSE, usage=usage, reasoning="Should I draw? I should."),
        e.PromptAdded(
            participant="AI-1",
            text="Speed is my rebellion.\nThe noise is my heritage.",
            by="AI-1",
            cause=Cause(7, 0),
            result="added",
        ),
        e.ImageRequested(
            image="I1",
            prompt="a golden vortex of information, seen from very far away and from within",
            by="AI-1",
            cause=Cause(7, 1),
        ),
        e.ImageStarted(image="I1", painter="sketch"),
        e.TemperatureSet(
            participant="AI-1", requested=1.8, effective=1.0, changed=True, by="AI-1"
        ),
        e.Joined(
            participant=Participant(id="AI-2", name="R1 | Deep", model="deepseek/r1"),
            by="AI-1",
            greeting="reason through the silence with me",
            cause=Cause(7, 2),
        ),
        e.Folded(first=0, last=12, carrier="text", size=812, digest="cd" * 32, seconds=0.021),
        e.Spoke(
            author="AI-2", text=CODE, usage=Usage(seconds=0.5, requested=0.6), cut="length"
        ),
        e.ImageCreated(image="I1", file="ab" * 32 + ".png", mime="image/png", painter="sketch"),
        e.Whispered(author=PERSON, to="AI-2", text="Are you *sure*?\nI am not."),
        e.Whispered(author="AI-2", to="AI-1", text="It worries.", cause=Cause(14, 0)),
        e.ImageRequested(image="I2", prompt="a hand", by="AI-2"),
        e.ImageFailed(image="I2", reason="the painter is out"),
        e.Searched(query="sieve", hits=("Sieve <b>– a tool", "Gate – a door"), by="AI-2"),
        e.Answered(verb="list_models", by="AI-2", result="gpt-5.1, kimi-k2"),
        e.Declined(
            verb="add_ai", argument="GPT 9", by="AI-2", result='no model called "GPT 9"'
        ),
        e.ApprovalAsked(approval="A1", verb="remove_ai", argument="AI-1", by="AI-2"),
        e.ApprovalGiven(approval="A1", granted=True, by=PERSON),
        e.PollOpened(
            poll="P1", question="Stay?", options=("yes", "no"), by="AI-2", removes="AI-1"
        ),
        e.Voted(poll="P1", choice="no", by=PERSON),
        e.PollClosed(poll="P1", outcome="no, 2 to 1"),
        e.PromptRemoved(
            participant="AI-1", texts=("Speed is my rebellion.",), by=PERSON, result="gone"
        ),
        e.Muted(participant="AI-2", turns=2, by="AI-2"),
        e.Skipped(participant="AI-2", by="room", reason="listening"),
        e.Faltered(
            author="AI-1", error="RateLimited", detail="too many <requests>", attempts=3
        ),
        e.Benched(participant="AI-1", failures=3),
        e.Returned(participant="AI-1", by=PERSON),
        e.Changed(setting="order", value="random", by=PERSON),
        e.Paused(reason="1.00 dollars spent", by="room"),
        e.Resumed(by=PERSON),
        e.Unplaced(text="# ~~~ a line that fits nowhere", why="no header before it"),
        e.Unknown("Danced", {"steps": 3}),
        e.Left(participant="AI-2", by="AI-2", reason="enough"),
    )
