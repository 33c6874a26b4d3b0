"""C made into a library: the one that was built at install, or one built on first use.

A library built here lies in the user's cache under a name that says what it was made of, so a
changed source, compiler or processor never meets an old one. Nothing has to be built: whoever
asks does the same in Python where this gives `None`.
"""

import ctypes
import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import platformdirs

PORTABLE = ("-O3", "-shared", "-fPIC", "-fno-strict-aliasing", "-fwrapv")
"""Flags for whole numbers: any machine's compiler gives the same results under them."""


INSTALLED = "exact"
"""The extension that was built with the package, of every source here that is exact."""


@cache
def library(sources: tuple[Path, ...], flags: tuple[str, ...] = PORTABLE) -> ctypes.CDLL | None:
    """Load `sources` as one library, compiled now or at install; `None` where it cannot be.

    Args:
        sources: C files of ours.
        flags: For the compiler, `-lm` among them where it is needed.
    """
    compiler = _compiler()
    try:
        if flags == PORTABLE and (found := _installed(sources)):
            return ctypes.CDLL(str(found))
        if not compiler:
            return None
        built = _built(compiler, sources, flags)
        return ctypes.CDLL(str(built)) if built is not None else None
    except OSError:
        return None  # no cache to write to, or what was built cannot be loaded here


def _installed(sources: Sequence[Path]) -> Path | None:
    """Return the extension built at install, unless a source has changed since."""
    for folder in {source.parent for source in sources}:
        for suffix in EXTENSION_SUFFIXES:
            built = folder / f"{INSTALLED}{suffix}"
            if built.exists():
                changed = max(source.stat().st_mtime for source in folder.glob("*.c"))
                return built if built.stat().st_mtime >= changed else None
    return None


def _compiler() -> list[str]:
    given = os.environ.get("CC")
    if given:
        return shlex.split(given)
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    return [found] if found else []


def _built(
    compiler: Sequence[str], sources: Sequence[Path], flags: Sequence[str]
) -> Path | None:
    whole = sha256("\0".join([*compiler, *flags, platform.machine(), _processor()]).encode())
    for source in sources:
        whole.update(source.read_bytes())
    home = Path(os.environ.get("ENFOLD_CACHE_DIR") or platformdirs.user_cache_path("enfold"))
    built = home / "built" / f"{sources[0].stem}-{whole.hexdigest()[:16]}.so"
    if built.exists():
        return built
    built.parent.mkdir(parents=True, exist_ok=True)
    beside = built.with_suffix(f".{os.getpid()}")
    libraries = [flag for flag in flags if flag.startswith("-l")]
    command = [*compiler, *(flag for flag in flags if not flag.startswith("-l"))]
    command += ["-o", str(beside), *map(str, sources), *libraries]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - ours
        beside.replace(built)
    except (subprocess.SubprocessError, OSError):
        return None
    finally:
        beside.unlink(missing_ok=True)
    return built


def _processor() -> str:
    """What the processor can do, for flags such as `-march=native`."""
    told = Path("/proc/cpuinfo")
    if not told.exists():
        return platform.processor()
    wanted = ("flags", "Features")
    lines = told.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line for line in lines if line.startswith(wanted)), "")
