"""The table of a folder's sizes: its rows are there, and the bytes are what they say."""

import json
from pathlib import Path

import pytest

from tests.bench import folder

REPO = Path(__file__).parents[2]


def test_a_table_has_a_row_for_each_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")
    text = (REPO / "tests" / "golden" / "parlour.txt").read_text(encoding="utf-8")
    (tmp_path / "talk").mkdir()
    for name, cut in (("a", text[:1500]), ("b", text[1500:3000])):
        (tmp_path / "talk" / name).write_text(cut, encoding="utf-8")
    assert folder.main([str(tmp_path / "talk"), "--json"]) == 0
    told = capsys.readouterr()
    rows = {row["what"]: row for row in map(json.loads, told.out.splitlines())}
    plain = rows["as they are"]["bytes"]
    assert plain == sum(path.stat().st_size for path in (tmp_path / "talk").iterdir())
    assert rows[".tar"]["bytes"] % 512 == 0
    assert rows[".hqf --no-model"]["bytes"] < rows[".tar.xz -9e"]["bytes"] < plain
    assert "no byte model" in told.err
    assert folder.main([str(tmp_path / "gone")]) == 1
