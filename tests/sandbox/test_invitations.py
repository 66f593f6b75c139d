from datetime import timedelta

import pytest

from ghstate.sandbox import invitations, memberships
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    AccountKind,
    Invitation,
    InvitationRole,
    InvitationSource,
    OrgRole,
    TeamRole,
    Why,
)
from ghstate.sandbox.refusals import Forbidden, Invalid, NotFound
from ghstate.sandbox.world import World

ADDRESS = "new.hire@acme.example"


def by_email(world: World, address: str = ADDRESS) -> Invitation:
    return invitations.invite_email(
        world, world.actor("ada"), address, InvitationRole.DIRECT_MEMBER, []
    )


def by_id(world: World, login: str) -> Invitation:
    account = world.known(login)
    return invitations.invite_account(
        world, world.actor("ada"), account.id, InvitationRole.DIRECT_MEMBER, []
    )


def cancel(world: World, invitation: Invitation) -> None:
    invitations.cancel(world, world.actor("ada"), invitation.id)


def test_t08_the_same_address_twice_is_the_same_invitation(world: World) -> None:
    first = by_email(world)
    world.advance(timedelta(days=1))

    again = by_email(world, ADDRESS.upper())

    assert again is first
    assert world.mails_to(ADDRESS) == [Why.INVITED]


def test_t08_an_id_beside_an_address_is_a_second_invitation(world: World) -> None:
    world.known("zoe").emails.add(ADDRESS)
    first = by_email(world)

    second = by_id(world, "zoe")

    assert first.id != second.id
    assert [each.id for each in world.invitations_to(world.known("zoe"))] == [
        second.id,
        first.id,
    ]


def test_t06_an_id_twice_is_refused(world: World) -> None:
    by_id(world, "zoe")

    with pytest.raises(Invalid) as caught:
        by_id(world, "zoe")

    assert "already been invited" in caught.value.errors[0]["message"]


@pytest.mark.parametrize(
    "wording",
    [
        "Invitee is already a part of this organization",
        "Invitee is already a part of this org",
    ],
)
def test_t05_a_member_is_refused_in_either_wording(world: World, wording: str) -> None:
    world.policy.member_wording = wording

    with pytest.raises(Invalid) as caught:
        by_id(world, "bob")

    assert caught.value.errors[0] == {
        "resource": "OrganizationInvitation",
        "code": "unprocessable",
        "field": "data",
        "message": wording,
    }


def test_t05_the_address_of_a_member_is_refused(world: World) -> None:
    world.known("bob").emails.add(ADDRESS)

    with pytest.raises(Invalid) as caught:
        by_email(world)

    assert caught.value.errors[0]["message"] == (
        "A user with this email address is already a part of this organization"
    )


def test_t03_an_invitation_expires_after_seven_days(world: World) -> None:
    invitation = by_id(world, "zoe")

    world.advance(timedelta(days=7) - timedelta(seconds=1))
    assert world.invitations
    world.advance(timedelta(seconds=1))

    assert not world.invitations
    assert world.failed == {invitation.id: invitation}
    assert invitation.failed_at == invitation.created_at + timedelta(days=7)
    assert invitation.failed_reason == (
        "Invitation expired. User did not accept this invite for 7 days"
    )


def test_t13_cancelling_twice_does_no_harm(world: World) -> None:
    invitation = by_id(world, "zoe")

    cancel(world, invitation)
    cancel(world, invitation)

    assert not world.invitations
    assert not world.failed
    assert world.mails_to("zoe") == [Why.INVITED, Why.CANCELLED]


def test_a_failed_invitation_is_cleared_by_cancelling(world: World) -> None:
    invitation = by_id(world, "zoe")
    world.advance(timedelta(days=7))

    cancel(world, invitation)

    assert not world.failed
    assert world.mails_to("zoe") == [Why.INVITED]


def test_an_invitation_that_never_was_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        invitations.cancel(world, world.actor("ada"), 424242)


def test_only_owners_invite(world: World) -> None:
    with pytest.raises(Forbidden):
        invitations.invite_email(
            world, world.actor("bob"), ADDRESS, InvitationRole.DIRECT_MEMBER, []
        )


def test_some_accounts_cannot_be_invited_by_id(world: World) -> None:
    world.known("zoe").invitable = False
    world.add_account("umbrella", kind=AccountKind.ORGANIZATION)

    for login in ("zoe", "umbrella"):
        with pytest.raises(Invalid):
            by_id(world, login)
    with pytest.raises(NotFound):
        invitations.invite_account(
            world, world.actor("ada"), 424242, InvitationRole.ADMIN, []
        )


def test_t10_nobody_is_invited_to_an_emu_organization(world: World) -> None:
    world.policy.profile = Profile.MANAGED_USERS

    with pytest.raises(Invalid) as caught:
        by_email(world)

    assert "managed by an enterprise" in caught.value.message


def test_t16_an_invitation_brings_people_into_its_teams(world: World) -> None:
    platform = world.team("platform")
    assert platform is not None
    invitations.invite_account(
        world,
        world.actor("ada"),
        world.known("zoe").id,
        InvitationRole.ADMIN,
        [platform.id],
    )

    world.accept("zoe")

    assert world.teams_of("zoe") == {"platform": TeamRole.MAINTAINER}


def test_a_team_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        invitations.invite_account(
            world,
            world.actor("ada"),
            world.known("zoe").id,
            InvitationRole.DIRECT_MEMBER,
            [424242],
        )


def test_accepting_one_of_two_invitations_ends_the_other(world: World) -> None:
    world.known("zoe").emails.add(ADDRESS)
    by_email(world)
    by_id(world, "zoe")

    world.accept("zoe")

    assert not world.invitations
    assert [each.failed_reason for each in world.failed.values()] == [
        "Invitation already accepted."
    ]


def test_an_address_nobody_has_makes_an_account_as_it_accepts(world: World) -> None:
    by_email(world)

    account = world.accept(ADDRESS)

    assert account.login == "new-hire"
    assert world.role_of("new-hire") is OrgRole.MEMBER


def test_declining_leaves_nothing_behind(world: World) -> None:
    by_id(world, "zoe")

    world.decline("zoe")

    assert not world.invitations
    assert not world.failed


def test_t36_a_billing_manager_is_no_member(world: World) -> None:
    world.invite("zoe", InvitationRole.BILLING_MANAGER)

    world.accept("zoe")

    assert world.role_of("zoe") is None
    assert not world.invitations


def test_t20_reinstating_gives_back_what_there_was(world: World) -> None:
    memberships.remove_membership(world, world.actor("ada"), "carol")
    world.invite("carol", InvitationRole.REINSTATE)

    world.accept("carol")

    assert world.role_of("carol") is OrgRole.MEMBER
    assert world.teams_of("carol") == {"platform": TeamRole.MEMBER}


def test_t20_an_ordinary_invitation_gives_nothing_back(world: World) -> None:
    memberships.remove_membership(world, world.actor("ada"), "carol")
    world.invite("carol")

    world.accept("carol")

    assert world.teams_of("carol") == {}


def test_an_invitation_tells_where_it_came_from(world: World) -> None:
    invitation = world.invite("zoe", source=InvitationSource.SCIM)

    assert invitation.source is InvitationSource.SCIM
