"""A world from a document, and a document from a world.

The document is plain JSON: `org`, `admins`, `members`, and `teams`, each with slug,
name, description, privacy, parent, members, maintainers; `invitations` is optional,
and so are `accounts`, logins of people who have nothing to do with the organization,
and `strangers`: whether anybody who is asked for exists.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ghstate.sandbox.records import (
    Account,
    AccountKind,
    Invitation,
    InvitationRole,
    OrgRole,
    Privacy,
    Team,
    TeamRole,
    TeamType,
)
from ghstate.sandbox.world import World

OWNER = "owner"


def from_neutral(
    document: Mapping[str, Any], *, start: datetime | None = None
) -> World:
    """The organization *document* describes, with the same ids every time.

    Its first admin owns the token `sandbox-owner`; without any, `owner` is added.
    """
    world = World(document["org"], start=start)
    world.policy.strangers_exist = document.get("strangers", False)
    for login in document.get("accounts", ()):
        world.account_or_new(login)
    for login in document.get("admins", ()):
        world.add_member(login, OrgRole.ADMIN)
    if not world.members:
        world.add_member(OWNER, OrgRole.ADMIN)
    for login in document.get("members", ()):
        if world.role_of(login) is None:
            world.add_member(login)
    teams = document.get("teams", ())
    for each in teams:
        _add_team(world, each)
    for each in teams:
        if each.get("parent"):
            _named(world, each["slug"]).parent = _named(world, each["parent"]).id
    for each in document.get("invitations", ()):
        _add_invitation(world, each)
    world.mails.clear()
    return world


def _named(world: World, slug: str) -> Team:
    team = world.team(slug)
    if team is None:
        raise KeyError(slug)
    return team


def _add_team(world: World, described: Mapping[str, Any]) -> None:
    """Everybody in a team is made a member, as nobody could be in it otherwise."""
    team = world.add_team(
        described.get("name") or described["slug"],
        slug=described["slug"].lower(),
        privacy=Privacy(described.get("privacy") or Privacy.CLOSED),
    )
    team.description = described.get("description")
    team.notifications = described.get("notifications", True)
    team.type = TeamType(described.get("type") or TeamType.ORGANIZATION)
    team.external_group = described.get("external_group")
    for key, role in (
        ("members", TeamRole.MEMBER),
        ("maintainers", TeamRole.MAINTAINER),
    ):
        for login in described.get(key, ()):
            if world.role_of(login) is None:
                world.add_member(login)
            world.place(team, world.known(login).id, role)


def _add_invitation(world: World, described: Mapping[str, Any]) -> None:
    who = described.get("login") or described["email"]
    invited_at = described.get("invited_at")
    world.invite(
        who,
        InvitationRole(_spelled(described.get("role", "direct_member"))),
        teams=tuple(described.get("teams", ())),
        by=described.get("inviter"),
        at=None if invited_at is None else _time(invited_at),
    )
    if described.get("login") and described.get("email"):
        account = world.known(described["login"])
        account.emails.add(described["email"].lower())


def _spelled(role: str) -> str:
    return "direct_member" if role == "member" else role


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def to_neutral(world: World) -> dict[str, Any]:
    """The document this world would come from; ids, mails and the clock stay out."""
    return {
        "org": world.login,
        "strangers": world.policy.strangers_exist,
        "accounts": _sorted(
            [
                account
                for account in world.accounts.values()
                if account.id not in world.members and account.kind is AccountKind.USER
            ]
        ),
        "admins": _logins(world, OrgRole.ADMIN),
        "members": _logins(world, OrgRole.MEMBER),
        "teams": [
            _team(world, team)
            for team in sorted(world.teams.values(), key=lambda team: team.slug)
        ],
        "invitations": [
            _invitation(world, each) for each in world.invitations.values()
        ],
    }


def _sorted(accounts: list[Account]) -> list[str]:
    return sorted((account.login for account in accounts), key=str.lower)


def _logins(world: World, role: OrgRole) -> list[str]:
    return _sorted(
        [
            world.accounts[account]
            for account, membership in world.members.items()
            if membership.role is role
        ]
    )


def _team(world: World, team: Team) -> dict[str, Any]:
    def people(role: TeamRole) -> list[str]:
        return _sorted(
            [world.accounts[who] for who, has in team.members.items() if has is role]
        )

    return {
        "slug": team.slug,
        "name": team.name,
        "description": team.description,
        "privacy": team.privacy.value,
        "notifications": team.notifications,
        "parent": None if team.parent is None else world.teams[team.parent].slug,
        "members": people(TeamRole.MEMBER),
        "maintainers": people(TeamRole.MAINTAINER),
        "type": team.type.value,
        "external_group": team.external_group,
        "repos": {},
        "previously": [],
    }


def _invitation(world: World, invitation: Invitation) -> dict[str, Any]:
    account = invitation.account
    inviter = world.accounts.get(invitation.inviter)
    return {
        "login": None if account is None else world.accounts[account].login,
        "email": invitation.email,
        "role": invitation.role.value,
        "teams": [world.teams[each].slug for each in invitation.teams],
        "invited_at": invitation.created_at.isoformat(),
        "inviter": inviter and inviter.login,
    }
