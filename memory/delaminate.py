"""Where a lamina is cut into several, by what it speaks of."""

from collections.abc import Sequence

from memory.cc.base import Utterance


def cut(said: Sequence[Utterance], parts: int | None) -> list[int]:
    """Return where to split `said`: indexes of first turns of parts but the first's."""
    wanted = min(len(said), parts or max(1, sum(len(o.text.encode()) for o in said) // 6000))
    return [at * len(said) // wanted for at in range(1, wanted)]


def joinable(left: Sequence[Utterance], right: Sequence[Utterance]) -> bool:
    """Return whether two neighbours are small enough to be one."""
    return sum(len(one.text.encode()) for one in (*left, *right)) <= 6000
