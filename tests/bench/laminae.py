"""What laminae take, by how large they are, and what opening, splitting and merging them costs.

`python -m tests.bench.laminae [FILE]` prints JSON lines. FILE is LoCoMo's (a list of
conversations); the turns' own words are the text, their speakers the authors. Every lamina is
coded by the newest byte model, opens alone, and is read back and compared.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from memory.bank.bank import Bank
from memory.bank.guessers import file_of, newest
from memory.bank.kept import START, Said
from memory.bank.laminae import Lamina
from memory.bank.reading import verify
from memory.bank.splitting import remake
from memory.cc.base import Utterance
from memory.index.leaf import Leaf, leaf

LOCOMO = Path(__file__).parents[3] / "shared" / "data" / "locomo" / "locomo_dev.json"
SIZES = (3, 6, 12, 48)
"""KB of text in a lamina, at most."""


def talks(path: Path) -> list[list[Said]]:
    """Return the turns of each conversation."""
    told: list[list[Said]] = []
    for one in json.loads(path.read_text(encoding="utf-8")):
        talk: dict[str, Any] = one["conversation"]
        said: list[Said] = []
        number = 1
        while f"session_{number}" in talk:
            for line in talk[f"session_{number}"]:
                said.append(Said(len(said), line["speaker"], line["text"].encode()))
            number += 1
        told.append(said)
    return told


def cut(said: Sequence[Said], size: int) -> list[list[Said]]:
    """Return runs of turns of at most `size` bytes."""
    parts: list[list[Said]] = [[]]
    length = 0
    for one in said:
        if parts[-1] and length + len(one.text) > size:
            parts.append([])
            length = 0
        parts[-1].append(one)
        length += len(one.text)
    return parts


def row(part: Sequence[Said]) -> Leaf:
    """Return the index row of some turns."""
    said = [Utterance(one.place, one.author, one.text.decode()) for one in part]
    return leaf(part[0].place, part[-1].place, said)


def laid(bank: Bank, room: str, said: Sequence[Said], size: int, model: str) -> None:
    """Make laminae of a conversation."""
    parts = cut(said, size)
    whole = file_of(model) if model else b""
    name = bank.anew.begin(room)
    for remade, part in zip(remake(parts, START, model), parts, strict=True):
        bank.anew.lay(name, remade, row(part), whole=whole)
    bank.anew.take(room, name, bank.turns.reached(room))


def sizes(path: Path, model: str) -> None:
    """Print what laminae of several sizes take."""
    for size in SIZES:
        with TemporaryDirectory() as folder:
            bank = Bank(Path(folder) / "bank.sqlite")
            for number, said in enumerate(talks(path)):
                laid(bank, f"r{number}", said, size << 10, model)
                if verify(bank.turns, f"r{number}"):
                    raise SystemExit("what was laid down cannot be read")
            whole = bank.turns.whole()
            turns = sum(bank.turns.reached(room).turns for room in bank.turns.rooms())
            bank.close()
        index = whole.gists + whole.words + whole.codes
        figure = {
            "bench": "laminae.bytes",
            "KB": size,
            "laminae": whole.laminae,
            "turns": turns,
            "text": whole.text,
            "payload": whole.blobs,
            "payload_share": round(whole.blobs / whole.text, 4),
            "index": index,
            "index_share": round(index / whole.text, 4),
            "gist": round(whole.gists / whole.laminae, 1),
            "file_without_model": whole.file - whole.weights,
        }
        print(json.dumps(figure), flush=True)


def costs(path: Path, model: str) -> None:
    """Print what one lamina of 48 KB costs to open, to split into 8, and to merge again."""
    said = cut(talks(path)[0], 48 << 10)[0]
    with TemporaryDirectory() as folder:
        bank = Bank(Path(folder) / "bank.sqlite")
        laid(bank, "r", said, 48 << 10, model)
        [whole] = bank.laminae.of("r")
        parts = cut(said, 6 << 10)

        def split() -> list[Lamina]:
            new = remake(parts, START, model)
            return bank.laminae.replace(
                "r", [whole], new, [row(part) for part in parts], made="delaminated"
            )

        def merge() -> list[Lamina]:
            new = remake([said], START, model)
            old = bank.laminae.of("r")
            return bank.laminae.replace("r", old, new, [row(said)], made="merged")

        for what, job in (
            ("open", lambda: bank.laminae.said("r", whole)),
            ("rows", lambda: bank.turns.rows("r", bank.turns.segments("r")[0])),
            ("split", split),
            ("open_part", lambda: bank.laminae.said("r", bank.laminae.of("r")[0])),
            ("merge", merge),
        ):
            began = time.process_time()
            job()
            spent = round(1000 * (time.process_time() - began), 2)
            print(json.dumps({"bench": f"laminae.{what}", "ms": spent}), flush=True)
        if bank.laminae.said("r", bank.laminae.of("r")[0]) != said:
            raise SystemExit("turns were lost")
        bank.close()


def main(arguments: Sequence[str]) -> None:
    path = Path(arguments[0]) if arguments else LOCOMO
    model = newest()
    print(json.dumps({"bench": "laminae.model", "model": model[:16]}), flush=True)
    costs(path, model)
    sizes(path, model)


if __name__ == "__main__":
    main(sys.argv[1:])
