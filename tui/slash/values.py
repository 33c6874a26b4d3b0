"""What an argument may be: text of each kind in one canonical form, or what is wrong with it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import assert_never

from transcripts.commands.signs import VERBS
from tui.slash.meant import Wrong, shortened
from tui.slash.options import canonical_options
from tui.slash.specs import (
    BY_NAME,
    FORMATS,
    ORDERS,
    REMEDIES,
    RULES,
    SHORT_VERBS,
    Kind,
    spec_of,
)

_AI = re.compile(r"(?:ai[-_ ]?)?([0-9]{1,4})", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?P<sign>\$)?\s*(?P<figures>[0-9]{1,12}(?:[_,][0-9]{3})*(?:\.[0-9]{1,6})?)\s*"
    r"(?P<scale>[kKmM](?![a-zA-Z]))?\s*(?P<unit>\$|[a-zA-Z]*)"
)
_UNITS = {
    "$": "$", "usd": "$", "dollar": "$", "dollars": "$",
    "turn": "turns", "turns": "turns",
    "token": "tokens", "tokens": "tokens", "tok": "tokens",
    "s": "seconds", "sec": "seconds", "second": "seconds", "seconds": "seconds",
    "min": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hour": "hours", "hours": "hours",
}  # fmt: skip
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}


def canonical(kind: Kind, text: str) -> str | Wrong:
    """Return `text` in its canonical form, or what is wrong with it."""
    if not text:
        return ""
    match kind:
        case "model" | "phrase" | "text" | "choice" | "question":
            return text
        case "file" | "scenario" | "theme" | "room":
            return text
        case "participant":
            return participant(text)
        case "count":
            return _whole(text, "a whole number from 1 is needed")
        case "line":
            hint = "the number of a line, or `all`; /prompts lists them"
            return "" if text.lower() == "all" else _whole(text, hint)
        case "temperature":
            return _temperature(text)
        case "budget":
            return _budget(text)
        case "order":
            return _one_of(text.replace("-", "_"), ORDERS)
        case "rule":
            return _one_of(text, RULES)
        case "format":
            return _one_of(text, FORMATS)
        case "verb":
            return _verb(text)
        case "approval":
            return _numbered("A", text)
        case "poll":
            return _numbered("P", text)
        case "image":
            return _numbered("I", text)
        case "place":
            figures = text.removeprefix("#")
            if figures.isascii() and figures.isdigit() and len(figures) <= 9:
                return str(int(figures))
            return Wrong(f"{shortened(text)} is no place", "a number such as 12 is needed")
        case "options":
            return canonical_options(text)
        case "share":
            return _share(text)
        case "remedy":
            found = _one_of(text, REMEDIES)
            if isinstance(found, Wrong):  # it may have been meant as the share
                return replace(found, hint="before it a number from 0 to 100, or off")
            return found
        case "command":
            spec = spec_of(text)
            return spec.name if spec else unknown(text.removeprefix("/"))
        case _:
            assert_never(kind)


def participant(text: str) -> str:
    """Return an id where `text` looks like one: `@ai-2`, `ai2` and `2` are `AI-2`."""
    plain = text.lstrip("@") or text
    found = _AI.fullmatch(plain)
    return f"AI-{int(found[1])}" if found else plain


def _whole(text: str, hint: str) -> str | Wrong:
    figures = text.removeprefix("#")
    if figures.isascii() and figures.isdigit() and len(figures) <= 6 and int(figures):
        return str(int(figures))
    return Wrong(f"{shortened(text)} will not do", hint)


def _temperature(text: str) -> str | Wrong:
    wrong = Wrong(f"{shortened(text)} is no temperature", "a number from 0 to 2, such as 0.7")
    plain = text.replace(",", ".")
    if not re.fullmatch(r"[0-9]{0,3}(?:\.[0-9]{0,6})?", plain) or not any(
        char.isdigit() for char in plain
    ):
        return wrong
    value = float(plain)
    return f"{value:g}" if value <= 2 else wrong


def _budget(text: str) -> str | Wrong:
    if text.lower() in ("none", "off", "unlimited"):
        return "none"
    wrong = Wrong(
        f"{shortened(text)} is no budget", "such as $2, 200 turns, 50000 tokens, 10 min or none"
    )
    found = _AMOUNT.fullmatch(text)
    if not found:
        return wrong
    unit = "$" if found["sign"] and not found["unit"] else _UNITS.get(found["unit"].lower(), "")
    if not unit or (found["sign"] and unit != "$"):
        return wrong
    amount = float(found["figures"].replace(",", "").replace("_", ""))
    amount *= {"k": 1e3, "m": 1e6}.get((found["scale"] or "").lower(), 1)
    amount *= _SECONDS.get(unit, 1)
    figures = f"{amount:.6f}".rstrip("0").rstrip(".")
    if unit == "$":
        return f"${figures}"
    if unit in ("turns", "tokens") and not amount.is_integer():
        return wrong
    return f"{figures} {'seconds' if unit in _SECONDS else unit}"


def _share(text: str) -> str | Wrong:
    if text.lower() in ("off", "none"):
        return "0"
    figures = text.removesuffix("%")
    if figures.isascii() and figures.isdigit() and len(figures) <= 3 and int(figures) <= 100:
        return str(int(figures))
    return Wrong(f"{shortened(text)} is no share", "a number from 0 to 100, such as 80, or off")


def _one_of(text: str, names: Iterable[str]) -> str | Wrong:
    wanted = text.lower()
    names = list(names)
    hits = [name for name in names if name == wanted] or [
        name for name in names if name.startswith(wanted)
    ]
    if len(hits) == 1:
        return hits[0]
    return Wrong(f"{shortened(text)} is none of {', '.join(names)}", f"such as {names[0]}")


def _verb(text: str) -> str | Wrong:
    who, slash, verb = text.rpartition("/")
    plain = verb.lower().lstrip("!").replace("-", "_")
    plain = SHORT_VERBS.get(plain, plain)
    if plain not in VERBS or plain == "video" or (slash and not who):
        near = get_close_matches(plain[:32], [*VERBS, *SHORT_VERBS], 1, 0.6)
        meant = f"did you mean {SHORT_VERBS.get(near[0], near[0])}? " if near else ""
        return Wrong(
            f"{shortened(text)} is no command of the models",
            f"{meant}such as image, or AI-2/image",
        )
    return f"{participant(who)}/{plain}" if who else plain


def _numbered(letter: str, text: str) -> str | Wrong:
    figures = text.lstrip("#").removeprefix(letter).removeprefix(letter.lower())
    if figures.isascii() and figures.isdigit() and len(figures) <= 6:
        return f"{letter}{int(figures)}"
    return Wrong(f"{shortened(text)} will not do", f"such as {letter}1")


def unknown(name: str) -> Wrong:
    """Say that no command has `name`, and which ones have one like it."""
    hint = "/help lists them; begin with // to say a line that starts with a slash"
    wanted = name[:32].lower().replace("-", "_")
    near = list(
        dict.fromkeys(BY_NAME[hit].name for hit in get_close_matches(wanted, BY_NAME, 4, 0.6))
    )
    if near:
        hint = f"did you mean {' or '.join(f'/{one}' for one in near[:3])}? {hint}"
    return Wrong(f"there is no command {shortened('/' + name)}", hint, 1)
