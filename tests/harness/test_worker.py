"""The process beside the room: what it answers, what kills it, and how it ends."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path

import pytest

from harness import worker
from harness.errors import WorkerBusy, WorkerLost
from harness.worker import Worker


@pytest.fixture
def hand() -> Iterator[Worker]:
    hand = Worker()
    yield hand
    hand.close(0)


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_nothing_is_started_before_the_first_job_and_nothing_is_left_after_the_last(
    hand: Worker,
) -> None:
    assert hand.pid is None
    pid = hand.submit(os.getpid).result()
    assert pid == hand.pid
    assert pid != os.getpid()
    hand.close()
    assert not alive(pid)


def test_it_is_less_urgent_than_the_room_and_computes_with_one_thread(hand: Worker) -> None:
    here = os.nice(0)
    assert hand.submit(os.nice, 0).result() == min(19, here + worker.NICE)
    assert hand.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"


def test_what_it_raises_is_raised_where_it_was_asked(hand: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        hand.submit(divmod, 1, 0).result()
    with pytest.raises(SystemExit):
        hand.submit(exit, 3).result()
    assert hand.submit(divmod, 7, 2).result() == (3, 1)


def test_an_error_that_cannot_cross_is_told_in_words(hand: Worker) -> None:
    with pytest.raises(WorkerLost, match="Own: of this job alone"):
        hand.submit(exec, "class Own(Exception): ...\nraise Own('of this job alone')").result()


def test_a_job_whose_process_is_killed_is_done_again(hand: Worker, tmp_path: Path) -> None:
    first = hand.submit(os.getpid).result()
    waits = hand.submit(time.sleep, 0.5)
    os.kill(first, signal.SIGKILL)
    assert waits.result() is None
    assert hand.submit(os.getpid).result() != first


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_job_whose_process_stands_still_is_done_again() -> None:
    hand = Worker(still=1.0)
    try:
        first = hand.submit(os.getpid).result()
        os.kill(first, signal.SIGSTOP)
        assert hand.submit(divmod, 7, 2).result(60) == (3, 1)
        assert hand.submit(os.getpid).result() != first
        assert not alive(first)
    finally:
        hand.close(0)


def test_a_job_that_takes_long_but_computes_is_left_alone() -> None:
    hand = Worker(still=2.0)
    try:
        first = hand.submit(os.getpid).result()
        busy = "import time\nwhile time.process_time() < 3: sum(range(1000))"
        assert hand.submit(exec, busy).result(60) is None
        assert hand.submit(os.getpid).result() == first
    finally:
        hand.close(0)


def test_a_process_that_is_killed_while_nothing_is_asked_is_not_missed(hand: Worker) -> None:
    first = hand.submit(os.getpid).result()
    os.kill(first, signal.SIGKILL)
    assert hand.submit(os.getpid).result() != first


def test_a_job_that_always_kills_it_is_given_up_and_the_next_one_is_done(hand: Worker) -> None:
    with pytest.raises(WorkerLost, match="died over this, three times"):
        hand.submit(os._exit, 9).result()
    assert hand.submit(divmod, 7, 2).result() == (3, 1)


def test_what_somebody_waits_for_goes_before_the_rest(hand: Worker) -> None:
    order: list[int] = []
    holds = hand.submit(time.sleep, 0.3)
    slow = [hand.submit(abs, number) for number in (1, 2)]
    quick = hand.hurry(abs, 3)
    for future in (*slow, quick):
        future.add_done_callback(lambda done: order.append(done.result()))
    holds.result()
    slow[-1].result()
    assert order == [3, 1, 2]


def test_more_than_it_can_remember_is_refused(hand: Worker) -> None:
    hand.submit(time.sleep, 0.3)
    for _ in range(worker.WAITING - 1):
        hand.submit(abs, 1)

    def two_more() -> None:
        hand.submit(abs, 1)
        hand.submit(abs, 1)

    with pytest.raises(WorkerBusy):
        two_more()


def test_closing_ends_a_job_that_takes_too_long_and_lets_go_of_what_waits(
    hand: Worker,
) -> None:
    pid = hand.submit(os.getpid).result()
    long, waits = hand.submit(time.sleep, 60), hand.submit(abs, 1)
    while not long.running():
        time.sleep(0.01)
    hand.close(0.1)
    with pytest.raises(WorkerLost):
        long.result(1)
    with pytest.raises(CancelledError):
        waits.result(1)
    assert not alive(pid)
    with pytest.raises(WorkerLost, match="closed"):
        hand.submit(abs, 1)
    hand.close()


def test_ctrl_c_in_the_terminal_is_not_for_it(hand: Worker) -> None:
    pid = hand.submit(os.getpid).result()
    os.kill(pid, signal.SIGINT)
    assert hand.submit(os.getpid).result() == pid


async def test_the_loop_goes_on_while_it_works(hand: Worker) -> None:
    ticks = 0
    job = asyncio.create_task(hand.run(time.sleep, 0.3))
    while not job.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks > 5


async def test_a_job_nobody_waits_for_any_more_is_thrown_away(hand: Worker) -> None:
    job = asyncio.create_task(hand.run(time.sleep, 0.3))
    await asyncio.sleep(0.05)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert await hand.run(divmod, 7, 2) == (3, 1)


def test_it_ends_when_the_room_is_killed(tmp_path: Path) -> None:
    repo = Path(__file__).parents[2]
    code = (
        "import os, time\nfrom harness.worker import Worker\n"
        "if __name__ == '__main__':\n"
        "    hand = Worker()\n"
        "    print(hand.submit(os.getpid).result(), flush=True)\n    time.sleep(60)\n"
    )
    script = tmp_path / "room.py"
    script.write_text(code, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(repo)},
        stdout=subprocess.PIPE,
        text=True,
    ) as room:
        assert room.stdout is not None
        pid = int(room.stdout.readline())
        room.kill()
    ends = time.monotonic() + 20
    while alive(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not alive(pid)


def test_it_starts_while_standard_error_is_no_file(
    hand: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Screen:
        def fileno(self) -> int:
            return -1  # as Textual's has while it is on

    monkeypatch.setattr(sys, "stderr", Screen())
    assert hand.submit(os.getppid).result() == os.getpid()
