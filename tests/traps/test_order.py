"""What comes first, what goes along by itself, and what holds if it stops midway."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import OrgRole, TeamRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project, project
from tests.traps.scene import BOT, Begin, calls, invited, join, people_of, roles_in

WRITES = ("PUT", "POST", "PATCH", "DELETE")


def before_each_write(sandbox: Sandbox, act: Callable[[World], object]) -> None:
    """Have *act* look at the world before each write to the organization."""
    sandbox.conditions.script(
        *(
            Fault(Meanwhile(act), method=method, path="/orgs/acme/", times=None)
            for method in WRITES
        )
    )


# T54


def test_t54_who_is_removed_from_the_organization_is_not_removed_from_teams_first(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "dave")
    for slug in ("ops", "sre"):
        world.add_team(slug, "alice", "dave")
    project = acme(
        members=BOT | {"alice": "member"},
        teams='[teams.ops]\nmembers = ["alice"]\n[teams.sre]\nmembers = ["alice"]',
    )

    assert project.plan().reasons == {"members.dave": "remove"}
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["DELETE memberships/dave"]
    assert people_of(world, "ops") == people_of(world, "sre") == {"alice": "member"}
    assert project.is_at_rest()


def test_t54_the_people_of_a_team_that_is_deleted_are_not_taken_out_first(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "dave")
    world.add_team("ops", "alice", "dave")
    project = acme(teams="[teams.ops]\nabsent = true")

    assert project.plan().reasons == {"teams.ops": "delete"}
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["DELETE teams/ops"]
    assert project.is_at_rest()


@pytest.mark.parametrize(
    ("act", "path"),
    [
        (lambda world: world.leave("dave"), "/orgs/acme/memberships/dave"),
        (
            lambda world: world.team("ops").members.clear(),
            "/orgs/acme/teams/ops/memberships/erin",
        ),
        (
            lambda world: world.teams.pop(world.team("old").id),
            "/orgs/acme/teams/old",
        ),
    ],
    ids=["somebody left", "somebody was taken out", "a team was deleted"],
)
def test_t54_what_is_gone_already_is_as_good_as_removed(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    act: Callable[[World], object],
    path: str,
) -> None:
    join(world, "dave", "erin")
    world.add_team("ops", "erin")
    world.add_team("old")
    project = acme(
        members=BOT | {"erin": "member"},
        teams="[teams.ops]\nmembers = []\n[teams.old]\nabsent = true",
    )
    sandbox.conditions.script(Fault(Meanwhile(act), method="DELETE", path=path))

    applied = project.apply()

    assert applied.code == Exit.DONE
    assert "was gone already" in applied.out
    assert len(calls(sandbox)) == 3
    assert project.is_at_rest()


# T55

STEPS = [
    "PATCH teams/legacy",
    "POST teams",
    "DELETE teams/fresh/memberships/bot",
    "POST invitations",
    "PUT memberships/nina",
    "PUT teams/fresh/memberships/mia",
    "PUT teams/sre/memberships/mia",
    "PUT memberships/otto",
    "PUT teams/web/memberships/max",
    "DELETE teams/sre/memberships/max",
    "DELETE invitations/ivan",
    "DELETE memberships/dave",
    "DELETE teams/old",
]
"""Everything the plan below does; whoever gets something gets it first."""


def busy(world: World) -> None:
    world.add_member("otto", OrgRole.ADMIN)
    join(world, "nina", "mia", "max", "dave")
    world.add_account("zoe")
    world.invite("ivan", by="bot")
    sre = world.add_team("sre", "max", "dave")
    world.add_team("old", "dave")
    world.add_team("legacy", "mia")
    web = world.add_team("web")
    for login in ("max", "otto"):
        world.place(web, world.known(login).id, TeamRole.MAINTAINER)
    assert sre.members


BUSY_MEMBERS = BOT | {
    "otto": "member",
    "nina": "admin",
    "mia": "member",
    "max": "member",
    "zoe": "member",
}
BUSY_TEAMS = """\
[teams.fresh]
members = ["mia", "zoe"]
[teams.sre]
maintainers = ["mia"]
members = []
[teams.web]
members = ["max"]
maintainers = ["otto"]
[teams.modern]
previously = ["legacy"]
members = ["mia"]
[teams.old]
absent = true
"""
TWO_ADMINS = "[safety]\nmin_admins = 2"


def busy_project(directory: Path, sandbox: Sandbox) -> Project:
    return project(
        directory,
        sandbox,
        members=BUSY_MEMBERS,
        teams=BUSY_TEAMS,
        settings=TWO_ADMINS,
    )


def named(world: World, call: str, numbers: dict[int, str]) -> str:
    """*call* with the login of whom an invitation is for, in place of its number."""
    path, _, number = call.rpartition("/")
    return f"{path}/{numbers.get(int(number), number)}" if number.isdigit() else call


def test_t55_what_gives_comes_before_what_takes(
    world: World, sandbox: Sandbox, tmp_path: Path
) -> None:
    busy(world)
    numbers = {
        each.id: world.accounts[each.account].login
        for each in world.invitations.values()
        if each.account is not None
    }
    acme = busy_project(tmp_path / "busy", sandbox)

    assert acme.apply().code == Exit.DONE

    assert [named(world, call, numbers) for call in calls(sandbox)] == STEPS
    assert acme.is_at_rest()


def keeps_what_it_should(world: World) -> None:
    """What holds before the plan, after it, and at every moment between."""
    assert len(world.owners()) >= 2
    assert roles_in(world).keys() >= {"bot", "otto", "nina", "mia", "max"}
    assert "max" in people_of(world, "web")
    assert "maintainer" in people_of(world, "web").values()
    legacy = "legacy" if world.team("legacy") else "modern"
    assert people_of(world, legacy) == {"mia": "member"}
    assert people_of(world, "sre"), "the team is never without anybody"


def test_t55_every_moment_of_an_apply_is_one_to_stop_at(
    world: World, sandbox: Sandbox, tmp_path: Path
) -> None:
    busy(world)
    acme = busy_project(tmp_path / "busy", sandbox)
    before_each_write(sandbox, keeps_what_it_should)

    assert acme.apply().code == Exit.DONE

    keeps_what_it_should(world)
    assert len(calls(sandbox)) == len(STEPS)


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
def test_t55_an_apply_that_dies_at_any_step_is_finished_by_the_next(
    world: World, sandbox: Sandbox, tmp_path: Path, step: int
) -> None:
    """The token is revoked before the step; a new one does the rest, once."""
    busy(world)
    acme = busy_project(tmp_path / "busy", sandbox)
    token = sandbox.tokens.pop("sandbox-owner")
    sandbox.tokens["sandbox-owner"] = token
    writes = iter(range(1, step + 1))

    def revoke_at_the_step(_: World) -> None:
        if next(writes, step) == step:
            sandbox.tokens.pop("sandbox-owner", None)

    before_each_write(sandbox, revoke_at_the_step)

    assert acme.apply().code in {Exit.ERROR, Exit.IN_PART}
    keeps_what_it_should(world)
    done = [each for each in sandbox.history.writes() if each.done]
    assert len(done) == step - 1

    sandbox.conditions.faults.clear()
    sandbox.tokens["sandbox-owner"] = token
    assert acme.apply().code == Exit.DONE
    keeps_what_it_should(world)
    assert roles_in(world) == {
        "bot": "admin",
        "nina": "admin",
        "otto": "member",
        "mia": "member",
        "max": "member",
    }
    assert invited(world) == {"zoe": "direct_member"}
    assert [why.value for why in world.mails_to("zoe")] == ["invited"]
    assert people_of(world, "fresh") == {"mia": "member"}
    assert people_of(world, "sre") == {"mia": "maintainer"}
    assert people_of(world, "web") == {"max": "member", "otto": "maintainer"}
    assert {team.slug for team in world.teams.values()} == {
        "fresh",
        "modern",
        "sre",
        "web",
    }
    assert acme.is_at_rest()
