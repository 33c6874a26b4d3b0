"""The person's own keys, in `keys.toml`: which action gets which key, checked for conflicts.

    preset = "emacs"            # on top of what is built in; without it, the vim-like keys

    [keys]
    "room.pause" = "f9"         # several: "f9,ctrl+space"

Every action has an id such as `room.pause`; what stands before the dot says where its key
counts. A key that would mean two things in one place is refused and named, and the rest is
used: a slip in this file must not lock anybody out.
"""

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, cast

PRESETS: dict[str, dict[str, str]] = {
    "vim": {},
    "emacs": {
        "transcript.down": "down,ctrl+n",
        "transcript.up": "up,ctrl+p",
        "transcript.page_down": "pagedown,ctrl+v",
        "transcript.page_up": "pageup,alt+v",
        "transcript.home": "home,alt+less_than_sign",
        "transcript.end": "end,alt+greater_than_sign",
        "transcript.search": "ctrl+s",
        "app.palette": "alt+x",
    },
}
"""Keys that a preset changes, by action."""

ENCLOSING: dict[str, tuple[str, ...]] = {
    "app": (),
    "start": ("app",),
    "reading": ("app",),
    "room": ("reading",),
    "replay": ("reading",),
    "compare": ("app",),
    "dialog": ("app",),
    "confirm": ("dialog",),
    "context": ("dialog",),
    "edit": ("dialog",),
    "exporting": ("dialog",),
    "forks": ("dialog",),
    "help": ("dialog",),
    "listing": ("dialog",),
    "importing": ("dialog",),
    "choices": ("start", "forks", "importing"),
    "offers": ("choices",),
    "shelf": ("choices",),
    "finder": ("start",),
    "transcript": ("room", "replay"),
    "roster": ("room", "replay"),
    "inspector": ("room", "replay"),
    "approvals": ("room",),
    "prompt": ("room",),
}
"""For every place, what lies right around it: a key there counts here too, unless taken."""

_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_NAMES = frozenset(
    {"escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end"}
    | {"pageup", "pagedown", "up", "down", "left", "right"}
    | {"slash", "backslash", "at", "minus", "plus", "underscore"}
    | {f"f{number}" for number in range(1, 25)}
)
_SHORT = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+space": "ctrl+@",
    "ctrl+at": "ctrl+@",
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
}
"""Keys a terminal cannot tell apart, and other names of some; kept under one name."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """What a file of keys comes to."""

    keys: dict[str, str]
    """Keys by action, several with commas between; only what differs from the built-in."""
    troubles: tuple[str, ...] = ()
    """What was not taken over, a line each."""


def read(path: Path, built_in: Mapping[str, str]) -> Keymap:
    """Return the keys that the file at `path` asks for; it need not exist.

    Args:
        path: A TOML file.
        built_in: The keys that every action by id has of itself, several with commas between.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap({})
    except UnicodeDecodeError:
        return Keymap({}, (f"{path}: no UTF-8 text; no keys are changed",))
    except OSError as error:
        return Keymap({}, (f"{path}: {error.strerror or error}; no keys are changed",))
    except tomllib.TOMLDecodeError as error:
        return Keymap({}, (f"{path}: {error}; no keys are changed",))
    return asked(body, built_in, source=str(path))


def asked(body: Mapping[str, Any], built_in: Mapping[str, str], *, source: str) -> Keymap:
    """Return the keys that a file's content asks for. See `read`."""
    troubles: list[str] = []
    preset = body.get("preset", "vim")
    if not isinstance(preset, str) or preset not in PRESETS:
        troubles.append(f"{source}: preset {preset!r}: one of {', '.join(PRESETS)} expected")
        preset = "vim"
    troubles += [
        f"{source}: {name!r} means nothing here; there are `preset` and `[keys]`"
        for name in body
        if name not in ("preset", "keys")
    ]
    wished = {action: keys for action, keys in PRESETS[preset].items() if action in built_in}
    own = body.get("keys", {})
    if not isinstance(own, dict):
        troubles.append(f"{source}: [keys] is a table of actions and their keys")
        own = {}
    for action, keys in _flat(cast("dict[str, object]", own)):
        trouble = _wrong(action, keys, built_in)
        if trouble:
            troubles.append(f"{source}: {trouble}")
        else:
            wished.pop(action, None)  # what is written later gives way to what was before
            wished[action] = str(keys)
    # Whoever is refused keeps its own keys, and somebody else may have counted on them.
    while clash := next(filter(None, (_clash(one, wished, built_in) for one in wished)), None):
        action, key, other = clash
        del wished[action]
        troubles.append(f"{source}: {action}: {key} is {other} already")
    taken = {action: ",".join(_pressed(keys)) for action, keys in wished.items()}
    return Keymap(taken, tuple(troubles))


def clashes(keys: Mapping[str, str]) -> list[str]:
    """Return a line for each key that means two things in one place; nested places may."""
    found: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for action, names in keys.items():
        place = action.partition(".")[0]
        for key in _parts(names):
            other = seen.setdefault((place, key), action)
            if other != action:
                found.append(f"{key} is {other} and {action}")
    return found


def around(place: str) -> frozenset[str]:
    """Return all places whose keys count in `place` too."""
    near = ENCLOSING.get(place, ())
    return frozenset(near).union(*(around(one) for one in near))


@cache
def canonical(key: str) -> str:
    """Return the one name of a key however it was written; empty if it is none.

    `Ctrl+G` is `ctrl+g`, `?` is `question_mark`, `shift+m` is `M`, `ctrl+i` is `tab`.
    """
    if key == "+" or key.endswith("++"):
        *before, last = [*key[:-1].split("+")[:-1], "+"]
    else:
        *before, last = key.split("+")
    modifiers = [one.lower() for one in before]
    if len(set(modifiers)) != len(modifiers) or not set(modifiers) <= set(_MODIFIERS):
        return ""
    modifiers.sort(key=_MODIFIERS.index)
    if len(last) > 1:
        last = last.lower()
    elif modifiers == ["shift"] and last.isalpha():
        modifiers, last = [], last.upper()
    elif modifiers:
        last = last.lower()
    if last == "@" and modifiers:
        return "+".join((*modifiers, "@"))
    if len(last) == 1 and not last.isalnum():
        last = _spelled(last) if last.isprintable() else ""
    elif len(last) > 1:
        last = _SHORT.get(last, last)
        last = _SAME.get(last, last)
        if last not in _NAMES and last not in _characters():
            return ""
    if not last:
        return ""
    whole = "+".join((*modifiers, last))
    return _SAME.get(whole, whole)


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """Yield actions and their keys: without quotes, `room.pause` is a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, object]", value), f"{before}{name}.")
        else:
            yield before + name, value


def _spelled(character: str) -> str:
    """Return what a character is called as a key, such as `question_mark`; empty for none."""
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _SHORT.get(name, name)


@cache
def _characters() -> frozenset[str]:
    """Return what the characters of European keyboards are called as keys."""
    return frozenset(_spelled(chr(code)) for code in range(0x21, 0x180)) - {""}


def _parts(keys: str) -> list[str]:
    """Return keys by their one name; what is none stands as it is."""
    # A comma alone is a key too.
    parts = [","] if keys.strip() == "," else [k.strip() for k in keys.split(",") if k.strip()]
    return [canonical(part) or part for part in parts]


def _pressed(keys: str) -> list[str]:
    """Return keys by every name a terminal may send them under."""
    names: list[str] = []
    for key in _parts(keys):
        names += ["ctrl+@", "ctrl+space"] if key == "ctrl+@" else [key]
    return list(dict.fromkeys(names))


def _wrong(action: str, keys: object, built_in: Mapping[str, str]) -> str:
    if action not in built_in:
        near = get_close_matches(action, built_in, 1)
        hint = f"; did you mean {near[0]!r}?" if near else "; F1 lists the actions"
        return f"no action {action!r}{hint}"
    if not isinstance(keys, str) or not _parts(keys):
        return f"{action}: a key expected, such as 'ctrl+g' or 'f5'"
    for key in _parts(keys):
        if not canonical(key):
            return f"{action}: {key!r} is no key; 'ctrl+g', 'f5' or 'alt+enter' are"
    return ""


def _clash(
    action: str, wished: Mapping[str, str], built_in: Mapping[str, str]
) -> tuple[str, str, str] | None:
    """Return an action to refuse, its key, and which other action has that where it counts."""
    place = action.partition(".")[0]
    order = list(wished)
    # Keys that are doubled by design, inside widgets, stay as they are.
    own = set(_parts(built_in[action]))
    for key in _parts(wished[action]):
        for other, theirs in built_in.items():
            there = other.partition(".")[0]
            related = there == place or there in around(place) or place in around(there)
            if other == action or not related or key in own:
                continue
            # An action that gets other keys in the same file gives up its own.
            if key not in _parts(wished.get(other, theirs)):
                continue
            later = other in wished and order.index(other) > order.index(action)
            if not later or key in _parts(theirs):  # else the other one is refused for it
                return action, key, other
    return None
