"""Teams that have just been created: their creator, and GitHub's delay."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import BOT, Begin, calls, join, people_of


def test_t51_the_creator_of_a_team_does_not_stay_in_it(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    project = acme(teams='[teams.x]\nmembers = ["alice"]')

    assert project.plan().reasons == {
        "teams.x": "create",
        "teams.x.members.alice": "add",
    }
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == [
        "POST teams",
        "DELETE teams/x/memberships/bot",
        "PUT teams/x/memberships/alice",
    ]
    assert people_of(world, "x") == {"alice": "member"}
    assert project.is_at_rest()


@pytest.mark.parametrize("people", ["", "members = []"])
def test_t51_a_new_team_without_people_is_empty(
    world: World, acme: Begin, people: str
) -> None:
    project = acme(teams=f"[teams.x]\n{people}")

    assert project.apply().code == Exit.DONE

    assert people_of(world, "x") == {}
    assert project.is_at_rest()


def test_t51_a_creator_whom_the_files_name_stays(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_member("carol", OrgRole.ADMIN)
    project = acme(teams='[teams.x]\nmaintainers = ["bot", "carol"]')

    assert project.apply().code == Exit.DONE

    assert people_of(world, "x") == {"bot": "maintainer", "carol": "maintainer"}
    assert "DELETE teams/x/memberships/bot" not in calls(sandbox)
    assert project.is_at_rest()


def test_t51_an_app_is_in_no_team_and_takes_nobody_out(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    project = acme(teams='[teams.x]\nmembers = ["alice"]', token="sandbox-app")

    assert project.apply().code == Exit.DONE

    assert calls(sandbox) == ["POST teams", "PUT teams/x/memberships/alice"]
    assert people_of(world, "x") == {"alice": "member"}


@pytest.mark.parametrize("calls_that_miss", [1, 2, 3, 5])
def test_t53_a_team_that_is_not_there_yet_is_waited_for_and_not_created_again(
    world: World, sandbox: Sandbox, acme: Begin, calls_that_miss: int
) -> None:
    join(world, "alice", "bob")
    sandbox.conditions.new_team_lag = calls_that_miss
    project = acme(
        members=BOT | {"alice": "member", "bob": "member"},
        teams='[teams.x]\nmembers = ["alice", "bob"]',
    )

    applied = project.apply()

    assert applied.code == Exit.DONE
    assert calls(sandbox).count("POST teams") == 1
    assert people_of(world, "x") == {"alice": "member", "bob": "member"}
    assert project.is_at_rest()


def test_t53_a_child_of_a_team_that_is_not_there_yet_is_created_all_the_same(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    sandbox.conditions.new_team_lag = 2
    project = acme(teams='[teams.x]\nmembers = []\n[teams.y]\nparent = "x"')

    assert project.apply().code == Exit.DONE

    assert calls(sandbox).count("POST teams") == 2
    assert (people_of(world, "x"), people_of(world, "y")) == ({}, {})
    assert project.is_at_rest()


def test_t53_a_team_of_long_ago_that_is_not_found_is_not_waited_for(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    sre = world.add_team("sre")
    sandbox.conditions.script(
        Fault(
            Meanwhile(lambda world: world.teams.pop(sre.id)),
            method="PUT",
            path="/orgs/acme/teams/sre/",
        )
    )
    project = acme(teams='[teams.sre]\nmembers = ["alice"]')

    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == ["PUT teams/sre/memberships/alice"]
