"""The person's commands: the verbs of the models with a `/`, and those of the screen.

A line is read into a `Slash`, whose arguments are text in one canonical form, or into a
`Wrong` that says what is wrong, where, and what would work. Nothing here knows a room or
carries anything out; who and what there is to name comes in as `Choices`.

The last argument of most commands is the rest of the line, word for word and without
quotes. What may have spaces and is not last goes into quotes.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal, TypeAlias, assert_never

from transcripts.commands import words as w
from transcripts.commands.parse import CHOICES as MOST_CHOICES
from transcripts.commands.parse import LEAST
from transcripts.commands.parse import parse as parse_chat
from transcripts.commands.signs import VERBS
from transcripts.room import Room

Kind: TypeAlias = Literal[
    "participant",
    "model",
    "phrase",
    "text",
    "choice",
    "count",
    "line",
    "temperature",
    "budget",
    "order",
    "verb",
    "rule",
    "approval",
    "poll",
    "question",
    "options",
    "place",
    "format",
    "file",
    "image",
    "scenario",
    "theme",
    "room",
    "command",
]

KINDS: dict[str, Kind] = {
    "WHO": "participant",
    "MODEL": "model",
    "GREETING": "phrase",
    "PERSONA": "phrase",
    "TEXT": "text",
    "WORDS": "text",
    "CHOICE": "choice",
    "TURNS": "count",
    "ROUNDS": "count",
    "LINE": "line",
    "NUMBER": "temperature",
    "BUDGET": "budget",
    "ORDER": "order",
    "VERB": "verb",
    "RULE": "rule",
    "APPROVAL": "approval",
    "POLL": "poll",
    "QUESTION": "question",
    "CHOICES": "options",
    "PLACE": "place",
    "FORMAT": "format",
    "FILE": "file",
    "IMAGE": "image",
    "SCENARIO": "scenario",
    "THEME": "theme",
    "ROOM": "room",
    "COMMAND": "command",
}
"""Every argument by the name it has in `Spec.usage`, and what kind of thing it is."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command."""

    name: str
    kind: Kind
    optional: bool

    @property
    def shown(self) -> str:
        """`WHO`, or `[TURNS]` if it may be left out."""
        return f"[{self.name}]" if self.optional else self.name


@dataclass(frozen=True, slots=True)
class Spec:
    """A command that there is."""

    name: str
    about: str
    """One line of help."""
    example: str
    arguments: tuple[Argument, ...]
    aliases: tuple[str, ...]
    group: str

    @property
    def usage(self) -> str:
        """`/mute WHO [TURNS]`."""
        return " ".join((f"/{self.name}", *(one.shown for one in self.arguments)))


@dataclass(frozen=True, slots=True)
class Slash:
    """A command as the person meant it."""

    name: str
    """Of its `Spec`; never an alias."""
    args: tuple[str, ...] = ()
    """One for each argument of its `Spec`; empty for one that was left out."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that cannot be read as a command, and why."""

    why: str
    hint: str = ""
    """What would work."""
    at: int = 0
    """Where in the line it goes wrong, in characters from its start."""
    missing: str = ""
    """Name of the argument that should follow, if that is all that is wrong."""

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.why}; {self.hint}" if self.hint else self.why


@dataclass(frozen=True, slots=True)
class Said:
    """A line for the room and no command."""

    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A line that begins with a `!`, which is for the models, and what the person has for it."""

    line: str
    slash: Slash


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be named."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Who and what there is to name."""

    participants: tuple[Choice, ...] = ()
    """Ids of the models in the room, and their labels."""
    models: tuple[Choice, ...] = ()
    scenarios: tuple[Choice, ...] = ()
    themes: tuple[Choice, ...] = ()
    rooms: tuple[Choice, ...] = ()
    polls: tuple[Choice, ...] = ()
    """Ids of open ones, and their questions."""
    ballots: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Ids of open polls, and what each may be answered with."""
    approvals: tuple[Choice, ...] = ()
    images: tuple[Choice, ...] = ()
    """Pictures that are not done."""


RULES = {
    "auto": "carried out without asking",
    "ask": "waits for your yes or no",
    "deny": "never carried out",
}
ORDERS = {
    "round_robin": "one after another, in order of joining",
    "random": "drawn, everybody once a round",
    "mention": "whoever the last line names with an @",
    "person": "you choose each time, with /next",
}
FORMATS = {
    "md": "Markdown",
    "html": "one page that needs nothing else",
    "jsonl": "the log itself",
    "txt": "plain text",
}
SHORT_VERBS = {
    "add": "add_ai",
    "remove": "remove_ai",
    "mute": "mute_self",
    "temp": "temperature",
    "poll": "vote",
    "unprompt": "prompt_clear",
    "web": "search",
    "models": "list_models",
}
"""Our names of the models' verbs, where they differ."""


def _spec(
    group: str, usage: str, about: str, example: str = "", *, aliases: tuple[str, ...] = ()
) -> Spec:
    name, *rest = usage.split()
    arguments = tuple(
        Argument(one.strip("[]"), KINDS[one.strip("[]")], one.startswith("[")) for one in rest
    )
    return Spec(name, about, example or f"/{name}", arguments, aliases, group)


PEOPLE, FLOOR, SAYING, ROOM, LOOK = "Who is here", "The floor", "Saying", "The room", "Looking"

SPECS: tuple[Spec, ...] = (
    _spec(PEOPLE, "add MODEL [GREETING] [PERSONA]",
          "Invite a model, with words of welcome and a persona if you like.",
          '/add Otter "Come in, we are on verse two"', aliases=("invite", "add_ai")),
    _spec(PEOPLE, "remove WHO", "Send a participant out.", "/remove AI-2",
          aliases=("kick", "remove_ai")),
    _spec(PEOPLE, "mute WHO [TURNS]", "Let a participant only listen, for one turn or more.",
          "/mute AI-2 3", aliases=("mute_self",)),
    _spec(PEOPLE, "unmute WHO", "Give a muted or benched participant its turns again.",
          "/unmute AI-2", aliases=("bring_back", "return")),
    _spec(PEOPLE, "prompt WHO TEXT", "Add a line to a participant's own instructions.",
          "/prompt AI-2 answer in one sentence"),
    _spec(PEOPLE, "prompts WHO", "List what was added to a participant's instructions.",
          "/prompts AI-2"),
    _spec(PEOPLE, "unprompt WHO [LINE]", "Take one added line away again, or all of them.",
          "/unprompt AI-2 1", aliases=("prompt_clear",)),
    _spec(PEOPLE, "temp WHO NUMBER", "Set a participant's temperature, 0 to 2.",
          "/temp AI-2 0.7", aliases=("temperature",)),
    _spec(PEOPLE, "model WHO MODEL", "Let another model speak for a participant.",
          "/model AI-2 Claude Opus 4.5", aliases=("recast", "cast")),
    _spec(PEOPLE, "models [WORDS]", "List the models that could be invited.", "/models opus",
          aliases=("list_models",)),
    _spec(FLOOR, "next WHO", "Choose who speaks next.", "/next AI-3"),
    _spec(FLOOR, "rounds ROUNDS", "Go on for so many rounds, then stand still.", "/rounds 4"),
    _spec(FLOOR, "pause", "Stand still before the next turn."),
    _spec(FLOOR, "resume", "Go on.", aliases=("unpause",)),
    _spec(FLOOR, "step", "Give one turn and stand still again."),
    _spec(FLOOR, "stop", "Cut off who speaks now; what was said stays."),
    _spec(FLOOR, "skip", "Pass over who speaks now, or who would be next."),
    _spec(FLOOR, "policy ORDER", "Choose how it is decided who speaks next.",
          "/policy mention", aliases=("order",)),
    _spec(FLOOR, "budget [BUDGET]", "Set what a sitting may use up, or show what it has.",
          "/budget $2"),
    _spec(FLOOR, "approve VERB RULE", "Decide whether a command of the models needs your yes.",
          "/approve image ask", aliases=("approvals",)),
    _spec(FLOOR, "yes [APPROVAL]", "Let a waiting command be carried out.", "/yes A1",
          aliases=("y",)),
    _spec(FLOOR, "no [APPROVAL]", "Refuse a waiting command.", "/no A1", aliases=("n",)),
    _spec(SAYING, "whisper WHO TEXT", "Say something that one participant alone reads.",
          "/whisper AI-2 ask about the key", aliases=("w",)),
    _spec(SAYING, "unsay", "Take back your newest line that waits to be spoken.",
          aliases=("unqueue",)),
    _spec(SAYING, "image TEXT", "Have a picture drawn.", "/image a lighthouse in fog",
          aliases=("img", "draw")),
    _spec(SAYING, "cancel IMAGE", "Call off a picture that is not done.", "/cancel I1"),
    _spec(SAYING, "web WORDS", "Search the web, for all to read.", "/web tides of the North Sea"),
    _spec(SAYING, "poll QUESTION [CHOICES]", "Ask everybody a question.",
          '/poll "Go on?" [yes, no]'),
    _spec(SAYING, "vote [POLL] CHOICE", "Answer a poll; yours decides a motion.",
          "/vote P1 yes"),
    _spec(ROOM, "title TEXT", "Give the room another title.", "/title Night at the depot",
          aliases=("rename",)),
    _spec(ROOM, "retry", "Ask again whoever failed last."),
    _spec(ROOM, "regenerate [PLACE]", "Fork, and let a line be said anew.", "/regenerate 12",
          aliases=("regen",)),
    _spec(ROOM, "continue", "Let a line that was cut off go on."),
    _spec(ROOM, "edit [PLACE]", "Fork, and change a line.", "/edit 12"),
    _spec(ROOM, "fork [PLACE]", "Make a room that shares this one's past.", "/fork 12",
          aliases=("branch",)),
    _spec(ROOM, "forks", "Show the tree of this room's forks.", aliases=("branches",)),
    _spec(ROOM, "compare [ROOM]", "Show this room beside another.", aliases=("diff",)),
    _spec(ROOM, "export [FORMAT] [FILE]", "Write the room to a file.", "/export md notes.md",
          aliases=("save",)),
    _spec(ROOM, "import FILE", "Read a transcript into a room of its own.",
          "/import ~/old.txt"),
    _spec(ROOM, "scenario [SCENARIO]", "Open a new room.", "/scenario lighthouse",
          aliases=("new",)),
    _spec(ROOM, "replay", "Play this room again from its start."),
    _spec(ROOM, "rooms", "Go back to the list of rooms.", aliases=("back", "start")),
    _spec(ROOM, "quit", "Leave enfold; the room stays as it is.", aliases=("exit", "q")),
    _spec(LOOK, "roster", "Show who is here and how they are doing.", aliases=("who",)),
    _spec(LOOK, "memory", "Look into the hidden memory.", aliases=("cc", "inspector")),
    _spec(LOOK, "context WHO", "Show exactly what a participant would be sent.",
          "/context AI-2"),
    _spec(LOOK, "stats", "Show turns, tokens, cost and time.", aliases=("cost",)),
    _spec(LOOK, "search WORDS", "Find words in this room.", "/search lantern"),
    _spec(LOOK, "find WORDS", "Find words in all rooms.", "/find lantern"),
    _spec(LOOK, "go PLACE", "Show an entry by its place.", "/go 120", aliases=("goto",)),
    _spec(LOOK, "theme [THEME]", "Choose other colours.", "/theme nord"),
    _spec(LOOK, "keys", "List all keys.", aliases=("keymap",)),
    _spec(LOOK, "help [COMMAND]", "Explain a command, or list all.", "/help mute",
          aliases=("h", "?")),
)  # fmt: skip
"""Every command, in the order of the help."""

_BY_NAME = {name: spec for spec in SPECS for name in (spec.name, *spec.aliases)}

WORDS_TO_THE_END = frozenset({"text", "choice"})
"""Kinds that take the rest of the line word for word."""

TO_THE_END = frozenset({"budget", "options", "file", "scenario", "theme", "room"})
"""Kinds that take the rest of the line, or what is in quotes."""

TO_A_QUOTE = frozenset({"model", "phrase", "question"})
"""Kinds that take what is in quotes, or else all before the next quote."""

_OPENERS = '"“'
_QUOTED = re.compile(
    r'"((?:[^"\\]|\\.|\\\Z)*+)("?)|“((?:[^”"\\]|\\.|\\\Z)*+)([”"]?)', re.DOTALL
)
_ESCAPED = re.compile(r'\\(["\\”])')
_BLANKS = re.compile(r"\s*+")
_WORD = re.compile(r"\S*+")
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
_OPTION = re.compile(
    r'\s*(?:"((?:[^"\\]|\\.)*+)"|([^,;"]*+|.[^,;]*+))\s*(?:[,;]|\Z)', re.DOTALL
)


# Reading a line.


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
        return _unknown(name)
    parts, end = parts_of(spec, line, after)
    values: list[str] = []
    for argument, part in zip(spec.arguments, parts, strict=True):
        value = _checked(spec, argument, part, len(line))
        if isinstance(value, Wrong):
            return value
        values.append(value)
    rest = line[end:].strip()
    if rest:
        return Wrong(f"{_short(rest)} is too much", _how(spec), _past_blanks(line, end))
    return Slash(spec.name, tuple(values))


def spec_of(name: str) -> Spec | None:
    """Return the command of that name or alias, with or without its `/`."""
    return _BY_NAME.get(name.removeprefix("/").lower().replace("-", "_"))


def render(slash: Slash) -> str:
    """Return `slash` as a line that `parse` reads back."""
    spec = _BY_NAME[slash.name]
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
            shown = _quote(value)  # else it would be read as the format
        words.append(shown)
    return " ".join(words)


def offer(line: str, to: str = "") -> Slash | Wrong | None:
    """Return the person's command for a line with a model's, such as `!image "a cat"`.

    Args:
        line: As typed.
        to: Whose seat is meant by verbs that models use about their own.

    Returns:
        `None` if the line is talk; `Wrong` if it is a command that cannot be put as it is.
    """
    if not line.lstrip().startswith("!"):
        return None
    parsed = parse_chat(line)
    if not parsed.found:
        return None
    found, *more = parsed.found
    if more or parsed.spoken.strip():
        return Wrong(
            "that holds a command for models and more",
            "send one command by itself, or begin with \\! to say it as it stands",
        )
    slash = _equivalent(found.command, to)
    if slash is not None:
        return slash
    if isinstance(found.command, w.Malformed):
        return Wrong(
            f"!{found.call.verb} is read by nobody when you write it",
            "/help lists your commands; begin with \\! to say it as it stands",
        )
    short = {theirs: ours for ours, theirs in SHORT_VERBS.items()}
    verb = short.get(found.call.verb, found.call.verb)
    spec = spec_of(verb)
    how = f"say whose: {spec.example}" if spec else "/quit leaves the room as it is"
    return Wrong(f"!{found.call.verb} is for models", how)


def _equivalent(command: w.Command, to: str) -> Slash | None:
    match command:
        case w.Invite(model, greeting, persona):
            return Slash("add", (model, greeting, persona))
        case w.Paint(prompt):
            return Slash("image", (prompt,))
        case w.Remove(who, _):
            return Slash("remove", (_participant(who),))
        case w.Whisper(who, text):
            return Slash("whisper", (_participant(who), text))
        case w.Search(query):
            return Slash("web", (query,))
        case w.ListModels():
            return Slash("models", ("",))
        case w.Vote(question, options, opens=True):
            return Slash("poll", (question, _listed(options)))
        case w.Vote(question, options) if not question or _POLL.fullmatch(question):
            return Slash("vote", (question.upper(), options[0]))
        case w.Prompt(text) if to:
            return Slash("prompt", (to, text))
        case w.PromptClear(number) if to:
            return Slash("unprompt", (to, "" if number is None else str(number)))
        case w.Temperature(value) if to and 0 <= value <= 2:
            return Slash("temp", (to, f"{value:g}"))
        case w.Mute(turns) if to:
            return Slash("mute", (to, str(turns) if turns > 1 else ""))
        case _:
            return None


# The parts of a line.


@dataclass(frozen=True, slots=True)
class Part:
    """An argument as it stands in a line."""

    start: int
    end: int
    """With blanks that belong to nothing else."""
    text: str
    """Quotes resolved."""
    quoted: bool = False
    closed: bool = True


def name_end(line: str) -> int:
    """Return where the command's name ends in `line`."""
    found = _WORD.match(line)
    return found.end() if found else 0


def _past_blanks(line: str, at: int) -> int:
    found = _BLANKS.match(line, at)
    return found.end() if found else at


def parts_of(spec: Spec, line: str, at: int) -> tuple[list[Part | None], int]:
    """Return the argument's parts, `None` for those not there, and where the last one ends."""
    parts: list[Part | None] = []
    for argument in spec.arguments:
        start = _past_blanks(line, at)
        part = _part(argument, line, start, last=argument is spec.arguments[-1])
        fits = FITS.get(argument.kind)
        other = argument.optional and fits is not None and (part.quoted or not fits(part.text))
        if start >= len(line) or other:
            parts.append(None)
            continue
        parts.append(part)
        at = part.end
    return parts, at


def _part(argument: Argument, line: str, start: int, *, last: bool) -> Part:
    kind = argument.kind
    if kind in WORDS_TO_THE_END:
        return Part(start, len(line), line[start:].strip())
    if line[start : start + 1] in _OPENERS and start < len(line):
        return _quoted(line, start)
    if kind in TO_THE_END or (kind == "model" and last):
        return Part(start, len(line), line[start:].strip())
    if kind in TO_A_QUOTE:
        stops = '"“[' if kind == "question" else _OPENERS
        end = min((at for mark in stops if (at := line.find(mark, start)) >= 0), default=-1)
        end = len(line) if end < 0 else end
        return Part(start, end, line[start:end].strip())
    found = _WORD.match(line, start)
    end = found.end() if found else start
    return Part(start, end, line[start:end])


def _quoted(line: str, start: int) -> Part:
    found = _QUOTED.match(line, start)
    if found is None:
        return Part(start, len(line), line[start + 1 :], quoted=True, closed=False)
    straight, end, curly, curly_end = found.groups()
    text = _ESCAPED.sub(r"\1", straight if straight is not None else curly or "")
    return Part(start, found.end(), text.strip(), quoted=True, closed=bool(end or curly_end))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(argument: Argument, value: str) -> str:
    """Return `value` as it is written for `argument`."""
    kind = argument.kind
    if kind in WORDS_TO_THE_END or kind == "options":
        return value
    if kind in ("phrase", "question") or not value or value[0] in _OPENERS:
        return _quote(value)
    if kind == "model" and any(mark in value for mark in _OPENERS):
        return _quote(value)
    if kind not in TO_THE_END and kind != "model" and any(char.isspace() for char in value):
        return _quote(value)
    return value


def _how(spec: Spec) -> str:
    return f"{spec.usage}, such as {spec.example}" if spec.arguments else f"{spec.usage} alone"


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _unknown(name: str) -> Wrong:
    hint = "/help lists them; begin with // to say a line that starts with a slash"
    wanted = name[:32].lower().replace("-", "_")
    near = list(
        dict.fromkeys(_BY_NAME[hit].name for hit in get_close_matches(wanted, _BY_NAME, 4, 0.6))
    )
    if near:
        hint = f"did you mean {' or '.join(f'/{one}' for one in near[:3])}? {hint}"
    return Wrong(f"there is no command {_short('/' + name)}", hint, 1)


# What an argument may be.


def _checked(spec: Spec, argument: Argument, part: Part | None, end: int) -> str | Wrong:
    if part is None or (not part.text and not argument.optional):
        if argument.optional:
            return ""
        at = end if part is None else part.start
        return Wrong(f"{argument.name} is missing", _how(spec), at, argument.name)
    if not part.closed:
        return Wrong("a quote is never closed", "end it with another", part.start)
    least = _LEAST.get(spec.name, 1) if argument.kind == "text" else 1
    if part.text and len(part.text) < least:
        why = f"at least {least} characters are needed"
        return Wrong(why, _how(spec), part.start, argument.name)
    value = canonical(argument.kind, part.text)
    return replace(value, at=part.start) if isinstance(value, Wrong) else value


_LEAST = {"image": LEAST["image"], "prompt": LEAST["prompt"], "web": LEAST["search"]}


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
            return _participant(text)
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
            return Wrong(f"{_short(text)} is no place", "a number such as 12 is needed")
        case "options":
            return _options(text)
        case "command":
            spec = spec_of(text)
            return spec.name if spec else _unknown(text.removeprefix("/"))
        case _:
            assert_never(kind)


def _participant(text: str) -> str:
    """Return an id where `text` looks like one: `@ai-2`, `ai2` and `2` are `AI-2`."""
    plain = text.lstrip("@") or text
    found = _AI.fullmatch(plain)
    return f"AI-{int(found[1])}" if found else plain


def _whole(text: str, hint: str) -> str | Wrong:
    figures = text.removeprefix("#")
    if figures.isascii() and figures.isdigit() and len(figures) <= 6 and int(figures):
        return str(int(figures))
    return Wrong(f"{_short(text)} will not do", hint)


def _temperature(text: str) -> str | Wrong:
    wrong = Wrong(f"{_short(text)} is no temperature", "a number from 0 to 2, such as 0.7")
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
        f"{_short(text)} is no budget", "such as $2, 200 turns, 50000 tokens, 10 min or none"
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


def _one_of(text: str, names: Iterable[str]) -> str | Wrong:
    wanted = text.lower()
    names = list(names)
    hits = [name for name in names if name == wanted] or [
        name for name in names if name.startswith(wanted)
    ]
    if len(hits) == 1:
        return hits[0]
    return Wrong(f"{_short(text)} is none of {', '.join(names)}", f"such as {names[0]}")


def _verb(text: str) -> str | Wrong:
    who, slash, verb = text.rpartition("/")
    plain = verb.lower().lstrip("!").replace("-", "_")
    plain = SHORT_VERBS.get(plain, plain)
    if plain not in VERBS or plain == "video" or (slash and not who):
        near = get_close_matches(plain[:32], [*VERBS, *SHORT_VERBS], 1, 0.6)
        meant = f"did you mean {SHORT_VERBS.get(near[0], near[0])}? " if near else ""
        return Wrong(
            f"{_short(text)} is no command of the models",
            f"{meant}such as image, or AI-2/image",
        )
    return f"{_participant(who)}/{plain}" if who else plain


_POLL = re.compile(r"[Pp][0-9]{1,6}")


def _numbered(letter: str, text: str) -> str | Wrong:
    figures = text.lstrip("#").removeprefix(letter).removeprefix(letter.lower())
    if figures.isascii() and figures.isdigit() and len(figures) <= 6:
        return f"{letter}{int(figures)}"
    return Wrong(f"{_short(text)} will not do", f"such as {letter}1")


def options_of(text: str) -> tuple[str, ...]:
    """Return the choices of `[yes, no]`, repeats once."""
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    found: list[str] = []
    for option in _OPTION.finditer(inner):
        quoted, plain = option.groups()
        said = _ESCAPED.sub(r"\1", quoted) if quoted is not None else plain
        if said.strip():
            found.append(" ".join(said.split()))
    return tuple(dict.fromkeys(found))


def _options(text: str) -> str | Wrong:
    found = options_of(text)
    if 2 <= len(found) <= MOST_CHOICES:
        return _listed(found)
    return Wrong(
        f"a poll has 2 to {MOST_CHOICES} choices, not {len(found)}", "such as [yes, no]"
    )


def _listed(options: Sequence[str]) -> str:
    shown = [
        _quote(option) if any(mark in option for mark in ',;"[]\\') else option
        for option in options
    ]
    return f"[{', '.join(shown)}]"


FITS: dict[Kind, Callable[[str], object]] = {
    "poll": _POLL.fullmatch,
    "format": FORMATS.__contains__,
}
"""Optional arguments that are not last: a word that does not fit is the next one's."""


# What a room has to name.


def choices_in(room: Room, rest: Choices | None = None) -> Choices:
    """Return what `room` has to name, beside what `rest` has.

    Args:
        room: As it stands.
        rest: Models, scenarios, themes and rooms, which no room knows.
    """
    here = [seat for seat in room.seats if not (seat.left or seat.participant.person)]
    return replace(
        rest or Choices(),
        participants=tuple(Choice(seat.id, seat.participant.name) for seat in here),
        polls=tuple(Choice(poll.poll, poll.question) for poll in room.polls),
        ballots=tuple((poll.poll, poll.options) for poll in room.polls),
        approvals=tuple(
            Choice(one.approval, f"{room.label(one.by)}: !{one.verb} {one.argument}".strip())
            for one in room.waiting
        ),
        images=tuple(
            Choice(job.image, job.prompt)
            for job in room.jobs
            if job.state in ("queued", "running")
        ),
    )
