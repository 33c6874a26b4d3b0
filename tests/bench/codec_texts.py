"""Texts to be coded turn by turn, each with where it comes from.

Sample 004 is here twice: cut as `design/codec.md` 2 cut it for its column A (eleven parts, the
headings in the text, nobody's turns), and as the messages that the product's own reader finds,
whose authors are known. What is not of this project is read where it lies and never copied;
where it is absent its name comes with a reason.
"""

import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.training import corpus
from transcripts import events as e
from transcripts.errors import TranscriptError
from transcripts.readers import auto, mojibake

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = ROOT.parent / "shared"
OWN: Final = ROOT / "tests" / "golden" / "parlour.txt"
SEED: Final = SHARED / "seeds" / "004_0ea5d90c91b0c248.txt"

PART: Final = 1024
"""Bytes: a text that has no turns is cut at the next blank line after so many."""
LONGEST: Final = 4096
"""Bytes: a part without a blank line is cut here."""

_BLANK: Final = re.compile(rb"\n\r?\n")

Turn = tuple[bytes, bytes]
"""Author, which every reader of the room knows, and text."""


@dataclass(frozen=True, slots=True)
class Text:
    """Conversations under one name."""

    name: str
    talks: tuple[tuple[Turn, ...], ...]
    """Each begins anew, for every compressor alike."""
    judged: bool = False
    """Talk among several, most of them models: what the goals are about."""
    chat: bool = True

    @property
    def turns(self) -> int:
        """How many there are."""
        return sum(len(talk) for talk in self.talks)

    @property
    def bytes(self) -> int:
        """Of what was said, without the authors."""
        return sum(len(text) for talk in self.talks for _, text in talk)

    def first(self, most: int) -> "Text":
        """Return about the first `most` bytes, the same share of each conversation."""
        if self.bytes <= most:
            return self
        share = most / self.bytes
        talks = tuple(begun(talk, share * sum(len(t) for _, t in talk)) for talk in self.talks)
        return Text(self.name, talks, self.judged, self.chat)


@dataclass(frozen=True, slots=True)
class Absent:
    """A text that is not here."""

    name: str
    reason: str


def begun(talk: Iterable[Turn], most: float) -> tuple[Turn, ...]:
    """Return the first turns of `talk`, up to `most` bytes and at least one of them."""
    got: list[Turn] = []
    size = 0
    for turn in talk:
        size += len(turn[1])
        if got and size > most:
            break
        got.append(turn)
    return tuple(got)


def parts(text: bytes) -> tuple[Turn, ...]:
    """Cut what has no turns at blank lines, or else at lines; joined again it is the text."""
    got: list[Turn] = []
    at = 0
    while at < len(text):
        most = min(at + LONGEST, len(text))
        blank = _BLANK.search(text, at + PART, most)
        line = text.rfind(b"\n", at, most) + 1
        end = blank.end() if blank else line if most < len(text) and line > at else most
        got.append((b"", text[at:end]))
        at = end
    return tuple(got)


def spoken(path: Path) -> tuple[Turn, ...]:
    """Return the messages of a transcript, as the product reads it.

    Raises:
        TranscriptError: No reader knows it.
    """
    names: dict[str, str] = {}
    got: list[Turn] = []
    for one in auto.read(path).events:
        match one.event:
            case e.Joined(participant=who):
                names[who.id] = f"{who.id} ({who.name})" if who.name else who.id
            case e.Spoke(author=author, text=text) if text:
                got.append((names.get(author, author).encode(), text.encode()))
            case _:
                pass
    return tuple(got)


def own() -> Text:
    """Return the project's own small sample, which is always here."""
    return Text("parlour", (corpus_turns(OWN.read_bytes()),), judged=True)


def named(path: Path, *, raw: bool = False) -> Text:
    """Return a file of the user's: a transcript's messages, or parts of whatever it is."""
    if not raw:
        try:
            return Text(path.name, (spoken(path),), judged=True)
        except TranscriptError:
            pass
    return Text(path.name, (parts(path.read_bytes()),), judged=True, chat=False)


def seed() -> Iterator[Text | Absent]:
    """Yield sample 004, mended, in both forms."""
    if not SEED.is_file():
        yield Absent("004", f"{SEED} is not here")
        return
    mended = mojibake.repair(SEED.read_text(encoding="utf-8")).text
    cut = [part.encode() for part in re.split(r"(?m)^(?=AI-\d \()", mended) if part]
    yield Text("004", (tuple((b"", part) for part in cut),), judged=True)
    yield Text("004 said", (spoken(SEED),), judged=True)


def rooms() -> Iterator[Text | Absent]:
    """Yield the four exported rooms as one text of four conversations."""
    found = sorted((SHARED / "data" / "transcripts").rglob("*.jsonl"))
    if not found:
        yield Absent("rooms", f"{SHARED / 'data' / 'transcripts'} has no rooms")
        return
    talks: list[tuple[Turn, ...]] = []
    for path in found:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        talks.append(
            tuple(
                (str(x["name"]).encode(), str(x["text"]).encode()) for x in lines if x["text"]
            )
        )
    yield Text("rooms", tuple(talks), judged=True)


def locomo(most: int) -> Iterator[Text | Absent]:
    """Yield about `most` bytes of LoCoMo's conversations (development half)."""
    path = SHARED / "data" / "locomo" / "locomo_dev.json"
    if not path.is_file():
        yield Absent("LoCoMo", f"{path} is not here")
        return
    talks: list[tuple[Turn, ...]] = []
    for sample in json.loads(path.read_text(encoding="utf-8")):
        days: dict[str, Any] = sample["conversation"]
        said: list[Turn] = []
        day = 1
        while turns := days.get(f"session_{day}"):
            said += [(str(x["speaker"]).encode(), str(x["text"]).encode()) for x in turns]
            day += 1
        talks.append(tuple(said))
    yield Text("LoCoMo", tuple(talks)).first(most)


def corpus_turns(text: bytes) -> tuple[Turn, ...]:
    """Tell a document of `Name: text` blocks as turns, anything else as parts."""
    said = corpus.turns(text)
    if len(said) == 1 and not said[0][0]:
        return parts(said[0][1])
    return tuple((author, words) for author, words in said if words)


def val(most: int) -> Iterator[Text | Absent]:
    """Yield about `most` bytes of the corpus' `val.txt` from all over it, one long run."""
    raw = _member(SHARED / "data" / "corpus" / "mix.tar.xz", "mix/val.txt")
    if isinstance(raw, str):
        yield Absent("val", raw)
        return
    documents = raw.split(b"\n\n\n")
    step = max(1.0, 0.9 * len(raw) / most)
    chosen = [documents[int(i * step)] for i in range(int(len(documents) / step))]
    run = [turn for document in chosen for turn in corpus_turns(document.strip(b"\n"))]
    yield Text("val", (begun(run, most),))


def bench(most: int) -> Iterator[Text | Absent]:
    """Yield about the first `most` bytes of each of the `bench` texts, in parts."""
    archive = SHARED / "data" / "bench" / "bench.tar.xz"
    if not archive.is_file():
        yield Absent("bench", f"{archive} is not here")
        return
    with tarfile.open(archive) as whole:
        for member in whole:
            file = whole.extractfile(member) if member.isfile() else None
            name = Path(member.name).name
            if file is not None and name != "PROVENANCE.txt":
                yield Text(name, (begun(parts(file.read(2 * most)), most),), chat=False)


def training(most: int) -> list[bytes] | str:
    """Return about `most` bytes of the corpus' `train.txt`, in documents; or why not."""
    raw = _member(SHARED / "data" / "corpus" / "mix.tar.xz", "mix/train.txt")
    if isinstance(raw, str):
        return raw
    documents = raw.split(b"\n\n\n")
    return documents[:: max(1, len(raw) // most)]


def _member(archive: Path, name: str) -> bytes | str:
    if not archive.is_file():
        return f"{archive} is not here"
    with tarfile.open(archive, "r|xz") as whole:
        for member in whole:
            file = whole.extractfile(member) if member.name == name else None
            if file is not None:
                return file.read()
    return f"{archive} has no {name}"
