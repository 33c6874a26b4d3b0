"""What can go wrong while remembering.

RecallError
├── CarrierError           bytes that this carrier did not write, or an unknown carrier
├── DamagedTurn            not the code of a turn as it stands there
└── BankError              the store could not do what was asked
    ├── NewerBank          written by a later enfold; nothing is touched
    ├── DamagedRow         not what was kept; fold it again from the log
    └── NothingCarried     no cc at that place of that room

Not called `MemoryError`: that name is Python's, and means something else.
"""


class RecallError(Exception):
    """Base of every error this package raises on purpose."""


class CarrierError(RecallError):
    """The carrier is not known, or did not write these bytes."""


class DamagedTurn(RecallError):
    """A coded turn is cut off, altered, or does not stand where it stood when it was coded."""


class BankError(RecallError):
    """The store could not do what was asked."""


class NewerBank(BankError):
    """The database was written by a later version."""


class DamagedRow(BankError):
    """What is there is not what was kept."""


class NothingCarried(BankError):
    """No cc there."""
