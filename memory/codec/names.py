"""Names in an archive: written by anybody, and turned into files. Only harmless ones pass.

A name is relative, its parts apart by `/`; none of them leads upwards or out, and no two
members would be one file, or one a folder of the other.
"""

from collections.abc import Iterable

from memory.errors import UnsafeName

LONGEST = 4095
"""Bytes of a name, as in Linux."""
LONGEST_PART = 255
"""Bytes of a part of a name, as on most disks."""


def check(name: bytes) -> None:
    """See that `name` can be made a file below some folder, and nowhere else.

    Args:
        name: As the disk has it, in UTF-8 or not.

    Raises:
        UnsafeName: It cannot.
    """
    shown = name[:60].decode("utf-8", "backslashreplace")
    if not name or len(name) > LONGEST:
        raise UnsafeName(f"a name of {len(name):,} bytes: {shown!r}")
    if any(byte < 0x20 or byte == 0x7F for byte in name):
        raise UnsafeName(f"a name with control characters: {shown!r}")
    for part in name.split(b"/"):
        if part in (b"", b".", b".."):
            raise UnsafeName(f"a name that leads elsewhere: {shown!r}")
        if len(part) > LONGEST_PART:
            raise UnsafeName(f"a name of {len(part):,} bytes: {shown!r}")


def check_all(names: Iterable[bytes]) -> None:
    """See that members called so can lie beside one another; one alone may have no name.

    Raises:
        UnsafeName: They cannot.
    """
    names = list(names)
    if names == [b""]:
        return
    folders: set[bytes] = set()
    files: set[bytes] = set()
    for name in names:
        check(name)
        if name in files:
            raise UnsafeName(
                f"two members of one name: {_shown(name)}; a folder above both tells them apart"
            )
        files.add(name)
        at = name.rfind(b"/")
        while at > 0 and name[:at] not in folders:
            folders.add(name[:at])
            at = name.rfind(b"/", 0, at)
    for name in files & folders:
        raise UnsafeName(f"a member and a folder of one name: {_shown(name)}")


def _shown(name: bytes) -> str:
    return repr(name[:60].decode("utf-8", "backslashreplace"))
