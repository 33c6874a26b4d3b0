"""`enfold cc history` says how well a room went on after each fold."""

import json
from pathlib import Path

import pytest

from memory.kernel import mixing as kernel
from tests.tui.test_cli import a_room, enfold, tiny


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
    table = enfold(tmp_path, "cc", "history", room).stdout.splitlines()
    assert [line.split()[-1] for line in table] == ["SCORE", *["-"] * 4]
