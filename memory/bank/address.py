"""Where a bank is: a file, or a database on a PostgreSQL server.

A server's address may have a password in it, so it is told only by what is none: it stands in
errors, in logs and on the screen as `postgresql://host/name`. Imported without SQLAlchemy.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from memory.errors import BankError

SCHEMES: Final = ("postgresql+psycopg", "postgresql", "postgres")
"""How addresses of a PostgreSQL server begin; the first is SQLAlchemy's name."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database on a PostgreSQL server. As a text it has no user and no password."""

    url: str = field(repr=False)
    """As SQLAlchemy takes it, password and all."""

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        where = parts.netloc.rpartition("@")[2]
        return f"postgresql://{where}{parts.path}"


Where: TypeAlias = Path | Address
"""A file, or a database on a server."""


def address(text: str) -> Where:
    """Return what `text` means: `postgresql://user@host/name`, or the path of a file.

    Raises:
        BankError: It is the address of something else.
    """
    scheme, mark, rest = text.partition("://")
    if not mark:
        return Path(text).expanduser().absolute()
    if scheme not in SCHEMES:
        raise BankError(
            f"{scheme}:// is no place for a bank; a path is, or postgresql://user@host/name"
        )
    try:
        parts = urlsplit(f"{SCHEMES[0]}://{rest}")
        named = parts.path.strip("/") and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named:
        raise BankError("the bank's address names no database: postgresql://user@host/name")
    return Address(f"{SCHEMES[0]}://{rest}")


def there(where: Where) -> bool:
    """Whether there may be a bank: of a server only opening it tells."""
    return isinstance(where, Address) or where.is_file()


def identity(where: Where) -> tuple[int, int]:
    """Return which file the bank is, as the disk knows it; of a server always the same.

    Raises:
        OSError: There is no such file.
    """
    if isinstance(where, Address):
        return 0, 0
    found = where.stat()
    return found.st_dev, found.st_ino
