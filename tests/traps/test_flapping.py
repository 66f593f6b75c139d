"""A change that is made again and again, because somebody takes it back (T80, T39)."""

from datetime import timedelta

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox import memberships, teams
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import OrgRole, TeamRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.teams import TeamFields
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.scene import BOT, Begin, invited, join, roles_in

ALICE = BOT | {"mallory": "admin", "alice": "member"}


@pytest.fixture
def world(world: World) -> World:
    """`acme`, with another owner, on Enterprise Cloud."""
    world.add_member("mallory", OrgRole.ADMIN)
    world.policy.audit_log = True
    world.account_or_new("alice")
    return world


def come_and_go(world: World, project: Project, *, days: float = 1) -> None:
    """An apply invites alice, she accepts, and mallory removes her."""
    assert project.apply().code == Exit.DONE
    world.accept("alice")
    project.refresh()
    world.advance(timedelta(days=days / 2))
    memberships.remove_membership(world, world.actor("mallory"), "alice")
    world.advance(timedelta(days=days / 2))


def test_t80_the_third_time_is_still_planned_and_comes_with_a_warning(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(members=ALICE)
    come_and_go(world, project)
    second = project.plan()
    come_and_go(world, project)

    third = project.plan()

    assert set(second.reasons) == {"members.alice"}
    assert "flapping" not in second.notes
    assert set(third.reasons) == {"members.alice"}
    assert third.change("members.alice")["actions"] == ["create"]
    assert ("flapping", "members.alice") in third.all_notes
    assert third.note("flapping") == (
        "alice was invited twice in the last 7 days and is gone again: "
        "mallory takes it back"
    )
    assert third.code == Exit.DONE
    assert project.apply().code == Exit.DONE
    assert set(invited(world)) == {"alice"}


def test_t80_without_an_audit_log_it_is_somebody_else(
    world: World, acme: Begin
) -> None:
    world.policy.audit_log = False
    project = acme(members=ALICE)
    for _ in range(2):
        come_and_go(world, project)

    shown = project.run("plan").out

    assert (
        "alice was invited twice in the last 7 days and is gone again: "
        "somebody else, or another tool, takes it back\n"
    ) in shown
    assert (
        "find out who does, or take it out of the files, before this is applied again\n"
    ) in shown


def test_t80_what_is_a_week_ago_is_no_flapping(world: World, acme: Begin) -> None:
    project = acme(members=ALICE)
    for _ in range(3):
        come_and_go(world, project, days=4)

    assert "flapping" not in project.plan().notes


def test_t80_without_the_state_nothing_is_remembered(world: World, acme: Begin) -> None:
    project = acme(members=ALICE)
    for _ in range(2):
        come_and_go(world, project)
    project.forget()

    assert "flapping" not in project.plan().notes


def test_t80_where_people_are_members_at_once_they_were_added(
    world: World, acme: Begin
) -> None:
    world.policy.profile = Profile.SERVER
    world.policy.audit_log = False
    project = acme(members=ALICE)
    for _ in range(2):
        assert project.apply().code == Exit.DONE
        memberships.remove_membership(world, world.actor("mallory"), "alice")

    assert (
        project.plan()
        .note("flapping")
        .startswith("alice was added twice in the last 7 days and is gone again: ")
    )


def test_t39_somebody_who_is_put_back_after_each_removal(
    world: World, acme: Begin
) -> None:
    setup = world.add_member("acme_admin", OrgRole.ADMIN)
    join(world, "alice")
    project = acme(
        members=BOT | {"mallory": "admin", "acme_admin": "admin"},
        settings="[safety]\nmin_admins = 1",
    )
    reappeared = []
    for _ in range(2):
        assert project.apply().code == Exit.DONE
        world.advance(timedelta(hours=3))
        world.enter(world.known("alice"), OrgRole.MEMBER, by=setup.id)
        reappeared.append(project.plan())

    first, second = reappeared
    assert "flapping" not in first.notes
    assert second.reasons == {"members.alice": "remove"}
    assert second.note("flapping") == (
        "alice was removed twice in the last 7 days and is there again: "
        "acme_admin takes it back"
    )
    assert roles_in(world)["alice"] == "member"


def test_t80_a_role_that_is_set_back_counts_and_another_one_does_not(
    world: World, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("ops", "alice")
    project = acme(
        members=ALICE, teams='[teams.ops]\nmaintainers = ["alice"]\nmembers = []\n'
    )
    team = world.team("ops")
    assert team is not None
    mallory = world.actor("mallory")
    for _ in range(2):
        assert project.apply().code == Exit.DONE
        teams.put_member(world, mallory, team, "alice", TeamRole.MEMBER)

    again = project.plan()
    project.teams('[teams.ops]\nmaintainers = []\nmembers = ["alice"]\n')
    project.apply()
    teams.put_member(world, mallory, team, "alice", TeamRole.MAINTAINER)
    other = project.plan()

    assert again.reasons == {"teams.ops.members.alice": "change_role"}
    assert again.note("flapping") == (
        "alice in ops was changed twice in the last 7 days and is different again: "
        "mallory takes it back"
    )
    assert other.reasons == {"teams.ops.members.alice": "change_role"}
    assert "flapping" not in other.notes


def test_t80_files_that_go_back_and_forth_accuse_nobody(
    world: World, acme: Begin
) -> None:
    join(world, "alice")
    project = acme(members=ALICE)
    line = 'bot = "admin"\nmallory = "admin"\n{}'
    steps = [*["admin", "member"] * 3, *[None, "member"] * 3]
    for role in steps:
        project.members(line.format("" if role is None else f'alice = "{role}"'))
        planned = project.plan()
        assert "members.alice" in planned.reasons
        assert "flapping" not in planned.notes
        assert project.apply().code == Exit.DONE
        world.advance(timedelta(hours=1))
        if role == "member" and "alice" in invited(world):
            world.accept("alice")


def test_t80_what_others_take_back_counts_from_our_own_last_change_of_mind(
    world: World, acme: Begin
) -> None:
    join(world, "alice")
    project = acme(members=ALICE)
    promoting = 'bot = "admin"\nmallory = "admin"\nalice = "admin"'
    told = []
    for role in ("admin", "member", "admin", "admin", "admin"):
        project.members(promoting.replace('alice = "admin"', f'alice = "{role}"'))
        told.append("flapping" in project.plan().notes)
        assert project.apply().code == Exit.DONE
        world.advance(timedelta(hours=1))
        if role == "admin" and len(told) > 2:
            mallory = world.actor("mallory")
            memberships.set_membership(world, mallory, "alice", OrgRole.MEMBER)

    assert told == [False, False, False, False, True]


def test_t80_another_setting_of_the_same_team_is_no_change_of_mind(
    world: World, acme: Begin
) -> None:
    world.add_team("ops")
    text = '[teams.ops]\ndescription = "ours"\n'
    project = acme(members=BOT | {"mallory": "admin"}, teams=text)
    team = world.team("ops")
    assert team is not None
    told = []
    for privacy in ("", 'privacy = "secret"\n', ""):
        project.teams(text)
        told.append("flapping" in project.plan().notes)
        assert project.apply().code == Exit.DONE
        project.teams(text + privacy)
        assert project.apply().code == Exit.DONE
        theirs = TeamFields(description="theirs")
        teams.edit(world, world.actor("mallory"), team, theirs)

    assert told == [False, False, True]


def test_t80_many_of_them_are_one_warning(world: World, acme: Begin) -> None:
    crowd = [f"person-{number:02}" for number in range(12)]
    join(world, *crowd)
    world.add_team("ops", *crowd)
    everybody = BOT | {"mallory": "admin"} | dict.fromkeys(crowd, "member")
    names = ", ".join(f'"{each}"' for each in crowd)
    project = acme(members=everybody, teams=f"[teams.ops]\nmembers = [{names}]\n")
    team = world.team("ops")
    assert team is not None
    for _ in range(3):
        assert project.apply().code == Exit.DONE
        for login in crowd:
            teams.remove_member(world, world.actor("mallory"), team, login)

    planned = project.plan()

    assert len(planned.reasons) == len(crowd)
    assert planned.note("flapping") == (
        "12 changes were made twice or more in the last 7 days and have to be made "
        "again (person-00 in ops, person-01 in ops, person-02 in ops and others): "
        "somebody else, or another tool, takes them back"
    )


def test_t78_an_address_is_remembered_without_being_kept(
    world: World, acme: Begin
) -> None:
    project = acme(members=BOT | {"mallory": "admin", "new@acme.example": "member"})
    for _ in range(2):
        assert project.apply().code == Exit.DONE
        world.cancel("new@acme.example", by="mallory")
        project.refresh()

    planned = project.plan()

    assert planned.note("flapping").startswith("new@acme.example was invited twice")
    assert b"new@acme.example" not in (project.state or b"")
