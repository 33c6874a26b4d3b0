"""What can go wrong while remembering.

RecallError
├── CarrierError           bytes that this carrier did not write, or an unknown carrier
├── DamagedTurn            not the code of a turn as it stands there
├── ContainerError         an archive (`.hqf`) that is not opened
│   ├── ForeignContainer   something else than an archive
│   ├── NewerContainer     made by a later enfold
│   ├── CutContainer       its end is missing
│   ├── AlteredContainer   not what was written
│   ├── OtherModel         the byte model that it was made with is not here
│   └── UnsafeName         a member's name could be written outside the folder
├── ModelError             a byte model cannot be used
│   ├── ForeignModel       no model file at all
│   ├── NewerModel         written by a later enfold
│   ├── DamagedModel       cut off, altered, or not what it says it is
│   ├── UnsafeModel        its sums could overflow
│   └── NeuralRefused      nothing here computes it as it was computed when it was frozen
└── BankError              the store could not do what was asked
    ├── NewerBank          written by a later enfold; nothing is touched
    ├── BankMoved          somebody else changed what was to be replaced; look again
    ├── DamagedRow         not what was kept; fold it again from the log
    └── NothingCarried     no cc at that place of that room

Not called `MemoryError`: that name is Python's, and means something else.
"""


class RecallError(Exception):
    """Base of every error this package raises on purpose."""


class CarrierError(RecallError):
    """The carrier is not known, or did not write these bytes."""


class ReaderLost(CarrierError):
    """The model that a carrier reads with is out of reach for now: nothing was folded."""


class DamagedTurn(RecallError):
    """A coded turn is cut off, altered, or does not stand where it stood when it was coded."""


class ModelError(RecallError):
    """A byte model cannot be used."""


class ForeignModel(ModelError):
    """These bytes are no model file."""


class NewerModel(ModelError):
    """A later version wrote the file."""


class DamagedModel(ModelError):
    """The file is cut off, altered, or does not fit together."""


class UnsafeModel(ModelError):
    """With these weights a sum could leave its 32 or 64 bits, and machines would differ."""


class NeuralRefused(ModelError):
    """No backend gives the counts that the model had when it was frozen."""


class BankError(RecallError):
    """The store could not do what was asked."""


class NewerBank(BankError):
    """The database was written by a later version."""


class BankMoved(BankError):
    """What was to be replaced is no longer there as it was read; nothing was changed."""


class DamagedRow(BankError):
    """What is there is not what was kept."""


class NothingCarried(BankError):
    """No cc there."""


class ContainerError(RecallError):
    """An archive cannot be opened, or not be believed."""


class ForeignContainer(ContainerError):
    """It is no archive of ours."""


class NewerContainer(ContainerError):
    """The archive was made by a later version."""


class CutContainer(ContainerError):
    """The archive's end is missing."""


class AlteredContainer(ContainerError):
    """The archive is not what was written."""


class OtherModel(ContainerError):
    """The byte model that made the archive is not here."""


class UnsafeName(ContainerError):
    """A member's name cannot be made a file below a folder."""
