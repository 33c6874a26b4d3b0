"""A room with a person in it: it waits for them instead of ending, and obeys at once."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.errors import NoSuchModel
from agents.providers.base import Delta, Finished, Request
from agents.providers.compatible import Compatible
from agents.providers.retry import Retrying
from agents.providers.scripted import Fault
from harness.clock import WallClock
from harness.errors import NoSuchParticipant, NotPossible
from harness.session.ending import Ending
from harness.session.session import Session
from harness.turn import Began, Catching, Ended, Folding
from tests.agents.door import Door, door_server
from tests.fakes import Stage, opened, stage
from transcripts import events as e
from transcripts.commands.words import Prompt, PromptClear, Remove, Temperature
from transcripts.events import Caps, Entry
from transcripts.log import read
from transcripts.participants import PERSON, Participant
from transcripts.room import Room, reduce

REPO = Path(__file__).parents[2]


@asynccontextmanager
async def running(s: Stage, **how: int | bool) -> AsyncGenerator["asyncio.Task[Ending]", None]:
    """Run the room for as long as the block lasts; then finish it."""
    run = asyncio.create_task(s.session.run(**how))  # pyright: ignore[reportArgumentType]
    try:
        yield run
        assert not run.done(), "nobody told it to end"
    finally:
        s.session.finish()
        ending = await asyncio.wait_for(run, 5)
    assert ending.reason == "stopped"


async def until(met: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until `met` is true."""
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - `met` is anything at all
            await asyncio.sleep(0.002)


def talk(count: int = 40) -> dict[str, list[str | Fault]]:
    return {name: [f"line {i}" for i in range(count)] for name in ("AI-1", "AI-2")}


def spoken(s: Stage) -> list[tuple[str, str]]:
    return [
        (event.author, event.text) for event in s.events(e.Spoke) if isinstance(event, e.Spoke)
    ]


async def test_after_its_rounds_the_room_waits_and_gives_as_many_again(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(), attended=True) as s, running(s, rounds=2):
        await until(lambda: s.session.room.paused)
        assert s.session.room.paused == "2 rounds done"
        assert s.events(e.Paused) == [e.Paused(reason="2 rounds done", by="room")]
        assert len(spoken(s)) == 4
        s.session.resume()
        await until(lambda: s.session.room.paused)
        assert len(spoken(s)) == 8
        s.session.go(1)
        await until(lambda: s.session.room.paused)
        assert s.session.room.paused == "1 round done"
        assert len(spoken(s)) == 10


async def test_a_number_of_rounds_can_change_while_they_run(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(), attended=True) as s, running(s, rounds=30):
        await until(lambda: s.session.room.rounds == 1)
        s.session.go(2)
        await until(lambda: s.session.room.paused)
        assert s.session.stretch.rounds == 2
        assert s.session.stretch.done(s.session.room) == 2
        assert s.session.room.rounds <= 4


async def test_nought_rounds_go_on_until_they_are_stopped(tmp_path: Path) -> None:
    caps = Caps(turns=None)
    script = talk(60)
    async with (
        stage(tmp_path, script, opened=opened(caps=caps), attended=True) as s,
        running(s, rounds=0),
    ):
        await until(lambda: s.session.room.rounds >= 20)
        assert s.session.room.paused == ""
        s.session.pause()
        await until(lambda: not s.session.speaking)
        assert s.session.stands == "paused"


async def test_at_a_budget_the_room_asks_and_a_new_sitting_has_as_much_again(
    tmp_path: Path,
) -> None:
    caps = Caps(turns=3)
    async with (
        stage(tmp_path, talk(), opened=opened(caps=caps), attended=True) as s,
        running(s),
    ):
        await until(lambda: s.session.room.paused)
        assert s.session.room.paused == "budget reached: 3 of 3 turns"
        turns = s.session.budgets[0]
        assert (turns.name, turns.amount, turns.most, turns.over) == ("turns", 3, 3, True)
        s.session.resume()
        assert s.session.budgets[0].amount == 0
        await until(lambda: s.session.room.paused)
        assert len(spoken(s)) == 6


async def test_opening_a_room_that_stood_at_its_budget_spends_nothing(tmp_path: Path) -> None:
    caps = Caps(turns=2)
    async with stage(tmp_path, talk(), opened=opened(caps=caps)) as s:
        assert (await s.session.run()).reason == "budget"
    async with stage(tmp_path, talk(), attended=True) as s, running(s):
        await asyncio.sleep(0.1)
        assert len(spoken(s)) == 2
        s.session.resume()
        await until(lambda: len(spoken(s)) == 4)


async def test_a_step_past_the_rounds_is_one_turn_and_no_more(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(), attended=True) as s, running(s, rounds=1):
        await until(lambda: s.session.room.paused)
        s.session.step()
        await until(lambda: len(spoken(s)) == 3)
        await asyncio.sleep(0.05)
        assert len(spoken(s)) == 3
        assert s.session.room.paused == "1 round done"


async def test_a_room_without_anybody_waits_for_somebody(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(), names=("Ada",), attended=True) as s, running(s):
        await until(lambda: spoken(s))
        s.session.do(Remove("AI-1"), "remove_ai")
        await until(lambda: s.session.room.paused)
        assert s.session.room.paused == "no model is in the room"
        s.session.reseat("AI-1")
        before = len(spoken(s))
        s.session.resume()
        await until(lambda: len(spoken(s)) > before)


@pytest.mark.parametrize(
    ("fault", "rounds", "says"),
    [("Unauthorised", 2, "nobody could be reached: AI-1 (Ada), AI-2 (Bob)"),
     ("ServerFailed", 1, "no model could be reached: boom")],
)  # fmt: skip
async def test_a_room_that_reaches_nobody_waits_and_says_so(
    tmp_path: Path, fault: str, rounds: int, says: str
) -> None:
    script: dict[str, list[str | Fault]] = {
        name: [Fault(fault, "boom"), "back"] for name in ("AI-1", "AI-2")
    }
    async with stage(tmp_path, script, attended=True) as s, running(s, rounds=rounds):
        await until(lambda: s.session.room.paused)
        assert s.session.room.paused == says
        for name in script:
            s.session.bring_back(name)
        s.session.resume()
        await until(lambda: len(spoken(s)) == 2)


async def test_a_room_opened_held_writes_nothing_until_the_person_acts(tmp_path: Path) -> None:
    async with stage(tmp_path, talk()) as s:
        await s.session.run(rounds=1)
    whole = (tmp_path / "room" / "log.jsonl").read_bytes()
    async with stage(tmp_path, talk(), attended=True) as s, running(s, rounds=1, held=True):
        await asyncio.sleep(0.1)
        assert s.session.stands == "opened"
        assert s.path.read_bytes() == whole
        s.session.step()
        await until(lambda: len(spoken(s)) == 3)
        assert s.session.stands == "opened"
        s.session.resume()
        await until(lambda: s.session.room.paused)
        assert "Resumed" not in s.kinds()


async def test_time_spent_waiting_for_the_person_is_not_time_used(tmp_path: Path) -> None:
    caps = Caps(seconds=60.0)
    async with (
        stage(
            tmp_path, talk(), opened=opened(caps=caps), clock=WallClock(), attended=True
        ) as s,
        running(s, rounds=1),
    ):
        await until(lambda: s.session.room.paused)
        used = s.session.budgets[3].amount
        await asyncio.sleep(0.3)
        assert s.session.budgets[3].amount == used
        s.session.resume()
        await asyncio.sleep(0)
        await until(lambda: s.session.room.paused)
        assert s.session.budgets[3].amount < used + 0.3


# Stopping.


class Careful:
    """A speaker that notes how many speak at once."""

    def __init__(self) -> None:
        self.speaking = 0
        self.most = 0
        self.asked: list[Request] = []
        self.go_on = asyncio.Event()

    async def stream(self, request: Request):
        self.asked.append(request)
        self.speaking += 1
        self.most = max(self.most, self.speaking)
        try:
            yield Delta("well, ")
            await self.go_on.wait()
            yield Delta("yes")
            yield Finished(tokens_in=1, tokens_out=1)
        finally:
            self.speaking -= 1


async def test_three_lines_said_during_one_stream_come_in_order_before_the_next_turn(
    tmp_path: Path,
) -> None:
    careful = Careful()
    async with (
        stage(tmp_path, provider=careful, attended=True) as s,
        running(s, rounds=2),
    ):
        await until(lambda: careful.speaking)
        for text in ("one", "two", "three"):
            s.session.say(text)
            await asyncio.sleep(0.01)
        assert [line.event for line in s.session.room.queue] == [
            e.Queued(author=PERSON, text=text) for text in ("one", "two", "three")
        ]
        assert len(careful.asked) == 1
        careful.go_on.set()
        await until(lambda: s.session.room.paused)
        assert careful.most == 1
        assert spoken(s)[:5] == [
            ("AI-1", "well, yes"), (PERSON, "one"), (PERSON, "two"), (PERSON, "three"),
            ("AI-2", "well, yes"),
        ]  # fmt: skip
        told = "\n".join(line.text for line in careful.asked[1].lines)
        assert told.index("one") < told.index("two") < told.index("three")
        assert len(careful.asked) == 4  # two rounds of two, whatever was typed


async def test_a_line_that_waits_can_be_taken_back_and_is_never_spoken(tmp_path: Path) -> None:
    careful = Careful()
    async with (
        stage(tmp_path, provider=careful, attended=True) as s,
        running(s, rounds=1),
    ):
        await until(lambda: careful.speaking)
        for text in ("one", "oops", "three"):
            s.session.say(text)
        place = s.session.room.queue[1].place
        s.session.unqueue(place)
        with pytest.raises(NotPossible, match="no line waits"):
            s.session.unqueue(place)
        careful.go_on.set()
        await until(lambda: s.session.room.paused)
        assert [text for author, text in spoken(s) if author == PERSON] == ["one", "three"]
        told = "\n".join(line.text for request in careful.asked for line in request.lines)
        assert "oops" not in told
        room = Room()
        for entry in read(s.path):
            room = reduce(room, entry)
        assert room == s.session.room


@pytest.fixture
def door():
    with door_server() as it:
        yield it


async def test_a_stop_reaches_the_server_within_200_ms(tmp_path: Path, door: Door) -> None:
    folder = tmp_path
    log = folder / "room" / "log.jsonl"
    log.parent.mkdir()
    from tests.fakes import START
    from transcripts.log import Log

    with Log(log, now=START) as made:
        made.append(START, e.Opened(title="a room", seed=1))
        ada = Participant(id="AI-1", name="Ada", model=door.model("drip"), temperature=1.0)
        made.append(START, e.Joined(participant=ada))
    provider = Retrying(Compatible())
    async with (
        stage(folder, provider=provider, clock=WallClock(), attended=True) as s,
        running(s),
    ):
        with s.session.reader() as items:
            pieces = 0
            async for item in items:
                pieces += not isinstance(item, Entry | Began | Folding)
                if pieces > 5:
                    break
        stopped = time.monotonic()
        s.session.stop_speaker()
        s.session.pause()
        await until(lambda: not s.session.speaking)
        assert time.monotonic() - stopped < 0.2
        assert await asyncio.to_thread(door.wait_until_left) - stopped < 0.2
        [said] = s.events(e.Spoke)
        assert isinstance(said, e.Spoke)
        assert said.cut == "stopped"
        assert said.text.startswith("drop drop ")
        assert said.usage is not None
        assert said.usage.sent > 0
        # What was not told is estimated: four bytes a token, in and out.
        assert s.session.room.tokens >= said.usage.sent // 4 + len(said.text) // 4
        assert door.times("drip") == 1


async def test_a_stop_while_the_request_is_being_made_asks_nobody(tmp_path: Path) -> None:
    careful = Careful()
    async with stage(tmp_path, provider=careful, attended=True) as s, running(s):
        while not s.session.speaking:  # noqa: ASYNC110 - the very moment, not 2 ms later
            await asyncio.sleep(0)
        s.session.pause()
        s.session.stop_speaker()
        await until(lambda: not s.session.speaking)
        assert careful.asked == []
        assert s.kinds()[-1] == "Skipped"
        s.session.resume()
        await until(lambda: careful.asked)
        assert careful.asked[0].speaker == "AI-2"


# Looking, and taking back.


async def test_a_preview_is_what_is_sent_and_is_not_recorded(tmp_path: Path) -> None:
    lines = [f"the lantern number {i} hangs at door {i}" for i in range(30)]
    async with stage(tmp_path, {"AI-1": lines, "AI-2": lines}, attended=True) as s:
        async with running(s, rounds=9):
            await until(lambda: s.session.room.paused)
            before = len(s.session.log)
            preview = await s.session.preview("Ada")
            assert len(s.session.log) == before
            assert "What you remember" in preview.lines[0].text
            s.session.step()
            await until(lambda: len(s.provider.asked) == 19)
            assert s.provider.asked[-1] == preview
            with pytest.raises(NotPossible, match="nobody here"):
                await s.session.preview("Zoe")
            s.session.say("hello")
            with pytest.raises(NotPossible, match="you see everything"):
                await s.session.preview(PERSON)
            s.session.record(e.Joined(participant=Participant(id="AI-9", name="X", model="")))
            with pytest.raises(NoSuchModel):
                await s.session.preview("AI-9")
        with pytest.raises(NotPossible, match="closed"):
            await s.session.preview("Ada")


async def test_a_removal_taken_back_leaves_everything_as_it_was(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(), attended=True) as s:
        session = s.session
        session.do(Prompt("speak of ships"), "prompt", subject="AI-1")
        session.do(Temperature(0.4), "temperature", subject="AI-1")
        before = session.room.seat("AI-1")
        session.do(Remove("AI-1"), "remove_ai")
        assert session.room.seat("AI-1").left
        with pytest.raises(NoSuchParticipant, match="has not left"):
            session.reseat("AI-2")
        session.reseat("AI-1")
        assert session.room.seat("AI-1") == before
        assert [seat.id for seat in session.room.models] == ["AI-1", "AI-2"]
        assert session.room.seated == 2
        async with running(s, rounds=2):
            await until(lambda: session.room.paused)
            assert [author for author, _ in spoken(s)] == ["AI-1", "AI-2", "AI-1", "AI-2"]
            asked = s.provider.asked[0]
            assert "speak of ships" in asked.lines[0].text
            assert asked.temperature == 0.4
            others = "\n".join(line.text for line in s.provider.asked[1].lines)
            assert "sent AI-1 (Ada) out" in others
            assert "invited AI-1 (Ada)" in others
        room = Room()
        for entry in read(s.path):
            room = reduce(room, entry)
        assert room == session.room


async def test_a_removed_line_of_a_prompt_can_be_put_back(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(), attended=True) as s:
        session: Session = s.session
        for text in ("one", "two"):
            session.do(Prompt(text), "prompt", subject="AI-1")
        [gone] = session.do(PromptClear(1), "prompt_clear", subject="AI-1")
        assert isinstance(gone.event, e.PromptRemoved)
        assert session.room.seat("AI-1").prompts == ("two",)
        for text in gone.event.texts:
            session.do(Prompt(text), "prompt", subject="AI-1")
        assert set(session.room.seat("AI-1").prompts) == {"one", "two"}


# What is remembered.


async def test_catching_up_is_told_and_does_not_keep_the_person_waiting(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(200), opened=opened(caps=Caps(turns=None))) as s:
        await s.session.run(rounds=100)
        whole = s.session.room.carried.digest
    (tmp_path / "bank.sqlite").unlink()
    told: list[Catching] = []
    async with (
        stage(tmp_path, talk(200), clock=WallClock(), attended=True) as s,
        running(s, held=True),
    ):
        with s.session.reader() as items:
            async for item in items:
                if isinstance(item, Catching):
                    told.append(item)
                    if item.done == item.total:
                        break
                    s.session.whisper("AI-1", f"at {item.done}")
                    assert s.session.log[-1].event == e.Whispered(
                        author=PERSON, to="AI-1", text=f"at {item.done}"
                    )
        newest = s.bank.newest("room", "text")
        assert newest is not None
        assert newest.digest == whole
    assert [glimpse.total for glimpse in told] == [200] * len(told)
    assert [glimpse.done for glimpse in told] == sorted(glimpse.done for glimpse in told)
    assert len(told) > 1


async def test_a_room_can_be_left_while_it_catches_up_and_goes_on_with_it_later(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, talk(200), opened=opened(caps=Caps(turns=None))) as s:
        await s.session.run(rounds=60)
        whole = s.session.room.carried.digest
    log = (tmp_path / "room" / "log.jsonl").read_bytes()
    (tmp_path / "bank.sqlite").unlink()
    async with stage(tmp_path, talk(200), clock=WallClock(), attended=True) as s:
        with s.session.reader() as items:
            run = asyncio.create_task(s.session.run())
            async for item in items:
                if isinstance(item, Catching):
                    break
            s.session.finish()
            assert (await asyncio.wait_for(run, 1)).reason == "stopped"
        assert len(s.bank.history("room", "text")) < 120
    assert (tmp_path / "room" / "log.jsonl").read_bytes() == log
    async with stage(tmp_path, talk(200), attended=True) as s, running(s, held=True):
        await until(lambda: len(s.bank.history("room", "text")) == 120)
        newest = s.bank.newest("room", "text")
        assert newest is not None
        assert newest.digest == whole


async def test_a_fold_being_made_is_told_before_it_is_recorded(tmp_path: Path) -> None:
    async with stage(tmp_path, talk(), attended=True) as s:
        with s.session.reader() as items:
            run = asyncio.create_task(s.session.run(turns=1))
            seen = [item async for item in items]
        await run
    told = next(item for item in seen if isinstance(item, Folding))
    folded = next(i for i in seen if isinstance(i, Entry) and isinstance(i.event, e.Folded))
    assert isinstance(folded.event, e.Folded)
    assert told.place == folded.event.last
    assert any(isinstance(item, Ended) for item in seen[: seen.index(told)])
    assert seen.index(told) < seen.index(folded)


# What it costs to begin.


@pytest.mark.parametrize(
    "module",
    ["harness.session.session", "harness.rooms", "harness.paths", "harness.clock",
     "agents.scenarios.scenario", "tui.desk"],
)  # fmt: skip
def test_importing_it_waits_for_nothing_heavy(module: str) -> None:
    heavy = ("pydantic", "sqlalchemy", "litellm", "torch", "textual", "PIL", "openai", "httpx")
    code = f"import sys, {module}\nprint(*(name for name in {heavy!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
