"""`python -m tests.seen [FOLDER]` draws the pictures in docs anew."""

import asyncio
import sys
from pathlib import Path

from tests.seen import paint
from tests.seen.home import new_home
from tests.seen.scenes import Scenes

DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> int:
    """Draw; return 1 if there is no font to draw with."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    if not paint.available():
        print("DejaVu Sans Mono is not installed; nothing is drawn", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with new_home():
        asyncio.run(Scenes(folder).all())
    return 0


if __name__ == "__main__":
    sys.exit(main())
