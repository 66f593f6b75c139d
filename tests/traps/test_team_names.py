"""Names and slugs: renames, special characters, a slug in other hands."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import Begin, calls, join, parent_of, people_of, sent

RENAMED = """\
[teams.platform-eng]
name = "Platform Eng"
previously = ["platform"]
members = ["alice"]
"""


@pytest.fixture
def platform(world: World) -> World:
    join(world, "alice")
    world.add_team("Platform", "alice")
    return world


# T44


def test_t44_a_rename_is_one_call_and_the_team_stays_what_it_is(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    before = platform.team("platform")
    project = acme(teams=RENAMED)

    planned = project.plan()

    assert planned.reasons == {"teams.platform-eng": "rename"}
    assert planned.change("teams.platform-eng")["actions"] == ["update"]
    assert project.apply().code == Exit.DONE
    assert sent(sandbox) == [("PATCH teams/platform", {"name": "Platform Eng"})]
    assert platform.team("platform-eng") is before
    assert people_of(platform, "platform-eng") == {"alice": "member"}
    assert project.is_at_rest()


def test_t44_a_rename_takes_other_changes_and_people_along(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(platform, "bob")
    platform.add_team("child", parent="platform")
    project = acme(
        teams=RENAMED.replace('["alice"]', '["bob"]') + 'description = "New words"\n'
    )

    assert project.plan().reasons == {
        "teams.platform-eng": "rename",
        "teams.platform-eng.members.alice": "remove",
        "teams.platform-eng.members.bob": "add",
    }
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == [
        "PATCH teams/platform",
        "PATCH teams/platform-eng",
        "PUT teams/platform-eng/memberships/bob",
        "DELETE teams/platform-eng/memberships/alice",
    ]
    assert parent_of(platform, "child") == "platform-eng"
    assert project.is_at_rest()


def test_t44_another_name_without_another_key_is_an_error_and_no_deletion(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.platform]\nname = "Platform Eng"')

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.ERROR, {})
    assert ("slug-mismatch", "teams.platform") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []


def test_t44_another_spelling_of_the_name_changes_nothing_but_the_name(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.platform]\nname = "PLATFORM"')

    assert project.plan().reasons == {"teams.platform": "update"}
    assert project.apply().code == Exit.DONE
    assert sent(sandbox) == [("PATCH teams/platform", {"name": "PLATFORM"})]
    assert project.is_at_rest()


def test_t44_a_former_slug_that_is_gone_has_no_effect(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("Platform Eng", "alice")
    project = acme(teams=RENAMED)

    assert project.plan("--detailed-exitcode").code == Exit.DONE
    assert project.is_at_rest()


def test_t44_both_slugs_in_use_is_an_error_and_neither_team_is_touched(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    platform.add_team("Platform Eng")
    project = acme(teams=RENAMED.replace('members = ["alice"]\n', ""))

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.ERROR, {})
    assert ("rename-unclear", "teams.platform-eng") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []


def test_t44_a_chain_of_renames_is_made_from_its_end(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "bob")
    world.add_team("a", "alice")
    world.add_team("b", "bob")
    project = acme(teams='[teams.b]\npreviously = ["a"]\n[teams.c]\npreviously = ["b"]')

    assert project.plan().reasons == {"teams.b": "rename", "teams.c": "rename"}
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["PATCH teams/b", "PATCH teams/a"]
    assert people_of(world, "b") == {"alice": "member"}
    assert people_of(world, "c") == {"bob": "member"}
    assert project.is_at_rest()


def test_t44_teams_that_swap_their_names_are_not_passed_over_in_silence(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    """Done by way of a temporary name, or an error: the files ask for something."""
    join(world, "alice", "bob")
    world.add_team("a", "alice")
    world.add_team("b", "bob")
    project = acme(teams='[teams.a]\npreviously = ["b"]\n[teams.b]\npreviously = ["a"]')

    planned = project.plan()
    applied = project.apply()

    renamed = planned.reasons == {"teams.a": "rename", "teams.b": "rename"}
    refused = "rename-unclear" in planned.notes
    assert renamed or refused
    assert applied.code == (Exit.DONE if renamed else Exit.IN_PART)
    assert people_of(world, "a") == {"bob" if renamed else "alice": "member"}
    assert people_of(world, "b") == {"alice" if renamed else "bob": "member"}


# T45


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("my-team-name", "My TEam Näme"),
        ("monkeys-bananas", "Monkeys & Bananas"),
        ("foo-bar-baz", "foo/bar@baz"),
        ("under_score", "under_score"),
        ("k8s-io-admins", "k8s.io-admins"),
    ],
)
def test_t45_a_team_may_be_called_what_it_likes(
    world: World, sandbox: Sandbox, acme: Begin, slug: str, name: str
) -> None:
    join(world, "alice")
    project = acme(teams=f'[teams.{slug}]\nname = "{name}"\nmembers = ["alice"]')

    assert project.apply().code == Exit.DONE

    assert people_of(world, slug) == {"alice": "member"}
    assert project.is_at_rest()


def test_t45_an_existing_team_is_addressed_by_the_slug_that_github_gave_it(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    """GitHub's rule has changed over the years; no rule is asked about it."""
    join(world, "alice")
    world.add_team("foo/bar@baz", slug="bar-baz")
    project = acme(teams='[teams.bar-baz]\nname = "foo/bar@baz"\nmembers = ["alice"]')

    assert project.plan().reasons == {"teams.bar-baz.members.alice": "add"}
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["PUT teams/bar-baz/memberships/alice"]
    assert project.is_at_rest()


def test_t45_two_names_that_would_give_one_slug_cannot_both_be_written(
    sandbox: Sandbox, acme: Begin
) -> None:
    """The key is the slug; another key is told that its name does not give it."""
    project = acme(teams='[teams.a-b]\nname = "A & B"\n[teams.ab]\nname = "A B"')

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert planned.reasons == {"teams.a-b": "create"}
    assert ("slug-mismatch", "teams.ab") in planned.all_notes


def test_t45_a_new_team_that_gets_another_slug_is_a_failure_that_names_it(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    answer = {"id": 4711, "name": "platform", "slug": "platform-2", "parent": None}
    sandbox.conditions.script(
        Fault(Reply(201, answer), method="POST", path="/orgs/acme/teams")
    )
    project = acme(teams='[teams.platform]\nmembers = ["alice"]')

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "GitHub gave the new team the slug platform-2, not platform" in applied.out
    assert "[teams.platform-2]" in applied.out
    assert calls(sandbox) == ["POST teams"]


# T46


def test_t46_a_strange_team_under_a_known_slug_is_never_taken_over(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams.platform]\nmembers = ["alice"]')
    assert project.apply().code == Exit.DONE
    gone = platform.team("platform")
    assert gone is not None
    del platform.teams[gone.id]
    join(platform, "mallory")
    stranger = platform.add_team("Platform", "mallory")
    sandbox.history.clear()

    planned = project.plan()
    applied = project.apply()

    assert planned.code == Exit.ERROR
    assert planned.reasons == {}
    assert planned.all_notes == {("team-changed", "teams.platform")}
    assert f"platform is another team ({stranger.id})" in planned.note("team-changed")
    assert (applied.code, calls(sandbox)) == (Exit.IN_PART, [])


def test_t46_a_strange_team_is_managed_once_a_reader_has_said_so(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    files = '[teams.platform]\nmembers = ["alice"]'
    project = acme(teams=files)
    project.apply()
    gone = platform.team("platform")
    assert gone is not None
    del platform.teams[gone.id]
    platform.add_team("Platform")

    project.teams("")
    assert project.apply().code == Exit.DONE
    project.teams(files)

    assert project.plan().reasons == {"teams.platform.members.alice": "add"}


def test_t44_a_team_renamed_on_github_is_neither_created_again_nor_deleted(
    platform: World, sandbox: Sandbox, acme: Begin
) -> None:
    files = '[teams.platform]\nmembers = ["alice"]'
    project = acme(teams=files, settings='[manage]\nteams = "all"')
    assert project.apply().code == Exit.DONE
    team = platform.team("platform")
    assert team is not None
    team.name, team.slug = "Platform Eng", "platform-eng"
    sandbox.history.clear()

    planned = project.plan()

    assert planned.reasons == {}
    assert planned.all_notes == {("team-renamed", "teams.platform")}
    project.teams(files + '\npreviously = ["platform-eng"]')
    assert project.plan().reasons == {"teams.platform": "rename"}
    project.teams(files.replace("platform", "platform-eng"))
    assert project.is_at_rest()


def test_t46_a_team_that_was_deleted_and_made_again_after_the_plan_is_not_doubled(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    """The name is taken when the call comes: a failure, and nobody is put in."""
    join(world, "alice", "mallory")

    def squat(world: World) -> None:
        world.add_team("sre", "mallory")

    sandbox.conditions.script(
        Fault(Meanwhile(squat), method="POST", path="/orgs/acme/teams")
    )
    project = acme(teams='[teams.sre]\nmembers = ["alice"]')

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "Name must be unique for this org" in applied.out
    assert calls(sandbox) == ["POST teams"]
    assert people_of(world, "sre") == {"mallory": "member"}
