"""The person's own editor: which it is, and a text given to it, and the terminal, until it ends.

Whatever becomes of it, the screen comes back and the words are as they were unless it ended
well. Textual gives the terminal back only to a block that is left without an exception.
"""

import asyncio
import os
import shlex
import shutil
import signal
import tempfile
import termios
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from textual.app import SuspendNotSupported
from textual.widget import Widget

FOUND = ("vi", "nano")
"""Editors that are looked for where the person names none."""

PATIENCE = 1.0
"""Seconds in which a program that is told to end may do so."""

REMEDY = "set EDITOR to the command of one, such as nano"


class NotEdited(Exception):
    """Why the words are as they were, in a line for the person."""


def editor(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the command of the person's editor, as a program is started with.

    `$VISUAL` goes before `$EDITOR`, and both before what is found. An empty one counts as
    not set; one that is wrong is not passed over, since then another editor would open.

    Args:
        environment: Where the variables are, `PATH` among them.

    Raises:
        NotEdited: It cannot be read or is not here, and what to do.
    """
    where = environment.get("PATH")
    for name in ("VISUAL", "EDITOR"):
        given = environment.get(name, "")
        if not given:
            continue
        remedy = f"set {name} to the command of an editor, such as nano"
        try:
            command = shlex.split(given)
        except ValueError as error:
            raise NotEdited(f"{name} cannot be read ({error}): {remedy}") from error
        if not command or not command[0]:
            raise NotEdited(f"{name} is blank: {remedy}")
        found = shutil.which(command[0], path=where)
        if found is None:
            raise NotEdited(f"{name} is {command[0]}, which is not here: {remedy}")
        return [found, *command[1:]]
    for name in FOUND:
        if found := shutil.which(name, path=where):
            return [found]
    raise NotEdited(f"there is neither {' nor '.join(FOUND)}: {REMEDY}")


async def by_hand(widget: Widget, text: str) -> str:
    """Return `text` as the person's own editor leaves it; it has the terminal meanwhile.

    The app goes on, but draws nothing.

    Args:
        widget: Anything of the app whose terminal it is.
        text: What is to be edited, of any characters.

    Raises:
        NotEdited: It is as it was, and why.
    """
    command = editor()
    ended: str | BaseException
    try:
        with widget.app.batch_update(), widget.app.suspend(), _terminal_kept():
            try:
                ended = await edited(text, command)
            except BaseException as error:  # kept until the screen is back, then raised
                ended = error
    except SuspendNotSupported as error:
        raise NotEdited("the terminal cannot be handed to an editor here") from error
    if isinstance(ended, BaseException):
        raise ended
    return ended


async def edited(text: str, command: list[str]) -> str:
    """Return `text` as it is after `command` was given a file with it, byte for byte.

    The file is the person's alone, and so is the folder that holds it, where editors leave
    their copies too. Nothing is left of either.

    Args:
        text: What is to be edited.
        command: A program and its first arguments.

    Raises:
        NotEdited: The program could not be run or said that it failed.
    """
    name = Path(command[0]).name
    as_before = "the words are as they were"
    try:
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="enfold-")
    except OSError as error:
        raise NotEdited(f"there is no place for the words: {_why(error)}") from error
    try:
        path = Path(folder, "words.md")
        await asyncio.to_thread(_write, path, text)
        code = await _run(command, path)
        if code < 0:
            raise NotEdited(f"{name} was ended by {_signal(-code)}; {as_before}")
        if code:
            raise NotEdited(f"{name} ended with {code}; {as_before}")
        if not await asyncio.to_thread(path.is_file):
            raise NotEdited(f"{name} left no file; {as_before}")
        data = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise NotEdited(f"{name}: {_why(error)}; {as_before}") from error
    finally:
        # At once, not in a thread: also for who is called off, and it is one small folder.
        shutil.rmtree(folder, ignore_errors=True)
    return _read(data, text)


async def _run(command: list[str], path: Path) -> int:
    """Run a program to its end, or until this is called off; return how it ended."""
    process = await asyncio.create_subprocess_exec(*command, str(path))
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End a program, by force if it does not want to."""
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _write(path: Path, text: str) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(text.encode("utf-8", "surrogatepass"))


def _read(data: bytes, before: str) -> str:
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    if before.endswith("\n"):
        return text
    # Editors end a file with a line break, whether the line had one or not.
    return text.removesuffix("\r\n" if "\r\n" in before else "\n")


def _why(error: OSError) -> str:
    return error.strerror or str(error)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _heard(_number: int, _frame: FrameType | None) -> None:
    """Do nothing about a signal."""


@contextmanager
def _terminal_kept() -> Generator[None]:
    """Leave what the keyboard can signal to the editor, and the terminal as it is set.

    Ctrl+C goes to everybody in the foreground. They are not ignored, since
    that would be handed on to the editor. Who is killed does not put the terminal right.
    """
    here = threading.current_thread() is threading.main_thread()  # signals are its alone
    keyboard = (signal.SIGINT, signal.SIGQUIT) if here else ()
    before = {number: signal.signal(number, _heard) for number in keyboard}
    settings: list[Any] | None = None
    with suppress(termios.error, OSError, ValueError):
        settings = termios.tcgetattr(0)
    try:
        yield
    finally:
        if settings is not None:
            with suppress(termios.error, OSError):
                termios.tcsetattr(0, termios.TCSADRAIN, settings)
        for number, handler in before.items():
            signal.signal(number, handler)
