"""Whole processes, timed from outside: wall-clock time and peak memory."""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """The median over several runs: seconds, and the largest process in MiB."""

    seconds: float
    mebibytes: float


def timed(
    command: Sequence[str],
    *,
    runs: int,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    terminal: bool = False,
    refused: bool = False,
) -> Figure:
    """The median of *runs*, after one that does not count.

    What is to be *refused* ends with exit code 1, and says why on standard error.
    """
    found = [
        _once(command, cwd, environ, terminal=terminal, code=int(refused))
        for _ in range(runs + 1)
    ]
    return Figure(
        statistics.median(seconds for seconds, _ in found[1:]),
        max(memory for _, memory in found[1:]),
    )


def _once(
    command: Sequence[str],
    cwd: Path | None,
    environ: Mapping[str, str] | None,
    *,
    terminal: bool,
    code: int,
) -> tuple[float, float]:
    env = {**os.environ, **(environ or {})}
    began = time.perf_counter()
    if terminal:
        ours, theirs = pty.openpty()
    else:
        ours, theirs = None, subprocess.DEVNULL
    errors = subprocess.DEVNULL if code else None
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=cwd, env=env, stdout=theirs, stderr=errors
    )
    if ours is not None:
        os.close(theirs)
        _drain(ours)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode != code:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65536):
            pass
    except OSError:
        pass
    finally:
        os.close(descriptor)
