"""Where the byte model lies: the package's own, or the one the person names.

Apart from `memory.models.choice`, since whoever only asks whether there is one need not
load NumPy for it.
"""

import os
from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).with_name("weights") / "small.hqlm"
OVERRIDE: Final = "ENFOLD_BYTE_MODEL"
"""Names another file, or with an empty value none."""

MISSING: Final = f"no byte model is here: set {OVERRIDE} to a model's file (.hqlm)"


def shipped() -> Path | None:
    """Return the model file to use: the one named by `OVERRIDE`, else the package's, if any."""
    named = os.environ.get(OVERRIDE)
    if named is not None:
        return Path(named).expanduser() if named else None
    return SHIPPED if SHIPPED.is_file() else None
