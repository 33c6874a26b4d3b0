"""`enfold fold` and `unfold` as commands: files, folders, pipes, rooms, and what goes wrong."""

import contextlib
import filecmp
import io
import json
import os
import pty
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.sources import Source, content
from tests.harness.test_disk import small_disk
from tui.cli import main

REPO = Path(__file__).parents[2]
VERSE = "".join(
    f"AI-{1 + i % 2}: the lantern {i} and the tide,\n  and what the ledger says of {i * 7 % 11}\n\n"
    for i in range(20)
)


def enfold(
    folder: Path, *arguments: str, stdin: bytes | None = None, model: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command in this process, from its arguments to its exit."""
    kept = (sys.argv, sys.stdin, sys.stdout, sys.stderr, dict(os.environ))
    out, told = io.BytesIO(), io.BytesIO()
    os.environ.update(surroundings(folder) | {"ENFOLD_BYTE_MODEL": model})
    sys.argv = ["enfold", *arguments]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin or b""))
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8")
    sys.stderr = io.TextIOWrapper(told, encoding="utf-8")
    code: object = None
    try:
        with contextlib.chdir(folder):
            main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        result = (out.getvalue(), told.getvalue())
        sys.argv, sys.stdin, sys.stdout, sys.stderr, environment = kept
        os.environ.clear()
        os.environ.update(environment)
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, *result)


def process(
    folder: Path, *arguments: str, stdin: bytes | None = None, model: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command as people do."""
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env=surroundings(folder) | {"ENFOLD_BYTE_MODEL": model},
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=120,
        check=False,
    )


def surroundings(folder: Path) -> dict[str, str]:
    dirs = {
        f"ENFOLD_{name.upper()}_DIR": str(folder / ".home" / name)
        for name in ("data", "config", "cache", "state")
    }
    return {**os.environ, **dirs, "PYTHONPATH": str(REPO)}


def done(result: "subprocess.CompletedProcess[bytes]") -> bytes:
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def refused(result: "subprocess.CompletedProcess[bytes]", code: int = 1) -> str:
    """Return the one line of an error."""
    told = result.stderr.decode()
    assert result.returncode == code, told
    assert "Traceback" not in told
    errors = [line for line in told.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, told
    return errors[0]


def left(folder: Path) -> set[str]:
    """Return what lies in `folder`, but for the home that commands were given."""
    return {path.name for path in folder.iterdir()} - {".home"}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A folder of transcripts and what else may lie among them."""
    folder = tmp_path / "talk"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "one.txt").write_text(VERSE, encoding="utf-8")
    (folder / "deep" / "two.txt").write_text(VERSE[200:], encoding="utf-8")
    (folder / "deep" / "er" / "noise").write_bytes(random.Random(1).randbytes(3000))
    (folder / "latin.txt").write_bytes("d\xe9j\xe0 vu\r\n".encode("latin-1") * 5)
    (folder / "empty").touch()
    (folder / "tool.sh").write_text("#!/bin/sh\necho\n", encoding="utf-8")
    (folder / "tool.sh").chmod(0o755)
    (folder / "loop").symlink_to(folder)
    return folder


def same(one: Path, other: Path) -> None:
    names = sorted(
        str(path.relative_to(one))
        for path in one.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    assert names == sorted(str(p.relative_to(other)) for p in other.rglob("*") if p.is_file())
    assert filecmp.cmpfiles(one, other, names, shallow=False) == (names, [], [])


def test_a_folder_comes_back_as_it_was(tmp_path: Path, talk: Path) -> None:
    told = process(tmp_path, "fold", "talk", "-o", "talk.hqf", "--no-model", "--json")
    answer = json.loads(done(told))
    assert answer["stored"] == (tmp_path / "talk.hqf").stat().st_size
    assert "loop: a link" in told.stderr.decode()
    done(process(tmp_path, "unfold", "talk.hqf", "-o", "back"))
    same(talk, tmp_path / "back" / "talk")
    assert os.access(tmp_path / "back" / "talk" / "tool.sh", os.X_OK)
    assert not os.access(tmp_path / "back" / "talk" / "one.txt", os.X_OK)
    listed = json.loads(done(enfold(tmp_path, "unfold", "talk.hqf", "--list", "--json")))
    assert {member["name"] for member in listed["members"]} == {
        f"talk/{name}"
        for name in (
            "one.txt",
            "deep/two.txt",
            "deep/er/noise",
            "latin.txt",
            "empty",
            "tool.sh",
        )
    }
    assert (
        "all as they were" in enfold(tmp_path, "unfold", "talk.hqf", "--verify").stderr.decode()
    )
    assert left(tmp_path) == {"talk", "talk.hqf", "back"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"\xff\xfe" * 40, VERSE.encode()],
    ids=["nothing", "one byte", "no text", "verse"],
)
def test_a_stream_goes_through_pipes(tmp_path: Path, content: bytes) -> None:
    archive = done(process(tmp_path, "fold", "--no-model", stdin=content))
    assert done(process(tmp_path, "unfold", stdin=archive)) == content
    assert left(tmp_path) == set()


def test_a_file_goes_beside_itself_and_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(VERSE, encoding="utf-8")
    done(enfold(tmp_path, "fold", "a.txt", "--no-model"))
    assert left(tmp_path) == {"a.txt", "a.txt.hqf"}
    assert "--force" in refused(enfold(tmp_path, "fold", "a.txt", "--no-model"))
    assert "--force" in refused(enfold(tmp_path, "unfold", "a.txt.hqf"))
    (tmp_path / "a.txt").write_text("another", encoding="utf-8")
    done(enfold(tmp_path, "unfold", "a.txt.hqf", "--force"))
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == VERSE
    assert done(enfold(tmp_path, "unfold", "a.txt.hqf", "-o", "-")) == VERSE.encode()
    done(enfold(tmp_path, "unfold", "a.txt.hqf", "-o", "b.txt"))
    assert (tmp_path / "b.txt").read_bytes() == VERSE.encode()
    assert left(tmp_path) == {"a.txt", "a.txt.hqf", "b.txt"}


def test_a_room_comes_back_with_its_log(tmp_path: Path) -> None:
    done(enfold(tmp_path, "import", str(REPO / "tests" / "golden" / "room.jsonl")))
    [log] = (tmp_path / ".home" / "data" / "rooms").glob("*/log.jsonl")
    room = log.parent.name
    done(enfold(tmp_path, "fold", "--room", room[:6], "-o", "r.hqf", "--no-model"))
    done(enfold(tmp_path, "unfold", "r.hqf", "-o", "back/"))
    assert (tmp_path / "back" / room / "log.jsonl").read_bytes() == log.read_bytes()
    assert "no room" in refused(enfold(tmp_path, "fold", "--room", "nobody"))


def test_each_damage_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    whole = done(enfold(tmp_path, "fold", "--no-model", stdin=VERSE.encode()))
    altered = whole[:60] + bytes([whole[60] ^ 1]) + whole[61:]
    newer = whole[:8] + b"\7" + whole[9:]
    for data, line in [
        (whole[:-30], "cut off"),
        (altered, "altered"),
        (b"nothing of ours", "no .hqf archive"),
        (newer, "later enfold"),
        (whole.replace(b"\r\n", b"\n", 1), "as if it were text"),
    ]:
        (tmp_path / "x.hqf").write_bytes(data)
        assert line in refused(enfold(tmp_path, "unfold", "x.hqf", "-o", "out"))
        assert left(tmp_path) == {"x.hqf"}


TINY = REPO / "tests" / "golden" / "tiny.hqlm"


@pytest.mark.skipif(not TINY.exists(), reason="no golden model")
def test_the_model_is_named_asked_for_and_carried_along(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(VERSE[:300], encoding="utf-8")
    told = enfold(tmp_path, "fold", "a", "--json", model=str(TINY))
    answer = json.loads(done(told))
    assert answer["model"]
    done(enfold(tmp_path, "fold", "a", "-o", "b.hqf", "--embed", model=str(TINY)))

    line = refused(enfold(tmp_path, "unfold", "a.hqf", "-o", "x"))
    assert answer["model"][:16] in line
    assert "--model FILE" in line
    assert left(tmp_path) == {"a", "a.hqf", "b.hqf"}
    done(enfold(tmp_path, "unfold", "a.hqf", "-o", "x", "--model", str(TINY)))
    done(enfold(tmp_path, "unfold", "b.hqf", "-o", "y"))
    for name in ("x", "y"):
        assert (tmp_path / name).read_text(encoding="utf-8") == VERSE[:300]
    (tmp_path / "bad.hqlm").write_bytes(TINY.read_bytes()[:-40])
    refused(enfold(tmp_path, "unfold", "a.hqf", "-o", "z", "--model", "bad.hqlm"))
    assert "no byte model" in refused(enfold(tmp_path, "fold", "a", "--embed", "--force"))


def test_wrong_use_says_how_to_use_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a", encoding="utf-8")
    (tmp_path / "b").write_text("b", encoding="utf-8")
    assert "-o" in refused(enfold(tmp_path, "fold", "a", "b"), 2)
    assert "stands alone" in refused(enfold(tmp_path, "fold", "a", "-"), 2)
    assert "nothing to --embed" in refused(
        enfold(tmp_path, "fold", "a", "--no-model", "--embed"), 2
    )
    assert "gone" in refused(enfold(tmp_path, "fold", "gone"))
    assert "gone" in refused(enfold(tmp_path, "unfold", "gone"))


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "long").write_text(VERSE * 4000, encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "tui", "fold", "long", "--no-model"],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while child.poll() is None and len(left(tmp_path)) < 2:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=60)
    assert child.returncode == 130
    assert told.decode().strip() == "stopped"
    assert left(tmp_path) == {"long"}


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(400_000)
    (tmp_path / "noise").write_bytes(noise)
    done(enfold(tmp_path, "fold", "noise", "--no-model"))
    with small_disk(tmp_path / "small", "size=200k"):
        told = refused(enfold(tmp_path, "fold", "noise", "-o", "small/x.hqf"))
        assert "No space left" in told
        told = refused(enfold(tmp_path, "unfold", "noise.hqf", "-o", "small/back/"))
        assert "No space left" in told
        assert left(tmp_path / "small") == set()


def test_links_below_the_folder_are_not_followed(tmp_path: Path, talk: Path) -> None:
    done(enfold(tmp_path, "fold", "talk", "-o", "talk.hqf", "--no-model"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "talk").symlink_to(tmp_path / "elsewhere")
    refused(enfold(tmp_path, "unfold", "talk.hqf", "-o", "back"))
    refused(enfold(tmp_path, "unfold", "talk.hqf", "-o", "back", "--force"))
    assert left(tmp_path / "elsewhere") == set()
    assert left(tmp_path / "back") == {"talk"}


def test_what_is_read_is_not_written_over(tmp_path: Path, talk: Path) -> None:
    before = (talk / "one.txt").read_bytes()
    for words in (["talk/one.txt"], ["talk"]):
        told = refused(
            enfold(tmp_path, "fold", *words, "-o", "talk/one.txt", "--force", "--no-model")
        )
        assert "another place" in told
    assert (talk / "one.txt").read_bytes() == before
    done(enfold(tmp_path, "fold", "talk/one.txt", "-o", "one.txt", "--no-model"))
    archive = (tmp_path / "one.txt").read_bytes()
    assert "another place" in refused(enfold(tmp_path, "unfold", "one.txt", "--force"))
    assert (tmp_path / "one.txt").read_bytes() == archive


def test_what_only_one_person_may_read_stays_so(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a").write_text("a secret", encoding="utf-8")
    (folder / "a").chmod(0o600)
    (folder / "b").write_text("no secret", encoding="utf-8")
    (folder / "b").chmod(0o755)
    done(enfold(tmp_path, "fold", "mine", "-o", "all.hqf", "--no-model"))
    done(enfold(tmp_path, "fold", "mine/b", "-o", "open.hqf", "--no-model"))
    folder.chmod(0o700)
    (folder / "a").chmod(0o644)
    done(enfold(tmp_path, "fold", "mine", "-o", "shut.hqf", "--no-model"))
    done(enfold(tmp_path, "unfold", "all.hqf", "-o", "back/"))
    done(enfold(tmp_path, "unfold", "open.hqf", "-o", "open/"))
    modes = {
        name: stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("all.hqf", "open.hqf", "shut.hqf", "back/mine/b", "open/b")
    }
    assert modes == {
        "all.hqf": 0o600,
        "open.hqf": 0o644,
        "shut.hqf": 0o600,
        "back/mine/b": 0o700,
        "open/b": 0o755,
    }


def test_a_kill_leaves_nothing_that_stays(tmp_path: Path) -> None:
    (tmp_path / "long").write_text(VERSE * 4000, encoding="utf-8")

    def under_way() -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(
            [sys.executable, "-m", "tui", "fold", "long", "--no-model"],
            cwd=tmp_path,
            env=surroundings(tmp_path),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        while not list(tmp_path.glob(".enfold-*/0")):
            assert child.poll() is None
            time.sleep(0.02)
        return child

    child = under_way()
    child.terminate()
    child.communicate(timeout=60)
    assert child.returncode == 128 + signal.SIGTERM
    assert left(tmp_path) == {"long"}

    child = under_way()
    [held] = tmp_path.glob(".enfold-*")
    (tmp_path / "a").touch()
    notes = tmp_path / ".enfold-my_notes"
    notes.mkdir()
    (notes / "page.txt").touch()
    done(enfold(tmp_path, "fold", "a", "--no-model"))
    assert held.exists()  # another one is at work there
    child.kill()
    child.communicate(timeout=60)
    assert held.exists()
    told = enfold(tmp_path, "fold", ".", "-o", "all.hqf", "--no-model")
    assert "left by one that was killed" in told.stderr.decode()
    done(told)
    assert left(tmp_path) == {"long", "a", "a.hqf", "all.hqf", notes.name}


def test_what_was_written_over_comes_back_if_another_cannot_be(
    tmp_path: Path, talk: Path
) -> None:
    done(enfold(tmp_path, "fold", "talk", "-o", "talk.hqf", "--no-model"))
    (talk / "deep" / "two.txt").write_text("mine", encoding="utf-8")
    (talk / "one.txt").unlink()
    (talk / "one.txt").mkdir()
    told = refused(enfold(tmp_path, "unfold", "talk.hqf", "--force"))
    assert "one.txt is there already" in told
    # Found only when it is put in its place: a link where a folder should be.
    (talk / "one.txt").rmdir()
    archive = tmp_path / "deep.hqf"
    (talk / "zone").mkdir()
    (talk / "zone" / "z").write_text("z", encoding="utf-8")
    done(enfold(tmp_path, "fold", "talk", "-o", str(archive), "--no-model"))
    (talk / "zone" / "z").unlink()
    (talk / "zone").rmdir()
    (talk / "zone").symlink_to("deep")
    (talk / "deep" / "two.txt").write_text("mine again", encoding="utf-8")
    (talk / "empty").unlink()
    refused(enfold(tmp_path, "unfold", "deep.hqf", "--force"))
    assert (talk / "deep" / "two.txt").read_text(encoding="utf-8") == "mine again"
    assert not (talk / "empty").exists()
    assert not list(tmp_path.rglob(".enfold-*"))


def test_names_of_strangers_do_not_steer_the_terminal(tmp_path: Path) -> None:
    nasty = "a\x9b31m\u202eb"
    (tmp_path / nasty).write_text("x", encoding="utf-8")
    odd = os.fsdecode(b"odd\xff")
    (tmp_path / odd).write_text("y", encoding="utf-8")
    folded = enfold(tmp_path, "fold", nasty, odd, "-o", "n.hqf", "--no-model", "--json")
    done(folded)
    told = [
        enfold(tmp_path, "unfold", "n.hqf"),  # both are there already
        enfold(tmp_path, "unfold", "n.hqf", "--force"),
        enfold(tmp_path, "unfold", "n.hqf", "--list"),
        enfold(tmp_path, "fold", nasty + "gone"),
    ]
    for result in told:
        shown = (result.stdout + result.stderr).decode()
        assert "\x9b" not in shown
        assert "\u202e" not in shown
        assert "⟨U+202E⟩" in shown
    listed = done(enfold(tmp_path, "unfold", "n.hqf", "--list", "--json"))
    assert [one["name"] for one in json.loads(listed)["members"]] == [nasty, "odd\\xff"]
    assert (tmp_path / odd).read_text(encoding="utf-8") == "y"


def test_a_reader_who_has_gone_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(random.Random(2).randbytes(300_000))
    done(enfold(tmp_path, "fold", "noise", "--no-model"))
    for words in ("fold noise --no-model -o -", "unfold noise.hqf -o -"):
        ended = subprocess.run(
            ["/bin/sh", "-c", f"{sys.executable} -m tui {words} | head -c 9"],
            cwd=tmp_path,
            env=surroundings(tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert (len(ended.stdout), ended.stderr) == (9, b"")


def test_an_archive_comes_from_a_pipe_that_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(VERSE, encoding="utf-8")
    done(enfold(tmp_path, "fold", "a", "--no-model"))
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["/bin/sh", "-c", "cat a.hqf > pipe"], cwd=tmp_path):
        assert done(enfold(tmp_path, "unfold", "pipe", "-o", "-")) == VERSE.encode()
    assert "a pipe" in refused(enfold(tmp_path, "fold", "pipe"))


def test_what_changes_while_it_is_folded_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\n" * 30_000, encoding="utf-8")
    changed: list[str] = []
    source = Source(name=b"log", path=path)
    pieces = content(source, changed)
    read = next(pieces)
    with path.open("a", encoding="utf-8") as file:
        file.write("two\n")
    read += b"".join(pieces)
    assert read == path.read_bytes()
    assert changed == [str(path)]


def test_a_link_takes_the_name_that_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "a.2026").write_text("now", encoding="utf-8")
    (tmp_path / "latest").symlink_to("a.2026")
    done(enfold(tmp_path, "fold", "latest", "--no-model"))
    assert b"latest" in done(enfold(tmp_path, "unfold", "latest.hqf", "--list"))


def test_text_on_a_terminal_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    archive = done(
        enfold(tmp_path, "fold", "--no-model", stdin=b"one\x1b]0;mine\x07\n\xff two\n")
    )
    (tmp_path / "x.hqf").write_bytes(archive)
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "tui", "unfold", "x.hqf", "-o", "-"],
        cwd=tmp_path,
        env=surroundings(tmp_path) | {"ENFOLD_BYTE_MODEL": ""},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    assert child.wait(timeout=60) == 0
    os.close(theirs)
    shown = os.read(ours, 4096)
    os.close(ours)
    assert shown.decode() == "one␛]0;mine␇\r\n\\xff two\r\n"


def test_a_pipe_that_is_no_archive_is_refused_before_it_ends(tmp_path: Path) -> None:
    done = enfold(tmp_path, "unfold", "/dev/zero", "-o", "back")  # it has no end
    assert done.returncode == 1
    assert b"no .hqf archive" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_what_is_no_plain_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "verse.txt").write_text(VERSE)
    os.mkfifo(tmp_path / "pipe")
    done = enfold(tmp_path, "fold", "verse.txt", "-o", "pipe", "--force")
    assert done.returncode == 1
    assert b"no plain file" in done.stderr
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert enfold(tmp_path, "fold", "verse.txt", "-o", "kept.hqf").returncode == 0
    (tmp_path / "back").mkdir()
    os.mkfifo(tmp_path / "back" / "verse.txt")
    done = enfold(tmp_path, "unfold", "kept.hqf", "-o", "back", "--force")
    assert done.returncode == 1
    assert b"no plain file" in done.stderr
    assert stat.S_ISFIFO((tmp_path / "back" / "verse.txt").stat().st_mode)


def test_an_archive_with_something_behind_it_is_told_from_one_cut_off(tmp_path: Path) -> None:
    (tmp_path / "verse.txt").write_text(VERSE)
    assert enfold(tmp_path, "fold", "verse.txt", "-o", "kept.hqf").returncode == 0
    with (tmp_path / "kept.hqf").open("ab") as file:
        file.write(b"\nsent from my telegraph\n")
    done = enfold(tmp_path, "unfold", "kept.hqf", "-o", "back")
    assert done.returncode == 1
    assert b"cut off, or added to" in done.stderr


def test_a_damaged_model_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "verse.txt").write_text(VERSE)
    (tmp_path / "mine.hqlm").write_bytes(b"no weights at all")
    done = enfold(tmp_path, "fold", "verse.txt", "-o", "kept.hqf", model="mine.hqlm")
    assert done.returncode == 1
    assert b"mine.hqlm" in done.stderr
