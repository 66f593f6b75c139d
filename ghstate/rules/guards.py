"""What no plan may do unasked: refusals over the plan as a whole.

A refusal is not held back and not an error in an entry: it stops everything, and
says what to write if it is really meant (contract §2.1, traps T31, T32, T75, T77).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from ghstate.model.kinds import KINDS
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Standing
from ghstate.plan.change import Change, Delete, Update
from ghstate.plan.plan import Plan

Guard: TypeAlias = Callable[[Plan, Snapshot, Policy], Iterable[Note]]


def guard(plan: Plan, snapshot: Snapshot, policy: Policy) -> Plan:
    """*plan* with every refusal that it deserves among its notes."""
    refusals = tuple(note for check in GUARDS for note in check(plan, snapshot, policy))
    return replace(plan, notes=refusals + plan.notes) if refusals else plan


def protected_people(plan: Plan, snapshot: Snapshot, policy: Policy) -> Iterator[Note]:
    """People in `protected` are never removed and never demoted."""
    for change, login, what in _losses(plan):
        if login in policy.protected:
            yield Note(
                change.address,
                "protected",
                Severity.REFUSAL,
                f"{login.spelled} is protected, and would be {what}",
                f"take {login.spelled} out of protected in ghstate.toml",
            )


def own_account(plan: Plan, snapshot: Snapshot, policy: Policy) -> Iterator[Note]:
    """The account behind the token would saw off the branch it sits on."""
    viewer = snapshot.viewer
    if viewer.is_app:
        return
    for change, login, what in _losses(plan):
        if login == viewer.login:
            yield Note(
                change.address,
                "own-account",
                Severity.REFUSAL,
                f"{login.spelled} is the account behind the token, and would be {what}",
                "use the token of another owner, or keep this one",
            )


def enough_admins(plan: Plan, snapshot: Snapshot, policy: Policy) -> Iterator[Note]:
    """Active admins at the end; whoever is only invited does not count."""
    admins = active_admins(snapshot)
    lost = {login for _, login, _ in _losses(plan) if login in admins}
    if not lost:
        return
    gained = {
        change.after.login
        for change in plan.changes
        if isinstance(change, Update)
        and isinstance(change.after, Member)
        and change.before.standing is Standing.ACTIVE
        and change.after.role is OrgRole.ADMIN
    }
    left = len((admins | gained) - lost)
    if left < policy.min_admins:
        are = "active admin" if left == 1 else "active admins"
        yield Note(
            None,
            "too-few-admins",
            Severity.REFUSAL,
            f"{left or 'no'} {are} would be left, and min_admins is "
            f"{policy.min_admins}; people who are only invited do not count",
            "make somebody an admin first, and let them accept",
        )


def too_many_removals(plan: Plan, snapshot: Snapshot, policy: Policy) -> Iterator[Note]:
    """More than the larger of a count and a share of a kind asks for the number."""
    total = sum(plan.removals.values())
    if policy.allow_removals == total:
        return
    over: list[str] = []
    for kind in KINDS:
        going = plan.removals.get(kind.TYPE, 0)
        limit = policy.max_removals.of(sum(1 for _ in snapshot.each(kind)))
        if going > limit:
            over.append(f"{going} {kind.NOUN[going != 1]} (the limit is {limit})")
    if over:
        given = policy.allow_removals
        but = "" if given is None else f", not {given} as was allowed"
        yield Note(
            None,
            "too-many-removals",
            Severity.REFUSAL,
            f"the plan removes {' and '.join(over)}{but}",
            f"if that is meant: --allow-removals {total}",
        )


GUARDS: tuple[Guard, ...] = (
    protected_people,
    own_account,
    enough_admins,
    too_many_removals,
)


def active_admins(snapshot: Snapshot) -> frozenset[Login]:
    return frozenset(
        found.resource.login
        for found in snapshot.each(Member)
        if found.standing is Standing.ACTIVE and found.resource.role is OrgRole.ADMIN
    )


def _losses(plan: Plan) -> Iterator[tuple[Change, Login, str]]:
    """Everybody in the organization whom *plan* removes or demotes, or would.

    A safety rule speaks before `features` holds anything back (contract §2.1).
    """
    for change in (*plan.changes, *plan.held_changes):
        match change:
            case Delete(before=found) if found.standing is Standing.ACTIVE:
                if isinstance(found.resource, Member):
                    yield change, found.resource.login, "removed"
            case Update(before=found, after=Member(role=OrgRole.MEMBER) as after):
                if found.standing is Standing.ACTIVE:
                    yield change, after.login, "demoted"
            case _:
                pass
