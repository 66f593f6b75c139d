"""What journeys share."""

from __future__ import annotations

import asyncio

import pytest

from ghstate.cli import online
from ghstate.github.pace import Clock


async def _no_time(seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
def free_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting before a read is tried again takes no time."""
    monkeypatch.setattr(online, "Clock", lambda **given: Clock(sleep=_no_time, **given))
