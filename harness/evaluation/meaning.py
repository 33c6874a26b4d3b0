"""Rankers with a sentence encoder: what was meant, alone and fused with our words.

The encoder is the person's (`--encoder DIR`): any folder that `memory.models.encoder` opens.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.evaluation.ours import Enfold, Indexed
from harness.evaluation.talks import Question, Span, Talk
from memory.index.vectors import Vectors

if TYPE_CHECKING:
    from numpy import int8
    from numpy.typing import NDArray


class Meanings:
    """An encoder, and the rows of every conversation that was read."""

    def __init__(self, folder: Path) -> None:
        """Open the encoder in `folder`.

        Raises:
            ModelError: It is none that can be used.
        """
        from memory.models.encoder import Encoder  # noqa: PLC0415 - seconds

        self._encoder = Encoder(folder)
        self._talks: dict[str, Vectors] = {}
        self._asked: dict[str, NDArray[int8]] = {}

    def of(self, talk: Talk) -> Vectors:
        """Return the rows of a conversation's lines, each read once."""
        if talk.name not in self._talks:
            vectors = Vectors()
            rows = self._encoder.encode([line.told for line in talk.lines])
            vectors.put([line.place for line in talk.lines], rows)
            self._talks[talk.name] = vectors
        return self._talks[talk.name]

    def asked(self, text: str) -> "NDArray[int8]":
        """Return the row of a question."""
        if text not in self._asked:
            self._asked[text] = self._encoder.encode([text])[0]
        return self._asked[text]


class Meant:
    """Likeness of meaning alone."""

    name = "encoder"

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings

    def open(self, talk: Talk) -> "_Meant":
        """Read a conversation."""
        return _Meant(self._meanings, talk)


class _Meant:
    def __init__(self, meanings: Meanings, talk: Talk) -> None:
        import numpy as np  # noqa: PLC0415 - only who measures waits for it

        self._meanings = meanings
        self._vectors = meanings.of(talk)
        self._places = np.array([line.place for line in talk.lines], np.int64)

    @property
    def bytes(self) -> Mapping[str, int]:
        """What its rows take."""
        return {"rows": self._vectors.bytes}

    @property
    def residents(self) -> Sequence[int]:
        """It knows no laminae."""
        return ()

    def rank(self, question: Question, most: int) -> Sequence[int]:
        """Return places, the most alike first."""
        import numpy as np  # noqa: PLC0415 - as above

        alike = self._vectors.like(self._meanings.asked(question.text), self._places)
        return [int(self._places[at]) for at in np.argsort(-alike, kind="stable")[:most]]

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        """It knows none."""
        return ()


class Fused:
    """Our index with likeness of meaning among its scores."""

    name = "enfold+encoder"

    def __init__(self, meanings: Meanings) -> None:
        self._meanings = meanings

    def open(self, talk: Talk) -> "_Fused":
        """Read a conversation."""
        return _Fused(self._meanings, talk)


class _Fused:
    def __init__(self, meanings: Meanings, talk: Talk) -> None:
        self._meanings = meanings
        self._vectors = meanings.of(talk)
        self._words: Indexed = Enfold().open(talk)

    @property
    def bytes(self) -> Mapping[str, int]:
        """What index and rows take."""
        return {**self._words.bytes, "rows": self._vectors.bytes}

    @property
    def residents(self) -> Sequence[int]:
        """Bytes of each lamina's gist."""
        return self._words.residents

    def rank(self, question: Question, most: int) -> Sequence[int]:
        """Return places, best first, as a room with an encoder is given them."""
        row = self._meanings.asked(question.text)
        found = self._words.found(
            question, most, lambda places: self._vectors.like(row, places)
        )
        return [one.place for one in found]

    def sittings(self, question: Question, most: int) -> Sequence[Span]:
        """Return spans, by their gists alone."""
        return self._words.sittings(question, most)
