"""Scenarios: who is in a room at the start, what they are told, and how the room is set.

A scenario is a TOML file. The bundled ones lie beside this module and need no key and no
network: their casts play scripts. A script is a text for each turn; in a file of its own the
turns are parted by a line with `%%` alone. `{name}` stands for a variable; in a script, braces
around anything else are just braces.
"""

import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.errors import ScenarioError
from transcripts.events import Caps, Opened
from transcripts.participants import PERSON, ROOM, Participant

if TYPE_CHECKING:
    from agents.scenarios.shape import Document, Limits

FOLDER = Path(__file__).parent
"""Where the bundled scenarios lie."""

SCRIPT_BYTES = 1_000_000
"""Bytes a script file may have: some hundred turns are far below that."""

_PARTING = "%%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One who takes part: of the cast, or a guest who may be invited."""

    name: str
    model: str
    persona: str = ""
    temperature: float | None = None
    vision: bool = False
    script: tuple[str, ...] = ()
    """What it says, a text for each turn; empty for real models."""
    aliases: tuple[str, ...] = ()
    """Of guests: other names they answer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A room before it is opened, variables filled in."""

    name: str
    """The file's name without its ending."""
    path: Path
    title: str
    description: str = ""
    default: bool = False
    """Whether it is the one to open when none is named."""
    house: str = ""
    """What every model is told first."""
    opening: str = ""
    """The first line of the room; empty for none."""
    opening_by: str = PERSON
    """Whose it is: `you`, or `room` for a narrator."""
    order: str = "round_robin"
    rounds: int = 4
    window: int = 6
    budget: int = 2048
    """Bytes of cc."""
    recall: int = 2048
    """Bytes of older lines told beside it."""
    carrier: str = "text"
    caps: Caps = field(default_factory=Caps)
    approvals: dict[str, str] = field(default_factory=dict[str, str])
    duplicates: str = "deny"
    inline: bool = False
    painter: str = "sketch"
    """`sketch`, or the id of a model that draws."""
    seed: int | None = None
    variables: dict[str, str] = field(default_factory=dict[str, str])
    """With the values in use."""
    cast: tuple[Role, ...] = ()
    guests: tuple[Role, ...] = ()

    def opened(self, seed: int | None = None) -> Opened:
        """Return the first entry of a room made from this.

        Args:
            seed: Instead of the scenario's own.
        """
        return Opened(
            title=self.title,
            scenario=self.name,
            house=self.house,
            order=self.order,
            carrier=self.carrier,
            budget=self.budget,
            recall=self.recall,
            window=self.window,
            seed=self.seed if seed is None else seed,
            caps=self.caps,
            approvals=dict(self.approvals),
            duplicates=self.duplicates,
            inline=self.inline,
        )

    def participants(self) -> list[Participant]:
        """Return the cast, `AI-1` first."""
        return [
            Participant(
                id=f"AI-{number}",
                name=role.name,
                model=role.model,
                persona=role.persona,
                temperature=role.temperature,
                vision=role.vision,
            )
            for number, role in enumerate(self.cast, start=1)
        ]

    @property
    def script(self) -> dict[str, list[str]]:
        """What is played: for the cast by participant id, for guests by model id."""
        lines = {
            f"AI-{number}": list(role.script)
            for number, role in enumerate(self.cast, start=1)
            if role.script
        }
        lines.update({guest.model: list(guest.script) for guest in self.guests if guest.script})
        return lines

    @property
    def scripted(self) -> bool:
        """Whether the whole cast plays scripts, so that no key and no network is needed."""
        return all(role.script for role in self.cast)

    @property
    def keyless(self) -> bool:
        """Whether the whole cast speaks without a key and a network: by script, or babbling."""
        return all(role.script or role.model.startswith("bytes/") for role in self.cast)


def bundled() -> list[str]:
    """Return the names of the scenarios that come along.

    The default one first, then those that play scripts, then the others.
    """
    found = {
        path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")
    }

    def rank(name: str) -> tuple[bool, bool, str]:
        told = found[name]
        plays = all(part.get("script") for part in told["cast"])
        return told.get("default") is not True, not plays, name

    return sorted(found, key=rank)


def default() -> str:
    """Return the name of the bundled scenario that opens when none is named."""
    for path in sorted(FOLDER.glob("*.toml")):
        if tomllib.loads(path.read_text(encoding="utf-8")).get("default") is True:
            return path.stem
    raise ScenarioError(f"{FOLDER}: no scenario is marked as the default")


def user_scenarios(folder: Path) -> list[Path]:
    """Return the scenario files in `folder`, by name; none if there is no such folder."""
    return sorted(path for path in folder.glob("*.toml") if path.is_file())


def load(name_or_path: str | Path, variables: Mapping[str, str] | None = None) -> Scenario:
    """Return the scenario of that name or in that file.

    Args:
        name_or_path: A bundled one's name, or a path: whatever has a `/` or ends in `.toml`.
        variables: Instead of the file's own values.

    Raises:
        ScenarioError: There is none, or the first thing that is wrong with it.
    """
    path = _find(name_or_path)
    read, problems = _read(path)
    if read is None or problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ScenarioError(f"{path.name}: {problems[0]}{more}")
    document, scripts = read
    values = dict(document.variables)
    for name, value in (variables or {}).items():
        if name not in values:
            close = get_close_matches(name, values, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else _has(values)
            raise ScenarioError(f"{path.name}: no variable {name!r}{hint}")
        values[name] = value
    return _scenario(path, document, scripts, values)


def validate(path: Path) -> list[str]:
    """Return all that is wrong with a scenario file, a line each; empty if nothing is."""
    return [f"{path.name}: {problem}" for problem in _read(path)[1]]


def _has(values: Mapping[str, str]) -> str:
    return f"; it has {', '.join(values)}" if values else "; it has none"


def _find(name_or_path: str | Path) -> Path:
    name = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in name or "\\" in name or name.endswith(".toml"):
        return Path(name_or_path)
    names = bundled()
    if name in names:
        return FOLDER / f"{name}.toml"
    close = get_close_matches(name, names, n=3)
    hint = f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(names)}"
    raise ScenarioError(f"no scenario called {name!r}; {hint}")


_Scripts = dict[str, tuple[str, ...]]
"""Scripts by key: `cast[0]`, `guests[1]`."""


def _read(path: Path) -> tuple[tuple["Document", _Scripts] | None, list[str]]:
    """Return what the file says, or `None` if that cannot be told, and all its problems."""
    from agents.scenarios.shape import check, script_problems

    try:
        data: dict[str, Any] = tomllib.loads(_text(path))
    except ScenarioError as error:
        return None, [str(error)]
    except OSError as error:
        return None, [f"cannot be read: {error.strerror or error}"]
    except UnicodeDecodeError as error:
        return None, [f"is not UTF-8 at byte {error.start}"]
    except tomllib.TOMLDecodeError as error:
        return None, [f"is not TOML: {_one_line(str(error))}"]
    document, problems = check(data)
    if document is None:
        return None, problems
    scripts: _Scripts = {}
    parts = [(f"cast[{n}]", part) for n, part in enumerate(document.cast)]
    parts += [(f"guests[{n}]", part) for n, part in enumerate(document.guests)]
    for key, part in parts:
        scripts[key] = tuple(part.script or ())
        if part.script is None and part.script_file is not None:
            try:
                scripts[key] = _script_file(path.parent, part.script_file)
            except ScenarioError as error:
                problems.append(f"{key}.script_file: {error}")
                continue
            problems += script_problems(
                f"{key}.script_file",
                scripts[key],
                unknown=document.unknown_verbs,
                inline=document.inline,
            )
    return (document, scripts), problems


def _text(path: Path) -> str:
    """Return what is in a plain file: a pipe may never say anything and a device never end.

    Raises:
        ScenarioError: It is none, or too large.
        OSError, UnicodeDecodeError: It cannot be read.
    """
    if not path.is_dir():  # that is refused in the system's own words
        if not stat.S_ISREG(path.stat().st_mode):
            raise ScenarioError("is no file")
        if path.stat().st_size > SCRIPT_BYTES:
            raise ScenarioError(f"has more than {SCRIPT_BYTES} bytes")
    return path.read_text(encoding="utf-8")


def _script_file(folder: Path, name: str) -> tuple[str, ...]:
    """Return the turns in the file `name`, which lies in `folder` or below it.

    Raises:
        ScenarioError: It lies elsewhere, cannot be read, or has nothing in it.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ScenarioError(f"{name!r} is outside the scenario's folder")
    try:
        text = _text(path)
    except ScenarioError as error:
        raise ScenarioError(f"{name!r} {error}") from error
    except OSError as error:
        raise ScenarioError(f"{name!r} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{name!r} is not UTF-8 at byte {error.start}") from error
    turns: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.rstrip() == _PARTING:
            turns.append([])
        else:
            turns[-1].append(line)
    script = tuple(_trimmed("\n".join(lines)) for lines in turns)
    if not any(script):
        raise ScenarioError(f"{name!r} is empty")
    return script


def _trimmed(text: str) -> str:
    """Return `text` without empty lines around it; the first line keeps its indent."""
    lines = text.split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    return "\n".join(lines).rstrip()


def _scenario(
    path: Path, document: "Document", scripts: _Scripts, values: Mapping[str, str]
) -> Scenario:
    from agents.scenarios.shape import PLACEHOLDER, slug

    def filled(text: str) -> str:
        return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)

    def script(key: str) -> tuple[str, ...]:
        return tuple(_trimmed(filled(text)) for text in scripts[key])

    cast = tuple(
        Role(
            name=part.name,
            model=part.model or slug(part.name),
            persona=filled(part.persona).strip(),
            temperature=part.temperature,
            vision=part.vision,
            script=script(f"cast[{number}]"),
        )
        for number, part in enumerate(document.cast)
    )
    guests = tuple(
        Role(
            name=part.name,
            model=part.model or slug(part.name),
            vision=part.vision,
            script=script(f"guests[{number}]"),
            aliases=tuple(part.aliases),
        )
        for number, part in enumerate(document.guests)
    )

    return Scenario(
        name=path.stem,
        path=path,
        title=filled(document.title).strip(),
        description=filled(document.description).strip(),
        default=document.default,
        house=filled(document.house).strip(),
        opening=filled(document.opening).strip(),
        opening_by=PERSON if document.opening_by == "person" else ROOM,
        order=document.order,
        rounds=document.rounds,
        window=document.window,
        budget=document.budget,
        recall=document.recall,
        carrier=document.carrier,
        caps=_caps(document.caps),
        approvals=dict(document.approvals),
        duplicates=document.duplicates,
        inline=document.inline,
        painter=document.painter,
        seed=document.seed,
        variables=dict(values),
        cast=cast,
        guests=guests,
    )


def _caps(limits: "Limits") -> Caps:
    return Caps(
        seats=limits.seats,
        images=limits.images,
        turns=None if limits.turns == "none" else limits.turns,
        tokens=None if limits.tokens == "none" else limits.tokens,
        dollars=None if limits.dollars == "none" else limits.dollars,
        seconds=None if limits.seconds == "none" else limits.seconds,
        per_turn=Caps().per_turn | limits.per_turn,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
