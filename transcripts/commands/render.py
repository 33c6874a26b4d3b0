"""A command as its caller would have written it: `parse` gives it back.

That holds for every command that `parse` can give, with the shortest usual spelling.
"""

import re
from decimal import Decimal
from typing import assert_never

from transcripts.commands.parse import PERSONA
from transcripts.commands.quotes import quote
from transcripts.commands.signs import POLL
from transcripts.commands.words import (
    Command,
    Invite,
    Leave,
    ListModels,
    Malformed,
    Mute,
    Paint,
    Prompt,
    PromptClear,
    Remove,
    Search,
    Temperature,
    Vote,
    Whisper,
)

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9'-]{0,40}(?: [A-Za-z0-9'-]{1,40}){0,8}")
"""Choices that need no quotes in a list."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]{0,40}")


def render(command: Command) -> str:
    """Return `command` as a line of chat; more lines where an argument has more."""
    match command:
        case Prompt(text):
            return f"!prompt {quote(text)}"
        case PromptClear(number):
            return "!prompt_clear" if number is None else f"!prompt_clear {number}"
        case Temperature(value):
            return f"!temperature {_number(value)}"
        case Invite():
            return _invite(command)
        case Paint(prompt):
            return f"!image {quote(prompt)}"
        case Mute(turns):
            return "!mute_self" if turns == 1 else f"!mute_self {turns}"
        case ListModels():
            return "!list_models"
        case Search(query):
            return f"!search {quote(query)}"
        case Whisper(to, text):
            return f"!whisper {quote(to)} {quote(text)}"
        case Vote():
            return _vote(command)
        case Remove(who, reason):
            return f"!remove_ai {quote(who)} {quote(reason)}" if reason else _remove(who)
        case Leave(reason):
            return f"!leave {quote(reason)}" if reason else "!leave"
        case Malformed(verb, argument):
            # What is wrong with a vote is seldom a single argument: it is kept as written.
            said = argument if verb == "vote" else quote(argument)
            return f"!{verb} {said}" if argument else f"!{verb}"
        case _:
            assert_never(command)


def _number(value: float) -> str:
    """Return `value` without exponent."""
    return format(Decimal(repr(value)), "f")


def _invite(command: Invite) -> str:
    parts = ["!add_ai", quote(command.model)]
    marked = PERSONA.match(command.greeting) is not None
    if command.greeting or command.persona:
        parts.append(quote(command.greeting))
    if PERSONA.match(command.persona):
        parts.append(quote(f"persona: {command.persona}"))
    elif command.persona or marked:
        parts.append(quote(command.persona))
    return " ".join(parts)


def _remove(who: str) -> str:
    return f"!remove_ai {quote(who)}"


def _vote(command: Vote) -> str:
    question, options = command.question, command.options
    if not command.opens:
        [choice] = options
        if _WORD.fullmatch(choice) and POLL.fullmatch(question):
            return f"!vote {question} {choice}"
        if _WORD.fullmatch(choice) and not question and not POLL.fullmatch(choice):
            return f"!vote {choice}"
        return f"!vote {quote(question)} {quote(choice)}"
    if all(_PLAIN.fullmatch(option) for option in options):
        return f"!vote {quote(question)} [{', '.join(options)}]"
    if len(options) == 2 and all("\n" not in option for option in options):
        return f"!vote {quote(question)} [{', '.join(map(quote, options))}]"
    return f"!vote {quote(question)} {' '.join(map(quote, options))}"
