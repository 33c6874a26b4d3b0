"""Pages that the liminal program and its forks write.

One block a message, its class says whose kind of message it is, a header names the speaker,
the content is the text with what the program made of its Markdown. Forks differ in nearly
everything else, so only the classes are relied on. What the page shows of a text is kept to
the letter; what it no longer shows (fences, backticks) is not invented.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from transcripts.participants import PERSON
from transcripts.readers import grammar
from transcripts.readers.people import People
from transcripts.readers.reading import Message, Notice, Piece

FORMAT = "liminal-html"

_BLOCK = re.compile(
    r"<div\b[^>]{0,200}\bclass=[\"'](?:[^\"'<>]* )?message[ \"']", re.IGNORECASE
)
_CUT_TAG = re.compile(r"<[/a-zA-Z!][^<>]*\Z|&#?\w{0,12}\Z")
_SPACE = re.compile(r"\s+")
_TIME = re.compile(
    r"(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})(?: at|,)? "
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?: ?(?P<half>[AaPp][Mm]))?"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_INLINE_TAGS = (
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd label mark q s samp small span "
    "strike strong sub sup time tt u var wbr"
)
_INLINE = frozenset(_INLINE_TAGS.split())
_LINE_TAGS = (
    "p pre div h1 h2 h3 h4 h5 h6 blockquote ul ol li dl dt dd table thead tbody tr section "
    "article figure figcaption details summary header footer main hr center"
)
_LINES = frozenset(_LINE_TAGS.split())
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "template", "button", "svg"})
_VOID_TAGS = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_VOID_TAGS.split())
_PARTS = {
    "header": "header",
    "content": "content",
    "cot-final": "content",
    "cot-label": "label",
    "message-image": "image",
    "image-credit": "credit",
    "html-contribution": "note",
}
"""What a block's classes say its text is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message as the page shows it."""

    kind: str
    """`assistant`, `user`, `system`, `agent-notification`, …"""
    name: str
    """`AI-1 (GPT 5.1)`, `User`; empty if it has no header."""
    text: str
    line: int
    """1 for the page's first."""
    at: datetime | None = None
    reasoning: str = ""
    pictures: int = 0
    notes: tuple[str, ...] = ()
    """Other lines of the block, like who painted the picture."""


@dataclass(slots=True)
class _Draft:
    kind: str
    line: int
    depth: int
    """Open blocks around it."""
    parts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    notes: list[str] = field(default_factory=list[str])
    pictures: int = 0


def recognise(text: str) -> float:
    """Return how sure it is that `text` is such a page, 0 to 1."""
    if _BLOCK.search(text):
        return 0.97
    return 0.7 if 'id="conversation"' in text and "<html" in text[:2000].lower() else 0.0


def read(text: str) -> tuple[tuple[Piece, ...], str]:
    """Return the messages and notices of the page, in its order, and the format's name."""
    people = People()
    shown = messages(text)
    people.reserve([message.name for message in shown])
    pieces: list[Piece] = []
    for message in shown:
        pieces.extend(_pieces(message, people))
    return tuple(pieces), FORMAT


def messages(text: str) -> tuple[Shown, ...]:
    """Return the messages of the page, as shown."""
    page = _Page()
    page.feed(_CUT_TAG.sub("", text) if "</html" not in text[-4000:].lower() else text)
    page.close()
    page.end()
    return tuple(page.found)


def _pieces(message: Shown, people: People) -> list[Piece]:
    notes: list[Piece] = [
        Notice(kind="said", line=message.line, text=note, argument=note, at=message.at)
        for note in message.notes
    ]
    if message.kind == "generated-image":
        return [_picture(message, people), *notes]
    notice = _notice(message)
    if message.kind not in {"assistant", "user"}:
        if notice is None:
            notice = Notice(kind="said", line=message.line, text=message.text)
        return [replace(notice, at=message.at), *notes]
    author, name = people.find(message.name or message.kind)
    if author == PERSON and notice is not None and notice.actor and notice.kind != "said":
        return [replace(notice, at=message.at), *notes]
    return [
        Message(
            author=author,
            name=name,
            text=message.text,
            line=message.line,
            at=message.at,
            reasoning=message.reasoning,
            pictures=message.pictures,
        ),
        *notes,
    ]


def _notice(message: Shown) -> Notice | None:
    return (
        grammar.notice(message.text, message.line)
        or grammar.error(message.text, message.line)
        or grammar.fault(message.text, message.line)
    )


def _picture(message: Shown, people: People) -> Notice:
    """Return the notice of a finished picture that has a block of its own."""
    author, name = people.find(message.name or "AI")
    caption = grammar.notice(message.text, message.line)
    if caption is not None and caption.kind == "caption":
        return replace(caption, at=message.at)
    return Notice(
        kind="done",
        line=message.line,
        text=message.text,
        actor=author,
        name=name,
        argument=message.text,
        at=message.at,
    )


class _Page(HTMLParser):
    """Walks the page and collects its messages."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Shown] = []
        self._draft: _Draft | None = None
        self._open: list[tuple[str, str]] = []
        """Open elements of the message, each with the part that its text belongs to."""
        self._silent = 0
        self._time = 0
        """How many open elements hold a time."""
        self._break = False
        """Whether a block ended or began since the last text."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag in _SILENT:
            self._silent += 1
            return
        if tag == "div" and "message" in classes and not self._inside():
            self.end()
            kinds = [one for one in classes if one != "message"]
            self._draft = _Draft(kinds[0] if kinds else "", self.getpos()[0], 0)
            self._open = [("div", "")]
            return
        draft = self._draft
        if draft is None:
            return
        part = self._open[-1][1] if self._open else ""
        if tag == "img":
            draft.pictures += 1
        if tag == "br":
            self._add("\n")
        if tag in _VOID:
            return
        known = tag in _INLINE or tag in _LINES or tag in _CELLS
        if part == "content" and not known:
            self._add(self.get_starttag_text() or "")
            return
        if tag == "div":
            part = next((_PARTS[one] for one in classes if one in _PARTS), part)
            if part == "content" and "cot-final" in classes:
                # What was taken for the answer until here was the thinking before it.
                draft.parts["reasoning"] = draft.parts.pop("content", [])
            if part in {"label", "note", "credit"}:
                draft.notes.append("")
        if "timestamp" in classes:
            part = "time"
        if tag in _LINES:
            self._break = True
        elif tag in _CELLS:
            self._add("\t")
        self._open.append((tag, part))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
            return
        if self._draft is None or tag in _VOID:
            return
        names = [name for name, _ in self._open]
        if tag not in names:
            if self._open and self._open[-1][1] == "content" and tag not in _LINES:
                self._add(f"</{tag}>")
            return
        while self._open:
            name, _ = self._open.pop()
            if name in _LINES:
                self._break = True
            if name == tag:
                break
        if not self._open:
            self.end()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._add(data)

    def handle_comment(self, data: str) -> None:
        """Comments are not shown."""

    def end(self) -> None:
        """Finish the message that is open, if one is."""
        draft, self._draft = self._draft, None
        self._open = []
        if draft is None:
            return
        parts = {part: "".join(texts) for part, texts in draft.parts.items()}
        text = parts.get("content", "")
        notes = tuple(" ".join(note.split()) for note in draft.notes if note.strip())
        if not text.strip() and not draft.pictures and "header" not in parts:
            return
        self.found.append(
            Shown(
                kind=draft.kind,
                name=" ".join(parts.get("header", "").split()),
                text=text,
                line=draft.line,
                at=moment(parts.get("time", "")),
                reasoning=parts.get("reasoning", ""),
                pictures=draft.pictures,
                notes=tuple(note for note in notes if note != "Chain of Thought"),
            )
        )

    def _inside(self) -> bool:
        """Whether the text here is a message's words, in which a block is just a block."""
        return bool(self._open) and self._open[-1][1] == "content"

    def _add(self, text: str) -> None:
        draft = self._draft
        if draft is None or not self._open:
            return
        part = self._open[-1][1]
        if part in {"label", "note", "credit"}:
            draft.notes[-1] += text
            return
        if not part or part == "image":
            return
        texts = draft.parts.setdefault(part, [])
        if self._break and part == "content":
            before = texts[-1][-1:] if texts else "\n"
            if before != "\n" and not text.startswith("\n"):
                texts.append("\n")
        self._break = False
        if text:
            texts.append(text)


def moment(text: str) -> datetime | None:
    """Return the time that `text` says, taken as UTC, or `None` if it says none."""
    if iso := _ISO.search(text):
        return datetime.fromisoformat(iso[0]).replace(tzinfo=UTC)
    said = _TIME.search(text)
    if said is None or said["month"][:3].lower() not in _MONTHS:
        return None
    hour = int(said["hour"])
    if said["half"]:
        hour = hour % 12 + (12 if said["half"].lower() == "pm" else 0)
    try:
        return datetime(
            int(said["year"]),
            _MONTHS.index(said["month"][:3].lower()) + 1,
            int(said["day"]),
            hour,
            int(said["minute"]),
            int(said["second"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None
