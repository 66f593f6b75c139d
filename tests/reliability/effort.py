"""How much of a test is done, which point of it failed, and how to repeat that one.

The environment decides: `GHSTATE_RELIABILITY=full` tries everything there is, and
`brief` a third of what is drawn without it; `GHSTATE_SEED` draws other samples,
`GHSTATE_POINT` picks a single point.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

FULL = os.environ.get("GHSTATE_RELIABILITY") == "full"
BRIEF = os.environ.get("GHSTATE_RELIABILITY") == "brief"
SEED = int(os.environ.get("GHSTATE_SEED", "1"))
POINT = os.environ.get("GHSTATE_POINT")
MOST_TOLD = 10
"""Failures that are told in full; of more, there is nothing to learn."""


def rng(*about: object) -> Random:
    """Chance that is the same each time for the same seed and the same *about*."""
    return Random(f"{SEED} {about}")  # noqa: S311 - repeatable is the point


def sample(points: Sequence[T], most: int, *about: object) -> list[T]:
    """*most* of *points* in their order; all of them where everything is tried."""
    most = most // 3 if BRIEF else most
    if FULL or POINT or len(points) <= most:
        return list(points)
    drawn = rng("sample", *about).sample(range(len(points)), most)
    return [points[each] for each in sorted(drawn)]


@dataclass(slots=True)
class Account:
    """The points of one test: how many were tried, and what went wrong at which."""

    test: str
    """File and name, as pytest takes them."""

    tried: int = 0
    failures: list[str] = field(default_factory=list)

    def each(self, points: Iterable[T]) -> Iterator[T]:
        for point in points:
            if POINT is None or str(point) == POINT:
                yield point

    @contextmanager
    def of(self, point: object) -> Iterator[None]:
        """Try *point*; what fails does not keep the others from being tried."""
        self.tried += 1
        try:
            yield
        except AssertionError as error:
            self.failures.append(
                f"{point}: {error}\n    again with: GHSTATE_SEED={SEED} "
                f"GHSTATE_POINT='{point}' .venv/bin/python -m pytest -n0 '{self.test}'"
            )

    def check(self) -> None:
        """Fail with everything that went wrong."""
        if self.failures:
            told = "\n".join(self.failures[:MOST_TOLD])
            raise AssertionError(
                f"{len(self.failures)} of {self.tried} points failed\n{told}"
            )
