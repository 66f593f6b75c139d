"""REST: teams and the people in them."""

from typing import Any

from ghstate.sandbox import invitations, teams
from ghstate.sandbox.calls import Call
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import Privacy, Team, TeamRole
from ghstate.sandbox.refusals import Invalid, NotFound, invalid_team
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.teams import UNSAID, TeamFields, Unsaid

NO_CONTENT = Reply(204)
NOTIFICATIONS = {"notifications_enabled": True, "notifications_disabled": False}


def _by_name(found: list[Team]) -> list[Team]:
    return sorted(found, key=lambda team: (team.name.lower(), team.id))


def listed(call: Call) -> Reply:
    kind = call.query.get("team_type", "all")
    rows = [
        team
        for team in call.world.teams.values()
        if call.sees(team) and kind in {"all", team.type}
    ]
    return call.paged(_by_name(rows), call.bodies.team)


def one(call: Call) -> Reply:
    return Reply(200, call.bodies.full_team(call.team()))


def create(call: Call) -> Reply:
    leaders = call.body().get("maintainers") or []
    if not all(isinstance(each, str) for each in leaders):
        raise Invalid('Invalid request.\n\n"maintainers" is not an array of strings.')
    team = teams.create(call.world, call.actor, _fields(call), leaders)
    if call.conditions.new_team_lag:
        call.conditions.lagging[team.id] = call.conditions.new_team_lag
    return Reply(201, call.bodies.full_team(team))


def edit(call: Call) -> Reply:
    """200 when nothing was different, 201 when something was."""
    team = call.team()
    changed = teams.edit(call.world, call.actor, team, _fields(call))
    return Reply(201 if changed else 200, call.bodies.full_team(team))


def delete(call: Call) -> Reply:
    teams.delete(call.world, call.actor, call.team())
    return NO_CONTENT


def _fields(call: Call) -> TeamFields:
    body = call.body()
    privacy: Privacy | Unsaid = UNSAID
    if body.get("privacy") is not None:
        privacy = call.choice("privacy", Privacy, Privacy.SECRET)
    notifications: bool | Unsaid = UNSAID
    if body.get("notification_setting") is not None:
        setting = body["notification_setting"]
        if setting not in NOTIFICATIONS:
            raise Invalid(f'Invalid request.\n\n"notification_setting": {setting!r}')
        notifications = NOTIFICATIONS[setting]
    name = body.get("name", UNSAID)
    if name is not UNSAID and not isinstance(name, str):
        raise Invalid('Invalid request.\n\n"name" is not a string.')
    return TeamFields(
        name=name,
        description=body.get("description", UNSAID),
        privacy=privacy,
        notifications=notifications,
        parent=_parent(call, body),
    )


def _parent(call: Call, body: Any) -> int | Unsaid | None:
    slug = body.get("parent_team_slug")
    if slug is not None:
        team = call.world.team(str(slug))
        if team is None:
            raise invalid_team(
                "parent_team_slug", "invalid", "Parent team does not exist"
            )
        return team.id
    parent = body.get("parent_team_id", UNSAID)
    if parent is UNSAID or parent is None or isinstance(parent, int):
        return parent
    raise Invalid('Invalid request.\n\n"parent_team_id" is not an integer.')


def membership(call: Call) -> Reply:
    team, account = call.team(), call.account()
    standing = teams.standing(call.world, team, account)
    if standing is None:
        raise NotFound
    return Reply(200, call.bodies.team_membership(team, account, standing))


def put_membership(call: Call) -> Reply:
    team = call.team()
    role = call.choice("role", TeamRole, TeamRole.MEMBER)
    if call.conditions.roles_ignored:
        role = TeamRole.MEMBER
    standing = teams.put_member(
        call.world, call.actor, team, call.parts["username"], role
    )
    return Reply(200, call.bodies.team_membership(team, call.account(), standing))


def remove_membership(call: Call) -> Reply:
    teams.remove_member(call.world, call.actor, call.team(), call.parts["username"])
    return NO_CONTENT


def members(call: Call) -> Reply:
    """Direct members and those of child teams, told apart where GitHub does.

    GHES 3.19 has neither `role` nor `inherited` in this list.
    """
    team = call.team()
    people = dict.fromkeys(
        (
            account
            for below in call.world.descendants(team)
            for account in below.members
        ),
        TeamRole.MEMBER,
    )
    people |= team.members
    wanted = call.query.get("role", "all")
    unlisted = call.world.unlisted()
    rows = sorted(
        who
        for who, role in people.items()
        if wanted in {"all", role} and who not in unlisted
    )

    def describe(who: int) -> dict[str, Any]:
        account = call.world.accounts[who]
        if call.world.policy.profile is Profile.SERVER:
            return call.bodies.account(account)
        return call.bodies.team_member(
            account, people[who], inherited=who not in team.members
        )

    return call.paged(rows, describe)


def pending(call: Call) -> Reply:
    team = call.team()
    invitations.must_see_invitations(call.world, call.actor)
    rows = [each for each in call.world.invitations.values() if team.id in each.teams]
    return call.paged(rows, call.bodies.invitation)


def children(call: Call) -> Reply:
    below = [each for each in call.world.children(call.team()) if call.sees(each)]
    return call.paged(_by_name(below), call.bodies.team)


# The identity provider's groups


def external_groups(call: Call) -> Reply:
    """Every group that a team follows; where there are none, the path is unknown."""
    names = _groups(call)
    if not names:
        raise NotFound
    rows = [
        {"group_id": number, "group_name": name, "updated_at": "2026-01-01T00:00:00Z"}
        for number, name in enumerate(names, start=1)
    ]
    return Reply(200, {"groups": rows})


def external_group(call: Call) -> Reply:
    """One group, and the teams that follow it."""
    names = _groups(call)
    number = call.parts["group_id"]
    if not number.isdigit() or not 1 <= int(number) <= len(names):
        raise NotFound
    name = names[int(number) - 1]
    followers = [
        {"team_id": team.id, "team_name": team.name}
        for team in _by_name(list(call.world.teams.values()))
        if team.external_group == name
    ]
    body = {
        "group_id": int(number),
        "group_name": name,
        "updated_at": "2026-01-01T00:00:00Z",
        "teams": followers,
        "members": [],
    }
    return Reply(200, body)


def _groups(call: Call) -> list[str]:
    return sorted(
        {
            team.external_group
            for team in call.world.teams.values()
            if team.external_group
        }
    )
