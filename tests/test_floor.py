"""Plain `pytest` guards the floor plan too."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_no_module_reaches_across_its_floor() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    checked = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " 0 broken" in checked.stdout


def test_every_package_in_the_tree_is_shipped() -> None:
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"][
        "packages"
    ]
    top = {name.partition(".")[0] for name in listed}
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for name in top
        for file in (ROOT / name).rglob("*.py")
    }
    assert sorted(listed) == sorted(found)
