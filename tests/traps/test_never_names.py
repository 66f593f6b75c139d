"""People who never get anything, and have another name by now."""

from ghstate.cli.exits import Exit
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
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
    assert note["hint"] == (
        'this is mallory: `never` in the settings has "mallory" (ghstate.toml:8)'
    )
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


def noted(project: Project, code: str) -> list[tuple[str, str, str]]:
    """Every note with *code*: what it is about, its words, and what to do."""
    return [
        (each["address"], each["summary"], each.get("hint", ""))
        for each in project.plan().document["notes"]
        if each["code"] == code
    ]


def test_a_note_says_which_entry_of_the_settings_it_is_and_where(
    world: World, acme: Begin
) -> None:
    join(world, "carol")
    project = acme(
        members=BOT | {"carol": "member"},
        settings='[manage]\nnever = [\n  "mallory",\n  "group:leavers",\n]',
    )
    project.write("groups.toml", '[groups.leavers]\nany = ["carol"]\n')
    assert noted(project, "never") == [
        (
            "members.carol",
            "carol is not to be in the organization, whatever the files say",
            (
                '`never` in the settings has "group:leavers" (ghstate.toml:10), '
                "which names them"
            ),
        )
    ]


def test_ignore_goes_over_never_and_that_is_said(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "mallory")
    project = acme(
        members=NAMED,
        settings='[manage]\nignore = ["mal*"]\nnever = ["mallory"]',
    )
    assert project.plan().reasons == {}
    assert noted(project, "never") == []
    assert noted(project, "ignored") == [
        (
            "members.mallory",
            (
                "mallory is ignored by the settings, and so left alone, "
                "although `never` has them"
            ),
            "take them out of ignore if they are to go",
        )
    ]


def test_t22_the_new_name_of_somebody_in_never_is_told_and_written(
    world: World, acme: Begin
) -> None:
    join(world, "mallory")
    project = acme(members=NAMED)
    assert project.refresh().code == Exit.DONE
    world.rename("mallory", "malory2")
    project.settings(NEVER)
    project.members('bot = "admin"')

    assert noted(project, "renamed") == [
        (
            "members.mallory",
            (
                "mallory, who never gets anything, is called malory2 on GitHub now, "
                "and gets nothing under that name"
            ),
            (
                "write malory2 under never in ghstate.toml, "
                "or let `ghstate fmt --renames` do it"
            ),
        )
    ]
    assert project.run("fmt", "--renames").code == Exit.DONE
    assert 'never = ["malory2"]' in (project.directory / "ghstate.toml").read_text()


STAFF = '[groups.staff]\nany = ["bot", "robert"]\nexcept = ["bob"]\n'


def test_t22_the_new_name_of_somebody_in_except_is_told_and_written(
    world: World, acme: Begin
) -> None:
    join(world, "bob")
    project = acme(members=BOT | {"bob": "member"})
    assert project.refresh().code == Exit.DONE
    world.rename("bob", "robert")
    project.members('bot = "admin"\n"group:staff" = "member"')
    project.write("groups.toml", STAFF)

    planned = project.plan()

    [note] = [each for each in planned.document["notes"] if each["code"] == "renamed"]
    assert note["summary"] == "bob is called robert on GitHub now"
    assert note["hint"] == (
        "write robert instead of bob, or let `ghstate fmt --renames` do it"
    )
    assert (note["file"], note["line"]) == ("groups.toml", 3)
    assert project.run("fmt", "--renames").code == Exit.DONE
    text = (project.directory / "groups.toml").read_text("utf-8")
    assert 'except = ["robert"]' in text
    assert project.plan().reasons == {"members.robert": "remove"}


def test_two_names_of_one_person_in_one_list_are_left_to_a_reader(
    world: World, acme: Begin
) -> None:
    join(world, "bob")
    project = acme(members=BOT | {"bob": "member"})
    assert project.refresh().code == Exit.DONE
    world.rename("bob", "robert")
    project.members('bot = "admin"\n"group:staff" = "member"')
    text = STAFF.replace('["bob"]', '["bob", "robert"]')
    project.write("groups.toml", text)
    assert project.refresh().code == Exit.DONE

    ran = project.run("fmt", "--renames")

    assert "bob is called robert on GitHub now" in ran.err
    assert (project.directory / "groups.toml").read_text("utf-8") == text


def test_t23_who_took_over_a_login_in_except_is_told(world: World, acme: Begin) -> None:
    join(world, "bob")
    project = acme(members=BOT | {"bob": "member"})
    assert project.refresh().code == Exit.DONE
    world.rename("bob", "robert")
    world.add_member("bob")
    project.members('bot = "admin"\n"group:staff" = "member"')
    project.write("groups.toml", STAFF)
    [note] = [
        each
        for each in project.plan().document["notes"]
        if each["code"] == "identity-changed"
    ]
    assert (note["severity"], note["file"]) == ("warning", "groups.toml")


# Addresses ----------------------------------------------------------------------

TWO = "two@acme.example"


def test_an_invitation_to_an_address_in_never_is_cancelled(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(members=BOT | {TWO: "member"})
    assert project.apply().code == Exit.DONE
    world.invite("other@acme.example")
    project.settings(f'[manage]\nnever = ["{TWO}"]')

    planned = project.plan()

    assert list(planned.reasons.values()) == ["cancel_invitation"]
    assert planned.note("unlisted-email").startswith("1 person was invited")
    assert project.apply().code == Exit.DONE
    assert len(world.invitations) == 1


def test_an_invitation_to_the_address_of_somebody_in_never_is_cancelled(
    world: World, acme: Begin
) -> None:
    world.add_account("new")
    project = acme(members=BOT | {TWO: "member"})
    assert project.apply().code == Exit.DONE
    project.members(f'bot = "admin"\nnew = {{ role = "member", email = "{TWO}" }}')
    project.settings('[manage]\nnever = ["new"]')
    assert list(project.plan().reasons.values()) == ["cancel_invitation"]


def test_the_address_of_somebody_in_never_is_not_invited(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "new")
    project = acme(
        members=f'bot = "admin"\nnew = {{ role = "member", email = "{TWO}" }}'
    )
    assert project.apply().code == Exit.DONE
    project.members(f'bot = "admin"\n"{TWO}" = "member"')
    project.settings('[manage]\nnever = ["new"]')
    assert project.plan().reasons == {"members.new": "remove"}


def test_an_address_in_except_that_is_known_to_be_somebodys_is_told(
    world: World, acme: Begin
) -> None:
    join(world, "new")
    project = acme(
        members=f'bot = "admin"\nnew = {{ role = "member", email = "{TWO}" }}'
    )
    assert project.apply().code == Exit.DONE
    project.members('bot = "admin"\n"group:staff" = "member"')
    project.write("groups.toml", f'[groups.staff]\nany = ["new"]\nexcept = ["{TWO}"]\n')
    assert noted(project, "email-accepted") == [
        (
            f'members."{TWO}"',
            f"{TWO} is new on GitHub",
            "write new instead of the address",
        )
    ]


def test_an_address_that_may_be_anybodys_keeps_nobody_in_never(
    world: World, acme: Begin
) -> None:
    join(world, "mallory", "dora")
    project = acme(members=BOT | {TWO: "member"}, settings=NEVER)
    assert project.run("refresh").code == Exit.DONE
    planned = project.plan()
    assert planned.reasons["members.mallory"] == "remove"
