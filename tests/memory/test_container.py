"""The archive as bytes: round trips, every kind of damage, names that mean harm, golden files."""

import io
import json
import tracemalloc
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.codec import loglines, names, segments
from memory.codec.container import MOST_DIRECTORY, Archive, Kind, Member, Writer
from memory.codec.packing import Packer
from memory.codec.segments import SIZE
from memory.codec.turns import Segment
from memory.codec.varints import Bytes, varint
from memory.errors import (
    AlteredContainer,
    ContainerError,
    CutContainer,
    ForeignContainer,
    NewerContainer,
    OtherModel,
    UnsafeName,
)
from tests.memory import golden_container
from tests.memory.mutations import Deflater, contents, packed, run, signed

GOLDEN = Path(__file__).parents[1] / "golden"
TEXT = b"".join(b"%d: the lantern, the tide and the ledger\n" % (i * i) for i in range(60))


@given(st.lists(st.binary(max_size=3000), max_size=5))
def test_any_members_come_back(found: list[bytes]) -> None:
    members = [(b"m/%d" % number, content) for number, content in enumerate(found)]
    assert contents(packed(members)) == members


@given(st.binary(max_size=120))
@settings(max_examples=15)
def test_any_bytes_come_back_from_the_real_coder(content: bytes) -> None:
    out = io.BytesIO()
    packer = Packer(Writer(out), Segment)
    packer.add(b"", [content * 2])
    packer.close()
    archive = Archive(out)
    archive.check()
    assert b"".join(piece for _, piece in archive.pieces(Segment)) == content * 2


@pytest.mark.parametrize("size", [0, 1, 4095, SIZE - 1, SIZE, SIZE + 1, 3 * SIZE + 5])
def test_sizes_around_the_cuts_come_back(size: int) -> None:
    for content in (Random(size).randbytes(size), (TEXT * (size // len(TEXT) + 1))[:size]):
        assert contents(packed([(b"", content)])) == [(b"", content)]


@given(st.lists(st.integers(0, 3000), max_size=8), st.randoms())
def test_how_the_bytes_arrive_does_not_matter(sizes: list[int], draw: Random) -> None:
    chunks = [draw.randbytes(size // 2) + TEXT[: size // 2] for size in sizes]
    out = io.BytesIO()
    packer = Packer(Writer(out), Deflater)
    packer.add(b"", chunks)
    packer.close()
    assert contents(out.getvalue()) == [(b"", b"".join(chunks))]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zeros", "noise"])
def test_ten_megabytes_cost_next_to_nothing_more(kind: str) -> None:
    size = 10_000_000
    content = bytes(size) if kind == "zeros" else Random(1).randbytes(size)
    out = io.BytesIO()
    packer = Packer(Writer(out), Segment)
    packer.add(b"", [content])
    packer.close()
    archive = Archive(out)
    archive.check()
    digest = sha256()
    for _, piece in archive.pieces(Segment):
        digest.update(piece)
    assert digest.digest() == sha256(content).digest()
    assert archive.size <= size + size // 4096 + 128
    if kind == "zeros":
        assert archive.size < size // 400


@given(st.binary(max_size=20_000))
def test_it_never_grows_beyond_a_byte_in_four_thousand_and_its_head(content: bytes) -> None:
    assert len(packed([(b"", content)])) <= len(content) + len(content) // 4096 + 128


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["text", "author", "at", "x"]), _VALUES).map(
            lambda line: json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        )
        | st.text(),
        max_size=8,
    )
)
def test_any_log_comes_back(lines: list[str]) -> None:
    log = "\n".join(lines).encode("utf-8", "surrogatepass")
    members = [(b"r/log.jsonl", log), (b"s/log.jsonl", log * 2)]
    assert contents(packed(members, kind=Kind.ROOM)) == members


def test_a_log_is_split_into_what_was_said_and_the_rest() -> None:
    log = (GOLDEN / "room.jsonl").read_bytes()
    said, frames = loglines.split(log)
    assert b"AI-1: flicker on\nthe distillation of *a million hours* of chatter\n" in said
    assert b"flicker" not in frames
    assert loglines.join(said, frames) == log
    coded = segments.encode([log], Deflater, log=True)
    assert coded.form is segments.Form.LOG


def test_a_coder_that_does_not_give_back_what_it_was_told_is_not_believed() -> None:
    class Liar(Deflater):
        def decode(self, author: bytes, blob: bytes) -> bytes:
            return super().decode(author, blob).upper()

    coded = segments.encode([TEXT], Liar)
    assert coded.form is segments.Form.RAW
    assert segments.decode(coded.form, coded.payload, len(TEXT), Liar) == TEXT


def test_short_members_share_a_segment_and_its_history() -> None:
    members = [(b"%d" % number, TEXT) for number in range(10)]
    archive = packed(members)
    assert Archive(io.BytesIO(archive)).segments == 1
    assert len(archive) < 2 * len(packed(members[:1])) + 10 * 40


def test_any_place_opens_at_the_cost_of_the_segments_it_lies_in() -> None:
    content = TEXT * 100
    data = packed([(b"before", TEXT), (b"long", content)])
    made: list[Deflater] = []

    def fresh() -> Deflater:
        made.append(Deflater())
        return made[-1]

    archive = Archive(io.BytesIO(data))
    assert archive.segments > 3
    for start, length in [(0, 10), (100_000, 40), (len(content) - 5, 50), (70_000, 0)]:
        made.clear()
        found = b"".join(archive.read(1, fresh, start, length))
        assert found == content[start : start + length]
        assert len(made) <= 2
    assert b"".join(archive.read(1, fresh)) == content


def test_what_is_kept_of_a_member_comes_back() -> None:
    out = io.BytesIO()
    packer = Packer(Writer(out, model=b"m" * 32, embedded=b"the model"), Deflater)
    packer.add(b"run.sh", [TEXT], executable=True)
    packer.add(b"r/log.jsonl", [b""], kind=Kind.ROOM)
    packer.close()
    archive = Archive(out)
    empty = sha256(b"").digest()
    assert archive.members == (
        Member(name=b"run.sh", executable=True, length=len(TEXT), sha256=sha256(TEXT).digest()),
        Member(name=b"r/log.jsonl", kind=Kind.ROOM, length=0, sha256=empty),
    )
    assert (archive.model, archive.embedded()) == (b"m" * 32, b"the model")


def test_each_damage_has_its_own_line() -> None:
    whole = packed([(b"a", TEXT), (b"b", Random(1).randbytes(300))])

    def error(data: bytes) -> str:
        with pytest.raises(ContainerError) as caught:
            contents(data)
        assert "\n" not in str(caught.value)
        return f"{type(caught.value).__name__}: {caught.value}"

    altered = bytearray(whole)
    altered[100] ^= 1
    lines = {
        error(b""),
        error(whole[:9]),
        error(whole[: len(whole) // 2]),
        error(whole.replace(b"\r\n", b"\n", 1)),
        error(whole[:8] + b"\2" + whole[9:]),
        error(bytes(altered)),
        error(signed(bytes(altered))),
    }
    assert len(lines) == 7, lines
    assert error(b"").startswith(ForeignContainer.__name__)
    assert error(b"PK\3\4 something else entirely").startswith(ForeignContainer.__name__)
    assert error(whole[:-1]).startswith(CutContainer.__name__)
    assert error(whole + b"\n").startswith(CutContainer.__name__)
    assert "later enfold" in error(whole[:8] + b"\2" + whole[9:])
    assert error(whole[:9] + b"\2" + whole[10:]).startswith(NewerContainer.__name__)
    assert error(bytes(altered)).startswith(AlteredContainer.__name__)


def test_another_model_is_named() -> None:
    archive = Archive(io.BytesIO(packed([(b"", TEXT)], model=b"\xab" * 32)))
    archive.wants(b"\xab" * 32)
    with pytest.raises(OtherModel, match=r"abababababababab; this is cdcdcdcdcdcdcdcd"):
        archive.wants(b"\xcd" * 32)
    with pytest.raises(OtherModel, match="none here"):
        archive.wants(None)


def test_segments_in_another_order_are_noticed_although_every_sum_is_right() -> None:
    out = io.BytesIO()
    writer = Writer(out)
    parts = [b"a" * 100, b"b" * 100]
    for part in parts:
        writer.segment(segments.Coded(segments.Form.RAW, part), part)
    writer.member(Member(name=b"", length=200, sha256=sha256(b"".join(parts)).digest()))
    writer.close()
    data = out.getvalue()
    first, second = data[11:116], data[116:221]
    assert contents(data) == [(b"", b"".join(parts))]
    with pytest.raises(AlteredContainer):
        contents(signed(data[:11] + second + first + data[221:]))


@pytest.mark.parametrize(
    "name",
    [
        b"",
        b"/etc/passwd",
        b"../up",
        b"a/../../up",
        b"a//b",
        b"./a",
        b"a/.",
        b"a/",
        b"line\nbreak",
        b"nul\0",
        b"\x7f",
        b"x" * 256,
        b"x/" * 2048 + b"x",
    ],
)
def test_names_that_lead_elsewhere_are_refused(name: bytes) -> None:
    with pytest.raises(UnsafeName):
        names.check(name)
    with pytest.raises(UnsafeName):
        contents(packed([(name, b"1"), (b"other", b"2")]))


@pytest.mark.parametrize("pair", [(b"a", b"a"), (b"a", b"a/b"), (b"a/b/c", b"a")])
def test_names_in_one_anothers_way_are_refused(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(UnsafeName):
        contents(packed([(name, b"x") for name in pair]))


@pytest.mark.parametrize("name", ["a", "ä/ö.txt", "..a", "a b/c", "...", "-rf"])
def test_harmless_names_pass(name: str) -> None:
    names.check_all([name.encode(), b"other"])


@given(st.integers(0, (1 << 63) - 1))
def test_numbers_come_back(number: int) -> None:
    given_bytes = Bytes(varint(number))
    assert given_bytes.varint() == number
    given_bytes.done()


@given(st.binary(max_size=12))
def test_a_number_has_one_form_only(data: bytes) -> None:
    try:
        number = Bytes(data).varint()
    except ValueError:
        return
    assert data.startswith(varint(number))


def test_a_directory_that_would_unpack_without_end_is_refused() -> None:
    import zlib

    bomb = b"\1" + zlib.compress(bytes(MOST_DIRECTORY + 1), 1)
    data = b"\x89hqf\r\n\x1a\n\1\1\0" + bomb + len(bomb).to_bytes(4, "little")
    with pytest.raises(AlteredContainer):
        Archive(io.BytesIO(signed(data + bytes(16) + b"\x1ahqf")))


def _forged(directory: bytes, segments: bytes = b"") -> bytes:
    body = b"\0" + directory
    data = b"\x89hqf\r\n\x1a\n\1\1\0" + segments + body + len(body).to_bytes(4, "little")
    return signed(data + bytes(16) + b"\x1ahqf")


def test_a_directory_of_more_segments_than_the_file_has_room_for_is_not_read() -> None:
    few, many = (
        _forged(varint(0) + varint(count) + varint(5) * 2 * count + bytes(16))
        for count in (1, 1_000_000)
    )
    for data in (few, many):
        tracemalloc.start()
        with pytest.raises(AlteredContainer, match="more segments"):
            Archive(io.BytesIO(data))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 4 * len(data) + 100_000


def test_a_segment_longer_than_what_it_stands_for_is_not_read() -> None:
    record = b"\0" + bytes(4) + b"aa"
    member = b"\0" + varint(1) + b"a" + varint(1) + sha256(b"a").digest()
    tail = varint(1) + varint(len(record)) + varint(1) + bytes(16)
    with pytest.raises(AlteredContainer, match="a segment's length"):
        Archive(io.BytesIO(_forged(varint(1) + member + tail, record)))


def test_a_small_file_has_no_large_directory() -> None:
    import zlib

    bomb = b"\1" + zlib.compress(bytes(MOST_DIRECTORY // 2), 9)
    assert len(bomb) < 100_000
    data = b"\x89hqf\r\n\x1a\n\1\1\0" + bomb + len(bomb).to_bytes(4, "little")
    with pytest.raises(AlteredContainer, match="does not end"):
        Archive(io.BytesIO(signed(data + bytes(16) + b"\x1ahqf")))


def test_a_directory_of_equal_lines_opens_however_well_it_would_pack() -> None:
    out = io.BytesIO()
    writer = Writer(out)
    plain = b"0" * 99
    deflated = segments.encode([plain], Deflater)
    count = 150_000
    for _ in range(count):
        writer.segment(deflated, plain)
    whole = sha256(plain * count).digest()
    writer.member(Member(name=b"", length=count * len(plain), sha256=whole))
    writer.close()
    assert Archive(out).segments == count


def test_forty_thousand_mutations_give_nothing_that_nobody_folded() -> None:
    """A million: `python -m tests.memory.mutations`."""
    ended = run(40_000, seed=4)
    assert ended.keys() >= {"AlteredContainer", "CutContainer", "ForeignContainer"}


def test_an_archive_of_the_first_version_opens_for_ever() -> None:
    """Made by `tests.memory.golden_container`; never made again but for a new version."""
    with golden_container.FILE.open("rb") as file:
        archive = Archive(file)
        archive.check()
        found = [bytearray() for _ in archive.members]
        for number, piece in archive.pieces(Segment):
            found[number] += piece
    assert [
        (member.name, bytes(content), member.kind, member.executable)
        for member, content in zip(archive.members, found, strict=True)
    ] == golden_container.members()
