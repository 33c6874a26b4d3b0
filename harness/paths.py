"""Where things live: XDG directories, each with an override by environment."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import RoomsUnusable
from memory.bank.address import Where, address
from memory.errors import BankError


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The four folders, what is in them, and the bank, which may be elsewhere."""

    config: Path
    """`ENFOLD_CONFIG_DIR`: settings.toml, models.toml, scenarios/."""
    data: Path
    """`ENFOLD_DATA_DIR`: rooms/, bank.sqlite."""
    state: Path
    """`ENFOLD_STATE_DIR`: enfold.log."""
    cache: Path
    """`ENFOLD_CACHE_DIR`: what can be made again."""
    bank_at: Where | None = None
    """`ENFOLD_BANK`, or `bank.url` of the settings; `None` for the file among the data."""

    @property
    def settings(self) -> Path:
        """The settings file; need not exist."""
        return self.config / "settings.toml"

    @property
    def models(self) -> Path:
        """The person's own additions to the catalogue; need not exist."""
        return self.config / "models.toml"

    @property
    def scenarios(self) -> Path:
        """The person's own scenarios; need not exist."""
        return self.config / "scenarios"

    @property
    def keys(self) -> Path:
        """The person's own keys of the screen; need not exist."""
        return self.config / "keys.toml"

    @property
    def themes(self) -> Path:
        """The person's own colours of the screen; need not exist."""
        return self.config / "themes.toml"

    @property
    def rooms(self) -> Path:
        """One folder a room."""
        return self.data / "rooms"

    @property
    def bank(self) -> Where:
        """Every room's cc and its history, and the search index."""
        return self.data / "bank.sqlite" if self.bank_at is None else self.bank_at

    @property
    def log(self) -> Path:
        """Diagnostics of the program itself; no conversation, no keys."""
        return self.state / "enfold.log"


def paths() -> Paths:
    """Return the folders for this person on this machine. Nothing is made."""
    from platformdirs import PlatformDirs  # noqa: PLC0415 - 10 ms that `--help` can do without

    usual = PlatformDirs("enfold", appauthor=False)

    def folder(name: str, otherwise: str) -> Path:
        try:
            return Path(os.environ.get(name) or otherwise).expanduser().absolute()
        except RuntimeError as error:
            raise RoomsUnusable(f"{name}: {error}") from error

    config = folder("ENFOLD_CONFIG_DIR", usual.user_config_dir)
    return Paths(
        config=config,
        data=folder("ENFOLD_DATA_DIR", usual.user_data_dir),
        state=folder("ENFOLD_STATE_DIR", usual.user_state_dir),
        cache=folder("ENFOLD_CACHE_DIR", usual.user_cache_dir),
        bank_at=_bank_at(config / "settings.toml"),
    )


def _bank_at(settings: Path) -> Where | None:
    """Return where the bank is, if the person said so; the environment has the last word.

    The rest of the settings is read elsewhere, and what is wrong with the file told there.

    Raises:
        RoomsUnusable: It is no place for a bank.
    """
    for name in ("ENFOLD_BANK", "ENFOLD_BANK__URL"):
        if given := os.environ.get(name):
            return _address(given, name)
    try:
        text = settings.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    import tomllib  # noqa: PLC0415 - some milliseconds that a first frame can do without

    try:
        body: dict[str, Any] = tomllib.loads(text)
    except ValueError:
        return None
    match body:
        case {"bank": {"url": str(given)}} if given:
            return _address(given, f"{settings}: bank.url")
        case _:
            return None


def _address(given: str, said: str) -> Where:
    try:
        return address(given)
    except (BankError, RuntimeError) as error:
        raise RoomsUnusable(f"{said}: {error}") from error


def made(folder: Path) -> Path:
    """Return `folder`, made with mode 0700 if it was not there, and so what it lies in.

    Raises:
        RoomsUnusable: It cannot be made.
    """
    try:
        for missing in [*(one for one in reversed(folder.parents) if not one.exists()), folder]:
            missing.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise RoomsUnusable(
            f"cannot make {folder}: {error.strerror or error}; "
            "set ENFOLD_DATA_DIR to a folder that can be written"
        ) from error
    return folder
