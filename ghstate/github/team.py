"""Teams, on GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghstate.errors import OutcomeUnknown, WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.lanes import Lane
from ghstate.github.session import refused, segment
from ghstate.model.names import Slug
from ghstate.model.resource import Keeper, Observed
from ghstate.model.team import Privacy, Team
from ghstate.plan.change import Create, Delete, Reason, Update
from ghstate.plan.order import Task
from ghstate.ports import Outcome

_PAGE_INFO = "pageInfo { hasNextPage endCursor }"


def inner(what: str, start: str | None = None) -> str:
    """A list inside a team, ``members`` or ``invitations``, in a query.

    `membership: IMMEDIATE`, or the people of every team below would count, too
    (traps T52).
    """
    after = f", after: {start}" if start else ""
    match what:
        case "members":
            arguments = f"first: $placesPage{after}, membership: IMMEDIATE"
            content = "edges { role node { databaseId login } }"
        case _:
            arguments = f"first: $placesPage{after}"
            content = "nodes { email invitee { databaseId login } }"
    return f"{what}({arguments}) {{ totalCount {_PAGE_INFO} {content} }}"


# Forty teams to a page: wider queries were seen to lose nested things without a
# word, at sixty and more.
TEAMS = Lane(
    name="teams",
    connection="teams(orderBy: {field: NAME, direction: ASC})",
    selection=(
        "cursor node {"
        " id databaseId slug name description privacy notificationSetting"
        f" parentTeam {{ slug }} {inner('members')} {inner('invitations')} }}"
    ),
    edges=list[shapes.TeamEdge],
    largest_page=40,
)

PRIVACY = {"VISIBLE": Privacy.CLOSED, "SECRET": Privacy.SECRET}


def team(node: Mapping[str, Any], external: frozenset[int]) -> Observed[Team]:
    """A team; *external* are the ids of those that the identity provider fills."""
    parent = node["parentTeam"]
    kept_by: Keeper | None = None
    if node["slug"].startswith("ent:"):
        # A team of the enterprise shows in its organizations, with `ent:` before its
        # name, and cannot be changed there (traps T50).
        kept_by = Keeper.ENTERPRISE
    elif node["databaseId"] in external:
        kept_by = Keeper.IDENTITY_PROVIDER
    return Observed(
        Team(
            slug=Slug(node["slug"]),
            name=node["name"],
            description=node["description"] or "",
            privacy=PRIVACY[node["privacy"]],
            notifications=node["notificationSetting"] == "NOTIFICATIONS_ENABLED",
            parent=Slug(parent["slug"]) if parent else None,
        ),
        id=node["databaseId"],
        kept_by=kept_by,
    )


class Teams:
    """Creates, renames, moves, changes and deletes teams."""

    kind = Team

    async def make(self, context: Context, task: Task) -> Outcome:
        match task.change:
            case Create(after=Team() as wanted):
                return await _create(context, wanted, task)
            case Update(after=Team() as wanted) as change:
                return await _update(context, change, wanted, task.fields)
            case Delete(before=found):
                return await _delete(context, found.resource)
            case _:
                raise AssertionError(task.change)

    async def holds(self, context: Context, task: Task) -> bool:
        wanted = task.change.resource
        assert isinstance(wanted, Team)  # noqa: S101 - of this kind
        reply = await context.session.get(_path(context, wanted.slug))
        if reply.status == 404:
            return isinstance(task.change, Delete)
        if reply.status != 200:
            raise refused(reply)
        found = reply.read(shapes.Team)
        match task.change:
            case Delete():
                return False
            case Create():
                if found.name != wanted.name:
                    return False
                await _settle(context, wanted, found, task)
                return True
            case Update(before=before):
                if before.id not in {None, found.id}:
                    # Another team has the slug that this one is to be renamed to.
                    return False
                context.remember_team(wanted.slug, found.id)
                return not _differs(found, wanted, task.fields)


async def _create(context: Context, wanted: Team, task: Task) -> Outcome:
    body = _body(context, wanted, Team.mutable())
    if wanted.parent is None:
        del body["parent_team_id"]
    path = f"{context.path}/teams"
    reply = await context.session.write("POST", path, body, creates_content=True)
    made = reply.read(shapes.Team)
    if made.slug != wanted.slug:
        raise WriteFailed(
            f"GitHub gave the new team the slug {made.slug}, not {wanted.slug}",
            hint=f"write [teams.{made.slug}] in the files",
        )
    await _settle(context, wanted, made, task)
    return Outcome(id=made.id)


async def _settle(
    context: Context, wanted: Team, made: shapes.Team, task: Task
) -> None:
    """Bring a team that has just been made to what was asked for.

    GitHub makes whoever creates a team its maintainer (traps T51), and may leave the
    parent out when an App asks for one (traps T48).
    """
    context.created.add(wanted.slug)
    context.remember_team(wanted.slug, made.id)
    if amiss := _differs(made, wanted, Team.mutable()):
        patch = _body(context, wanted, amiss)
        path = _path(context, wanted.slug)
        reply = await context.patiently(
            lambda: context.session.write("PATCH", path, patch)
        )
        _check(reply.read(shapes.Team), wanted, amiss)
    creator = context.viewer
    if creator is None or creator in {place.login for place in task.places}:
        return
    place = f"{_path(context, wanted.slug)}/memberships/{segment(creator)}"
    try:
        reply = await context.patiently(lambda: context.session.write("DELETE", place))
    except WriteFailed as refusal:
        if refusal.status != 404:
            raise
        return
    if reply.status != 204:
        raise OutcomeUnknown(
            f"GitHub answered {reply.status} when {creator.spelled} was to leave the "
            f"new team {wanted.slug}"
        )


async def _update(
    context: Context, change: Update, wanted: Team, names: frozenset[str]
) -> Outcome:
    renames = change.reason is Reason.RENAME and "name" in names
    before = change.before.resource
    assert isinstance(before, Team)  # noqa: S101 - of this kind
    slug = before.slug if renames else wanted.slug
    body = _body(context, wanted, names)
    reply = await context.session.write("PATCH", _path(context, slug), body)
    made = reply.read(shapes.Team)
    if made.slug != wanted.slug:
        raise WriteFailed(
            f"GitHub gave the team the slug {made.slug}, not {wanted.slug}",
            hint=f"write [teams.{made.slug}] in the files",
        )
    context.remember_team(wanted.slug, made.id)
    _check(made, wanted, names)
    return Outcome()


async def _delete(context: Context, gone: object) -> Outcome:
    assert isinstance(gone, Team)  # noqa: S101 - of this kind
    try:
        await context.session.write("DELETE", _path(context, gone.slug))
    except WriteFailed as refusal:
        if refusal.status != 404:
            raise
        return Outcome("was gone already", already=True)
    return Outcome()


def _path(context: Context, slug: Slug) -> str:
    return f"{context.path}/teams/{segment(slug)}"


def _body(context: Context, team: Team, names: frozenset[str]) -> dict[str, object]:
    """*names* of *team* in REST's words."""
    words: dict[str, object] = {}
    if "name" in names:
        words["name"] = team.name
    if "description" in names:
        words["description"] = team.description
    if "privacy" in names:
        words["privacy"] = team.privacy.value
    if "notifications" in names:
        words["notification_setting"] = _setting(team)
    if "parent" in names:
        words["parent_team_id"] = (
            None if team.parent is None else context.team_id(team.parent)
        )
    return words


def _setting(team: Team) -> str:
    return "notifications_enabled" if team.notifications else "notifications_disabled"


def _differs(made: shapes.Team, wanted: Team, names: frozenset[str]) -> frozenset[str]:
    """The fields in which GitHub's answer is not what was asked for."""
    found = {
        "name": made.name,
        "description": made.description or "",
        "privacy": made.privacy or wanted.privacy.value,
        "notifications": made.notification_setting or _setting(wanted),
        "parent": Slug(made.parent.slug) if made.parent else None,
    }
    asked = {
        "name": wanted.name,
        "description": wanted.description,
        "privacy": wanted.privacy.value,
        "notifications": _setting(wanted),
        "parent": wanted.parent,
    }
    return frozenset(
        name for name in names & asked.keys() if found[name] != asked[name]
    )


def _check(made: shapes.Team, wanted: Team, names: frozenset[str]) -> None:
    """Hold GitHub's answer against what was asked (traps T42)."""
    if amiss := _differs(made, wanted, names):
        raise WriteFailed(
            f"GitHub accepted the change of {wanted.slug} and did not make it: "
            f"{', '.join(sorted(amiss))}",
            hint="run apply again",
        )
