"""What a room's past is kept in, what of it came back, and what the keeper did, as lines.

Pure: parts of a look and a width go in, lines come out. Whatever colour tells, words tell too.
Of long lists the beginning is drawn, and how much more there is.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tui.widgets.fitting import fit, wrap
from tui.widgets.lines import Line, Piece, apart, cut, wide
from tui.widgets.look import Because, Done, Lamina, Look, Recall

ROWS = 200
"""Laminae, or pieces, that are drawn at most."""

SAID = 2
"""Rows of a piece's own words."""

ACTS = {
    "index": "indexed",
    "rewrite": "back in cc of",
    "let go": "let go of",
    "delaminate": "split",
    "merge": "merged",
}
"""What was done, in a word or two."""


def summary(look: Look, width: int, *, ascii: bool = False) -> list[Line]:  # noqa: A002
    """Return a row or two about the past, for beside cc; none where nothing is known of it."""
    rows: list[Line] = []
    if (found := look.recalled) is not None:
        words = dict.fromkeys(word for piece in found.pieces for word in piece.why)
        told = f"  for {found.to}: {', '.join(words) or 'what stands near'}"
        many = _times(len(found.pieces), "piece")
        rows.append((Piece("Recalled", "head"), Piece(f"  {many}", ""), Piece(told, "dim")))
    if look.laminae is not None:
        there = [one for one in _all(look.laminae) if not one.parts]
        many = f"  {_times(len(there), 'lamina', 'laminae')}"
        resident = f", {look.resident:,} bytes of index in memory"
        rows.append((Piece("Past", "head"), Piece(many), Piece(resident, "dim")))
    if not rows:
        return []
    return [(), *(cut(_fitted(row, width, ascii=ascii), width, ascii=ascii) for row in rows)]


def recalled(found: Recall | None, width: int, *, ascii: bool = False) -> list[Line]:  # noqa: A002
    """Return what came back to who spoke last: the best first, with words, who and when."""
    if found is None:
        return [(Piece("Recalled", "head"),), (Piece("  nothing came back yet", "dim"),)]
    title = (
        Piece("Recalled", "head"),
        Piece(f"  for {fit(found.to, 32, ascii=ascii)} at {found.place:,}", "dim"),
    )
    numbers = (Piece(f"{found.size:,} of {found.budget:,} bytes", "dim"),)
    rows = _both(title, numbers, width, ascii=ascii)
    days = {piece.at.astimezone().date() for piece in found.pieces if piece.at is not None}
    for piece in found.pieces[:ROWS]:
        rows.extend(_piece(piece, width, dated=len(days) > 1, ascii=ascii))
    rows.extend(_more(len(found.pieces)))
    return rows


def laminae(
    roots: Sequence[Lamina] | None,
    resident: int,
    carried: int,
    width: int,
    *,
    ascii: bool = False,  # noqa: A002 - names what it does
) -> list[Line]:
    """Return laminae as a tree: places, what they are about, and bytes stored of their text.

    Args:
        roots: The roots, oldest first; `None` where there never were any.
        resident: Bytes of the index that stay in memory.
        carried: Bytes of cc, to compare them with.
        width: Cells.
        ascii: Draw with ASCII alone.
    """
    if roots is None:
        return [
            (Piece("Laminae", "head"),),
            *(
                (Piece(f"  {row}", "dim"),)
                for row in wrap(
                    "none yet: what was said is still at hand, and is found without", width - 2
                )
            ),
        ]
    every = list(_all(roots))
    parted = sum(bool(one.parts) for one in every)
    title: list[Piece] = [
        Piece("Laminae", "head"),
        Piece(f"  {len(every) - parted:,}" + (f", {parted:,} parted" if parted else ""), "dim"),
    ]
    rows = [apart(tuple(title), (Piece("bytes stored of text", "dim"),), width, ascii=ascii)]
    for number, (lamina, stem) in enumerate(_stems(roots, ascii=ascii)):
        if number == ROWS:
            break
        rows.append(_lamina(lamina, stem, width, ascii=ascii))
    rows.extend(_more(len(every)))
    index = (
        Piece("  index "),
        Piece(f"{resident:,} bytes in memory now, beside {carried:,} of cc", "dim"),
    )
    rows.append(cut(index, width, ascii=ascii))
    return rows


def done(
    acts: Sequence[Done],
    now: str,
    width: int,
    *,
    key: str = "u",
    ascii: bool = False,  # noqa: A002 - names what it does
) -> list[Line]:
    """Return what was done to the past and why, the newest first.

    Args:
        acts: What was done.
        now: What was chosen last, and why; empty where nobody knows.
        width: Cells.
        key: That takes one back.
        ascii: Draw with ASCII alone.
    """
    title = (Piece("Keeper", "head"),)
    takes = (Piece(key, "key", tag="undo"), Piece(" takes back", "dim", tag="undo"))
    can = any(one.undoable for one in acts)
    rows: list[Line] = [apart(title, takes if can else (), width, ascii=ascii)]
    if now:
        rows.extend((Piece(f"  {row}"),) for row in wrap(f"now: {now}", width - 2, hang=2))
    for one in acts:
        sign = (key if len(key) == 1 else "*") if one.undoable else ""
        what = f"{ACTS.get(one.act, fit(one.act, 16))} {one.first:,} to {one.last:,}"
        by = " by you" if one.by == "you" else ""
        head: Line = (
            Piece(f"{sign:<2}", "key"),
            Piece(f"{one.place:,} ", "dim"),
            Piece(what),
            Piece(by, "accent"),
        )
        rows.append(cut(head, width, ascii=ascii))
        rows.extend((Piece(f"    {row}", "dim"),) for row in wrap(one.why, width - 4))
    if not acts and not now:
        rows.append((Piece("  nothing was done yet", "dim"),))
    return rows


def _piece(piece: Because, width: int, *, dated: bool, ascii: bool) -> list[Line]:  # noqa: A002
    when = _when(piece.at, dated=dated)
    left: Line = (
        Piece(f"  {piece.place:,} ", "dim"),
        Piece(fit(piece.author, max(8, width - 32), ascii=ascii)),
        Piece(f"  {when}" if when else "", "dim"),
    )
    right: Line = (Piece(f"{piece.score:.1f} bits", "dim"),)
    rows = [apart(left, right, width, ascii=ascii)]
    inner = max(2, width - 4)
    if piece.why:
        words = ("because of ", ", ".join(piece.why))
        text = fit(words[1], inner - len(words[0]), ascii=ascii)
        rows.append((Piece(f"    {words[0]}", "dim"), Piece(text, "accent")))
    else:
        rows.append((Piece(f"    {fit('beside another piece', inner, ascii=ascii)}", "dim"),))
    said = " ".join(piece.said.split())
    if said:
        shown = wrap(said[: inner * (SAID + 1)], inner)
        rest = " ".join(shown[SAID - 1 :])
        shown = [*shown[: SAID - 1], *([fit(rest, inner, ascii=ascii)] if rest else ())]
        rows.extend((Piece(f"    {row}"),) for row in shown)
    return rows


def _when(at: datetime | None, *, dated: bool) -> str:
    if at is None:
        return ""
    there = at.astimezone()
    return f"{there.day} {there:%b}, {there:%H:%M}" if dated else f"{there:%H:%M}"


def _lamina(lamina: Lamina, stem: str, width: int, *, ascii: bool) -> Line:  # noqa: A002
    size = f"{lamina.size:,} of {lamina.length:,}" if lamina.length else ""
    role = "dim" if lamina.parts else ""
    if lamina.parts:
        size = "parted"
    left: Line = (
        Piece(f"  {stem}", "rule"),
        Piece(f"{lamina.first:,} to {lamina.last:,}  ", role or "accent"),
    )
    room = width - wide(left) - len(size) - 2
    name = fit(" ".join(lamina.name.split()), max(0, room), ascii=ascii)
    return apart((*left, Piece(name, role)), (Piece(size, "dim"),), width, ascii=ascii)


def _all(roots: Sequence[Lamina]) -> Iterator[Lamina]:
    waiting = list(reversed(roots))
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.parts))


def _stems(roots: Sequence[Lamina], *, ascii: bool) -> Iterator[tuple[Lamina, str]]:  # noqa: A002
    """Yield laminae in order, each with the lines of the tree before it."""
    waiting = [(one, "", "") for one in reversed(roots)]
    while waiting:
        one, stem, under = waiting.pop()
        yield one, stem
        for at in range(len(one.parts) - 1, -1, -1):
            last = at == len(one.parts) - 1
            joint = ("`- " if last else "+- ") if ascii else ("└─ " if last else "├─ ")
            trunk = "   " if last else ("|  " if ascii else "│  ")
            waiting.append((one.parts[at], under + joint, under + trunk))


def _more(count: int) -> list[Line]:
    return [(Piece(f"  and {count - ROWS:,} more", "dim"),)] if count > ROWS else []


def _both(left: Line, right: Line, width: int, *, ascii: bool) -> list[Line]:  # noqa: A002
    """Two parts at either end of a row, or each in a row of its own."""
    if wide(left) + wide(right) + 2 <= width:
        return [apart(left, right, width, ascii=ascii)]
    after = (Piece("  "), *right)
    return [cut(left, width, ascii=ascii), cut(after, width, ascii=ascii)]


def _fitted(row: Line, width: int, *, ascii: bool) -> Line:  # noqa: A002
    """Return a row of strangers' words, made safe."""
    return tuple(
        piece._replace(text="  " + fit(piece.text, width, ascii=ascii))
        if piece.text.startswith("  ")
        else piece
        for piece in row
    )


def _times(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
