"""What an apply leaves behind: drift that it could not undo, and what it did itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ghstate.engine.applied import End, Result
from ghstate.engine.drift import along
from ghstate.engine.meanwhile import meanwhile
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.mailbox import kept_at
from ghstate.model.policy import Policy
from ghstate.plan.flapping import PERIOD, REMEMBERED, noted
from ghstate.plan.plan import Plan
from ghstate.statefile import State


def left_open(
    state: State,
    made: Plan,
    results: Iterable[Result],
    policy: Policy,
    *,
    by_hand: bool = False,
) -> dict[Address, Drift]:
    """The drift of before the apply that it had to leave as it was, and new drift.

    Everything else is as the apply left it, so it is no drift any more; what others
    have changed since it began is none of that. One *by_hand* was about nothing but
    what it did.
    """
    results = tuple(results)
    done = {each.change.address for each in results if each.end in _HELD}
    undone = {each.change.address for each in results} - done
    undone |= {change.address for change in made.held_changes}
    undone |= {change.address for change in made.changes} - done
    erring = [note.address for note in made.errors if note.address]
    known = {each.address for each in made.drift}

    def is_open(address: Address) -> bool:
        if address in done:
            return False
        return (
            by_hand
            or address in undone
            or any(address.within(each) for each in erring)
            or not _is_meant(address, policy)
        )

    observed = state.snapshot.observed if state.snapshot else {}

    def stays(address: Address) -> bool:
        if address in done:
            return False
        cause = (
            along(address, state.drift, observed) if address in state.drift else None
        )
        return is_open(address) or is_open(cause or address)

    still = {
        address: each
        for address, each in state.drift.items()
        if (each.after < made.snapshot_at or address in known) and stays(address)
    }
    new = {
        address: each
        for address, each in meanwhile(state, made, results).items()
        if address not in known or not stays(address)
    }
    return new | still


_HELD = frozenset({End.DONE, End.ALREADY})


def _is_meant(address: Address, policy: Policy) -> bool:
    return not policy.targets or any(address.within(each) for each in policy.targets)


def with_done(
    state: State, results: Iterable[Result], now: datetime
) -> dict[Address, tuple[Made, ...]]:
    """What applies have changed lately, with the *results* of this one."""
    organization = state.organization.id if state.organization else 0
    made = {address: list(each) for address, each in state.made.items()}
    for result in results:
        if result.end is End.DONE:
            at = kept_at(result.change.address, organization)
            made.setdefault(at, []).append(noted(result.change, now))
    return {
        address: tuple(recent[-REMEMBERED:])
        for address, each in sorted(made.items())
        if (recent := [one for one in each if one.at > now - PERIOD])
    }
