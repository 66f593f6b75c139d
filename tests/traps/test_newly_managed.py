"""What the files begin to manage must not go because they never spoke of it before."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in

MEMBERS = BOT | {"alice": "member", "carol": "member"}
NEW = (
    "newly managed: 2 team memberships would be removed, "
    "and no apply has managed team memberships before"
)
ACKNOWLEDGE = (
    "if that is meant: --allow-removals 2, or `ghstate lock`, commit it, and plan again"
)


@pytest.fixture
def company(world: World, acme: Begin) -> Project:
    """Three people and a team of two; so far the files manage who is in."""
    join(world, "alice", "carol")
    world.add_team("platform", "alice", "carol")
    project = acme(members=MEMBERS, teams="[teams.platform]\n")
    assert project.apply().code == Exit.DONE
    return project


def test_t76_a_key_that_nobody_wrote_takes_nobody_out(
    sandbox: Sandbox, company: Project
) -> None:
    assert company.plan("--detailed-exitcode").code == Exit.DONE
    assert company.is_at_rest()


def test_t76_a_new_key_that_would_empty_a_team_is_refused(
    world: World, sandbox: Sandbox, company: Project
) -> None:
    company.teams("[teams.platform]\nmembers = []\n")

    planned = company.plan()
    applied = company.apply()

    assert (planned.code, planned.refused) == (Exit.REFUSED, True)
    assert planned.all_notes == {("newly-managed", None)}
    assert planned.note("newly-managed") == NEW
    assert [n["hint"] for n in planned.document["notes"]] == [ACKNOWLEDGE]
    assert applied.code == Exit.REFUSED
    assert calls(sandbox) == []
    assert set(people_of(world, "platform")) == {"alice", "carol"}


def test_t76_its_number_is_the_word_that_it_is_meant(
    world: World, company: Project
) -> None:
    company.teams("[teams.platform]\nmembers = []\n")

    assert company.apply("--allow-removals", "3").code == Exit.REFUSED
    assert company.apply("--allow-removals", "2").code == Exit.DONE
    assert people_of(world, "platform") == {}

    # From now on the kind is known, in every team.
    world.add_team("sre", "alice")
    company.teams("[teams.platform]\nmembers = []\n[teams.sre]\nmembers = []\n")
    assert company.apply().code == Exit.DONE
    assert people_of(world, "sre") == {}


def test_t76_so_is_the_lock_file_and_a_review_shows_the_line(
    world: World, company: Project
) -> None:
    assert company.run("lock").code == Exit.DONE
    assert company.plan().code == Exit.DONE
    company.teams("[teams.platform]\nmembers = []\n")
    assert company.plan().code == Exit.REFUSED

    locked = company.run("lock")

    assert "Managed\n  + team members\n\nWritten: 1 newly managed;" in locked.out
    assert 'managed = ["members", "team members"]' in (
        company.directory / "ghstate.lock.toml"
    ).read_text("utf-8")
    assert company.apply().code == Exit.DONE
    assert people_of(world, "platform") == {}


def test_t76_where_no_state_survives_the_lock_file_tells_what_is_new(
    sandbox: Sandbox, company: Project
) -> None:
    assert company.run("lock").code == Exit.DONE
    company.teams("[teams.platform]\nmembers = []\n")
    company.forget()

    planned = company.plan()

    assert planned.code == Exit.REFUSED
    assert planned.note("newly-managed") == NEW
    assert company.apply().code == Exit.REFUSED
    assert calls(sandbox) == []


@pytest.mark.parametrize("older", [False, True], ids=["none", "an older one"])
def test_t76_without_a_state_and_a_lock_file_that_tells_only_the_limit_holds(
    world: World,
    company: Project,
    older: bool,  # noqa: FBT001 - one of the two cases
) -> None:
    company.teams("[teams.platform]\nmembers = []\n")
    company.forget()
    if older:
        company.write(
            "ghstate.lock.toml", 'organization = { login = "acme", id = 9000 }\n'
        )

    assert company.apply().code == Exit.DONE
    assert people_of(world, "platform") == {}


def test_t76_members_that_are_managed_for_the_first_time_stay_too(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "carol")
    world.add_team("platform", "alice")
    project = acme(teams='[teams.platform]\nmembers = ["alice"]')
    assert project.apply().code == Exit.DONE

    project.members('bot = "admin"\nalice = "member"')
    planned = project.plan()

    assert planned.reasons == {"members.carol": "remove"}
    assert planned.note("newly-managed").startswith("newly managed: 1 person would be")
    assert project.apply().code == Exit.REFUSED
    assert "carol" in roles_in(world)
    assert calls(sandbox) == []


def test_t76_every_team_that_no_file_names_is_no_matter_of_a_new_setting(
    world: World, sandbox: Sandbox, company: Project
) -> None:
    world.add_team("sre")
    company.settings('[manage]\nteams = "all"')

    planned = company.plan()

    assert planned.reasons == {"teams.sre": "delete"}
    assert planned.note("newly-managed").startswith("newly managed: 1 team would be")
    assert company.apply().code == Exit.REFUSED

    company.settings()
    company.teams("[teams.platform]\n[teams.sre]\nabsent = true\n")
    assert company.apply().code == Exit.DONE
    assert calls(sandbox) == ["DELETE teams/sre"]


def test_t76_a_targeted_apply_knows_only_what_it_was_about(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("platform", "alice")
    project = acme(members=BOT, teams="[teams.platform]\nmembers = []\n")
    targeted = ("--target", "teams.platform")

    assert project.apply(*targeted, "--allow-removals", "1").code == Exit.DONE
    planned = project.plan()

    assert people_of(world, "platform") == {}
    assert planned.reasons == {"members.alice": "remove"}
    assert planned.note("newly-managed").startswith("newly managed: 1 person would be")


# A removal by its target, with nothing left by that name ------------------------


def test_somebody_who_was_removed_by_name_is_nothing_afterwards(
    world: World, acme: Begin
) -> None:
    """The apply ends well; who asks once more learns that there is no such thing."""
    join(world, "dave")
    project = acme(members=BOT)

    first = project.apply("--target", "members.dave")
    again = project.apply("--target", "members.dave")

    assert first.code == Exit.DONE
    assert roles_in(world) == BOT
    assert again.code == Exit.ERROR
    assert (
        "--target members.dave: there is no such thing in the files or on GitHub"
        in again.err
    )
