"""The row over a message: who speaks, and in small print what it took."""

from collections.abc import Iterator

from transcripts.events import Usage
from transcripts.export import facts
from transcripts.notices import number
from tui.page.row import Row, Span
from tui.page.sheet import Sheet
from tui.page.wrap import cells, shorten
from tui.printing import line as one_line


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
    at = "" if place is None else f"@{place}"
    room = sheet.width - (len(at) + 2 if at else 0)
    least = used + (cells(marked) + 2 if marked else 0)
    if least > room:  # these are wanted more than the place
        room, at = sheet.width, ""
    for count, piece in enumerate(pieces):
        text = (dot if count else "  ") + piece
        if used + cells(text) > room:
            break
        spans.append(Span(text, "private" if marked and not count else "small"))
        used += cells(text)
    if at:
        spans.append(Span(" " * (sheet.width - used - len(at)) + at, "dim"))
    sheet.rows.append(Row(tuple(spans), sheet.author, part="header"))


SCRIPTED = "scripted/"


def ran_on(model: str) -> str:
    """Return how a model is called on the screen; whose script it reads from is no news."""
    return SCRIPTED.rstrip("/") if model.startswith(SCRIPTED) else one_line(model)


def used(usage: Usage, *, cut: bool, ascii: bool) -> Iterator[str]:  # noqa: A002 - names what it does
    """Yield what a reply took, as far as it is known: `T1.8→1.0`, tokens, money, time.

    Args:
        usage: What is known.
        cut: Whether the reply was cut off; then nobody said which temperature was sent.
        ascii: An arrow in ASCII.
    """
    if usage.requested is not None:
        warm = f"T{number(usage.requested)}"
        if usage.effective is None and not cut:
            yield f"{warm} (not sent)"
        elif usage.effective is None:
            yield warm
        elif usage.effective != usage.requested:
            yield f"{warm}{'->' if ascii else '→'}{number(usage.effective)}"
        else:
            yield warm
    if usage.tokens_in is not None or usage.tokens_out is not None:
        yield f"{_known(usage.tokens_in)} in {_known(usage.tokens_out)} out"
    if usage.dollars:  # what costs nothing is not worth a word
        yield facts.money(usage.dollars)
    elif usage.dollars is None and usage.estimated_dollars:
        yield f"~{facts.money(usage.estimated_dollars)}"
    if usage.seconds:
        yield f"{usage.seconds:.1f} s"


def _known(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"
