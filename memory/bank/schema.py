"""The bank's tables, as SQLAlchemy sees them.

`migrations` makes and changes them; these classes are read by nothing else than `bank`.
Numbers of rooms never leave the bank: outside, a room is its id.
"""

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the bank."""


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
    seconds: Mapped[float]
    digest: Mapped[str] = mapped_column(Text)
    """`CC.digest`, which covers the state too."""
    base: Mapped[int | None]
    """The code begins with the whole code of the row at this `upto`; `code` is the rest."""
    code: Mapped[bytes] = mapped_column(LargeBinary)
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 over the seal of the base, the keys and `code`: see `rows.seal`."""


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


class LineRow(Base):
    """Something said, for the full-text index `words`."""

    __tablename__ = "lines"

    number: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[int] = mapped_column(ForeignKey("rooms.number", ondelete="CASCADE"))
    place: Mapped[int]
    author: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
