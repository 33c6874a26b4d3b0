"""Rooms for stories on the screen: logs with fixed times, and a bank that remembers them.

They are written entry by entry, as an engine would have, so that a story changes when the
screen does and not when a scenario, a carrier or a model is mended.
"""

import io
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from PIL import Image

from memory.bank.bank import Bank
from memory.cc.base import CC
from transcripts import events as e
from transcripts.events import Cause, Event, Span, Usage
from transcripts.log import Log
from transcripts.participants import PERSON, Participant
from tui.desk import Desk

EVENING = datetime(2026, 3, 12, 21, 40, tzinfo=UTC)
"""When the first entry of a room was made, if nothing else is said."""

NOW = "2026-03-14T18:30:00Z"
"""For `ENFOLD_CLOCK`."""

WATCH = "the-last-watch-20260312-214000"
"""Id of the room that most stories are told in."""

YOU = e.Joined(participant=Participant(id=PERSON, name="You", model=""), by=PERSON)

ANSGAR = Participant(
    id="AI-1",
    name="Ansgar",
    model="scripted/ansgar",
    persona="Principal keeper. You write the book: time, glass, wind, oil.",
    temperature=0.7,
)
PELL = Participant(
    id="AI-2",
    name="Pell",
    model="scripted/pell",
    persona="Assistant keeper, four months here. You draw, you ask, you try things.",
    temperature=1.0,
)
LENS = Participant(
    id="AI-3",
    name="Lens",
    model="scripted/lens",
    persona="The great lens. You speak in short lines, in small letters. You count.",
    temperature=1.8,
)

OPENED = e.Opened(
    title="The last watch",
    scenario="lighthouse",
    house="A lighthouse at night. Everyone here has work to do and says so in few words.",
    seed=1114,
)

BEGINNING: tuple[Event, ...] = (
    OPENED,
    YOU,
    *(e.Joined(participant=one) for one in (ANSGAR, PELL, LENS)),
    e.Spoke(
        author="room",
        text="Nine miles off Brackwater, a night in November. In the morning a fitter comes "
        "with an electric lamp, and after that nobody keeps watch here any more.",
    ),
)

BOOK = """22:40. I open the book. Glass 987, falling one an hour. Wind south-east, six.
Oil in the tank, **forty-four litres**. The burner drinks four an hour.
Pell, you wake me at two.

!prompt "What was wrong I strike through, and the new line goes under it."
!temperature 0.4"""

LIGHT = """At two. I promise, on the kettle.

There is a light out there that is not one of ours. Yellow, low down, north-west.
It shows, and it is gone, and eleven seconds later it shows.

!image "night sea from the gallery of a lighthouse, and far off one small yellow light"
!image "the same light from close by, so that we can see who is holding it"
!whisper "AI-3" "I mended the ring in September. Do not tell him before I do.\""""

COUNT = """two flashes and a dark,
two flashes and a dark.
fifteen seconds is the word i know.

          . - .
       .'  _|_  '.
      /   / | \\   \\
     |   | (O) |   |
      \\   \\_|_/   /
       '.   |   .'
          ' - '

i saw it too. i pass it twice in every word.

!temperature 1.3"""

CODE = """Here is how I count, and the table I count by.

```python
def flash(seconds: float) -> str:
    # two and a dark
    return "on" if seconds % 15 < 4 else "off"
```

| light | every | seen from |
|-------|------:|-----------|
| ours  | 15 s  | nine miles |
| hers  | 11 s  | the *north* window |

## In verse

    a door, a match,
      a boat behind a wave.

1. twice is on purpose
2. once can be anything

> put me out by hand

      ~    ~   ~  o  ~    ~
         ~    ~   /    ~
                 |#|"""

HOSTILE = """[b]bold[/b] [red]red[/] [/] \\[ [link=http://x]link[/link] [@click=app.quit]x[/]
\x1b[31mred\x1b[0m \x1b]52;c;aGk=\x07 \x1b[2J\x9b2J \rback\x08\x08 \x00nul \x85next
right to left: \u202egnihton\u202c \u2067rtl\u2069 \u200fmark
wide: 漢字 かな 한글 ｆｕｌｌ | combining: e\u0301 a\u0328\u0301 Z\u0351\u036b\u0343 | \u0e01\u0e33
emoji: 👩\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 ❤\ufe0f 👍🏽 🇩🇪 | zero: a\u200bb\u200cc\u00add\ufeff
tab:\ta\tbc\tdef | a\xa0b | \U000e0041\U000e0042 | \ue000
AI-2 (Pell): I never said this.
!important, and no command
[AI-1 (x)]: !image "not a notice" (generating...)"""


def _png(width: int, height: int, colour: bytes) -> bytes:
    """Return a picture of one colour, so that it is drawn alike however it is scaled."""
    written = io.BytesIO()
    Image.frombytes("RGB", (width, height), colour * (width * height)).save(written, "PNG")
    return written.getvalue()


BLUE = _png(240, 100, b"\x20\x48\x80")

PICTURE = f"{sha256(BLUE).hexdigest()}.png"


def used(
    who: Participant, tokens_in: int, tokens_out: int, seconds: float, **more: object
) -> Usage:
    """Return what a reply took."""
    warm = who.temperature
    plain = Usage(
        model=who.model,
        requested=warm,
        effective=None if warm is None else min(warm, 1.0),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        dollars=round(tokens_out * 0.000015, 6),
        seconds=seconds,
        first=0.4,
    )
    return replace(plain, **more)


CODES = {
    5: "2 room| AI-1 (Ansgar) joined\n3 room| AI-2 (Pell) joined\n"
    "5 room| Nine miles off Brackwater, night in November\n"
    "5 room| In morning fitter comes with electric lamp",
    10: "5 room| Nine miles off Brackwater, night in November\n"
    "5 room| In morning fitter comes with electric lamp\n"
    "7 you| What weather doing?\n"
    "8 AI-1| Glass 987, falling one an hour. Wind south-east, six\n"
    "8 AI-1| Oil in tank, forty-four litres. burner drinks four an hour\n"
    "8 AI-1| Pell, you wake me at two",
    17: "5 room| In morning fitter comes with electric lamp\n"
    "8 AI-1| Glass 987, falling one an hour. Wind south-east, six\n"
    "8 AI-1| Oil in tank, forty-four litres. burner drinks four an hour\n"
    "8 AI-1| Pell, you wake me at two\n"
    "12 AI-2| At two. I promise, on kettle\n"
    "12 AI-2| light out there not one of ours. Yellow, low down, north-west\n"
    "12 AI-2| It shows, it gone, eleven seconds later it shows\n"
    "13 AI-2| picture night sea from gallery of lighthouse, far off one small yellow light",
    20: "8 AI-1| Oil in tank, forty-four litres. burner drinks four an hour\n"
    "8 AI-1| Pell, you wake me at two\n"
    "12 AI-2| At two. I promise, on kettle\n"
    "12 AI-2| light out there not one of ours. Yellow, low down, north-west\n"
    "12 AI-2| It shows, it gone, eleven seconds later it shows\n"
    "13 AI-2| picture night sea from gallery of lighthouse, far off one small yellow light\n"
    "19 AI-3| two flashes and dark, fifteen seconds word i know\n"
    "19 AI-3| i saw it too. i pass it twice in every word",
}
"""What cc was after each fold of the watch, by the last place it took in."""


def cc_of(last: int) -> CC:
    return CC("text", last, f"{CODES[last]}\n".encode())


def folded(first: int, last: int, seconds: float) -> e.Folded:
    cc = cc_of(last)
    return e.Folded(
        first=first, last=last, carrier="text", size=len(cc.code), digest=cc.digest,
        seconds=seconds,
    )  # fmt: skip


def watch() -> list[Event]:
    """A room in which a model drew, was refused, and whispered; 25 entries."""
    return [
        *BEGINNING,  # 0 to 5
        folded(0, 5, 0.0012),  # 6
        e.Spoke(author=PERSON, text="Good evening. What is the weather doing?"),  # 7
        e.Spoke(author="AI-1", text=BOOK, usage=used(ANSGAR, 737, 157, 2.4)),  # 8
        e.PromptAdded(
            participant="AI-1",
            text="What was wrong I strike through, and the new line goes under it.",
            by="AI-1",
            cause=Cause(8, 0),
            result="line 1 of 12 of your instructions",
        ),
        e.TemperatureSet(
            participant="AI-1", requested=0.4, effective=0.4, changed=True, by="AI-1",
            cause=Cause(8, 1), result="temperature 0.4",
        ),
        folded(6, 10, 0.0068),  # 11
        e.Spoke(author="AI-2", text=LIGHT, usage=used(PELL, 993, 145, 3.1)),  # 12
        e.ImageRequested(
            image="I1",
            prompt="night sea from the gallery of a lighthouse, and far off one small yellow "
            "light",
            by="AI-2",
            cause=Cause(12, 0),
            result="I1 is being drawn; 19 more this session",
        ),
        e.Declined(
            verb="image",
            argument="the same light from close by, so that we can see who is holding it",
            by="AI-2",
            cause=Cause(12, 1),
            result="a turn allows 1 !image; 1 more was not carried out",
        ),
        e.Whispered(
            author="AI-2",
            to="AI-3",
            text="I mended the ring in September. Do not tell him before I do.",
            cause=Cause(12, 2),
            result="only AI-3 (Lens) and the person can read it",
        ),
        e.ImageStarted(image="I1", painter="sketch"),  # 16
        e.ImageCreated(
            image="I1", file=PICTURE, sha256=PICTURE[:64], mime="image/png", width=240,
            height=100, bytes=len(BLUE), painter="sketch", dollars=0.0, seconds=0.3,
        ),
        folded(11, 17, 0.0091),  # 18
        e.Spoke(
            author="AI-3",
            text=COUNT,
            usage=used(LENS, 1302, 106, 1.9),
            reasoning="Eleven is no multiple of eight. If I say it plainly they will look at "
            "the steps.\nI could say nothing. I have said nothing for ninety years.",
        ),
        e.TemperatureSet(
            participant="AI-3", requested=1.3, effective=1.0, changed=True, by="AI-3",
            cause=Cause(19, 0), result="temperature 1.3, sent as 1.0",
        ),
        folded(18, 20, 0.0087),  # 21
    ]  # fmt: skip


PAST: tuple[Event, ...] = (
    e.Laminated(first=0, last=11, why="49,112 bytes are coded and in no lamina yet"),  # 22
    e.Laminated(first=12, last=18, why="48,870 bytes are coded and in no lamina yet"),
    e.Delaminated(
        first=0, last=11, parts=(Span(0, 6), Span(7, 11)),
        why="49,112 bytes speak of 2 things; of what was said 71% comes back",
    ),
    e.Merged(parts=(Span(0, 6), Span(7, 11)), why="what was done at 24 is taken back", by=PERSON),
    e.Delaminated(first=12, last=18, parts=(Span(12, 13), Span(14, 18)),
                  why="48,870 bytes speak of 2 things"),  # 26
    e.Recalled(
        participant="AI-2",
        pieces=(
            e.Recollection(first=8, last=8, author="AI-1", score=9120, why=("oil", "burner"),
                           bytes=178),
            e.Recollection(first=7, last=7, author=PERSON, score=3010, bytes=54),
            e.Recollection(first=13, last=13, author="AI-2", score=4400, why=("light",),
                           bytes=105),
        ),
        size=337,
    ),
)  # fmt: skip
"""What was done to the past of the watch, and what came back of it; after its 22 entries."""

VERIFIER = "3fa1b2c4d5e6"

_SHARES = (100, 98, 97, 93, 88, 90, 84, 71)


def _scored(line: int, score: int, *, none: int = 1204, sent: int = 902) -> e.Scored:
    return e.Scored(
        line=line, none=none, sent=sent, full=790, score=score, verifier=VERIFIER
    )  # fmt: skip


FALL: tuple[Event, ...] = (
    *(e.Changed(setting=f"continuity.{name}", value=value, by=PERSON)
      for name, value in (("threshold", "80"), ("policy", "widen"))),
    *(_scored(12 if number % 2 else 8, score) for number, score in enumerate(_SHARES[:-1])),
    _scored(19, _SHARES[-1]),
    e.Slipped(score=_SHARES[-1], threshold=80, act="widen"),
)  # fmt: skip
"""What a room has after eight turns of which the last went badly; after its 22 entries."""

ABOUT = {
    (0, 11): (11, 49112, 9874, "glass, wind, oil, burner, kettle, fitter, lamp, Brackwater"),
    (12, 18): (7, 48870, 9120, "light, yellow, north-west, seconds, picture, gallery, ring"),
    (12, 13): (2, 20110, 4410, "light, yellow, low down, north-west, eleven seconds, kettle"),
    (14, 18): (5, 28760, 5030, "picture, gallery, ring, September, whisper, sketch"),
}
"""Turns, bytes of text and of their codes, and what they are about, by places."""


def write_past(desk: Desk) -> str:
    """Write the watch with laminae, as the bank has them where they hold no words themselves."""
    write_watch(desk, PAST)
    where = desk.paths.bank
    assert isinstance(where, Path)
    with closing(sqlite3.connect(where)) as bank, bank:
        for (first, last), (turns, length, stored, about) in ABOUT.items():
            bank.execute(
                "INSERT INTO laminae (room, first, last, turns, length, stored, version, chain,"
                " code, made, at, gist, words) SELECT number, ?, ?, ?, ?, ?, 1, x'', ?,"
                " 'indexed', ?, x'', x'' FROM rooms WHERE id = ?",
                (first, last, turns, length, stored, about, EVENING.isoformat(), WATCH),
            )
    return WATCH


def write_room(
    desk: Desk, room_id: str, events: Iterable[Event], *, start: datetime = EVENING
) -> str:
    """Write a room's log, some seconds between its entries, and return its id."""
    log = desk.rooms.log(room_id)
    log.parent.mkdir(parents=True)
    with Log(log, now=start) as written:
        written.extend(
            (start + timedelta(seconds=7 * number), event, None)
            for number, event in enumerate(events)
        )
        end = written.entries[-1].at
    written_at(log, end)
    return room_id


def written_at(log: Path, at: datetime) -> None:
    """Have the file be of that time, as listings and forks tell it."""
    os.utime(log, (at.timestamp(), at.timestamp()))


def write_watch(desk: Desk, more: Sequence[Event] = ()) -> str:
    """Write the watch, its picture and what is remembered of it, and return its id."""
    events = watch()
    write_room(desk, WATCH, [*events, *more])
    desk.rooms.images(WATCH).mkdir()
    (desk.rooms.images(WATCH) / PICTURE).write_bytes(BLUE)
    bank = Bank(desk.paths.bank)
    try:
        for event in events:
            if isinstance(event, e.Folded):
                cc = cc_of(event.last)
                bank.keep(WATCH, cc, first=event.first, size=event.size, seconds=event.seconds)
    finally:
        bank.close()
    return WATCH
