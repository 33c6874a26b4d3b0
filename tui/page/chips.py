"""Everything on the page that is no message: chips, events, pictures, the title.

Folded, each is one row that says what happened and how it went; unfolded, it has all there
is to know, down to the line of the file it was read from.
"""

from transcripts import events as e
from transcripts.export import facts
from tui.page import said
from tui.page.page import Item
from tui.page.row import Role, Row, Span, written
from tui.page.sheet import Gutter, Sheet, gutter
from tui.page.wrap import untabbed
from tui.printing import line as one_line
from tui.printing import safe

NAMES = 16
"""Cells for the names of details, at most."""


def title(sheet: Sheet, item: Item) -> None:
    """Add the room's title and how it was set up."""
    sheet.put(one_line(item.text) or "A room", Gutter(), base="title", part="header")
    setting = one_line(item.state)
    if sheet.look.ascii:
        setting = setting.replace(" · ", " - ")
    sheet.put_short(setting, Gutter(), base="dim", part="event")
    if sheet.look.unfolded:
        details(sheet, item, gutter(("  ", "")))


def chip(sheet: Sheet, item: Item) -> None:
    """Add what came of a command."""
    signs = ("+ ", "- ") if sheet.look.ascii else ("▸ ", "▾ ")
    sign = signs[sheet.look.unfolded]
    _told(sheet, item, gutter(("  ", ""), (sign, "dim")), gutter(("    ", "")))


def event(sheet: Sheet, item: Item) -> None:
    """Add what happened on no command."""
    rail = "- " if sheet.look.ascii else "─ "
    _told(sheet, item, gutter((rail, "dim")), gutter(("  ", "")))


def picture(sheet: Sheet, item: Item) -> None:
    """Add a picture's caption, and the rows that the picture itself is drawn on."""
    before = gutter(("  ", ""))
    part = "picture"
    if sheet.look.unfolded:
        sheet.put_lines(_clean(item.brief), before, before, base="notice", part=part)
        sheet.put_lines(_clean(item.text), before, before, base="quote", part=part)
    else:
        caption = f"{one_line(said.calm(item.brief))}: {one_line(item.text)}"
        sheet.put_short(caption, before, base="notice", part=part)
    shown = item.picture
    if shown is not None and shown.file:
        for number in range(_rows(sheet, before, shown.width, shown.height)):
            row = Row(before.spans, sheet.author, before.size, part=part, picture=number)
            sheet.rows.append(row)
    elif shown is not None:
        sheet.put("(the picture itself is lost)", before, base="dim", part=part)
    if sheet.look.unfolded:
        details(sheet, item, before)


CELL = (10, 20)
"""Pixels of a cell, across and down, where nobody knows better."""


def _rows(sheet: Sheet, before: Gutter, width: int, height: int) -> int:
    """Return the rows a picture gets: as it is drawn, in its own size or smaller."""
    most = sheet.look.pictures
    if width <= 0 or height <= 0:
        return most
    across, down = CELL
    room = sheet.width - before.size
    scale = min(1.0, room * across / width, most * down / height)
    return min(most, max(1, round(height * scale / down)))


def _told(sheet: Sheet, item: Item, first: Gutter, rest: Gutter) -> None:
    happened = item.entry.event
    hidden = facts.private(item.entry)
    base = _role(item, hidden=hidden)
    state = one_line(item.state)
    dash = " -- " if sheet.look.ascii else " — "
    dot = " - " if sheet.look.ascii else " · "
    end = (dash + state if state else "") + (dot + "private" if hidden else "")
    whole = isinstance(happened, e.Faltered | e.Unplaced)
    part = "chip" if item.kind == "chip" else "event"
    if sheet.look.unfolded or whole:
        sheet.put_lines(_clean(item.text), first, rest, base=base, part=part)
        if isinstance(happened, e.Faltered):
            sheet.put(said.advice(happened), rest, base="dim", part=part)
    else:
        text = one_line(item.brief or said.flat(item.text))
        cut = max(text.rfind(" — "), text.rfind(" -- "))
        if not end and cut > 0:
            # How it went is wanted more than the whole of what was asked for.
            text, end = text[:cut], text[cut:]
            sheet.put_short(text, first, base=base, end=end, ending=base, part=part)
        else:
            sheet.put_short(text, first, base=base, end=end, ending=base, part=part)
    if sheet.look.unfolded:
        details(sheet, item, rest)


def _role(item: Item, *, hidden: bool) -> Role:
    if hidden:
        return "private"
    match item.entry.event:
        case e.Faltered() | e.ImageFailed():
            return "error"
        case e.Declined() | e.Paused() | e.Unplaced() | e.Benched():
            return "warning"
        case e.ApprovalAsked() if item.state.endswith("waits for you"):
            return "warning"
        case _:
            return "notice" if item.kind == "chip" else "dim"


def details(sheet: Sheet, item: Item, before: Gutter) -> None:
    """Add what only unfolding shows."""
    entry = item.entry
    found = said.details(entry.event)
    if facts.private(entry):
        found.insert(0, ("private", "the others are not told what it says"))
    if item.state and item.kind != "title":
        found.insert(0, ("state", item.state))
    source = entry.source
    if source is not None:
        shown = {line.strip() for line in (*written(sheet.rows).split("\n"), safe(item.text))}
        kept = [text for text in (source.text, *source.more) if text]
        new = [text for text in kept if safe(text).strip() not in shown]
        found += [
            ("" if number else f"line {source.line}", text) for number, text in enumerate(new)
        ]
        if item.kind == "message" and not kept:
            found.append((f"line {source.line}", "of the file it was read from"))
    elif item.kind == "message":
        found.append(("said", facts.clock(entry.at)))
    found = [(one_line(name, NAMES), value) for name, value in found]
    indent = max((len(name) for name, _ in found), default=0) + 2
    for name, value in found:
        first = Gutter((*before.spans, Span(name.ljust(indent), "dim")), before.size + indent)
        rest = before.further(indent)
        if sheet.width < 4 * indent:
            sheet.put(name, before, base="dim", part="detail")
            first = rest = before.further(2)
        sheet.put_lines(_clean(value), first, rest, part="detail")


def _clean(text: str) -> str:
    return "\n".join(untabbed(line) for line in safe(text).split("\n"))
