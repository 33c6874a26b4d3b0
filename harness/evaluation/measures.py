"""The published measures, and how sure they are.

Recall of a question is the share of its evidence among what was retrieved, of all questions
the mean (Maharana et al. 2024, section 5). Cut at k lines, or at a budget of tokens: lines are
taken in their order until one does not fit. Where evidence is long, tokens count instead of
lines. Shares are whole millionths, so that a sum is the same on every machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from harness.evaluation.talks import Question, Span, Talk

ONE: Final = 1_000_000
"""A share of 1."""

CUTS: Final = (1, 5, 10, 20, 50)
"""Lines retrieved."""
BUDGETS: Final = (512, 1024, 2048, 4096)
"""Tokens retrieved."""
SITTINGS: Final = (1, 2, 5, 10)
"""Spans retrieved."""
MOST: Final = 1000
"""Lines that are ranked at most: more than the largest budget holds of all but the shortest."""

_DRAWS: Final = 2000
_SEED: Final = 20240227
_BLOCK: Final = 100


def shares(
    talk: Talk, question: Question, ranked: Sequence[int], *, by_tokens: bool
) -> dict[str, int]:
    """Return what one ranking is worth, in millionths, by the name of each measure.

    Args:
        talk: The conversation.
        question: What was asked.
        ranked: Places, best first, each once.
        by_tokens: Whether `B@…` is the share of the evidence's tokens, not of its lines.
    """
    wanted = frozenset(question.evidence)
    worth = {place: talk.lines[place].tokens if by_tokens else 1 for place in wanted}
    whole = sum(worth.values())
    found = {f"R@{cut}": _share(wanted, ranked[:cut]) for cut in CUTS}
    found["hit@10"] = ONE * bool(wanted.intersection(ranked[:10]))
    budgets = iter(BUDGETS)
    budget = next(budgets)
    spent = got = 0
    for place in ranked:
        cost = talk.lines[place].tokens
        while spent + cost > budget:
            found[f"B@{budget}"] = ONE * got // whole
            budget = next(budgets, 0)
            if not budget:
                break
        if not budget:
            break
        spent += cost
        got += worth.get(place, 0)
    for left in (budget, *budgets) if budget else ():
        found[f"B@{left}"] = ONE * got // whole
    return found


def sitting_shares(talk: Talk, question: Question, ranked: Sequence[Span]) -> dict[str, int]:
    """Return the share of the spans with evidence that are among the first, in millionths."""
    wanted = {
        span
        for span in talk.spans
        if any(span[0] <= place <= span[1] for place in question.evidence)
    }
    return {
        f"S@{cut}": ONE * len(wanted.intersection(ranked[:cut])) // len(wanted)
        for cut in SITTINGS
    }


def _share(wanted: frozenset[int], got: Sequence[int]) -> int:
    return ONE * len(wanted.intersection(got)) // len(wanted)


def mean(values: Iterable[int]) -> float:
    """Return the mean of shares in percent, to two digits; 0 of none."""
    listed = list(values)
    return round(sum(listed) * 100 / ONE / len(listed), 2) if listed else 0.0


def intervals(
    rows: Sequence[Mapping[str, int]], names: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of each mean, in percent, by drawing questions anew.

    The percentile bootstrap (Efron 1979) with 2,000 draws; the same draws for every method
    that answers as many questions.
    """
    import numpy as np  # noqa: PLC0415 - only who measures waits for it

    if not rows:
        return {}
    values = np.array([[row[name] for name in names] for row in rows], dtype=np.int64)
    dice = np.random.RandomState(_SEED)  # its stream is promised never to change
    means: list[np.ndarray] = []
    for _ in range(0, _DRAWS, _BLOCK):
        drawn = dice.randint(0, len(rows), size=(_BLOCK, len(rows)))
        means += [values[one].sum(axis=0) for one in drawn]
    ordered = np.sort(np.stack(means), axis=0)
    low, high = ordered[_DRAWS // 40 - 1], ordered[_DRAWS - _DRAWS // 40]
    scale = 100 / ONE / len(rows)
    return {
        name: (round(float(low[at]) * scale, 2), round(float(high[at]) * scale, 2))
        for at, name in enumerate(names)
    }
