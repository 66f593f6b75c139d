"""Lines of the files that cannot hold together, as they are written.

No contradiction comes, and nobody gets more, because a day has come: whatever might
on some day is complained of from the beginning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import msgspec

from ghstate.model.address import Address
from ghstate.model.complaint import Complaint, Part
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.organization import Desired
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.rules.grants import STRONG, Grants, Line, Role
from ghstate.rules.membership import Membership
from ghstate.rules.sides import On

_TOLD = 50
"""So many pairs of lines that contradict each other are told of one list."""


class Contradiction(msgspec.Struct, frozen=True):
    """A complaint about one line, and the other line that it is about."""

    complaint: Complaint
    other: KeyPath


def contradictions(grants: Grants, membership: Membership) -> Iterator[Contradiction]:
    """Lines that give one person two roles, if no line about the person decides."""
    direct = _direct(grants)
    for collection, lines in grants.lines.items():
        strong = [line for line in lines if line.is_strong]
        weak = [line for line in lines if not line.is_strong]
        here = direct[collection]
        if strong and weak:
            yield from _two_roles(strong, weak, here, grants, membership)
        if strong:
            yield from _more_by_an_end(strong, here, grants, membership)


def about_sets(
    grants: Grants, membership: Membership, written: Desired
) -> Iterator[Complaint]:
    """What lines about sets would do that no line may."""
    yield from _open_teams(grants, membership)
    yield from _nobody(grants, written)
    yield from _strangers(grants, membership, written)


def _nobody(grants: Grants, written: Desired) -> Iterator[Complaint]:
    """Lines of ``[members]`` that come to nobody, as an empty table would."""
    if not grants.lines.get(MEMBERS):
        return
    if not any(type(each.resource) is Member for each in written.declared.values()):
        yield Complaint(
            MEMBERS,
            'nobody is in the groups and teams that "members" names,'
            " which would remove everybody",
            "name the people who stay, or remove the table to leave memberships alone",
            Part.KEY,
        )


def _strangers(
    grants: Grants, membership: Membership, written: Desired
) -> Iterator[Complaint]:
    """Sets that would put people into a team who are not in the organization."""
    managed = MEMBERS in grants.managed
    members = membership.bits_of(
        each.resource.login
        for each in written.declared.values()
        if isinstance(each.resource, Member)
    )
    on = membership.written
    for collection, lines in grants.lines.items():
        for line in lines if collection != MEMBERS else ():
            others = on.bits(line.reference) & ~members
            if not managed:
                others = membership.addresses & others
            if not others:
                continue
            who = next(membership.logins(others)).spelled
            more = others.bit_count() - 1
            are = f"{who} and {more:,} more, who are" if more else f"{who}, who is"
            yield Complaint(
                line.reference.path,
                f'"{line.reference.key}" has {are} not in [members]',
                f'name {who} in [members], or write "{line.reference.key}" = "member"',
            )


def _direct(grants: Grants) -> Mapping[Address, list[Declared[Resource]]]:
    """Who is named by a line of their own, in each list that has sets, too."""
    found: defaultdict[Address, list[Declared[Resource]]] = defaultdict(list)
    if not grants.lines:
        return found
    for declared in grants.declared.values():
        match declared.resource:
            case Member():
                collection = MEMBERS
            case TeamMember(team=team):
                collection = TeamMember.all_of(team)
            case _:
                continue
        if collection in grants.lines:
            found[collection].append(declared)
    return found


def _two_roles(
    strong: list[Line],
    weak: list[Line],
    direct: Iterable[Declared[Resource]],
    grants: Grants,
    membership: Membership,
) -> Iterator[Contradiction]:
    on = membership.written
    decided = membership.bits_of(
        person
        for each in direct
        if (person := each.resource.person) is not None
        and not _leaves_nothing(grants, each)
    )
    left = _union(strong, on) & _union(weak, on) & ~decided
    for _ in range(_TOLD):
        if not left:
            return
        somebody = left & -left
        one = next(line for line in weak if on.bits(line.reference) & somebody)
        other = next(line for line in strong if on.bits(line.reference) & somebody)
        both = left & on.bits(one.reference) & on.bits(other.reference)
        left &= ~both
        who = next(membership.logins(both)).spelled
        more = both.bit_count() - 1
        are = f"{who} and {more:,} more are" if more else f"{who} is"
        yield Contradiction(
            Complaint(
                one.reference.path,
                f'{are} {_a(one.role)} by "{one.reference.key}"'
                f' and {_a(other.role)} by "{other.reference.key}"',
                f"name {who} directly, or take them out of one of the two",
                one.reference.part,
            ),
            other.reference.path,
        )


def _more_by_an_end(
    strong: Iterable[Line],
    direct: Iterable[Declared[Resource]],
    grants: Grants,
    membership: Membership,
) -> Iterator[Contradiction]:
    """Lines about a person that hold them to less than a set would, until a day."""
    held = {
        person: term.until
        for each in direct
        if (person := each.resource.person) is not None
        and (term := grants.terms.get(each.resource.address)) is not None
        and term.period.until is not None
        and getattr(each.resource, "role", None) not in STRONG
    }
    on = membership.written
    more = membership.bits_of(held) & _union(strong, on)
    for person in islice(membership.logins(more), _TOLD):
        line = next(line for line in strong if on.has(line.reference, person))
        yield Contradiction(
            Complaint(
                held[person],
                f"after this day {person.spelled} would be {_a(line.role)}"
                f' by "{line.reference.key}", and no day gives anybody more by its end',
                f"take {person.spelled} out of that set, or leave until out",
            ),
            line.reference.path,
        )


def _leaves_nothing(grants: Grants, declared: Declared[Resource]) -> bool:
    term = grants.terms.get(declared.resource.address)
    return term is not None and term.leaves_nothing


def _union(lines: Iterable[Line], on: On) -> int:
    found = 0
    for line in lines:
        found |= on.bits(line.reference)
    return found


def _a(role: Role) -> str:
    match role:
        case OrgRole.ADMIN:
            return "an admin"
        case TeamRole.MAINTAINER:
            return "a maintainer"
        case OrgRole.MEMBER | TeamRole.MEMBER:
            return "a member"


def _open_teams(grants: Grants, membership: Membership) -> Iterator[Complaint]:
    """Teams of which ``team:*`` would say more than the files: who is in them."""
    if MEMBERS not in grants.managed or not membership.means_any_team:
        return
    for slug in sorted(membership.named.open_teams):
        yield Complaint(
            ("teams", slug),
            "the files do not say who is in this team,"
            ' and "team:*" means everybody in any team',
            "write members = [] for nobody",
            Part.KEY,
        )
