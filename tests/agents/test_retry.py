"""Trying again: when, how long after, how often, and when not."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from agents.errors import (
    Broken,
    OutOfCredit,
    ProviderError,
    RateLimited,
    ScriptEnded,
    ServerFailed,
    TimedOut,
    Unauthorised,
)
from agents.providers.base import Delta, Finished, Line, Piece, Provider, Request, Waiting
from agents.providers.breaker import should_bench
from agents.providers.compatible import Compatible
from agents.providers.retry import Patience, Retrying
from agents.providers.scripted import Fault, Scripted
from tests.agents.door import SPEECH, door_server

ASK = Request(model="scripted/ada", lines=[Line("user", "which door?")], speaker="AI-1")


class Sleeper:
    """Waits no time at all, and knows how long it should have waited."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


class Slow:
    """Waits before each piece, as it is told."""

    def __init__(self, *pieces: tuple[float, Piece]) -> None:
        self.pieces = pieces
        self.closed = 0

    async def stream(self, request: Request) -> AsyncIterator[Piece]:
        try:
            for seconds, piece in self.pieces:
                await asyncio.sleep(seconds)
                yield piece
        finally:
            self.closed += 1


def chance(seed: int) -> random.Random:
    return random.Random(seed)


async def ask(
    provider: Provider, patience: Patience | None = None, seed: int = 0
) -> tuple[list[Piece], Sleeper, ProviderError | None]:
    sleeper, pieces = Sleeper(), list[Piece]()
    retrying = Retrying(provider, patience, chance=chance(seed), sleep=sleeper)
    try:
        async for piece in retrying.stream(ASK):
            pieces.append(piece)
    except ProviderError as error:
        return pieces, sleeper, error
    return pieces, sleeper, None


def speech(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta))


async def test_a_failure_that_may_pass_is_tried_again_and_shows() -> None:
    provider = Scripted({"AI-1": [Fault("ServerFailed", "resting"), "the left"]})
    pieces, sleeper, error = await ask(provider)
    assert error is None
    assert isinstance(pieces[0], Waiting)
    assert pieces[0].why == "ServerFailed: resting"
    assert pieces[0].attempt == 2
    assert sleeper.slept == [pieces[0].seconds]
    assert speech(pieces) == "the left"
    assert isinstance(pieces[-1], Finished)


async def test_three_tries_and_no_more() -> None:
    provider = Scripted({"AI-1": [Fault("ServerFailed")] * 9})
    pieces, _, error = await ask(provider)
    assert isinstance(error, ServerFailed)
    assert error.attempts == len(provider.asked) == 3
    assert [piece.attempt for piece in pieces if isinstance(piece, Waiting)] == [2, 3]


@pytest.mark.parametrize("name", ["Unauthorised", "OutOfCredit", "NoSuchModel", "Refused"])
async def test_what_asking_again_cannot_mend_is_asked_once(name: str) -> None:
    provider = Scripted({"AI-1": [Fault(name), "too late"]})
    pieces, _, error = await ask(provider)
    assert type(error).__name__ == name
    assert error is not None
    assert error.attempts == 1
    assert pieces == []


async def test_what_was_said_stays_said() -> None:
    provider = Scripted({"AI-1": [Fault("Broken", speech="the left "), "the left door"]})
    pieces, _, error = await ask(provider)
    assert isinstance(error, Broken)
    assert speech(pieces) == "the left "
    assert len(provider.asked) == 1


async def test_reasoning_alone_does_not_stand_in_the_way_of_another_try() -> None:
    class Muses:
        asked = 0

        async def stream(self, request: Request) -> AsyncIterator[Piece]:
            self.asked += 1
            yield Delta("hm", "reasoning")
            if self.asked == 1:
                raise Broken(request.model, "cut")
            yield Delta("the left")
            yield Finished()

    pieces, _, error = await ask(Muses())
    assert error is None
    assert [type(piece).__name__ for piece in pieces] == [
        "Delta",
        "Waiting",
        "Delta",
        "Delta",
        "Finished",
    ]


@pytest.mark.parametrize(("after", "least", "most"), [(7, 7, 7), (9000, 60, 60), (0, 0, 1)])
async def test_the_provider_says_when_to_come_back(after: int, least: int, most: int) -> None:
    provider = Scripted({"AI-1": [Fault("RateLimited", "slow down", after=after), "left"]})
    _, sleeper, error = await ask(provider)
    assert error is None
    assert least <= sleeper.slept[0] <= most


async def test_waits_grow_and_differ() -> None:
    patience = Patience(tries=8, base=1.0, longest=20.0, total=1e9)
    firsts, lasts = list[float](), list[float]()
    for seed in range(60):
        _, sleeper, _ = await ask(
            Scripted({"AI-1": [Fault("ServerFailed")] * 9}), patience, seed
        )
        assert all(0 <= wait <= min(20, 2**n) for n, wait in enumerate(sleeper.slept))
        firsts.append(sleeper.slept[0])
        lasts.append(sleeper.slept[-1])
    assert len(set(firsts)) > 50
    assert sum(lasts) > 5 * sum(firsts)
    assert max(lasts) > 15


async def test_no_first_word_in_time_is_a_failure_that_may_pass() -> None:
    slow = Slow((5, Delta("late")))
    pieces, _, error = await ask(slow, Patience(first_token=0.02, tries=2))
    assert isinstance(error, TimedOut)
    assert error.detail == "no answer within 0.02 seconds"
    assert error.attempts == slow.closed == 2
    assert [type(piece) for piece in pieces] == [Waiting]


async def test_silence_in_the_middle_ends_the_reply() -> None:
    slow = Slow((0, Delta("the left ")), (5, Delta("door")))
    pieces, _, error = await ask(slow, Patience(idle=0.02))
    assert isinstance(error, TimedOut)
    assert error.detail == "no further word within 0.02 seconds"
    assert speech(pieces) == "the left "
    assert slow.closed == 1


async def test_a_reply_without_end_is_ended() -> None:
    slow = Slow(*[(0.01, Delta("drop "))] * 1000)
    pieces, _, error = await ask(slow, Patience(total=0.15))
    assert isinstance(error, TimedOut)
    assert error.detail == "no end of the reply within 0.15 seconds"
    assert 2 <= len(pieces) <= 16


async def test_a_wait_that_outlasts_all_patience_is_not_begun() -> None:
    provider = Scripted({"AI-1": [Fault("RateLimited", after=50), "late"]})
    pieces, sleeper, error = await ask(provider, Patience(total=10))
    assert isinstance(error, RateLimited)
    assert (pieces, sleeper.slept) == ([], [])


async def test_a_stream_without_finished_is_broken() -> None:
    pieces, _, error = await ask(Slow((0, Delta("the left"))))
    assert isinstance(error, Broken)
    assert speech(pieces) == "the left"


async def test_closing_closes_what_is_inside() -> None:
    slow = Slow((0, Delta("the")), (9, Delta("left")))
    stream = Retrying(slow).stream(ASK)
    assert await anext(stream) == Delta("the")
    await stream.aclose()
    assert slow.closed == 1


async def test_a_script_that_is_over_is_over() -> None:
    _, _, error = await ask(Scripted({"AI-1": []}))
    assert isinstance(error, ScriptEnded)
    assert error.attempts == 1


async def test_a_server_that_comes_to_itself_is_heard() -> None:
    with door_server() as door:
        request = Request(model=door.model("flaky-2"), lines=ASK.lines)
        retrying = Retrying(Compatible(), Patience(base=0.01), chance=chance(1))
        pieces = [piece async for piece in retrying.stream(request)]
        assert door.times("flaky-2") == 3
    assert [type(piece) for piece in pieces[:2]] == [Waiting, Waiting]
    assert speech(pieces) == SPEECH


async def test_a_server_that_hangs_is_let_go() -> None:
    with door_server() as door:
        request = Request(model=door.model("hang"), lines=ASK.lines)
        retrying = Retrying(Compatible(), Patience(first_token=0.2, tries=1))
        with pytest.raises(TimedOut):
            _ = [piece async for piece in retrying.stream(request)]
        assert await asyncio.to_thread(door.wait_until_left) < float("inf")


@pytest.mark.parametrize(
    ("failures", "error", "benched"),
    [
        (1, "ServerFailed", False),
        (2, "TimedOut", False),
        (3, "ServerFailed", True),
        (4, "Empty", True),
        (1, Unauthorised.__name__, True),
        (1, OutOfCredit.__name__, True),
        (1, "NoSuchModel", True),
        (1, "Refused", False),
    ],
)
def test_who_is_benched(failures: int, error: str, *, benched: bool) -> None:
    assert should_bench(failures, error) is benched
