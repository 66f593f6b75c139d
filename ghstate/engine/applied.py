"""How an apply ended: what became of each change, and why nothing more was done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from ghstate.errors import GhstateError, GitHubError, LimitReached, StateError
from ghstate.plan.change import Change
from ghstate.plan.plan import Plan


class End(Enum):
    """How one change ended."""

    DONE = auto()
    ALREADY = auto()
    """It was so, or became so, without this apply."""

    FAILED = auto()
    SKIPPED = auto()
    """Something that it needs failed."""

    LEFT = auto()
    """Not begun: a limit, an interruption, or no way to GitHub."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one change."""

    change: Change
    end: End
    words: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How an apply ended, as a value."""

    plan: Plan
    results: tuple[Result, ...] = ()
    limit: LimitReached | None = None
    stopped: GhstateError | None = None
    """Why nothing more could be done, if that was so."""

    interrupted: bool = False
    unwritten: StateError | None = None
    """Changes were made, and the state could not be written."""

    rescued: str | None = None
    """Where the state was saved instead."""

    unread: GitHubError | None = None
    """Changes were made, and the organization could not be read afterwards."""

    remaining: tuple[Change, ...] = ()
    """What a fresh plan still wants, of what this apply reported as done."""

    def ended(self, *ends: End) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.end in ends)

    @property
    def succeeded(self) -> bool:
        return not (
            self.ended(End.FAILED, End.SKIPPED, End.LEFT)
            or self.limit
            or self.stopped
            or self.interrupted
            or self.unwritten
            or self.unread
            or self.remaining
            or self.plan.errors
        )
