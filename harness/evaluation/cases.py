"""What a memory is tried by: answers to questions, the next turns, and words that were said.

A case says how much of a talk is past, by what the past is asked, and what must then be told
with few bits. Which are drawn is decided by a hash, so that a larger sample has the smaller one
in it and every machine draws the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from harness.evaluation import probes
from harness.evaluation.contexts import Asked, told
from harness.evaluation.ours import laminae
from harness.evaluation.talks import Dataset, Slot, Talk

SEED: Final = 6
"""Of the sample."""
NEXT: Final = 5
"""Turns that are told after the first of a sitting."""
LEAST: Final = 8
"""Lines that must be past before anything is asked."""
_EDGE: Final = 2
"""Lines from either end of a sitting that are its edge."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a memory is tried by."""

    kind: str
    """`answer`, `next` or `probe`."""
    name: str
    """Of that kind in its talk."""
    asked: Asked
    before: bytes
    """What is told between the context and what counts."""
    text: bytes
    """What counts."""
    others: tuple[bytes, ...] = ()
    """Words that could have stood there instead of a probe's."""
    category: str = ""
    answer: str = ""
    """Whose stems are looked for in what is given; empty for none."""
    slot: Slot | None = None
    """What had several values, if the answer is the newest of them."""
    edge: int = -1
    surprise: int = -1
    speaker: str = ""

    @property
    def folds(self) -> int:
        """Lines since the evidence, -1 without."""
        evidence = self.asked.evidence
        return self.asked.upto - evidence[0] if evidence else -1


def drawn(
    dataset: Dataset, answers: int, starts: int, words: int, seed: int = SEED
) -> dict[str, list[Case]]:
    """Return the cases of each talk by its name, in the order in which they are tried.

    Args:
        dataset: The conversations.
        answers: How many questions are asked at most, of all; likewise the next two.
        starts: How many sittings are gone on with.
        words: How many words of old lines are asked for.
        seed: Of the sample.
    """
    kept: dict[str, list[Case]] = {talk.name: [] for talk in dataset.talks}
    for made, most in ((_answers, answers), (_starts, starts), (_probes, words)):
        every = [
            (lot, talk.name, case)
            for talk in (dataset.talks if most else ())
            for lot, case in _in_turn(seed, talk, made(talk))
        ]
        for _, name, case in sorted(every, key=lambda one: one[0])[:most]:
            kept[name].append(case)
    for talk in dataset.talks:
        cases = sorted(
            kept[talk.name],
            key=lambda case: (case.asked.upto, case.kind, case.asked.number),
        )
        kept[talk.name] = _surprising(talk, cases)
    return kept


def _in_turn(seed: int, talk: Talk, cases: Iterable[Case]) -> list[tuple[bytes, Case]]:
    """Return cases of a kind with their lots, numbered in the order in which they are drawn.

    So in a sample of any size the wrong conversations take turns evenly, and all zeros are of
    the same mixture.
    """
    lots = sorted((_lot(seed, talk.name, case), at, case) for at, case in enumerate(cases))
    return [
        (lot, replace(case, asked=replace(case.asked, number=number)))
        for number, (lot, _, case) in enumerate(lots)
    ]


def _lot(seed: int, talk: str, case: Case) -> bytes:
    return blake2b(f"{seed}\0{talk}\0{case.kind}\0{case.name}".encode()).digest()


def _answers(talk: Talk) -> Iterable[Case]:
    upto = len(talk.lines)
    for number, question in enumerate(talk.questions):
        answer = " ".join(question.answer.split())
        if not answer or upto < LEAST:
            continue
        first = (question.source or question.evidence)[0]
        yield Case(
            "answer",
            str(number),
            Asked(upto, question.text, number, question.evidence),
            f"Question: {' '.join(question.text.split())}\nAnswer: ".encode(),
            f"{answer}\n".encode(),
            category=question.category,
            answer=answer,
            slot=question.slot,
            edge=_edge(talk, first),
            speaker=talk.lines[first].author,
        )


def _starts(talk: Talk) -> Iterable[Case]:
    for number, (first, last) in enumerate(laminae(talk)):
        rest = talk.lines[first + 1 : min(first + 1 + NEXT, last + 1)]
        if first < LEAST or len(rest) < NEXT:
            continue
        speaker = rest[0].author
        words = talk.lines[first].utterance.text
        yield Case(
            "next",
            str(first),
            Asked(first, words, number, speaker=speaker),
            told(talk.lines[first]),
            b"".join(map(told, rest)),
            speaker=speaker,
        )


def _probes(talk: Talk) -> Iterable[Case]:
    """Yield lines that are told up to what is asked for."""
    upto = len(talk.lines)
    if upto < LEAST:
        return
    called = [name for names in talk.names.values() for name in names]
    for number, probe in enumerate(probes.made(talk.lines, called)):
        yield Case(
            "probe",
            probe.name,
            Asked(upto, probe.before.partition(": ")[2], number, (probe.place,)),
            probe.before.encode("utf-8", "replace"),
            f"{probe.value} ".encode("utf-8", "replace"),
            tuple(f"{other} ".encode("utf-8", "replace") for other in probe.others),
            category=probe.kind,
            answer=probe.value,
            edge=_edge(talk, probe.place),
            speaker=probe.author,
        )


def _edge(talk: Talk, place: int) -> int:
    span = next((span for span in talk.spans if span[0] <= place <= span[1]), None)
    if span is None:
        return -1
    return int(min(place - span[0], span[1] - place) < _EDGE)


def _surprising(talk: Talk, cases: Sequence[Case]) -> list[Case]:
    """Return the cases, each with the quarter that its line is in by what it told.

    That is its bits a byte, all before it known.
    """
    if all(case.kind == "next" for case in cases):
        return list(cases)
    from memory.codec.mixing import mixer  # noqa: PLC0415 - NumPy comes with it

    reading = mixer(guided=False)
    reading.begin(b"")
    worth: list[tuple[int, int]] = []
    for line in talk.lines:
        text = told(line)
        worth.append((reading.weigh(text) // max(len(text), 1), line.place))
    quarters = [0] * len(talk.lines)
    for rank, (_, place) in enumerate(sorted(worth)):
        quarters[place] = 4 * rank // len(worth)
    return [
        case
        if case.kind == "next"
        else replace(case, surprise=quarters[case.asked.evidence[0]])
        for case in cases
    ]
