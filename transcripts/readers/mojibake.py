"""Text that was read with the wrong one-byte codec, and back.

UTF-8 read as Windows-1254 (or a sister codec) turns every character beyond ASCII into two to
four others. Where the codec has no character for a byte, that byte was dropped, and so was
the invisible soft hyphen of byte AD: such text does not come back by decoding alone. Here
each run of foreign characters is put back into bytes and read as UTF-8; one dropped byte in
a character is tried for, and taken where it gives a sign that such texts hold.

`forward` does the damage on purpose: what `repair` gave, damaged again, must be what came.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

CODECS = ("cp1254", "cp1252", "cp1250", "cp1251", "latin-1")
"""Tried in this order; the best wins, the first of equals."""

SLOPPY = "sloppy-"
"""Before a codec's name: bytes without a character were kept as control characters."""

ENOUGH = 0.9
"""Share of runs that must come back, or the text is left alone."""

_KNOWN = (
    "🎨🌡💭✨🔇🔍🎬🗳🤫❌ℹ⚡📋💬🐇🔱\ufe0f"  # signs of notices
    "”“’‘—–…•„‑→←"  # typography
    "❤⭐✅☀☁"
    "íčŞŏà"  # letters whose second byte is dropped most often
)
"""What a character with a dropped byte most likely was, likeliest first."""

_ORDER = bytes.fromhex("8e8fad9d818d909e")
"""Dropped bytes in the order they are tried in; a codec's others come after."""

_RUN = re.compile(r"[^\x00-\x7f]+")
_ZWJ = "\u200d"
_PLAIN_SIGNS = frozenset("–—‘’“”…•‚„‹›«»†‡\xa0\xad")
"""Continuation bytes that also follow a letter in clean text."""


_Outcome: TypeAlias = tuple[str, tuple[str, ...]]
"""A run as it was, and the characters guessed in it."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """Text put right, or left as it was: then `codec` is empty."""

    text: str
    codec: str = ""
    """Which codec it had been read with."""
    exact: int = 0
    """Runs that decoded byte for byte."""
    guessed: int = 0
    """Runs in which a dropped byte was guessed."""
    failed: int = 0
    """Runs left as they were."""
    by_kind: dict[str, int] = field(default_factory=dict[str, int])
    """How often each character was guessed."""


def damaged(text: str) -> bool:
    """Return whether `text` holds a pair of characters that only such damage makes."""
    return _pairs().search(text) is not None


def repair(text: str) -> Repaired:
    """Return `text` as it was before it was read with the wrong codec.

    It is returned as is unless at least one pair in it can only come from such damage, and
    nine of ten runs of characters beyond ASCII come back under one codec.
    """
    if not damaged(text):
        return Repaired(text)
    runs = Counter(match[0] for match in _RUN.finditer(text))
    total = sum(runs.values())
    best: dict[str, _Outcome] = {}
    best_codec, best_score = "", (0, 0)
    for codec in CODECS:
        outcomes = {run: _restored(run, codec) for run in runs}
        mended = sum(count for run, count in runs.items() if outcomes[run])
        exact = sum(
            count for run, count in runs.items() if (out := outcomes[run]) and not out[1]
        )
        if mended >= ENOUGH * total and (mended, exact) > best_score:
            best_codec, best_score = codec, (mended, exact)
            best = {run: out for run, out in outcomes.items() if out}
    if not best_codec:
        return Repaired(text)
    by_kind: Counter[str] = Counter()
    for run, (_, guessed) in best.items():
        for character in guessed:
            by_kind[character] += runs[run]
    signs = _dropped_signs(best_codec)
    kept = any(not signs.isdisjoint(run) for run in best)
    mended, exact = best_score
    low = 0x9E in _dropped(best_codec)
    return Repaired(
        text=_RUN.sub(lambda run: _mended(run, best, low=low), text),
        codec=f"{SLOPPY}{best_codec}" if kept else best_codec,
        exact=exact,
        guessed=mended - exact,
        failed=total - mended,
        by_kind=dict(by_kind),
    )


def forward(text: str, codec: str) -> str:
    """Return `text` as it looks after UTF-8 was read as `codec`: see `Repaired.codec`."""
    decode = _decoding(codec)
    return _RUN.sub(lambda run: "".join(decode[byte] for byte in run[0].encode()), text)


def _mended(run: re.Match[str], outcomes: dict[str, _Outcome], *, low: bool) -> str:
    outcome = outcomes.get(run[0])
    if outcome is None:
        return run[0]
    restored, guessed = outcome
    if restored == "”" and guessed and low:
        # At the beginning of a word the dropped byte was that of the low quotation mark.
        before = run.string[max(0, run.start() - 1) : run.start()]
        after = run.string[run.end() : run.end() + 1]
        if after.isalnum() and (not before or before in " \t\n([{"):
            return "„"
    return restored


def _restored(run: str, codec: str) -> _Outcome | None:
    """Return what `run` was, or `None` if it does not fit."""
    encode = _encoding(codec)
    encoded = bytearray()
    for character in run:
        byte = encode.get(character)
        if byte is None:
            return None
        encoded.append(byte)
    restored: list[str] = []
    guessed: list[str] = []
    place = 0
    while place < len(encoded):
        length = _length(encoded[place])
        if length < 2:
            return None
        end = place + 1
        while end < len(encoded) and end < place + length and 0x80 <= encoded[end] < 0xC0:
            end += 1
        piece = bytes(encoded[place:end])
        if len(piece) == length:
            character = _character(piece)
        elif len(piece) == length - 1:
            follows = encoded[end] if end < len(encoded) else 0
            character = _guess(piece, codec, _joins(restored, follows))
            guessed.append(character)
        else:
            return None
        if not character:
            return None
        restored.append(character)
        place = end
    return "".join(restored), tuple(guessed)


def _joins(before: list[str], follows: int) -> bool:
    """Whether a sign stands on both sides, so that what is between them joins the two."""
    return bool(before) and before[-1] > "\u2500" and follows in {0xE2, 0xF0}


@cache
def _guess(piece: bytes, codec: str, joins: bool) -> str:
    """Return what `piece` with one byte dropped most likely was; empty if nothing fits."""
    found: list[str] = []
    for byte in _dropped(codec):
        for gap in range(len(piece), 0, -1):
            character = _character(piece[:gap] + bytes((byte,)) + piece[gap:])
            if character:
                found.append(character)
    for likely in (_ZWJ, *_KNOWN) if joins else _KNOWN:
        if likely in found:
            return likely
    signs = (one for one in found if unicodedata.category(one)[0] in "SP")
    return next(signs, "")


def _character(encoded: bytes) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        return ""


def _length(lead: int) -> int:
    """Bytes of a UTF-8 sequence that begins with `lead`; 0 if none does."""
    if 0xC2 <= lead <= 0xDF:
        return 2
    if 0xE0 <= lead <= 0xEF:
        return 3
    return 4 if 0xF0 <= lead <= 0xF4 else 0


@cache
def _undefined(codec: str) -> bytes:
    return bytes(byte for byte in range(0x80, 0x100) if not _decoded(byte, codec))


def _decoded(byte: int, codec: str) -> str:
    try:
        return bytes((byte,)).decode(codec)
    except UnicodeDecodeError:
        return ""


@cache
def _dropped(codec: str) -> bytes:
    """Bytes that did not survive the wrong reading."""
    lost = set(_undefined(codec)) | {0xAD}
    return bytes(byte for byte in _ORDER if byte in lost) + bytes(sorted(lost - set(_ORDER)))


@cache
def _dropped_signs(codec: str) -> frozenset[str]:
    return frozenset(chr(byte) for byte in _dropped(codec))


@cache
def _encoding(codec: str) -> dict[str, int]:
    table = {_decoded(byte, codec): byte for byte in range(0x80, 0x100)}
    table.pop("", None)
    table.update({chr(byte): byte for byte in _undefined(codec)})
    return table


@cache
def _decoding(codec: str) -> tuple[str, ...]:
    name = codec.removeprefix(SLOPPY)
    table = [chr(byte) if byte < 0x80 else _decoded(byte, name) for byte in range(0x100)]
    for byte in _dropped(name):
        table[byte] = chr(byte) if codec.startswith(SLOPPY) else ""
    return tuple(table)


@cache
def _pairs() -> re.Pattern[str]:
    """Pairs that damage makes and clean text does not.

    A character that the codec writes with the first byte of a sequence, and after it a sign
    (not a letter, nor one of those that follow letters in print); and the beginnings of the
    general punctuation and of the emoji, which are unmistakable whatever they look like.
    """
    alternatives: list[str] = []
    for codec in CODECS:
        table = _decoding(codec)
        leads = "".join(table[byte] for byte in range(0xC2, 0xF5))
        signs = [table[byte] for byte in range(0x80, 0xC0) if table[byte]]
        rare = "".join(
            sign
            for sign in signs
            if sign not in _PLAIN_SIGNS and unicodedata.category(sign)[0] != "L"
        )
        alternatives.append(f"[{re.escape(leads)}][{re.escape(rare)}]")
        alternatives.extend(
            re.escape(table[first] + table[second])
            for first, second in ((0xE2, 0x80), (0xF0, 0x9F), (0xEF, 0xB8))
            if table[first] and table[second]
        )
    return re.compile("|".join(alternatives))
