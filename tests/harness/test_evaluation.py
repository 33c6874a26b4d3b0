"""Sets read as they are published, rankers, and the measures worked out by hand."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import NotPossible
from harness.evaluation.datasets import CATEGORIES, read
from harness.evaluation.measures import BUDGETS, ONE, intervals, mean, shares, sitting_shares
from harness.evaluation.priors import Priors
from harness.evaluation.rankers import BASELINES, Oracle, Ranker, Words, asked
from harness.evaluation.talks import Line, Question, Talk

SAMPLES = Path(__file__).parents[1] / "golden" / "evaluation"
FILES = {
    "locomo": SAMPLES / "locomo.json",
    "qmsum": SAMPLES / "qmsum.jsonl",
    "friendsqa": SAMPLES / "friendsqa.json",
}


def talk_of(*texts: str, spans: tuple[tuple[int, int], ...] = ()) -> Talk:
    lines = tuple(Line(place, "AI-1", "Ada", text) for place, text in enumerate(texts))
    return Talk("talk", lines, (), {"AI-1": ("Ada",)}, spans)


def test_locomo_is_read_with_its_sessions_in_order_of_their_numbers() -> None:
    [talk] = read("locomo", FILES["locomo"]).talks
    assert talk.name == "lighthouse"
    assert [line.session for line in talk.lines] == [1, 1, 1, 1, 2, 2, 2, 10, 10]
    assert [line.place for line in talk.lines] == list(range(9))
    assert talk.spans == ((0, 3), (4, 6), (7, 8))
    assert talk.lines[7].at == "8:00 pm on 30 May, 2031"
    assert talk.names == {"AI-1": ("Ada",), "AI-2": ("Bob",)}
    assert {line.author for line in talk.lines if line.name == "Bob"} == {"AI-2"}


def test_a_line_is_told_and_heard_with_the_picture_that_came_with_it() -> None:
    line = read("locomo", FILES["locomo"]).talks[0].lines[3]
    told = 'Bob said, "Look at my garden." and shared a photo of purple tulips by a fence'
    assert line.told == told
    assert line.tokens == -(-len(told) // 4)
    assert line.utterance.text.splitlines() == [
        "Look at my garden.",
        "picture: a photo of purple tulips by a fence",
    ]


def test_malformed_evidence_of_locomo_is_read_and_counted_and_none_is_skipped() -> None:
    dataset = read("locomo", FILES["locomo"])
    questions = dataset.talks[0].questions
    assert [one.evidence for one in questions] == [(1,), (1, 7), (4,), (5,), (5,)]
    assert [one.category for one in questions] == [CATEGORIES[n] for n in (4, 1, 2, 3, 5)]
    assert (dataset.repaired, dataset.skipped, dataset.questions) == (2, 2, 5)
    assert questions[4].answer == "kayak"


def test_spans_of_qmsum_end_where_the_meeting_does() -> None:
    [talk] = read("qmsum", FILES["qmsum"]).talks
    assert [one.evidence for one in talk.questions] == [(1, 2, 3), (5, 6)]
    assert talk.spans == ()
    assert len(talk.names) == 3


def test_the_scenes_of_a_season_are_one_room_and_every_annotated_line_is_evidence() -> None:
    [talk] = read("friendsqa", FILES["friendsqa"]).talks
    assert talk.name == "season s07"
    assert [one.evidence for one in talk.questions] == [(1, 2), (0,), (3,)]
    assert [one.source for one in talk.questions] == [(1,), (0,), (3,)]
    assert [one.category for one in talk.questions] == ["words", "speaker", "words"]
    assert talk.lines[1].name == "Otto Brandt & Nora Quill"


def without(key: str) -> Callable[[Any], Any]:
    def damaged(sample: Any) -> Any:
        del sample[0][key]
        return sample

    return damaged


def with_turn(**changes: Any) -> Callable[[Any], Any]:
    def damaged(sample: Any) -> Any:
        sample[0]["conversation"]["session_1"][0].update(changes)
        return sample

    return damaged


def instead(sample: Any) -> Callable[[Any], Any]:
    def replaced(_: Any) -> Any:
        return sample

    return replaced


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without("qa"), "0.qa"),
        (without("conversation"), "0.conversation"),
        (with_turn(text=None), "0.text"),
        (with_turn(dia_id=7), "0.dia_id"),
        (instead({}), "array"),
        (instead([]), "no question"),
        (instead([{"conversation": {}, "qa": []}]), "no question"),
        (instead([{"conversation": {"session_1": "x"}, "qa": []}]), "list"),
    ],
)
def test_what_is_not_locomo_is_refused_in_one_line(
    tmp_path: Path, damage: Callable[[Any], Any], said: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(damage(json.loads(FILES["locomo"].read_text()))))
    with pytest.raises(NotPossible, match=said) as refused:
        read("locomo", path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b" \n", b"{", b"[[[", b"\xff\xfe", b"null", b"[1]"])
def test_what_is_no_set_at_all_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    with pytest.raises(NotPossible):
        read(name, path)


@pytest.mark.parametrize("name", FILES)
def test_another_set_and_a_file_that_is_not_there_are_refused(
    tmp_path: Path, name: str
) -> None:
    for other, path in FILES.items():
        if other != name:
            with pytest.raises(NotPossible, match=f"not {name}"):
                read(name, path)
    with pytest.raises(NotPossible, match="No such file"):
        read(name, tmp_path / "none.json")


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 200_000)
    with pytest.raises(NotPossible, match="not locomo"):
        read("locomo", path)


KEYS = st.sampled_from(
    [
        "conversation",
        "qa",
        "session_1",
        "session_1_date_time",
        "question",
        "answer",
        "evidence",
        "category",
        "speaker",
        "dia_id",
        "text",
        "data",
        "title",
        "paragraphs",
        "utterances:",
        "qas",
        "meeting_transcripts",
        "content",
        "query",
        "specific_query_list",
        "relevant_text_span",
    ]
)
LEAVES = st.one_of(
    st.none(), st.integers(), st.text(max_size=5), st.floats(), st.just("D1:" + "9" * 5000)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_json_a_file_holds_it_is_read_or_refused(
    tmp_path: Path, value: object
) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps(value))
    for name in FILES:
        with contextlib.suppress(NotPossible):
            read(name, path)


def test_numbers_too_long_to_be_any_are_no_sessions_and_no_places(tmp_path: Path) -> None:
    [sample] = json.loads(FILES["locomo"].read_text())
    sample["conversation"]["session_" + "9" * 5000] = sample["conversation"]["session_1"]
    sample["qa"][0]["evidence"] = ["D1:" + "2" * 5000]
    path = tmp_path / "long.json"
    path.write_text(json.dumps([sample]))
    dataset = read("locomo", path)
    assert len(dataset.talks[0].lines) == 9
    assert dataset.questions == 4


def test_recall_is_the_share_of_the_evidence_among_the_first_lines() -> None:
    talk = talk_of(*"abcdefghijkl")
    found = shares(talk, Question("?", "", (2, 5, 7)), [2, 0, 5, 1, 3, 4, 7], by_tokens=False)
    assert found["R@1"] == ONE // 3
    assert found["R@5"] == ONE * 2 // 3
    assert found["R@10"] == found["R@50"] == ONE
    assert found["hit@10"] == ONE


def test_a_budget_takes_lines_in_their_order_until_one_does_not_fit() -> None:
    # Each line costs its text and the 15 characters of `Ada said, ""`.
    long = "x" * (4 * 300 - 12)
    talk = talk_of(long, long, "y" * (4 * 600 - 12), "z")
    costs = [line.tokens for line in talk.lines]
    assert costs == [300, 300, 600, 4]
    found = shares(talk, Question("?", "", (0, 1, 3)), [0, 1, 2, 3], by_tokens=False)
    assert found["B@512"] == ONE // 3
    assert found["B@1024"] == ONE * 2 // 3  # the third does not fit, and ends it for the fourth
    assert found["B@2048"] == found["B@4096"] == ONE


def test_where_evidence_is_long_its_tokens_count() -> None:
    talk = talk_of("x" * (4 * 90 - 12), "y" * (4 * 10 - 12), "z" * (4 * 450 - 12))
    question = Question("?", "", (0, 1))
    assert shares(talk, question, [0, 2, 1], by_tokens=True)["B@512"] == ONE * 90 // 100
    assert shares(talk, question, [0, 2, 1], by_tokens=False)["B@512"] == ONE // 2


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1), st.booleans())
def test_recall_never_falls_with_more_lines_or_tokens(
    ranked: list[int], evidence: set[int], by_tokens: bool
) -> None:
    talk = talk_of(*("w" * (37 * at * at) for at in range(12)))
    question = Question("?", "", tuple(sorted(evidence)))
    found = shares(talk, question, ranked, by_tokens=by_tokens)
    lines = [found[f"R@{cut}"] for cut in (1, 5, 10, 20, 50)]
    tokens = [found[f"B@{budget}"] for budget in BUDGETS]
    assert lines == sorted(lines)
    assert lines[-1] == ONE
    assert tokens == sorted(tokens)
    for budget in BUDGETS:
        spent, got = 0, 0
        for place in ranked:
            spent += talk.lines[place].tokens
            if spent > budget:
                break
            if place in evidence:
                got += talk.lines[place].tokens if by_tokens else 1
        whole = sum(talk.lines[p].tokens for p in evidence) if by_tokens else len(evidence)
        assert found[f"B@{budget}"] == ONE * got // whole


def test_a_lamina_is_found_once_however_much_of_the_evidence_it_holds() -> None:
    talk = talk_of(*"abcdef", spans=((0, 1), (2, 3), (4, 5)))
    question = Question("?", "", (0, 1, 4))
    assert sitting_shares(talk, question, [(2, 3), (0, 1), (4, 5)]) == {
        "S@1": 0,
        "S@2": ONE // 2,
        "S@5": ONE,
        "S@10": ONE,
    }


def test_an_interval_holds_the_mean_and_is_narrower_with_more_questions() -> None:
    few = [{"R@5": ONE * (at % 4 == 0)} for at in range(40)]
    many = few * 25
    (low, high), (lower, higher) = (intervals(rows, ["R@5"])["R@5"] for rows in (few, many))
    assert low < mean(row["R@5"] for row in few) == 25.0 < high
    assert low < lower < 25.0 < higher < high
    assert 5 * (higher - lower) == pytest.approx(high - low, rel=0.15)
    # The normal approximation: 1.96 * sqrt(p * (1 - p) / n).
    assert higher - lower == pytest.approx(
        2 * 1.96 * (0.25 * 0.75 / 1000) ** 0.5 * 100, rel=0.1
    )


@pytest.mark.parametrize("ranker", [*BASELINES, Priors(), Oracle()], ids=lambda one: one.name)
def test_a_ranker_gives_each_place_once_and_no_more_than_asked(ranker: Ranker) -> None:
    for name, path in FILES.items():
        for talk in read(name, path).talks:
            opened = ranker.open(talk)
            for question in talk.questions:
                ranked = list(opened.rank(question, 50))
                assert len(ranked) == len(set(ranked))
                assert set(ranked) <= {line.place for line in talk.lines}
                assert list(opened.rank(question, 2)) == ranked[:2]
                assert len(opened.sittings(question, 2)) <= 2
                assert set(opened.sittings(question, 9)) <= set(talk.spans)


@pytest.mark.parametrize("name", ["tf-idf", "bm25", "fts5"])
def test_words_that_are_rare_rank_above_words_that_all_lines_have(name: str) -> None:
    ranker = next(one for one in BASELINES if one.name == name)
    talk = talk_of("a lamp", "a lamp and badgers", "a lamp", "the lamp", "no light")
    opened = ranker.open(talk)
    assert opened.rank(Question("Which lamp had the badger?", "", (1,)), 9)[0] == 1
    assert list(opened.rank(Question("gondola", "", (1,)), 9)) == []


def test_words_are_those_of_sqlite_with_its_stemmer() -> None:
    words = Words(["The paintings were painted", "a painter paints"])
    assert words.of("painting the PAINTED boats' sails") == ["boat", "paint", "sail"]
    assert words.counts()[0]["paint"] == 2
    assert words.search("paint", 5) == [0, 1]
    assert words.bytes > 0


@given(st.text(max_size=60))
def test_no_question_is_too_odd_to_be_asked(text: str) -> None:
    words = Words(["a lamp", 'say "lamp" OR NEAR(x) * ^'])
    words.of(text)
    words.search(text, 5)
    assert asked(text) == list(dict.fromkeys(asked(text)))


def test_priors_lift_the_answer_beside_its_question_and_whom_is_asked_about() -> None:
    said = ("A walk?", "How old is the ferry?", "Ninety years.", "Fog tonight.", "Fog indeed.")
    lines = tuple(
        Line(place, f"AI-{place % 2}", ("Ada", "Bob")[place % 2], text)
        for place, text in enumerate(said)
    )
    talk = Talk("talk", lines, (), {"AI-0": ("Ada",), "AI-1": ("Bob",)}, ((0, 2), (3, 4)))
    opened = Priors().open(talk)
    assert opened.rank(Question("How old is the ferry?", "", (2,)), 9)[:3] == [1, 0, 2]
    assert opened.rank(Question("What did Bob say of fog?", "", (3,)), 9)[0] == 3
