import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcripts.strategies import entries
from transcripts.errors import BrokenLog, NewerLog
from transcripts.events import (
    Cause,
    Delaminated,
    Entry,
    Joined,
    Recalled,
    Recollection,
    Rewritten,
    Scored,
    Span,
    Spoke,
    TemperatureSet,
    Unknown,
)
from transcripts.participants import Participant
from transcripts.wire import decode_line, encode

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@given(entries)
def test_an_entry_read_back_is_the_entry_written(entry: Entry) -> None:
    line = encode(entry)
    assert "\n" not in line
    assert decode_line(line.encode().decode()) == entry


def unsealed(line: str) -> str:
    """The line as the first enfold wrote it."""
    return re.sub(r',"crc":"[0-9a-f]{8}"\}$', "}", line)


def test_a_line_is_what_it_was() -> None:
    """The format of logs on people's disks. Change it only together with its version."""
    spoke = Entry(7, AT, Spoke(author="AI-1", text='she said "hé"\n', cut="stopped"))
    assert encode(spoke) == (
        '{"v":1,"place":7,"at":"2026-01-02T03:04:05.678901Z","kind":"Spoke",'
        '"author":"AI-1","text":"she said \\"hé\\"\\n","cut":"stopped","crc":"37a0f755"}'
    )
    warmer = TemperatureSet(
        participant="AI-2", requested=1.8, effective=1.0, changed=True, by="AI-2",
        cause=Cause(7, 0), result="temperature 1.8",
    )  # fmt: skip
    assert unsealed(encode(Entry(8, AT, warmer))) == (
        '{"v":1,"place":8,"at":"2026-01-02T03:04:05.678901Z","kind":"TemperatureSet",'
        '"participant":"AI-2","requested":1.8,"effective":1.0,"changed":true,"by":"AI-2",'
        '"cause":{"place":7,"index":0},"result":"temperature 1.8"}'
    )


def test_what_the_keeper_did_is_one_short_line_each() -> None:
    piece = Recollection(first=3, last=4, author="AI-2", score=7, why=("kettle",), bytes=60)
    recalled = Recalled(participant="AI-1", pieces=(piece,), size=60)
    assert unsealed(encode(Entry(7, AT, recalled))) == (
        '{"v":1,"place":7,"at":"2026-01-02T03:04:05.678901Z","kind":"Recalled",'
        '"participant":"AI-1","pieces":[{"first":3,"last":4,"author":"AI-2","score":7,'
        '"why":["kettle"],"bytes":60}],"size":60}'
    )
    split = Delaminated(first=0, last=9, parts=(Span(0, 4), Span(5, 9)), why="2 things")
    line = encode(Entry(8, AT, split))
    assert unsealed(line) == (
        '{"v":1,"place":8,"at":"2026-01-02T03:04:05.678901Z","kind":"Delaminated",'
        '"first":0,"last":9,"parts":[{"first":0,"last":4},{"first":5,"last":9}],'
        '"why":"2 things"}'
    )
    assert decode_line(line).event == split


def test_lines_that_go_back_into_cc_are_told_by_their_places() -> None:
    back = Rewritten(places=(3, 9), size=80, why="2 lines came back")
    line = encode(Entry(8, AT, back))
    assert unsealed(line) == (
        '{"v":1,"place":8,"at":"2026-01-02T03:04:05.678901Z","kind":"Rewritten",'
        '"places":[3,9],"size":80,"why":"2 lines came back"}'
    )
    assert decode_line(line).event == back


def test_a_score_is_one_short_line() -> None:
    scored = Scored(line=7, none=1200, sent=640, full=610, score=94, verifier="8d2f01aa")
    line = encode(Entry(8, AT, scored))
    assert unsealed(line) == (
        '{"v":1,"place":8,"at":"2026-01-02T03:04:05.678901Z","kind":"Scored",'
        '"line":7,"none":1200,"sent":640,"full":610,"score":94,"verifier":"8d2f01aa"}'
    )
    assert decode_line(line).event == scored


def test_every_line_has_version_place_time_and_kind() -> None:
    ada = Participant(id="AI-1", name="Ada", model="scripted/ada")
    line = json.loads(encode(Entry(0, AT, Joined(participant=ada))))
    assert list(line)[:4] == ["v", "place", "at", "kind"]


def test_an_unknown_kind_is_kept_as_it_stands() -> None:
    line = '{"v":1,"place":3,"at":"2026-01-02T03:04:05.000000Z","kind":"Dreamt","of":[1,{"a":null}]}'
    entry = decode_line(line)
    assert entry.event == Unknown("Dreamt", {"of": [1, {"a": None}]})
    assert unsealed(encode(entry)) == line
    assert decode_line(encode(entry)) == entry


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_an_altered_byte_is_found_out_wherever_it_matters(at: int, by: int) -> None:
    entry = Entry(7, AT, Spoke(author="AI-1", text='she said "hé" twice, and left\n'))
    line = bytearray(encode(entry).encode())
    line[at % len(line)] ^= by
    try:
        found = decode_line(line.decode())
    except (BrokenLog, NewerLog, UnicodeDecodeError):
        return
    assert found == entry


def test_a_line_without_its_checksum_is_taken_as_it_stands() -> None:
    entry = Entry(7, AT, Spoke(author="AI-1", text="as it was said"))
    line = unsealed(encode(entry))
    assert decode_line(line) == entry
    with pytest.raises(BrokenLog, match=r"line 3: it is not what was written .*\bcrc\b"):
        decode_line(encode(entry).replace("was said", "was sold"), path="log", number=3)


def test_half_a_surrogate_pair_survives() -> None:
    entry = Entry(0, AT, Spoke(author="you", text="\ud83d alone"))
    assert decode_line(encode(entry).encode().decode()) == entry


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "no version"),
        ('{"v":1,"at":"2026-01-01","kind":"Spoke"}', "no `place`"),
        ('{"v":1,"place":0,"at":"yesterday","kind":"Spoke"}', "yesterday"),
        ('{"v":1,"place":0,"at":"2026-01-01","kind":"Spoke","author":"x"}', "no `text`"),
        (
            '{"v":1,"place":0,"at":"2026-01-01","kind":"Spoke","author":1,"text":""}',
            "`author`: text expected",
        ),
        ('{"v":1,"place":true,"at":"2026-01-01","kind":"Spoke"}', "whole number expected"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_broken_line_is_named_with_what_is_wrong(line: str, says: str) -> None:
    with pytest.raises(BrokenLog, match=says) as caught:
        decode_line(line, path="room/log.jsonl", number=12)
    assert "room/log.jsonl, line 12" in str(caught.value)


def test_a_later_version_is_refused() -> None:
    with pytest.raises(NewerLog, match="later enfold"):
        decode_line('{"v":2,"place":0,"at":"2026-01-01","kind":"Spoke"}')
