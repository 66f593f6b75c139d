from datetime import UTC, datetime, timedelta

import pytest

from ghstate.sandbox.records import (
    AccountKind,
    InvitationRole,
    OrgRole,
    TeamRole,
    Why,
)
from ghstate.sandbox.world import World


def test_the_clock_stands_until_it_is_moved(world: World) -> None:
    before = world.now

    world.advance(timedelta(hours=3))

    assert world.now - before == timedelta(hours=3)


def test_without_a_start_the_clock_is_the_real_one_and_can_be_ahead() -> None:
    world = World("acme")
    assert abs(world.now - datetime.now(UTC)) < timedelta(seconds=5)

    world.advance(timedelta(days=8))

    assert world.now - datetime.now(UTC) > timedelta(days=7)


def test_whoever_leaves_takes_their_invitations_along(world: World) -> None:
    world.invite("zoe", by="grace")

    world.leave("grace")

    assert world.role_of("grace") is None
    assert not world.invitations


def test_the_last_owner_cannot_leave(world: World) -> None:
    world.leave("grace")

    with pytest.raises(LookupError):
        world.leave("ada")


def test_t22_a_renamed_account_keeps_its_id(world: World) -> None:
    before = world.known("bob").id

    world.rename("bob", "robert")

    assert world.known("ROBERT").id == before
    assert world.account("bob") is None


def test_t23_a_freed_login_can_be_taken_by_somebody_else(world: World) -> None:
    before = world.known("bob").id
    world.rename("bob", "robert")

    assert world.add_account("bob").id != before


def test_a_login_in_use_cannot_be_taken(world: World) -> None:
    with pytest.raises(ValueError, match="taken"):
        world.rename("bob", "Carol")
    with pytest.raises(ValueError, match="taken"):
        world.add_account("BOB")


def test_a_login_may_change_its_case(world: World) -> None:
    world.rename("bob", "Bob")

    assert world.known("bob").login == "Bob"


def test_t25_a_deleted_account_leaves_nothing(world: World) -> None:
    world.invite("zoe")

    world.delete_account("zoe")
    world.delete_account("bob")

    assert world.account("zoe") is None
    assert world.role_of("bob") is None
    assert not world.invitations


def test_a_ghost_sent_what_a_deleted_account_had_sent(world: World) -> None:
    invitation = world.invite("zoe", by="grace")
    world.advance(timedelta(days=7))

    world.delete_account("grace")

    assert world.failed == {invitation.id: invitation}
    assert world.accounts[invitation.inviter].login == "ghost"


def test_strangers_exist_where_they_are_wanted() -> None:
    world = World("acme")
    assert world.account("nobody-yet") is None

    world.policy.strangers_exist = True

    stranger = world.account("nobody-yet")
    assert stranger is not None
    assert world.account("Nobody-Yet") is stranger
    assert world.account("not/a/login") is None


def test_every_mail_is_remembered_with_its_time(world: World) -> None:
    world.invite("zoe")

    [mail] = world.mails
    assert (mail.to, mail.why, mail.at) == ("zoe", Why.INVITED, world.now)


def test_an_empty_world_gets_an_owner_when_its_token_is_used() -> None:
    world = World("acme")

    owner = world.token_owner()

    assert world.accounts[owner].login == "owner"
    assert world.role_of("owner") is OrgRole.ADMIN


def test_nobody_accepts_declines_or_leaves_without_reason(world: World) -> None:
    with pytest.raises(LookupError):
        world.accept("zoe")
    with pytest.raises(LookupError):
        world.decline("zoe")
    with pytest.raises(LookupError):
        world.leave("zoe")


def test_an_address_with_an_account_accepts_into_that_account(world: World) -> None:
    world.known("zoe").emails.add("zoe@acme.example")
    by_login = world.invite("zoe", InvitationRole.ADMIN)
    world.invite("zoe@acme.example")

    assert world.accept("Zoe@acme.example").login == "zoe"

    assert world.role_of("zoe") is OrgRole.MEMBER
    assert world.failed == {by_login.id: by_login}


def test_an_address_finds_a_login_nobody_has(world: World) -> None:
    world.invite("bob@other.example")

    account = world.accept("bob@other.example")

    assert account.login.startswith("bob-")
    assert account is not world.known("bob")


def test_a_reinstatement_comes_too_late_after_three_months(world: World) -> None:
    world.leave("carol")
    world.advance(timedelta(days=91))
    world.invite("carol", InvitationRole.REINSTATE)

    world.accept("carol")

    assert world.teams_of("carol") == {}


def test_a_team_that_is_not_there_cannot_be_a_parent(world: World) -> None:
    with pytest.raises(KeyError):
        world.add_team("Ops", parent="nope")


def test_a_built_team_has_its_maintainers(world: World) -> None:
    world.add_team("Ops", "bob", maintainers=("carol",))

    assert world.teams_of("bob")["ops"] is TeamRole.MEMBER
    assert world.teams_of("carol")["ops"] is TeamRole.MAINTAINER


def test_an_account_may_be_a_bot(world: World) -> None:
    assert world.add_account("ci[bot]", kind=AccountKind.BOT).kind is AccountKind.BOT
