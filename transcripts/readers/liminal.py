"""Text of the liminal program: copied from its window, or exported.

A message begins with a header line and has no end: what follows belongs to it, except the
notices right before the next header. Commands run before their message is shown, so notices
stand in an unbroken block there, and a line that looks like one anywhere else is somebody's
words. Of the block's lines those are words, too, that name nobody in the file or that quote
what the next message of their author does not say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from transcripts.participants import PERSON, ROOM
from transcripts.readers import grammar
from transcripts.readers.reading import BEFORE, Message, Notice, Piece

REACH = 120
"""Lines that one notice may go over, at most."""

_SPACED = re.compile(
    r"(?:(?P<id>AI-\d{1,3}|[Yy]ou) \((?P<name>.+)\)|(?P<room>room) \(room\))(?P<space> ?)"
)
"""A header line of the last three generations, and of ours: there the room speaks, too."""
_COLON = re.compile(
    r"(?:(?P<id>AI-\d{1,3})(?: \((?P<name>[^\n]+?)\))?|(?P<person>You|User|Human(?: User)?))"
    r":(?: (?P<rest>.*)| *)"
)
_VISIBLE = re.compile(r"^[ \t]*(?:[-*>][ \t]+)?[*_]*!(?:image|add_ai)\b", re.MULTILINE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Header:
    row: int
    """0 for the file's first line."""
    author: str
    name: str
    rest: str | None = None
    """What is said on the header's own line."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """Lines after a header and before the next."""

    header: _Header | None
    """`None` for what stands before the first."""
    first: int
    end: int
    """Row after its last line."""


def recognise(text: str) -> float:
    """Return how sure it is that `text` is of this kind, 0 to 1."""
    lines = text.split("\n")
    if _is_spaced(lines):
        return 0.9
    with_model = without = 0
    for line in lines:
        if (header := _COLON.fullmatch(line)) and header["id"]:
            with_model += header["name"] is not None
            without += header["name"] is None
    if with_model:
        return 0.8
    return 0.6 if without > 1 else 0.0


def read(text: str) -> tuple[tuple[Piece, ...], str]:
    """Return what `text` consists of, in its order, and its format: `liminal-g0` to `-g3`."""
    lines = text.split("\n")
    headers = _headers(lines)
    generation = _generation(text, lines)
    rows = [header.row for header in headers]
    segments = [_Segment(None, 0, rows[0] if rows else len(lines))]
    segments += [
        _Segment(header, header.row + 1, end)
        for header, end in zip(headers, [*rows, len(lines)][1:], strict=True)
    ]
    judge = _Judge(lines, headers, generation)
    found: list[Piece] = []
    colon = any(header.rest is not None for header in headers) or not _is_spaced(lines)
    cuts: list[tuple[_Segment, int, list[Notice]]] = []
    for number, segment in enumerate(segments):
        cut, notices = _tail(lines, segment, judge, number)
        cuts.append((segment, cut, notices))
    gap = _gap(lines, cuts) if colon else 0
    for segment, cut, notices in cuts:
        found.extend(_spoken(lines, segment, cut, gap))
        found.extend(notices)
    return tuple(found), f"liminal-{generation}"


def _spoken(
    lines: Sequence[str], segment: _Segment, cut: int, gap: int
) -> tuple[Message | Notice, ...]:
    body = lines[segment.first : cut]
    if segment.header is None:
        if not any(line.strip() for line in body):
            return ()
        # Nobody said it: a title, a date, or the end of a message that was cut off.
        return (Notice(kind="said", line=1, text="\n".join(body), status=BEFORE),)
    while gap and body and not body[-1].strip():
        body = body[:-1]
    if segment.header.rest is not None:
        body = [segment.header.rest, *body]
    return (
        Message(
            author=segment.header.author,
            name=segment.header.name,
            text="\n".join(body),
            line=segment.header.row + 1,
            header="" if body else lines[segment.header.row],
        ),
    )


def _gap(lines: Sequence[str], cuts: Sequence[tuple[_Segment, int, list[Notice]]]) -> int:
    """Return how many empty lines an export puts between messages."""
    gaps: list[int] = []
    for segment, cut, _ in cuts[:-1]:
        if segment.header is None:
            continue
        row = cut
        while row > segment.first and not lines[row - 1].strip():
            row -= 1
        gaps.append(cut - row)
    return min(gaps, default=0)


def _is_spaced(lines: Sequence[str]) -> bool:
    headers = [header for line in lines if (header := _SPACED.fullmatch(line))]
    if any((header["id"] or "").startswith("AI-") for header in headers):
        return True
    # A room in which no model has spoken yet. The words alone may be anybody's.
    first = next((line for line in lines if line.strip()), "")
    return any(header["space"] for header in headers) and _SPACED.fullmatch(first) is not None


def _headers(lines: Sequence[str]) -> list[_Header]:
    """Return the header lines: those in the manner of the file's most.

    A model that quotes a header rarely quotes the space after it too.
    """
    if _is_spaced(lines):
        found = [
            (row, header)
            for row, line in enumerate(lines)
            if (header := _SPACED.fullmatch(line)) is not None
        ]
        spaces = sum(bool(header["space"]) for _, header in found)
        trailing = 2 * spaces > len(found)
        return [
            _Header(row, *_speaker(header))
            for row, header in found
            if bool(header["space"]) == trailing
        ]
    headers: list[_Header] = []
    named = any(
        header["name"] for line in lines if (header := _COLON.fullmatch(line)) is not None
    )
    for row, line in enumerate(lines):
        header = _COLON.fullmatch(line)
        if header is None or (named and header["id"] and not header["name"]):
            continue
        headers.append(
            _Header(row, header["id"] or PERSON, header["name"] or "", header["rest"])
        )
    return headers


def _speaker(header: re.Match[str]) -> tuple[str, str]:
    """Return id and shown name of the one whom a header line names."""
    if header["room"]:
        return ROOM, ""
    if header["id"].startswith("AI-"):
        return header["id"], header["name"]
    return PERSON, "" if header["name"] == "human" else header["name"]


def _generation(text: str, lines: Sequence[str]) -> str:
    """Return which generation of the program wrote the file."""
    kinds: set[str] = set()
    models = private = prose = False
    for number, line in enumerate(lines):
        if "AI-" not in line[:24]:
            continue
        found = grammar.notice(line, number + 1)
        if found is None:
            continue
        kinds.add(found.kind)
        prose = prose or found.status == "prose"
        if found.kind in {"prompt", "temperature", "invite", "mute"} and found.name:
            models = True
        if found.kind in {"prompt", "temperature", "told", "search"}:
            private = True
    if models or "refused" in kinds:
        return "g3"
    if private or _VISIBLE.search(text):
        return "g2"
    if prose:
        return "g0"
    return "g1" if kinds & {"image", "invite", "mute", "video", "already"} else "g2"


class _Judge:
    """Whether what looks like a notice is one."""

    def __init__(
        self, lines: Sequence[str], headers: Sequence[_Header], generation: str
    ) -> None:
        self.lines = lines
        self.headers = headers
        self.generation = generation
        self.ids = {header.author for header in headers}
        self.pairs = {(header.author, header.name) for header in headers}
        self.visible = any(_VISIBLE.match(line) for line in lines)
        ends = [*(header.row for header in headers), len(lines)][1:]
        self.ends = dict(zip((header.row for header in headers), ends, strict=True))

    def accepts(self, notice: Notice, number: int, above: str, below: Notice | None) -> bool:
        """Return whether `notice`, in the block before header `number`, is a notice.

        Args:
            notice: What the line would be.
            number: Of the header that follows; that of no header at the end of the file.
            above: The line before it.
            below: The notice after it, if one was taken.
        """
        next_up = self.headers[number] if number < len(self.headers) else None
        if notice.kind in {"already", "said"} and not notice.actor:
            return notice.kind == "already" or notice.text.startswith("[System: ")
        if notice.kind in {"refused", "fault"} and not notice.actor:
            return True
        if notice.actor != PERSON and notice.actor not in self.ids:
            return False
        known = not notice.name or (notice.actor, notice.name) in self.pairs
        if not known and "/" not in notice.name and notice.actor != PERSON:
            return False
        told = grammar.notice(above, 0)
        mine = next_up is not None and next_up.author == notice.actor
        match notice.kind:
            case "caption":
                return told is not None and told.kind == "done"
            case "image" | "invite" if (
                self.visible and notice.status != "prose" and notice.actor != PERSON
            ):
                return self._said(notice, number)
            case "prompt" | "temperature":
                paired = told is not None and (told.kind, told.verb) == ("told", notice.kind)
                return mine or paired or next_up is None or self.generation == "g3"
            case "told":
                paired = below is not None and below.kind == notice.verb
                return mine or paired or next_up is None or self.generation == "g3"
            case "done":
                paired = below is not None and below.kind == "caption"
                return paired or self.painted(notice)
            case _:
                return mine or notice.status != "prose"

    def painted(self, notice: Notice) -> bool:
        """Return whether anybody had asked for a picture before `notice`."""
        return any("!image" in line for line in self.lines[: notice.line - 1]) or (
            self.generation == "g0"
        )

    def _said(self, notice: Notice, number: int) -> bool:
        """Return whether the next message of the notice's author has the command in it."""
        for header in self.headers[number:]:
            if header.author != notice.actor:
                continue
            body = "\n".join(self.lines[header.row + 1 : self.ends[header.row]])
            body = _SPACE.sub(" ", f"{header.rest or ''} {body}")
            if notice.kind == "invite":
                words = _SPACE.sub(" ", notice.second).strip()
                return "!add_ai" in body.lower() and words in body
            words = _SPACE.sub(" ", notice.argument.removesuffix("...")).strip()
            if words in body:
                return True
            # A reply of commands only leaves no message in the last generation.
            return self.generation == "g3" and self.headers[number] is not header
        return True


def _tail(
    lines: Sequence[str], segment: _Segment, judge: _Judge, number: int
) -> tuple[int, list[Notice]]:
    """Return the row where the segment's block of notices begins, and the notices."""
    found: list[Notice] = []
    end = segment.end
    while end > segment.first:
        last = end
        while last > segment.first and not lines[last - 1].strip():
            last -= 1
        if last == segment.first:
            break
        notice = _ending(lines, segment.first, last)
        if notice is None and found:
            notice = grammar.fault(lines[last - 1], last)
        first = 0 if notice is None else notice.line - 1
        above = lines[first - 1] if notice and first > segment.first else ""
        below = found[-1] if found else None
        if notice is None or not judge.accepts(notice, number, above, below):
            break
        if last < end:
            notice = replace(notice, text="\n".join(lines[first:end]))
        found.append(notice)
        end = first
    return end, found[::-1]


def _ending(lines: Sequence[str], first: int, end: int) -> Notice | None:
    """Return the notice whose last line is the one before row `end`."""
    line = lines[end - 1]
    found = grammar.notice(line, end) or grammar.error(line, end)
    if found is not None:
        return found
    for row in range(end - 2, max(first, end - REACH) - 1, -1):
        if grammar.opens(lines[row]):
            if grammar.notice(lines[row], row + 1) and not _goes_on(lines, row):
                return None
            return grammar.notice("\n".join(lines[row:end]), row + 1)
    return None


def _goes_on(lines: Sequence[str], row: int) -> bool:
    """Return whether a notice that could end with its first line does not."""
    after = " ".join(lines[row + 1 : row + 4]).strip()
    return "!list_models" in lines[row] or after.startswith(
        ("**Search Results", "Search Results", "<image attached>")
    )
