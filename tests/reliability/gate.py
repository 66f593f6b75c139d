"""A request that GitHub takes in hand and does not answer until it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

from ghstate.sandbox.world import World

PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Gate:
    """For a `Meanwhile`: all of GitHub stands still until the gate is open."""

    _reached: Event = field(default_factory=Event)
    _opened: Event = field(default_factory=Event)

    def __call__(self, _: World) -> None:
        self._reached.set()
        self._opened.wait(PATIENCE)

    def wait_until_reached(self) -> None:
        assert self._reached.wait(PATIENCE), "the request has never come"

    def open(self) -> None:
        self._opened.set()
