"""What each command does, seen from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ghstate import __version__
from ghstate.cli.exits import Exit
from ghstate.ports import Holder
from ghstate.sandbox.running import Sandbox
from ghstate.store.file import FileStore
from tests.build import NOW
from tests.journey import Project, Ran, project


def program(*arguments: str) -> Ran:
    """`python -m ghstate` in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "ghstate", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("flags", [["--version"], ["-V"], ["--color=never", "-V"]])
def test_the_version_is_told_with_and_without_the_short_way(flags: list[str]) -> None:
    assert program(*flags) == Ran(0, f"ghstate {__version__}\n", "")


def test_help_is_one_screen_and_names_every_command() -> None:
    shown = program("--help")

    assert shown.code == 0
    assert len(shown.out.splitlines()) <= 40
    for command in [
        "init",
        "import",
        "validate",
        "refresh",
        "plan",
        "apply",
        "show",
        "state",
    ]:
        assert f"  {command}" in shown.out


def test_a_project_begins_and_imports_and_plans_nothing(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    here = Project(tmp_path, sandbox)

    assert here.run("init", "acme").code == 0
    begun = {path.name for path in tmp_path.iterdir()}
    assert here.plan().document["resource_changes"] == []
    assert here.run("import").code == 0
    assert here.plan("--detailed-exitcode").code == 0
    assert "ghstate.toml" in begun
    assert ".gitignore" in begun
    assert {"members.toml", "teams.toml"} <= {path.name for path in tmp_path.iterdir()}


def test_where_no_project_can_be_written_the_way_out_is_told(tmp_path: Path) -> None:
    """As root may write anywhere, here a file is in the way of the directory."""
    place = tmp_path / "here"
    place.touch()

    ran = program("-C", str(place), "init", "acme")

    assert ran.code == Exit.ERROR
    assert ran.err == (
        f"error: {place}: this cannot be written: file exists\n"
        "  let this user write there, or take another directory with -C\n"
    )


def test_the_words_of_a_warning_are_yellow_and_its_hint_is_not(acme: Project) -> None:
    with FileStore(acme.state_file).lock(
        Holder(id="b41c", operation="apply", who="ada@here", pid=1, since=NOW)
    ):
        ran = acme.run("--color", "always", "force-unlock", "b41c")

    warning, hint = ran.err.splitlines()[-2:]
    assert warning.startswith("\x1b[33mwarning: if that run is still alive, ")
    assert warning.endswith("\x1b[0m")
    assert hint == "  be sure that it is over before anything is applied"


def test_nothing_is_ever_written_over(acme: Project) -> None:
    before = {path: path.read_bytes() for path in acme.directory.glob("*.toml")}

    assert acme.run("init", "acme").code == Exit.ERROR
    assert acme.run("import").code == Exit.ERROR
    assert acme.run("import", "--out", str(acme.directory)).code == Exit.ERROR
    assert {path: path.read_bytes() for path in before} == before


def test_an_import_can_go_to_the_terminal_or_elsewhere(
    acme: Project, tmp_path: Path
) -> None:
    shown = acme.run("import", "--out", "-")
    acme.run("import", "--out", str(tmp_path / "elsewhere"))

    assert '[teams.ops]\ndescription = "Keeps the lights on"' in shown.out
    assert (tmp_path / "elsewhere" / "members.toml").read_text() in shown.out


def test_a_refresh_prints_what_it_read_and_what_that_took(acme: Project) -> None:
    ran = acme.refresh()

    assert ran.code == 0
    assert ran.out == ""
    assert "acme: 3 people, 1 team · read with 4 requests and 1 point" in (ran.err)


def test_validate_counts_and_needs_neither_token_nor_network(acme: Project) -> None:
    acme.token = None
    acme.environ["GITHUB_API_URL"] = "http://127.0.0.1:9"

    ran = acme.run("validate")

    assert ran == Ran(
        0, "", "2 files in order: 3 people, 1 team, 1 team membership declared\n"
    )


def test_an_empty_project_plans_nothing_and_says_so(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    ran = project(tmp_path, sandbox).run("plan")

    assert ran.code == 0
    assert "The files ask for nothing" in ran.out


def test_the_snapshot_is_shown_for_people_and_for_programs(acme: Project) -> None:
    acme.refresh()

    people = acme.run("show").out
    program = json.loads(acme.run("show", "--json").out)

    assert "acme · 3 people (1 owner), 1 team" in people
    resources = program["values"]["root_module"]["resources"]
    assert [each["address"] for each in resources] == (
        acme.run("state", "list").out.splitlines()
    )


def test_one_thing_of_the_snapshot_is_shown_by_its_address(acme: Project) -> None:
    acme.refresh()

    assert 'username = "bob"' in acme.run("state", "show", "members.BOB").out
    missing = acme.run("state", "show", "members.nobody")
    assert (missing.code, missing.out) == (Exit.ERROR, "")
    assert "state list" in missing.err
    assert acme.run("state", "show", "not an address").code == Exit.ERROR


@pytest.mark.parametrize("command", [["show"], ["state", "list"], ["plan"]])
def test_without_a_snapshot_the_way_to_one_is_told(
    acme: Project, command: list[str]
) -> None:
    offline = ["--no-refresh"] if command == ["plan"] else []

    ran = acme.run(*command, *offline)

    assert ran.code == Exit.ERROR
    assert "ghstate refresh" in ran.err


def test_a_fresh_snapshot_is_not_read_again(acme: Project, sandbox: Sandbox) -> None:
    acme.settings('[state]\nmax_age = "1h"')
    acme.refresh()
    asked = len(sandbox.history)

    acme.plan()

    assert len(sandbox.history) == asked


def test_a_new_login_in_the_files_is_looked_up_at_once(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.settings('[state]\nmax_age = "1h"')
    acme.refresh()
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\nbbo = "member"')

    assert acme.plan("--no-refresh").notes == {"unresolved-login": "members.bbo"}
    assert acme.plan().notes == {"unknown-login": "members.bbo"}
    # What GitHub has said is known without a network, too.
    assert acme.plan("--no-refresh").notes == {"unknown-login": "members.bbo"}


def test_one_organizations_files_are_never_planned_on_anothers_snapshot(
    acme: Project,
) -> None:
    acme.refresh()
    acme.write("ghstate.toml", '[github]\norganization = "other"\n')

    ran = acme.run("plan", "--no-refresh")

    assert ran.code == Exit.ERROR
    assert "the snapshot is of acme, and the settings name other" in ran.err


def test_standard_output_is_the_document_and_nothing_else(acme: Project) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')

    ran = acme.run("plan", "--format", "json", "--refresh")

    assert json.loads(ran.out)["summary"]["update"] == 1
    assert ran.err != ""


def test_the_same_inputs_give_the_same_bytes(acme: Project) -> None:
    acme.members('ada = "admin"\nbob = "admin"\neve = "member"')
    acme.refresh()

    def printed() -> dict[str, object]:
        document: dict[str, object] = json.loads(
            acme.run("plan", "--json", "--no-refresh").out
        )
        document.pop("timestamp")
        return document

    assert json.dumps(printed()) == json.dumps(printed())


def test_the_directory_may_stand_before_the_command_or_after_it(acme: Project) -> None:
    acme.refresh()

    after = acme.run("show", "-C", str(acme.directory))

    assert after.out == acme.run("show").out


def test_colour_comes_only_when_it_is_asked_for(acme: Project) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')
    acme.refresh()

    plain = acme.run("plan", "--no-refresh").out
    coloured = acme.run("plan", "--no-refresh", "--color", "always").out

    assert "\x1b" not in plain
    assert "\x1b[33m~\x1b[0m" in coloured


def test_people_in_the_sandbox_act_by_commands(acme: Project, sandbox: Sandbox) -> None:
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\neve = "member"')
    acme.apply()

    accepted = acme.run("sandbox", "accept", "eve")
    renamed = acme.run("sandbox", "rename", "bob", "robert")
    left = acme.run("sandbox", "leave", "cyd")

    assert (accepted.code, renamed.code, left.code) == (0, 0, 0)
    assert accepted.out == "eve accepted the invitation and is in\n"
    assert "3 people" in acme.run("sandbox", "status").out
    planned = acme.plan()
    assert planned.reasons == {"members.cyd": "invite"}
    assert planned.notes == {"renamed": "members.bob", "was-member": "members.cyd"}


def test_an_invitation_by_mail_is_accepted_with_any_account(acme: Project) -> None:
    acme.members('ada = "admin"\nbob = "member"\n"new@acme.example" = "member"')
    assert acme.apply().code == Exit.DONE

    ran = acme.run("sandbox", "accept", "new@acme.example", "--as", "octo")

    assert ran.out == "octo accepted the invitation and is in\n"
    assert acme.plan().notes["email-unclear"] == 'members."new@acme.example"'


def test_only_an_address_is_accepted_as_somebody(acme: Project) -> None:
    ran = acme.run("sandbox", "accept", "eve", "--as", "octo")
    assert ran.code == Exit.ERROR
    assert "only an invitation to an address needs it" in ran.err


def test_without_a_sandbox_the_way_to_one_is_told(acme: Project) -> None:
    acme.environ["GITHUB_API_URL"] = "http://127.0.0.1:9"

    ran = acme.run("sandbox", "accept", "eve")

    assert ran.code == Exit.ERROR
    assert "ghstate sandbox" in ran.err


def test_what_acts_in_the_sandbox_never_talks_to_github(acme: Project) -> None:
    acme.environ["GITHUB_API_URL"] = "https://api.github.com"

    ran = acme.run("sandbox", "leave", "ada")

    assert ran.code == Exit.ERROR
    assert "is no sandbox" in ran.err
