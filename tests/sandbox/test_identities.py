from typing import Any

import pytest

from ghstate.sandbox.identities import IdentityProvider
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.sandbox.talk import APP, BLIND_APP, MEMBER, OWNER, ask, data, error

IDENTITY = (
    "guid user { login databaseId } samlIdentity { nameId username }"
    " scimIdentity { username }"
)


def emails(sandbox: Sandbox, login: str, org: str = "acme", token: str = OWNER) -> Any:
    query = """query ($login: String!, $org: String!) { user(login: $login) {
        organizationVerifiedDomainEmails(login: $org) } }"""
    answer = ask(sandbox, query, {"login": login, "org": org}, token=token)
    return data(answer)["user"]["organizationVerifiedDomainEmails"]


def provider(sandbox: Sandbox, arguments: str, token: str = OWNER) -> Any:
    query = f"""{{ organization(login: "acme") {{ samlIdentityProvider {{
        externalIdentities({arguments}) {{ totalCount pageInfo {{ endCursor
          hasNextPage }} edges {{ cursor node {{ {IDENTITY} }} }} }} }} }} }}"""
    answer = ask(sandbox, query, token=token)
    return data(answer)["organization"]["samlIdentityProvider"]


def identities(sandbox: Sandbox, arguments: str) -> list[Any]:
    found = provider(sandbox, arguments)["externalIdentities"]
    return [each["node"] for each in found["edges"]]


def name_ids(sandbox: Sandbox, arguments: str) -> list[str]:
    return [each["samlIdentity"]["nameId"] for each in identities(sandbox, arguments)]


@pytest.fixture
def signed_on(sandbox: Sandbox, world: World) -> Sandbox:
    """`bob` and `zoe`, who is no member, have signed on; nobody has as Eve."""
    world.saml = IdentityProvider()
    world.saml.link(
        world.known("bob"), "bob@acme.example", username="b", scim_username="bob.b"
    )
    world.saml.link(world.known("zoe"), "zoe@acme.example")
    world.saml.link(None, "eve@acme.example")
    return sandbox


def test_an_owner_sees_the_verified_addresses_of_members(
    sandbox: Sandbox, world: World
) -> None:
    world.known("bob").verified_emails |= {"bob@acme.example", "b@acme.example"}
    world.known("zoe").verified_emails.add("zoe@acme.example")

    assert emails(sandbox, "bob") == ["b@acme.example", "bob@acme.example"]
    assert emails(sandbox, "bob", token=APP) == emails(sandbox, "bob")
    assert emails(sandbox, "carol") == []
    assert emails(sandbox, "zoe") == []
    assert emails(sandbox, "bob", "umbrella") == []


@pytest.mark.parametrize("token", [MEMBER, BLIND_APP])
def test_t09_nobody_else_sees_an_address(
    sandbox: Sandbox, world: World, token: str
) -> None:
    world.known("bob").verified_emails.add("bob@acme.example")

    assert emails(sandbox, "bob", token=token) == []


def test_an_identity_tells_who_somebody_is_elsewhere(
    signed_on: Sandbox, world: World
) -> None:
    first, _, last = identities(signed_on, "first: 10")

    assert first == {
        "guid": "00000000-0000-0000-0000-000000000001",
        "user": {"login": "bob", "databaseId": world.known("bob").id},
        "samlIdentity": {"nameId": "bob@acme.example", "username": "b"},
        "scimIdentity": {"username": "bob.b"},
    }
    assert last["user"] is None
    assert last["scimIdentity"] is None


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('userName: "zoe@acme.example"', ["zoe@acme.example"]),
        ('userName: "B"', ["bob@acme.example"]),
        ('userName: "Eve@acme.example"', ["eve@acme.example"]),
        ('userName: "nobody"', []),
        ('login: "BOB"', ["bob@acme.example"]),
        ('login: "nobody"', []),
        ('login: "carol"', []),
        ("membersOnly: true", ["bob@acme.example"]),
        ('membersOnly: true, userName: "eve@acme.example"', []),
        (
            "membersOnly: false",
            ["bob@acme.example", "zoe@acme.example", "eve@acme.example"],
        ),
    ],
)
def test_identities_are_filtered(
    signed_on: Sandbox, arguments: str, names: list[str]
) -> None:
    assert name_ids(signed_on, f"first: 10, {arguments}") == names


def test_identities_come_in_pages(signed_on: Sandbox) -> None:
    first = provider(signed_on, "first: 2")["externalIdentities"]
    after = first["pageInfo"]["endCursor"]
    second = provider(signed_on, f'first: 2, after: "{after}"')["externalIdentities"]

    assert [len(page["edges"]) for page in (first, second)] == [2, 1]
    assert (first["totalCount"], second["totalCount"]) == (3, 3)
    assert first["pageInfo"]["hasNextPage"]
    assert not second["pageInfo"]["hasNextPage"]
    [last] = second["edges"]
    assert last["node"]["samlIdentity"]["nameId"] == "eve@acme.example"


def test_identities_need_bounds_like_every_connection(signed_on: Sandbox) -> None:
    answer = ask(
        signed_on,
        """{ organization(login: "acme") { samlIdentityProvider {
            externalIdentities { nodes { guid } } } } }""",
    )

    assert error(answer)["type"] == "MISSING_PAGINATION_BOUNDARIES"


def test_somebody_scim_made_has_not_signed_on_yet(
    sandbox: Sandbox, world: World
) -> None:
    world.saml = IdentityProvider()
    world.saml.link(None, None, scim_username="new.hire")

    [found] = identities(sandbox, "first: 1")

    assert found["samlIdentity"] is None
    assert found["scimIdentity"] == {"username": "new.hire"}


def test_an_identity_outlives_the_account_that_claimed_it(
    signed_on: Sandbox, world: World
) -> None:
    world.delete_account("bob")

    assert identities(signed_on, "first: 1")[0]["user"] is None


def test_without_saml_there_is_no_provider(sandbox: Sandbox) -> None:
    assert provider(sandbox, "first: 1") is None


@pytest.mark.parametrize(("token", "seen"), [(MEMBER, False), (APP, True)])
def test_the_provider_is_for_owners_and_apps_that_see_members(
    signed_on: Sandbox, token: str, *, seen: bool
) -> None:
    assert (provider(signed_on, "first: 1", token) is not None) is seen


def test_t07_an_address_is_bound_to_whoever_signed_on_with_it(
    signed_on: Sandbox, world: World
) -> None:
    """As a client finds out who has accepted an invitation by e-mail."""
    world.invite("zoe@acme.example", InvitationRole.ADMIN)
    world.accept_by_mail("zoe@acme.example", "zoe")

    [found] = identities(
        signed_on, 'first: 1, membersOnly: true, userName: "zoe@acme.example"'
    )

    assert found["user"]["login"] == "zoe"
