import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcripts.strategies import events
from transcripts.errors import BrokenLog, LogUnwritable, RoomBusy
from transcripts.events import Event, Opened, Repaired, Spoke
from transcripts.log import Log, read

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_is_appended_is_read_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW) as log:
        log.append(NOW, Opened(title="a room"))
        for i in range(20):
            log.append(NOW, Spoke(author="AI-1", text=f"line {i}"))
        assert list(read(path)) == log.entries
    assert [entry.place for entry in read(path)] == list(range(21))
    assert [entry.place for entry in read(path, start=19)] == [19, 20]


def test_what_was_read_already_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW) as log:
        log.extend([(NOW, Spoke(author="AI-1", text=f"line {i}"), None) for i in range(20)])
    known = list(read(path))[:15]
    with Log(path, now=NOW, known=known) as log:
        assert log.entries == list(read(path))
        assert all(mine is theirs for mine, theirs in zip(known, log.entries, strict=False))
        assert log.append(NOW, Opened(title="after")).place == 20
        assert len(known) == 15


def test_entries_of_a_longer_file_are_not_taken_for_this_ones(tmp_path: Path) -> None:
    longer, shorter = tmp_path / "longer.jsonl", tmp_path / "shorter.jsonl"
    for path, many in ((longer, 20), (shorter, 10)):
        with Log(path, now=NOW) as log:
            log.extend([(NOW, Spoke(author="AI-1", text=f"{i}"), None) for i in range(many)])
    with Log(shorter, now=NOW, known=list(read(longer))) as log:
        assert log.entries == list(read(shorter))


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_room_has_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    code = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from transcripts.log import Log; from transcripts.errors import RoomBusy\n"
        "try: Log(Path(sys.argv[1]), now=datetime.now(UTC))\n"
        "except RoomBusy as error: print(error); sys.exit(7)\n"
    )
    with Log(path, now=NOW) as log:
        log.append(NOW, Opened(title="a room"))
        other = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
        assert other.returncode == 7, other.stderr
        assert "close the other one first" in other.stdout
        with pytest.raises(RoomBusy):
            Log(path, now=NOW)
    with Log(path, now=NOW) as log:
        assert len(log.entries) == 1


@given(st.lists(events, min_size=1, max_size=4), st.data())
def test_half_a_last_line_is_moved_aside_and_the_rest_is_untouched(
    tmp_path_factory: pytest.TempPathFactory, written: list[Event], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("room") / "log.jsonl"
    with Log(path, now=NOW) as log:
        for event in written:
            log.append(NOW, event)
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    cut = data.draw(st.integers(last + 1, len(whole) - 1))
    path.write_bytes(whole[:cut])

    with Log(path, now=NOW) as log:
        assert [entry.event for entry in log.entries[:-1]] == written[:-1]
        assert log.entries[-1].event == Repaired(bytes=cut - last, file="log.jsonl.torn")
    assert path.read_bytes().startswith(whole[:last])
    assert (path.parent / "log.jsonl.torn").read_bytes() == whole[last:cut] + b"\n"
    with Log(path, now=NOW) as log:
        assert len(log.entries) == len(written)


def test_what_a_loss_of_power_left_is_moved_aside_from_the_first_zeros_on(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW) as log:
        log.append(NOW, Opened(title="a room"))
        log.extend([(NOW, Spoke(author="AI-1", text="word " * 30), None) for _ in range(9)])
    whole = bytearray(path.read_bytes())
    whole[512:1024] = bytes(512)  # a sector that was never written, and later ones that were
    path.write_bytes(whole)
    sound = bytes(whole[: whole.rindex(b"\n", 0, 512) + 1])
    with pytest.raises(BrokenLog, match=r"line 3: .*loss of power.*resume"):
        list(read(path))
    with Log(path, now=NOW) as log:
        repaired = log.entries[-1].event
        log.append(NOW, Spoke(author="AI-2", text="on we go"))
    assert isinstance(repaired, Repaired)
    assert repaired.bytes == len(whole) - len(sound)
    assert path.with_name("log.jsonl.torn").read_bytes() == whole[len(sound) :] + b"\n"
    assert path.read_bytes().startswith(sound)
    assert [entry.place for entry in read(path)] == [0, 1, 2, 3]


def test_a_zero_that_no_loss_of_power_left_is_no_reason_to_move_anything(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW) as log:
        log.extend([(NOW, Spoke(author="AI-1", text=f"line {i}"), None) for i in range(4)])
    whole = path.read_bytes().replace(b"line 1", b"line\x001")
    path.write_bytes(whole)
    with pytest.raises(BrokenLog, match="line 2"):
        Log(path, now=NOW)
    assert path.read_bytes() == whole


def test_a_broken_line_in_the_middle_stops_the_opening_and_changes_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW) as log:
        log.append(NOW, Opened(title="a room"))
        log.append(NOW, Spoke(author="AI-1", text="one"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b'{"v":1,\n', lines[1]]))
    before = path.read_bytes()
    with pytest.raises(BrokenLog, match="line 2"):
        Log(path, now=NOW)
    assert path.read_bytes() == before


def test_a_missing_line_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW) as log:
        for i in range(3):
            log.append(NOW, Spoke(author="AI-1", text=str(i)))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(BrokenLog, match="is place 2, not 1"):
        list(read(path))


def test_a_reader_passes_over_a_line_being_written(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with Log(path, now=NOW) as log:
        log.append(NOW, Opened(title="a room"))
        with path.open("ab") as other:
            other.write(b'{"v":1,"place":1,')
        assert len(list(read(path))) == 1


def test_a_full_disk_takes_nothing_back_that_was_recorded(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("no permission to mount a small disk")
    try:
        path = disk / "log.jsonl"
        with Log(path, now=NOW) as log:

            def fill() -> None:
                for i in range(1000):
                    log.append(NOW, Spoke(author="AI-1", text=f"{i} " + "x" * 500))

            with pytest.raises(LogUnwritable, match="the disk is full; nothing recorded"):
                fill()
            recorded = len(log.entries)
            assert recorded > 50
            assert [entry.place for entry in read(path)] == list(range(recorded))
            assert path.read_bytes().endswith(b"}\n")
            # Space again: the very next entry goes in, in the next place.
            subprocess.run(
                ["mount", "-o", "remount,size=256k", str(disk)], check=True, capture_output=True
            )
            assert log.append(NOW, Spoke(author="AI-1", text="again")).place == recorded
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    folder.mkdir()
    if os.geteuid() == 0:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)],
            check=False,
            capture_output=True,
        )
        if mounted.returncode:
            pytest.skip("no permission to mount a read-only disk")
    else:
        folder.chmod(0o500)
    try:
        with pytest.raises(LogUnwritable, match=r"read-only|no permission"):
            Log(folder / "log.jsonl", now=NOW)
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", str(folder)], check=True)


def test_many_at_once_are_all_or_none(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    many = [(NOW, Spoke(author="AI-1", text=str(i)), None) for i in range(100)]
    with Log(path, now=NOW) as log:
        log.extend(many)
    assert [entry.event for entry in read(path)] == [event for _, event, _ in many]
