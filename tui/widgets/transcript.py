"""A room on the screen, of any length: a log is read in, entries and pieces of lines follow.

Nothing is kept of the room but the entries' page; the line being written is kept until its
entry comes and takes its place.
"""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Sequence

from textual.timer import Timer

from transcripts.events import Entry, Faltered, Spoke
from tui.page.draft import Draft
from tui.page.page import Page
from tui.page.row import Row
from tui.widgets.column import Column
from tui.widgets.reader import Reader
from tui.widgets.roll import Colours, Images
from tui.widgets.view import View

SLICE = 0.02
"""Seconds of work at a time while a room is read in; the loop may do others' work between."""

FRAME = 1 / 15
"""Seconds between two looks at a line being written."""


class Transcript(Reader):
    """Shows the entries of a log, and the line being written."""

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
        colour_of: Colours | None = None,
        pictures: Images | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        """Make an empty one.

        Args:
            ascii: Draw with ASCII alone; the words of others stay as they are.
            colour_of: Colours of participants; the theme's own if `None`.
            pictures: What draws pictures; captions alone if `None`.
            id: In the DOM.
            classes: In the DOM.
        """
        super().__init__(
            ascii=ascii, colour_of=colour_of, pictures=pictures, id=id, classes=classes
        )
        self._entries: list[Entry] = []
        self._draft: Draft | None = None
        self._draft_timer: Timer | None = None
        self._loading = 0
        """Counts loads, so that one that was overtaken knows it."""
        self._busy = False
        """Whether a log is being read in."""
        self._pending: list[Entry] = []
        """What came meanwhile."""
        self._wanted: int | None = None
        """Place to be shown after it."""
        self._news = 0
        """Items that came while the reader was not at the end."""

    @property
    def busy(self) -> bool:
        """Whether a log is being read in."""
        return self._busy

    async def load(self, entries: Sequence[Entry]) -> None:
        """Show a log from its end, reading it in without keeping the loop from its work."""
        self._view.following = True
        self._cursor = None
        self._news = 0
        await self._read(entries, fresh=True)

    async def rewind(self, entries: Sequence[Entry]) -> None:
        """Show fewer or more entries of the log that is shown.

        More are added to what is there. For fewer, the page is made anew aside and takes the
        old one's place when it is done; what was measured and unfolded stays so.
        """
        have = len(self._entries)
        if (
            self._busy
            or not have
            or len(entries) < have
            or entries[have - 1] != self._entries[-1]
        ):
            await self._read(entries, fresh=False)
            return
        started = time.perf_counter()
        for entry in entries[have:]:
            self.add(entry)
            if time.perf_counter() - started > SLICE:
                await asyncio.sleep(0)
                started = time.perf_counter()

    def add(self, entry: Entry) -> None:
        """Show one more entry. The line being written makes way for its message."""
        if self._busy:
            self._pending.append(entry)
            return
        self._entries.append(entry)
        before = self._column.items
        changed = self._page.add(entry)
        done = self._draft is not None and _ends(entry, self._draft.author)
        if done:
            self._drop_draft()
        self._column.take(changed)
        new = self._column.items - before
        if new and not done:
            self._view.shifted(before, new)
        for index in changed:
            self.find_in(index)
            self._redraw(index)
        if not self._view.following:
            self._news += new
        self._settle_soon()

    def clear(self) -> None:
        """Show nothing."""
        self._loading += 1
        self._busy = self._hidden = False
        self._pending.clear()
        self._drop_draft()
        self._cursor = None
        self._news = 0
        self._view.following = True
        self._turn_to(Page(ascii=self.ascii), [])

    def show_place(self, place: int) -> None:
        """Put the cursor on the entry with that place, or what is shown last before it."""
        if self._busy:
            self._wanted = place
            return
        if not self._page.items:
            return
        index = bisect_right(self._page.items, place, key=lambda item: item.place) - 1
        self._pinned = True
        self._select(max(0, index), high=True)

    def label(self) -> str:
        """Return the mark that there is more at the end."""
        if self._view.following:
            return ""
        arrow = "v" if self.ascii else "▼"
        if self._news:
            return f" {arrow} {self._news} new line{'' if self._news == 1 else 's'} "
        return f" {arrow} being written " if self._draft is not None else ""

    # The line being written

    def begin(self, author: str) -> None:
        """Show that `author` has the floor."""
        self._draft = self._new_draft(author)
        self._paint_draft()

    def piece(self, author: str, text: str, channel: str = "speech") -> None:
        """Add to the line being written; it is drawn when the next frame is due."""
        draft = self._writing(author)
        draft.feed(text, channel)
        draft.note = ""
        self._draft_soon()

    def waits(self, author: str, why: str, seconds: float, attempt: int) -> None:
        """Say that a try failed and another is coming in so many seconds."""
        said = self._writing(author).text
        self._draft = self._new_draft(author)  # the next try thinks anew
        self._draft.feed(said)
        self._draft.note = f"{why}; try {attempt} in {seconds:.1f} s"
        self._draft_soon()

    def end(self, author: str) -> None:
        """Show that the floor is free; what came of it has been added as an entry."""
        if self._draft is not None and self._draft.author == author:
            self._drop_draft()
            self._settle_soon()

    def arranged_anew(self) -> None:
        """Lay out the line being written at the new width."""
        if self._draft is not None:
            self._column.draft = self._draft_rows(self._draft)

    def arranged(self) -> None:
        """Forget what is new once the end is seen."""
        if self._view.following:
            self._news = 0

    def on_unmount(self) -> None:
        """Stop drawing, and let go of the room: a screen may outlive it by far."""
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._loading += 1
        self._page = Page(ascii=self.ascii)
        self._entries = []
        self._column = Column(self._page, 1)
        self._view = View(self._column, self._view.height)
        self._strips.clear()

    def _new_draft(self, author: str) -> Draft:
        return Draft(author, self._page.room.label(author))

    def _writing(self, author: str) -> Draft:
        if self._draft is None or self._draft.author != author:
            self._draft = self._new_draft(author)
        return self._draft

    def _draft_soon(self) -> None:
        if self._draft_timer is None and self.is_mounted:
            self._draft_timer = self.set_timer(FRAME, self._paint_draft)

    def _paint_draft(self) -> None:
        self._draft_timer = None
        if self._draft is None:
            return
        self._column.draft = self._draft_rows(self._draft)
        self._redraw(self._column.items)
        self._settle_soon()

    def _draft_rows(self, draft: Draft) -> list[Row]:
        column = self._column
        return draft.rows(column.width, column.look(column.items))

    def _drop_draft(self) -> None:
        self._redraw(self._column.items)
        self._draft = None
        self._column.draft = ()
        if self._draft_timer is not None:
            self._draft_timer.stop()
            self._draft_timer = None

    # Reading in

    async def _read(self, entries: Sequence[Entry], *, fresh: bool) -> None:
        self._loading += 1
        mine = self._loading
        self._busy = True
        self._hidden = fresh
        page = Page(ascii=self.ascii)
        started = time.perf_counter()
        for entry in entries:
            page.add(entry)
            if time.perf_counter() - started > SLICE:
                await asyncio.sleep(0)
                if mine != self._loading:
                    return
                started = time.perf_counter()
        self._busy = self._hidden = False
        self._drop_draft()
        self._turn_to(page, list(entries), fresh=fresh)
        waiting, self._pending = self._pending, []
        for entry in waiting:
            if entry.place >= page.room.next_place:
                self.add(entry)
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.show_place(wanted)

    def _turn_to(self, page: Page, entries: list[Entry], *, fresh: bool = True) -> None:
        older = self._column
        self._page = page
        self._entries = entries
        self._column = Column(page, older.width, pictures=older.pictures)
        self._column.match = older.match
        if fresh:
            self._view = View(self._column, self._view.height)
        else:
            self._column.inherit(older)
            self._view = self._view.onto(self._column)
        if self._cursor is not None and self._cursor >= len(page.items):
            self._cursor = len(page.items) - 1 if page.items else None
        self._code = (-1, 0)
        self._strips.clear()
        self.find_again()
        self._settle()
        self.need_cursor()


def _ends(entry: Entry, author: str) -> bool:
    """Whether an entry is what came of a line that `author` was writing."""
    return isinstance(entry.event, Spoke | Faltered) and entry.event.author == author
