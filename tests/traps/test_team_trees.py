"""Teams above and below each other: privacy, moves, cycles, and what goes with whom."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.records import Privacy
from ghstate.sandbox.replies import complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import (
    Begin,
    calls,
    join,
    parent_of,
    people_of,
    sent,
)


@pytest.fixture
def family(world: World) -> World:
    """`eng` is above `web` and `ops`; each has a person."""
    join(world, "alice", "wendy", "oscar")
    world.add_team("eng", "alice")
    world.add_team("web", "wendy", parent="eng")
    world.add_team("ops", "oscar", parent="eng")
    return world


# T43


@pytest.mark.parametrize(
    ("teams", "said"),
    [
        (
            '[teams.eng]\n[teams.sec]\nprivacy = "secret"\nparent = "eng"',
            "teams.toml:4:10: a secret team cannot have a parent",
        ),
        (
            '[teams.sec]\nprivacy = "secret"\n[teams.web]\nparent = "sec"',
            'teams.toml:4:10: "sec" is secret, and a secret team cannot be a parent',
        ),
    ],
    ids=["a secret child", "a secret parent"],
)
def test_t43_a_secret_team_in_a_tree_is_an_error_without_asking_github(
    sandbox: Sandbox, acme: Begin, teams: str, said: str
) -> None:
    project = acme(teams=teams)

    ran = project.run("validate")

    assert ran.code == Exit.ERROR
    assert said in ran.err
    assert project.plan().code == Exit.ERROR
    assert len(sandbox.history) == 0


def test_t43_a_team_is_taken_out_of_the_tree_before_it_is_made_secret(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.ops]\nprivacy = "secret"\nparent = ""')

    assert project.plan().reasons == {"teams.ops": "update"}
    assert project.apply().code == Exit.DONE
    assert sent(sandbox) == [
        ("PATCH teams/ops", {"parent_team_id": None}),
        ("PATCH teams/ops", {"privacy": "secret"}),
    ]
    assert project.is_at_rest()


def test_t43_a_secret_team_is_opened_before_it_is_put_into_the_tree(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    eng = family.team("eng")
    assert eng is not None
    family.add_team("sec", privacy=Privacy.SECRET)
    project = acme(teams='[teams.sec]\nprivacy = "closed"\nparent = "eng"')

    assert project.apply().code == Exit.DONE
    assert sent(sandbox) == [
        ("PATCH teams/sec", {"privacy": "closed"}),
        ("PATCH teams/sec", {"parent_team_id": eng.id}),
    ]
    assert project.is_at_rest()


def test_t43_a_parent_becomes_secret_after_its_children_have_moved_out(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(
        teams='[teams.eng]\nprivacy = "secret"\n'
        '[teams.ops]\nparent = ""\n[teams.web]\nparent = ""'
    )

    assert project.apply().code == Exit.DONE
    assert sent(sandbox) == [
        ("PATCH teams/ops", {"parent_team_id": None}),
        ("PATCH teams/web", {"parent_team_id": None}),
        ("PATCH teams/eng", {"privacy": "secret"}),
    ]
    assert project.is_at_rest()


def test_t43_a_parent_with_a_child_that_nobody_moves_does_not_become_secret(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(
        teams='[teams.eng]\nprivacy = "secret"\n[teams.ops]\ndescription = "On call"'
    )

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert planned.reasons == {"teams.ops": "update"}
    assert ("secret-team-nested", "teams.eng") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == ["PATCH teams/ops"]


# T47


def test_t47_a_parent_is_not_deleted_while_a_child_would_go_with_it(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.eng]\nabsent = true\n[teams.web]\nparent = ""')

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert planned.reasons == {"teams.web": "update"}
    assert ("team-has-children", "teams.eng") in planned.all_notes
    assert planned.note("team-has-children") == (
        "eng is not deleted: GitHub would delete ops with it"
    )

    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == ["PATCH teams/web"]
    assert people_of(family, "ops") == {"oscar": "member"}
    assert family.team("eng") is not None


def test_t47_children_that_stay_move_before_their_parent_goes(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(
        teams='[teams.eng]\nabsent = true\n[teams.ops]\nparent = ""\n'
        '[teams.web]\nparent = ""'
    )

    assert project.plan().reasons == {
        "teams.eng": "delete",
        "teams.ops": "update",
        "teams.web": "update",
    }
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == [
        "PATCH teams/ops",
        "PATCH teams/web",
        "DELETE teams/eng",
    ]
    assert people_of(family, "web") == {"wendy": "member"}
    assert (parent_of(family, "web"), parent_of(family, "ops")) == (None, None)
    assert project.is_at_rest()


def test_t47_a_whole_family_goes_from_the_bottom_up(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(family, "dora")
    family.add_team("deep", "dora", parent="web")
    gone = "".join(
        f"[teams.{t}]\nabsent = true\n" for t in ("eng", "web", "ops", "deep")
    )
    project = acme(teams=gone)

    assert project.plan().code == Exit.REFUSED
    assert project.apply("--allow-removals", "8").code == Exit.DONE

    assert calls(sandbox) == [
        "DELETE teams/deep",
        "DELETE teams/ops",
        "DELETE teams/web",
        "DELETE teams/eng",
    ]
    assert project.is_at_rest()


def test_t47_a_child_further_down_is_protected_as_well(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    family.add_team("deep", parent="web")
    project = acme(
        teams="[teams.eng]\nabsent = true\n[teams.web]\nabsent = true\n"
        '[teams.ops]\nparent = ""'
    )

    planned = project.plan()

    assert planned.reasons == {"teams.ops": "update"}
    assert planned.all_notes >= {
        ("team-has-children", "teams.eng"),
        ("team-has-children", "teams.web"),
    }
    assert project.apply().code == Exit.IN_PART
    assert family.team("deep") is not None


def test_t47_when_a_child_cannot_be_moved_its_parent_is_not_deleted(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    """The children that were to be deleted with it go all the same."""
    sandbox.conditions.script(
        Fault(complaint(422, "No."), method="PATCH", path="/orgs/acme/teams/web")
    )
    project = acme(
        teams="[teams.eng]\nabsent = true\n[teams.ops]\nabsent = true\n"
        '[teams.web]\nparent = ""'
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert calls(sandbox) == ["PATCH teams/web", "DELETE teams/ops"]
    assert parent_of(family, "web") == "eng"
    assert project.apply().code == Exit.DONE
    assert {team.slug for team in family.teams.values()} == {"web"}


def test_t47_teams_that_swap_places_never_stand_in_a_circle(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.web]\nparent = ""\n[teams.eng]\nparent = "web"')

    assert project.apply().code == Exit.DONE

    assert calls(sandbox) == ["PATCH teams/web", "PATCH teams/eng"]
    assert (parent_of(family, "eng"), parent_of(family, "web")) == ("web", None)
    assert project.is_at_rest()


def test_t47_a_circle_in_the_files_is_an_error_without_asking_github(
    sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(
        teams='[teams.a]\nparent = "c"\n[teams.b]\nparent = "a"\n'
        '[teams.c]\nparent = "b"'
    )

    ran = project.run("validate")

    assert ran.code == Exit.ERROR
    assert "this team is above itself: a → c → b → a" in ran.err
    assert len(sandbox.history) == 0


def test_t47_a_circle_with_teams_that_are_only_on_github_is_an_error_too(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.eng]\nparent = "web"')

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.ERROR, {})
    assert ("team-cycle", "teams.eng") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []


def test_t47_a_new_parent_is_created_before_its_new_child(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(
        teams='[teams.apple]\nparent = "zebra"\n[teams.zebra]\nparent = "moose"\n'
        "[teams.moose]"
    )

    assert project.apply().code == Exit.DONE

    made = [body["name"] for call, body in sent(sandbox) if call == "POST teams"]
    assert made == ["moose", "zebra", "apple"]
    assert parent_of(world, "apple") == "zebra"
    assert project.is_at_rest()


# T48


def test_t48_a_child_that_an_app_creates_is_put_under_its_parent_afterwards(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    eng = family.team("eng")
    assert eng is not None
    family.policy.app_children_keep_parent = False
    project = acme(
        teams='[teams.qa]\nparent = "eng"\nmembers = ["alice"]', token="sandbox-app"
    )

    assert project.plan().reasons == {
        "teams.qa": "create",
        "teams.qa.members.alice": "add",
    }
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == [
        "POST teams",
        "PATCH teams/qa",
        "PUT teams/qa/memberships/alice",
    ]
    assert sent(sandbox)[1][1] == {"parent_team_id": eng.id}
    assert parent_of(family, "qa") == "eng"
    assert project.is_at_rest()


# T52


def test_t52_people_of_a_child_team_are_not_people_of_its_parent(
    family: World, acme: Begin
) -> None:
    project = acme(
        teams='[teams.eng]\nmembers = ["alice"]\n[teams.web]\nmembers = ["wendy"]\n'
        '[teams.ops]\nmembers = ["oscar"]'
    )

    assert project.plan("--detailed-exitcode").code == Exit.DONE
    assert project.is_at_rest()


def test_t52_somebody_in_the_child_can_be_put_into_the_parent_and_taken_out(
    family: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.eng]\nmembers = ["alice", "wendy"]')
    assert project.plan().reasons == {"teams.eng.members.wendy": "add"}
    assert project.apply().code == Exit.DONE
    assert people_of(family, "eng").keys() == {"alice", "wendy"}

    project.teams('[teams.eng]\nmembers = ["alice"]')
    assert project.plan().reasons == {"teams.eng.members.wendy": "remove"}
    assert project.apply().code == Exit.DONE
    assert people_of(family, "eng").keys() == {"alice"}
    assert people_of(family, "web").keys() == {"wendy"}
    assert project.is_at_rest()
