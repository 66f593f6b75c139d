"""Inviting people by login, and changing or cancelling what waits for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ghstate.errors import Limit, LimitReached, WriteFailed
from ghstate.model.invitation import Invitation
from ghstate.model.invitation import InvitationRole as ModelRole
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.plan.change import Change, Reason, Update
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Drop, Fault
from ghstate.sandbox.policy import ManagedRefusal, NoSeat, Profile, PutOnPending
from ghstate.sandbox.records import Account, InvitationRole, OrgRole, Why
from ghstate.sandbox.replies import UNICORN, Reply, complaint
from ghstate.sandbox.world import World
from tests import build
from tests.github.changes import (
    LOST,
    Scene,
    quicker,
    replace_invitation,
    waiting,
    zoe_is_invited,
)
from tests.github.invitations import (
    ADDRESS,
    an_address_waits,
    cancelling,
    inviting,
    live,
    nobody_answered,
    replacing,
    when_sent,
    zoe_waits,
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
        "zoe is invited already, as member", already=True
    )
    assert (scene.calls, scene.mails) == ([], [])


@pytest.mark.parametrize("role", ["admin", "member"])
def test_t02_no_second_invitation_is_left_beside_the_one_that_is_replaced(
    scene: Scene, role: str
) -> None:
    """Should GitHub send another one and leave the old one, the old one goes."""
    other = "direct_member" if role == "admin" else "admin"
    zoe_waits(scene.world, other, "ops")
    [old] = scene.world.invitations

    def sends_another(world: World) -> None:
        world.invite("zoe", InvitationRole.granting(OrgRole(role)), by="ada")

    scene.world.policy.put_on_pending = PutOnPending.IGNORE
    scene.script(
        quicker(sends_another, "PUT", "memberships/zoe"),
        Fault(
            Reply(200, {"state": "pending", "role": role}),
            method="GET",
            path="/orgs/acme/memberships/zoe",
            nth=2,
        ),
    )

    assert scene.does(replacing("zoe", role)) == Outcome()

    assert scene.calls[1] == f"DELETE invitations/{old}"
    [(who, invited_as, teams)] = live(scene.world)
    assert (who, invited_as) == ("zoe", InvitationRole.granting(OrgRole(role)))
    assert teams == ("ops",)


def test_t02_teams_that_github_lost_with_an_edit_are_given_again(scene: Scene) -> None:
    zoe_waits(scene.world)

    def loses_them(world: World) -> None:
        for each in world.invitations.values():
            each.teams.clear()

    scene.script(quicker(loses_them, "PUT", "memberships/zoe"))

    assert scene.does(replacing("zoe")) == Outcome()

    assert live(scene.world) == [("zoe", "direct_member", ("dev", "ops"))]
    assert sorted(scene.calls[1:]) == [
        "PUT teams/dev/memberships/zoe",
        "PUT teams/ops/memberships/zoe",
    ]


def test_a_replacement_never_cancels_what_somebody_has_accepted(scene: Scene) -> None:
    zoe_waits(scene.world)
    scene.world.policy.put_on_pending = PutOnPending.IGNORE
    scene.script(quicker(lambda world: world.accept("zoe"), "PUT", "memberships/zoe"))

    # The PUT finds a member, and makes her what she is to be.
    assert scene.does(replacing("zoe")) == Outcome()

    assert scene.calls == ["PUT memberships/zoe"]
    assert roles_in(scene.world)["zoe"] == "member"


def test_an_invitation_that_goes_while_it_is_edited_is_not_sent_again(
    scene: Scene,
) -> None:
    zoe_waits(scene.world)
    no = complaint(422, "Not today.")
    scene.script(
        quicker(lambda world: world.decline("zoe"), "PUT", "memberships/zoe"),
        Fault(no, method="PUT"),
    )

    error = scene.does(replacing("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.message == "the invitation of zoe is gone"
    assert scene.calls == ["PUT memberships/zoe"]


def test_an_invitation_without_an_id_is_not_replaced(scene: Scene) -> None:
    """T08: it went to an address that ghstate does not know."""
    scene.world.invite(ADDRESS, by="ada")

    def changes(snapshot: Snapshot) -> list[Change]:
        invitation = Invitation(role=ModelRole.ADMIN)
        before = Observed[Resource](
            build.member("nia", "admin"), Standing.INVITED, invitation=invitation
        )
        wanted = build.member("nia")
        return [Update(before, wanted, frozenset({"role"}), Reason.REPLACE_INVITATION)]

    error = scene.does(changes)

    assert isinstance(error, WriteFailed)
    assert "not ghstate's to send again" in error.message
    assert scene.calls == []


# Failed invitations


def test_t04_only_what_failed_last_is_cleared_away_before_another(
    scene: Scene,
) -> None:
    nobody_answered(scene.world, "zoe", times=3)
    numbers = sorted(scene.world.failed)

    assert scene.does(inviting("zoe")) == Outcome()

    assert scene.calls == [f"DELETE invitations/{numbers[-1]}", "POST invitations"]
    assert sorted(scene.world.failed) == numbers[:-1]


def test_t04_the_records_before_go_too_where_github_refuses_all_the_same(
    scene: Scene,
) -> None:
    nobody_answered(scene.world, "zoe", times=3)
    first, second, last = sorted(scene.world.failed)
    no = complaint(422, "The request could not be processed.")
    scene.script(when_sent(no))

    assert scene.does(inviting("zoe")) == Outcome()

    assert scene.calls == [
        f"DELETE invitations/{last}",
        "POST invitations",
        f"DELETE invitations/{first}",
        f"DELETE invitations/{second}",
        "POST invitations",
    ]


@pytest.mark.parametrize("answer", [complaint(404, "Not Found"), UNICORN, Drop()])
def test_t04_a_record_that_cannot_be_cleared_away_does_not_hinder(
    scene: Scene, answer: Reply | Drop
) -> None:
    nobody_answered(scene.world, "zoe")
    scene.script(Fault(answer, method="DELETE"))

    assert scene.does(inviting("zoe")) == Outcome()

    assert [each[0] for each in live(scene.world)] == ["zoe"]


# There already


WORDINGS = (
    "Invitee is already a part of this organization",
    "Invitee is already a part of this org",
    "A user with this email addresss is already a part of this organization",
    "Validation Failed",
    "Something that nobody has ever read before",
)


@pytest.mark.parametrize("status", [403, 422])
@pytest.mark.parametrize("words", WORDINGS)
def test_t05_t06_whatever_github_says_what_is_there_decides(
    scene: Scene, words: str, status: int
) -> None:
    scene.script(
        quicker(lambda world: world.add_member("zoe"), "POST", "invitations"),
        when_sent(complaint(status, words)),
    )

    assert scene.does(inviting("zoe", "member", "ops")) == Outcome(
        "zoe is a member already, as member", already=True
    )
    assert people_of(scene.world, "ops")["zoe"] == "member"


@pytest.mark.parametrize("words", WORDINGS)
def test_t05_words_alone_make_nobody_a_member(scene: Scene, words: str) -> None:
    scene.script(when_sent(complaint(422, words)))

    error = scene.does(inviting("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.message == f"GitHub answered 422: {words}"


@pytest.mark.parametrize(
    ("role", "words"),
    [("billing_manager", "billing manager"), ("hiring_manager", "hiring manager")],
)
@pytest.mark.parametrize("when", [("GET", "memberships/zoe"), ("POST", "invitations")])
def test_t14_somebody_who_is_asked_to_be_a_manager_is_left_to_answer_that(
    scene: Scene, role: str, words: str, when: tuple[str, str]
) -> None:
    def asks(world: World) -> None:
        world.invite("zoe", InvitationRole(role), by="grace")

    scene.script(quicker(asks, *when))

    error = scene.does(inviting("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.message == (
        f"zoe is invited as {words}, and GitHub lets no other invitation in beside that"
    )
    assert "ghstate does not touch it" in error.hint
    assert live(scene.world) == [("zoe", role, ())]


# Refused


@pytest.mark.parametrize(
    ("arrange", "hint"),
    [
        (lambda zoe: setattr(zoe, "invitable", False), "may have blocked"),
        (lambda zoe: setattr(zoe, "blocked", True), "be blocked by it"),
    ],
)
def test_t18_somebody_who_blocks_or_is_blocked_is_told_of_as_such(
    scene: Scene, arrange: Callable[[Account], object], hint: str
) -> None:
    arrange(scene.world.known("zoe"))

    error = scene.does(inviting("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.message.startswith("GitHub answered 4")
    assert hint in error.hint
    assert (scene.calls, scene.mails) == (["POST invitations"], [])


def test_t21_somebody_without_two_factors_is_told_what_to_do(scene: Scene) -> None:
    body = {"message": "Validation Failed", "errors": [{"code": "no_2fa"}]}
    scene.script(when_sent(Reply(422, body)))

    error = scene.does(inviting("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.hint == "they have to turn on two-factor authentication first"


# Limits

NO_SEAT = ("the organization has no seat left", Limit.SEATS)
CAP = ("GitHub's limit of invitations a day is reached", Limit.INVITATIONS)


@pytest.mark.parametrize("person", ["zoe", "someone@acme.example"])
@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"seats": 4}, NO_SEAT),
        ({"seats": 4, "no_seat": NoSeat.SENTENCE}, NO_SEAT),
        ({"invitation_cap": 0}, CAP),
        ({"invitation_cap": 0, "cap_wording": "Invitation limit exceeded."}, CAP),
        ({"invitation_cap": 0, "cap_wording": "Too many invitations today"}, CAP),
    ],
)
def test_t11_t12_a_limit_is_told_as_one_however_github_words_it(
    scene: Scene, policy: dict[str, object], told: tuple[str, Limit], person: str
) -> None:
    for name, value in policy.items():
        setattr(scene.world.policy, name, value)

    error = scene.does(inviting(person))

    assert isinstance(error, LimitReached)
    assert (error.message, error.kind, error.grants_only) == (*told, True)
    assert (scene.calls, scene.mails) == (["POST invitations"], [])


def test_a_limit_of_requests_is_another_kind() -> None:
    assert LimitReached("GitHub's rate limit is reached").kind is Limit.RATE


@pytest.mark.parametrize(
    ("policy", "told"), [({"seats": 4}, NO_SEAT), ({"invitation_cap": 0}, CAP)]
)
def test_a_limit_after_the_cancellation_says_that_the_old_one_is_gone(
    scene: Scene, policy: dict[str, int], told: tuple[str, Limit]
) -> None:
    zoe_waits(scene.world)
    scene.world.policy.put_on_pending = PutOnPending.IGNORE
    for name, value in policy.items():
        setattr(scene.world.policy, name, value)

    error = scene.does(replacing("zoe"))

    assert isinstance(error, LimitReached)
    words, kind = told
    assert error.message == (
        f"the earlier invitation of zoe is cancelled, and another could not be sent: "
        f"{words}"
    )
    assert error.hint.startswith("the next apply invites them again; ")
    assert (error.kind, error.grants_only) == (kind, True)
    assert live(scene.world) == []


def test_an_invitation_that_gives_less_is_not_lost_to_a_limit(scene: Scene) -> None:
    zoe_waits(scene.world, "direct_member")
    scene.world.policy.put_on_pending = PutOnPending.RESEND
    scene.world.policy.invitation_cap = 0

    error = scene.does(replacing("zoe", "admin"))

    assert isinstance(error, LimitReached)
    assert error.kind is Limit.INVITATIONS
    assert live(scene.world) == [("zoe", "direct_member", ("dev", "ops"))]


def test_an_invitation_that_gives_more_does_not_wait_for_a_limit(scene: Scene) -> None:
    zoe_waits(scene.world)
    scene.world.policy.put_on_pending = PutOnPending.RESEND
    scene.world.policy.invitation_cap = 0

    error = scene.does(replacing("zoe"))

    assert isinstance(error, LimitReached)
    assert error.message.startswith("the earlier invitation of zoe is cancelled, ")
    assert live(scene.world) == []


# Organizations without invitations

AT_ONCE = Outcome("added at once: there are no invitations here")
WITHOUT = pytest.mark.parametrize("profile", [Profile.SERVER, Profile.MANAGED_USERS])


@WITHOUT
@pytest.mark.parametrize(
    "lost",
    [None, Fault(Drop(), method="PUT"), Fault(Drop(), method="PUT", after=True)],
    ids=["answered", "dropped before", "dropped after"],
)
def test_t10_t71_where_there_are_no_invitations_people_are_there_at_once(
    scene: Scene, profile: Profile, lost: Fault | None
) -> None:
    scene.world.policy.profile = profile
    if lost:
        scene.script(replace(lost))

    ended = scene.does(inviting("zoe", "admin", "ops"))

    assert ended == (LOST if lost and lost.after else AT_ONCE)
    assert roles_in(scene.world)["zoe"] == "admin"
    assert people_of(scene.world, "ops")["zoe"] == "maintainer"
    assert list(dict.fromkeys(scene.calls)) == [
        "PUT memberships/zoe",
        "PUT teams/ops/memberships/zoe",
    ]


@pytest.mark.parametrize("refusal", ManagedRefusal)
def test_t10_whom_the_enterprise_does_not_know_it_must_be_given_first(
    scene: Scene, refusal: ManagedRefusal
) -> None:
    scene.world.policy.profile = Profile.MANAGED_USERS
    scene.world.policy.managed_refusal = refusal
    scene.world.known("zoe").provisioned = False

    error = scene.does(inviting("zoe"))

    assert isinstance(error, WriteFailed)
    assert error.message.startswith(f"GitHub answered {error.status}: ")
    assert (
        "the identity provider must provision the account in the enterprise first"
        in error.hint
    )
    assert "zoe" not in roles_in(scene.world)


def test_t10_who_is_there_already_is_there_before_anything_is_refused(
    scene: Scene,
) -> None:
    scene.world.policy.profile = Profile.MANAGED_USERS
    scene.world.known("zoe").provisioned = False
    scene.script(
        quicker(lambda world: world.add_member("zoe"), "PUT", "memberships/zoe"),
        Fault(complaint(422, "Not managed here."), method="PUT"),
    )

    assert scene.does(inviting("zoe")) == Outcome(
        "zoe is a member already, as member", already=True
    )


def test_t11_no_seat_where_there_are_no_invitations_is_no_lack_of_provisioning(
    scene: Scene,
) -> None:
    scene.world.policy.profile = Profile.MANAGED_USERS
    scene.world.policy.seats = 4

    error = scene.does(inviting("zoe"))

    assert isinstance(error, LimitReached)
    assert error.kind is Limit.SEATS


# Cancelling


def test_t08_an_invitation_by_mail_beside_the_cancelled_one_is_told_of(
    scene: Scene,
) -> None:
    scene.world.known("zoe").emails.add(ADDRESS)
    zoe_waits(scene.world)
    an_address_waits(scene.world)

    assert scene.does(cancelling("zoe")) == Outcome(
        "GitHub still says that zoe is invited: perhaps by e-mail as well"
    )
    assert [each[0] for each in live(scene.world)] == [ADDRESS]


def test_a_cancellation_that_finds_nothing_was_done_before(scene: Scene) -> None:
    zoe_waits(scene.world)
    scene.script(Fault(complaint(404, "Not Found"), method="DELETE"))

    assert scene.does(cancelling("zoe")) == Outcome("was gone already", already=True)
