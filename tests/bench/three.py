"""A fact of the first session, asked for in the third: `python -m tests.bench.three [SCENARIO]`.

A room is made as `enfold run` makes it and sat in three times, each time opened anew. In the
first somebody tells a fact; in the second much else is said; in the third it is asked for.
Printed is the request that the next speaker was given then, as it was given, and whether the
fact is in it. Exit code 2 if it is not.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agents.providers.base import Request
from agents.scenarios.scenario import load
from harness.clock import WallClock
from harness.compose import new_room, open_session
from harness.config import Settings
from harness.paths import Paths
from harness.rooms import Rooms
from transcripts import events as e

FACT = "the ferry of my sister Ilka leaves on the 14th of March from pier 9, at 05:40"
QUESTION = "When does the ferry of my sister leave, and from which pier?"

_PLACES = ["cellar", "attic", "yard", "kitchen", "landing", "orchard", "study", "porch"]
_THINGS = ["ladder", "lamp", "carpet", "kettle", "mirror", "trunk", "clock", "stove"]
_DEEDS = ["painted", "moved", "cleaned", "mended", "sold", "borrowed"]


def small_talk(lines: int) -> list[str]:
    """Return so many lines that have nothing to do with the fact, each another one."""
    return [
        f"Yesterday we {_DEEDS[n % 6]} the {_THINGS[n % 8]} in the {_PLACES[n // 8 % 8]},"
        f" and it took {n + 3} minutes and {n * 7 % 90} nails."
        for n in range(lines)
    ]


@dataclass(frozen=True)
class Asked:
    """What came of it."""

    request: Request
    recalled: e.Recalled | None
    """What the log says came back; `None` for nothing."""
    lines: int
    """Lines of the room by then."""

    @property
    def there(self) -> bool:
        """Whether the fact is in the request, with all that was asked for."""
        text = "\n".join(line.text for line in self.request.lines)
        return all(part in text for part in ("14th of March", "pier 9", "05:40"))


async def three_sessions(
    folder: Path, name: str, *, settings: Settings | None = None, talk: int = 120
) -> Asked:
    """Sit three times in a room of scenario `name`; return what the speaker was given."""
    paths = Paths(
        config=folder / "config",
        data=folder / "data",
        state=folder / "state",
        cache=folder / "cache",
    )
    settings, clock = settings or Settings(), WallClock()
    rooms, scenario = Rooms(paths.rooms), load(name)
    room_id = await new_room(rooms, scenario, paths, settings, clock)
    for said in ([f"Before we begin: {FACT}."], small_talk(talk)):
        async with open_session(rooms, room_id, paths, settings, clock) as session:
            for line in said:
                session.say(line)
            await session.run(turns=2)
    async with open_session(rooms, room_id, paths, settings, clock) as session:
        session.say(QUESTION)
        before = len(session.log)
        await session.run(turns=1)
        draft = session._floor._draft
        assert draft is not None
        events = [entry.event for entry in session.log[before:]]
        recalled = next((one for one in events if isinstance(one, e.Recalled)), None)
        return Asked(draft.request, recalled, session.room.lines)


def main() -> None:
    """Print the request."""
    parser = argparse.ArgumentParser(description="A fact of long ago, asked for.")
    parser.add_argument("scenario", nargs="?", default="bytes")
    parser.add_argument("--budget", type=int, default=2048, help="bytes of cc")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate(
            {"provider": {"max_tokens": 160}, "room": {"budget": options.budget}}
        )
        asked = asyncio.run(three_sessions(Path(folder), options.scenario, settings=settings))
    for line in asked.request.lines:
        print(f"--- {line.role}")
        print(line.text)
    print(f"--- {asked.lines} lines in the room; {asked.request.bytes} bytes sent")
    print(f"--- {'the fact is in it' if asked.there else 'the fact is NOT in it'}")
    for piece in asked.recalled.pieces if asked.recalled is not None else ():
        print(f"--- recalled {piece.first}, because: {', '.join(piece.why) or 'beside it'}")
    sys.exit(0 if asked.there else 2)


if __name__ == "__main__":
    main()
