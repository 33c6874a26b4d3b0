"""What is read off the wire, and what is made of it. No server here."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import ProviderError
from agents.providers.sse import Events, Oversized
from agents.providers.verdicts import DETAIL_LIMIT, clean, verdict, wait_asked
from agents.providers.wire import Complaint, read_chunk, read_complaint


def events(*blocks: bytes, limit: int = 1000) -> list[str]:
    reader = Events(limit=limit)
    return [found for block in blocks for found in reader.feed(block)] + reader.finish()


@pytest.mark.parametrize(
    ("stream", "payloads"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\r\n\r\ndata:  b\r\rdata: c", ["a", " b", "c"]),
        (b": hush\nevent: x\nid: 1\ndata: a\ndata: b\n\n\n\n", ["a\nb"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data\ndata: \n\n", ["\n"]),
        (b"datum: a\n\nhello\n\n", []),
        ("data: fünf\n\n".encode(), ["fünf"]),
        (b"data: \xff\n\n", ["�"]),
        (b"", []),
    ],
)
def test_events_are_read(stream: bytes, payloads: list[str]) -> None:
    assert events(stream) == payloads


@given(
    st.lists(
        st.sampled_from(
            [b"data: a", b"data:b", b"\n", b"\r", b"\r\n", b"\n\n", b": x", "ü".encode()]
        ),
        max_size=20,
    ).map(b"".join),
    st.data(),
)
def test_cutting_a_stream_changes_nothing(stream: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(stream)))
    whole = events(stream)
    assert events(stream[:cut], stream[cut:]) == whole
    assert events(*[stream[n : n + 1] for n in range(len(stream))]) == whole


@pytest.mark.parametrize("blocks", [[b"x" * 11], [b"x" * 6] * 2, [b"data: abc\n"] * 4])
def test_an_event_over_the_limit_is_refused(blocks: list[bytes]) -> None:
    with pytest.raises(Oversized):
        events(*blocks, limit=10)


NAMES = [
    "choices",
    "delta",
    "message",
    "content",
    "text",
    "usage",
    "prompt_tokens",
    "error",
    "cost",
    "finish_reason",
    "reasoning",
    "code",
    "type",
    "detail",
    "object",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_payload_is_too_strange(value: object) -> None:
    chunk = read_chunk(value)
    if chunk is not None:
        (chunk.speech + chunk.reasoning).encode()
        assert chunk.tokens_in is None or chunk.tokens_in >= 0
    complaint = read_complaint(value)
    if complaint is not None:
        assert isinstance(verdict("m", None, complaint), ProviderError)


def test_half_characters_do_not_get_through() -> None:
    payload = json.loads('{"choices": [{"delta": {"content": "a\\ud800b\\ud83d\\ude00"}}]}')
    chunk = read_chunk(payload)
    assert chunk is not None
    assert chunk.speech == "a�b😀"


@given(st.text(max_size=800))
def test_what_is_shown_is_one_short_line(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= DETAIL_LIMIT
    assert shown == "" or shown.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\n\n  first \nsecond", "first"),
        ("\x1b]0;title\x07red \x1b[31mtext\x1b[0m\x00", "red text"),
        ("a\tb\u202ec", "a bc"),
        ("key sk-proj-abcdefghijklmnop is wrong", "key [key] is wrong"),
        ("Authorization: Bearer abc.def", "Authorization: [key]"),
        ("call ?api_key=abcdefgh12345&x=1", "call ?[key]&x=1"),
        ("at http://me:pass@host/v1", "at http://host/v1"),
        ("<html>oops", "the answer is a web page, not a model's reply"),
        ("x" * 400, "x" * 299 + "…"),
        ("the token limit of skeletons is reached", "the token limit of skeletons is reached"),
    ],
)
def test_what_is_shown_of_an_error(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_keys_in_the_environment_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD_API_KEY", "zzz yyy xxx")
    assert clean("wrong key: zzz yyy xxx!") == "wrong key: [key]!"


def test_a_long_error_takes_no_time() -> None:
    began = time.monotonic()
    for text in (
        "sk-" * 9000,
        "\x1b[" * 9000,
        "bearer " * 4000,
        "//" * 9000,
        "api_key=" * 3000,
    ):
        clean(text)
    assert time.monotonic() - began < 0.5


NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "Your credit balance is too low", "OutOfCredit"),
        (400, "API key not valid. Please pass a valid API key.", "Unauthorised"),
        (400, "prompt is too long: 9 tokens > 8 maximum", "Overlong"),
        (403, "Key limit exceeded (total limit)", "OutOfCredit"),
        (403, "flagged by moderation", "Refused"),
        (408, "too slow", "TimedOut"),
        (413, "request too large", "Overlong"),
        (422, "field required", "BadRequest"),
        (429, "You exceeded your current quota. Please retry in 21.5s.", "RateLimited"),
        (529, "Overloaded", "ServerFailed"),
        (307, "elsewhere", "BadRequest"),
        (None, "Rate limit reached", "RateLimited"),
        (None, "something broke", "ServerFailed"),
    ],
)
def test_words_tell_what_a_status_does_not(status: int | None, text: str, kind: str) -> None:
    error = verdict("m", status, Complaint(text=text))
    assert type(error).__name__ == kind


def test_words_may_say_when_to_come_back() -> None:
    assert verdict("m", 429, Complaint(text="Please retry in 21.5s.")).after == 21.5
    assert verdict("m", 429, Complaint(text="try again in 250ms")).after == 0.25
