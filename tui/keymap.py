"""The person's own keys, in `keys.toml`: which action gets which key, checked for conflicts.

    preset = "emacs"            # on top of what is built in; without it, the vim-like keys

    [keys]
    "room.pause" = "ctrl+g"     # several: "ctrl+g,f5"

Every action has an id such as `room.pause`; what stands before the dot says where its key
counts. A key that would mean two things in one place is refused and named, and the rest is
used: a slip in this file must not lock anybody out.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

_KEY = re.compile(r"(?:(?:ctrl|shift|alt|super|hyper|meta)\+)*(?:[a-z0-9_]+|[^\sA-Za-z0-9])")

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

AROUND: dict[str, tuple[str, ...]] = {
    "app": (),
    "start": ("app",),
    "room": ("app",),
    "replay": ("app",),
    "transcript": ("room", "replay", "app"),
    "prompt": ("room", "app"),
    "roster": ("room", "replay", "app"),
    "inspector": ("room", "replay", "app"),
    "approvals": ("room", "app"),
}
"""For every place, what lies around it: a key there counts here too, unless taken."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """What a file of keys comes to."""

    keys: dict[str, str]
    """Keys by action, several with commas between; only what differs from the built-in."""
    troubles: tuple[str, ...] = ()
    """What was not taken over, a line each."""


def read(path: Path, known: Mapping[str, str]) -> Keymap:
    """Return the keys that the file at `path` asks for; it need not exist.

    Args:
        path: A TOML file.
        known: The built-in keys of every action by id, several with commas between.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap({})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Keymap({}, (f"{path}: {error}; no keys are changed",))
    return asked(body, known, source=str(path))


def asked(body: Mapping[str, Any], known: Mapping[str, str], *, source: str) -> Keymap:
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
    wished = {action: keys for action, keys in PRESETS[preset].items() if action in known}
    own = body.get("keys", {})
    if not isinstance(own, dict):
        troubles.append(f"{source}: [keys] is a table of actions and their keys")
        own = {}
    for action, keys in cast("dict[str, object]", own).items():
        trouble = _wrong(action, keys, known)
        if trouble:
            troubles.append(f"{source}: {trouble}")
        else:
            wished[action] = ",".join(_parts(str(keys)))
    taken: dict[str, str] = {}
    for action, keys in wished.items():
        clash = _clash(action, keys, {**known, **taken}, wished)
        if clash:
            troubles.append(f"{source}: {clash}")
        else:
            taken[action] = keys
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


def _parts(keys: str) -> list[str]:
    # A comma alone is a key too.
    return [","] if keys.strip() == "," else [k.strip() for k in keys.split(",") if k.strip()]


def _wrong(action: str, keys: object, known: Mapping[str, str]) -> str:
    if action not in known:
        near = get_close_matches(action, known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else "; F1 lists the actions"
        return f"no action {action!r}{hint}"
    if not isinstance(keys, str) or not _parts(keys):
        return f"{action}: a key expected, such as 'ctrl+g' or 'f5'"
    for key in _parts(keys):
        if not _KEY.fullmatch(key):
            return f"{action}: {key!r} is no key; 'ctrl+g', 'f5' or 'alt+enter' are"
    return ""


def _clash(action: str, keys: str, known: Mapping[str, str], wished: Mapping[str, str]) -> str:
    """Return which other action has one of `keys` where `action` counts, or ``""``."""
    place = action.partition(".")[0]
    for key in _parts(keys):
        for other, theirs in known.items():
            there = other.partition(".")[0]
            related = (
                there == place
                or there in AROUND.get(place, ())
                or place in AROUND.get(there, ())
            )
            # An action that gets other keys in the same file gives up its own.
            now = wished.get(other, theirs)
            if other != action and related and key in _parts(now):
                # Keys that are doubled by design inside widgets stay as they are.
                if key in _parts(known.get(action, "")):
                    continue
                return f"{action}: {key} is {other} already"
    return ""
