"""What a room's past is kept in, as the log tells it at any place."""

from hypothesis import given
from hypothesis import strategies as st

from harness.strata import Strata, Stratum
from tests.fakes import START
from transcripts import events as e
from transcripts.events import Entry, Event, Span
from transcripts.room import reduced


def log(*events: Event) -> list[Entry]:
    return [Entry(place, START, event) for place, event in enumerate(events)]


def tree(strata: Strata) -> list[object]:
    def shown(one: Stratum) -> object:
        span = f"{one.first}-{one.last}"
        return {span: [shown(part) for part in one.parts]} if one.parts else span

    return [shown(one) for one in strata.laminae() or ()]


SPLIT = e.Delaminated(first=10, last=29, parts=(Span(10, 14), Span(15, 29)), why="2 things")
FINER = e.Delaminated(first=15, last=29, parts=(Span(15, 20), Span(21, 29)), by="you")
LOG = log(
    e.Opened(title="t"),
    e.Laminated(first=0, last=9, why="coded"),
    e.Laminated(first=10, last=29),
    SPLIT,
    FINER,
    e.Merged(parts=FINER.parts, why="taken back", by="you"),
    e.Merged(parts=(Span(0, 9), Span(10, 14)), why="small"),
)


def test_a_tree_is_grown_and_can_be_looked_at_at_any_place() -> None:
    strata = Strata()
    seen: list[list[object]] = []
    for place in range(len(LOG)):
        strata.follow(LOG, place)
        seen.append(tree(strata))
    assert seen == [
        [],
        ["0-9"],
        ["0-9", "10-29"],
        ["0-9", {"10-29": ["10-14", "15-29"]}],
        ["0-9", {"10-29": ["10-14", {"15-29": ["15-20", "21-29"]}]}],
        ["0-9", {"10-29": ["10-14", "15-29"]}],
        ["0-14", "15-29"],
    ]
    for place in (3, 6, 1):  # back and forth
        strata.follow(LOG, place)
        assert tree(strata) == seen[place]


def test_what_was_done_is_told_with_its_reason_the_newest_first() -> None:
    strata = Strata()
    strata.follow(LOG)
    done = strata.done
    assert [(one.place, one.act, one.by) for one in done] == [
        (6, "merge", "room"),
        (5, "merge", "you"),
        (4, "delaminate", "you"),
        (3, "delaminate", "room"),
        (2, "index", "room"),
        (1, "index", "room"),
    ]
    assert done[3].why == "2 things"


def test_what_can_be_taken_back_is_what_nothing_was_done_to_since() -> None:
    strata = Strata()
    undoable: list[list[int]] = []
    for place in range(3, len(LOG)):
        strata.follow(LOG, place)
        undoable.append([one.place for one in strata.done if one.undoable])
    # The second split hides the first until it is taken back; the last merger hides it again.
    assert undoable == [[3], [4], [5, 3], [6, 5]]


def test_what_came_back_says_why_and_what() -> None:
    near = e.Recollection(first=1, last=1, author="AI-1", score=1500, why=("key",), bytes=9)
    beside = e.Recollection(first=2, last=2, author="AI-2", score=700, bytes=9)
    entries = log(
        e.Opened(title="t"),
        e.Spoke(author="AI-1", text="a key"),
        e.Spoke(author="AI-2", text="a door"),
        e.Recalled(participant="AI-1", pieces=(beside, near), size=18),
    )
    strata = Strata()
    strata.follow(entries, 2)
    assert strata.recall(entries) is None
    strata.follow(entries)
    found = strata.recall(entries)
    assert found is not None
    assert (found.place, found.to, found.size, found.budget) == (3, "AI-1", 18, 2048)
    assert [(row.name, row.score, row.text) for row in found.pieces] == [
        ("1 AI-1", 1.5, "key: a key"),
        ("2 AI-2", 0.7, "beside it: a door"),
    ]
    assert {row.at for row in found.pieces} == {START}


spans = st.tuples(st.integers(0, 30), st.integers(0, 12)).map(
    lambda pair: Span(pair[0], pair[0] + pair[1])
)


@st.composite
def done(draw: st.DrawFn) -> Event:
    """Anything an altered log may say."""
    first, *rest = sorted(
        draw(st.lists(spans, min_size=1, max_size=4)), key=lambda one: one.first
    )
    match draw(st.integers(0, 2)):
        case 0:
            return e.Laminated(first=first.first, last=first.last)
        case 1:
            return e.Delaminated(first=first.first, last=first.last, parts=tuple(rest))
        case _:
            return e.Merged(parts=tuple(rest))


@given(st.lists(done(), max_size=12))
def test_whatever_a_log_says_there_is_a_tree_of_it(events: list[Event]) -> None:
    entries = log(e.Opened(title="t"), *events)
    strata = Strata()
    strata.follow(entries)
    strata.laminae()
    strata.recall(entries)
    _ = strata.done
    reduced(entries)


def test_what_went_back_into_cc_is_told_and_can_be_taken_back_once() -> None:
    back = e.Rewritten(places=(3, 40), size=90, why="2 lines came back")
    strata = Strata()
    strata.follow(log(e.Opened(title="t"), back))
    [done] = strata.done
    assert (done.act, done.by, done.undoable) == ("rewrite", "room", True)
    assert done.what == "2 lines of places 3 to 40 went back into cc"
    assert strata.laminae() is None  # there never were any
    gone = e.Rewritten(places=(3, 40), why="taken back", by="you", let_go=True)
    strata.follow(log(e.Opened(title="t"), back, gone))
    assert [(one.act, one.undoable) for one in strata.done] == [
        ("let go", False),
        ("rewrite", False),
    ]
    strata.follow(log(e.Opened(title="t"), back, gone), 1)
    assert [one.undoable for one in strata.done] == [True]
