"""Invitations to an address: recognised, never doubled, cancelled only when wanted."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import InvitationRole, InvitationSource
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.asking import (
    ago,
    asked,
    at_rest,
    lapse,
    numberless,
    table,
    teams_waiting,
    waiting,
    words,
)
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in, sent

NEW = "new.hire@acme.example"
DANA = "dana@acme.example"
ADMIN, MEMBER = InvitationRole.ADMIN, InvitationRole.DIRECT_MEMBER
BY_MAIL = table([("bot", "admin"), (NEW, "member")])
WITH_EMAIL = f'bot = "admin"\ndana = {{ role = "member", email = "{DANA}" }}'
CANCEL = '[invitations]\nunlisted_emails = "cancel"'

# T07: addresses that the files name


@pytest.mark.parametrize("repeat_mails", [False, True])
def test_t07_an_address_in_the_files_is_invited_once_and_waited_for(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    repeat_mails: bool,  # noqa: FBT001 - one of the two cases
) -> None:
    world.policy.repeat_mails = repeat_mails
    team = world.add_team("platform")
    project = acme(members=BY_MAIL, teams=f'[teams.platform]\nmembers = ["{NEW}"]')

    assert project.plan().reasons == {
        f'members."{NEW}"': "invite",
        f'teams.platform.members."{NEW}"': "with_invitation",
    }
    for _ in range(3):
        assert project.apply().code == Exit.DONE

    [(call, body)] = sent(sandbox)
    assert call == "POST invitations"
    assert body["email"] == NEW
    assert (body["role"], body["team_ids"]) == ("direct_member", [team.id])
    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert f'members."{NEW}"' in planned.waiting
    assert asked(world, NEW) == 1
    assert teams_waiting(world, NEW) == ["platform"]


@pytest.mark.parametrize("written", [NEW, "New.Hire@ACME.example"])
def test_t07_an_address_that_somebody_else_has_invited_satisfies_in_any_case(
    world: World, sandbox: Sandbox, acme: Begin, written: str
) -> None:
    world.invite("NEW.hire@acme.EXAMPLE")
    project = acme(members=table([("bot", "admin"), (written, "member")]))

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})
    assert planned.waiting == [f'members."{NEW}"']
    assert project.is_at_rest()
    assert calls(sandbox) == []


@pytest.mark.parametrize(
    ("invited_as", "wish", "setting", "replaced"),
    [
        (ADMIN, "member", "reduce", True),
        (ADMIN, "member", "correct", True),
        (ADMIN, "member", "leave", False),
        (MEMBER, "admin", "reduce", False),
        (MEMBER, "admin", "correct", True),
    ],
)
def test_t07_another_role_is_replaced_by_address_and_keeps_its_teams(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    *,
    invited_as: InvitationRole,
    wish: str,
    setting: str,
    replaced: bool,
) -> None:
    world.add_account("newbie", email=NEW)
    world.add_team("platform")
    world.invite(NEW, invited_as, teams=("platform",))
    project = acme(
        members=table([("bot", "admin"), (NEW, wish)]),
        teams=f'[teams.platform]\nmembers = ["{NEW}"]',
        settings=f'[invitations]\nwrong_role = "{setting}"',
    )

    planned = project.plan()
    reason = planned.reasons.get(f'members."{NEW}"')
    assert reason == ("replace_invitation" if replaced else None)
    assert ("invitation-role" in planned.notes) is not replaced

    assert project.apply().code == Exit.DONE

    again = ["DELETE invitations/N", "POST invitations"]
    assert numberless(sandbox) == again * replaced
    expected = ADMIN if wish == "admin" else MEMBER
    assert waiting(world) == [(NEW, expected if replaced else invited_as)]
    assert teams_waiting(world, NEW) == ["platform"]
    assert at_rest(project)


def test_t07_an_address_that_belongs_to_a_member_fails_and_says_what_to_write(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_member("dana").emails.add(NEW)
    join(world, "bob")
    world.add_account("zoe")
    project = acme(
        members=table(
            [("bot", "admin"), ("bob", "admin"), (NEW, "member"), ("zoe", "member")]
        ),
        settings='[manage]\nfeatures = ["invite"]',
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "is already a part of this organization" in words(applied.out)
    assert "email = " in words(applied.out)
    assert waiting(world) == [("zoe", "direct_member")]
    assert roles_in(world) == {"bot": "admin", "bob": "admin", "dana": "member"}
    assert asked(world, NEW) == 0


def test_t07_an_address_that_is_invited_meanwhile_is_not_invited_again(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.policy.repeat_mails = True
    project = acme(members=BY_MAIL)
    sandbox.conditions.script(
        Fault(
            Meanwhile(lambda world: world.invite(NEW)),
            method="GET",
            path="/orgs/acme/invitations",
            nth=2,
        )
    )

    assert project.apply().code == Exit.DONE

    assert waiting(world) == [(NEW, "direct_member")]
    assert asked(world, NEW) == 1
    assert at_rest(project)


# T07: addresses that no file names


def test_t07_addresses_that_no_file_names_are_counted_and_left_alone(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.invite("one@else.example")
    world.invite("two@else.example", ADMIN)
    project = acme(members=BOT)

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.waiting) == (Exit.DONE, {}, [])
    assert planned.note("unlisted-email") == (
        "2 people were invited by e-mail; no file names them"
    )
    assert project.is_at_rest()
    assert len(waiting(world)) == 2


def test_t07_where_the_settings_say_so_they_are_cancelled_by_their_ids(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    one = world.invite("one@else.example", ADMIN)
    world.invite(NEW)
    world.invite("fin@else.example", InvitationRole.BILLING_MANAGER)
    world.invite("scim@else.example", source=InvitationSource.SCIM)
    project = acme(members=BY_MAIL, settings=CANCEL)

    planned = project.plan()

    assert list(planned.reasons.values()) == ["cancel_invitation"]
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == [f"DELETE invitations/{one.id}"]
    assert waiting(world) == [
        ("fin@else.example", "billing_manager"),
        (NEW, "direct_member"),
        ("scim@else.example", "direct_member"),
    ]
    assert project.is_at_rest()


def test_t07_such_cancellations_count_as_removals(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    for n in range(4):
        world.invite(f"person-{n}@else.example")
    project = acme(members=BOT, settings=CANCEL)

    assert project.plan().code == Exit.REFUSED
    assert project.apply().code == Exit.REFUSED
    assert calls(sandbox) == []
    assert project.apply("--allow-removals", "4").code == Exit.DONE
    assert waiting(world) == []


def test_t07_nothing_is_cancelled_that_may_be_the_invitation_of_a_wanted_person(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    """GitHub knows that carol waits, and does not say which invitation is hers."""
    world.add_account("carol", email="carol@else.example")
    world.invite("carol@else.example")
    project = acme(members=BOT | {"carol": "member"}, settings=CANCEL)

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.waiting == ["members.carol"]
    assert "held-back" in planned.notes
    assert project.is_at_rest()
    assert waiting(world) == [("carol@else.example", "direct_member")]


# T08


@pytest.mark.parametrize("known", [False, True])
def test_t08_a_login_with_its_address_gets_no_second_invitation(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    known: bool,  # noqa: FBT001 - whether GitHub knows whose address it is
) -> None:
    world.add_account("dana", email=DANA if known else None)
    world.add_team("platform")
    world.invite(DANA, teams=("platform",))
    project = acme(members=WITH_EMAIL, teams='[teams.platform]\nmembers = ["dana"]')

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert "members.dana" in planned.waiting
    assert project.is_at_rest()
    assert calls(sandbox) == []

    world.accept_by_mail(DANA, "dana")
    assert project.is_at_rest()
    assert people_of(world, "platform") == {"dana": "member"}


def test_t08_a_login_with_its_address_is_invited_by_login(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    dana = world.add_account("dana")
    project = acme(members=WITH_EMAIL)

    assert project.apply().code == Exit.DONE

    [(_, body)] = sent(sandbox)
    assert body["invitee_id"] == dana.id
    assert waiting(world) == [("dana", "direct_member")]
    assert at_rest(project)


@pytest.mark.parametrize("known", [False, True])
def test_t08_another_role_of_the_one_by_mail_is_replaced_by_one_and_not_doubled(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    known: bool,  # noqa: FBT001 - whether GitHub knows whose address it is
) -> None:
    world.add_account("dana", email=DANA if known else None)
    world.add_team("platform")
    world.invite(DANA, ADMIN, teams=("platform",))
    project = acme(members=WITH_EMAIL, teams='[teams.platform]\nmembers = ["dana"]')

    assert project.plan().reasons["members.dana"] == "replace_invitation"
    assert project.apply().code == Exit.DONE

    assert numberless(sandbox) == ["DELETE invitations/N", "POST invitations"]
    assert waiting(world) == [("dana", "direct_member")]
    assert teams_waiting(world, "dana") == ["platform"]
    assert at_rest(project)


def test_t08_of_two_invitations_the_one_by_mail_is_too_many(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("dana", email=DANA)
    world.invite("dana")
    world.invite(DANA)
    project = acme(members=WITH_EMAIL)

    planned = project.plan()
    assert list(planned.reasons.values()) == ["cancel_invitation"]
    assert DANA not in str(planned.document)
    assert project.apply().code == Exit.DONE

    assert numberless(sandbox) == ["DELETE invitations/N"]
    assert [each.email for each in world.invitations.values()] == [None]
    assert at_rest(project)


def test_t08_of_two_invitations_both_are_cancelled_where_the_settings_allow_it(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("dana", email=DANA)
    world.invite("dana")
    world.invite(DANA)
    project = acme(members=BOT, settings=CANCEL)

    assert project.apply().code == Exit.DONE

    assert numberless(sandbox) == ["DELETE invitations/N"] * 2
    assert waiting(world) == []
    assert project.is_at_rest()


def test_t08_without_that_setting_the_one_by_mail_stays_and_is_told_of(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("dana", email=DANA)
    world.invite("dana")
    world.invite(DANA)
    project = acme(members=BOT)

    assert project.plan().reasons == {"members.dana": "cancel_invitation"}
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [(DANA, "direct_member")]
    assert "unlisted-email" in project.plan().notes
    assert at_rest(project)


def test_t08_a_team_for_somebody_invited_by_mail_sends_no_second_invitation(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("dana", email=DANA)
    world.add_team("platform")
    world.invite(DANA)
    project = acme(members=WITH_EMAIL, teams='[teams.platform]\nmembers = ["dana"]')

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert ("place-after-answer", "teams.platform.members.dana") in planned.all_notes
    assert at_rest(project)
    assert waiting(world) == [(DANA, "direct_member")]

    world.accept(DANA)
    assert project.plan().reasons == {"teams.platform.members.dana": "add"}
    assert project.apply().code == Exit.DONE
    assert people_of(world, "platform") == {"dana": "member"}


def test_t08_one_by_mail_that_expired_counts_with_those_by_login(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("dana")
    world.invite(DANA, at=ago(world, days=9))
    project = acme(members=WITH_EMAIL, settings="[invitations]\nmax_reinvites = 2")

    assert project.plan().reasons == {"members.dana": "reinvite"}
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("dana", "direct_member")]
    assert at_rest(project)

    lapse(world)
    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.all_notes == {("invitation-given-up", "members.dana")}
