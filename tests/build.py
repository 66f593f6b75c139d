"""Short words for organizations, so that a test reads like a story.

    have = snapshot(members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"]})
    want = desired(members={"ada": "admin"}, teams={"ops": []})

Ids come from the names, times from `NOW`: the same words build the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar
from zlib import crc32

from msgspec.structs import fields

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation, InvitationRole
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.organization import (
    Desired,
    Organization,
    Seats,
    Snapshot,
    Viewer,
)
from ghstate.model.resource import (
    Declared,
    Keeper,
    KeyPath,
    Observed,
    Resource,
    Standing,
)
from ghstate.model.team import TEAMS, Privacy, Team
from ghstate.model.team_member import TeamMember, TeamRole

NOW = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
ACME = Organization("acme", 77)

People: TypeAlias = Mapping[str, str] | Iterable[str]
"""Logins and their roles, or just logins, who are then ordinary members."""

R = TypeVar("R", bound=Resource)


def id_of(name: str) -> int:
    """The id that GitHub would have given to *name*, in any spelling."""
    return crc32(name.lower().encode()) % 1_000_000


def ago(*, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    return NOW - timedelta(days=days, hours=hours, minutes=minutes)


# The things themselves.


def person(text: str) -> Login:
    """A login, or the address of somebody who has none yet."""
    return EmailAddress(text) if "@" in text else Login(text)


def member(login: str, role: str = "member") -> Member:
    return Member(login=person(login), role=OrgRole(role))


def team(
    slug: str,
    name: str | None = None,
    *,
    description: str = "",
    privacy: str = "closed",
    notifications: bool = True,
    parent: str | None = None,
) -> Team:
    return Team(
        slug=Slug(slug),
        name=slug if name is None else name,
        description=description,
        privacy=Privacy(privacy),
        notifications=notifications,
        parent=None if parent is None else Slug(parent),
    )


def team_member(team: str, login: str, role: str = "member") -> TeamMember:
    return TeamMember(team=Slug(team), login=person(login), role=TeamRole(role))


# As GitHub reports them.


def found(
    resource: R, *, number: int | None = None, kept_by: Keeper | None = None
) -> Observed[R]:
    """*resource* as it stands; *number* is the id, if not the one of its name."""
    return Observed(resource, id=number or _id(resource), kept_by=kept_by)


def invited(resource: R, **details: Any) -> Observed[R]:
    """*resource* with its answer awaited; *details* as for `invitation`."""
    return Observed(
        resource,
        Standing.INVITED,
        id=_id(resource),
        invitation=invitation(resource, **details),
    )


def failed(
    resource: R,
    *,
    days_ago: float = 9,
    reason: str = "Invitation expired.",
    **details: Any,
) -> Observed[R]:
    """*resource* once offered by an invitation that came to nothing."""
    return Observed(
        resource,
        Standing.FAILED,
        id=_id(resource),
        invitation=invitation(
            resource,
            days_ago=days_ago,
            **{
                "failed_at": ago(days=days_ago - 7),
                "failed_reason": reason,
                **details,
            },
        ),
    )


def invitation(
    to: Resource | None = None,
    *,
    days_ago: float = 3,
    by: str | None = "ada",
    **details: Any,
) -> Invitation:
    """An invitation to hold *to*, sent *days_ago*; *details* are its fields."""
    role = to.role if isinstance(to, Member) else OrgRole.MEMBER
    gives = {OrgRole.ADMIN: InvitationRole.ADMIN, OrgRole.MEMBER: InvitationRole.MEMBER}
    return Invitation(
        **{
            "id": id_of(str(to.address)) if to else None,
            "role": gives[role],
            "invited_at": ago(days=days_ago),
            "inviter": None if by is None else Login(by),
            **details,
        }
    )


def by_mail(
    address: str, role: str = "direct_member", *, teams: Iterable[str] = (), **more: Any
) -> Invitation:
    """An invitation sent to *address*, as an owner's list of invitations has it."""
    return invitation(
        **{
            "id": id_of(address),
            "role": InvitationRole(role),
            "mailbox": Mailbox.of(address, ACME.id),
            "teams": tuple(Slug(each) for each in teams),
            **more,
        }
    )


def snapshot(
    *others: Observed[Any],
    members: People = (),
    invited: People = (),
    failed: People = (),
    teams: Mapping[str, People] | None = None,
    viewer: str = "ada",
    waiting: Iterable[Invitation] = (),
    ended: Iterable[Invitation] = (),
    seats: Seats | None = None,
    hidden: Mapping[Address, int] | None = None,
    taken_at: datetime = NOW,
) -> Snapshot:
    """An organization as found; *others* add to it, or stand in for what is there.

    Owners maintain the teams they are in, and who is still invited to the
    organization is still invited to its teams: so it is on GitHub.
    """
    observed: list[Observed[Any]] = []
    people = _roles(members)
    waits = _roles(invited)
    observed += (found(member(*each)) for each in people.items())
    observed += (_invited(member(*each)) for each in waits.items())
    observed += (_failed(member(*each)) for each in _roles(failed).items())
    for slug, those in (teams or {}).items():
        observed.append(found(team(slug)))
        for login, role in _roles(those).items():
            if login in waits:
                observed.append(_invited(team_member(slug, login, role)))
            else:
                owner = people.get(login) == "admin"
                held = "maintainer" if owner else role
                observed.append(found(team_member(slug, login, held)))
    observed += others
    return Snapshot(
        organization=ACME,
        viewer=Viewer(Login(viewer)),
        taken_at=taken_at,
        observed={each.resource.address: each for each in observed},
        others=tuple(waiting),
        ended=tuple(ended),
        seats=seats,
        hidden=hidden or {},
    )


# As the files ask for them.


def declared(
    resource: R,
    *written: str,
    path: KeyPath | None = None,
    pinned: int | None = None,
    formerly: Iterable[str] = (),
    email: str | None = None,
) -> Declared[R]:
    """*resource* as the files ask for it, with the fields that were *written*.

    Without any, the role of a membership counts as written, and of a team every
    field that is not at its default. *pinned* is the id that the files give.
    """
    return Declared(
        resource,
        frozenset(written) or _written(resource),
        path=tuple(resource.address) if path is None else path,
        id=pinned,
        formerly=tuple(formerly),
        email=None if email is None else EmailAddress(email),
    )


def desired(
    *others: Declared[Any],
    members: People | None = None,
    teams: Mapping[str, People | None] | None = None,
    absent: Iterable[str] = (),
    all_teams: bool = False,
) -> Desired:
    """What the files ask for.

    Without *members* they leave the organization's people alone; a team with
    `None` for its people leaves those alone. *others* add, or stand in for what is
    there; *absent* names teams to delete.
    """
    wanted: list[Declared[Any]] = []
    managed: set[Address] = set()
    if members is not None:
        managed.add(MEMBERS)
        wanted += (declared(member(*each)) for each in _roles(members).items())
    if all_teams:
        managed.add(TEAMS)
    for slug, those in (teams or {}).items():
        wanted.append(declared(team(slug)))
        if those is not None:
            managed.add(TeamMember.all_of(slug))
            wanted += _in_team(slug, those)
    return Desired(
        declared={each.resource.address: each for each in [*wanted, *others]},
        managed=frozenset(managed),
        absent={Team.at(slug): ("teams", slug, "absent") for slug in absent},
    )


def _in_team(slug: str, people: People) -> Iterable[Declared[TeamMember]]:
    counts = {"members": 0, "maintainers": 0}
    for login, role in _roles(people).items():
        key = f"{role}s"
        yield declared(
            team_member(slug, login, role), path=("teams", slug, key, counts[key])
        )
        counts[key] += 1


def _roles(people: People) -> Mapping[str, str]:
    if isinstance(people, Mapping):
        return people
    return dict.fromkeys(people, "member")


def _written(resource: Resource) -> frozenset[str]:
    if not isinstance(resource, Team):
        return type(resource).mutable()
    plain = team(resource.slug)
    return frozenset(
        field.name
        for field in fields(resource)
        if field.name not in resource.KEY
        and getattr(resource, field.name) != getattr(plain, field.name)
    )


def _id(resource: Resource) -> int:
    return id_of(resource.person or resource.address[-1])


_invited = invited
_failed = failed
