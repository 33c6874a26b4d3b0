"""A process beside the room's, for what would hold up its loop: all that the byte model does.

It is started with the first job, takes one after the other, and ends with the room. What
crosses is pickled: a function that can be imported, bytes and plain dataclasses. When it
dies (killed, out of memory, a fault in compiled code) or stands still, the next one is started
and the job it had is done again, twice at most; so a function must come to the same however often it is run.
"""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import PriorityQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from harness.errors import WorkerBusy, WorkerLost

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

NICE: Final = 5
"""Added to the niceness of the room's own process."""

WAITING: Final = 256
"""Jobs that may wait; who has more keeps them."""

PATIENCE: Final = 0.5
"""Seconds that the job at work has left when the worker is closed."""

STILL: Final = 10.0
"""Seconds in which a process at work computes nothing, after which it is taken for dead: it was
stopped, or waits for what never comes. Told where the system tells it (`/proc`)."""

_LOOK: Final = 0.5
"""Seconds between two looks at whether it computes."""
_TRIES: Final = 3
_START: Final = "import sys; from harness.worker import work; work(int(sys.argv[1]))"
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(order=True, slots=True)
class _Job:
    """Ordered by when it is due: first what somebody waits for, then as they came."""

    later: bool
    number: int
    call: bytes = field(compare=False, default=b"")
    """Pickled `(function, args)`; empty to end the thread."""
    future: "Future[Any]" = field(compare=False, default_factory=Future[Any])


class Worker:
    """Runs functions in a process of its own, one at a time.

    Cheap to make: nothing is started before the first job. Any thread may call it.
    """

    def __init__(self, *, still: float = STILL) -> None:
        """Begin with nothing to do.

        Args:
            still: See `STILL`.
        """
        self._still = still
        self._jobs: PriorityQueue[_Job] = PriorityQueue()
        self._numbers = count()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._closed = False
        self._at: _Job | None = None
        """The job at work."""

    @property
    def pid(self) -> int | None:
        """Of the process, if one was started."""
        process = self._process
        return None if process is None else process.pid

    def submit(
        self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> "Future[_T]":
        """Have `function` run when it is its turn; return at once.

        The future has its result, or what it raised, or `WorkerLost`. One that waits can be
        cancelled; of one that runs the result is then thrown away.

        Args:
            function: At the top level of a module, since it goes by its name.
            args: Anything that can be pickled.
            kwargs: Likewise.

        Raises:
            WorkerBusy: Too much is waiting.
            WorkerLost: The worker is closed.
        """
        return self._put(True, function, args, kwargs)

    def hurry(
        self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> "Future[_T]":
        """Do as `submit`, before everything that only `submit` was asked for."""
        return self._put(False, function, args, kwargs)

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Have `function` run before all that nobody waits for; return what it returns.

        Raises:
            WorkerBusy: Too much is waiting.
            WorkerLost: The process died three times over this, or the worker is closed.
        """
        return await asyncio.wrap_future(self.hurry(function, *args, **kwargs))

    def close(self, patience: float = PATIENCE) -> None:
        """Let go of what waits, give the job at work `patience` seconds, end the process.

        Blocks for as long; closing again does nothing. A job that was only submitted has none:
        nobody waits for it.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            thread = self._thread
        while not self._jobs.empty():
            self._jobs.get_nowait().future.cancel()
        self._jobs.put(_Job(False, -1))
        if thread is None:
            return
        at = self._at
        thread.join(0 if at is not None and at.later else patience)
        process = self._process
        if thread.is_alive() and process is not None:
            with suppress(ValueError):  # it ended by itself just now, and was let go
                process.kill()
        thread.join()

    def _put(
        self,
        later: bool,
        function: Callable[..., _T],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> "Future[_T]":
        call = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        with self._lock:
            if self._closed:
                raise WorkerLost("the worker process is closed")
            if self._jobs.qsize() >= WAITING:
                raise WorkerBusy(f"{WAITING} jobs wait for the worker process already")
            job = _Job(later, next(self._numbers), call)
            self._jobs.put(job)
            if self._thread is None:
                self._thread = Thread(target=self._serve, name="worker", daemon=True)
                self._thread.start()
        return job.future

    # In the thread that talks with the process.

    def _serve(self) -> None:
        # What this thread starts inherits it: Ctrl+C is for the room, which ends us.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while (job := self._jobs.get()).call:
                if job.future.set_running_or_notify_cancel():
                    self._at = job
                    self._do(job)
                    self._at = None
        finally:
            self._end()

    def _do(self, job: _Job) -> None:
        for _ in range(_TRIES):
            answer = self._ask(job.call)
            if answer is not None:
                failed, result = pickle.loads(answer)  # noqa: S301 - our own process wrote it
                if failed:
                    job.future.set_exception(result)
                else:
                    job.future.set_result(result)
                return
            if self._closed:
                break
        job.future.set_exception(WorkerLost("the worker process died over this, three times"))

    def _ask(self, call: bytes) -> bytes | None:
        """Return what the process answers, `None` if it died."""
        try:
            process, pipe = self._started()
            pipe.send_bytes(call)
            self._watch(process, pipe)
            return pipe.recv_bytes()
        except (OSError, EOFError):
            pass  # nobody is at the other end of the pipe any more
        self._end()
        return None

    def _watch(self, process: "subprocess.Popen[bytes]", pipe: "Connection") -> None:
        """Wait for an answer, or for the end of the process; end it where it stands still."""
        before, looks = None, 0
        while not pipe.poll(_LOOK):
            now = _computed(process.pid)
            # Looks are counted, not seconds: while the room itself is stopped there are none.
            looks = looks + 1 if now is not None and now == before else 0
            before = now
            if looks * _LOOK >= self._still:
                process.kill()
                return

    def _started(self) -> "tuple[subprocess.Popen[bytes], Connection]":
        from multiprocessing import Pipe  # noqa: PLC0415 - not in the first frame

        if self._process is not None and self._process.poll() is not None:
            self._end()  # it died while nothing was asked of it: no job's fault
        if self._process is None or self._pipe is None:
            ours, theirs = Pipe()
            # `multiprocessing` would run the main module again, and hand on a standard error
            # that is no file while a screen is open.
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-P", "-c", _START, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(_places())},
                )
            self._pipe = ours
        return self._process, self._pipe

    def _end(self) -> None:
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()  # which ends a process that waits for a job
        if process is not None:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _computed(pid: int) -> int | None:
    """Return the clock ticks that a process has computed; `None` if that cannot be told now."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    state, *rest = told.rpartition(")")[2].split()
    return None if state == "D" else int(rest[10]) + int(rest[11])  # D: it waits for a disk


def _places() -> list[str]:
    """Where modules are looked for here; the current folder by its name."""
    return [place or str(Path.cwd()) for place in sys.path]


# In the process.


def work(number: int) -> None:
    """Answer calls until nobody is there to ask.

    Args:
        number: Of the pipe's end, inherited.
    """
    from multiprocessing.connection import Connection  # noqa: PLC0415 - not in the first frame

    _settle_down()
    Thread(target=_leave_with, args=(number,), name="parting", daemon=True).start()
    pipe = Connection(number)
    while True:
        try:
            call = pipe.recv_bytes()
        except (OSError, EOFError):
            return
        answer = _answer(call)
        try:
            pipe.send_bytes(answer)
        except OSError:
            return


def _leave_with(number: int) -> None:
    """End this process, whatever it is at, when nobody holds the pipe's other end."""
    from select import poll  # noqa: PLC0415 - in the worker alone

    parting = poll()
    parting.register(number, 0)
    parting.poll()  # nothing was asked for, so this tells of a hangup alone
    os._exit(0)


def _settle_down() -> None:
    """Be a good neighbour: one thread, less urgent."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # read when NumPy is imported, which it is not yet


def _answer(call: bytes) -> bytes:
    """Return `(failed, result)`, pickled."""
    try:
        function, args, kwargs = pickle.loads(call)  # noqa: S301 - the room's process wrote it
        return pickle.dumps((False, function(*args, **kwargs)), pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # whatever it is, it is who asked that must know
        return _failure(error)


def _failure(error: BaseException) -> bytes:
    answer = pickle.dumps((True, WorkerLost(f"{type(error).__name__}: {error}")))
    # Errors with fields of their own may pickle, and yet not come back.
    with suppress(pickle.PickleError, TypeError, AttributeError):
        whole = pickle.dumps((True, error))
        pickle.loads(whole)  # noqa: S301 - from the line above
        answer = whole
    return answer
