"""`enfold generate`, as a stranger runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.memory import tiny
from tui.cli import cli

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", str(tiny.FILE))


def run(*args: str, told: bytes = b"") -> str:
    done = CliRunner().invoke(cli, ["generate", *args], input=told)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_seed_writes_the_same_again_and_another_something_else() -> None:
    def written(seed: int) -> str:
        return run("standard", "x", "--seed", str(seed), "--max", "60", "--temperature", "1.5")

    texts = [written(seed) for seed in range(6)]
    assert texts == [written(seed) for seed in range(6)]
    assert len(set(texts)) > 1
    assert all(1 <= len(text.encode()) <= 61 for text in texts)


def test_the_prompt_comes_from_a_file_or_a_pipe_as_well(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(b"three lamps")
    wanted = run("standard", "three lamps", "--seed", "7", "--max", "30")
    assert run("standard", "-", "--seed", "7", "--max", "30", told=b"three lamps") == wanted
    assert (
        run("standard", "--file", str(tmp_path / "p.txt"), "--seed", "7", "--max", "30")
        == wanted
    )


def test_as_json_every_byte_has_its_entropy() -> None:
    told = json.loads(
        run("standard", "lamp", "--seed", "7", "--max", "9", "--temperature", "0", "--json")
    )
    assert len(told["entropy"]) == len(told["text"].encode())
    assert told["seed"] == 7
    assert told["ended"] == (len(told["text"].encode()) < 9)


def test_a_line_each_is_answered_and_the_state_goes_on() -> None:
    def talk(seed: int, *lines: bytes) -> str:
        told = b"".join(line + b"\n" for line in lines)
        return run(
            "interactive", "--seed", str(seed), "--max", "40", "--high-entropy", "8", told=told
        )

    lines = [b"lamp %d" % n for n in range(8)]
    together = talk(0, *lines)
    assert together.startswith(talk(0, *lines[:3]))
    assert together != "".join(talk(seed, line) for seed, line in enumerate(lines))


def test_without_a_model_one_line_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "generate", "standard", "x"],
        env={**os.environ, "ENFOLD_BYTE_MODEL": "", "HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: no byte model is here")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "args",
    [
        ("standard", "--low-entropy", "2", "--medium-entropy", "1"),
        ("standard", "--temperature", "nan"),
        ("standard", "--max", "0"),
        ("standard", "--model", "/nowhere.hqlm"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(args: tuple[str, ...]) -> None:
    assert CliRunner().invoke(cli, ["generate", *args]).exit_code == 2
