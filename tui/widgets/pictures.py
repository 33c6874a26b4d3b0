"""Pictures as rows of a line-API widget: kitty, sixel, half-cells, or nothing but the caption.

`rows()` is asked again for every row that is drawn and answers at once: with strips, or with
`None` while a thread is still at work on the file. For whoever draws them:

- Keep no strips. Ask `rows()` inside `render_line`; it is one look-up. A picture nobody asked
  for in a while is forgotten, in the terminal too.
- Override `render_lines(crop)` by `pictures.sharpened(super().render_lines(crop),
  covered=not self.screen.is_active)`. Sixels are laid over half-cells there, after Textual's
  filters, which would take them for text. A line that is cut short shows its half-cells.
- `fit` tells how many rows a picture takes from its size in the log, before it was read, so
  that nothing moves when it appears.
"""

import asyncio
import io
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.widgets.decoding import NotShown, decode
from tui.widgets.graphics import (
    NUMBERS,
    Graphics,
    Sent,
    deleting,
    half_cells,
    name,
    over,
    placeholders,
    sending,
    sixel_rows,
)

if TYPE_CHECKING:
    from PIL.Image import Image

KEPT = 24
"""Pictures ready to be drawn, at most; more than fit on a screen."""
SMALLEST = 4
"""Columns below which a picture is not worth drawing."""

_MARK = "picture"
_Key = tuple[str, int, int]


def fit(
    width: int, height: int, columns: int, rows: int, cell: tuple[int, int] = (10, 20)
) -> tuple[int, int]:
    """Return how many columns and rows a picture takes: at most so many, at least one.

    Args:
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
        columns: Cells there are.
        rows: Cells there are.
        cell: Width and height of a cell in pixels. A picture is never blown up.
    """
    width, height = max(1, width), max(1, height)
    scale = min(1.0, columns * cell[0] / width, rows * cell[1] / height)
    return (
        min(columns, max(1, round(width * scale / cell[0]))),
        min(rows, max(1, round(height * scale / cell[1]))),
    )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A picture that can be drawn, or why it cannot."""

    strips: tuple[Strip, ...] = ()
    sixels: tuple[str, ...] = ()
    """For each strip, to be laid over it."""
    sent: Sent | None = None
    sequence: str = ""
    reason: str = ""


class Pictures:
    """The pictures of one room. Made by its screen, closed by it."""

    def __init__(
        self,
        folder: Path,
        graphics: Graphics,
        *,
        ready: Callable[[str], None],
        write: Callable[[str], None],
        background: str = "#000000",
        colour_system: str = "truecolor",
    ) -> None:
        """Take what is needed to draw; nothing is read yet.

        Args:
            folder: The room's `images`.
            graphics: What `probe` found, or a choice.
            ready: Told the name of a file when its rows have changed; on the event loop.
            write: Sends a sequence to the terminal in one piece, in turn with the frames
                (the app's driver). Called for kitty only.
            background: `#rrggbb` under what is transparent.
            colour_system: `app.console.color_system`.
        """
        self._folder = folder
        self._graphics = graphics
        self._ready = ready
        self._write = write
        self._background = background
        self._colour_system = colour_system
        self._kept: OrderedDict[_Key, _Ready] = OrderedDict()
        self._under_way: dict[_Key, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a cell in pixels, for `fit`."""
        return self._graphics.cell

    @property
    def drawn(self) -> bool:
        """Whether there are pictures at all, or captions alone."""
        return self._graphics.way != "none"

    @property
    def background(self) -> str:
        """What is under transparent pixels; set it when the theme changes."""
        return self._background

    @background.setter
    def background(self, colour: str) -> None:
        if colour != self._background:
            self._background = colour
            self._forget_all()

    def rows(self, file: str, columns: int, rows: int) -> list[Strip] | None:
        """Return a picture as strips, each exactly `columns` wide.

        Args:
            file: Its name in the folder, as the log has it.
            columns: Width of a strip; the picture takes as much of it as it needs.
            rows: Height it gets, at most.

        Returns:
            `None` until it was read (that begins now, and `ready` is called at its end); an
            empty list where only the caption is to be shown, with `reason` telling why.
        """
        if not self.drawn or columns < SMALLEST or rows < 1:
            return []
        key = (file, columns, rows)
        found = self._kept.get(key)
        if found is None:
            if key not in self._under_way:
                task = asyncio.get_running_loop().create_task(self.prepare(*key))
                self._under_way[key] = task
                task.add_done_callback(lambda done: self._over(key, done))
            return None
        self._kept.move_to_end(key)
        return list(found.strips)

    def sharpened(self, strips: list[Strip], *, covered: bool) -> list[Strip]:
        """Return lines with sixels laid over the half-cells in them, where that is the way.

        Args:
            strips: Lines as they go to the terminal, with what `rows` gave somewhere in them.
            covered: Another screen lies over this one; sixels would be drawn over it.
        """
        if covered or self._graphics.way != "sixel":
            return strips
        return [self._sharpened(strip) for strip in strips]

    def _sharpened(self, strip: Strip) -> Strip:
        at = 0
        for segment in strip:
            mark: tuple[str, int, int, int] | None
            if segment.style and (mark := segment.style.meta.get(_MARK)):
                break
            at += segment.cell_length
        else:
            return strip
        file, columns, rows, row = mark
        found = self._kept.get((file, columns, rows))
        if found is None or row >= len(found.sixels) or strip.cell_length < at + columns:
            return strip
        # Before the last cell: at the end they would fall to the next column when Textual cuts
        # the line, as it does before a scrollbar.
        before = at + columns - 1
        laid = over(found.sixels[row], columns - 1)
        left, right = strip.divide([before, strip.cell_length])
        return Strip([*left, laid, *right], strip.cell_length)

    def reason(self, file: str) -> str:
        """Return why a picture is not shown, in a few words; empty if it is, or may be yet."""
        return next((one.reason for key, one in self._kept.items() if key[0] == file), "")

    async def prepare(self, file: str, columns: int, rows: int) -> None:
        """Read and draw a picture in a thread, then call `ready`. One at a time."""
        key = (file, columns, rows)
        async with self._one_at_a_time:
            background = self._background
            made = await asyncio.to_thread(self._make, file, columns, rows, background)
        self._under_way.pop(key, None)  # so that it may be asked for again from here on
        if background == self._background:
            self._keep(key, made)
        self._ready(file)

    def close(self) -> None:
        """Stop working and make the terminal forget all pictures. Before the app ends."""
        for task in self._under_way.values():
            task.cancel()
        self._under_way.clear()
        self._forget_all()

    def _over(self, key: _Key, task: "asyncio.Task[None]") -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
        if not task.cancelled():
            task.result()  # a mistake of ours is not to go unheard

    def _keep(self, key: _Key, made: _Ready) -> None:
        for other in [one for one in self._kept if one[0] == key[0]]:
            self._forget(other)  # of another size: the window has changed
        if made.sequence:
            self._write(made.sequence)
        self._kept[key] = made
        while len(self._kept) > KEPT:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: _Key) -> None:
        sent = self._kept.pop(key).sent
        if sent is not None:
            self._write(deleting(sent, tmux=self._graphics.tmux))

    def _forget_all(self) -> None:
        for key in [*self._kept]:
            self._forget(key)

    # In a thread from here on.

    def _make(self, file: str, columns: int, rows: int, background: str) -> _Ready:
        wide, high = self.cell
        most = columns
        match self._graphics.way:
            case "kitty":
                rows, most = min(rows, len(NUMBERS)), min(columns, len(NUMBERS))
            case "sixel":
                most = columns - 1  # the last cell stands after the sixels
            case _:
                pass
        try:
            image = decode(self._folder, file, (most * wide, rows * high))
        except NotShown as why:
            return _Ready(reason=str(why))
        size = fit(image.width, image.height, most, rows, self.cell)
        ground = Style(bgcolor=background)
        match self._graphics.way:
            case "kitty":
                return self._kitty(image, size, columns, ground)
            case "sixel":
                canvas = _over_ground(image, (size[0] * wide, size[1] * high), background)
                sixels = tuple(sixel_rows(canvas, self.cell))
            case _:
                sixels = ()
        small = _over_ground(image, (size[0], size[1] * 2), background)
        strips = tuple(
            _marked([*row, *_rest(size[0], columns, ground)], (file, columns, rows, number))
            for number, row in enumerate(half_cells(small))
        )
        return _Ready(strips, sixels)

    def _kitty(
        self, image: "Image", size: tuple[int, int], columns: int, ground: Style
    ) -> _Ready:
        png = io.BytesIO()
        image.save(png, "PNG", compress_level=3)
        sent = name(self._colour_system)
        strips = tuple(
            Strip([*placeholders(sent, row, size[0], ground), *_rest(size[0], columns, ground)])
            for row in range(size[1])
        )
        sequence = sending(sent, png.getvalue(), *size, tmux=self._graphics.tmux)
        return _Ready(strips, (), sent, sequence)


def _over_ground(image: "Image", size: tuple[int, int], background: str) -> "Image":
    from PIL import Image as Images  # noqa: PLC0415 - not before the first frame

    # To half-cells it goes down to the mean of what each covers: crisp, and no edge rings.
    smaller = size[0] * 4 <= image.width
    how = Images.Resampling.BOX if smaller else Images.Resampling.LANCZOS
    scaled = image.resize(size, how)  # weighs by alpha, so that its edges stay clean
    ground = Images.new("RGBA", size, background)
    return Images.alpha_composite(ground, scaled).convert("RGB")


def _marked(segments: list[Segment], mark: tuple[str, int, int, int]) -> Strip:
    """Return a strip whose first segment says which row of which picture begins there."""
    (text, style, _), *others = segments
    marked = (style or Style.null()) + Style.from_meta({_MARK: mark})
    return Strip([Segment(text, marked), *others])


def _rest(used: int, columns: int, style: Style) -> list[Segment]:
    return [Segment(" " * (columns - used), style)] if columns > used else []
