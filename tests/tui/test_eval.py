"""`enfold eval` from outside: data on stdout, one line where it cannot go on."""

import json
import shutil
import sys
from pathlib import Path

import pexpect
import pytest

from tests.tui.test_cli import enfold, environment

SAMPLES = Path(__file__).parents[1] / "golden" / "evaluation"
METHODS = ["last-n", "random", "tf-idf", "bm25", "fts5", "fts5+priors", "enfold", "oracle"]


def test_one_command_prints_one_object_with_every_method(tmp_path: Path) -> None:
    done = enfold(tmp_path, "eval", "recall", "locomo", str(SAMPLES / "locomo.json"), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert report["questions"] == 5
    assert list(report["methods"]) == METHODS
    for told in report["methods"].values():
        for measure in ("R@1", "R@5", "R@10", "R@20", "R@50", "B@512", "B@1024", "B@4096"):
            assert 0 <= told[measure] <= 100
    assert report["methods"]["oracle"]["R@5"] == 100.0


@pytest.mark.parametrize(
    ("name", "file"), [("qmsum", "qmsum.jsonl"), ("friendsqa", "friendsqa.json")]
)
def test_a_table_has_a_row_for_each_method(tmp_path: Path, name: str, file: str) -> None:
    done = enfold(tmp_path, "eval", "recall", name, str(SAMPLES / file))
    assert done.returncode == 0, done.stderr
    table = done.stdout.split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in table[1:]] == METHODS
    assert len(done.stderr.splitlines()) == 1


def test_curve_and_split_are_measured_when_asked_for(tmp_path: Path) -> None:
    file = str(SAMPLES / "locomo.json")
    arguments = ("eval", "recall", "locomo", file, "--methods", "enfold", "--curve", "--split")
    report = json.loads(enfold(tmp_path, *arguments, "--json").stdout)
    assert [row["bytes"] for row in report["curve"]][-1] == 256
    assert [row["parts"] for row in report["splits"]] == [1, 2, 4, 8, 16, 32, 64]
    done = enfold(tmp_path, *arguments)
    assert "gists of" in done.stdout
    assert "delaminated into" in done.stdout


def test_what_cc_holds_is_told_alone_and_with_what_is_recalled(tmp_path: Path) -> None:
    file = str(SAMPLES / "locomo.json")
    options = ("--methods", "text,recency", "--budget", "100,4096")
    done = enfold(tmp_path, "eval", "cc", "locomo", file, *options, "--json")
    assert done.returncode == 0, done.stderr
    methods = json.loads(done.stdout)["methods"]
    assert list(methods) == ["text", "recency", "nothing"]
    assert methods["text"]["cc"]["4096"] == 100.0
    assert list(methods["text"]["cc + recalled"]["enfold"]) == ["100+100", "4096+4096"]
    done = enfold(tmp_path, "eval", "cc", "locomo", file, *options)
    assert "text + enfold" in done.stdout


def test_errors_are_one_line_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "broken.json").write_text('[{"qa": 7}]')
    shutil.copy(SAMPLES / "friendsqa.json", tmp_path)
    for file in ("none.json", "empty.json", "broken.json", "friendsqa.json"):
        done = enfold(tmp_path, "eval", "recall", "locomo", file, "--json")
        assert done.returncode == 1
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert file in done.stderr


def test_a_method_a_set_and_a_budget_that_are_none_are_misuse(tmp_path: Path) -> None:
    file = str(SAMPLES / "locomo.json")
    for arguments, said in (
        (("recall", "locomo", file, "--methods", "magic"), "no method 'magic': last-n"),
        (("recall", "squad", file), "squad"),
        (("recall", "locomo", str(SAMPLES)), "directory"),
        (("cc", "locomo", file, "--budget", "4k"), "no list of bytes"),
        (("cc", "locomo", file, "--budget", "0"), "no list of bytes"),
        (("cc", "locomo", file, "--methods", "text,magic"), "no method 'magic'"),
    ):
        done = enfold(tmp_path, "eval", *arguments)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert done.stdout == ""


def test_a_run_shows_how_far_it_is_and_stops_at_once(tmp_path: Path) -> None:
    sample = json.loads((SAMPLES / "locomo.json").read_text())
    sample[0]["qa"] *= 8_000  # minutes
    path = tmp_path / "long.json"
    path.write_text(json.dumps(sample))
    command = ["-m", "tui", "eval", "recall", "locomo", str(path), "--methods", "enfold"]
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable, command, env=environment(tmp_path), cwd=str(tmp_path), encoding="utf-8",
        dimensions=(24, 100), timeout=40,
    )  # fmt: skip
    for shown in ("enfold", r"\d/40000", r"\d:\d\d:\d\d"):  # the time that is left
        child.expect(shown)
    child.sendintr()
    child.expect("stopped")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
