"""`enfold eval report` from outside: the page of a kept run, its pictures, misuse."""

from pathlib import Path

import pytest

from tests.tui.test_cli import enfold
from tests.tui.test_eval_continuity import LOCOMO, SMALL, WAYS

ARGUMENTS = ("eval", "continuity", "locomo", LOCOMO, *SMALL, *WAYS)


def test_a_run_is_written_as_one_page_at_once_or_later(tmp_path: Path) -> None:
    done = enfold(tmp_path, *ARGUMENTS, "--out", "run", "--report", "to/page.html")
    assert done.returncode == 0, done.stderr
    assert "wrote to/page.html" in done.stderr
    text = (tmp_path / "to" / "page.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "Rate against retention" in text
    done = enfold(tmp_path, "eval", "report", "run", "-o", "later.html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "later.html").read_text("utf-8") == text
    assert not done.stdout
    assert enfold(tmp_path, "eval", "report", "run").returncode == 0
    assert (tmp_path / "run" / "report.html").read_text("utf-8") == text


def test_its_plots_are_pictures_too(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    done = enfold(tmp_path, *ARGUMENTS, "--png", "pictures")
    assert done.returncode == 0, done.stderr
    assert "rate.png" in {path.name for path in (tmp_path / "pictures").iterdir()}


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    done = enfold(tmp_path, "eval", "report", "nowhere")
    assert (done.returncode, done.stderr) == (1, "Error: nowhere: no run\n")
    (tmp_path / "file").write_text("")
    enfold(tmp_path, *ARGUMENTS, "--out", "run")
    done = enfold(tmp_path, "eval", "report", "run", "-o", "file/page.html")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "file" in done.stderr
