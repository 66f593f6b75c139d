"""Signals that ask a command to end, seen from inside the command."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from ghstate.cli.interrupting import Interrupted, run, signals

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
EVER = 30.0


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_a_command_where_it_stands(number: signal.Signals) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            send(number)
            await asyncio.sleep(EVER)
        finally:
            ended.append("let go of the lock")

    with pytest.raises(Interrupted) as caught:
        run(work)

    assert caught.value.number == number
    assert ended == ["let go of the lock"]


@pytest.mark.parametrize("number", ENDING)
def test_what_is_at_work_is_finished(number: signal.Signals) -> None:
    async def work() -> str:
        with signals().finishing():
            send(number)
            await asyncio.sleep(0.01)
            assert signals().received == number
            assert signals().noted.is_set()
            return "finished"

    assert run(work) == "finished"


@pytest.mark.parametrize("number", ENDING)
def test_a_question_can_be_left_without_an_answer(number: signal.Signals) -> None:
    async def work() -> None:
        with signals().asking():
            send(number)
            # As a read from a terminal, which a signal does not end by itself.
            signal.sigtimedwait([], EVER)

    with pytest.raises(Interrupted) as caught:
        run(work)
    assert caught.value.number == number


def test_after_a_question_signals_are_caught_again() -> None:
    async def work() -> bool:
        with signals().asking():
            pass
        with signals().finishing():
            send(signal.SIGTERM)
            await asyncio.sleep(0.01)
        return signals().noted.is_set()

    assert run(work)


def test_without_a_signal_a_cancellation_is_one() -> None:
    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(EVER)

    with pytest.raises(asyncio.CancelledError):
        run(work)


def test_signals_are_what_they_were_afterwards() -> None:
    before = [signal.getsignal(number) for number in ENDING]

    async def nothing() -> None: ...

    run(nothing)
    assert [signal.getsignal(number) for number in ENDING] == before


SECOND = """
import asyncio, os, signal
from ghstate.cli.interrupting import run, signals

async def work():
    with signals().finishing():
        os.kill(os.getpid(), signal.{first})
        await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.{second})
        await asyncio.sleep(30)

run(work)
"""


@pytest.mark.parametrize("second", ENDING)
def test_the_second_signal_ends_at_once(second: signal.Signals) -> None:
    program = SECOND.format(first="SIGTERM", second=second.name)

    done = subprocess.run(  # noqa: S603 - it is this Python
        [sys.executable, "-c", program], check=False, timeout=EVER, capture_output=True
    )

    assert done.returncode == -second
