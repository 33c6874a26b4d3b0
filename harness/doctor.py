"""What works here and what is missing. Keys by name only; nothing is sent anywhere else."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from agents.catalogue.servers import find_servers
from agents.catalogue.table import listed
from harness.config import read
from harness.errors import BadSettings
from harness.paths import Paths
from harness.rooms import Rooms
from harness.voice import here
from memory.bank.address import there
from memory.errors import ModelError, RecallError
from memory.models.shipping import MISSING

LIBRARIES = (
    "litellm",
    "httpx",
    "sqlalchemy",
    "pillow",
    "click",
    "rich",
    "textual",
    "textual-image",
    "torch",
    "transformers",
)

LOW_DISK = 200_000_000
"""Bytes free under which it is worth a warning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    good: bool | None
    """`None` for what is neither, such as a key that need not be there."""
    detail: str


async def examine(paths: Paths) -> list[Finding]:
    """Return every finding, in an order worth reading."""
    findings = [Finding("enfold", True, f"{_version('enfold')} on Python {sys.version.split()[0]}, "
                        f"{platform.system()} {platform.machine()}")]  # fmt: skip
    findings += [_library(name) for name in LIBRARIES]
    findings += _keys()
    servers = await find_servers()
    findings += [
        Finding(server.kind, True, f"{server.base}: {len(server.models)} models")
        for server in servers
    ]
    if not servers:
        findings.append(
            Finding(
                "local servers",
                None,
                "none on the usual ports (Ollama, llama.cpp, LM Studio, vLLM)",
            )
        )
    findings.append(_byte_model())
    findings.append(_settings(paths))
    findings += _disk(paths)
    findings.append(_bank(paths))
    findings.append(_rooms(paths))
    findings.append(_terminal())
    return findings


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _library(name: str) -> Finding:
    found = _version(name)
    optional = name in {"torch", "transformers"}
    if found:
        return Finding(name, True, found)
    return Finding(
        name, None if optional else False, "not installed" + (" (optional)" if optional else "")
    )


def _keys() -> Iterator[Finding]:
    names = sorted({model.key for model in listed() if model.key})
    present = [name for name in names if os.environ.get(name, "").strip()]
    if not present:
        yield Finding("keys", None, "none set; rooms run on scripted casts and local servers")
    for name in present:
        yield Finding("key", True, f"{name} is set")


def _byte_model() -> Finding:
    path = here()
    if path is None:
        return Finding("byte model", None, f"{MISSING}; carrier state and bytes/ need it")
    from memory.models.choice import opened  # noqa: PLC0415 - heavy, and only here

    try:
        chosen = opened(path)
    except (ModelError, OSError) as error:
        return Finding("byte model", False, str(error))
    slower = "".join(f"; {why}" for why in chosen.refused)
    return Finding(
        "byte model",
        True,
        f"{path.name} {chosen.model.id[:12]}, computed in {chosen.backend}{slower}",
    )


def _settings(paths: Paths) -> Finding:
    try:
        read(paths.settings)
    except BadSettings as error:
        return Finding("settings", False, str(error))
    there = paths.settings.is_file()
    return Finding(
        "settings",
        True,
        str(paths.settings) if there else f"defaults; {paths.settings} is not there",
    )


def _disk(paths: Paths) -> Iterator[Finding]:
    folder = paths.data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    yield Finding("disk", free > LOW_DISK, f"{free / 1e9:.1f} GB free at {folder}")
    if not os.access(folder, os.W_OK):
        yield Finding("data", False, f"{folder} cannot be written; set ENFOLD_DATA_DIR")


def _bank(paths: Paths) -> Finding:
    if not there(paths.bank):
        return Finding("bank", None, f"{paths.bank} is not there yet")
    from memory.bank.bank import Bank  # noqa: PLC0415 - heavy, and only here

    try:
        bank = Bank(paths.bank)
        try:
            problems = bank.check()
            size = bank.turns.whole().file
        finally:
            bank.close()
    except RecallError as error:
        return Finding("bank", False, str(error))
    if problems:
        return Finding("bank", False, "; ".join(problems[:3]))
    return Finding("bank", True, f"{paths.bank} is whole, {size / 1e6:.1f} MB")


def _rooms(paths: Paths) -> Finding:
    rooms = Rooms.of(paths)
    summaries = [rooms.summary(room_id) for room_id in rooms.ids()]
    broken = [room for room in summaries if room.problem]
    if broken:
        return Finding("rooms", False, broken[0].problem)
    return Finding("rooms", True, f"{len(summaries)} rooms in {paths.rooms}, every log reads")


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    encoding = (sys.stdout.encoding or "").lower()
    term = os.environ.get("TERM", "not set")
    detail = f"TERM {term}, {size.columns}x{size.lines}, {encoding or 'no encoding'}"
    return Finding("terminal", encoding.replace("-", "") == "utf8", detail)
