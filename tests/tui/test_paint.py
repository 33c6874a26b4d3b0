"""The pictures in docs are only as true as what draws them."""

from pathlib import Path

import pytest
from PIL import Image
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Static

from tests.seen import paint

pytestmark = pytest.mark.skipif(not paint.available(), reason="DejaVu Sans Mono is missing")

RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)
STYLE = Style(color="#ff0000", bgcolor="#0000ff")


def drawn(text: str, style: Style = STYLE) -> Image.Image:
    """One row, without the margin."""
    strip = Strip([Segment(text, style)])
    image = paint.paint([strip], strip.cell_length)
    return image.crop((12, 12, image.width - 12, image.height - 12))


def test_a_cell_is_a_cell_whatever_is_in_it() -> None:
    for text in ("ab|", "漢|", "e\u0301x|", "😀|", "▀▀|", "┌─|", "\U0010fffd |"):
        image = drawn(text)
        width = 12 * Strip([Segment(text)]).cell_length
        assert image.size == (width, 24)
        last = image.crop((width - 12, 0, width, 24))
        assert last.tobytes() == drawn("|").tobytes(), text


def test_half_cells_have_no_seams() -> None:
    image = drawn("▀▀▀▀")
    assert image.crop((0, 0, 48, 12)).getcolors() == [(48 * 12, RED)]
    assert image.crop((0, 12, 48, 24)).getcolors() == [(48 * 12, BLUE)]
    assert drawn("████").getcolors() == [(48 * 24, RED)]


@pytest.mark.parametrize(
    ("left", "right"), ["──", "╭╮", "╰╯", "┌┬", "└┴", "├┼", "┼┤", "━━", "╋┫", "╭─", "─╯"]
)
def test_lines_meet_the_cell_beside_them(left: str, right: str) -> None:
    image = drawn(left + right)
    for row in range(24):
        one, other = (image.crop((at, row, at + 1, row + 1)).tobytes() for at in (11, 12))
        assert all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("upper", "lower"), ["││", "╭│", "│╰", "┌├", "┤┘", "┃┗", "╮╯"])
def test_lines_meet_the_cell_below_them(upper: str, lower: str) -> None:
    above, below = drawn(upper), drawn(lower)
    for column in range(12):
        assert above.getpixel((column, 23)) == below.getpixel((column, 0))


def test_no_letter_reaches_into_another_cell() -> None:
    whole = drawn("WWW", Style(color="#ff0000", bgcolor="#0000ff", bold=True, italic=True))
    cells = [whole.crop((12 * at, 0, 12 * at + 12, 24)).tobytes() for at in range(3)]
    assert len(set(cells)) == 1


def test_styles_are_seen() -> None:
    plain = drawn("text").tobytes()
    for how in ("bold", "italic", "underline", "strike", "reverse", "dim"):
        assert drawn("text", STYLE + Style.parse(how)).tobytes() != plain


class Shown(App[None]):
    CSS = "Screen { background: #0000ff; color: #ff0000; }"

    def compose(self) -> ComposeResult:
        yield Static("▀▀▀", markup=False)


class Dialog(ModalScreen[None]):
    CSS = (
        "Dialog { align: center middle; } Static { width: 4; height: 1; background: #000000; }"
    )

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)


async def test_an_app_is_drawn_with_its_dialog_over_it(tmp_path: Path) -> None:
    app = Shown()
    async with app.run_test(size=(20, 5)) as pilot:
        paint.png(app, tmp_path / "a.png")
        paint.png(app, tmp_path / "b.png")
        app.push_screen(Dialog())
        await pilot.pause()
        paint.png(app, tmp_path / "c.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as file:
        image = file.convert("RGB")
        assert image.size == (20 * 12 + 24, 5 * 24 + 24)
        assert image.getpixel((2, 2)) == BLUE  # the margin
        assert image.getpixel((14, 14)) == RED
        assert image.getpixel((14, 30)) == BLUE
    with Image.open(tmp_path / "c.png") as file:
        assert file.convert("RGB").getpixel((132, 72)) == BLACK
