"""What a recall does step by step is what a plain reading of the same words does."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from memory.cc.base import Utterance
from memory.index import gist, postings, recall
from memory.index.field import Part, joined
from memory.index.gists import Gists
from memory.index.leaf import leaf
from memory.index.postings import Postings
from memory.index.query import Query
from memory.index.recall import Index
from memory.index.tail import Tail
from memory.index.words import hashed, words
from tests.bench.recall import drawn

TURNS = st.lists(
    st.tuples(
        st.sampled_from(["you", "AI-1", "AI-2"]),
        st.lists(
            st.sampled_from(["umbrella", "clock", "lighthouse", "ferry", "wheel", "harbour"]),
            max_size=6,
        ).map(" ".join),
    ),
    max_size=12,
)


def said(turns: Sequence[tuple[str, str]]) -> list[Utterance]:
    return [Utterance(3 * at, who, text) for at, (who, text) in enumerate(turns)]


def plainly(some: Postings) -> tuple[object, ...]:
    authors: list[int] = some.authors.tolist()
    rows: list[tuple[int, int, int]] = sorted(
        zip(some.stems.tolist(), some.turns.tolist(), some.often.tolist(), strict=True)
    )
    return (
        tuple(map(int, some.places)),
        [some.names[at] for at in authors],
        tuple(map(int, some.lengths)),
        tuple(map(int, some.marks)),
        rows,
    )


@given(TURNS, st.integers(1, 5), st.integers(0, 40), st.integers(0, 40))
def test_a_tail_heard_bit_by_bit_has_the_words_of_what_is_left_of_it(
    turns: Sequence[tuple[str, str]], step: int, first: int, last: int
) -> None:
    tail, of = Tail(), said(turns)
    for at in range(0, len(of), step):
        tail.hear(of[at : at + step])
        tail.words()
    assert len(tail) == len(of)
    assert plainly(tail.words()) == plainly(postings.parse(postings.pack(of)))
    tail.leave(first, last)
    left = [one for one in of if not first <= one.place <= last]
    assert len(tail) == len(left)
    assert plainly(tail.words()) == plainly(postings.parse(postings.pack(left)))
    more = [Utterance(1000, "AI-3", "A clock, a clock and a boat?")]
    tail.hear(more)
    assert plainly(tail.words()) == plainly(postings.parse(postings.pack([*left, *more])))


def test_what_leaves_the_tail_before_it_was_read_is_not_in_it() -> None:
    tail = Tail()
    tail.hear(said([("you", "umbrella"), ("AI-1", "clock"), ("AI-2", "ferry")]))
    tail.leave(0, 3)
    assert tail.words().places.tolist() == [6]


def test_gists_tell_the_same_sorted_long_ago_or_just_now() -> None:
    of = drawn(1200)
    parts = [of[at : at + 8] for at in range(0, len(of), 8)]
    stems = [hashed(stem) for one in of[::31] for _, stem in words(one.text)]
    asked = list(dict.fromkeys(stems))
    index, kept = Gists(), dict[int, gist.Gist]()
    for number, part in enumerate(parts):
        packed = gist.parse(gist.pack(part, 64 if number % 3 else 256))  # of several widths
        index.put(number, packed)
        kept[number] = packed
        if number % 5 == 4:
            index.drop(number - 2)
            del kept[number - 2]
        if number % 10 == 0:
            assert table(index, asked) == plain(kept, asked)
    assert len({one.bits for one in kept.values()}) > 1
    assert table(index, asked) == plain(kept, asked)
    assert index.turns == 8 * len(kept)


def table(index: Gists, asked: Sequence[int]) -> list[tuple[int, int, int]]:
    found = index.having(asked)
    assert np.all(np.diff(found.which) >= 0)
    columns = (found.which.tolist(), found.numbers.tolist(), found.often.tolist())
    return sorted(zip(*columns, strict=True))


def plain(kept: dict[int, gist.Gist], asked: Sequence[int]) -> list[tuple[int, int, int]]:
    return sorted(
        (which, number, often)
        for which, stem in enumerate(asked)
        for number, one in kept.items()
        for often, hashes in ((1, one.once), (2, one.more))
        if stem >> 20 - one.bits in hashes.tolist()
    )


@given(
    st.lists(st.integers(0, 9).map(lambda at: at % 5 << 12 | at), max_size=40),
    st.lists(st.integers(0, 9).map(lambda at: at % 5 << 12 | at), max_size=8, unique=True),
)
def test_stems_that_share_bits_are_not_taken_for_each_other(
    there: list[int], asked: list[int]
) -> None:
    there = sorted([*there, *(one ^ 1 << 15 for one in there)])
    nothing = np.zeros(1, np.int64)
    rows = np.zeros(len(there), np.int32)
    one = Postings(
        nothing, nothing, ("you",), nothing, nothing, np.array(there, np.int32), rows, rows
    )
    hit, which = joined([Part(None, one, follows=True)]).find(asked)
    found = list(zip(hit.tolist(), which.tolist(), strict=True))
    assert found == [(at, asked.index(stem)) for at, stem in enumerate(there) if stem in asked]


def test_a_recall_looks_at_no_more_turns_in_a_longer_room() -> None:
    seen: list[int] = []
    for turns in (800, 4000):
        index, of, opened = Index(), drawn(turns), list[int]()
        for at in range(0, turns, 40):
            row = leaf(of[at].place, of[at + 39].place, of[at : at + 40])

            def load(packed: bytes = row.words, opened: list[int] = opened) -> bytes:
                opened.append(40)
                return packed

            index.put(row.first, row.last, row.gist, load)
        place = of[turns // 2].place
        found = index.recall(Query(" ".join(of[turns // 2].text.split()[1:7])), 3)
        assert found[0].place == place
        seen.append(sum(opened))
    assert seen[0] == seen[1]
    assert recall.OPEN - 40 <= seen[1] <= recall.OPEN


def test_a_lamina_that_is_too_long_to_look_at_beside_others_is_looked_at_alone() -> None:
    of, index = drawn(2 * recall.OPEN), Index()
    for part in (of[: recall.OPEN + 1], of[recall.OPEN + 1 :]):
        row = leaf(part[0].place, part[-1].place, part)
        index.put(row.first, row.last, row.gist, lambda packed=row.words: packed)
    asked = of[7]
    assert index.recall(Query(" ".join(asked.text.split()[1:])), 1)[0].place == asked.place
