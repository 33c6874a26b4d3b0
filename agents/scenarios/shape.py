"""What a scenario file may say, and what is wrong with one.

The only module of scenarios that knows pydantic; `agents.scenarios.scenario` imports it when
a file is read, not before. All problems of a file are found in one go: what fits is checked
further even where something else does not fit.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from transcripts.commands.parse import parse
from transcripts.commands.words import Malformed
from transcripts.events import Caps
from transcripts.room import KEPT_LINES

VERBS = frozenset(Caps().per_turn)
"""Every verb of the command language."""

SCRIPTED = "scripted/"
"""How the ids of models start that play lines from the file."""

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A variable in a text: `{topic}`."""

_Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\[\]():<>\n\r\t]+$")]
_Model = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]
_Verb = Annotated[str, Field(min_length=1)]
_Part = TypeVar("_Part", bound=BaseModel)


class Strict(BaseModel):
    """Nothing is guessed and nothing is let through that has no meaning."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Member(Strict):
    """One of the cast."""

    name: _Name
    model: _Model | None = None
    persona: str = ""
    temperature: float | None = Field(default=None, ge=0, le=2)
    vision: bool = False
    script: list[str] | None = None
    script_file: str | None = None


class Visitor(Strict):
    """Somebody who may be invited."""

    name: _Name
    model: _Model | None = None
    aliases: list[_Name] = []
    vision: bool = False
    script: list[str] | None = None
    script_file: str | None = None


class Limits(Strict):
    """`events.Caps`, as a file writes it: "none" where there is no limit."""

    seats: int = Field(default=Caps().seats, ge=1, le=12)
    images: int = Field(default=Caps().images, ge=0)
    turns: Annotated[int, Field(ge=1)] | Literal["none"] = Caps().turns or "none"
    tokens: Annotated[int, Field(ge=1)] | Literal["none"] = Caps().tokens or "none"
    dollars: Annotated[float, Field(ge=0)] | Literal["none"] = Caps().dollars or "none"
    seconds: Annotated[float, Field(gt=0)] | Literal["none"] = Caps().seconds or "none"
    per_turn: dict[_Verb, Annotated[int, Field(ge=0)]] = {}


class Document(Strict):
    """A whole file."""

    title: str = Field(min_length=1, max_length=120)
    description: str = ""
    default: bool = False
    house: str = ""
    opening: str = ""
    opening_by: Literal["person", "narrator"] = "person"
    order: Literal["round_robin", "random", "mention", "person"] = "round_robin"
    rounds: int = Field(default=4, ge=1)
    window: int = Field(default=6, ge=1, le=KEPT_LINES)
    budget: int = Field(default=2048, ge=0)
    recall: int = Field(default=2048, ge=0)
    carrier: str = Field(default="text", min_length=1)
    caps: Limits = Limits()
    approvals: dict[str, Literal["auto", "ask", "deny"]] = {}
    duplicates: Literal["allow", "ask", "deny"] = "deny"
    inline: bool = False
    painter: str = Field(default="sketch", min_length=1)
    seed: int | None = None
    variables: dict[str, str] = {}
    unknown_verbs: list[str] = []
    cast: list[Member] = Field(min_length=1)
    guests: list[Visitor] = []


def check(data: dict[str, Any]) -> tuple[Document | None, list[str]]:
    """Return the file as data and what is wrong with it, each problem one line with its key.

    The first is `None` if its shape is wrong. Scripts in files of their own are not read
    here: see `script_problems`.
    """
    problems: list[str] = []
    document = None
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        problems += _told(error)
    problems += _meaning(data)
    return document, problems


def script_problems(
    key: str, script: Sequence[str], *, unknown: Sequence[str], inline: bool
) -> Iterator[str]:
    """Yield what is wrong with the lines of a script.

    Args:
        key: Where it stands in the file: `cast[0].script`.
        script: A text for each turn.
        unknown: Verbs that nobody knows and that the script uses on purpose.
        inline: Whether commands fire anywhere in a line.
    """
    for number, text in enumerate(script):
        at = f"{key}[{number}]"
        if not text.strip():
            yield f"{at}: is empty; a turn says something"
            continue
        for found in parse(text, inline=inline).found:
            verb = found.call.verb
            if verb not in VERBS and verb not in unknown:
                yield f"{at}: unknown verb !{verb}{_meant(verb, VERBS)}"
            elif verb in VERBS and isinstance(found.command, Malformed):
                yield f"{at}: !{verb}: {found.command.why}"
            elif "unterminated" in found.call.flags:
                yield f"{at}: !{verb}: a quote is never closed"


def _told(error: ValidationError) -> Iterator[str]:
    """Yield pydantic's findings in our words."""
    seen: set[str] = set()
    for found in error.errors(include_url=False):
        place = found["loc"]
        # A field of several kinds is reported once for each kind it is not.
        union = place[-1] in {"constrained-int", "constrained-float", "int", "float"} or str(
            place[-1]
        ).startswith("literal[")
        key = _key(place[:-1] if union else place)
        if key in seen:
            continue
        seen.add(key)
        match found["type"]:
            case "missing":
                yield f"{key}: is missing"
            case "extra_forbidden":
                yield f"{key}: no such key{_meant(str(place[-1]), _keys_beside(place))}"
            case "literal_error":
                given = found["input"]
                allowed = found.get("ctx", {}).get("expected", "")
                hint = _meant(str(given), re.findall(r"'([^']*)'", allowed))
                yield f"{key}: {given!r} is none of {allowed.replace(' or ', ', ')}{hint}"
            case "string_pattern_mismatch" if place[-1] == "model":
                yield f"{key}: {found['input']!r} has a space in it; a model id has none"
            case "string_pattern_mismatch":
                yield f"{key}: {found['input']!r} has a bracket, colon or line break in it"
            case _:
                yield f"{key}: {_lower(found['msg'])}, not {_brief(found['input'])}"


def _key(place: tuple[int | str, ...]) -> str:
    key = ""
    for step in place:
        if isinstance(step, int):
            key += f"[{step}]"
        elif step != "[key]":
            key += f".{step}" if key else step
    return key


def _keys_beside(place: tuple[int | str, ...]) -> list[str]:
    parts: dict[str, type[BaseModel]] = {"cast": Member, "guests": Visitor, "caps": Limits}
    owner = parts.get(str(place[0]), Document) if len(place) > 1 else Document
    return list(owner.model_fields)


def _meant(word: str, known: Sequence[str] | frozenset[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _lower(message: str) -> str:
    message = message.removeprefix("Input ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _brief(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _meaning(data: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong across fields, looking only at parts whose shape is right."""
    members = list(_parts(data, "cast", Member))
    guests = list(_parts(data, "guests", Visitor))
    limits = next((limits for _, limits in _parts(data, "caps", Limits)), Limits())
    variables = set(_table(data, "variables"))
    unknown = [str(verb) for verb in _list(data, "unknown_verbs")]

    for verb in unknown:
        if verb in VERBS:
            yield f"unknown_verbs: {verb!r} is known"
    seated = len(_list(data, "cast"))
    if seated > limits.seats:
        yield f"cast: {seated} members, but caps.seats is {limits.seats}"
    for verb in limits.per_turn:
        if verb not in VERBS:
            yield f"caps.per_turn.{verb}: unknown verb{_meant(verb, VERBS)}"
    yield from _approvals(data, seated)

    names: dict[str, str] = {}
    ids: dict[str, str] = {}
    for key, part in [*members, *guests]:
        callings = [part.name, *(part.aliases if isinstance(part, Visitor) else [])]
        for calling in callings:
            other = names.setdefault(calling.casefold(), key)
            if other != key:
                yield f"{key}.name: {calling!r} is the name of {other} already"
        if part.model is None and part.script is None and part.script_file is None:
            yield f"{key}.model: is missing, and there is no script to play instead"
        scripted = part.model is None or part.model.startswith(SCRIPTED)
        if scripted and part.model and part.script is None and part.script_file is None:
            yield f"{key}.script: is missing; {part.model} has nothing to play"
        if part.script is not None and part.script_file is not None:
            yield f"{key}.script_file: there is a script already"
        if part.script is not None and not part.script:
            yield f"{key}.script: is empty"
        if part.script is not None and not scripted:
            yield f"{key}.script: {part.model} speaks for itself; only {SCRIPTED}… is played"
        model = part.model or slug(part.name)
        other = ids.setdefault(model, key) if isinstance(part, Visitor) else key
        if other != key:
            yield f"{key}.model: {model} is the model of {other} already"
        yield from script_problems(
            f"{key}.script",
            part.script or [],
            unknown=unknown,
            inline=data.get("inline") is True,
        )
        if isinstance(part, Member):
            yield from _undefined(f"{key}.persona", part.persona, variables)
    for field in ("title", "description", "house", "opening"):
        text = data.get(field)
        if isinstance(text, str):
            yield from _undefined(field, text, variables)
    for name in sorted(variables):
        if not PLACEHOLDER.fullmatch(f"{{{name}}}"):
            yield f"variables.{name}: a name is small letters, digits and _"


def _approvals(data: dict[str, Any], seated: int) -> Iterator[str]:
    for key in _table(data, "approvals"):
        who, slash, verb = key.rpartition("/")
        if verb not in VERBS:
            yield f"approvals.{key}: unknown verb{_meant(verb, VERBS)}"
        elif slash and not re.fullmatch(r"AI-[1-9][0-9]?", who):
            yield f"approvals.{key}: {who!r} is no participant; the cast is AI-1 to AI-{seated}"


def _parts(data: dict[str, Any], key: str, kind: type[_Part]) -> Iterator[tuple[str, _Part]]:
    """Yield what stands under `key` and has the right shape, each with its own key."""
    listed = isinstance(data.get(key), list)
    for number, item in enumerate(_list(data, key) if listed else [data.get(key)]):
        try:
            part = kind.model_validate(item)
        except ValidationError:
            continue
        yield (f"{key}[{number}]" if listed else key), part


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return cast("list[Any]", value) if isinstance(value, list) else []


def _undefined(key: str, text: str, variables: set[str]) -> Iterator[str]:
    for name in dict.fromkeys(PLACEHOLDER.findall(text)):
        if name not in variables:
            yield f"{key}: {{{name}}} is not among the variables{_meant(name, sorted(variables))}"


def slug(name: str) -> str:
    """Return the model id of somebody who has a script and no model: `scripted/two-words`."""
    return SCRIPTED + ("-".join(re.findall(r"[^\W_]+", name.casefold())) or "nobody")
