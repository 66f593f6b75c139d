"""Files that were lost or broken must not read as "nobody is wanted"."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project, roles
from tests.traps.scene import BOT, Begin, calls, join, lists, people_of, roles_in

STAFF = [f"person-{n:03}" for n in range(199)]


@pytest.fixture
def company(world: World, acme: Begin) -> Project:
    """200 people in two files: `bot` with 159 others, and 40 more."""
    join(world, *STAFF)
    project = acme(members=BOT | dict.fromkeys(STAFF[:159], "member"))
    project.write(
        "more.toml", "[members]\n" + roles(dict.fromkeys(STAFF[159:], "member"))
    )
    assert project.plan("--detailed-exitcode").code == Exit.DONE
    return project


def test_t75_a_lost_file_is_refused_by_the_number_of_its_people(
    world: World, sandbox: Sandbox, company: Project
) -> None:
    company.write("more.toml", "")

    planned = company.plan("--detailed-exitcode")

    assert (planned.code, planned.refused) == (Exit.REFUSED, True)
    assert len(planned.reasons) == 40
    assert planned.note("too-many-removals") == (
        "the plan removes 40 people (the limit is 10)"
    )
    assert company.apply().code == Exit.REFUSED
    assert calls(sandbox) == []
    assert len(roles_in(world)) == 200


@pytest.mark.parametrize("number", ["39", "41", "0", "200"])
def test_t75_only_the_exact_number_allows_it(
    sandbox: Sandbox, company: Project, number: str
) -> None:
    company.write("more.toml", "")

    assert company.plan("--allow-removals", number).code == Exit.REFUSED
    applied = company.apply("--allow-removals", number)

    assert applied.code == Exit.REFUSED
    assert f"not {number} as was allowed" in " ".join(applied.out.split())
    assert calls(sandbox) == []


def test_t75_the_exact_number_is_carried_out(
    world: World, sandbox: Sandbox, company: Project
) -> None:
    company.write("more.toml", "")

    assert company.plan("--allow-removals", "40").code == Exit.DONE
    assert company.apply("--allow-removals", "40").code == Exit.DONE
    assert len(calls(sandbox)) == 40
    assert len(roles_in(world)) == 160
    assert company.is_at_rest()


@pytest.mark.parametrize(
    ("gone", "code"), [(10, Exit.DONE), (11, Exit.REFUSED)], ids=["10", "11"]
)
def test_t75_one_in_twenty_may_go_unasked(
    company: Project, gone: int, code: Exit
) -> None:
    staying = STAFF[159:-gone]
    company.write("more.toml", "[members]\n" + roles(dict.fromkeys(staying, "member")))

    assert company.plan().code == code


@pytest.mark.parametrize(
    ("gone", "code"), [(3, Exit.DONE), (4, Exit.REFUSED)], ids=["3", "4"]
)
def test_t75_in_a_small_organization_three_may_go_unasked(
    world: World, acme: Begin, gone: int, code: Exit
) -> None:
    join(world, *STAFF[:gone])
    project = acme(members=BOT)

    assert project.plan().code == code
    assert project.apply().code == code


def test_t75_cancelled_invitations_count_as_removals(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "carol")
    for login in ("xenia", "yuri"):
        world.invite(login)
    project = acme(members=BOT)

    planned = project.plan()

    assert planned.code == Exit.REFUSED
    assert "removes 4 people" in planned.note("too-many-removals")
    assert project.apply("--allow-removals", "4").code == Exit.DONE


def test_t75_each_kind_has_a_limit_and_the_number_is_the_sum(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    people = STAFF[:8]
    join(world, *people)
    world.add_team("sre", *people)
    for n in range(3):
        world.add_team(f"old-{n}", *people[:2])
    gone = "".join(f"[teams.old-{n}]\nabsent = true\n" for n in range(3))
    project = acme(
        members=BOT | dict.fromkeys(people[:-2], "member"),
        teams=f"[teams.sre]\nmembers = {lists(people[:-3])}\n{gone}",
    )

    planned = project.plan()

    # Two leave, and their places with them; one more leaves sre; three teams go
    # with two people each.
    assert planned.code == Exit.REFUSED
    assert planned.note("too-many-removals") == (
        "the plan removes 7 team memberships (the limit is 3)"
    )
    assert project.plan("--allow-removals", "7").code == Exit.REFUSED
    assert project.apply("--allow-removals", "12").code == Exit.DONE
    assert len(people_of(world, "sre")) == 5
    assert project.is_at_rest()


def test_t75_teams_that_are_no_longer_in_the_files_are_counted_too(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    for n in range(10):
        world.add_team(f"team-{n}")
    every = "".join(f"[teams.team-{n}]\n" for n in range(10))
    project = acme(teams=every, settings='[manage]\nteams = "all"')
    assert project.plan("--detailed-exitcode").code == Exit.DONE

    project.teams("[teams.team-0]")

    assert project.plan().code == Exit.REFUSED
    assert project.apply().code == Exit.REFUSED
    assert calls(sandbox) == []
    assert project.apply("--allow-removals", "9").code == Exit.DONE


@pytest.mark.parametrize("text", ["[members]\n", "members = {}\n"])
def test_t75_members_that_are_written_and_empty_are_an_error(
    sandbox: Sandbox, company: Project, text: str
) -> None:
    company.write("more.toml", "")
    company.write("members.toml", text)
    before = len(sandbox.history)

    planned = company.plan()

    assert planned.code == Exit.ERROR
    assert '"members" is empty, which would remove everybody' in planned.err
    assert len(sandbox.history) == before


@pytest.mark.parametrize("all_teams", [False, True])
def test_t75_files_that_say_nothing_plan_nothing(
    world: World,
    sandbox: Sandbox,
    company: Project,
    all_teams: bool,  # noqa: FBT001 - one of the two cases
) -> None:
    world.add_team("sre", STAFF[0])
    company.settings('[manage]\nteams = "all"' if all_teams else "")
    company.write("more.toml", "")
    company.write("members.toml", "")

    planned = company.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert "The files ask for nothing" in company.run("plan").out
    assert company.apply().code == Exit.DONE
    assert calls(sandbox) == []


def test_t75_members_that_were_managed_and_are_gone_from_the_files_are_told_of(
    world: World, sandbox: Sandbox, company: Project
) -> None:
    assert company.apply().code == Exit.DONE
    company.write("more.toml", "")
    company.write("members.toml", "")
    company.teams("[teams.sre]")

    planned = company.plan()

    assert planned.reasons == {"teams.sre": "create"}
    assert ("no-longer-managed", "members") in planned.all_notes


def test_t75_a_file_that_was_cut_off_is_an_error_and_not_a_shorter_one(
    sandbox: Sandbox, company: Project
) -> None:
    company.write("more.toml", '[members]\nperson-160 = "member"\nperson-161 = "me')
    before = len(sandbox.history)

    planned = company.plan()

    assert planned.code == Exit.ERROR
    assert "more.toml:3:" in planned.err
    assert len(sandbox.history) == before
