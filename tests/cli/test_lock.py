"""`lock`: who is who, and who was invited, for runs that keep no state."""

from __future__ import annotations

import os
import stat
from unittest.mock import patch

from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox
from tests.journey import Project

EVERYBODY = 'ada = "admin"\nbob = "member"\ncyd = "member"\n'


def lock_of(acme: Project) -> str:
    return (acme.directory / "ghstate.lock.toml").read_text("utf-8")


def test_everybody_of_the_files_is_written_with_their_account(acme: Project) -> None:
    acme.members(EVERYBODY + 'eve = "member"\n"New.Hire@acme.example" = "member"')
    acme.apply()

    ran = acme.run("lock")

    assert ran.code == Exit.DONE
    assert ran.out == (
        "ghstate.lock.toml · 5 people\n\n"
        "Managed\n  + members\n  + team members\n\nPeople\n"
        "  + ada                    account 1002\n"
        "  + bob                    account 1003\n"
        "  + cyd                    account 1004\n"
        "  + eve                    account 1000, invited once\n"
        "  + New.Hire@acme.example  invited once\n"
        "\nWritten: 5 added, 2 newly managed; commit it\n"
    )
    assert lock_of(acme).partition("}\n")[2] == (
        'managed = ["members", "team members"]\n\n'
        "[people]\nada = 1002\nbob = 1003\ncyd = 1004\n"
        "eve = { id = 1000, invited = [1006] }\n"
        '"New.Hire@acme.example" = { invited = [1007] }\n'
    )


def test_what_is_up_to_date_is_not_touched(acme: Project) -> None:
    acme.run("lock")
    before = (acme.directory / "ghstate.lock.toml").stat()

    ran = acme.run("lock")

    assert ran.out == "ghstate.lock.toml · 3 people\n\nUp to date.\n"
    after = (acme.directory / "ghstate.lock.toml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_pipeline_checks_it_and_writes_nothing(acme: Project) -> None:
    missing = acme.run("lock", "--check")
    acme.run("lock")
    current = acme.run("lock", "--check")
    written = lock_of(acme)
    acme.members('ada = "admin"\nbob = "member"')
    behind = acme.run("lock", "--check")

    assert (missing.code, current.code, behind.code) == (
        Exit.ERROR,
        Exit.DONE,
        Exit.ERROR,
    )
    assert behind.out.endswith("  - cyd  account 1004\n\nWould change: 1 removed\n")
    assert behind.err.endswith("run `ghstate lock`, and commit it\n")
    assert lock_of(acme) == written


def test_line_breaks_of_another_system_are_no_difference(acme: Project) -> None:
    acme.run("lock")
    path = acme.directory / "ghstate.lock.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert acme.run("lock", "--check").code == Exit.DONE


def test_only_lock_ever_writes_it(acme: Project) -> None:
    acme.members(EVERYBODY + 'eve = "member"')
    acme.plan()
    acme.apply()
    acme.refresh()
    acme.run("invites")

    assert not (acme.directory / "ghstate.lock.toml").exists()


def test_a_plan_says_who_is_missing_in_it(acme: Project) -> None:
    acme.run("lock")
    acme.members(EVERYBODY + 'eve = "member"')

    planned = acme.plan()

    assert planned.note("not-locked") == "ghstate.lock.toml does not have eve"


def test_t22_what_it_has_is_known_where_no_state_survives(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.run("lock")
    acme.forget()
    sandbox.world.rename("bob", "robert")

    planned = acme.plan()

    assert planned.reasons == {}
    assert planned.all_notes == {("renamed", "members.bob")}


def test_invitations_are_counted_where_no_state_survives(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.settings("[invitations]\nmax_reinvites = 2")
    acme.members(EVERYBODY + 'eve = "member"')
    for _ in range(2):
        acme.apply()
        acme.run("lock")
        acme.forget()
        sandbox.world.decline("eve")

    planned = acme.plan()

    assert planned.reasons == {}
    assert planned.notes["invitation-given-up"] == "members.eve"


def test_it_is_as_readable_as_the_settings_and_keeps_its_mode(acme: Project) -> None:
    path = acme.directory / "ghstate.lock.toml"
    (acme.directory / "ghstate.toml").chmod(0o640)
    acme.run("lock")
    new = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o600)
    acme.members('ada = "admin"\nbob = "member"')
    acme.run("lock")

    assert new == 0o640
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {each.name for each in acme.directory.iterdir()} == {
        ".ghstate",
        "ghstate.lock.toml",
        "ghstate.toml",
        "members.toml",
        "teams.toml",
    }


def test_a_link_inside_the_project_is_followed(acme: Project) -> None:
    (acme.directory / "kept").mkdir()
    path = acme.directory / "ghstate.lock.toml"
    acme.run("lock")
    path.rename(acme.directory / "kept" / "lock")
    path.symlink_to("kept/lock")
    acme.members('ada = "admin"\nbob = "member"')

    ran = acme.run("lock")

    assert ran.code == Exit.DONE
    assert path.is_symlink()
    assert "cyd" not in lock_of(acme)


def test_accounts_that_are_not_known_are_told(acme: Project) -> None:
    acme.members(EVERYBODY + 'nobody-here = "member"')

    ran = acme.run("lock")

    assert ran.code == Exit.DONE
    assert "1 login is not on GitHub, so it is not in it: nobody-here\n" in ran.err
    assert "nobody-here" not in lock_of(acme)


def test_of_whom_nobody_has_asked_yet_nothing_is_said_of_github(acme: Project) -> None:
    acme.refresh()
    acme.members(EVERYBODY + 'eve = "member"\nfay = "member"')

    ran = acme.run("lock", "--no-refresh")

    words = "2 logins are not known yet, so they are not in it: eve, fay"
    assert f"warning: {words}\n  leave --no-refresh out\n" in ran.err


def test_an_apply_says_when_the_lock_file_is_behind_it(acme: Project) -> None:
    acme.members(EVERYBODY + 'eve = "member"')
    without = acme.apply()
    acme.run("lock")
    same = acme.apply()
    acme.members(EVERYBODY + 'eve = "member"\nfay = "member"')
    behind = acme.apply()
    acme.run("lock")
    renewed = acme.run("invites", "renew", "eve", "--auto-approve")
    changed = acme.run("lock")

    reminder = "run `ghstate lock`, and commit it\n"
    assert reminder not in without.err + same.err
    assert behind.err.endswith(reminder)
    assert renewed.err.endswith(reminder)
    assert "  ~ eve  invited once → invited twice, 1 forgiven\n" in changed.out


def test_without_a_network_the_last_read_is_locked(acme: Project) -> None:
    acme.refresh()
    acme.token = None
    acme.environ["GITHUB_API_URL"] = "http://127.0.0.1:9"

    assert acme.run("lock", "--no-refresh").code == Exit.DONE
    assert "ada = 1002" in lock_of(acme)


def test_without_a_snapshot_the_way_to_one_is_told(acme: Project) -> None:
    ran = acme.run("lock", "--no-refresh")

    assert ran.code == Exit.ERROR
    assert "ghstate refresh" in ran.err


def test_a_file_that_cannot_be_written_is_told_and_left_whole(acme: Project) -> None:
    acme.run("lock")
    before = lock_of(acme)
    acme.members('ada = "admin"\nbob = "member"')

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    with patch("ghstate.cli.locking.LocalDisk.rename", full):
        ran = acme.run("lock", "--no-refresh")

    assert ran.code == Exit.ERROR
    assert "this cannot be written: no space left on device" in ran.err
    assert lock_of(acme) == before
    assert not [e for e in acme.directory.iterdir() if e.name.endswith(".tmp")]
