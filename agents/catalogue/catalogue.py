"""All models of a session, found by what people and models call them.

A name that fits none, or more than one, is refused with suggestions. There is no default: a
model that asks for a name it made up must hear so, and not get somebody else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from agents.catalogue import names
from agents.catalogue.models import SCRIPTED, Model, missing_key
from agents.catalogue.table import RANK
from agents.errors import UnknownModel

SUGGESTIONS = 3
CLOSE = 0.86
"""Likeness (0 to 1) from which a name counts as a slip of the pen: one letter in seven."""
NEAR = 0.5
"""Likeness from which a name is worth suggesting."""

_VENDORS = frozenset(
    [
        "ai21",
        "alibaba",
        "anthropic",
        "bytedance",
        "cohere",
        "deepmind",
        "google",
        "groq",
        "meta",
        "microsoft",
        "mistralai",
        "moonshotai",
        "nvidia",
        "openai",
        "openrouter",
        "xai",
        "zhipu",
    ]
)
"""First words that say who made a model and not which."""


class Catalogue:
    """Models by name.

    Of several ids with one name, that one stands for all which can be reached, runs here or
    is sold nearest to its maker, in this order.
    """

    def __init__(
        self, models: Iterable[Model], environment: Mapping[str, str] | None = None
    ) -> None:
        """Take in `models`; of two with one id the later stays.

        Args:
            models: From all sources.
            environment: Where keys are looked for, instead of the process's environment.
        """
        self._environment = environment
        known = {model.id: model for model in models}
        self._models = tuple(sorted(known.values(), key=self._order))
        self._ids = {model.id: model for model in self._models}
        self._choices: dict[tuple[bool, str], Model] = {}
        for model in self._models:
            self._choices.setdefault((model.images, model.name), model)
        self._forms = {name: _Forms(name) for _, name in self._choices}

    @property
    def models(self) -> tuple[Model, ...]:
        """Every id, best first: reachable, local, near to its maker, by name."""
        return self._models

    @property
    def speakers(self) -> tuple[Model, ...]:
        """Who can be invited: one model a name, best first."""
        return tuple(model for (paints, _), model in self._choices.items() if not paints)

    @property
    def painters(self) -> tuple[Model, ...]:
        """Who can paint: one model a name, best first."""
        return tuple(model for (paints, _), model in self._choices.items() if paints)

    def reachable(self, model: Model) -> bool:
        """Whether nothing is known to be missing for asking it."""
        return not missing_key(model, self._environment)

    def resolve(self, name: str, *, images: bool = False) -> Model:
        """Return the model meant by `name`.

        Tried in turn: the exact id; the exact name or alias; both without case, spaces,
        punctuation and provider; the beginning of one name only; a slip of the pen in one
        name only. Names of reachable models go before the rest.

        Args:
            name: As a person or a model wrote it.
            images: Look among those that paint, instead of those that talk.

        Raises:
            UnknownModel: None, or more than one, is meant by it.
        """
        asked = name.strip()
        if (model := self._ids.get(asked)) is not None and model.images == images:
            return model
        if asked.startswith(("http://", "https://")):
            # An address means that place and no other, whatever its name resembles.
            raise UnknownModel(asked[: names.LONGEST])
        candidates = [model for model in self._models if model.images == images]
        choices = self.painters if images else self.speakers
        wanted = names.folded(asked)
        for model in candidates:
            if wanted in {
                names.folded(label) for label in (model.id, model.name, *model.aliases)
            }:
                return model
        if not (spellings := _spellings(asked)):
            raise UnknownModel(asked[: names.LONGEST])
        for spelling in spellings:
            squeezed = names.squeezed(spelling)
            for model in candidates:
                if squeezed in _squeezed_labels(model):
                    return model
        near = [model for model in choices if self.reachable(model)]
        for field in (near, choices):
            for spelling in spellings:
                for test in (self._begins, self._contains, self._resembles):
                    if (only := _only(field, test, spelling)) is not None:
                        return only
        raise UnknownModel(asked[: names.LONGEST], self._suggestions(spellings, choices))

    def search(self, text: str) -> tuple[Model, ...]:
        """Return the models that `text` may mean, one a name, best first.

        All words of `text` have to begin a word of the name, the id, an alias or the
        provider. An empty text finds all.
        """
        words = names.tokens(text)
        return tuple(
            model
            for model in (*self.speakers, *self.painters)
            if all(any(token.startswith(word) for token in _tokens_of(model)) for word in words)
        )

    def _order(self, model: Model) -> tuple[int, int, str, str]:
        if not self.reachable(model):
            nearness = 2
        else:
            nearness = 0 if model.local or model.provider == SCRIPTED else 1
        return (
            nearness,
            RANK.get(model.provider, len(RANK)),
            names.folded(model.name),
            model.id,
        )

    def _begins(self, model: Model, spelling: str) -> bool:
        asked = names.tokens(names.display(spelling))
        return bool(asked) and self._forms[model.name].tokens[: len(asked)] == asked

    def _contains(self, model: Model, spelling: str) -> bool:
        asked = names.tokens(names.display(spelling))
        have = self._forms[model.name].tokens
        starts = range(1, len(have) - len(asked) + 1)
        return bool(asked) and any(have[at : at + len(asked)] == asked for at in starts)

    def _resembles(self, model: Model, spelling: str) -> bool:
        forms = self._forms[model.name]
        squeezed = names.squeezed(spelling)
        # `Opus 4.4` is not a slip for `Opus 4.5`.
        return names.figures(squeezed) == forms.figures and _close(
            squeezed, forms.squeezed, CLOSE
        )

    def _suggestions(
        self, spellings: Sequence[str], choices: Sequence[Model]
    ) -> tuple[str, ...]:
        wanted = set(names.tokens(names.display(spellings[0])))
        squeezed = names.squeezed(spellings[0])
        scored: list[tuple[float, int, str]] = []
        for rank, model in enumerate(choices):
            forms = self._forms[model.name]
            shared = len(wanted & set(forms.tokens)) / max(1, len(wanted))
            if not shared and not _close(squeezed, forms.squeezed, NEAR):
                continue
            likeness = SequenceMatcher(None, squeezed, forms.squeezed).ratio()
            reach = 0.25 if self.reachable(model) else 0.0
            base = names.dateless(model.name)
            scored.append((-round(shared + likeness + reach, 6), rank, base))
        return tuple(dict.fromkeys(name for _, _, name in sorted(scored)))[:SUGGESTIONS]


class _Forms:
    """Comparable forms of one name, made once."""

    __slots__ = ("figures", "squeezed", "tokens")

    def __init__(self, name: str) -> None:
        self.squeezed = names.squeezed(names.dateless(name))
        self.figures = names.figures(self.squeezed)
        self.tokens = names.tokens(name)


def _only(
    models: Sequence[Model], test: Callable[[Model, str], bool], spelling: str
) -> Model | None:
    """Return the one model that passes, snapshots of one model counted as one."""
    passed: dict[str, Model] = {}
    for model in models:
        if test(model, spelling):
            base = names.dateless(model.name)
            # The undated name stands for its snapshots, else the newest does.
            if base not in passed or (
                passed[base].name != base and model.name > passed[base].name
            ):
                passed[base] = model
    return next(iter(passed.values())) if len(passed) == 1 else None


def _spellings(asked: str) -> tuple[str, ...]:
    """Return `asked`, and without what may be its provider; nothing if it has no letters."""
    text = asked[: names.LONGEST]
    found = [text, text.rsplit("/", 1)[-1], text.split(": ", 1)[-1]]
    words = text.split()
    if len(words) > 1 and names.squeezed(words[0]) in _VENDORS:
        found.append(" ".join(words[1:]))
    return tuple(dict.fromkeys(spelling for spelling in found if names.squeezed(spelling)))


def _squeezed_labels(model: Model) -> set[str]:
    tail = model.id.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
    return {names.squeezed(label) for label in (model.id, tail, model.name, *model.aliases)}


def _tokens_of(model: Model) -> set[str]:
    return {
        token
        for label in (model.name, model.id, model.provider, *model.aliases)
        for token in (*names.tokens(label), names.squeezed(label))
    }


def _close(one: str, other: str, least: float) -> bool:
    matcher = SequenceMatcher(None, one, other)
    return (
        matcher.real_quick_ratio() >= least
        and matcher.quick_ratio() >= least
        and matcher.ratio() >= least
    )
