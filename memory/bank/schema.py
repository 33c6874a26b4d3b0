"""The bank's tables, as SQLAlchemy sees them.

`migrations` makes and changes them; these classes are read by nothing else than `bank`.
Numbers of rooms never leave the bank: outside, a room is its id.
"""

from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the bank."""

    type_annotation_map: ClassVar = {int: BigInteger}
    """So that a place beyond all places may be asked for, on a server too."""


class RoomRow(Base):
    """A room that something is kept of."""

    __tablename__ = "rooms"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    path: Mapped[str] = mapped_column(Text, default="")
    """Of its log; empty if nobody said."""
    title: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[str] = mapped_column(Text, default="")
    """ISO 8601, UTC."""
    indexed: Mapped[int] = mapped_column(default=-1)
    """Last place of its log that the index has seen."""


class CodeRow(Base):
    """The code of one cc."""

    __tablename__ = "cc"

    room: Mapped[int] = mapped_column(
        ForeignKey("rooms.number", ondelete="CASCADE"), primary_key=True
    )
    carrier: Mapped[str] = mapped_column(Text, primary_key=True)
    upto: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int]
    size: Mapped[int]
    """As the carrier counts it, bytes."""
    micros: Mapped[int]
    """Microseconds that the fold took."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """`CC.digest`, which covers the state too."""
    key: Mapped[int]
    """Where the row is from which on all up to this one are read: see `history`."""
    code: Mapped[bytes] = mapped_column(LargeBinary)
    """As `deltas` tells it."""
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    """Over the seal of the row before and all of this one: see `rows.seal`."""


class StateRow(Base):
    """The state of a carrier's newest cc."""

    __tablename__ = "states"

    room: Mapped[int] = mapped_column(
        ForeignKey("rooms.number", ondelete="CASCADE"), primary_key=True
    )
    carrier: Mapped[str] = mapped_column(Text, primary_key=True)
    upto: Mapped[int]
    length: Mapped[int]
    """Bytes of the state itself."""
    state: Mapped[bytes] = mapped_column(LargeBinary)
    """Deflated."""
