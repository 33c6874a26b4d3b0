"""What can go wrong around a room.

HarnessError
├── BadSettings      the settings file, or an environment variable, says what we cannot use
├── NoSuchRoom       no room by that name, or several
├── NoSuchParticipant  nobody by that id is in the room
├── NotPossible      something asked of a room that it cannot do
├── RoomsUnusable    the data folder cannot be made or written
├── WorkerBusy       too much waits for the worker process
└── WorkerLost       the worker process is closed, or died three times over a job
"""


class HarnessError(Exception):
    """Base of every error this package raises on purpose."""


class BadSettings(HarnessError):
    """A setting that we cannot use."""


class NoSuchRoom(HarnessError):
    """No room by that name, or several."""


class RoomsUnusable(HarnessError):
    """The data folder cannot be made or written."""


class NoSuchParticipant(HarnessError):
    """Nobody by that id is in the room."""


class NotPossible(HarnessError):
    """Something asked of a room that it cannot do, and why."""


class WorkerBusy(HarnessError):
    """Too much waits for the worker process already."""


class WorkerLost(HarnessError):
    """The worker process is closed, or died three times over a job."""
