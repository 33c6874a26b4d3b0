"""Branches of real rooms, played through `compose` with the scripted default."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from agents.prompts import ask
from agents.scenarios.scenario import load
from harness.branches import (
    Node,
    common,
    continue_,
    edit,
    fork,
    regenerate,
    retry,
    settled,
    tree,
)
from harness.clock import FixedClock
from harness.compose import new_room, open_session
from harness.config import Settings
from harness.errors import NoSuchRoom, NotPossible
from harness.order import next_seat
from harness.paths import Paths
from harness.rooms import Rooms
from harness.session.session import Session
from tests.fakes import PIXEL, START, cast
from transcripts import events as e
from transcripts.events import Entry, Event, Origin, Spoke
from transcripts.log import Log, read
from transcripts.notices import branched
from transcripts.room import Room, reduce
from transcripts.wire import decode_line, encode

LATER = datetime(2026, 2, 2, tzinfo=UTC)


def places(folder: Path) -> Paths:
    return Paths(
        config=folder / "config",
        data=folder / "data",
        state=folder / "state",
        cache=folder / "cache",
    )


async def played(folder: Path, turns: int, scenario: str = "") -> tuple[Rooms, str]:
    """Return the rooms with one of the default scenario in them, that many turns old."""
    paths = places(folder)
    rooms, clock = Rooms(paths.rooms), FixedClock(START)
    room_id = await new_room(
        rooms, load(scenario or "lighthouse"), paths, Settings(), clock, seed=1
    )
    await going(folder, room_id, turns)
    return rooms, room_id


async def going(
    folder: Path,
    room_id: str,
    turns: int,
    before: Callable[[Session], Awaitable[None]] | None = None,
) -> list[Entry]:
    """Let the room go on and return its log."""
    paths = places(folder)
    rooms = Rooms(paths.rooms)
    async with open_session(rooms, room_id, paths, Settings(), FixedClock(LATER)) as session:
        if before is not None:
            await before(session)
        await session.run(turns=turns)
        return list(session.log)


def log_of(rooms: Rooms, room_id: str) -> list[Entry]:
    return list(read(rooms.log(room_id)))


def room_at(entries: list[Entry]) -> Room:
    room = Room()
    for entry in entries:
        room = reduce(room, entry)
    return room


def written(folder: Path, *events: Event, title: str = "a room") -> tuple[Rooms, str]:
    """Write a log by hand: Ada and Bob, then `events`."""
    rooms = Rooms(folder / "rooms")
    opening = [
        e.Opened(title=title, seed=1),
        *(e.Joined(participant=p) for p in cast("Ada", "Bob")),
    ]
    timed = [
        (START + timedelta(seconds=n), event, None)
        for n, event in enumerate([*opening, *events])
    ]
    return rooms, rooms.import_(timed, title=title, now=START)


def lines_of(log: list[Entry]) -> list[tuple[str, str]]:
    return [(one.event.author, one.event.text) for one in log if isinstance(one.event, Spoke)]


def spoken(log: list[Entry], author: str, nth: int) -> int:
    """Return the place of the author's nth line."""
    mine = [
        one.place for one in log if isinstance(one.event, Spoke) and one.event.author == author
    ]
    return mine[nth]


def digest(rooms: Rooms, room_id: str) -> str:
    return sha256(rooms.log(room_id).read_bytes()).hexdigest()


async def test_a_line_in_the_middle_is_asked_for_again_exactly_as_it_was(
    tmp_path: Path,
) -> None:
    rooms, origin = await played(tmp_path, 8)
    log, before = log_of(rooms, origin), digest(rooms, origin)
    place = spoken(log, "AI-2", 1)

    made = regenerate(rooms, origin, place, LATER)

    assert made.origin == Origin(origin, place - 1, "regenerate", place, "AI-2")
    assert (made.next, made.here) == ("AI-2", False)
    new = log_of(rooms, made.room)
    first = new[0].event
    assert isinstance(first, e.Opened)
    assert first.origin == made.origin
    assert new[1:place] == log[1:place]
    asked_then, asked_now = room_at(log[:place]), room_at(new)
    chosen = next_seat(asked_now)
    assert chosen is not None
    assert chosen.id == "AI-2"
    assert ask(asked_now, "AI-2") == ask(asked_then, "AI-2")

    after = await going(tmp_path, made.room, 2)
    assert lines_of(after[place:])[0][0] == "AI-2"
    # The script goes on where the branch is in it: the same line comes again.
    assert lines_of(after[place:])[0] == lines_of(log[place:])[0]
    assert digest(rooms, origin) == before


async def test_what_was_said_while_a_line_was_written_is_not_in_its_second_try(
    tmp_path: Path,
) -> None:
    rooms, origin = written(
        tmp_path,
        Spoke(author="AI-1", text="one"),  # 3
        e.Queued(author="you", text="not like that"),  # 4
        Spoke(author="AI-2", text="two", heard=4),  # 5
        Spoke(author="you", text="not like that", queued=4),  # 6
    )

    again = regenerate(rooms, origin, 5, LATER)
    assert again.origin.place == 3
    assert not room_at(log_of(rooms, again.room)).queue
    # To go on after the line is to have heard it: the person's words come next, as before.
    further = continue_(rooms, origin, 5, LATER)
    assert [entry.place for entry in room_at(log_of(rooms, further.room)).queue] == [4]
    # The person's own line stays the one that was queued, and is not spoken twice.
    changed = edit(rooms, origin, 6, "like that", LATER)
    new = log_of(rooms, changed.room)
    assert new[6].event == Spoke(author="you", text="like that", queued=4, edited="you")
    assert not room_at(new).queue


async def test_a_line_cut_off_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    rooms, origin = await played(tmp_path, 3)
    with Log(rooms.log(origin), now=START) as log:
        cut = log.append(START, Spoke(author="AI-2", text="And then the", cut="stopped")).place
        log.append(START, Spoke(author="AI-1", text="Yes?"))

    made = continue_(rooms, origin, cut, LATER)

    room = room_at(log_of(rooms, made.room))
    asked = ask(room, "AI-2").lines
    assert [line.role for line in asked[-2:]] == ["assistant", "user"]
    assert asked[-2].text == "And then the"
    assert asked[-1].text.endswith(
        '<room to="you">Nobody has spoken since. Go on where your line broke off.</room>'
    )
    after = await going(tmp_path, made.room, 1)
    assert [author for author, _ in lines_of(after)][-2:] == ["AI-2", "AI-2"]


async def test_a_whole_line_goes_on_and_its_commands_are_not_carried_out_again(
    tmp_path: Path,
) -> None:
    rooms, origin = await played(tmp_path, 12)
    log = log_of(rooms, origin)
    asked = next(one for one in log if isinstance(one.event, e.ImageRequested))
    assert isinstance(asked.event, e.ImageRequested)
    assert asked.event.cause is not None
    place = asked.event.cause.place

    made = continue_(rooms, origin, place, LATER)

    assert made.origin.place == settled(log, place) >= asked.place
    after = await going(tmp_path, made.room, 1)
    requests = [one for one in after if isinstance(one.event, e.ImageRequested)]
    assert len(requests) == len(
        {one.event.image for one in requests if isinstance(one.event, e.ImageRequested)}
    )
    assert requests[-1].place <= made.origin.place or requests[-1].event != asked.event
    # The picture came after the place of the fork: it is taken along, not painted twice.
    assert not any(
        isinstance(one.event, e.ImageStarted) for one in after[made.origin.place + 1 :]
    )
    came = [one.event for one in after if isinstance(one.event, e.ImageCreated)]
    assert any(event.image == asked.event.image for event in came)
    for event in came:
        assert (rooms.images(made.room) / event.file).is_file()


async def test_a_changed_line_is_said_as_changed_and_its_commands_are_carried_out(
    tmp_path: Path,
) -> None:
    rooms, origin = await played(tmp_path, 8)
    log, before = log_of(rooms, origin), digest(rooms, origin)
    place = spoken(log, "AI-1", 2)
    words = '  Tabs\tand ends  \r\n!image "a different lamp"\n'

    made = edit(rooms, origin, place, words, LATER)

    new = log_of(rooms, made.room)
    assert len(new) == place + 1
    old = log[place].event
    assert isinstance(old, Spoke)
    assert new[-1].event == Spoke(author="AI-1", text=words, heard=old.heard, edited="you")
    assert new[-1].at == LATER
    after = await going(tmp_path, made.room, 1)
    prompts = [
        one.event.prompt for one in after[place:] if isinstance(one.event, e.ImageRequested)
    ]
    assert prompts[0] == "a different lamp"
    assert lines_of(after[place + 1 :])[0][0] != "AI-1"
    assert digest(rooms, origin) == before


async def test_a_turn_that_failed_last_is_given_again_in_the_room_itself(
    tmp_path: Path,
) -> None:
    rooms, origin = written(
        tmp_path,
        Spoke(author="AI-1", text="one"),
        e.Faltered(author="AI-2", error="RateLimited", detail="later"),  # 4
        e.Benched(participant="AI-2", failures=3),
        e.Paused(reason="paused", by="you"),
    )
    before = digest(rooms, origin)
    made = retry(rooms, origin, 4, LATER)
    assert (made.here, made.room, made.next) == (True, origin, "AI-2")
    assert digest(rooms, origin) == before
    assert rooms.ids() == [origin]


async def test_a_turn_that_failed_long_ago_is_given_again_in_a_branch(tmp_path: Path) -> None:
    rooms, origin = written(
        tmp_path,
        Spoke(author="AI-1", text="one"),  # 3
        Spoke(author="AI-2", text="tw", cut="broken"),  # 4
        e.Faltered(author="AI-2", error="Unreachable", detail="gone"),  # 5
        Spoke(author="AI-1", text="three"),
    )
    made = retry(rooms, origin, 5, LATER)
    assert (made.here, made.next) == (False, "AI-2")
    assert made.origin == Origin(origin, 3, "retry", 5, "AI-2")
    new = log_of(rooms, made.room)
    assert [type(one.event) for one in new[3:]] == [Spoke, e.Changed]
    with pytest.raises(NotPossible, match="no turn failed at 6"):
        retry(rooms, origin, 6, LATER)


async def test_who_was_muted_or_left_out_since_takes_part_again_when_asked_for(
    tmp_path: Path,
) -> None:
    rooms, origin = written(
        tmp_path,
        Spoke(author="AI-1", text="I shall listen.\n!mute_self 2"),  # 3
        e.Muted(participant="AI-1", turns=2, by="AI-1", cause=e.Cause(3, 0)),  # 4
        Spoke(author="AI-2", text='Farewell.\n!leave "done"'),  # 5
        e.Left(participant="AI-2", by="AI-2", cause=e.Cause(5, 0)),  # 6
        Spoke(author="AI-1", text="Gone."),
    )
    made = continue_(rooms, origin, 3, LATER)
    assert made.origin.place == 4
    chosen = next_seat(room_at(log_of(rooms, made.room)))
    assert chosen is not None
    assert (chosen.id, chosen.muted) == ("AI-1", 0)
    with pytest.raises(NotPossible, match="AI-2 is not in the room at 6"):
        continue_(rooms, origin, 5, LATER)
    assert len(rooms.ids()) == 2


async def test_what_is_no_line_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    rooms, origin = written(
        tmp_path,
        Spoke(author="room", text="Night."),  # 3
        Spoke(author="you", text="Hello"),  # 4
    )
    for refused in (
        lambda: regenerate(rooms, origin, 3, LATER),
        lambda: regenerate(rooms, origin, 4, LATER),
        lambda: continue_(rooms, origin, 4, LATER),
        lambda: edit(rooms, origin, 0, "words", LATER),
        lambda: edit(rooms, origin, 1, "words", LATER),
        lambda: edit(rooms, origin, 4, " \n", LATER),
    ):
        with pytest.raises(NotPossible):
            refused()
    for place in (-1, 5):
        with pytest.raises(NoSuchRoom, match="has places 0 to 4"):
            fork(rooms, origin, place, LATER)
    assert rooms.ids() == [origin]
    # The narrator's words and the person's can be changed like any other's.
    for place, author in ((3, "room"), (4, "you")):
        new = log_of(rooms, edit(rooms, origin, place, "Day.", LATER).room)
        assert new[-1].event == Spoke(author=author, text="Day.", edited="you")


async def test_a_room_that_is_live_can_be_branched(tmp_path: Path) -> None:
    rooms, origin = await played(tmp_path, 4)
    made: list[str] = []

    async def branch(session: Session) -> None:
        place = spoken(session.log, "AI-1", 0)
        made.append(regenerate(rooms, origin, place, LATER).room)
        with rooms.log(origin).open("ab") as half:  # as a reader sees a line being written
            half.write(b'{"v":1,"pla')
        made.append(fork(rooms, origin, len(session.log) - 1, LATER).room)
        with rooms.log(origin).open("r+b") as whole:
            whole.truncate(rooms.log(origin).stat().st_size - len(b'{"v":1,"pla'))

    log = await going(tmp_path, origin, 1, branch)
    assert len(set(made)) == 2
    assert common(log, log_of(rooms, made[1])) == len(log_of(rooms, made[1])) - 1


async def test_two_rooms_part_where_their_entries_do(tmp_path: Path) -> None:
    rooms, origin = await played(tmp_path, 6)
    log = log_of(rooms, origin)
    place = spoken(log, "AI-2", 1)
    changed = log_of(rooms, edit(rooms, origin, place, "otherwise", LATER).room)
    whole = log_of(rooms, fork(rooms, origin, len(log) - 1, LATER).room)
    assert common(log, changed) == place - 1 == common(changed, log)
    assert common(log, whole) == len(log) - 1
    assert common(log, log) == len(log) - 1
    other = [Entry(0, START, e.Opened(title="another"))]
    assert common(log, other) == -1
    assert common(log, []) == -1


def test_an_older_version_reads_what_a_branch_writes() -> None:
    """A log keeps its version: new fields are left out at their default, and passed over."""
    plain = encode(Entry(3, START, Spoke(author="you", text="a")))
    assert "edited" not in plain
    old = encode(Entry(0, START, e.Opened(title="t", origin=Origin("a", 4))))
    assert '"origin":{"room":"a","place":4}' in old
    line = encode(Entry(3, START, Spoke(author="you", text="a", edited="you")))
    stranger = decode_line(
        line.replace('"edited"', '"not_known_yet"').replace('"crc"', '"sum"')
    )
    assert stranger.event == Spoke(author="you", text="a")
    known = decode_line(line).event
    assert known == Spoke(author="you", text="a", edited="you")
    assert replace(known, edited="") == stranger.event


async def test_a_picture_that_failed_or_came_before_is_not_taken_along(tmp_path: Path) -> None:
    asked = [
        e.ImageRequested(
            image=f"I{n}", prompt=f"picture {n}", by="AI-1", cause=e.Cause(3, n - 1)
        )
        for n in (1, 2, 3)
    ]
    rooms, origin = written(
        tmp_path,
        Spoke(author="AI-1", text="pictures"),  # 3
        *asked,  # 4 to 6
        e.ImageCreated(image="I1", file="1.png"),  # 7
        Spoke(author="AI-2", text="fine"),  # 8
        e.ImageFailed(image="I2", reason="no"),
        e.ImageCreated(image="I3", file="3.png"),
    )
    rooms.images(origin).mkdir()
    (rooms.images(origin) / "3.png").write_bytes(PIXEL)
    new = log_of(rooms, fork(rooms, origin, 8, LATER).room)
    assert [one.event for one in new[9:]] == [e.ImageCreated(image="I3", file="3.png")]
    assert [job.state for job in room_at(new).jobs] == ["done", "queued", "done"]


def names(roots: list[Node]) -> list[object]:
    return [
        (node.id, names(list(node.children))) if node.children else node.id for node in roots
    ]


async def test_rooms_stand_under_what_they_were_forked_from(tmp_path: Path) -> None:
    rooms, origin = await played(tmp_path, 6)
    log = log_of(rooms, origin)
    place = spoken(log, "AI-2", 1)
    again = regenerate(rooms, origin, place, LATER).room
    changed = edit(rooms, origin, spoken(log, "AI-1", 0), "Otherwise.", LATER).room
    deeper = fork(rooms, changed, 1, LATER).room
    alone = written(tmp_path / "data", title="on its own")[1]
    await going(tmp_path, again, 2)

    roots = tree(rooms)

    assert len(roots) == 2
    assert names(tree(rooms, deeper)) == [(origin, [(changed, [deeper]), again])]
    assert names(tree(rooms, alone)) == [alone]
    root = tree(rooms, again)[0]
    assert (root.origin, root.lines) == (None, room_at(log).lines)
    assert root.last == " ".join(lines_of(log)[-1][1].split())[:200]
    first, second = root.children
    assert first.origin is not None
    assert branched(first.origin) == f"edited AI-1 at {spoken(log, 'AI-1', 0)}"
    assert (first.lines, first.last) == (1, "Otherwise.")
    assert second.origin is not None
    assert branched(second.origin) == f"regenerated AI-2 at {place}"
    assert second.lines == 2
    assert abs(second.changed.timestamp() - rooms.log(again).stat().st_mtime) < 1

    rooms.remove(origin)
    assert {node.id for node in tree(rooms)} == {alone, again, changed}
    orphan = tree(rooms, again)[0]
    assert orphan.origin is not None
    assert orphan.origin.room == origin
    assert orphan.lines == len(lines_of(log_of(rooms, again)))


async def test_the_tree_stays_true_while_rooms_change(tmp_path: Path) -> None:
    rooms, origin = written(tmp_path, Spoke(author="AI-1", text='say "kind":"Spoke" twice'))
    made = fork(rooms, origin, 3, LATER).room
    assert [node.lines for node in tree(rooms)[0].children] == [0]
    with Log(rooms.log(made), now=LATER) as log:
        log.append(LATER, Spoke(author="AI-2", text='"kind":"Spoke"\n"place":4'))
        log.append(LATER, e.Changed(setting="title", value="the other", by="you"))
        child = tree(rooms)[0].children[0]
    assert (child.title, child.lines, child.last) == (
        "the other",
        1,
        '"kind":"Spoke" "place":4',
    )


def test_logs_that_are_broken_or_come_from_themselves_do_no_harm(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path / "rooms")

    def made(name: str, comes_from: str) -> None:
        opened = e.Opened(title=name, origin=Origin(comes_from, 0))
        (rooms.folder / name).mkdir(parents=True)
        rooms.log(name).write_text(encode(Entry(0, START, opened)) + "\n", "utf-8")

    for name, comes_from in {"a": "b", "b": "a", "self": "self", "c": "a", "d": "c"}.items():
        made(name, comes_from)
    for name, text in {"torn": b'{"v":1,', "noise": b"\xff\xfe\n", "empty": b""}.items():
        (rooms.folder / name).mkdir()
        rooms.log(name).write_bytes(text)
    assert sorted(node.id for node in tree(rooms)) == ["a", "b", "self"]
    assert names(tree(rooms, "d")) == [("a", [("c", ["d"])])]
    assert names(tree(rooms, "self")) == ["self"]
    assert tree(rooms, "torn") == tree(rooms, "nowhere") == []


def test_the_tree_of_five_hundred_rooms_takes_less_than_300_ms(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path / "rooms")
    for n in range(500):
        origin = Origin(f"room-{n // 2}", 3) if n else None
        events = [e.Opened(title=f"{n}", house="rules " * 300, origin=origin)]
        events += [Spoke(author="AI-1", text="some words " * 40)] * 40
        (rooms.folder / f"room-{n}").mkdir(parents=True)
        rooms.log(f"room-{n}").write_text(
            "".join(encode(Entry(i, START, one)) + "\n" for i, one in enumerate(events)),
            "utf-8",
        )
    started = time.process_time()
    roots = tree(rooms)
    took = time.process_time() - started
    assert len(roots) == 1
    assert took < 0.3
