"""Invitations that wait, the limits of inviting, and servers without invitations."""

from __future__ import annotations

import pytest

from ghstate.errors import LimitReached
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Drop, Fault
from ghstate.sandbox.policy import Profile, PutOnPending
from ghstate.sandbox.records import InvitationRole, Why
from ghstate.sandbox.world import World
from tests.github.changes import (
    LOST,
    Changes,
    Scene,
    invite,
    quicker,
    replace_invitation,
    waiting,
    zoe_is_invited,
)
from tests.traps.scene import people_of, roles_in

# Invitations that wait


@pytest.mark.parametrize(
    ("does", "ended", "sent", "mails"),
    [
        (
            PutOnPending.EDIT,
            Outcome(),
            ["PUT memberships/zoe"],
            [Why.INVITED_AGAIN],
        ),
        (
            PutOnPending.RESEND,
            Outcome(),
            ["PUT memberships/zoe"],
            [Why.INVITED_AGAIN],
        ),
        (
            PutOnPending.IGNORE,
            Outcome("cancelled and sent again"),
            ["PUT memberships/zoe", "DELETE invitations/ID", "POST invitations"],
            [Why.INVITED_AGAIN, Why.CANCELLED, Why.INVITED],
        ),
    ],
)
def test_the_role_of_an_invitation_is_changed_whatever_github_makes_of_it(
    scene: Scene,
    does: PutOnPending,
    ended: Outcome,
    sent: list[str],
    mails: list[Why],
) -> None:
    zoe_is_invited(scene.world)
    [number] = scene.world.invitations
    scene.world.policy.put_on_pending = does

    assert scene.does(replace_invitation) == ended

    assert [call.replace(str(number), "ID") for call in scene.calls] == sent
    assert [why for _, why in scene.mails] == mails
    assert waiting(scene.world) == {"zoe": ("direct_member", ["ops"])}


def test_an_invitation_that_has_the_role_by_now_is_left_alone(scene: Scene) -> None:
    zoe_is_invited(scene.world)

    def edits(world: World) -> None:
        for each in world.invitations.values():
            each.role = InvitationRole.DIRECT_MEMBER

    scene.script(quicker(edits, "GET", "memberships/zoe"))

    assert scene.does(replace_invitation) == Outcome(
        "zoe is invited already, as member"
    )
    assert (scene.calls, scene.mails) == ([], [])


# Limits


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"seats": 4}, "the organization has no seat left"),
        ({"invitation_cap": 0}, "GitHub's limit of invitations a day is reached"),
    ],
)
@pytest.mark.parametrize("changes", [invite, replace_invitation])
def test_a_limit_of_invitations_is_told_as_one(
    scene: Scene, policy: dict[str, int], words: str, changes: Changes
) -> None:
    if changes is replace_invitation:
        zoe_is_invited(scene.world)
        scene.world.policy.put_on_pending = PutOnPending.IGNORE
    for name, value in policy.items():
        setattr(scene.world.policy, name, value)

    error = scene.does(changes)

    assert isinstance(error, LimitReached)
    assert (error.message, error.grants_only) == (words, True)


# Servers without invitations


@pytest.mark.parametrize("no_answer", [None, Drop()])
def test_t71_where_there_are_no_invitations_people_are_there_at_once(
    scene: Scene, no_answer: Drop | None
) -> None:
    scene.world.policy.profile = Profile.SERVER
    if no_answer:
        path = "/orgs/acme/memberships/zoe"
        scene.script(Fault(no_answer, method="PUT", path=path, after=True))

    assert scene.does(invite) == (LOST if no_answer else Outcome())

    assert roles_in(scene.world)["zoe"] == "member"
    assert people_of(scene.world, "ops")["zoe"] == "member"
    assert scene.calls == [
        "POST invitations",
        "PUT memberships/zoe",
        "PUT teams/ops/memberships/zoe",
    ]
