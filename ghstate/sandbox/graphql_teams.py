"""GraphQL: teams and who is in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ghstate.sandbox.opaque import Key
from ghstate.sandbox.pages import Edge, Page, Rows, page_of
from ghstate.sandbox.reading import Fields, Info, Reading, reading_of
from ghstate.sandbox.records import Privacy, Team, TeamRole
from ghstate.sandbox.wire import AVATARS, WEB, stamp, team_id
from ghstate.sandbox.world import World

_FILTERS = (
    "ldapMapped",
    "notificationSetting",
    "privacy",
    "query",
    "role",
    "rootTeamsOnly",
    "userLogins",
)


def org_team(world: World, info: Info, slug: str) -> Team | None:
    reading = reading_of(info)
    reading.need_members()
    team = world.team(slug)
    return team if team is not None and reading.sees(team) else None


def org_teams(world: World, info: Info, **arguments: Any) -> Page:
    reading = reading_of(info)
    reading.need_members()
    teams = reading.teams
    if any(arguments.get(each) for each in _FILTERS):
        wanted = _TeamFilter(reading, arguments)
        teams = [team for team in teams if wanted(team)]
    return _team_page(teams, arguments, info)


@dataclass(slots=True)
class _TeamFilter:
    reading: Reading
    arguments: Mapping[str, Any]
    people: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for login in self.arguments.get("userLogins") or ():
            account = self.reading.world.account(login)
            if account is not None:
                self.people.add(account.id)

    def __call__(self, team: Team) -> bool:
        asked = self.arguments
        own = team.members.get(self.reading.viewer.account)
        own_role = "ADMIN" if own is TeamRole.MAINTAINER else own and "MEMBER"
        return (
            not (asked.get("rootTeamsOnly") and team.parent is not None)
            and not asked.get("ldapMapped")
            and asked.get("privacy") in {None, _privacy(team)}
            and asked.get("notificationSetting") in {None, _notifications(team)}
            and asked.get("role") in {None, own_role}
            and (asked.get("query") or "").lower() in f"{team.name} {team.slug}".lower()
            and (not asked.get("userLogins") or bool(self.people & team.members.keys()))
        )


def _team_page(teams: Iterable[Team], arguments: Mapping[str, Any], info: Info) -> Page:
    reading = reading_of(info)
    everything = reading.world.teams
    order = arguments.get("orderBy")
    if order is None:
        ids = sorted(team.id for team in teams)
        by_id = Rows(ids, lambda key: Edge(key, everything[key]))
        return page_of(by_id, arguments, info, reading.conditions)
    names = sorted((team.name.lower(), team.id) for team in teams)
    by_name = Rows(
        names,
        lambda key: Edge(key, everything[key[1]]),
        descending=order["direction"] == "DESC",
    )
    return page_of(by_name, arguments, info, reading.conditions)


# Team


def _privacy(team: Team) -> str:
    return "SECRET" if team.privacy is Privacy.SECRET else "VISIBLE"


def _notifications(team: Team) -> str:
    return f"NOTIFICATIONS_{'ENABLED' if team.notifications else 'DISABLED'}"


def _parent(team: Team, info: Info) -> Team | None:
    return None if team.parent is None else reading_of(info).world.teams[team.parent]


def _ancestors(team: Team, info: Info, **arguments: Any) -> Page:
    return _team_page(reading_of(info).world.ancestors(team), arguments, info)


def _child_teams(team: Team, info: Info, **arguments: Any) -> Page:
    reading = reading_of(info)
    only = arguments.get("immediateOnly", True)
    below = reading.children.get(team.id, ()) if only else reading.descendants(team)
    wanted = _TeamFilter(reading, {"userLogins": arguments.get("userLogins")})
    seen = [each for each in below if reading.sees(each) and wanted(each)]
    return _team_page(seen, arguments, info)


def _team_members(team: Team, info: Info, **arguments: Any) -> Page:
    reading = reading_of(info)
    people = _people(team, reading, arguments["membership"])
    if reading.unlisted:
        people = {
            who: has for who, has in people.items() if who not in reading.unlisted
        }
    role = arguments.get("role")
    if role is not None:
        people = {who: has for who, has in people.items() if has.upper() == role}
    accounts = reading.world.accounts
    query = (arguments.get("query") or "").lower()
    if query:
        people = {
            who: has
            for who, has in people.items()
            if query in f"{accounts[who].login} {accounts[who].name}".lower()
        }

    def edge(key: Key) -> Edge | None:
        who = key[1] if isinstance(key, tuple) else key
        if who in reading.hidden:
            return None
        return Edge(key, accounts[who], people[who].upper())

    order = arguments.get("orderBy")
    keys: list[Any]
    if order is None or order["field"] == "CREATED_AT":
        keys = sorted(people)
    else:
        keys = sorted((accounts[who].login.lower(), who) for who in people)
    descending = order is not None and order["direction"] == "DESC"
    return page_of(Rows(keys, edge, descending), arguments, info, reading.conditions)


def _people(team: Team, reading: Reading, membership: str) -> dict[int, TeamRole]:
    if membership == "IMMEDIATE":
        return team.members
    below = {
        account: TeamRole.MEMBER
        for child in reading.descendants(team)
        for account in child.members
    }
    if membership == "CHILD_TEAM":
        return {who: has for who, has in below.items() if who not in team.members}
    return below | team.members


def _team_invitations(team: Team, info: Info, **arguments: Any) -> Page | None:
    """Null for anybody but owners."""
    reading = reading_of(info)
    if not reading.owns:
        return None
    live = reading.world.invitations
    keys = sorted(reading.team_invitations.get(team.id, ()))
    rows = Rows(keys, lambda key: Edge(key, live[key]))
    return page_of(rows, arguments, info, reading.conditions)


TEAM: Fields = {
    "ancestors": _ancestors,
    "avatarUrl": lambda team, _, **__: f"{AVATARS}/t/{team.id}",
    "childTeams": _child_teams,
    "combinedSlug": lambda team, info: f"{reading_of(info).world.login}/{team.slug}",
    "createdAt": lambda team, _: stamp(team.created_at),
    "databaseId": lambda team, _: team.id,
    "description": lambda team, _: team.description,
    "id": lambda team, info: team_id(reading_of(info).world, team),
    "invitations": _team_invitations,
    "members": _team_members,
    "name": lambda team, _: team.name,
    "notificationSetting": lambda team, _: _notifications(team),
    "organization": lambda _, info: reading_of(info).world,
    "parentTeam": _parent,
    "privacy": lambda team, _: _privacy(team),
    "resourcePath": lambda team, info: (
        f"/orgs/{reading_of(info).world.login}/teams/{team.slug}"
    ),
    "slug": lambda team, _: team.slug,
    "updatedAt": lambda team, _: stamp(team.updated_at),
    "url": lambda team, info: (
        f"{WEB}/orgs/{reading_of(info).world.login}/teams/{team.slug}"
    ),
    "viewerCanAdminister": lambda team, info: (
        reading_of(info).world.is_owner(reading_of(info).viewer.account)
        or team.members.get(reading_of(info).viewer.account) is TeamRole.MAINTAINER
    ),
}
