"""The page at one width, items one below the other: rows of the items somebody looks at, and the height of all of them.

Nothing is laid out before it is asked for. Until then an item is as high as `estimate` says;
from then on its height is exact. Of the rows themselves only the newest few thousand are
kept, so that memory does not grow with the room. Knows nothing of scrolling or terminals.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from tui.page.layout import Look, estimate, lay_out
from tui.page.page import Item, Page
from tui.page.row import Row
from tui.widgets.heights import Heights

KEPT = 4000
"""Rows kept: some sixty screens."""


class Column:
    """A page laid out as far as somebody looked, with room for a line being written."""

    def __init__(self, page: Page, width: int, *, pictures: int = 0) -> None:
        self.page = page
        self.width = max(1, width)
        self.pictures = pictures
        """Rows a picture gets at most."""
        self.unfolded = False
        """Whether items are unfolded that were not touched one by one."""
        self.raw = False
        """The same for the text as written."""
        self.folds: set[int] = set()
        """Items that are otherwise than `unfolded` says."""
        self.raws: set[int] = set()
        self._match = ""
        self._draft: Sequence[Row] = ()
        self._rows: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._kept = 0
        self._heights = Heights(self._guesses())

    def __len__(self) -> int:
        """Items, the line being written included."""
        return len(self._heights) + bool(self._draft)

    @property
    def items(self) -> int:
        """Items, the line being written not included: its index, if there is one."""
        return len(self._heights)

    @property
    def total(self) -> int:
        """Rows of everything, as far as known."""
        return self._heights.total + len(self._draft)

    @property
    def draft(self) -> Sequence[Row]:
        """Rows of the line being written; none if nobody writes."""
        return self._draft

    @draft.setter
    def draft(self, rows: Sequence[Row]) -> None:
        self._draft = rows

    @property
    def match(self) -> str:
        """Words that are marked wherever they stand."""
        return self._match

    @match.setter
    def match(self, words: str) -> None:
        self._match = words
        self._forget_all()  # marks move nothing: heights stay

    def look(self, index: int) -> Look:
        """Return how an item is to be shown."""
        return Look(
            unfolded=self.unfolded != (index in self.folds),
            raw=self.raw != (index in self.raws),
            ascii=self.page.ascii,
            pictures=self.pictures,
            match=self._match,
        )

    def height(self, index: int) -> int:
        """Rows of an item, exact or not."""
        return len(self._draft) if index >= self.items else self._heights[index]

    def top(self, index: int) -> int:
        """Return the row in which an item begins, counted from the top of the column."""
        return self._heights.top(min(index, self.items))

    def at(self, row: int) -> tuple[int, int]:
        """Return which item covers `row` and the row within it; the last one's if none does."""
        index, within = self._heights.at(min(row, self.total - 1))
        return index, within

    def exact(self, index: int) -> bool:
        """Whether the height of an item is known, not guessed."""
        return index >= self.items or self._heights.exact(index)

    def rows(self, index: int) -> Sequence[Row]:
        """Return the rows of an item; from now on its height is exact."""
        if index >= self.items:
            return self._draft
        rows = self._rows.get(index)
        if rows is None:
            rows = self._lay_out(index)
            self._rows[index] = rows
            self._kept += len(rows)
            while self._kept > KEPT and len(self._rows) > 1:
                self._kept -= len(self._rows.popitem(last=False)[1])
        else:
            self._rows.move_to_end(index)
        return rows

    def measure(self, index: int) -> None:
        """Make the height of an item exact without keeping its rows."""
        if not self.exact(index):
            self._lay_out(index)

    @property
    def measured(self) -> bool:
        """Whether the height of every item is exact."""
        return self._heights.unknown() is None

    def measure_some(self, start: int, go_on: Callable[[], bool]) -> bool:
        """Make heights exact, one by one from `start`, as long as `go_on` says so.

        Returns:
            Whether some are still only guessed.
        """
        while (index := self._heights.unknown(start)) is not None:
            if not go_on():
                return True
            self._lay_out(index)
            start = index + 1
        return False

    def take(self, changed: Iterable[int]) -> None:
        """Take in what `Page.add` said is new or looks different."""
        for index in changed:
            if index < len(self._heights):
                self.forget(index)
            else:
                for new in range(len(self._heights), index + 1):
                    self._heights.append(self._guess(self.page.items[new]))

    def forget(self, index: int) -> None:
        """Lay an item out anew when it is asked for."""
        self._drop(index)
        if index < self.items:
            self._heights.set(index, self._heights[index], exact=False)

    def resize(self, width: int, *, pictures: int) -> None:
        """Go over to another width, in cells."""
        self.width = max(1, width)
        self.pictures = pictures
        self._forget_all()
        self._heights.guess_again(self._guesses())

    def toggle_fold(self, index: int) -> None:
        """Show all of an item, or the short form again."""
        self.folds ^= {index}
        self.forget(index)

    def toggle_raw(self, index: int) -> None:
        """Show an item as written, or laid out again."""
        self.raws ^= {index}
        self.forget(index)

    def toggle_folds(self) -> None:
        """Unfold all items, or fold all."""
        self.unfolded = not self.unfolded
        self.folds.clear()
        self._forget_all()
        self._heights.guess_again()

    def toggle_raws(self) -> None:
        """Show all items as written, or laid out."""
        self.raw = not self.raw
        self.raws.clear()
        self._forget_all()
        self._heights.guess_again()

    def inherit(self, older: "Column") -> None:
        """Take over what was folded, and the heights of items that are the same in `older`."""
        self.unfolded, self.raw = older.unfolded, older.raw
        shared = min(self.items, older.items)
        self.folds = {index for index in older.folds if index < shared}
        self.raws = {index for index in older.raws if index < shared}
        if (self.width, self.pictures) != (older.width, older.pictures):
            return
        ours, theirs = self.page.items, older.page.items
        for index in range(shared):
            if older.exact(index) and _same(ours[index], theirs[index]):
                self._heights.set(index, older.height(index))

    def _lay_out(self, index: int) -> Sequence[Row]:
        rows = lay_out(self.page.items[index], self.width, self.look(index))
        self._heights.set(index, len(rows))
        return rows

    def _drop(self, index: int) -> None:
        self._kept -= len(self._rows.pop(index, ()))

    def _forget_all(self) -> None:
        self._rows.clear()
        self._kept = 0

    def _guess(self, item: Item) -> int:
        return max(1, estimate(item, self.width))

    def _guesses(self) -> list[int]:
        return [self._guess(item) for item in self.page.items]


def _same(ours: Item, theirs: Item) -> bool:
    return (ours.entry, ours.version, ours.label) == (
        theirs.entry,
        theirs.version,
        theirs.label,
    )
