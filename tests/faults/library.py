"""The library in C that stands between a process and its disk: built, loaded, spoken to.

It is loaded before the C library, so a process that is to have faults is started with
`environment`; `Faults()` then speaks to it. See `faults.c` for what it does.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_name("faults.c")


class Fault(IntEnum):
    """What goes wrong with a call, by the numbers that `faults.c` gives."""

    NONE = 0
    KILL = 1
    AFTER = 2
    TORN = 3
    FULL = 4
    BROKEN = 5
    SHORT = 6
    FULLER = 7
    DYING = 8

    @property
    def told(self) -> str:
        """What it is, for a table."""
        return _TOLD[self]

    @property
    def kills(self) -> bool:
        """Whether the process ends by it."""
        return self in {Fault.KILL, Fault.AFTER, Fault.TORN}


_TOLD: Final = {
    Fault.NONE: "nothing",
    Fault.KILL: "killed before a call",
    Fault.AFTER: "killed after a call",
    Fault.TORN: "killed with half of a write done",
    Fault.FULL: "disk full, once",
    Fault.BROKEN: "disk error, once",
    Fault.SHORT: "half of a write done, and said so",
    Fault.FULLER: "disk full from half of a write on",
    Fault.DYING: "disk error from half of a write on",
}


class NoFaults(Exception):
    """There can be no faults on this machine; says why."""


def build(folder: Path) -> Path:
    """Compile the library into `folder` and return its path.

    Raises:
        NoFaults: This is not Linux, or there is no compiler.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if sys.platform != "linux":
        raise NoFaults("calls are only stood between on Linux")
    if compiler is None:
        raise NoFaults("there is no C compiler")
    made = folder / "libfaults.so"
    command = [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", str(made), str(SOURCE)]
    done = subprocess.run(
        [*command, "-ldl", "-lpthread"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoFaults(f"the library does not compile: {done.stderr.strip()}")
    return made


def environment(library: Path) -> dict[str, str]:
    """Return the environment of a process that is to have faults."""
    return {**os.environ, "LD_PRELOAD": str(library), "ENFOLD_BYTE_MODEL": ""}


def loaded() -> bool:
    """Whether the library stands between this process and its disk."""
    return hasattr(ctypes.CDLL(None), "faults_arm")


class Faults:
    """The library as it is loaded in this process.

    Raises:
        NoFaults: It is not loaded.
    """

    def __init__(self) -> None:
        if not loaded():
            raise NoFaults("this process was started without the library")
        self._library = ctypes.CDLL(None)
        self._library.faults_count.restype = ctypes.c_long

    def arm(self, folder: Path, fault: Fault, at: int) -> None:
        """Have the `at`-th call that changes something under `folder` go wrong; 1 is the next."""
        self._library.faults_arm(os.fsencode(folder), ctypes.c_int(fault), ctypes.c_long(at))

    def disarm(self) -> None:
        """Have nothing more go wrong."""
        self._library.faults_disarm()

    def count(self) -> int:
        """Return how many such calls there were since `arm` or `record`."""
        return int(self._library.faults_count())

    def record(self, folder: Path, fd: int) -> None:
        """Write down every such call to `fd`, with what it wrote; see `tests.faults.power`."""
        self._library.faults_record(os.fsencode(folder), ctypes.c_int(fd))

    def mark(self, text: str) -> None:
        """Put `text` into the record: it happened after all calls that stand before it."""
        self._library.faults_mark(text.encode())
