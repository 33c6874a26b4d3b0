"""A room written to a file: whole or not at all, and over nothing unasked."""

import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.painters.base import Picture
from agents.painters.files import store
from harness.errors import NotPossible, RoomsUnusable
from harness.exports import KINDS, _put, suggested, write
from harness.rooms import Rooms
from tests.fakes import PIXEL
from tests.transcripts.sample import room as sample
from transcripts import events as e
from transcripts.errors import BrokenLog
from transcripts.events import Event
from transcripts.participants import Participant

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path / "rooms")


@pytest.fixture
def room(rooms: Rooms, tmp_path: Path) -> str:
    events: list[Event] = [
        e.Opened(title="The tower"),
        e.Joined(participant=Participant(id="AI-1", name="Ada", model="m")),
        e.Spoke(author="AI-1", text="a red lantern", reasoning="think of red"),
        e.ImageRequested(image="I1", prompt="a lantern", by="AI-1"),
    ]
    folder = tmp_path / "pictures"
    folder.mkdir()
    made = store(
        folder, Picture(data=PIXEL, mime="image/png", width=1, height=1, painter="stamp")
    )
    events += [
        e.ImageCreated(image="I1", file=made.name, sha256=made.sha256, mime="image/png"),
        e.Spoke(author="AI-1", text="and a blue one \ud800 at the end"),
    ]
    room = rooms.import_([(NOW, event, None) for event in events], title="The tower", now=NOW)
    folder.rename(rooms.images(room))
    return room


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_is_written_whole(
    rooms: Rooms, room: str, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"out.{kind}"
    assert write(rooms, room, kind, path) == path
    text = path.read_text(encoding="utf-8", errors="surrogatepass")
    assert "a red lantern" in text
    assert "and a blue one" in text
    assert "think of red" not in text or kind == "jsonl"
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, "rooms"]


def test_jsonl_is_the_log_itself(rooms: Rooms, room: str, tmp_path: Path) -> None:
    path = write(rooms, room, "jsonl", tmp_path / "out.jsonl")
    assert path.read_bytes() == rooms.log(room).read_bytes()
    upto = write(rooms, room, "jsonl", tmp_path / "start.jsonl", upto=2)
    assert [json.loads(line)["place"] for line in upto.read_text().splitlines()] == [0, 1, 2]


def test_pictures_go_in_or_are_found_from_beside(
    rooms: Rooms, room: str, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    linked = write(rooms, room, "html", tmp_path / "deep" / "a.html").read_text(
        "utf-8", "replace"
    )
    [picture] = rooms.images(room).iterdir()
    assert f"../rooms/{room}/images/{picture.name}" in linked
    inside = write(rooms, room, "html", tmp_path / "b.html", inline_images=True, reasoning=True)
    text = inside.read_text("utf-8", "replace")
    assert "data:image/png;base64," in text
    assert "think of red" in text


def test_nothing_is_written_over_unasked(rooms: Rooms, room: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("mine")
    with pytest.raises(NotPossible, match="is there already"):
        write(rooms, room, "md", path)
    assert path.read_text() == "mine"
    write(rooms, room, "md", path, force=True)
    assert "a red lantern" in path.read_text("utf-8", "replace")
    with pytest.raises(NotPossible, match="is no file"):
        write(rooms, room, "md", tmp_path, force=True)


def test_what_goes_wrong_half_way_leaves_what_was_there(
    rooms: Rooms, room: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("mine")
    log = rooms.log(room)
    log.write_bytes(log.read_bytes() + b"rubbish\n")
    with pytest.raises(BrokenLog):
        write(rooms, room, "jsonl", path, force=True)
    assert path.read_text() == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, "rooms"]
    with pytest.raises(RoomsUnusable, match="No such file"):
        write(rooms, room, "md", tmp_path / "none" / "a.md")


def test_a_link_is_followed(rooms: Rooms, room: str, tmp_path: Path) -> None:
    target, link = tmp_path / "target.md", tmp_path / "link.md"
    target.write_text("old")
    link.symlink_to(target)
    assert write(rooms, room, "md", link, force=True) == target
    assert link.is_symlink()
    assert "a red lantern" in target.read_text("utf-8", "replace")
    (tmp_path / "round.md").symlink_to(tmp_path / "round.md")
    with pytest.raises((RoomsUnusable, NotPossible)):
        write(rooms, room, "md", tmp_path / "round.md")


def test_the_whole_sample_comes_out_in_every_form(rooms: Rooms, tmp_path: Path) -> None:
    entries = sample()
    room = rooms.import_(
        [(entry.at, entry.event, entry.source) for entry in entries], title="s", now=NOW
    )
    for kind in KINDS:
        assert write(rooms, room, kind, tmp_path / f"s.{kind}").stat().st_size > 1000


def test_a_name_is_suggested_that_is_not_taken(
    rooms: Rooms, room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    summary = rooms.summary(room)
    assert suggested(summary, "md") == tmp_path / "the-tower.md"
    (tmp_path / "the-tower.md").touch()
    assert suggested(summary, "md") == tmp_path / "the-tower-2.md"
    assert suggested(summary, "html") == tmp_path / "the-tower.html"
    assert suggested(e.Opened(title="../../etc/passwd \x1b[2J"), "txt").parent == tmp_path
    assert suggested(e.Opened(title="…"), "txt").name == "room.txt"
    assert os.sep not in suggested(e.Opened(title="a/b"), "txt").name


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def mask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.mark.usefixtures("mask")
def test_a_file_has_the_rights_of_any_file_or_those_of_the_one_before(
    rooms: Rooms, room: str, tmp_path: Path
) -> None:
    path = write(rooms, room, "md", tmp_path / "mine.md")
    assert rights(path) == 0o640
    path.chmod(0o600)
    write(rooms, room, "md", path, force=True)
    assert rights(path) == 0o600
    path.chmod(0o664)
    write(rooms, room, "md", path, force=True)
    assert rights(path) == 0o664


def test_nothing_that_lies_in_wait_beside_it_is_written_through(
    rooms: Rooms, room: str, tmp_path: Path
) -> None:
    folder, victim = tmp_path / "shared", tmp_path / "victim"
    folder.mkdir()
    victim.write_text("mine")
    # The name it had while it was written, in earlier versions.
    (folder / f".out.md.{os.getpid()}").symlink_to(victim)
    write(rooms, room, "md", folder / "out.md")
    assert victim.read_text() == "mine"
    assert (folder / f".out.md.{os.getpid()}").is_symlink()
    assert not (folder / "out.md").is_symlink()


def test_while_it_is_written_nobody_else_can_read_it(rooms: Rooms, tmp_path: Path) -> None:
    seen: list[int] = []

    def told() -> Iterator[str]:
        yield "a"
        seen.extend(rights(one) for one in tmp_path.iterdir())
        yield "b"

    _put(told(), tmp_path / "out.md", force=False)
    assert seen == [0o600]
    assert (tmp_path / "out.md").read_text() == "ab"


def test_what_came_meanwhile_is_not_written_over_unasked(tmp_path: Path) -> None:
    path = tmp_path / "out.md"

    def told() -> Iterator[str]:
        yield "ours"
        path.write_text("theirs")

    with pytest.raises(FileExistsError):
        _put(told(), path, force=False)
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes links of others")
@pytest.mark.parametrize("there", [True, False])
def test_a_link_that_somebody_else_made_is_not_followed(
    rooms: Rooms, room: str, tmp_path: Path, there: bool
) -> None:
    target, link, mine = tmp_path / "target.md", tmp_path / "link.md", tmp_path / "mine.md"
    if there:
        target.write_text("old")
    link.symlink_to(target)
    mine.symlink_to(link.name)
    os.lchown(link, 12345, 12345)
    for path in (link, mine):
        with pytest.raises(NotPossible, match="somebody else made"):
            write(rooms, room, "md", path, force=True)
    assert target.exists() == there


def test_a_name_as_long_as_names_can_be_will_do(
    rooms: Rooms, room: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{'n' * 252}.md"
    assert write(rooms, room, "md", path) == path
