"""`python -m tests.memory.pin`: pins the tables and the known answer of the codec's version anew.

Only while the version has not landed: what is pinned then never changes. Golden turns and the
golden archive are made by `tests.memory.golden_turns` and `tests.memory.golden_container`.
"""

import re
from hashlib import sha256
from pathlib import Path

from memory.codec import mixing, tables
from memory.codec.reference import Reference

TEST = Path(__file__).with_name("test_mixing.py")


def pin() -> None:
    """Write what the Python reference gives into the sources."""
    answer = mixing.answers(Reference(guided=False), Reference(guided=True))
    _replace(Path(mixing.__file__), "ANSWER = ", answer)
    made = tables.tables()
    for name in made._fields:
        whole = sha256(getattr(made, name).tobytes()).hexdigest()
        _replace(TEST, f'"{name}": ', whole)


def _replace(path: Path, before: str, digest: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(f'{before}"[0-9a-f]*"', f'{before}"{digest}"', text), encoding="utf-8"
    )


if __name__ == "__main__":
    pin()
