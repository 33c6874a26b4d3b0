"""Diagnostics of the program itself, in a file: what failed, where, when.

Never a word of any conversation, and never a key. The file is the owner's alone, and begins
anew when it has grown past a megabyte; the one before it is kept.
"""

import logging
import os
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

LARGEST = 1_000_000
"""Bytes."""


class _Private(RotatingFileHandler):
    """Makes its files with mode 0600."""

    def _open(self):
        with suppress(OSError):
            os.close(os.open(self.baseFilename, os.O_CREAT | os.O_WRONLY, 0o600))
        return super()._open()


def keep_diary(path: Path) -> None:
    """Send everything from warnings up to the file at `path`, and nothing to the screen.

    A folder that cannot be written is no reason not to run: then nothing is kept.
    """
    root = logging.getLogger()
    root.handlers.clear()
    root.addHandler(logging.NullHandler())
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _Private(path, maxBytes=LARGEST, backupCount=1, encoding="utf-8", delay=True)
        handler.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
        )
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
