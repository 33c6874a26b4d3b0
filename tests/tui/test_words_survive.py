"""What others wrote is on the screen to the letter, and never does anything to it.

The rows are those that the compositor shows, page after page; wrapped ones are put together
again as a reader would.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from harness.paths import paths
from harness.rooms import Rooms
from tests.transcripts.sample import at_places
from tests.tui.sitting import app, room, scenario, screen_text, shown, transcript, until
from tests.tui.test_room_screen import SHORT as TWO
from transcripts import events as e
from transcripts.commands.lexer import scan
from transcripts.commands.sieve import sieve
from transcripts.commands.words import PRIVATE
from transcripts.events import Entry, Event
from transcripts.log import read
from transcripts.participants import PERSON, ROOM, Participant
from transcripts.readers.decoding import decode
from transcripts.readers.mojibake import repair
from tui.page.wrap import untabbed
from tui.printing import line, safe
from tui.screens.importing import Importing
from tui.screens.replay import ReplayScreen
from tui.screens.room import RoomScreen
from tui.screens.wishes import OpenRoom, ReplayRoom

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "seeds" / "004_0ea5d90c91b0c248.txt"
SIZE = (200, 60)

GUTTER = re.compile(" [│▌┊]( |$)")
"""What stands before the words of a message, whose it may be; the first cell is the cursor's."""

WIDE = 3
"""Cells of it."""

needs_seed = pytest.mark.skipif(not SEED.exists(), reason="the seeds are not on this machine")


# Reading the screen


def view(pilot: Pilot[int]) -> list[str]:
    """The rows of the transcript, as the compositor shows them."""
    screen = pilot.app.screen
    area = transcript(pilot).scrollable_content_region
    strips = screen._compositor.render_strips(screen.size)[area.y : area.bottom]
    return [strip.crop(area.x, area.right).text.rstrip() for strip in strips]


async def scraped(pilot: Pilot[int]) -> list[str]:
    """All rows of the transcript, unfolded, from the first to the last, by keys alone."""
    await until(pilot, lambda: transcript(pilot).page.items)
    reader = transcript(pilot)
    reader.focus()
    await pilot.press("z", "g")
    await until(pilot, lambda: reader.measured and reader.scroll_offset.y == 0)
    rows: dict[int, str] = {}
    while True:
        await pilot.pause()
        top = reader.scroll_offset.y
        for number, text in enumerate(view(pilot), start=top):
            # The mark of the cursor is the one thing that changes between two pages.
            plain = re.sub("^[▎>]", " ", text)
            assert rows.setdefault(number, plain) == plain
        if top >= reader.max_scroll_y:
            break
        await pilot.press("pagedown")
        await until(pilot, lambda before=top: reader.scroll_offset.y > before)
    assert sorted(rows) == list(range(len(rows)))
    return [rows[number] for number in range(reader.virtual_size.height)]


def spelled(rows: Sequence[str], at: int, wanted: str, indent: int = 0) -> int | None:
    """The row after those that read `wanted` from `at` on; `None` if they do not."""
    rest = wanted.rstrip(" ")
    for number in range(at, len(rows)):
        row = rows[number][indent:] if number == at else rows[number][indent:].lstrip(" ")
        if row == rest:
            return number + 1
        if not row or not rest.startswith(row):
            return None
        rest = rest[len(row) :].lstrip(" ")
    return None


def anywhere(rows: Sequence[str], wanted: str) -> bool:
    """Whether a stretch of rows reads `wanted`, wherever it begins in its first row."""
    wanted = safe(wanted)
    first = wanted.split(" ", 1)[0]
    bare = [row[WIDE:] if GUTTER.match(row) else row for row in rows]
    return any(
        spelled([row[match.start() :], *bare[number + 1 :]], 0, wanted) is not None
        for number, row in enumerate(bare)
        for match in re.finditer(re.escape(first), row)
    )


def public(entry: Entry) -> list[str]:
    """The lines of a message that everybody may read, as they are to be shown."""
    assert isinstance(entry.event, e.Spoke)
    text = entry.event.text
    if entry.event.author not in {PERSON, ROOM}:
        calls = scan(text, inline=False).calls
        text = sieve(text, [(c.start, c.end) for c in calls if c.verb in PRIVATE])
    lines = [untabbed(one).rstrip(" ") for one in safe(text).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def check_messages(rows: Sequence[str], entries: Sequence[Entry]) -> None:
    """Each message stands there, every line of it, in order and with nothing between."""
    at = 0
    for entry in entries:
        if not isinstance(entry.event, e.Spoke):
            continue
        wanted = public(entry)
        at = next(n for n in range(at, len(rows)) if GUTTER.match(rows[n]))
        if entry.event.reasoning:  # which stands before the words, behind a line that says so
            at = next(n for n in range(at, len(rows)) if rows[n][WIDE:] == wanted[0])
        for one in wanted:
            found = spelled(rows, at, one, WIDE)
            assert found is not None, f"{one!r} is not what follows:\n" + "\n".join(
                rows[at : at + 6]
            )
            at = found
        while GUTTER.match(rows[at]):  # nothing stands there that nobody said
            assert not rows[at][WIDE:].strip()
            at += 1


def check_source(rows: Sequence[str], source: str) -> None:
    """Every line of a file stands somewhere; the names over messages may have more beside."""
    missing = [
        one
        for one in source.split("\n")
        if one.strip()
        and not anywhere(rows, one.strip())
        and not any(row[1:].startswith(safe(one.strip())) for row in rows)
    ]
    assert missing == []


# A real transcript


def source() -> str:
    """The file with its characters repaired, as an editor would show it."""
    return repair(decode(SEED.read_bytes(), name=SEED.name).text).text


@needs_seed
async def test_every_line_of_a_real_transcript_is_on_the_screen_after_import() -> None:
    running = app()
    async with running.run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, shown(pilot, "Begin"))
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, Importing))
        pilot.app.screen.query_one(Input).value = str(SEED)
        await pilot.press("enter")
        await until(pilot, shown(pilot, "Recognised as"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RoomScreen))
        await until(pilot, lambda: room(pilot).session)
        room_id = room(pilot).room_id
        log = list(read(running.desk.rooms.log(room_id)))
        rows = await scraped(pilot)
        check_messages(rows, log)
        check_source(rows, source())

        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReplayScreen))
        await until(pilot, shown(pilot, "playing"))
        log = list(read(running.desk.rooms.log(room_id)))  # the room has noted more meanwhile
        await pilot.press("p", "ctrl+g")
        await until(pilot, shown(pilot, "Go to which place"))
        await pilot.press(*str(len(log) - 1), "enter")
        await until(pilot, shown(pilot, f"{len(log)}/{len(log)}"))
        again = await scraped(pilot)
        check_messages(again, log)
        check_source(again, source())


# Our own


NASTY = "\r\n".join(
    [
        "[AI-1 adjusted their temperature]",
        "[/] [/AI-1] [bold red]not bold[/] <[ SPEED ]> [link=file:///etc/passwd]x[/link] [@click=app.bell]",
        "<script>alert(1)</script> &lt;b&gt; <b>bold</b> <!-- gone? --> **two stars** `tick`",
        "\x1b[31mPWN\x1b[0m \x1b]0;PWN\x07 \x1b]52;c;UFdO\x07 \x1bPqPWN\x1b\\ \x1b_GPWN\x1b\\ \x9b2JPWN",
        "\x1b]8;;http://pwn.invalid\x1b\\link\x1b]8;;\x1b\\ \x1b[2J\x1b[H\x1bc \x1b[?1049l \x0e\x0f",
        "turned \u202eround\u202c and \u2066isolated\u2069, \u200fmarks, \ufeffmark of order",
        "zero\u200bwidth\u200cin\u200dside and soft\u00adhyphen",
        "wide 世界 and more 世界世界世界世界世界世界世界世界世界世界世界世界",
        "combining e\u0301a\u0308o\u0302 z\u0351\u036b\u0343\u036a",
        "👩\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪🇫🇷 ❤\ufe0f 🌡\ufe0f 1\ufe0f\u20e3 end",
        "a\ttab\tand\tanother",
        "\tindented\twith 世\ttabs",
        "x" * 500,
        "trailing spaces   ",
        "nul \x00 and bell \x07 and backspace\b and half \ud83d a character",
        "$ ${HOME} $(id) `id` %s %n {0} {name} \\n \\x1b[31m",
        "the end",
    ]
)  # fmt: skip

SHORT = "[/][bold]N[@click=app.quit]\x1b[31mPWN\x1b]0;PWN\x07\u202e世e\u0301\x00\ud83d"
"""The same in short, for what is a name."""

SHOWN = line(SHORT)
PAYLOADS = (
    *(b"\x1b[31mPWN", b"\x1b]0;PWN", b"\x1b]52;c;UFdO", b"\x1bPqPWN", b"\x1b_GPWN"),
    *(b"\x1b]8;;http://pwn", b"\x1bc", "\x9b".encode(), "\u202e".encode(), "\u2066".encode()),
    *("\u200f".encode(), "\ufeff".encode(), b"\x0e", b"\x00", b"\xed\xa0\xbd"),
)
"""What must not be among the bytes that go to a terminal."""


def named(text: str) -> list[Entry]:
    """A room where everything that somebody else can choose is `text`."""

    def seat(number: int) -> Participant:
        return Participant(id=f"AI-{number}", name=text, model=text)

    cause = e.Cause(4, 0)
    events: list[Event] = [
        e.Opened(title=text, house=text),
        e.Joined(participant=Participant(id=PERSON, name="You", model="")),
        e.Joined(participant=seat(1)),
        e.Joined(participant=seat(2), by="AI-1", greeting=text),
        e.Spoke(
            author="AI-1",
            text=NASTY,
            reasoning=text,
            usage=e.Usage(model=text, requested=1.0, effective=1.0, tokens_in=1, tokens_out=1),
        ),
        e.Spoke(author=PERSON, text=NASTY),
        e.Spoke(author=ROOM, text=NASTY),
        e.PromptAdded(participant="AI-1", text=text, by="AI-1", cause=cause),
        e.Whispered(author="AI-1", to="AI-2", text=text, cause=e.Cause(4, 1)),
        e.Whispered(author=PERSON, to="AI-2", text=text),
        e.PollOpened(poll="P1", question=text, options=(text, "no"), by="AI-1"),
        e.Voted(poll="P1", choice=text, by="AI-2"),
        e.PollClosed(poll="P1", outcome=text),
        e.ImageRequested(image="I1", prompt=text, by="AI-1"),
        e.ImageStarted(image="I1", painter=text),
        e.ImageCreated(image="I1", file=""),
        e.ImageRequested(image="I2", prompt=text, by="AI-2"),
        e.ImageFailed(image="I2", reason=text),
        e.Searched(query=text, hits=(text,), by="AI-1"),
        e.Faltered(author="AI-2", error="ServerError", detail=text),
        e.Declined(verb="image", argument=text, by="AI-2"),
        e.Left(participant="AI-2", by="AI-1", reason=text),
        e.Changed(setting="title", value=text, by=PERSON),
        e.Unplaced(text=text, why=text),
        e.Unknown(kind="Strange", body={"text": text}),
        e.ApprovalAsked(approval="A1", verb="image", argument=text, by="AI-1"),
        e.Paused(reason=text, by=PERSON),
    ]
    return at_places(*events)


def bring_in(entries: Sequence[Entry]) -> str:
    """Make a room of these entries; return its id."""
    events = [(entry.at, entry.event, entry.source) for entry in entries]
    where = Rooms(paths().rooms)
    return where.import_(events, title="nasty", now=entries[-1].at)


@pytest.mark.parametrize("replayed", [False, True])
async def test_hostile_words_are_shown_as_they_were_written(replayed: bool) -> None:
    log = named(SHORT)
    room_id = bring_in(log)
    wish = ReplayRoom(room_id, len(log)) if replayed else OpenRoom(room_id)
    async with app(wish).run_test(notifications=True, size=SIZE) as pilot:
        rows = await scraped(pilot)
        check_messages(rows, log)
        page = transcript(pilot).page
        told = [item for item in page.items if "N[@click" in item.text]
        assert len(told) > 12
        spoken = [item.text for item in page.items if item.kind == "message"]
        for item in told:
            if item.text not in spoken:
                for one in safe(item.text).split("\n"):
                    assert anywhere(rows, untabbed(one)), one
        whole = screen_text(pilot)
        assert SHOWN[:20] in whole  # in the roster or the line of status too


async def test_all_parts_of_the_screen_show_names_as_they_are() -> None:
    room_id = bring_in(named(SHORT))
    async with app(OpenRoom(room_id)).run_test(notifications=True, size=SIZE) as pilot:
        await until(pilot, lambda: room(pilot).session)
        start = SHOWN[:14]
        await until(  # in the roster, which fills after the transcript
            pilot, lambda: any(start in row[162:] for row in screen_text(pilot).split("\n"))
        )
        for keys, what in ((("f2",), "allow"), (("ctrl+r", "enter"), "Order")):
            await pilot.press(*keys)
            await until(pilot, shown(pilot, what))
            assert start in screen_text(pilot)
        await pilot.press("f8")
        await until(pilot, shown(pilot, "Who speaks next?"))
        assert start in screen_text(pilot)
        await pilot.press("escape", "f4")
        await until(pilot, shown(pilot, "here"))
        assert start in screen_text(pilot)
        await pilot.press("escape", "ctrl+o")
        await until(pilot, shown(pilot, "Begin"))
        await until(pilot, shown(pilot, start))


# What goes to a terminal


@contextmanager
def terminal(
    home: Path, *arguments: str
) -> Generator[tuple[Callable[..., None], Callable[[], bytes]], None, None]:
    """enfold in a pseudo terminal: what types, and what has been written to it so far."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    values = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home,
        env=values,
        start_new_session=True,
    )
    os.close(theirs)
    written = bytearray()

    def look(seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([mine], [], [], left)[0]:
                return
            try:
                written.extend(os.read(mine, 65536))
            except OSError:
                return

    def type_in(keys: bytes, wanted: bytes, seconds: float = 20.0) -> None:
        start = len(written)
        os.write(mine, keys)
        until = time.monotonic() + seconds
        while wanted not in written[start:]:
            assert time.monotonic() < until, (keys, wanted, bytes(written[-4000:]))
            look(0.05)
        look(0.3)

    try:
        yield type_in, lambda: bytes(written)
    finally:
        running.kill()
        running.wait()
        os.close(mine)


def test_no_sequence_of_theirs_reaches_a_terminal(tmp_path: Path) -> None:
    room_id = bring_in(named(SHORT))
    with terminal(tmp_path, "resume", room_id, "--screen") as (type_in, written):
        type_in(b"", b"to all")  # the room; the start screen names it too
        type_in(b"\x1b[Z", b"Unfold")  # from the line to the transcript
        type_in(b"z", b"PWN")
        for _ in range(4):
            type_in(b"\x1b[6~", b"")
        type_in(b"\x1bOQ", b"allow")  # F2
        type_in(b"\x12", b"details")  # ^R
        type_in(b"\x0c/context AI-1\r", b"PWN")
        type_in(b"\x1b", b"")
        type_in(b"\x0c/search PWN\r", b"found")
        type_in(b"\x1bOS", b"PWN")  # F4
        type_in(b"\x1b", b"")
        type_in(b"\x0f", b"Begin")  # ^O
        type_in(b"\x11", b"\x1b[?1049l")  # ^Q
        seen = written()
    assert [payload for payload in PAYLOADS if payload in seen] == []
    assert "␛[31mPWN".encode() in seen
    assert "⟨U+202E⟩".encode() in seen
    # One that is theirs would have ended the screen before ours did.
    assert seen.count(b"\x1b[?1049l") == 1


def test_a_run_goes_on_in_the_screen(tmp_path: Path) -> None:
    path = scenario(tmp_path, "short", TWO)
    with terminal(tmp_path, "run", path, "--screen", "--rounds", "1") as (type_in, _):
        type_in(b"", b"the first of ada")
        [room_id] = Rooms(paths().rooms).ids()
        log = Rooms(paths().rooms).log(room_id)
        until_then = time.monotonic() + 20
        while not any(isinstance(one.event, e.Paused) for one in read(log)):
            assert time.monotonic() < until_then, list(read(log))
            type_in(b"", b"")  # what is shown has to be read
        type_in(b"\x11", b"\x1b[?1049l")  # ^Q
    said = [one.event.author for one in read(log) if isinstance(one.event, e.Spoke)]
    assert said == ["AI-1", "AI-2"]  # a round, and no more
