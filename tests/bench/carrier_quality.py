"""How many answers survive in cc, by carrier and budget: `python -m tests.bench.carrier_quality`.

A question counts as a hit if at least 80 % of the content words of its answer, of those
that occur in the lines that are its evidence, are still there in what cc kept *of those
lines*. That is retention with provenance; it does not say that a model would answer right.
The data is not part of the project: LoCoMo (development half, single- and multi-hop),
FriendsQA (the scenes of a season as one room) and QMSum (specific questions) are read
from `../shared/data`.
"""

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from memory.cc.base import CC, Turn, Utterance
from memory.cc.baselines import Window
from memory.cc.code import line, parse
from memory.cc.reading import Follower
from memory.cc.state import State
from memory.cc.telegraph import telegraph
from memory.cc.text import Text
from memory.cc.units import Unit, cut
from memory.cc.worth import STOP, read
from memory.models.choice import opened
from memory.models.shipping import MISSING, shipped

DATA: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data"

_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Question:
    """What the answer needs, and where it was said."""

    words: frozenset[str]
    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation and what is asked about it."""

    utterances: tuple[Utterance, ...]
    questions: tuple[Question, ...]

    @property
    def bytes(self) -> int:
        """Of what was said, UTF-8."""
        return sum(len(said.text.encode()) for said in self.utterances)


def words(text: str) -> frozenset[str]:
    """Return the content words of `text`."""
    found = (word.replace("’", "'").casefold() for word in _WORD.findall(text))
    return frozenset(word for word in found if word not in STOP)


def talk(said: Iterable[tuple[str, str]], asked: Iterable[tuple[str, Iterable[int]]]) -> Talk:
    """Build a conversation of (speaker, text), and questions of (answer, places)."""
    ids: dict[str, str] = {}
    utterances = tuple(
        Utterance(place, ids.setdefault(who, f"AI-{len(ids) + 1}"), text)
        for place, (who, text) in enumerate(said)
    )
    questions: list[Question] = []
    for answer, evidence in asked:
        places = frozenset(evidence)
        there = frozenset[str]().union(*(words(utterances[place].text) for place in places))
        if needed := words(answer) & there:
            questions.append(Question(needed, places))
    return Talk(utterances, tuple(questions))


def locomo() -> Iterator[Talk]:
    """Yield the development conversations of LoCoMo with their questions of fact."""
    for sample in json.loads((DATA / "locomo" / "locomo_dev.json").read_text()):
        conversation: dict[str, Any] = sample["conversation"]
        said: list[tuple[str, str]] = []
        places: dict[str, int] = {}
        session = 1
        while turns := conversation.get(f"session_{session}"):
            for turn in turns:
                places[turn["dia_id"]] = len(said)
                said.append((turn["speaker"], turn["text"]))
            session += 1
        asked = [
            (
                str(question["answer"]),
                [
                    places[piece]
                    for evidence in question["evidence"]
                    for piece in re.split(r"[;, ]+", evidence)
                    if piece in places
                ],
            )
            for question in sample["qa"]
            if question["category"] in {1, 4}
        ]
        yield talk(said, asked)


def friends() -> Iterator[Talk]:
    """Yield the seasons of FriendsQA, their scenes one after another."""
    data: list[dict[str, Any]] = json.loads(
        (DATA / "friendsqa" / "friendsqa_dev.json").read_text()
    )["data"]

    def season(scene: dict[str, Any]) -> str:
        return str(scene["title"])[:3]

    for _, scenes in groupby(sorted(data, key=season), key=season):
        said: list[tuple[str, str]] = []
        asked: list[tuple[str, list[int]]] = []
        for scene in scenes:
            for paragraph in scene["paragraphs"]:
                start = len(said)
                said += [
                    (" & ".join(one["speakers"]), one["utterance"])
                    for one in paragraph["utterances:"]
                ]
                asked += [
                    (answer["answer_text"], [start + answer["utterance_id"]])
                    for question in paragraph["qas"]
                    for answer in question["answers"][:1]
                    if not answer["is_speaker"]
                ]
        yield talk(said, asked)


def meetings() -> Iterator[Talk]:
    """Yield the meetings of QMSum with their specific questions."""
    for text in (DATA / "qmsum" / "val.jsonl").read_text().splitlines():
        meeting = json.loads(text)
        said = [(one["speaker"], one["content"]) for one in meeting["meeting_transcripts"]]
        asked = [
            (
                query["answer"],
                [
                    place
                    for first, last in query["relevant_text_span"]
                    for place in range(int(first), min(int(last) + 1, len(said)))
                ],
            )
            for query in meeting["specific_query_list"]
        ]
        yield talk(said, asked)


DATASETS: Final = {"locomo": locomo, "friends": friends, "qmsum": meetings}


def folded(carrier: Text | Window | State, talk: Talk, times: list[float]) -> bytes:
    """Fold every line of `talk` as a turn and return the last code."""
    cc = CC(carrier.name)
    for said in talk.utterances:
        started = time.process_time()
        cc = carrier.fold(cc, Turn(said.place, said.place, (said,)))
        times.append(time.process_time() - started)
    return cc.code


def text(talk: Talk, budget: int, times: list[float]) -> list[Unit]:
    """Keep what the `text` carrier keeps."""
    return parse(folded(Text(budget), talk, times))


def recency(talk: Talk, budget: int, times: list[float]) -> list[Unit]:
    """Keep what the `window` carrier keeps: the last lines."""
    kept = folded(Window(budget), talk, times).decode().splitlines()
    last = talk.utterances[-len(kept) :]
    return [Unit(said.place, said.author, line) for said, line in zip(last, kept, strict=True)]


def state(talk: Talk, budget: int, times: list[float]) -> list[Unit]:
    """Keep what the `state` carrier keeps in words; the byte model reads in this process."""
    path = shipped()
    if path is None:
        sys.exit(MISSING)
    carrier = State(budget, Follower(opened(path).guesser()))
    code = folded(carrier, talk, times)
    # What a unit was worth stands before its line.
    return [
        unit
        for whole in code.splitlines(keepends=True)
        for unit in parse(whole.partition(b" ")[2])
    ]


def _chosen(units: list[Unit], order: Callable[[Unit], Any], budget: int) -> list[Unit]:
    kept: list[Unit] = []
    for unit in sorted(units, key=order):
        budget -= len(line(unit))
        if budget < 0:
            break
        kept.append(unit)
    return kept


def _units(talk: Talk) -> list[Unit]:
    return [
        Unit(unit.place, unit.author, telegraph(unit.text))
        for said in talk.utterances
        for unit in cut(said)
    ]


def chance(talk: Talk, budget: int, _: list[float]) -> list[Unit]:
    """Keep units at random: what units alone are good for."""
    dice = random.Random(budget)
    return _chosen(_units(talk), lambda _: dice.random(), budget)


def features(talk: Talk, budget: int, _: list[float]) -> list[Unit]:
    """Keep units by the kind of thing they say, every content word telling the same."""

    def value(unit: Unit) -> float:
        reading = read(unit.text)
        return -len(set(reading.words)) * reading.kind / len(line(unit))

    return _chosen(_units(talk), value, budget)


METHODS: Final[dict[str, Callable[[Talk, int, list[float]], list[Unit]]]] = {
    "text": text,
    "state": state,
    "features": features,
    "chance": chance,
    "recency": recency,
}


def retained(talk: Talk, kept: Iterable[Unit]) -> list[float]:
    """Return for each question the share of its words that is left in its places."""
    there: dict[int, frozenset[str]] = {}
    for unit in kept:
        there[unit.place] = there.get(unit.place, frozenset()) | words(unit.text)
    return [
        len(
            question.words
            & frozenset[str]().union(*(there.get(p, frozenset()) for p in question.places))
        )
        / len(question.words)
        for question in talk.questions
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How many answers survive in cc.")
    parser.add_argument("--data", choices=[*DATASETS, "all"], default="all")
    parser.add_argument("--budgets", type=int, nargs="+", default=[1024, 2048, 4096, 8192])
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=list(METHODS),
        default=[name for name in METHODS if name != "state" or shipped()],
    )
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"no data at {DATA}")
    for name in DATASETS if options.data == "all" else [options.data]:
        talks = list(DATASETS[name]())
        asked = sum(len(talk.questions) for talk in talks)
        size = sum(talk.bytes for talk in talks) / len(talks) / 1000
        print(f"\n{name}: {len(talks)} rooms of {size:.1f} kB, {asked} questions")
        print("hits % (share of words left %)")
        print(f"{'':10}" + "".join(f"{budget:>16,}" for budget in options.budgets))
        for method in options.methods:
            row = f"{method:10}"
            times: list[float] = []
            for budget in options.budgets:
                shares = [
                    share
                    for talk in talks
                    for share in retained(talk, METHODS[method](talk, budget, times))
                ]
                hits = 100 * sum(share >= 0.8 for share in shares) / len(shares)
                row += f"{hits:9.1f} ({100 * sum(shares) / len(shares):4.1f})"
            if times:
                times.sort()
                middle, most = times[len(times) // 2], times[len(times) * 99 // 100]
                row += f"   fold {1000 * middle:.1f} ms, p99 {1000 * most:.1f}"
            print(row, flush=True)


if __name__ == "__main__":
    main()
