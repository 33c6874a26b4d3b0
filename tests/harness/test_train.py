import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")

from harness.errors import NotPossible  # noqa: E402
from harness.training import card, checkpoint  # noqa: E402
from harness.training import learn as learning  # noqa: E402
from harness.training.corpus import Ready, prepare  # noqa: E402
from harness.training.learn import BEST, LAST, LOG, Place, begun, learn, logged, note  # noqa: E402
from harness.training.learner import Learner, Recipe, taken_up  # noqa: E402
from harness.training.plot import lines, svg  # noqa: E402
from harness.training.ranks import Ranks  # noqa: E402
from harness.training.shipped import make  # noqa: E402
from memory.codec.turns import Segment  # noqa: E402
from memory.models import bytes as models  # noqa: E402
from memory.models import fused  # noqa: E402
from memory.models.choice import taken  # noqa: E402
from tui.commands.train import train_command  # noqa: E402

RECIPE = Recipe(
    shape=replace(models.TINY, width=32, state=32, ngrams=((2, 8), (3, 8))),
    lanes=4,
    time=64,
    warmth=5,
    bytes=9_000,
    cooling=4_000,
)
SMALL = [
    "--preset",
    "tiny",
    "--lanes",
    "4",
    "--time",
    "64",
    "--ngrams",
    "2:8,3:8",
    "--every",
    "3600",
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # threads that wait for each other starve beside other tests


@pytest.fixture
def data(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    words = ["door", "lamp", "sea", "where", "is", "the", "gone"]
    rows = [
        {"turns": [["AB"[k % 2], " ".join(draw.choice(words, 12))] for k in range(6)]}
        for _ in range(120)
    ]
    (tmp_path / "talk.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    prepare([tmp_path / "talk.jsonl"], tmp_path / "ready", licence="MIT")
    return tmp_path / "ready"


def enfold(*words: object) -> list[str]:
    return [sys.executable, "-m", "tui", *map(str, words)]


def test_a_run_leaves_a_log_a_best_and_a_last_checkpoint(data: Path, tmp_path: Path) -> None:
    places: list[Place] = []
    (tmp_path / "other.txt").write_text("The sea is gone, and so is the lamp. " * 20)
    learn(
        RECIPE, Ready.open(data), tmp_path / "run",
        judged=[tmp_path / "other.txt"], told=places.append,
    )  # fmt: skip

    rows = logged(tmp_path / "run")
    assert (tmp_path / "run" / BEST).exists()
    assert begun(tmp_path / "run") == (RECIPE, places[-1].read)
    assert rows[-1]["sources"].keys() == {"talk", "~other"}
    assert rows[-1]["held"] == rows[-1]["sources"]["talk"]
    assert [place.read for place in places] == sorted(place.read for place in places)
    assert places[-1].left == 0
    assert not list((tmp_path / "run").glob(".*.safetensors.*"))


def test_learning_ends_where_it_was_told_to_and_again_at_once(
    data: Path, tmp_path: Path
) -> None:
    first = learn(RECIPE, Ready.open(data), tmp_path / "run")
    again = learn(RECIPE, Ready.open(data), tmp_path / "run")

    assert first.read >= RECIPE.bytes
    assert (again.read, again.step_) == (first.read, first.step_)


def test_cut_and_rate_may_change_on_the_way_but_not_the_lanes(
    data: Path, tmp_path: Path
) -> None:
    ready = Ready.open(data)
    learn(RECIPE, ready, tmp_path / "run", stopped=lambda: True)
    changed = taken_up(RECIPE, {"time": 128, "rate": 1e-3, "dropped": 0.2})
    went_on = learn(changed, ready, tmp_path / "run")

    assert went_on.stream.time == 128
    assert begun(tmp_path / "run") == (changed, went_on.read)
    with pytest.raises(NotPossible, match="lanes"):
        taken_up(RECIPE, {"lanes": 8})
    with pytest.raises(NotPossible, match="shape"):
        learn(replace(RECIPE, shape=models.TINY), ready, tmp_path / "run")


def test_files_in_the_folder_cool_and_stop_a_run(data: Path, tmp_path: Path) -> None:
    run, ready = tmp_path / "run", Ready.open(data)
    run.mkdir()
    (run / "STOP").touch()
    endless = learn(replace(RECIPE, bytes=10**12), ready, run)
    (run / "COOL").touch()
    cooled = learn(replace(RECIPE, bytes=10**12), ready, run)

    assert endless.step_ == 1
    assert cooled.read >= endless.read + RECIPE.cooling
    assert cooled.recipe.at(cooled.step_, cooled.read) == pytest.approx(RECIPE.floor)
    assert [one.name for one in run.iterdir() if one.name in ("STOP", "COOL")] == []


def test_two_runs_in_one_folder_are_refused(data: Path, tmp_path: Path) -> None:
    ready = Ready.open(data)
    seen: list[str] = []

    def second(_: Place) -> None:
        with pytest.raises(NotPossible, match="another process") as refused:
            learn(RECIPE, ready, tmp_path / "run")
        seen.append(str(refused.value))

    learn(RECIPE, ready, tmp_path / "run", told=second, stopped=lambda: True)
    assert seen


def test_what_was_done_twice_or_torn_counts_once(tmp_path: Path) -> None:
    for row in ({"step": 1, "read": 5}, {"step": 2, "read": 9}):
        learning.note(tmp_path, row)
    with (tmp_path / LOG).open("a") as out:
        out.write('{"step": 3, "re')
    learning.note(tmp_path, {"step": 2, "read": 10})

    assert [row["read"] for row in logged(tmp_path)] == [5, 9, 10]
    learning.note(tmp_path, {"step": 1, "read": 6})
    assert [row["read"] for row in logged(tmp_path)] == [5, 6]


def test_a_gradient_that_is_no_number_leaves_the_last_checkpoint(
    data: Path, tmp_path: Path
) -> None:
    ready = Ready.open(data)
    learner = learn(RECIPE, ready, tmp_path / "run", stopped=lambda: True)
    before = (tmp_path / "run" / LAST).read_bytes()
    learner.model.head.weight.data.fill_(float("nan"))
    with pytest.raises(NotPossible, match="not finite"):
        learner.step()
    assert (tmp_path / "run" / LAST).read_bytes() == before


def test_no_checkpoint_is_one_line(tmp_path: Path) -> None:
    (tmp_path / LAST).write_bytes(b"nothing of ours")
    with pytest.raises(NotPossible, match="no checkpoint"):
        begun(tmp_path)


def test_a_checkpoint_of_the_other_path_is_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fused.library() is None:
        pytest.skip("no compiler")
    ready = Ready.open(data)
    learn(RECIPE, ready, tmp_path / "run", stopped=lambda: True)
    monkeypatch.setattr(fused, "PLAIN", True)
    with pytest.raises(NotPossible, match="plain torch"):
        Learner(RECIPE, ready).load(tmp_path / "run" / LAST)


def test_what_a_command_cannot_read_or_write_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    run = tmp_path / "run"
    learn(RECIPE, Ready.open(data), run)
    nowhere = tmp_path / "nowhere"
    with pytest.raises(NotPossible, match=r"last\.safetensors cannot be written: No such"):
        checkpoint.write(nowhere / LAST, {}, {})
    with pytest.raises(NotPossible, match=r"log\.jsonl cannot be written: No such"):
        note(nowhere, {})
    for minutes in ("nan", "inf", "0"):
        words = ["bytes", data, "-o", tmp_path / "new", "--minutes", minutes]
        assert CliRunner().invoke(train_command, list(map(str, words))).exit_code == 2
    for words, why in (
        (["freeze", tmp_path / "none", "-o", tmp_path / "x.hqlm"], r"none holds no run$"),
        (["card", tmp_path / "none"], r"none holds no run$"),
        (["plot", run, "-o", tmp_path / "no" / "x.svg"], r"x\.svg cannot be written: No such"),
    ):
        done = CliRunner().invoke(train_command, list(map(str, words)))
        assert isinstance(done.exception, NotPossible)
        assert re.search(why, str(done.exception))


def test_lanes_are_shared_evenly_or_not_at_all() -> None:
    assert Ranks(1, 2).part(8) == slice(4, 8)
    with pytest.raises(NotPossible, match="evenly"):
        Ranks(0, 3).part(8)


def test_a_plot_and_a_card_tell_what_the_log_tells(data: Path, tmp_path: Path) -> None:
    learn(RECIPE, Ready.open(data), tmp_path / "run")
    rows = logged(tmp_path / "run")
    drawn = svg("<run>", lines(rows, ["talk"]))

    assert "&lt;run&gt;" in drawn
    assert f"held out {rows[-1]['held']:.3f}" in drawn
    assert f"| talk | {rows[-1]['sources']['talk']:.3f} |" in card.figures(rows)
    assert "| talk | MIT | 120 |" in card.sources(Ready.open(data))
    with pytest.raises(NotPossible, match="never measured on sea"):
        lines(rows, ["sea"])
    with pytest.raises(NotPossible, match="empty"):
        lines([])


def test_the_recipe_goes_from_text_to_a_frozen_file_and_goes_on(
    data: Path, tmp_path: Path
) -> None:
    talk = data.parent / "talk.jsonl"
    assert make(talk, tmp_path / "all", recipe=RECIPE, stopped=lambda: True) is None
    made = make(talk, tmp_path / "all", recipe=RECIPE)
    again = make(talk, tmp_path / "all", recipe=RECIPE)

    assert made == again == tmp_path / "all" / "small.hqlm"
    assert made is not None
    chosen = taken(made.read_bytes())
    said = [data.parent.joinpath("talk.jsonl").read_bytes()[:600], b"", bytes(range(256))]
    writes, reads = Segment(chosen.guesser()), Segment(chosen.guesser())
    codes = [writes.encode(b"A", text) for text in said]
    assert [reads.decode(b"A", code) for code in codes] == said
    alone = sum(len(Segment().encode(b"A", text)) for text in said[:1])
    assert len(codes[0]) < alone  # nine thousand bytes of talk have taught it something
    assert begun(tmp_path / "all" / "run")


@pytest.mark.slow
def test_a_killed_run_and_a_stopped_run_go_on(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    words = enfold("train", "bytes", data, "-o", run, *SMALL, "--every", "1", "--resume")
    child = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    while not (run / LAST).exists():
        assert child.poll() is None
        time.sleep(0.05)
    child.kill()
    child.communicate()
    killed = begun(run)
    child = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    while len(logged(run)) < 3:
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate()

    assert child.returncode == 130
    assert "all kept" in told
    stopped = begun(run)
    assert killed is not None
    assert stopped is not None
    assert stopped[1] > killed[1]
    monkeypatch.setenv("ENFOLD_BEGUN_AGAIN", "1")
    refused = CliRunner().invoke(train_command, ["bytes", str(data), "-o", str(run)])
    assert refused.exit_code == 2
    assert "--resume" in refused.stderr


def learns(data: str, folder: str) -> None:
    """Take 12 steps, by each path in turn, with all processes that are told of in the surroundings."""
    torch.set_num_threads(1)
    ranks = Ranks.join("cpu")
    for plain in (False, True):
        fused.PLAIN = plain
        one = Learner(replace(RECIPE, bytes=10**9), Ready.open(Path(data)), ranks=ranks)
        bits = [one.step() for _ in range(12)]
        path = Path(folder) / f"{ranks.many}-{plain}"
        one.save(path)
        if ranks.first:
            path.with_suffix(".json").write_text(json.dumps(bits))
    fused.PLAIN = False
    ranks.leave()


@pytest.mark.slow
def test_two_processes_learn_what_one_does(data: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": "lo"}
    code = "import sys; from tests.harness.test_train import learns; learns(*sys.argv[1:])"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(data), str(tmp_path)],
            env=os.environ | home | {"RANK": str(rank), "WORLD_SIZE": "2"},
        )
        for rank in range(2)
    ]
    learns(str(data), str(tmp_path))
    assert [child.wait() for child in children] == [0, 0]

    for plain in (False, True):
        told = [json.loads((tmp_path / f"{n}-{plain}.json").read_text()) for n in (1, 2)]
        assert told[1] == pytest.approx(told[0], abs=2e-3)
        one, two = (checkpoint.read(tmp_path / f"{n}-{plain}") for n in (1, 2))
        assert one[1] == two[1]
        for name, tensor in one[0].items():
            if name.startswith(("model.", "state.")):
                assert (tensor - two[0][name]).abs().max() < 0.05, name


@pytest.mark.slow
def test_the_commands_freeze_plot_and_print(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    learn(RECIPE, Ready.open(data), run)
    words = ["freeze", run, "-o", tmp_path / "a.hqlm", "--data", data]
    subprocess.run(enfold("train", *words), check=True)
    for words in (
        ["freeze", run, "-o", tmp_path / "b.hqlm", "--data", data],
        ["plot", run, "-o", tmp_path / "a.svg"],
        ["card", run, "--data", data],
    ):
        done = CliRunner().invoke(train_command, list(map(str, words)))
        assert done.exit_code == 0, done.output
    assert (tmp_path / "a.hqlm").read_bytes() == (tmp_path / "b.hqlm").read_bytes()
    assert re.search(r"\| talk \| MIT \|", done.stdout)
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
