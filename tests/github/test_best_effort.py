"""Reads that nothing depends on: seats, departures, whose an address is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from ghstate.errors import Unreachable
from ghstate.github.audit_log import LOGINS_AT_MOST, departures
from ghstate.github.identities import behind
from ghstate.github.organization import GitHubOrganization
from ghstate.github.seats import seats
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Seats
from ghstate.model.past import Departure
from ghstate.plan.identity import Account
from ghstate.sandbox.conditions import Fault, Partial
from ghstate.sandbox.identities import IdentityProvider
from ghstate.sandbox.replies import UNICORN, Reply, complaint
from ghstate.sandbox.viewers import TOKENS
from ghstate.sandbox.world import World
from tests.github.changes import Scene
from tests.github.wire import Says, Wire
from tests.journey import OWNER
from tests.traps.conversation import conversation

T = TypeVar("T")
DANA = EmailAddress("Dana@acme.example")
STRANGE: tuple[object, ...] = (None, [], {}, 5, '"x"', [None], [5], {"plan": 7})


def ask(scene: Scene, question: Callable[[GitHubOrganization], Awaitable[T]]) -> T:
    async def work() -> T:
        async with conversation(scene.sandbox) as talk:
            return await question(talk.github)

    return asyncio.run(work())


def paths(scene: Scene) -> list[str]:
    return [each.path for each in scene.sandbox.history]


# Seats


def test_t11_the_seats_are_those_of_the_plan(scene: Scene) -> None:
    scene.world.policy.seats = 10
    scene.world.invite("zoe", by="ada")

    assert ask(scene, lambda github: github.seats()) == Seats(total=10, taken=5)
    assert paths(scene) == ["/orgs/acme"]


@pytest.mark.parametrize("token", [OWNER, "sandbox-app", "sandbox-member"])
def test_seats_that_github_does_not_tell_are_not_known(
    scene: Scene, token: str
) -> None:
    scene.sandbox.tokens[OWNER] = TOKENS[token]
    scene.world.policy.seats = None if token == OWNER else 10

    assert ask(scene, lambda github: github.seats()) is None


@pytest.mark.parametrize("status", [403, 404, 451])
def test_seats_that_github_refuses_are_not_known(scene: Scene, status: int) -> None:
    scene.script(Fault(complaint(status, "No."), path="/orgs/acme"))

    assert ask(scene, lambda github: github.seats()) is None


@pytest.mark.parametrize(
    "body", [*STRANGE, {"plan": {"seats": "many"}}, {"plan": {"seats": 5}}]
)
def test_seats_of_another_shape_are_not_known(wire: Wire, body: object) -> None:
    wire.says(Says(200, body))

    assert wire.converse(seats) is None


# Departures


def left(world: World, login: str, by: str | None = None) -> None:
    """*login* goes on their own, or is removed."""
    account = world.known(login)
    world.part(account, by=account.id if by is None else world.known(by).id)


def asked_about(scene: Scene, *logins: str) -> Mapping[Login, Departure]:
    return ask(
        scene, lambda github: github.departures([Login(each) for each in logins])
    )


@pytest.mark.parametrize("by", [None, "ada"])
def test_t18_the_audit_log_tells_who_left_on_their_own(
    scene: Scene, by: str | None
) -> None:
    scene.world.policy.audit_log = True
    left(scene.world, "bob", by)
    at = scene.world.now.replace(microsecond=0)

    found = asked_about(scene, "BOB")

    assert found == {Login("bob"): Departure(at, on_their_own=by is None)}


def test_the_latest_departure_counts(scene: Scene) -> None:
    scene.world.policy.audit_log = True
    left(scene.world, "bob", "ada")
    scene.world.advance(timedelta(days=3))
    scene.world.add_member("bob")
    left(scene.world, "bob")

    assert asked_about(scene, "bob")[Login("bob")].on_their_own


def test_of_whom_it_knows_nothing_it_tells_nothing(scene: Scene) -> None:
    scene.world.policy.audit_log = True
    left(scene.world, "bob")

    assert [*asked_about(scene, "carol", "bob", "zoe")] == ["bob"]
    assert paths(scene) == ["/orgs/acme/audit-log"] * 3


@pytest.mark.parametrize("status", [403, 404])
def test_after_the_first_refusal_nobody_else_is_asked_about(
    scene: Scene, status: int
) -> None:
    scene.world.policy.audit_log = True
    left(scene.world, "bob")
    no = complaint(status, "No.")
    scene.script(Fault(no, path="/orgs/acme/audit-log", nth=2))

    assert [*asked_about(scene, "bob", "carol", "zoe")] == ["bob"]
    assert len(scene.sandbox.history) == 2


@pytest.mark.parametrize("token", [OWNER, "sandbox-owner-no-audit"])
def test_where_there_is_no_audit_log_nothing_is_known(scene: Scene, token: str) -> None:
    scene.world.policy.audit_log = token != OWNER
    scene.sandbox.tokens[OWNER] = TOKENS[token]
    left(scene.world, "bob")

    assert asked_about(scene, "bob", "carol") == {}
    assert len(scene.sandbox.history) == 1


def test_no_more_people_are_asked_about_than_the_log_answers_for(
    scene: Scene,
) -> None:
    scene.world.policy.audit_log = True

    asked_about(scene, *(f"p{n}" for n in range(LOGINS_AT_MOST + 5)))

    assert len(scene.sandbox.history) == LOGINS_AT_MOST == 50


def test_a_limit_of_the_audit_log_ends_it_without_an_error(scene: Scene) -> None:
    scene.world.policy.audit_log = True
    left(scene.world, "bob")
    limit = Reply(403, {"message": "rate limit"}, {"retry-after": "3600"})
    scene.script(Fault(limit, path="/orgs/acme/audit-log", nth=2, times=None))

    assert [*asked_about(scene, "bob", "carol")] == ["bob"]


def event(**fields: object) -> dict[str, object]:
    usual = {"action": "org.remove_member", "user": "bob", "actor": "bob"}
    return usual | {"@timestamp": 1_800_000_000_000} | fields


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, [True]),
        ({"actor": "BOB"}, [True]),
        ({"actor": "ada"}, [False]),
        ({"actor": None}, [False]),
        ({"actor": "bobby", "actor_id": 5, "user_id": 5}, [True]),
        ({"actor": "bob", "actor_id": 6, "user_id": 5}, [False]),
        ({"@timestamp": None, "created_at": 1_800_000_000_000}, [True]),
        ({"action": "org.add_member"}, []),
        ({"user": "bobby"}, []),
        ({"user": None}, []),
        ({"@timestamp": None}, []),
        ({"@timestamp": 10**30}, []),
    ],
)
def test_an_event_tells_of_this_person_s_removal_or_nothing(
    wire: Wire, fields: dict[str, object], told: list[bool]
) -> None:
    """By id where there are ids: a login may be another person's by now."""
    wire.says(Says(200, [event(**fields)]))

    found = wire.converse(lambda session: departures(session, [Login("bob")]))

    assert [each.on_their_own for each in found.values()] == told
    phrase = "phrase=action:org.remove_member+user:bob"
    assert wire.sent == [
        f"GET /orgs/acme/audit-log?{phrase}&order=desc&per_page=10",
    ]


@pytest.mark.parametrize("body", STRANGE)
def test_an_audit_log_of_another_shape_tells_nothing(wire: Wire, body: object) -> None:
    wire.says(Says(200, body))

    assert wire.converse(lambda session: departures(session, [Login("bob")])) == {}


# Whose an address is


def accounts(world: World, *logins: str) -> list[Account]:
    return [Account(world.known(each).id, Login(each)) for each in logins]


def whose(scene: Scene, *logins: str) -> Mapping[EmailAddress, Account]:
    members = accounts(scene.world, *logins)
    return ask(scene, lambda github: github.behind([DANA], members))


def test_an_address_in_a_verified_domain_tells_whose_it_is(scene: Scene) -> None:
    scene.world.known("bob").verified_emails.add("dana@acme.example")

    found = whose(scene, "bob", "carol")

    assert found == {DANA: accounts(scene.world, "bob")[0]}
    assert len(scene.sandbox.history) == 2


@pytest.mark.parametrize(
    "names",
    [
        {"name_id": "DANA@acme.example"},
        {"name_id": "dana@acme.example", "username": "dana"},
        {
            "name_id": "x",
            "username": "dana@acme.example",
            "scim_username": "dana",
        },
    ],
)
def test_a_name_in_the_identity_provider_tells_whose_it_is(
    scene: Scene, names: dict[str, str]
) -> None:
    scene.world.saml = IdentityProvider()
    scene.world.saml.link(scene.world.known("bob"), **names)
    scene.world.saml.link(scene.world.known("carol"), "carol@acme.example")

    assert whose(scene, "bob", "carol") == {DANA: accounts(scene.world, "bob")[0]}


def test_whoever_is_not_among_the_members_is_nobody_s_answer(scene: Scene) -> None:
    scene.world.saml = IdentityProvider()
    scene.world.saml.link(scene.world.known("bob"), "dana@acme.example")
    scene.world.known("bob").verified_emails.add("dana@acme.example")

    assert whose(scene, "carol") == {}


def test_an_address_that_fits_two_fits_nobody(scene: Scene) -> None:
    scene.world.saml = IdentityProvider()
    scene.world.saml.link(scene.world.known("bob"), "dana@acme.example")
    scene.world.known("carol").verified_emails.add("dana@acme.example")

    assert whose(scene, "bob", "carol") == {}


def test_an_identity_that_nobody_has_claimed_is_nobody_s(scene: Scene) -> None:
    scene.world.saml = IdentityProvider()
    scene.world.saml.link(None, "dana@acme.example")

    assert whose(scene, "bob") == {}


def test_an_account_that_has_the_login_by_now_is_not_the_one_that_is_meant(
    scene: Scene,
) -> None:
    scene.world.known("bob").verified_emails.add("dana@acme.example")
    [bob] = accounts(scene.world, "bob")
    before = replace(bob, id=bob.id + 1)

    assert ask(scene, lambda github: github.behind([DANA], [before])) == {}


@pytest.mark.parametrize(("addresses", "logins"), [([], ["bob"]), ([DANA], [])])
def test_without_addresses_or_members_there_is_nothing_to_ask(
    scene: Scene, addresses: list[EmailAddress], logins: list[str]
) -> None:
    members = accounts(scene.world, *logins)

    assert ask(scene, lambda github: github.behind(addresses, members)) == {}
    assert len(scene.sandbox.history) == 0


def test_a_hundred_members_are_asked_about_in_one_request(scene: Scene) -> None:
    logins = [f"m{n:03}" for n in range(201)]
    for login in logins:
        scene.world.add_member(login)
    scene.world.known("m200").verified_emails.add("dana@acme.example")

    assert whose(scene, *logins) == {DANA: accounts(scene.world, "m200")[0]}
    assert len(scene.sandbox.history) == 1 + 3


@pytest.mark.parametrize("kind", ["FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND", ""])
def test_what_is_not_shown_is_not_known_and_no_error(scene: Scene, kind: str) -> None:
    scene.world.known("bob").verified_emails.add("dana@acme.example")
    gap = Partial(path=("organization",), type=kind)
    scene.script(
        Fault(gap, path="/graphql", query="Identities"),
        Fault(Partial(path=("u1",), type=kind), path="/graphql", query="VerifiedEm"),
    )

    # carol is not shown, and bob is.
    assert whose(scene, "bob", "carol") == {DANA: accounts(scene.world, "bob")[0]}


def test_where_nobody_is_shown_the_others_are_not_asked_about(scene: Scene) -> None:
    logins = [f"m{n:03}" for n in range(150)]
    for login in logins:
        scene.world.add_member(login)
    unknown: dict[str, Any] = {
        "data": None,
        "errors": [{"message": "Field 'organizationVerifiedDomainEmails' is unknown"}],
    }
    scene.script(Fault(Reply(200, unknown), path="/graphql", times=None))

    assert whose(scene, *logins) == {}
    assert len(scene.sandbox.history) == 2


def test_an_answer_that_takes_too_long_is_none(scene: Scene) -> None:
    scene.script(Fault(UNICORN, path="/graphql", times=None))

    assert whose(scene, "bob") == {}
    assert len(scene.sandbox.history) == 4


@pytest.mark.parametrize("body", [*STRANGE, {"u0": {"databaseId": "x"}}])
def test_identities_of_another_shape_tell_nothing(wire: Wire, body: object) -> None:
    data = body if isinstance(body, dict) else {"organization": body, "u0": body}
    wire.says(Says(200, {"data": data}))
    bob = Account(5, Login("bob"))

    assert wire.converse(lambda session: behind(session, [DANA], [bob])) == {}


# The connection


QUESTIONS = pytest.mark.parametrize(
    "question",
    [
        lambda github: github.seats(),
        lambda github: github.departures([Login("bob")]),
        lambda github: github.behind([DANA], [Account(5, Login("bob"))]),
    ],
    ids=["seats", "departures", "behind"],
)


@QUESTIONS
def test_a_limit_that_is_too_long_to_wait_for_is_no_error(
    scene: Scene, question: Callable[[GitHubOrganization], Awaitable[object]]
) -> None:
    limit = Reply(403, {"message": "rate limit"}, {"retry-after": "3600"})
    scene.script(Fault(limit, times=None))

    assert not ask(scene, question)
    assert len(scene.sandbox.history) == 1


@QUESTIONS
def test_only_a_connection_that_fails_is_an_error(
    scene: Scene, question: Callable[[GitHubOrganization], Awaitable[object]]
) -> None:
    page = Reply(200, "<p>Sign in to the network</p>", {"content-type": "text/html"})
    scene.script(Fault(page, times=None))

    with pytest.raises(Unreachable):
        ask(scene, question)
