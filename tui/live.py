"""A room as it happens, on a terminal or in a pipe: what is said, and what comes of it."""

import shutil
import sys
import textwrap
from collections.abc import Callable
from typing import assert_never

import click

from harness.turn import Began, Behind, Catching, Ended, Folding, Glimpse, Piece, Waits
from transcripts.commands.parse import parse
from transcripts.events import (
    Answered,
    Entry,
    Folded,
    ImageCreated,
    ImageRequested,
    Joined,
    Opened,
    Spoke,
)
from transcripts.notices import PICTURE, notice
from transcripts.participants import PERSON, ROOM
from transcripts.room import Room, reduce
from tui.printing import COLOURS, ascii_only, plain, safe, say


class Live:
    """Prints items in the order they come. Keeps the room they amount to, and no other state."""

    def __init__(self, *, reasoning: bool = False) -> None:
        self.room = Room()
        self._plain = plain()
        self._ascii = ascii_only()
        self._reasoning = reasoning
        self._streamed = ""
        """Whose line is being written on the screen right now."""
        self._column_zero = True
        self._requests: dict[str, ImageRequested] = {}

    def know(self, entry: Entry) -> None:
        """Take in an entry without printing it."""
        self.room = reduce(self.room, entry)
        if isinstance(entry.event, ImageRequested):
            self._requests[entry.event.image] = entry.event

    def entry(self, entry: Entry) -> None:
        """Print one entry."""
        self.know(entry)
        match entry.event:
            case Opened():
                self._write(f"{self._styled(safe(entry.event.title), bold=True)}\n")
            case Spoke():
                self._spoke(entry.event)
            case Folded():
                pass  # cc is hidden; `enfold cc` shows it
            case Joined(participant=newcomer) if newcomer.person:
                pass  # you know that you are here
            case _:
                self._notice(entry)

    def glimpse(self, glimpse: Glimpse) -> None:
        """Print what is being written."""
        match glimpse:
            case Began(author):
                self._header(author)
                self._streamed = author
            case Piece(_, text, channel):
                if channel == "speech":
                    self._write(safe(text))
                elif self._reasoning:
                    self._write(self._styled(safe(text), dim=True))
            case Waits(author, why, seconds, attempt):
                who = self.room.label(author)
                say(safe(f"{who}: {why}; try {attempt} in {seconds:.1f} s"))
            case Ended():
                self._streamed = ""
            case Behind() as behind:
                say(safe(behind.line))
            case Catching() | Folding():
                pass  # cc is hidden
            case _:
                assert_never(glimpse)

    def _spoke(self, spoke: Spoke) -> None:
        if self._streamed != spoke.author:
            self._header(spoke.author)
            inline = self.room.opened.inline
            is_model = spoke.author != PERSON
            text = parse(spoke.text, inline=inline).public if is_model else spoke.text
            self._write(safe(text))
        self._streamed = ""
        self._fresh_line()
        if spoke.cut:
            self._write(self._styled(f"  … cut: {spoke.cut}", dim=True) + "\n")
        if spoke.edited:
            by = "you" if spoke.edited == PERSON else safe(self.room.label(spoke.edited))
            self._write(self._styled(f"  … edited by {by}", dim=True) + "\n")
        for label in spoke.foreign:
            self._write(self._styled(f"  … spoke for {safe(label)}", dim=True) + "\n")

    def _notice(self, entry: Entry) -> None:
        request = self._requests.get(getattr(entry.event, "image", ""))
        text = notice(entry.event, self.room.label, ascii=self._ascii, request=request)
        if text is None:
            return
        match entry.event:
            case Answered(result=result):
                text += f" — {result}"
            case ImageCreated(file=file):
                text = text.replace(PICTURE, f" → images/{file}" if file else "")
            case _:
                pass
        self._fresh_line()
        for line in self._wrapped(safe(" ".join(text.split()))):
            self._write(self._styled(line, dim=True) + "\n")

    def _wrapped(self, text: str) -> list[str]:
        """Lines of a notice: as wide as the terminal, or one if nobody looks."""
        if not sys.stdout.isatty():
            return ["  " + text]
        width = max(20, shutil.get_terminal_size().columns - 1)
        return textwrap.wrap(
            text, width, initial_indent="  ", subsequent_indent="     ", break_on_hyphens=False
        )

    def _header(self, author: str) -> None:
        self._fresh_line()
        if author == ROOM:  # the narrator
            self._write("\n")
            return
        known = [seat.id for seat in self.room.seats if not seat.participant.person]
        colour = COLOURS[known.index(author) % len(COLOURS)] if author in known else "white"
        label = "You" if author == PERSON else safe(self.room.label(author))
        self._write("\n" + self._styled(label, fg=colour, bold=True) + "\n")

    def _styled(self, text: str, **style: object) -> str:
        styled: Callable[..., str] = click.style
        return text if self._plain else styled(text, **style)

    def _fresh_line(self) -> None:
        if not self._column_zero:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            click.echo(text, nl=False)
            self._column_zero = text.endswith("\n")
