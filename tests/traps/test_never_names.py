"""People who never get anything, and have another name by now."""

from ghstate.cli.exits import Exit
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import BOT, Begin, calls, join

NEVER = '[manage]\nnever = ["mallory"]'
NAMED = BOT | {"mallory": "member"}
RENAMED = BOT | {"malory2": "member"}


def test_t22_who_never_gets_anything_gets_nothing_under_a_new_name(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "mallory")
    project = acme(members=NAMED, settings=NEVER)
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["DELETE memberships/mallory"]
    world.rename("mallory", "malory2")
    project.members('bot = "admin"\nmalory2 = "member"')
    project.teams('[teams.sre]\nmembers = ["malory2"]')

    planned = project.plan()

    assert planned.reasons == {"teams.sre": "create"}
    assert planned.all_notes >= {
        ("never", "members.malory2"),
        ("never", "teams.sre.members.malory2"),
    }
    [note] = [
        each
        for each in planned.document["notes"]
        if each["address"] == "members.malory2"
    ]
    assert note["summary"] == (
        "malory2 is not to be in the organization, whatever the files say"
    )
    assert note["hint"] == "this is mallory, whom `never` in the settings has"
    assert (note["file"], note["line"]) == ("members.toml", 3)


def test_t22_a_member_in_never_who_is_renamed_is_removed_all_the_same(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "mallory")
    project = acme(members=NAMED)
    assert project.refresh().code == Exit.DONE
    world.rename("mallory", "malory2")
    project.settings(NEVER)
    project.members('bot = "admin"\nmalory2 = "member"')

    assert project.apply().code == Exit.DONE

    assert calls(sandbox) == ["DELETE memberships/malory2"]


def test_t22_never_is_remembered_where_no_file_names_the_person(
    world: World, acme: Begin
) -> None:
    join(world, "mallory")
    project = acme(members=BOT, settings=NEVER)
    assert project.apply().code == Exit.DONE
    assert project.refresh().code == Exit.DONE
    world.rename("mallory", "malory2")
    project.members('bot = "admin"\nmalory2 = "member"')

    assert project.plan().reasons == {}


def test_t23_a_stranger_under_the_name_in_never_is_kept_out_as_written(
    world: World, acme: Begin
) -> None:
    world.add_member("mallory", OrgRole.MEMBER)
    project = acme(members=NAMED)
    assert project.refresh().code == Exit.DONE
    world.rename("mallory", "malory2")
    world.add_account("mallory")
    project.settings(NEVER)
    project.members('bot = "admin"\nmallory = "member"\nmalory2 = "member"')

    assert project.plan().reasons == {"members.malory2": "remove"}
