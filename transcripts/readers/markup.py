"""A parser for pages that hold words which look like markup.

What people and models write about markup ends up in such pages unescaped: a comment that never
ends, half a `<script>`. The standard parser gives all that follows to it. Here, nothing that
is open reaches over the beginning of the next message, and within a message's words whatever
is no plain tag is text.
"""

import re
from bisect import bisect_left
from html.parser import HTMLParser

_END = re.compile(r"</(?P<tag>script|style|textarea|title)\b|(?P<comment>-->)", re.IGNORECASE)
_LETTER = re.compile(r"[a-zA-Z]")


class Markup(HTMLParser):
    """Walks one page, given whole.

    Args:
        text: The page.
        begins: Where its messages begin, as offsets, in order.
    """

    def __init__(self, text: str, begins: list[int]) -> None:
        super().__init__(convert_charrefs=True)
        self._text = text
        self._begins = begins
        self._ends: dict[str, list[int]] = {}
        for end in _END.finditer(text):
            self._ends.setdefault((end["tag"] or "-->").lower(), []).append(end.start())

    def walk(self) -> None:
        """Walk the page."""
        self.feed(self._text)
        self.close()

    def inside(self) -> bool:
        """Whether what comes is a message's words."""
        raise NotImplementedError

    def within(self) -> bool:
        """Whether what comes is part of a message."""
        raise NotImplementedError

    def parse_starttag(self, i: int) -> int:
        """Parse a start tag; its text is text of its own only if it ends in time."""
        end = super().parse_starttag(i)
        if self.cdata_elem and (self.within() or not self._ended(self.cdata_elem, i)):
            self.clear_cdata_mode()
        return end

    def parse_endtag(self, i: int) -> int:
        """Parse an end tag, or what only begins like one."""
        if self.inside() and not _LETTER.match(self.rawdata, i + 2):
            return self._plain("</", i)
        return super().parse_endtag(i)

    def parse_comment(self, i: int, report: bool = True) -> int:
        """Parse a comment, if it is one."""
        if self.inside() or not self._ended("-->", i):
            return self._plain("<!--", i)
        return super().parse_comment(i, report)

    def parse_html_declaration(self, i: int) -> int:
        """Parse a declaration, which words have none of."""
        return self._plain("<!", i) if self.inside() else super().parse_html_declaration(i)

    def parse_pi(self, i: int) -> int:
        """Parse an instruction, which words have none of."""
        return self._plain("<?", i) if self.inside() else super().parse_pi(i)

    def _plain(self, sign: str, i: int) -> int:
        self.handle_data(sign)
        return i + len(sign)

    def _ended(self, what: str, i: int) -> bool:
        """Whether what opens at `i` ends before the next message begins."""
        place = len(self._text) - len(self.rawdata) + i
        end = _next(self._ends.get(what, []), place)
        return end is not None and (_next(self._begins, place) or end) >= end


def _next(places: list[int], place: int) -> int | None:
    """Return the first of `places` that is not before `place`."""
    number = bisect_left(places, place)
    return places[number] if number < len(places) else None
