"""What is shipped: our five packages, whole, and nobody else's under their names.

The names are flat and common, so a dependency with an `agents` or a `memory` of its own
would hide ours or be overwritten by it, without a word from pip.
"""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("agents", "harness", "memory", "transcripts", "tui")
DATA = {".py", ".toml", ".typed", ".c", ".hqlm", ".txt"}
EXTRA = ("torch", "safetensors", "accelerate")
BUILT = "memory/kernel/exact."
"""What the extension's name begins with; it is there if there is a compiler."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that nothing is left in the tree."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in OURS:
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.so")
        )
    out = tmp_path_factory.mktemp("wheel")
    quietly(
        "pip",
        "wheel",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "-w",
        str(out),
        str(copy),
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, and nothing else."""
    target = tmp_path_factory.mktemp("installed")
    quietly("pip", "install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    return target


def quietly(module: str, *arguments: str) -> None:
    """Run one of the venv's modules; show what it says only if it fails."""
    command = [sys.executable, "-m", module, "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def in_an_empty_folder(command: list[str], *, path: Path, at: Path) -> str:
    """Run a command where no source of ours is in reach but those in `path`."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        command, cwd=at, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", OURS)
def test_nobody_else_has_a_package_by_our_name(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"enfold"}


def test_the_wheel_holds_our_packages_whole_and_nothing_else(wheel: Path) -> None:
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    shipped = {name for name in shipped if not name.startswith(BUILT)}
    there = {
        str(file.relative_to(ROOT))
        for name in OURS
        for file in (ROOT / name).rglob("*")
        if file.is_file() and file.suffix in DATA
    }
    assert shipped == there
    assert {f"{name}/py.typed" for name in OURS} <= shipped


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no compiler here")
def test_the_wheel_holds_what_is_written_in_c_compiled(wheel: Path) -> None:
    assert [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(BUILT)]


def test_every_kind_of_file_in_our_packages_is_shipped() -> None:
    """A new kind of data needs a line in pyproject's package-data, and in `DATA`."""
    kinds = {
        file.suffix
        for name in OURS
        for file in (ROOT / name).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
        if not str(file.relative_to(ROOT)).startswith(BUILT)
    }
    assert kinds <= DATA


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = archive.read(name).decode()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"Version: {project['version']}" in metadata
    assert "License-File: LICENSE" in metadata
    assert metadata.count("Requires-Dist: ") == len(project["dependencies"]) + sum(
        len(extra) for extra in project["optional-dependencies"].values()
    )


def test_the_installed_wheel_starts_without_the_sources(
    installed: Path, tmp_path: Path
) -> None:
    origin = "import tui.cli, transcripts.room; print(tui.cli.__file__)"
    found = in_an_empty_folder([sys.executable, "-c", origin], path=installed, at=tmp_path)
    assert Path(found.strip()).is_relative_to(installed)

    for command in (
        [sys.executable, "-m", "tui", "--help"],
        [sys.executable, str(installed / "bin" / "enfold"), "--help"],
    ):
        assert "Usage" in in_an_empty_folder(command, path=installed, at=tmp_path)


def test_every_module_of_the_installed_wheel_can_be_imported(
    installed: Path, tmp_path: Path
) -> None:
    """Data that was left out of the wheel is missed here, if it is read on import."""
    modules = sorted(
        ".".join(file.relative_to(installed).with_suffix("").parts).removesuffix(".__init__")
        for name in OURS
        for file in (installed / name).rglob("*.py")
        if file.name != "__main__.py"
    )
    code = f"""
import importlib
for name in {modules}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in {EXTRA}:  # of the extra `local`, which need not be there
            raise
"""
    in_an_empty_folder([sys.executable, "-c", code], path=installed, at=tmp_path)
