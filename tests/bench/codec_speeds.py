"""How fast our code is made and undone on one core, by each backend, and what one waits for.

All in processor seconds. The text is talk of any of the samples, over again where it is short:
what a byte costs hangs little on what it is.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from memory.codec import turns as code
from memory.codec.guess import Guesser
from memory.codec.segments import SIZE
from memory.errors import ModelError
from memory.kernel import network
from memory.models import choice
from memory.models.choice import Chosen
from memory.models.guesser import FrozenGuesser, Reader
from tests.bench import codec_texts
from tests.bench.codec_texts import Text, Turn

Fresh = Callable[[], Guesser]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure."""

    what: str
    value: float
    unit: str
    note: str = ""
    goal: float | None = None
    """It should be at least that."""

    def told(self) -> dict[str, Any]:
        """As a line of JSON."""
        return {
            "what": self.what,
            "value": round(self.value, 3),
            "unit": self.unit,
            "note": self.note,
        }


def model(path: Path | None) -> Chosen | str:
    """Return the model to judge: the file, or the one that is shipped; or why there is none."""
    try:
        chosen = choice.opened(path) if path is not None else choice.default()
    except (ModelError, OSError) as fault:
        return str(fault)
    return chosen or "none is shipped, and no --model was named"


def talk(size: int) -> list[Turn]:
    """Return turns of at least `size` bytes."""
    known = [codec_texts.own(), *codec_texts.seed()]
    said = [
        turn for text in known if isinstance(text, Text) for one in text.talks for turn in one
    ]
    got: list[Turn] = []
    for author, text in cycle(said):
        if sum(len(words) for _, words in got) >= size:
            break
        got.append((author, text))
    return got


def first(said: Iterable[Turn], size: int) -> list[Turn]:
    """Return turns of exactly `size` bytes, the last one cut."""
    got: list[Turn] = []
    for author, text in said:
        if size <= 0:
            break
        got.append((author, text[:size]))
        size -= len(text)
    return got


def taken(work: Callable[[], object]) -> float:
    """Return processor seconds of `work`."""
    started = time.process_time()
    work()
    return time.process_time() - started


def rows(chosen: Chosen | None, tell: Tell, *, quick: bool) -> Iterator[Row]:
    """Yield speeds by backend, then what is waited for."""
    tell("speeds by backend")
    small, large = (2_000, 8_000) if quick else (4_000, 20_000)
    if chosen is not None:
        yield from _models(chosen, small, large)
    fresh = None if chosen is None else chosen.guesser
    said = first(talk(large), large)
    yield from _coded("mixer alone", None, said)
    if fresh is not None:
        yield from _coded("mixed", fresh, said, goals=(20.0, 10.0))
    tell("what is waited for")
    yield from _waits(fresh, SIZE // 4 if quick else SIZE)


def _models(chosen: Chosen, small: int, large: int) -> Iterator[Row]:
    """The model's counts, at once and byte by byte, by every backend."""
    frozen, name = chosen.model.frozen, chosen.model.id
    ways: list[tuple[str, Callable[[], Reader], int, int]] = []
    if (library := network.library()) is not None:
        for level in range(network.best(library) + 1):
            way = f"C, {network.LEVELS[level]}"
            ways.append((way, choice.in_c(frozen, level=level), large, large))
    ways.append(("NumPy", choice.in_numpy(frozen), large, small))
    for way, make, together, one_by_one in ways:
        said = first(talk(together), together)
        guesser = FrozenGuesser(name, make())
        seconds = taken(lambda g=guesser, s=said: [g.whole(*turn) for turn in s])
        yield Row(f"model, {way}: counts at once", together / seconds / 1000, "kB/s")
        said = first(talk(one_by_one), one_by_one)
        guesser = FrozenGuesser(name, make())
        seconds = taken(lambda g=guesser, s=said: _step(g, s))
        goal = 1.0 if way == "NumPy" else None
        what = f"model, {way}: counts byte by byte"
        yield Row(what, one_by_one / seconds / 1000, "kB/s", goal=goal)


def _step(guesser: Guesser, said: Iterable[Turn]) -> None:
    for author, text in said:
        guesser.begin(author)
        for byte in text:
            guesser.counts()
            guesser.take(byte)
        guesser.end()


def _coded(
    name: str, fresh: Fresh | None, said: list[Turn], goals: tuple[float, float] | None = None
) -> Iterator[Row]:
    """Segments of our code, both ways."""
    size = sum(len(text) for _, text in said)
    into, out = (code.Segment(fresh() if fresh else None) for _ in range(2))
    blobs: list[bytes] = []
    encode = taken(lambda: blobs.extend(into.encode(*turn) for turn in said))
    decode = taken(
        lambda: [out.decode(turn[0], blob) for turn, blob in zip(said, blobs, strict=True)]
    )
    for way, seconds, at in (("encode", encode, 0), ("decode", decode, 1)):
        goal = goals[at] if goals else None
        yield Row(f"{name}: {way}", size / seconds / 1000, "kB/s", goal=goal)


def _waits(fresh: Fresh | None, size: int) -> Iterator[Row]:
    """Milliseconds for what a room does."""
    said = first(talk(size), size - 2048)
    segment = code.Segment(fresh() if fresh else None)
    blobs = [segment.encode(*turn) for turn in said]
    turn = (b"AI-1", b"".join(text for _, text in said)[:2048])
    full = f"{size // 1024} KB"
    yield Row("append a turn of 2 KB", 1000 * taken(lambda: segment.encode(*turn)), "ms",
              f"to an open segment of {full}")  # fmt: skip
    again = code.Segment(fresh() if fresh else None)
    yield Row("reopen a room", 1000 * taken(lambda: [again.learn(*one) for one in said]), "ms",
              f"its open segment of {full} is read again, the longest there is"
              if size == SIZE else f"its open segment of {full} is read again")  # fmt: skip
    old = code.Segment(fresh() if fresh else None)
    seconds = taken(lambda: [old.decode(a, b) for (a, _), b in zip(said, blobs, strict=True)])
    yield Row("open an old turn", 1000 * seconds, "ms",
              f"the last of a closed segment of {full}, the slowest to open")  # fmt: skip
