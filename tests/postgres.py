"""A PostgreSQL server of our own, on loopback, for the tests that want one.

Made once a test run where the server's programs and psycopg are at hand; every test gets a
schema of its own, which is as good as a database and much quicker to make. Nothing survives a loss of power, which makes it quick.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

from memory.bank.address import Address

_PLACES = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`, the newest; `None` if there is none."""
    found = sorted(_PLACES.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("pg_ctl")
    return Path(on_path).resolve().parent if on_path else None


def missing() -> str:
    """Return why no server can be had; nothing where one can."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed"
    if programs() is None:
        return "no PostgreSQL server is installed"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL does not run as root, and there is no runuser"
    return ""


@dataclass(frozen=True)
class Server:
    """A server that is running."""

    port: int

    def address(self, name: str = "postgres") -> Address:
        """Return the address of a database."""
        return Address(f"postgresql+psycopg://enfold:s3cret@127.0.0.1:{self.port}/{name}")

    def schema(self) -> Address:
        """Return the address of a schema that nothing is in yet."""
        name = f"bank_{uuid4().hex}"
        run(self.address(), f"CREATE SCHEMA {name}")
        return Address(f"{self.address().url}?options=-csearch_path%3D{name}")


def run(where: Address, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Carry out a statement in a database, beside whoever else uses it; return its rows.

    Args:
        where: The database.
        statement: With `?` for each of the values.
        values: Those.
    """
    import psycopg

    url = where.url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(statement.replace("?", "%s").encode(), values or None)
        return found.fetchall() if found.description else []


@contextmanager
def running() -> Generator[Server]:
    """Start a server and stop it again."""
    folder = Path(tempfile.mkdtemp(prefix="enfold-postgres-", dir="/tmp"))
    data = folder / "data"
    bin_ = programs()
    assert bin_ is not None
    try:
        password = folder / "password"
        password.write_text("s3cret")
        _as_other(folder)
        _do(
            folder,
            bin_ / "initdb",
            *("-D", data, "-U", "enfold", "-E", "UTF8", "--locale=C", "--no-sync"),
            *("--auth=scram-sha-256", f"--pwfile={password}"),
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
            " -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB"
            " -c max_connections=60"
        )
        _do(
            folder,
            bin_ / "pg_ctl",
            "-D",
            data,
            "-o",
            options,
            "-l",
            folder / "log",
            "-w",
            "start",
        )
        try:
            yield Server(port)
        finally:
            _do(folder, bin_ / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        subprocess.run(["rm", "-rf", "--", folder], check=False)  # quicker than Python


def _as_other(folder: Path) -> None:
    """Let the one whom the server runs as have the folder."""
    if os.geteuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "postgres", "postgres")


def _do(folder: Path, *command: str | Path) -> None:
    given = [str(part) for part in command]
    if os.geteuid() == 0:
        given = ["runuser", "-u", "postgres", "--", *given]
    with (folder.parent / f"{folder.name}.out").open("w+b") as out:
        try:
            done = subprocess.run(
                given, cwd="/", stdout=out, stderr=subprocess.STDOUT, check=False
            )
            out.seek(0)
            assert done.returncode == 0, out.read().decode()
        finally:
            Path(out.name).unlink()
