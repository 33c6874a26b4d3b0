"""Logs of UniversalBackrooms: `### Name ###`, what it said, an empty line.

Names take turns in a fixed order, so a line of that shape whose name comes up far more
rarely than the others' is a heading in somebody's text.
"""

import re
from collections import Counter

from transcripts.readers.people import People
from transcripts.readers.reading import BEFORE, Message, Notice, Piece

FORMAT = "universal-backrooms"

_HEADER = re.compile(r"### (?P<name>\S[^\n]{0,80}?) ###[ ]*")
_REASONING = re.compile(r"--- Reasoning Summary\b[^\n]*---")
_STOPPED = re.compile(r"(?P<name>\S[^\n]{0,80}) has ended the conversation with \^C(?:\^C)?\.?")
_REACHED = re.compile(r"Reached maximum number of turns \(\S+\)\. Conversation ended\.")


def recognise(text: str) -> float:
    """Return how sure it is that `text` is such a log, 0 to 1."""
    headers = sum(_HEADER.fullmatch(line) is not None for line in text.split("\n"))
    if not headers:
        return 0.0
    return 0.92 if headers > 1 or _HEADER.match(text.lstrip("\n")) else 0.4


def read(text: str) -> tuple[tuple[Piece, ...], str]:
    """Return the messages and the last line, and the format's name."""
    lines = text.split("\n")
    names = [header["name"] if (header := _HEADER.fullmatch(line)) else "" for line in lines]
    counts = Counter(name for name in names if name)
    most = max(counts.values(), default=0)
    headers = [
        (row, name) for row, name in enumerate(names) if name and 3 * counts[name] > most
    ]
    people = People()
    people.reserve([name for _, name in headers])
    pieces: list[Piece] = []
    first = headers[0][0] if headers else len(lines)
    if preface := "\n".join(lines[:first]).strip():
        pieces.append(Notice(kind="said", line=1, text=preface, status=BEFORE))
    ends = [*(row for row, _ in headers), len(lines)][1:]
    for (row, name), end in zip(headers, ends, strict=True):
        pieces.extend(_said(lines, row, end, people.find(name)))
    return tuple(pieces), FORMAT


def _said(lines: list[str], row: int, end: int, who: tuple[str, str]) -> list[Piece]:
    author, name = who
    body = lines[row + 1 : end]
    closing: list[Piece] = []
    while body:
        last = len(body)
        while last and not body[last - 1].strip():
            last -= 1
        if not last or not _closes(body[last - 1], name):
            break
        line = body[last - 1]
        actor = author if _STOPPED.fullmatch(line) else ""
        at = row + 1 + last
        closing.insert(0, Notice(kind="ended", line=at, text=line, actor=actor))
        body = body[: last - 1]
    reasoning = ""
    for place, line in enumerate(body):
        if _REASONING.fullmatch(line) and place and not body[place - 1]:
            reasoning = "\n".join(body[place + 1 :]).rstrip("\n")
            body = body[:place]
            break
    if body and not body[-1]:
        body = body[:-1]
    message = Message(
        author=author, name=name, text="\n".join(body), line=row + 1, reasoning=reasoning
    )
    return [message, *closing]


def _closes(line: str, name: str) -> bool:
    stopped = _STOPPED.fullmatch(line)
    if stopped:
        return stopped["name"] == name
    return _REACHED.fullmatch(line) is not None
