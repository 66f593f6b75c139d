"""Managed users whom their enterprise takes out of use."""

import re
from datetime import UTC, datetime

import pytest

from ghstate.sandbox.policy import Profile, Suspended
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.sandbox.talk import ask, call, data, get

READ = """{ organization(login: "acme") {
  membersWithRole(first: 10) { totalCount nodes { databaseId } }
  team(slug: "platform") { members(first: 10) { totalCount nodes { databaseId } } }
} }"""


@pytest.fixture
def world() -> World:
    """`ada_acme` owns it; `bob_acme` is a member, and in the team platform."""
    world = World("acme", start=datetime(2026, 3, 1, tzinfo=UTC))
    world.policy.profile = Profile.MANAGED_USERS
    world.add_member("ada_acme", OrgRole.ADMIN)
    world.add_member("bob_acme")
    world.add_team("Platform", "bob_acme")
    return world


def shown(sandbox: Sandbox) -> dict[str, list[int]]:
    """Who is in each of the lists."""
    organization = data(ask(sandbox, READ))["organization"]
    connections = {
        "members": organization["membersWithRole"],
        "team": organization["team"]["members"],
    }
    found = {}
    for name, connection in connections.items():
        found[name] = [node["databaseId"] for node in connection["nodes"]]
        assert connection["totalCount"] == len(found[name])
    for path, name in (("members", "members"), ("teams/platform/members", "team")):
        rows = get(sandbox, f"/orgs/acme/{path}").body
        assert [each["id"] for each in rows] == found[name]
    return found


def test_t27_a_suspended_user_gets_a_hash_for_a_login_and_keeps_the_id(
    sandbox: Sandbox, world: World
) -> None:
    bob = world.known("bob_acme")
    bob.emails.add("bob@acme.example")

    world.suspend("bob_acme")

    assert re.fullmatch(r"[0-9a-f]{32}_acme", bob.login)
    assert get(sandbox, f"/user/{bob.id}").body["login"] == bob.login
    assert get(sandbox, "/users/bob_acme").status == 404
    assert bob.emails == set()


def test_t27_who_is_a_member_directly_stays_one(sandbox: Sandbox, world: World) -> None:
    ada, bob = world.known("ada_acme").id, world.known("bob_acme").id

    suspended = world.suspend("bob_acme")

    assert shown(sandbox) == {"members": [ada, bob], "team": [bob]}
    path = f"/orgs/acme/memberships/{suspended.login}"
    assert get(sandbox, path).body["state"] == "active"
    assert call(sandbox, "DELETE", path).status == 204
    assert shown(sandbox) == {"members": [ada], "team": []}


def test_t27_a_suspended_member_may_be_missing_from_every_list(
    sandbox: Sandbox, world: World
) -> None:
    world.policy.suspended = Suspended.HIDDEN

    suspended = world.suspend("bob_acme")

    assert shown(sandbox) == {"members": [world.known("ada_acme").id], "team": []}
    assert suspended.id in world.members


def test_t27_who_is_a_member_by_a_group_of_the_provider_goes_with_it(
    sandbox: Sandbox, world: World
) -> None:
    world.policy.suspended = Suspended.REMOVED

    suspended = world.suspend("bob_acme")

    assert shown(sandbox) == {"members": [world.known("ada_acme").id], "team": []}
    assert suspended.id not in world.members
    [event] = world.events
    assert (event.action, event.actor, event.user_id) == (
        "org.remove_member",
        "acme_admin",
        suspended.id,
    )


def test_t27_a_call_that_names_the_old_login_finds_nobody(
    sandbox: Sandbox, world: World
) -> None:
    world.suspend("bob_acme")

    for method in ("GET", "PUT", "DELETE"):
        assert call(sandbox, method, "/orgs/acme/memberships/bob_acme").status == 404


def test_a_suspended_member_takes_no_seat(world: World) -> None:
    before = world.seats_taken()

    world.suspend("bob_acme")

    assert world.seats_taken() == before - 1


@pytest.mark.parametrize("login", ["outsider", "_acme"])
def test_only_managed_accounts_are_suspended(world: World, login: str) -> None:
    world.add_account(login)

    with pytest.raises(LookupError, match="no managed account"):
        world.suspend(login)


def test_nobody_is_suspended_where_accounts_are_their_own(world: World) -> None:
    world.policy.profile = Profile.CLOUD

    with pytest.raises(LookupError, match="no managed account"):
        world.suspend("bob_acme")
