"""Copying: by the terminal (OSC 52), by tmux, or by a program of the system.

The terminal comes first, since it works over ssh and needs nothing; but it never answers, some
take no more than so much, and a few are known to take nothing. For those there are the usual
programs, tried in turn, given the text on stdin and never through a shell. Nothing here knows
what is copied or how the screen looks.
"""

import asyncio
import os
import shutil
from base64 import standard_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

MOST = 74_994
"""Bytes of text given to a terminal. With what base64 adds and the frame around it a sequence
stays under 100,000 bytes, where hterm and older xterms stop reading; some show the rest."""

PATIENCE = 2.0
"""Seconds that a program gets."""

_SCREEN_PIECE = 252  # bytes: GNU screen drops strings of more than 256 in older versions

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of it."""

    how: str
    """`terminal`, the name of a program, or empty: it was not copied."""
    bytes: int
    """Of the text in UTF-8."""
    said: str
    """One line for the person."""


async def copy(text: str, write: Write, *, environ: Mapping[str, str] | None = None) -> Copied:
    """Put `text` on the clipboard, by the first way there is. Takes at most a few seconds.

    Args:
        text: As it is to be pasted.
        write: Sends a sequence to the terminal in one piece.
        environ: What says which terminal it is, and where programs are; the process's own
            if it is not given.
    """
    environ = os.environ if environ is None else environ
    data = text.encode(errors="replace")
    said = f"copied {len(text):,} character{'' if len(text) == 1 else 's'}"
    if not text:
        return Copied("", 0, "nothing to copy")
    fits = len(data) <= MOST and _takes(environ)
    if not fits or "TMUX" in environ:
        for program in programs(environ):
            if await _given(program, data, environ):
                return Copied(program[0], len(data), f"{said} ({program[0]})")
    if fits:
        write(sequence(data, environ))
        return Copied("terminal", len(data), said)
    if len(data) > MOST and _takes(environ):
        why = f"too long for the terminal ({len(data) / 1000:,.0f} kB)"
    else:
        why = "this terminal has no clipboard for programs"
    return Copied("", len(data), f"not copied: {why}; {_advice(environ)}")


def sequence(data: bytes, environ: Mapping[str, str]) -> str:
    """Return the bytes that give a terminal a text for its clipboard (OSC 52).

    Wrapped for what stands between: tmux hands it through where that is allowed, GNU screen
    in small pieces.
    """
    plain = f"\x1b]52;c;{standard_b64encode(data).decode()}\x07"
    if "TMUX" in environ:
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if "STY" in environ:
        pieces = range(0, len(plain), _SCREEN_PIECE)
        return "".join(f"\x1bP{plain[at : at + _SCREEN_PIECE]}\x1b\\" for at in pieces)
    return plain


def programs(environ: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the command lines that may copy here, best first; each is on the PATH."""
    far = "SSH_CONNECTION" in environ or "SSH_TTY" in environ
    wayland, x11 = "WAYLAND_DISPLAY" in environ, "DISPLAY" in environ
    # tmux asks the terminal by itself (-w), whatever it lets applications do.
    tmux = ("tmux", "load-buffer", "-w", "-")
    within, asked = "TMUX" in environ, _takes(environ)
    for wanted, program in (
        (within and asked, tmux),
        (wayland, ("wl-copy", "--type", "text/plain;charset=utf-8")),
        (x11, ("xclip", "-selection", "clipboard", "-in")),
        (x11, ("xsel", "--clipboard", "--input")),
        # These would fill the clipboard of the far machine.
        (not far, ("pbcopy",)),
        (not far, ("clip.exe",)),
        (within and not asked, tmux),  # better than nothing: tmux can paste it
    ):
        if wanted and shutil.which(program[0], path=environ.get("PATH", "")):
            yield program


def _takes(environ: Mapping[str, str]) -> bool:
    """Whether the terminal may take OSC 52. Of one that is not known it is believed."""
    return not (
        environ.get("TERM", "") in {"", "dumb", "linux"}
        or environ.get("TERM_PROGRAM") == "Apple_Terminal"
        or "VTE_VERSION" in environ  # GNOME's, and what is built from it
    )


def _advice(environ: Mapping[str, str]) -> str:
    if "WAYLAND_DISPLAY" in environ:
        return "install wl-clipboard"
    if "DISPLAY" in environ:
        return "install xclip"
    return "export the room instead"


async def _given(program: tuple[str, ...], data: bytes, environ: Mapping[str, str]) -> bool:
    """Whether a program took `data` and said that all went well."""
    found = shutil.which(program[0], path=environ.get("PATH", ""))
    if found is None:
        return False
    if program[0] == "clip.exe":  # Windows takes its own encoding, told by the mark
        data = data.decode(errors="replace").encode("utf-16")
    try:
        running = await asyncio.create_subprocess_exec(
            found,
            *program[1:],
            stdin=asyncio.subprocess.PIPE,
            # Those that stay behind to serve the clipboard would keep a pipe open for ever.
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(environ),
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(PATIENCE):
            await running.communicate(data)
    except (TimeoutError, OSError):
        return False
    finally:
        if running.returncode is None:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()
    return running.returncode == 0
