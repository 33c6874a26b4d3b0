"""The page of a run: what it says of a run, how it is drawn, and that it is only a page."""

import os
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evaluation.contexts import WAYS
from harness.evaluation.report import png
from harness.evaluation.report.figures import steps
from harness.evaluation.report.look import LOOKS, MEANS, Look
from harness.evaluation.report.page import drawings, page
from harness.evaluation.report.plot import Axis, Dots, Lines, Point, Series, apart, draw
from harness.evaluation.retained import ENOUGH
from harness.evaluation.rows import Row
from tests.harness.test_continuity_report import MANIFEST, rows

REPO = Path(__file__).parents[2]
MACHINE: dict[str, Any] = {
    "peak bytes": 1 << 27,
    "connections": 0,
    "fold": {
        "text+recall": {"128": {"p50": 1.5, "p95": 2.0, "by turn": [[10, 1.5], [90, 1.6]]}}
    },
    "give": {
        "text+recall": {"512": {"p50": 4.5, "p95": 6.0, "by turn": [[10, 4.5], [10, 9.0]]}}
    },
}


def a_run(**more: Any) -> list[Row]:
    """Two kinds of case, at two budgets, spread over turns, with an honest and a broken way."""
    told: list[Row] = []
    for kind in ("answer", "next"):
        for row in rows({"noise": 130}, kind=kind, stems=500_000):
            spread = replace(
                row, turn=100 + 10 * int(row.case), given=400 * int(row.case) + 400
            )
            told.append(replace(spread, **more))
            if row.budget:
                told.append(replace(spread, budget=1024, bits=row.bits * 9 // 10, **more))
    return told


class Read(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._inside: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside[-1:] != ["style"]:
            self.words += f"{data} "


def test_a_page_fetches_nothing_and_runs_nothing() -> None:
    text = page(MANIFEST, a_run(), MACHINE)
    read = Read(text)
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "form", "a", "base"}
    for _, attributes in read.tags:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert not {"src", "href"} & attributes.keys()
    outside = text.replace("http://www.w3.org/2000/svg", "")
    assert "http" not in outside.replace("http-equiv", "")
    assert "url(" not in text
    assert "@import" not in text


def test_its_policy_names_the_one_sheet_that_it_has() -> None:
    text = page(MANIFEST, a_run())
    sheet = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(sheet.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
    assert sheet.count("{") == sheet.count("}")
    assert "prefers-color-scheme:dark" in sheet


def test_words_of_rows_are_words_on_the_page() -> None:
    hostile = "<script>alert(1)</script>\x1b[31m\u202egnp"
    some = [*a_run(category=hostile), *a_run(category="other", talk=hostile, speaker=hostile)]
    named = replace(MANIFEST, dataset=hostile, verifiers={hostile: "<b>"})
    for text in (page(named, some), *(png.svg(one) for one in drawings(named, some))):
        assert "<script" not in text
        assert "<b>0" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>alert(1)</script>[ESC]" in Read(page(named, some)).words


def test_a_page_is_the_same_in_whatever_order_rows_come() -> None:
    some = a_run()
    assert page(MANIFEST, some, MACHINE) == page(MANIFEST, some[::-1], MACHINE)


SCRIPT = """
from tests.harness.test_continuity_page import MACHINE, MANIFEST, a_run, page
print(page(MANIFEST, a_run(), MACHINE))
"""


def test_a_page_is_the_same_whatever_the_hash_seed() -> None:
    made = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPO)},
            capture_output=True,
            check=True,
            timeout=50,
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(made) == 1


def test_the_verdict_comes_first() -> None:
    fine, spoilt = a_run(), [
        replace(row, bits=row.bits // 2) if row.method == "wrong2" else row for row in a_run()
    ]  # fmt: skip
    assert "The controls behave." in page(MANIFEST, fine)
    rejected = Read(page(MANIFEST, spoilt)).words
    assert "This run is rejected." in rejected
    assert rejected.index("wrong2 is") < rejected.index("Rate against retention")
    assert "The controls behave." not in rejected


def test_too_few_cases_are_not_called_well_behaved() -> None:
    few = [row for row in a_run() if int(row.case) < ENOUGH - 1]
    words = Read(page(MANIFEST, few)).words
    assert "The controls were not tried." in words
    assert "The controls behave." not in words
    words = Read(page(MANIFEST, [row for row in few if row.case in {"1", "2"}])).words
    assert "broken on purpose are caught" not in words
    assert "too few cases for the goal of 70" in words
    mixed = [row for row in a_run() if row.kind == "next" or row.case == "3"]
    words = Read(page(MANIFEST, mixed)).words
    assert "The controls behave." in words
    assert "take with care what is said of R (1 case)" in words


def test_goals_say_what_they_miss_and_where() -> None:
    words = Read(page(MANIFEST, a_run())).words
    assert "misses the goal of 70" not in words  # 88.2 of 70
    assert "reaches the goal of 70" in words
    assert "fewer bits than after another conversation" in words
    lacking = [
        replace(row, stems=100_000) if row.method == "text+recall" and row.case == "3" else row
        for row in a_run()
    ]
    assert f"in 1 of {ENOUGH} questions not every word" in Read(page(MANIFEST, lacking)).words


def test_two_verifiers_are_held_against_each_other() -> None:
    other = [
        replace(row, verifier="model", bits=row.bits + (60 << 16) * (row.method == "window"))
        for row in a_run()
    ]
    words = Read(page(MANIFEST, [*a_run(), *other])).words
    assert "Do the verifiers agree?" in words
    assert "mixer and model" in words
    assert re.search(r"text over window\s+512\s+\+25.0\s+\+100.0", words)
    assert "Do the verifiers agree?" not in Read(page(MANIFEST, a_run())).words


def test_a_broken_memory_that_nothing_catches_is_named() -> None:
    good = {"wrong room": 30, "noise": 130}
    some = [row for one in ("answer",) for row in rows(good, kind=one)]
    words = Read(page(MANIFEST, some)).words
    assert "1 of 2" in words
    assert "not caught: wrong room" in words
    assert "letters that mean nothing R (" in words


def test_every_way_is_explained_and_every_plotted_one_is_a_way() -> None:
    assert MEANS.keys() == WAYS.keys()
    assert LOOKS.keys() <= WAYS.keys()
    looks = [(look.hue, look.mark) for look in LOOKS.values()]
    assert len(set(looks)) == len(looks)


def test_what_has_changed_is_told_where_something_has() -> None:
    told = Read(page(MANIFEST, a_run(newest=1, older=500_000, last=0, first=0), MACHINE))
    assert f"What has changed since, {ENOUGH} cases" in told.words
    assert "100 · 50 · 100" in told.words
    assert "What has changed" not in Read(page(MANIFEST, a_run(), MACHINE)).words


def test_there_are_four_figures_and_times_only_where_they_were_taken() -> None:
    some = a_run()
    assert [one.name for one in drawings(MANIFEST, some)] == ["rate", "age", "cost", "strata"]
    panels = {
        known: [
            panel.title for one in drawings(MANIFEST, some, machine) for panel in one.panels
        ]
        for known, machine in ((True, MACHINE), (False, None))
    }
    assert set(panels[True]) - set(panels[False]) == {"Processor ms to fold a turn"}
    other = [replace(row, verifier="model") for row in some]
    names = [one.name for one in drawings(MANIFEST, some + other)]
    assert names[:2] == ["rate-mixer", "age-mixer"]
    assert len(set(names)) == 8


def test_a_run_without_rows_is_still_a_page() -> None:
    assert "Continuity: made" in Read(page(MANIFEST, [])).words
    assert drawings(MANIFEST, []) == []


def marks(drawn: str) -> list[tuple[float, float, str]]:
    """Every round mark that says what it is worth: where it is, and what it says."""
    found = re.findall(
        r'<circle [^>]*cx="([-\d.]+)" cy="([-\d.]+)"[^>]*><title>([^<]*)<', drawn
    )
    return [(float(x), float(y), told) for x, y, told in found]


def test_marks_lie_where_their_numbers_say() -> None:
    points = tuple(
        Point(x, y, f"{x}/{y}") for x, y in ((512, 0.0), (1024, 50.0), (2048, 100.0))
    )
    panel = Lines(
        "t",
        Axis(512, 2048, ((512, "512"),), log=True),
        Axis(0, 100, ((0, "0"),)),
        (Series("ours", Look(0, "disc"), points),),
    )
    (x0, y0, told), (x1, y1, _), (x2, y2, _) = marks(draw(panel))
    assert told == "512/0.0"
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.11)
    assert y0 - y1 == pytest.approx(y1 - y2, abs=0.11)
    assert y0 > y2


def test_what_lies_below_the_edge_is_told_by_an_arrow_and_not_drawn_elsewhere() -> None:
    points = (Point(1, 5.0, "in"), Point(2, -80.0, "out"))
    axis = Axis(0, 3, ())
    panel = Lines("t", axis, Axis(0, 10, ()), (Series("ours", Look(0, "disc"), points),))
    assert [told for *_, told in marks(draw(panel))] == ["in"]
    assert "ours ↓" in draw(panel)


def test_a_dot_beyond_the_edge_is_hollow() -> None:
    points = (Point(50, 0, "in"), Point(-80, 1, "out"), Point(999, 1, "out"))
    series = Series("ours", Look(0, "square"), points)
    drawn = draw(Dots("t", ("a", "b"), Axis(0, 100, ()), (series,)))
    assert [told for *_, told in marks(drawn)] == ["out", "out"]
    assert drawn.count("<rect") == 1


@given(st.lists(st.floats(-50, 400), max_size=12))
def test_names_keep_apart_and_in_order(wanted: list[float]) -> None:
    placed = apart(wanted, 30, 300)
    ordered = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    for one, other in pairwise(ordered):
        assert placed[other] - placed[one] >= 13 - 1e-6
    assert all(place <= 300 for place in placed)


@given(st.floats(0, 1e5), st.floats(0.01, 1e5), st.integers(3, 8))
def test_steps_are_few_and_between(low: float, wide: float, most: int) -> None:
    found = steps(low, low + wide, most)
    assert 1 <= len(found) <= most + 1
    assert all(low - 1e-6 <= one <= low + wide + 1e-6 for one in found)


def test_pictures_are_of_the_same_figures(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    drawn = drawings(MANIFEST, a_run(), MACHINE)
    made = png.pictures(drawn, tmp_path / "to" / "here")
    assert [path.name for path in made] == ["rate.png", "age.png", "cost.png", "strata.png"]
    for figure, path in zip(drawn, made, strict=True):
        whole = path.read_bytes()
        assert whole[:8] == b"\x89PNG\r\n\x1a\n"
        wide = int(png.svg(figure).partition('width="')[2].partition('"')[0])
        assert int.from_bytes(whole[16:20], "big") == 2 * wide
        assert len(whole) > 5_000
