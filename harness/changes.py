"""Settings of a running room: which there are, and what each may be. Pure."""

from harness.budget import NAMES
from harness.errors import NotPossible
from harness.order import ORDERS
from transcripts.room import KEPT_LINES, POLICIES, Room

RULES = ("auto", "ask", "deny")
"""How a command is approved."""


def checked(room: Room, setting: str, value: str) -> str:
    """Return `value` as it is to be recorded for `setting`.

    Raises:
        NotPossible: There is no such setting, or it cannot be that.
    """
    value = value.strip()
    kind, _, what = setting.partition(".")
    match kind:
        case "title" if value:
            return " ".join(value.split())
        case "order" if value in ORDERS:
            return value
        case "order":
            raise NotPossible(f"order {value!r}: one of {', '.join(ORDERS)} expected")
        case "next" if value in {seat.id for seat in room.models}:
            return value
        case "next":
            here = ", ".join(seat.id for seat in room.models)
            raise NotPossible(f"next {value!r}: one of {here} expected")
        case "window":
            return _whole(setting, value, 1, KEPT_LINES)
        case "continuity" if what == "threshold":
            return _whole(setting, "0" if value in ("", "none") else value, 0, 100)
        case "continuity" if what == "policy" and value in POLICIES:
            return value
        case "continuity" if what == "policy":
            raise NotPossible(f"{setting} {value!r}: one of {', '.join(POLICIES)} expected")
        case "approvals" if what and value in RULES:
            return value
        case "approvals":
            raise NotPossible(f"{setting} {value!r}: one of {', '.join(RULES)} expected")
        case "caps" if what in NAMES:
            return _limit(setting, value)
        case "model" if what in {seat.id for seat in room.seats} and value:
            return value
        case _:
            raise NotPossible(f"no setting {setting!r} that can be {value!r}")


def _whole(setting: str, value: str, least: int, most: int) -> str:
    value = value.removesuffix("%")
    if value.isascii() and value.isdecimal() and least <= int(value[:9]) <= most:
        return str(int(value[:9]))
    raise NotPossible(f"{setting} {value!r}: a number from {least} to {most} expected")


def _limit(setting: str, value: str) -> str:
    plain = value.removeprefix("$")
    if plain in ("", "none"):
        return "none"
    try:
        number = float(plain)
    except ValueError as error:
        raise NotPossible(f"{setting} {value!r}: a number or `none` expected") from error
    if not 0 <= number < float("inf"):
        raise NotPossible(f"{setting} {value!r}: 0 or more expected")
    return str(int(number)) if number.is_integer() else repr(number)
