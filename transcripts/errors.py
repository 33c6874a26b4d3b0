"""What can go wrong with a transcript.

TranscriptError
├── BrokenLog          a line of a room's log that is not what we write
├── NewerLog           written by a later enfold; nothing is touched
├── RoomBusy           another process is writing this room
├── LogArchived        the log is in the bank; it has to be restored before it is written
├── LogUnwritable      disk full, read-only, no permission: the entry was not recorded
└── UnknownFormat      a foreign file that no reader recognises
"""

from pathlib import Path


class TranscriptError(Exception):
    """Base of every error this package raises on purpose."""


class BrokenLog(TranscriptError):
    """A line of a log cannot be read."""

    def __init__(self, path: Path | str, line: int, why: str) -> None:
        super().__init__(f"{path}, line {line}: {why}" if line else f"{path} {why}")
        self.path = path
        self.line = line
        """1 for the first; 0 for the file as a whole."""
        self.why = why


class NewerLog(TranscriptError):
    """The log was written by a later version."""

    def __init__(self, path: Path | str, version: int) -> None:
        super().__init__(
            f"{path} was written by a later enfold (log version {version}); update enfold"
        )
        self.version = version


class RoomBusy(TranscriptError):
    """Another process writes this log."""

    def __init__(self, path: Path | str, holder: str = "") -> None:
        by = f" by process {holder}" if holder else ""
        super().__init__(
            f"{path} is open{by}; a room has one writer: close the other one first"
        )


class LogArchived(TranscriptError):
    """The log is archived: there is no file to read or write until it is restored."""

    def __init__(self, path: Path | str) -> None:
        room = Path(path).parent.name
        super().__init__(
            f"room {room} is archived: `enfold archive --restore {room}` brings its log back"
        )


class LogUnwritable(TranscriptError):
    """The entry was not recorded. Everything before it is as it was."""

    def __init__(self, path: Path | str, why: str) -> None:
        super().__init__(
            f"{path}: {why}; nothing recorded so far is lost: mend that, then `enfold resume`"
        )


class UnknownFormat(TranscriptError):
    """No reader recognises the file."""
