"""Characters that act on a page instead of standing on it, made to be seen.

Control characters, direction overrides and the invisible tag letters can hide words, turn
them round, or drive a terminal. On paper each becomes a mark that can be read. Joiners,
variation selectors and the tags inside a flag stay: they belong to what is written.
"""

import re

UNSEEN = re.compile(
    r"(?P<flag>\U0001F3F4[\U000E0030-\U000E007A]{1,8}\U000E007F)"
    r"|(?P<act>[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]+)"
)
"""A run of what has to be shown in another way (`act`), or a `flag`, which is let through
whole. A newline and a tab are neither."""


NAMES = (
    *("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF"),
    *("CR", "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM"),
    *("SUB", "ESC", "FS", "GS", "RS", "US"),
)
"""Of the characters 0 to 31. Unicode has pictures of them, which many fonts lack."""


def marks(run: str) -> str:
    """Return what is shown for `run`: `[ESC]` for escape, `[U+202E]` for an override."""
    return "".join(map(_mark, run))


def _mark(char: str) -> str:
    code = ord(char)
    return f"[{NAMES[code]}]" if code < 0x20 else f"[U+{code:04X}]"


def visible(text: str) -> str:
    """Return `text` with every character that only acts as a mark. CRLF becomes a newline."""
    return UNSEEN.sub(_shown, text.replace("\r\n", "\n"))


def flat(text: str) -> str:
    """Return `text` made visible and on one line, runs of white space as one space."""
    return " ".join(visible(text).split())


def _shown(found: re.Match[str]) -> str:
    return found["flag"] or marks(found["act"])
