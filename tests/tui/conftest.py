"""A pilot that does not wait for a widget that has left."""

import asyncio

import pytest
from textual.message_pump import MessagePump
from textual.pilot import Pilot

PATIENCE = 30.0
"""Seconds for all that is on the screen to do what it has been sent."""


async def _everybody_is_through(pilot: Pilot[int]) -> bool:
    """Wait until every widget has done what was sent to it before.

    Textual's own counts answers, and a widget that a screen takes with it after it was asked
    never gives one: the test then fails after thirty seconds, about once in a thousand runs.
    """
    app = pilot.app
    try:
        screen = app.screen
    except Exception:  # the app has ended: nobody is left to wait for
        return False
    waiting: set[MessagePump] = set()

    def answered(one: MessagePump) -> None:  # textual wants to see a signature
        waiting.discard(one)

    for one in (app, *screen.walk_children(with_self=True)):
        if one.call_later(answered, one):
            waiting.add(one)
    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE
    while waiting:
        if app._exception_event.is_set():
            return False
        for gone in [one for one in waiting if not one.is_running]:
            waiting.discard(gone)
        if loop.time() > ends:
            raise TimeoutError(f"not through with what they were sent: {waiting}")
        await asyncio.sleep(0.001)
    return True


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pilot, "_wait_for_screen", _everybody_is_through)
