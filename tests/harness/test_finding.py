"""Words found in all rooms: at once, as they are typed, and only where a room still is."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.archiving import archive
from harness.finding import Found, catch_up, find
from harness.rooms import Rooms
from memory.bank.bank import Bank
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.log import Log, last_place, read
from transcripts.participants import PERSON, Participant

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class House:
    """Rooms and their bank."""

    def __init__(self, folder: Path) -> None:
        self.rooms = Rooms(folder / "rooms")
        self.bank = folder / "bank.sqlite"

    def room(self, title: str, *said: str) -> str:
        events: list[Event] = [
            e.Opened(title=title),
            e.Joined(participant=Participant(id="AI-1", name="Ada", model="m")),
            *(e.Spoke(author="AI-1", text=text) for text in said),
        ]
        timed = [(NOW + timedelta(seconds=n), event, None) for n, event in enumerate(events)]
        return self.rooms.import_(timed, title=title, now=NOW)

    def say(self, room: str, *events: Event) -> None:
        with Log(self.rooms.log(room), now=NOW) as log:
            log.extend((NOW, event, None) for event in events)

    def find(self, words: str, limit: int = 20, *, unfinished: bool = True) -> list[Found]:
        return find(self.bank, self.rooms, words, limit, unfinished=unfinished)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_line_is_found_with_all_it_takes_to_open_it(house: House) -> None:
    room = house.room("The tower", "a red lantern", "nothing")
    assert house.find("lantern") == [
        Found(
            room=room,
            title="The tower",
            place=2,
            author="AI-1",
            label="AI-1 (Ada)",
            snippet="a red lantern",
            text="a red lantern",
            at=NOW + timedelta(seconds=2),
        )
    ]
    assert house.find("  ") == []
    assert house.find("zebra") == []


def test_a_word_is_found_while_it_is_being_typed(house: House) -> None:
    house.room("The tower", "a red lantern")
    word = "lantern"
    for end in range(1, len(word) + 1):
        assert house.find(word[:end]), word[:end]
        assert house.find(f"red {word[:end]}"), word[:end]
    assert house.find("lante", unfinished=False)  # the very characters are in it
    assert not house.find("Lante", unfinished=False)


@pytest.mark.parametrize(
    "words", ['"', "NEAR(", "a* OR", "--", "'; drop table lines", "*", "\0"]
)
def test_whatever_is_typed_is_words(house: House, words: str) -> None:
    house.room("The tower", "a red lantern OR so -- it's said")
    house.find(words)
    assert house.find("lantern")


def test_what_was_said_since_is_found_and_nothing_is_read_twice(house: House) -> None:
    room = house.room("The tower", "a red lantern")
    house.find("lantern")
    house.say(room, e.Spoke(author=PERSON, text="a blue lantern"))
    assert {found.text for found in house.find("lantern")} == {
        "a red lantern",
        "a blue lantern",
    }
    # What is indexed is not indexed again; what is shown is what the log has now.
    path = house.rooms.log(room)
    path.write_bytes(path.read_bytes().replace(b"a blue lantern", b"a blue balloon"))
    assert [found.text for found in house.find("lantern")] == ["a red lantern"]
    path.write_bytes(path.read_bytes().replace(b'"a red lantern"', b"nothing"))
    assert house.find("lantern") == []


def test_a_bank_that_is_gone_is_made_again(house: House) -> None:
    house.room("The tower", "a red lantern")
    assert house.find("lantern")
    house.bank.unlink()
    assert house.find("lantern")


def test_whispers_are_found_and_private_commands_are_not_hidden_from_the_person(
    house: House,
) -> None:
    room = house.room("The tower")
    house.say(room, e.Whispered(author=PERSON, to="AI-1", text="the key is cobalt"))
    [found] = house.find("cobalt")
    assert (found.author, found.place) == (PERSON, 2)


def test_a_room_thrown_away_is_not_found_and_does_not_crowd_out_others(house: House) -> None:
    gone = house.room("Gone", *["a lantern"] * 50)
    stays = house.room("Stays", "a lantern, and a long line about many other things besides")
    assert len(house.find("lantern", 5)) == 5
    name = house.rooms.discard(gone)
    assert [found.room for found in house.find("lantern", 5)] == [stays]
    house.rooms.restore(name)
    assert len(house.find("lantern", 5)) == 5


@pytest.mark.parametrize("looked", [False, True])
def test_an_archived_room_is_searched_as_before(
    house: House, monkeypatch: pytest.MonkeyPatch, built: Path, looked: bool
) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")  # the mixer alone: quicker
    room = house.room("The tower", "a red lantern", "我喜欢门", "a blue lantern")
    house.room("The shore", "a green lantern")
    wanted = ["lant", "red lantern", '"blue lantern"', "zebra lantern", "喜欢", "nothing"]
    before = [house.find(words) for words in wanted if looked]
    archive(house.rooms, room, now=NOW, remove=True)
    after = [house.find(words) for words in wanted]
    assert [len(found) for found in after] == [3, 1, 1, 3, 1, 0]
    assert before in ([], after)
    assert [len(house.find(words)) for words in wanted] == [3, 1, 1, 3, 1, 0]


@pytest.mark.parametrize(
    ("there", "instead"), [(b'"Spoke"', b"Spoke"), (b'"more"', b"rubbish")]
)
def test_a_room_that_cannot_be_read_is_passed_over_and_named(
    house: House, there: bytes, instead: bytes
) -> None:
    bad = house.room("Bad", "a lantern", "more")
    good = house.room("Good", "a lantern")
    path = house.rooms.log(bad)
    path.write_bytes(path.read_bytes().replace(there, instead, 1))
    named: list[tuple[str, str]] = []
    found = find(
        house.bank,
        house.rooms,
        "lantern",
        passed_over=lambda room, why: named.append((room, why)),
    )
    assert [one.room for one in found] == [good]
    [(room, why)] = named
    assert room == bad
    assert str(path) in why


def test_what_was_said_last_in_any_room_comes_first(house: House) -> None:
    early, late = house.room("Early"), house.room("Late")
    for minute in range(6):
        room = late if minute % 3 else early
        with Log(house.rooms.log(room), now=NOW) as log:
            said = e.Spoke(author="AI-1", text=f"a lantern at {minute}")
            log.append(NOW + timedelta(minutes=minute), said)
    minutes = [found.text[-1] for found in house.find("lantern")]
    assert minutes == ["5", "4", "3", "2", "1", "0"]
    assert [found.text[-1] for found in house.find("lantern", 2)] == ["5", "4"]
    assert [found.room for found in house.find("lantern", 3)] == [late, late, early]


def test_words_in_quotes_stand_together(house: House) -> None:
    house.room("The tower", "a red lantern", "a lantern, red", "red, then a lantern")
    assert len(house.find("red lantern")) == 3
    assert [found.text for found in house.find('"red lantern"')] == ["a red lantern"]
    assert [found.text for found in house.find('"red lanterns" a')] == ["a red lantern"]
    assert house.find('"lantern red lantern"') == []


def test_the_part_with_the_words_is_shown(house: House) -> None:
    house.room(
        "The tower", "many words " * 50 + "then a red lantern" + " and more of them" * 50
    )
    [found] = house.find("lanterns")
    assert "red lantern" in found.snippet
    assert found.snippet.startswith("…")
    assert len(found.snippet) < 160
    house.room("The shore", "x" * 500 + " 我喜欢门 " + "y" * 500)
    [found] = house.find("喜欢")
    assert "我喜欢门" in found.snippet
    assert len(found.snippet) <= 120


def test_what_has_no_words_is_found_by_its_characters_newest_first(house: House) -> None:
    room = house.room("The tower", "look 🦀!", '50% "off"', "\ud83e a half", "🦀🦀")
    assert [found.place for found in house.find("🦀")] == [5, 2]
    assert [found.place for found in house.find("%")] == [3]
    assert [found.place for found in house.find('% "')] == [3]
    assert [found.text for found in house.find("🦀", 1)] == ["🦀🦀"]
    assert house.find("tern") == []
    house.say(room, e.Spoke(author=PERSON, text="a Lantern"))
    assert [found.place for found in house.find("antern")] == [6]  # a part of a word


def test_a_search_can_be_called_off_between_rooms(house: House) -> None:
    for number in range(5):
        house.room(f"Room {number}", "a lantern")
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 3

    assert find(house.bank, house.rooms, "lantern", stopped=stopped) == []
    bank = Bank(house.bank)
    done = [room for room, place in bank.indexed().items() if place >= 0]
    bank.close()
    assert len(done) == 3
    assert len(house.find("lantern")) == 5


def test_a_thousand_rooms_with_nothing_new_cost_next_to_nothing(house: House) -> None:
    body = house.rooms.log(house.room("One", *["word " * 50] * 20)).read_bytes()
    for number in range(999):
        folder = house.rooms.folder / f"room-{number}"
        folder.mkdir()
        (folder / "log.jsonl").write_bytes(body)
    bank = Bank(house.bank)
    catch_up(bank, house.rooms)
    started = time.process_time()
    catch_up(bank, house.rooms)
    assert time.process_time() - started < 0.4
    bank.close()
    house.find("word")
    started = time.process_time()
    assert len(house.find("word")) == 20
    assert time.process_time() - started < 0.5


def test_the_last_place_of_a_log_is_read_from_its_end(house: House, tmp_path: Path) -> None:
    room = house.room("The tower", "x" * 200_000, "short", "y" * 200_000)
    path = house.rooms.log(room)
    whole = path.read_bytes()
    for end in (len(whole), len(whole) - 1, len(whole) - 70_000, len(whole) - 250_000, 100, 0):
        cut = tmp_path / "cut.jsonl"
        cut.write_bytes(whole[:end])
        places = [entry.place for entry in entries(cut)]
        assert last_place(cut) == (places[-1] if places else -1), end
    with pytest.raises(FileNotFoundError):
        last_place(tmp_path / "none")


def entries(path: Path) -> list[Entry]:
    return list(read(path))


def test_an_index_that_is_damaged_is_let_go_of_and_made_again(house: House) -> None:
    room = house.room("The tower", "a red lantern", "nothing")
    found = house.find("lantern")
    assert found
    with closing(sqlite3.connect(house.bank)) as bank, bank:
        bank.execute("UPDATE words_data SET block = replace(block, 'lantern', 'lanterm')")
    with closing(Bank(house.bank)) as bank:
        assert bank.search("lantern") == []
        (looked,) = bank.check()
        assert bank.indexed() == {room: 3}  # to look changes nothing
        (renewed,) = bank.check(renew=True)
        assert "`enfold bank verify` lets go of it, and the next search makes" in looked
        assert renewed.endswith("the next search makes it again from the rooms' logs")
        assert bank.check() == []
        assert bank.indexed() == {room: -1}
    assert house.find("lantern") == found
    with closing(Bank(house.bank)) as bank:
        assert bank.check() == []
        assert bank.indexed() == {room: 3}
