from datetime import timedelta

import pytest

from ghstate.sandbox import invitations, memberships, teams
from ghstate.sandbox.policy import Profile, PutOnPending
from ghstate.sandbox.records import (
    AccountKind,
    Actor,
    InvitationRole,
    OrgRole,
    TeamRole,
    Why,
)
from ghstate.sandbox.refusals import Forbidden, Invalid, NotFound
from ghstate.sandbox.world import World


def put(world: World, login: str, role: OrgRole = OrgRole.MEMBER) -> None:
    memberships.set_membership(world, world.actor("ada"), login, role)


def remove(world: World, login: str) -> None:
    memberships.remove_membership(world, world.actor("ada"), login)


def test_somebody_new_is_invited_and_written_to_once(world: World) -> None:
    put(world, "zoe", OrgRole.ADMIN)

    [invitation] = world.invitations.values()
    assert invitation.role is InvitationRole.ADMIN
    assert world.role_of("zoe") is None
    assert world.mails_to("zoe") == [Why.INVITED]


def test_who_accepts_is_a_member_with_the_role_of_the_invitation(world: World) -> None:
    put(world, "zoe", OrgRole.ADMIN)

    world.accept("zoe")

    assert world.role_of("zoe") is OrgRole.ADMIN
    assert not world.invitations


def test_a_put_changes_the_role_of_a_member_at_once(world: World) -> None:
    put(world, "bob", OrgRole.ADMIN)

    assert world.role_of("bob") is OrgRole.ADMIN
    assert not world.invitations
    assert world.mails_to("bob") == [Why.PROMOTED]


def test_a_put_that_asks_for_what_is_there_does_nothing(world: World) -> None:
    invitation = world.invite("zoe", by="ada")
    world.mails.clear()

    put(world, "bob")
    put(world, "ada", OrgRole.ADMIN)

    assert world.mails == []
    assert world.invitations == {invitation.id: invitation}


def test_demoting_somebody_writes_to_nobody(world: World) -> None:
    put(world, "grace")

    assert world.role_of("grace") is OrgRole.MEMBER
    assert world.mails == []


def test_t02_a_put_edits_the_invitation_that_waits_and_mails_again(
    world: World,
) -> None:
    before = world.invite("zoe", InvitationRole.ADMIN, teams=("platform",))

    put(world, "zoe")

    [after] = world.invitations.values()
    assert after.id == before.id
    assert after.role is InvitationRole.DIRECT_MEMBER
    assert after.teams == before.teams
    assert world.mails_to("zoe") == [Why.INVITED, Why.INVITED_AGAIN]


def test_t02_a_put_may_send_another_invitation_instead(world: World) -> None:
    world.policy.put_on_pending = PutOnPending.RESEND
    before = world.invite("zoe", InvitationRole.ADMIN, teams=("platform",))

    put(world, "zoe")

    [after] = world.invitations.values()
    assert after.id != before.id
    assert after.role is InvitationRole.DIRECT_MEMBER
    assert after.teams == before.teams


def test_t02_a_put_may_leave_the_role_of_an_invitation_as_it_was(world: World) -> None:
    world.policy.put_on_pending = PutOnPending.IGNORE
    before = world.invite("zoe", InvitationRole.ADMIN)

    put(world, "zoe")

    [after] = world.invitations.values()
    assert (after.id, after.role) == (before.id, InvitationRole.ADMIN)


def test_t08_a_put_stands_beside_an_invitation_by_mail(world: World) -> None:
    world.known("zoe").emails.add("zoe@acme.example")
    world.invite("zoe@acme.example")

    put(world, "zoe")

    assert [each.email for each in world.invitations.values()] == [
        "zoe@acme.example",
        None,
    ]


def test_removing_a_member_takes_their_teams_with_it(world: World) -> None:
    bob = world.known("bob").id

    remove(world, "bob")

    assert bob not in world.members
    assert all(bob not in team.members for team in world.teams.values())
    assert world.mails_to("bob") == [Why.REMOVED]


def test_t13_removing_somebody_who_waits_cancels_every_invitation(world: World) -> None:
    world.known("zoe").emails.add("zoe@acme.example")
    world.invite("zoe")
    world.invite("zoe@acme.example")

    remove(world, "zoe")

    assert not world.invitations
    assert not world.failed
    assert world.mails_to("zoe") == [Why.INVITED, Why.CANCELLED]


def test_removing_somebody_who_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        remove(world, "zoe")


def test_somebody_whose_invitation_expired_is_not_there(world: World) -> None:
    world.invite("zoe")
    world.advance(timedelta(days=7))

    with pytest.raises(NotFound):
        remove(world, "zoe")


def test_or_an_expired_invitation_goes_with_the_membership(world: World) -> None:
    world.policy.failed_can_be_removed = True
    world.invite("zoe")
    world.advance(timedelta(days=7))

    remove(world, "zoe")

    assert not world.failed


def test_the_older_call_does_not_cancel_invitations(world: World) -> None:
    world.invite("zoe")

    with pytest.raises(NotFound):
        memberships.remove_member(world, world.actor("ada"), "zoe")

    assert len(world.invitations) == 1


def test_t17_removing_a_member_cancels_what_they_sent(world: World) -> None:
    world.invite("zoe", by="grace")
    world.invite("yan", by="ada")

    remove(world, "grace")

    assert [each.account for each in world.invitations.values()] == [
        world.known("yan").id
    ]
    assert world.mails_to("zoe") == [Why.INVITED, Why.CANCELLED]


def test_t17_so_does_demoting_an_owner(world: World) -> None:
    world.invite("zoe", by="grace")

    put(world, "grace")

    assert not world.invitations


def test_t31_the_last_owner_cannot_be_removed(world: World) -> None:
    remove(world, "grace")

    with pytest.raises(Forbidden):
        remove(world, "ada")

    assert world.role_of("ada") is OrgRole.ADMIN


def test_t31_an_app_cannot_demote_the_last_owner(world: World) -> None:
    remove(world, "grace")
    bot = world.add_account("robot[bot]", kind=AccountKind.BOT)
    app = Actor(bot.id, app=True)

    with pytest.raises(Forbidden):
        memberships.set_membership(world, app, "ada", OrgRole.MEMBER)


def test_t32_an_owner_cannot_demote_themselves(world: World) -> None:
    with pytest.raises(Forbidden) as caught:
        put(world, "ada")

    assert caught.value.message == (
        "You cannot demote yourself. Admins must be demoted by another admin."
    )


def test_only_owners_may_change_memberships(world: World) -> None:
    with pytest.raises(Forbidden) as caught:
        memberships.set_membership(world, world.actor("bob"), "zoe", OrgRole.MEMBER)

    assert caught.value.message == (
        "You must be an admin to add or update an organization membership."
    )


def test_t25_an_unknown_login_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        put(world, "alcie")


def test_an_organization_is_no_member(world: World) -> None:
    world.add_account("umbrella", kind=AccountKind.ORGANIZATION)

    with pytest.raises(Invalid) as caught:
        put(world, "umbrella")

    assert caught.value.message == "Members must be users, not organizations."


def test_t18_somebody_who_blocks_the_organization_cannot_be_invited(
    world: World,
) -> None:
    world.known("zoe").invitable = False

    with pytest.raises(Invalid) as caught:
        put(world, "zoe")

    assert caught.value.message == "The request could not be processed."


def test_t04_a_failed_invitation_may_stand_in_the_way(world: World) -> None:
    world.policy.failed_invitation_blocks = True
    world.invite("zoe")
    world.advance(timedelta(days=8))
    [failed] = world.failed

    with pytest.raises(Invalid):
        put(world, "zoe")
    invitations.cancel(world, world.actor("ada"), failed)
    put(world, "zoe")

    assert len(world.invitations) == 1


def test_t11_no_one_is_invited_without_a_seat(world: World) -> None:
    world.policy.seats = 5
    world.invite("yan")

    with pytest.raises(Invalid) as caught:
        put(world, "zoe")

    assert caught.value.errors == ({"code": "no_seat", "field": "user"},)


def test_t11_a_removal_frees_a_seat(world: World) -> None:
    world.policy.seats = 4
    remove(world, "bob")

    put(world, "zoe")

    assert len(world.invitations) == 1


def test_a_billing_manager_takes_no_seat(world: World) -> None:
    world.policy.seats = 5
    world.invite("yan", InvitationRole.BILLING_MANAGER)

    put(world, "zoe")

    assert len(world.invitations) == 2


def test_t12_invitations_are_capped_for_a_day(world: World) -> None:
    world.policy.invitation_cap = 1
    put(world, "zoe")

    with pytest.raises(Invalid) as caught:
        put(world, "yan")
    assert caught.value.errors[0]["message"] == "Over invitation rate limit"

    world.advance(timedelta(hours=24))
    put(world, "yan")
    assert len(world.invitations) == 2


def test_t10_in_an_emu_organization_people_are_added_at_once(world: World) -> None:
    world.policy.profile = Profile.MANAGED_USERS
    world.known("yan").provisioned = False

    put(world, "zoe")
    with pytest.raises(Invalid):
        put(world, "yan")

    assert world.role_of("zoe") is OrgRole.MEMBER
    assert world.mails == []


def test_t11_in_an_emu_organization_seats_count_too(world: World) -> None:
    world.policy.profile = Profile.MANAGED_USERS
    world.policy.seats = 4

    with pytest.raises(Invalid):
        put(world, "zoe")


def test_a_ghes_knows_no_invitations(world: World) -> None:
    world.policy.profile = Profile.SERVER

    put(world, "zoe", OrgRole.ADMIN)

    assert world.role_of("zoe") is OrgRole.ADMIN
    assert not world.invitations


def test_t34_a_membership_through_the_enterprise_outlives_its_removal(
    world: World,
) -> None:
    membership = world.members[world.known("bob").id]
    membership.enterprise_teams = ("ent:security",)

    remove(world, "bob")

    assert world.role_of("bob") is OrgRole.MEMBER
    assert not membership.direct


def test_t33_a_promotion_makes_a_maintainer_in_every_team(world: World) -> None:
    put(world, "carol", OrgRole.ADMIN)

    assert world.teams_of("carol") == {"platform": TeamRole.MAINTAINER}


def test_t33_a_demotion_leaves_a_maintainer(world: World) -> None:
    put(world, "grace", OrgRole.MEMBER)
    engineering = world.team("engineering")
    assert engineering is not None
    teams.put_member(
        world, world.actor("ada"), engineering, "carol", TeamRole.MAINTAINER
    )

    put(world, "carol", OrgRole.ADMIN)
    put(world, "carol", OrgRole.MEMBER)

    assert world.teams_of("carol") == {
        "engineering": TeamRole.MAINTAINER,
        "platform": TeamRole.MAINTAINER,
    }
