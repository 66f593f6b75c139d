"""What outlasts the dates in the files: who ends by one, and who must not.

A day that comes never makes a run fail. What would is refused while nobody waits for
that day: the last admin who ends, and somebody protected who does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.complaint import Complaint
from ghstate.model.groups import Expression, Period, Reference
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import Login, Name
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy
from ghstate.model.resource import KeyPath
from ghstate.rules.grants import Grants, membership_of
from ghstate.rules.sets import Sets

# What has ended ------------------------------------------------------------------


def ended_by(sets: Sets, today: date, desired: Desired) -> frozenset[Address]:
    """Where *desired*, of *today*, has nothing or less because a last day has passed.

    What is still to come is not among it, and nothing that `never` keeps back.
    """
    if not any(_is_over(period, today) for period in _periods(sets)):
        return frozenset()
    endless = _without_ends(sets).asked_on(today)[0].declared
    return frozenset(
        address
        for address, each in endless.items()
        if (has := desired.declared.get(address)) is None
        or has.resource != each.resource
    )


def _is_over(period: Period, today: date) -> bool:
    return period.until is not None and period.until < today


def _periods(sets: Sets) -> Iterator[Period]:
    grants = sets.grants
    yield from (term.period for term in grants.terms.values())
    yield from grants.ends.values()
    for lines in grants.lines.values():
        yield from (line.reference.period for line in lines)
    yield from sets.membership.periods()


def _without_ends(sets: Sets) -> Sets:
    """The same with no last day anywhere."""
    grants = sets.grants
    lines = {
        place: tuple(replace(line, reference=_endless(line.reference)) for line in each)
        for place, each in grants.lines.items()
    }
    terms = {
        address: replace(term, period=_open(term.period))
        for address, term in grants.terms.items()
    }
    endless = replace(grants, lines=lines, terms=terms, ends={})
    groups = {
        name: _endless_set(group)
        for name, group in sets.membership.named.groups.items()
    }
    membership = membership_of(endless, groups, sets.never)
    return replace(sets, grants=endless, membership=membership)


def _open(period: Period) -> Period:
    return Period(period.since)


def _endless(reference: Reference) -> Reference:
    if reference.period.until is None:
        return reference
    return replace(reference, period=_open(reference.period))


def _endless_set(group: Expression) -> Expression:
    return replace(
        group,
        any=None if group.any is None else tuple(map(_endless, group.any)),
        all=tuple(map(_endless, group.all)),
        but=tuple(map(_endless, group.but)),
        period=_open(group.period),
    )


# What must not end ---------------------------------------------------------------


class _End(msgspec.Struct, frozen=True):
    """An admin or a member by the files, who is less after a day."""

    login: Login
    role: OrgRole
    after: OrgRole | None
    path: KeyPath


def must_last(sets: Sets, written: Desired, policy: Policy) -> Iterator[Complaint]:
    """Complain of dates that would take the last admins, or somebody protected.

    Whoever comes by a date counts as if they were there: one may follow another.
    """
    if MEMBERS not in written.managed or not sets.dated:
        return
    first = _roles(sets.asked_on(None)[0])
    last = _roles(sets.asked_on(date.max)[0])
    ends = [
        _End(login, role, last.get(login), _where(sets.grants, written, login))
        for login, role in sorted(first.items())
        if last.get(login) not in {role, OrgRole.ADMIN}
    ]
    yield from _protected(ends, policy.protected)
    yield from _admins(ends, _admins_of(first), _admins_of(last), policy.min_admins)


def _protected(ends: list[_End], protected: AbstractSet[Login]) -> Iterator[Complaint]:
    for each in ends:
        if each.login in protected:
            what = "ends" if each.after is None else "falls back to member"
            yield Complaint(
                each.path,
                f"{each.login.spelled} is protected, and their access {what} by a date",
                f"take the date away, or take {each.login.spelled} out of protected in "
                "ghstate.toml",
            )


def _admins(ends: list[_End], first: int, last: int, least: int) -> Iterator[Complaint]:
    if last >= least or first < least:
        return  # too few as they are written: a plan says so
    for each in ends:
        if each.role is OrgRole.ADMIN:
            are = "admins are" if last > 1 else "admin is"
            yield Complaint(
                each.path,
                f"{each.login.spelled} is an admin until a day only; after such days "
                f"{last or 'no'} {are} left, and min_admins is {least}",
                'take the date away, or make somebody "admin" without one',
            )


def _roles(desired: Desired) -> Mapping[Login, OrgRole]:
    return {
        member.login: member.role
        for each in desired.declared.values()
        if isinstance(member := each.resource, Member)
    }


def _admins_of(roles: Mapping[Login, OrgRole]) -> int:
    return sum(1 for role in roles.values() if role is OrgRole.ADMIN)


def _where(grants: Grants, written: Desired, login: Login) -> KeyPath:
    """The date that ends it; the line, where the date stands in a set."""
    address = Member.at(login)
    term = grants.terms.get(address)
    return (term.until if term else ()) or written.declared[address].path


def mentioned(sets: Sets) -> Mapping[Login, tuple[KeyPath, ...]]:
    """The people whom groups name, and everywhere they do so."""
    groups: Mapping[Name, Expression] = sets.membership.named.groups
    found: dict[Login, tuple[KeyPath, ...]] = {}
    for group in groups.values():
        for each in group.references:
            if isinstance(each.name, Login):
                found[each.name] = (*found.get(each.name, ()), each.path)
    return found
