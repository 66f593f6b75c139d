"""People invited by an address, from the invitation to the line with their login."""

from collections.abc import Callable

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.identities import IdentityProvider
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.asking import (
    EIGHT_DAYS,
    Announced,
    asked,
    at_rest,
    table,
    teams_waiting,
    waiting,
)
from tests.traps.scene import Begin, calls, join, people_of, roles_in

NEW = "new.hire@acme.example"
AT = f'members."{NEW}"'
BY_MAIL = table([("bot", "admin"), (NEW, "member")])
IN_PLATFORM = f'[teams.platform]\nmembers = ["{NEW}"]'
ANSWERED = f'bot = "admin"\nnewbie = {{ role = "member", email = "{NEW}" }}'


@pytest.fixture
def project(world: World, acme: Begin) -> Project:
    """The address is invited, with a team, and waits."""
    world.add_team("platform")
    project = acme(members=BY_MAIL, teams=IN_PLATFORM)
    assert project.apply().code == Exit.DONE
    return project


def keeps_the_state(project: Project) -> None:
    pass


def has_the_lock_file(project: Project) -> None:
    assert project.run("lock").code == Exit.DONE
    project.forget()


def verified(world: World) -> None:
    """Their address is in a domain that the organization has verified."""
    newbie = world.accept_by_mail(NEW, "newbie")
    newbie.emails.add(NEW)
    newbie.verified_emails.add(NEW)


def single_sign_on(world: World) -> None:
    """The identity provider calls them by their address."""
    world.saml = IdentityProvider()
    world.saml.link(world.accept_by_mail(NEW, "newbie"), NEW)


@pytest.mark.parametrize("answer", [verified, single_sign_on])
def test_t07_who_accepted_is_known_where_github_shows_whose_address_it_is(
    world: World,
    sandbox: Sandbox,
    project: Project,
    answer: Callable[[World], None],
) -> None:
    answer(world)
    sandbox.history.clear()

    for _ in range(2):
        planned = project.plan("--detailed-exitcode")
        assert (planned.code, planned.reasons) == (Exit.DONE, {})
        [note] = planned.document["notes"]
        assert (note["severity"], note["code"]) == ("info", "email-accepted")
        assert note["summary"] == f"{NEW} is newbie on GitHub"
        assert note["hint"] == "write newbie instead of the address"
        assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []
    assert people_of(world, "platform") == {"newbie": "member"}

    project.members(ANSWERED)
    project.teams('[teams.platform]\nmembers = ["newbie"]')
    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})
    assert project.is_at_rest()


@pytest.mark.parametrize("keep", [keeps_the_state, has_the_lock_file])
def test_t07_once_known_they_stay_known_by_their_id(
    world: World,
    sandbox: Sandbox,
    project: Project,
    keep: Callable[[Project], None],
) -> None:
    verified(world)
    assert project.apply().code == Exit.DONE
    keep(project)
    world.known("newbie").verified_emails.clear()
    world.rename("newbie", "oldie")
    sandbox.history.clear()

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.note("email-accepted") == f"{NEW} is oldie on GitHub"
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []


def test_t07_a_change_for_the_address_is_made_for_the_account(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    verified(world)
    assert project.apply().code == Exit.DONE
    sandbox.history.clear()
    project.members(table([("bot", "admin"), (NEW, "admin")]))
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["PUT memberships/newbie"]

    sandbox.history.clear()
    project.members('bot = "admin"')
    project.teams("[teams.platform]\nmembers = []")
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["DELETE memberships/newbie"]


@pytest.mark.parametrize("keep", [keeps_the_state, has_the_lock_file])
def test_t07_where_github_does_not_show_it_the_plan_asks_and_removes_nobody(
    world: World,
    sandbox: Sandbox,
    project: Project,
    keep: Callable[[Project], None],
) -> None:
    keep(project)
    world.accept_by_mail(NEW, "newbie")
    sandbox.history.clear()

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    [note] = [
        each for each in planned.document["notes"] if each["code"] == "email-unclear"
    ]
    assert (note["severity"], note["address"]) == ("warning", AT)
    assert "newbie" in note["summary"]
    assert f'newbie = {{ role = "member", email = "{NEW}" }}' in note["hint"]
    assert ("held-back", "members.newbie") in planned.all_notes
    assert project.apply().code == Exit.DONE
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []
    assert roles_in(world) == {"bot": "admin", "newbie": "member"}

    project.members(ANSWERED)
    project.teams('[teams.platform]\nmembers = ["newbie"]')
    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert "email-unclear" not in planned.notes
    assert project.is_at_rest()


def test_t07_of_several_who_came_the_plan_names_all_and_goes_on_with_the_others(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    join(world, "carol")
    project.members(f'{BY_MAIL}\ncarol = "member"')
    assert project.apply().code == Exit.DONE
    world.accept_by_mail(NEW, "newbie")
    join(world, "stranger")
    project.members(BY_MAIL)

    planned = project.plan()

    # carol was there before the invitation waited, so she cannot be the one.
    assert planned.reasons == {"members.carol": "remove"}
    note = planned.note("email-unclear")
    assert "newbie" in note
    assert "stranger" in note
    assert "carol" not in note
    assert project.apply().code == Exit.DONE
    assert roles_in(world).keys() == {"bot", "newbie", "stranger"}

    # The line is written, and whoever is nobody's goes.
    project.members(ANSWERED)
    project.teams('[teams.platform]\nmembers = ["newbie"]')
    assert project.plan().reasons == {"members.stranger": "remove"}


def test_t07_who_came_and_is_in_the_files_by_login_is_not_asked_about(
    world: World, project: Project
) -> None:
    """Somebody declined by mail on the day on which another person joined."""
    world.decline(NEW)
    join(world, "carol")
    project.members(f'{BY_MAIL}\ncarol = "member"')

    planned = project.plan()

    assert planned.reasons[AT] == "reinvite"
    assert "email-unclear" not in planned.notes


ENDINGS: dict[str, Callable[[World], object]] = {
    "declined": lambda world: world.decline(NEW),
    "cancelled": lambda world: world.cancel(NEW),
    "expired": lambda world: world.advance(EIGHT_DAYS),
    "failed": lambda world: world.fail(NEW, "Gremlins"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_t03_an_address_is_asked_again_counted_and_given_up(
    world: World, acme: Begin, ending: str
) -> None:
    world.add_team("platform")
    project = acme(
        members=BY_MAIL,
        teams=IN_PLATFORM,
        settings="[invitations]\nmax_reinvites = 2",
    )
    announced = Announced()
    reasons = []

    for _ in range(4):
        assert announced.apply(project) == Exit.DONE
        reasons.append(announced.plans[-1].reasons.get(AT))
        if waiting(world):
            assert teams_waiting(world, NEW) == ["platform"]
            ENDINGS[ending](world)

    assert reasons == ["invite", "reinvite", None, None]
    assert ("invitation-given-up", AT) in announced.plans[-1].all_notes
    assert asked(world, NEW) == announced.of(AT) == 2


def test_t03_an_address_is_counted_by_the_lock_file_where_no_state_survives(
    world: World, acme: Begin
) -> None:
    project = acme(members=BY_MAIL, settings="[invitations]\nmax_reinvites = 2")
    reasons = []

    for _ in range(4):
        reasons.append(project.plan().reasons.get(AT))
        assert project.apply().code == Exit.DONE
        has_the_lock_file(project)
        world.advance(EIGHT_DAYS)

    assert reasons == ["invite", "reinvite", None, None]
    assert asked(world, NEW) == 2
    locked = (project.directory / "ghstate.lock.toml").read_text("utf-8")
    assert f'"{NEW}" = {{ invited = [' in locked

    assert project.run("invites", "reset", NEW).code == Exit.DONE
    assert list(project.plan().reasons) == [AT]


def test_t16_another_team_for_an_address_comes_after_the_answer(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.add_team("sre")
    project.teams(f'{IN_PLATFORM}\n[teams.sre]\nmembers = ["{NEW}"]')
    sandbox.history.clear()

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    place = f'teams.sre.members."{NEW}"'
    assert ("place-after-answer", place) in planned.all_notes
    assert at_rest(project)
    assert calls(sandbox) == []

    verified(world)
    assert project.plan().reasons == {"teams.sre.members.newbie": "add"}
    assert project.apply().code == Exit.DONE
    assert world.teams_of("newbie").keys() == {"platform", "sre"}
    assert at_rest(project)


def test_t18_who_accepted_by_address_and_left_is_treated_as_anybody_else(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    verified(world)
    assert project.apply().code == Exit.DONE
    world.leave("newbie")
    sandbox.history.clear()

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert "left" in planned.notes
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []
    assert project.apply("--reinvite-left").code == Exit.DONE
    assert waiting(world) == [("newbie", "direct_member")]
