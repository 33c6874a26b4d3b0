"""litellm against a real server on the loopback that misbehaves in every way.

No mock stands where the wire is: what is tested here is mostly what litellm makes of it.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents import errors
from agents.errors import NoSuchModel, ProviderError, Unauthorised, Unreachable
from agents.providers.base import Delta, Finished, Image, Line, Piece, Request
from agents.providers.gateway import Gateway
from agents.providers.reply import SPEECH_LIMIT
from agents.providers.retry import Patience, Retrying
from tests.agents.door import KEY, SPEECH, Door, closed_port, door_server
from tests.agents.test_compatible import ENDINGS


@pytest.fixture(scope="module")
def running() -> Iterator[Door]:
    with door_server() as door:
        yield door


@pytest.fixture
def door(running: Door, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
    monkeypatch.setenv("OPENAI_API_BASE", running.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    running.asked.clear()
    running.left.clear()
    return running


def request(behaviour: str, *lines: Line, temperature: float | None = 0.7) -> Request:
    told = lines or (Line("system", "You are Ada."), Line("user", "which door?"))
    return Request(model=f"openai/{behaviour}", lines=told, temperature=temperature)


async def heard(
    asked: Request, provider: Gateway | None = None
) -> tuple[list[Piece], ProviderError | None]:
    pieces = list[Piece]()
    try:
        async for piece in (provider or Gateway(silence=0.4)).stream(asked):
            pieces.append(piece)
    except ProviderError as error:
        return pieces, error
    return pieces, None


def told(pieces: list[Piece], channel: str = "speech") -> str:
    deltas = [piece for piece in pieces if isinstance(piece, Delta)]
    return "".join(delta.text for delta in deltas if delta.channel == channel)


async def test_a_reply_comes_as_it_is_written(door: Door) -> None:
    pieces, error = await heard(request("speaks"))
    assert error is None
    assert len(pieces) == 6
    assert told(pieces) == SPEECH
    # No price is known for a model of that name: that is not the same as free.
    assert pieces[-1] == Finished(tokens_in=11, tokens_out=5, dollars=None, temperature=0.7)
    assert door.asked[-1].body["max_tokens"] == 2048
    assert door.asked[-1].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(("behaviour", "speech", "kind", "detail"), ENDINGS)
async def test_each_ending_is_what_it_is(
    door: Door, behaviour: str, speech: str, kind: str, detail: str | None
) -> None:
    pieces, error = await heard(request(behaviour))
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
    assert "litellm" not in error.detail.lower()


@pytest.mark.parametrize("behaviour", ["429", "500", "503", "hang", "cut", "error-first"])
async def test_litellm_does_not_ask_again_by_itself(door: Door, behaviour: str) -> None:
    await heard(request(behaviour))
    assert door.times(behaviour) == 1


async def test_trying_again_is_ours(door: Door) -> None:
    retrying = Retrying(Gateway(), Patience(base=0.01))
    pieces = [piece async for piece in retrying.stream(request("flaky-2"))]
    assert door.times("flaky-2") == 3
    assert told(pieces) == SPEECH


async def test_the_provider_says_when_to_come_back(door: Door) -> None:
    _, error = await heard(request("429"))
    assert error is not None
    assert error.after == 7


@pytest.mark.parametrize(
    ("behaviour", "reasoning", "reason"),
    [
        ("think", "which door?", "stop"),
        ("reasons", "which door?", "stop"),
        ("length", "", "length"),
    ],
)
async def test_what_comes_with_a_reply(
    door: Door, behaviour: str, reasoning: str, reason: str
) -> None:
    pieces, _ = await heard(request(behaviour))
    assert told(pieces, "reasoning") == reasoning
    assert pieces[-1] == Finished(reason=reason, tokens_in=11, tokens_out=5, temperature=0.7)


async def test_a_count_that_litellm_made_up_is_not_told(door: Door) -> None:
    pieces, _ = await heard(request("without-done"))
    assert pieces[-1] == Finished(temperature=0.7)


async def test_a_server_that_forgets_to_hang_up_is_hung_up_on(door: Door) -> None:
    began = time.monotonic()
    pieces, error = await heard(request("lingering"), Gateway())
    assert error is None
    assert told(pieces) == SPEECH
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("behaviour", ["plain", "page"])
async def test_what_is_no_stream_is_no_speech(door: Door, behaviour: str) -> None:
    pieces, error = await heard(request(behaviour))
    assert pieces == []
    assert type(error).__name__ == "Empty"


@pytest.mark.parametrize("behaviour", ["big", "long-line"])
async def test_an_endless_reply_is_cut(door: Door, behaviour: str) -> None:
    pieces, error = await heard(request(behaviour))
    assert error is None
    assert len(told(pieces)) == SPEECH_LIMIT
    assert isinstance(pieces[-1], Finished)
    assert pieces[-1].reason == "length"


async def test_a_model_may_repeat_itself(door: Door) -> None:
    stream = Gateway().stream(request("drip"))
    drops = [await anext(stream) for _ in range(120)]
    await stream.aclose()
    assert drops == [Delta("drop ")] * 120


async def test_closing_hangs_up_at_once(door: Door) -> None:
    stream = Gateway().stream(request("drip"))
    assert await anext(stream) == Delta("drop ")
    began = time.monotonic()
    await stream.aclose()
    assert time.monotonic() - began < 0.2
    assert await asyncio.to_thread(door.wait_until_left) - began < 0.2


@pytest.mark.parametrize("behaviour", ["hang", "stall"])
async def test_cancelling_hangs_up_at_once(door: Door, behaviour: str) -> None:
    gateway = Gateway()
    await gateway.warm()
    task = asyncio.create_task(heard(request(behaviour), gateway))
    assert await asyncio.to_thread(door.wait_until_asked)
    await asyncio.sleep(0.1)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.2
    assert await asyncio.to_thread(door.wait_until_left) - began < 0.3


async def test_a_refused_connection_is_unreachable(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{closed_port()}/v1")
    monkeypatch.setenv("OPENAI_API_BASE", f"http://127.0.0.1:{closed_port()}/v1")
    _, error = await heard(request("speaks"))
    assert isinstance(error, Unreachable)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("openai/gpt-4o", "OPENAI_API_KEY"),
        ("gpt-4o", "OPENAI_API_KEY"),
        ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
        ("gemini/gemini-2.5-flash", "GOOGLE_API_KEY or GEMINI_API_KEY"),
        ("openrouter/meta-llama/x", "OPENROUTER_API_KEY"),
    ],
)
async def test_without_a_key_nothing_is_asked(
    door: Door, monkeypatch: pytest.MonkeyPatch, model: str, names: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    _, error = await heard(Request(model=model, lines=[Line("user", "hi")]))
    assert isinstance(error, Unauthorised)
    assert error.detail == f"no key: set {names} in the environment"
    assert door.asked == []


@pytest.mark.parametrize("model", ["nonsense/x", "nope"])
async def test_a_provider_that_nobody_knows_is_no_such_model(model: str) -> None:
    _, error = await heard(Request(model=model, lines=[Line("user", "hi")]))
    assert isinstance(error, NoSuchModel)


async def test_the_temperature_is_fitted_to_the_model(door: Door) -> None:
    pieces, _ = await heard(request("no-temperature"))
    assert [asked.body.get("temperature") for asked in door.asked] == [0.7, None]
    assert pieces[-1] == Finished(tokens_in=11, tokens_out=5)
    door.asked.clear()
    await heard(request("gpt-5-mini"))  # takes none but its own; litellm refuses others
    assert "temperature" not in door.asked[0].body


async def test_a_seed_goes_to_who_takes_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, sent in (("speaks", [259]), ("no-seed", [259, None])):
        door.asked.clear()
        pieces, _ = await heard(replace(request(name), seed=259))
        assert isinstance(pieces[-1], Finished)
        assert [asked.body.get("seed") for asked in door.asked] == sent
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_BASE", door.base_url)
    door.asked.clear()  # litellm itself refuses it for these, before anything is sent
    await heard(replace(request("x"), model="anthropic/claude-sonnet-4-5", seed=259))
    assert [("seed" in asked.body, asked.model) for asked in door.asked] == [
        (False, "claude-sonnet-4-5")
    ]


async def test_the_price_is_known_where_the_model_is(door: Door) -> None:
    pieces, _ = await heard(request("gpt-4o-mini"))
    assert isinstance(pieces[-1], Finished)
    # Per million tokens: 0.15 dollars in, 0.60 out.
    assert pieces[-1].dollars == pytest.approx((11 * 0.15 + 5 * 0.60) / 1e6)


async def test_pictures_go_along(door: Door, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG and so on")
    await heard(request("speaks", Line("user", "look", (Image(picture, "image/png"),))))
    content = door.asked[-1].body["messages"][0]["content"]
    assert content[0] == {"type": "text", "text": "look"}
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,")


@pytest.mark.slow
def test_litellm_is_loaded_in_silence_and_off_the_network() -> None:
    code = (
        "import asyncio, os, sys;"
        "from agents.providers.gateway import Gateway, load;"
        "found = [];"
        "sys.addaudithook(lambda event, _: found.append(event)"
        " if event in ('socket.connect', 'socket.getaddrinfo') else None);"
        "asyncio.run(Gateway().warm());"
        "import litellm; litellm.verbose_logger.warning('to nobody');"
        "sys.exit(' '.join(found) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.slow
async def test_the_loop_goes_on_while_the_first_request_is_made(door: Door) -> None:
    """In a process of its own, where litellm is not imported yet."""
    code = (
        "import asyncio, time\n"
        "from agents.providers.base import Line, Request\n"
        "from agents.providers.gateway import Gateway\n"
        "worst = 0.0\n"
        "async def tick():\n"
        "    global worst\n"
        "    while True:\n"
        "        began = time.perf_counter()\n"
        "        await asyncio.sleep(0.005)\n"
        "        worst = max(worst, time.perf_counter() - began)\n"
        "async def main():\n"
        "    global worst\n"
        "    gateway = Gateway()\n"
        "    await gateway.warm()\n"
        "    ticking = asyncio.create_task(tick())\n"
        "    request = Request(model='openai/speaks', lines=[Line('user', 'hi')])\n"
        "    async for piece in gateway.stream(request): pass\n"
        "    ticking.cancel()\n"
        "    print(worst)\n"
        "asyncio.run(main())\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    # 0.03 s where nothing else runs; 0.7 s without the rehearsal in `load`.
    assert float(done.stdout) < 0.4
