"""Invitations to an address: sent once, replaced, renewed and cancelled by id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from ghstate.errors import Limit, LimitReached, WriteFailed
from ghstate.model.organization import Snapshot
from ghstate.plan.change import Change, Create, Reason
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Drop, Fault
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import InvitationRole, InvitationSource, Why
from ghstate.sandbox.replies import Reply, complaint
from ghstate.sandbox.world import World
from tests import build
from tests.github.changes import Changes, Scene, quicker
from tests.github.invitations import (
    ADDRESS,
    MASK,
    an_address_waits,
    as_observed,
    by_mail,
    cancelling_by_mail,
    inviting,
    inviting_once_more,
    live,
    mails,
    nobody_answered,
    renewing,
    renewing_by_mail,
    replacing_by_mail,
    when_sent,
    zoe_waits,
)

AGAIN = Outcome("cancelled and sent again")


def already(role: str) -> Outcome:
    return Outcome(f"{MASK} is invited already, as {role}", already=True)


# Inviting


@pytest.mark.parametrize(
    ("role", "invited_as"), [("member", "direct_member"), ("admin", "admin")]
)
def test_an_address_is_invited_with_its_teams_by_one_call(
    scene: Scene, role: str, invited_as: str
) -> None:
    assert scene.does(inviting(ADDRESS, role, "ops", "dev")) == Outcome()

    assert scene.calls == ["POST invitations"]
    assert live(scene.world) == [(ADDRESS, invited_as, ("dev", "ops"))]
    assert mails(scene.world, Why.INVITED) == [ADDRESS]


@pytest.mark.parametrize("spelled", [ADDRESS, ADDRESS.upper()])
def test_t06_an_address_that_is_invited_by_now_is_not_mailed_again(
    scene: Scene, spelled: str
) -> None:
    def invites(world: World) -> None:
        world.invite(spelled, by="grace")

    scene.world.policy.repeat_mails = True
    scene.script(quicker(invites, "GET", "invitations"))
    # The first list is the one of the read.
    scene.sandbox.conditions.faults[-1].nth = 2

    assert scene.does(inviting(ADDRESS)) == already("member")
    assert scene.calls == []
    assert mails(scene.world, Why.INVITED_AGAIN) == []


def test_t06_an_address_that_is_invited_in_another_role_is_for_the_next_plan(
    scene: Scene,
) -> None:
    an_address_waits(scene.world)

    error = scene.does(inviting(ADDRESS))

    assert isinstance(error, WriteFailed)
    assert error.message == f"{MASK} is invited already, as admin, and not as member"
    assert error.hint.endswith("plan again")
    assert scene.calls == []


def test_an_invitation_that_waits_without_the_teams_says_when_they_are_given(
    scene: Scene,
) -> None:
    scene.world.invite(ADDRESS, by="grace")

    assert scene.does(inviting(ADDRESS, "member", "ops", "dev")) == Outcome(
        f"{MASK} is invited already, as member; 2 of its 2 teams did not go with the "
        "invitation and are given after it is accepted",
        already=True,
    )


def test_teams_that_github_leaves_out_are_told_of(scene: Scene) -> None:
    made = {"id": 1, "role": "direct_member", "team_count": 1}
    scene.script(when_sent(Reply(201, made)))

    assert scene.does(inviting(ADDRESS, "member", "ops", "dev")) == Outcome(
        "1 of its 2 teams did not go with the invitation "
        "and are given after it is accepted"
    )


@pytest.mark.parametrize(
    "wording",
    [
        "A user with this email address is already a part of this organization",
        "A user with this email addresss is already a part of this organization",
    ],
)
def test_t05_the_address_of_a_member_asks_for_their_login(
    scene: Scene, wording: str
) -> None:
    scene.world.add_member("nia").emails.add(ADDRESS)
    scene.world.policy.email_wording = wording

    error = scene.does(inviting(ADDRESS))

    assert isinstance(error, WriteFailed)
    assert error.message == f"GitHub answered 422: Validation Failed: {wording}"
    assert error.hint == (
        "the address seems to be a member's: write their login in its place, "
        'with email = "…" beside it'
    )
    assert ADDRESS not in f"{error.message} {error.hint}"


@pytest.mark.parametrize("status", [403, 422])
def test_t05_a_refusal_of_what_waits_by_now_is_none(scene: Scene, status: int) -> None:
    scene.script(
        quicker(lambda world: world.invite(ADDRESS), "POST", "invitations"),
        when_sent(complaint(status, "Whatever the words are")),
    )

    assert scene.does(inviting(ADDRESS)) == already("member")


def test_t14_an_address_that_is_asked_to_be_a_manager_is_left_to_answer_that(
    scene: Scene,
) -> None:
    scene.world.invite(ADDRESS, InvitationRole.BILLING_MANAGER, by="grace")

    error = scene.does(inviting(ADDRESS))

    assert isinstance(error, WriteFailed)
    assert error.message == f"{MASK} is invited as billing manager"
    assert "ghstate does not touch it" in error.hint


def test_t42_a_role_that_is_ignored_is_not_taken_for_given(scene: Scene) -> None:
    scene.sandbox.conditions.roles_ignored = True

    error = scene.does(inviting(ADDRESS, "admin"))

    assert isinstance(error, WriteFailed)
    assert error.message == f"asked for admin, but GitHub made {MASK} member"


@pytest.mark.parametrize("profile", [Profile.SERVER, Profile.MANAGED_USERS])
def test_t10_where_there_are_no_invitations_an_address_leads_nowhere(
    scene: Scene, profile: Profile
) -> None:
    scene.world.policy.profile = profile

    error = scene.does(inviting(ADDRESS))

    assert isinstance(error, WriteFailed)
    assert error.message.startswith("there are no invitations here")
    assert error.hint == "write the login in place of the address"
    assert scene.calls == []


def test_t15_a_team_is_not_given_to_an_address(scene: Scene) -> None:
    an_address_waits(scene.world)

    def changes(snapshot: Snapshot) -> list[Change]:
        return [Create(build.team_member("ops", ADDRESS), Reason.ADD)]

    error = scene.does(changes)

    assert isinstance(error, WriteFailed)
    assert error.hint == "it is given once the invitation is accepted"
    assert ADDRESS not in error.message
    assert scene.calls == []


def test_t04_what_failed_is_cleared_away_before_an_address_is_invited_again(
    scene: Scene,
) -> None:
    nobody_answered(scene.world, ADDRESS, times=2)
    earlier, last = sorted(scene.world.failed)

    assert scene.does(inviting_once_more(ADDRESS, "ops")) == Outcome()

    assert scene.calls == [f"DELETE invitations/{last}", "POST invitations"]
    assert [*scene.world.failed] == [earlier]


# Replacing


def test_t02_t08_one_by_mail_is_cancelled_and_sent_again_and_never_put(
    scene: Scene,
) -> None:
    an_address_waits(scene.world)
    [number] = scene.world.invitations

    assert scene.does(replacing_by_mail(ADDRESS)) == AGAIN

    assert scene.calls == [f"DELETE invitations/{number}", "POST invitations"]
    assert live(scene.world) == [(ADDRESS, "direct_member", ("dev", "ops"))]


def test_t08_whom_the_files_know_by_login_is_invited_by_it(scene: Scene) -> None:
    scene.world.known("zoe").emails.add(ADDRESS)
    an_address_waits(scene.world)

    assert scene.does(replacing_by_mail("zoe")) == AGAIN

    assert [call.partition(" ")[0] for call in scene.calls] == ["DELETE", "POST"]
    assert live(scene.world) == [("zoe", "direct_member", ("dev", "ops"))]


def test_the_teams_of_the_plan_come_with_the_new_one(scene: Scene) -> None:
    an_address_waits(scene.world, "admin", "dev")

    assert scene.does(replacing_by_mail(ADDRESS, "member", "ops")) == AGAIN

    assert live(scene.world) == [(ADDRESS, "direct_member", ("dev", "ops"))]


def test_one_that_brings_too_many_teams_is_sent_with_those_of_the_plan(
    scene: Scene,
) -> None:
    """Its role is right: it is replaced for its teams, and the plan names all."""
    an_address_waits(scene.world, "direct_member")

    assert scene.does(replacing_by_mail(ADDRESS, "member", "ops")) == AGAIN

    assert live(scene.world) == [(ADDRESS, "direct_member", ("ops",))]


# What happens between the read and the first look.


def meanwhile(act: Callable[[World], object]) -> Fault:
    fault = quicker(act, "GET", "invitations")
    fault.nth = 2
    return fault


def ends(who: str) -> Callable[[World], object]:
    return lambda world: world.decline(who)


def reduced(world: World) -> None:
    for each in world.invitations.values():
        each.role = InvitationRole.DIRECT_MEMBER


def sent_by_another(world: World) -> None:
    world.decline(ADDRESS)
    world.invite(ADDRESS, by="grace")


@pytest.mark.parametrize("act", [reduced, sent_by_another])
def test_t06_one_by_mail_that_is_right_by_now_is_left_alone(
    scene: Scene, act: Callable[[World], object]
) -> None:
    an_address_waits(scene.world)
    scene.script(meanwhile(act))

    assert scene.does(replacing_by_mail(ADDRESS)) == already("member")
    assert scene.calls == []


@pytest.mark.parametrize("person", [ADDRESS, "zoe"])
def test_one_by_mail_that_went_is_not_sent_again(scene: Scene, person: str) -> None:
    an_address_waits(scene.world)
    scene.script(meanwhile(ends(ADDRESS)))

    error = scene.does(replacing_by_mail(person))

    assert isinstance(error, WriteFailed)
    assert error.message.startswith("the invitation of ")
    assert error.message.endswith(" is gone")
    assert ADDRESS not in error.message
    assert scene.calls == []


def test_one_by_mail_that_was_accepted_is_not_sent_again(scene: Scene) -> None:
    an_address_waits(scene.world)
    scene.script(meanwhile(lambda world: world.accept_by_mail(ADDRESS, "zoe")))

    error = scene.does(replacing_by_mail("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe has accepted the invitation meanwhile"
    assert scene.calls == []


# Renewing


@pytest.mark.parametrize("role", ["direct_member", "admin"])
def test_a_login_is_invited_anew_with_role_and_teams(scene: Scene, role: str) -> None:
    zoe_waits(scene.world, role)
    [number] = scene.world.invitations
    scene.world.advance(timedelta(days=5))

    assert scene.does(renewing("zoe")) == AGAIN

    assert scene.calls == [f"DELETE invitations/{number}", "POST invitations"]
    assert live(scene.world) == [("zoe", role, ("dev", "ops"))]
    [again] = scene.world.invitations.values()
    assert again.created_at == scene.world.now


@pytest.mark.parametrize("person", [ADDRESS, "dana", "invitation 4711"])
def test_one_by_mail_is_renewed_where_it_went(scene: Scene, person: str) -> None:
    an_address_waits(scene.world)

    assert scene.does(renewing_by_mail(person)) == AGAIN

    assert live(scene.world) == [(ADDRESS, "admin", ("dev", "ops"))]


def test_an_address_that_is_not_known_any_more_is_not_guessed(scene: Scene) -> None:
    an_address_waits(scene.world)

    def changes(snapshot: Snapshot) -> list[Change]:
        found = by_mail(snapshot)
        assert found.mailbox is not None
        forgotten = replace(found, mailbox=replace(found.mailbox, address=None))
        before = as_observed(forgotten, "dana")
        return [Create(before.resource, Reason.RENEW, before)]

    error = scene.does(changes)

    assert isinstance(error, WriteFailed)
    assert error.message == "where the invitation of dana went is not known"
    assert scene.calls == []


def test_a_renewal_of_what_was_accepted_has_nothing_to_do(scene: Scene) -> None:
    zoe_waits(scene.world, "direct_member")
    scene.script(meanwhile(lambda world: world.accept("zoe")))

    assert scene.does(renewing("zoe")) == Outcome(
        "zoe is a member already, as member", already=True
    )
    assert scene.calls == []


def test_a_renewal_of_what_changed_its_role_is_for_the_next_plan(scene: Scene) -> None:
    zoe_waits(scene.world)
    scene.script(meanwhile(reduced))

    error = scene.does(renewing("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe is invited as member by now, and not as admin"
    assert scene.calls == []


@pytest.mark.parametrize("role", ["billing_manager", "reinstate"])
def test_t14_what_is_not_ours_is_not_renewed(scene: Scene, role: str) -> None:
    scene.world.invite(ADDRESS, InvitationRole(role), by="ada")

    error = scene.does(renewing_by_mail())

    assert isinstance(error, WriteFailed)
    assert error.message == (f"the invitation of {MASK} is not ghstate's to send again")
    assert scene.calls == []


def test_t14_what_the_identity_provider_sent_is_not_renewed(scene: Scene) -> None:
    scene.world.invite("zoe", by="ada", source=InvitationSource.SCIM)

    assert isinstance(scene.does(renewing("zoe")), WriteFailed)
    assert scene.calls == []


RESENT: dict[str, tuple[Changes, Callable[[World], object], str]] = {
    "a login renewed": (renewing("zoe"), zoe_waits, "zoe"),
    "an address renewed": (renewing_by_mail(), an_address_waits, MASK),
    "an address replaced": (replacing_by_mail(ADDRESS), an_address_waits, MASK),
}


@pytest.mark.parametrize("name", RESENT)
@pytest.mark.parametrize(
    ("then", "kind"),
    [
        (complaint(422, "Not today."), WriteFailed),
        (complaint(422, "Over invitation rate limit"), LimitReached),
        (Drop(), WriteFailed),
    ],
    ids=["refused", "limit", "lost"],
)
def test_what_is_cancelled_and_cannot_be_sent_is_told_plainly(
    scene: Scene, name: str, then: Reply | Drop, kind: type[WriteFailed | LimitReached]
) -> None:
    changes, before, who = RESENT[name]
    before(scene.world)
    scene.script(when_sent(then, times=None))

    error = scene.does(changes)

    assert isinstance(error, kind)
    assert error.message.startswith(
        f"the earlier invitation of {who} is cancelled, and another could not be sent: "
    )
    assert error.hint.startswith("the next apply invites them again")
    if isinstance(error, LimitReached):
        assert error.kind is Limit.INVITATIONS
    assert live(scene.world) == []


def test_somebody_who_is_invited_while_theirs_is_sent_again_is_not_mailed_twice(
    scene: Scene,
) -> None:
    zoe_waits(scene.world, "direct_member", "ops")

    def invites(world: World) -> None:
        world.invite("zoe", by="grace")

    scene.script(quicker(invites, "POST", "invitations"))

    assert scene.does(renewing("zoe")) == Outcome(
        "zoe is invited already, as member", already=True
    )
    assert [each[0] for each in live(scene.world)] == ["zoe"]
    assert mails(scene.world, Why.INVITED) == ["zoe"]


# Cancelling


def test_one_by_mail_is_cancelled_by_id_with_no_look_at_anybody(scene: Scene) -> None:
    an_address_waits(scene.world)
    [number] = scene.world.invitations
    seen = len(scene.sandbox.history)

    assert scene.does(cancelling_by_mail) == Outcome()

    assert scene.calls == [f"DELETE invitations/{number}"]
    assert live(scene.world) == []
    reads = [each.path for each in [*scene.sandbox.history][seen:]]
    assert not any("/memberships/" in path or "/users/" in path for path in reads)


def test_one_by_mail_that_is_gone_was_gone_already(scene: Scene) -> None:
    an_address_waits(scene.world)
    scene.script(Fault(complaint(404, "Not Found"), method="DELETE"))

    assert scene.does(cancelling_by_mail) == Outcome("was gone already", already=True)


def test_a_list_that_is_refused_does_not_say_that_it_is_cancelled(
    scene: Scene,
) -> None:
    an_address_waits(scene.world)
    path = "/orgs/acme/invitations"
    scene.script(
        Fault(Drop(), method="DELETE"),
        Fault(complaint(404, "Not Found"), method="GET", path=path, nth=2, times=None),
    )

    error = scene.does(cancelling_by_mail)

    assert not isinstance(error, Outcome)
    assert "could not be looked up" in error.message
