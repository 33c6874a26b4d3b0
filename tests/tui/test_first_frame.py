"""What is imported by the time there is something to look at, in a real terminal."""

from pathlib import Path

import pytest

from tests.bench.screen import FIRST, HEAVY
from tests.bench.window import measured


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_nothing_heavy_is_imported_before_the_first_frame(
    size: tuple[int, int], tmp_path: Path
) -> None:
    found = measured(["-c", FIRST], size, tmp_path)
    assert found["heavy"] == []
    assert found["shown"].startswith("enfold")
    assert "The last watch" in found["shown"]


def test_what_is_called_heavy_is_imported_sooner_or_later() -> None:
    """Else the test above would hold whatever happened."""
    told = measured(
        [
            "-c",
            "import sys\n"
            "from tests.bench.window import report\n"
            "from tui.screens.loading import load\n"
            "load()\n"
            f"report({{'heavy': [name for name in {HEAVY!r} if name in sys.modules]}})",
        ],
        (80, 24),
    )
    assert {"pydantic", "sqlalchemy"} <= set(told["heavy"])
    assert "torch" not in told["heavy"]
