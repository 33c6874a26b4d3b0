"""Runs rankers over a set: every question, every measure, one row a method.

Nothing in a result depends on the machine but the milliseconds.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from harness.evaluation.measures import (
    BUDGETS,
    CUTS,
    MOST,
    SITTINGS,
    intervals,
    mean,
    shares,
    sitting_shares,
)
from harness.evaluation.ours import Enfold
from harness.evaluation.rankers import Ranker
from harness.evaluation.talks import Dataset

ADVERSARIAL: Final = "adversarial"
"""LoCoMo's fifth category: its evidence is what somebody else said of it."""

MEASURES: Final = (*(f"R@{cut}" for cut in CUTS), *(f"B@{budget}" for budget in BUDGETS))
"""Recall at k lines, and at a budget of tokens."""


RESIDENT: Final = (16, 32, 64, 96, 128, 192, 256)
"""Bytes of a gist, for the curve."""
SPLITS: Final = (1, 2, 4, 8, 16, 32, 64)
"""Into how many parts a lamina is delaminated (continuity's C8)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one ranking was worth."""

    category: str
    shares: Mapping[str, int]
    """By the name of a measure, in millionths."""
    seconds: float


@dataclass(slots=True)
class Result:
    """What a method was worth, over all questions."""

    name: str
    answered: list[Answered] = field(default_factory=list["Answered"])
    bytes: dict[str, int] = field(default_factory=dict[str, int])
    """What it keeps beside the text, by kind, of all conversations."""
    residents: list[int] = field(default_factory=list[int])
    """Bytes of each lamina that stay in memory; none where it has no laminae."""

    def told(self, dataset: Dataset) -> dict[str, Any]:
        """Return everything measured, in percent, bytes and milliseconds."""
        rows = [one.shares for one in self.answered]
        names = list(rows[0]) if rows else []
        told: dict[str, Any] = _means(rows, names)
        apart = [one.shares for one in self.answered if one.category != ADVERSARIAL]
        if len(apart) != len(rows):
            told["without adversarial"] = _means(apart, names)
        kinds = groupby(sorted(self.answered, key=_kind), key=_kind)
        categories = {kind: [one.shares for one in of_kind] for kind, of_kind in kinds if kind}
        if categories:
            told["categories"] = {
                kind: {"questions": len(some)} | _means(some, names)
                for kind, some in categories.items()
            }
        told["intervals"] = intervals(rows, names)
        text = sum(talk.bytes for talk in dataset.talks)
        lines = sum(len(talk.lines) for talk in dataset.talks)
        whole = sum(self.bytes.values())
        told["bytes"] = {
            **self.bytes,
            "whole": whole,
            "% of the text": round(100 * whole / text, 2) if text else 0.0,
            "per line": round(whole / lines, 1) if lines else 0.0,
        }
        if self.residents:
            told["laminae"] = {
                "count": len(self.residents),
                "resident": round(sum(self.residents) / len(self.residents), 1),
                "resident at most": max(self.residents),
            }
        times = sorted(one.seconds for one in self.answered)
        told["ms"] = {
            "p50": round(1000 * times[len(times) // 2], 3),
            "p95": round(1000 * times[len(times) * 95 // 100], 3),
        }
        return told


def run(
    dataset: Dataset,
    rankers: Iterable[Ranker],
    *,
    by_tokens: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[Result]:
    """Ask each ranker every question.

    Args:
        dataset: What is asked of what.
        rankers: In the order of the results.
        by_tokens: Whether `B@…` counts the evidence's tokens, as where evidence is long.
        progress: Told the ranker's name after each question.
    """
    results: list[Result] = []
    for ranker in rankers:
        result = Result(ranker.name)
        sizes: defaultdict[str, int] = defaultdict(int)
        for talk in dataset.talks:
            opened = ranker.open(talk)
            result.residents += opened.residents
            for kind, size in opened.bytes.items():
                sizes[kind] += size
            for question in talk.questions:
                # Wall clock, alone on its core or not: the table says upper bounds.
                started = time.perf_counter()
                ranked = opened.rank(question, MOST)
                seconds = time.perf_counter() - started
                found = shares(talk, question, ranked, by_tokens=by_tokens)
                spans = opened.sittings(question, max(SITTINGS)) if talk.spans else ()
                if spans:
                    found |= sitting_shares(talk, question, spans)
                result.answered.append(Answered(question.category, found, seconds))
                if progress is not None:
                    progress(ranker.name)
        result.bytes = dict(sizes)
        results.append(result)
    return results


def curve(
    dataset: Dataset,
    sizes: Iterable[int] = RESIDENT,
    progress: Callable[[str], None] | None = None,
) -> list[dict[str, float]]:
    """Return how well laminae are found by gists of at most `sizes` bytes each.

    Args:
        dataset: Of conversations with sittings; others are passed over.
        sizes: Bytes, in the order of the result.
        progress: Told what is measured after each question.
    """
    told: list[dict[str, float]] = []
    for size in sizes:
        rows: list[dict[str, int]] = []
        residents: list[int] = []
        for talk in (one for one in dataset.talks if one.spans):
            opened = Enfold(resident=size).open(talk)
            residents += opened.residents
            for question in talk.questions:
                spans = opened.sittings(question, max(SITTINGS))
                rows.append(sitting_shares(talk, question, spans))
                if progress is not None:
                    progress(f"{size} bytes")
        if rows:
            resident = round(sum(residents) / len(residents), 1)
            told.append({"bytes": size, "resident": resident} | _means(rows, list(rows[0])))
    return told


def splits(
    dataset: Dataset,
    counts: Iterable[int] = SPLITS,
    *,
    by_tokens: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[dict[str, float]]:
    """Return recall where every lamina is delaminated into N, and of the laminae it was made of.

    Args:
        dataset: What is asked of what.
        counts: Each N, in the order of the result.
        by_tokens: As for `run`.
        progress: Told what is measured after each question.
    """
    told: list[dict[str, float]] = []
    for count in counts:
        ranker = Enfold(split=count, name=f"in {count}")
        result = run(dataset, [ranker], by_tokens=by_tokens, progress=progress)[0]
        rows = [one.shares for one in result.answered]
        resident = sum(result.residents)
        told.append(
            {"parts": count, "laminae": len(result.residents), "resident": resident}
            | _means(rows, list(rows[0]))
        )
    return told


def _means(rows: Sequence[Mapping[str, int]], names: Sequence[str]) -> dict[str, float]:
    return {name: mean(row[name] for row in rows) for name in names}


def _kind(one: Answered) -> str:
    return one.category
