"""How an invitation ends, apart from growing old."""

import pytest

from ghstate.sandbox import invitations
from ghstate.sandbox.records import InvitationRole, OrgRole, Reason, TeamRole, Why
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.sandbox.talk import call, get

ADDRESS = "new.hire@acme.example"


def failures(sandbox: Sandbox) -> list[tuple[str | None, str | None, str]]:
    answer = get(sandbox, "/orgs/acme/failed_invitations")
    return [
        (each["login"], each["email"], each["failed_reason"]) for each in answer.body
    ]


# Accepted


def test_t07_whoever_opens_the_link_accepts(world: World) -> None:
    world.invite(ADDRESS, InvitationRole.ADMIN, teams=("platform",))

    account = world.accept_by_mail(ADDRESS.upper(), "zoe")

    assert account is world.known("zoe")
    assert world.role_of("zoe") is OrgRole.ADMIN
    assert world.teams_of("zoe") == {"platform": TeamRole.MAINTAINER}
    assert account.emails == set()
    assert not world.invitations


def test_t07_a_link_may_be_opened_with_an_account_made_for_it(world: World) -> None:
    world.invite(ADDRESS)

    world.accept_by_mail(ADDRESS, "newest")

    assert world.role_of("newest") is OrgRole.MEMBER


def test_t07_an_account_other_than_the_one_that_has_the_address(world: World) -> None:
    world.known("zoe").emails.add(ADDRESS)
    world.invite(ADDRESS)

    world.accept_by_mail(ADDRESS, "yan")

    assert world.role_of("yan") is OrgRole.MEMBER
    assert world.role_of("zoe") is None


def test_t08_a_link_ends_the_invitation_of_the_account_that_opens_it(
    world: World,
) -> None:
    direct = world.invite("zoe")
    world.invite(ADDRESS)

    world.accept_by_mail(ADDRESS, "zoe")

    assert not world.invitations
    assert world.failed == {direct.id: direct}
    assert direct.failed_reason == Reason.ALREADY_ACCEPTED


def test_a_link_can_be_opened_once(world: World) -> None:
    world.invite(ADDRESS)
    world.accept_by_mail(ADDRESS, "zoe")

    with pytest.raises(LookupError, match="not invited"):
        world.accept_by_mail(ADDRESS, "yan")


def test_a_member_cannot_become_one(world: World) -> None:
    world.invite(ADDRESS)

    with pytest.raises(LookupError, match="member already"):
        world.accept_by_mail(ADDRESS, "bob")

    assert len(world.invitations) == 1


# Failed


@pytest.mark.parametrize("reason", Reason)
def test_t21_a_failed_invitation_tells_why(
    sandbox: Sandbox, world: World, reason: Reason
) -> None:
    world.invite("zoe")
    world.invite(ADDRESS)

    world.fail("zoe", reason)
    world.fail(ADDRESS, reason)

    assert failures(sandbox) == [
        ("zoe", None, reason.value),
        (None, ADDRESS, reason.value),
    ]
    assert not world.invitations
    assert get(sandbox, "/orgs/acme/memberships/zoe").status == 404


def test_t21_a_reason_may_be_one_nobody_has_seen(
    sandbox: Sandbox, world: World
) -> None:
    world.invite("zoe")

    world.fail("zoe", "two_factor_requirement_non_compliance")

    assert failures(sandbox) == [("zoe", None, "two_factor_requirement_non_compliance")]


def test_t11_an_invitation_that_fails_gives_its_seat_back(world: World) -> None:
    world.invite("zoe")
    before = world.seats_taken()

    world.fail("zoe", Reason.NO_SEAT)

    assert world.seats_taken() == before - 1


# Declined


def test_t18_who_declines_may_be_found_among_the_failed(
    sandbox: Sandbox, world: World
) -> None:
    world.policy.declined_fails = True
    world.invite("zoe")

    world.decline("zoe")

    assert failures(sandbox) == [("zoe", None, "Invitation declined.")]


def test_t18_an_address_declines_and_no_account_comes_of_it(world: World) -> None:
    world.invite(ADDRESS)
    people = len(world.accounts)

    world.decline(ADDRESS)

    assert not world.invitations
    assert not world.failed
    assert len(world.accounts) == people


# Cancelled


@pytest.mark.parametrize("who", ["zoe", ADDRESS])
def test_t13_somebody_else_cancels_by_hand(world: World, who: str) -> None:
    world.invite(who)

    world.cancel(who, by="grace")

    assert not world.invitations
    assert not world.failed
    assert world.mails_to(who) == [Why.INVITED, Why.CANCELLED]


def test_t13_an_invitation_by_mail_is_cancelled_by_its_id(
    sandbox: Sandbox, world: World
) -> None:
    invitation = world.invite(ADDRESS)
    path = f"/orgs/acme/invitations/{invitation.id}"

    assert call(sandbox, "DELETE", path).status == 204
    assert call(sandbox, "DELETE", path).status == 204
    assert get(sandbox, "/orgs/acme/invitations").body == []
    assert failures(sandbox) == []
    assert world.mails_to(ADDRESS) == [Why.INVITED, Why.CANCELLED]
    with pytest.raises(LookupError):
        world.accept_by_mail(ADDRESS, "zoe")


def test_t13_an_invitation_by_mail_ends_with_the_membership_it_shows_in(
    sandbox: Sandbox, world: World
) -> None:
    world.known("zoe").emails.add(ADDRESS)
    world.invite(ADDRESS)

    assert call(sandbox, "DELETE", "/orgs/acme/memberships/zoe").status == 204
    assert not world.invitations


def test_nobody_is_cancelled_who_was_not_invited(world: World) -> None:
    for who in ("zoe", ADDRESS):
        with pytest.raises(LookupError, match="not invited"):
            world.cancel(who)
        with pytest.raises(LookupError, match="not invited"):
            world.fail(who, Reason.INVALID)


# Repeated


@pytest.mark.parametrize(
    ("mails_again", "mails"),
    [(False, [Why.INVITED]), (True, [Why.INVITED, Why.INVITED_AGAIN])],
)
def test_t08_whether_a_repeat_mails_is_a_choice_and_the_invitation_stays_one(
    world: World, mails: list[Why], *, mails_again: bool
) -> None:
    world.policy.repeat_mails = mails_again
    owner = world.actor("ada")

    made = [
        invitations.invite_email(
            world, owner, ADDRESS, InvitationRole.DIRECT_MEMBER, []
        )
        for _ in range(2)
    ]

    assert made[0] is made[1]
    assert world.mails_to(ADDRESS) == mails
    assert len(world.events) == 1
