"""GraphQL: the query itself, accounts, the organization's people, invitations."""

from typing import Any

from graphql import GraphQLError

from ghstate.sandbox.graphql_identities import (
    saml_identity_provider,
    verified_domain_emails,
)
from ghstate.sandbox.graphql_teams import org_team, org_teams
from ghstate.sandbox.opaque import Unreadable, read_node_id
from ghstate.sandbox.pages import Edge, Page, Rows, page_of
from ghstate.sandbox.reading import Fields, Info, reading_of
from ghstate.sandbox.records import (
    Account,
    AccountKind,
    Invitation,
    InvitationRole,
    InvitationSource,
)
from ghstate.sandbox.wire import (
    AVATARS,
    WEB,
    account_id,
    invitation_id,
    organization_id,
    stamp,
)
from ghstate.sandbox.world import World

MOST_IDS = 100


def not_found(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": "NOT_FOUND"})


# Query


def viewer(_: object, info: Info) -> Account:
    reading = reading_of(info)
    return reading.world.accounts[reading.viewer.account]


def organization(_: object, info: Info, login: str) -> World:
    reading = reading_of(info)
    if login.lower() != reading.world.login.lower():
        raise not_found(
            f"Could not resolve to an Organization with the login of '{login}'."
        )
    if reading.viewer.sso_failed:
        raise GraphQLError(
            "Resource protected by organization SAML enforcement. You must grant your"
            " Personal Access token access to this organization.",
            extensions={"type": "FORBIDDEN", "saml_failure": True},
        )
    return reading.world


def user(_: object, info: Info, login: str) -> Account:
    account = reading_of(info).world.account(login)
    if account is None or account.kind is not AccountKind.USER:
        raise not_found(f"Could not resolve to a User with the login of '{login}'.")
    return account


def node(_: object, info: Info, id: str) -> object:  # noqa: A002 - the schema's name
    reading = reading_of(info)
    world = reading.world
    found: object | None = None
    try:
        prefix, number = read_node_id(id)
    except Unreadable:
        prefix, number = "", 0
    match prefix:
        case "U" | "BOT":
            found = world.accounts.get(number)
        case "O" if number == world.org_id:
            found = organization(None, info, world.login)
        case "T":
            team = world.teams.get(number)
            reading.need_members()
            found = team if team is not None and reading.sees(team) else None
        case "OI" if reading.owns:
            found = world.invitations.get(number) or world.failed.get(number)
        case _:
            pass
    if found is None:
        raise not_found(f"Could not resolve to a node with the global id of '{id}'")
    return found


def nodes(_: object, info: Info, ids: list[str]) -> list[object]:
    if len(ids) > MOST_IDS:
        raise GraphQLError(
            f"You may not provide more than {MOST_IDS} node ids;"
            f" you provided {len(ids)}.",
            extensions={"type": "ARGUMENT_LIMIT"},
        )
    found: list[object] = []
    for each in ids:
        try:
            found.append(node(None, info, each))
        except GraphQLError as error:
            # An exception that stands in a list becomes an error with its index.
            found.append(error)
    return found


def rate_limit(_: object, info: Info, **__: object) -> dict[str, object]:
    reading = reading_of(info)
    return {
        "limit": reading.conditions.graphql.limit,
        "cost": reading.price.points,
        "remaining": reading.conditions.graphql.remaining,
        "used": reading.conditions.graphql.used,
        "resetAt": stamp(reading.conditions.graphql.roll(reading.world.now)),
        "nodeCount": reading.price.nodes,
    }


# Organization


def org_members(world: World, info: Info, **arguments: Any) -> Page:
    reading = reading_of(info)
    reading.need_members()
    may_see_factors = reading.owns

    def edge(key: int) -> Edge:
        account = world.accounts[key]
        shown = None if account.id in reading.hidden else account
        return Edge(
            key,
            shown,
            world.members[account.id].role.upper(),
            account.two_factor if may_see_factors else None,
        )

    visible = reading.member_ids
    if not reading.owns and reading.viewer.account not in world.members:
        visible = []
    return page_of(Rows(visible, edge), arguments, info, reading.conditions)


def pending_members(world: World, info: Info, **arguments: Any) -> Page:
    """Invited accounts. Whoever is no owner sees an empty list, and no error."""
    reading = reading_of(info)
    reading.need_members()
    waiting: set[int] = set()
    if reading.owns:
        waiting = {each.account for each in world.invitations.values() if each.account}

    def edge(key: int) -> Edge:
        account = world.accounts[key]
        return Edge(key, None if account.id in reading.hidden else account)

    return page_of(Rows(sorted(waiting), edge), arguments, info, reading.conditions)


# Invitations


def _invitee(invitation: Invitation, info: Info) -> Account | None:
    if invitation.account is None:
        return None
    return reading_of(info).world.accounts.get(invitation.account)


def _inviter(invitation: Invitation, info: Info) -> Account | None:
    return reading_of(info).world.accounts.get(invitation.inviter)


def _invitation_role(invitation: Invitation, info: Info) -> str:
    """GraphQL has no word for hiring managers; what it says instead is a guess."""
    if invitation.role is InvitationRole.HIRING_MANAGER:
        return "DIRECT_MEMBER"
    return invitation.role.upper()


def _source(invitation: Invitation, info: Info) -> str:
    return "SCIM" if invitation.source is InvitationSource.SCIM else "MEMBER"


def _users_organization(account: Account, info: Info, login: str) -> World | None:
    world = reading_of(info).world
    same = login.lower() == world.login.lower()
    return world if same and account.id in world.members else None


USER: Fields = {
    "avatarUrl": lambda account, _, **__: f"{AVATARS}/{account.id}",
    "createdAt": lambda account, _: stamp(account.created_at),
    "databaseId": lambda account, _: account.id,
    "email": lambda _, __: "",
    "id": lambda account, _: account_id(account),
    "isSiteAdmin": lambda _, __: False,
    "isViewer": lambda account, info: account.id == reading_of(info).viewer.account,
    "login": lambda account, _: account.login,
    "name": lambda account, _: account.name,
    "organization": _users_organization,
    "organizationVerifiedDomainEmails": verified_domain_emails,
    "resourcePath": lambda account, _: f"/{account.login}",
    "url": lambda account, _: f"{WEB}/{account.login}",
}

ORGANIZATION: Fields = {
    "archivedAt": lambda _, __: None,
    "avatarUrl": lambda world, _, **__: f"{AVATARS}/{world.org_id}",
    "createdAt": lambda world, _: stamp(world.created_at),
    "databaseId": lambda world, _: world.org_id,
    "description": lambda _, __: None,
    "email": lambda _, __: None,
    "id": lambda world, _: organization_id(world),
    "isVerified": lambda _, __: False,
    "location": lambda _, __: None,
    "login": lambda world, _: world.login,
    "membersWithRole": org_members,
    "name": lambda world, _: world.name,
    "pendingMembers": pending_members,
    "requiresTwoFactorAuthentication": lambda _, __: False,
    "resourcePath": lambda world, _: f"/{world.login}",
    "samlIdentityProvider": saml_identity_provider,
    "team": org_team,
    "teams": org_teams,
    "updatedAt": lambda world, _: stamp(world.created_at),
    "url": lambda world, _: f"{WEB}/{world.login}",
    # False for every App, whatever it may do.
    "viewerCanAdminister": lambda world, info: world.is_owner(
        reading_of(info).viewer.account
    ),
    "viewerCanCreateTeams": lambda world, info: (
        reading_of(info).viewer.account in world.members
    ),
    "viewerIsAMember": lambda world, info: (
        reading_of(info).viewer.account in world.members
    ),
    "websiteUrl": lambda _, __: None,
}

INVITATION: Fields = {
    "createdAt": lambda invitation, _: stamp(invitation.created_at),
    "email": lambda invitation, _: invitation.email,
    "id": lambda invitation, _: invitation_id(invitation),
    "invitationSource": _source,
    "invitationType": lambda invitation, _: "EMAIL" if invitation.email else "USER",
    "invitee": _invitee,
    "inviter": _inviter,
    "inviterActor": _inviter,
    "organization": lambda _, info: reading_of(info).world,
    "role": _invitation_role,
}

QUERY: Fields = {
    "node": node,
    "nodes": nodes,
    "organization": organization,
    "rateLimit": rate_limit,
    "user": user,
    "viewer": viewer,
}
