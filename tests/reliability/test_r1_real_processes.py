"""The same with real processes: killed at any time, or at a call of the kernel.

Nothing of the product is replaced, not even for the listing of its calls. Only in the
full suite: each starts a Python of its own.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from tests.reliability.effort import FULL, POINT, Account, rng
from tests.reliability.nursery import ROOT, TIME_LIMIT, Nursery
from tests.reliability.scene import AUTO, Scene, on_stage
from tests.reliability.shapes import FEW, SHAPES
from tests.reliability.test_r1_kills import Place, gone_on_from, unharmed

KILLS = 60
"""Of each shape."""

STRACE = shutil.which("strace")
CALLS = ("write", "fsync", "rename", "link", "unlink", "mkdir", "flock")

full = pytest.mark.skipif(not (FULL or POINT), reason="in `make reliability`")


def command(scene: Scene, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "ghstate", "-C", str(scene.project), *arguments]


def start(scene: Scene, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this Python, or strace with it
        arguments,
        cwd=ROOT,
        env=scene.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@full
@pytest.mark.parametrize("name", SHAPES)
def test_r1_an_apply_that_is_killed_at_any_time_is_gone_on_from(
    name: str, nursery: Nursery, fast: Path, account: Account
) -> None:
    usual = unharmed(SHAPES[name], nursery, fast)
    for nth in account.each(range(KILLS)):
        with account.of(nth), on_stage(SHAPES[name], nursery, fast) as scene:
            process = start(scene, command(scene, AUTO))
            # Most of the time goes by before the first request.
            wait_for_requests(scene, process, rng("r1 real", name, nth).randrange(60))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=TIME_LIMIT)
            gone_on_from(scene, usual, Place(nth, half=False, call=None))


def wait_for_requests(
    scene: Scene, process: subprocess.Popen[bytes], many: int
) -> None:
    end = time.monotonic() + TIME_LIMIT
    while len(scene.sandbox.history) < many and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.0005)


def traced(scene: Scene, call: str, inject: str) -> tuple[int, str, bool]:
    """`apply` under strace: its exit code, what it said, and did the fault strike?"""
    assert STRACE is not None
    log = scene.directory / "strace"
    # Much else is written; of the other calls, nearly all are the store's.
    only = paths(scene) if call == "write" else []
    process = start(
        scene,
        [
            *(STRACE, "-f", "-qq", "-o", str(log)),
            *(part for each in only for part in ("-P", each)),
            *("-e", f"trace={call}", "-e", f"inject={call}:{inject}"),
            *command(scene, AUTO),
        ],
    )
    _, said = process.communicate(timeout=TIME_LIMIT)
    was_killed = process.returncode == -signal.SIGKILL
    struck = was_killed or "(INJECTED)" in log.read_text("utf-8", "replace")
    return process.returncode, said.decode("utf-8", "replace"), struck


def paths(scene: Scene) -> list[str]:
    return [f"{scene.state_file}{name}" for name in ("", ".journal", ".lock.info.new")]


@full
@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("call", CALLS)
def test_r1_a_kill_at_a_call_of_the_kernel_is_gone_on_from(
    call: str, nursery: Nursery, fast: Path, account: Account
) -> None:
    usual = unharmed(FEW, nursery, fast)
    for nth in account.each(range(1, 60)):
        struck = True
        with account.of(nth), on_stage(FEW, nursery, fast) as scene:
            _, _, struck = traced(scene, call, f"signal=KILL:when={nth}")
            gone_on_from(scene, usual, Place(nth, half=False, call=None))
        if not struck:
            return


@full
@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("name", ["ENOSPC", "EIO", "EROFS", "EACCES"])
@pytest.mark.parametrize("call", CALLS)
def test_r3_a_call_of_the_kernel_that_fails_is_told(
    call: str, name: str, nursery: Nursery, fast: Path, account: Account
) -> None:
    usual = unharmed(FEW, nursery, fast)
    for nth in account.each(range(1, 60, 2)):
        struck = True
        with account.of(nth), on_stage(FEW, nursery, fast) as scene:
            code, said, struck = traced(scene, call, f"error={name}:when={nth}")
            assert code in {Exit.DONE, Exit.ERROR, Exit.IN_PART}, said
            assert "Traceback" not in said
            if code == Exit.ERROR:
                assert str(scene.state_file) in said, said
            gone_on_from(scene, usual, Place(nth, half=False, call=None))
        if not struck:
            return
