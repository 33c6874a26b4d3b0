"""What a room has on the disk when the power is lost."""

from pathlib import Path

from harness.clock import FixedClock
from tests.fakes import START, stage
from transcripts.log import Log


class Synced(Log):
    """Notes how many entries were safe each time."""

    safe: list[int]

    def sync(self) -> None:
        super().sync()
        self.safe = [*getattr(self, "safe", []), len(self.entries)]


class Slow(FixedClock):
    """Each look at it takes as long as it is told."""

    def __init__(self, seconds: float) -> None:
        super().__init__(START)
        self._seconds = seconds
        self._passed = 0.0

    def elapsed(self) -> float:
        self._passed += self._seconds
        return self._passed


async def test_a_turn_that_is_over_is_synced_before_the_next_is_asked_for(
    tmp_path: Path,
) -> None:
    script = {"AI-1": ["one", "two", "three"], "AI-2": ["four", "five", "six"]}
    async with stage(tmp_path, script, clock=Slow(1.0), log_type=Synced) as s:
        await s.session.run(turns=6)
        assert isinstance(s.log, Synced)
        spoken = [
            entry.place for entry in s.session.log if type(entry.event).__name__ == "Spoke"
        ]
        for place in spoken:
            after = next(safe for safe in s.log.safe if safe > place)
            assert not any(place < other < after for other in spoken)


async def test_turns_that_follow_within_a_second_are_synced_together(tmp_path: Path) -> None:
    script = {"AI-1": ["one", "two", "three"], "AI-2": ["four", "five", "six"]}
    async with stage(tmp_path, script, clock=Slow(0.001), log_type=Synced) as s:
        await s.session.run(turns=6)
        assert not hasattr(s.log, "safe")
