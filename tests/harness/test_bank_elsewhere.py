"""A bank that is elsewhere: said by the environment or the settings, and no password told."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import config
from harness.errors import BadSettings, RoomsUnusable
from harness.finding import find
from harness.inspection import Inspection
from harness.paths import paths
from harness.rooms import Rooms
from memory.bank.address import Address
from tests.harness.test_finding import House
from tests.postgres import Server
from transcripts import events as e

ROOT = Path(__file__).parents[2]
URL = "postgresql://me:s3cret@db.example/rooms"


def settings(body: str) -> Path:
    file = paths().settings
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(body)
    return file


def test_a_bank_is_among_the_data_unless_somebody_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert paths().bank == paths().data / "bank.sqlite"
    file = settings(f'[bank]\nurl = "{URL}"\n')
    assert isinstance(paths().bank, Address)
    assert str(paths().bank) == "postgresql://db.example/rooms"
    assert config.read(file).bank.url == URL
    monkeypatch.setenv("ENFOLD_BANK__URL", str(tmp_path / "other.sqlite"))
    assert paths().bank == tmp_path / "other.sqlite"
    monkeypatch.setenv("ENFOLD_BANK", "~/mine.sqlite")
    assert paths().bank == Path.home() / "mine.sqlite"
    assert Rooms.of(paths()).bank == Path.home() / "mine.sqlite"
    assert "s3cret" not in repr(paths())


@pytest.mark.parametrize("body", ["[bank]\nurl = 3\n", "[bank\n", "bank = 4\n"])
def test_settings_that_are_wrong_are_told_where_settings_are_read(body: str) -> None:
    file = settings(body)
    assert paths().bank == paths().data / "bank.sqlite"
    with pytest.raises(BadSettings, match=r"settings\.toml"):
        config.read(file)


def test_what_is_no_place_for_a_bank_is_told_with_who_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings('[bank]\nurl = "mysql://me:s3cret@db.example/rooms"\n')
    with pytest.raises(RoomsUnusable, match=r"settings\.toml: bank\.url: mysql:// is no") as it:
        paths()
    assert "s3cret" not in str(it.value)
    monkeypatch.setenv("ENFOLD_BANK", "postgresql://me:s3cret@db.example")
    with pytest.raises(RoomsUnusable, match=r"^ENFOLD_BANK: .* names no database") as it:
        paths()
    assert "s3cret" not in str(it.value)


def test_rooms_are_searched_by_an_index_on_a_server(server: Server, tmp_path: Path) -> None:
    where = server.schema()
    house = House(tmp_path)
    room = house.room("The tower", "a red lantern", "a blue lantern", "我喜欢门")

    def found(words: str) -> list[str]:
        return [one.text for one in find(where, house.rooms, words)]

    assert found("lant") == ["a blue lantern", "a red lantern"]
    assert found("red lanterns") == ["a red lantern"]
    assert found('"lantern red"') == []
    assert found("喜欢") == ["我喜欢门"]
    house.say(room, e.Spoke(author="AI-1", text="red, and a lantern"))
    assert len(found("red lantern")) == 2


def test_nothing_kept_on_a_server_is_nothing_to_look_at(server: Server, tmp_path: Path) -> None:
    house = House(tmp_path)
    room = house.room("The tower", "a red lantern")
    inspection = Inspection(server.schema(), room)
    assert inspection.look(house.rooms.log(room)) is None
    inspection.close()


@pytest.mark.slow
def test_a_room_is_played_and_kept_on_a_server_and_no_password_is_anywhere(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_BANK", server.schema().url)
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")
    said = ""

    def enfold(*arguments: str) -> str:
        nonlocal said
        done = subprocess.run(
            [sys.executable, "-m", "tui", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        said += done.stdout + done.stderr
        assert done.returncode == 0, said
        return done.stdout

    assert "postgresql://127.0.0.1" in enfold("paths")
    enfold("run", "--headless", "--turns", "3")
    assert enfold("cc", "show")
    enfold("bank", "verify")
    assert "can be read" in said
    assert "TURNS" in enfold("bank", "stats")
    assert "@" in enfold("search", "the")
    [room] = Rooms.of(paths()).ids()
    enfold("archive", "--remove", room)
    assert "@" in enfold("search", "the")
    enfold("archive", "--restore", room)
    assert "s3cret" not in said
    assert not (paths().data / "bank.sqlite").exists()
    files = [file for file in home.rglob("*") if file.is_file() and not file.is_symlink()]
    assert files
    assert not any(b"s3cret" in file.read_bytes() for file in files)
