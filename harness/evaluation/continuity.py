"""Runs every way of being given the past over every case; a row each.

A job is one way over one talk: its past is folded and indexed once, as it goes on, and what is
given to many cases alike is read by the verifier once. Jobs depend on nothing but themselves,
so any number of processes and machines measure the same rows, to the bit.
"""

import resource
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from hashlib import sha256
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from time import process_time_ns
from typing import Any, Final

from harness.evaluation.accounting import connections, watch
from harness.evaluation.cases import Case
from harness.evaluation.contexts import (
    BROKEN,
    TOKEN,
    UNBOUNDED,
    WAYS,
    Given,
    Past,
    Pasts,
    spoilt,
    told,
)
from harness.evaluation.measures import ONE
from harness.evaluation.rows import Key, Row, Run
from harness.evaluation.stems import first, share, standing, stems
from harness.evaluation.talks import Dataset, Line, Slot, Talk
from harness.evaluation.verifier import Stand, Verifier, prime, verifier
from memory.cc.base import Carrier
from memory.cc.carriers import carrier

BUDGETS: Final = (512, 1024, 2048, 4096)
"""Tokens of four bytes."""

DEFAULT: Final = tuple(way for way in WAYS if not way.startswith("state"))
"""Ways that are measured if none are named; the byte model takes long to read."""

PARTS: Final = 20
"""Into how many stretches the times of folding are told."""

_DECIDES: Final = (
    "cases", "contexts", "continuity", "datasets", "logs", "ours", "probes", "stems", "streams", "talks",
)  # fmt: skip
"""Modules beside this one that decide what is given; a verifier has a digest of its own."""

_NOT_TRUE: Final = frozenset({"none", "wrong", "wrong2", "summary", "observation"})
"""Ways whose lines are not this conversation's: under which name they are says nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """One way over one talk."""

    talk: Talk
    others: tuple[Talk, ...]
    method: str
    budgets: tuple[int, ...]
    """Tokens."""
    cases: tuple[Case, ...]
    """In the order of what is past in them."""
    verifier: str
    done: frozenset[Key] = frozenset()
    """Rows that are there."""

    @property
    def rows(self) -> int:
        """How many are to be measured."""
        return sum(
            key not in self.done
            for case in self.cases
            for budget in self.heeded
            if (key := self.key(case, budget))
        )

    @property
    def heeded(self) -> tuple[int, ...]:
        """The budgets that this way is tried at; one is enough for what is broken."""
        if self.method in UNBOUNDED:
            return (0,)
        if self.method in BROKEN:
            return self.budgets[:-1][-1:] if len(self.budgets) < 3 else self.budgets[1:2]
        return self.budgets

    def key(self, case: Case, budget: int) -> Key:
        """Return the key of a row."""
        return (case.kind, self.talk.name, case.name, self.method, budget, self.verifier)


def jobs(
    dataset: Dataset,
    cases: Mapping[str, Sequence[Case]],
    methods: Sequence[str],
    budgets: Sequence[int] = BUDGETS,
    *,
    by: str = "mixer",
    done: frozenset[Key] = frozenset(),
) -> list[Job]:
    """Return what is to be measured.

    Args:
        dataset: The conversations.
        cases: Of each talk, by its name.
        methods: Keys of `WAYS`.
        budgets: Tokens.
        by: `mixer` or `model`.
        done: Rows that are there.
    """
    made: list[Job] = []
    for at, talk in enumerate(dataset.talks):
        others = [*(dataset.beside or (*dataset.talks[at + 1 :], *dataset.talks[:at]))]
        if len(others) < 2:
            others += primed()
        for method in methods:
            fit = tuple(case for case in cases.get(talk.name, ()) if _asks(method, talk, case))
            job = Job(talk, tuple(others[:4]), method, tuple(budgets), fit, by, done)
            if job.rows:
                made.append(job)
    return made


def shard(cases: Mapping[str, Sequence[Case]], part: int, parts: int) -> dict[str, list[Case]]:
    """Return the cases of one shard: of all, in order, one stretch of `parts` equal ones.

    Args:
        cases: Of each talk, by its name.
        part: Which, from 1.
        parts: How many there are.
    """
    flat = [(name, case) for name, some in cases.items() for case in some]
    mine = flat[len(flat) * (part - 1) // parts : len(flat) * part // parts]
    kept: dict[str, list[Case]] = {name: [] for name in cases}
    for name, case in mine:
        kept[name].append(case)
    return kept


def run(
    todo: Sequence[Job],
    into: Run,
    processes: int = 1,
    progress: Callable[[str, int], None] | None = None,
) -> None:
    """Do all jobs and keep their rows.

    Args:
        todo: From `jobs`.
        into: The run, begun.
        processes: How many work at once.
        progress: Told the way and how many rows more there are.

    Raises:
        NotPossible: The disk says no.
        NoVerifier: There is none of that name, or no byte model for it.
    """
    if processes == 1:
        for job in todo:
            for rows, times in measure(job):
                into.add(rows, times)
                if progress is not None:
                    progress(job.method, len(rows))
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            for job, (rows, times) in zip(todo, pool.map(_whole, todo), strict=True):
                into.add(rows, times)
                if progress is not None:
                    progress(job.method, len(rows))
    into.close()


def _whole(job: Job) -> tuple[list[Row], list[dict[str, Any]]]:
    rows: list[Row] = []
    times: list[dict[str, Any]] = []
    for some, took in measure(job):
        rows += some
        times += took
    return rows, times


def measure(job: Job) -> Generator[tuple[list[Row], list[dict[str, Any]]]]:
    """Yield rows and times of a job, those of one place of the talk together.

    Raises:
        NoVerifier: There is none of that name, or no byte model for it.
    """
    watch()
    by = _verifier(job.verifier)
    way = WAYS[job.method]
    pasts = Pasts(
        Past(spoilt(job.method, job.talk, job.others), _carrier),
        [[told(line) for line in other.lines] for other in job.others],
    )
    reading = _Reading(by)
    for upto, some in groupby(job.cases, key=lambda case: case.asked.upto):
        here = list(some)
        pasts.past.go(upto)
        rows: list[Row] = []
        times: list[dict[str, Any]] = []
        for budget in job.heeded:
            left = [case for case in here if job.key(case, budget) not in job.done]
            given: list[tuple[Given, Case]] = []
            for case in left:
                # Folding happens when it is first asked for, and is told apart.
                started = process_time_ns() - pasts.past.folding
                given.append((way(pasts, case.asked, budget * TOKEN), case))
                took = process_time_ns() - pasts.past.folding - started
                times.append(_timed(job, budget, "give", turn=upto, ms=round(took / 1e6, 3)))
            # What is given to several stands beside itself, and is read once.
            given.sort(key=lambda one: one[0].shared)
            for one, case in given:
                stand = reading.stand(one.shared)
                bits = stand.read(one.own) if one.own else stand
                rows.append(_row(job, case, budget, one, bits))
        yield rows, times
    folds = [
        _timed(job, size, "fold", carrier=name, turn=turn, ms=ms)
        for (name, size), took in pasts.past.fold_times.items()
        for turn, ms in _stretches(took)
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield [], [*folds, _timed(job, 0, "memory", peak=peak << 10, calls=connections())]


class _Reading:
    """Reads what is shared once: what begins as the last did goes on from there."""

    def __init__(self, by: Verifier) -> None:
        self._begun = by.begin()
        self._last = b""
        self._stand: Stand = self._begun

    def stand(self, shared: bytes) -> Stand:
        if not shared.startswith(self._last):
            self._last, self._stand = b"", self._begun
        if rest := shared[len(self._last) :]:
            self._stand = self._stand.read(rest)
            self._last = shared
        return self._stand


def _row(job: Job, case: Case, budget: int, given: Given, stand: Stand) -> Row:
    bits = stand.bits(case.before, case.text)
    right = -1
    if case.others:
        right = int(all(bits < stand.bits(case.before, other) for other in case.others))
    lines = given.whole.split(b"\n")
    truly = -1
    if job.method not in _NOT_TRUE:
        truly = attributed(lines, job.talk)
    return Row(
        kind=case.kind,
        talk=job.talk.name,
        case=case.name,
        method=job.method,
        budget=budget,
        verifier=job.verifier,
        bits=bits,
        length=len(case.text),
        given=len(given.whole),
        stems=held(case.answer, lines) if case.answer else -1,
        truly=truly,
        right=right,
        **changed(case.slot, given),
        category=case.category,
        turn=case.asked.upto,
        folds=case.folds,
        edge=case.edge,
        surprise=case.surprise,
        speaker=case.speaker,
    )


def held(answer: str, lines: Sequence[bytes]) -> int:
    """Return the share of the answer's stems that stand in `lines`, in millionths.

    -1 for an answer without a word that tells something.
    """
    return share(stems(answer), frozenset[str]().union(*map(_stems, lines)))


def changed(slot: Slot | None, given: Given) -> dict[str, int]:
    """Return how something that had several values stands in what is given, as a row has it."""
    if slot is None:
        return {}
    there = standing(slot, given.whole.decode("utf-8", "replace"))
    told = {"newest": int(there.newest), "older": there.older, "last": int(there.last)}
    if given.ranked is not None:
        told["first"] = int(first(slot, given.ranked))
    return told


def attributed(lines: Sequence[bytes], talk: Talk) -> int:
    """Return the share of words that stand under the name that said them, in millionths.

    Words that several have said tell nothing and do not count; words that nobody said are
    under no name. -1 where no word counts.
    """
    said = _owners(talk.lines)
    right = whole = 0
    for line in lines:
        name, _, text = line.partition(b": ")
        for stem in _stems(text or name):
            owner = said.get(stem, b"")
            if owner is not None:
                whole += 1
                right += owner == name
    return ONE * right // whole if whole else -1


def _stems(line: bytes) -> frozenset[str]:
    return stems(line.decode("utf-8", "replace"))


@lru_cache(maxsize=4)
def _owners(lines: tuple[Line, ...]) -> dict[str, bytes | None]:
    """Return who said each stem, `None` for what several did."""
    owners: dict[str, bytes | None] = {}
    for line in lines:
        name = line.name.encode()
        for stem in _stems(line.utterance.text.encode("utf-8", "replace")):
            owners[stem] = name if owners.get(stem, name) == name else None
    return owners


@cache
def _verifier(name: str) -> Verifier:
    return verifier(name)


def _carrier(name: str, budget: int) -> Carrier:
    if name != "state":
        return carrier(name, budget)
    from memory.cc.reading import Follower  # noqa: PLC0415 - NumPy comes with it
    from memory.cc.state import State  # noqa: PLC0415
    from memory.models.choice import opened  # noqa: PLC0415
    from memory.models.shipping import shipped  # noqa: PLC0415

    path = shipped()
    if path is None:
        raise ValueError("state without a byte model")
    return State(budget, Follower(opened(path).guesser()))


def _asks(method: str, talk: Talk, case: Case) -> bool:
    """Whether that way is one for that case."""
    match method:
        case "oracle":
            return bool(case.asked.evidence)
        case "summary":
            return bool(talk.summaries)
        case "observation":
            return bool(talk.observations)
        case _:
            return True


def _timed(job: Job, budget: int, what: str, **more: Any) -> dict[str, Any]:
    whose = {"talk": job.talk.name, "method": job.method, "budget": budget}
    return {**whose, "what": what, **more}


def _stretches(took: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Yield the middle time in ms of each of `PARTS` stretches, with its last turn."""
    for part in range(PARTS):
        first, last = len(took) * part // PARTS, len(took) * (part + 1) // PARTS
        if first < last:
            some = sorted(took[first:last])
            yield last, round(some[len(some) // 2] / 1e6, 3)


@cache
def primed() -> tuple[Talk, ...]:
    """Return the talk that every verifier has read, from either end: the zero of a lone room."""
    lines: list[Line] = []
    ids: dict[str, str] = {}
    for one in prime().decode().splitlines():
        name, _, words_ = one.partition(": ")
        if not words_ or name in {"Question", "Answer"}:
            continue
        author = ids.setdefault(name, f"AI-{len(ids) + 1}")
        lines.append(Line(len(lines), author, name, words_))
    half = len(lines) // 2
    names = {author: (name,) for name, author in ids.items()}
    return tuple(
        Talk(
            f"prime {number}",
            tuple(replace(line, place=at) for at, line in enumerate(some)),
            (),
            names,
        )
        for number, some in enumerate((lines, lines[half:] + lines[:half]), 1)
    )


def code() -> str:
    """Return the SHA-256 of what of enfold decides what is given and how it is counted."""
    root = Path(__file__).parents[2]
    files = [Path(__file__).with_name(f"{name}.py") for name in _DECIDES]
    for folder in ("memory/cc", "memory/index"):
        files += sorted((root / folder).glob("*.py"))
    whole = sha256()
    files += [root / "memory" / "delaminate.py", root / "harness" / "recollection.py"]
    for file in files:
        whole.update(f"{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes())
    return whole.hexdigest()
