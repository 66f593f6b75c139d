"""What nobody is sure about: each refusal in the ways GitHub may put it."""

import pytest

from ghstate.sandbox.policy import ManagedRefusal, NoSeat, Profile
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.sandbox.talk import call


def test_t12_the_cap_is_free_again_a_day_later(sandbox: Sandbox, world: World) -> None:
    world.policy.invitation_cap = 1
    world.policy.cap_wording = "Over invitation rate limit. Try again later."
    put = "/orgs/acme/memberships"

    assert call(sandbox, "PUT", f"{put}/zoe").status == 200
    refused = call(sandbox, "PUT", f"{put}/yan")
    assert refused.status == 422
    assert refused.body["errors"][0]["message"].endswith("Try again later.")
    call(sandbox, "POST", "/sandbox/advance", {"seconds": 86_400}, token=None)
    assert call(sandbox, "PUT", f"{put}/yan").status == 200


def test_t18_somebody_the_organization_blocks(sandbox: Sandbox, world: World) -> None:
    world.known("zoe").blocked = True
    by_id = {"invitee_id": world.known("zoe").id}

    for method, path, body in (
        ("PUT", "/orgs/acme/memberships/zoe", {}),
        ("POST", "/orgs/acme/invitations", by_id),
        ("PUT", "/orgs/acme/teams/platform/memberships/zoe", {}),
    ):
        answer = call(sandbox, method, path, body)
        assert (answer.status, answer.body["message"]) == (403, "Blocked")
    assert not world.invitations


def test_t18_somebody_who_blocks_the_organization_is_refused_by_id_too(
    sandbox: Sandbox, world: World
) -> None:
    zoe = world.known("zoe")
    zoe.invitable = False

    answer = call(sandbox, "POST", "/orgs/acme/invitations", {"invitee_id": zoe.id})

    assert answer.status == 422
    assert answer.body["message"] == "The request could not be processed."


def test_t11_no_seat_may_be_said_in_a_plain_sentence(
    sandbox: Sandbox, world: World
) -> None:
    world.policy.seats = 4
    world.policy.no_seat = NoSeat.SENTENCE

    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe")

    assert answer.status == 422
    assert "errors" not in answer.body
    assert answer.body["message"] == (
        "You must purchase at least one more seat to add this user as a member."
    )


def test_t06_already_invited_may_be_worded_in_any_way(
    sandbox: Sandbox, world: World
) -> None:
    world.policy.already_invited_wording = "User has already been invited."
    world.invite("zoe")
    body = {"invitee_id": world.known("zoe").id}

    answer = call(sandbox, "POST", "/orgs/acme/invitations", body)

    assert answer.status == 422
    [error] = answer.body["errors"]
    assert error["message"] == "User has already been invited."


@pytest.mark.parametrize(
    ("how", "status", "message"),
    [
        (ManagedRefusal.UNPROCESSABLE, 422, "This enterprise is managed."),
        (ManagedRefusal.FORBIDDEN, 403, "This enterprise is managed."),
        (ManagedRefusal.NOT_FOUND, 404, "Not Found"),
    ],
)
def test_t10_an_emu_organization_refuses_in_one_of_three_ways(
    sandbox: Sandbox, world: World, how: ManagedRefusal, status: int, message: str
) -> None:
    world.policy.profile = Profile.MANAGED_USERS
    world.policy.managed_refusal = how
    world.policy.managed_wording = "This enterprise is managed."
    world.policy.unmanaged_wording = "This enterprise is managed."
    world.known("zoe").provisioned = False
    body = {"email": "new@acme.example"}

    by_mail = call(sandbox, "POST", "/orgs/acme/invitations", body)
    by_login = call(sandbox, "PUT", "/orgs/acme/memberships/zoe")

    for answer in (by_mail, by_login):
        assert (answer.status, answer.body["message"]) == (status, message)


def test_a_ghes_has_no_path_for_invitations(sandbox: Sandbox, world: World) -> None:
    world.policy.profile = Profile.SERVER
    body = {"email": "new@acme.example"}

    invited = call(sandbox, "POST", "/orgs/acme/invitations", body)
    added = call(sandbox, "PUT", "/orgs/acme/memberships/zoe", {"role": "admin"})

    assert invited.status == 404
    assert added.status == 200
    assert (added.body["state"], added.body["role"]) == ("active", "admin")
    assert world.mails == []
