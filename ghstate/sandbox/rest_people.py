"""REST: members, invitations, accounts, and the organization itself."""

from typing import Any

from ghstate.sandbox import invitations, memberships
from ghstate.sandbox.calls import Call
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    Account,
    Invitation,
    InvitationRole,
    OrgRole,
)
from ghstate.sandbox.refusals import (
    Forbidden,
    Invalid,
    NotFound,
    invalid_invitation,
)
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.wire import stamp

NO_CONTENT = Reply(204)


def organization(call: Call) -> Reply:
    sees_plan = call.owns and call.viewer.may_see_plan
    return Reply(200, call.bodies.full_organization(with_plan=sees_plan))


def membership(call: Call) -> Reply:
    account = call.account()
    body = call.bodies.membership(account)
    if not call.owns:
        if call.viewer.account not in call.world.members:
            raise Forbidden("You must be a member of this organization to see this.")
        own = account.id == call.viewer.account
        if not own and account.id not in call.world.members:
            raise NotFound
    if body is None:
        raise NotFound
    return Reply(200, body)


def set_membership(call: Call) -> Reply:
    role = call.choice("role", OrgRole, OrgRole.MEMBER)
    if call.conditions.roles_ignored:
        role = OrgRole.MEMBER
    account = memberships.set_membership(
        call.world, call.actor, call.parts["username"], role
    )
    return Reply(200, call.bodies.membership(account))


def remove_membership(call: Call) -> Reply:
    memberships.remove_membership(call.world, call.actor, call.parts["username"])
    return NO_CONTENT


def members(call: Call) -> Reply:
    """Owners first or not, GitHub does not say: here by id."""
    wanted = call.query.get("role", "all")
    seen = call.owns or call.viewer.account in call.world.members
    unlisted = call.world.unlisted()
    rows = [
        call.world.accounts[account]
        for account, each in sorted(call.world.members.items())
        if seen and wanted in {"all", each.role} and account not in unlisted
    ]
    return call.paged(rows, call.bodies.account)


def is_member(call: Call) -> Reply:
    if call.account().id not in call.world.members:
        raise NotFound
    return NO_CONTENT


def remove_member(call: Call) -> Reply:
    memberships.remove_member(call.world, call.actor, call.parts["username"])
    return NO_CONTENT


def pending(call: Call) -> Reply:
    invitations.must_see_invitations(call.world, call.actor)
    role = call.query.get("role", "all")
    source = call.query.get("invitation_source", "all")
    rows = [
        each
        for each in call.world.invitations.values()
        if role in {"all", each.role} and source in {"all", each.source}
    ]
    return call.paged(rows, call.bodies.invitation)


def failed(call: Call) -> Reply:
    invitations.must_see_invitations(call.world, call.actor)
    return call.paged([*call.world.failed.values()], call.bodies.invitation)


def create_invitation(call: Call) -> Reply:
    body = call.body()
    role = call.choice("role", InvitationRole, InvitationRole.DIRECT_MEMBER)
    if call.conditions.roles_ignored:
        role = InvitationRole.DIRECT_MEMBER
    teams = body.get("team_ids") or []
    if not isinstance(teams, list) or not all(isinstance(each, int) for each in teams):
        raise Invalid('Invalid request.\n\n"team_ids" is not an array of integers.')
    made: Invitation
    match body.get("invitee_id"), body.get("email"):
        case int() as account, _:
            made = invitations.invite_account(
                call.world, call.actor, account, role, teams
            )
        case None, str() as email if "@" in email:
            made = invitations.invite_email(call.world, call.actor, email, role, teams)
        case _:
            invitations.must_invite(call.world, call.actor)
            raise invalid_invitation("Invite requires either user or email")
    return Reply(201, call.bodies.invitation(made))


def _number(text: str) -> int:
    if not text.isdigit():
        raise NotFound
    return int(text)


def cancel_invitation(call: Call) -> Reply:
    invitations.cancel(call.world, call.actor, _number(call.parts["invitation"]))
    return NO_CONTENT


def invitation_teams(call: Call) -> Reply:
    invitations.must_see_invitations(call.world, call.actor)
    found = call.world.invitations.get(_number(call.parts["invitation"]))
    if found is None:
        raise NotFound
    return call.paged(invitations.teams_of(call.world, found), call.bodies.team)


def user(call: Call) -> Reply:
    return Reply(200, call.bodies.profile(call.account()))


def user_by_id(call: Call) -> Reply:
    account: Account | None = call.world.accounts.get(_number(call.parts["id"]))
    if account is None:
        raise NotFound
    return Reply(200, call.bodies.profile(account))


def own_user(call: Call) -> Reply:
    account = call.world.accounts[call.viewer.account]
    return Reply(200, call.bodies.own_profile(account))


def meta(call: Call) -> Reply:
    body: dict[str, Any] = {"verifiable_password_authentication": False}
    if call.world.policy.profile is Profile.SERVER:
        body["installed_version"] = call.world.policy.server_version
    return Reply(200, body)


def rate_limit(call: Call) -> Reply:
    resources = {}
    for name, budget in (
        ("core", call.conditions.core),
        ("graphql", call.conditions.graphql),
        ("audit_log", call.conditions.audit_log),
    ):
        resources[name] = {
            "limit": budget.limit,
            "used": budget.used,
            "remaining": budget.remaining,
            "reset": int(budget.roll(call.world.now).timestamp()),
            "resource": name,
        }
    resources["search"] = resources["core"] | {
        "limit": 30,
        "used": 0,
        "remaining": 30,
        "resource": "search",
    }
    return Reply(
        200,
        {"resources": resources, "rate": resources["core"]},
        {"x-sandbox-time": stamp(call.world.now)},
    )
