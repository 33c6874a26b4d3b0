"""Every command that there is, its arguments, and what kind of thing each of them is."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

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
    "share",
    "remedy",
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
    "SHARE": "share",
    "WHAT": "remedy",
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

    @property
    def how(self) -> str:
        """How it is written, for a line that says what is wrong."""
        return (
            f"{self.usage}, such as {self.example}" if self.arguments else f"{self.usage} alone"
        )


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
REMEDIES = {
    "notice": "a line that only you read",
    "widen": "and more lines are told word for word",
    "delaminate": "and laminae are made finer",
}
"""What is done when continuity falls below what is asked for."""
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
    _spec(LOOK, "continuity [SHARE] [WHAT]",
          "Show how well turns go on from what is sent, or have a fall below SHARE told.",
          "/continuity 80 widen", aliases=("score",)),
    _spec(LOOK, "undo [PLACE]", "Take back a split, a merger or a rewrite in the hidden memory.",
          "/undo 40"),
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


BY_NAME = {name: spec for spec in SPECS for name in (spec.name, *spec.aliases)}
"""Each by its name and by its aliases."""


def spec_of(name: str) -> Spec | None:
    """Return the command of that name or alias, with or without its `/`."""
    return BY_NAME.get(name.removeprefix("/").lower().replace("-", "_"))
