"""What a message asks for, and what of it others read.

Total: whatever a text holds, it can be parsed. A known verb that makes no sense is
`Malformed`, so that its caller can be told; an unknown one is talk, as in `!important`,
unless a quoted argument follows it.
"""

import re

from transcripts.commands.lexer import scan
from transcripts.commands.quotes import quote
from transcripts.commands.sieve import sieve
from transcripts.commands.signs import BLANKS, KNOWN, NUMBER, POLL
from transcripts.commands.words import (
    PRIVATE,
    Call,
    Command,
    Found,
    Invite,
    Leave,
    ListModels,
    Malformed,
    Mute,
    Paint,
    Parsed,
    Prompt,
    PromptClear,
    Remove,
    Search,
    Temperature,
    Vote,
    Whisper,
)

LEAST = {"prompt": 3, "image": 5, "search": 3}
"""Characters that an argument has at least, by verb."""

CHOICES = 12
"""Choices a poll may have."""

HINTS = {
    "prompt": 'say in at least 3 characters what to add: !prompt "speak in short lines"',
    "prompt_clear": "name a line by its number, or none for all: !prompt_clear 2",
    "temperature": "give a number from 0 to 2: !temperature 1.2",
    "add_ai": 'name a model: !add_ai "Gemini 3 Flash" "a greeting"',
    "image": 'say in at least 5 characters what to draw: !image "a lighthouse in fog"',
    "video": "videos are not available; !image is",
    "search": 'give at least 3 characters to look for: !search "tides of the North Sea"',
    "whisper": 'name somebody and say something: !whisper "AI-2" "meet me in verse three"',
    "vote": 'ask with 2 to 12 choices: !vote "Go on?" [yes, no]; or answer: !vote P1 yes',
    "remove_ai": 'name who should leave: !remove_ai "AI-2" "a reason"',
    "mute_self": "give the turns to listen as a whole number from 1: !mute_self 2",
}
"""What to tell the caller of a malformed command, by verb."""

UNKNOWN = (
    "there is no such command; there are "
    "!add_ai, !image, !leave, !list_models, !mute_self, !prompt, !prompt_clear, !remove_ai, "
    "!search, !temperature, !vote, !whisper"
)

PERSONA = re.compile(rf"(?i:persona)[{re.escape(BLANKS)}]{{0,4}}[:=]")
"""What marks a persona where a greeting could stand."""

_SLOT = re.compile(r"(?:@?(?i:AI)-[0-9]{1,4}|@[^\s:,]{1,64})(?=[\s:,])")
_OPTION = re.compile(r"\"((?:[^\"\\]|\\.)*+)\"|((?:[^,;\"\\]|\\.)++)|([,;])|(.)", re.DOTALL)
_ESCAPED_OPTION = re.compile(r"\\(.)", re.DOTALL)
_EDGE = BLANKS + "\n"


def parse(text: str, *, inline: bool = False) -> Parsed:
    """Return what `text` asks for and what others read of it.

    Args:
        text: A message as written, without the reasoning channel.
        inline: Find commands in the middle of a line too, as old scenarios expect.
    """
    scanned = scan(text, inline=inline)
    calls = scanned.calls
    private = [(call.start, call.end) for call in calls if call.verb in PRIVATE]
    public = sieve(text, private, scanned.escapes) if private or scanned.escapes else text
    spoken = public
    if len(calls) > len(private):
        spoken = sieve(text, [(call.start, call.end) for call in calls], scanned.escapes)
    return Parsed(found=_found(calls), public=public, spoken=spoken)


def _found(calls: tuple[Call, ...]) -> tuple[Found, ...]:
    """Return what `calls` mean: repeats once, and of the temperatures the last."""
    meant: dict[Command, Call] = {}
    temperature: Command | None = None
    for call in calls:
        command = meaning(call)
        if isinstance(command, Temperature):
            if temperature is not None:
                del meant[temperature]
            temperature = command
        meant.setdefault(command, call)
    return tuple(Found(command, call) for command, call in meant.items())


def meaning(call: Call) -> Command:
    """Return what `call` asks for."""
    verb = call.verb
    args = tuple(arg.strip(_EDGE) for arg in call.args)
    first = args[0] if args else ""
    if verb not in KNOWN:
        return Malformed(verb, first, UNKNOWN)
    if len(first) < LEAST.get(verb, 0):
        return _malformed(verb, first)
    match verb:
        case "prompt":
            return Prompt(first)
        case "image":
            return Paint(first)
        case "search":
            return Search(first)
        case "temperature":
            return _temperature(first)
        case "add_ai":
            return _invite(args)
        case "whisper":
            to, text = _parted(args)
            return Whisper(to, text) if to and text else _malformed(verb, to)
        case "remove_ai":
            who, reason = _parted(args)
            return Remove(who, reason) if who else _malformed(verb, "")
        case "vote":
            return _vote(args, listed="list" in call.flags)
        case "mute_self":
            turns = _count(first) if first else 1
            return Mute(turns) if turns else _malformed(verb, first)
        case "prompt_clear":
            number = _count(first) if first and first.lower() != "all" else None
            return _malformed(verb, first) if number == 0 else PromptClear(number)
        case "leave":
            return Leave(first)
        case "list_models":
            return ListModels()
        case _:
            return _malformed(verb, first)


def _malformed(verb: str, argument: str) -> Malformed:
    return Malformed(verb, argument, HINTS[verb])


def _count(figures: str) -> int:
    """Return the whole number in `figures`, 0 if there is none."""
    digits = figures.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else 0


def _temperature(figures: str) -> Command:
    plain = figures.lstrip(":= ")
    if not NUMBER.fullmatch(plain):
        return _malformed("temperature", figures)
    value = float(plain.replace(",", ".").replace("−", "-"))
    return Temperature(value) if abs(value) < 1e12 else _malformed("temperature", figures)


def _invite(args: tuple[str, ...]) -> Command:
    match args:
        case (model,) if model:
            return Invite(model)
        case (model, second) if model:
            persona = PERSONA.match(second)
            if persona:
                return Invite(model, persona=second[persona.end() :].strip(_EDGE))
            return Invite(model, second)
        case (model, greeting, third) if model:
            persona = PERSONA.match(third)
            told = third[persona.end() :].strip(_EDGE) if persona else third
            return Invite(model, greeting, told)
        case _:
            return _malformed("add_ai", "")


def _parted(args: tuple[str, ...]) -> tuple[str, str]:
    """Return who is meant and what is said, also from `AI-2: hello` without quotes."""
    match args:
        case ():
            return "", ""
        case (both,):
            slot = _SLOT.match(both)
            if not slot:
                return both, ""
            return slot[0], both[slot.end() :].lstrip(_EDGE + ":,")
        case _:
            return args[0], args[1]


def _vote(args: tuple[str, ...], *, listed: bool) -> Command:
    if len(args) < 2:
        return _voice(args[0] if args else "")
    question, *choices = args
    if len(choices) > 1:
        return _poll(question, tuple(choices))
    choice = choices[0]
    if listed:
        return _poll(question, _options(choice))
    if not choice:
        return _malformed("vote", f'{quote(question)} ""')
    return Vote(question, (choice,), opens=False)


def _voice(only: str) -> Command:
    """A single argument: an answer, or a question to be answered by yes or no."""
    poll = POLL.match(only)
    if poll:
        rest = only[poll.end() :]
        if not rest:
            return _malformed("vote", only)
        if rest[0] in _EDGE + ":,":
            choice = rest.strip(_EDGE + ":,")
            return Vote(poll[0], (choice,), opens=False) if choice else _malformed("vote", only)
    if only.endswith("?"):
        return Vote(only, ("yes", "no"), opens=True)
    return Vote("", (only,), opens=False) if only else _malformed("vote", "")


def _poll(question: str, choices: tuple[str, ...]) -> Command:
    options = tuple(dict.fromkeys(choice for choice in choices if choice))
    if question and 2 <= len(options) <= CHOICES:
        return Vote(question, options, opens=True)
    listed = ", ".join(quote(option.replace("\n", " ")) for option in options)
    return _malformed("vote", f"{quote(question)} [{listed}]")


def _options(listed: str) -> tuple[str, ...]:
    """Return the choices of `[yes, no]`."""
    options: list[str] = []
    option = ""
    for part in _OPTION.finditer(listed.removeprefix("[").removesuffix("]")):
        quoted, plain, comma, other = part.groups()
        if comma:
            options.append(option.strip(_EDGE))
            option = ""
        else:
            option += _ESCAPED_OPTION.sub(r"\1", quoted or plain or other or "")
    options.append(option.strip(_EDGE))
    return tuple(options)
