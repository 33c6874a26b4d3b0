"""A line read as what the person means, and a command written as a line.

A line is read into a `Slash`, whose arguments are text in one canonical form, or into a
`Wrong` that says what is wrong, where, and what would work.
"""

from dataclasses import replace
from typing import assert_never

from transcripts.commands.parse import LEAST
from tui.slash.meant import Offer, Said, Slash, Wrong, shortened
from tui.slash.offering import offer
from tui.slash.parts import FITS, Part, name_end, parts_of, past_blanks, quoted, written
from tui.slash.specs import BY_NAME, FORMATS, Argument, Spec, spec_of
from tui.slash.values import canonical, unknown

_LEAST = {"image": LEAST["image"], "prompt": LEAST["prompt"], "web": LEAST["search"]}
"""Characters that a text needs at least, by command."""


def read(line: str, to: str = "") -> Said | Slash | Wrong | Offer:
    r"""Return what the person means by `line`: words, a command, or a slip.

    `//` and `\/` begin a line of words with a slash, `\!` one with an exclamation mark.

    Args:
        line: As typed; may have several lines.
        to: Who the line is for, so that `!prompt "…"` can be read as about them.
    """
    if line.startswith(("//", "\\/", "\\!")):
        return Said(line[1:])
    if line.startswith("/"):
        return parse(line)
    offered = offer(line, to)
    match offered:
        case None:
            return Said(line)
        case Slash():
            return Offer(line, offered)
        case Wrong():
            return offered
        case _:
            assert_never(offered)


def parse(line: str) -> Slash | Wrong:
    """Return the command in `line`, or what is wrong with it. Never raises."""
    if not line.startswith("/"):
        return Wrong("that is no command", "commands begin with /; /help lists them")
    if line.startswith("//"):
        return Wrong("that is a line which begins with a slash", "it is said to the room")
    after = name_end(line)
    name = line[1:after]
    if not name:
        return Wrong("a command's name should follow the /", "/help lists them", 1, "COMMAND")
    spec = spec_of(name)
    if spec is None:
        return unknown(name)
    parts, end = parts_of(spec, line, after)
    values: list[str] = []
    for argument, part in zip(spec.arguments, parts, strict=True):
        value = _checked(spec, argument, part, len(line))
        if isinstance(value, Wrong):
            return value
        values.append(value)
    rest = line[end:].strip()
    if rest:
        return Wrong(f"{shortened(rest)} is too much", spec.how, past_blanks(line, end))
    return Slash(spec.name, tuple(values))


def render(slash: Slash) -> str:
    """Return `slash` as a line that `parse` reads back."""
    spec = BY_NAME[slash.name]
    pairs = list(zip(spec.arguments, slash.args, strict=True))
    while pairs and not pairs[-1][1]:
        pairs.pop()
    words = [f"/{spec.name}"]
    skipped = False
    for argument, value in pairs:
        if not value and argument.kind in FITS:
            skipped = True
            continue
        shown = written(argument, value)
        if skipped and shown.split(maxsplit=1)[0] in FORMATS:
            shown = quoted(value)  # else it would be read as the format
        words.append(shown)
    return " ".join(words)


def _checked(spec: Spec, argument: Argument, part: Part | None, end: int) -> str | Wrong:
    if part is None or (not part.text and not argument.optional):
        if argument.optional:
            return ""
        at = end if part is None else part.start
        return Wrong(f"{argument.name} is missing", spec.how, at, argument.name)
    if not part.closed:
        return Wrong("a quote is never closed", "end it with another", part.start)
    least = _LEAST.get(spec.name, 1) if argument.kind == "text" else 1
    if part.text and len(part.text) < least:
        why = f"at least {least} characters are needed"
        return Wrong(why, spec.how, part.start, argument.name)
    value = canonical(argument.kind, part.text)
    return replace(value, at=part.start) if isinstance(value, Wrong) else value
