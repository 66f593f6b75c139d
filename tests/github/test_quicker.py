"""Somebody else was quicker: joined, left, accepted, declined, invited or created."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ghstate.errors import WriteFailed
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Drop, Fault
from ghstate.sandbox.records import InvitationRole, Why
from ghstate.sandbox.world import World
from tests.github.changes import (
    RENAMED,
    Changes,
    Scene,
    add_to_team,
    cancel,
    change_role,
    create_team,
    delete_team,
    invite,
    quicker,
    remove,
    replace_invitation,
    take_out_of_team,
    update_team,
    waiting,
    zoe_is_invited,
)
from tests.traps.scene import people_of, roles_in

# Somebody else was quicker


def invites_zoe(world: World) -> None:
    world.invite("zoe", by="grace")


def invites_zoe_as_owner(world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN, by="grace")


def zoe_is_in(world: World) -> None:
    world.add_member("zoe")


@pytest.mark.parametrize("when", [("GET", "memberships/zoe"), ("POST", "invitations")])
@pytest.mark.parametrize(
    ("act", "words"),
    [
        (invites_zoe, "zoe is invited already, as member"),
        (zoe_is_in, "zoe is a member already, as member"),
    ],
)
def test_t11_somebody_who_is_there_already_is_not_invited_again(
    scene: Scene, act: Callable[[World], object], words: str, when: tuple[str, str]
) -> None:
    scene.script(quicker(act, *when))

    assert scene.does(invite) == Outcome(words, already=True)

    assert "PUT teams/ops/memberships/zoe" in scene.calls
    assert [why for _, why in scene.mails if why is Why.INVITED_AGAIN] == []
    assert len([why for _, why in scene.mails if why is Why.INVITED]) <= 1
    zoe = scene.world.known("zoe").id
    ops = scene.world.team("ops")
    assert ops is not None
    [*teams] = (each.teams for each in scene.world.invitations.values())
    assert zoe in ops.members or any(ops.id in each for each in teams)


@pytest.mark.parametrize("when", [("GET", "memberships/zoe"), ("POST", "invitations")])
def test_somebody_who_is_there_in_another_role_is_left_to_the_next_plan(
    scene: Scene, when: tuple[str, str]
) -> None:
    scene.script(quicker(invites_zoe_as_owner, *when))

    error = scene.does(invite)

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe is invited already, as admin, and not as member"
    assert error.hint.endswith("plan again")


def test_a_team_that_somebody_else_created_is_not_taken_over(scene: Scene) -> None:
    scene.script(quicker(lambda world: world.add_team("web", "bob"), "POST", "teams"))

    error = scene.does(create_team)

    assert isinstance(error, WriteFailed)
    assert "Name must be unique for this org" in error.message
    assert error.codes == {"already_exists"}
    assert scene.calls == ["POST teams"]
    assert people_of(scene.world, "web") == {"bob": "member"}


def test_a_team_that_has_the_new_name_already_is_not_taken_for_the_renamed_one(
    scene: Scene,
) -> None:
    def takes_the_name(world: World) -> None:
        world.add_team("SRE", "bob")

    scene.script(
        quicker(takes_the_name, "PATCH", "teams/ops"),
        Fault(Drop(), method="PATCH", path="/orgs/acme/teams/ops"),
    )

    error = scene.does(update_team(**RENAMED))

    assert isinstance(error, WriteFailed)
    assert "Name must be unique for this org" in error.message
    assert people_of(scene.world, "sre") == {"bob": "member"}


def leaves(login: str) -> Callable[[World], object]:
    return lambda world: world.leave(login)


@pytest.mark.parametrize("role", ["admin", "member"])
def test_a_change_of_role_does_not_invite_somebody_who_left(
    scene: Scene, role: str
) -> None:
    login = "bob" if role == "admin" else "grace"
    scene.script(quicker(leaves(login), "GET", f"memberships/{login}"))

    error = scene.does(change_role(login, role))

    assert isinstance(error, WriteFailed)
    assert error.message == f"{login} is not a member any more"
    assert (scene.calls, scene.mails) == ([], [])


def test_a_change_of_role_takes_back_the_invitation_of_somebody_who_just_left(
    scene: Scene,
) -> None:
    scene.script(quicker(leaves("bob"), "PUT", "memberships/bob"))

    error = scene.does(change_role("bob", "admin"))

    assert isinstance(error, WriteFailed)
    assert error.message.startswith("bob left the organization meanwhile; ")
    assert scene.calls == ["PUT memberships/bob", "DELETE memberships/bob"]
    assert waiting(scene.world) == {}
    assert "bob" not in roles_in(scene.world)


def test_t15_a_team_does_not_invite_somebody_who_left(scene: Scene) -> None:
    scene.script(quicker(leaves("bob"), "GET", "memberships/bob"))

    error = scene.does(add_to_team())

    assert isinstance(error, WriteFailed)
    assert error.message == (
        "bob is not in the organization, and a team must not invite anybody"
    )
    assert (scene.calls, scene.mails) == ([], [])


def test_t15_a_team_takes_back_the_invitation_of_somebody_who_just_left(
    scene: Scene,
) -> None:
    scene.script(quicker(leaves("bob"), "PUT", "teams/ops/memberships/bob"))

    error = scene.does(add_to_team())

    assert isinstance(error, WriteFailed)
    assert error.message.startswith("bob left the organization meanwhile; ")
    assert waiting(scene.world) == {}


def test_somebody_who_is_invited_gets_the_team_with_the_invitation(
    scene: Scene,
) -> None:
    scene.world.invite("zoe", by="ada")
    scene.world.mails.clear()

    assert scene.does(add_to_team("zoe")) == Outcome()

    assert waiting(scene.world) == {"zoe": ("direct_member", ["ops"])}
    assert scene.mails == []


def accepts(world: World) -> None:
    world.accept("zoe")


def test_an_invitation_that_was_accepted_is_not_cancelled(scene: Scene) -> None:
    zoe_is_invited(scene.world)
    scene.script(quicker(accepts, "GET", "memberships/zoe"))

    error = scene.does(cancel)

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe has accepted the invitation meanwhile"
    assert error.hint == "the next plan shows the removal"
    assert scene.calls == []
    assert roles_in(scene.world)["zoe"] == "admin"


def test_whoever_accepts_while_being_cancelled_is_not_removed(scene: Scene) -> None:
    zoe_is_invited(scene.world)
    scene.script(quicker(accepts, "DELETE", "invitations/"))

    scene.does(cancel)

    assert len(scene.calls) == 1
    assert roles_in(scene.world)["zoe"] == "admin"


def test_somebody_who_accepted_meanwhile_is_not_demoted_in_passing(
    scene: Scene,
) -> None:
    """A demotion has a place in the order, after which enough owners are left."""
    zoe_is_invited(scene.world)
    scene.script(quicker(accepts, "GET", "memberships/zoe"))

    error = scene.does(replace_invitation)

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe has accepted the invitation meanwhile"
    assert scene.calls == []
    assert roles_in(scene.world)["zoe"] == "admin"


def declines(world: World) -> None:
    world.decline("zoe")


@pytest.mark.parametrize(
    ("changes", "ended"),
    [
        (cancel, Outcome("the invitation of zoe was gone already", already=True)),
        (replace_invitation, None),
    ],
)
def test_an_invitation_that_was_declined_is_gone(
    scene: Scene, changes: Changes, ended: Outcome | None
) -> None:
    zoe_is_invited(scene.world)
    scene.script(quicker(declines, "GET", "memberships/zoe"))

    found = scene.does(changes)

    if ended:
        assert found == ended
    else:
        assert isinstance(found, WriteFailed)
        assert found.message == "the invitation of zoe is gone"
    assert (scene.calls, scene.mails) == ([], [])


@pytest.mark.parametrize(
    ("changes", "act", "when"),
    [
        (remove, leaves("bob"), ("DELETE", "memberships/bob")),
        (
            delete_team,
            lambda world: world.teams.pop(world.team("ops").id),
            ("DELETE", "teams/ops"),
        ),
        (
            take_out_of_team,
            leaves("carol"),
            ("DELETE", "teams/ops/memberships/carol"),
        ),
    ],
)
def test_what_is_gone_already_is_as_good_as_removed(
    scene: Scene,
    changes: Changes,
    act: Callable[[World], object],
    when: tuple[str, str],
) -> None:
    scene.script(quicker(act, *when))

    assert scene.does(changes) == Outcome("was gone already", already=True)
    assert len(scene.calls) == 1
