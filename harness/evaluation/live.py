"""Two answers to the same turn, one given what a room sends, one given everything: how alike?

A reply is a draw, so likeness alone says nothing. It lies between two others: of everything
with everything asked again, which is as alike as this model gets, and of answers to different
turns, which is what all it says has in common. Pure: the answers come from `harness.twice`.

The report is an object of these keys; shares are in percent, and an interval is one of 95 %, or
null below `FEWEST` pairs:

- `scenario`, `carrier`, `budget`, `recall`, `window`, `seed`, `models`, `judge`, `turns`, `every`:
  what was run; `verifier`: the digest of what counts the bits;
- `complete`, `ended`, `detail`: whether it came to its end, and what ended it;
- `skipped`: turns that were not compared, by why; `failed`: askings without an answer, by what;
- `agreement`: for each of `MEASURES`, of `cc` with everything; of everything with itself asked
  `again`, and `redrawn` with another seed; of `chance`, with the answer to another turn; and
  `lost`, by how much less alike `cc` is to a second asking of everything than everything is:
  each `mean`, `interval`, `pairs`;
- `contradictions`: of the same, the share of pairs with any; `room says as`: of those of `cc`,
  how many times the room's own lines have the value of `full`, of `cc`, of `neither` alone;
- `judged`, where there was a judge: of `cc` and of the `floor` (everything asked again, or
  redrawn) the share that says the `same` and that does `contradict`; its `cost`;
- `cost`: of `cc` and `full` each of `COSTS` in the `middle` and as a `sum`, `estimated`: how
  many of each nobody said; `ratio`: full by cc, of sums; of times, of the middle;
- `means`: sentences on what these figures cannot say;
- `pairs`: each turn with its answers, its likenesses and contradictions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Final

from harness.evaluation.excluding import Conflict, conflicts
from harness.evaluation.judge import Cost, Verdict
from harness.evaluation.measures import ONE, intervals, mean
from harness.evaluation.stems import stems
from harness.evaluation.verifier import Verifier

FEWEST: Final = 5
"""Pairs below which no interval is told: it would only look like one."""

MEASURES: Final = ("stems", "told", "commands", "exact")
"""Of agreement; see `Likeness`."""

COSTS: Final = ("tokens_in", "tokens_out", "sent", "dollars", "first", "seconds")
"""Of an answer; see `Answer`."""

NEAR: Final = 5.0
"""Percent of stems by which everything asked again must be more alike than chance."""

SCRIPTS: Final = "a script says its lines whatever it is told"
SHORT: Final = "all was still told word for word"
BETWEEN: Final = "between those that are"


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
    """A turn that was answered twice, and up to four times."""

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
    """Given the same once more, with the same seed."""
    redrawn: Answer | None = None
    """The same with another seed; where `again` is what `full` is."""
    verdict: Verdict | None = None
    """A judge's, of `cc` and `full`."""
    verdict_floor: Verdict | None = None
    """A judge's, of `full` and the third."""

    @property
    def third(self) -> Answer | None:
        """Another draw of what is said given everything; `None` if there is none."""
        return self.redrawn or self.again


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two answers are, in millionths; -1 where that says nothing."""

    stems: int
    """F1 of their stems: twice those in common, by those of both counted apart."""
    told: int
    """How much of what the other tells is told by the one: see `Likening.told`."""
    commands: int
    """Whether they ask for the same verbs; -1 where neither asks for any."""
    exact: int
    """Whether they are the same, letter by letter, but for space around them."""


@dataclass(slots=True)
class Run:
    """What was done, as far as it was done."""

    about: Mapping[str, Any]
    """`scenario` to `every` of the report."""
    pairs: list[Pair] = field(default_factory=list[Pair])
    said: list[str] = field(default_factory=list[str])
    """All that was said in the room, in order; to tell who is right where two differ."""
    skipped: Counter[str] = field(default_factory=Counter[str])
    """Turns that were not compared, by why."""
    failed: Counter[str] = field(default_factory=Counter[str])
    """Askings without an answer, by what was asked and the error."""
    judge: Cost | None = None
    """What the judge took; `None` without one."""
    ended: str = ""
    """`turns`, or what came before: a reason of `Ending`."""
    detail: str = ""
    complete: bool = False
    """Whether all turns were taken."""


class Likening:
    """Tells how alike answers are. What was counted once is not counted again."""

    def __init__(self, by: Verifier) -> None:
        """Take what counts bits."""
        self._bits = cache(by.begin().bits)

    def alike(self, one: Answer, other: Answer) -> Likeness:
        """Return how alike two answers are; `told` is of what `other` tells."""
        return Likeness(
            f1(stems(one.spoken), stems(other.spoken)),
            self.told(one.spoken, other.spoken),
            ONE * (one.verbs == other.verbs) if one.verbs or other.verbs else -1,
            ONE * (one.text.strip() == other.text.strip()),
        )

    def told(self, one: str, other: str) -> int:
        """Return how much of what `other` tells is told by `one`, in millionths; -1 of nothing.

        By code length: (bits of `other` given nothing - given `one`) / (given nothing - given
        `other` itself), kept within 0 and 1. 0: as if nothing had been said; 1: as if all had.

        Args:
            one: What is given.
            other: What is told.
        """
        given, text = (f"{said.strip()}\n".encode("utf-8", "replace") for said in (one, other))
        if not text.strip():
            return -1
        if given == text:
            return ONE
        nothing, itself = self._bits(b"", text), self._bits(text, text)
        if nothing <= itself:
            return -1
        saved = nothing - self._bits(given, text)
        return min(max(ONE * saved // (nothing - itself), 0), ONE)


def f1(one: frozenset[str], other: frozenset[str]) -> int:
    """Return twice what two sets have in common by the size of both, in millionths.

    That is the harmonic mean of precision and recall. -1 where both are empty.
    """
    both = len(one) + len(other)
    return 2 * ONE * len(one & other) // both if both else -1


def report(run: Run, by: Verifier) -> dict[str, Any]:
    """Return what a run shows; its keys stand at the head of this module.

    Args:
        run: Whole or not.
        by: What counts bits.
    """
    pairs, like = run.pairs, Likening(by)
    others = [_other(pairs, at) for at in range(len(pairs))]
    held = {
        "cc": [(pair.cc, pair.full) for pair in pairs],
        "again": [(pair.again, pair.full) for pair in pairs],
        "redrawn": [(pair.redrawn, pair.full) for pair in pairs],
        "chance": [(other, pair.full) for other, pair in zip(others, pairs, strict=True)],
        "cc to the third": [(pair.cc, pair.third) for pair in pairs],
        "full to the third": [(pair.full, pair.third) for pair in pairs],
    }
    alike: dict[str, list[Likeness | None]] = {name: [] for name in held}
    for at in range(len(pairs)):
        for name, both in held.items():
            one, other = both[at]
            alike[name].append(like.alike(one, other) if one and other else None)
    shown = ("cc", "again", "redrawn", "chance")
    against = {
        name: [
            # By what was said before: the answer itself stands in the room from then on.
            conflicts(one.spoken, full.spoken, run.said[: pair.lines]) if one and full else None
            for (one, full), pair in zip(held[name], pairs, strict=True)
        ]
        for name in shown
    }
    own = [some or [] for some in against["cc"]]
    agreement: dict[str, Any] = {}
    for measure in MEASURES:
        values = {name: _values(some, measure) for name, some in alike.items()}
        agreement[measure] = {name: share(values[name]) for name in shown}
        agreement[measure]["lost"] = _less(
            values["full to the third"], values["cc to the third"]
        )
    found: dict[str, Any] = {
        **run.about,
        "verifier": by.digest,
        "complete": run.complete,
        "ended": run.ended,
        "detail": run.detail,
        "skipped": dict(run.skipped),
        "failed": dict(run.failed),
        "agreement": agreement,
        "contradictions": {
            **{
                name: share(-1 if some is None else ONE * bool(some) for some in against[name])
                for name in shown
            },
            "room says as": {
                side: sum(one.side == side for some in own for one in some)
                for side in ("full", "cc", "neither")
            },
        },
        "cost": cost(pairs),
    }
    if run.judge is not None:
        found["judged"] = {
            "cc": _judged([pair.verdict for pair in pairs]),
            "floor": _judged([pair.verdict_floor for pair in pairs]),
            "cost": asdict(run.judge),
        }
    found["means"] = list(_means(found, pairs))
    found["pairs"] = [
        _told(pair, {name: alike[name][at] for name in shown}, own[at])
        for at, pair in enumerate(pairs)
    ]
    return found


def share(values: Iterable[int]) -> dict[str, Any]:
    """Return the mean of shares in percent, its interval, and of how many; -1 do not count."""
    return _summed([value for value in values if value >= 0])


def cost(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return what both ways took in the turns that were compared, and the one by the other."""
    found: dict[str, Any] = {}
    for side in ("cc", "full"):
        answers: list[Answer] = [getattr(pair, side) for pair in pairs]
        found[side] = {name: _middle(getattr(one, name) for one in answers) for name in COSTS}
        counted = Counter(name for one in answers for name in one.estimated)
        found[side]["estimated"] = dict(counted)
    ratio = found["ratio"] = {}
    for name in COSTS:
        key = "middle" if name in ("first", "seconds") else "sum"
        part, whole = found["cc"][name][key], found["full"][name][key]
        if part and whole:
            ratio[name] = round(whole / part, 3)
    return found


def _other(pairs: Sequence[Pair], at: int) -> Answer | None:
    """Return what `cc` answered to another turn: the last of the same speaker, else any."""
    others = [*pairs[at + 1 :], *pairs[:at]][::-1]
    same = [other for other in others if other.speaker == pairs[at].speaker]
    return next((other.cc for other in (*same, *others)), None)


def _values(some: Sequence[Likeness | None], measure: str) -> list[int]:
    return [-1 if one is None else getattr(one, measure) for one in some]


def _less(more: Sequence[int], less: Sequence[int]) -> dict[str, Any]:
    return _summed([a - b for a, b in zip(more, less, strict=True) if a >= 0 and b >= 0])


def _summed(values: Sequence[int]) -> dict[str, Any]:
    enough = len(values) >= FEWEST
    between = intervals([{"it": value} for value in values], ["it"]) if enough else {}
    return {
        "mean": mean(values) if values else None,
        "interval": list(between["it"]) if between else None,
        "pairs": len(values),
    }


def _judged(verdicts: Sequence[Verdict | None]) -> dict[str, Any]:
    given = [one for one in verdicts if one is not None]
    return {
        "same": share(ONE * one.score for one in given),
        "contradict": share(ONE * one.contradicts for one in given),
    }


def _middle(values: Iterable[float | None]) -> dict[str, Any]:
    known = sorted(value for value in values if value is not None)
    if not known:
        return {"middle": None, "sum": None}
    return {"middle": known[len(known) // 2], "sum": round(sum(known), 6)}


def _means(found: Mapping[str, Any], pairs: Sequence[Pair]) -> Iterable[str]:
    """Yield what a reader must know before believing the figures."""
    if not pairs:
        return
    if len(pairs) < FEWEST:
        yield f"{len(pairs)} pairs are too few to say anything: let more turns be taken"
    agreement = found["agreement"]
    cc, again, redrawn, chance = (
        agreement["stems"][name]["mean"] for name in ("cc", "again", "redrawn", "chance")
    )
    exact = agreement["exact"]["again"]["mean"]
    if exact is None:
        yield "everything was not asked again: how far replies differ by the draw is not known"
    elif exact < 100:
        yield (
            f"asked the same with the same seed, the provider said the same in {exact:.0f} % of"
            " cases: compare `cc` with `again`, not with 100"
        )
    best = again if redrawn is None else redrawn
    if cc is not None and chance is not None and chance >= cc:
        yield (
            "answers to other turns are as alike as those to the same: what is said hardly hangs"
            " on what is told, or not in words that rules can see"
        )
    elif best is not None and chance is not None and best - chance < NEAR:
        yield (
            "everything asked again is hardly more alike than answers to other turns: there is"
            " next to nothing here that memory could lose"
        )
    answers = [answer for pair in pairs for answer in (pair.cc, pair.full)]
    if any(answer.estimated for answer in answers):
        yield "some figures of cost the provider did not say: they are worked out"
    if any(answer.dollars is None for answer in answers):
        yield "of some answers no price is known: they are in no sum, and count to no budget"
    if cut := sum(answer.cut for answer in answers):
        yield f"{cut} of {len(answers)} answers were cut off at the most tokens one may have"


def _told(
    pair: Pair, alike: Mapping[str, Likeness | None], against: Sequence[Conflict]
) -> dict[str, Any]:
    return {
        **asdict(pair),
        "likeness": {
            name: {measure: _percent(value) for measure, value in asdict(one).items()}
            for name, one in alike.items()
            if one is not None
        },
        "contradictions": [asdict(one) for one in against],
    }


def _percent(value: int) -> float | None:
    return round(value * 100 / ONE, 2) if value >= 0 else None
