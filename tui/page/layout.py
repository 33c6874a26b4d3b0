"""Rows of one item at one width."""

from transcripts.events import Spoke
from transcripts.export import facts
from transcripts.participants import PERSON, ROOM
from tui.page import chips
from tui.page.body import Line, lines, raw_lines
from tui.page.header import put_header, ran_on, used
from tui.page.page import Item
from tui.page.row import Row, Span
from tui.page.sheet import LEAST, Gutter, Look, Sheet, gutter
from tui.page.table import align
from tui.page.wrap import cells, untabbed
from tui.printing import line as one_line
from tui.printing import safe

__all__ = ["Look", "body", "estimate", "lay_out"]


def lay_out(item: Item, width: int, look: Look) -> list[Row]:
    """Return the rows of `item`, each at most `width` cells wide; at least one.

    Args:
        item: What to show.
        width: Cells; fewer than 16 count as 16.
        look: How.
    """
    sheet = Sheet(max(LEAST, width), look, item.author)
    if item.gap:
        sheet.gap()
    match item.kind:
        case "message":
            _message(sheet, item)
        case "title":
            chips.title(sheet, item)
        case "picture":
            chips.picture(sheet, item)
        case "chip":
            chips.chip(sheet, item)
        case "event" | "draft":
            chips.event(sheet, item)
    return sheet.rows


def estimate(item: Item, width: int) -> int:
    """Return about how many rows `lay_out` gives, in no time: at least 1."""
    if item.kind != "message":
        return 1 + item.gap + (item.kind == "picture")
    text = item.text
    return 1 + item.gap + text.count("\n") + 1 + len(text) // max(1, width - 2)


def side(author: str, *, ascii: bool) -> Gutter:  # noqa: A002 - names what it does
    """Return what stands left of an author's words.

    The person's and the narrator's are told from the models' by their shape.
    """
    if author == PERSON:
        return gutter(("> " if ascii else "▌ ", "gutter"))
    if author == ROOM:
        return gutter((": " if ascii else "┊ ", "gutter"))
    return gutter(("| " if ascii else "│ ", "gutter"))


def _message(sheet: Sheet, item: Item) -> None:
    look = sheet.look
    spoke = item.entry.event if isinstance(item.entry.event, Spoke) else None
    name = one_line(item.label)
    marked = ""
    if item.whispered:
        name += f" {'->' if look.ascii else '→'} {one_line(item.whispered)}"
        marked = "whispered, private"
    usage = spoke.usage if spoke else None
    cut = bool(spoke and spoke.cut)
    small = list(used(usage, cut=cut, ascii=look.ascii)) if usage else []
    model = (usage.model if usage else "") or item.model
    if model:
        small.append(ran_on(model))
    put_header(sheet, name, small, item.place, marked=marked)
    before = side(item.author, ascii=look.ascii)
    if spoke and spoke.reasoning:
        put_reasoning(sheet, before, len(spoke.reasoning))
        if look.unfolded:
            inner = before.further(2)
            for text in safe(spoke.reasoning).strip("\n").split("\n"):
                sheet.put(untabbed(text), inner, base="reasoning", part="reasoning")
    if look.raw:
        _raw(sheet, item.text, before)
    else:
        shown = lines(item.text, commands=item.commands, inline=item.inline)
        body(sheet, shown, before)
    if spoke:
        _notes(sheet, before, spoke)
    if look.unfolded:
        chips.details(sheet, item, gutter(("  ", "")))


def put_reasoning(sheet: Sheet, before: Gutter, length: int) -> None:
    """Add the row that stands for `length` characters of reasoning, folded or not."""
    signs = ("+ ", "- ") if sheet.look.ascii else ("▸ ", "▾ ")
    sign = Span(signs[sheet.look.unfolded], "dim")
    head = Gutter((*before.spans, sign), before.size + len(sign.text))
    words = f"reasoning, {length:,} characters"
    sheet.put_short(words, head, base="reasoning", part="reasoning")


def _raw(sheet: Sheet, text: str, before: Gutter) -> None:
    after = continued(before, ascii=sheet.look.ascii)
    for raw in raw_lines(text):
        sheet.put(raw.text, before, after, hard=True)


def continued(before: Gutter, *, ascii: bool) -> Gutter:  # noqa: A002 - names what it does
    """Return the gutter of rows that go on with a line broken where it must be."""
    sign = before.spans[0].text[0]
    return gutter((sign, "gutter"), ("\\" if ascii else "↪", "mark"))


def body(sheet: Sheet, shown: list[Line], before: Gutter) -> None:
    """Add the rows of a message's words, without the empty lines around them."""
    first = 0
    last = len(shown)
    while first < last and not shown[first].text.strip():
        first += 1
    while last > first and not shown[last - 1].text.strip():
        last -= 1
    if first == last:
        around = "\n".join(line.text for line in shown)
        words = "(no words)"
        row = Row((*before.spans, Span(words, "dim")), sheet.author, before.size, said=around)
        sheet.rows.append(row)
        return
    above = len(sheet.rows)
    inner = shown[first:last]
    align(inner, sheet.width - before.size)
    _body(sheet, inner, before)
    if first:
        led = "".join(f"{line.text}\n" for line in shown[:first])
        sheet.rows[above] = _replaced(sheet.rows[above], said=led)
    if last < len(shown):
        left = "".join(f"\n{line.text}" for line in shown[last:])
        sheet.rows[-1] = _replaced(sheet.rows[-1], eaten=left)


def _replaced(row: Row, *, said: str = "", eaten: str = "") -> Row:
    """Return `row` standing for lines above or below it too."""
    own = row.text[row.gutter :] if row.said is None else row.said
    return Row(
        row.spans,
        row.author,
        row.gutter,
        row.wraps,
        row.eaten + eaten,
        row.part,
        said + own if said else row.said,
        row.picture,
    )


def _body(sheet: Sheet, shown: list[Line], before: Gutter) -> None:
    after = continued(before, ascii=sheet.look.ascii)
    at = 0
    while at < len(shown):
        line = shown[at]
        match line.kind:
            case "words":
                said = line.said
                sheet.put(line.text, before, runs=line.runs, hang=line.hang, said=said)
            case "art":
                sheet.put_cut(line.text, before, base="art", runs=line.runs, said=line.said)
            case "code":
                sheet.put(line.text, before, after, base="code", runs=line.runs, hard=True)
            case "command":
                at = _command(sheet, shown, at, before)
                continue
        at += 1


def _command(sheet: Sheet, shown: list[Line], at: int, before: Gutter) -> int:
    """Add the rows of a command; return where it ends."""
    end = at + 1
    while end < len(shown) and shown[end].block == shown[at].block >= 0:
        end += 1
    command = [line.text for line in shown[at:end]]
    wide = len(command) > 1 or cells(command[0]) > sheet.width - before.size
    if wide and not sheet.look.unfolded:
        more = "..." if sheet.look.ascii else "…"
        text = command[0] + (more if len(command) > 1 else "")
        said = "\n".join(command)
        sheet.put_short(text, before, base="command", part="body", said=said)
    else:
        for text in command:
            sheet.put(text, before, base="command", hang=2)
    return end


def _notes(sheet: Sheet, before: Gutter, spoke: Spoke) -> None:
    """Say where the line is not whole, or not the speaker's own."""
    lead = "... " if sheet.look.ascii else "… "
    notes: list[str] = []
    if spoke.cut:
        notes.append(facts.CUTS.get(spoke.cut, spoke.cut))
    notes += [f"spoke for {label}" for label in spoke.foreign]
    if spoke.edited:
        notes.append(f"edited by {spoke.edited}")
    for note in notes:
        text = one_line(lead + note)
        sheet.put(
            text, before, base="warning" if note in facts.CUTS.values() else "dim", part="note"
        )
    if sheet.look.unfolded:
        if spoke.unsaid:
            text = safe(f"{lead}begun and never said: {spoke.unsaid}")
            sheet.put_lines(untabbed(text), before, before, base="private", part="note")
        if spoke.stripped:
            text = one_line(f"{lead}its own label in front: {spoke.stripped}")
            sheet.put(text, before, base="dim", part="note")
