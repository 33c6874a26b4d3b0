"""Two answers to the same turn, one given what a room sends, one given everything: how alike?

A reply is a draw, so likeness alone says nothing. It stands between two others: of everything
with everything asked again, which is as alike as this model gets, and of answers to different
turns, which is what all it says has in common. Where even those are as alike, answers do not
hang on what is told, and nothing was measured. Pure: the answers come from `harness.sidebyside`.

The report is an object of these keys; shares are percent, intervals 95 % or null below `FEWEST`:

- `scenario`, `carrier`, `budget`, `recall`, `window`, `seed`, `models`, `turns`, `every`;
- `complete`, `ended`: whether it came to its end, and what ended it;
- `skipped`: turns that were not compared, by why; `failed`: askings without an answer, by what;
- `agreement`: of `cc` (with everything), `again` (everything with itself) and `chance` (with the
  answer to another turn) for `stems`, `told`, `commands`, `exact` each `mean`, `interval`,
  `pairs`; and `lost`, which is `again` less `cc`, of the same pairs;
- `contradictions`: of `cc`, `again`, `chance` the share of pairs that have one, as above, and of
  `cc` how often the room's own lines say as `full`, as `cc`, or neither;
- `judged`: of a judge's verdicts, if there was one, `same` and `contradict` of `cc` and `again`,
  and its `cost`;
- `cost`: of `cc` and `full` the middle and the sum of `tokens_in`, `tokens_out`, `sent` (bytes),
  `dollars`, `first`, `seconds`; `estimated`, how many of their figures nobody said; `ratio`;
- `means`: sentences on what these figures cannot say here;
- `pairs`: each turn with its answers, measures and contradictions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from harness.evaluation import excluding
from harness.evaluation.excluding import Conflict
from harness.evaluation.judge import Cost, Verdict
from harness.evaluation.measures import ONE, intervals, mean
from harness.evaluation.stems import stems
from harness.evaluation.verifier import Stand, Verifier

FEWEST: Final = 5
"""Pairs below which no interval is told: it would only look like one."""

MEASURES: Final = ("stems", "told", "commands", "exact")
"""Of agreement."""

COSTS: Final = ("tokens_in", "tokens_out", "sent", "dollars", "first", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole reply, and what it took."""

    text: str
    """As it would stand in the log."""
    spoken: str
    """Without commands."""
    verbs: tuple[str, ...] = ()
    """Of the commands it asks for, sorted, each once."""
    cut: bool = False
    """Whether it was cut off at the most tokens a reply may have."""
    tokens_in: int = 0
    tokens_out: int = 0
    sent: int = 0
    """Bytes of context."""
    dollars: float | None = None
    """`None` where no price is known."""
    first: float | None = None
    """Seconds to the first piece."""
    seconds: float = 0.0
    estimated: tuple[str, ...] = ()
    """Which of these the provider did not say, and were worked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A turn that was answered twice, or three times."""

    turn: int
    """Number of the turn in its room, from 1."""
    speaker: str
    """Id of whose it was."""
    model: str
    asked: str
    """What was said last before it."""
    lines: int
    """Said so far in the room."""
    left: int
    """Of those, how many `cc` was not told word for word; at least one."""
    cc: Answer
    """Given what the room sends; it stands in the room."""
    full: Answer
    """Given everything word for word."""
    again: Answer | None = None
    """Given the same once more."""
    verdict: Verdict | None = None
    """A judge's, of `cc` and `full`."""
    verdict_again: Verdict | None = None
    """A judge's, of `full` and `again`."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two answers are, in millionths; -1 where that says nothing."""

    stems: int
    """F1 of their stems: twice those in common, by the number of both."""
    told: int
    """How much of what the other tells is told by the one: see `told`."""
    commands: int
    """Whether they ask for the same verbs; -1 where neither asks for any."""
    exact: int
    """Whether they are the same, letter by letter, but for space around them."""


@dataclass(slots=True)
class Run:
    """What was done, as far as it was done."""

    about: Mapping[str, Any]
    """What the room is: `scenario` to `every` of the report."""
    pairs: list[Pair] = field(default_factory=list[Pair])
    said: list[str] = field(default_factory=list[str])
    """All lines of the room that were said, in order; for what is contradicted."""
    skipped: Counter[str] = field(default_factory=Counter[str])
    """Turns that were not compared, by why."""
    failed: Counter[str] = field(default_factory=Counter[str])
    """Askings without an answer, by who was given what, and the error."""
    judge: Cost | None = None
    ended: str = ""
    """Why it ended: as `Ending.reason`, or `budget`."""
    detail: str = ""
    complete: bool = False


def f1(one: frozenset[str], other: frozenset[str]) -> int:
    """Return twice what two sets have in common by the size of both, in millionths.

    That is the harmonic mean of precision and recall. -1 where both are empty.
    """
    both = len(one) + len(other)
    return 2 * ONE * len(one & other) // both if both else -1


def told(begun: Stand, one: str, other: str) -> int:
    """Return how much of what `other` tells is told by `one`, in millionths; -1 of nothing.

    By code length: (bits of `other` given nothing - given `one`) / (given nothing - given
    `other` itself), within 0 and 1. 0: as if nothing had been said; 1: as if all had.

    Args:
        begun: Where a verifier stands that has read neither.
        one: What is given.
        other: What is told; counts the bits.
    """
    given, text = (f"{words.strip()}\n".encode("utf-8", "replace") for words in (one, other))
    if not text.strip():
        return -1
    nothing = begun.bits(b"", text)
    itself = begun.read(text).bits(b"", text)
    if nothing <= itself:
        return -1
    saved = nothing - begun.read(given).bits(b"", text)
    return min(max(ONE * saved // (nothing - itself), 0), ONE)


def alike(one: Answer, other: Answer, begun: Stand) -> Likeness:
    """Return how alike two answers are; `told` is of what `other` tells."""
    return Likeness(
        f1(stems(one.spoken), stems(other.spoken)),
        told(begun, one.spoken, other.spoken),
        ONE * (one.verbs == other.verbs) if one.verbs or other.verbs else -1,
        ONE * (one.text.strip() == other.text.strip()),
    )


def report(run: Run, by: Verifier) -> dict[str, Any]:
    """Return what a run shows; its keys are in this module's own words above.

    Args:
        run: Whole or not.
        by: What counts bits.
    """
    begun = by.begin()
    pairs = run.pairs
    cc = [alike(pair.cc, pair.full, begun) for pair in pairs]
    again = [alike(pair.again, pair.full, begun) if pair.again else None for pair in pairs]
    chance = [_chance(pairs, at, begun) for at in range(len(pairs))]
    against = [_against(pair.cc, pair.full, run.said) for pair in pairs]
    against_again = [
        _against(pair.again, pair.full, run.said) if pair.again else None for pair in pairs
    ]
    told: dict[str, Any] = {
        **run.about,
        "complete": run.complete,
        "ended": run.ended,
        "detail": run.detail,
        "skipped": dict(run.skipped),
        "failed": dict(run.failed),
        "verifier": by.digest,
        "agreement": {
            name: {
                "cc": share(getattr(one, name) for one in cc),
                "again": share(getattr(one, name) for one in again if one),
                "chance": share(getattr(one, name) for one in chance if one),
                "lost": _less(
                    [getattr(one, name) if one else -1 for one in again],
                    [getattr(one, name) for one in cc],
                ),
            }
            for name in MEASURES
        },
        "contradictions": {
            "cc": share(ONE * bool(some) for some in against),
            "again": share(ONE * bool(some) for some in against_again if some is not None),
            "chance": share(
                ONE * bool(_against(pairs[at - 1].cc, pair.full, run.said))
                for at, pair in enumerate(pairs)
                if len(pairs) > 1
            ),
            "room says as": {
                side: sum(one.side == side for some in against for one in some)
                for side in ("full", "cc", "neither")
            },
        },
        "cost": cost(pairs),
    }
    if run.judge is not None:
        told["judged"] = _judged(run, run.judge)
    told["means"] = _means(told, pairs)
    told["pairs"] = [
        {
            **_plain(pair),
            "likeness": _percent(one),
            "likeness_again": _percent(two) if two else None,
            "contradictions": [asdict(each) for each in some],
        }
        for pair, one, two, some in zip(pairs, cc, again, against, strict=True)
    ]
    return told


def share(values: Iterable[int]) -> dict[str, Any]:
    """Return the mean of shares in percent, its interval, and of how many; -1 do not count."""
    rows = [{"it": value} for value in values if value >= 0]
    return _told(rows)


def cost(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return what both ways took, of the turns that were compared, and the one by the other."""
    told: dict[str, Any] = {}
    for side in ("cc", "full"):
        answers: list[Answer] = [getattr(pair, side) for pair in pairs]
        told[side] = {name: _middle(getattr(one, name) for one in answers) for name in COSTS}
        told[side]["estimated"] = dict(
            Counter(name for one in answers for name in one.estimated)
        )
    told["ratio"] = {
        name: round(whole / part, 3)
        for name in COSTS
        if (part := told["cc"][name]["sum"]) and (whole := told["full"][name]["sum"])
    }
    return told


def _chance(pairs: Sequence[Pair], at: int, begun: Stand) -> Likeness | None:
    """Return how alike a turn's full answer is to what `cc` answered to another turn.

    The other turn is one of the same speaker where there is one, else any; the one before.
    """
    others = [*pairs[at + 1 :], *pairs[:at]][::-1]
    same = [other for other in others if other.speaker == pairs[at].speaker]
    other = next(iter([*same, *others]), None)
    return alike(other.cc, pairs[at].full, begun) if other is not None else None


def _against(one: Answer, other: Answer, said: Sequence[str]) -> list[Conflict]:
    return excluding.conflicts(one.spoken, other.spoken, said)


def _less(more: Sequence[int], less: Sequence[int]) -> dict[str, Any]:
    both = zip(more, less, strict=True)
    return _told([{"it": a - b} for a, b in both if a >= 0 and b >= 0])


def _told(rows: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    between = intervals(rows, ["it"])["it"] if len(rows) >= FEWEST else None
    return {
        "mean": mean(row["it"] for row in rows) if rows else None,
        "interval": list(between) if between else None,
        "pairs": len(rows),
    }


def _judged(run: Run, spent: Cost) -> dict[str, Any]:
    told: dict[str, Any] = {"cost": asdict(spent)}
    for name, verdicts in (
        ("cc", [pair.verdict for pair in run.pairs]),
        ("again", [pair.verdict_again for pair in run.pairs]),
    ):
        given = [one for one in verdicts if one is not None]
        told[name] = {
            "same": share(ONE * one.score for one in given),
            "contradict": share(ONE * one.contradicts for one in given),
        }
    return told


def _middle(values: Iterable[float | None]) -> dict[str, Any]:
    known = sorted(value for value in values if value is not None)
    if not known:
        return {"middle": None, "sum": None}
    return {"middle": known[len(known) // 2], "sum": round(sum(known), 6)}


def _means(told: Mapping[str, Any], pairs: Sequence[Pair]) -> list[str]:
    """Return what a reader must know before believing the figures."""
    found: list[str] = []
    of_stems = told["agreement"]["stems"]
    cc, again, chance = (of_stems[name]["mean"] for name in ("cc", "again", "chance"))
    if 0 < len(pairs) < FEWEST:
        found.append(f"{len(pairs)} pairs are too few to say anything: let more turns be taken")
    exact = told["agreement"]["exact"]["again"]
    if exact["pairs"] and exact["mean"] < 100:
        found.append(
            f"the provider draws anew although the seed is the same: {exact['mean']:.0f} % of "
            "what it was asked twice it answered alike; compare `cc` with `again`, not with 100"
        )
    if cc is not None and chance is not None and chance >= cc:
        found.append(
            "answers to other turns are as alike: what is said does not hang on what is told"
        )
    elif again is not None and chance is not None and again - chance < 5:
        found.append(
            "everything asked again is hardly more alike than answers to other turns: "
            "there is next to nothing here that memory could lose"
        )
    if told["cost"]["cc"]["estimated"] or told["cost"]["full"]["estimated"]:
        found.append("some figures of cost the provider did not say; they are worked out")
    if any(answer.cut for pair in pairs for answer in (pair.cc, pair.full)):
        found.append("some answers were cut off at the most tokens that one may have")
    return found


def _percent(one: Likeness) -> dict[str, float | None]:
    return {
        name: round(value * 100 / ONE, 2) if value >= 0 else None
        for name, value in asdict(one).items()
    }


def _plain(pair: Pair) -> dict[str, Any]:
    return asdict(pair)
