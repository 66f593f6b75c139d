"""Servers for the tests: each in a process of its own that ends with whoever asked.

Started when the first test needs one. Processes that a test starts find it by the
environment.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
_REQUIRED = "GHSTATE_TEST_SERVERS"
_PATIENCE = 120.0


class Missing(Exception):
    """A server cannot be had here; says what to install."""


def environment_of(module: str, variable: str) -> Mapping[str, str]:
    """What to set for the server that *module* runs; skips where it cannot be had."""
    if told := os.environ.get(variable):
        return dict(json.loads(told))
    answer = _answer(module)
    if "missing" in answer:
        do_without(answer["missing"])
    os.environ[variable] = json.dumps(answer)
    return answer


def do_without(reason: str) -> NoReturn:
    """Skip the test, or fail it where every server is required to be there."""
    import pytest  # noqa: PLC0415 - processes that a test starts need none of it

    if os.environ.get(_REQUIRED) == "required":
        pytest.fail(f"{reason} ({_REQUIRED}=required)")
    pytest.skip(reason)


@cache
def _answer(module: str) -> dict[str, str]:
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(_end, process)
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], _PATIENCE)
    line = process.stdout.readline() if ready else b""
    if not line:
        raise RuntimeError(f"{module} did not start in {_PATIENCE:.0f} seconds")
    return dict(json.loads(line))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.communicate(timeout=30)


def serve(start: Callable[[Path, list[subprocess.Popen[bytes]]], object]) -> None:
    """Run what *start* starts until standard input ends, and leave nothing behind."""
    directory = Path(tempfile.mkdtemp(prefix="ghstate-test-"))
    processes: list[subprocess.Popen[bytes]] = []
    try:
        try:
            answer = start(directory, processes)
        except Missing as missing:
            answer = {"missing": str(missing)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait(timeout=20)
        shutil.rmtree(directory, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(
    port: int, process: subprocess.Popen[bytes], log: Path, patience: float = 60.0
) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text("utf-8", "replace")[-4000:]) from None
            time.sleep(0.05)
        else:
            return


def run(command: Sequence[str], **more: Any) -> None:
    """Run a *command* that must succeed; its output is told if it does not."""
    done = subprocess.run(  # noqa: S603 - servers of the distribution
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
        **more,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout.decode(errors='replace')}")


@contextmanager
def logged(log: Path) -> Iterator[dict[str, Any]]:
    """Where a server's words go."""
    with log.open("wb") as file:
        yield {
            "stdin": subprocess.DEVNULL,
            "stdout": file,
            "stderr": subprocess.STDOUT,
        }
