"""What was measured, a line of JSON each: a run is its rows and a manifest, and nothing else.

A row says what one way of giving the past was worth in one case. Rows do not depend on the
machine; what does (milliseconds, memory) lies in a file of its own. So a run goes on where it
stopped, is done in shards by as many machines as there are, and is merged by putting the rows
together. The manifest says what was measured with what: runs of which it differs are not one.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from harness.errors import NotPossible

ROWS: Final = "rows.jsonl"
TIMES: Final = "times.jsonl"
MANIFEST: Final = "manifest.json"

Key: TypeAlias = tuple[str, str, str, str, int, str]
"""Kind, talk, case, method, budget, verifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one way was worth in one case."""

    kind: str
    """`answer`, `next` or `probe`."""
    talk: str
    case: str
    """Of that kind in that talk."""
    method: str
    budget: int
    """Tokens; 0 where the way heeds none."""
    verifier: str
    bits: int
    """What the answer, the next turns or the word told, in 2^-16 bits."""
    length: int
    """Bytes of that."""
    given: int
    """Bytes of context."""
    stems: int = -1
    """Share of the answer's stems that stand in what was given, in millionths; -1 for none."""
    truly: int = -1
    """Share of what is given under a name that this one said, in millionths; -1 for none."""
    right: int = -1
    """Of a probe: 1 if the true word was cheapest, else 0; -1 where there is no choice."""
    newest: int = -1
    """Of what had several values: 1 if the one that holds is told, else 0; -1 where none had."""
    older: int = -1
    """Share of the values before it that are told, in millionths; -1 for none."""
    last: int = -1
    """1 if of all its values the one that holds is told last, else 0; -1 where none had."""
    first: int = -1
    """1 if recall ranks the line of the newest value before the others', else 0; -1 for none."""
    category: str = ""
    """Of the question or the probe."""
    turn: int = 0
    """Lines that were past."""
    folds: int = -1
    """Lines since the evidence; -1 where there is none. Strata follow from it and `turn`."""
    edge: int = -1
    """1 if the evidence is at the edge of a sitting, 0 if within; -1 where that means nothing."""
    surprise: int = -1
    """Quarter of the lines that the evidence is in, by what it told: 0 the least, 3 the most."""
    speaker: str = ""
    """Id of whose line the evidence is."""

    @property
    def key(self) -> Key:
        """What there is one row of."""
        return (self.kind, self.talk, self.case, self.method, self.budget, self.verifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was measured, with what."""

    dataset: str
    data: str
    """SHA-256 of the file, hexadecimal."""
    code: str
    """SHA-256 of our own code that decides what is given and how it is counted."""
    seed: int
    """Of the sample."""
    verifiers: Mapping[str, str] = field(default_factory=dict[str, str])
    """The digest of each, by name."""
    accounts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Bytes that each way keeps, by talk."""

    def joined(self, other: "Manifest") -> "Manifest":
        """Return what both are.

        Raises:
            NotPossible: They are of different data, code, seeds or verifiers.
        """
        for name in ("dataset", "data", "code", "seed"):
            if getattr(self, name) != getattr(other, name):
                what = {"data": "data", "code": "code of enfold"}.get(name, name)
                raise NotPossible(f"runs of another {what} are not one: measure anew")
        for name in self.verifiers.keys() & other.verifiers.keys():
            if self.verifiers[name] != other.verifiers[name]:
                raise NotPossible(f"runs of another verifier {name!r} are not one")
        return replace(
            self,
            verifiers=dict(sorted({**self.verifiers, **other.verifiers}.items())),
            accounts=dict(sorted({**self.accounts, **other.accounts}.items())),
        )


def line(one: Mapping[str, Any]) -> str:
    """Return an object as it stands in a file."""
    return json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


class Run:
    """The files of a run, in a folder of their own. Usable by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Look at what is there.

        Raises:
            NotPossible: It cannot be read or is no run.
        """
        self.folder = folder
        there = (folder / MANIFEST).exists()
        self.manifest, self.rows = read(folder) if there else (None, {})

    def begin(self, manifest: Manifest) -> None:
        """Say what is measured; a run that is there must be of the same.

        Raises:
            NotPossible: It is not, or the disk says no.
        """
        if self.manifest is not None:
            try:
                manifest = self.manifest.joined(manifest)
            except NotPossible as error:
                raise NotPossible(f"{self.folder}: {error}, or name another folder") from error
        self.manifest = manifest
        _put(self.folder / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
        if (self.folder / ROWS).exists():
            self.close()  # what a kill cut short is gone

    def add(self, rows: Iterable[Row], times: Iterable[Mapping[str, Any]]) -> None:
        """Append what was measured; a kill loses at most the last line.

        Raises:
            NotPossible: The disk says no.
        """
        new = [row for row in rows if row.key not in self.rows]
        self.rows.update((row.key, row) for row in new)
        _append(self.folder / ROWS, "".join(line(told(row)) for row in new))
        _append(self.folder / TIMES, "".join(map(line, times)))

    def close(self) -> None:
        """Put the rows in their order: the same whoever measured them, and in what order.

        Raises:
            NotPossible: The disk says no.
        """
        ordered = [self.rows[key] for key in sorted(self.rows)]
        _put(self.folder / ROWS, "".join(line(told(row)) for row in ordered))


def told(row: Row) -> dict[str, Any]:
    """Return a row without what says nothing."""
    return {name: value for name, value in asdict(row).items() if value not in (-1, "")}


def read(folder: Path) -> tuple[Manifest, dict[Key, Row]]:
    """Return a run's manifest and rows.

    Raises:
        NotPossible: They cannot be read, or are none.
    """
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
        lines = (folder / ROWS).read_bytes().split(b"\n") if (folder / ROWS).exists() else []
    except OSError as error:
        raise NotPossible(f"{folder}: no run: {error.strerror or error}") from error
    except (ValueError, TypeError) as error:
        raise NotPossible(f"{folder / MANIFEST}: not a run's: {error}") from error
    names = {one.name for one in fields(Row)}
    rows: dict[Key, Row] = {}
    for number, one in enumerate(lines, 1):
        if not one:
            continue
        try:
            found: dict[str, Any] = json.loads(one)
            row = Row(**{name: value for name, value in found.items() if name in names})
        except (ValueError, TypeError, AttributeError) as error:
            if number == len(lines):
                continue  # a kill cut it short; it is measured again
            raise NotPossible(f"{folder / ROWS}, line {number}: not a row") from error
        rows[row.key] = row
    return manifest, rows


def merge(folders: Sequence[Path], into: Path) -> Run:
    """Return a run of all the rows of others, made in a folder that has no other's.

    Raises:
        NotPossible: One is no run, they do not belong together, or they contradict.
    """
    run = Run(into)
    for folder in folders:
        manifest, rows = read(folder)
        run.begin(manifest)
        for key, row in rows.items():
            if run.rows.setdefault(key, row) != row:
                raise NotPossible(f"{folder}: {'/'.join(map(str, key))} was measured otherwise")
        times = folder / TIMES
        if times.exists() and folder != into:
            _append(into / TIMES, times.read_text("utf-8"))
    run.close()
    return run


def _append(path: Path, text: str) -> None:
    if not text:
        return
    try:
        whole = not path.exists() or path.stat().st_size == 0 or _ends(path)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text if whole else "\n" + text)
    except OSError as error:
        raise NotPossible(f"{path}: {error.strerror or error}") from error


def _ends(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def _put(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, "utf-8", newline="\n")
        beside.replace(path)
    except OSError as error:
        raise NotPossible(f"{path}: {error.strerror or error}") from error
