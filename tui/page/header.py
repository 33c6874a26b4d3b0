"""The row over a message: who speaks, and in small print what it took."""

from collections.abc import Iterator

from transcripts.events import Usage
from transcripts.export import facts
from transcripts.notices import number
from tui.page.row import Row, Span
from tui.page.sheet import Sheet
from tui.page.wrap import cells, shorten


def put_header(
    sheet: Sheet, name: str, small: list[str], place: int | None, *, marked: str = ""
) -> None:
    """Add the row: the name, then as much of the small print as there is room for.

    Args:
        sheet: Where to.
        name: Safe, one line.
        small: Safe; what is least wanted last.
        place: Shown at the right edge, for that is how forks and commands name a line.
        marked: A word about the whole message that has to stay.
    """
    dot = " - " if sheet.look.ascii else " · "
    shown = shorten(name, sheet.width, more="..." if sheet.look.ascii else "…")
    spans = [Span(shown, "name")]
    used = cells(shown)
    pieces = [marked, *small] if marked else small
    for count, piece in enumerate(pieces):
        text = (dot if count else "  ") + piece
        if used + cells(text) > sheet.width:
            break
        spans.append(Span(text, "private" if marked and not count else "small"))
        used += cells(text)
    if place is not None:
        at = f"@{place}"
        room = sheet.width - used - len(at)
        if room >= 2:
            spans.append(Span(" " * room + at, "dim"))
    sheet.rows.append(Row(tuple(spans), sheet.author, part="header"))


def used(usage: Usage, *, ascii: bool) -> Iterator[str]:  # noqa: A002 - names what it does
    """Yield what a reply took, as far as it is known: `T1.8→1.0`, tokens, money, time."""
    if usage.requested is not None:
        warm = f"T{number(usage.requested)}"
        if usage.effective is None:
            yield f"{warm} (not sent)"
        elif usage.effective != usage.requested:
            yield f"{warm}{'->' if ascii else '→'}{number(usage.effective)}"
        else:
            yield warm
    if usage.tokens_in is not None or usage.tokens_out is not None:
        yield facts.tokens(usage.tokens_in, usage.tokens_out)
    if usage.dollars is not None:
        yield facts.money(usage.dollars)
    if usage.seconds:
        yield f"{usage.seconds:.1f} s"
