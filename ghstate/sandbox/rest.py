"""REST over a world: which call goes where, and how a refusal is put."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from ghstate.sandbox import rest_audit
from ghstate.sandbox import rest_people as people
from ghstate.sandbox import rest_teams as teams
from ghstate.sandbox.calls import Call, Handler
from ghstate.sandbox.refusals import (
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Refused,
)
from ghstate.sandbox.replies import DOCS, Reply, complaint
from ghstate.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: str
    handler: Handler
    page: str
    """Where its documentation is, below `DOCS`."""


ROUTES = (
    Route("GET", "/orgs/{org}", people.organization, "/orgs/orgs#get-an-organization"),
    Route(
        "GET",
        "/orgs/{org}/audit-log",
        rest_audit.audit_log,
        "/orgs/orgs#get-the-audit-log-for-an-organization",
    ),
    Route("GET", "/orgs/{org}/members", people.members, "/orgs/members"),
    Route("GET", "/orgs/{org}/members/{username}", people.is_member, "/orgs/members"),
    Route(
        "DELETE",
        "/orgs/{org}/members/{username}",
        people.remove_member,
        "/orgs/members#remove-an-organization-member",
    ),
    Route(
        "GET",
        "/orgs/{org}/memberships/{username}",
        people.membership,
        "/orgs/members#get-organization-membership-for-a-user",
    ),
    Route(
        "PUT",
        "/orgs/{org}/memberships/{username}",
        people.set_membership,
        "/orgs/members#set-organization-membership-for-a-user",
    ),
    Route(
        "DELETE",
        "/orgs/{org}/memberships/{username}",
        people.remove_membership,
        "/orgs/members#remove-organization-membership-for-a-user",
    ),
    Route(
        "GET",
        "/orgs/{org}/external-groups",
        teams.external_groups,
        "/teams/external-groups#list-external-groups-in-an-organization",
    ),
    Route(
        "GET",
        "/orgs/{org}/external-group/{group_id}",
        teams.external_group,
        "/teams/external-groups#get-an-external-group",
    ),
    Route("GET", "/orgs/{org}/invitations", people.pending, "/orgs/members"),
    Route(
        "POST",
        "/orgs/{org}/invitations",
        people.create_invitation,
        "/orgs/members#create-an-organization-invitation",
    ),
    Route(
        "DELETE",
        "/orgs/{org}/invitations/{invitation}",
        people.cancel_invitation,
        "/orgs/members#cancel-an-organization-invitation",
    ),
    Route(
        "GET",
        "/orgs/{org}/invitations/{invitation}/teams",
        people.invitation_teams,
        "/orgs/members#list-organization-invitation-teams",
    ),
    Route("GET", "/orgs/{org}/failed_invitations", people.failed, "/orgs/members"),
    Route("GET", "/orgs/{org}/teams", teams.listed, "/teams/teams#list-teams"),
    Route("POST", "/orgs/{org}/teams", teams.create, "/teams/teams#create-a-team"),
    Route("GET", "/orgs/{org}/teams/{slug}", teams.one, "/teams/teams"),
    Route(
        "PATCH", "/orgs/{org}/teams/{slug}", teams.edit, "/teams/teams#update-a-team"
    ),
    Route(
        "DELETE", "/orgs/{org}/teams/{slug}", teams.delete, "/teams/teams#delete-a-team"
    ),
    Route("GET", "/orgs/{org}/teams/{slug}/members", teams.members, "/teams/members"),
    Route(
        "GET", "/orgs/{org}/teams/{slug}/invitations", teams.pending, "/teams/members"
    ),
    Route("GET", "/orgs/{org}/teams/{slug}/teams", teams.children, "/teams/teams"),
    Route(
        "GET",
        "/orgs/{org}/teams/{slug}/memberships/{username}",
        teams.membership,
        "/teams/members#get-team-membership-for-a-user",
    ),
    Route(
        "PUT",
        "/orgs/{org}/teams/{slug}/memberships/{username}",
        teams.put_membership,
        "/teams/members#add-or-update-team-membership-for-a-user",
    ),
    Route(
        "DELETE",
        "/orgs/{org}/teams/{slug}/memberships/{username}",
        teams.remove_membership,
        "/teams/members#remove-team-membership-for-a-user",
    ),
    Route("GET", "/users/{username}", people.user, "/users/users#get-a-user"),
    Route("GET", "/user/{id}", people.user_by_id, "/users/users"),
    Route("GET", "/user", people.own_user, "/users/users"),
    Route("GET", "/meta", people.meta, "/meta/meta"),
    Route("GET", "/rate_limit", people.rate_limit, "/rate-limit/rate-limit"),
)

_COMPILED = tuple(
    (route, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.pattern)))
    for route in ROUTES
)
_BY_ID = re.compile(r"/organizations/(\d+)(?:/team/(\d+))?(/.*)?")

INTEGRATION = "Resource not accessible by integration"
SAML = (
    "Resource protected by organization SAML enforcement. You must grant your"
    " Personal Access token access to this organization."
)


def answer(call: Call) -> Reply:
    """What GitHub would answer, refusals included; *path* is taken as it was sent."""
    path = _by_name(call.world, call.path)
    if path is None:
        return complaint(404, "Not Found")
    for route, pattern in _COMPILED:
        found = pattern.fullmatch(path)
        if found is None or route.method != call.method:
            continue
        parts = {name: unquote(part) for name, part in found.groupdict().items()}
        docs = DOCS + route.page
        try:
            _let_in(call, route, parts)
            return route.handler(replace(call, path=path, parts=parts))
        except Refused as refusal:
            return refused(refusal, docs)
        except _Barred as barred:
            return barred.reply
    return complaint(404, "Not Found")


def _by_name(world: World, path: str) -> str | None:
    """The path with names for ids: `/organizations/1/team/2/members` is a team's."""
    found = _BY_ID.fullmatch(path)
    if found is None:
        return path
    organization, team_id, rest = found.groups()
    if int(organization) != world.org_id:
        return None
    if team_id is None:
        return f"/orgs/{world.login}{rest or ''}"
    team = world.teams.get(int(team_id))
    if team is None:
        return None
    return f"/orgs/{world.login}/teams/{team.slug}{rest or ''}"


class _Barred(Exception):
    """The token itself is not let near this, whoever is behind it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def _let_in(call: Call, route: Route, parts: Mapping[str, str]) -> None:
    viewer, docs = call.viewer, DOCS + route.page
    organization = parts.get("org")
    if organization is None:
        if viewer.app and route.pattern == "/user":
            raise _Barred(complaint(403, INTEGRATION, docs))
        return
    if organization.lower() != call.world.login.lower():
        raise NotFound
    if viewer.sso_failed:
        sso = f"https://github.com/orgs/{call.world.login}/sso"
        body = complaint(403, SAML, docs)
        required = {"x-github-sso": f"required; url={sso}?authorization_request=A"}
        raise _Barred(replace(body, headers=required))
    if viewer.app and not viewer.may_read_members and route.pattern != "/orgs/{org}":
        needed = "members=read" if call.method == "GET" else "members=write"
        body = complaint(403, INTEGRATION, docs)
        raise _Barred(replace(body, headers={"x-accepted-github-permissions": needed}))


def refused(refusal: Refused, docs: str) -> Reply:
    """A refusal of the world as GitHub puts it over HTTP."""
    match refusal:
        case Forbidden(message, accepted):
            reply = complaint(403, message, docs)
            if accepted is not None:
                needed = {"x-accepted-github-permissions": accepted}
                reply = replace(reply, headers=needed)
            return reply
        case Malformed(message):
            return complaint(400, message)
        case Invalid(message, errors, elsewhere):
            reply = complaint(422, message, elsewhere or docs)
            if errors:
                reply.body["errors"] = [dict(each) for each in errors]
            return reply
        case _:
            return complaint(404, "Not Found", docs)
