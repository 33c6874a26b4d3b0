import asyncio
import codecs
import fcntl
import io
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import zlib
from base64 import standard_b64decode
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual_image.renderable.tgp import _NUMBER_TO_DIACRITIC

from tests.seen import pictured
from tui.widgets import decoding, pictures
from tui.widgets.decoding import NotShown, decode
from tui.widgets.graphics import NUMBERS, Graphics, Way, look, probe
from tui.widgets.pictures import Pictures, fit

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 160, 0), (0, 0, 255), (255, 255, 255)


def quarters(width: int = 400, height: int = 400) -> Image.Image:
    """Four colours, one in each corner."""
    image = Image.new("RGB", (width, height))
    for x, y, colour in ((0, 0, RED), (1, 0, GREEN), (0, 1, BLUE), (1, 1, WHITE)):
        image.paste(colour, (x * width // 2, y * height // 2, width, height))
    return image


def kept(folder: Path, name: str, image: Image.Image) -> str:
    image.save(folder / name)
    return name


class Shelf:
    """A room's pictures, and what they did."""

    def __init__(
        self,
        folder: Path,
        way: Way = "halfcell",
        *,
        cell: tuple[int, int] = (10, 20),
        tmux: bool = False,
        background: str = "#000000",
        colour_system: str = "truecolor",
    ) -> None:
        self.ready: list[str] = []
        self.written: list[str] = []
        self._news = asyncio.Event()
        self.pictures = Pictures(
            folder,
            Graphics(way, cell, tmux),
            ready=self._heard,
            write=self.written.append,
            background=background,
            colour_system=colour_system,
        )

    def _heard(self, file: str) -> None:
        self.ready.append(file)
        self._news.set()

    async def rows(self, file: str, columns: int, rows: int) -> list[Strip]:
        """As a widget gets them: asked, told that they are ready, asked again."""
        found = self.pictures.rows(file, columns, rows)
        if found is None:
            self._news.clear()
            async with asyncio.timeout(20):
                await self._news.wait()
            found = self.pictures.rows(file, columns, rows)
        assert found is not None
        return found


def colours(strip: Strip) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Upper and lower colour of each cell of half-cells."""
    found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for text, style, _ in strip:
        assert style is not None
        assert style.bgcolor is not None
        lower = tuple(style.bgcolor.get_truecolor())
        upper = tuple(style.color.get_truecolor()) if style.color else lower
        found += [(upper if cell == "▀" else lower, lower) for cell in text]
    return found


# Sizes


@given(*[st.integers(1, 5000)] * 2, st.integers(1, 200), st.integers(1, 60))
def test_a_picture_fits_and_keeps_its_shape(
    width: int, height: int, columns: int, rows: int
) -> None:
    wide, high = fit(width, height, columns, rows, (10, 20))
    assert 1 <= wide <= columns
    assert 1 <= high <= rows
    assert wide <= width / 10 + 1  # never blown up
    assert high <= height / 20 + 1
    if wide > 1 and high > 1:  # right to half a cell
        assert abs(wide * 10 - high * 20 * width / height) <= 5 + 10 * width / height + 0.01


def test_a_picture_of_no_size_is_one_cell() -> None:
    assert fit(0, 0, 80, 20) == (1, 1)


# Files


def refusal(folder: Path, file: str) -> str:
    with pytest.raises(NotShown) as why:
        decode(folder, file, (400, 400))
    return str(why.value)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.jpeg", "a.gif", "a.webp"])
def test_four_formats_are_shown(tmp_path: Path, name: str) -> None:
    kept(tmp_path, name, quarters())
    image = decode(tmp_path, name, (100, 100))
    assert (image.mode, image.size) == ("RGBA", (100, 100))
    for x, y, colour in ((10, 10, RED), (90, 10, GREEN), (10, 90, BLUE), (90, 90, WHITE)):
        pixel = image.getpixel((x, y))
        assert isinstance(pixel, tuple)
        assert max(abs(a - b) for a, b in zip(pixel[:3], colour, strict=True)) < 12


@pytest.mark.parametrize(
    "name",
    [
        "../a.png",
        "/etc/passwd",
        "x/../a.png",
        "x\\a.png",
        "",
        ".",
        "..",
        ".hidden.png",
        "a.png\x00.png",
        "a.svg",
        "a.png ",
        "a\n.png",
        "C:a.png",
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    kept(tmp_path, "a.png", quarters())
    (tmp_path / "x").mkdir()
    assert refusal(tmp_path / "x", name) == "not a picture's name"


def test_a_lost_picture_is_said_to_be_lost(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a.png") == "the file is lost"
    assert refusal(tmp_path / "nowhere", "a.png") == "the file is lost"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    kept(tmp_path, "a.png", quarters())
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    assert refusal(tmp_path, "b.png")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    start = time.monotonic()
    assert refusal(tmp_path, "a.png") == "not a plain file"
    (tmp_path / "b.png").mkdir()
    assert refusal(tmp_path, "b.png")
    assert time.monotonic() - start < 1


def test_a_large_file_is_not_decoded(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(decoding.LARGEST + 1)
    assert refusal(tmp_path, "a.png") == "larger than 32 MB"


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kB that says it is huge, and is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    squeezer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(squeezer.compress(row) for _ in range(min(height, 3000)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", data + squeezer.flush())
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(30_000, 30_000), (6000, 6000), (100_000, 100_000)])
def test_a_bomb_is_not_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "a.png").write_bytes(bomb(*size))
    start = time.process_time()
    said = refusal(tmp_path, "a.png")
    assert said.startswith("too many pixels") or said == "the file is broken"
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"<svg xmlns='x'/>", b"%!PS-Adobe\n", b"BM" + bytes(80)]
)
def test_other_formats_are_not_asked(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    assert refusal(tmp_path, "a.png") == "not a PNG, JPEG, GIF or WebP"


def originals() -> Iterator[bytes]:
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        written = io.BytesIO()
        quarters(40, 30).save(written, kind)
        yield written.getvalue()


ORIGINALS = list(originals())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ORIGINALS), st.data())
def test_a_broken_file_gives_a_reason_and_never_another_error(
    tmp_path_factory: pytest.TempPathFactory, original: bytes, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    broken = bytearray(original)
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    del broken[data.draw(st.integers(1, len(broken))) :]
    (folder / "broken.png").write_bytes(broken)
    try:
        image = decode(folder, "broken.png", (50, 50))
    except NotShown as why:
        assert str(why)  # noqa: PT017
    else:
        assert image.width <= 50
        assert image.height <= 50


def test_a_picture_on_its_side_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    quarters().save(tmp_path / "a.jpg", exif=exif)
    image = decode(tmp_path, "a.jpg", (100, 100))
    pixel = image.getpixel((90, 10))
    assert isinstance(pixel, tuple)
    assert near(pixel[:3], RED)  # red has gone to the right


# Half-cells


async def test_half_cells_show_the_picture(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    rows = await shelf.rows(kept(tmp_path, "a.png", quarters()), 60, 10)
    assert [row.cell_length for row in rows] == [60] * 10
    first, last = colours(rows[0]), colours(rows[-1])
    assert first[0] == (RED, RED)
    assert first[19] == (GREEN, GREEN)
    assert first[20:] == [((0, 0, 0), (0, 0, 0))] * 40  # 200 × 200 pixels are 20 columns
    assert last[0] == (BLUE, BLUE)
    assert last[19] == (WHITE, WHITE)
    assert shelf.ready == ["a.png"]
    assert not shelf.written


async def test_a_cell_has_two_pixels(tmp_path: Path) -> None:
    image = Image.new("RGB", (100, 40), RED)
    image.paste(BLUE, (0, 20, 100, 40))
    rows = await Shelf(tmp_path).rows(kept(tmp_path, "a.png", image), 10, 1)
    for upper, lower in colours(rows[0])[:5]:
        assert near(upper, RED)
        assert near(lower, BLUE)


async def test_what_is_transparent_shows_the_background(tmp_path: Path) -> None:
    image = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
    image.paste((255, 0, 0, 128), (0, 0, 50, 100))
    shelf = Shelf(tmp_path, background="#0000ff")
    rows = await shelf.rows(kept(tmp_path, "a.png", image), 10, 5)
    (half, _), *_, (clear, _) = colours(rows[2])
    assert clear == BLUE
    assert half == pytest.approx((128, 0, 127), abs=2)


async def test_a_new_background_is_drawn_on(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.png", Image.new("RGBA", (100, 100)))
    shelf = Shelf(tmp_path, background="#0000ff")
    assert colours((await shelf.rows(file, 10, 5))[0])[0][0] == BLUE
    shelf.pictures.background = "#ff0000"
    assert colours((await shelf.rows(file, 10, 5))[0])[0][0] == RED


# Asking, waiting, forgetting


async def test_rows_answers_at_once_and_again_when_ready(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.png", quarters(2000, 2000))
    shelf = Shelf(tmp_path)
    start = time.perf_counter()
    assert shelf.pictures.rows(file, 40, 10) is None
    assert shelf.pictures.rows(file, 40, 10) is None
    assert time.perf_counter() - start < 0.02
    await shelf.rows(file, 40, 10)
    assert shelf.ready == [file]  # read once, however often asked


async def test_the_loop_goes_on_while_a_picture_is_decoded(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.png", Image.effect_noise((1600, 1600), 90).convert("RGB"))
    shelf = Shelf(tmp_path, "sixel")
    assert shelf.pictures.rows(file, 60, 16) is None
    last, longest = time.perf_counter(), 0.0
    while not shelf.ready:
        await asyncio.sleep(0.002)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert longest < 0.15  # of some 300 ms; the limit is for a busy machine


async def test_why_a_picture_is_not_shown_can_be_asked(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert await shelf.rows("a.png", 40, 10) == []
    assert await shelf.rows("../../etc/passwd", 40, 10) == []
    assert shelf.pictures.reason("a.png") == "not a PNG, JPEG, GIF or WebP"
    assert shelf.pictures.reason("../../etc/passwd") == "not a picture's name"
    await shelf.rows(kept(tmp_path, "b.png", quarters()), 40, 10)
    assert shelf.pictures.reason("b.png") == ""


async def test_without_pictures_or_room_there_is_the_caption_alone(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.png", quarters())
    none = Shelf(tmp_path, "none").pictures
    assert not none.drawn
    assert none.rows(file, 40, 10) == []
    assert Shelf(tmp_path).pictures.rows(file, 3, 10) == []
    assert Shelf(tmp_path).pictures.rows(file, 40, 0) == []


async def test_few_pictures_are_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "kitty")
    for number in range(pictures.KEPT + 6):
        await shelf.rows(kept(tmp_path, f"{number}.png", quarters(40, 40)), 10, 2)
    assert sum("a=T" in one for one in shelf.written) == pictures.KEPT + 6
    assert sum("a=d" in one for one in shelf.written) == 6
    assert shelf.pictures.rows("0.png", 10, 2) is None
    shelf.pictures.close()


async def test_closing_stops_what_is_under_way(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.png", quarters(3000, 3000))
    shelf = Shelf(tmp_path, "kitty")
    shelf.pictures.rows(file, 40, 10)
    await asyncio.sleep(0)
    shelf.pictures.close()
    await asyncio.sleep(0.5)
    assert not shelf.written
    assert not shelf.ready


# kitty


def told(written: str) -> list[tuple[dict[str, str], bytes]]:
    """The graphics sequences in `written`: keys and payload; there is nothing else in it."""
    assert re.fullmatch(r"(\x1b_G[^\x1b]*\x1b\\)*", written)
    found: list[tuple[dict[str, str], bytes]] = []
    for body in re.findall(r"\x1b_G([^\x1b]*)\x1b\\", written):
        keys, _, payload = body.partition(";")
        keys_of = dict(pair.split("=") for pair in keys.split(","))
        found.append((keys_of, payload.encode()))
    return found


async def test_kitty_gets_the_picture_once_and_placeholders_stand_for_it(
    tmp_path: Path,
) -> None:
    shelf = Shelf(tmp_path, "kitty", background="#101010")
    rows = await shelf.rows(kept(tmp_path, "a.png", quarters()), 60, 10)
    assert await shelf.rows("a.png", 60, 10) == rows
    (written,) = shelf.written
    sent = told(written)
    keys = sent[0][0]
    assert keys.items() >= {"a": "T", "U": "1", "f": "100", "q": "2"}.items()
    assert (keys["c"], keys["r"]) == ("20", "10")
    assert all(len(payload) <= 4096 for _, payload in sent)
    assert [one["m"] for one, _ in sent] == ["1"] * (len(sent) - 1) + ["0"]
    with Image.open(io.BytesIO(standard_b64decode(b"".join(one for _, one in sent)))) as image:
        assert image.size == (200, 200)
    number = int(keys["i"])
    for at, row in enumerate(rows):
        assert row.cell_length == 60
        cells = [(text, style) for text, style, _ in row][:20]
        for column, (text, style) in enumerate(cells):
            assert text == f"\U0010eeee{NUMBERS[at]}{NUMBERS[column]}{NUMBERS[number >> 24]}"
            assert style is not None
            assert style.color is not None
            red, green, blue = style.color.get_truecolor()
            assert number & 0xFFFFFF == red << 16 | green << 8 | blue


async def test_placeholders_are_cut_cell_by_cell(tmp_path: Path) -> None:
    row, *_ = await Shelf(tmp_path, "kitty").rows(kept(tmp_path, "a.png", quarters()), 30, 10)
    part = row.crop(5, 12)
    assert part.cell_length == 7
    assert [text[2] for text, _, _ in part] == list(NUMBERS[5:12])


async def test_with_256_colours_kitty_finds_the_picture_by_the_colours_number(
    tmp_path: Path,
) -> None:
    shelf = Shelf(tmp_path, "kitty", colour_system="256")
    row, *_ = await shelf.rows(kept(tmp_path, "a.png", quarters()), 30, 10)
    console = Console(color_system="256", force_terminal=True)
    number = int(told(shelf.written[0])[0][0]["i"])
    assert f"38;5;{number & 0xFF};" in row.render(console)
    assert number & 0xFFFF00 == 0


async def test_pictures_have_names_of_their_own(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "kitty")
    for name in ("a.png", "b.png"):
        await shelf.rows(kept(tmp_path, name, quarters()), 30, 10)
    first, second = (told(one)[0][0]["i"] for one in shelf.written)
    assert first != second


async def test_kitty_forgets_all_pictures_when_the_room_is_left(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "kitty")
    for name in ("a.png", "b.png"):
        await shelf.rows(kept(tmp_path, name, quarters()), 30, 10)
    await shelf.rows("b.png", 20, 10)  # the window became narrower: sent again
    sent = [told(one)[0][0]["i"] for one in shelf.written if "a=T" in one]
    assert len(sent) == 3
    shelf.pictures.close()
    gone = [told(one)[0][0] for one in shelf.written if "a=d" in one]
    assert [one["i"] for one in gone] == [sent[1], sent[0], sent[2]]
    assert all(one["d"] == "I" and one["q"] == "2" for one in gone)  # the data too, no answer


async def test_inside_tmux_sequences_are_handed_through(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "kitty", tmux=True)
    await shelf.rows(kept(tmp_path, "a.png", quarters()), 30, 10)
    shelf.pictures.close()
    for written in shelf.written:
        inside = ""
        for piece in written.removesuffix("\x1b\\").split("\x1b\\\x1bPtmux;"):
            inside += piece.removeprefix("\x1bPtmux;").replace("\x1b\x1b", "\x1b")
        assert told(inside)


def test_the_numbers_are_those_of_the_protocol() -> None:
    assert list(map(ord, NUMBERS)) == _NUMBER_TO_DIACRITIC
    assert len(NUMBERS) == 297


# Sixel


class Screenful:
    """A terminal as far as pictures need one: cells, a cursor, and sixels on pixels."""

    def __init__(self, width: int, height: int, cell: tuple[int, int]) -> None:
        self.cell = cell
        self.image = Image.new("RGB", (width * cell[0], height * cell[1]), "black")
        self.column = self.row = 0
        self.saved = (0, 0)
        self.text = [[" "] * width for _ in range(height)]

    def feed(self, written: str) -> None:
        place = 0
        pattern = re.compile(
            r"\x1bP[\d;]*q(?P<sixel>[^\x1b]*)\x1b\\"
            r"|\x1b\[(?P<parameters>[\d;?<>=]*)(?P<final>[A-Za-z])"
            r"|\x1b(?P<one>[78])|(?P<newline>\n)|(?P<return>\r)|(?P<other>\x1b.|[^\x1b\n\r])",
        )
        while place < len(written):
            match = pattern.match(written, place)
            assert match is not None, written[place : place + 40]
            place = match.end()
            self._take(match)

    def _take(self, match: re.Match[str]) -> None:
        if match["sixel"] is not None:
            self._sixel(match["sixel"])
        elif match["final"] == "H":
            row, column = (int(part) for part in (match["parameters"] or "1;1").split(";"))
            self.row, self.column = row - 1, column - 1
        elif match["final"] == "D":
            self.column = max(0, self.column - int(match["parameters"]))
        elif match["one"] == "7":
            self.saved = self.row, self.column
        elif match["one"] == "8":
            self.row, self.column = self.saved
        elif match["newline"]:
            self.row, self.column = self.row + 1, 0
        elif match["return"]:
            self.column = 0
        elif match["other"] and match["other"][0] != "\x1b":
            wide, high = self.cell
            box = (self.column * wide, self.row * high)
            self.image.paste("black", (*box, box[0] + wide, box[1] + high))
            if self.row < len(self.text) and self.column < len(self.text[0]):
                self.text[self.row][self.column] = match["other"]
            self.column += 1

    def _sixel(self, data: str) -> None:
        left, top = self.column * self.cell[0], self.row * self.cell[1]
        x, y, colour = 0, 0, (0, 0, 0)
        registers: dict[int, tuple[int, int, int]] = {}
        pixels = self.image.load()
        assert pixels is not None
        tokens = r'"[\d;]*|#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)(.)|([$-])|([?-~])'
        for match in re.finditer(tokens, data):
            if match[1]:
                if match[2]:
                    parts = (round(int(part) * 2.55) for part in match.group(2, 3, 4))
                    red, green, blue = parts
                    registers[int(match[1])] = red, green, blue
                colour = registers[int(match[1])]
            elif match[7] == "$":
                x = 0
            elif match[7] == "-":
                x, y = 0, y + 6
            elif match[6] or match[8]:
                bits, run = ord(match[6] or match[8]) - 63, int(match[5] or 1)
                for at in range(run):
                    for bit in range(6):
                        if bits >> bit & 1:
                            pixels[left + x + at, top + y + bit] = colour
                x += run

    def pixel(self, column: int, row: int) -> tuple[int, ...]:
        found = self.image.getpixel(
            (column * self.cell[0] + self.cell[0] // 2, row * self.cell[1] + self.cell[1] // 2)
        )
        assert isinstance(found, tuple)
        return found


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12


CONSOLE = Console(color_system="truecolor", force_terminal=True)


async def test_each_row_of_sixels_is_whole_by_itself(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "sixel", cell=(9, 19))  # bands of six do not fit into it
    rows = await shelf.rows(kept(tmp_path, "a.png", quarters(180, 190)), 30, 10)
    assert [row.cell_length for row in rows] == [30] * 10
    assert colours(rows[0])[0] == (RED, RED)  # half-cells below, for where no sixel comes
    rows = shelf.pictures.sharpened(rows, covered=False)
    for picked in ([0, 1, 2], [9], [7, 2]):
        screen = Screenful(40, 5, (9, 19))
        for at, number in enumerate(picked):
            screen.feed(f"\x1b[{at + 1};3H" + rows[number].render(CONSOLE) + "x")
            upper = number < 5
            assert near(screen.pixel(2, at), RED if upper else BLUE)
            assert near(screen.pixel(21, at), GREEN if upper else WHITE)
            assert near(screen.pixel(22, at), (0, 0, 0))
            assert screen.text[at][32] == "x"  # the cursor stands where the row ends
        below = screen.image.crop((0, len(picked) * 19, 360, 95))
        assert below.getextrema() == ((0, 0), (0, 0), (0, 0))


async def test_what_is_covered_or_no_picture_gets_no_sixels(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "sixel")
    rows = await shelf.rows(kept(tmp_path, "a.png", quarters()), 30, 10)
    assert shelf.pictures.sharpened(rows, covered=True) == rows
    plain = [Strip([Segment("words", Style(bold=True)), Segment("more")]), Strip([])]
    assert shelf.pictures.sharpened(plain, covered=False) == plain
    other = Shelf(tmp_path, "halfcell").pictures
    assert other.sharpened(rows, covered=False) == rows
    shelf.pictures.close()
    assert shelf.pictures.sharpened(rows, covered=False) == rows


@given(st.integers(0, 12), st.integers(0, 40), st.integers(0, 40))
@settings(deadline=None)
def test_a_line_cut_anywhere_has_sixels_whole_or_not_at_all(
    gutter: int, start: int, end: int
) -> None:
    pictures, rows = rigged()
    line = Strip([Segment(" " * gutter, Style()), *rows[0]]) if gutter else rows[0]
    for part in (*line.divide([start, line.cell_length]), line.crop(start, end)):
        for kept in pictures.sharpened([part], covered=False):
            assert kept.cell_length == part.cell_length
            for piece in (kept, kept.crop(0, end), *kept.divide([end, kept.cell_length])):
                written = piece.render(CONSOLE)
                assert written.count("\x1b7") == written.count("\x1b8")
                assert written.count("\x1bP") == written.count("\x1b\\") <= 1


@lru_cache(maxsize=1)
def rigged() -> tuple[Pictures, list[Strip]]:
    async def made(folder: Path) -> tuple[Pictures, list[Strip]]:
        shelf = Shelf(folder, "sixel")
        rows = await shelf.rows(kept(folder, "a.png", quarters(80, 80)), 16, 4)
        return shelf.pictures, rows

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(made(Path(folder)))


class Running:
    """`tests.seen.pictured` in a pseudo-terminal, with what it has written so far."""

    def __init__(self, folder: Path, file: str, way: Way) -> None:
        self.far, near = os.openpty()
        fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("4H", 16, 50, 500, 320))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.seen.pictured", str(folder), file, way],
            stdin=near,
            stdout=near,
            stderr=near,
            cwd=Path(__file__).parents[2],
            env={
                "PATH": os.environ["PATH"],
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "LANG": "C.UTF-8",
            },
        )
        os.close(near)
        self.written = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self, seconds: float) -> str:
        """What it writes until it has been silent for so long."""
        fresh = ""
        while select.select([self.far], [], [], seconds)[0]:
            try:
                piece = os.read(self.far, 1 << 16)
            except OSError:  # the other end is closed
                break
            fresh += self._decoder.decode(piece)
        self.written += fresh
        return fresh

    def press(self, keys: str, done: Callable[[str], bool] = bool) -> str:
        """What it writes after these keys, until that is enough and it falls silent."""
        os.write(self.far, keys.encode())
        fresh, end = "", time.monotonic() + 20
        while not done(fresh) and time.monotonic() < end:
            fresh += self.read(0.1)
        assert done(fresh), fresh[-2000:]
        return fresh + self.read(0.1)

    def end(self) -> str:
        fresh = self.press("q", lambda fresh: "\x1b[?1049l" in fresh)
        assert self.process.wait(10) == 0
        return fresh

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.far)


def shows_the_picture(screen: Screenful, top: int) -> None:
    """Each row of the picture where its line is, and no pixel of it anywhere else."""
    for row in range(16):
        line = top + row - pictured.FIRST
        assert "".join(screen.text[row][:3]) == f"{top + row:03d}"
        if 0 <= line < pictured.ROWS:
            left, right = (RED, GREEN) if line < pictured.ROWS / 2 else (BLUE, WHITE)
            assert near(screen.pixel(pictured.LEFT, row), left)
            assert near(screen.pixel(pictured.LEFT + 15, row), right)
            free = pictured.LEFT + 16
        else:
            free = 0
        rest = screen.image.crop((free * 10, row * 20, 500, row * 20 + 20))
        assert rest.getextrema() == ((0, 0), (0, 0), (0, 0)), (top, row)


def test_sixels_scroll_clip_and_hide_in_a_real_terminal(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.png", quarters(160, 160))
    screen = Screenful(50, 16, (10, 20))
    with Running(tmp_path, file, "sixel") as app:
        screen.feed(app.press("", lambda fresh: "\x1bP0" in fresh))
        shows_the_picture(screen, 0)  # its lower rows are below the window
        screen.feed(app.press("jjjjj", lambda fresh: "020 " in fresh))
        shows_the_picture(screen, 5)
        screen.feed(app.press("jjjjjjjj", lambda fresh: "028 " in fresh))
        shows_the_picture(screen, 13)  # its upper rows are above the window
        covered = app.press("o", lambda fresh: "D" * 20 in fresh)
        assert "\x1bP0" not in covered
        screen.feed(covered)
        assert screen.image.getextrema() == ((0, 0), (0, 0), (0, 0))
        screen.feed(app.press("x", lambda fresh: "028 " in fresh))
        shows_the_picture(screen, 13)
        screen.feed(app.press("kkkkk", lambda fresh: "008 " in fresh))
        shows_the_picture(screen, 8)
        screen.feed(app.press("c", lambda fresh: "L" * 12 in fresh))
        screen.feed(app.press("c", lambda fresh: "023 " in fresh))
        shows_the_picture(screen, 8)
        app.end()


def test_kitty_is_sent_a_picture_once_and_told_to_forget_it_at_the_end(tmp_path: Path) -> None:
    file = kept(tmp_path, "a.png", quarters(160, 160))
    with Running(tmp_path, file, "kitty") as app:
        app.press("", lambda fresh: "\U0010eeee" in fresh)
        app.press("jjj", lambda fresh: "018 " in fresh)
        app.press("o", lambda fresh: "D" * 20 in fresh)
        app.press("x", lambda fresh: "018 " in fresh)
        assert app.written.count("a=T") == 1
        assert "a=d" not in app.written
        number = re.search(r"a=T,U=1,i=(\d+),", app.written)
        assert number is not None
        # The picture comes before what stands for it, and goes before the screen does.
        assert app.written.index("a=T") < app.written.index("\U0010eeee")
        last = app.end()
        assert last.count("a=d") == 1
        assert last.index(f"a=d,d=I,i={number[1]},") < last.index("\x1b[?1049l")
        drawn = re.findall("\U0010eeee(.)(.).", app.written)
        assert {NUMBERS.index(row) for row, _ in drawn} == set(range(8))
        assert {NUMBERS.index(column) for _, column in drawn} == set(range(16))


# Asking the terminal


class Terminal:
    """The other end of a pseudo-terminal, which answers as told."""

    def __init__(self, answer: bytes, *, pixels: tuple[int, int] = (0, 0)) -> None:

        self.far, self.near = os.openpty()
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, *pixels))
        self.asked = b""
        self.answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self.asked.endswith(b"\x1b[c"):
            try:
                self.asked += os.read(self.far, 1024)
            except OSError:
                return
        os.write(self.far, self.answer)

    def look(self, **environ: str) -> tuple[Graphics, float]:

        before = termios.tcgetattr(self.near)
        start = time.monotonic()
        found = look(self.near, self.near, {"TERM": "xterm-256color", "PATH": ""} | environ)
        spent = time.monotonic() - start
        assert termios.tcgetattr(self.near) == before
        os.close(self.near)
        self._thread.join(2)
        os.close(self.far)
        return found, spent


CELL = b"\x1b[6;22;11t"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (CELL + b"\x1b[?62;4;22c", Graphics("sixel", (11, 22))),
        (CELL + b"\x1b[?62;22c", Graphics("halfcell", (11, 22))),
        (b"\x1b[?62;4;22c", Graphics("halfcell")),  # where sixels land is not known
        (b"typed" + CELL + b"ahead\x1b[?4c", Graphics("sixel", (11, 22))),
        (b"\x1b[6;9999;1t\x1b[?4c", Graphics("halfcell")),
        (b"\x1b[?44;14c", Graphics("halfcell")),
    ],
)
def test_the_terminals_answer_decides(answer: bytes, found: Graphics) -> None:
    terminal = Terminal(answer)
    assert terminal.look()[0] == found
    assert terminal.asked == b"\x1b[16t\x1b[c"


def test_the_windows_size_in_pixels_is_as_good_as_an_answer() -> None:
    assert Terminal(b"\x1b[?4c", pixels=(800, 480)).look()[0] == Graphics("sixel", (10, 20))


def test_a_silent_terminal_costs_less_than_a_third_of_a_second() -> None:
    found, spent = Terminal(b"").look()
    assert found == Graphics("halfcell")
    assert spent <= 0.3


def test_kitty_is_known_by_its_name_and_not_asked() -> None:
    for environ in ({"TERM": "xterm-kitty"}, {"TERM_PROGRAM": "ghostty"}):
        terminal = Terminal(b"", pixels=(800, 480))
        found, spent = terminal.look(**environ)
        assert found == Graphics("kitty", (10, 20))
        assert spent < 0.1


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"TERM": "dumb"}, "none"),
        ({"TERM": ""}, "none"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, "halfcell"),
        ({"TERM": "xterm-kitty", "ENFOLD_PICTURES": "none"}, "none"),
        ({"TERM": "xterm-kitty", "ENFOLD_PICTURES": "halfcell"}, "halfcell"),
        ({"ENFOLD_PICTURES": "KITTY"}, "kitty"),
        ({"ENFOLD_PICTURES": "sixel"}, "sixel"),
        ({"ENFOLD_PICTURES": "wonderful"}, "halfcell"),
        ({"TERM": "screen", "STY": "1.x"}, "halfcell"),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "kitty"}, "halfcell"),
    ],
)
def test_the_environment_decides(environ: dict[str, str], found: str) -> None:
    assert Terminal(b"\x1b[?1c", pixels=(800, 480)).look(**environ)[0].way == found


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ("xterm-kitty on", Graphics("kitty", (10, 20), tmux=True)),
        ("xterm-kitty off", Graphics("halfcell", (10, 20))),
        ("xterm-256color on", Graphics("halfcell", (10, 20))),
        ("", Graphics("halfcell", (10, 20))),
    ],
)
def test_inside_tmux_tmux_says_what_it_is_shown_on(
    tmp_path: Path, says: str, found: Graphics
) -> None:
    program = tmp_path / "tmux"
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o700)
    terminal = Terminal(b"\x1b[?1c", pixels=(800, 480))
    assert terminal.look(TERM="tmux-256color", TMUX="x", PATH=str(tmp_path))[0] == found


def test_where_nobody_looks_there_are_no_pictures() -> None:
    assert probe() == Graphics("none")  # under pytest stdout is no terminal
    assert probe(ascii=True) == Graphics("none")


def test_a_picture_needs_no_pillow_before_it_is_read() -> None:

    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, tui.widgets.pictures; print([m for m in ('PIL', 'textual_image', "
            "'subprocess') if m in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PIL" not in told.stdout
    assert "textual_image" not in told.stdout
