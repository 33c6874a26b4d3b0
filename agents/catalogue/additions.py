"""Models that the person added, from a TOML file.

    [[model]]
    id = "openrouter/moonshotai/kimi-k2"
    name = "Kimi K2"
    aliases = ["kimi"]
    window = 131072
    dollars_in = 0.6
    dollars_out = 2.5

The id alone is enough. What is not understood is refused, with the place: a misspelt `vision`
should not turn into a model that cannot see.
"""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from agents.catalogue.models import Model
from agents.catalogue.names import display, printable
from agents.catalogue.servers import base_url
from agents.catalogue.table import KEYS
from agents.errors import CatalogueError

_TEXT = ("id", "name", "provider", "key")
_FLAGS = ("vision", "images", "local")
_PRICES = ("dollars_in", "dollars_out")
_FIELDS = (*_TEXT, "aliases", "window", *_PRICES, *_FLAGS)


def added(path: Path) -> tuple[Model, ...]:
    """Return the models of the file at `path`, in its order; none if there is no such file.

    Raises:
        CatalogueError: It cannot be read, or says something we cannot use.
    """
    try:
        with path.open("rb") as file:
            told = tomllib.load(file)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    if strange := sorted(told.keys() - {"model"}):
        raise CatalogueError(f"{path}: {strange[0]!r} is not known here; only [[model]] is")
    rows = told.get("model", [])
    if not isinstance(rows, list):
        raise CatalogueError(f"{path}: write [[model]], with two brackets")
    found: list[Model] = []
    for number, row in enumerate(cast("list[Any]", rows), 1):
        try:
            found.append(_model(row))
        except ValueError as error:
            raise CatalogueError(f"{path}, model {number}: {error}") from error
    return tuple(found)


def _model(told: object) -> Model:
    match told:
        case dict():
            pass
        case _:
            raise ValueError("write [[model]], with two brackets")
    row = cast("dict[str, Any]", told)
    for field in row:
        if field not in _FIELDS:
            close = get_close_matches(field, _FIELDS, n=1)
            raise ValueError(f"{field!r} is not known" + (f"; {close[0]}?" if close else ""))
    text = {field: _text(row, field) for field in _TEXT}
    model_id = text["id"]
    if not model_id:
        raise ValueError("id is missing")
    window = row.get("window", 0)
    if not isinstance(window, int) or isinstance(window, bool) or window < 0:
        raise ValueError(f"window is a number of tokens, not {window!r}")
    aliases = row.get("aliases", [])
    if not isinstance(aliases, list) or not all(
        isinstance(alias, str) and printable(alias) for alias in cast("list[Any]", aliases)
    ):
        raise ValueError("aliases is a list of names")
    flags = {field: _flag(row, field) for field in _FLAGS}
    base, mark, name = model_id.partition("#")
    server = bool(mark) and bool(name) and base_url(base) == base
    if mark and "://" in base and not server:
        raise ValueError(f"{base!r} is not a base URL such as http://127.0.0.1:8000/v1")
    provider = text["provider"] or ("server" if server else model_id.partition("/")[0])
    prices = {field: _price(row, field) for field in _PRICES}
    return Model(
        id=model_id,
        name=text["name"] or display(model_id),
        aliases=tuple(cast("list[str]", aliases)),
        window=window,
        dollars_in=prices["dollars_in"],
        dollars_out=prices["dollars_out"],
        vision=flags["vision"],
        images=flags["images"],
        provider=provider,
        key=text["key"] or ("" if server else KEYS.get(provider, "")),
        local=flags["local"] or server,
    )


def _text(row: dict[str, Any], field: str) -> str:
    value = row.get(field, "")
    if not isinstance(value, str) or (value and not printable(value)):
        raise ValueError(f"{field} is a short text, not {value!r}")
    return value.strip()


def _flag(row: dict[str, Any], field: str) -> bool:
    value = row.get(field, False)
    if value not in (True, False):
        raise ValueError(f"{field} is true or false, not {value!r}")
    return bool(value)


def _price(row: dict[str, Any], field: str) -> float | None:
    value = row.get(field)
    if value is None:
        return None
    # `not >=` also catches nan, which TOML can write.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise ValueError(f"{field} is dollars a million tokens, not {value!r}")
    return float(value)
