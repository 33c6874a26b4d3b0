"""Which sampling temperature a model takes.

Participants ask for 0 to 2. Some providers refuse what is above 1, some models refuse every
temperature; an unfit one costs the whole turn, so it is fitted before it is sent. Rules go
by what is in the id, since the same model is sold under many.
"""

import math
import re

_CLAUDE = re.compile(
    r"claude-(?P<family>[a-z]+)-(?P<major>\d{1,2})(?:[.-](?P<minor>\d{1,2}))?(?!\d)"
)
_GPT = re.compile(r"gpt-(?P<major>\d{1,2})(?:\.(?P<minor>\d{1,2}))?(?P<rest>[^/]*)$")
_O_SERIES = re.compile(r"(?:^|/)o\d(?:$|-)")
_GEMINI = re.compile(r"gemini-(?P<major>\d)[.-](?P<minor>\d)-flash(?P<lite>-lite)?")
_KIMI = re.compile(r"kimi-k(?P<version>\d+(?:\.\d+)?)")

_TOP: tuple[tuple[str, float], ...] = (
    (r"(^|/)mistral/|^codestral/", 1.5),
    (r"^zai/", 1.0),
    (r"^moonshot/", 1.0),
    (r"^minimax/", 1.0),
    (r"^cohere(_chat)?/|(^|/)(command-|c4ai-)", 1.0),
    (r"amazon-nova|amazon\.nova", 1.0),
    # These two stop just below 2.
    (r"^perplexity/", 1.99),
    (r"^dashscope/", 1.99),
)
"""Upper ends, where they are below 2."""


def effective_temperature(model: str, requested: float | None) -> float | None:
    """Return the temperature to send to `model`, or `None` to send none.

    Args:
        model: Model id, as in `Request.model`.
        requested: What the participant wants; `None` for the provider's own.

    Returns:
        `requested` within what the model takes. `None` also where a model takes a single
        temperature, or none: it then samples as its maker set it.
    """
    if requested is None or not math.isfinite(requested):
        return None
    wanted = min(max(requested, 0.0), 2.0)
    name = model.lower()
    if "#" in name:  # a server of our own; it runs open weights, which take anything
        return wanted
    if _fixed(name):
        return None
    if "claude" in name:
        return min(wanted, 1.0)
    if name.startswith("minimax/"):
        wanted = max(wanted, 0.01)  # 0 itself is refused
    for pattern, top in _TOP:
        if re.search(pattern, name):
            return min(wanted, top)
    return wanted


def _fixed(name: str) -> bool:
    """Whether the model takes no temperature of ours."""
    if found := _CLAUDE.search(name):
        version = (int(found["major"]), int(found["minor"] or 0))
        # Sampling went away with Opus 4.7, and for the other families with their fifth.
        return version >= ((4, 7) if found["family"] == "opus" else (5, 0))
    if "claude-mythos" in name or "claude-fable" in name:
        return True
    if _O_SERIES.search(name):
        return True
    if found := _GPT.search(name):
        if int(found["major"]) < 5 or "gpt-5-chat" in name:
            return False
        # These answer without reasoning unless told otherwise, and only then can be sampled.
        plain = re.fullmatch(r"(-mini|-nano)?(-20\d\d.*)?", found["rest"]) is not None
        return not (plain and found["major"] == "5" and found["minor"] in {"1", "2", "4"})
    if found := _GEMINI.search(name):
        version = (int(found["major"]), int(found["minor"]))
        return version >= ((3, 5) if found["lite"] else (3, 6))
    if name.startswith("moonshot/") and (found := _KIMI.search(name)):
        return float(found["version"]) >= 2.5
    return False
