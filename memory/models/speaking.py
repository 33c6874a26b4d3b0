"""A byte model that takes a turn: listens, then writes byte by byte until its turn is over.

Where it stands is bytes like everything else of it, so that a turn can be written in pieces,
by one process or another, and called off between any two. What it says is sound UTF-8, and
small talk at best: a model of this size knows how talk looks, not what it means.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from memory.models.guesser import FrozenGuesser
from memory.models.sampling import (
    START,
    Dice,
    Sampling,
    draw,
    ends,
    follows,
    may,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a speaker stands within a turn."""

    model: bytes
    """As the guesser saved it."""
    odds: int
    """How much likelier it is that the turn ends here than that it goes on; log2, in 2^-11."""
    dice: int
    open: int = START
    """What of a character is still to come."""
    bare: bool = True
    """Nothing to be seen was said yet: such a turn does not end."""


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of a turn: whole characters."""

    text: bytes
    entropy: tuple[int, ...]
    """Millibits for each byte, as it was drawn."""
    ended: bool
    """By itself; if not, more may come."""
    standing: Standing


class Voice:
    """One who speaks with a frozen model. Not for two at once."""

    def __init__(self, guesser: FrozenGuesser) -> None:
        """Take a guesser; it is this one's alone."""
        self._mouth = guesser

    def hear(
        self, state: bytes, turns: Iterable[tuple[bytes, bytes]], author: bytes, *, seed: int
    ) -> Standing:
        """Listen to `turns`, then stand at the beginning of a turn of `author`.

        Args:
            state: Where to begin: what a guesser of this model saved; empty for nowhere.
            turns: Authors and texts; no author for what nobody said.
            author: Who speaks; nobody for a piece of text.
            seed: For everything that is drawn.

        Raises:
            ValueError: The state is another model's, or none.
        """
        mouth = self._mouth
        if state:
            mouth.load(state)
        else:
            mouth.forget()
        for who, text in turns:
            listen(mouth, who, text)
        mouth.begin(author)
        return Standing(mouth.save(), mouth.odds(), seed)

    def begun(self, standing: Standing, text: bytes) -> Standing:
        """Return where it stands when `text` has been said of the turn already."""
        mouth = self._mouth
        mouth.load(standing.model)
        for byte in text:
            mouth.take(byte)
        saved = mouth.save()
        odds = mouth.odds() if text else standing.odds
        return replace(
            standing, model=saved, odds=odds, bare=standing.bare and not text.strip()
        )

    def over(self, standing: Standing) -> bytes:
        """Return the state after the turn, where others may speak."""
        self._mouth.load(standing.model)
        self._mouth.end()
        return self._mouth.save()

    def write(self, standing: Standing, sampling: Sampling, *, most: int, room: int) -> Written:
        """Go on with the turn.

        Args:
            standing: Where.
            sampling: How.
            most: Bytes to write now, at least 1; up to 3 more to end a character.
            room: Bytes that the turn may still have.
        """
        mouth = self._mouth
        mouth.load(standing.model)
        dice = Dice(standing.dice)
        odds, open_, bare = standing.odds, standing.open, standing.bare
        said = bytearray()
        entropy: list[int] = []
        ended = False
        while len(said) < room and (len(said) < most or open_ != START):
            if open_ == START and not bare and ends(odds, sampling, dice):
                ended = True
                break
            left = room - len(said)
            drawn = draw(mouth.counts(), may(open_, min(left, 4)), sampling, dice)
            mouth.take(drawn.byte)
            odds = mouth.odds()
            open_ = follows(open_, drawn.byte)
            bare = bare and drawn.byte in b" \n\t"
            said.append(drawn.byte)
            entropy.append(drawn.entropy)
        after = Standing(mouth.save(), odds, dice.state, open_, bare)
        return Written(bytes(said), tuple(entropy), ended, after)


def listen(guesser: FrozenGuesser, author: bytes, text: bytes) -> None:
    """Have `guesser` read a turn of any length without making counts for all of it."""
    guesser.begin(author)
    for byte in text:
        guesser.take(byte)
    guesser.end()


def seeded(*parts: bytes) -> int:
    """Return a seed for `Dice` from anything."""
    whole = sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little") + part)
    return int.from_bytes(whole.digest()[:8], "little")
