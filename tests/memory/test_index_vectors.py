"""An encoder is opened from a folder, and what it finds alike is fused with the words."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from harness.evaluation.meaning import Fused, Meanings, Meant
from harness.evaluation.recall import run
from harness.evaluation.talks import Dataset, Line, Question, Talk
from harness.parting import alike
from memory.cc.base import Utterance
from memory.errors import ForeignModel
from memory.index.query import Query
from memory.index.recall import Index
from memory.index.vectors import Vectors
from memory.models.encoder import Encoder
from transcripts.events import Entry, Event, Joined, Opened, Spoke
from transcripts.participants import Participant
from transcripts.room import reduced

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ferry", "boat", "train", "red", "blue"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real encoder, with a layer and weights that nobody has trained."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    there = tmp_path_factory.mktemp("encoder")
    (there / "vocab.txt").write_text("\n".join(WORDS) + "\n", "utf-8")
    transformers.BertTokenizerFast(vocab=str(there / "vocab.txt")).save_pretrained(there)
    torch.manual_seed(0)
    shape = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    transformers.BertModel(shape).save_pretrained(there)
    (there / "1_Pooling").mkdir()
    (there / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    return there


def test_texts_become_rows_of_one_length_whatever_they_stand_beside(folder: Path) -> None:
    encoder = Encoder(folder)
    texts = ["red ferry", "blue train boat", "", "red ferry " * 300]
    rows = encoder.encode(texts)
    assert rows.shape == (4, 32)
    assert rows.dtype == np.int8
    lengths = np.sqrt((rows.astype(int) ** 2).sum(axis=1))
    assert np.allclose(lengths, 127, atol=4)
    alone = encoder.encode(["blue train boat"])[0].astype(int)
    assert np.abs(alone - rows[1]).max() <= 1
    assert encoder.encode([]).shape == (0, 32)
    assert len(encoder.digest) == 64


def test_what_is_no_encoder_is_refused_in_a_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ForeignModel, match=r"no config\.json"):
        Encoder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ForeignModel, match=r"no model\.safetensors"):
        Encoder(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ForeignModel, match=r"pytorch_model\.bin, are pickled"):
        Encoder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ForeignModel, match="not an encoder") as caught:
        Encoder(tmp_path)
    assert "\n" not in str(caught.value)
    (tmp_path / "1_Pooling").mkdir()
    pooling = tmp_path / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps({"pooling_mode_cls_token": True}))
    with pytest.raises(ForeignModel, match="means of tokens"):
        Encoder(tmp_path)
    pooling.write_text("{")
    with pytest.raises(ForeignModel, match="cannot be read"):
        Encoder(tmp_path)


def test_what_is_alike_in_meaning_is_found_without_a_common_word() -> None:
    index, vectors = Index(), Vectors()
    said = ["I bought a vessel.", "The weather is dull.", "Bread again.", "Where is my hat?"]
    index.hear(Utterance(2 * at, "AI-1", text) for at, text in enumerate(said))
    rows = np.eye(4, 16, dtype=np.int8) * 127
    vectors.put([0, 2, 4, 6], rows)

    def like(places: "np.typing.NDArray[np.int64]") -> "np.typing.NDArray[np.float64]":
        return vectors.like(rows[0], places)

    assert index.recall(Query("boat")) == []
    assert index.recall(Query("boat"), 1, like)[0].place == 0
    # Words and meaning together: the hat is asked for by its name, the vessel by its likeness.
    both = [one.place for one in index.recall(Query("hat"), 2, like)]
    assert both == [6, 0]


def test_rows_are_kept_by_place_and_those_of_another_encoder_are_like_nothing() -> None:
    vectors = Vectors()
    rows = np.full((2, 8), 45, np.int8)
    vectors.put([3, 5], rows)
    with pytest.raises(ValueError, match="2 rows for 1 places"):
        vectors.put([1], rows)
    assert vectors.bytes == 16
    places = np.array([3, 4, 5, -1], np.int64)
    assert vectors.like(rows[0], places).tolist() == pytest.approx(
        [1.004, 0, 1.004, 0], abs=0.01
    )
    assert not vectors.like(-rows[0], places).any()
    assert not vectors.like(np.ones(9, np.int8), places).any()
    vectors.drop([3, 99])
    assert vectors.like(rows[0], places)[0] == 0


def test_a_set_is_ranked_by_an_encoder_alone_and_fused_with_words(folder: Path) -> None:
    said = ("the red ferry is late", "a blue train", "the boat left", "nothing at all")
    lines = tuple(Line(place, "AI-1", "Ada", text) for place, text in enumerate(said))
    asked = Question("red ferry", "late", (0,))
    talk = Talk("harbour", lines, (asked,), {"AI-1": ("Ada",)})
    meanings = Meanings(folder)
    results = run(Dataset("own", (talk,)), [Meant(meanings), Fused(meanings)])
    assert [result.name for result in results] == ["encoder", "enfold+encoder"]
    alone, fused = results
    assert alone.bytes == {"rows": 4 * 32}
    assert fused.bytes["rows"] == 4 * 32
    assert fused.answered[0].shares["R@1"] == 1_000_000
    assert sorted(Meant(meanings).open(talk).rank(asked, 9)) == [0, 1, 2, 3]


def test_a_room_is_asked_with_an_encoder_too(folder: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    said = ("the red ferry is late", "nothing at all", "where is my hat", "a blue boat")
    events: list[Event] = [
        Opened(title="harbour"),
        Joined(participant=Participant(id="AI-1", name="Ada", model="scripted/ada")),
        *(Spoke(author="AI-1", text=text) for text in said),
    ]
    entries = [Entry(place, at, event) for place, event in enumerate(events)]
    like = alike(folder, entries, reduced(entries), "red ferry")
    scores = like(np.arange(8)).tolist()
    assert max(scores[2:6]) == max(scores) > 0
    assert scores[6:] == [0.0, 0.0]
