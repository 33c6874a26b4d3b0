"""Text made ready for learning: documents whole, families of them on one side of the split.

Pieces of one episode, meeting, log or book are joined again, in order, so that a document is
long enough to carry something through. Documents that share an origin (an episode, a first
question, a session) are one family, and a family is learnt from or held out as a whole: the
corpus's own `val` shares episodes with `train` and flatters. `val` stays out of both.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

HELD_SHARE = 0.012
"""Of each source's bytes, held out in whole families: one at least, and no more than needed."""
HELD_BYTES = 100_000
"""Enough of one source."""
LARGE = 0.06
"""A family above this share of its source is too much to give up."""
JOINED = {"qmsum", "crd3", "irc_disentanglement", "gutenberg", "specstory"}
"""Sources whose documents are numbered pieces of longer ones."""
TALK = {
    "qmsum",
    "crd3",
    "irc_disentanglement",
    "specstory",
    "oasst_eval",
    "oasst_trees",
    "sgd",
    "star",
    "topical_chat",
    "gpteacher",
    "gsm8k",
    "tau_bench",
    "taskmaster4",
    "ai_design_theater",
}
"""Sources written as `Name: text`."""
ALWAYS = {
    b"User",
    b"Assistant",
    b"Claude",
    b"System Prompt",
    b"Tutor",
    b"Customer",
    b"Agent",
    b"Wizard",
    b"Barista",
    b"Agent 1",
    b"Agent 2",
}
SPEAKER = re.compile(rb"(?:\A|\n\n)([^\s:#*`>-][^:\n]{0,47}): ?(?=\S)")


@dataclass(frozen=True, slots=True)
class Document:
    """One document in `documents.bin`."""

    start: int
    """First byte, inclusive."""
    length: int
    """Bytes."""
    source: str
    family: str
    """Documents of one family are never on both sides."""
    held: bool
    """Kept out of learning."""
    talk: bool
    """Written as `Name: text`."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A corpus made ready."""

    data: np.ndarray
    """All documents, uint8, memory-mapped."""
    documents: tuple[Document, ...]
    digest: str
    """Of the bytes and the split."""

    @classmethod
    def open(cls, folder: Path) -> "Ready":
        """Open what `prepare` wrote."""
        manifest = json.loads((folder / "manifest.json").read_text())
        documents = tuple(Document(**row) for row in manifest["documents"])
        data = np.memmap(folder / "documents.bin", dtype=np.uint8, mode="r")
        return cls(data, documents, manifest["digest"])

    def text(self, document: Document) -> bytes:
        """Give a document's bytes."""
        return self.data[document.start : document.start + document.length].tobytes()


def prepare(train: Path, index: Path, folder: Path) -> Ready:
    """Join, group and split a corpus with its index (offset, bytes, source, licence, id)."""
    whole = train.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    parts = list(joined(whole, index))
    held = held_out(parts)
    documents: list[Document] = []
    digest = blake2b(digest_size=16)
    at = 0
    with (folder / "documents.bin").open("wb") as out:
        for source, family, text in parts:
            keep = family in held
            documents.append(Document(at, len(text), source, family, keep, source in TALK))
            out.write(text)
            digest.update(text)
            digest.update(b"held" if keep else b"learnt")
            at += len(text)
    manifest = {
        "digest": digest.hexdigest(),
        "bytes": at,
        "held_bytes": sum(d.length for d in documents if d.held),
        "documents": [asdict(document) for document in documents],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Ready.open(folder)


def held_out(parts: list[tuple[str, str, bytes]]) -> set[str]:
    """Choose the families that are not learnt from, by a hash of their names."""
    sizes: dict[str, dict[str, int]] = {}
    for source, family, text in parts:
        families = sizes.setdefault(source, {})
        families[family] = families.get(family, 0) + len(text)
    held: set[str] = set()
    for families in sizes.values():
        whole = sum(families.values())
        wanted, got = min(HELD_BYTES, HELD_SHARE * whole), 0
        for family in sorted(families, key=lambda name: blake2b(name.encode()).digest()):
            if got < wanted and families[family] <= LARGE * whole:
                held.add(family)
                got += families[family]
    return held


def joined(whole: bytes, index: Path) -> Iterator[tuple[str, str, bytes]]:
    """Give source, family and text of each document, pieces put together."""
    parts: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
    with index.open(newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            start, source, name = int(row["offset"]), row["source"], row["id"]
            text = whole[start : start + int(row["bytes"])]
            stem, _, number = name.rpartition("#")
            if source in JOINED and stem and number.isdigit():
                parts.setdefault((source, stem), []).append((int(number), text))
            else:
                parts[source, name] = [(0, text)]
    for (source, name), pieces in parts.items():
        text = b"\n\n".join(text for _, text in sorted(pieces, key=lambda piece: piece[0]))
        yield source, family_of(source, name, text), text


def family_of(source: str, name: str, text: bytes) -> str:
    """Name what a document shares with others: an episode, a project's title, a question."""
    match source:
        case "oasst_eval" | "oasst_trees" | "gpteacher":
            return "asked/" + blake2b(text.split(b"\n\n")[0].strip(), digest_size=8).hexdigest()
        case "sgd":
            return f"{source}/{name.split('_', maxsplit=1)[0]}"
        case "ai_design_theater":
            return f"{source}/{name.split('/')[1].split('_', 2)[-1]}/{name.split('_', maxsplit=1)[0]}"
        case "qmsum":
            return f"{source}/{re.sub(r'#.*|.*/', '', name)}"
        case "tau_bench":
            return f"{source}/{name.split('/', maxsplit=1)[0]}"
        case _:
            return f"{source}/{name}"


def turns(text: bytes) -> list[tuple[bytes, bytes]]:
    """Cut `Name: text` blocks; a block with no known name goes on with the turn before.

    Joining the turns as `Name: text` with blank lines between gives the text again, but for
    what stood before the first name, which has no author.
    """
    found = list(SPEAKER.finditer(text))
    often: dict[bytes, int] = {}
    for match in found:
        often[match[1]] = often.get(match[1], 0) + 1
    found = [m for m in found if often[m[1]] > 1 or m[1] in ALWAYS]
    if not found:
        return [(b"", text)]
    said = [(b"", text[: found[0].start()])] if found[0].start() else []
    for match, following in zip(found, [*found[1:], None], strict=True):
        end = following.start() if following else len(text)
        said.append((match[1], text[match.end() : end]))
    return said
