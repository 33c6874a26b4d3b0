import bz2
import gzip
import io
import json
import lzma
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import NotPossible
from harness.training.corpus import Document, Ready, held_out, parted, prepare, written
from harness.training.forms import row

ROWS = [
    {"text": "A text of its own.", "licence": "MIT", "source": "notes"},
    {
        "messages": [
            {"role": "user", "content": "Hello?"},
            {"role": "assistant", "content": "Yes."},
        ]
    },
    {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Parts"}, {"type": "x"}]}
        ]
    },
    {"turns": [{"author": "Ada", "text": "One"}, ["Bob: the 2nd", "Two"]]},
    {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]},
]


def lines(rows: Iterable[object]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in rows).encode()


def said(ready: Ready) -> list[list[tuple[bytes, bytes]]]:
    return [ready.said(document) for document in ready.documents]


def test_rows_of_every_form_become_turns(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(lines(ROWS))

    ready = prepare([tmp_path / "rows.jsonl"], tmp_path / "ready")

    assert said(ready) == [
        [(b"", b"A text of its own.")],
        [(b"User", b"Hello?"), (b"Assistant", b"Yes.")],
        [(b"User", b"Parts")],
        [(b"Ada", b"One"), (b"Bob: the 2nd", b"Two")],
        [(b"User", b"Hi"), (b"Assistant", b"Ho")],
    ]
    assert ready.manifest["sources"]["notes"]["licences"] == ["MIT"]
    assert ready.text(ready.documents[3]) == b"Ada: One\n\nBob: the 2nd: Two"


def test_messages_one_a_line_are_one_document(tmp_path: Path) -> None:
    rows = [{"name": "Ada", "text": "hi"}, {"name": "Bob", "text": "ho"}]
    (tmp_path / "room.jsonl").write_bytes(lines(rows))

    ready = prepare([tmp_path / "room.jsonl"], tmp_path / "ready")

    assert said(ready) == [[(b"Ada", b"hi"), (b"Bob", b"ho")]]


def test_packed_rows_are_the_same_rows(tmp_path: Path) -> None:
    plain = lines(ROWS)
    packed = {
        "a.jsonl": plain,
        "a.jsonl.xz": lzma.compress(plain),
        "a.jsonl.gz": gzip.compress(plain),
        "a.jsonl.bz2": bz2.compress(plain),
    }
    zstandard = pytest.importorskip("zstandard")
    packed["a.jsonl.zst"] = zstandard.ZstdCompressor().compress(plain)
    digests: set[str] = set()
    for name, content in packed.items():
        (tmp_path / name).write_bytes(content)
        digests.add(prepare([tmp_path / name], tmp_path / f"ready-{name}").digest)

    assert len(digests) == 1


def test_a_parquet_table_is_rows_too(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    talk = [[{"role": "user", "content": "Hello?"}], [{"role": "user", "content": "Again"}]]
    parquet.write_table(arrow.table({"id": [1, 2], "messages": talk}), tmp_path / "t.parquet")

    ready = prepare([tmp_path / "t.parquet"], tmp_path / "ready")

    assert said(ready) == [[(b"User", b"Hello?")], [(b"User", b"Again")]]


def test_a_tar_gives_its_plain_files(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        for name, content in (("x/one.txt", b"First text."), ("x/two.jsonl", lines(ROWS[:1]))):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("x/three.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)

    ready = prepare([tmp_path / "all.tar.gz"], tmp_path / "ready")

    assert said(ready) == [[(b"", b"First text.")], [(b"", b"A text of its own.")]]


def test_a_log_of_ours_and_a_foreign_transcript_are_told_as_turns(tmp_path: Path) -> None:
    golden = Path(__file__).parents[1] / "golden" / "room.jsonl"
    (tmp_path / "talk.txt").write_text("Ada: hello\n\nBob: hi\n\nAda: bye\n\nBob: bye bye\n")

    ready = prepare([golden, tmp_path / "talk.txt"], tmp_path / "ready")

    ours, foreign = said(ready)
    assert len(ours) > 1
    assert all(author for author, _ in ours)
    assert [author for author, _ in foreign] == [b"AI-1 (Ada)", b"AI-2 (Bob)"] * 2
    text = prepare([tmp_path / "talk.txt"], tmp_path / "text", plain=True)
    assert said(text)[0][0][0] == b""


def a_folder(at: Path) -> Path:
    folder = at / "texts"
    (folder / "deep" / ".git").mkdir(parents=True)
    for i in range(40):
        (folder / "deep" / f"{i}.txt").write_text(f"Text number {i}, and no other. " * 9)
    (folder / "again.txt").write_text("Text number 7, and no other. " * 9)
    (folder / "deep" / ".git" / "HEAD").write_text("ref: hidden")
    (folder / "picture.png").write_bytes(b"\x89PNG\0\0")
    (folder / "bad.jsonl").write_text("{no json\n")
    (folder / "link.txt").symlink_to(folder / "again.txt")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "s"))
    return folder


def test_a_folder_is_read_in_order_and_what_cannot_be_is_named(tmp_path: Path) -> None:
    folder, passed = a_folder(tmp_path), list[str]()

    ready = prepare([folder], tmp_path / "ready", told=passed.append)

    assert len(ready.documents) == 40
    assert ready.manifest["twice"] == 1
    named = " ".join(passed)
    assert all(name in named for name in ("picture.png", "bad.jsonl", "pipe", "/s "))
    assert len(passed) == 4
    assert {one.held for one in ready.documents} == {True, False}


def test_the_same_paths_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    one, two, other = (
        prepare([folder], tmp_path / name, seed=seed)
        for name, seed in (("a", 0), ("b", 0), ("c", 5))
    )

    for name in ("documents.bin", "manifest.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert one.digest == two.digest != other.digest
    assert [d.held for d in one.documents] != [d.held for d in other.documents]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.bin", b"\0\1\2", "no text"),
        ("a.jsonl", b'{"text": "good"}\n{"no": 1}\n', "row 2"),
        ("b.jsonl", b'{"text": "good"}\nnonsense\n', "line 2"),
        ("a.txt.xz", b"this is not xz", "damaged"),
        ("b.txt.xz", lzma.compress(b"words " * 9999)[:-20], "damaged"),
        ("a.txt.gz", b"neither gz", "damaged"),
        ("a.txt.zst", b"nor zstd", "damaged"),
        ("a.tar", b"x" * 700, "damaged"),
        ("a.parquet", b"PAR1....", "no parquet"),
        ("empty.txt", b"  \n", "nothing to learn from"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(NotPossible, match=why) as refused:
        prepare([tmp_path / name], tmp_path / "ready")

    assert "\n" not in str(refused.value)
    assert not (tmp_path / "ready" / "manifest.json").exists()
    assert not list((tmp_path / "ready").glob(".*"))


@pytest.mark.parametrize("cut", [1, 5, 40, 90])
def test_zstd_that_is_cut_off_is_damaged_and_not_short(tmp_path: Path, cut: int) -> None:
    zstandard = pytest.importorskip("zstandard")
    packer = zstandard.ZstdCompressor()
    words = b"".join(b"word %d of many\n" % (i * i) for i in range(500))
    whole = packer.compress(words) + packer.compress(b"and a second frame")
    (tmp_path / "whole.txt.zst").write_bytes(whole)
    ready = prepare([tmp_path / "whole.txt.zst"], tmp_path / "ready")
    assert ready.text(ready.documents[0]) == words + b"and a second frame"

    (tmp_path / "cut.txt.zst").write_bytes(whole[:-cut])
    with pytest.raises(NotPossible, match="damaged: it is cut off"):
        prepare([tmp_path / "cut.txt.zst"], tmp_path / "ready")


def test_what_was_made_ready_stays_when_making_it_anew_fails(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some words.")
    (tmp_path / "bad.jsonl").write_text("nonsense")
    before = prepare([tmp_path / "a.txt"], tmp_path / "ready").digest
    for paths, weights, why in (
        (["a.txt", "bad.jsonl"], {}, "line 1"),
        (["a.txt"], {"b": 2.0}, "no source is called 'b'; there are a"),
    ):
        with pytest.raises(NotPossible, match=why):
            prepare([tmp_path / one for one in paths], tmp_path / "ready", weights=weights)
        assert Ready.open(tmp_path / "ready").digest == before


def test_what_was_made_ready_is_not_learnt_from_as_text(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"Text {number}, with words of its own.")
    one = prepare([tmp_path], tmp_path / "ready")
    told: list[str] = []
    again = prepare([tmp_path], tmp_path / "ready", told=told.append)
    assert (again.digest, len(again.documents)) == (one.digest, 3)
    assert told == [f"passed over: {tmp_path / 'ready'} holds data that was made ready already"]


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(NotPossible, match="no plain file"):
        prepare([tmp_path / "pipe.txt"], tmp_path / "ready")


def test_what_is_not_made_ready_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="enfold data prepare"):
        Ready.open(tmp_path)
    (tmp_path / "a.txt").write_text("Some words.")
    prepare([tmp_path / "a.txt"], tmp_path / "ready")
    with (tmp_path / "ready" / "documents.bin").open("ab") as more:
        more.write(b"!")
    with pytest.raises(NotPossible, match=r"documents\.bin"):
        Ready.open(tmp_path / "ready")


def test_the_command_prints_sources_and_does_not_write_over(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    words = [
        sys.executable,
        "-m",
        "tui",
        "data",
        "prepare",
        str(folder),
        "-o",
        str(tmp_path / "r"),
    ]
    first = subprocess.run(words, capture_output=True, text=True, check=False)
    again = subprocess.run(words, capture_output=True, text=True, check=False)

    assert first.returncode == 0, first.stderr
    assert "texts" in first.stdout
    assert "passed over" in first.stderr
    assert again.returncode == 2
    assert "--force" in again.stderr


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(1, 500)), max_size=40
    ),
    st.integers(0, 3),
)
def test_families_are_never_parted(rows: list[tuple[str, int, int]], seed: int) -> None:
    documents = [
        Document(0, size, source, f"{source}/{family}", False, False)
        for source, family, size in rows
    ]
    held = held_out(documents, seed=seed)
    families = {one.family for one in documents}

    assert held <= families
    assert held != families or not families
    assert held or len(families) < 2


@given(st.lists(st.tuples(st.binary(max_size=5), st.binary(max_size=9))))
def test_turns_come_out_as_they_went_in(turns: list[tuple[bytes, bytes]]) -> None:
    whole = b"".join(author + text for author, text in turns)
    assert parted(whole, [(len(a), len(t)) for a, t in turns]) == turns
    assert written(turns).count(b"\n\n") >= max(0, len(turns) - 1)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["text", "messages", "turns", "role", "content", "name", "x"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_no_json_breaks_the_reading_of_rows(value: object) -> None:
    got = row(value)
    assert got is None or got.said
