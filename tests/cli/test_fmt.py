"""`ghstate fmt`, as one runs it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.cli.replacing import Replacement, replace_files
from ghstate.config.limits import MAX_FILE
from ghstate.errors import FilesError, UsageError
from ghstate.sandbox.running import Sandbox
from ghstate.store.disk import LocalDisk
from tests.journey import Project

UNTIDY = '[members]\nbob="member"\nada="admin" # founder\n'
TIDY = '[members]\nada = "admin"  # founder\nbob = "member"\n'


@pytest.fixture
def here(tmp_path: Path, sandbox: Sandbox) -> Project:
    """A project with one file in order."""
    made = Project(tmp_path / "project", sandbox)
    made.write("ghstate.toml", '[github]\norganization = "acme"\n')
    made.write("tidy.toml", "[teams.ops]\nmembers = []\n")
    return made


def contents(project: Project) -> Mapping[str, bytes]:
    paths = (path for path in project.directory.rglob("*") if path.is_file())
    return {str(p.relative_to(project.directory)): p.read_bytes() for p in paths}


def test_files_are_put_in_order_and_named(here: Project) -> None:
    here.write("people/members.toml", UNTIDY)

    ran = here.run("fmt")

    assert (ran.code, ran.out) == (Exit.DONE, "people/members.toml\n")
    assert ran.err == "1 of 3 files put in order\n"
    assert contents(here)["people/members.toml"] == TIDY.encode()
    again = here.run("fmt")
    assert (again.code, again.out, again.err) == (0, "", "3 files are in order\n")


def test_a_pipeline_is_told_which_files_differ(here: Project) -> None:
    here.write("b.toml", UNTIDY)
    here.write("a.toml", "[groups]\n\n\n")
    before = contents(here)

    ran = here.run("fmt", "--check")

    assert (ran.code, ran.out) == (Exit.ERROR, "a.toml\nb.toml\n")
    assert ran.err == "2 of 4 files would change\n"
    assert contents(here) == before
    assert here.run("fmt").code == Exit.DONE
    assert here.run("fmt", "--check").code == Exit.DONE


def test_the_difference_is_shown_and_nothing_written(here: Project) -> None:
    here.write("members.toml", UNTIDY.removesuffix("\n"))
    before = contents(here)

    ran = here.run("fmt", "--diff")

    assert ran.code == Exit.ERROR
    assert ran.out == (
        "--- a/members.toml\n"
        "+++ b/members.toml\n"
        "@@ -1,3 +1,3 @@\n"
        " [members]\n"
        '-bob="member"\n'
        '-ada="admin" # founder (without a line break)\n'
        '+ada = "admin"  # founder\n'
        '+bob = "member"\n'
    )
    assert contents(here) == before
    coloured = here.run("fmt", "--diff", "--check", "--color", "always").out
    assert '\x1b[32m+bob = "member"\x1b[0m' in coloured


def test_a_difference_of_thousands_of_lines_is_one_piece(here: Project) -> None:
    head = [f"# {n}" for n in range(5)]
    people = [f'p{n:04} = "member"' for n in range(3000)]
    tail = ["", "[teams.a]", "members = []", "", "[teams.b]"]
    lines = [*head, "[members]", *reversed(people), *tail]
    here.write("members.toml", "\n".join(lines) + "\n")

    shown = here.run("fmt", "--diff").out.splitlines()

    assert shown[2] == "@@ -4,3006 +4,3006 @@"
    assert shown[3:6] == [" # 3", " # 4", " [members]"]
    assert shown[6:3006] == [f"-{line}" for line in reversed(people)]
    assert shown[3006:6006] == [f"+{line}" for line in people]
    assert shown[6006:] == [" ", " [teams.a]", " members = []"]


def test_a_comment_cannot_command_the_terminal_or_the_runner(here: Project) -> None:
    here.write(
        "members.toml", "#\u202e\u009b31m\n   ::error::x = 1\n".replace("::", "")
    )
    here.write("a.toml", "a=1 \n#\u202e\u009b31m ##[error]\n")

    shown = here.run("fmt", "--diff").out

    assert "\\u202e\\x9b31m ##\\x5berror]" in shown


@pytest.mark.parametrize("flags", [[], ["--check"], ["--diff"], ["--renames"]])
def test_mistakes_in_the_toml_are_told_and_nothing_is_written(
    here: Project, flags: list[str]
) -> None:
    here.write("a.toml", "[members\n")
    here.write("b.toml", "x = \n")
    here.write("c.toml", UNTIDY)
    before = contents(here)

    ran = here.run("fmt", *flags)

    assert (ran.code, ran.out) == (Exit.ERROR, "")
    assert 'a.toml:1:9: expected "]" after the name of the table' in ran.err
    assert "b.toml:1:5: this is no TOML value" in ran.err
    assert "2 problems in the files" in ran.err
    assert contents(here) == before


def test_files_are_formatted_while_what_they_say_is_still_wrong(here: Project) -> None:
    here.write("members.toml", '[members]\nbob="owner"\n')

    assert here.run("validate").code == Exit.ERROR
    assert here.run("fmt").out == "members.toml\n"


def test_the_settings_are_laid_out_but_not_reordered(here: Project) -> None:
    here.write(
        "ghstate.toml", "[safety]\nmin_admins=2\n[github]\norganization='acme'\n"
    )

    assert here.run("fmt").out == "ghstate.toml\n"
    assert contents(here)["ghstate.toml"].decode() == (
        '[safety]\nmin_admins = 2\n\n[github]\norganization = "acme"\n'
    )


def test_only_files_that_the_settings_name_are_formatted(here: Project) -> None:
    here.write("ghstate.toml", '[project]\nfiles = ["in/*.toml"]\n')
    for name in ("in/a.toml", "out.toml", "ghstate.lock.toml", "in/.hidden.toml"):
        here.write(name, UNTIDY)

    assert here.run("fmt").out == "in/a.toml\n"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[project]\nfiles = ['../*.toml']\n", "leads out of the project"),
        ("[project]\nfiles = 1\n", '"files" must be a list of globs'),
        ("[project\n", 'expected "]" after the name of the table'),
    ],
)
def test_settings_that_do_not_tell_the_files_are_an_error(
    here: Project, settings: str, words: str
) -> None:
    here.write("ghstate.toml", settings)

    ran = here.run("fmt")

    assert ran.code == Exit.ERROR
    assert words in ran.err


def test_without_a_project_the_way_to_one_is_told(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    ran = Project(tmp_path, sandbox).run("fmt")

    assert ran.code == Exit.ERROR
    assert "ghstate init" in ran.err


def test_bytes_that_make_no_difference_are_put_in_order_too(here: Project) -> None:
    path = here.directory / "members.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TIDY.encode())
    assert here.run("fmt").out == "members.toml\n"
    assert path.read_bytes() == TIDY.encode()

    path.write_bytes(TIDY.replace("\n", "\r\n").encode())
    assert here.run("fmt").out == ""


def test_a_file_that_would_grow_too_large_is_told_and_nothing_written(
    here: Project,
) -> None:
    people = ",".join(f"'p{n}'" for n in range(100_000))
    here.write("a.toml", f"[teams.a]\nmembers=[{people}]\n")
    here.write("b.toml", UNTIDY)
    before = contents(here)

    ran = here.run("fmt")

    assert ran.code == Exit.ERROR
    assert "a.toml:1:1: formatted, this file would be larger than" in ran.err
    assert contents(here) == before


@pytest.mark.parametrize("name", ["ghstate.toml", "people.toml"])
def test_a_file_that_is_too_large_already_is_told(here: Project, name: str) -> None:
    here.write(name, "#" * (MAX_FILE + 1))

    ran = here.run("fmt")

    assert ran.code == Exit.ERROR
    assert f"{name}:1:1: this file is larger than 1,024 KiB" in ran.err


def test_more_files_than_a_project_may_have_are_told(
    here: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghstate.config.discover.MAX_TOTAL", 3)

    ran = here.run("fmt")

    assert ran.code == Exit.ERROR
    assert "tidy.toml:1:1: with this file the project has more than" in ran.err


def test_the_settings_are_no_file_of_people_by_another_name(here: Project) -> None:
    (here.directory / "ghstate.toml").rename(here.directory / "settings.toml")
    (here.directory / "ghstate.toml").symlink_to("settings.toml")
    here.write("settings.toml", "[safety]\n[github]\norganization='acme'\n")

    assert here.run("fmt").out == "ghstate.toml\n"
    assert contents(here)["settings.toml"].startswith(b"[safety]\n\n[github]")


def test_the_files_together_must_not_grow_beyond_the_limits(
    here: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = ",".join(f"'person-{n}'" for n in range(9))
    here.write("a.toml", f"[teams.a]\nmembers=[{people}]\n")
    monkeypatch.setattr("ghstate.config.discover.MAX_TOTAL", 160)

    ran = here.run("fmt")

    assert ran.code == Exit.ERROR
    assert "with this file the project has more than" in ran.err


# Writing --------------------------------------------------------------------------


def test_a_file_keeps_its_mode(here: Project) -> None:
    here.write("members.toml", UNTIDY)
    path = here.directory / "members.toml"
    path.chmod(0o640)

    assert here.run("fmt").code == Exit.DONE
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_in_the_project_stays_a_link(here: Project) -> None:
    here.write(".shared/people.toml", UNTIDY)
    (here.directory / "members.toml").symlink_to(".shared/people.toml")

    assert here.run("fmt").out == "members.toml\n"
    assert (here.directory / "members.toml").is_symlink()
    assert contents(here)[".shared/people.toml"] == TIDY.encode()


@pytest.mark.parametrize("name", ["members.toml", "ghstate.toml"])
def test_a_link_out_of_the_project_is_an_error(
    here: Project, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside.toml"
    outside.write_text(UNTIDY)
    (here.directory / name).unlink(missing_ok=True)
    (here.directory / name).symlink_to(outside)

    ran = here.run("fmt")

    assert (ran.code, ran.out) == (Exit.ERROR, "")
    assert f"{name}:1:1: this symbolic link leads out of the project" in ran.err
    assert outside.read_text() == UNTIDY


def test_a_file_that_is_read_only_stops_all_of_it(here: Project) -> None:
    here.write("a.toml", UNTIDY)
    here.write("b.toml", UNTIDY.replace("members", "groups"))
    (here.directory / "b.toml").chmod(0o444)
    before = contents(here)

    ran = here.run("fmt")

    assert (ran.code, ran.out) == (Exit.ERROR, "")
    assert "b.toml:1:1: this file is read-only; no file was written" in ran.err
    assert contents(here) == before
    assert here.run("fmt", "--check").out == "a.toml\nb.toml\n"


class FaultyDisk(LocalDisk):
    """A disk on which the call number *fails* to `write` or `rename` goes wrong."""

    def __init__(self, call: str, fails: int) -> None:
        self._call = call
        self._left = fails

    def _count(self, call: str) -> None:
        if call == self._call:
            self._left -= 1
            if self._left == 0:
                raise OSError(28, "No space left on device")

    def write(self, fd: int, content: memoryview) -> int:
        self._count("write")
        return super().write(fd, content)

    def rename(self, old: Path, new: Path) -> None:
        self._count("rename")
        super().rename(old, new)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Replacement]]:
    """Three files to be written; at the end nothing else lies beside them."""
    for name in "abc":
        (tmp_path / name).write_bytes(b"before")
    yield [Replacement(n, tmp_path / n, b"before", b"after") for n in "abc"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def told(three: list[Replacement]) -> list[bytes]:
    return [each.path.read_bytes() for each in three]


def test_all_files_are_written(three: list[Replacement]) -> None:
    replace_files(three)
    assert told(three) == [b"after"] * 3


@pytest.mark.parametrize("number", [1, 2, 3])
def test_where_one_file_cannot_be_written_none_is(
    three: list[Replacement], number: int
) -> None:
    with pytest.raises(FilesError) as error:
        replace_files(three, disk=FaultyDisk("write", number))

    [problem] = error.value.problems
    assert problem.file == "abc"[number - 1]
    assert problem.message == "this cannot be written: no space left on device"
    assert problem.hint == "no file was written"
    assert told(three) == [b"before"] * 3


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (1, "written: none; left as they were: a, b, c"),
        (2, "written: a; left as they were: b, c"),
        (3, "written: a, b; left as they were: c"),
    ],
)
def test_when_the_last_step_fails_it_is_told_which_are_written(
    three: list[Replacement], number: int, hint: str
) -> None:
    with pytest.raises(UsageError) as error:
        replace_files(three, disk=FaultyDisk("rename", number))

    assert error.value.hint == hint
    assert told(three) == [b"after"] * (number - 1) + [b"before"] * (4 - number)


def test_a_file_that_somebody_changes_meanwhile_is_not_overwritten(
    three: list[Replacement],
) -> None:
    three[1].path.write_bytes(b"from somebody else")

    with pytest.raises(FilesError) as error:
        replace_files(three)

    [problem] = error.value.problems
    assert problem.message == "somebody else has changed this file just now"
    assert told(three) == [b"before", b"from somebody else", b"before"]


def test_a_file_that_vanishes_meanwhile_is_told(three: list[Replacement]) -> None:
    class Vanishing(LocalDisk):
        def fsync(self, fd: int) -> None:
            three[1].path.unlink(missing_ok=True)

    with pytest.raises(FilesError) as error:
        replace_files(three, disk=Vanishing())

    assert {problem.file for problem in error.value.problems} == {"b"}
    three[1].path.write_bytes(b"before")


def test_a_file_that_is_gone_meanwhile_is_told(tmp_path: Path) -> None:
    gone = Replacement("gone", tmp_path / "gone", b"before", b"after")

    with pytest.raises(FilesError) as error:
        replace_files([gone])

    [problem] = error.value.problems
    assert problem.message == "this cannot be written: no such file or directory"


def test_fmt_loads_nothing_that_it_can_do_without() -> None:
    program = "import sys, ghstate.cli.formatting; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=dict(os.environ),
    )
    slow = {"asyncio", "aiohttp", "gql", "tomlkit"}
    assert slow.isdisjoint(done.stdout.split())


# Renames --------------------------------------------------------------------------


def test_t22_new_logins_are_written_into_the_files(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.settings(
        '[manage]\nignore = ["svc-*", "bob"]\n\n[safety]\nprotected = ["BOB", "ada"]'
    )
    acme.members('ada = "admin"\n# the first one\nbob = "member" # since 2019')
    acme.teams('[teams.ops]\nmembers = [{ login = "Bob" }]\nmaintainers = ["cyd"]\n')
    acme.members('ada = "admin"\n# once bob\nbob = "member"  # bob\ncyd = "member"')
    acme.refresh()
    acme.run("sandbox", "rename", "bob", "Zrobert")
    acme.refresh()

    checked = acme.run("fmt", "--renames", "--check")
    ran = acme.run("fmt", "--renames")

    assert checked.code == Exit.ERROR
    assert ran.code == Exit.DONE
    assert checked.out == ran.out == "ghstate.toml\nmembers.toml\nteams.toml\n"
    assert "members.toml: bob is called Zrobert on GitHub now, written in 1 place" in (
        ran.err
    )
    assert "ghstate.toml: bob is called Zrobert on GitHub now, written in 2 places" in (
        ran.err
    )
    files = contents(acme)
    assert files["members.toml"].decode() == (
        '[members]\nada = "admin"\ncyd = "member"\n'
        '# once bob\nZrobert = "member"  # bob\n'
    )
    assert b'members = [{ login = "Zrobert" }]' in files["teams.toml"]
    assert b'ignore = ["svc-*", "Zrobert"]' in files["ghstate.toml"]
    assert b'protected = ["Zrobert", "ada"]' in files["ghstate.toml"]
    assert "renamed" not in acme.plan().notes
    assert acme.run("fmt", "--renames").out == ""


def test_without_renames_former_logins_stay(acme: Project) -> None:
    acme.refresh()
    acme.run("sandbox", "rename", "bob", "robert")
    acme.refresh()
    acme.run("fmt")

    assert b"bob" in contents(acme)["members.toml"]


def test_t22_where_both_logins_stand_in_the_files_it_is_told(acme: Project) -> None:
    acme.refresh()
    acme.run("sandbox", "rename", "bob", "robert")
    acme.refresh()
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\nrobert = "member"')
    before = contents(acme)["members.toml"]

    ran = acme.run("fmt", "--renames")

    assert ran.code == Exit.DONE
    assert "members.toml:3:1: bob is called robert on GitHub now" in ran.err
    assert "delete bob" in ran.err
    assert contents(acme)["members.toml"] == before


def test_t23_a_login_that_changed_hands_is_told_once_and_left(acme: Project) -> None:
    acme.settings('[safety]\nprotected = ["bob"]')
    acme.refresh()
    acme.run("sandbox", "rename", "bob", "robert")
    acme.run("sandbox", "rename", "cyd", "bob")
    acme.refresh()

    ran = acme.run("fmt", "--renames")

    assert ran.code == Exit.DONE
    assert ran.err.count("the login bob belongs to account") == 1
    assert b"bob" in contents(acme)["members.toml"]
    assert b"robert" not in contents(acme)["members.toml"]


def test_who_was_renamed_is_known_only_after_a_read(acme: Project) -> None:
    ran = acme.run("fmt", "--renames")

    assert ran.code == Exit.ERROR
    assert "ghstate refresh" in ran.err


def test_renames_in_one_organization_are_not_written_for_another(
    acme: Project,
) -> None:
    acme.refresh()
    acme.write("ghstate.toml", '[github]\norganization = "other"\n')

    ran = acme.run("fmt", "--renames")

    assert ran.code == Exit.ERROR
    assert "the snapshot is of acme, and the settings name other" in ran.err
