"""GraphQL: who people are outside GitHub, as far as an owner may see it."""

from typing import Any

from ghstate.sandbox.identities import Identity, IdentityProvider
from ghstate.sandbox.pages import Edge, Page, Rows, page_of
from ghstate.sandbox.reading import Fields, Info, reading_of
from ghstate.sandbox.records import Account
from ghstate.sandbox.world import World


def verified_domain_emails(account: Account, info: Info, login: str) -> list[str]:
    """Of members only. What others than owners see is not known: here nothing."""
    reading = reading_of(info)
    same = login.lower() == reading.world.login.lower()
    if not same or not reading.owns or account.id not in reading.world.members:
        return []
    return sorted(account.verified_emails)


def saml_identity_provider(world: World, info: Info) -> IdentityProvider | None:
    """Null for anybody but owners, and where SAML is set up for the enterprise."""
    return world.saml if reading_of(info).owns else None


def _external_identities(
    provider: IdentityProvider, info: Info, **arguments: Any
) -> Page:
    reading = reading_of(info)
    world = reading.world
    rows = provider.identities
    if arguments.get("membersOnly"):
        rows = {
            key: each for key, each in rows.items() if each.account in world.members
        }
    login = arguments.get("login")
    if login is not None:
        account = world.account(login)
        whose = None if account is None else account.id
        rows = {
            key: each
            for key, each in rows.items()
            if whose is not None and each.account == whose
        }
    name = arguments.get("userName")
    if name is not None:
        rows = {key: each for key, each in rows.items() if each.is_called(name)}
    pages = Rows(sorted(rows), lambda key: Edge(key, rows[key]))
    return page_of(pages, arguments, info, reading.conditions)


def _user(identity: Identity, info: Info) -> Account | None:
    if identity.account is None:
        return None
    return reading_of(info).world.accounts.get(identity.account)


PROVIDER: Fields = {"externalIdentities": _external_identities}

IDENTITY: Fields = {
    "guid": lambda identity, _: identity.guid,
    "samlIdentity": lambda identity, _: None if identity.name_id is None else identity,
    "scimIdentity": lambda identity, _: (
        None if identity.scim_username is None else identity
    ),
    "user": _user,
}

SAML: Fields = {
    "nameId": lambda identity, _: identity.name_id,
    "username": lambda identity, _: identity.username,
}

SCIM: Fields = {"username": lambda identity, _: identity.scim_username}
