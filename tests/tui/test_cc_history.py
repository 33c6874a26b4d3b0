"""`enfold cc history` says how well a room went on after each fold."""

import json
from pathlib import Path

import pytest

from memory.kernel import mixing as kernel
from tests.fakes import START
from tests.tui.test_cli import a_room, enfold, tiny
from transcripts.events import Rewritten, Spoke
from transcripts.log import Log, read


@pytest.mark.skipif(kernel.library() is None, reason="no C compiler here")
def test_folds_carry_the_score_of_the_turns_they_took_in(tmp_path: Path) -> None:
    scored = {"ENFOLD_CONTINUITY__LIVE": "always", "ENFOLD_CONTINUITY__THRESHOLD": "70"}
    done = enfold(tmp_path, "run", tiny(tmp_path), "--seed", "1", "--jsonl", extra=scored)
    assert done.returncode == 0, done.stderr
    log = [json.loads(line) for line in done.stdout.splitlines()]
    scores = {one["line"]: one["score"] for one in log if one["kind"] == "Scored"}
    spoken = [one["place"] for one in log if one["kind"] == "Spoke" and one["author"] != "you"]
    assert list(scores) == spoken
    settings = [one for one in log if one["kind"] == "Changed"]
    assert [(one["setting"], one["value"]) for one in settings] == [
        ("continuity.threshold", "70")
    ]
    folds = json.loads(enfold(tmp_path, "cc", "history", "--json").stdout)
    told = [fold["score"] for fold in folds if fold["score"] is not None]
    assert told == list(scores.values())
    table = enfold(tmp_path, "cc", "history").stdout.splitlines()
    assert table[0].endswith("SCORE")
    assert table[-1].endswith(f" {told[-1]}")


def test_a_room_that_was_never_scored_has_folds_without_one(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    folds = json.loads(enfold(tmp_path, "cc", "history", room, "--json").stdout)
    assert [fold["score"] for fold in folds] == [None] * 4
    assert [fold["back"] for fold in folds] == [[]] * 4
    table = enfold(tmp_path, "cc", "history", room).stdout.splitlines()
    assert [line.split()[-1] for line in table] == ["SCORE", *["-"] * 4]


def test_a_fold_names_the_older_lines_that_went_back_into_cc(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    log = tmp_path / "data" / "rooms" / room / "log.jsonl"
    first = next(entry.place for entry in read(log) if isinstance(entry.event, Spoke))
    with Log(log, now=START) as written:
        written.append(START, Rewritten(places=(first,), size=9, why="it came back"))
        written.append(START, Spoke(author="you", text="Where does the spare key hang?"))
    done = enfold(tmp_path, "resume", room, "--turns", "1")
    assert done.returncode == 4, done.stderr  # nobody has a line left; the person's is folded
    folds = json.loads(enfold(tmp_path, "cc", "history", room, "--json").stdout)
    assert [fold["back"] for fold in folds][-1] == [first]
    table = enfold(tmp_path, "cc", "history", room).stdout.splitlines()
    assert table[-1].split()[-2] == str(first)
