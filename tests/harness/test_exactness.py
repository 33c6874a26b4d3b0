"""V0: every turn comes back from the bank byte for byte, or it is said which does not."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from harness.evaluation import exactness
from harness.evaluation.exactness import Exactness, of_room, of_talk
from harness.evaluation.streams import stream
from harness.evaluation.talks import Line, Talk
from harness.rooms import Rooms
from memory.bank.bank import Bank
from memory.bank.kept import START, Said, link
from tests.fakes import opened, stage
from transcripts.errors import BrokenLog
from transcripts.events import Folded, Spoke
from transcripts.log import read

ODD = (
    "!temperature 0.3",
    "  spaces, kept  ",
    "\u2028 and \x1b[31mred\x07",
    "Ünï – 猫 🐈",
    "\r\n\t",
)
LONG = "The ledger of the harbour master, copied out again and again. "


@pytest.fixture(autouse=True)
def _mixer(monkeypatch: pytest.MonkeyPatch, built: Path) -> None:
    """The mixer codes alone: it is quicker, and coded all the same."""
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")


def odd_talk() -> Talk:
    made = stream(7, turns=150).talk
    lines = list(made.lines[:40])
    for place, text in enumerate(ODD):
        lines[place * 7] = replace(lines[place * 7], text=text)
    return replace(made, lines=tuple(lines))


def tail_of(talk: Talk) -> str:
    """The digest that the talk's turns come to, reckoned from the talk itself."""
    chain = START
    for line in talk.lines:
        # Before what was said, a room has been opened and joined.
        place = line.place + 1 + len(talk.names)
        chain = link(chain, Said(place, line.author, line.text.encode()))
    return chain.hex()


def test_a_talk_with_odd_lines_comes_back_byte_for_byte_and_is_folded_the_same(
    tmp_path: Path,
) -> None:
    talk = odd_talk()
    got = of_talk(talk, tmp_path, budget=512)
    assert got.whole
    assert got.wrong == ()
    assert (got.turns, got.exact) == (40, 40)
    assert got.length == talk.bytes
    assert got.folds == got.refolded > 35
    assert got.chain == tail_of(talk)


@pytest.fixture(scope="module")
def laminated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Exactness]:
    """A room of more than a segment, so that it has laminae, and what came back of it."""
    folder = tmp_path_factory.mktemp("laminated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENFOLD_BYTE_MODEL", "")
        lines = tuple(
            Line(place, f"AI-{place % 2 + 1}", "ab"[place % 2], f"{LONG * 50}{place}")
            for place in range(20)
        )
        talk = Talk("long", lines, (), {"AI-1": ("a",), "AI-2": ("b",)})
        return folder, of_talk(talk, folder, way="window", budget=256)


def test_laminae_are_read_each_by_itself_and_what_none_has_beside_them(
    laminated: tuple[Path, Exactness],
) -> None:
    _, got = laminated
    assert got.whole
    assert got.laminae > 0
    assert got.turns == got.exact == 20


def rooms_of(folder: Path) -> tuple[Rooms, str]:
    rooms = Rooms(folder / "rooms")
    [room_id] = [path.name for path in rooms.folder.iterdir() if rooms.log(path.name).exists()]
    return rooms, room_id


def chained(bank: sqlite3.Connection) -> None:
    bank.execute("UPDATE streams SET chain = zeroblob(16)")


def flipped(bank: sqlite3.Connection) -> None:
    bank.execute(
        "UPDATE segments SET packed = CAST(substr(packed, 1, 40) || x'00ff00ff' ||"
        " substr(packed, 45) AS BLOB) WHERE packed IS NOT NULL"
    )


def lost(bank: sqlite3.Connection) -> None:
    [(count,)] = bank.execute("SELECT count(*) FROM turns")
    assert count
    bank.execute("DELETE FROM turns WHERE place = (SELECT max(place) FROM turns)")


@pytest.mark.parametrize(("harm", "missing"), [(chained, 0), (flipped, 15), (lost, 1)])
def test_what_is_not_what_was_said_is_found_and_named(
    laminated: tuple[Path, Exactness],
    tmp_path: Path,
    harm: Callable[[sqlite3.Connection], None],
    missing: int,
) -> None:
    folder, before = laminated
    shutil.copyfile(str(Rooms(folder / "rooms").bank), tmp_path / "bank.sqlite")
    with closing(sqlite3.connect(tmp_path / "bank.sqlite")) as bank:
        harm(bank)
        bank.commit()
    rooms, room_id = rooms_of(folder)
    harmed = Bank(tmp_path / "bank.sqlite")
    try:
        got = exactness.compared(harmed, room_id, list(read(rooms.log(room_id))))
    finally:
        harmed.close()
    assert not got.whole
    assert got.wrong
    assert got.exact == before.exact - missing


async def test_a_room_that_was_folded_live_is_exact_and_a_log_that_says_otherwise_is_not(
    tmp_path: Path,
) -> None:
    script = {"AI-1": ["the key is here", "and now there"], "AI-2": ["I see", "it is late"]}
    async with stage(tmp_path, script, opened=opened(budget=256), keeps=True) as s:
        await s.session.run(turns=4)
    entries = list(read(tmp_path / "room" / "log.jsonl"))
    assert sum(isinstance(entry.event, Folded) for entry in entries) == 4
    bank = Bank(tmp_path / "bank.sqlite")
    try:
        good = exactness.compared(bank, "room", entries)
        other = [
            replace(entry, event=replace(entry.event, text="never said"))
            if isinstance(entry.event, Spoke) and entry.event.text == "I see"
            else entry
            for entry in entries
        ]
        bad = exactness.compared(bank, "room", other)
    finally:
        bank.close()
    assert good.whole
    assert (good.turns, good.folds, good.refolded) == (4, 4, 4)
    assert not bad.whole
    assert bad.exact == 3
    assert "not those of the log" in bad.wrong[0]


def test_without_a_log_there_is_nothing_to_hold_the_bank_against(tmp_path: Path) -> None:
    with pytest.raises(BrokenLog, match="nowhere"):
        of_room(Rooms(tmp_path), "nowhere")
