"""What went back into cc, as the inspector draws it, and taken back from the command line."""

from pathlib import Path

from harness.strata import Strata
from tests.fakes import START
from tests.tui.test_cli import a_room, enfold
from transcripts import events as e
from transcripts.events import Entry
from transcripts.log import Log, read
from tui.widgets.past import done


def test_the_inspector_says_what_went_back_and_that_it_can_be_taken_back() -> None:
    back = e.Rewritten(
        places=(3, 40), size=90, why="2 lines came back 3 times and more of late"
    )
    gone = e.Rewritten(
        places=(3, 40), why="what was done at 1 is taken back", by="you", let_go=True
    )
    log = [Entry(n, START, one) for n, one in enumerate((e.Opened(title="t"), back, gone))]
    strata = Strata()

    def drawn(place: int) -> list[str]:
        strata.follow(log, place)
        rows = done(strata.done, "rewrite: 1 line came back", 60)
        return ["".join(piece.text for piece in row).rstrip() for row in rows]

    before = drawn(1)
    assert before[0].endswith("u takes back")
    assert before[1] == "  now: rewrite: 1 line came back"
    assert before[2] == "u 1 back in cc of 3 to 40"
    assert before[3] == "    2 lines came back 3 times and more of late"
    after = drawn(2)
    assert "takes back" not in after[0]
    assert after[2] == "  2 let go of 3 to 40 by you"
    assert after[4] == "  1 back in cc of 3 to 40"


def test_a_rewrite_is_taken_back_from_the_command_line_once(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    with Log(tmp_path / "data" / "rooms" / room / "log.jsonl", now=START) as log:
        log.append(START, e.Rewritten(places=(3, 5), size=9, why="they came back"))
        at = len(log.entries) - 1
    done = enfold(tmp_path, "bank", "undo", room)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{at + 1}: let go of 3, 5 (what was done at {at} is taken back)\n"
    again = enfold(tmp_path, "bank", "undo", room)
    assert again.returncode == 1
    assert "nothing was split, merged or rewritten that still is so" in again.stderr
    last = list(read(tmp_path / "data" / "rooms" / room / "log.jsonl"))[-1].event
    assert last == e.Rewritten(
        places=(3, 5), why=f"what was done at {at} is taken back", by="you", let_go=True
    )
