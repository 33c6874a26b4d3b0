"""Whole numbers in as few bytes as they need, and bytes read with every step checked."""

MOST = 1 << 63
"""Beyond every length."""


def varint(number: int) -> bytes:
    """Return `number`, from 0, as LEB128: seven bits a byte, the lowest first."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


class Bytes:
    """Bytes of unknown origin, read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def byte(self) -> int:
        """Return the next byte.

        Raises:
            ValueError: There is none.
        """
        return self.take(1)[0]

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes.

        Raises:
            ValueError: There are fewer.
        """
        if length > self.left:
            raise ValueError("it ends too early")
        self._at += length
        return self._data[self._at - length : self._at]

    def varint(self) -> int:
        """Return the next number.

        Raises:
            ValueError: There is none, it is too large, or longer than it need be.
        """
        number, shift = 0, 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift > 63:
                raise ValueError("a number is too long")
        if number >= MOST or (not byte and shift):
            raise ValueError("a number is not written as we write it")
        return number

    def count(self, least: int) -> int:
        """Return the next number, of things of at least `least` bytes each that follow.

        Raises:
            ValueError: They cannot all be there.
        """
        number = self.varint()
        if number * least > self.left:
            raise ValueError("it ends too early")
        return number

    def done(self) -> None:
        """See that nothing is left.

        Raises:
            ValueError: Something is.
        """
        if self.left:
            raise ValueError("there is more than there should be")
