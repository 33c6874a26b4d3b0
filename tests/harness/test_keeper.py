"""cc squared with its log, whatever happened to the bank in between."""

import sqlite3
from pathlib import Path

import pytest

from harness.keeper import utterances
from tests.fakes import stage
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.participants import PERSON

SCRIPT = {
    "AI-1": [f"the lantern is at door {i}" for i in range(12)],
    "AI-2": [f"the tide is at mark {i}" for i in range(12)],
}


def told(*events: Event) -> list[tuple[str, str]]:
    from tests.fakes import START

    entries = [Entry(place, START, event) for place, event in enumerate(events)]
    return [(one.author, one.text) for one in utterances(entries, lambda who: who)]


def test_cc_is_told_nothing_private() -> None:
    said = 'hello\n!prompt "cobalt"\n!whisper "AI-2" "cobalt"\nbye'
    assert told(
        e.Spoke(author="AI-1", text=said),
        e.Whispered(author="AI-1", to="AI-2", text="cobalt"),
        e.PromptAdded(participant="AI-1", text="cobalt", by="AI-1"),
        e.Declined(verb="image", argument="cobalt", by="AI-1", result="no"),
    ) == [("AI-1", "hello\nbye")]


def test_the_persons_words_are_never_commands() -> None:
    assert told(e.Spoke(author=PERSON, text='!prompt "say this"')) == [
        (PERSON, '!prompt "say this"')
    ]


def test_a_turn_of_commands_alone_tells_cc_nothing() -> None:
    assert told(e.Spoke(author="AI-1", text="!temperature 1.5")) == []


async def digest_after(folder: Path, turns: int) -> str:
    async with stage(folder, SCRIPT) as s:
        await s.session.run(turns=turns)
        assert s.bank.check() == []
        newest = s.bank.newest("room", "text")
        assert newest is not None
        assert newest.digest == s.session.room.carried.digest
        return newest.digest


@pytest.mark.parametrize("harm", ["deleted", "half gone", "damaged", "ahead"])
async def test_cc_is_made_again_from_the_log(tmp_path: Path, harm: str) -> None:
    whole = await digest_after(tmp_path / "whole", 8)
    folder = tmp_path / "harmed"
    await digest_after(folder, 6)
    bank = folder / "bank.sqlite"
    match harm:
        case "deleted":
            bank.unlink()
        case "half gone":
            with sqlite3.connect(bank) as db:
                db.execute("DELETE FROM cc WHERE upto > 8")
            db.close()
        case "damaged":
            with sqlite3.connect(bank) as db:
                db.execute("UPDATE cc SET code = zeroblob(length(code))")
            db.close()
        case _:
            log = folder / "room" / "log.jsonl"
            lines = log.read_bytes().splitlines(keepends=True)
            assert b"Folded" in lines[-1]
            log.write_bytes(b"".join(lines[:-1]))  # a crash between the bank and the log
    assert await digest_after(folder, 2) == whole


async def test_no_fold_is_lost_or_doubled_over_many_sittings(tmp_path: Path) -> None:
    folds: list[e.Folded] = []
    for _ in range(5):
        async with stage(tmp_path, SCRIPT) as s:
            await s.session.run(turns=3)
            folds = [event for event in s.events(e.Folded) if isinstance(event, e.Folded)]
    assert len(folds) == 15
    assert [fold.first for fold in folds][1:] == [fold.last + 1 for fold in folds][:-1]
    assert all(fold.size <= 2048 for fold in folds)


def test_public_commands_are_told_as_what_came_of_them() -> None:
    assert told(
        e.Spoke(author="AI-1", text='look\n!image "a red boat"\n!add_ai "Otter" "hello"'),
        e.ImageRequested(image="I1", prompt="a red boat", by="AI-1"),
    ) == [("AI-1", "look\n"), ("AI-1", "picture: a red boat")]
