"""What no plan may do unasked: refusals over the plan as a whole.

A refusal is not held back and not an error in an entry: it stops everything, and
says what to write if it is really meant (contract §2.1, traps T31, T32, T75 to T77).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
        if login not in plan.protected:
            continue
        written = plan.protected[login].spelled
        yield Note(
            change.address,
            "protected",
            Severity.REFUSAL,
            f"{login.spelled} is protected, and would be {what}",
            f"if that is meant: take {written} out of protected in ghstate.toml",
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
                "if that is meant: sign in as another owner, or as a GitHub App",
            )


def enough_admins(plan: Plan, snapshot: Snapshot, policy: Policy) -> Iterator[Note]:
    """Active admins at the end; whoever is only invited does not count."""
    least = policy.min_admins
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
    if left < least:
        are = "active admin" if left == 1 else "active admins"
        meant = f"; or, if that is meant: min_admins = {left} in ghstate.toml"
        yield Note(
            None,
            "too-few-admins",
            Severity.REFUSAL,
            f"{left or 'no'} {are} would be left, and min_admins is {least}; "
            "people who are only invited do not count",
            "make somebody an admin first, and let them accept" + meant * (left > 0),
        )


def too_many_removals(plan: Plan, snapshot: Snapshot, policy: Policy) -> Iterator[Note]:
    """More than the larger of a count and a share of a kind asks for the number."""
    over: list[str] = []
    for kind in KINDS:
        going = plan.removals.get(kind.TYPE, 0)
        here = sum(1 for _ in snapshot.each(kind))
        limit = policy.max_removals.of(here)
        if going > limit:
            over.append(f"{going} {kind.NOUN[going != 1]} (the limit is {limit})")
    if over and not _allowed(plan, policy):
        yield Note(
            None,
            "too-many-removals",
            Severity.REFUSAL,
            f"the plan removes {_listed(over)}{_but(policy)}",
            f"if that is meant: --allow-removals {_total(plan)}",
        )


def newly_managed(plan: Plan, snapshot: Snapshot, policy: Policy) -> Iterator[Note]:
    """What the files have never spoken of before is not removed for not being there.

    A new key, or a new version, must not read as "everybody else has to go".
    """
    kinds = [kind for kind in KINDS if kind.TYPE in plan.newly_managed]
    if not kinds or _allowed(plan, policy):
        return
    counts = [(plan.newly_managed[kind.TYPE], kind.NOUN) for kind in kinds]
    going = _listed([f"{count} {noun[count != 1]}" for count, noun in counts])
    names = _listed([several for _, (_, several) in counts], "or")
    yield Note(
        None,
        "newly-managed",
        Severity.REFUSAL,
        f"newly managed: {going} would be removed, "
        f"and no apply has managed {names} before{_but(policy)}",
        f"if that is meant: --allow-removals {_total(plan)}, "
        "or `ghstate lock`, commit it, and plan again",
    )


GUARDS: tuple[Guard, ...] = (
    protected_people,
    own_account,
    enough_admins,
    newly_managed,
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


def _total(plan: Plan) -> int:
    """The number that `--allow-removals` has to name."""
    return sum(plan.removals.values())


def _allowed(plan: Plan, policy: Policy) -> bool:
    return policy.allow_removals == _total(plan)


def _but(policy: Policy) -> str:
    given = policy.allow_removals
    return "" if given is None else f", not {given} as was allowed"


def _listed(parts: Sequence[str], last: str = "and") -> str:
    most, end = ", ".join(parts[:-1]), parts[-1]
    return f"{most} {last} {end}" if most else end
