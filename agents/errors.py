"""What can go wrong between us and a model.

AgentError
├── ScenarioError          a scenario file says something we cannot use
├── UnknownModel           no model by that name; suggestions come with it
├── CatalogueError         a file of own models says something we cannot use
├── PaintError             no picture came
└── ProviderError          the other side, or the way to it
    ├── Unauthorised       no key, or a wrong one (401, 403)
    ├── OutOfCredit        the account is empty (402)
    ├── NoSuchModel        the provider does not have it (404)
    ├── BadRequest         it does not take what we sent (400, 422)
    │   └── Overlong       the request does not fit the model's window
    ├── Refused            declined by a content policy
    ├── RateLimited        too many requests (429); says when to come back if it was told
    ├── ServerFailed       the other side broke (5xx)
    ├── Unreachable        no connection
    ├── TimedOut           no first token, or silence between two
    ├── Broken             the stream ended before its end
    ├── Empty              a reply with nothing in it
    ├── Garbled            bytes that are not a reply
    └── ScriptEnded        a scripted part has no line left
"""


class AgentError(Exception):
    """Base of every error this package raises on purpose."""


class ScenarioError(AgentError):
    """A scenario file says something we cannot use."""


class UnknownModel(AgentError):
    """No model by that name."""

    def __init__(self, name: str, suggestions: tuple[str, ...] = ()) -> None:
        hint = f"; did you mean {', '.join(suggestions)}?" if suggestions else ""
        super().__init__(f"no model called {name!r}{hint}")
        self.name = name
        self.suggestions = suggestions
        """At most 3, best first."""


class CatalogueError(AgentError):
    """A file of own models says something we cannot use."""


class PaintError(AgentError):
    """No picture came."""


class ProviderError(AgentError):
    """A provider did not give us a whole reply."""

    retry = False
    """Whether asking again may help."""

    def __init__(self, model: str, detail: str, *, after: float | None = None) -> None:
        super().__init__(f"{model}: {detail}")
        self.model = model
        self.detail = detail
        self.after = after
        """Seconds to wait before another try, as the provider asked; `None` if it did not."""
        self.attempts = 1
        """How often it was asked in vain, this time included."""


class Unauthorised(ProviderError):
    """No key, or a wrong one."""


class OutOfCredit(ProviderError):
    """The account is empty."""


class NoSuchModel(ProviderError):
    """The provider does not have the model."""


class BadRequest(ProviderError):
    """The provider does not take what we sent."""


class Overlong(BadRequest):
    """The request does not fit the model's window."""


class Refused(ProviderError):
    """Declined by a content policy. Asking again will not help."""


class RateLimited(ProviderError):
    """Too many requests."""

    retry = True


class ServerFailed(ProviderError):
    """The other side broke."""

    retry = True


class Unreachable(ProviderError):
    """No connection."""

    retry = True


class TimedOut(ProviderError):
    """No first piece, or silence between two, for longer than allowed."""

    retry = True


class Broken(ProviderError):
    """The stream ended before its end. What came is kept by whoever read it."""

    retry = True


class Empty(ProviderError):
    """A reply with nothing in it."""

    retry = True


class Garbled(ProviderError):
    """Bytes that are not a reply."""


class ScriptEnded(ProviderError):
    """A scripted part has no line left, or there is no such part."""
