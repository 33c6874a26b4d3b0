"""Which of our errors a provider's failure is, and what of its words may be shown.

Status codes alone do not tell: an empty account comes as 400, 402, 403 or 429, a request
that is too long as 400, 413 or 500. So the words are read too. What is shown of them is one
line without control characters and without keys, because it ends up in logs and on screens.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from agents.errors import (
    BadRequest,
    NoSuchModel,
    OutOfCredit,
    Overlong,
    ProviderError,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    Unauthorised,
)
from agents.providers.wire import Complaint

DETAIL_LIMIT = 300
"""Characters of a provider's own words that are shown."""

_OVERLONG = (
    "context length",
    "context_length",
    "context window",
    "context size",
    "maximum context",
    "prompt is too long",
    "input is too long",
    "too many tokens",
    "maximum number of tokens",
    "contextwindowexceeded",
)
_POLICY = (
    "content_filter",
    "content_policy",
    "content policy",
    "content management policy",
    "safety system",
    "flagged",
    "moderation",
    "responsible ai",
    "contentpolicyviolation",
)
_CREDIT = (
    "insufficient_quota",
    "insufficient credit",
    "insufficient balance",
    "insufficient funds",
    "exceeded your current quota",
    "credit balance",
    "requires more credits",
    "payment required",
    "key limit exceeded",
)
_MISSING = (
    "model_not_found",
    "model not found",
    "no such model",
    "not a valid model",
    "unknown model",
    "does not exist",
    "no endpoints found",
    "llm provider not provided",
)
_KEY = (
    "api key",
    "api_key",
    "api-key",
    "missing credentials",
    "unauthorized",
    "unauthenticated",
    "authentication",
    "invalid token",
    "permission_denied",
)
_RATE = ("rate limit", "rate_limit", "ratelimit", "too many requests", "resource_exhausted")

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?")
_SECRETS = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|r8|AIza|ya29)[-_.]?[A-Za-z0-9*][A-Za-z0-9_*.\-]{7,}"
    r"|(?i:\bbearer\s+)[^\s\"',;]+"
    r"|(?i:\b(?:api[-_]?key|access[-_]?token|token|secret|password)\b[\"']?\s*[=:]\s*[\"']?)"
    r"[A-Za-z0-9_*.\-/+]{8,}"
)
_LOGIN = re.compile(r"//[^/@\s]+@")
_COME_BACK = re.compile(
    r"(?:retry|try again) (?:in|after) (\d{1,6}(?:\.\d{1,6})?) ?(ms|s|m)?\b"
)


def verdict(
    model: str, status: int | None, complaint: Complaint, *, after: float | None = None
) -> ProviderError:
    """Return the error, not raised.

    Args:
        model: Id of the model asked.
        status: HTTP status; `None` if the complaint came inside a reply.
        complaint: What was said.
        after: Seconds to wait, if the headers say so.
    """
    words = f"{complaint.text[:4000]} {complaint.marks}".lower()
    if after is None:
        after = _wait_in_words(words)
    kind = _kind(status or complaint.status, words, waits=after is not None)
    detail = clean(complaint.text) or (f"HTTP {status}" if status else "an error, no words")
    return kind(clean(model), detail, after=after)


def wait_asked(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that `Retry-After` asks for, given as a number or a date.

    Args:
        headers: Of the answer, names in lower case or a mapping that does not mind.
        now: UTC; the clock's time if not given.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if not text:
            continue
        try:
            seconds = float(text) * unit
        except ValueError:
            seconds = _until(text, now or datetime.now(UTC))
        if isfinite(seconds):
            return max(0.0, seconds)
    return None


def clean(text: str) -> str:
    """Return the first line of `text` that is not blank, fit to be shown.

    Without escape sequences and control characters, without anything that looks like a key
    or is the value of a key in the environment, at most `DETAIL_LIMIT` characters.
    """
    text = _ESCAPES.sub("", text[:20_000])
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = "".join(sign for sign in line.replace("\t", " ") if sign.isprintable())
    if line.startswith("<"):
        return "the answer is a web page, not a model's reply"
    for name, value in os.environ.items():
        if len(value) >= 8 and name.upper().endswith(
            ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
        ):
            line = line.replace(value, "[key]")
    line = _LOGIN.sub("//", _SECRETS.sub("[key]", line))
    return line if len(line) <= DETAIL_LIMIT else f"{line[: DETAIL_LIMIT - 1]}…"


def _kind(status: int | None, words: str, *, waits: bool) -> type[ProviderError]:
    match status:
        case 401:
            return Unauthorised
        case 402:
            return OutOfCredit
        case 403:
            return _named(words) or Unauthorised
        case 404 | 410:
            return NoSuchModel
        case 408:
            return TimedOut
        case 413:
            return Overlong
        case 429:
            # Some say "quota" for a limit by the minute, and then when to come back.
            return OutOfCredit if _has(words, _CREDIT) and not waits else RateLimited
        case int() if status >= 500:
            return Overlong if _has(words, _OVERLONG) else ServerFailed
        case int():
            return _named(words) or BadRequest
        case None:
            if _has(words, _RATE):
                return RateLimited
            found = _named(words)
            return found or (BadRequest if "invalid_request" in words else ServerFailed)


def _named(words: str) -> type[ProviderError] | None:
    """Return the error that the words alone speak of."""
    if _has(words, _OVERLONG):
        return Overlong
    if _has(words, _POLICY):
        return Refused
    if _has(words, _CREDIT):
        return OutOfCredit
    if _has(words, _MISSING):
        return NoSuchModel
    return Unauthorised if _has(words, _KEY) else None


def _has(words: str, marks: tuple[str, ...]) -> bool:
    return any(mark in words for mark in marks)


def _until(text: str, now: datetime) -> float:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return float("nan")
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now.timestamp()


def _wait_in_words(words: str) -> float | None:
    found = _COME_BACK.search(words)
    if found is None:
        return None
    unit = {"ms": 0.001, "m": 60.0}.get(found[2] or "s", 1.0)
    return float(found[1]) * unit
