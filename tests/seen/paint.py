"""Pictures of a screen, cell by cell, as a terminal with good fonts would draw it.

Textual's own SVG is text of which every viewer makes its own widths, in a font from far away;
columns drift and blocks get seams. Here each cell is drawn in its place: blocks, half-cells and
lines as rectangles, characters from DejaVu Sans Mono, emoji from Noto. Nothing is asked of the
app but what it would send to a terminal.
"""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from textual._compositor import LayoutUpdate
from textual.app import App
from textual.strip import Strip

CELL = (12, 24)
"""Pixels of a cell: what DejaVu Sans Mono takes at 20 pixels, its width to 1/20 of a pixel."""

_SIZE = 20
_BASE = 19  # the line that letters stand on, from the top of a cell
_MARGIN = 12
_FOLDERS = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/TTF",
    "/usr/share/fonts/dejavu-sans-mono-fonts",
)
_EMOJI = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
_EMOJI_SIZE = 109  # pixels; the font has no other

_STEPS = [round(round(part * 6 / 255) * 255 / 6) for part in range(256)]
"""Seven steps of smoothness: as good to the eye as 256, and they go into a palette."""

_Rgb = tuple[int, int, int]


def available() -> bool:
    """Whether the font is on this machine."""
    return _folder() is not None


def png(app: App[Any], file: Path) -> None:
    """Write what `app` shows now, dialogs and what shines through below them included."""
    drawn = paint(strips(app), app.size.width)
    written = io.BytesIO()
    _few(drawn).save(written, "PNG", optimize=True)
    file.write_bytes(written.getvalue())


def _few(image: Image.Image) -> Image.Image:
    """Return the same with a palette, if its colours go into one: a third of the bytes."""
    found = image.getcolors(256)
    if found is None:
        return image
    palette = sorted(cast("_Rgb", colour) for _, colour in found)
    holder = Image.new("P", (1, 1))
    holder.putpalette([part for colour in palette for part in colour])
    return image.quantize(256, palette=holder, dither=Image.Dither.NONE)


def strips(app: App[Any]) -> list[Strip]:
    """Return the rows of cells that `app` would send to a terminal now."""
    update = app.screen._compositor.render_update(
        full=True, screen_stack=app._background_screens
    )
    assert isinstance(update, LayoutUpdate)
    return [Strip.join(row) for row in update.strips]


def paint(rows: Sequence[Strip], width: int) -> Image.Image:
    """Draw rows of cells, `width` cells wide, with a narrow margin of their background."""
    wide, high = CELL
    size = (width * wide + 2 * _MARGIN, len(rows) * high + 2 * _MARGIN)
    image = Image.new("RGB", size, _ground(rows))
    draw = ImageDraw.Draw(image)
    for at, row in enumerate(rows):
        top = _MARGIN + at * high
        for column, text, style in _cells(row):
            left = _MARGIN + column * wide
            _cell(image, draw, (left, top), text, style)
    return image


def _ground(rows: Sequence[Strip]) -> _Rgb:
    """Return the background that most of the screen has."""
    found = Counter[_Rgb]()
    for row in rows:
        for segment in row:
            found[_colours(segment.style)[1]] += segment.cell_length
    return found.most_common(1)[0][0] if found else (0, 0, 0)


def _cells(row: Strip) -> Iterator[tuple[int, str, Style]]:
    """Yield each character with what combines with it, and its column."""
    column = 0
    for text, style, control in row:
        if control:
            continue
        cluster = ""
        for character in text:
            if cluster and (cell_len(character) == 0 or cluster.endswith("\u200d")):
                cluster += character
                continue
            if cluster:
                yield column, cluster, style or Style.null()
                column += cell_len(cluster)
            cluster = character
        if cluster:
            yield column, cluster, style or Style.null()
            column += cell_len(cluster)


def _colours(style: Style | None) -> tuple[_Rgb, _Rgb]:
    theme = DIMMED_MONOKAI
    front: _Rgb = theme.foreground_color
    back: _Rgb = theme.background_color
    if style is None:
        return front, back
    if style.color is not None:
        front = style.color.get_truecolor(theme, foreground=True)
    if style.bgcolor is not None:
        back = style.bgcolor.get_truecolor(theme, foreground=False)
    if style.reverse:
        front, back = back, front
    if style.dim:
        front = _mix(front, back, 0.55)
    return front, back


def _mix(one: _Rgb, other: _Rgb, part: float) -> _Rgb:
    red, green, blue = (
        round(a * part + b * (1 - part)) for a, b in zip(one, other, strict=True)
    )
    return red, green, blue


def _cell(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    style: Style,
) -> None:
    left, top = place
    cells = max(1, cell_len(text))
    right, bottom = left + cells * CELL[0], top + CELL[1]
    front, back = _colours(style)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=back)
    if text[0] in _SHADES:
        front = _mix(front, back, _SHADES[text[0]])
        draw.rectangle((left, top, right - 1, bottom - 1), fill=front)
    elif (boxes := _blocks(text[0])) is not None:
        for x1, y1, x2, y2 in boxes:
            if x2 > x1 and y2 > y1:
                draw.rectangle((left + x1, top + y1, left + x2 - 1, top + y2 - 1), fill=front)
    elif text in _ARCS:
        image.paste(front, place, _arc(*_ARCS[text]))
    elif not text.isspace():
        _letter(image, (left, top, right, bottom), text, style, front)
    if style.underline:
        draw.rectangle((left, top + _BASE + 2, right - 1, top + _BASE + 3), fill=front)
    if style.strike:
        draw.rectangle((left, top + 12, right - 1, top + 13), fill=front)


def _letter(
    image: Image.Image,
    box: tuple[int, int, int, int],
    text: str,
    style: Style,
    colour: _Rgb,
) -> None:
    left, top, right, bottom = box
    font = _font(bold=bool(style.bold), italic=bool(style.italic))
    if not _has(font, text[0]) and cell_len(text) == 1:
        font = _font("DejaVuSans")
    if _has(font, text[0]):
        # On a piece of its own, so that nothing reaches over into another cell.
        piece = Image.new("L", (right - left, bottom - top))
        anchor = ((right - left) / 2, _BASE)
        ImageDraw.Draw(piece).text(anchor, text, fill=255, font=font, anchor="ms")
        image.paste(colour, (left, top), piece.point(_STEPS))
    elif (emoji := _emoji(text)) is not None:
        small = emoji.resize((right - left, right - left), Image.Resampling.LANCZOS)
        image.paste(small, (left, top + (bottom - top - small.height) // 2), small)
    else:  # as a terminal does it where no font has the character
        ImageDraw.Draw(image).rectangle(
            (left + 2, top + 4, right - 3, bottom - 5), outline=colour
        )


# Blocks and lines, which have to meet those of the cells beside them.

_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
_Box = tuple[int, int, int, int]


def _part(eighths: int, whole: int) -> int:
    return round(whole * eighths / 8)


def _some_blocks() -> Iterator[tuple[str, list[_Box]]]:
    wide, high = CELL
    yield "█", [(0, 0, wide, high)]
    yield "▀", [(0, 0, wide, high // 2)]
    yield "▐", [(wide // 2, 0, wide, high)]
    yield "▔", [(0, 0, wide, _part(1, high))]
    yield "▕", [(wide - _part(1, wide), 0, wide, high)]
    for eighths in range(1, 8):
        yield chr(0x2580 + eighths), [(0, high - _part(eighths, high), wide, high)]
        yield chr(0x2590 - eighths), [(0, 0, _part(eighths, wide), high)]
    half, middle = wide // 2, high // 2
    quarters = {
        "ul": (0, 0, half, middle),
        "ur": (half, 0, wide, middle),
        "ll": (0, middle, half, high),
        "lr": (half, middle, wide, high),
    }
    for character, names in {
        "▖": "ll", "▗": "lr", "▘": "ul", "▙": "ul ll lr", "▚": "ul lr",
        "▛": "ul ur ll", "▜": "ul ur lr", "▝": "ur", "▞": "ur ll", "▟": "ur ll lr",
    }.items():  # fmt: skip
        yield character, [quarters[name] for name in names.split()]
    # Arms of lines: up, down, left, right; each light (1) or heavy (2).
    for character, arms in {
        "─": "0011", "│": "1100", "┌": "0101", "┐": "0110", "└": "1001", "┘": "1010",
        "├": "1101", "┤": "1110", "┬": "0111", "┴": "1011", "┼": "1111",
        "╴": "0010", "╵": "1000", "╶": "0001", "╷": "0100",
        "━": "0022", "┃": "2200", "┏": "0202", "┓": "0220", "┗": "2002", "┛": "2020",
        "┣": "2202", "┫": "2220", "┳": "0222", "┻": "2022", "╋": "2222",
        "╸": "0020", "╹": "2000", "╺": "0002", "╻": "0200",
    }.items():  # fmt: skip
        up, down, to_left, to_right = (2 * int(arm) for arm in arms)
        yield (
            character,
            [
                _arm(half, up, 0, middle + 1, upright=True),
                _arm(half, down, middle - 1, high, upright=True),
                _arm(middle, to_left, 0, half + 1, upright=False),
                _arm(middle, to_right, half - 1, wide, upright=False),
            ],
        )


def _arm(middle: int, thick: int, start: int, end: int, *, upright: bool) -> _Box:
    if not thick:
        return (0, 0, 0, 0)
    near, far = middle - thick // 2, middle + thick // 2
    return (near, start, far, end) if upright else (start, near, end, far)


_ARCS = {"╭": (1, 1), "╮": (-1, 1), "╰": (1, -1), "╯": (-1, -1)}
"""Round corners: where their centre lies, to the right (1) or left, below (1) or above."""


@cache
def _arc(right: int, below: int) -> Image.Image:
    (wide, high), fine = CELL, 8
    radius, middle = wide // 2, high // 2
    mask = Image.new("L", (wide * fine, high * fine))
    draw = ImageDraw.Draw(mask)
    x, y = (wide if right > 0 else 0), middle + below * radius
    box = (x - radius - 1, y - radius - 1, x + radius + 1, y + radius + 1)
    start = {(1, 1): 180, (-1, 1): 270, (1, -1): 90, (-1, -1): 0}[right, below]
    draw.arc([part * fine for part in box], start, start + 90, fill=255, width=2 * fine)
    top, bottom = (y, high) if below > 0 else (0, y)
    left = radius - 1
    draw.rectangle((left * fine, top * fine, (left + 2) * fine - 1, bottom * fine), fill=255)
    return mask.resize(CELL, Image.Resampling.BOX)


@cache
def _all_blocks() -> dict[str, list[_Box]]:
    return dict(_some_blocks())


def _blocks(character: str) -> list[_Box] | None:
    return _all_blocks().get(character)


# Fonts


@cache
def _folder() -> Path | None:
    return next(
        (Path(one) for one in _FOLDERS if (Path(one) / "DejaVuSansMono.ttf").is_file()), None
    )


@cache
def _font(
    name: str = "DejaVuSansMono", *, bold: bool = False, italic: bool = False
) -> ImageFont.FreeTypeFont:
    folder = _folder()
    if folder is None:
        raise FileNotFoundError("DejaVu Sans Mono is not installed")
    ending = {(False, False): "", (True, False): "-Bold", (False, True): "-Oblique"}
    file = folder / f"{name}{ending.get((bold, italic), '-BoldOblique')}.ttf"
    return ImageFont.truetype(file, _SIZE)


@cache
def _has(font: ImageFont.FreeTypeFont, character: str) -> bool:
    """Whether a font has a glyph: one that looks other than that of no character."""
    return _drawn(font, character) != _drawn(font, "\U0010ffff")


def _drawn(font: ImageFont.FreeTypeFont, character: str) -> bytes:
    piece = Image.new("L", (2 * _SIZE, 2 * _SIZE))
    ImageDraw.Draw(piece).text((0, 0), character, fill=255, font=font)
    return piece.tobytes()


@cache
def _emoji(text: str) -> Image.Image | None:
    if not Path(_EMOJI).is_file():
        return None
    font = ImageFont.truetype(_EMOJI, _EMOJI_SIZE)
    box = font.getbbox(text)
    if box[2] <= box[0]:
        return None
    image = Image.new("RGBA", (round(box[2]), round(box[3])))
    ImageDraw.Draw(image).text((0, 0), text, font=font, embedded_color=True)
    found = image.getbbox()
    return image.crop(found) if found else None
