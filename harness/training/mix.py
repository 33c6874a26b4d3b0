"""The corpus that the shipped weights learn from: one file of text, and an index beside it.

The index says of each document where it starts, its source, its licence and its name. Pieces of
one episode, meeting, log or book are joined again, in order, so that a document is long enough
to carry something through. Documents that share an origin are one family. The corpus's own
`val` stays out: it shares episodes with the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

TEXT, INDEX = "train.txt", "train.index.tsv"
BESIDE = {"val.txt", "val.index.tsv", "ATTRIBUTION.md"}
LICENCES = "LICENSES"
"""The folder of their texts."""
JOINED = {"qmsum", "crd3", "irc_disentanglement", "gutenberg", "specstory"}
"""Sources whose documents are numbered pieces of longer ones."""
TALK = {
    "qmsum",
    "crd3",
    "irc_disentanglement",
    "specstory",
    "oasst_eval",
    "oasst_trees",
    "sgd",
    "star",
    "topical_chat",
    "gpteacher",
    "gsm8k",
    "tau_bench",
    "taskmaster4",
    "ai_design_theater",
}
"""Sources written as `Name: text`."""
WEIGHTS = {
    "ai_design_theater": 5.0,
    "oasst_trees": 3.0,
    "iletp": 2.5,
    "ai_dialogue_docs": 2.5,
    "tau_bench": 2.0,
    "oasst_eval": 1.6,
    "specstory": 1.6,
    "crd3": 1.4,
    "prompt_guide": 1.5,
    "irc_disentanglement": 1.2,
    "gpteacher": 1.0,
    "topical_chat": 1.0,
    "gutenberg": 0.8,
    "qmsum": 0.7,
    "rust_rfcs": 0.7,
    "peps": 0.5,
    "sgd": 0.35,
    "star": 0.3,
    "gsm8k": 0.5,
    "taskmaster4": 0.5,
}
"""How often a document comes in one pass; 1 where nothing is said."""


def lies_in(folder: Path) -> bool:
    """Whether a folder holds such a corpus."""
    return (folder / TEXT).is_file() and (folder / INDEX).is_file()


def joined(
    whole: bytes, index: Iterable[Mapping[str, str]]
) -> Iterator[tuple[str, str, bytes, str]]:
    """Give source, name, text and licence of each document, pieces put together.

    Args:
        whole: The text.
        index: Rows with `offset` and `bytes`, `source`, `licence` and `id`.
    """
    parts: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
    licences: dict[tuple[str, str], str] = {}
    for row in index:
        start, source, name = int(row["offset"]), row["source"], row["id"]
        text = whole[start : start + int(row["bytes"])]
        stem, _, number = name.rpartition("#")
        if source in JOINED and stem and number.isdigit():
            name = stem
            parts.setdefault((source, name), []).append((int(number), text))
        else:
            parts[source, name] = [(0, text)]
        licences[source, name] = row["licence"]
    for (source, name), pieces in parts.items():
        text = b"\n\n".join(text for _, text in sorted(pieces, key=lambda piece: piece[0]))
        yield source, name, text, licences[source, name]


def family_of(source: str, name: str, text: bytes) -> str:
    """Name what a document shares with others: an episode, a project's title, a question."""
    match source:
        case "oasst_eval" | "oasst_trees" | "gpteacher":
            return "asked/" + blake2b(text.split(b"\n\n")[0].strip(), digest_size=8).hexdigest()
        case "sgd":
            return f"{source}/{name.split('_', maxsplit=1)[0]}"
        case "ai_design_theater":
            return f"{source}/{name.split('/')[1].split('_', 2)[-1]}/{name.split('_', maxsplit=1)[0]}"
        case "qmsum":
            return f"{source}/{re.sub(r'#.*|.*/', '', name)}"
        case "tau_bench":
            return f"{source}/{name.split('/', maxsplit=1)[0]}"
        case _:
            return f"{source}/{name}"
