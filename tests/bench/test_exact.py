"""A small round of what `python -m tests.bench exact` looks at."""

import json
from pathlib import Path

import pytest

from memory.kernel import network
from memory.models import file, known
from memory.models.bounds import check
from memory.models.choice import in_c, in_numpy
from tests.bench import exact
from tests.bench.exact_digest import GROUP, Way


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_way_to_compute_gives_the_same_codes(tmp_path: Path) -> None:
    if network.library() is None:
        pytest.skip("no compiler: there is one way only")
    said = [(author.hex(), text.hex()) for author, text in exact.turns(GROUP)]
    (tmp_path / "turns.json").write_text(json.dumps(said), encoding="utf-8")
    way = Way(str(tmp_path / "turns.json"), model=str(exact.TINY))
    plans = exact.plans(way, str(tmp_path / "blobs.json"), slow=1, small=True)
    found = list(exact.compared("golden", GROUP, plans))
    assert {line.what: line.same for line in found} == {line.what: True for line in found}
    assert len(found) > 9


def test_a_way_that_gives_other_codes_is_found_out(tmp_path: Path) -> None:
    for name, seed in (("one", 4), ("other", 5)):
        said = [(author.hex(), text.hex()) for author, text in exact.turns(5, seed)]
        (tmp_path / name).write_text(json.dumps(said), encoding="utf-8")
    ways = (Way(str(tmp_path / name), mixer="python") for name in ("one", "other"))
    plans = (exact.Plan(Path(way.turns).name, way) for way in ways)
    assert [line.same for line in exact.compared("none", 5, plans)] == [True, False]


def test_weights_that_saturate_give_the_same_counts_in_c_and_numpy() -> None:
    wild = exact.saturated(file.decode(exact.TINY.read_bytes()).frozen)
    check(wild)
    answer = known.answer(in_numpy(wild)())
    library = network.library()
    if library is None:
        pytest.skip("no compiler")
    for level in range(network.best(library) + 1):
        assert known.answer(in_c(wild, level=level)()) == answer


def test_half_of_the_turns_are_real() -> None:
    said = exact.turns(100)
    assert said == exact.turns(100)
    assert any(not text for _, text in exact.turns(400))
    assert max(len(text) for _, text in exact.turns(1000)) > 500
