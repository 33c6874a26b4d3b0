"""A terminal of some size to measure in: what a process draws is read and thrown away.

Textual paints nothing where there is no terminal, so a measurement without one leaves out a
good part of the work.
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

PATIENCE = 300.0
"""Seconds after which a measurement has failed."""


def measured(
    arguments: Sequence[str], size: tuple[int, int], home: Path | None = None
) -> dict[str, Any]:
    """Run Python with `arguments` in a terminal; return what it wrote to $BENCH_OUT, as JSON.

    Args:
        arguments: For the interpreter.
        size: Columns and rows of the terminal.
        home: Where its folders are; new ones if `None`.

    Raises:
        RuntimeError: It failed, or took too long.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        where = home or Path(folder)
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ENFOLD_", "TMUX")) and name != "NO_COLOR"
        }
        environ |= {
            f"ENFOLD_{name}_DIR": str(where / name.lower())
            for name in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "BENCH_OUT": str(out)}
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environ,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        tail = _drained(ours, process)
        if not out.exists():
            raise RuntimeError(f"no figures came of {arguments}: {tail}")
        return json.loads(out.read_text(encoding="utf-8"))


def _drained(terminal: int, process: "subprocess.Popen[bytes]") -> str:
    """Read what is drawn until the process ends; return the last of it."""
    tail = b""
    until = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            if not select.select([terminal], [], [], 0.2)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                got = os.read(terminal, 1 << 16)
            except OSError:  # nobody has it open any more
                break
            if not got:
                break
            tail = (tail + got)[-4000:]
        else:
            process.kill()
    finally:
        process.wait()
        os.close(terminal)
    return tail.decode("utf-8", "replace")


def report(figures: dict[str, Any]) -> None:
    """Hand figures over to who started this process by `measured`."""
    Path(os.environ["BENCH_OUT"]).write_text(json.dumps(figures), encoding="utf-8")
