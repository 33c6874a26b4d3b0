"""`enfold eval continuity` from outside: a run, its shards, rooms and transcripts, misuse."""

import json
from pathlib import Path

from tests.tui.test_cli import enfold

SAMPLES = Path(__file__).parents[1] / "golden" / "evaluation"
LOCOMO = str(SAMPLES / "locomo.json")
SMALL = ("--questions", "2", "--starts", "1", "--probes", "1", "--budgets", "64,128")
WAYS = ("--methods", "window,text+recall")


def test_a_run_is_printed_kept_and_gone_on_with(tmp_path: Path) -> None:
    arguments = ("eval", "continuity", "locomo", LOCOMO, *SMALL, *WAYS, "--out", "run")
    done = enfold(tmp_path, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    answers = report["verifiers"]["mixer"]["answer"]
    assert list(answers["methods"]) == ["wrong", "full", "window", "text+recall"]
    assert answers["methods"]["full"]["64"]["R"] == 100.0
    assert len(report["digests"]["mixer"]) == 64
    assert report["machine"]["connections"] == 0
    rows = (tmp_path / "run" / "rows.jsonl").read_bytes()
    again = enfold(tmp_path, *arguments)
    assert again.returncode == 0
    assert "text+recall" in again.stdout
    assert (tmp_path / "run" / "rows.jsonl").read_bytes() == rows


def test_shards_are_merged_by_one_command(tmp_path: Path) -> None:
    arguments = ("eval", "continuity", "locomo", LOCOMO, *SMALL, *WAYS)
    enfold(tmp_path, *arguments, "--out", "whole")
    for part in (1, 2):
        enfold(tmp_path, *arguments, "--out", f"part{part}", "--shard", f"{part}/2")
    done = enfold(tmp_path, "eval", "--merge", "part1", "part2", "--out", "merged", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] > 0
    one, other = (tmp_path / name / "rows.jsonl" for name in ("whole", "merged"))
    assert one.read_bytes() == other.read_bytes()


def test_a_transcript_is_tried_by_its_own_words(tmp_path: Path) -> None:
    said = [
        f"### AI-{at % 2 + 1}\n\nThe {at}th lamp was carried down to the Harbour by number {at}.\n"
        for at in range(24)
    ]
    lines = "\n".join(
        f"AI-{at % 2 + 1}: {one.split(chr(10))[2]}" for at, one in enumerate(said)
    )
    (tmp_path / "talk.txt").write_text(lines + "\n")
    arguments = ("eval", "continuity", "transcripts", "talk.txt", *SMALL, *WAYS, "--json")
    done = enfold(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["dataset"] == "rooms"
    assert set(report["verifiers"]["mixer"]) <= {"next", "probe"}
    assert "probe" in report["verifiers"]["mixer"]


def test_facts_that_change_are_a_set_of_their_own(tmp_path: Path) -> None:
    arguments = ("eval", "continuity", "streams", "1", "--questions", "6", "--budgets", "256")
    done = enfold(tmp_path, *arguments, "--methods", "text+recall", "--report", "out.html")
    assert done.returncode == 0, done.stderr
    assert "newest value told" in done.stdout
    assert "an older one told last" in done.stdout
    assert "What has changed since" in (tmp_path / "out.html").read_text()


def test_what_cannot_be_is_one_line(tmp_path: Path) -> None:
    for arguments, code, said in (
        (("locomo", "none.json"), 1, "none.json"),
        (("locomo", LOCOMO, LOCOMO), 2, "locomo is one file"),
        (("locomo", LOCOMO, "--shard", "3/2"), 2, "no shard such as 2/8"),
        (("locomo", LOCOMO, "--budgets", "1,x"), 2, "no list of tokens"),
        (("locomo", LOCOMO, "--methods", "magic"), 2, "no method 'magic'"),
        (("rooms", "nowhere"), 1, "nowhere"),
        (("rooms",), 2, "Missing argument 'FILE...'"),
        (("streams", "many"), 2, "streams takes a number"),
        (("transcripts", "none.html"), 1, "none.html"),
    ):
        done = enfold(tmp_path, "eval", "continuity", *arguments)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert done.stdout == ""
    (tmp_path / "bad").mkdir()
    done = enfold(tmp_path, "eval", "--merge", "bad", "--out", "whole")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "bad: no run" in done.stderr
