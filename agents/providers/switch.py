"""One provider for a whole room: the model's id says who is asked.

`scripted/…` is played from a script, an address is asked directly, and everything else goes
through litellm. Nothing is set up before it is needed.
"""

from collections.abc import AsyncIterator, Mapping
from functools import cached_property

from agents.errors import NoSuchModel
from agents.providers.base import Piece, Provider, Request
from agents.providers.compatible import Compatible
from agents.providers.gateway import Gateway

SCRIPTED = "scripted"
"""What the id of a scripted model begins with, before the slash."""


class Switch:
    """Hands each request on to whom it is for."""

    def __init__(
        self, scripted: Provider | None = None, *, others: Mapping[str, Provider] | None = None
    ) -> None:
        """Take what is there already.

        Args:
            scripted: Plays `scripted/…`; without it there is no such model.
            others: Further ones inside this process, by what stands before the slash.
        """
        self._inside = dict(others or {})
        if scripted is not None:
            self._inside[SCRIPTED] = scripted

    def stream(self, request: Request) -> AsyncIterator[Piece]:
        """Yield the reply. See `Provider.stream`.

        Raises:
            NoSuchModel: A scripted model, and there is no script.
        """
        return self.pick(request.model).stream(request)

    def pick(self, model: str) -> Provider:
        """Return whom `model` is asked through.

        Raises:
            NoSuchModel: A scripted model, and there is no script.
        """
        kind = model.partition("/")[0]
        if kind in self._inside:
            return self._inside[kind]
        if kind == SCRIPTED:
            raise NoSuchModel(model, "this room has no script")
        return self._direct if model.startswith(("http://", "https://")) else self._gateway

    @cached_property
    def _direct(self) -> Provider:
        return Compatible()

    @cached_property
    def _gateway(self) -> Provider:
        return Gateway()
