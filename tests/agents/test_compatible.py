"""Both real providers against a real server on the loopback that misbehaves in every way.

Each failure must come out as the right error, after what was said before it and nothing
else: an error's text is never speech.
"""

import asyncio
import base64
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents import errors
from agents.errors import BadRequest, Garbled, NoSuchModel, ProviderError, Unreachable
from agents.providers.base import Delta, Finished, Image, Line, Piece, Request
from agents.providers.compatible import Compatible, find
from agents.providers.reply import SPEECH_LIMIT
from tests.agents.door import KEY, SPEECH, Door, closed_port, door_server, words_of


@pytest.fixture(scope="module")
def running() -> Iterator[Door]:
    with door_server() as door:
        yield door


@pytest.fixture
def door(running: Door) -> Door:
    running.asked.clear()
    running.left.clear()
    return running


def request(model: str, *lines: Line, **more: float) -> Request:
    told = lines or (Line("system", "You are Ada."), Line("user", "which door?"))
    return Request(model=model, lines=told, temperature=more.get("temperature", 0.7))


async def heard(
    asked: Request, provider: Compatible | None = None
) -> tuple[list[Piece], ProviderError | None]:
    pieces = list[Piece]()
    try:
        async for piece in (provider or Compatible(silence=0.4)).stream(asked):
            pieces.append(piece)
    except ProviderError as error:
        return pieces, error
    return pieces, None


def told(pieces: list[Piece], channel: str = "speech") -> str:
    deltas = [piece for piece in pieces if isinstance(piece, Delta)]
    return "".join(delta.text for delta in deltas if delta.channel == channel)


async def test_a_reply_comes_as_it_is_written(door: Door) -> None:
    pieces, error = await heard(request(door.model("speaks")))
    assert error is None
    assert [piece.text for piece in pieces if isinstance(piece, Delta)] == [
        "the ",
        "left ",
        "door, ",
        "I ",
        "say.",
    ]
    assert pieces[-1] == Finished(tokens_in=11, tokens_out=5, dollars=0.0, temperature=0.7)


async def test_what_is_asked_is_what_was_meant(door: Door) -> None:
    asked = Request(
        model=door.model("speaks"),
        lines=[Line("system", "a"), Line("user", "b"), Line("assistant", "c")],
        max_tokens=77,
        stop=("AI-2:",),
    )
    await heard(asked)
    body = door.asked[-1].body
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant"]
    assert list(words_of(door.asked[-1])) == ["a", "b", "c"]
    assert (body["model"], body["max_tokens"], body["stop"]) == ("speaks", 77, ["AI-2:"])
    assert body["stream_options"] == {"include_usage": True}
    assert "temperature" not in body
    assert "authorization" not in door.asked[-1].headers


async def test_a_key_is_sent_if_there_is_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_LOCAL_KEY", "local-key-123")
    await heard(request(door.model("speaks")))
    assert door.asked[-1].headers["authorization"] == "Bearer local-key-123"


async def test_a_proxy_does_not_stand_before_the_loopback(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    _, error = await heard(request(door.model("speaks")))
    assert error is None


ENDINGS = [
    ("400", "", "BadRequest", "messages.2: unknown field 'colour'"),
    ("401", "", "Unauthorised", "Incorrect API key provided: [key]"),
    ("402", "", "OutOfCredit", "Insufficient credits. Add more at example.test"),
    ("403", "", "Unauthorised", "your key may not use this model"),
    ("404", "", "NoSuchModel", "The model `404` does not exist"),
    ("429", "", "RateLimited", "slow down"),
    ("429-quota", "", "OutOfCredit", "You exceeded your current quota"),
    ("500", "", "ServerFailed", "the server broke"),
    ("503", "", "ServerFailed", "resting"),
    ("long", "", "Overlong", "This model's maximum context length is 8 tokens"),
    ("policy", "", "Refused", "refused by the content management policy"),
    ("filtered", "", "Refused", None),
    ("empty", "", "Empty", "the reply has nothing in it"),
    ("silent", "", "Empty", "the reply has nothing in it"),
    ("only-thinks", "", "Empty", "only reasoning came (10 bytes), and no reply"),
    ("garbage", "", "Garbled", None),
    ("noise", "", "Garbled", None),
    ("cut", "the left ", "Broken", "the stream ended before the reply did"),
    ("cut-inside", "the left ", "Broken", None),
    ("cut-tag", "the left <th", "Broken", "the stream ended before the reply did"),
    ("half-tag", "the left <th", "", None),
    ("cut-chunked", "the left ", "Broken", None),
    ("reset", "the left ", "Broken", None),
    ("hang", "", "TimedOut", None),
    ("stall", "the left ", "TimedOut", None),
    ("error-inside", "the left ", "ServerFailed", "the server is overloaded"),
    ("error-first", "", "RateLimited", "slow down"),
    ("no-such", "", "NoSuchModel", "model 'no-such' not found"),
    ("speaks", SPEECH, "", None),
    ("think", "the left door", "", None),
    ("reasons", "the left door", "", None),
    ("length", "the left", "", None),
    ("no-options", SPEECH, "", None),
    ("no-temperature", SPEECH, "", None),
    ("without-done", SPEECH, "", None),
    ("lingering", SPEECH, "", None),
]
"""Behaviour, what is speech of it, which error, in which words. `test_gateway` uses it too."""


@pytest.mark.parametrize(("behaviour", "speech", "kind", "detail"), ENDINGS)
async def test_each_ending_is_what_it_is(
    door: Door, behaviour: str, speech: str, kind: str, detail: str | None
) -> None:
    pieces, error = await heard(request(door.model(behaviour)))
    assert told(pieces) == speech
    if not kind:
        assert error is None
        assert isinstance(pieces[-1], Finished)
        return
    assert error is not None
    assert type(error) is vars(errors)[kind]
    assert not any(isinstance(piece, Finished) for piece in pieces)
    assert detail in (None, error.detail)
    assert error.detail.isprintable()
    assert KEY not in str(error)


async def test_a_provider_says_when_to_come_back(door: Door) -> None:
    _, error = await heard(request(door.model("429")))
    assert error is not None
    assert error.after == 7
    _, error = await heard(request(door.model("429-date")))
    assert error is not None
    assert error.after is not None
    assert error.after > 1e9


@pytest.mark.parametrize(
    ("behaviour", "reasoning", "reason"),
    [
        ("think", "which door?", "stop"),
        ("reasons", "which door?", "stop"),
        ("length", "", "length"),
        ("plain", "", "stop"),
    ],
)
async def test_what_comes_with_a_reply(
    door: Door, behaviour: str, reasoning: str, reason: str
) -> None:
    pieces, _ = await heard(request(door.model(behaviour)))
    assert told(pieces, "reasoning") == reasoning
    end = pieces[-1]
    assert end == Finished(
        reason=reason, tokens_in=11, tokens_out=5, dollars=0.0, temperature=0.7
    )


async def test_a_reply_in_one_piece_of_json_is_a_reply(door: Door) -> None:
    pieces, error = await heard(request(door.model("plain")))
    assert error is None
    assert told(pieces) == SPEECH


async def test_a_web_page_is_no_reply(door: Door) -> None:
    pieces, error = await heard(request(door.model("page")))
    assert pieces == []
    assert isinstance(error, Garbled)
    assert error.detail == "not a reply: the answer is a web page, not a model's reply"


async def test_a_seed_is_sent_if_there_is_one_and_left_out_if_it_is_refused(
    door: Door,
) -> None:
    await heard(request(door.model("speaks")))
    assert "seed" not in door.asked[-1].body
    await heard(replace(request(door.model("speaks")), seed=259))
    assert door.asked[-1].body["seed"] == 259
    pieces, _ = await heard(replace(request(door.model("no-seed")), seed=259))
    assert isinstance(pieces[-1], Finished)
    assert ["seed" in asked.body for asked in door.asked[-2:]] == [True, False]


async def test_what_a_server_refuses_is_left_out(door: Door) -> None:
    pieces, _ = await heard(request(door.model("no-temperature")))
    assert pieces[-1] == Finished(tokens_in=11, tokens_out=5, dollars=0.0, temperature=None)
    assert ["temperature" in asked.body for asked in door.asked] == [True, False]


async def test_a_refused_connection_is_unreachable() -> None:
    _, error = await heard(request(f"http://127.0.0.1:{closed_port()}/v1#any"))
    assert isinstance(error, Unreachable)


async def test_an_endless_reply_is_cut_and_hung_up_on(door: Door) -> None:
    pieces, error = await heard(request(door.model("big")))
    assert error is None
    assert len(told(pieces)) == SPEECH_LIMIT
    assert isinstance(pieces[-1], Finished)
    assert pieces[-1].reason == "length"
    assert await asyncio.to_thread(door.wait_until_left) < float("inf")


@pytest.mark.parametrize("behaviour", ["long-line", "endless-line"])
async def test_an_endless_line_is_not_read_to_its_end(door: Door, behaviour: str) -> None:
    pieces, error = await heard(request(door.model(behaviour)))
    assert pieces == []
    assert isinstance(error, Garbled)
    assert error.detail == "an event of more than 4000000 bytes"


async def test_the_cut_is_between_characters(door: Door) -> None:
    pieces, _ = await heard(request(door.model("speaks")), Compatible(limit=6))
    assert told(pieces) == "the le"


async def test_closing_hangs_up_at_once(door: Door) -> None:
    stream = Compatible().stream(request(door.model("drip")))
    assert await anext(stream) == Delta("drop ")
    began = time.monotonic()
    await stream.aclose()
    closed = time.monotonic()
    assert closed - began < 0.2
    assert await asyncio.to_thread(door.wait_until_left) - began < 0.2


@pytest.mark.parametrize("behaviour", ["hang", "stall"])
async def test_cancelling_hangs_up_at_once(door: Door, behaviour: str) -> None:
    task = asyncio.create_task(heard(request(door.model(behaviour)), Compatible()))
    assert await asyncio.to_thread(door.wait_until_asked)
    await asyncio.sleep(0.05)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.2
    assert await asyncio.to_thread(door.wait_until_left) - began < 0.2


async def test_pictures_go_along_in_lines_of_users_only(door: Door, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG and so on")
    here, gone = Image(picture, "image/png"), Image(tmp_path / "b.png", "image/png")
    odd = Image(picture, "text/html")
    await heard(
        request(
            door.model("speaks"),
            Line("user", "look", (here, gone, odd)),
            Line("assistant", "nice", (here,)),
        )
    )
    first, second = door.asked[-1].body["messages"]
    data = base64.b64encode(b"\x89PNG and so on").decode()
    assert first["content"][0] == {"type": "text", "text": "look"}
    assert first["content"][1]["image_url"] == {"url": f"data:image/png;base64,{data}"}
    assert [part["type"] for part in first["content"]] == ["text", "image_url", "text", "text"]
    assert second["content"] == "nice"


@pytest.mark.parametrize(
    ("model", "url", "name"),
    [
        ("http://h:1/v1#m", "http://h:1/v1/chat/completions", "m"),
        ("http://h:1/v1/#a/b:c", "http://h:1/v1/chat/completions", "a/b:c"),
        ("http://h:1#m", "http://h:1/v1/chat/completions", "m"),
        ("https://h/x/v1#m#n", "https://h/x/v1/chat/completions", "m#n"),
    ],
)
def test_an_id_is_an_address_and_a_name(model: str, url: str, name: str) -> None:
    address = find(model)
    assert (address.url, address.name) == (url, name)


@pytest.mark.parametrize(
    "model", ["", "qwen3", "http://h/v1", "http://h/v1#", "ftp://h/v1#m", "http://[::1#m", "#m"]
)
async def test_what_is_no_address_is_refused(model: str) -> None:
    _, error = await heard(request(model))
    assert isinstance(error, BadRequest)


async def test_a_server_that_forgets_to_hang_up_is_hung_up_on(door: Door) -> None:
    began = time.monotonic()
    pieces, error = await heard(request(door.model("lingering")), Compatible())
    assert error is None
    assert told(pieces) == SPEECH
    assert time.monotonic() - began < 5


async def test_a_wrong_path_is_not_found(door: Door) -> None:
    _, error = await heard(request(f"http://127.0.0.1:{door.port}/wrong#speaks"))
    assert error is None  # the door listens below any path that ends rightly
    _, error = await heard(request(f"http://u:secret-word@127.0.0.1:{door.port}/v1#none"))
    assert isinstance(error, NoSuchModel)
    assert "secret-word" not in str(error)


@pytest.mark.parametrize(
    "module", ["compatible", "gateway", "switch", "retry", "scripted", "replay", "breaker"]
)
def test_importing_a_provider_imports_no_client(module: str) -> None:
    code = (
        f"import sys, agents.providers.{module};"
        "sys.exit(' '.join({'httpx', 'litellm', 'openai', 'pydantic'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
