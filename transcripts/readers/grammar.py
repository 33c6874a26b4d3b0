"""Lines of the old transcripts that are not anybody's speech.

Four generations of one program wrote them. The first told in prose what was done, the later
ones echo the command: icon, who in brackets, the command, and how it went. Kinds:

`image` asked for, `done` with its `caption`; `prompt`, `temperature` and the `told` line that
the others got of each; `invite`, `already`; `mute` and the turn sat out, `listening`;
`search`, `video`, `answer`, `refused`, `fault`, `left`, and `said` for what the program itself said.

A line is only recognised here; whether it is one, its surroundings decide: see `liminal`.
"""

import re
from dataclasses import replace
from typing import Protocol

from transcripts.readers.reading import Notice

_ICON = r"(?P<icon>[^\x00-\x7f\s]{1,8})[ ]"
_WHO = r"(?P<actor>AI-\d{1,3}|[Yy]ou)(?:[ ]\((?P<name>[^\n]*?)\))?"
_COMMAND = re.compile(rf"(?:{_ICON})?\[{_WHO}\]:[ ]!(?P<verb>[a-z_]{{3,20}})(?P<rest>[\s\S]*)")
_OPENER = re.compile(rf"(?:{_ICON})?\[{_WHO}\]:[ ]!(?:[a-z_]{{3,20}})(?:[ ]|$)")
_TOLD = re.compile(
    rf"\[{_WHO}[ ](?:(?P<prompt>modified[ ]their[ ]system[ ]prompt)"
    r"|(?P<temperature>adjusted[ ]their[ ]temperature)"
    r"|(?P<listening>used[ ]!mute_self[ ]-[ ]listening[ ].*))\]"
)
_DONE = re.compile(rf"(?:{_ICON})?{_WHO}[ ]created[ ]an[ ]image(?P<picture>[ ]?\ufffc?)")
_ALREADY = re.compile(
    rf"{_ICON}(?P<model>[^\n]+?)[ ](?P<how>was[ ]already[ ]invited(?:[ ]\(by[ ]another[ ]AI\))?"
    r"|is[ ]already[ ]in[ ]the[ ]conversation[ ]as[ ]AI-\d{1,3})"
)
_LEFT = re.compile(
    rf"{_ICON}{_WHO}[ ](?P<how>left|was[ ]sent[ ]out[ ]by[ ][^\n]+?)(?:[ ]—[ ](?P<why>[^\n]*))?"
)

_PAINTS = re.compile(
    rf"(?:{_ICON})?\[?{_WHO}\]?[ ]is[ ]creating[ ]an?[ ](?P<what>image|video)"
    r"(?::?[ ][\"“]?(?P<prompt>[^\n]*?)[\"”]?)?(?:[ ]?\.\.\.|…)?"
)
_INVITES = re.compile(
    rf"(?:{_ICON})?\[?{_WHO}\]?[ ](?:has[ ])?invited[ ](?P<model>[^\n]+?)"
    r"(?:[ ]to[ ](?:join[ ])?(?:the[ ])?(?:conversation|chat|room|discussion))?"
    r"(?:[ ]as[ ]AI-\d{1,3})?[.!]?"
)
_INVITED = re.compile(
    rf"{_ICON}(?P<model>[^\n]+?)[ ](?:has[ ]been|was)[ ]invited"
    r"(?:[ ]to[ ](?:join[ ])?(?:the[ ])?(?:conversation|chat|room|discussion))?"
    rf"[ ]by[ ]{_WHO}[.!]?"
)
_MUTES = re.compile(
    rf"{_ICON}\[?{_WHO}\]?[ ](?:has[ ])?(?:muted[ ](?:itself|themselves)|chose[ ]to[ ]listen)[^\n]*"
)
_SEARCHES = re.compile(
    rf"{_ICON}\[?{_WHO}\]?[ ](?:is[ ]searching|searched)(?:[ ]for)?:?[ ][\"“]?(?P<query>[^\n]*?)[\"”]?"
    r"(?:\.\.\.|…)?"
)

_ERRORS = (
    (re.compile(r"(?:Image|Picture) prompt too short"), "image"),
    (re.compile(r"Video prompt too short"), "video"),
    (re.compile(r"Search query too short"), "search"),
    (re.compile(r"(?:No results found|Search failed)\b[^\n]*"), "search"),
    (re.compile(r"Prompt (?:text )?too short"), "prompt"),
    (re.compile(r"(?:Invalid temperature|Temperature must be)\b[^\n]*"), "temperature"),
    (re.compile(r"(?:Maximum of \d+ AIs already reached|No model specified)[^\n]*"), "add_ai"),
    (re.compile(r"AI removal requires consensus[^\n]*"), "remove_ai"),
    (re.compile(r"Models list not found[^\n]*"), "list_models"),
    (re.compile(r"Unknown command: ?(?:[^\n]*)"), ""),
)
_FAULT = re.compile(r"(?:\[?Error\]?: )[^\n]*")
_SYSTEM = re.compile(r"\[System: (?P<inner>[\s\S]*)\]")

_STATUS = re.compile(r'(?:(?<=")|^[^"\n]*?)(?P<dash>[ ](?:—|--)[ ])(?P<status>[^\n"]*)$')
_WAITS = re.compile(r"[ ]\(generating(?:\.\.\.|…)\)$")
_FOUND = re.compile(r"[ ]\(found[ ](?P<count>\d+)[ ]results?\)$")
_TEMPERATURE = re.compile(
    r"[ ](?P<value>\d{1,3}(?:\.\d*)?|\.\d+)(?:[ ]—[ ](?P<status>[^\n]*))?"
)
_MUTED = re.compile(r"(?:[ ](?P<turns>\d{1,4}))?(?:[ ]—[ ](?P<status>[^\n]*))?")
_TWO = re.compile(r'"(?P<first>[^"]*)"(?:[ ]"(?P<second>[\s\S]*)")?')
_ATTACHED = "<image attached>"
_HIT = re.compile(r"\s*\d{1,3}\. \**(?P<title>.*?)\**\s*")

REFUSING = frozenset("❌ℹ⚠")
"""Icons of what was not carried out."""


def opens(line: str) -> bool:
    """Return whether `line` can be the first of a notice that goes on in the next lines."""
    return _OPENER.match(line) is not None


def notice(text: str, line: int) -> Notice | None:
    """Return the notice that `text` is, or `None` if it has the shape of none.

    Args:
        text: A line, or several if `opens` says so of the first.
        line: Where it stands in the file.
    """
    shown = text.rstrip("\n ")
    system = _SYSTEM.fullmatch(shown)
    if system:
        inner = notice(system["inner"], line)
        if inner:
            return replace(inner, text=text)
        return Notice(kind="said", line=line, text=text, argument=system["inner"])
    if call := _COMMAND.fullmatch(shown):
        return _command(call, text, line)
    if "\n" in shown:
        return None
    return _plain(shown, text, line) or _prose(shown, text, line)


def error(text: str, line: int) -> Notice | None:
    """Return the notice of a bare line that says why a command was not carried out."""
    shown = text.strip()
    for pattern, verb in _ERRORS:
        if pattern.fullmatch(shown):
            return Notice(kind="refused", line=line, text=text, verb=verb, status=shown)
    return None


def fault(text: str, line: int) -> Notice | None:
    """Return the notice of a bare `Error: …`, which a model may as well have written."""
    shown = text.strip()
    if _FAULT.fullmatch(shown):
        return Notice(kind="fault", line=line, text=text, status=shown)
    return None


class _Maker(Protocol):
    def __call__(
        self, kind: str, argument: str = "", second: str = "", status: str = ""
    ) -> Notice: ...


def _command(call: re.Match[str], text: str, line: int) -> Notice | None:
    icon, verb, rest = call["icon"] or "", call["verb"], call["rest"]
    actor, name = _actor(call["actor"]), call["name"] or ""

    def made(kind: str, argument: str = "", second: str = "", status: str = "") -> Notice:
        return Notice(
            kind=kind,
            line=line,
            text=text,
            actor=actor,
            name=name,
            verb=verb,
            argument=argument,
            second=second,
            status=status,
        )

    if icon[:1] in REFUSING or (icon and verb == "remove_ai"):
        status = _STATUS.search(rest)
        argument = rest[: status.start("dash")] if status else rest
        argument = argument.strip().removeprefix('"').removesuffix('"')
        return made("refused", argument, status=status["status"] if status else "")
    match verb:
        case "image" | "video":
            return _picture(rest, made, icon=icon, verb=verb)
        case "prompt" if icon:
            status = _STATUS.search(rest)
            words = _quoted(rest[: status.start("dash")] if status else rest)
            if words is None:
                return None
            return made("prompt", words, status=status["status"] if status else "")
        case "temperature" if icon and (value := _TEMPERATURE.fullmatch(rest)):
            return made("temperature", value["value"], status=value["status"] or "")
        case "add_ai" if icon and (two := _TWO.fullmatch(rest.removeprefix(" "))):
            return made("invite", two["first"], two["second"] or "")
        case "mute_self" if icon and (turns := _MUTED.fullmatch(rest)):
            return made("mute", turns["turns"] or "1", status=turns["status"] or "")
        case "search" if icon:
            return _search(rest, made)
        case "list_models" if icon:
            return made("answer", status=rest.strip())
        case _ if icon and "\n" not in rest:
            # A verb of a fork, or one of ours that the old form cannot say.
            return made("said", rest.strip())
        case _:
            return None


def _picture(rest: str, made: _Maker, *, icon: str, verb: str) -> Notice | None:
    waits = _WAITS.search(rest)
    if waits or icon:
        words = _quoted(rest[: waits.start()] if waits else rest)
        if words is None:
            return None
        return made("image" if verb == "image" else "video", words)
    shown = rest.rstrip()
    if shown.endswith(_ATTACHED):
        shown = shown.removesuffix(_ATTACHED).rstrip()
    words = _quoted(shown)
    return None if words is None or verb != "image" else made("caption", words)


def _search(rest: str, made: _Maker) -> Notice | None:
    first, _, hits = rest.partition("\n")
    count = _FOUND.search(first)
    query = _quoted(first[: count.start()] if count else first)
    if query is None:
        return None
    if hits and "Search Results" not in hits[:40]:
        return None
    found = made("search", query, status=f"found {count['count']} results" if count else "")
    if not hits:
        return found
    return replace(found, lines=_hits(hits))


def _hits(text: str) -> tuple[str, ...]:
    """Return title, snippet and address of each hit, a line each."""
    hits: list[list[str]] = []
    for line in text.split("\n"):
        if (title := _HIT.fullmatch(line)) and not line.startswith("   "):
            hits.append([title["title"]])
        elif hits and line.strip():
            hits[-1].append(line.strip().removeprefix("Source: "))
    return tuple("\n".join(hit) for hit in hits)


def _plain(shown: str, text: str, line: int) -> Notice | None:
    if told := _TOLD.fullmatch(shown):
        actor, name = _actor(told["actor"]), told["name"] or ""
        kind = "listening" if told["listening"] else "told"
        verb = "prompt" if told["prompt"] else "temperature" if told["temperature"] else ""
        return Notice(kind=kind, line=line, text=text, actor=actor, name=name, verb=verb)
    done = _DONE.fullmatch(shown)
    if done and (done["icon"] or done["picture"]):
        return Notice(
            kind="done",
            line=line,
            text=text,
            actor=_actor(done["actor"]),
            name=done["name"] or "",
        )
    if already := _ALREADY.fullmatch(shown):
        return Notice(
            kind="already",
            line=line,
            text=text,
            verb="add_ai",
            argument=already["model"],
            status=f"{already['model']} {already['how']}",
        )
    if left := _LEFT.fullmatch(shown):
        return Notice(
            kind="left",
            line=line,
            text=text,
            actor=_actor(left["actor"]),
            name=left["name"] or "",
            argument=left["how"],
            status=left["why"] or "",
        )
    return None


def _prose(shown: str, text: str, line: int) -> Notice | None:
    """Return what the first generation told in words."""
    for pattern, kind, verb, group in (
        (_PAINTS, "image", "image", "prompt"),
        (_INVITED, "invite", "add_ai", "model"),
        (_INVITES, "invite", "add_ai", "model"),
        (_MUTES, "mute", "mute_self", ""),
        (_SEARCHES, "search", "search", "query"),
    ):
        if told := pattern.fullmatch(shown):
            return Notice(
                kind="video" if kind == "image" and told["what"] == "video" else kind,
                line=line,
                text=text,
                actor=_actor(told["actor"]),
                name=told["name"] or "",
                verb=verb,
                argument=(told[group] or "").strip('"') if group else "1",
                status="prose",
            )
    return None


def _quoted(rest: str) -> str | None:
    """Return what stands between the first and the last quotation mark."""
    words = rest.strip(" ")
    if len(words) < 2 or words[0] != '"' or words[-1] != '"':
        return None
    return words[1:-1]


def _actor(actor: str) -> str:
    return actor.lower() if actor.lower() == "you" else actor
