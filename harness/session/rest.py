"""Between turns: a wait for the person, as long as it takes or for a moment."""

import asyncio

from harness.session.sitting import Sitting

BREATH = 1.0
"""Seconds between a stop by the person and the next turn, if they are there."""


class Rest:
    """Lets the room wait until the person does something."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._stopped = float("-inf")
        """When the person stopped somebody last, by the loop's clock."""

    def end(self) -> None:
        """Something was done: all is to be looked at again."""
        self._wake.set()

    def stopped(self) -> None:
        """Somebody was stopped: the person may want a word before the next turn."""
        self._stopped = asyncio.get_running_loop().time()

    async def wait(self, sitting: Sitting) -> None:
        """Wait for the person to do something; the sitting's time stands still."""
        with sitting.waiting():
            self._wake.clear()
            await self._wake.wait()

    async def breathe(self) -> bool:
        """After a stop, give the person a moment to say that nobody is to go on.

        Returns:
            Whether something was done meanwhile, so that all is to be looked at again.
        """
        left = self._stopped + BREATH - asyncio.get_running_loop().time()
        if left <= 0:
            return False
        self._wake.clear()
        try:
            async with asyncio.timeout(left):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True
