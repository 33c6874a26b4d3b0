"""What is given keeps to its budget, what is measured is the same from anybody, in any order."""

import os
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import NotPossible
from harness.evaluation import continuity, streams
from harness.evaluation.accounting import costs, kept
from harness.evaluation.cases import Case, drawn
from harness.evaluation.contexts import (
    BROKEN,
    TOKEN,
    UNBOUNDED,
    WAYS,
    Asked,
    Past,
    Pasts,
    newest,
    spoilt,
    told,
)
from harness.evaluation.continuity import attributed, held, jobs, primed, shard
from harness.evaluation.logs import rooms, talk
from harness.evaluation.measures import ONE
from harness.evaluation.rows import MANIFEST, ROWS, Manifest, Row, Run, merge, read
from harness.evaluation.talks import Dataset, Line, Question, Talk
from memory.cc.carriers import carrier
from memory.models.shipping import shipped
from transcripts.events import Entry, Joined, Opened, Spoke
from transcripts.participants import Participant

REPO = Path(__file__).parents[2]
THINGS = [
    "lantern",
    "kettle",
    "rudder",
    "ledger",
    "compass",
    "barrel",
    "anchor",
    "candle",
    "hammer",
    "blanket",
]
SPOTS = [
    "cellar",
    "attic",
    "harbour",
    "chapel",
    "orchard",
    "bakery",
    "stable",
    "tower",
    "cabin",
    "quarry",
]
MANIFEST_ = Manifest(dataset="made", data="d", code="c", seed=6, verifiers={"mixer": "v"})
FEW = ("none", "wrong", "text+recall")


def made(name: str, seed: int, count: int = 48) -> Talk:
    """A talk in which things are put somewhere, and asked for."""
    dice = Random(seed)
    lines: list[Line] = []
    questions: list[Question] = []
    for place in range(count):
        thing, spot = dice.choice(THINGS), dice.choice(SPOTS)
        who = place % 2
        text = f"{name} and I have put the {thing} number {place} into the old {spot} today."
        lines.append(Line(place, f"AI-{who + 1}", ("Ada", "Bo")[who], text))
        if place % 8 == 3:
            asked = f"Where is the {thing} number {place}?"
            questions.append(Question(asked, f"in the old {spot}", (place,), "words"))
    spans = tuple((first, first + 11) for first in range(0, count, 12))
    names = {"AI-1": ("Ada",), "AI-2": ("Bo",)}
    return Talk(name, tuple(lines), tuple(questions), names, spans)


SET = Dataset("made", tuple(made(name, at) for at, name in enumerate(("Cleo", "Dov", "Esme"))))


def pasts(method: str = "text") -> Pasts:
    one, *others = SET.talks
    return Pasts(
        Past(spoilt(method, one, others), carrier),
        [[told(line) for line in other.lines] for other in others],
    )


def measured(folder: Path, cases: dict[str, list[Case]], methods: tuple[str, ...] = FEW) -> Run:
    into = Run(folder)
    into.begin(MANIFEST_)
    done = frozenset(into.rows)
    continuity.run(jobs(SET, cases, methods, (64, 128), done=done), into)
    return into


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=8), st.integers(0, 60)
)
def test_the_newest_lines_are_whole_and_fit(texts: list[str], budget: int) -> None:
    lines = [f"{' '.join(text.split())}\n".encode() for text in texts]
    some = newest(lines, budget)
    assert sum(map(len, some)) <= budget
    if len(some) != 1:
        assert some == lines[len(lines) - len(some) :]
    else:
        assert lines[-1].endswith(some[0])


@pytest.mark.parametrize("method", [way for way in WAYS if not way.startswith("state")])
def test_what_is_given_keeps_to_its_budget(method: str) -> None:
    these = pasts(method)
    asked = Asked(40, "Where is the ledger number 11?", 1, (11,), "AI-1")
    these.past.go(40)
    whole = WAYS[method](these, asked, 64 * TOKEN).whole
    assert method in UNBOUNDED or len(whole) <= 64 * TOKEN
    assert whole == WAYS[method](these, asked, 64 * TOKEN).whole


def test_nothing_is_given_of_what_has_not_been_said_yet() -> None:
    for method in ("full", "shuffled", "window", "recall", "text", "text+recall"):
        these = pasts(method)
        these.past.go(20)
        given_ = WAYS[method](these, Asked(20, "number 30"), 4096).whole
        assert given_
        assert b"number 30" not in given_
        assert b"number 19" in given_


def test_a_past_does_not_go_back() -> None:
    past = Past(SET.talks[0], carrier)
    past.go(5)
    with pytest.raises(ValueError, match="line 4"):
        past.go(4)


def test_ours_tells_what_is_asked_for_and_no_line_twice() -> None:
    lines = list(SET.talks[0].lines)
    lines[5] = replace(lines[5], text="I saw a heron sleeping in the belfry.")
    past = Past(replace(SET.talks[0], lines=tuple(lines)), carrier)
    past.go(48)
    way = WAYS["text+recall"](Pasts(past, []), Asked(48, "Who saw the heron?"), 256 * TOKEN)
    # From cc without its articles, or word for word: not both.
    assert len(re.findall(rb"Bo: I saw (?:a )?heron sleeping", way.whole)) == 1
    known = {line.rstrip() for line in past.lines}
    whole = [line for line in way.whole.split(b"\n") if line in known]
    assert len(whole) == len(set(whole)) > 5


def test_what_a_passage_leaves_that_is_told_anyway_goes_to_lines_before() -> None:
    one = SET.talks[0]
    # All that is found lies right before the newest lines, and is told with them.
    lines = [
        replace(line, text=f"{line.text} Of the heron." if line.place > 40 else line.text)
        for line in one.lines
    ]
    past = Past(replace(one, lines=tuple(lines)), carrier)
    past.go(48)
    budget = 300 * TOKEN
    whole = WAYS["text+recall"](Pasts(past, []), Asked(48, "the heron"), budget).whole
    assert budget - max(map(len, past.lines)) < len(whole) <= budget


def test_a_past_that_fits_is_told_as_it_was() -> None:
    these = pasts()
    these.past.go(48)
    asked = Asked(48, "the ledger")
    assert WAYS["text+recall"](these, asked, 1 << 16) == WAYS["full"](these, asked, 0)


def test_the_broken_are_broken_as_their_names_say() -> None:
    one, *others = SET.talks
    third = spoilt("drops every third", one, others)
    assert [bool(told(line)) for line in third.lines[:6]] == [True, True, False] * 2
    scrambled = spoilt("scrambled speakers", one, others)
    assert [line.text for line in scrambled.lines] == [line.text for line in one.lines]
    assert {line.author for line in scrambled.lines} == {"AI-1", "AI-2"}
    assert scrambled.lines != one.lines
    assert spoilt("wrong room", one, others).lines[7].text == others[0].lines[7].text
    assert spoilt("text", one, others) is one


def test_a_larger_sample_has_the_smaller_one_in_it() -> None:
    small, large = drawn(SET, 4, 2, 3), drawn(SET, 9, 6, 30)
    for name, cases in small.items():
        assert {(case.kind, case.name) for case in cases} <= {
            (case.kind, case.name) for case in large[name]
        }
    assert sum(map(len, small.values())) == 9


def test_every_case_asks_for_what_was_said_or_comes_next() -> None:
    for one in SET.talks:
        for case in drawn(SET, 100, 100, 100)[one.name]:
            upto = case.asked.upto
            match case.kind:
                case "next":
                    after = b"".join(map(told, one.lines[upto : upto + 6]))
                    assert after == case.before + case.text
                case "probe":
                    line = told(one.lines[case.asked.evidence[0]])
                    assert line.startswith(case.before + case.text.rstrip())
                    assert len(set(case.others)) >= 3
                    assert case.text not in case.others
                case _:
                    assert case.text.endswith(b"\n")


def test_shards_are_all_cases_once() -> None:
    cases = drawn(SET, 10, 5, 5)
    flat = [(name, case.kind, case.name) for name, some in cases.items() for case in some]
    parts = [
        (name, case.kind, case.name)
        for part in (1, 2, 3)
        for name, some in shard(cases, part, 3).items()
        for case in some
    ]
    assert parts == flat


def test_stems_and_names_are_counted() -> None:
    one = SET.talks[0]
    lines = [b"Ada: the lantern", b"Bo: nothing of it"]
    assert held("the lanterns", lines) == ONE
    assert held("lantern, anchor", lines) == ONE // 2
    assert held("the", lines) == -1
    ours = told(one.lines[5]).rstrip()
    assert attributed([ours], one) == ONE
    assert attributed([b"Ada: zzzqx gibber"], one) == 0
    assert attributed([b""], one) == -1


def test_a_run_that_was_cut_short_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    cases = drawn(SET, 2, 1, 1)
    whole = measured(tmp_path / "whole", cases)
    expected = (tmp_path / "whole" / ROWS).read_bytes()
    cut = tmp_path / "cut"
    measured(cut, cases)
    # As a kill leaves it: some rows, and half of one.
    (cut / ROWS).write_bytes(expected[: len(expected) // 2])
    again = Run(cut)
    assert 0 < len(again.rows) < len(whole.rows)
    todo = jobs(SET, cases, FEW, (64, 128), done=frozenset(again.rows))
    assert sum(job.rows for job in todo) == len(whole.rows) - len(again.rows)
    measured(cut, cases)
    assert (cut / ROWS).read_bytes() == expected
    assert not jobs(SET, cases, FEW, (64, 128), done=frozenset(Run(cut).rows))


def test_shards_are_merged_to_the_bytes_of_the_whole(tmp_path: Path) -> None:
    cases = drawn(SET, 2, 1, 1)
    measured(tmp_path / "whole", cases)
    for part in (1, 2):
        measured(tmp_path / f"{part}", shard(cases, part, 2))
    merge([tmp_path / "2", tmp_path / "1"], tmp_path / "merged")
    for name in (ROWS, MANIFEST):
        one, other = (tmp_path / folder / name for folder in ("whole", "merged"))
        assert one.read_bytes() == other.read_bytes()


def test_runs_that_do_not_belong_together_are_not_merged(tmp_path: Path) -> None:
    row = Row(kind="answer", talk="Cleo", case="0", method="none", budget=0, verifier="mixer",
              bits=5, length=1, given=0)  # fmt: skip
    for name, manifest, one in (
        ("a", MANIFEST_, row),
        ("b", replace(MANIFEST_, data="other"), row),
        ("c", MANIFEST_, replace(row, bits=6)),
        ("d", replace(MANIFEST_, verifiers={"mixer": "w"}), row),
    ):
        run = Run(tmp_path / name)
        run.begin(manifest)
        run.add([one], [])
    for other, said in (("b", "another data"), ("c", "measured otherwise"), ("d", "verifier")):
        with pytest.raises(NotPossible, match=said):
            merge([tmp_path / "a", tmp_path / other], tmp_path / f"a{other}")
    with pytest.raises(NotPossible, match="name another folder"):
        Run(tmp_path / "a").begin(replace(MANIFEST_, seed=7))


def test_files_that_are_no_run_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="no run"):
        read(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(NotPossible, match="not a run's"):
        read(tmp_path)
    Run(tmp_path / "good").begin(MANIFEST_)
    (tmp_path / "good" / ROWS).write_text('{"nonsense": 1}\n{"x": 2}\n')
    with pytest.raises(NotPossible, match="line 1: not a row"):
        read(tmp_path / "good")


TELL = """
from pathlib import Path
import sys
sys.path.insert(0, {repo!r})
from tests.harness.test_continuity import measured, SET
from harness.evaluation.cases import drawn
from harness.evaluation.continuity import DEFAULT, shard
if __name__ == "__main__":
    measured(Path({out!r}), shard(drawn(SET, 1, 1, 1), {part}, 2), DEFAULT)
"""


def test_other_hash_seeds_and_threads_measure_the_same_bytes_shard_by_shard(
    tmp_path: Path,
) -> None:
    # Every way but the byte model's, each shard in a process of its own that is set otherwise.
    measured(tmp_path / "here", drawn(SET, 1, 1, 1), continuity.DEFAULT)
    for part, threads in ((1, "1"), (2, "4")):
        there = tmp_path / f"there{part}"
        tell = TELL.format(repo=str(REPO), out=str(there), part=part)
        several = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        subprocess.run(
            [sys.executable, "-c", tell],
            env={
                **os.environ,
                "PYTHONHASHSEED": f"{6 + part}",
                **dict.fromkeys(several, threads),
            },
            check=True,
            cwd=REPO,
        )
    merge([tmp_path / "there2", tmp_path / "there1"], tmp_path / "there")
    for name in (ROWS, MANIFEST):
        one, other = (tmp_path / folder / name for folder in ("here", "there"))
        assert one.read_bytes() == other.read_bytes()


def test_two_processes_measure_the_same_bytes(tmp_path: Path) -> None:
    cases = drawn(SET, 1, 1, 0)
    measured(tmp_path / "one", cases)
    into = Run(tmp_path / "two")
    into.begin(MANIFEST_)
    counted: list[int] = []
    todo = jobs(SET, cases, FEW, (64, 128))
    continuity.run(todo, into, 2, lambda _, rows: counted.append(rows))
    assert sum(counted) == sum(job.rows for job in todo) == len(into.rows)
    assert (tmp_path / "two" / ROWS).read_bytes() == (tmp_path / "one" / ROWS).read_bytes()


def test_what_it_costs_is_told_apart_from_what_it_is_worth(tmp_path: Path) -> None:
    measured(tmp_path, drawn(SET, 1, 1, 0), ("window", "text"))
    machine = costs(tmp_path)
    assert machine["connections"] == 0
    assert machine["peak bytes"] > 1 << 20
    assert machine["fold"]["text"]
    assert machine["give"]["window"]["64"]["p50"] <= machine["give"]["window"]["64"]["p95"]
    sizes = kept(SET.talks[0])
    assert 0 < sizes["payload"] < sizes["text"] == SET.talks[0].bytes
    assert sizes["gist"] > 0
    assert sizes["model"] == 0


def test_a_lone_talk_is_held_against_the_prime() -> None:
    alone = Dataset("made", SET.talks[:1])
    job = jobs(alone, drawn(alone, 1, 0, 0), ("wrong",), (64,))[0]
    assert [other.name for other in job.others] == ["prime 1", "prime 2"]
    first, second = primed()
    assert first.lines[-1].text != second.lines[-1].text
    assert sorted(line.text for line in first.lines) == sorted(
        line.text for line in second.lines
    )


def test_a_room_is_a_talk_of_what_all_could_read(entries: list[Entry]) -> None:
    one = talk("room", entries)
    assert [(line.place, line.name) for line in one.lines][-2:] == [(1, "Ada"), (2, "you")]
    assert one.lines[-1].text == "And the lamp?"
    dataset, digest = rooms([("room", entries)])
    assert dataset.talks == (one,)
    assert len(digest) == 64
    with pytest.raises(NotPossible, match="empty: nothing was said"):
        rooms([("empty", entries[:1])])


@pytest.fixture
def entries() -> list[Entry]:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, tzinfo=UTC)
    events = (
        Opened(title="A room"),
        Joined(participant=Participant(id="AI-1", name="Ada", model="scripted/x")),
        Spoke(author="AI-1", text="The wind is up.\n!whisper AI-2 secret"),
        Spoke(author="you", text="And the lamp?"),
    )
    return [Entry(place, now, event) for place, event in enumerate(events)]


@pytest.mark.skipif(shipped() is None, reason="no byte model is shipped here")
@pytest.mark.slow
def test_state_is_measured_as_the_others_are(tmp_path: Path) -> None:
    into = measured(tmp_path, drawn(SET, 1, 0, 0), ("state",))
    assert all(0 < row.given <= row.budget * TOKEN for row in into.rows.values())
    assert {asdict(row)["method"] for row in into.rows.values()} == {"state"}


def test_facts_that_changed_are_tried_by_their_newest_value(tmp_path: Path) -> None:
    some = replace(streams.dataset(1, turns=160), beside=primed())
    cases = drawn(some, 100, 0, 0)
    asked = [case for case in cases[some.talks[0].name] if case.slot is not None]
    assert {case.category for case in asked} == {streams.NEWEST, streams.NEXT}
    into = Run(tmp_path)
    into.begin(MANIFEST_)
    few = {some.talks[0].name: asked[:4]}
    todo = jobs(some, few, ("wrong", "full", "oracle", "window", "recall"), (256,))
    # What it is held against says nothing of any fact, and not that it is otherwise.
    assert all(job.others == some.beside for job in todo)
    continuity.run(todo, into)
    by = {method: [r for r in into.rows.values() if r.method == method] for method in WAYS}
    assert {(row.newest, row.older, row.last) for row in by["full"]} == {(1, ONE, 1)}
    assert {(row.newest, row.last) for row in by["oracle"]} == {(1, 1)}
    assert {row.newest for row in by["wrong"]} == {0}
    assert {row.first for row in by["recall"]} <= {0, 1}
    assert {row.first for row in by["full"]} == {-1}


def test_every_way_that_is_broken_is_one_that_is_measured() -> None:
    assert set(BROKEN) <= set(WAYS)
    assert set(BROKEN) <= set(continuity.DEFAULT)
