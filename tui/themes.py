"""Colour themes: Textual's, three of our own, and those of the person's `themes.toml`.

    [themes.dusk]
    background = "#1c1a22"
    primary = "#b6a0ff"
    dark = true

Ours are calm: text on one ground, one accent, the rest by weight and by dimness. A theme gives
no colours to participants; those are chosen to be readable on it (`colours_for`).
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from tui.colours import COUNT, palette

DEFAULT = "enfold-dark"

_CURSOR = "block-cursor-text-style"


def _tracks(ground: str) -> dict[str, str]:
    """Return variables that leave a scrollbar's handle alone on the ground, without a stripe."""
    names = ("background", "background-hover", "background-active", "corner-color")
    return {f"scrollbar-{name}": ground for name in names}


OURS: Mapping[str, Theme] = {
    theme.name: theme
    for theme in (
        Theme(
            name="enfold-dark",
            primary="#8fb3d9",
            secondary="#7d8fa6",
            accent="#e0b070",
            foreground="#dcdad4",
            background="#15171a",
            surface="#1b1e22",
            panel="#23272d",
            success="#8fc08a",
            warning="#e0b070",
            error="#e58a8a",
            dark=True,
            variables={
                _CURSOR: "none",
                "input-selection-background": "#8fb3d9 30%",
                **_tracks("#15171a"),
            },
        ),
        Theme(
            name="enfold-light",
            primary="#2a5a8c",
            secondary="#5a6b80",
            accent="#8a5a10",
            foreground="#24262a",
            background="#faf9f6",
            surface="#f3f1ec",
            panel="#e8e5de",
            success="#2f6b2f",
            warning="#8a5a10",
            error="#a8323a",
            dark=False,
            variables={
                _CURSOR: "none",
                "input-selection-background": "#2a5a8c 25%",
                # Textual darkens these until they are nearly black.
                "text-primary": "#234c78",
                "text-success": "#27592a",
                "text-warning": "#74490a",
                "text-accent": "#74490a",
                "text-error": "#8e2830",
                **_tracks("#faf9f6"),
            },
        ),
        Theme(
            name="enfold-contrast",
            primary="#7cc4ff",
            secondary="#c8c8c8",
            accent="#ffd75f",
            foreground="#ffffff",
            background="#000000",
            surface="#000000",
            panel="#161616",
            success="#6ee76e",
            warning="#ffd75f",
            error="#ff9494",
            dark=True,
            text_alpha=1.0,
            variables={
                "text-muted": "#d0d0d0",
                "text-disabled": "#a8a8a8",
                "border": "#ffffff",
                "border-blurred": "#c8c8c8",
                "scrollbar": "#c8c8c8",
            },
        ),
    )
}

_COLOURS = (
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
    "success",
    "warning",
    "error",
)
_KEYS = (*_COLOURS, "dark", "variables")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LARGEST = 256 * 1024  # bytes; a theme is a few hundred


class BadThemes(Exception):
    """A theme file that cannot be used; says which file, theme and key, and what may stand."""


def read(file: Path) -> list[Theme]:
    """Return the themes of a person's file, in its order; none if there is no file.

    Blocks: reads the file.

    Raises:
        BadThemes: With one line that says what is wrong, and where.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise BadThemes(f"{file}: larger than {_LARGEST // 1024} kB")
        told = tomllib.loads(text.decode())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadThemes(f"{file}: {error.strerror or 'cannot be read'}") from None
    except UnicodeDecodeError:
        raise BadThemes(f"{file}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadThemes(f"{file}: not TOML: {' '.join(str(error).split())}") from None
    for key in told:
        if key != "themes":
            raise BadThemes(f"{file}: {key!r} is not known; write [themes.NAME]")
    tables = told.get("themes", {})
    if not isinstance(tables, dict):
        raise BadThemes(f"{file}: 'themes' holds tables; write [themes.NAME]")
    return [_theme(file, name, keys) for name, keys in cast("dict[str, Any]", tables).items()]


def _theme(file: Path, name: str, keys: Any) -> Theme:
    where = f"{file}: theme {name!r}"
    if not _NAME.fullmatch(name):
        raise BadThemes(f"{where}: a name is small letters, digits and hyphens, at most 40")
    if name in OURS or name in BUILTIN_THEMES:
        raise BadThemes(f"{where}: there is one of this name already; choose another")
    if not isinstance(keys, dict):
        raise BadThemes(f"{where}: not a table; write [themes.{name}]")
    told = cast("dict[str, Any]", keys)
    for key in told:
        if key not in _KEYS:
            raise BadThemes(f"{where}: {key!r} is not known; allowed: {', '.join(_KEYS)}")
    if "primary" not in told:
        raise BadThemes(f"{where}: 'primary' is missing; a colour like \"#8fb3d9\"")
    dark = told.get("dark", True)
    if not isinstance(dark, bool):
        raise BadThemes(f"{where}: 'dark' is {dark!r}; true or false")
    theme = Theme(name, _colour(f"{where}: 'primary'", told["primary"]), dark=dark)
    for key in _COLOURS:
        if key in told:
            setattr(theme, key, _colour(f"{where}: {key!r}", told[key]))
    theme.variables = _variables(where, told.get("variables", {}))
    return theme


def _colour(where: str, value: Any) -> str:
    """Return an opaque colour as `#rrggbb`."""
    says = f'{where} is {value!r}; a colour like "#8fb3d9", or one of the web\'s names'
    if not isinstance(value, str):
        raise BadThemes(says)
    try:
        colour = Color.parse(value)
    except ColorParseError:
        raise BadThemes(says) from None
    if colour.ansi is not None or colour.a != 1:
        raise BadThemes(f"{says}, without transparency")
    return colour.hex6.lower()


def _variables(where: str, table: Any) -> dict[str, str]:
    """Return what a theme sets of Textual's variables, of those that hold a colour."""
    if not isinstance(table, dict):
        raise BadThemes(f"{where}: 'variables' is not a table; write name = \"#rrggbb\"")
    allowed = BUILTIN_THEMES["textual-dark"].to_color_system().generate()
    found: dict[str, str] = {}
    for key, value in cast("dict[str, Any]", table).items():
        if key not in allowed or key.endswith("-style"):
            raise BadThemes(
                f"{where}: variable {key!r} is not known; allowed are Textual's that hold a "
                'colour, such as "footer-background" or "border"'
            )
        found[key] = _colour(f"{where}: variable {key!r}", value)
    return found


def colours_for(
    variables: Mapping[str, str], *, colourless: bool = False
) -> Callable[[Sequence[str]], dict[str, str]]:
    """Return what gives participants their colours in a theme.

    It takes their ids in joining order (all who ever joined, so that nobody changes colour
    when somebody leaves), and returns a colour that `Color.parse` reads for each; none without
    colours. After twelve they come round again. They are readable on `$background`,
    `$surface` and `$panel`.

    Args:
        variables: `app.theme_variables`.
        colourless: `app.no_color`: the person asked for none.
    """
    found = [] if colourless else _found(variables)

    def colours(ids: Sequence[str]) -> dict[str, str]:
        if not found:
            return {}
        return {one: found[at % len(found)] for at, one in enumerate(dict.fromkeys(ids))}

    return colours


_ANSI = ("cyan", "yellow", "green", "magenta", "blue", "red")


def _found(variables: Mapping[str, str]) -> list[str]:
    background = Color.parse(variables["background"])
    if background.ansi is not None:
        # The terminal's own sixteen: what they look like is between it and the person.
        return [f"ansi_{name}" for name in _ANSI]
    grounds = [background]
    for name in ("surface", "panel"):
        over = Color.parse(variables[name])
        grounds.append(background if over.ansi is not None else background + over)
    first, *others = (ground.hex6.lower() for ground in grounds)
    return palette(first, others, COUNT)
