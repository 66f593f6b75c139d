"""Which files belong to a project, and how they become one document."""

from __future__ import annotations

import gc
import hashlib
import os
from pathlib import Path

import pytest

from ghstate.config.project import find_project, load
from ghstate.errors import UsageError
from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.member import Member
from tests.config.writing import SETTINGS, loaded, problems_of, told, write

PEOPLE = '[members]\nada = "admin"\n'


def names(root: Path) -> list[str]:
    return [file.name for file in load(root).files]


# Which directory.


def test_the_project_is_where_the_settings_are(tmp_path: Path) -> None:
    write(tmp_path, {"teams/deep/a.toml": ""})
    assert find_project(tmp_path) == tmp_path.resolve()
    assert find_project(tmp_path / "teams" / "deep") == tmp_path.resolve()


def test_the_nearest_project_counts(tmp_path: Path) -> None:
    write(tmp_path, {"inner/ghstate.toml": SETTINGS, "inner/a/b.toml": ""})
    inner = (tmp_path / "inner").resolve()
    assert find_project(tmp_path / "inner" / "a") == inner


def test_without_settings_there_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no ghstate\.toml in .* or above"):
        find_project(tmp_path)


# Which files.


def test_every_toml_file_counts_but_those_that_are_for_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "members.toml": PEOPLE,
            "teams/a.toml": "",
            "teams/sub/b.toml": "",
            "sub/ghstate.lock.toml": "not = [toml",
            "pyproject.toml": "not = [toml",
            "sub/pyproject.toml": "not = [toml",
            "notes.txt": "not = [toml",
            ".hidden.toml": "not = [toml",
            ".git/config.toml": "not = [toml",
            "other/ghstate.toml": "not = [toml",
            "other/deep/members.toml": "not = [toml",
        },
    )
    assert names(tmp_path) == ["members.toml", "teams/a.toml", "teams/sub/b.toml"]


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("**/*.toml", ["a.toml", "deep/er/c.toml", "deep/b.toml"]),
        ("*.toml", ["a.toml"]),
        ("deep/*.toml", ["deep/b.toml"]),
        ("deep/**", ["deep/er/c.toml", "deep/b.toml", "deep/d.conf"]),
        ("deep/**/*.toml", ["deep/er/c.toml", "deep/b.toml"]),
        ("**/er/*", ["deep/er/c.toml"]),
        ("**/**/c.toml", ["deep/er/c.toml"]),
        ("d??p/[ab].toml", ["deep/b.toml"]),
        ("**/d.conf", ["deep/d.conf"]),
        ("nothing/*.toml", []),
    ],
)
def test_globs_say_which_files_belong(
    tmp_path: Path, glob: str, expected: list[str]
) -> None:
    settings = f'{SETTINGS}[project]\nfiles = ["{glob}"]\n'
    files = dict.fromkeys(
        ("a.toml", "deep/b.toml", "deep/er/c.toml", "deep/d.conf"), ""
    )
    write(tmp_path, {"ghstate.toml": settings, **files})
    assert sorted(names(tmp_path)) == sorted(expected)


def test_a_file_that_two_globs_mean_is_read_once(tmp_path: Path) -> None:
    settings = f'{SETTINGS}[project]\nfiles = ["*.toml", "m*"]\n'
    write(tmp_path, {"ghstate.toml": settings, "members.toml": PEOPLE})
    assert names(tmp_path) == ["members.toml"]


def test_files_are_told_by_their_hashes(tmp_path: Path) -> None:
    (file,) = loaded(tmp_path, PEOPLE).files
    assert file.name == "people.toml"
    assert file.text == PEOPLE
    assert file.sha256 == hashlib.sha256(PEOPLE.encode()).hexdigest()


# Links and what cannot be read.


def test_t79_a_link_that_leads_out_is_refused_and_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_text("password = [hunter2\n")
    root = write(tmp_path / "project", {})
    (root / "people.toml").symlink_to(secret)
    (root / "teams").symlink_to(tmp_path)
    found = problems_of(root)
    assert told(*found) == [
        f"{name}:1:1: this symbolic link leads out of the project;"
        " move what it leads to into the project, or remove the link"
        for name in ("people.toml", "teams")
    ]
    assert "hunter2" not in repr(found)


def test_t79_settings_behind_a_link_that_leads_out_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password = [hunter2\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "ghstate.toml").symlink_to("../secret")
    found = problems_of(root)
    assert [problem.file for problem in found] == ["ghstate.toml"]
    assert "hunter2" not in repr(found)


def test_a_link_that_no_glob_means_may_lead_anywhere(tmp_path: Path) -> None:
    root = write(tmp_path / "project", {"people.toml": PEOPLE})
    (root / "notes.txt").symlink_to(tmp_path)
    (root / "python").symlink_to("/bin/sh")
    settings = f'{SETTINGS}[project]\nfiles = ["*.toml"]\n'
    (root / "ghstate.toml").write_text(settings)
    assert names(root) == ["people.toml"]


def test_a_link_to_something_that_is_no_file_of_ours_may_lead_anywhere(
    tmp_path: Path,
) -> None:
    root = write(tmp_path / "project", {"people.toml": PEOPLE})
    (root / "python").symlink_to("/bin/sh")
    (root / "notes.txt").symlink_to(tmp_path / "nowhere")
    assert names(root) == ["people.toml"]


def test_a_file_goes_by_its_own_name_however_deep_it_is(tmp_path: Path) -> None:
    root = write(tmp_path, {"z/deep/people.toml": PEOPLE})
    (root / "a.toml").symlink_to("z/deep/people.toml")
    (root / "b").symlink_to("z/deep")
    assert names(root) == ["z/deep/people.toml"]


def test_directories_may_be_as_deep_as_can_be(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    ways = [root.joinpath(*"d" * depth) for depth in range(1, 1050)]
    for way in ways:
        way.mkdir()
    try:
        assert problems_of(root) == ()
    finally:
        for way in reversed(ways):
            way.rmdir()  # by hand, because shutil gives up on so many


@pytest.mark.parametrize("hidden", ["\x1b[31m", "\u202e", "\n", "\udcff"])
def test_a_file_whose_name_cannot_be_shown_is_refused(
    tmp_path: Path, hidden: str
) -> None:
    root = write(tmp_path, {"teams/a.toml": ""})
    (root / "teams" / f"b{hidden}.toml").write_text("")
    (problem,) = problems_of(root)
    assert problem.message == "this name has characters in it that nobody can see"
    assert problem.file.isprintable()


def test_a_link_that_stays_in_the_project_is_followed_once(tmp_path: Path) -> None:
    root = write(tmp_path, {"people.toml": PEOPLE, ".kept/teams.toml": "[teams.a]\n"})
    (root / "again.toml").symlink_to("people.toml")
    (root / "here").symlink_to(".")
    (root / "teams.toml").symlink_to(".kept/teams.toml")
    assert names(root) == ["people.toml", "teams.toml"]


def test_a_link_that_leads_nowhere_or_in_circles_is_a_problem(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    (root / "a.toml").symlink_to("nowhere.toml")
    (root / "b.toml").symlink_to("b.toml")
    assert told(*problems_of(root)) == [
        "a.toml:1:1: this cannot be read: no such file or directory",
        "b.toml:1:1: this cannot be read: too many levels of symbolic links",
    ]


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    os.mkfifo(root / "pipe.toml")
    assert told(*problems_of(root)) == [
        "pipe.toml:1:1: this is not a file that can be read"
    ]


def test_a_directory_may_be_called_like_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"people.toml/ada.toml": PEOPLE})
    assert names(tmp_path) == ["people.toml/ada.toml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    root = write(tmp_path, {"people.toml": PEOPLE, "teams/a.toml": ""})
    (root / "people.toml").chmod(0)
    (root / "teams").chmod(0)
    found = problems_of(root)
    (root / "teams").chmod(0o700)
    assert told(*found) == [
        "people.toml:1:1: this cannot be read: permission denied",
        "teams:1:1: this cannot be read: permission denied",
    ]


def test_a_directory_that_goes_away_meanwhile_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path, {"people.toml": PEOPLE, "teams/a.toml": ""})
    scandir = os.scandir

    def gone(directory: Path) -> object:
        if directory.name == "teams":
            raise FileNotFoundError(2, "No such file or directory")
        return scandir(directory)

    monkeypatch.setattr(os, "scandir", gone)
    assert told(*problems_of(root)) == [
        "teams:1:1: this cannot be read: no such file or directory"
    ]


def test_settings_that_are_no_file_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ghstate.toml")
    assert told(*problems_of(tmp_path)) == [
        "ghstate.toml:1:1: this is not a file that can be read"
    ]


# Encodings.


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    (root / "people.toml").write_bytes(b"\xef\xbb\xbf[members]\nada = 'owner'\n")
    (problem,) = problems_of(root)
    assert (problem.line, problem.column) == (2, 7)


def test_what_is_not_utf_8_is_told_by_line_and_column(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    (root / "people.toml").write_bytes("# ä\n# öö ".encode() + b"\xff\n")
    assert told(*problems_of(root)) == [
        (
            "people.toml:2:6: this is not UTF-8;"
            " save the file in the encoding that TOML asks for, UTF-8"
        )
    ]


def test_utf_16_is_not_utf_8(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    (root / "people.toml").write_bytes(PEOPLE.encode("utf-16"))
    (problem,) = problems_of(root)
    assert problem.message == "this is not UTF-8"


# One document.


def test_all_files_are_one_document(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "a.toml": '[members]\nada = "admin"\n[teams.ops]\nmembers = ["bob"]\n',
            "b.toml": '[members]\nbob = "member"\n[teams.web]\n',
            "c.toml": '[teams]\nops.description = "Operations"\n[members]\n',
        },
    )
    declared = load(root).desired.declared
    assert [str(address) for address in declared] == [
        "members.ada",
        "members.bob",
        "teams.ops",
        "teams.ops.members.bob",
        "teams.web",
    ]
    assert declared[Address("teams", "ops")].fields == {"description"}


def test_t29_a_key_in_two_files_is_refused_and_both_are_named(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "a.toml": '[members]\nada = "admin"\n\n[teams.ops]\nmembers = []\n',
            "b.toml": '[teams]\nops.members = ["ada"]\n\n[members]\nada = "member"\n',
            "c.toml": "teams = 3\n",
        },
    )
    assert told(*problems_of(root)) == [
        'b.toml:2:5: "members" is already written at a.toml:5:1',
        'b.toml:5:1: "ada" is already written at a.toml:2:1',
        'c.toml:1:1: "teams" is already written at a.toml:4:2',
    ]


def test_t24_a_login_in_two_files_is_refused_in_any_case(tmp_path: Path) -> None:
    root = write(
        tmp_path, {"a.toml": PEOPLE, "b.toml": '# more\n[members]\nADA = "member"\n'}
    )
    assert told(*problems_of(root)) == [
        'b.toml:3:1: "ADA" is in the members twice; the first time at a.toml:2:1'
    ]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "ghstate.toml": '[github]\norganization = "acme"\n[mange]\n',
            "a.toml": "[members]\nada = 'owner'\n",
            "b.toml": "[teams.ops\n",
            "c.toml": "[teams.ops]\nmember = ['ada']\n",
        },
    )
    assert told(*problems_of(root)) == [
        'a.toml:2:7: the role must be "admin" or "member"; did you mean "admin"?',
        'b.toml:1:11: expected "]" after the name of the table',
        'c.toml:2:1: unknown key "member"; did you mean "members"?',
        'ghstate.toml:3:2: unknown key "mange"; did you mean "manage"?',
    ]


def test_nobody_is_missed_who_may_stand_in_a_file_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    teams = "[teams.ops]\nmembers = ['bob']\nparent = 'web'\n"
    files = {"a.toml": PEOPLE, "b.toml": "bob = \n", "c.toml": teams}
    everything = f'{SETTINGS}[manage]\nteams = "all"\n'
    root = write(tmp_path, {"ghstate.toml": everything, **files})
    assert told(*problems_of(root)) == ["b.toml:1:7: this is no TOML value"]
    write(root, {"ghstate.toml": everything, "b.toml": ""})
    assert told(*problems_of(root)) == [
        'c.toml:2:12: no member "bob"',
        'c.toml:3:10: no team "web"',
    ]


@pytest.mark.parametrize("key", ["repositories", "profiles"])
def test_what_is_promised_for_later_is_refused(tmp_path: Path, key: str) -> None:
    root = write(tmp_path, {"a.toml": f"[{key}.x]\nany = []\n"})
    assert told(*problems_of(root)) == [
        f"a.toml:1:2: {key} is not supported by this version"
    ]


def test_the_state_stands_in_the_project(tmp_path: Path) -> None:
    expected = tmp_path.resolve() / ".ghstate" / "state.json"
    assert load(write(tmp_path, {})).state_path == expected


def test_garbage_is_collected_again_after_loading(tmp_path: Path) -> None:
    write(tmp_path, {"a.toml": "nonsense"})
    for collects in (True, False):
        (gc.enable if collects else gc.disable)()
        try:
            problems_of(tmp_path)
            assert gc.isenabled() is collects
        finally:
            gc.enable()


def test_an_empty_project_asks_for_nothing(tmp_path: Path) -> None:
    project = load(write(tmp_path, {"a.toml": "# nothing yet\n", "b.toml": ""}))
    assert not project.desired.declared
    assert not project.desired.managed
    assert not project.desired.absent


def test_a_project_need_not_have_a_file(tmp_path: Path) -> None:
    assert load(write(tmp_path, {})).files == ()


# Places.


def test_the_place_of_everything_declared_is_known(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "a.toml": '# people\n[members]\nAda = "admin"\n',
            "b.toml": '[teams.ops]\nname = "Ops"\nmaintainers = [\n  "ada",\n]\n',
            "c.toml": "[teams.old]\nabsent = true\n",
        },
    )
    project = load(root)
    places = {
        str(address): str(project.place_of(address))
        for address in (*project.desired.declared, *project.desired.absent)
    }
    assert places == {
        "members.ada": "a.toml:3:1",
        "teams.ops": "b.toml:1:8",
        "teams.ops.members.ada": "b.toml:4:3",
        "teams.old": "c.toml:1:8",
    }
    assert project.place_of(Member.at("nobody")) is None


def test_a_place_has_the_line_and_what_is_meant_in_it(tmp_path: Path) -> None:
    project = loaded(tmp_path, '[members]\r\nada = "admin" # boss\r\n')
    place = project.locate(("members", "ada"), Part.VALUE)
    assert place is not None
    assert (place.line, place.column, place.length) == (2, 7, 7)
    assert place.excerpt == 'ada = "admin" # boss'


def test_what_is_not_written_is_placed_at_the_table_around_it(tmp_path: Path) -> None:
    project = loaded(tmp_path, '[teams.ops]\nname = "Ops"\n')
    assert str(project.locate(("teams", "ops", "parent"))) == "people.toml:1:8"
    assert str(project.locate(("members", "ada"))) == "people.toml:1:1"


def test_where_there_are_no_files_there_are_no_places(tmp_path: Path) -> None:
    assert load(write(tmp_path, {})).locate(("members",)) is None
