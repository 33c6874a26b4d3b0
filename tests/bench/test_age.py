"""A short run of the bench that lets a room grow old: `python -m tests.bench.age 10000` is long."""

from pathlib import Path

import pytest

from tests.bench.age import ALLOWED, FROM, Row, aged, flat, stretches


@pytest.mark.slow
async def test_an_old_room_sends_no_more_and_all_of_it_decodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")  # the mixer alone: quicker
    found, whole = await aged(tmp_path, FROM + 151, 25)
    assert whole
    assert len(found) == 6
    assert abs(flat(found, "sent")) <= ALLOWED


def test_a_cost_that_grows_shows() -> None:
    def rows(growth: float) -> list[Row]:
        sums = [0.0]
        for turn in range(1000):
            sums.append(sums[-1] + 0.010 * (1 + growth * turn))
        return [Row(1000, spent, 0.0) for spent in sums]

    assert flat(list(stretches(rows(0.0), 100)), "own_ms") < ALLOWED
    assert flat(list(stretches(rows(0.001), 100)), "own_ms") > ALLOWED
