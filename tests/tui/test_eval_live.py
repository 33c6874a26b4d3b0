"""`enfold eval --live` from outside: a room answered twice, offline."""

import json
from pathlib import Path

from tests.tui.test_cli import enfold


def test_a_cast_of_scripts_is_refused_and_said_why(tmp_path: Path) -> None:
    done = enfold(tmp_path, "eval", "--live", "lighthouse")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "a script says its lines whatever it is told" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_room_that_is_never_long_enough_says_so(tmp_path: Path) -> None:
    done = enfold(tmp_path, "eval", "--live", "bytes", "--turns", "2", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["pairs"] == []
    assert report["skipped"] == {"all was still told word for word": 2}
    assert "nothing was compared" in done.stderr
    assert not (tmp_path / "data").exists()
