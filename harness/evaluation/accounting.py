"""What a memory costs: bytes kept of each talk, and what only this machine knows.

Bytes are the same everywhere and belong to a run. Milliseconds of processor time, peak memory
and connections that were made are the machine's, and lie beside its rows.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from harness.evaluation.ours import laminae
from harness.evaluation.rows import TIMES
from harness.evaluation.talks import Talk
from memory.index.leaf import leaf

SEGMENT: Final = 48 << 10
"""Bytes of text after which a payload begins anew, as in the bank."""

_CALLS: Final = frozenset({"socket.connect", "socket.getaddrinfo", "socket.sendto"})
_made: list[str] = []


def watch() -> None:
    """Count what this process asks of the network from now on; harmless if called again."""
    if not _watching:
        _watching.append(True)
        sys.addaudithook(_heard)


_watching: list[bool] = []


def _heard(event: str, _: tuple[Any, ...]) -> None:
    if event in _CALLS:
        _made.append(event)


def connections() -> int:
    """Return how often this process has turned to the network since `watch`."""
    return len(_made)


def kept(talk: Talk) -> dict[str, int]:
    """Return the bytes that are kept of a talk: its payload and the rows of its index.

    The payload is what the exact code takes that the mixer alone makes, a whole number of
    bytes for each turn; a byte model makes it smaller.
    """
    from memory.codec.mixing import mixer  # noqa: PLC0415 - NumPy comes with it

    sizes = {"text": talk.bytes, "payload": 0, "words": 0, "gist": 0, "code": 0, "model": 0}
    said = talk.utterances
    coder, read = mixer(guided=False), 0
    for one in said:
        text = one.text.encode("utf-8", "replace")
        if read + len(text) > SEGMENT:
            coder, read = mixer(guided=False), 0
        coder.begin(one.author.encode("utf-8", "replace"))
        sizes["payload"] += -(-coder.weigh(text) // (8 << 16))
        read += len(text)
    for first, last in laminae(talk):
        row = leaf(first, last, said[first : last + 1])
        sizes["words"] += len(row.words)
        sizes["gist"] += len(row.gist)
        sizes["code"] += len(row.code)
    return sizes


def model() -> dict[str, int]:
    """Return the bytes of the byte model that is shipped, none if none is.

    Only `state` and the verifier `model` need it; every other way has no weights.
    """
    from memory.models.shipping import shipped  # noqa: PLC0415 - NumPy comes with it

    path = shipped()
    return {"raw": path.stat().st_size} if path is not None else {}


def costs(folder: Path) -> dict[str, Any]:
    """Return what this machine took, by way: of a fold and of giving, in ms, and of memory.

    Lines that a kill cut short are passed over: times are no result.
    """
    took: defaultdict[tuple[str, str, int], list[tuple[int, float]]] = defaultdict(list)
    peak = calls = 0
    for one in _lines(folder / TIMES):
        match one:
            case {"what": "memory", "peak": int(size), "calls": int(count)}:
                peak, calls = max(peak, size), max(calls, count)
            case {
                "what": str(what),
                "method": str(method),
                "budget": int(budget),
                "turn": int(turn),
                "ms": float(ms),
            }:
                took[what, method, budget].append((turn, ms))
            case _:
                pass
    told: dict[str, Any] = {"peak bytes": peak, "connections": calls}
    for (what, method, budget), times in sorted(took.items()):
        ordered = sorted(ms for _, ms in times)
        told.setdefault(what, {}).setdefault(method, {})[str(budget)] = {
            "p50": ordered[len(ordered) // 2],
            "p95": ordered[len(ordered) * 95 // 100],
            "by turn": [list(one) for one in _curve(times)],
        }
    return told


def _curve(times: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the middle time of each tenth of all, by turn."""
    ordered = sorted(times)
    parts = min(10, len(ordered))
    curve: list[tuple[int, float]] = []
    for part in range(parts):
        some = ordered[len(ordered) * part // parts : len(ordered) * (part + 1) // parts]
        curve.append((some[-1][0], sorted(ms for _, ms in some)[len(some) // 2]))
    return curve


def _lines(path: Path) -> list[Mapping[str, Any]]:
    if not path.exists():
        return []
    found: list[Mapping[str, Any]] = []
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
