"""What can be asked for, as data.

`call` says where in the text it stood; everything else is what it means. Nothing here
knows who may ask or whether it can be done.
"""

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Call:
    """One command as it stands in a text."""

    verb: str
    """Lower case, without the `!`."""
    args: tuple[str, ...]
    """With quotes and escapes resolved."""
    start: int
    """Offset of its first character, wrappers such as `**` or `- ` included."""
    end: int
    """Offset after its last character; the newline that ends the line is not part of it."""
    flags: frozenset[str] = field(default_factory=frozenset[str])
    """`unterminated`: a quote was never closed. `bare`: an argument without quotes.
    `long`: cut at the limit. `list`: the last argument is a list in brackets."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """`!prompt "text"`: add a line to my own instructions."""

    text: str


@dataclass(frozen=True, slots=True)
class PromptClear:
    """`!prompt_clear`, `!prompt_clear 2`: take away all my lines, or one."""

    number: int | None
    """1 for the first; `None` for all."""


@dataclass(frozen=True, slots=True)
class Temperature:
    """`!temperature 1.4`."""

    value: float
    """As written; may be out of range."""


@dataclass(frozen=True, slots=True)
class Invite:
    """`!add_ai "model" "greeting" "persona"`, or `persona: …` in the second place."""

    model: str
    greeting: str = ""
    persona: str = ""


@dataclass(frozen=True, slots=True)
class Paint:
    """`!image "what to draw"`."""

    prompt: str


@dataclass(frozen=True, slots=True)
class Mute:
    """`!mute_self`, `!mute_self 3`: listen for so many of my turns."""

    turns: int = 1


@dataclass(frozen=True, slots=True)
class ListModels:
    """`!list_models`: who could be invited. Told to the caller alone."""


@dataclass(frozen=True, slots=True)
class Search:
    """`!search "query"`."""

    query: str


@dataclass(frozen=True, slots=True)
class Whisper:
    """`!whisper "AI-2" "text"`."""

    to: str
    """Id, name or model as written."""
    text: str


@dataclass(frozen=True, slots=True)
class Vote:
    """`!vote "question" [yes, no]` opens a poll; `!vote P1 yes` or `!vote yes` answers one."""

    question: str
    """The question, or the id of an open poll, or empty for the newest open one."""
    options: tuple[str, ...]
    """To open: two or more. To answer: the choice alone."""
    opens: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """`!remove_ai "AI-2"`: move that somebody leave."""

    who: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """`!leave`: give up my seat."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A known verb whose arguments are missing or make no sense, or a verb not offered."""

    verb: str
    argument: str
    why: str
    """One line for the caller: what is wrong and what would work."""


Command: TypeAlias = (
    Prompt
    | PromptClear
    | Temperature
    | Invite
    | Paint
    | Mute
    | ListModels
    | Search
    | Whisper
    | Vote
    | Remove
    | Leave
    | Malformed
)

PRIVATE = frozenset({"prompt", "prompt_clear", "temperature", "whisper"})
"""Verbs cut out of what others read. The rest stay: newcomers learn them by example."""


@dataclass(frozen=True, slots=True)
class Found:
    """A command and where it stood."""

    command: Command
    call: Call


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message taken apart."""

    found: tuple[Found, ...]
    """In textual order; exact repeats once, and of several temperatures the last."""
    public: str
    """What others read: private commands and the backslash of escaped ones cut by offset,
    nothing else touched."""

    @property
    def silent(self) -> bool:
        """Whether it only acted: commands, and not a word beside them."""
        return bool(self.found) and not self.spoken.strip()

    spoken: str = ""
    """`public` without the public commands too: the words alone."""
