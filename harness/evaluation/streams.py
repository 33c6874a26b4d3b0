"""Talk that is made up to be remembered: facts that change, and a task that gets on.

Seeded, in words of our own, so it lies in no data set and in no model's memory, and every
machine makes the same. Each slot gets `changes` new values between lines that say nothing of
it; of a task the plan is told once, and then what is done and what is next, step by step, the
last time at least `REST` lines before the end. What must survive is the newest value, the
older ones behind it, and where the task stands: done, remaining, next.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, TypeVar

from harness.evaluation import stems
from harness.evaluation.measures import ONE, mean
from harness.evaluation.talks import Dataset, Line, Question, Slot, Talk
from harness.evaluation.verifier import Stand, Verifier

REST: Final = 50
"""Lines, and so folds, that go by after the last word on any task."""
SITTING: Final = 30
"""Lines of a sitting."""

NEWEST: Final = "newest"
"""Category: the value that holds."""
OLDER: Final = "older"
"""Category: the values that held before."""
DONE: Final = "done"
"""Category: steps of a task that are over."""
REMAINING: Final = "remaining"
"""Category: steps that are not."""
NEXT: Final = "next"
"""Category: the step that is to be done now."""

_PEOPLE: Final = ("Ansa", "Benedek", "Corwin", "Dagny")
_NAMES: Final = {f"AI-{at}": (name,) for at, name in enumerate(_PEOPLE, 1)}
_SUBJECTS: Final = (
    ("the meeting place", "spot"), ("the password for the shed", "word"),
    ("the ferry's berth", "number"), ("the name of the new dog", "name"),
    ("the budget for rope", "number"), ("the colour of the hull", "colour"),
    ("the cook for Sunday", "name"), ("the room that is to be painted", "spot"),
    ("the code of the gate", "number"), ("the keeper of the keys", "name"),
    ("the colour of the sails", "colour"), ("the hiding place of the ledger", "spot"),
    ("the weight of the anchor", "number"), ("the word on the bell", "word"),
    ("the captain's deputy", "name"), ("the place for the stove", "spot"),
)  # fmt: skip
_POOLS: Final = {
    "name": tuple(
        f"{first}{last}"
        for last in ("ric", "wyn", "mund", "ista", "olde")
        for first in ("Al", "Bed", "Cor", "Dor", "Ed", "Fen", "Gal", "Hes", "Ist", "Jor")
    ),
    "colour": tuple(
        f"{shade} {colour}"
        for shade in ("pale", "smoky", "deep", "dusty", "bright", "faded")
        for colour in ("teal", "umber", "ochre", "violet", "crimson", "olive", "indigo")
    ),
    "spot": tuple(
        f"the {which} {thing}"
        for thing in ("boathouse", "kiln", "chapel", "granary", "weir", "smithy", "dovecote")
        for which in ("northern", "ruined", "thatched", "granite", "crooked", "locked")
    ),
    "word": tuple(
        f"{one}{other}"
        for one in ("thistle", "marrow", "pewter", "bramble", "sorrel", "tallow", "wicker")
        for other in ("down", "lark", "moth", "reed", "stone", "wick")
    ),
}
_TASKS: Final = (
    ("mending the pier", (
        "measure the planks", "order the timber", "clear the barnacles", "lift the old boards",
        "set the new posts", "nail the decking", "tar the joints", "hang the lamps",
    )),
    ("the harvest supper", (
        "borrow the benches", "write the invitations", "churn the butter", "stew the quinces",
        "tune the fiddle", "sweep the barn", "light the lanterns", "ring the gong",
    )),
    ("the survey of the marsh", (
        "copy the charts", "hire a punt", "sound the channels", "count the herons",
        "sample the mud", "mark the stakes", "draw the outline", "bind the report",
    )),
)  # fmt: skip
_OPENINGS: Final = (
    "I was thinking that", "You know,", "It seems to me that", "On the way here I saw that",
    "Between us,", "As ever,", "I keep noticing that", "To be fair,", "My aunt used to say that",
    "Nobody told me, but",
)  # fmt: skip
_THINGS: Final = (
    "the weather", "the soup", "that old song", "the radio", "my left boot", "the morning fog",
    "the neighbour's goat", "the crossword", "the tide table", "a loose shutter", "the bread",
    "the stray cat", "the post", "the clock in the hall", "the river", "a draught", "the moon",
)  # fmt: skip
_DOINGS: Final = (
    "is stranger than last year", "never quite lets us rest", "has improved a good deal",
    "makes everybody yawn", "sounds better from far away", "will outlast us all",
    "was late again", "needs no comment", "gets on with its own business",
    "is worth a second look", "reminds me of school", "keeps me awake",
)  # fmt: skip
_CLOSINGS: Final = (
    "Do you not think so?", "Anyway.", "But let us talk of something else.", "Ah well.",
    "I may be wrong.", "You should hear my brother on it.", "Pass the salt, please.",
    "That is all I have to say.", "We shall see.", "More tea?",
)  # fmt: skip
_SAID: Final = (
    "From today {subject} is {value}.", "A change: {subject} is {value} now.",
    "Please note that {subject} is {value}.", "We settled it, {subject} is {value}.",
    "So that everybody knows: {subject} is {value} from here on.",
)  # fmt: skip

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Stream:
    """A talk, and what must be remembered of it."""

    talk: Talk
    slots: tuple[Slot, ...]
    """Facts that were changed."""
    tasks: tuple[Slot, ...]
    """Of each task the step that is next, the ones that were next before it as older values."""
    steps: tuple[tuple[str, ...], ...]
    """Of each task all steps, in order."""


@dataclass(frozen=True, slots=True)
class Updates:
    """What is left of what was changed, in percent of the slots; see `stems.Standing`."""

    newest: float
    """The value that holds is there."""
    older: float
    """Share of the values before it that are there."""
    last: float
    """Of all values the one that holds is told last."""
    contradicts: float
    """What is there says what no longer holds."""
    cheapest: float
    """The value that holds is cheaper to tell of its own slot than of any other; 0 where nothing
    was weighed. Which of its values is the newest a context mixer does not tell, not even given
    everything, so it is not asked that."""


def stream(seed: int, *, turns: int = 300, slots: int = 8, changes: int = 3) -> Stream:
    """Return a made-up talk of three tasks and some slots.

    Args:
        seed: Another one, another talk.
        turns: Lines, at least 150.
        slots: Facts that change, at most 16.
        changes: How often each is changed after it was first told, at most 6.

    Raises:
        ValueError: One of these is out of its bounds.
    """
    if turns < 150 or not 0 <= slots <= len(_SUBJECTS) or not 0 <= changes <= 6:
        raise ValueError(f"no stream of {turns} turns, {slots} slots, {changes} changes")
    dice = Dice(f"stream {seed}")
    events, told = _events(dice, slots, changes)
    places = _places(dice, events, turns)
    said: dict[int, str] = {}
    made: dict[int, list[int]] = {}
    for (thread, words), place in zip(events, places, strict=True):
        said[place] = words
        made.setdefault(thread, []).append(place)
    lines: list[Line] = []
    for place in range(turns):
        line = _line(dice, place)
        if place in said:
            words = dice.pick(
                (f"{_chat(dice, 1)} {said[place]}", f"{said[place]} {_chat(dice, 1)}")
            )
            line = replace(line, text=words)
        lines.append(line)
    facts = [
        Slot(
            f"What is {subject} now?",
            values,
            tuple(made[thread]),
            lead=f"{_PEOPLE[0]}: Now {subject} is ",
        )
        for thread, (subject, values) in enumerate(told.slots)
    ]
    tasks: list[Slot] = []
    for number, (name, steps, done) in enumerate(told.tasks):
        at = made[len(told.slots) + number]
        values, places = steps[1 : done + 1], tuple(at[1:])  # the plan says nothing of now
        lead = f"{_PEOPLE[0]}: On {name}, this is next: "
        tasks.append(Slot(f"What is next in {name}?", values, places, lead, mark="next"))
    plans = [made[len(facts) + number][0] for number in range(len(tasks))]
    questions = [*_about(facts, told), *_frontier(tasks, plans, told)]
    spans = [(at, min(at + SITTING, turns) - 1) for at in range(0, turns, SITTING)]
    talk = Talk(f"stream {seed}", tuple(lines), tuple(questions), dict(_NAMES), tuple(spans))
    return Stream(talk, tuple(facts), tuple(tasks), tuple(steps for _, steps, _ in told.tasks))


def dataset(count: int = 4, *, turns: int = 300, seed: int = 9) -> Dataset:
    """Return `count` streams as a set of conversations."""
    made = (stream(seed + at, turns=turns).talk for at in range(count))
    return Dataset("streams", tuple(made))


def tried(
    of: Stream,
    give: Callable[[Slot], bytes],
    by: Verifier | None = None,
    *,
    tasks: bool = False,
) -> Updates:
    """Return what is left of the slots of a stream in what is given when each is asked for.

    Args:
        of: The stream.
        give: Returns the context for a slot, UTF-8.
        by: What weighs the values; `None` to weigh nothing.
        tasks: Try where the tasks stand, instead of the facts.
    """
    asked = of.tasks if tasks else of.slots
    last, stand = b"", None
    found: list[stems.Standing] = []
    cheap: list[int] = []
    for slot in asked:
        given = give(slot)
        found.append(stems.standing(slot, given.decode("utf-8", "replace")))
        if by is not None:
            others = [other for other in asked if other is not slot]
            stand = stand if given == last and stand is not None else by.begin().read(given)
            cheap.append(ONE * cheapest(stand, slot, others))
        last = given
    return Updates(
        mean(ONE * one.newest for one in found),
        mean(one.older for one in found if one.older >= 0),
        mean(ONE * one.last for one in found),
        mean(ONE * one.contradicts for one in found),
        mean(cheap),
    )


def cheapest(stand: Stand, slot: Slot, others: Sequence[Slot]) -> bool:
    """Whether the value that holds is cheapest where it belongs.

    It is the same value that is told behind each lead, so what its letters cost is the same.

    Args:
        stand: Where a verifier stands that has read the context.
        slot: What is asked for.
        others: Slots behind whose leads the value costs more if its own is known.
    """
    text = f"{slot.newest}.".encode()
    own = stand.bits(slot.lead.encode(), text)
    return all(own < stand.bits(other.lead.encode(), text) for other in others)


class Dice:
    """Numbers that hang on a name and nothing else."""

    def __init__(self, name: str) -> None:
        """Begin at the first number of `name`."""
        self._name = name.encode()
        self._count = 0

    def below(self, most: int) -> int:
        """Return the next number from 0 to `most` - 1."""
        self._count += 1
        drawn = blake2b(b"%s\0%d" % (self._name, self._count), digest_size=8).digest()
        return int.from_bytes(drawn, "big") % most

    def pick(self, among: Sequence[_T]) -> _T:
        """Return one of `among`."""
        return among[self.below(len(among))]

    def some(self, among: Sequence[_T], count: int) -> list[_T]:
        """Return `count` of `among`, each once."""
        left = list(among)
        return [left.pop(self.below(len(left))) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class _Told:
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    """Subject and values."""
    tasks: tuple[tuple[str, tuple[str, ...], int], ...]
    """Name, steps, and how many are done."""


def _events(dice: Dice, slots: int, changes: int) -> tuple[list[tuple[int, str]], _Told]:
    """Return what is said of each thread, in an order that keeps each thread's own."""
    facts: list[tuple[str, tuple[str, ...]]] = []
    left = {kind: dice.some(pool, len(pool)) for kind, pool in _POOLS.items()}
    left["number"] = [str(1009 + 37 * one) for one in dice.some(range(200), 200)]
    for subject, kind in dice.some(_SUBJECTS, slots):
        values = tuple(left[kind].pop() for _ in range(changes + 1))
        facts.append((subject, values))
    threads: list[list[str]] = [
        [dice.pick(_SAID).format(subject=subject, value=value) for value in values]
        for subject, values in facts
    ]
    tasks: list[tuple[str, tuple[str, ...], int]] = []
    for name, known in _TASKS:
        steps = tuple(dice.some(known, len(known)))
        done = 3 + dice.below(3)
        plan = f"The plan for {name}, in this order: {', '.join(steps)}."
        went = [
            f"On {name}, this is done: {steps[at]}. On {name}, this is next: {steps[at + 1]}."
            for at in range(done)
        ]
        threads.append([plan, *went])
        tasks.append((name, steps, done))
    order: list[int] = [at for at, thread in enumerate(threads) for _ in thread]
    order = dice.some(order, len(order))
    told = [iter(thread) for thread in threads]
    return [(at, next(told[at])) for at in order], _Told(tuple(facts), tuple(tasks))


def _places(dice: Dice, events: Sequence[tuple[int, str]], turns: int) -> list[int]:
    """Return where each is said: anywhere before the rest, in order."""
    before = turns - REST
    if len(events) > before:
        raise ValueError(f"{len(events)} things to say, and {before} lines to say them in")
    return sorted(dice.some(range(before), len(events)))


def _line(dice: Dice, place: int) -> Line:
    """Return a line that says nothing."""
    who = dice.below(len(_PEOPLE))
    words = _chat(dice, 2)
    return Line(place, f"AI-{who + 1}", _PEOPLE[who], words, session=place // SITTING + 1)


def _chat(dice: Dice, sentences: int) -> str:
    made = [
        f"{dice.pick(_OPENINGS)} {dice.pick(_THINGS)} {dice.pick(_DOINGS)}."
        for _ in range(sentences)
    ]
    return " ".join([*made, dice.pick(_CLOSINGS)])


def _about(facts: Sequence[Slot], told: _Told) -> Iterator[Question]:
    for slot, (subject, _) in zip(facts, told.slots, strict=True):
        yield Question(slot.asked, slot.newest, slot.places[-1:], NEWEST, slot=slot)
        if slot.older:
            text = f"What was {subject} before that, from the first on?"
            yield Question(text, ", ".join(slot.older), slot.places[:-1], OLDER)


def _frontier(tasks: Sequence[Slot], plans: Sequence[int], told: _Told) -> Iterator[Question]:
    for slot, plan, (name, steps, done) in zip(tasks, plans, told.tasks, strict=True):
        at = (plan, *slot.places)
        yield Question(slot.asked, slot.newest, at[-1:], NEXT, slot=slot)
        yield Question(
            f"Which steps in {name} are done?", ", ".join(steps[:done]), at[1:], DONE
        )
        left = ", ".join(steps[done:])
        evidence = (at[0], at[-1])
        yield Question(f"Which steps in {name} remain to be done?", left, evidence, REMAINING)
