"""The stretch of a column that is looked at, and what keeps it still.

A reader is either at the end, and stays there whatever comes; or holds on to a place in the
text, which stays the first row of the view whatever becomes of the rows above it: measured
at last, unfolded, laid out at another width. Everything in and around the view is measured
before it is shown, so that a step never lands on a guess.
"""

from typing import NamedTuple

from tui.widgets.column import Column
from tui.widgets.flow import Spot, row_of, spot

FEW = 64
"""Items that are measured at once: a small room has no guesses at all."""


class Anchor(NamedTuple):
    """A place in the text of an item."""

    item: int = 0
    spot: Spot = Spot()


class View:
    """A window of some rows on a column."""

    def __init__(self, column: Column, height: int) -> None:
        self.column = column
        self.height = max(1, height)
        self.following = True
        """Whether the reader is at the end and stays there."""
        self.anchor = Anchor()
        """What a reader who is not at the end holds on to."""

    @property
    def top(self) -> int:
        """First row of the column that is seen."""
        last = self.last
        if self.following:
            return last
        index, place = self.anchor
        if index >= len(self.column):
            return last
        return min(last, self.column.top(index) + row_of(self.column.rows(index), place))

    @property
    def last(self) -> int:
        """The highest `top` there is: the end of the column is the end of the view."""
        return max(0, self.column.total - self.height)

    def settle(self) -> int:
        """Measure what is in and around the view; return the first row that is seen.

        What is measured above the view moves its first row, so it goes on until nothing
        around it is a guess.
        """
        column = self.column
        if column.items <= FEW:
            for index in range(column.items):
                column.measure(index)
        while True:
            top = self.top
            if not column.total:
                return top
            first, _ = column.at(top - self.height)
            last, _ = column.at(top + 2 * self.height)
            guessed = [index for index in range(first, last + 1) if not column.exact(index)]
            if not guessed:
                return top
            for index in guessed:
                column.rows(index)

    def go(self, row: int) -> int:
        """Look at what begins at `row`; return the first row that is seen then.

        A row so far down that the end is seen means to stay at the end.
        """
        if not self.column.total:
            return 0
        if row >= self.last:
            self.following = True
            return self.settle()
        index, within = self.column.at(max(0, row))
        self.hold(index, within)
        return self.settle()

    def hold(self, index: int, within: int = 0) -> None:
        """Let a row of an item be the first that is seen, and stay so."""
        rows = self.column.rows(index)
        self.following = False
        self.anchor = Anchor(index, spot(rows, min(max(0, within), len(rows) - 1)))

    def show(self, index: int) -> int:
        """Bring an item into the view, moving as little as will do; return the first row."""
        self.settle()
        column = self.column
        height = len(column.rows(index))
        start, top = column.top(index), self.top
        if start < top or height >= self.height:
            if start != top:
                return self.go(start)
        elif start + height > top + self.height:
            return self.go(start + height - self.height)
        return self.settle()

    def keep(self, index: int, distance: int) -> int:
        """Let an item begin so many rows below the top of the view, and stay there.

        Who was at the end stays there, as long as the beginning of the item is still seen.
        """
        top = self.settle()
        if self.following and self.column.top(index) >= top:
            return top
        within = -distance
        while within < 0 and index > 0:
            index -= 1
            within += len(self.column.rows(index))
        self.hold(index, within)
        return self.settle()

    def shifted(self, index: int, count: int) -> None:
        """Say that `count` items were put in front of the one with that index."""
        if not self.following and self.anchor.item >= index:
            self.anchor = self.anchor._replace(item=self.anchor.item + count)

    def onto(self, column: Column) -> "View":
        """Return a view of another column from where this one stands, as far as that goes."""
        view = View(column, self.height)
        view.anchor = self.anchor
        view.following = self.following or self.anchor.item >= len(column)
        return view
