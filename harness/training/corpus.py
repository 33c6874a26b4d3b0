"""Documents made ready for learning: whole, and families of them on one side of the split.

Documents that share an origin (an episode, a first question, a session) are one family, and a
family is learnt from or held out as a whole: held-out text that shares an origin with learnt
text flatters. A folder of this kind is `documents.bin`, every document one after the other, and
`manifest.json`, which is written last: a folder with a manifest is whole.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b, file_digest, sha256
from pathlib import Path
from typing import Any, cast

import numpy as np

from harness.errors import NotPossible
from harness.training import mix
from harness.training.gathering import Found, Input, documents, inputs

VERSION = 1
TEXTS, MANIFEST = "documents.bin", "manifest.json"
HELD_SHARE = 0.012
"""Of each source's bytes, held out in whole families: one at least, and no more than needed."""
HELD_BYTES = 100_000
"""Enough of one source."""
LARGE = 0.06
"""A family above this share of its source is too much to give up."""
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
    turns: tuple[tuple[int, int], ...] = ()
    """Bytes of each turn's author and text, which lie one after the other; none for a text."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A corpus made ready."""

    data: np.ndarray
    """All documents, uint8, memory-mapped."""
    documents: tuple[Document, ...]
    digest: str
    """Of the bytes and the split."""
    weights: dict[str, float]
    """How often a source's documents come in one pass; 1 where nothing is said."""
    manifest: dict[str, Any] = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> "Ready":
        """Open what `prepare` wrote.

        Raises:
            NotPossible: Nothing is there, or what is there was not made ready by us.
        """
        try:
            manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
            if manifest.get("version", VERSION) != VERSION:
                raise NotPossible(f"{folder} was made ready by another version of enfold")
            rows = cast("list[dict[str, Any]]", manifest["documents"])
            told = tuple(_document(row) for row in rows)
            data: np.ndarray = np.memmap(folder / TEXTS, dtype=np.uint8, mode="r")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotPossible(
                f"{folder} holds no data made ready: `enfold data prepare PATH -o {folder}`"
            ) from error
        if told and told[-1].start + told[-1].length != len(data):
            raise NotPossible(f"{folder / TEXTS} is not what {MANIFEST} tells of")
        return cls(
            data, told, manifest["digest"], manifest.get("weights", mix.WEIGHTS), manifest
        )

    def text(self, document: Document) -> bytes:
        """Give a document's bytes; turns are told as `Name: text` with blank lines between."""
        whole = self.data[document.start : document.start + document.length].tobytes()
        return written(parted(whole, document.turns)) if document.turns else whole

    def said(self, document: Document) -> list[tuple[bytes, bytes]]:
        """Give a document's turns; one without an author if it is a text."""
        if document.turns:
            stop = document.start + document.length
            return parted(self.data[document.start : stop].tobytes(), document.turns)
        whole = self.text(document)
        return turns(whole) if document.talk else [(b"", whole)]


def parted(whole: bytes, sizes: Sequence[tuple[int, int]]) -> list[tuple[bytes, bytes]]:
    """Cut authors and texts that lie one after the other."""
    said: list[tuple[bytes, bytes]] = []
    at = 0
    for author, text in sizes:
        said.append((whole[at : at + author], whole[at + author : at + author + text]))
        at += author + text
    return said


def written(said: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write turns as a plain file has them."""
    return b"\n\n".join(a + b": " + t if a else t for a, t in said)


def prepare(
    paths: Sequence[Path],
    folder: Path,
    *,
    seed: int = 0,
    plain: bool = False,
    licence: str = "",
    weights: dict[str, float] | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Ready:
    """Make documents ready: gather, drop what is there twice, split.

    Args:
        paths: Files and folders.
        folder: Where to; made if need be.
        seed: Another one holds out other families.
        plain: Take transcripts for texts.
        licence: Of what does not say.
        weights: How often a source comes in one pass, by its name.
        told: Hears a line for each file of a folder that was passed over.

    Raises:
        NotPossible: A path is not there or cannot be read, there is nothing to learn from, or
            a weight is of no source. What was in the folder before is as it was.
    """
    try:
        return _prepared(
            paths, folder, seed=seed, plain=plain, licence=licence, weights=weights, told=told
        )
    except OSError as error:
        raise NotPossible(f"{folder} cannot be written: {error.strerror or error}") from error


def _prepared(
    paths: Sequence[Path],
    folder: Path,
    *,
    seed: int,
    plain: bool,
    licence: str,
    weights: dict[str, float] | None,
    told: Callable[[str], None],
) -> Ready:
    found = _foreign(inputs(paths), told)
    folder.mkdir(parents=True, exist_ok=True)
    gathering = _Gathering(licence)
    beside = folder / f".{TEXTS}.{os.getpid()}"
    read: list[dict[str, Any]] = []
    try:
        with beside.open("wb") as out:
            for one, named in found:
                try:
                    for document in documents(one, plain=plain):
                        gathering.add(document, out.write)
                except NotPossible as error:
                    if named:
                        raise
                    told(f"passed over: {error}")
                else:
                    read.append(
                        {"path": str(one.path), "source": one.source, **_stamp(one.path)}
                    )
            out.flush()
            os.fsync(out.fileno())
        if not gathering.rows:
            raise NotPossible("there is nothing to learn from: no text was found")
        if unknown := sorted((weights or {}).keys() - gathering.licences.keys()):
            there = ", ".join(sorted(gathering.licences))
            raise NotPossible(
                f"--weight: no source is called {unknown[0]!r}; there are {there}"
            )
        split = gathering.split(seed)
        digest, whole = blake2b(digest_size=16), sha256()
        with beside.open("rb") as texts:
            for document in split:
                text = texts.read(document.length)
                whole.update(text)
                digest.update(text)
                if document.turns:
                    digest.update(json.dumps(document.turns).encode())
                digest.update(b"held" if document.held else b"learnt")
        # Only now: what was there before is good until there is something better.
        (folder / MANIFEST).unlink(missing_ok=True)
        beside.replace(folder / TEXTS)
    finally:
        beside.unlink(missing_ok=True)
    manifest = {
        "version": VERSION,
        "digest": digest.hexdigest(),
        "sha256": whole.hexdigest(),
        "bytes": sum(d.length for d in split),
        "held_bytes": sum(d.length for d in split if d.held),
        "split_seed": seed,
        "twice": gathering.twice,
        "inputs": read,
        "sources": gathering.sources(split),
        "weights": gathering.weights | (weights or {}),
        "documents": [_row(document) for document in split],
    }
    last = folder / f".{MANIFEST}.{os.getpid()}"
    last.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    last.replace(folder / MANIFEST)
    return Ready.open(folder)


def _foreign(
    found: Iterable[tuple[Input, bool]], told: Callable[[str], None]
) -> list[tuple[Input, bool]]:
    """Leave out what was made ready before: it would be learnt from twice, held out or not."""
    kept: list[tuple[Input, bool]] = []
    for one, named in found:
        at = one.path.parent
        ours = one.path.name in (TEXTS, MANIFEST)
        if ours and not named and (at / MANIFEST).is_file() and (at / TEXTS).is_file():
            if one.path.name == TEXTS:
                told(f"passed over: {at} holds data that was made ready already")
            continue
        kept.append((one, named))
    return kept


class _Gathering:
    """Documents as they come, each once."""

    def __init__(self, licence: str) -> None:
        self.licence = licence
        self.rows: list[Document] = []
        self.licences: dict[str, set[str]] = {}
        self.weights: dict[str, float] = {}
        self.twice = 0
        self._seen: set[bytes] = set()
        self._at = 0

    def add(self, found: Found, write: Callable[[bytes], object]) -> None:
        """Take a document in."""
        said = [(one.author, one.text) for one in found.said]
        told = any(author for author, _ in said)
        sizes = tuple((len(author), len(text)) for author, text in said) if told else ()
        text = b"".join(a + t for a, t in said) if told else written(said)
        seen = blake2b(text, digest_size=16).digest()
        if seen in self._seen:
            self.twice += 1
            return
        self._seen.add(seen)
        if found.weight is not None:
            self.weights[found.source] = found.weight
        self.licences.setdefault(found.source, set()).add(found.licence or self.licence)
        row = Document(
            self._at, len(text), found.source, found.family, False, found.talk, sizes
        )
        self.rows.append(row)
        self._at += len(text)
        write(text)

    def split(self, seed: int) -> list[Document]:
        """Choose what is held out."""
        held = held_out(self.rows, seed=seed)
        return [replace(row, held=row.family in held) for row in self.rows]

    def sources(self, split: Iterable[Document]) -> dict[str, dict[str, Any]]:
        """Count documents and bytes of each source, with the licences that were told."""
        counted: dict[str, dict[str, Any]] = {}
        for one in split:
            row = counted.setdefault(
                one.source,
                {
                    "documents": 0,
                    "bytes": 0,
                    "held_bytes": 0,
                    "licences": sorted(self.licences[one.source] - {""}),
                },
            )
            row["documents"] += 1
            row["bytes"] += one.length
            row["held_bytes"] += one.length if one.held else 0
        return counted


def held_out(rows: Iterable[Document], *, seed: int = 0) -> set[str]:
    """Choose the families that are not learnt from, by a hash of their names.

    Where no source has one small enough, the smallest of all is held out, if there are two.
    """
    sizes: dict[str, dict[str, int]] = {}
    for row in rows:
        families = sizes.setdefault(row.source, {})
        families[row.family] = families.get(row.family, 0) + row.length
    salt = seed.to_bytes(8, "little", signed=True) if seed else b""

    def drawn(family: str) -> bytes:
        return blake2b(family.encode(), key=salt).digest()

    held: set[str] = set()
    for families in sizes.values():
        whole = sum(families.values())
        wanted, got = min(HELD_BYTES, HELD_SHARE * whole), 0
        for family in sorted(families, key=drawn):
            if got < wanted and families[family] <= LARGE * whole:
                held.add(family)
                got += families[family]
    every = {family: size for families in sizes.values() for family, size in families.items()}
    if not held and len(every) > 1:
        held.add(min(every, key=lambda family: (every[family], drawn(family))))
    return held


def _document(row: dict[str, Any]) -> Document:
    sizes = cast("list[list[int]]", row.get("turns", []))
    whole: dict[str, Any] = row | {"turns": tuple((a, t) for a, t in sizes)}
    return Document(**whole)


def _row(document: Document) -> dict[str, Any]:
    row = asdict(document)
    if not document.turns:
        del row["turns"]
    return row


def _stamp(path: Path) -> dict[str, Any]:
    """Size and digest of an input; of a corpus in a folder, those of its text."""
    with (path / mix.TEXT if path.is_dir() else path).open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        return {"bytes": file.tell(), "sha256": digest}


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
