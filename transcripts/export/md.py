"""A room as Markdown that reads well on GitHub and in `less`.

The document's structure is ours alone: what participants wrote goes through `escape`, so
that no word of theirs becomes a heading, a link or markup. Drawings and code stand between
fences. The person's own copy: whispers and private commands are in it, marked as such.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from transcripts import events as e
from transcripts.events import Entry
from transcripts.export import facts, pictures
from transcripts.export.blocks import Block, blocks
from transcripts.export.escape import BREAK, fence, inline, line, span, words
from transcripts.export.facts import Reading
from transcripts.export.marks import flat
from transcripts.participants import PERSON
from transcripts.room import Room

_PLAIN_CODE = frozenset({"mermaid", "math", "geojson", "topojson", "stl"})
"""Names of code that GitHub would run instead of showing."""


def export(
    entries: Iterable[Entry],
    *,
    images: str | None = None,
    reasoning: bool = False,
    cc: bool = False,
) -> str:
    """Return the room as one Markdown text, ending in a newline.

    Args:
        entries: From the first one on.
        images: The pictures' folder as seen from the file, to link them; `None` names them
            without a link.
        reasoning: Whether the models' reasoning is in it.
        cc: Whether folds of the hidden state are told.
    """
    reading = Reading()
    body: list[str] = []
    notices: list[str] = []
    for entry in entries:
        reading.take(entry)
        parts = list(_message(reading, entry, images, reasoning=reasoning))
        if not parts:
            notices += _notices(reading, entry, cc=cc)
            continue
        body += [*_quoted(notices), *parts]
        notices = []
    body += _quoted(notices)
    if not body:
        body = ["*Nothing was said.*"]
    return "\n\n".join([*_head(reading.room), "## Conversation", *body]) + "\n"


def _head(room: Room) -> Iterator[str]:
    yield f"# {inline(room.title) or 'A room'}"
    yield f"*{inline(facts.opening(room))}*"
    if room.seats:
        yield "## Participants"
        yield "\n".join(_participants(room))
    told = [("Everybody", room.opened.house)]
    told += [(seat.label, seat.participant.persona) for seat in room.seats]
    told = [(who, text) for who, text in told if text.strip()]
    if told:
        yield "## What they were told first"
    for who, text in told:
        yield f"**{inline(who)}**"
        yield _quote(words(text))


def _participants(room: Room) -> Iterator[str]:
    yield "| id | name | model | invited by | turns | tokens | cost | |"
    yield "|---|---|---|---|--:|--:|--:|---|"
    for seat in room.seats:
        spent = [str(seat.turns), f"{seat.tokens_in + seat.tokens_out:,}"]
        cells = [
            seat.id,
            seat.participant.name,
            seat.participant.model,
            facts.inviter(seat),
            *(["", "", ""] if seat.id == PERSON else [*spent, facts.money(seat.dollars)]),
            facts.status(seat),
        ]
        yield "| " + " | ".join(inline(cell) for cell in cells) + " |"


def _message(
    reading: Reading, entry: Entry, images: str | None, *, reasoning: bool
) -> Iterator[str]:
    """Yield what stands by itself: messages and pictures. Nothing for all other kinds."""
    match entry.event:
        case e.Spoke() as spoke:
            label = reading.room.label(spoke.author)
            yield f"### {inline(label)}"
            if small := facts.message(reading, entry, spoke):
                yield f"*{inline(' · '.join(small))}*"
            if reasoning and spoke.reasoning.strip():
                yield _quote("**Reasoning**\n\n" + words(spoke.reasoning))
            yield from _words(reading, entry, spoke.author, spoke.text)
            if spoke.cut:
                yield f"*— {inline(facts.CUTS.get(spoke.cut, spoke.cut))}*"
        case e.Whispered(cause=None) as whisper:
            label, to = reading.room.label(whisper.author), reading.room.label(whisper.to)
            yield f"### {inline(label)} → {inline(to)}, whispered"
            if at := reading.time(entry):
                yield f"*{facts.clock(at)} · private*"
            yield from _words(reading, entry, PERSON, whisper.text)
        case e.ImageCreated(file=file) as created if file:
            job = reading.job(created)
            caption = job.prompt if job else f"image {created.image}"
            painter = f" · {created.painter}" if created.painter else ""
            by = reading.room.label(job.by) if job else "the room"
            yield f"> 🎨 {line(f'{by} created an image{painter}')}"
            if images is None or not pictures.named(file):
                yield f"*{inline(caption)}* ({span(file)})"
            else:
                yield f"![{inline(caption)}]({quote(f'{images}/{file}')})"
        case _:
            return


def _words(reading: Reading, entry: Entry, author: str, text: str) -> Iterator[str]:
    if not text.strip():
        yield "*(no words)*"
        return
    inlined = reading.room.opened.inline
    for block in blocks(text, commands=author != PERSON, inline=inlined):
        match block.kind:
            case "command":
                reading.shown.add((entry.place, block.verb))
                yield _chip(block)
            case "art":
                yield fence(block.text)
            case "code":
                yield _code(block)
            case "words" if set_ := words(block.text):
                yield set_
            case "words":
                pass


def _chip(block: Block) -> str:
    return f"🔒 {span(block.text)} *private*" if block.private else span(block.text)


def _code(block: Block) -> str:
    """Set a model's fence anew, so that it closes where it should and runs nowhere."""
    opening, _, rest = block.text.partition("\n")
    code, _, closing = rest.rpartition("\n")
    if closing.strip().strip("`") or not closing.strip():
        code = rest
    name = flat(opening).strip("`").strip().split(" ")[0].lower()
    known = name.replace("+", "").replace("-", "").isalnum() and name not in _PLAIN_CODE
    return fence(code, name if known and name.isascii() else "")


def _notices(reading: Reading, entry: Entry, *, cc: bool) -> Iterator[str]:
    """Yield the lines that tell what happened beside the talk."""
    if said := reading.notice(entry):
        yield line(said) + (" *(private)*" if facts.private(entry) else "")
    match entry.event:
        case e.Searched(hits=hits):
            yield from (line(f"· {hit}") for hit in hits)
        case e.Answered(by=by, result=result) if result:
            yield line(f"· told {by} alone: {result}")
        case e.Folded() as folded if cc:
            yield line(facts.folded(folded))
        case _:
            pass


def _quoted(notices: list[str]) -> list[str]:
    return (
        ["\n".join(f"> {one}{BREAK}" for one in notices).removesuffix(BREAK)] if notices else []
    )


def _quote(text: str) -> str:
    return "\n".join(f"> {one}" if one else ">" for one in text.split("\n"))
