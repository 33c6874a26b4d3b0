"""Notices that come and go: two at a time, gone with the next key once they could be read."""

import time
from typing import TypeVar

from textual import events
from textual.app import App
from textual.notifications import Notify, SeverityLevel

Result = TypeVar("Result")

LONGEST = 8.0
"""Seconds that a notice stays, at most."""

LEAST = 1.0
"""Seconds that it stays whatever is pressed."""

MOST = 2
"""Notices at a time."""


class Toasting(App[Result]):
    """An app whose notices stand in nobody's way."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice for a few seconds."""
        least = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        super().notify(
            message,
            title=title,
            severity=severity,
            timeout=min(LONGEST, least),
            markup=markup,
        )

    def on_notify(self, event: Notify) -> None:
        """Make room for one more."""
        for old in list(self._notifications)[: 1 - MOST]:
            self._unnotify(old)

    async def on_event(self, event: events.Event) -> None:
        """Take away what was read, whatever the key means besides."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            before = time.time() - LEAST
            for notice in [one for one in self._notifications if one.raised_at < before]:
                self._unnotify(notice)
        await super().on_event(event)
