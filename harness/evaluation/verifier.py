"""V: what a text tells somebody who was given a context, counted in bits.

Frozen, and separate from what compresses: nothing here learns from one case to the next, and
neither of the two is what the `text` carrier weighs by. `Mixed` knows nothing but `prime.txt`
and what it is given: contexts of up to six bytes, words and matches, mixed in whole numbers, so
that it says the same on every machine. `Guessed` has our byte model beside it, as a second
opinion. Both are the exact code's own predictors (see `memory.codec.mixing`); what is counted
is the length of a code that nobody makes.

Likelihood as a measure of what a memory is worth needs no judge: the answer is cheaper to
whoever remembers it (retention, `docs/continuity.md`).
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Protocol

from harness.errors import HarnessError

if TYPE_CHECKING:  # NumPy comes with them
    from memory.codec.guess import Guesser
    from memory.codec.mixing import Mixer

BIT: Final = 1 << 16
"""What `Stand.bits` counts in a bit."""

VERSION: Final = 1
"""Of how a context is read; figures of different versions are not compared."""


class NoVerifier(HarnessError):
    """The verifier that was asked for cannot be had."""


class Stand(Protocol):
    """Where a verifier stands that has read a context."""

    def read(self, text: bytes) -> "Stand":
        """Return where it stands having read `text` too; this one stays where it is."""
        ...

    def bits(self, asked: bytes, text: bytes) -> int:
        """Return what `text` tells after `asked`, in 2^-16 bits; this one stays where it is."""
        ...


class Verifier(Protocol):
    """One way of counting."""

    @property
    def name(self) -> str:
        """`mixer` or `model`."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal, of all that decides what it counts."""
        ...

    def begin(self) -> Stand:
        """Return where it stands having read nothing but what every context begins with."""
        ...


@cache
def prime() -> bytes:
    """Return the text that every context begins with: talk written by us, and how one asks."""
    return files("harness.evaluation").joinpath("prime.txt").read_bytes()


class Mixed:
    """The context mixer alone."""

    name = "mixer"

    def __init__(self) -> None:
        """Read the prime."""
        from memory.codec.mixing import mixer  # noqa: PLC0415 - NumPy comes with it

        self._begun = mixer(guided=False)
        self._begun.begin(b"")
        self._begun.weigh(prime())

    @property
    def digest(self) -> str:
        """See `Verifier.digest`."""
        from memory.codec.mixing import ANSWER  # noqa: PLC0415

        whole = sha256(f"mixer\0{VERSION}\0{ANSWER}\0".encode())
        whole.update(prime())
        return whole.hexdigest()

    def begin(self) -> Stand:
        """See `Verifier.begin`."""
        return _Mixing(self._begun)


class _Mixing:
    def __init__(self, mixing: "Mixer") -> None:
        self._mixing = mixing

    def read(self, text: bytes) -> "Stand":
        twin = self._mixing.copy()
        twin.weigh(text)
        return _Mixing(twin)

    def bits(self, asked: bytes, text: bytes) -> int:
        twin = self._mixing.copy()
        twin.weigh(asked)
        return twin.weigh(text)


class Guessed:
    """The context mixer with the byte model's guesses among its own."""

    name = "model"

    def __init__(self) -> None:
        """Read the prime.

        Raises:
            NoVerifier: There is no byte model here.
            ModelError: It cannot be used here.
        """
        from memory.codec.mixing import mixer  # noqa: PLC0415 - NumPy comes with it
        from memory.models.choice import default  # noqa: PLC0415

        chosen = default()
        if chosen is None:
            raise NoVerifier("no byte model is here to verify with; use the mixer")
        self._guesser = chosen.guesser()
        self._guesser.forget()
        self._guesser.begin(b"")
        mixing = mixer(guided=True)
        mixing.begin(b"")
        _weigh(mixing, self._guesser, prime())
        self._begun = _Guessing(mixing, self._guesser, self._guesser.save())

    @property
    def digest(self) -> str:
        """See `Verifier.digest`."""
        from memory.codec.mixing import ANSWER  # noqa: PLC0415

        whole = sha256(f"model\0{VERSION}\0{ANSWER}\0{self._guesser.model}\0".encode())
        whole.update(prime())
        return whole.hexdigest()

    def begin(self) -> Stand:
        """See `Verifier.begin`."""
        return self._begun


class _Guessing:
    def __init__(self, mixing: "Mixer", guesser: "Guesser", state: bytes) -> None:
        self._mixing = mixing
        self._guesser = guesser
        self._state = state

    def read(self, text: bytes) -> "Stand":
        twin = self._mixing.copy()
        self._guesser.load(self._state)
        _weigh(twin, self._guesser, text)
        return _Guessing(twin, self._guesser, self._guesser.save())

    def bits(self, asked: bytes, text: bytes) -> int:
        twin = self._mixing.copy()
        self._guesser.load(self._state)
        # One turn to the model, which reads its end behind it.
        counts = self._guesser.whole(b"", asked + text)
        twin.weigh(asked, counts[: len(asked)])
        return twin.weigh(text, counts[len(asked) :])


def _weigh(mixing: "Mixer", guesser: "Guesser", text: bytes) -> None:
    """Read `text` with both, some KB of counts at a time, each piece a turn that ends a line."""
    at = 0
    while at < len(text):
        end = text.rfind(b"\n", at, at + _PIECE) + 1 or at + _PIECE
        piece = text[at:end]
        mixing.weigh(piece, guesser.whole(b"", piece))
        at = end


_PIECE: Final = 1 << 13
"""Bytes; each takes 1 KB of counts while it is read."""


def verifier(name: str) -> Verifier:
    """Return the verifier called `mixer` or `model`.

    Raises:
        NoVerifier: There is none of that name, or no byte model for it.
    """
    match name:
        case "mixer":
            return Mixed()
        case "model":
            return Guessed()
        case _:
            raise NoVerifier(f"no verifier called {name!r}; there are mixer and model")
