import asyncio
import os
import shutil
import sys
import time
from base64 import standard_b64decode
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.clipboard import MOST, Copied, copy, sequence

XTERM = {"TERM": "xterm-256color"}
NASTY = "$(touch pwned) `touch pwned`; rm -rf ~ \x1b]0;title\x07 'quoted' \"twice\" é 漢 \n-n"


def program(folder: Path, name: str, does: str = "") -> Path:
    """A real program that keeps what it is given, and how it was called."""
    file = folder / name
    file.write_text(
        f"#!{sys.executable}\n"
        "import os, sys, time\n"
        f"kept = {str(folder / name)!r}\n"
        f"{does}\n"
        "open(kept + '.got', 'wb').write(sys.stdin.buffer.read())\n"
        "open(kept + '.args', 'w').write('\\n'.join(sys.argv[1:]))\n"
    )
    file.chmod(0o700)
    return file


def got(folder: Path, name: str) -> bytes:
    return (folder / f"{name}.got").read_bytes()


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def copied(text: str, environ: Mapping[str, str]) -> tuple[Copied, str]:
    written: list[str] = []
    return await copy(text, written.append, environ=environ), "".join(written)


async def test_a_terminal_gets_the_text_as_base64() -> None:
    result, sent = await copied("häuser ✓", XTERM)
    assert sent == "\x1b]52;c;aMOkdXNlciDinJM=\x07"
    assert result == Copied("terminal", 11, "copied 8 characters")


async def test_one_character_is_said_as_one() -> None:
    result, _ = await copied("x", XTERM)
    assert result.said == "copied 1 character"


async def test_nothing_is_not_copied() -> None:
    assert await copied("", XTERM) == (Copied("", 0, "nothing to copy"), "")


@given(st.text(min_size=1, max_size=3000))
def test_no_character_of_the_text_reaches_the_terminal_as_itself(text: str) -> None:
    for environ in (XTERM, XTERM | {"TMUX": "x"}, XTERM | {"STY": "x"}):
        sent = sequence(text.encode(errors="replace"), environ)
        body = sent.replace("\x1b", "").replace("\x07", "").replace("\\", "")
        assert body.isascii()
        assert body.isprintable()


@given(st.binary(min_size=1, max_size=2000))
def test_wrappers_give_the_sequence_back(data: bytes) -> None:
    plain = sequence(data, XTERM)
    assert standard_b64decode(plain[len("\x1b]52;c;") : -1]) == data
    tmux = sequence(data, XTERM | {"TMUX": "default,1,0"})
    assert tmux.startswith("\x1bPtmux;")
    assert tmux.endswith("\x1b\\")
    assert tmux[len("\x1bPtmux;") : -2].replace("\x1b\x1b", "\x1b") == plain
    pieces = sequence(data, XTERM | {"STY": "1.pts"}).removesuffix("\x1b\\").split("\x1b\\")
    assert all(piece.startswith("\x1bP") and len(piece) <= 254 for piece in pieces)
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == plain


async def test_the_longest_text_for_a_terminal_stays_under_100_000_bytes() -> None:
    result, sent = await copied("x" * MOST, XTERM)
    assert result.how == "terminal"
    assert 99_000 < len(sent) < 100_010
    over, sent = await copied("x" * (MOST + 1), XTERM)
    assert (over.how, sent) == ("", "")


async def test_too_long_a_text_says_what_to_do() -> None:
    result, _ = await copied("é" * 48_000, XTERM | {"DISPLAY": ":0"})
    assert result == Copied(
        "", 96_000, "not copied: too long for the terminal (96 kB); install xclip"
    )
    result, _ = await copied("x" * 96_000, XTERM | {"WAYLAND_DISPLAY": "w"})
    assert result.said.endswith("install wl-clipboard")
    result, _ = await copied("x" * 96_000, XTERM)
    assert result.said.endswith("export the room instead")


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "linux"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"},
        {"TERM": "xterm-256color", "VTE_VERSION": "7600"},
        {},
    ],
)
async def test_a_terminal_known_to_take_nothing_is_sent_nothing(
    environ: dict[str, str],
) -> None:
    result, sent = await copied("text", environ)
    assert (result.how, sent) == ("", "")
    assert "no clipboard for programs" in result.said


async def test_a_program_takes_over_and_no_shell_sees_the_text(tmp_path: Path) -> None:
    program(tmp_path, "xclip")
    environ = {"TERM": "linux", "DISPLAY": ":0", "PATH": str(tmp_path)}
    result, sent = await copied(NASTY, environ)
    assert (result.how, sent) == ("xclip", "")
    assert result.said == f"copied {len(NASTY)} characters (xclip)"
    assert got(tmp_path, "xclip") == NASTY.encode()
    assert (tmp_path / "xclip.args").read_text() == "-selection\nclipboard\n-in"
    assert files(tmp_path) == ["xclip", "xclip.args", "xclip.got"]


async def test_a_long_text_goes_to_a_program_whole(tmp_path: Path) -> None:
    program(tmp_path, "wl-copy")
    text = "漢字" * 200_000
    environ = XTERM | {"WAYLAND_DISPLAY": "w", "PATH": str(tmp_path)}
    result, sent = await copied(text, environ)
    assert (result.how, result.bytes, sent) == ("wl-copy", 1_200_000, "")
    assert got(tmp_path, "wl-copy") == text.encode()


async def test_the_next_program_is_tried_when_one_fails(tmp_path: Path) -> None:
    program(tmp_path, "wl-copy", "sys.exit(1)")
    program(tmp_path, "xclip", "os.close(0); sys.exit(3)")
    program(tmp_path, "xsel")
    environ = {"TERM": "linux", "DISPLAY": ":0", "WAYLAND_DISPLAY": "w", "PATH": str(tmp_path)}
    result, _ = await copied("x" * 500_000, environ)
    assert result.how == "xsel"


async def test_a_file_that_cannot_be_run_is_no_program(tmp_path: Path) -> None:
    broken = tmp_path / "xclip"
    broken.write_bytes(b"\x7fELF not really")
    broken.chmod(0o700)
    environ = {"TERM": "linux", "DISPLAY": ":0", "PATH": str(tmp_path)}
    result, _ = await copied("text", environ)
    assert result.how == ""


async def test_programs_without_their_display_are_left_alone(tmp_path: Path) -> None:
    for name in ("wl-copy", "xclip", "xsel"):
        program(tmp_path, name)
    result, _ = await copied("text", {"TERM": "linux", "PATH": str(tmp_path)})
    assert result.how == ""


async def test_over_ssh_the_far_machines_clipboard_is_left_alone(tmp_path: Path) -> None:
    program(tmp_path, "pbcopy")
    environ = XTERM | {"PATH": str(tmp_path), "SSH_CONNECTION": "1 2 3 4"}
    result, _ = await copied("x" * 96_000, environ)
    assert result.how == ""
    del environ["SSH_CONNECTION"]
    result, _ = await copied("x" * 96_000, environ)
    assert result.how == "pbcopy"


async def test_windows_gets_its_own_encoding(tmp_path: Path) -> None:
    program(tmp_path, "clip.exe")
    result, _ = await copied("ünï ✓", {"TERM": "linux", "PATH": str(tmp_path)})
    assert result.how == "clip.exe"
    assert got(tmp_path, "clip.exe").decode("utf-16") == "ünï ✓"


async def test_a_program_that_hangs_is_stopped_and_the_loop_goes_on(tmp_path: Path) -> None:
    program(
        tmp_path, "xclip", "open(kept + '.pid', 'w').write(str(os.getpid())); time.sleep(60)"
    )
    environ = {"TERM": "linux", "DISPLAY": ":0", "PATH": str(tmp_path)}
    start = time.monotonic()
    task = asyncio.create_task(copied("x" * 200_000, environ))
    longest, last = 0.0, start
    while not task.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert (await task)[0].how == ""
    assert time.monotonic() - start < 4
    assert longest < 0.5
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "xclip.pid").read_text()), 0)


async def test_one_that_stays_behind_to_serve_the_clipboard_is_not_waited_for(
    tmp_path: Path,
) -> None:
    program(tmp_path, "xclip", "sys.stdin.buffer.read()\nif os.fork() == 0: time.sleep(5)")
    environ = {"TERM": "linux", "DISPLAY": ":0", "PATH": str(tmp_path)}
    start = time.monotonic()
    result, _ = await copied("text", environ)
    assert result.how == "xclip"
    assert time.monotonic() - start < 2


async def test_inside_tmux_tmux_copies_and_asks_the_terminal(tmp_path: Path) -> None:
    program(tmp_path, "tmux")
    program(tmp_path, "xclip")
    inside = {"TMUX": "x", "DISPLAY": ":0", "PATH": str(tmp_path)}
    result, sent = await copied("text", {"TERM": "tmux-256color"} | inside)
    assert (result.how, sent) == ("tmux", "")
    assert (tmp_path / "tmux.args").read_text() == "load-buffer\n-w\n-"
    # Of a terminal that would not listen to tmux either, the system's own is better.
    result, _ = await copied("text", {"TERM": "tmux-256color", "VTE_VERSION": "1"} | inside)
    assert result.how == "xclip"


async def test_without_tmuxs_program_the_sequence_is_handed_through(tmp_path: Path) -> None:
    result, sent = await copied(
        "text", {"TERM": "screen-256color", "TMUX": "x", "PATH": str(tmp_path)}
    )
    assert result.how == "terminal"
    assert sent == "\x1bPtmux;\x1b\x1b]52;c;dGV4dA==\x07\x1b\\"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
async def test_a_real_tmux_can_paste_what_was_copied(tmp_path: Path) -> None:
    socket = tmp_path / "tmux"

    async def tmux(*words: str) -> bytes:
        ran = await asyncio.create_subprocess_exec(
            "tmux", "-S", str(socket), *words, stdout=asyncio.subprocess.PIPE
        )
        return (await ran.communicate())[0]

    await tmux("-f", "/dev/null", "new-session", "-d", "sleep 60")
    try:
        environ = {"TERM": "screen", "TMUX": f"{socket},1,0", "PATH": os.environ["PATH"]}
        result, _ = await copied(NASTY, environ)
        assert result.how == "tmux"
        assert await tmux("save-buffer", "-") == NASTY.encode()
    finally:
        await tmux("kill-server")
