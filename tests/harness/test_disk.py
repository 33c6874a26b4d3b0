"""Disks that are full or cannot be written: one clear line, and nothing lost."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from transcripts.log import read

REPO = Path(__file__).parents[2]


@contextmanager
def small_disk(at: Path, options: str) -> Generator[None, None, None]:
    at.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(at)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no permission to mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def enfold(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    dirs = {
        f"ENFOLD_{name.upper()}_DIR": str(folder / name)
        for name in ("data", "config", "cache", "state")
    }
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env={**os.environ, **dirs, "PYTHONPATH": str(REPO)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def scenario(folder: Path, turns: int) -> str:
    lines = [
        f"turn {i}: " + "the lantern and the tide and the ledger " * 20 for i in range(turns)
    ]
    lines[1] += '\n!image "a red lantern on a harbour wall at night"'
    script = json.dumps(lines)
    text = 'title = "Full"\n[caps]\nturns = 100000\n' + "".join(
        f'[[cast]]\nname = "{name}"\nmodel = "scripted/{name.lower()}"\nscript = {script}\n'
        for name in ("Ada", "Bob")
    )
    path = folder / "full.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def one_error(done: "subprocess.CompletedProcess[str]") -> str:
    assert "Traceback" not in done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, done.stderr
    return errors[0]


@pytest.mark.parametrize("kilobytes", [700, 1000, 1400])
def test_a_room_on_a_disk_that_fills_up_loses_nothing(tmp_path: Path, kilobytes: int) -> None:
    path = scenario(tmp_path, 500)
    with small_disk(tmp_path / "data", f"size={kilobytes}k"):
        done = enfold(tmp_path, "run", path, "--rounds", "500", "--jsonl")
        assert done.returncode == 1
        assert "disk" in one_error(done) or "full" in one_error(done)
        acknowledged = [line for line in done.stdout.splitlines() if line.endswith("}")]
        [log] = (tmp_path / "data" / "rooms").glob("*/log.jsonl")
        kept = log.read_text(encoding="utf-8").splitlines()
        assert kept[: len(acknowledged)] == acknowledged
        assert len(list(read(log))) == len(kept)

        remount = ["mount", "-o", "remount,size=20m", str(tmp_path / "data")]
        subprocess.run(remount, check=True, capture_output=True)
        again = enfold(tmp_path, "resume", "--last", "--turns", "4", "--jsonl")
        assert again.returncode == 0, again.stderr
        after = log.read_text(encoding="utf-8").splitlines()
        assert after[: len(kept)] == kept
        assert [json.loads(line)["place"] for line in after] == list(range(len(after)))
        history = enfold(tmp_path, "cc", "history", "--json")
        folds = [json.loads(line) for line in after if json.loads(line)["kind"] == "Folded"]
        assert [fold["digest"] for fold in json.loads(history.stdout)] == [
            fold["digest"] for fold in folds
        ]


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    path = scenario(tmp_path, 3)
    with small_disk(tmp_path / "data", "ro"):
        done = enfold(tmp_path, "run", path)
        assert done.returncode == 1
        assert "ENFOLD_DATA_DIR" in one_error(done)


def test_a_room_that_became_read_only_is_still_read(tmp_path: Path) -> None:
    path = scenario(tmp_path, 3)
    with small_disk(tmp_path / "data", "size=20m"):
        assert enfold(tmp_path, "run", path, "--rounds", "1").returncode == 0
        subprocess.run(
            ["mount", "-o", "remount,ro", str(tmp_path / "data")],
            check=True,
            capture_output=True,
        )
        assert "turn 0" in enfold(tmp_path, "show").stdout
        assert "turn 0" in enfold(tmp_path, "export").stdout
        done = enfold(tmp_path, "resume", "--last", "--turns", "1")
        assert done.returncode == 1
        assert "read-only" in one_error(done)
