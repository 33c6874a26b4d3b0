"""Names for people out of ids for machines, and forms of both that can be compared.

`claude-opus-4-5-20251101` is `Claude Opus 4.5 (2025-11-01)`; `openrouter/deepseek/deepseek-r1`
is `DeepSeek R1`. Nothing here knows which models exist.
"""

import re
import unicodedata

LONGEST = 200
"""Characters of a name that are looked at. Models write names, and they can be anything."""

_SPELLED = {
    "ai": "AI",
    "chatgpt": "ChatGPT",
    "codellama": "CodeLlama",
    "deepseek": "DeepSeek",
    "exp": "Experimental",
    "glm": "GLM",
    "gpt": "GPT",
    "internlm2": "InternLM2",
    "it": "IT",
    "lfm": "LFM",
    "minimax": "MiniMax",
    "oss": "OSS",
    "qvq": "QVQ",
    "qwq": "QwQ",
    "tts": "TTS",
    "vl": "VL",
    "xai": "xAI",
}
_DATE = re.compile(
    r"[-@_](?:(?P<y>20\d\d)[-_]?(?P<m>[01]\d)[-_]?(?P<d>[0-3]\d)"
    r"|(?P<m2>[01]\d)-(?P<y2>20\d\d))(?![\d.])"
)
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_SIZE = re.compile(r"[ae]?\d+(?:\.\d+)?[bmkt]", re.ASCII)
_POINT = re.compile(r"^([a-z]?\d+)p(\d+)$", re.ASCII)
_REASONER = re.compile(r"^o\d", re.ASCII)
_CODE = re.compile(r"[a-z]\d+(\.\d+)*", re.ASCII)


def display(model_id: str) -> str:
    """Return a name for people made of `model_id`.

    Provider and vendor prefixes are dropped, versions get their point, dates go in brackets.
    """
    tail = model_id.rsplit("#", 1)[-1].rstrip("/").rsplit("/", 1)[-1] or model_id
    date = ""
    if found := _DATE.search(tail):
        date = (
            f" ({found['y']}-{found['m']}-{found['d']})"
            if found["y"]
            else f" ({found['y2']}-{found['m2']})"
        )
        tail = tail[: found.start()] + tail[found.end() :]
    words: list[str] = []
    digits = False
    for word in _WORD.findall(tail):
        short = word.isascii() and word.isdigit() and len(word) <= 2
        if short and digits and "." not in words[-1]:
            words[-1] += f".{word}"
            continue
        digits = short
        words.append(word if short else _spell(word))
    joined = " ".join(words)
    # `GPT-4o` and `o3` are how their makers write them.
    joined = re.sub(r"^(Chat)?GPT (?=\d|OSS)", lambda hit: hit[0].replace(" ", "-"), joined)
    return (joined or model_id) + date


def _spell(word: str) -> str:
    lower = word.lower()
    if lower in _SPELLED:
        return _SPELLED[lower]
    if word != lower:
        return word  # whoever wrote capitals meant them
    if pointed := _POINT.match(word):
        return f"{pointed[1]}.{pointed[2]}".upper()
    if _SIZE.fullmatch(word):
        return word.upper()
    if _REASONER.match(word) or word[0].isdigit():
        return word
    if _CODE.fullmatch(word):
        return word.upper()
    return word[0].upper() + word[1:]


def folded(text: str) -> str:
    """Return `text` in one case and one spelling of each character, spaces trimmed."""
    return unicodedata.normalize("NFKC", text[:LONGEST]).casefold().strip()


def squeezed(text: str) -> str:
    """Return letters and digits of `text` alone: `GPT-4.1 mini` and `gpt4.1-mini` meet."""
    return "".join(char for char in folded(text) if char.isalnum())


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name, versions whole: `claude`, `opus`, `4.5`."""
    return tuple(re.findall(r"[^\W_]+(?:\.\d+)*", folded(name)))


def figures(text: str) -> str:
    """Return the digits of `text`: two names that differ in them are two models."""
    return "".join(char for char in text[:LONGEST] if char.isdigit())


def dateless(name: str) -> str:
    """Return a display name without the date in brackets."""
    return re.sub(r" \(\d{4}-\d\d(-\d\d)?\)$", "", name)


def printable(text: str) -> bool:
    """Whether `text` can be shown as it is: not empty, not long, no control characters."""
    return 0 < len(text) <= LONGEST and text.isprintable() and not text.isspace()
