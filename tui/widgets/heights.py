"""Heights of many items one below the other: from an item to its first row, and back.

A Fenwick tree, so that asking and changing cost steps that grow with the logarithm of the
number of items. Every item has a height from the start, a guess at first; which of them are
exact is remembered, so that somebody with time can find what is left to measure.
"""

from collections.abc import Iterable


class Heights:
    """Rows of each item, in order. All of them at least 0."""

    def __init__(self, guesses: Iterable[int] = ()) -> None:
        self._rows = list(guesses)
        self._exact = bytearray(len(self._rows))
        self._tree = _built(self._rows)
        self._total = sum(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> int:
        return self._rows[index]

    @property
    def total(self) -> int:
        """Rows of all items together."""
        return self._total

    def exact(self, index: int) -> bool:
        """Whether the height of an item is known, not guessed."""
        return self._exact[index] == 1

    def append(self, guess: int) -> None:
        """Put an item of about `guess` rows at the end."""
        self._rows.append(guess)
        self._exact.append(0)
        self._total += guess
        node = len(self._rows)  # counted from 1: it sums the stretch that ends in it
        stretch = node & -node
        rows = guess
        step = 1
        while step < stretch:
            rows += self._tree[node - step]
            step <<= 1
        self._tree.append(rows)

    def set(self, index: int, rows: int, *, exact: bool = True) -> int:
        """Say how high an item is; return by how many rows it grew."""
        grown = rows - self._rows[index]
        self._exact[index] = exact
        if grown:
            self._rows[index] = rows
            self._total += grown
            node = index + 1
            while node < len(self._tree):
                self._tree[node] += grown
                node += node & -node
        return grown

    def guess_again(self, guesses: Iterable[int] | None = None) -> None:
        """Take every height for a guess from now on, those given or else those it has."""
        if guesses is not None:
            self._rows = list(guesses)
            self._tree = _built(self._rows)
            self._total = sum(self._rows)
        self._exact = bytearray(len(self._rows))

    def top(self, index: int) -> int:
        """Return the row in which an item begins; the total for the index behind the last."""
        rows = 0
        while index:
            rows += self._tree[index]
            index &= index - 1
        return rows

    def at(self, row: int) -> tuple[int, int]:
        """Return which item covers `row`, and the row within it.

        A row behind the last belongs to the index behind the last item.
        """
        if row >= self._total:
            return len(self._rows), row - self._total
        row = max(0, row)
        node = 0
        step = 1 << len(self._rows).bit_length()
        while step := step >> 1:
            ahead = node + step
            if ahead < len(self._tree) and self._tree[ahead] <= row:
                node = ahead
                row -= self._tree[ahead]
        return node, row

    def unknown(self, start: int = 0) -> int | None:
        """Return the first item from `start` on that was only guessed, or else any before."""
        found = self._exact.find(0, start)
        if found < 0:
            found = self._exact.find(0, 0, start)
        return None if found < 0 else found


def _built(rows: list[int]) -> list[int]:
    """Return the tree over `rows`; its first element is not used."""
    tree = [0, *rows]
    for node in range(1, len(tree)):
        if (above := node + (node & -node)) < len(tree):
            tree[above] += tree[node]
    return tree
