"""A room whose turns are answered twice: what is forgotten shows, and the room is left alone.

The models are a real server on the loopback that answers from what it is told: a fact if it
stands in the request, and a number drawn from the seed if it does not.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.errors import NoSuchModel, Unauthorised
from agents.providers.base import Finished, Line, Piece, Request
from agents.providers.compatible import Compatible
from agents.scenarios import scenario as scenarios
from agents.scenarios.scenario import Scenario
from harness.clock import FixedClock
from harness.compose import new_room, open_session
from harness.config import ProviderSettings, Settings
from harness.errors import NotPossible
from harness.evaluation.excluding import conflicts
from harness.evaluation.live import Answer, Likening, Pair, Run, cost, f1, report
from harness.evaluation.streams import stream
from harness.evaluation.verifier import Mixed
from harness.paths import Paths
from harness.rooms import Rooms
from harness.sidebyside import SideBySide
from harness.twice import Aside, Plan, Twice, lot, untold
from tests.agents.door import BEHAVIOURS, Asked, Behaviour, Door, Knock, door_server, words_of
from transcripts.events import Opened, Spoke
from transcripts.room import Room

FACTS = {
    "code of the gate": 4711,
    "berth of the ferry": 62,
    "depth of the well": 318,
    "age of the oak": 905,
    "weight of the anchor": 1270,
    "height of the mast": 27,
}
ORDER = list(FACTS)
FILLER = (
    "Before you answer, hear how my morning went, for it was a strange one: the kettle whistled"
    " twice, the neighbour's goat stood in the hall again, somebody had turned the clock to the"
    " wall, and nobody I met would say a word about the weather, which was plainly foul."
)


def asks(knock: Knock) -> None:
    """Ask for the next fact, whatever was told before."""
    last = ORDER.index(_topics(knock)[-1])
    say(knock, f"{FILLER} What is the {ORDER[(last + 1) % len(ORDER)]}?")


def knows(knock: Knock) -> None:
    """Say a fact as it stands in the request, be it in telegraphese; else make one up."""
    asked = knock.door.asked[-1]
    topic = _topics(knock)[-1]
    head = topic.split()[0]
    stands = re.search(rf"{head} of[^;.?\n\d]*(\d+)", "\n".join(words_of(asked)))
    made_up = 10_000 + asked.body.get("seed", 0) % 80_000
    say(knock, f"The {topic} is {stands[1] if stands else made_up}.")


def rambles(knock: Knock) -> None:
    """Say something else each time, seed or no seed."""
    say(knock, f"{FILLER.split()[knock.nth % 40]} {knock.nth}")


def forgets(knock: Knock) -> None:
    """Take no request of more than 4,000 bytes."""
    if sum(len(text) for text in words_of(knock.door.asked[-1])) > 4000:
        error = {"message": "maximum context length is 4000", "code": "context_length_exceeded"}
        knock.fail(400, {"error": error})
    else:
        asks(knock)


def judges(knock: Knock) -> None:
    told = json.loads(knock.door.asked[-1].body["messages"][1]["content"])
    same = told["first"] == told["second"]
    say(knock, json.dumps({"same": same, "contradict": not same}))


def say(knock: Knock, text: str) -> None:
    """Answer in two pieces, and count four bytes a token."""
    read = sum(len(part.encode()) for part in words_of(knock.door.asked[-1]))
    half = len(text) // 2
    knock.begin()
    knock.delta(content=text[:half])
    knock.delta(content=text[half:])
    knock.delta("stop")
    knock.usage(read // 4, len(text) // 4)
    knock.write("data: [DONE]\n\n")


def _topics(knock: Knock) -> list[str]:
    """Return what was named in the newest message, in order."""
    newest = list(words_of(knock.door.asked[-1]))[-1]
    return re.findall("|".join(ORDER), newest)


OURS: dict[str, Behaviour] = {
    "asks": asks, "knows": knows, "rambles": rambles, "forgets": forgets, "judges": judges,
}  # fmt: skip


@pytest.fixture
def door() -> Iterator[Door]:
    BEHAVIOURS.update(OURS)
    try:
        with door_server() as running:
            yield running
    finally:
        for name in OURS:
            del BEHAVIOURS[name]


def cast(folder: Path, first: str, second: str, more: str = "") -> Scenario:
    """Return a room of two, whose facts are told by the narrator before anything else."""
    told = " ".join(f"The {topic} is {value}." for topic, value in FACTS.items())
    path = folder / "harbour.toml"
    path.write_text(
        f"""title = "Harbour"
window = 2
budget = 512
recall = 512
seed = 11
opening_by = "narrator"
opening = "{told}"
{more}
[[cast]]
name = "Asta"
model = "{first}"
temperature = 0.3
[[cast]]
name = "Knud"
model = "{second}"
temperature = 0.7
"""
    )
    return scenarios.load(path)


def where(folder: Path) -> Paths:
    return Paths(
        config=folder / "config",
        data=folder / "data",
        state=folder / "state",
        cache=folder / "cache",
    )


SETTINGS = Settings(provider=ProviderSettings(max_tokens=200, tries=1))


def both(
    folder: Path,
    scenario: Scenario,
    plan: Plan,
    progress: Callable[[str, int], None] | None = None,
) -> SideBySide:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    return SideBySide(
        scenario, where(folder), SETTINGS, clock=clock, plan=plan, progress=progress
    )


async def plain(folder: Path, scenario: Scenario, turns: int, carrier: str = "") -> list[str]:
    """Let an ordinary room take so many turns; return what was said."""
    paths, clock = where(folder), FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    rooms = Rooms.of(paths)
    room = await new_room(rooms, scenario, paths, SETTINGS, clock, carrier=carrier)
    async with open_session(rooms, room, paths, SETTINGS, clock) as session:
        await session.run(turns=turns)
        return [one.event.text for one in session.log if isinstance(one.event, Spoke)]


def told(asked: Asked) -> Any:
    return asked.body["messages"]


async def test_what_is_forgotten_is_contradicted_and_what_comes_back_is_not(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"))
    found: dict[str, Any] = {}
    for carrier in ("text", "empty"):
        run = await both(tmp_path, scenario, Plan(turns=18, carrier=carrier)).go()
        run.pairs = [pair for pair in run.pairs if pair.speaker == "AI-2"]
        assert run.complete
        assert len(run.pairs) > 5
        found[carrier] = report(run, _mixed())
    text, empty = (found[carrier]["agreement"]["stems"] for carrier in ("text", "empty"))
    assert text["cc"]["mean"] == 100.0
    assert empty["cc"]["interval"][1] < 90
    assert empty["lost"]["interval"][0] > 10
    assert text["again"]["mean"] == empty["again"]["mean"] == 100.0
    text, empty = (found[carrier]["contradictions"] for carrier in ("text", "empty"))
    assert text["cc"]["mean"] == 0.0
    assert empty["cc"]["mean"] > 80
    assert empty["again"]["mean"] == 0.0
    sides = empty["room says as"]
    assert sides["full"] > 5
    assert sides["cc"] == 0
    ratio = found["text"]["cost"]["ratio"]
    assert ratio["sent"] > 1
    assert not (tmp_path / "data").exists()


async def test_everything_is_what_a_room_of_carrier_full_sends_and_the_room_is_left_alone(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"))
    said = await plain(tmp_path, scenario, 14)
    alone = [told(asked) for asked in door.asked]
    door.asked.clear()
    assert await plain(tmp_path, scenario, 14, "full") == said
    whole = [told(asked) for asked in door.asked]
    door.asked.clear()
    run = await both(tmp_path, scenario, Plan(turns=14, every=2, again=50)).go()
    assert run.said == said
    now = [told(asked) for asked in door.asked]
    aside = list(now)
    for own in alone:  # in their order, with what was asked aside between them
        aside.remove(own)
    places = [pair.turn for pair in run.pairs]
    assert places
    assert all(turn % 2 == 0 for turn in places)
    asked_again = [turn for turn in places for _ in range(aside.count(whole[turn - 1]))]
    assert len(asked_again) == len(aside)
    assert set(asked_again) == set(places)
    assert sum(pair.again is not None for pair in run.pairs) == len(places) // 2


async def test_all_askings_of_a_turn_have_one_seed_but_the_one_that_is_redrawn(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"))
    run = await both(tmp_path, scenario, Plan(turns=9)).go()
    bodies = [asked.body for asked in door.asked][-4:]
    own, full, again, redrawn = (body.pop("seed") for body in bodies)
    assert own == full == again == lot(11, 8, "AI-1")
    assert redrawn != own
    assert bodies[1] == bodies[2] == bodies[3]
    assert {body["temperature"] for body in bodies} == {0.3}
    assert {body["max_tokens"] for body in bodies} == {200}
    assert run.pairs[-1].turn == 9
    for answer in (run.pairs[-1].cc, run.pairs[-1].full):
        assert answer.tokens_in == answer.sent // 4
        assert answer.estimated == ()
    assert run.pairs[-1].cc.sent < run.pairs[-1].full.sent


async def test_a_provider_that_draws_anew_is_not_blamed_on_memory(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("rambles"), door.model("rambles"), "caps.dollars = 5")
    scenario = replace(scenario, budget=64, recall=0)
    run = await both(tmp_path, scenario, Plan(turns=14)).go()
    assert len(run.pairs) >= 5
    assert all(pair.redrawn is None for pair in run.pairs)
    found = report(run, _mixed())
    assert found["agreement"]["exact"]["again"]["mean"] == 0.0
    assert any("compare `cc` with `again`" in one for one in found["means"])
    low, high = found["agreement"]["stems"]["lost"]["interval"]
    assert low <= 0 <= high


async def test_a_history_that_fits_no_more_is_told_and_no_answer(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("forgets"), door.model("forgets"))
    run = await both(tmp_path, scenario, Plan(turns=40)).go()
    assert run.ended == "provider"
    assert not run.complete
    assert len(run.said) - 1 == run.pairs[-1].turn + 3
    (what,) = run.failed
    assert what.startswith("full: Overlong: ")
    assert run.failed[what] == 3


def unpriced(model: str, tokens_in: int, tokens_out: int) -> None:
    return None


class Paid:
    """Asks a real server, and says that each answer cost thirty cents."""

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        async for piece in Compatible().stream(request):
            yield replace(piece, dollars=0.3) if isinstance(piece, Finished) else piece


async def test_what_is_asked_aside_counts_towards_the_budget(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"))
    paths, clock = where(tmp_path), FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    rooms, run = Rooms.of(paths), Run({})
    room = await new_room(rooms, scenario, paths, SETTINGS, clock, dollars=2.0)
    aside = Aside(
        provider=Paid(), clock=clock, cost=unpriced, images=rooms.images(room), seed=1
    )
    twice = Twice(Plan(), aside, run)
    async with open_session(rooms, room, paths, SETTINGS, clock, over=twice.over) as session:
        twice.follow(session)
        ending = await session.run(turns=40)
    assert ending.reason == "paused"
    assert twice.why is not None
    assert twice.why[0] == "budget"
    assert len(run.pairs) == 3  # each asked thrice aside, at 0.30


async def test_a_run_that_is_stopped_keeps_what_it_has(tmp_path: Path, door: Door) -> None:
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"))
    enough = asyncio.Event()

    def progress(what: str, _: int) -> None:
        if what == "2 compared":
            enough.set()

    going = both(tmp_path, scenario, Plan(turns=5000), progress)
    task = asyncio.create_task(going.go())
    async with asyncio.timeout(60):
        await enough.wait()
    going.stop()
    run = await task
    assert run.ended == "stopped"
    assert not run.complete
    assert len(run.pairs) >= 2
    assert report(run, _mixed())["complete"] is False
    early = both(tmp_path, scenario, Plan(turns=5000))
    early.stop()
    assert (await early.go()).ended == "stopped"


async def test_a_judge_is_asked_of_what_differs_and_its_failures_end_nothing(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"))
    plan = Plan(turns=14, carrier="empty", judge=door.model("judges"))
    run = await both(tmp_path, scenario, plan).go()
    judged = report(run, _mixed())["judged"]
    assert judged["cc"]["contradict"]["mean"] > 0
    assert judged["floor"]["contradict"]["mean"] == 0.0
    assert judged["cost"]["calls"] == 2 * sum(
        pair.cc.text != pair.full.text for pair in run.pairs
    )
    plan = replace(plan, judge=door.model("no such judge"))
    run = await both(tmp_path, scenario, plan).go()
    assert run.complete
    ((what, count),) = run.failed.items()
    assert what.startswith(f"judge: {NoSuchModel.__name__}")
    assert count == 3  # then it is asked no more


async def test_scripts_are_not_compared_and_a_cast_of_them_is_refused(
    tmp_path: Path, door: Door
) -> None:
    lines = ", ".join(f'"Line {at} of mine. What is the {ORDER[at % 6]}?"' for at in range(20))
    path = tmp_path / "half.toml"
    cast(tmp_path, "x/asks", door.model("knows"))
    text = (tmp_path / "harbour.toml").read_text()
    path.write_text(text.replace('model = "x/asks"', f"script = [{lines}]"))
    run = await both(tmp_path, scenarios.load(path), Plan(turns=16)).go()
    assert run.skipped["a script says its lines whatever it is told"] == 8
    assert {pair.speaker for pair in run.pairs} == {"AI-2"}
    with pytest.raises(NotPossible, match="its whole cast plays scripts"):
        both(tmp_path, scenarios.load("lighthouse"), Plan())


async def test_what_cannot_be_is_said_before_anybody_is_asked(
    tmp_path: Path, door: Door
) -> None:
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"), 'carrier = "full"')
    with pytest.raises(NotPossible, match="nothing to compare it with"):
        await both(tmp_path, scenario, Plan()).go()
    scenario = cast(tmp_path, door.model("asks"), "openai/gpt-5")
    with pytest.raises(Unauthorised, match="AI-2 needs OPENAI_API_KEY"):
        await both(tmp_path, scenario, Plan()).go()
    scenario = cast(tmp_path, door.model("asks"), door.model("knows"))
    with pytest.raises(Unauthorised, match="no key for the judge"):
        await both(tmp_path, scenario, Plan(judge="gpt-5")).go()
    assert not door.asked


async def test_the_byte_model_says_the_same_where_it_is_told_the_same(tmp_path: Path) -> None:
    scenario = replace(scenarios.load("bytes"), budget=64, recall=64, window=2)
    short = Settings(provider=ProviderSettings(max_tokens=24))
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    ran: list[Run] = []
    for _ in range(2):
        going = SideBySide(scenario, where(tmp_path), short, clock=clock, plan=Plan(turns=7))
        ran.append(await going.go())
    one, other = ran
    assert one.pairs
    assert one.pairs == other.pairs
    assert all(pair.again == pair.full for pair in one.pairs)
    assert any(pair.redrawn and pair.redrawn.text != pair.full.text for pair in one.pairs)


# What is counted, without a room.


def answer(text: str, *, spoken: str | None = None, **more: Any) -> Answer:
    return Answer(text=text, spoken=text if spoken is None else spoken, **more)


def pair(cc: str, full: str, turn: int = 1, again: str | None = None, **more: Any) -> Pair:
    return Pair(
        turn=turn,
        speaker="AI-1",
        model="m",
        asked="?",
        lines=turn,
        left=1,
        cc=answer(cc),
        full=answer(full),
        again=None if again is None else answer(again),
        **more,
    )


def test_stems_in_common_count_by_those_of_both() -> None:
    assert f1(frozenset("abcd"), frozenset("cdef")) == 500_000
    assert f1(frozenset("ab"), frozenset("ab")) == 1_000_000
    assert f1(frozenset("a"), frozenset()) == 0
    assert f1(frozenset(), frozenset()) == -1


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=10)
@given(TEXTS, TEXTS)
def test_what_a_text_tells_of_another_is_a_share_and_all_of_itself(
    one: str, other: str
) -> None:
    like = _likening()
    assert -1 <= like.told(one, other) <= 1_000_000
    assert like.told(other, other) == (1_000_000 if other.strip() else -1)


@cache
def _mixed() -> Mixed:
    return Mixed()


@cache
def _likening() -> Likening:
    return Likening(_mixed())


def test_bits_see_what_is_told_and_not_who_says_it_first() -> None:
    like = _likening()
    full = "The boat came in at 04:46 by the north landing, with five aboard and a lamp."
    near = "At 04:46 the boat came in by the north landing, five aboard."
    far = "I could not say. The wind has turned, and the glass is falling still."
    assert like.told(near, full) > 2 * like.told(far, full)
    assert like.told(full, full) == 1_000_000


def test_commands_agree_by_their_verbs_and_say_nothing_where_there_are_none() -> None:
    like = _likening()
    drawn = answer('Look.\n!image "fog"', spoken="Look.", verbs=("image",))
    other = answer('Look.\n!image "a lamp"', spoken="Look.", verbs=("image",))
    plain = answer("Look.")
    assert like.alike(drawn, other).commands == 1_000_000
    assert like.alike(drawn, other).exact == 0
    assert like.alike(drawn, plain).commands == 0
    assert like.alike(plain, plain).commands == -1


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("The code of the gate is 4711.", "Well, the gate's code is 4712!", "number"),
        ("She left the harbour at nine.", "She left the harbour at eleven.", "number"),
        ("I gave the keys to Maren.", "I gave the keys to Ottilie.", "name"),
        ("The north landing is not open.", "The north landing is open.", "not"),
        ("The ring doesn't hold tonight.", "The ring holds tonight.", "not"),
        ("The password is marrowmoth.", "The password is thistledown.", "slot"),
    ],
)
def test_what_excludes_is_seen(one: str, other: str, kind: str) -> None:
    said = ["As agreed, the password is thistledown.", "Tea, anybody?"]
    for a, b in ((one, other), (other, one)):
        assert [found.kind for found in conflicts(a, b, said)] == [kind]
    assert not conflicts(one, one, said)
    assert not conflicts(other, other, said)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The code of the gate is 4711.", "The code of the gate is 4,711, I think."),
        ("The code of the gate is 4711.", "The weight of the anchor is 1270."),
        ("I do not know the code.", "The code of the gate is 4711."),
        ("The wind is cold.", "The wind is from the south."),
        ("Four aboard, and a lamp at 05:20.", "Five."),
        ("", "The code of the gate is 4711."),
    ],
)
def test_what_does_not_exclude_is_let_be(one: str, other: str) -> None:
    assert not conflicts(one, other, ["Good morning."])
    assert not conflicts(other, one, ["Good morning."])


def test_the_room_says_who_is_right_if_one_of_both_stands_there() -> None:
    lines = ["The code of the gate is 4711, write it down.", "What a day."]
    (found,) = conflicts("The gate's code is 4712.", "The gate's code is 4711.", lines)
    assert (found.one, found.other, found.side) == ("4712", "4711", "full")
    (found,) = conflicts("The gate's code is 4711.", "The gate's code is 4712.", lines)
    assert found.side == "cc"
    (found,) = conflicts("The gate's code is 1.", "The gate's code is 2.", lines)
    assert found.side == "neither"


def test_changes_told_in_other_words_are_mostly_seen_and_other_facts_let_be() -> None:
    changes = seen = 0
    for seed in range(2):
        made = stream(seed)
        lines = [line.text for line in made.talk.lines]
        for slot in made.slots:
            for older, newer in pairwise(slot.places):
                changes += 1
                seen += bool(conflicts(lines[older], lines[newer], lines[:newer]))
        firsts = [slot.places[0] for slot in made.slots]
        for one, other in pairwise(firsts):
            assert not conflicts(lines[one], lines[other], lines)
    assert seen / changes > 0.6


def test_whom_one_speaks_to_is_no_fact() -> None:
    said = ["Hey Mel!", "Hey Caroline!"]
    assert not conflicts("Hey Mel, good to see you.", "Hey Caroline!", said)


@settings(max_examples=50)
@given(TEXTS, TEXTS)
def test_any_two_texts_can_be_held_against_each_other(one: str, other: str) -> None:
    conflicts(one, other, [one, other])
    assert all(found.kind != "not" for found in conflicts(one, one))


def test_few_pairs_have_no_interval_and_are_said_to_be_few() -> None:
    found = report(Run({}, [pair("a lamp", "a lamp", at) for at in range(4)]), _mixed())
    assert found["agreement"]["stems"]["cc"] == {"mean": 100.0, "interval": None, "pairs": 4}
    assert any("too few" in one for one in found["means"])
    assert any("not asked again" in one for one in found["means"])
    assert report(Run({}), _mixed())["means"] == []


def test_what_is_lost_is_told_by_a_second_draw_and_not_by_a_repetition() -> None:
    full, redrawn = "the lamp burns at the landing", "the lamp burns by the harbour wall"
    pairs = [
        replace(pair(redrawn, full, at, again=full), redrawn=answer(redrawn)) for at in range(6)
    ]
    found = report(Run({}, pairs), _mixed())["agreement"]["stems"]
    assert found["again"]["mean"] == 100.0
    assert found["cc"]["mean"] == found["redrawn"]["mean"] < 100
    assert found["lost"]["mean"] < 0  # nothing is: another draw is as far from it


def test_answers_that_do_not_hang_on_what_is_told_are_said_to_mean_nothing() -> None:
    pairs = [pair("Quite so, dear friend.", "Quite so, dear friend.", at) for at in range(6)]
    found = report(Run({}, pairs), _mixed())
    assert found["agreement"]["stems"]["cc"]["mean"] == 100.0
    assert any("hardly hangs on what is told" in one for one in found["means"])


def test_costs_are_summed_and_held_against_each_other() -> None:
    def one(sent: int, dollars: float | None, first: float) -> Answer:
        more: dict[str, Any] = {"sent": sent, "tokens_in": sent // 4, "first": first}
        guessed = ("dollars",) if dollars else ()
        return answer("x", dollars=dollars, estimated=guessed, **more)

    pairs = [
        replace(pair("", ""), cc=one(400, 0.5, 0.1), full=one(1600, 1.0, 0.4)),
        replace(pair("", ""), cc=one(600, None, 0.3), full=one(2400, 2.0, 0.6)),
    ]
    found = cost(pairs)
    assert found["cc"]["sent"] == {"middle": 600, "sum": 1000}
    assert found["ratio"] == {"tokens_in": 4.0, "sent": 4.0, "dollars": 6.0, "first": 2.0}
    assert found["cc"]["estimated"] == {"dollars": 1}
    told = report(Run({}, pairs), _mixed())["means"]
    assert any("no price is known" in one for one in told)
    assert any("they are worked out" in one for one in told)


def test_a_line_that_is_told_is_told_word_for_word_or_it_is_not() -> None:
    room = Room(opened=Opened(title=""))
    said = [
        Spoke(author="AI-1", text="My own words."),
        Spoke(author="AI-2", text='Look.\n!whisper "AI-1" "psst"\nAt that.'),
        Spoke(author="you", text="[AI-9]: not me"),
        Spoke(author="room", text="It rains."),
    ]
    lines = [Line("system", "It rains."), Line("assistant", "My own words.")]
    request = Request(model="m", lines=lines, speaker="AI-1")
    assert untold(said, room, request) == 3
    heard = "[AI-2]: Look.\nAt that.\n\n[person]: > [AI-9]: not me\n\n<room>It rains.</room>"
    request = replace(request, lines=[*lines, Line("user", heard)])
    assert untold(said, room, request) == 0
