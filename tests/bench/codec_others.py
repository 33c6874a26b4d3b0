"""Compressors that ours stands beside, turn by turn, with as little framing as each can have.

Alone: each turn by itself. Along: given all turns before it, as one stream that is flushed at
each turn's end where there is a flush (zstd, brotli), and otherwise as the size of the whole,
which is what the differences in size from turn to turn add up to (xz, bzip2, PPMd, the paq
family): that leaves out what their flushes would cost. The lengths of turns and of codes are
counted for nobody, so zstd has no magic number, length, checksum or dictionary id, xz is raw LZMA2,
and of a program's file the size of an empty file's archive is taken off. None of them has our
key frames: what they know goes back to the beginning.
"""

import bz2
import hashlib
import lzma
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

import brotli
import platformdirs
import pyppmd
import zstandard

from tests.bench import codec_texts

_BROTLI: Final[Any] = brotli
_PPMD: Final[Any] = pyppmd
# Neither tells its types.

LEVEL: Final = 19
DICTIONARY: Final = 112_640
"""Bytes: what `zstd --train` makes unless told otherwise."""
SAMPLES: Final = 11_000_000
"""Bytes of `train.txt` that the dictionary is trained on."""
MEMORY: Final = 16 << 20
"""Bytes that PPMd may use."""


class Other(Protocol):
    """A compressor; codes are bytes that `undo` turns back, given the sizes of the turns."""

    @property
    def name(self) -> str:
        """As in the table."""
        ...

    @property
    def slowly(self) -> bool:
        """Whether it is too slow for all but the texts that are judged."""
        ...

    def alone(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code each turn by itself."""
        ...

    def undo_alone(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back the turns of `alone`."""
        ...

    def along(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code turns given those before them; one code for all where there is no flush."""
        ...

    def undo_along(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back what each code of `along` stands for."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A compressor that has no flush, or none that can be had from Python."""

    name: str
    code: Callable[[bytes], bytes]
    undo: Callable[[bytes, int], bytes]
    slowly: bool = False

    def alone(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code each turn by itself."""
        return [self.code(turn) for turn in turns]

    def undo_alone(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back the turns of `alone`."""
        return [self.undo(code, size) for code, size in zip(codes, turns, strict=True)]

    def along(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code all turns as one."""
        return [self.code(b"".join(turns))]

    def undo_along(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back all turns as one."""
        return [self.undo(codes[0], sum(turns))]


class Zstd:
    """zstd -19, with a dictionary or without; magicless, a block flushed at each turn's end."""

    slowly = False

    def __init__(self, name: str, dictionary: bytes = b"") -> None:
        """Take a dictionary, if any."""
        self.name = name
        self._dictionary = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        self._settings = zstandard.ZstdCompressionParameters.from_level(
            LEVEL,
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            write_content_size=False,
            write_checksum=False,
            write_dict_id=False,
        )

    def _in(self) -> zstandard.ZstdCompressor:
        return zstandard.ZstdCompressor(
            compression_params=self._settings, dict_data=self._dictionary
        )

    def _out(self) -> zstandard.ZstdDecompressor:
        return zstandard.ZstdDecompressor(
            dict_data=self._dictionary, format=zstandard.FORMAT_ZSTD1_MAGICLESS
        )

    def alone(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code each turn by itself."""
        compressor = self._in()
        return [compressor.compress(turn) for turn in turns]

    def undo_alone(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back the turns of `alone`."""
        out = self._out()
        return [
            out.decompress(code, max_output_size=max(1, size))
            for code, size in zip(codes, turns, strict=True)
        ]

    def along(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code turns as one frame, a flush after each."""
        stream = self._in().compressobj()
        return [
            stream.compress(turn) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            for turn in turns
        ]

    def undo_along(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back each turn from what was flushed by its end."""
        stream = self._out().decompressobj()
        return [stream.decompress(code) for code in codes]


class Brotli:
    """brotli -q 11, flushed at each turn's end."""

    slowly = False
    name = "brotli -q 11"

    def alone(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code each turn by itself."""
        return [brotli.compress(turn, quality=11) for turn in turns]

    def undo_alone(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back the turns of `alone`."""
        return [brotli.decompress(code) for code in codes]

    def along(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code turns as one stream, a flush after each."""
        stream = _BROTLI.Compressor(quality=11)
        return [stream.process(turn) + stream.flush() for turn in turns]

    def undo_along(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back each turn from what was flushed by its end."""
        stream = _BROTLI.Decompressor()
        return [stream.process(code) for code in codes]


def ppmd(order: int) -> Whole:
    """Return PPMd variant H (7-Zip's) of an order."""

    def code(text: bytes) -> bytes:
        encoder = _PPMD.Ppmd7Encoder(order, MEMORY)
        return encoder.encode(text) + encoder.flush()

    def undo(coded: bytes, size: int) -> bytes:
        decoder = _PPMD.Ppmd7Decoder(order, MEMORY)
        got: bytes = decoder.decode(coded, size) if size else b""
        while len(got) < size:
            more: bytes = decoder.decode(b"\0", size - len(got))  # the coder reads past its end
            if not more:
                break
            got += more
        return got

    return Whole(f"PPMd o{order}", code, undo)


def xz() -> Whole:
    """Return xz -9e without its container."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
    return Whole(
        "xz -9e",
        lambda text: lzma.compress(text, lzma.FORMAT_RAW, filters=filters),
        lambda coded, _: lzma.decompress(coded, lzma.FORMAT_RAW, filters=filters),
    )


def bzip2() -> Whole:
    """Return bzip2 -9."""
    return Whole(
        "bzip2 -9", lambda text: bz2.compress(text, 9), lambda coded, _: bz2.decompress(coded)
    )


@dataclass(frozen=True, slots=True)
class Program:
    """A compressor of the paq family that is on the path."""

    name: str
    path: str
    pack: tuple[str, ...]
    """Arguments before the two files."""
    unpack: tuple[str, ...]
    slowly: bool = True

    def alone(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code each turn by itself."""
        return [self._run(self.pack, turn) for turn in turns]

    def undo_alone(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back the turns of `alone`."""
        return [self._run(self.unpack, code) for code in codes]

    def along(self, turns: Sequence[bytes]) -> list[bytes]:
        """Code all turns as one."""
        return [self._run(self.pack, b"".join(turns))]

    def undo_along(self, codes: Sequence[bytes], turns: Sequence[int]) -> list[bytes]:
        """Give back all turns as one."""
        return [self._run(self.unpack, codes[0])]

    def framing(self) -> int:
        """Return bytes of an empty file's archive: header and end, about."""
        try:
            return len(self._run(self.pack, b""))
        except (OSError, subprocess.SubprocessError):
            return 0

    def _run(self, arguments: tuple[str, ...], data: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            before, after = Path(folder, "before"), Path(folder, "after")
            before.write_bytes(data)
            command = [self.path, *arguments, str(before), str(after)]
            subprocess.run(command, check=True, capture_output=True, timeout=1200)
            return after.read_bytes()


PROGRAMS: Final = (
    ("lpaq1", ("6",), ("d",)),
    ("paq8px", ("-5",), ("-d",)),
    ("cmix", ("-c",), ("-d",)),
)
"""Name on the path, arguments to pack and to unpack."""


def programs() -> Iterator[Program]:
    """Yield what there is of the paq family."""
    for name, pack, unpack in PROGRAMS:
        if path := shutil.which(name):
            yield Program(name, path, pack, unpack)


def dictionary(tell: Callable[[str], None], *, train: bool) -> bytes | str:
    """Return a zstd dictionary trained on the corpus' `train.txt`, or why there is none.

    It is kept in the user's cache: training takes half a minute. `k` and `d` are the best for
    sample 004 of a few that were tried; the search that zstd would make takes minutes.
    """
    archive = codec_texts.SHARED / "data" / "corpus" / "mix.tar.xz"
    if not archive.is_file():
        return f"{archive} is not here"
    made_of = f"{archive.stat().st_size} {DICTIONARY} {SAMPLES} {zstandard.ZSTD_VERSION}"
    home = Path(os.environ.get("ENFOLD_CACHE_DIR") or platformdirs.user_cache_path("enfold"))
    kept = home / "bench" / f"{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.zdict"
    if kept.is_file():
        return kept.read_bytes()
    if not train:
        return "not yet trained; a run without --quick does it"
    tell("training a zstd dictionary on train.txt (once)")
    documents = codec_texts.training(SAMPLES)
    if isinstance(documents, str):
        return documents
    made = zstandard.train_dictionary(
        DICTIONARY, cast(Any, documents), level=LEVEL, k=500, d=6, f=20
    ).as_bytes()
    kept.parent.mkdir(parents=True, exist_ok=True)
    beside = kept.with_suffix(f".{os.getpid()}")
    beside.write_bytes(made)
    beside.replace(kept)
    return made


def others(tell: Callable[[str], None], *, train: bool) -> tuple[list[Other], list[str]]:
    """Return every compressor that there is, and why some are not there."""
    got: list[Other] = [Zstd("zstd -19")]
    missing: list[str] = []
    trained = dictionary(tell, train=train)
    if isinstance(trained, bytes):
        got.append(Zstd("zstd -19 dict", trained))
    else:
        missing.append(f"zstd -19 dict: {trained}")
    got += [Brotli(), xz(), bzip2(), ppmd(6), ppmd(8), *programs()]
    found = {one.name for one in got}
    missing += [f"{name}: not on the path" for name, *_ in PROGRAMS if name not in found]
    return got, missing
