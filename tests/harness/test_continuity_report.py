"""A report is a function of rows: retention by hand, intervals, and runs that are rejected."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from harness.evaluation.measures import ONE
from harness.evaluation.retained import ENOUGH, Retained, interval, report
from harness.evaluation.rows import Manifest, Row

MANIFEST = Manifest(
    dataset="made",
    data="d",
    code="c",
    seed=6,
    accounts={"a": {"text": 100, "payload": 30}, "b": {"text": 50, "payload": 20}},
)
ROW = Row(
    kind="answer", talk="a", case="0", method="text", budget=512, verifier="mixer",
    bits=0, length=10, given=100, turn=100,
)  # fmt: skip
WAYS = {"wrong": 100, "wrong2": 100, "none": 120, "window": 80, "text": 60, "text+recall": 30}


def rows(bits: dict[str, int] | None = None, *, count: int = ENOUGH, **more: Any) -> list[Row]:
    """Rows of every way in so many cases, `full` at 20 bits; `more` is of all rows."""
    told: list[Row] = []
    for case in range(count):
        for method, worth in {**WAYS, **(bits or {}), "full": 20}.items():
            row = replace(
                ROW,
                case=str(case),
                method=method,
                budget=0 if method in {"none", "full"} else 512,
                bits=worth << 16,
                folds=1 + case * 100 // count,
                edge=case % 2,
                surprise=case % 4,
                speaker=f"AI-{case % 2 + 1}",
            )
            told.append(replace(row, **more))
    return told


def answers(some: Iterable[Row]) -> dict[str, Any]:
    return report(MANIFEST, list(some))["verifiers"]["mixer"]["answer"]


def test_retention_is_the_share_of_what_everything_saves() -> None:
    told = answers(rows())["methods"]
    retained = {method: cells["512"]["R"] for method, cells in told.items()}
    assert retained == {
        "none": -25.0,
        "wrong": 0.0,
        "wrong2": 0.0,
        "full": 100.0,
        "window": 25.0,
        "text": 50.0,
        "text+recall": 87.5,
    }
    assert told["text"]["512"]["interval"] == [50.0, 50.0]
    assert told["text"]["512"]["bits a byte"] == 6.0


def test_sums_are_of_all_cases_and_intervals_hold_them() -> None:
    some = [
        replace(row, bits=row.bits * (1 + int(row.case) % 3)) if row.method == "text" else row
        for row in rows()
    ]
    cell = answers(some)["methods"]["text"]["512"]
    low, high = cell["interval"]
    assert low < cell["R"] < high
    assert low < 50 - 20
    assert high < 50


def test_an_interval_of_shares_is_by_the_percentiles() -> None:
    dice = Retained([]).dice
    assert interval([1, 1], [2, 2], dice) == [50.0, 50.0]
    assert interval([0, 1], [1, 1], dice) == [0.0, 100.0]
    assert interval([1], [0], dice) == []


def test_the_order_is_told_with_its_interval_and_the_goal_with_what_it_misses() -> None:
    told = answers(rows())
    assert told["order"][0] == {
        "lower": "window",
        "upper": "text",
        "budget": 512,
        "more": 25.0,
        "interval": [25.0, 25.0],
        "cases": ENOUGH,
    }
    assert told["goals"] == [
        {
            "goal": 100.0,
            "tokens": 1024,
            "best": 87.5,
            "method": "text+recall",
            "budget": 512,
            "misses by": 12.5,
            "interval": [87.5, 87.5],
        }
    ]


def test_a_run_is_rejected_when_another_wrong_conversation_tells_something() -> None:
    assert report(MANIFEST, rows())["rejected"] == []
    assert report(MANIFEST, rows({"wrong2": 96}))["rejected"] == []
    assert report(MANIFEST, rows({"wrong2": 95}))["rejected"] == [
        "mixer, R: wrong2 is 6.2 at 512 tokens"
    ]
    assert report(MANIFEST, rows({"wrong2": 105}))["rejected"] != []


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        ({"none": 50}, "none is 62.5"),
        ({"wrong": 20}, "everything tells no more"),
        ({"wrong": 15}, "everything tells no more"),
    ],
)
def test_a_run_is_rejected_when_a_control_misbehaves(bits: dict[str, int], said: str) -> None:
    assert any(said in one for one in report(MANIFEST, rows(bits))["rejected"])


def test_few_cases_reject_nothing() -> None:
    assert report(MANIFEST, rows({"wrong2": 50}, count=ENOUGH - 1))["rejected"] == []


def test_cases_that_are_not_measured_yet_are_left_out_of_both_sides() -> None:
    some = rows()
    partly = [row for row in some if row.method != "text" or row.case in {"1", "2"}]
    cell = answers(partly)["methods"]["text"]["512"]
    assert cell["R"] == 50.0
    assert cell["cases"] == 2
    order = answers(partly)["order"]
    assert order[0]["more"] == 25.0


def test_strata_part_the_cases() -> None:
    told = answers(rows())["strata"]
    assert list(told["age"]["text"]) == ["1", "2", "3", "4", "5"]
    assert sum(cell["cases"] for cell in told["age"]["text"].values()) == ENOUGH
    assert set(told["boundary"]["text"]) == {"edge", "within"}
    assert set(told["surprise"]["text"]) == {"1", "2", "3", "4"}
    assert set(told["speaker"]["text"]) == {"a/AI-1", "a/AI-2"}
    assert told["folds"]["text"]["1-16"]["R"] == 50.0


def test_the_adversarial_are_told_apart() -> None:
    some = rows(count=10)
    some += [
        replace(row, talk="b", category="adversarial", bits=70 << 16)
        if row.method == "text"
        else replace(row, talk="b", category="adversarial")
        for row in rows(count=10)
    ]
    told = answers(some)
    assert told["methods"]["text"]["512"]["R"] == 43.75
    assert told["without adversarial"]["text"]["512"]["R"] == 50.0
    assert told["categories"]["text"]["adversarial"]["R"] == 37.5


def test_a_broken_carrier_is_caught_by_what_tells_it_from_ours() -> None:
    some = rows({"noise": 110, "scrambled speakers": 30})
    named = {"scrambled speakers": ONE // 2, "text+recall": ONE, "noise": 0}
    some = [replace(row, truly=named.get(row.method, -1)) for row in some]
    told = answers(some)["broken"]
    assert {one["by"] for one in told["noise"]} == {"R", "truly"}
    assert [one["by"] for one in told["scrambled speakers"]] == ["truly"]
    assert told["scrambled speakers"][0]["more"] == 50.0


def test_what_no_longer_holds_and_is_told_last_is_counted() -> None:
    stands = (
        {"newest": 1, "older": ONE, "last": 1, "first": 1},
        {"newest": 1, "older": ONE // 2, "last": 0, "first": 0},
        {"newest": 0, "older": ONE // 2, "last": 0, "first": 0},
        {"newest": 0, "older": 0, "last": 0, "first": 0},
    )
    some = [
        replace(row, **stands[int(row.case) % 4]) if int(row.case) < 8 else row
        for row in rows()
        if row.method == "text+recall" or row.budget == 0 or row.method == "wrong"
    ]
    cell = answers(some)["methods"]["text+recall"]["512"]
    assert cell["changed"] == 8
    assert (cell["newest"], cell["older"]) == (50.0, 50.0)
    assert (cell["last"], cell["contradicts"], cell["first"]) == (25.0, 50.0, 25.0)
    # Nothing is said of it where nothing has changed.
    assert "contradicts" not in answers(rows())["methods"]["text+recall"]["512"]


def test_a_handful_of_cases_catches_nothing_and_chance_does_not() -> None:
    apart = {"noise": 200, "scrambled speakers": 30}
    enough = answers(rows(apart))["broken"]
    assert [one["cases"] for one in enough["noise"]] == [ENOUGH]
    assert enough["scrambled speakers"] == []  # as good as ours: nothing tells it
    assert answers(rows(apart, count=ENOUGH - 1))["broken"]["noise"] == []
    # Worse by far in one case, as good in the others: the interval reaches down to nothing.
    some = [
        replace(row, bits=row.bits if row.case == "3" else 30 << 16)
        if row.method == "noise"
        else row
        for row in rows(apart)
    ]
    assert answers(some)["broken"]["noise"] == []


def test_two_verifiers_agree_in_order_or_not() -> None:
    some = rows()
    other = [replace(row, verifier="model", bits=row.bits // 2) for row in some]
    assert report(MANIFEST, some + other)["agreement"] == {"mixer/model answer 512": 100.0}
    swapped = [
        replace(row, bits={"window": 60, "text": 80}.get(row.method, row.bits >> 16) << 16)
        for row in other
    ]
    told = report(MANIFEST, some + swapped)["agreement"]
    assert told["mixer/model answer 512"] < 100.0


def test_what_is_kept_is_summed_over_talks() -> None:
    assert report(MANIFEST, rows())["accounts"] == {"text": 150, "payload": 50}


def test_a_report_is_the_same_from_rows_in_any_order() -> None:
    some = rows()
    one, other = (json.dumps(report(MANIFEST, way)) for way in (some, some[::-1]))
    assert one == other
