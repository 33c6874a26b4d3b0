#!/usr/bin/env python3
"""Starts enfold from its own folder: `python3 run.py`, and nothing to install first.

    python3 run.py [ARGUMENTS…]       enfold, with these arguments
    python3 run.py test [ARGUMENTS…]  the tests; the arguments go to pytest
    python3 run.py --venv             print the Python that has all of enfold's tools

The first start makes `.venv` from the hashed lists in `lock/`; later ones only compare a
stamp. A start that was cut off leaves no stamp, so the next one begins again. Only the
standard library is used, and no syntax newer than 3.6, so that an old Python can say so.
ENFOLD_VENV names another folder; ENFOLD_TORCH is 1 (install torch) or 0 (never, also not
for tests, which otherwise take a CPU build if pip knows one).
"""

import sys

if sys.platform == "win32":
    sys.exit("enfold: runs on Linux and macOS, and on Windows inside WSL")
if sys.version_info < (3, 11):
    sys.exit(
        "enfold: needs Python 3.11 or newer; this is {}.{}.{} ({})".format(
            *sys.version_info[:3], sys.executable
        )
    )

import contextlib
import errno
import hashlib
import os
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
SETS = ("runtime", "dev", "local")
"""The lock files. The last one is what local models need besides torch."""
TORCH = "2.13.0"
"""In no lock file: its hash differs between builds. `lock/torch-needs.in` belongs to it."""
STAMP = "enfold-stamp"
"""In a venv of ours. Empty while it is being made; keys and sets when it is whole."""
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class Trouble(Exception):
    """What keeps enfold from starting, in a line for the person at the keyboard."""


class NoSpace(Trouble):
    """A disk is full."""


class Venv:
    """A virtual environment at a place, and what its stamp has to say."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.python = place / "bin" / "python"
        self.lock = -1
        # Moving either folder breaks the venv's scripts, so both places are in the key.
        packages = hashlib.sha256(f"{sys.version}\n{ROOT}\n{place}\n".encode())
        for file in ["run.py", *(f"lock/{name}.txt" for name in SETS)]:
            packages.update((ROOT / file).read_bytes())
        self.packages_key = packages.hexdigest()
        self.project_key = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()

    def sets(self) -> set[str]:
        """Return the sets whose packages are wholly there; none if they are outdated."""
        keys = self._stamp()
        return set(keys[2:]) if keys[:1] == [self.packages_key] else set()

    def is_whole(self, wanted: set[str]) -> bool:
        """Tell whether it can be used as it is."""
        fresh = self._stamp()[1:2] == [self.project_key]
        return fresh and wanted <= self.sets() and self.python.exists()

    def write_stamp(self, sets: set[str], *, with_project: bool = True) -> None:
        """Write down that it is whole, or all but the project. The last thing done to it."""
        project_key = self.project_key if with_project else "none"
        new = self.place / (STAMP + ".new")
        new.write_text("\n".join([self.packages_key, project_key, *sorted(sets)]))
        new.replace(self.place / STAMP)

    def clear_stamp(self) -> None:
        """Write down that it is being changed. The first thing done to it."""
        (self.place / STAMP).write_text("")

    def discard(self) -> None:
        """Remove it, whole or not. It must be ours.

        Renamed first: a folder half deleted would have lost its stamp, and with it the
        sign that it may be deleted.
        """
        with contextlib.suppress(FileNotFoundError):
            if not (self.place / STAMP).exists() and any(self.place.iterdir()):
                raise Trouble(
                    f"{self.place} was not made by run.py: move it away, "
                    "or name another folder in ENFOLD_VENV"
                )
            self.place.rename(f"{self.place}.old-{os.getpid()}")
        import shutil

        for old in self.place.parent.glob(self.place.name + ".old-*"):
            shutil.rmtree(old, ignore_errors=True)

    def _stamp(self) -> list[str]:
        try:
            return (self.place / STAMP).read_text().split()
        except OSError:
            return []


def main(arguments: list[str]) -> NoReturn:
    """Make sure of the venv, then become what was asked for."""
    for_tools = arguments[:1] in (["test"], ["--venv"])
    venv = ready_venv(wanted_sets(for_tools=for_tools))
    if arguments[:1] == ["--venv"]:
        print(venv.python)
        sys.exit()
    if not for_tools:
        become(venv.python, str(venv.place / "bin" / "enfold"), *arguments)
    if "local" not in venv.sets():
        say("no torch here: tests that need it will skip (ENFOLD_TORCH=1 installs it)")
    os.chdir(ROOT)
    become(venv.python, "-m", "pytest", *arguments[1:])


def wanted_sets(*, for_tools: bool) -> set[str]:
    """Return the sets that this start cannot do without."""
    wanted = {"runtime", "dev"} if for_tools else {"runtime"}
    torch = os.environ.get("ENFOLD_TORCH")
    if torch == "1":
        wanted.add("local")
    elif for_tools and torch != "0":
        wanted.add("asked-for-torch")
    return wanted


def become(python: Path, *arguments: str) -> NoReturn:
    """Go on as another program; its exit code is ours."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(python, [str(python), *arguments])


def ready_venv(wanted: set[str]) -> Venv:
    """Return a venv that has the wanted sets, made now if need be."""
    venvs = [Venv(place) for place in places()]
    for venv in venvs:
        if venv.is_whole(wanted):
            return venv
    for venv in venvs:
        try:
            venv.lock = take_lock(venv.place)
            if not venv.is_whole(wanted):  # the one we waited for may have made it
                make(venv, wanted)
        except OSError as error:
            if error.errno not in READ_ONLY:
                raise
        else:
            return venv
    raise Trouble(f"cannot write to {' or '.join(str(venv.place.parent) for venv in venvs)}")


def places() -> list[Path]:
    """Return where the venv may be, best first."""
    named = os.environ.get("ENFOLD_VENV")
    if named:
        return [Path(named).resolve()]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = "venv-" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return [(ROOT / ".venv").resolve(), cache / "enfold" / name]


def take_lock(place: Path) -> int:
    """Return a lock file's descriptor, once nobody else is making a venv at that place.

    It goes on to pip too: when this process is killed and pip is not, the next start waits
    for pip to end instead of deleting what pip is writing.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(f"{place}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"another start is making {place}; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def make(venv: Venv, wanted: set[str]) -> None:
    """Make the venv whole, from nothing unless only sets or the project are missing."""
    began = time.monotonic()
    done = venv.sets() if venv.python.exists() else set[str]()
    try:
        if done:
            venv.clear_stamp()
        else:
            make_empty(venv)
        add_sets(venv, wanted, done)
        add_project(venv)
    except Trouble as trouble:
        # pip leaves alone what was there when it fails, so that need not be fetched again.
        if done:
            venv.write_stamp(done, with_project=False)
        elif isinstance(trouble, NoSpace):
            venv.discard()
        raise
    venv.write_stamp(done)
    if time.monotonic() - began > 10:
        say(f"ready after {time.monotonic() - began:.0f} s; the next start takes none of it")


def add_sets(venv: Venv, wanted: set[str], done: set[str]) -> None:
    """Install the sets that are wanted and not done, and put them among those done."""
    missing = [name for name in ("runtime", "dev") if name in wanted - done]
    if missing:
        lists = [part for name in missing for part in ("-r", f"lock/{name}.txt")]
        pip(venv, "installing packages", "--no-deps", "--require-hashes", *lists)
        done.update(missing)
    if "local" not in done and ("local" in wanted or "asked-for-torch" in wanted - done):
        if add_torch(venv, forced="local" in wanted):
            done.add("local")
        done.add("asked-for-torch")


def make_empty(venv: Venv) -> None:
    """Make a venv with nothing in it but pip."""
    import importlib

    try:
        for module in ("venv", "ensurepip"):
            importlib.import_module(module)
    except ImportError:
        raise Trouble(
            "this Python has no venv or ensurepip module; on Debian and Ubuntu "
            f"`apt install python3.{sys.version_info[1]}-venv` gives them"
        ) from None
    venv.discard()
    venv.place.mkdir()
    venv.clear_stamp()
    # A venv's own Python is about to be gone if that is what runs us.
    python = Path(sys.executable)
    if sys.prefix != sys.base_prefix:
        python = python.resolve()
    code, output = step(
        venv, f"making {venv.place}", [str(python), "-I", "-m", "venv", str(venv.place)]
    )
    if code:
        fail(venv, output)


def add_torch(venv: Venv, *, forced: bool) -> bool:
    """Install torch and what local models need besides; tell whether that was possible."""
    locked = ["--no-deps", "--require-hashes", "-r", "lock/local.txt"]
    if forced:
        if sys.platform == "linux":
            say("unless pip knows a CPU build, torch brings CUDA: about 3 GB to download")
        pip(venv, "installing packages for local models", *locked)
        pip(venv, "installing torch", f"torch=={TORCH}")
        return True
    probe = ["--no-deps", "--retries", "0", f"torch=={TORCH}+cpu"]
    code, output = step(venv, "installing torch", pip_command(venv, probe))
    if code:
        if out_of_space(venv, output):
            fail(venv, output)
        return False
    pip(venv, "installing packages for local models", *locked)
    return True


def add_project(venv: Venv) -> None:
    """Install enfold itself, by reference to this folder, and compile it."""
    import tomllib

    # A plain path file, not an import hook: 10 ms less on every start.
    by_path = ["--config-settings", "editable_mode=compat", "-e", "."]
    pip(venv, "installing enfold", "--no-deps", "--no-build-isolation", *by_path)
    with (ROOT / "pyproject.toml").open("rb") as file:
        packages = tomllib.load(file)["tool"]["setuptools"]["packages"]
    folders = sorted({package.split(".")[0] for package in packages})
    # For speed alone, where Python may not write what it compiles; it may fail, in a folder
    # that cannot be written.
    step(venv, "compiling", [str(venv.python), "-I", "-m", "compileall", "-q", *folders])


def pip(venv: Venv, words: str, *arguments: str) -> None:
    """Run `pip install` in the venv. Raises `Trouble` when pip fails."""
    code, output = step(venv, words, pip_command(venv, arguments))
    if code:
        fail(venv, output)


def pip_command(venv: Venv, arguments: "list[str] | tuple[str, ...]") -> list[str]:
    """Return a quiet `pip install` that asks nothing."""
    options = ["--quiet", "--no-input", "--disable-pip-version-check"]
    return [str(venv.python), "-I", "-m", "pip", "install", *options, *arguments]


def step(venv: Venv, words: str, command: list[str]) -> tuple[int, str]:
    """Run one command of the set-up; say `words` if it takes more than a second.

    Returns:
        Its exit code, and all that it printed.
    """
    import subprocess

    environment = dict(os.environ)
    for name in ("TARGET", "PREFIX", "ROOT", "USER", "CONSTRAINT", "REQUIREMENT"):
        environment.pop("PIP_" + name, None)  # they would send packages elsewhere
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        cwd=ROOT,
        env=environment,
        pass_fds=(venv.lock,),
    )
    try:
        try:
            output, _ = process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            say(words + " …")
            output, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process.returncode, output


def out_of_space(venv: Venv, output: str) -> bool:
    """Tell whether a step failed because a disk is full. venv hides what pip told it."""
    import shutil

    return "No space left" in output or shutil.disk_usage(venv.place).free < 1 << 20


def fail(venv: Venv, output: str) -> NoReturn:
    """Raise `Trouble` with the reason that a step's output gives."""
    lines = [line for line in output.splitlines() if line and "is ignored" not in line]
    missing = [line for line in lines if "No matching distribution found" in line]
    if out_of_space(venv, output):
        raise NoSpace(
            f"no space left in {venv.place.parent} or the temporary folder; "
            "enfold needs about 0.5 GB, its tests with torch 2 GB"
        )
    if "No module named pip" in output:
        raise Trouble("this Python's venv module makes no pip; install pip for this Python")
    if "DO NOT MATCH THE HASHES" in output:
        raise Trouble(
            "a package is not the one that lock/ names; nothing was installed from it"
        )
    if "Retrying (Retry(" in output or "Failed to establish a new connection" in output:
        raise Trouble("pip cannot reach its package index; is there a network, a proxy to set?")
    if missing:
        version = "{}.{}".format(*sys.version_info)
        name = missing[-1].rpartition(" for ")[2].split()[0]
        raise Trouble(f"pip finds no {name} for Python {version} on this machine")
    log = Path(f"{venv.place}.log")
    log.write_text(output)
    reasons = [line.strip() for line in lines if "error:" in line.lower()] or lines
    raise Trouble("; ".join([*reasons[-2:], f"all of it is in {log}"]))


def say(words: str) -> None:
    """Tell the person at the keyboard; stdout belongs to the program."""
    print("enfold:", words, file=sys.stderr)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Trouble as trouble:
        say(str(trouble))
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        say(f"no space left in {error.filename or 'the folder of the venv'}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("stopped; the next start begins again")
        sys.exit(130)
