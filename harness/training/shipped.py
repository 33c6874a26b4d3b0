"""The recipe of the weights that are shipped, from the corpus to the frozen file.

Every step finds what an earlier call left: data made ready, a run at any place, a run that has
ended. Called again after a kill it goes on; called again at the end it only freezes anew.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.training import learn as learning
from harness.training.corpus import MANIFEST, Ready, prepare
from harness.training.freeze import freeze
from harness.training.learn import Place, begun, learn
from harness.training.learner import Recipe, taken_up
from memory.models import bytes as models

READ = 174_600_000
"""Bytes that the weights read, cooling included."""
SHIPPED = Recipe(
    shape=models.SMALL,
    lanes=32,
    time=512,
    rate=5e-3,
    rows_rate=6e-3,
    warmth=300,
    bytes=READ,
    cooling=60_000_000,
)


def make(
    corpus: Path,
    folder: Path,
    *,
    recipe: Recipe = SHIPPED,
    judged: Sequence[Path] = (),
    every: float = 600.0,
    device: str = "cpu",
    say: Callable[[str], None] = lambda _: None,
    told: Callable[[Place], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Prepare, learn, cool, freeze.

    Args:
        corpus: The archive or folder of text.
        folder: Keeps `ready`, `run` and the frozen `small.hqlm`.
        recipe: Another one for trying this out.
        judged: Texts to measure on and never learn from.
        every: Seconds between checkpoints.
        device: As torch names it.
        say: Hears what begins.
        told: Hears how far the run is.
        stopped: True ends it with a checkpoint.

    Returns:
        The frozen file, or None if it was stopped before.

    Raises:
        NotPossible: As `prepare`, `learn` and `freeze`.
    """
    ready_at, run = folder / "ready", folder / "run"
    if not (ready_at / MANIFEST).exists():
        say(f"making {corpus} ready")
        prepare([corpus], ready_at)
    ready = Ready.open(ready_at)
    kept = begun(run)
    if kept is not None:
        changed = {"bytes": recipe.bytes, "cooling": recipe.cooling}
        recipe = taken_up(kept[0], changed)
    if kept is None or kept[1] < recipe.bytes:
        say(f"learning, {recipe.bytes / 1e6:g} MB in all")
        learner = learn(
            recipe,
            ready,
            run,
            judged=judged,
            every=every,
            device=device,
            told=told,
            stopped=stopped,
        )
        if learner.read < recipe.bytes:
            return None
    say("freezing")
    out = folder / "small.hqlm"
    freeze(run / learning.BEST, ready, out)
    return out
