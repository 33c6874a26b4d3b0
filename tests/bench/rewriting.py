"""What a rewrite is worth: `python -m tests.bench.rewriting [FILE] [--talks N]`, on LoCoMo.

A talk takes place as a room's: each line is recalled for, said and folded. Three ways beside each
other: no rewrites; rewrites that are chosen and not carried out, since a line that came back often
comes back less by itself; and rewrites. Printed are how many lines returned and how many of them
stayed in cc for 8 folds and for 32, the bytes recalled of them in the 64 lines before and after,
and how many answers cc alone holds at the end, and with as much recalled beside it.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from agents.prompts import just_before, told_places
from harness.evaluation.carrying import KEPT, by_place, held, needed, spoken, words
from harness.evaluation.datasets import locomo
from harness.evaluation.ours import Enfold
from harness.evaluation.talks import Talk
from harness.keeper import turn
from harness.recollection import Past, spare
from harness.rewriting import LATELY, returning
from memory.cc.base import CC, Utterance
from memory.cc.carriers import carrier
from memory.cc.code import parse, shown
from memory.index.pieces import pieces
from transcripts import events as e
from transcripts.events import Entry, Event
from transcripts.participants import Participant
from transcripts.room import Room, reduce

LOCOMO = Path(__file__).resolve().parents[3] / "shared" / "data" / "locomo" / "locomo_dev.json"
BUDGET = 2048
"""Bytes of cc, and of recall."""
START = datetime(2026, 1, 1, tzinfo=UTC)

Way: TypeAlias = Literal["none", "chosen", "rewritten"]


@dataclass(slots=True)
class Played:
    """A talk that took place."""

    log: list[Entry] = field(default_factory=list[Entry])
    room: Room = field(default_factory=Room)
    cc: CC = field(default_factory=lambda: CC("text"))
    said: dict[int, int] = field(default_factory=dict[int, int])
    """From places of the log to places of the talk."""
    lived: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """By place of a line and of the entry that it returned by: folds that it stayed for."""
    gone: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])

    def record(self, event: Event) -> Entry:
        """Write an event into the log."""
        self.log.append(Entry(len(self.log), START, event))
        self.room = reduce(self.room, self.log[-1])
        return self.log[-1]

    def told(self) -> tuple[int, int]:
        """Return the bytes recalled of lines that returned, in `LATELY` lines before and after."""
        before = sum(self._of(place, range(at - 1, -1, -1)) for place, at in self.lived)
        after = sum(self._of(place, range(at, len(self.log))) for place, at in self.lived)
        return before, after

    def _of(self, place: int, where: range) -> int:
        return sum(
            piece.bytes
            for entry in self._near(where)
            if isinstance(entry.event, e.Recalled)
            for piece in entry.event.pieces
            if piece.first == place
        )

    def _near(self, where: range) -> Iterator[Entry]:
        lines = 0
        for at in where:
            lines += isinstance(self.log[at].event, e.Spoke)
            if lines > LATELY:
                return
            yield self.log[at]


async def play(said: Sequence[Utterance], way: Way) -> Played:
    """Let a talk take place, with as many bytes of cc as of recall."""
    played, carries, past = Played(), carrier("text", BUDGET), Past("room")
    ids = {who: f"AI-{n}" for n, who in enumerate(dict.fromkeys(one.author for one in said), 1)}
    played.record(e.Opened(title="a talk", budget=BUDGET, recall=BUDGET))
    for name, who in ids.items():
        played.record(e.Joined(participant=Participant(id=who, name=name, model="m")))
    for one in said:
        who, room, log = ids[one.author], played.room, played.log
        carried = carries.render(played.cc, BUDGET)
        window = told_places(room, who)
        memory = await past.recall(log, room, who, shown=window, carried=carried)
        more = just_before(room, who, log, spare(room, memory), memory.places)
        memory = memory.without(more)
        if memory.pieces:
            played.record(memory.event(who))
        played.said[played.record(e.Spoke(author=who, text=one.text)).place] = one.place
        taken = turn(log, log[played.cc.upto + 1 :], played.room)
        if way == "chosen":
            taken = replace(taken, again=(), dear={})
        played.cc = carries.fold(played.cc, taken)
        there = {unit.place for unit in parse(played.cc.code)}
        for back in played.lived:
            if back[0] not in there:
                played.gone.add(back)
            elif back not in played.gone:
                played.lived[back] += 1
        if way != "none":
            _choose(played, there)
    await past.close()
    return played


def _choose(played: Played, there: set[int]) -> None:
    window = played.room.opened.window
    back = returning(played.log, held=there, window=window, budget=BUDGET)
    if back:
        places = tuple(sorted(one.place for one in back))
        size = sum(one.size for one in back)
        at = played.record(e.Rewritten(places=places, size=size)).place
        played.lived.update({(place, at): 0 for place in places})


def answers(talk: Talk, played: Played) -> tuple[int, int, int]:
    """Return questions, those whose answer cc holds, and those it does with recall beside it."""
    units = [
        replace(unit, place=played.said[unit.place])
        for unit in parse(played.cc.code)
        if unit.place in played.said
    ]
    kept, lines = by_place(units), talk.utterances
    carried, ours = shown(units), Enfold().open(talk)
    alone = beside = 0
    needs = needed(talk)
    for one in needs:
        alone += held(one, kept) >= KEPT
        found = pieces(
            ours.found(one.question, 300),
            lambda place: lines[place] if 0 <= place < len(lines) else None,
            lambda who: who,
            budget=BUDGET,
            shown=(),
            carried=carried,
        )
        told = {piece.first: words(piece.text) for piece in found}
        both = {
            place: kept.get(place, frozenset()) | told.get(place, frozenset())
            for place in {*kept, *told}
        }
        beside += held(one, both) >= KEPT
    return len(needs), alone, beside


def main() -> None:
    """Print a line of JSON for each way."""
    parser = argparse.ArgumentParser(description="What a rewrite is worth, on LoCoMo.")
    parser.add_argument("file", type=Path, nargs="?", default=LOCOMO)
    parser.add_argument("--talks", type=int, default=99)
    options = parser.parse_args()
    talks = [spoken(one) for one in locomo(options.file.read_bytes()).talks[: options.talks]]
    ways: tuple[Way, ...] = ("none", "chosen", "rewritten")
    for way in ways:
        total: Counter[str] = Counter()
        for talk in talks:
            played = asyncio.run(play(talk.utterances, way))
            questions, alone, beside = answers(talk, played)
            before, after = played.told()
            recalled = (one.event for one in played.log if isinstance(one.event, e.Recalled))
            total.update(
                {
                    "lines": len(talk.lines),
                    "returned": len(played.lived),
                    "8 folds": sum(folds >= 8 for folds in played.lived.values()),
                    "32 folds": sum(folds >= 32 for folds in played.lived.values()),
                    "told before": before,
                    "told after": after,
                    "recalled": sum(one.size for one in recalled),
                    "questions": questions,
                    "cc holds": alone,
                    "cc and recall": beside,
                }
            )
        print(json.dumps({"bench": "rewriting", "way": way, **total}), flush=True)


if __name__ == "__main__":
    main()
