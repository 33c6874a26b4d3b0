"""What one way of computing makes of given turns: digests of counts and of codes, as JSON.

Started by `tests.bench.exact` in a process of its own, on any Python from 3.11 on that has NumPy
and platformdirs; so nothing else is imported here.
"""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

GROUP = 25
"""Turns to a segment; there is a digest for each."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to compute."""

    turns: str
    """File of authors and texts: JSON, hexadecimal."""
    model: str = ""
    """File; empty for the mixer alone."""
    backend: str = "c"
    """`c`, or `python` for NumPy."""
    mixer: str = "c"
    """`c`, or `python` for the reference."""
    level: int | None = None
    """Of `memory.kernel.network.LEVELS`; the best, if not told."""
    flags: tuple[str, ...] = ()
    """For the compiler, instead of the usual ones."""
    stepwise: bool = False
    """Counts are asked for byte by byte, not at once."""
    first: int = 0
    """So many groups only; 0 for all."""
    torch: str = ""
    """`absent` keeps it from being imported, `loaded` imports it first."""
    readers: int = 1
    """So many at once, each in a thread, each over everything."""
    write: str = ""
    """Write the codes to this file."""
    undo: str = ""
    """Decode the codes of this file instead, and compare with the turns."""


class Unequal(Exception):
    """What was decoded is not what was coded."""


def main(told: str) -> None:
    """Print what a way gives."""
    given: dict[str, Any] = json.loads(told)
    given["flags"] = tuple(given.get("flags", ()))
    way = Way(**given)
    if way.torch == "absent":
        sys.modules["torch"] = None  # type: ignore[assignment] - an import of it now fails
    elif way.torch == "loaded":
        __import__("torch")
    started = time.process_time()
    found = _all(way)
    import numpy as np

    print(
        json.dumps(
            {
                "digests": found,
                "seconds": round(time.process_time() - started, 2),
                "python": platform.python_version(),
                "numpy": np.__version__,
                "torch": sys.modules.get("torch") is not None,
                "threads": os.environ.get("OMP_NUM_THREADS", ""),
            }
        )
    )


def _all(way: Way) -> list[str]:
    from concurrent.futures import ThreadPoolExecutor

    fresh = _guessers(way)
    _mixers(way)
    said = [
        (bytes.fromhex(author), bytes.fromhex(text))
        for author, text in json.loads(Path(way.turns).read_text(encoding="utf-8"))
    ]
    groups = [said[at : at + GROUP] for at in range(0, len(said), GROUP)]
    groups = groups[: way.first or None]
    if way.undo:
        return _undone(way, groups, fresh)
    with ThreadPoolExecutor(way.readers) as pool:
        begun = [pool.submit(_made, way, groups, fresh) for _ in range(way.readers)]
        every = [one.result() for one in begun]
    if any(one != every[0] for one in every):
        raise Unequal("readers at once do not agree")
    digests, blobs = every[0]
    if way.write:
        Path(way.write).write_text(json.dumps(blobs), encoding="utf-8")
    return digests


def _made(way: Way, groups: list[Any], fresh: Any) -> tuple[list[str], list[list[str]]]:
    """Give digests and blobs, a group after the other."""
    from memory.codec.turns import Segment

    digests: list[str] = []
    blobs: list[list[str]] = []
    guesser = fresh() if fresh else None
    for group in groups:
        whole = sha256()
        heard = _heard(guesser, whole, stepwise=way.stepwise) if guesser else None
        segment = Segment(heard)
        coded = [segment.encode(author, text) for author, text in group]
        for blob in coded:
            whole.update(blob)
        digests.append(whole.hexdigest()[:16])
        blobs.append([blob.hex() for blob in coded])
    return digests, blobs


def _undone(way: Way, groups: list[Any], fresh: Any) -> list[str]:
    """Decode what another wrote; one digest for each group, of its texts."""
    from memory.codec.turns import Segment

    kept = json.loads(Path(way.undo).read_text(encoding="utf-8"))
    digests: list[str] = []
    for group, blobs in zip(groups, kept, strict=False):
        segment = Segment(fresh() if fresh else None)
        for (author, text), blob in zip(group, blobs, strict=True):
            if segment.decode(author, bytes.fromhex(blob)) != text:
                raise Unequal("a turn was decoded to another text")
        digests.append("equal")
    return digests


def _heard(guesser: Any, whole: Any, *, stepwise: bool) -> Any:
    """Wrap a guesser so that its counts are digested, and perhaps asked for one by one."""
    import numpy as np

    class Heard:
        model = guesser.model

        def whole(self, author: bytes, text: bytes) -> Any:
            if not stepwise:
                counts = guesser.whole(author, text)
            else:
                rows: list[Any] = []
                guesser.begin(author)
                for byte in text:
                    rows.append(np.array(guesser.counts(), np.uint32))
                    guesser.take(byte)
                guesser.end()
                counts = np.array(rows, np.uint32).reshape(-1, 256)
            whole.update(np.ascontiguousarray(counts, dtype="<u4").tobytes())
            return counts

        def __getattr__(self, name: str) -> Any:
            return getattr(guesser, name)

    return Heard()


def _guessers(way: Way) -> Callable[[], Any] | None:
    """Make guessers on the backend that was asked for, without a known-answer test."""
    if not way.model:
        return None
    from memory.models import choice, file
    from memory.models.guesser import FrozenGuesser

    model = file.decode(Path(way.model).read_bytes())
    make = (
        choice.in_numpy(model.frozen)
        if way.backend == "python"
        else choice.in_c(model.frozen, level=way.level, flags=_flags(way))
    )
    return lambda: FrozenGuesser(model.id, make())


def _mixers(way: Way) -> None:
    """Have segments code with the mixer that was asked for."""
    from memory.codec import mixing, turns
    from memory.codec.mixing import Mixer
    from memory.kernel import build
    from memory.kernel import mixing as kernel

    if way.mixer == "python":
        from memory.codec.reference import Reference

        def plain(*, guided: bool) -> Mixer:
            return Reference(guided=guided)

        turns.mixer = plain
    elif flags := _flags(way):
        library = build.library((kernel.SOURCE,), flags)
        if library is None:
            raise OSError(f"nothing was built with {' '.join(flags)}")
        loaded = kernel.declared(library)

        def built(*, guided: bool) -> Mixer:
            return kernel.Mixing(mixing.tables(), mixing.weights(guided=guided), loaded=loaded)

        turns.mixer = built
    elif not mixing.compiled():
        raise OSError("the mixer in C is not used here")


def _flags(way: Way) -> tuple[str, ...] | None:
    """Put others in place of what decides the speed."""
    from memory.kernel import build

    if not way.flags:
        return None
    return (*(x for x in build.PORTABLE if not x.startswith("-O")), *way.flags)


if __name__ == "__main__":
    main(sys.argv[1])
