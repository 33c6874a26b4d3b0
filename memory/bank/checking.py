"""Whether laminae are what they say: beside `reading.verify`, which reads every turn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memory.bank.reading import Trouble
from memory.errors import DamagedRow, NothingCarried
from memory.index.leaf import leaf

if TYPE_CHECKING:
    from memory.bank.laminae import Lamina, Laminae
    from memory.cc.base import Utterance


def check(
    laminae: "Laminae", room: str, said: "Sequence[Utterance] | None" = None
) -> list[Trouble]:
    """Return what is wrong with a room's laminae; nothing if all is well.

    Each has its turns, and only its own; none has places of another's; its index row is what
    was kept. Turns that no lamina has are not looked for: they are the tail.

    Args:
        laminae: Of the bank.
        room: Id of the room.
        said: What all could read, from the room's log: then every index row is made again and
            compared. A row made by an earlier enfold may differ, and is found so.
    """
    wrong: list[Trouble] = []
    upto = -1
    gists = laminae.gists(room)
    for lamina, gist in gists:
        why = _placed(laminae, room, lamina, upto)
        upto = max(upto, lamina.last)
        why += _indexed(laminae, room, lamina, gist, said)
        wrong += [_trouble(room, lamina, one) for one in why]
    parts = laminae.parents(room)
    parents = {parent for parent, _ in parts}
    damaged = set(laminae.damaged(room))
    for lamina in laminae.of(room, alive=False):
        if not lamina.alive and lamina.number not in parents:
            why = "it was let go of, and nothing is said to have its place"
            wrong.append(_trouble(room, lamina, why))
        if lamina.number in damaged:
            why = "it was let go of, and what is said of it is not what was kept"
            wrong.append(_trouble(room, lamina, why))
    return wrong


def _placed(laminae: "Laminae", room: str, lamina: "Lamina", upto: int) -> list[str]:
    """Return what is wrong with a lamina's places and turns, the ones before up to `upto`."""
    wrong = [f"places up to {upto} are another's too"] if lamina.first <= upto else []
    try:
        segment = laminae.segment(room, lamina)
    except NothingCarried:
        return [*wrong, "its turns are gone"]
    inside = lamina.first <= segment.first <= segment.last <= lamina.last
    told = (lamina.turns, lamina.length, lamina.chain, lamina.model, lamina.version)
    kept = (segment.turns, segment.length, segment.chain, segment.model, segment.version)
    if not inside or told != kept or not segment.packed:
        wrong.append("its turns are not the ones it was made of")
    return wrong


def _indexed(
    laminae: "Laminae",
    room: str,
    lamina: "Lamina",
    gist: bytes,
    said: "Sequence[Utterance] | None",
) -> list[str]:
    """Return what is wrong with a lamina's index row."""
    wrong: list[str] = []
    words = b""
    if not gist:
        wrong.append("its row is not what was kept")
    try:
        words = laminae.words(room, lamina.number)
    except DamagedRow:
        wrong.append("its words in the index are not what was kept")
    except NothingCarried:
        wrong.append("its words in the index are gone")
    if wrong or said is None:
        return wrong
    own = [one for one in said if lamina.first <= one.place <= lamina.last]
    made = leaf(lamina.first, lamina.last, own)
    if (made.gist, made.words, made.code.decode("utf-8", "replace")) != (
        gist,
        words,
        lamina.code,
    ):
        wrong.append("its index row is not what its words give")
    return wrong


def _trouble(room: str, lamina: "Lamina", why: str) -> Trouble:
    return Trouble(room, lamina.first, "", f"lamina {lamina.first} to {lamina.last}: {why}")
