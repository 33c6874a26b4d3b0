"""What the terminal can draw, asked before the app starts, and the bytes of each way.

Three ways: kitty's protocol with Unicode placeholders (the picture is sent once and then
stands where certain characters stand, so it scrolls and clips like text), sixel (one strip of
pixels for each row of cells, so that every row is whole by itself), and half-cells. Sixels are
encoded by textual-image. Its own probing is not used: it happens on import, eats typed keys,
and takes kitty's protocol without placeholders for enough.
"""

import os
import re
import select
import shutil
import subprocess
import sys
import time
from base64 import standard_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from rich.segment import ControlType, Segment
from rich.style import Style

if TYPE_CHECKING:
    from PIL.Image import Image

Way: TypeAlias = Literal["kitty", "sixel", "halfcell", "none"]

PATIENCE = 0.25
"""Seconds that a terminal gets for its answer."""

_ASK = "\x1b[16t\x1b[c"  # the size of a cell, and then what every terminal answers: its kind
_KIND = re.compile(rb"\x1b\[\?([\d;]*)c")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_KITTIES = frozenset({"xterm-kitty", "xterm-ghostty"})
"""Terminals that know placeholders, by their TERM. Others that take kitty's protocol (WezTerm,
Konsole) do not, but take sixels."""


@dataclass(frozen=True, slots=True)
class Graphics:
    """How pictures are drawn here."""

    way: Way = "halfcell"
    cell: tuple[int, int] = (10, 20)
    """Width and height of a cell in pixels; the default where nobody knows."""
    tmux: bool = False
    """kitty's sequences have to be handed through tmux."""


def probe(*, ascii: bool = False) -> Graphics:  # noqa: A002 - names what it does
    """Return what the terminal of this process can draw. Before the app starts, once.

    `ENFOLD_PICTURES` (`kitty`, `sixel`, `halfcell`, `none`) decides where it is set; any other
    value of it is as good as none.

    Args:
        ascii: Nothing but ASCII may be drawn: there are no pictures then.
    """
    into, out = sys.__stdin__, sys.__stdout__
    if ascii or into is None or out is None or not (into.isatty() and out.isatty()):
        return Graphics("none")
    return look(into.fileno(), out.fileno(), os.environ)


def look(into: int, out: int, environ: Mapping[str, str]) -> Graphics:
    """Return what the terminal at two file descriptors can draw."""
    wish = environ.get("ENFOLD_PICTURES", "").lower()
    wished = cast(Way, wish) if wish in get_args(Way) else None
    term = environ.get("TERM", "")
    if wished == "none" or term in {"", "dumb", "linux"} or sys.platform == "win32":
        return Graphics("halfcell" if wished == "halfcell" else "none")
    # Without colours Textual turns every colour grey, and with it the colour that names a
    # picture to kitty. Half-cells turn grey with the rest.
    if environ.get("NO_COLOR") or "STY" in environ:
        return Graphics("halfcell")
    cell = _cell_of_window(out)
    tmux = "TMUX" in environ
    if wished is None and (_in_tmux_of_kitty(environ) if tmux else _kitty(environ)):
        wished = "kitty"
    if wished is not None and (cell or wished != "sixel"):
        return Graphics(wished, cell or Graphics().cell, tmux)
    kind, asked_cell = _ask(into, out)
    cell = cell or asked_cell
    if cell and (wished == "sixel" or b"4" in kind):
        return Graphics("sixel", cell)
    return Graphics("halfcell", cell or Graphics().cell)  # sixels need the size of a cell


def _kitty(environ: Mapping[str, str]) -> bool:
    # The program too: over ssh TERM is often set down to one that the far machine knows.
    return environ.get("TERM") in _KITTIES or environ.get("TERM_PROGRAM") in {
        "kitty",
        "ghostty",
    }


def _in_tmux_of_kitty(environ: Mapping[str, str]) -> bool:
    """Whether tmux shows itself in a kitty and hands sequences through to it."""
    tmux = shutil.which("tmux", path=environ.get("PATH"))
    if tmux is None:
        return False
    question = "#{client_termname} #{allow-passthrough}"
    try:
        answer = subprocess.run(  # noqa: S603 - nothing in it comes from outside
            [tmux, "display-message", "-p", question],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        ).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        return False
    return len(answer) == 2 and answer[0].decode() in _KITTIES and answer[1] != b"off"


def _cell_of_window(out: int) -> tuple[int, int] | None:
    import fcntl  # noqa: PLC0415 - not on Windows
    import struct  # noqa: PLC0415
    import termios  # noqa: PLC0415

    try:
        packed = fcntl.ioctl(out, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("4H", packed)
    if not (rows and columns):
        return None
    return _sane(width // columns, height // rows)


def _sane(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if 3 <= width <= 100 and 6 <= height <= 200 else None


def _ask(into: int, out: int) -> tuple[list[bytes], tuple[int, int] | None]:
    """Ask for kind and cell size; what does not come in time is not known."""
    import termios  # noqa: PLC0415 - not on Windows
    import tty  # noqa: PLC0415

    try:
        before = termios.tcgetattr(into)
    except termios.error:
        return [], None
    answer = b""
    try:
        tty.setcbreak(into, termios.TCSANOW)
        os.write(out, _ASK.encode())
        until = time.monotonic() + PATIENCE
        while _KIND.search(answer) is None and (left := until - time.monotonic()) > 0:
            if select.select([into], [], [], left)[0]:
                piece = os.read(into, 4096)
                if not piece:
                    break
                answer += piece
    except OSError:
        return [], None
    finally:
        termios.tcsetattr(into, termios.TCSAFLUSH, before)  # what came late is dropped
    kind, cell = _KIND.search(answer), _CELL.search(answer)
    return (
        kind[1].split(b";") if kind else [],
        _sane(int(cell[2]), int(cell[1])) if cell else None,
    )


# Colours of a terminal that has 256

_STEPS = (0, 95, 135, 175, 215, 255)
_CUBE = {
    16 + 36 * r + 6 * g + b: (_STEPS[r], _STEPS[g], _STEPS[b])
    for r in range(6)
    for g in range(6)
    for b in range(6)
    if not r == g == b
}
"""Of the 256 colours those of the cube that are no grey: Rich finds each again by its parts."""

# kitty

_PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096  # bytes of a payload in one sequence, as the protocol has it
_RANGES = (
    "0305 030d-030e 0310 0312 033d-033f 0346 034a-034c 0350-0352 0357 035b 0363-036f "
    "0483-0487 0592-0595 0597-0599 059c-05a1 05a8-05a9 05ab-05ac 05af 05c4 0610-0617 "
    "0657-065b 065d-065e 06d6-06dc 06df-06e2 06e4 06e7-06e8 06eb-06ec 0730 0732-0733 "
    "0735-0736 073a 073d 073f-0741 0743 0745 0747 0749-074a 07eb-07f1 07f3 0816-0819 "
    "081b-0823 0825-0827 0829-082d 0951 0953-0954 0f82-0f83 0f86-0f87 135d-135f 17dd 193a "
    "1a17 1a75-1a7c 1b6b 1b6d-1b73 1cd0-1cd2 1cda-1cdb 1ce0 1dc0-1dc1 1dc3-1dc9 1dcb-1dcc "
    "1dd1-1de6 1dfe 20d0-20d1 20d4-20d7 20db-20dc 20e1 20e7 20e9 20f0 2cef-2cf1 2de0-2dff "
    "a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0 aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26 "
    "10a0f 10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244"
)


def _numbers() -> Iterator[str]:
    for piece in _RANGES.split():
        first, _, last = piece.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


NUMBERS = tuple(_numbers())
"""Combining characters that stand for 0, 1, 2 … in a placeholder, as the protocol lists them."""

_NAMES = tuple(_CUBE.items())
_next = count()


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture's name in the terminal."""

    id: int
    colour: tuple[int, int, int]
    """What names it where it stands, together with `high`."""
    high: str
    """Stands for the upper eight bits of the id."""


def name(colour_system: str) -> Sent:
    """Return a name that this process has not used lately.

    Args:
        colour_system: As Rich calls it; with 256 colours the number of the colour counts.
    """
    number, (red, green, blue) = _NAMES[next(_next) % len(_NAMES)]
    low = number if colour_system == "256" else red << 16 | green << 8 | blue
    high = os.getpid() % 255 + 1  # two of us in one terminal rarely meet
    return Sent(high << 24 | low, (red, green, blue), NUMBERS[high])


def sending(sent: Sent, png: bytes, columns: int, rows: int, *, tmux: bool = False) -> str:
    """Return the sequences that give the terminal a picture, to stand in so many cells."""
    data = standard_b64encode(png).decode()
    pieces = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    # Quiet (q=2): an answer would be read as keys.
    head = f"a=T,U=1,i={sent.id},f=100,c={columns},r={rows},q=2,"
    return "".join(
        _sequence(f"{head if i == 0 else ''}m={int(i < len(pieces) - 1)};{piece}", tmux=tmux)
        for i, piece in enumerate(pieces)
    )


def deleting(sent: Sent, *, tmux: bool = False) -> str:
    """Return the sequence that makes the terminal forget a picture and its data."""
    return _sequence(f"a=d,d=I,i={sent.id},q=2", tmux=tmux)


def _sequence(body: str, *, tmux: bool) -> str:
    plain = f"\x1b_G{body}\x1b\\"
    if not tmux:
        return plain
    doubled = plain.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def placeholders(sent: Sent, row: int, columns: int, background: Style) -> list[Segment]:
    """Return a row of a picture; a segment for each cell, so that any cut is clean."""
    style = background + Style(color="#{:02x}{:02x}{:02x}".format(*sent.colour))
    return [
        Segment(f"{_PLACEHOLDER}{NUMBERS[row]}{NUMBERS[column]}{sent.high}", style)
        for column in range(columns)
    ]


# Sixel

_CONTROL = ((ControlType.CURSOR_FORWARD, 0),)  # only says that the segment takes no cells


def sixel_rows(image: "Image", cell: tuple[int, int]) -> list[str]:
    """Return sixels for each row of cells of a picture whose size is a multiple of `cell`."""
    from PIL import Image as Images  # noqa: PLC0415 - not before the first frame
    from textual_image._sixel import image_to_sixels  # noqa: PLC0415 - no public door

    # One palette for all rows, or their seams would show. 128 halves what a row weighs.
    few = image.convert("RGB").quantize(128, Images.Quantize.MEDIANCUT)
    width, height = cell[0] * (image.width // cell[0]), cell[1]
    return [
        image_to_sixels(few.crop((0, top, width, top + height)))
        for top in range(0, image.height, height)
    ]


def over(sixels: str, back: int) -> Segment:
    """Return a segment that draws `sixels` `back` cells left of it and takes none itself.

    It comes after the blank cells it draws on: cells written later would wipe it out.
    """
    return Segment(f"\x1b7\x1b[{back}D{sixels}\x1b8", Style.null(), _CONTROL)


# Half-cells


def half_cells(image: "Image") -> list[list[Segment]]:
    """Return rows of cells for an RGB image that has a pixel for each half of a cell.

    With fewer colours Rich finds the nearest, as for all the rest. Spreading the error, as one
    would for a photograph, is only noise where a pixel is half a letter high.
    """
    pixels = cast("list[tuple[int, int, int]]", list(image.get_flattened_data()))
    width = image.width
    return [
        _row(pixels[top : top + width], pixels[top + width : top + 2 * width])
        for top in range(0, len(pixels), 2 * width)
    ]


def _row(upper: list[tuple[int, int, int]], lower: list[tuple[int, int, int]]) -> list[Segment]:
    segments: list[Segment] = []
    run, last = 0, (upper[0], lower[0])
    for pair in zip(upper, lower, strict=True):
        if pair != last:
            segments.append(_cells(run, *last))
            run, last = 0, pair
        run += 1
    segments.append(_cells(run, *last))
    return segments


def _cells(run: int, upper: tuple[int, int, int], lower: tuple[int, int, int]) -> Segment:
    style = _style(upper, lower)
    return Segment((" " if upper == lower else "▀") * run, style)


@lru_cache(maxsize=4096)
def _style(upper: tuple[int, int, int], lower: tuple[int, int, int]) -> Style:
    above, below = ("#{:02x}{:02x}{:02x}".format(*one) for one in (upper, lower))
    return Style(color=above, bgcolor=below)
