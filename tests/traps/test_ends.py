"""A day that passes takes access away, and never stops a run."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.scene import Begin, calls, join, lists, people_of, roles_in

STAFF = ["amy", "ben", "cleo", "dan"]
OVER = "2020-01-31"
LATER = "9000-01-01"
GROUP = f"[groups.interns]\nany = {lists(STAFF)}\nuntil = {OVER}\n"


@pytest.fixture
def ended(world: World, acme: Begin) -> Project:
    """Four people whose time is over, one who stays, and one who is new."""
    join(world, *STAFF, "eve")
    world.add_account("fay")
    project = acme(members='bot = "admin"\neve = "member"')
    project.write("groups.toml", GROUP)
    project.members(
        'bot = "admin"\neve = "member"\nfay = "member"\n"group:interns" = "member"'
    )
    return project


def test_more_people_than_may_go_stay_and_the_rest_is_carried_out(
    world: World, sandbox: Sandbox, ended: Project
) -> None:
    planned = ended.plan()

    assert (planned.code, planned.refused) == (Exit.DONE, False)
    assert planned.reasons == {"members.fay": "invite"}
    assert planned.note("ends-held-back") == (
        "4 people whose access has ended are not removed: the limit is 3"
    )
    [hint] = [
        each["hint"]
        for each in planned.document["notes"]
        if each["code"] == "ends-held-back"
    ]
    assert hint == "if that is meant: --allow-removals 4"
    assert planned.held_back == 4
    assert ended.apply().code == Exit.DONE
    assert calls(sandbox) == ["POST invitations"]
    assert set(STAFF) <= roles_in(world).keys()


def test_they_go_with_the_number(world: World, ended: Project) -> None:
    assert ended.apply("--allow-removals", "4").code == Exit.DONE
    assert roles_in(world).keys() == {"bot", "eve"}


def test_another_number_is_not_theirs(ended: Project) -> None:
    planned = ended.plan("--allow-removals", "3")
    assert planned.reasons == {"members.fay": "invite"}
    assert "ends-held-back" in planned.notes


def test_as_many_as_may_go_go(world: World, ended: Project) -> None:
    ended.write("groups.toml", GROUP.replace('"amy", ', ""))
    ended.members(
        'amy = "member"\nbot = "admin"\neve = "member"\n"group:interns" = "member"'
    )

    assert ended.apply().code == Exit.DONE

    assert roles_in(world).keys() == {"bot", "eve", "amy"}


def test_what_somebody_takes_out_of_the_files_counts_with_them(
    ended: Project,
) -> None:
    ended.write("groups.toml", GROUP.replace('"amy", ', ""))
    ended.members('bot = "admin"\n"group:interns" = "member"')

    planned = ended.plan()

    # No apply has managed people before, and nothing has said that two have to go.
    assert {a for a, why in planned.reasons.items() if why == "remove"} == {
        "members.amy",
        "members.eve",
    }
    assert planned.note("ends-held-back") == (
        "3 people whose access has ended are not removed: "
        "with the others it would be 5, and the limit is 3"
    )


def test_who_is_not_removed_keeps_the_places_in_teams(
    world: World, sandbox: Sandbox, ended: Project
) -> None:
    world.add_team("sre", *STAFF)
    assert people_of(world, "sre").keys() == set(STAFF)
    ended.members('bot = "admin"\neve = "member"\n"group:interns" = "member"')
    ended.teams('[teams.sre]\nmembers = ["eve", "group:interns"]')

    assert ended.apply().code == Exit.DONE

    assert calls(sandbox) == ["PUT teams/sre/memberships/eve"]


def test_places_in_teams_have_a_limit_of_their_own(
    world: World, sandbox: Sandbox, ended: Project
) -> None:
    world.add_team("sre", *STAFF, "eve")
    people = "".join(f'{login} = "member"\n' for login in STAFF)
    ended.members(f'bot = "admin"\neve = "member"\n{people}')
    ended.teams('[teams.sre]\nmembers = ["eve", "group:interns"]')

    planned = ended.plan()

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.note("ends-held-back") == (
        "4 ended team memberships are not removed: the limit is 3"
    )
    assert ended.apply("--allow-removals", "4").code == Exit.DONE
    assert people_of(world, "sre") == {"eve": "member"}


def test_a_renamed_person_whose_time_is_over_is_one_of_them(
    world: World, ended: Project
) -> None:
    assert ended.refresh().code == Exit.DONE
    world.rename("amy", "amy-new")

    planned = ended.plan()

    assert planned.reasons == {"members.fay": "invite"}
    assert planned.note("renamed") == "amy is called amy-new on GitHub now"


def test_who_is_protected_under_another_name_stays_and_the_rest_is_done(
    world: World, acme: Begin
) -> None:
    join(world, "amy")
    project = acme(
        members='amy = "member"\nbot = "admin"',
        settings='[safety]\nprotected = ["amy"]',
    )
    assert project.refresh().code == Exit.DONE
    world.rename("amy", "amy-new")
    world.add_account("fay")
    project.members(
        f'amy-new = {{ role = "member", until = {OVER} }}\n'
        'bot = "admin"\nfay = "member"'
    )

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.DONE, {"members.fay": "invite"})
    assert planned.note("ends-held-back") == (
        "amy-new is not removed although a date says so: they are protected"
    )


def test_the_account_behind_the_token_stays(world: World, acme: Begin) -> None:
    world.add_member("ada", OrgRole.ADMIN)
    project = acme(members=f'ada = "admin"\nbot = {{ role = "admin", until = {OVER} }}')
    planned = project.plan()
    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.note("ends-held-back") == (
        "bot is not removed although a date says so: "
        "this is the account behind the token"
    )


def test_an_admin_stays_while_whoever_follows_has_not_answered(
    world: World, acme: Begin
) -> None:
    world.add_account("fay")
    world.add_member("ada", OrgRole.ADMIN)
    project = acme(
        members='fay = "admin"\nbot = "admin"\n'
        f'ada = {{ role = "admin", until = {OVER}, then = "member" }}',
        settings="[safety]\nmin_admins = 2",
    )

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.DONE, {"members.fay": "invite"})
    assert planned.note("ends-held-back") == (
        "ada stays an admin although a date says so: "
        "too few admins would be left, min_admins is 2"
    )


def test_who_is_not_on_github_is_told_before_the_day(acme: Begin) -> None:
    project = acme(
        members=f'bot = "admin"\nnoboddy = {{ role = "member", from = {LATER} }}\n'
        f'gone = {{ role = "member", until = {OVER} }}'
    )

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    [note] = [
        each for each in planned.document["notes"] if each["code"] == "unknown-login"
    ]
    assert (note["severity"], note["address"]) == ("warning", "members.noboddy")
    assert note["summary"] == (
        "GitHub has no user noboddy, whose access is to begin on a later day"
    )


# T23, T29: dates and names


def test_t29_a_day_that_passes_gives_nobody_the_role_of_another_line(
    world: World, acme: Begin
) -> None:
    join(world, "bob")
    project = acme(members='bot = "admin"\nbob = "member"')
    assert project.refresh().code == Exit.DONE
    world.rename("bob", "robert")
    for day in (LATER, OVER):
        project.members(
            f'bot = "admin"\nbob = {{ role = "member", until = {day} }}\n'
            'robert = "admin"'
        )
        planned = project.plan()
        assert planned.reasons == {}
        assert planned.note("same-person").startswith(
            "robert and bob are one account"
            if day == OVER
            else "bob and robert are one account"
        )


def test_t29_what_a_fallback_leaves_is_held_against_the_line_as_written(
    world: World, acme: Begin
) -> None:
    world.add_member("bob", OrgRole.ADMIN)
    project = acme(members='bot = "admin"\nbob = "admin"')
    assert project.refresh().code == Exit.DONE
    world.rename("bob", "robert")
    project.members(
        f'bot = "admin"\nbob = {{ role = "admin", until = {OVER}, then = "member" }}\n'
        'robert = "admin"'
    )
    planned = project.plan()
    assert (planned.code, planned.reasons) == (Exit.DONE, {})


def test_t29_a_day_that_passes_makes_nobody_maintainer_of_a_team(
    world: World, acme: Begin
) -> None:
    join(world, "bob")
    world.add_team("sre", "bob")
    project = acme(members='bot = "admin"\nbob = "member"')
    assert project.refresh().code == Exit.DONE
    world.rename("bob", "robert")
    project.members('bot = "admin"\nbob = "member"\nrobert = "member"')
    project.write("groups.toml", '[groups.leads]\nany = ["robert"]\n')
    for day in (LATER, OVER):
        project.teams(
            '[teams.sre]\nmaintainers = ["group:leads"]\n'
            f'members = [{{ login = "bob", until = {day} }}]'
        )
        planned = project.plan()
        assert planned.reasons == {}
        assert planned.note("same-person").endswith(
            "and the files give it two roles in sre"
        )


def test_t23_an_id_counts_after_the_last_day_of_its_line(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("erin")
    project = acme(
        members='bot = "admin"\n"group:staff" = "member"\n'
        f'erin = {{ role = "member", id = 4242, until = {OVER} }}'
    )
    project.write("groups.toml", '[groups.staff]\nany = ["erin"]\n')

    planned = project.plan()

    assert planned.reasons == {}
    assert planned.notes["identity-changed"] == "members.erin"
