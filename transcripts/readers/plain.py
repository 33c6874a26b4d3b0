"""Talk as people type it: `Name: text` or `<name> text`, a line or a paragraph a turn.

What has such a shape is a turn if it begins a paragraph, if its name comes up again, or, in a
file without paragraphs or other lines, if it follows another one; anything else goes on with the turn before, and so does all
code. Names may be bold, as in Markdown, and have the time beside them: then those that have
none are no turns.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from transcripts.readers.people import People
from transcripts.readers.reading import BEFORE, Message, Notice, Piece

FORMAT = "plain"

_TIME = (
    r"(?:(?P<date{0}>\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}})(?:T|,? ))?"
    r"(?P<time{0}>\d{{1,2}}:\d\d(?::\d\d)?)(?:[.,]\d{{1,6}})?(?: ?(?P<half{0}>[AaPp][Mm]))?Z?"
)
_TURN = re.compile(
    r"(?:[-*] )?"
    rf"(?:(?:\[{_TIME.format(1)}\]|\({_TIME.format(2)}\)|{_TIME.format(3)})(?: -)?[ \t]+)?"
    r"(?:<[@+%~& ]?(?P<nick>[^\s<>:|/]{1,32})>"
    r"|(?P<bold>\*\*|__)?(?P<name>[\w\u2600-\u27bf\U0001f000-\U0001faff][^\n:*<>\"“”!?]{0,47}?)"
    rf"(?:[ ][\[(]{_TIME.format(4)}[\])])?(?(bold)(?::(?P=bold)|(?P=bold):)|:))"
    r"(?:[ \t]+(?P<rest>.*)|[ \t]*)"
)
_NUMBERED = re.compile(r"\d+[.)]\s")
_CLOSED = re.compile(r"</(\w{1,32})>")
_FENCE = re.compile(r"[ ]{0,3}(?P<sign>```|~~~)[`~]*(?P<info>.*)")
_ADDRESS = re.compile(r"[a-z]{3,8}://\S+")
_COMMON = (
    "note warning error example source answer question todo ps edit update summary step result "
    "output input title date time subject from to cc re tip hint caution important fact but and "
    "so then because here there this that what why how see"
)
_NOT_NAMES = frozenset(_COMMON.split())
WORDS = 5
"""Words a name has, at most."""


@dataclass(frozen=True, slots=True)
class _Turn:
    row: int
    """0 for the file's first line."""
    name: str
    rest: str
    begins: bool
    """Whether it begins a paragraph."""
    follows: bool
    """Whether another one is on the line before."""
    marked: bool
    """Whether a time or angle brackets tell that it is a turn."""
    at: datetime | None = None
    header: str = ""
    """The line before its text, if it says more than the name."""


def recognise(text: str) -> float:
    """Return how sure it is that `text` is such talk, 0 to 1."""
    lines = text.split("\n")
    turns = _turns(lines)
    if len(turns) < 2:
        return 0.0
    filled = [row for row, line in enumerate(lines) if line.strip()]
    before = sum(row < turns[0].row for row in filled)
    again = len(turns) - len({turn.name for turn in turns})
    if before > 5 or before * 3 > len(filled) or len(filled) > 40 * len(turns):
        return 0.0
    # Two names that never come back may be anything: a recipe, a list of settings.
    return 0.5 if again else 0.3


def read(text: str) -> tuple[tuple[Piece, ...], str]:
    """Return the turns, and the format's name."""
    lines = text.split("\n")
    turns = _turns(lines)
    people = People()
    people.reserve([turn.name for turn in turns])
    pieces: list[Piece] = []
    rows = [*(turn.row for turn in turns), len(lines)]
    if preface := "\n".join(lines[: rows[0]]).strip():
        pieces.append(Notice(kind="said", line=1, text=preface, status=BEFORE))
    for turn, end in zip(turns, rows[1:], strict=True):
        body = lines[turn.row + 1 : end]
        while body and not body[-1].strip():
            body.pop()
        if turn.rest or not body:
            body.insert(0, turn.rest)
        author, shown = people.find(turn.name)
        pieces.append(
            Message(
                author=author,
                name=shown,
                text="\n".join(body),
                line=turn.row + 1,
                at=turn.at,
                header=turn.header,
            )
        )
    return tuple(pieces), FORMAT


def _turns(lines: list[str]) -> list[_Turn]:
    found: list[_Turn] = []
    code = _code(lines)
    closed = set(_CLOSED.findall("\n".join(lines)))
    only = True
    """Whether there are no lines but such."""
    for row, line in enumerate(lines):
        if row in code or not line.strip():
            continue
        shape = _TURN.fullmatch(line) if ":" in line[:90] or "<" in line[:40] else None
        if shape is None or shape["nick"] in closed:
            only = only and _ADDRESS.fullmatch(line.strip()) is not None
            continue
        name = (shape["nick"] or shape["name"]).strip()
        if not _is_name(name):
            continue
        times = [number for number in "1234" if shape[f"time{number}"]]
        at = _moment(shape, times[0]) if times else None
        found.append(
            _Turn(
                row,
                name,
                shape["rest"] or "",
                begins=row == 0 or not lines[row - 1].strip(),
                follows=bool(found) and found[-1].row == row - 1,
                marked=bool(times or shape["nick"]),
                at=at,
                header=line.removesuffix(shape["rest"] or "").rstrip() if times else "",
            )
        )
    marked = [turn for turn in found if turn.marked]
    if len(marked) > 1 and found[0].marked:
        return marked
    counts = Counter(turn.name for turn in found)
    # Among `Ada` and `Ben`, `milk` is a thing.
    low = bool(found) and found[0].name[:1].islower()
    paragraphs = bool(found) and any(not line.strip() for line in lines[found[0].row :])
    return [
        turn
        for turn in found
        if turn.begins
        or counts[turn.name] > 1
        or (
            (only or (turn.follows and not paragraphs)) and (low or not turn.name[:1].islower())
        )
    ]


def _is_name(name: str) -> bool:
    if name.lower() in _NOT_NAMES or len(name.split()) > WORDS or _NUMBERED.match(name):
        return False
    return any(sign.isalpha() or sign >= "\u2600" for sign in name)


def _moment(shape: re.Match[str], number: str) -> datetime | None:
    """Return the time beside a name, taken as UTC; `None` if the day is not told, or how."""
    date, (hour, *rest) = shape[f"date{number}"] or "", shape[f"time{number}"].split(":")
    if "-" not in date:
        return None
    half = (shape[f"half{number}"] or "").lower()
    hour = str(int(hour) % 12 + 12 * (half == "pm")) if half else hour
    try:
        return datetime.fromisoformat(f"{date} {':'.join([hour.zfill(2), *rest])}").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None


def _code(lines: list[str]) -> set[int]:
    """Return the rows of code between fences; a fence that nothing closes is none."""
    fences = [
        (row, fence) for row, line in enumerate(lines) if (fence := _FENCE.fullmatch(line))
    ]
    ends = {
        sign: max((row for row, fence in fences if _closes(fence, sign)), default=-1)
        for sign in ("```", "~~~")
    }
    code: set[int] = set()
    opened, sign = -1, ""
    for row, fence in fences:
        if opened < 0 and ends[fence["sign"]] > row:
            opened, sign = row, fence["sign"]
        elif opened >= 0 and _closes(fence, sign):
            code.update(range(opened, row + 1))
            opened = -1
    return code


def _closes(fence: re.Match[str], sign: str) -> bool:
    return fence["sign"] == sign and not fence["info"].strip()
