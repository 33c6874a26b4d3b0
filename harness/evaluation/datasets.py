"""Reads LoCoMo, QMSum and FriendsQA as they are published; refuses what is not that.

LoCoMo: a JSON list of conversations in dated sessions, questions in five categories, evidence
as ids of turns (https://github.com/snap-research/locomo). QMSum: a meeting a line, questions
with spans of turns (https://github.com/Yale-LILY/QMSum). FriendsQA: scenes with the utterances
that answer (https://github.com/emorynlp/FriendsQA); the scenes of a season are one room here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, Field, StrictStr, TypeAdapter, ValidationError

from harness.errors import NotPossible
from harness.evaluation.talks import Dataset, Line, Question, Talk

LARGEST: Final = 1 << 28
"""Bytes of a file that are read; LoCoMo as a whole has 3 MB."""

CATEGORIES: Final = {
    1: "multi-hop",
    2: "temporal",
    3: "open-domain",
    4: "single-hop",
    5: "adversarial",
}
"""What LoCoMo's numbers stand for."""

_ID: Final = re.compile(r"D:?(\d{1,6}):(\d{1,6})\b")
_SESSION: Final = re.compile(r"session_(\d{1,6})")


class _Turn(BaseModel):
    speaker: StrictStr
    dia_id: StrictStr
    text: StrictStr
    blip_caption: StrictStr = ""


class _Asked(BaseModel):
    question: StrictStr
    answer: Any = ""
    adversarial_answer: Any = ""
    evidence: list[StrictStr] = []
    category: Annotated[int, Field(ge=1, le=5)]


class _Sample(BaseModel):
    sample_id: StrictStr = ""
    conversation: dict[StrictStr, Any]
    qa: list[_Asked]
    session_summary: dict[StrictStr, Any] = {}
    observation: dict[StrictStr, Any] = {}


class _Speech(BaseModel):
    speaker: StrictStr
    content: StrictStr


class _Query(BaseModel):
    query: StrictStr
    answer: StrictStr = ""
    relevant_text_span: list[tuple[int, int]]


class _Meeting(BaseModel):
    meeting_transcripts: list[_Speech]
    specific_query_list: list[_Query]


class _Uttered(BaseModel):
    speakers: list[StrictStr]
    utterance: StrictStr


class _Answer(BaseModel):
    answer_text: StrictStr
    utterance_id: Annotated[int, Field(ge=0)]
    is_speaker: bool = False


class _AskedThere(BaseModel):
    question: StrictStr
    answers: list[_Answer]


class _Paragraph(BaseModel):
    uttered: list[_Uttered] = Field(alias="utterances:")
    qas: list[_AskedThere]


class _Scene(BaseModel):
    title: StrictStr
    paragraphs: list[_Paragraph]


class _Scenes(BaseModel):
    data: list[_Scene]


def read(name: str, path: Path) -> Dataset:
    """Return the set `name`, a key of `READERS`, as it is in a file.

    Raises:
        NotPossible: The file cannot be read, is not that set, or nothing is asked in it.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise NotPossible(f"{path}: larger than {LARGEST >> 20} MiB")
        content = path.read_bytes()
    except OSError as error:
        raise NotPossible(f"{path}: {error.strerror or error}") from error
    if not content.strip():
        raise NotPossible(f"{path}: empty")
    try:
        dataset = READERS[name](content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NotPossible(
            f"{path}: not {name}: {where + ': ' if where else ''}{first['msg']}"
        ) from error
    except RecursionError as error:
        raise NotPossible(f"{path}: not {name}: nested too deep") from error
    except NotPossible as error:
        raise NotPossible(f"{path}: not {name}: {error}") from error
    if not dataset.questions:
        raise NotPossible(f"{path}: no question with evidence in it")
    return dataset


def locomo(content: bytes) -> Dataset:
    """Read a list of conversations, the sessions of each in order of their numbers."""
    counts = {"skipped": 0, "repaired": 0}
    samples = TypeAdapter(list[_Sample]).validate_json(content)
    talks = tuple(
        _conversation(sample, number, counts) for number, sample in enumerate(samples)
    )
    return Dataset("locomo", talks, skipped=counts["skipped"], repaired=counts["repaired"])


def _conversation(sample: _Sample, number: int, counts: dict[str, int]) -> Talk:
    numbers = sorted(
        int(found[1]) for key in sample.conversation if (found := _SESSION.fullmatch(key))
    )
    lines: list[Line] = []
    places: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    summaries: list[tuple[int, str]] = []
    observations: list[tuple[int, str]] = []
    ids: dict[str, str] = {}
    for session in numbers:
        key = f"session_{session}"
        turns = TypeAdapter(list[_Turn]).validate_python(sample.conversation[key])
        at = str(sample.conversation.get(f"{key}_date_time", ""))
        for turn in turns:
            places[turn.dia_id] = len(lines)
            author = _id(ids, turn.speaker)
            lines.append(
                Line(
                    len(lines), author, turn.speaker, turn.text, turn.blip_caption, session, at
                )
            )
        if turns:
            last = len(lines) - 1
            spans.append((len(lines) - len(turns), last))
            if told := sample.session_summary.get(f"{key}_summary"):
                summaries.append((last, str(told)))
            noted = sample.observation.get(f"{key}_observation")
            observations += [(last, one) for one in _noted(noted)]
    questions: list[Question] = []
    for asked in sample.qa:
        evidence = _places(asked.evidence, places, counts)
        if not evidence:
            counts["skipped"] += 1
            continue
        answer = asked.answer if asked.answer != "" else asked.adversarial_answer
        category = CATEGORIES[asked.category]
        questions.append(Question(asked.question, str(answer), evidence, category))
    name = sample.sample_id or f"conversation {number + 1}"
    return Talk(
        name,
        tuple(lines),
        tuple(questions),
        _names(ids),
        tuple(spans),
        tuple(summaries),
        tuple(observations),
    )


def _noted(notes: Any) -> Iterator[str]:
    """Yield what was noted of each speaker; a note comes with the ids it is from."""
    by_speaker = cast("dict[str, Any]", notes) if isinstance(notes, dict) else {}
    for some in by_speaker.values():
        for note in cast("list[Any]", some) if isinstance(some, list) else []:
            parts = cast("list[Any]", note) if isinstance(note, list) else [note]
            if parts and isinstance(parts[0], str):
                yield parts[0]


def _places(
    evidence: Iterable[str], places: Mapping[str, int], counts: dict[str, int]
) -> tuple[int, ...]:
    """Return where `evidence` is; several ids in one, `D:11:26` and `D30:05` are read too."""
    found: set[int] = set()
    for given in evidence:
        if given in places:
            found.add(places[given])
            continue
        read = [f"D{int(one[1])}:{int(one[2])}" for one in _ID.finditer(given)]
        known = [places[one] for one in read if one in places]
        found.update(known)
        counts["repaired"] += bool(known)
    return tuple(sorted(found))


def qmsum(content: bytes) -> Dataset:
    """Read a meeting a line, and of its questions those with spans as evidence."""
    talks: list[Talk] = []
    skipped = 0
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            meeting = _Meeting.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise NotPossible(
                f"line {number}: {where + ': ' if where else ''}{first['msg']}"
            ) from error
        lines, names = _lines((one.speaker, one.content) for one in meeting.meeting_transcripts)
        questions: list[Question] = []
        for query in meeting.specific_query_list:
            evidence = {
                place
                for first, last in query.relevant_text_span
                for place in range(max(first, 0), min(last + 1, len(lines)))
            }
            if not evidence:
                skipped += 1
                continue
            questions.append(Question(query.query, query.answer, tuple(sorted(evidence))))
        talks.append(Talk(f"meeting {number}", lines, tuple(questions), names))
    return Dataset("qmsum", tuple(talks), skipped)


def friendsqa(content: bytes) -> Dataset:
    """Read scenes; those of a season are one room, in the order they are in."""

    def season(scene: _Scene) -> str:
        return scene.title.partition("_")[0]

    scenes = _Scenes.model_validate_json(content).data
    talks: list[Talk] = []
    skipped = 0
    for name, of_season in groupby(sorted(scenes, key=season), key=season):
        said: list[tuple[str, str]] = []
        questions: list[Question] = []
        for paragraph in (one for scene in of_season for one in scene.paragraphs):
            start = len(said)
            said += [(" & ".join(one.speakers), one.utterance) for one in paragraph.uttered]
            for asked in paragraph.qas:
                # All that annotators gave: each is an answer.
                answers = [
                    answer
                    for answer in asked.answers
                    if answer.utterance_id < len(paragraph.uttered)
                ]
                if not answers:
                    skipped += 1
                    continue
                places = [start + answer.utterance_id for answer in answers]
                questions.append(
                    Question(
                        asked.question,
                        answers[0].answer_text,
                        tuple(sorted(set(places))),
                        "speaker" if answers[0].is_speaker else "words",
                        (places[0],),
                    )
                )
        lines, names = _lines(said)
        talks.append(Talk(f"season {name}", lines, tuple(questions), names))
    return Dataset("friendsqa", tuple(talks), skipped)


READERS: Final[dict[str, Callable[[bytes], Dataset]]] = {
    "locomo": locomo,
    "qmsum": qmsum,
    "friendsqa": friendsqa,
}
"""What reads which set."""


def _lines(
    said: Iterable[tuple[str, str]],
) -> tuple[tuple[Line, ...], dict[str, tuple[str, ...]]]:
    ids: dict[str, str] = {}
    lines = tuple(
        Line(place, _id(ids, who), who, text) for place, (who, text) in enumerate(said)
    )
    return lines, _names(ids)


def _id(ids: dict[str, str], name: str) -> str:
    return ids.setdefault(name, f"AI-{len(ids) + 1}")


def _names(ids: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {number: (name,) for name, number in ids.items()}
