"""A room as one page that asks nothing of anybody: no script, no font, no address to fetch.

It is written entry by entry, so a long room needs no more memory than a short one. Every
word that is not ours is escaped and set apart (`dir=auto`, no language claimed), and a
policy in the head shuts out whatever might slip through. The text of a message on the page,
small labels of class `ours` left out, is the message character for character.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

from transcripts import events as e
from transcripts.events import Entry
from transcripts.export import facts, pictures
from transcripts.export.blocks import Block, blocks
from transcripts.export.facts import Reading
from transcripts.export.marks import UNSEEN, flat, marks
from transcripts.export.style import COLOURS, DIGEST, SHEET
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room, Seat

HEAD_AFTER = 256
"""Entries without a word said after which the head is written all the same."""


def export(
    entries: Iterable[Entry],
    *,
    inline_images: Path | None = None,
    title: str | None = None,
    images: str = "images",
    reasoning: bool = False,
    cc: bool = False,
) -> Iterator[str]:
    """Yield the page piece by piece.

    Args:
        entries: From the first one on.
        inline_images: Folder of the room's pictures, to put them inside the page; `None`
            links them.
        title: Instead of the room's own.
        images: Where linked pictures are, as seen from the page.
        reasoning: Whether the models' reasoning is in it.
        cc: Whether folds of the hidden state are told.
    """
    page = _Page(inline_images, images, reasoning=reasoning, cc=cc)
    waiting: list[str] | None = []
    """What came before the first word: the head above it lists who was there by then."""
    for entry in entries:
        before = page.reading.room
        page.reading.take(entry)
        if waiting is not None and (
            entry.place > HEAD_AFTER or isinstance(entry.event, e.Spoke | e.Whispered)
        ):
            yield from page.head(before, title)
            yield from waiting
            waiting = None
        if waiting is None:
            yield from page.entry(entry)
        elif not isinstance(entry.event, e.Joined):
            waiting += page.entry(entry)
    if waiting is not None:
        yield from page.head(page.reading.room, title)
        yield from waiting
    yield from page.foot()


class _Page:
    """The page while it is written: what was read so far, and how it is to be shown."""

    def __init__(self, folder: Path | None, images: str, *, reasoning: bool, cc: bool) -> None:
        self.reading = Reading()
        self._folder = folder
        self._images = images
        self._reasoning = reasoning
        self._cc = cc
        self._colours: dict[str, int] = {}

    def head(self, room: Room, title: str | None) -> Iterator[str]:
        """Yield all above the first message."""
        name = text(flat(title or room.title) or "A room")
        # Pictures beside the page are `file:` where it is opened from a disk.
        source = "data:" if self._folder else "'self' file:"
        yield (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'sha256-{DIGEST}'; img-src {source}; base-uri 'none'; "
            "form-action 'none'\">\n"
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{re.sub('<[^>]*>', '', name)}</title>\n<style>{SHEET}</style>\n</head>\n"
            f'<body>\n<header>\n<h1 lang="" dir="auto">{name}</h1>\n'
            f'<p class="small">{text(facts.opening(room))} · '
            '<a href="#participants">participants and costs</a></p>\n'
        )
        if room.seats:
            cast = "".join(
                f'<li class="{self._colour(seat.id)}">{_theirs(seat.label)}</li>'
                for seat in room.seats
            )
            yield f'<ul class="cast" aria-label="Who was there at the start">{cast}</ul>\n'
        yield _told("What everybody was told first", room.opened.house)
        for seat in room.seats:
            yield _told(f"What {seat.label} was told first", seat.participant.persona)
        yield '</header>\n<main aria-label="Conversation">\n'

    def foot(self) -> Iterator[str]:
        """Yield all below the last message."""
        room = self.reading.room
        if not room.lines:
            yield '<p class="notice">Nothing was said.</p>\n'
        yield "</main>\n<footer>\n"
        yield '<h2 id="participants">Participants</h2>\n'
        if room.seats:
            heads = "".join(f"<th{_css(n)}>{name}</th>" for name, n in _COLUMNS)
            rows = "".join(self._row(seat) for seat in room.seats)
            yield (
                '<div class="wide"><table>\n<thead>'
                f"<tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
            )
        messages = "1 message" if room.lines == 1 else f"{room.lines:,} messages"
        spent = f"{room.tokens:,} tokens · {facts.money(room.dollars)}"
        yield f'<p class="small">{messages} · {spent}</p>\n</footer>\n</body>\n</html>\n'

    def entry(self, entry: Entry) -> Iterator[str]:
        """Yield what `entry` is on the page, which may be nothing."""
        match entry.event:
            case e.Spoke() as spoke:
                yield from self._spoke(entry, spoke)
            case e.Whispered(cause=None) as whisper:
                yield self._open(
                    entry, whisper.author, "whisper", f" → {whisper.to}, whispered"
                )
                at = self.reading.time(entry)
                yield _facts(entry, [facts.clock(at)] if at else [], ["private"])
                yield from self._words(entry, PERSON, whisper.text)
                yield "</article>\n"
            case e.ImageCreated(file=file) as created if file:
                yield self._picture(entry, created)
            case _:
                yield from self._notice(entry)

    def _spoke(self, entry: Entry, spoke: e.Spoke) -> Iterator[str]:
        yield self._open(entry, spoke.author)
        when = [facts.clock(at)] if (at := self.reading.time(entry)) else []
        yield _facts(entry, when, facts.message(self.reading, entry, spoke)[len(when) :])
        if self._reasoning and spoke.reasoning.strip():
            yield (
                '<details class="think"><summary>Reasoning</summary>'
                f'<div class="t" lang="" dir="auto">{text(spoke.reasoning)}</div></details>\n'
            )
        yield from self._words(entry, spoke.author, spoke.text)
        if spoke.cut:
            yield f'<p class="cut">— {text(facts.CUTS.get(spoke.cut, spoke.cut))}</p>\n'
        yield "</article>\n"

    def _open(self, entry: Entry, author: str, more: str = "", after: str = "") -> str:
        kind = f"{self._colour(author)} {more}".strip()
        return (
            f'<article id="e{entry.place}" class="{kind}">\n<div class="top"><h2 class="who">'
            f'<a href="#e{entry.place}">{_theirs(self.reading.room.label(author))}</a>'
            f"{text(after)}</h2>"
        )

    def _words(self, entry: Entry, author: str, said: str) -> Iterator[str]:
        if not said.strip():
            yield '<p class="cut">no words</p>\n'
        yield '<div class="words" lang="">'
        inline = self.reading.room.opened.inline
        for block in blocks(said, commands=author != PERSON, inline=inline):
            if block.kind == "command":
                self.reading.shown.add((entry.place, block.verb))
            yield _block(block)
        yield "</div>\n"

    def _picture(self, entry: Entry, created: e.ImageCreated) -> str:
        job = self.reading.job(created)
        caption = job.prompt if job else f"image {created.image}"
        address, why = f"{self._images}/{created.file}", ""
        if self._folder:
            address, why = pictures.inlined(self._folder, created)
        elif not pictures.named(created.file):
            address, why = "", "not a picture's name"
        else:
            address = quote(address)
        size = (
            f' width="{created.width}" height="{created.height}"' if created.width > 0 else ""
        )
        shown = (
            f'<img src="{escape(address)}" alt="{_attribute(caption)}"{size} loading="lazy">'
            if address
            else f'<p class="notice">🖼 {text(created.file)} — {text(why)}</p>'
        )
        by = _theirs(self.reading.room.label(job.by)) if job else "the room"
        painter = f" · {text(created.painter)}" if created.painter else ""
        return (
            f'<figure id="e{entry.place}">{shown}<figcaption>{by}{painter}\n'
            f"{_theirs(caption)}</figcaption></figure>\n"
        )

    def _notice(self, entry: Entry) -> Iterator[str]:
        said = self.reading.notice(entry)
        if said is not None:
            private = ' <span class="ours">· private</span>' if facts.private(entry) else ""
            more = self._more(entry)
            tag = "div" if more else "p"
            yield f'<{tag} class="notice">{_theirs(said)}{private}{more}</{tag}>\n'
        elif self._cc and isinstance(entry.event, e.Folded):
            yield f'<p class="notice">{text(facts.folded(entry.event))}</p>\n'

    def _more(self, entry: Entry) -> str:
        """What belongs to a notice and is too long for its line."""
        match entry.event:
            case e.Searched(hits=hits) if hits:
                items = "".join(f"<li>{_theirs(hit)}</li>" for hit in hits)
                return f"<details><summary>What it found</summary><ul>{items}</ul></details>"
            case e.Answered(by=by, result=result) if result:
                return _told(f"What {by} alone was told", result)
            case e.Joined(participant=newcomer):
                return _told(f"What {newcomer.label} was told first", newcomer.persona)
            case _:
                return ""

    def _row(self, seat: Seat) -> str:
        spent = ["", "", ""]
        if seat.id != PERSON:
            tokens = f"{seat.tokens_in + seat.tokens_out:,}"
            spent = [str(seat.turns), tokens, facts.money(seat.dollars)]
        cells = [seat.participant.name, seat.participant.model, facts.inviter(seat)]
        rest = "".join(
            f"<td{_css(n)}>{_theirs(cell) if cell else ''}</td>"
            for cell, (_, n) in zip(
                [*cells, *spent, facts.status(seat)], _COLUMNS[1:], strict=True
            )
        )
        return (
            f'<tr><th scope="row" class="{self._colour(seat.id)}">{_theirs(seat.id)}</th>'
            f"{rest}</tr>\n"
        )

    def _colour(self, participant: str) -> str:
        """Return the class of a participant's colour; none for the room's own doings."""
        if participant == ROOM:
            return ""
        at = self._colours.setdefault(participant, len(self._colours))
        return f"p{at % len(COLOURS)}"


_COLUMNS = (
    ("id", ""),
    ("name", ""),
    ("model", ""),
    ("invited by", ""),
    ("turns", "n"),
    ("tokens", "n"),
    ("cost", "n"),
    ("", ""),
)
"""Head of the table of participants, and the class of each column."""


def text(said: str) -> str:
    """Return `said` as HTML text: escaped, and what only acts shown as a small mark."""
    return UNSEEN.sub(_mark, escape(said))


def _mark(found: re.Match[str]) -> str:
    if found["flag"]:
        return found["flag"]
    run, end = found["act"], ""
    if run[-1] == "\r" and found.string[found.end() : found.end() + 1] == "\n":
        # Half of a line's end. Written out, since parsers drop a bare one.
        run, end = run[:-1], "&#13;"
    return (f'<span class="mark">{marks(run)}</span>' if run else "") + end


def _attribute(said: str) -> str:
    return escape(flat(said))


def _theirs(said: str) -> str:
    """Words that are not ours inside a line of ours."""
    return f'<bdi lang="">{text(said)}</bdi>'


def _css(name: str) -> str:
    return f' class="{name}"' if name else ""


def _facts(entry: Entry, when: list[str], rest: list[str]) -> str:
    """Close the line that `_open` began with the small print."""
    parts = [f'<time datetime="{entry.at.isoformat()}">{shown}</time>' for shown in when]
    parts += [text(one) for one in rest]
    spans = "".join(f"<span>{part}</span>" for part in parts)
    return (f'<p class="facts">{spans}</p>' if spans else "") + "</div>\n"


def _told(label: str, said: str) -> str:
    if not said.strip():
        return ""
    return (
        f'<details class="told"><summary class="small">{_theirs(label)}</summary>'
        f'<div class="t" lang="" dir="auto">{text(said)}</div></details>\n'
    )


def _block(block: Block) -> str:
    match block.kind:
        case "words":
            return f'<div class="t" dir="auto">{text(block.text + block.end)}</div>'
        case "art":
            return f'<pre class="a" dir="ltr">{text(block.text + block.end)}</pre>'
        case "code":
            opening, newline, rest = block.text.partition("\n")
            code, last, closing = rest.rpartition("\n")
            if closing.strip() and not closing.strip().strip("`"):
                end = f'{text(code + last)}<span class="f">{text(closing + block.end)}</span>'
            else:
                end = text(rest + block.end)
            first = f'<span class="f">{text(opening + newline)}</span>'
            return f'<pre class="c" dir="ltr">{first}{end}</pre>'
        case "command" if block.private:
            return (
                f'<details class="chip"><summary class="ours">🔒 !{escape(block.verb)} · '
                f'private</summary><code dir="auto">{text(block.text)}</code></details>'
                f"{block.end}"
            )
        case "command":
            return f'<code class="chip" dir="auto">{text(block.text)}</code>{block.end}'
