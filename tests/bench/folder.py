"""What a folder of transcripts takes, folded and otherwise: `python -m tests.bench folder PATH...`.

Beside `.tar.xz` (-9e) and `.tar.zst` (-19 and --ultra -22), each of the same files in the same
order, their names kept and owners and times left out, as we leave them out. What is folded is
unfolded again and compared. Times are of one processor and of this machine at this moment.
"""

import argparse
import io
import json
import lzma
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import zstandard

from harness.errors import HarnessError
from harness.folding import fold
from harness.rooms import Rooms
from harness.sources import Found, find
from harness.unfolding import opened
from memory.errors import RecallError


def tarred(found: Found) -> bytes:
    """Return all that was found as a tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for source in found.sources:
            assert source.path is not None
            content = source.path.read_bytes()
            entry = tarfile.TarInfo(source.name.decode("utf-8", "surrogateescape"))
            entry.size = len(content)
            entry.mode = 0o755 if source.executable else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def others(found: Found) -> list[tuple[str, int, float]]:
    """Return (name, bytes, seconds) for each compressor beside ours."""
    tar = tarred(found)
    ways: dict[str, Callable[[bytes], bytes]] = {
        ".tar": bytes,
        ".tar.zst -19": zstandard.ZstdCompressor(level=19).compress,
        ".tar.zst --ultra -22": zstandard.ZstdCompressor(level=22).compress,
        ".tar.xz -9e": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
    }
    rows: list[tuple[str, int, float]] = []
    for name, way in ways.items():
        begun = time.process_time()
        rows.append((name, len(way(tar)), time.process_time() - begun))
    return rows


def ours(found: Found) -> list[tuple[str, int, float]]:
    """Return (name, bytes, seconds) for each way of ours; the model is named in the name.

    Raises:
        AssertionError: What was unfolded is not what was folded.
    """
    rows: list[tuple[str, int, float]] = []
    ways = {
        ".hqf --no-model": (False, False),
        ".hqf": (True, False),
        ".hqf --embed": (True, True),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (model, embed) in ways.items():
            out = Path(folder) / f"{len(rows)}.hqf"
            begun = time.process_time()
            try:
                done = fold(found, out, model=model, embed=embed)
            except HarnessError as error:
                print(f"{name}: {error}", file=sys.stderr)
                continue
            seconds = time.process_time() - begun
            if model and not done.model:
                print(f"{name}: no byte model is here", file=sys.stderr)
                continue
            rows.append((name, done.stored, seconds))
            if not embed:
                compare(found, out, Path(folder) / f"back{len(rows)}")
    return rows


def compare(found: Found, archive: Path, back: Path) -> None:
    """See that `archive` unfolds to what was folded.

    Raises:
        AssertionError: It does not.
    """
    with opened(archive) as inside:
        made = inside.unfold(back)
    for source, path in zip(found.sources, made, strict=True):
        assert source.path is not None
        assert source.path.read_bytes() == path.read_bytes(), path


def main(words: list[str]) -> int:
    """Print a table in Markdown, or JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench folder", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--json", action="store_true", help="A line for each row.")
    options = parser.parse_args(words)
    try:
        with tempfile.TemporaryDirectory() as nowhere:
            found = find(options.paths, (), Rooms(Path(nowhere)))
        for left in found.left_out:
            print(f"left out: {left}", file=sys.stderr)
        plain = found.size
        rows = [("as they are", plain, 0.0), *others(found), *ours(found)]
    except (HarnessError, RecallError) as error:
        print(error, file=sys.stderr)
        return 1
    if not plain:
        print("there is nothing in there", file=sys.stderr)
        return 1
    if not options.json:
        print(f"{len(found.sources)} files, {plain:,} bytes\n")
        print("| | bytes | bits per byte | seconds |\n|---|---:|---:|---:|")
    for name, size, seconds in rows:
        rate = size * 8 / plain
        if options.json:
            row = {"what": name, "bytes": size, "bits_per_byte": round(rate, 4),
                   "seconds": round(seconds, 2), "files": len(found.sources), "plain": plain}  # fmt: skip
            print(json.dumps(row))
        else:
            print(f"| {name} | {size:,} | {rate:.3f} | {seconds:.1f} |")
    return 0
