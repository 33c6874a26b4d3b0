"""The command that draws the pictures in docs draws them, and the same ones each time."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.seen import paint

ROOT = Path(__file__).resolve().parents[2]

CELLS = {
    "start": (100, 30),
    "room": (140, 40),
    "memory": (140, 40),
    "replay": (120, 34),
    "roster": (120, 34),
    "narrow": (60, 20),
    "forks": (120, 34),
    "compare": (120, 34),
}
MARGIN = 12
LARGEST = 150_000


def draw(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.seen", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.skipif(not paint.available(), reason="DejaVu Sans Mono is missing")
def test_the_pictures_are_drawn_and_are_the_same_each_time(tmp_path: Path) -> None:
    drawn: list[dict[str, bytes]] = []
    for name in ("first", "second"):
        done = draw(tmp_path / name)
        assert done.returncode == 0, done.stderr
        drawn.append({one.name: one.read_bytes() for one in (tmp_path / name).iterdir()})
    assert set(drawn[0]) == {f"{name}.png" for name in CELLS}
    wide, high = paint.CELL
    for name, (columns, rows) in CELLS.items():
        assert len(drawn[0][f"{name}.png"]) < LARGEST, name
        with Image.open(tmp_path / "first" / f"{name}.png") as file:
            assert file.size == (columns * wide + 2 * MARGIN, rows * high + 2 * MARGIN)
            assert len(file.convert("RGB").getcolors(1 << 24) or ()) > 20, name
    different = [name for name in drawn[0] if drawn[0][name] != drawn[1][name]]
    assert different == []


def test_the_pictures_in_docs_are_there() -> None:
    missing = [name for name in CELLS if not (ROOT / "docs" / f"{name}.png").is_file()]
    assert missing == []


def test_without_the_font_nothing_is_written_and_it_is_said(tmp_path: Path) -> None:
    code = (
        "import runpy, sys; from tests.seen import paint; paint._FOLDERS = (); "
        "runpy.run_module('tests.seen', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "none")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "DejaVu Sans Mono" in done.stderr
    assert not (tmp_path / "none").exists()
