"""The room that every test is shut in: no network, no home, no keys.

Sockets reach this machine and nothing else. Home and the XDG folders are new for each test, and
empty but for the C that was compiled, which all tests share. Variables that would change what a test sees (keys, proxies, ENFOLD_…) are gone.
"""

import ipaddress
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import hypothesis
import pytest

from memory.bank.address import Where
from tests import postgres

hypothesis.settings.register_profile("here", deadline=None)
if not os.environ.get("CI"):  # hypothesis has a profile of its own for CI
    hypothesis.settings.load_profile("here")

_FOREIGN = re.compile(
    r".*_(?:API_KEY|API_BASE|BASE_URL|TOKEN|SECRET|PROXY)|ALL_PROXY|OLLAMA_HOST"
    r"|(?:ENFOLD|XDG|LITELLM|OPENAI|ANTHROPIC|AWS|AZURE|GOOGLE|HF)_.*|NO_COLOR|FORCE_COLOR",
    re.IGNORECASE,
)
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname")
_SENDS = ("socket.connect", "socket.sendto", "socket.sendmsg")


class OutsideNetwork(RuntimeError):
    """A test tried to reach another machine."""


_tried: list[str] = []
"""What the running test tried to reach, in case the code under test ate the error."""


def _stays_here(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in _LOOKUPS:
        host = arguments[0]
    elif event in _SENDS:
        address = arguments[1]
        if not isinstance(address, tuple):  # Unix ones are plain strings
            return
        host = cast("tuple[object, ...]", address)[0]
    else:
        return
    if not _stays_here(host):
        _tried.append(f"{event} {host!r}")
        raise OutsideNetwork(_tried[-1])


sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def no_network() -> Iterator[list[str]]:
    """What the test tried to reach outside; it fails unless that is empty at its end."""
    _tried.clear()
    yield _tried
    assert not _tried, f"reached for another machine: {_tried}"


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server, where there can be one; it takes some seconds."""
    if why := postgres.missing():
        pytest.skip(why)
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["file", "server"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """A place for a bank that is not there yet: the test runs once for each kind."""
    if request.param == "file":
        return tmp_path / "shelf" / "bank.sqlite"
    server: postgres.Server = request.getfixturevalue("server")
    return server.schema()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what is compiled lies, for all tests: once is enough."""
    return tmp_path_factory.mktemp("built")


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, built: Path
) -> Path:
    """An empty home folder, with the XDG folders inside it; $HOME while the test runs."""
    for name in list(os.environ):
        if _FOREIGN.fullmatch(name):
            monkeypatch.delenv(name)
    # It comes when it comes; who tests it asks for it.
    monkeypatch.setenv("ENFOLD_CONTINUITY__LIVE", "never")
    folder = tmp_path_factory.mktemp("home", numbered=True)
    monkeypatch.setenv("HOME", str(folder))
    for name, inside in {
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_RUNTIME_DIR": ".run",
    }.items():
        (folder / inside).mkdir(parents=True, mode=0o700)
        monkeypatch.setenv(name, str(folder / inside))
    (folder / ".cache" / "enfold").mkdir(mode=0o700)
    (folder / ".cache" / "enfold" / "built").symlink_to(built)
    return folder
