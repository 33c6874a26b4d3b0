"""Other processes that must come to the same."""

import subprocess
import sys


def told(code: str) -> set[str]:
    """Return what `code` prints under two seeds of hashing and two numbers of threads."""
    return {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": one, "OMP_NUM_THREADS": one, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for one in ("1", "2")
    }
