"""The models that commands may name: the catalogue, as `deeds` needs it."""

from collections.abc import Sequence

from agents.catalogue.catalogue import Catalogue
from agents.catalogue.models import SCRIPTED, Model, cost, missing_key
from agents.catalogue.temperature import effective_temperature


class Library:
    """A catalogue behind the `Models` protocol."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def resolve(self, name: str) -> Model:
        """Return the one model meant by `name`. See `Catalogue.resolve`."""
        return self.catalogue.resolve(name)

    def missing_key(self, model: str) -> str:
        """Return the name of the environment variable that `model` lacks, or ``""``."""
        known = self._known(model)
        return missing_key(known) if known else ""

    def effective_temperature(self, model: str, requested: float | None) -> float | None:
        """Return what the provider of `model` will be sent."""
        return effective_temperature(model, requested)

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """Return dollars by the catalogue's prices; `None` where it has none."""
        known = self._known(model)
        return cost(known, tokens_in, tokens_out) if known else None

    def names(self) -> Sequence[str]:
        """Return the names of models that can be reached, best first."""
        return [
            model.name for model in self.catalogue.speakers if self.catalogue.reachable(model)
        ]

    def _known(self, model: str) -> Model | None:
        return next((known for known in self.catalogue.models if known.id == model), None)


def is_address(model: str) -> bool:
    """Whether `model` says where to ask: `http://127.0.0.1:11434/v1#qwen3`."""
    return model.startswith(("http://", "https://")) and "#" in model


def scripted(model_id: str, name: str, aliases: Sequence[str] = ()) -> Model:
    """Return a scenario's guest as a model that can be invited."""
    return Model(id=model_id, name=name, aliases=tuple(aliases), provider=SCRIPTED, local=True)
