"""One nursery for each worker, a disk in memory, and the figures at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reliability.effort import Account
from tests.reliability.nursery import Nursery

MEMORY = Path("/dev/shm")  # noqa: S108 - fsync costs nothing there, and kills the same


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory, where there is one."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    directory = Path(tempfile.mkdtemp(prefix="ghstate-", dir=MEMORY))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def account(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[Account]:
    made = Account(request.node.nodeid)
    yield made
    record_property("points", made.tried)
    record_property("failed", len(made.failures))
    made.check()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    points: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "teardown":
                continue
            told = dict(report.user_properties)
            name = Path(report.nodeid.partition("::")[0]).stem
            points[name] += told.get("points", 0)
            failed[name] += told.get("failed", 0)
    if points.total():
        terminalreporter.section("reliability")
        for name, number in sorted(points.items()):
            terminalreporter.line(f"{number:7} points, {failed[name]} failed  {name}")
        terminalreporter.line(
            f"{points.total():7} points, {failed.total()} failed  altogether"
        )
