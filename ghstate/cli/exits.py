"""Exit codes: the contract's table (§4.1), in the order in which they win."""

from __future__ import annotations

from enum import IntEnum

from ghstate.errors import (
    GhstateError,
    LimitReached,
    PlanChanged,
    StateLocked,
)


class Exit(IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    REFUSED = 3
    IN_PART = 4
    LIMIT = 5
    LOCKED = 6
    STALE = 7
    HANGUP = 129
    INTERRUPT = 130
    TERMINATED = 143


PRECEDENCE = (
    Exit.HANGUP,
    Exit.INTERRUPT,
    Exit.TERMINATED,
    Exit.LOCKED,
    Exit.STALE,
    Exit.ERROR,
    Exit.REFUSED,
    Exit.IN_PART,
    Exit.LIMIT,
    Exit.CHANGES,
    Exit.DONE,
)


def first_of(*codes: Exit) -> Exit:
    """The one that wins where several hold."""
    return min(codes, key=PRECEDENCE.index, default=Exit.DONE)


def of_error(error: GhstateError) -> Exit:
    match error:
        case StateLocked():
            return Exit.LOCKED
        case PlanChanged():
            return Exit.STALE
        case LimitReached():
            return Exit.LIMIT
        case _:
            return Exit.ERROR
