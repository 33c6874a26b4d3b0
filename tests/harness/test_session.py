import asyncio
import json
from pathlib import Path

import pytest

from agents.catalogue.catalogue import Catalogue
from agents.catalogue.models import Model
from agents.providers.base import Request
from agents.providers.scripted import Fault
from harness.library import Library
from harness.turn import Piece
from tests.fakes import Stamp, opened, stage
from transcripts import events as e
from transcripts.events import Caps
from transcripts.log import read
from transcripts.participants import Participant
from transcripts.room import Room, reduce


async def test_a_round_gives_everybody_the_floor_and_folds_after_every_turn(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path, {"AI-1": ["a door"], "AI-2": ["which door?"]}) as s:
        ending = await s.session.run(rounds=1)
        assert ending.reason == "rounds"
        assert s.kinds()[3:] == ["Spoke", "Folded", "Spoke", "Folded"]
        folds = [(f.first, f.last) for f in s.events(e.Folded) if isinstance(f, e.Folded)]
        assert folds == [(0, 3), (4, 5)]


async def test_reading_the_log_again_gives_the_same_room(tmp_path: Path) -> None:
    script = {"AI-1": ["one", '!prompt "be brief"\ntwo'], "AI-2": ["!temperature 1.4", "x"]}
    async with stage(tmp_path, script) as s:
        await s.session.run(rounds=2)
        room = Room()
        for entry in read(s.path):
            room = reduce(room, entry)
        assert room == s.session.room


async def test_the_next_speaker_is_given_cc_and_the_window_and_not_the_history(
    tmp_path: Path,
) -> None:
    lines = [f"the lantern number {i} hangs at door {i}" for i in range(30)]
    async with stage(tmp_path, {"AI-1": lines, "AI-2": lines}) as s:
        await s.session.run(rounds=25)
        last = s.provider.asked[-1]
        told = [line.text for line in last.lines[1:]]
        assert sum("hangs at door" in text for text in told) <= 8
        assert "What you remember" in last.lines[0].text
        assert "lantern" in last.lines[0].text


async def test_a_failing_provider_costs_the_turn_and_not_the_room(tmp_path: Path) -> None:
    script = {"AI-1": [Fault("ServerFailed", "boom"), "here I am"], "AI-2": ["a", "b"]}
    async with stage(tmp_path, script) as s:
        await s.session.run(rounds=2)
        [faltered] = s.events(e.Faltered)
        assert isinstance(faltered, e.Faltered)
        assert (faltered.author, faltered.error) == ("AI-1", "ServerFailed")
        assert faltered.detail == "boom"
        spoken = [event.text for event in s.events(e.Spoke) if isinstance(event, e.Spoke)]
        assert spoken == ["a", "here I am", "b"]
        everything = " ".join(line.text for asked in s.provider.asked for line in asked.lines)
        assert "boom" not in everything


async def test_three_failures_in_a_row_bench_a_participant_and_the_room_goes_on(
    tmp_path: Path,
) -> None:
    script = {"AI-1": [Fault("ServerFailed")] * 5, "AI-2": [str(i) for i in range(9)]}
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=9)
        assert s.events(e.Benched) == [e.Benched(participant="AI-1", failures=3)]
        assert s.kinds().count("Spoke") == 6
        s.session.bring_back("AI-1")
        assert s.session.room.seat("AI-1").active


async def test_a_room_in_which_nobody_can_be_reached_ends_and_says_who(tmp_path: Path) -> None:
    script = {"AI-1": [Fault("Unauthorised")], "AI-2": [Fault("OutOfCredit")]}
    async with stage(tmp_path, script) as s:
        ending = await s.session.run(rounds=5)
        assert ending.reason == "provider"
        assert "AI-1 (Ada), AI-2 (Bob)" in ending.detail


async def test_a_stream_that_breaks_off_keeps_what_was_said(tmp_path: Path) -> None:
    script = {"AI-1": [Fault("Broken", "cut", speech="half a sen")], "AI-2": ["go on"]}
    async with stage(tmp_path, script) as s:
        await s.session.run(rounds=1)
        spoke = s.events(e.Spoke)[0]
        assert isinstance(spoke, e.Spoke)
        assert (spoke.text, spoke.cut) == ("half a sen", "broken")
        assert "Faltered" in s.kinds()


class Slow:
    """Says a word and then waits for ever."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.closed = False

    async def stream(self, request: object):
        from agents.providers.base import Delta

        try:
            yield Delta("hello ")
            self.began.set()
            await asyncio.Event().wait()
            yield Delta("never")
        finally:
            self.closed = True


async def test_stopping_the_speaker_keeps_the_partial_and_closes_the_stream(
    tmp_path: Path,
) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await slow.began.wait()
        s.session.stop_speaker()
        await asyncio.wait_for(run, 0.2)
        spoke = s.events(e.Spoke)[0]
        assert isinstance(spoke, e.Spoke)
        assert (spoke.text, spoke.cut) == ("hello ", "stopped")
        assert slow.closed


def priced(model: str) -> Library:
    """A catalogue in which a million tokens cost $4 to read and $8 to have written."""
    known = Model(id=model, name="Dear", provider="far", dollars_in=4.0, dollars_out=8.0)
    return Library(Catalogue([known], {}))


async def test_a_reply_that_was_cut_off_costs_what_the_list_of_prices_says(
    tmp_path: Path,
) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow, models=priced("scripted/ada")) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await slow.began.wait()
        s.session.stop_speaker()
        await asyncio.wait_for(run, 0.2)
        spoke = s.events(e.Spoke)[0]
        assert isinstance(spoke, e.Spoke)
        used = spoke.usage
        assert used is not None
        assert used.dollars is None  # nobody said
        read, written = -(-used.sent // 4), 2  # "hello "
        assert used.estimated_dollars == pytest.approx((4 * read + 8 * written) / 1e6)
        # The room's totals have tokens and dollars of the same guess, and so has its budget.
        assert s.session.room.tokens == read + written
        assert s.session.room.dollars == used.estimated_dollars
        assert s.session.room.seat("AI-1").dollars == used.estimated_dollars
        [spent] = [one for one in s.session.budgets if one.name == "dollars"]
        assert spent.amount == used.estimated_dollars


async def test_what_a_provider_says_of_the_cost_is_not_guessed_at(tmp_path: Path) -> None:
    script: dict[str, list[str | Fault]] = {"AI-1": ["a"], "AI-2": [Fault("Unauthorised")]}
    async with stage(tmp_path, script, models=priced("scripted/ada")) as s:
        await s.session.run(rounds=1)
        [spoke], [faltered] = s.events(e.Spoke), s.events(e.Faltered)
        assert isinstance(spoke, e.Spoke)
        assert isinstance(faltered, e.Faltered)
        assert spoke.usage is not None
        assert (spoke.usage.dollars, spoke.usage.estimated_dollars) == (0.0, None)
        # Nothing came of it, and nobody charges for a wrong key.
        assert faltered.usage is not None
        assert faltered.usage.estimated_dollars is None
        assert s.session.room.dollars == 0


async def test_finishing_ends_the_run_with_everything_kept(tmp_path: Path) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow) as s:
        run = asyncio.create_task(s.session.run())
        await slow.began.wait()
        s.session.finish()
        ending = await asyncio.wait_for(run, 1)
        assert ending.reason == "stopped"
        assert s.kinds()[-2:] == ["Spoke", "Folded"]


async def test_lines_written_while_somebody_speaks_come_in_order_at_the_boundary(
    tmp_path: Path,
) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await slow.began.wait()
        for text in ("one", "two", "three"):
            s.session.say(text)
        on_disk = [entry.event for entry in read(s.path)]
        assert [q.text for q in on_disk if isinstance(q, e.Queued)] == ["one", "two", "three"]
        s.session.stop_speaker()
        await run
        spoken = [event for event in s.events(e.Spoke) if isinstance(event, e.Spoke)]
        assert [event.text for event in spoken] == ["hello ", "one", "two", "three"]
        assert s.session.room.queue == ()


async def test_a_line_the_person_wrote_survives_a_crash_before_the_boundary(
    tmp_path: Path,
) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await slow.began.wait()
        s.session.say("do not lose me")
        whole = s.path.read_bytes()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    (tmp_path / "room" / "log.jsonl").write_bytes(whole)  # as a crash right then leaves it
    async with stage(tmp_path, {"AI-1": ["a"], "AI-2": ["b"]}) as s:
        await s.session.run(turns=1)
        texts = [event.text for event in s.events(e.Spoke) if isinstance(event, e.Spoke)]
        assert texts.count("do not lose me") == 1


async def test_what_was_being_said_at_a_crash_is_kept_and_marked(tmp_path: Path) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await slow.began.wait()
        for _ in range(2000):  # a thread writes it
            if (tmp_path / "room" / "draft.json").exists():
                break
            await asyncio.sleep(0.001)
        draft = (tmp_path / "room" / "draft.json").read_bytes()
        assert json.loads(draft)["text"] == "hello "
        log = s.path.read_bytes()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    (tmp_path / "room" / "log.jsonl").write_bytes(log)
    (tmp_path / "room" / "draft.json").write_bytes(draft)
    async with stage(tmp_path, {"AI-1": ["a"], "AI-2": ["b"]}) as s:
        await s.session.run(turns=1)
        first = s.events(e.Spoke)[0]
        assert isinstance(first, e.Spoke)
        assert (first.author, first.text, first.cut) == ("AI-1", "hello ", "crash")
        assert not (tmp_path / "room" / "draft.json").exists()


async def test_a_paused_room_gives_one_turn_a_step(tmp_path: Path) -> None:
    script = {"AI-1": ["a", "c"], "AI-2": ["b", "d"]}
    async with stage(tmp_path, script, attended=True) as s:
        s.session.pause()
        run = asyncio.create_task(s.session.run(turns=3))
        await asyncio.sleep(0.05)
        assert s.kinds().count("Spoke") == 0
        s.session.step()
        await asyncio.sleep(0.2)
        assert s.kinds().count("Spoke") == 1
        s.session.resume()
        assert (await asyncio.wait_for(run, 5)).reason == "turns"


async def test_skipping_passes_over_the_speaker_and_keeps_its_words(tmp_path: Path) -> None:
    slow = Slow()
    async with stage(tmp_path, provider=slow) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await slow.began.wait()
        s.session.skip()
        await run
        assert [k for k in s.kinds() if k in {"Spoke", "Skipped"}] == ["Spoke"]
        spoke = s.events(e.Spoke)[0]
        assert isinstance(spoke, e.Spoke)
        assert (spoke.text, spoke.cut) == ("hello ", "skipped")


@pytest.mark.parametrize(
    ("caps", "says"),
    [
        (Caps(turns=3), "3 of 3 turns"),
        (Caps(tokens=1000), "of 1000 tokens"),
        (Caps(dollars=0.0), "$0.0000 of $0"),
        (Caps(seconds=0.0), "0 of 0 seconds"),
    ],
)
async def test_a_budget_that_is_used_up_ends_a_room_that_nobody_attends(
    tmp_path: Path, caps: Caps, says: str
) -> None:
    lines = ["word " * 50] * 50
    async with stage(tmp_path, {"AI-1": lines, "AI-2": lines}, opened=opened(caps=caps)) as s:
        ending = await s.session.run()
        assert ending.reason == "budget"
        assert says in ending.detail
        assert s.events(e.Paused) == [e.Paused(reason=ending.detail, by="room")]


async def test_a_new_sitting_has_a_new_budget(tmp_path: Path) -> None:
    script = {"AI-1": ["x"] * 9, "AI-2": ["x"] * 9}
    for total in (3, 6):
        async with stage(tmp_path, script, opened=opened(caps=Caps(turns=3))) as s:
            assert (await s.session.run()).reason == "budget"
            assert s.kinds().count("Spoke") == total


async def test_an_attended_room_asks_at_its_budget_and_goes_on_when_told(
    tmp_path: Path,
) -> None:
    script = {"AI-1": ["x"] * 9, "AI-2": ["x"] * 9}
    async with stage(tmp_path, script, opened=opened(caps=Caps(turns=2)), attended=True) as s:
        run = asyncio.create_task(s.session.run(turns=4))
        async with asyncio.timeout(5):
            while not s.session.room.paused:  # noqa: ASYNC110 - a busy machine takes its time
                await asyncio.sleep(0.01)
        assert s.kinds().count("Spoke") == 2
        assert s.session.room.paused.startswith("budget reached")
        s.session.change("caps.turns", "9")
        s.session.resume()
        assert (await asyncio.wait_for(run, 5)).reason == "turns"


async def test_a_private_command_never_flashes_in_public_while_streaming(
    tmp_path: Path,
) -> None:
    said = 'listen.\n!prompt "the secret is cobalt"\n!whisper "Bob" "cobalt too"\nthat is all.'
    async with stage(tmp_path, {"AI-1": [said]}) as s:
        with s.session.reader() as items:
            await s.session.run(turns=1)
            shown = "".join([item.text async for item in items if isinstance(item, Piece)])
        assert "cobalt" not in shown
        assert shown.startswith("listen.")
        assert shown.endswith("that is all.")


async def test_a_picture_that_cannot_be_made_is_an_event_and_the_room_goes_on(
    tmp_path: Path,
) -> None:
    class Broken(Stamp):
        async def paint(self, prompt: str, *, seed: int):
            from agents.errors import PaintError

            raise PaintError("no colours left")

    script = {"AI-1": ['!image "a red boat"\nlook'], "AI-2": ["where?"]}
    async with stage(tmp_path, script, painter=Broken()) as s:
        await s.session.run(rounds=1)
        assert s.events(e.ImageFailed) == [e.ImageFailed(image="I1", reason="no colours left")]
        assert s.kinds().count("Spoke") == 2


async def test_a_picture_comes_while_others_speak_and_is_stored_by_its_content(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()
    script = {"AI-1": ['!image "a red boat"'], "AI-2": ["lovely"]}
    async with stage(tmp_path, script, painter=Stamp(gate), patient=False) as s:
        run = asyncio.create_task(s.session.run(rounds=1))
        await asyncio.sleep(0.3)
        assert s.kinds().count("Spoke") == 2
        gate.set()
        await asyncio.wait_for(run, 5)
        made = s.events(e.ImageCreated)[0]
        assert isinstance(made, e.ImageCreated)
        assert made.file == f"{made.sha256}.png"
        assert (tmp_path / "room" / "images" / made.file).stat().st_mode & 0o777 == 0o600


async def test_a_picture_asked_for_before_a_crash_is_drawn_after_it(tmp_path: Path) -> None:
    script = {"AI-1": ['!image "a red boat"'], "AI-2": ["x"]}
    async with stage(tmp_path, script, painter=Stamp(asyncio.Event()), patient=False) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await asyncio.sleep(0.2)
        log = s.path.read_bytes()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    (tmp_path / "room" / "log.jsonl").write_bytes(log)
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=1)
        assert s.kinds().count("ImageRequested") == 1
        assert s.kinds().count("ImageCreated") == 1


async def test_commands_that_a_crash_cut_off_are_carried_out_once(tmp_path: Path) -> None:
    said = '!prompt "be brief"\n!temperature 1.4\n!image "a red boat"\nwords'
    async with stage(tmp_path, {"AI-1": [said]}) as s:
        await s.session.run(turns=1)
        lines = s.path.read_bytes().splitlines(keepends=True)
        whole = s.kinds()
    wanted = sorted(
        k for k in whole if k in {"PromptAdded", "TemperatureSet", "ImageRequested"}
    )
    start = whole.index("Spoke")
    for cut in range(start + 1, len(lines)):
        folder = tmp_path / f"cut{cut}"
        (folder / "room").mkdir(parents=True)
        (folder / "room" / "log.jsonl").write_bytes(b"".join(lines[:cut]))
        async with stage(folder, {"AI-1": [said], "AI-2": ["x"]}) as s:
            await s.session.run(turns=1)
            done = sorted(
                k for k in s.kinds() if k in {"PromptAdded", "TemperatureSet", "ImageRequested"}
            )
            assert done == wanted, cut


async def test_the_same_seed_and_clock_give_the_same_bytes(tmp_path: Path) -> None:
    script = {
        "AI-1": ['a\n!image "a red boat"', "!temperature 0.3\nb"],
        "AI-2": ['!add_ai "Otter"', "d"],
        "scripted/otter": ["hello", "again"],
    }
    logs: list[bytes] = []
    for name in ("one", "two"):
        async with stage(tmp_path / name, script) as s:
            await s.session.run(rounds=2)
            logs.append(s.path.read_bytes())
    assert logs[0] == logs[1]


async def test_a_guest_plays_its_own_part(tmp_path: Path) -> None:
    script = {
        "AI-1": ['!add_ai "otter" "hello there"\ncome in'],
        "AI-2": ["x"],
        "scripted/otter": ["splash"],
    }
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=3)
        last = s.events(e.Spoke)[-1]
        assert isinstance(last, e.Spoke)
        assert (last.author, last.text) == ("AI-3", "splash")


async def test_full_sends_everything_and_text_does_not(tmp_path: Path) -> None:
    lines = [f"line {i}: " + "word " * 20 for i in range(40)]
    sent: dict[str, list[int]] = {}
    for carrier in ("text", "full"):
        async with stage(
            tmp_path / carrier,
            {"AI-1": lines, "AI-2": lines},
            opened=opened(carrier=carrier),
        ) as s:
            await s.session.run(rounds=40)
            sent[carrier] = [
                u.usage.sent for u in s.events(e.Spoke) if isinstance(u, e.Spoke) and u.usage
            ]
    assert sent["full"][-1] > sent["full"][0] + 60 * 100
    assert max(sent["text"][50:]) < 1.1 * min(sent["text"][50:])


async def test_a_line_cut_off_inside_a_private_command_tells_nobody(tmp_path: Path) -> None:
    speech = 'listen.\n!whisper "AI-2" "the key\nis cobalt\nand it'
    script = {"AI-1": [Fault("Broken", "cut", speech=speech)], "AI-2": ["what?"]}
    async with stage(tmp_path, script) as s:
        with s.session.reader() as items:
            await s.session.run(rounds=1)
            shown = "".join([item.text async for item in items if isinstance(item, Piece)])
        spoke = s.events(e.Spoke)[0]
        assert isinstance(spoke, e.Spoke)
        assert spoke.text + spoke.unsaid == speech
        assert "cobalt" not in spoke.text
        assert "cobalt" not in shown
        assert not s.events(e.Whispered)
        assert "cobalt" not in str(s.provider.asked[-1].lines)


async def test_a_picture_that_is_called_off_stays_called_off(tmp_path: Path) -> None:
    script = {"AI-1": ['!image "a red boat"'], "AI-2": ["x", "y"]}
    async with stage(tmp_path, script, painter=Stamp(asyncio.Event()), patient=False) as s:
        run = asyncio.create_task(s.session.run(rounds=1))
        await asyncio.sleep(0.2)
        s.session.cancel_image("I1")
        await asyncio.wait_for(run, 5)
        assert s.session.room.jobs[0].state == "cancelled"
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=1)
        assert "ImageCreated" not in s.kinds()


async def test_a_picture_that_a_stop_interrupts_is_drawn_later(tmp_path: Path) -> None:
    script = {"AI-1": ['!image "a red boat"', "z"], "AI-2": ["x", "y"]}
    painter = Stamp(asyncio.Event())
    async with stage(tmp_path, script, painter=painter, patient=False) as s:
        run = asyncio.create_task(s.session.run())
        async with asyncio.timeout(5):
            # Both parts are spoken to their ends, and the room waits for the picture alone.
            while not painter.asked or len(s.events(e.Benched)) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        s.session.finish()
        assert (await asyncio.wait_for(run, 5)).reason == "provider"  # the script is short
    async with stage(tmp_path, script) as s:
        await s.session.run(turns=1)
        assert s.kinds().count("ImageCreated") == 1


async def test_what_comes_while_somebody_speaks_is_told_to_them_afterwards(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()

    class Gated:
        began = asyncio.Event()

        async def stream(self, request: Request):
            from agents.providers.base import Delta, Finished

            seen.append(request)
            yield Delta("hello")
            self.began.set()
            await gate.wait()
            yield Finished()

    seen: list[Request] = []
    slow = Gated()
    names = ("Ada", "Bob")
    async with stage(tmp_path, provider=slow, names=names, opened=opened(window=1)) as s:
        run = asyncio.create_task(s.session.run(turns=4))
        await slow.began.wait()
        s.session.whisper("AI-1", "psst, cobalt")
        s.session.record(
            e.Joined(participant=Participant(id="AI-9", name="Late", model="m"), by="AI-2")
        )
        gate.set()
        await asyncio.wait_for(run, 5)
        assert (
            s.kinds().index("Queued") < s.kinds().index("Spoke") < s.kinds().index("Whispered")
        )
        mine = [request for request in seen if request.speaker == "AI-1"][1]
        told = "\n".join(line.text for line in mine.lines[1:])
        assert "psst, cobalt" in told
        assert "Late" in told
        assert s.session.room.queue == ()


async def test_a_stop_while_the_request_is_being_made_is_a_skipped_turn(tmp_path: Path) -> None:
    async with stage(tmp_path, {"AI-1": ["x"], "AI-2": ["y"]}) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        for _ in range(10_000):
            if s.session.speaking:
                break
            await asyncio.sleep(0)
        s.session.stop_speaker()
        assert (await asyncio.wait_for(run, 5)).reason == "turns"
        assert [k for k in s.kinds() if k in {"Skipped", "Spoke"}] == ["Skipped", "Spoke"]


async def test_in_the_order_person_an_attended_room_waits_to_be_told_who(
    tmp_path: Path,
) -> None:
    script = {"AI-1": ["a"], "AI-2": ["b"]}
    async with stage(tmp_path, script, opened=opened(order="person"), attended=True) as s:
        run = asyncio.create_task(s.session.run(turns=1))
        await asyncio.sleep(0.1)
        assert "Spoke" not in s.kinds()
        s.session.change("next", "AI-2")
        await asyncio.wait_for(run, 5)
        spoke = s.events(e.Spoke)[0]
        assert isinstance(spoke, e.Spoke)
        assert spoke.author == "AI-2"
