"""run.py, in a folder of its own: a real venv and a real pip, but nothing to download.

The project there is tiny: its lock files name wheels that lie beside it, and it builds
itself. The run.py in it is the real one.
"""

import ast
import hashlib
import importlib.util
import inspect
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.timeout(300)  # making a venv takes 4 s, or 30 s on a busy machine

PYPROJECT = """\
[build-system]
requires = []
build-backend = "builder"
backend-path = ["."]

[project]
name = "enfold"
version = "1"

[tool.setuptools]
packages = ["room"]
"""

BUILDER = """\
import zipfile
from pathlib import Path

{write_wheel}

def build_editable(folder, config_settings=None, metadata_directory=None):
    entry = "[console_scripts]\\nenfold = room:main\\n"
    files = {{"enfold.pth": str(Path.cwd()), "enfold-1.dist-info/entry_points.txt": entry}}
    return write_wheel(Path(folder), "enfold", "1", files).name
"""

ENFOLD = """\
import os, sys, pebble

def main():
    print("room", *sys.argv[1:])
    return int(os.environ.get("ROOM_CODE", "0"))
"""

PYTEST = """\
import os, sys, pebble
print("tested in", os.getcwd(), *sys.argv[1:])
sys.exit(7)
"""


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """Write a wheel that holds `files`; return its path."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


class Yard:
    """A checkout of a tiny enfold, and a folder of wheels beside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.venv = self.root / ".venv"
        self.wheels = folder / "wheels"
        self.cache = folder / "cache"
        self.wheels.mkdir(parents=True)
        (self.root / "lock").mkdir(parents=True)
        (self.root / "room").mkdir()
        shutil.copy(ROOT / "run.py", self.root)
        (self.root / "pyproject.toml").write_text(PYPROJECT)
        (self.root / "builder.py").write_text(
            BUILDER.format(write_wheel=inspect.getsource(write_wheel))
        )
        (self.root / "room" / "__init__.py").write_text(ENFOLD)
        self.lock("runtime", write_wheel(self.wheels, "pebble", "1", {"pebble.py": ""}))
        pytest_main = {"pytest/__main__.py": PYTEST, "pytest/__init__.py": ""}
        self.lock("dev", write_wheel(self.wheels, "pytest", "1", pytest_main))
        self.lock("local", write_wheel(self.wheels, "talker", "1", {"talker.py": ""}))

    def lock(self, name: str, wheel: Path) -> None:
        """Make a lock file of one wheel."""
        project, version, *_ = wheel.name.split("-")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        line = f"{project}=={version} --hash=sha256:{digest}\n"
        (self.root / "lock" / f"{name}.txt").write_text(line)

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that starts it."""
        return [sys.executable, str(self.root / "run.py"), *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        """Return variables under which pip sees the wheels and no index."""
        return {
            **os.environ,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "XDG_CACHE_HOME": str(self.cache),
            **more,
        }

    def start(
        self, *arguments: str, at: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Start it, and wait until it is done."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(**more),
            cwd=at or self.root.parent,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def started(self) -> Generator[subprocess.Popen[str]]:
        """Start it in a process group of its own, and do not wait."""
        process = subprocess.Popen(
            self.command(),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with process:
            yield process

    def module(self) -> ModuleType:
        """Return its run.py as a module, nothing started."""
        spec = importlib.util.spec_from_file_location("run_in_the_yard", self.root / "run.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def is_whole(self) -> bool:
        """Tell whether it would start at once."""
        run = self.module()
        return bool(run.Venv(self.venv).is_whole({"runtime"}))


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """A yard that has been started once."""
    yard = Yard(tmp_path_factory.mktemp("made"))
    first = yard.start("hello")
    assert (first.returncode, first.stdout) == (0, "room hello\n"), first.stderr
    return yard


def wait_for(path: Path) -> None:
    """Wait until a path is there, for at most two minutes."""
    until = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < until, f"{path} did not come"
        time.sleep(0.005)


@contextmanager
def mounted(*arguments: str) -> Generator[None]:
    """Mount something while the test looks at it; skip the test where that is forbidden."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount what this test needs")
    if subprocess.run([mount, *arguments], check=False, capture_output=True).returncode:
        pytest.skip("mounting is forbidden here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", arguments[-1]], check=True)


# Before anything is made.


def test_an_old_python_is_told_so() -> None:
    """Whatever old interpreters pyenv has here, and if none, what the newest can pretend."""
    pretended = (
        "import sys; sys.version_info = (3, 10, 4, 'final', 0);"
        "exec(compile(open(sys.argv[1]).read(), 'run.py', 'exec'), {'__name__': '__main__'})"
    )
    commands = [[sys.executable, "-c", pretended]]
    for version in range(6, 11):
        versions = Path(sys.base_prefix).parent.glob(f"3.{version}.*/bin/python3")
        commands += [[str(python)] for python in versions]
    for command in commands:
        told = subprocess.run(
            [*command, str(ROOT / "run.py")], capture_output=True, text=True, check=False
        )
        assert told.returncode == 1
        assert told.stderr.startswith("enfold: needs Python 3.11 or newer; this is 3.")
        assert told.stderr.count("\n") == 1


def test_run_py_has_no_syntax_newer_than_3_6() -> None:
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 6))


def test_a_python_without_ensurepip_names_the_package(yard: Yard, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "ensurepip.py").write_text("raise ModuleNotFoundError('ensurepip')")
    told = yard.start(PYTHONPATH=str(tmp_path / "gone"))
    assert told.returncode == 1
    assert f"`apt install python3.{sys.version_info[1]}-venv`" in told.stderr
    assert told.stderr.count("\n") == 1
    assert not yard.venv.exists()


def test_a_venv_of_somebody_elses_is_left_alone(yard: Yard) -> None:
    (yard.venv / "bin").mkdir(parents=True)
    told = yard.start()
    assert told.returncode == 1
    assert f"{yard.venv} was not made by run.py" in told.stderr
    assert [path.name for path in yard.venv.iterdir()] == ["bin"]


def test_a_folder_half_deleted_is_deleted_by_the_next_start(yard: Yard) -> None:
    run = yard.module()
    left = yard.root / ".venv.old-1"
    (left / "lib").mkdir(parents=True)
    yard.venv.mkdir()
    run.Venv(yard.venv).discard()
    assert not left.exists()
    assert not yard.venv.exists()


@pytest.mark.parametrize("changed", ["run.py", "lock/runtime.txt", "lock/dev.txt"])
def test_a_venv_is_outdated_when_what_made_it_changes(yard: Yard, changed: str) -> None:
    run = yard.module()
    venv = run.Venv(yard.venv)
    (yard.venv / "bin").mkdir(parents=True)
    venv.python.touch()
    venv.write_stamp({"runtime"})
    assert yard.is_whole()

    with (yard.root / changed).open("a") as file:
        file.write("# changed\n")
    assert not yard.is_whole()
    assert run.Venv(yard.venv).sets() == set()


def test_a_venv_that_was_moved_is_outdated(yard: Yard) -> None:
    run = yard.module()
    (yard.venv / "bin").mkdir(parents=True)
    run.Venv(yard.venv).python.touch()
    run.Venv(yard.venv).write_stamp({"runtime"})
    moved = yard.venv.rename(yard.root / "moved")
    assert not run.Venv(moved).is_whole({"runtime"})


def test_a_venv_whose_python_is_gone_is_outdated(yard: Yard) -> None:
    run = yard.module()
    (yard.venv / "bin").mkdir(parents=True)
    run.Venv(yard.venv).python.symlink_to("/nowhere/python3")
    run.Venv(yard.venv).write_stamp({"runtime"})
    assert not yard.is_whole()


# A first start, then others.


@pytest.mark.slow
def test_the_second_start_says_nothing_and_is_quick(made: Yard, tmp_path: Path) -> None:
    took: list[float] = []
    for _ in range(3):
        began = time.monotonic()
        second = made.start("list", "--json", at=tmp_path)
        took.append(time.monotonic() - began)
        assert (second.returncode, second.stdout, second.stderr) == (
            0,
            "room list --json\n",
            "",
        )
    assert min(took) < 1


@pytest.mark.slow
def test_the_exit_code_is_enfolds(made: Yard) -> None:
    assert made.start(ROOM_CODE="3").returncode == 3


@pytest.mark.slow
def test_nothing_is_left_in_the_tree(made: Yard) -> None:
    there = {path.name for path in made.root.iterdir()} - {"__pycache__"}
    sources = {"run.py", "pyproject.toml", "builder.py", "lock", "room"}
    assert there == sources | {".venv", ".venv.lock"}


@pytest.mark.slow
def test_tests_get_their_packages_and_keep_the_others(made: Yard) -> None:
    tests = made.start("test", "-k", "words")
    assert (tests.returncode, tests.stdout) == (7, f"tested in {made.root} -k words\n")
    assert "tests that need it will skip" in tests.stderr

    tools = made.start("--venv")
    assert (tools.stdout, tools.stderr) == (f"{made.venv}/bin/python\n", "")
    assert made.start().stderr == ""


@pytest.mark.slow
def test_a_changed_project_is_installed_again_without_its_packages(made: Yard) -> None:
    (made.venv / "still-here").touch()
    with (made.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert not made.is_whole()
    again = made.start("again")
    assert (again.returncode, again.stdout) == (0, "room again\n"), again.stderr
    assert (made.venv / "still-here").exists()
    assert made.is_whole()


@pytest.mark.slow
def test_tests_get_torch_where_pip_knows_a_cpu_build(yard: Yard) -> None:
    write_wheel(yard.wheels, "torch", "2.13.0+cpu", {"torch.py": ""})
    found = yard.start("test")
    assert found.returncode == 7
    assert "torch here" not in found.stderr
    code = "import pebble, talker, torch"
    assert (
        subprocess.run([yard.venv / "bin" / "python", "-c", code], check=False).returncode == 0
    )


@pytest.mark.slow
def test_torch_can_be_refused_and_then_asked_for(yard: Yard) -> None:
    write_wheel(yard.wheels, "torch", "2.13.0", {"torch.py": ""})
    refused = yard.start("test", ENFOLD_TORCH="0")
    assert "torch here" in refused.stderr
    assert yard.start("a", ENFOLD_TORCH="1").stdout == "room a\n"
    subprocess.run([yard.venv / "bin" / "python", "-c", "import torch"], check=True)
    assert "torch here" not in yard.start("test").stderr


@pytest.mark.slow
def test_what_cannot_be_added_costs_nothing_that_was_there(yard: Yard) -> None:
    (yard.wheels / "pytest-1-py3-none-any.whl").rename(yard.root.parent / "away")
    assert yard.start().returncode == 0
    (yard.venv / "still-here").touch()

    lost = yard.start("test")
    assert lost.returncode == 1
    assert "enfold: pip finds no pytest==1 for Python 3." in lost.stderr

    sound = (yard.root / "pyproject.toml").read_text()
    (yard.root / "pyproject.toml").write_text(sound.replace('"builder"', '"no-such-builder"'))
    broken = yard.start()
    assert broken.returncode == 1
    assert "no-such-builder" in Path(f"{yard.venv}.log").read_text()

    (yard.root / "pyproject.toml").write_text(sound)
    again = yard.start("again")
    assert (again.returncode, again.stdout) == (0, "room again\n"), again.stderr
    assert (yard.venv / "still-here").exists()


# A first start that is disturbed.


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["bin/python", "lib/python{}.{}/site-packages/pebble.py"])
def test_a_start_killed_at_any_moment_is_made_up_for(yard: Yard, moment: str) -> None:
    with yard.started() as process:
        wait_for(yard.venv / moment.format(*sys.version_info))
        os.killpg(process.pid, signal.SIGKILL)
    assert not yard.is_whole()
    (yard.venv / "left-behind").touch()

    again = yard.start("again")
    assert (again.returncode, again.stdout) == (0, "room again\n"), again.stderr
    assert not (yard.venv / "left-behind").exists()
    assert yard.is_whole()


@pytest.mark.slow
def test_what_a_killed_start_left_running_is_waited_for(yard: Yard) -> None:
    with yard.started() as process:
        wait_for(yard.venv / "bin" / "python")
        process.kill()
        again = yard.start("again")
    assert "waiting for it" in again.stderr
    assert (again.returncode, again.stdout) == (0, "room again\n"), again.stderr


@pytest.mark.slow
def test_an_interrupted_start_says_so(yard: Yard) -> None:
    with yard.started() as process:
        wait_for(yard.venv / "bin" / "python")
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate()
    assert process.returncode == 130
    assert told.endswith("enfold: stopped; the next start begins again\n")
    assert "Traceback" not in told
    assert not yard.is_whole()


@pytest.mark.slow
def test_of_two_starts_at_once_one_makes_and_one_waits(yard: Yard) -> None:
    with yard.started() as first:
        wait_for(yard.venv)
        second = yard.start()
        said, told = first.communicate()
    assert (said, second.stdout) == ("room\n", "room\n"), told + second.stderr
    assert "waiting for it" in second.stderr
    assert "making" in told
    assert "making /" not in second.stderr.replace("is making", "")


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_gets_its_venv_in_the_cache(yard: Yard) -> None:
    with mounted("--bind", "-o", "ro", str(yard.root), str(yard.root)):
        first = yard.start("first")
        second = yard.start("second")
    assert (first.returncode, first.stdout) == (0, "room first\n"), first.stderr
    assert (second.stdout, second.stderr) == ("room second\n", "")
    assert not yard.venv.exists()
    assert len(list((yard.cache / "enfold").glob("venv-*/bin"))) == 1


@pytest.mark.slow
def test_a_full_disk_is_named_and_given_back(yard: Yard, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)):
        told = yard.start(ENFOLD_VENV=str(small / "venv"))
        left = [path.name for path in small.iterdir()]
    assert told.returncode == 1
    assert f"no space left in {small}" in told.stderr
    assert "Traceback" not in told.stderr
    assert left == ["venv.lock"]


@pytest.mark.slow
def test_a_lost_network_is_named(yard: Yard) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        index = f"http://127.0.0.1:{nobody.getsockname()[1]}/simple"
        told = yard.start(
            PIP_NO_INDEX="0", PIP_INDEX_URL=index, PIP_RETRIES="1", PIP_FIND_LINKS=""
        )
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1].startswith("enfold: pip cannot reach its package index")
    assert not yard.is_whole()


@pytest.mark.slow
def test_a_package_that_is_not_the_one_locked_is_refused(yard: Yard) -> None:
    write_wheel(yard.wheels, "pebble", "1", {"pebble.py": "print('not what you think')"})
    told = yard.start()
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1].startswith(
        "enfold: a package is not the one that lock/"
    )
    assert not list(yard.venv.glob("lib/*/site-packages/pebble*"))
