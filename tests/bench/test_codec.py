"""What sets our code beside others counts rightly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.codec.turns import HEADER
from tests.bench import codec, codec_others, codec_ours, codec_texts
from tests.bench.chart import bars
from tests.bench.codec_ours import Cost, Unequal
from tests.bench.codec_texts import ROOT, Text

OTHERS: list[codec_others.Other] = [
    codec_others.Zstd("zstd -19"),
    codec_others.Zstd("zstd -19 dict", codec_texts.OWN.read_bytes()),
    codec_others.Brotli(),
    codec_others.xz(),
    codec_others.bzip2(),
    codec_others.ppmd(6),
    codec_others.ppmd(8),
]


def names(other: codec_others.Other) -> str:
    return other.name


@pytest.mark.parametrize("other", OTHERS, ids=names)
@settings(max_examples=6, deadline=None)
@given(turns=st.lists(st.binary(max_size=200), min_size=1, max_size=6))
def test_every_other_gives_back_what_it_was_told(
    other: codec_others.Other, turns: list[bytes]
) -> None:
    text = Text("drawn", (tuple((b"", turn) for turn in turns),))
    for along in (True, False):
        assert codec.theirs(text, other, along=along).coded >= 0


@pytest.mark.parametrize("other", OTHERS, ids=names)
def test_the_others_do_on_sample_004_what_was_published(other: codec_others.Other) -> None:
    if not codec_texts.SEED.is_file():
        pytest.skip(f"{codec_texts.SEED} is not here")
    text = next(codec_texts.seed())
    assert isinstance(text, Text)
    assert (text.turns, text.bytes) == (11, 22_407)
    for along in (True, False):
        known = codec.PUBLISHED[along].get(other.name)
        bits = 8 * codec.theirs(text, other, along=along).coded / text.bytes
        if known is not None:
            assert bits == pytest.approx(known, rel=0.011)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=40), st.integers(1, 4_000_000), st.randoms(use_true_random=False))
def test_counts_alone_are_coded_and_undone(text: bytes, most: int, draw: object) -> None:
    dice = np.random.default_rng(most)
    counts = dice.integers(1, most + 1, (len(text), 256)).astype(np.uint32)
    for place, byte in enumerate(text):
        counts[place, byte] = 400_000_000
    coded = codec_ours.encoded(text, counts)
    if coded is None:
        assert len(text) < 8 or most > 1000
    else:
        assert codec_ours.decoded(coded, counts) == text


def test_what_a_byte_costs_is_what_its_count_says() -> None:
    text = codec_texts.OWN.read_bytes()[:1500]
    counts = np.ones((len(text), 256), np.uint32)
    for place, byte in enumerate(text):
        counts[place, byte] = 85  # a quarter of all
    coded = codec_ours.encoded(text, counts)
    assert coded is not None
    assert len(coded) == pytest.approx(2 * len(text) / 8, rel=0.01)


def test_a_compressor_that_loses_something_stops_the_run() -> None:
    broken = codec_others.Whole("broken", lambda text: text[:-1], lambda coded, _: coded)
    with pytest.raises(Unequal):
        codec.theirs(codec_texts.own(), broken, along=True)


def test_the_sizes_of_ours_are_those_of_its_blobs() -> None:
    talk = codec_texts.own().talks[0][:6]
    found = codec_ours.measure([talk], None, along=False)["mixer alone"]
    assert found.stored - found.coded == HEADER * len(talk)
    along = codec_ours.measure([talk], None, along=True)["mixer alone"]
    assert along.coded < found.coded


def test_parts_of_a_text_are_the_text() -> None:
    for text in (b"", b"a" * 10_000, b"line\n" * 3000, b"some\r\n\r\n" * 900):
        parts = codec_texts.parts(text)
        assert b"".join(part for _, part in parts) == text
        assert all(0 < len(part) <= codec_texts.LONGEST for _, part in parts)


def test_key_frames_bound_what_a_turn_is_told_after() -> None:
    talk = [(b"A", b"x" * 30_000)] * 5
    assert [len(part) for part in codec_ours.segments(talk, along=True)] == [2, 2, 1]
    assert [len(part) for part in codec_ours.segments(talk, along=False)] == [1] * 5


def test_a_goal_is_a_ratio_to_the_better_of_its_rivals() -> None:
    text = Text("t", (((b"", b"x" * 1000),),), judged=True)
    sizes = {"mixed": 150, "PPMd o6": 210, "PPMd o8": 200, "zstd -19": 240}
    found = [codec.Figure(text, True, by, Cost(size, size + 7)) for by, size in sizes.items()]
    told = {one.what: one for one in codec.verdicts(found)}
    assert told["t, with history, beside PPMd o6/PPMd o8"].measured == pytest.approx(0.75)
    assert told["t, with history, beside PPMd o6/PPMd o8"].met
    assert not told["t, with history, beside zstd -19"].met
    assert len(told) == 2


FAKE = """#!{python}
import lzma, sys
mode, before, after = sys.argv[1:]
data = open(before, "rb").read()
open(after, "wb").write(lzma.decompress(data) if mode == "d" else lzma.compress(data))
"""


def test_a_program_on_the_path_stands_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "lpaq1"
    fake.write_text(FAKE.format(python=sys.executable), encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = codec_others.programs()
    assert (found.name, found.framing()) == ("lpaq1", 32)
    text = codec_texts.own()
    cost = codec.theirs(text, found, along=True)
    assert 0 < cost.coded < text.bytes / 2
    assert cost.encode > 0


def test_bars_are_drawn_the_shortest_first(tmp_path: Path) -> None:
    path = tmp_path / "drawn.svg"
    bars(path, "a < b", {"theirs": 3.0, "ours": 1.5}, own=("ours",))
    drawn = path.read_text(encoding="utf-8")
    assert drawn.index("ours") < drawn.index("theirs")
    assert "a &lt; b" in drawn


def test_one_command_measures_a_file_of_anybodys(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(codec_texts.OWN.read_bytes()[:2500])
    model = ROOT / "tests" / "golden" / "tiny.hqlm"
    options = ["--quick", "--raw", "--json", "--no-speeds", "--model", model]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "codec", path, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    with_history = {x["by"]: x for x in lines if x.get("mode") == "with history"}
    assert {"mixed", "model alone", "mixer alone", "zstd -19", "PPMd o6"} <= set(with_history)
    assert with_history["mixed"]["bytes"] == 2500
    assert 0 < with_history["mixer alone"]["bits_per_byte"] < 8
    assert any("goal" in x for x in lines)


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert codec.main(["no/such/file"]) == 1
    assert "no/such/file: no such file" in capsys.readouterr().err
