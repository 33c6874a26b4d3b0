"""One command of one caller, and what it takes to carry it out. Data, for `deeds` and `votes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from transcripts import events as e
from transcripts.commands import words as w
from transcripts.commands.words import Command
from transcripts.events import Cause
from transcripts.notices import number
from transcripts.room import Room


class Known(Protocol):
    """A model as deeds need to know it."""

    @property
    def id(self) -> str:
        """What a provider understands."""
        ...

    @property
    def name(self) -> str:
        """What people read."""
        ...

    @property
    def vision(self) -> bool:
        """Whether it can be shown pictures."""
        ...


class Models(Protocol):
    """Who could be invited. `compose` hands the catalogue in."""

    def resolve(self, name: str) -> Known:
        """Return the one model meant by `name`.

        Raises:
            UnknownModel: None, or several.
        """
        ...

    def missing_key(self, model: str) -> str:
        """Return the name of the environment variable that `model` lacks, or ``""``."""
        ...

    def effective_temperature(self, model: str, requested: float | None) -> float | None:
        """Return what the provider of `model` will be sent."""
        ...

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """Return dollars by the list of prices; `None` where no price is known."""
        ...

    def names(self) -> Sequence[str]:
        """Return names worth listing to somebody who may invite, best first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One command of one caller, ready to be carried out."""

    command: Command
    verb: str
    by: str
    """Who asked: a participant's id, or `you`."""
    subject: str
    """Whose seat it is about: the caller's own, unless the person asks for another's."""
    cause: Cause | None = None
    approved: bool = False
    """The person has said yes already."""
    note: str = ""
    """Added to the result: how the command was read, where that is not plain."""
    broken: bool = False
    """The line was cut off in it: who knows how it would have gone on."""
    refused: int = 0
    """Over the turn's limit: so many of this verb are declined in one answer."""


@dataclass(frozen=True, slots=True)
class Table:
    """What deeds may look at beside the room."""

    models: Models
    sitting: Room
    """The room as this sitting found it: session limits count from there."""
    attended: bool
    """Whether a person is there to approve things."""
    searches: bool = False
    """Whether a search service is set up."""


def argument(command: Command) -> str:
    """Return what `command` was about, in one line of at most 200 characters."""
    match command:
        case w.Prompt(text) | w.Paint(text):
            line = text
        case w.PromptClear(which):
            line = "" if which is None else str(which)
        case w.Temperature(value):
            line = number(value)
        case w.Invite(model):
            line = model
        case w.Mute(turns):
            line = str(turns)
        case w.Search(query):
            line = query
        case w.Whisper(to, _):
            line = to
        case w.Vote(question, options, _):
            line = question or " ".join(options)
        case w.Remove(who, _):
            line = who
        case w.Malformed(_, text, _):
            line = text
        case w.ListModels() | w.Leave():
            line = ""
        case _:
            assert_never(command)
    line = " ".join(line.split())
    return line if len(line) <= 200 else line[:199] + "…"


def declined(deed: Deed, why: str) -> e.Declined:
    """Return that `deed` is not carried out, and why, for its caller."""
    return e.Declined(
        verb=deed.verb,
        argument=argument(deed.command),
        by=deed.by,
        cause=deed.cause,
        result=why,
    )
