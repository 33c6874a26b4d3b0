"""Writes the three lock files from pyproject.toml. Needs `uv` on the PATH.

`runtime.txt` is what enfold needs to run, `dev.txt` what the tests and checks need besides,
`local.txt` what local models need besides, without torch (see `torch-needs.in`). One resolve
decides every version, so the files fit together; each file is then compiled on its own under
those versions, with the hashes of every platform's wheels, and loses what `runtime.txt` has.

Versions already locked stay, unless `--upgrade` is given or pyproject.toml rules them out.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYPROJECT = HERE.parent / "pyproject.toml"
SETS = {
    "runtime": [],
    "dev": ["--extra", "dev"],
    "local": ["--extra", "local", str(HERE / "torch-needs.in")],
}
HEADER = "# Made by `make lock` from pyproject.toml. Do not edit.\n"
_PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*==[^\s\\]+(?: ; [^\\\n]+)?", re.MULTILINE)
_UNWANTED = re.compile(r"^(?:torch|triton|nvidia-.*|cuda-.*)==", re.MULTILINE)


def compile_pins(arguments: list[str], *, into: Path) -> str:
    """Run `uv pip compile` with every platform in mind; return what it wrote.

    `into` must not exist: uv takes the versions of a file that is there as its own wish.
    """
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    try:
        subprocess.run([*command, *arguments, "-o", str(into)], check=True, cwd=HERE.parent)
    except FileNotFoundError:
        sys.exit("relock: uv is not on the PATH; `pip install uv` gives it")
    except subprocess.CalledProcessError as error:
        sys.exit(f"relock: uv ended with {error.returncode}")
    return into.read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """Return a lock file's requirements, each with its marker and hashes, in order."""
    starts = [match.start() for match in _PIN.finditer(text)]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def main() -> None:
    """Resolve once, then write the three files."""
    options = argparse.ArgumentParser(description="write lock/*.txt from pyproject.toml")
    options.add_argument("--upgrade", action="store_true", help="take the newest versions")
    options.add_argument("--constraint", type=Path, help="more versions to keep to, a file")
    chosen = options.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        no_torch = scratch / "override.txt"
        no_torch.write_text('torch ; python_version < "3"\n')
        kept = scratch / "kept.txt"
        pins: list[str] = []
        if not chosen.upgrade:
            for file in HERE.glob("*.txt"):
                pins += [match[0].rstrip() for match in _PIN.finditer(file.read_text())]
        kept.write_text("".join(f"{pin}\n" for pin in sorted(set(pins))))

        # setuptools builds the project without isolation, so every set needs it.
        build = scratch / "build.in"
        build.write_text("setuptools>=77\n")
        common = ["--override", str(no_torch), str(PYPROJECT), str(build)]
        limits = ["-c", str(kept)]
        if chosen.constraint:
            limits += ["-c", str(chosen.constraint.resolve())]
        everything = [part for extra in SETS.values() for part in extra]
        whole = scratch / "whole.txt"
        compile_pins([*common, *everything, *limits], into=whole)

        locked: dict[str, list[str]] = {}
        for name, extra in SETS.items():
            arguments = [*common, *extra, "-c", str(whole), "--generate-hashes"]
            text = compile_pins(arguments, into=scratch / f"{name}.txt")
            if unwanted := _UNWANTED.search(text):
                sys.exit(f"relock: {unwanted[0]} must not be in a lock file")
            locked[name] = blocks(text)

    for name, requirements in locked.items():
        rest = [
            requirement
            for requirement in requirements
            if name == "runtime" or requirement not in locked["runtime"]
        ]
        (HERE / f"{name}.txt").write_text(HEADER + "".join(rest), encoding="utf-8")
        sys.stdout.write(f"lock/{name}.txt: {len(rest)} requirements\n")


if __name__ == "__main__":
    main()
