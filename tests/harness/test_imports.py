"""What may be brought in: plain files, up to a size, for as long as somebody waits."""

import os
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.errors import NotPossible
from harness.imports import MOST, bring_in
from harness.rooms import Rooms
from transcripts.errors import UnknownFormat

NOW = datetime(2026, 1, 1, tzinfo=UTC)

TALK = "Ada: good evening\n\nBob: and to you\n\nAda: it is late\n"


class CalledOffError(Exception):
    """Nobody wants it any more."""


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path / "rooms")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("make", [a_pipe, a_folder, a_socket, a_device])
def test_what_is_no_plain_file_is_refused_at_once(
    rooms: Rooms, make: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    assert callable(make)
    path = Path("it")
    make(path)
    kind = make.__name__.replace("_", " ")
    with pytest.raises(NotPossible) as refused:
        bring_in(rooms, path, now=NOW)
    assert str(refused.value) == f"it is {kind}; only a file can be read"
    assert rooms.ids() == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    rooms: Rooms, tmp_path: Path
) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(MOST + 1)
    with pytest.raises(NotPossible, match="too large: at most 200 MB"):
        bring_in(rooms, path, now=NOW)


def test_who_does_not_want_it_any_more_stops_it_while_it_is_read(
    rooms: Rooms, tmp_path: Path
) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(MOST)
    asked: list[tuple[int, int]] = []

    def told(done: int, total: int) -> None:
        asked.append((done, total))
        if len(asked) == 3:
            raise CalledOffError

    with pytest.raises(CalledOffError):
        bring_in(rooms, path, now=NOW, told=told)
    assert asked == [(0, 0)] * 3
    assert not rooms.folder.exists()


def test_a_file_without_a_size_is_read_to_its_end(rooms: Rooms) -> None:
    path = Path("/proc/self/status")
    if not path.exists():
        pytest.skip("there is no /proc here")
    assert path.stat().st_size == 0
    assert stat.S_ISREG(path.stat().st_mode)
    done = bring_in(rooms, path, kind="plain", now=NOW)
    assert len(done.reading.events) > 10


def test_a_link_to_a_file_is_the_file(rooms: Rooms, tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(TALK)
    (tmp_path / "link.txt").symlink_to("talk.txt")
    first = bring_in(rooms, tmp_path / "talk.txt", now=NOW)
    assert (first.new, bring_in(rooms, tmp_path / "link.txt", now=NOW).room) == (
        True,
        first.room,
    )
    with pytest.raises(UnknownFormat, match="No such file"):
        bring_in(rooms, tmp_path / "nothing.txt", now=NOW)
