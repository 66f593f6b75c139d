"""Hostile sets end in a clear error, and take no more memory than is decent."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.writing import write
from tests.hostile_sets import Hostile, hostile

MEBIBYTES = 256
CASES = dict(hostile())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_hostile_sets_end_in_a_clear_error(tmp_path: Path, case: Hostile) -> None:
    write(tmp_path, case.files)
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "ghstate", "-C", str(tmp_path), "validate"],
            stdout=said,
            stderr=said,
            env={**os.environ, "NO_COLOR": "1"},
            preexec_fn=_in_a_minute,  # noqa: PLW1509 - nothing else runs here
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = (tmp_path / "said").read_text("utf-8")
    assert process.returncode == (1 if case.said else 0), text
    assert case.said in text
    assert usage.ru_maxrss / 1024 < MEBIBYTES


def _in_a_minute() -> None:
    """A run that never ends is ended, whatever it waits for."""
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
