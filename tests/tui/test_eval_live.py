"""`enfold eval --live` from outside: a room answered twice, by a server and offline."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.door import BEHAVIOURS, Door, closed_port, door_server
from tests.harness.test_sidebyside import OURS, cast
from tests.tui.test_cli import enfold, environment

KEYS = {
    "scenario", "carrier", "budget", "recall", "window", "seed", "models", "judge", "turns",
    "every", "verifier", "complete", "ended", "detail", "skipped", "failed", "agreement",
    "contradictions", "cost", "means", "pairs",
}  # fmt: skip
"""As the head of `harness.evaluation.live` has them; `judged` where there was a judge."""


@pytest.fixture
def door() -> Iterator[Door]:
    BEHAVIOURS.update(OURS)
    try:
        with door_server() as running:
            yield running
    finally:
        for name in OURS:
            del BEHAVIOURS[name]


def scenario(folder: Path, first: str, second: str) -> str:
    cast(folder, first, second)
    return str(folder / "harbour.toml")


def test_one_command_prints_one_object_and_keeps_it(tmp_path: Path, door: Door) -> None:
    file = scenario(tmp_path, door.model("asks"), door.model("knows"))
    judge = ("--judge", door.model("judges"))
    options = ("--turns", "8", "--carrier", "empty", "--json", "-o", "out.json")
    elsewhere = {"ENFOLD_BANK": str(tmp_path / "bank.sqlite")}
    done = enfold(tmp_path, "eval", "--live", file, *options, *judge, extra=elsewhere)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == KEYS | {"judged"}
    assert report == json.loads((tmp_path / "out.json").read_text())
    assert report["complete"]
    assert report["carrier"] == "empty"
    assert report["pairs"][-1]["turn"] == 8
    assert report["pairs"][-1]["contradictions"][0]["side"] == "full"
    assert done.stderr == "wrote out.json\n"
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "bank.sqlite").exists()


def test_a_table_tells_turns_shares_and_costs(tmp_path: Path, door: Door) -> None:
    file = scenario(tmp_path, door.model("asks"), door.model("knows"))
    done = enfold(tmp_path, "eval", "live", file, "--turns", "9", "--every", "3")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first, turns, shares, costs, rest = done.stdout.split("\n\n")
    assert first.startswith("harbour: carrier text, ")
    assert [row.split()[0] for row in turns.splitlines()][-2:] == ["6", "9"]
    assert [row.split()[0] for row in shares.splitlines()[1:]] == [
        "stems", "told", "commands", "exact", "contradict",
    ]  # fmt: skip
    assert "bytes sent" in costs
    assert "not compared:" in rest
    assert "too few" in rest


def test_nobody_there_is_one_line_and_no_answer(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{closed_port()}/v1#asks"
    tries = {"ENFOLD_PROVIDER__TRIES": "1"}
    done = enfold(tmp_path, "eval", "--live", scenario(tmp_path, nobody, nobody), extra=tries)
    assert done.returncode == 4
    assert "no answer" in done.stdout
    assert "cc: Unreachable" in done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("a partial report: ")


def test_ctrl_c_keeps_what_is_done(tmp_path: Path, door: Door) -> None:
    file = scenario(tmp_path, door.model("asks"), door.model("knows"))
    command = [sys.executable, "-m", "tui", "eval", "--live", file, "--turns", "5000", "--json"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 60
    while door.times("knows") < 12 and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    report = json.loads(out)
    assert not report["complete"]
    assert report["ended"] == "stopped"
    assert report["pairs"]
    assert errors.startswith("a partial report: ")


def test_a_cast_of_scripts_is_refused_and_said_why(tmp_path: Path) -> None:
    done = enfold(tmp_path, "eval", "--live", "lighthouse")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "a script says its lines whatever it is told" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_room_that_is_never_long_enough_says_so(tmp_path: Path) -> None:
    done = enfold(tmp_path, "eval", "--live", "bytes", "--turns", "1", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["pairs"] == []
    assert report["skipped"] == {"all was still told word for word": 1}
    assert "nothing was compared" in done.stderr


def test_misuse_is_found_out_before_anybody_is_asked(tmp_path: Path, door: Door) -> None:
    file = scenario(tmp_path, door.model("asks"), door.model("knows"))
    for arguments, code, said in (
        ((file, "--carrier", "full"), 2, "--carrier"),
        ((file, "-o", "no/such/folder.json"), 1, "no/such/folder.json"),
        ((file, "--judge", "nobody-5"), 1, "no model called 'nobody-5'"),
    ):
        done = enfold(tmp_path, "eval", "--live", *arguments)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
        assert done.stdout == ""
    assert not door.asked
