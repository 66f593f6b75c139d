"""Short words for holders and for processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from ghstate.ports import Holder

ROOT = Path(__file__).parents[2]
SINCE = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)


def holder(lock_id: str = "b41c", operation: str = "apply") -> Holder:
    return Holder(
        id=lock_id, operation=operation, who="ada@runner-7", pid=4711, since=SINCE
    )


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    """Run *module* of the tests in a process of its own."""
    return subprocess.Popen(  # noqa: S603 - our own modules and paths
        [sys.executable, "-m", f"tests.store.{module}", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
