"""One line over the prompt: how the room stands, who speaks, and what is used up.

Every part has its place, which depends on the width alone: nothing moves while somebody
reads. Where there is no room for a part it is left out, the least needed first; the title
then takes what others leave free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeAlias

from tui.slash.measured import Measured
from tui.widgets.fitting import clock, count, fit, fit_end, money
from tui.widgets.lines import Line, Lines, Piece, Role, cut, gauge, wide
from tui.widgets.score import FIGURE, compact

Mode: TypeAlias = Literal[
    "opening",
    "running",
    "paused",
    "stepping",
    "waiting for you",
    "catching up",
    "replay",
    "ended",
]

_BADGES: dict[str, tuple[str, str, Role]] = {
    "opening": ("…", "~", "badge"),
    "running": ("►", ">", "badge-good"),
    "paused": ("‖", "=", "badge-warning"),
    "stepping": ("▹", "+", "badge"),
    "waiting for you": ("◆", "@", "badge-warning"),
    "catching up": ("…", "~", "badge"),
    "replay": ("▷", "r", "badge"),
    "ended": ("■", "#", "badge"),
}
"""Sign, sign in ASCII, and look of each mode."""

BAR = 8
"""Cells of the budget's bar, ends included."""

OVER = 24
"""Cells of the bar that says how much of a replay is over."""

GAP = 2
"""Cells left and right of a title that stands where there happens to be room."""

TITLE = 14
"""Cells below which the room's title is not shown."""

ROOMY = 110
"""Cells of the line from which parts stand further apart."""

SCORED = 40
"""So many more where continuity stands among them."""

BARRED = 102
"""Cells from which there is room for continuity and for the bar of the budget."""

DRAWN = 39
"""Cells of continuity with its bar and its turns, at most."""

TIGHT = 0.8
"""From this part of a budget on, it is shown as a warning."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What of one thing a sitting may use up, and has."""

    name: str
    """`turns`, `tokens`, `dollars` or `seconds`; others are shown as they are called."""
    used: float
    most: float | None
    """`None` for no limit."""

    @property
    def part(self) -> float:
        """How much of it is used, of 1; -1 if there is no limit."""
        if self.most is None:
            return -1.0
        return self.used / self.most if self.most > 0 else 1.0

    @property
    def words(self) -> str:
        """`turns 23/100`, `$0.12/$1.00`, `time 3:20/10:00`."""
        most = self.most or 0.0
        match self.name:
            case "dollars":
                return f"{money(self.used)}/{money(most)}"
            case "seconds":
                return f"time {clock(self.used)}/{clock(most)}"
            case _:
                return f"{self.name} {count(self.used)}/{count(most)}"

    @property
    def brief(self) -> str:
        """The same for a narrow place: `tok 12.4k/50.0k`, `3:20/10:00`."""
        return self.words.replace("tokens ", "tok ").removeprefix("time ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a room stands, as far as the line says it."""

    mode: Mode = "running"
    detail: str = ""
    """Why it is paused; `12/40` for catching up; `2x` for replay."""
    round: int = 0
    """The one that goes on, 1 for the first; 0 leaves it out."""
    rounds: int | None = None
    """How many there will be; `None` if that is open."""
    speaker: str = ""
    """Id of who has the floor; empty for nobody."""
    name: str = ""
    """The speaker's name, shown where there is room."""
    colour: str = ""
    """The speaker's."""
    budgets: Sequence[Budget] = field(default=())
    cc: tuple[int, int] | None = None
    """Bytes of cc and of its budget; `None` if nobody asked."""
    continuity: Measured = field(default=Measured())
    """What is known of it; not shown where nothing is scored."""
    queued: int = 0
    """Lines of the person that wait for the speaker to end."""
    part: float | None = None
    """How much of a replay is over, of 1; stands where budgets do."""
    title: str = ""
    log: str = ""
    """The log file's path."""


class Status(Lines):
    """The line."""

    DEFAULT_CSS = """
    Status {
        height: 1;
        width: 1fr;
        overflow-y: hidden;
        scrollbar-gutter: auto;
        background: $surface;
    }
    """

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii=ascii, id=id, classes=classes)
        self._standing = Standing()
        self._seconds = 0.0
        self._tokens = 0

    def show_standing(self, standing: Standing) -> None:
        """Show how the room stands."""
        if standing == self._standing:
            return
        if standing.speaker != self._standing.speaker:
            self._seconds, self._tokens = 0.0, 0
        self._standing = standing
        self.redraw()

    def tick(self, seconds: float, tokens: int) -> None:
        """Say how long the speaker has had the floor, and how many tokens came so far."""
        before = int(self._seconds), self._tokens
        self._seconds, self._tokens = seconds, tokens
        if (int(seconds), tokens) != before and self._standing.speaker:
            self.redraw()

    def draw(self, width: int) -> list[Line]:
        """Return the one line."""
        parts: list[tuple[int, int, Line]] = []
        at = 0
        titled = False
        now = self._standing
        for place in _places(width, cc=now.cc is not None, scored=_scored(now.continuity)):
            size = place.size
            if place.name == "continuity" and not now.queued:
                size = place.alone
            if place.name == "mode" and not self._standing.speaker:
                size = place.alone
            part = cut(self._part(place.name, size), size, ascii=self._ascii)
            cells = wide(part)
            start = place.end - cells if place.name in _AT_THE_RIGHT else place.start
            if not cells or start < at:
                continue
            parts.append((start, start + cells, part))
            titled = titled or place.name == "title"
            at = start + cells
        if not titled and (found := self._between(parts)):
            parts.append(found)
        pieces: list[Piece] = []
        at = 0
        for start, end, part in sorted(parts, key=lambda one: one[0]):
            pieces.extend((Piece(" " * (start - at)), *part))
            at = end
        return [tuple(pieces)]

    def _between(self, parts: Sequence[tuple[int, int, Line]]) -> tuple[int, int, Line] | None:
        """Return the title where the others leave the most room for it, if that is enough."""
        gaps = [
            (after[0] - before[1] - 2 * GAP, before[1] + GAP)
            for before, after in pairwise(parts)
        ]
        room, start = max(gaps, default=(0, 0))
        if room < TITLE or not self._standing.title:
            return None
        title = fit(self._standing.title, room, ascii=self._ascii)
        part: Line = (Piece(title, "dim"),)
        return start, start + wide(part), part

    def _part(self, name: str, size: int) -> Line:
        now = self._standing
        match name:
            case "mode":
                return self._mode(size)
            case "speaker":
                return self._speaker(size)
            case "round" if now.round:
                of = f"/{now.rounds}" if now.rounds else ""
                return (Piece("round ", "dim"), Piece(f"{now.round}{of}"))
            case "queued" if now.queued:
                return (Piece(f"{now.queued} queued", "accent"),)
            case "title":
                return self._title(size)
            case "continuity":
                return compact(now.continuity, size, ascii=self._ascii)
            case "cc" if now.cc is not None:
                return (Piece("cc ", "dim"), Piece(f"{now.cc[0]:,}/{now.cc[1]:,}"))
            case "budget":
                return self._budget(size)
            case _:
                return ()

    def _mode(self, size: int) -> Line:
        now = self._standing
        fancy, plain, role = _BADGES[now.mode]
        words = f" {plain if self._ascii else fancy} {now.mode} "
        if now.mode == "paused" and now.detail not in {"", "paused"}:
            why = fit(now.detail, size - len(words) - 1, ascii=self._ascii)
            return (Piece(words, role), Piece(f" {why}"))
        if now.detail not in {"", now.mode}:
            room = max(16, size - len(words) - 1)
            if not now.speaker or len(now.detail) < room:  # half of it would say nothing
                words += f"{fit(now.detail, room, ascii=self._ascii)} "
        return (Piece(words, role),)

    def _speaker(self, size: int) -> Line:
        now = self._standing
        if not now.speaker:
            return ()
        time, tokens = clock(self._seconds), count(self._tokens)
        full = [f" {time} {tokens} tok", f" {time} {tokens}"] if self._tokens else []
        need = min(8, wide((Piece(now.speaker),)))
        spent = next((text for text in full if len(text) + need <= size), f" {time}")
        who = fit(now.speaker, max(4, size - len(spent)), ascii=self._ascii)
        room = size - wide((Piece(who),)) - len(spent) - 1
        name = fit(now.name, room, ascii=self._ascii) if room >= min(12, len(now.name)) else ""
        return (
            Piece(who, "name", now.colour),
            Piece(f" {name}" if name else "", "", now.colour),
            Piece(spent, "dim"),
        )

    def _title(self, size: int) -> Line:
        now = self._standing
        title = fit(now.title, size if size < 60 else size // 2, ascii=self._ascii)
        room = size - wide((Piece(title),)) - 2
        if not now.log or room < 24:
            return (Piece(title),)
        return (
            Piece(title),
            Piece("  "),
            Piece(fit_end(now.log, room, ascii=self._ascii), "dim"),
        )

    def _budget(self, size: int) -> Line:
        if self._standing.part is not None:
            most = OVER if self.size.width >= ROOMY else OVER // 2
            return self._bar(self._standing.part, min(size, most), "bar")
        limited = [budget for budget in self._standing.budgets if budget.most is not None]
        if not limited:
            return ()
        most = max(limited, key=lambda budget: budget.part)
        role: Role = "" if most.part < TIGHT else "warning" if most.part < 1 else "error"
        told = most.words if len(most.words) < size else most.brief
        cells = min(BAR, size - len(told) - 1)
        words = Piece(f"{told} ", role)
        if cells < 4:
            return (words,)
        return (words, *self._bar(most.part, cells, role or "bar"))

    def _bar(self, part: float, cells: int, role: Role) -> Line:
        """A bar, and a cell between it and what stands beside the line."""
        return (*gauge(part, cells - 1, role, ascii=self._ascii), Piece(" "))


_AT_THE_RIGHT = {"cc", "budget"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part stands, in cells."""

    name: str
    start: int
    end: int
    """Exclusive."""
    alone: int
    """Its size if the part after it says nothing."""

    @property
    def size(self) -> int:
        return self.end - self.start


def _scored(found: Measured) -> bool:
    return found.score is not None and not found.off


def _places(width: int, *, cc: bool, scored: bool) -> list[_Place]:
    """Return the parts there is room for at `width`, from left to right.

    For continuity the bar of the budget gives way where it is narrow, not its figures; its
    own bars take what is left, and give way to lines that wait.
    """
    scored = scored and width >= 80
    roomy = width >= ROOMY + (SCORED if scored else 0)
    gap = 2 if roomy else 1
    wanted = {
        "mode": 19,
        "budget": (26 if width >= BARRED or not scored else 15) if width >= 80 else 24,
        "speaker": 34 if roomy else (17 if scored else 18) if width >= 80 else 15,
        "round": 12 if width >= BARRED or not scored else 11,
        "continuity": FIGURE if scored else 0,
        "cc": 16 if cc else 0,
        "queued": 9,
    }
    sizes: dict[str, int] = {}
    left = width + gap  # the last part has no gap behind it
    for name, size in wanted.items():
        if size and size + gap <= left:
            sizes[name] = size
            left -= size + gap
        elif size:
            break  # what is needed less has no place where this has none
    if "continuity" in sizes:
        grown = min(left, DRAWN - FIGURE)
        sizes["continuity"] += grown
        left -= grown
    if left - gap >= TITLE:
        sizes["title"] = left - gap
    places: list[_Place] = []
    at = 0
    for name in ("mode", "speaker", "round", "continuity", "queued", "title", "cc", "budget"):
        if size := sizes.get(name, 0):
            with_next = size + gap + sizes.get("queued", -gap)
            places.append(
                _Place(name, at, at + size, with_next if name == "continuity" else size)
            )
            at += size + gap
    if places and places[-1].name == "budget":  # to the edge, whatever was left over
        last = places.pop()
        places.append(_Place("budget", width - last.size, width, last.size))
    if len(places) > 1:
        first = places[0]
        places[0] = _Place(first.name, first.start, first.end, places[1].end)
    return places
