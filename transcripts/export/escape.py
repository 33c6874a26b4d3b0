"""A model's words as Markdown that shows those words, and nothing else.

Emphasis, code spans and lists mean what they say and stay. Everything that would become a
part of our document is taken literally: headings, rules, quotes, tables, links, pictures,
HTML, mathematics. Each line stays a line, each blank line a blank line.
"""

import re

from transcripts.export.marks import flat, visible

_ALWAYS = r"[\\<]|\](?=\()|&(?=#?\w{1,40};)"
_PAIRS = {"`": "`", "$": r"\$", "~": "~"}
"""What means something only in pairs: code, mathematics, struck out."""

_MARKUP = re.compile(rf"[`*>~|\[\]]|{_ALWAYS}|(?<![^\W_])_|_(?![^\W_])|^#|#(?=#*$)")
_SPAN = re.compile(r"(`[^`\n]+`)")
_OPENER = re.compile(
    r"#{1,6}(?=\s|$)|[>\[]|[-+*](?=\s|$)|[-=:|](?=[-=:|\s]*$)|[*_](?=[*_\s]*$)"
)
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_ITEM = re.compile(r"([ \t]*)([-*+]|(\d{1,2})[.)])[ \t]+(?=\S)")
_RULE = re.compile(r"[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")

BREAK = "  "
"""At a line's end: the next line is a line of its own."""


def inline(text: str) -> str:
    """Return one line for a heading, a table or a caption: no markup at all in it."""
    said = _MARKUP.sub(r"\\\g<0>", flat(text))
    return said.replace("$", "\\$") if said.count("$") > 1 else said


def line(text: str) -> str:
    """Return `text` as one line that may stand at the start of a block."""
    text = flat(text)
    return _Paragraph([text]).start(text)


def words(text: str) -> str:
    """Return `text` as Markdown, without blank lines at its ends."""
    lines = visible(text).expandtabs(4).split("\n")
    done: list[str] = []
    paragraph: list[str] = []
    number = 0
    for written in [*lines, ""]:
        if written.strip():
            paragraph.append(written.rstrip())
            continue
        if paragraph:
            set_lines, number = _Paragraph(paragraph).lines(number)
            done += [*set_lines, ""]
            paragraph = []
    return "\n".join(done).strip("\n")


def fence(text: str, info: str = "") -> str:
    """Return `text` word for word between ticks that it cannot close."""
    text = visible(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{info}\n{text}\n{ticks}"


def span(text: str) -> str:
    """Return `text` as a code span on one line."""
    text = flat(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


class _Paragraph:
    """Lines without an empty one between them: as far as emphasis and the like can reach."""

    def __init__(self, written: list[str]) -> None:
        whole = "\n".join(written)
        # Only where ticks pair up line by line is it certain what is a code span.
        self._spans = (
            "``" not in whole
            and "\\`" not in whole
            and all(one.count("`") % 2 == 0 for one in written)
        )
        pairs = [
            special
            for char, special in _PAIRS.items()
            if whole.count(char) > 1 and not (char == "`" and self._spans)
        ]
        self._special = re.compile("|".join([_ALWAYS, *pairs]))
        self._written = written

    def lines(self, before: int) -> tuple[list[str], int]:
        """Return lines that show as these: list items as a list, the rest broken hard.

        Args:
            before: Number of the last item if the paragraph before ended in a list, else 0.

        Returns:
            The lines, and the same number for the paragraph that follows.
        """
        out: list[str] = []
        inside: list[tuple[int, int]] = []
        """Column and number of the items we are in, outermost first."""
        for written in self._written:
            item = _ITEM.match(written)
            if item and not _RULE.match(written) and _fits(item, inside, before):
                column, depth = len(item[1]), len(inside)
                while inside and inside[-1][0] >= column:
                    inside.pop()
                # A list may not always follow a paragraph at once.
                if out and (not depth or (len(inside) == depth and item[3] not in {None, "1"})):
                    out.append("")
                pad = " " * (4 * len(inside))
                inside.append((column, int(item[3] or 0)))
                out.append(f"{pad}{item[2]} {self.start(written[item.end() :])}")
            elif inside and written.startswith("  "):
                out[-1] += BREAK
                out.append(" " * (4 * len(inside) - 2) + self.start(written.strip()))
            else:
                if inside:
                    out.append("")
                elif out:
                    out[-1] += BREAK
                inside, before = [], 0
                out.append(self._free(written))
        return out, inside[0][1] if inside else 0

    def start(self, text: str) -> str:
        """Return the words of a line; what would open a block there is taken literally."""
        body = self._body(text)
        if found := _NUMBER.match(body):
            return f"{found[1]}\\{body[len(found[1]) :]}"
        return "\\" + body if _OPENER.match(body) else body

    def _free(self, written: str) -> str:
        stripped = written.lstrip()
        if len(stripped) == len(written):
            return self.start(stripped)
        # Markdown eats a line's indentation; spaces that do not break are not eaten.
        return "\u00a0" * (len(written) - len(stripped)) + self._body(stripped)

    def _body(self, text: str) -> str:
        if not self._spans:
            return self._special.sub(r"\\\g<0>", text)
        parts = _SPAN.split(text)
        return "".join(
            part if at % 2 else self._special.sub(r"\\\g<0>", part)
            for at, part in enumerate(parts)
        )


def _fits(item: re.Match[str], inside: list[tuple[int, int]], before: int) -> bool:
    """Whether a list item would show as written: not counted anew, not taken for code."""
    column = len(item[1])
    if not inside and column > 3:
        return False
    siblings = [number for at, number in inside if at >= column]
    last = siblings[0] if siblings else (0 if inside else before)
    return not item[3] or not last or int(item[3]) == last + 1
