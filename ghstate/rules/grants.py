"""What the lines of the files come to: everybody's access, as written or on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.groups import ALWAYS, Expression, Period, Reference, Referred
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import Login, Name, Slug
from ghstate.model.note import Note
from ghstate.model.organization import Desired
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.never_remarks import kept_back
from ghstate.rules.membership import Membership
from ghstate.rules.references import Named

Role: TypeAlias = OrgRole | TeamRole

_ROLE = frozenset({"role"})
STRONG: frozenset[Role] = frozenset({OrgRole.ADMIN, TeamRole.MAINTAINER})


class Line(msgspec.Struct, frozen=True):
    """A line that gives a role to everybody in a set."""

    reference: Reference
    role: Role

    @property
    def is_strong(self) -> bool:
        return self.role in STRONG


class Term(msgspec.Struct, frozen=True):
    """When a line about one person holds, and what they fall back to afterwards."""

    period: Period
    until: KeyPath = ()
    """Where its end is written."""

    then: Role | None = None

    @property
    def leaves_nothing(self) -> bool:
        """Is there a day, before or after, on which the line gives nothing?"""
        period = self.period
        ends = period.until is not None and self.then is None
        return ends or period.since is not None


class Grants(msgspec.Struct, frozen=True):
    """All lines of the files: about one person, as *declared*, and about sets."""

    declared: Mapping[Address, Declared[Resource]]
    managed: frozenset[Address] = frozenset()
    absent: Mapping[Address, KeyPath] = msgspec.field(default_factory=dict)
    terms: Mapping[Address, Term] = msgspec.field(default_factory=dict)
    """Of those among the declared that do not hold always."""

    lines: Mapping[Address, tuple[Line, ...]] = msgspec.field(default_factory=dict)
    """About sets, by the collection that they fill."""

    ends: Mapping[Address, Period] = msgspec.field(default_factory=dict)
    """Collections that are empty after a day."""

    @property
    def dated(self) -> bool:
        """Is there a line that does not hold always?"""
        return bool(self.terms or self.ends) or any(
            line.reference.period != ALWAYS
            for lines in self.lines.values()
            for line in lines
        )


def granted(grants: Grants, membership: Membership, day: date | None) -> Desired:
    """What the files ask for on *day*; without a day, as they are written.

    On a day, nobody is in a team who is not in the organization by then.
    """
    dated = day is not None and (grants.dated or membership.dated)
    if not grants.lines and not dated:
        return Desired(grants.declared, grants.managed, grants.absent)
    declared = dict(_holding(grants, day) if day else grants.declared)
    on = membership.on(day)
    for collection, lines in grants.lines.items():
        if not grants.ends.get(collection, ALWAYS).holds(day):
            continue
        # The stronger first: where both give the same person a role, it has been
        # complained of, or a line about the person decides.
        for line in sorted(lines, key=lambda line: not line.is_strong):
            given, path = _giver(collection, line.role), line.reference.path
            for login in on.people(line.reference):
                address = Address(*collection, str(login))
                if address not in declared:
                    declared[address] = Declared(given(login), _ROLE, path)
    if dated and MEMBERS in grants.managed:
        declared = dict(_with_membership(declared))
    return Desired(declared, grants.managed, grants.absent)


def membership_of(
    grants: Grants,
    groups: Mapping[Name, Expression],
    others: Iterable[Reference] = (),
) -> Membership:
    """The sets of the files; *others* are references outside of them."""
    lines = (line.reference for each in grants.lines.values() for line in each)
    used = (*lines, *others)
    inside = (each for group in groups.values() for each in group.references)
    if not any(each.refers is Referred.TEAM for each in (*used, *inside)):
        return Membership(Named(groups=groups, teams={}), used)
    # The lines of a team are inside of a set now, and are looked at there.
    in_members = (line.reference for line in grants.lines.get(MEMBERS, ()))
    return Membership(_with_teams(grants, groups), (*in_members, *others))


def _with_teams(grants: Grants, groups: Mapping[Name, Expression]) -> Named:
    people: defaultdict[Slug, list[Reference]] = defaultdict(list)
    paths: dict[Slug, KeyPath] = {}
    for address, declared in grants.declared.items():
        match declared.resource:
            case TeamMember(team=slug, login=login):
                term = grants.terms.get(address)
                days = term.period if term else ALWAYS
                people[slug].append(
                    Reference(Referred.PERSON, login, declared.path, days)
                )
            case Team(slug=slug):
                paths[slug] = declared.path
            case _:
                pass
    for collection, lines in grants.lines.items():
        if collection != MEMBERS:
            people[Slug(collection[1])] += (line.reference for line in lines)
    managed = {slug for slug in paths if TeamMember.all_of(slug) in grants.managed}
    return Named(
        groups=groups,
        teams={
            slug: Expression(
                path=paths[slug],
                any=tuple(people[slug]),
                period=grants.ends.get(TeamMember.all_of(slug), ALWAYS),
            )
            for slug in paths
            if slug in managed
        },
        open_teams=frozenset(paths.keys() - managed),
        absent_teams=frozenset(Slug(address[1]) for address in grants.absent),
    )


def count(grants: Grants, membership: Membership) -> int:
    """How many people and places in teams there would be, if nobody stood twice."""
    on = membership.written
    lines = (line for each in grants.lines.values() for line in each)
    in_sets = sum(on.bits(line.reference).bit_count() for line in lines)
    declared = grants.declared.values()
    return in_sets + sum(1 for each in declared if type(each.resource) is not Team)


def _holding(grants: Grants, day: date) -> Iterator[tuple[Address, Declared[Resource]]]:
    over = {
        collection
        for collection, period in grants.ends.items()
        if not period.holds(day)
    }
    for address, declared in grants.declared.items():
        term = grants.terms.get(address)
        if over and address.collection in over:
            continue
        if term is None or term.period.holds(day):
            yield address, declared
        elif term.then is not None and not _is_before(day, term.period):
            person = declared.resource.person
            assert person is not None  # noqa: S101 - only people have terms
            resource = _giver(address.collection, term.then)(person)
            yield address, replace(declared, resource=resource)


def _is_before(day: date, period: Period) -> bool:
    return period.since is not None and day < period.since


def _giver(collection: Address, role: Role) -> Callable[[Login], Resource]:
    """What the role in *collection* is for each person."""
    match role:
        case OrgRole():
            return lambda login: Member(login=login, role=role)
        case TeamRole():
            team = Slug(collection[1])
            return lambda login: TeamMember(team=team, login=login, role=role)


def _with_membership(
    declared: Mapping[Address, Declared[Resource]],
) -> Iterator[tuple[Address, Declared[Resource]]]:
    for address, each in declared.items():
        place = each.resource
        if type(place) is not TeamMember or Member.at(place.login) in declared:
            yield address, each


# Guard sets ---------------------------------------------------------------------


def without(desired: Desired, never: AbstractSet[Login]) -> tuple[Desired, list[Note]]:
    """*desired* without anything for the people of *never*, and what that kept back."""
    if not never:
        return desired, []
    notes: list[Note] = []
    kept: dict[Address, Declared[Resource]] = {}
    for address, each in desired.declared.items():
        person = each.resource.person
        if person is None or person not in never:
            kept[address] = each
        else:
            notes.append(
                kept_back(each, f"`never` in the settings has {person.spelled}")
            )
    return replace(desired, declared=kept, never=frozenset(never)), notes
