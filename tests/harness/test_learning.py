import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from harness.errors import NotPossible  # noqa: E402
from harness.training import checkpoint  # noqa: E402
from harness.training.corpus import Ready, prepare, turns  # noqa: E402
from harness.training.learn import learn  # noqa: E402
from harness.training.learner import Learner, Recipe, recipe_of  # noqa: E402
from harness.training.measure import held_out, measure  # noqa: E402
from harness.training.stream import Stream  # noqa: E402
from memory.models import bytes as models  # noqa: E402
from memory.models import fused  # noqa: E402

pytestmark = pytest.mark.skipif(fused.library() is None, reason="no compiler")
RECIPE = Recipe(
    shape=replace(models.TINY, width=32, state=32, ngrams=((2, 8), (3, 8))),
    lanes=2,
    time=64,
    warmth=5,
    cooling=4000,
)


@pytest.fixture
def ready(tmp_path: Path) -> Ready:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    words = [b"door", b"lamp", b"sea", b"where", b"is", b"the", b"gone"]
    rows, whole = ["offset\tbytes\tsource\tlicence\tid"], b""
    for i in range(240):
        said = [b" ".join(rng.choice(words, 12)) for _ in range(6)]
        text = b"\n\n".join(
            b"%s: %s" % ([b"Ada", b"Bob"][k % 2], s) for k, s in enumerate(said)
        )
        source = "crd3" if i % 2 else "peps"
        name = f"E{i // 8}.json#{i % 8 * 60}" if i % 2 else f"pep-{i}"
        rows.append(f"{len(whole)}\t{len(text)}\t{source}\tMIT\t{name}")
        whole += text + b"\n\n\n"
    (tmp_path / "mix").mkdir()
    (tmp_path / "mix" / "train.txt").write_bytes(whole)
    (tmp_path / "mix" / "train.index.tsv").write_text("\n".join(rows) + "\n")
    return prepare([tmp_path / "mix"], tmp_path / "ready")


def test_pieces_of_one_episode_are_joined_and_on_one_side(ready: Ready) -> None:
    sides: dict[str, set[bool]] = {}
    for document in ready.documents:
        sides.setdefault(document.family, set()).add(document.held)
    assert all(len(side) == 1 for side in sides.values())
    assert {True, False} == {document.held for document in ready.documents}
    joined = [d for d in ready.documents if d.source == "crd3"]
    assert len(joined) == 30
    assert ready.text(joined[0]).count(b"Ada:") == 12


def test_turns_put_together_give_the_text_again() -> None:
    text = b"Intro\n\nAda: hi\n\nNote: this is\n\nAda: more\n\nBob: one\n\nBob: two"
    cut = turns(text)

    assert [author for author, _ in cut] == [b"", b"Ada", b"Ada", b"Bob", b"Bob"]
    assert cut[1][1] == b"hi\n\nNote: this is"
    whole = b"\n\n".join(a + b": " + t if a else t for a, t in cut)
    assert whole == text


def test_the_stream_goes_on_where_it_was(ready: Ready) -> None:
    one = Stream(ready, lanes=3, time=50, seed=4)
    for _ in range(40):
        one.batch()
    told = json.loads(json.dumps(one.where()))
    two = Stream(ready, lanes=3, time=50, seed=4)
    two.go(told)
    for _ in range(700):
        for mine, other in zip(one.batch(), two.batch(), strict=True):
            assert (mine == other).all()
    assert one.passes > 1


def test_what_is_held_out_is_never_read(ready: Ready) -> None:
    stream = Stream(ready, lanes=2, time=64, seed=1)
    assert not any(document.held for document in stream.learnt)


@pytest.mark.parametrize("plain", [False, True], ids=["fused", "plain"])
def test_learning_stopped_and_taken_up_is_learning_never_stopped(
    ready: Ready, tmp_path: Path, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "PLAIN", plain)
    through = Learner(RECIPE, ready)
    for _ in range(12):
        through.step()
    first = Learner(RECIPE, ready)
    for _ in range(7):
        first.step()
    first.save(tmp_path / "half.safetensors")
    second = Learner(RECIPE, ready)
    second.load(tmp_path / "half.safetensors")
    for _ in range(5):
        second.step()
    through.save(tmp_path / "a.safetensors")
    second.save(tmp_path / "b.safetensors")

    (one, told), (two, other) = (
        checkpoint.read(tmp_path / f"{n}.safetensors") for n in ("a", "b")
    )
    assert told == other
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, two[name]), name


def test_what_is_learnt_costs_less(ready: Ready, tmp_path: Path) -> None:
    learner = learn(
        replace(RECIPE, bytes=30_000, cooling=10_000), ready, tmp_path / "run", every=1e9
    )
    found = measure(learner.model, held_out(ready, most=4000))

    assert found.bits["crd3"] < 2.0
    rows = [
        json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    ]
    assert any("held" in row for row in rows)
    assert recipe_of(checkpoint.read(tmp_path / "run" / "last.safetensors")[1]["recipe"])


def test_a_checkpoint_is_whole_or_not_there(tmp_path: Path) -> None:
    """Killed at any moment, the file is one of those that were written."""
    code = (
        "import sys, itertools, torch\nfrom pathlib import Path\n"
        "from harness.training import checkpoint\n"
        "print('go', flush=True)\n"
        "for i in itertools.count():\n"
        "    checkpoint.write(Path(sys.argv[1]), {'x': torch.full((200_000,), float(i))}, {'i': i})\n"
    )
    path = tmp_path / "c.safetensors"
    for wait in (0.02, 0.05, 0.11):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert child.stdout
        child.stdout.readline()
        while not path.exists():
            time.sleep(0.01)
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        tensors, told = checkpoint.read(path)
        assert (tensors["x"] == told["i"]).all()


def test_other_text_is_not_taken_for_the_same(ready: Ready) -> None:
    stream = Stream(ready, lanes=1, time=10, seed=0)
    with pytest.raises(NotPossible, match="other text"):
        stream.go(stream.where() | {"digest": "0"})
