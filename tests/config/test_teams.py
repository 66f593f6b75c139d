"""What may be written about teams, and what is said about everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghstate.model.names import Login, Slug
from ghstate.model.note import Severity
from ghstate.model.resource import Declared
from ghstate.model.team import TEAMS, Privacy, Team
from ghstate.model.team_member import TeamMember, TeamRole
from tests.config.writing import loaded, problems, told, underlined


def test_a_team_declares_what_is_written_and_nothing_else(tmp_path: Path) -> None:
    desired = loaded(
        tmp_path,
        """\
        [teams.platform]
        name = "Platform"
        description = "Keeps the lights on"
        privacy = "closed"
        notifications = false
        parent = "engineering"
        previously = ["platform-eng"]

        [teams.bare]
        """,
    ).desired
    assert desired.declared == {
        Team.at("platform"): Declared(
            Team(
                slug=Slug("platform"),
                name="Platform",
                description="Keeps the lights on",
                notifications=False,
                parent=Slug("engineering"),
            ),
            frozenset({"name", "description", "privacy", "notifications", "parent"}),
            ("teams", "platform"),
            formerly=("platform-eng",),
        ),
        Team.at("bare"): Declared(
            Team(slug=Slug("bare"), name="bare"), frozenset(), ("teams", "bare")
        ),
    }
    assert desired.managed == frozenset()


def test_an_empty_parent_takes_a_team_out_from_under_its_parent(tmp_path: Path) -> None:
    (team,) = loaded(tmp_path, '[teams.ops]\nparent = ""\n').desired.declared.values()
    assert team.fields == {"parent"}
    assert isinstance(team.resource, Team)
    assert team.resource.parent is None


def test_people_of_a_team_stand_where_they_are_written(tmp_path: Path) -> None:
    desired = loaded(
        tmp_path,
        """\
        [teams.ops]
        maintainers = ["Ada"]
        members = ["bob", { login = "cyd" }]
        """,
    ).desired
    people = {
        str(address): (declared.resource, declared.fields, declared.path)
        for address, declared in desired.declared.items()
        if address != Team.at("ops")
    }
    ops, role = Slug("ops"), frozenset({"role"})
    assert people == {
        "teams.ops.members.ada": (
            TeamMember(team=ops, login=Login("ada"), role=TeamRole.MAINTAINER),
            role,
            ("teams", "ops", "maintainers", 0),
        ),
        "teams.ops.members.bob": (
            TeamMember(team=ops, login=Login("bob")),
            role,
            ("teams", "ops", "members", 0),
        ),
        "teams.ops.members.cyd": (
            TeamMember(team=ops, login=Login("cyd")),
            role,
            ("teams", "ops", "members", 1),
        ),
    }


@pytest.mark.parametrize(
    "written", ["members = []", "maintainers = []", 'maintainers = ["ada"]']
)
def test_t76_people_of_a_team_are_managed_when_a_list_of_them_is_written(
    tmp_path: Path, written: str
) -> None:
    desired = loaded(tmp_path, f"[teams.ops]\n{written}\n").desired
    assert desired.managed == {TeamMember.all_of("ops")}


@pytest.mark.parametrize("written", ["", 'description = "x"', "absent = true"])
def test_t76_people_of_a_team_are_left_alone_when_no_list_is_written(
    tmp_path: Path, written: str
) -> None:
    desired = loaded(tmp_path, f"[teams.ops]\n{written}\n").desired
    assert desired.managed == frozenset()


def test_t76_all_teams_are_managed_only_if_the_settings_say_so(tmp_path: Path) -> None:
    everything = '[github]\norganization = "acme"\n[manage]\nteams = "all"\n'
    assert TEAMS not in loaded(tmp_path, "[teams.ops]\n").desired.managed
    assert (
        TEAMS in loaded(tmp_path, "[teams.ops]\n", settings=everything).desired.managed
    )


def test_t75_files_that_say_nothing_delete_no_team(tmp_path: Path) -> None:
    everything = '[github]\norganization = "acme"\n[manage]\nteams = "all"\n'
    desired = loaded(tmp_path, "# nothing yet\n", settings=everything).desired
    assert desired.managed == frozenset()


def test_an_absent_team_is_not_declared(tmp_path: Path) -> None:
    desired = loaded(tmp_path, "[teams.old]\nabsent = true\n").desired
    assert desired.absent == {Team.at("old"): ("teams", "old")}
    assert not desired.declared


def test_a_team_that_is_not_absent_is_just_a_team(tmp_path: Path) -> None:
    desired = loaded(tmp_path, "[teams.old]\nabsent = false\n").desired
    assert Team.at("old") in desired.declared
    assert not desired.absent


def test_an_absent_team_has_no_other_keys(tmp_path: Path) -> None:
    found = problems(
        tmp_path, '[teams.old]\nabsent = true\nname = "x"\npreviously = []\n'
    )
    assert told(*found) == [
        (
            "people.toml:3:1: an absent team is deleted, and has nothing else;"
            ' remove "name", or remove absent'
        ),
        (
            "people.toml:4:1: an absent team is deleted, and has nothing else;"
            ' remove "previously", or remove absent'
        ),
    ]


WRONG = {
    "name = 3": ('2:8: "name" must be a string, not an integer', "3"),
    'name = ""': ("2:8: a team's name must not be empty", '""'),
    'name = "  "': ("2:8: a team's name must not be empty", '"  "'),
    f'name = "{"x" * 256}"': (
        "2:8: a team's name has at most 255 characters",
        f'"{"x" * 256}"',
    ),
    'name = "a\\u202Eb"': (
        '2:8: "name" has the character \\u202e in it, which nobody can see',
        '"a\\u202Eb"',
    ),
    'description = "a\\u0007b"': (
        '2:15: "description" has the character \\u0007 in it, which nobody can see',
        '"a\\u0007b"',
    ),
    "description = []": ('2:15: "description" must be a string, not a list', "[]"),
    'privacy = "visible"': (
        '2:11: "privacy" must be "closed" or "secret"; did you mean "closed"?',
        '"visible"',
    ),
    'privacy = "secrt"': (
        '2:11: "privacy" must be "closed" or "secret"; did you mean "secret"?',
        '"secrt"',
    ),
    'notifications = "true"': (
        '2:17: "notifications" must be true or false',
        '"true"',
    ),
    "parent = false": ('2:10: "parent" must be a string, not true or false', "false"),
    'parent = "Engineering Team"': (
        (
            '2:10: "Engineering Team" is not a team\'s slug;'
            ' did you mean "engineering-team"?'
        ),
        '"Engineering Team"',
    ),
    'parent = "ent:all"': (
        (
            '2:10: "ent:all" is a team of the enterprise;'
            " it is managed there, and must not be named here"
        ),
        '"ent:all"',
    ),
    'members = "bob"': (
        '2:11: "members" must be a list of logins, not a string',
        '"bob"',
    ),
    'members = { bob = "member" }': (
        '2:11: "members" must be a list of logins, not a table',
        '{ bob = "member" }',
    ),
    "maintainers = [1]": (
        '2:16: "maintainers" must be a list of logins, not of an integer',
        "1",
    ),
    'members = ["bob", "ci[bot]"]': (
        (
            '2:19: "ci[bot]" is an App, not a person;'
            " Apps are installed in the organization, not invited to it"
        ),
        '"ci[bot]"',
    ),
    'members = ["group:sre"]': (
        '2:12: no group "sre"; write [groups.sre] with any = [], or take it out here',
        '"group:sre"',
    ),
    'members = [{ login = "dave", until = 2026-12-31T00:00:00Z }]': (
        '2:38: "until" must be a day, without a time; write until = 2026-12-31',
        "2026-12-31T00:00:00Z",
    ),
    'members = [{ login = "dave", group = "x" }]': (
        (
            '2:38: a name stands here already, and "group" would be another;'
            " write a table for each"
        ),
        '"x"',
    ),
    'members = ["team:web-*"]': (
        (
            '2:12: "web-*" is not a team\'s slug;'
            ' the only glob for teams is "team:*", everybody in any team'
        ),
        '"team:web-*"',
    ),
    "description = 'x'\nuntil = 2026-12-31": (
        (
            "3:9: the places in this team would end, and the files name none;"
            " write members = [...], or remove until"
        ),
        "2026-12-31",
    ),
    'members = [{ log = "dave" }]': (
        '2:14: unknown key "log"; did you mean "login"?',
        "log",
    ),
    "members = [{}]": ('2:12: "login", "email", "group" or "team" is missing', "{}"),
    "members = [{ until = 2026-12-31 }]": (
        '2:12: "login", "email", "group" or "team" is missing',
        "{ until = 2026-12-31 }",
    ),
    "members = [{ login = [] }]": (
        '2:22: "login" must be a string, not a list',
        "[]",
    ),
    'previously = "old"': (
        '2:14: "previously" must be a list of slugs, not a string',
        '"old"',
    ),
    "previously = [true]": (
        '2:15: "previously" must be a list of slugs, not of true or false',
        "true",
    ),
    'previously = ["fine", "Old Name"]': (
        '2:23: "Old Name" is not a team\'s slug; did you mean "old-name"?',
        '"Old Name"',
    ),
    "absent = 1": ('2:10: "absent" must be true or false', "1"),
    "mebmers = []": ('2:1: unknown key "mebmers"; did you mean "members"?', "mebmers"),
    "zzz = []": ('2:1: unknown key "zzz"', "zzz"),
}


@pytest.mark.parametrize(("line", "expected"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_wrong_about_a_team(
    tmp_path: Path, line: str, expected: tuple[str, str]
) -> None:
    message, place = expected
    found = problems(tmp_path, f"[teams.ops]\n{line}\n")
    assert told(*found)[0] == f"people.toml:{message}"
    assert underlined(found[0]) == place


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("Platform", '"Platform" is not a team\'s slug; did you mean "platform"?'),
        ('"Core Team"', '"Core Team" is not a team\'s slug; did you mean "core-team"?'),
        (
            '"ent:x"',
            (
                '"ent:x" is a team of the enterprise;'
                " it is managed there, and must not be named here"
            ),
        ),
        (
            '".."',
            (
                '".." is not a team\'s slug; a slug is lower-case letters, digits,'
                " hyphens and underscores"
            ),
        ),
    ],
)
def test_t24_a_team_goes_by_the_slug_that_github_gives(
    tmp_path: Path, key: str, message: str
) -> None:
    assert told(*problems(tmp_path, f"[teams.{key}]\n")) == [
        f"people.toml:1:8: {message}"
    ]


def test_t29_a_login_twice_in_a_team_is_refused(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        '[teams.ops]\nmaintainers = ["Bob"]\nmembers = ["ada", "bob", "ada"]\n',
    )
    assert told(*found) == [
        (
            'people.toml:3:19: "bob" is in the team twice;'
            " the first time at people.toml:2:16"
        ),
        (
            'people.toml:3:26: "ada" is in the team twice;'
            " the first time at people.toml:3:12"
        ),
    ]


def test_t15_everybody_in_a_team_must_be_a_member(tmp_path: Path) -> None:
    (problem,) = problems(
        tmp_path,
        """\
        [members]
        grace = "member"
        bob = "member"

        [teams.platform]
        description = "The line below is the one of the contract"
        members = ["bob", "grcae"]
        """,
    )
    assert told(problem) == [
        'people.toml:7:19: no member "grcae"; did you mean "grace"?'
    ]
    assert underlined(problem) == '"grcae"'


def test_somebody_who_is_ignored_may_be_in_a_team(tmp_path: Path) -> None:
    settings = '[github]\norganization = "acme"\n[manage]\nignore = ["acme-*"]\n'
    text = '[members]\nada = "admin"\nacme-bot = "member"\n'
    text += '[teams.ops]\nmembers = ["acme-bot"]\n'
    assert loaded(tmp_path, text, settings=settings).desired.declared


@pytest.mark.parametrize("value", ['"ops"', "[]", "1"])
def test_teams_must_be_tables(tmp_path: Path, value: str) -> None:
    assert told(*problems(tmp_path, f"teams = {value}\n")) == [
        'people.toml:1:9: "teams" must be a table of tables: [teams.SLUG]'
    ]
    assert (
        "must be a table, not"
        in problems(tmp_path, f"teams.ops = {value}\n")[0].message
    )


def test_t45_a_name_with_another_slug_is_a_warning(tmp_path: Path) -> None:
    project = loaded(
        tmp_path,
        """\
        [teams.ops]
        name = "Operations"
        [teams.my-team-name]
        name = "My TEam Näme"
        [teams.plain]
        privacy = "secret"
        """,
    )
    (warning,) = project.warnings
    assert warning.code == "slug-mismatch"
    assert warning.severity is Severity.WARNING
    assert warning.address == Team.at("ops")
    assert warning.summary == (
        'a new team called "Operations" would not get the slug ops'
    )
    assert warning.hint == 'GitHub would probably give it "operations"'


def test_a_team_is_closed_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    project = loaded(tmp_path, '[teams.a]\n[teams.b]\nprivacy = "secret"\n')
    privacy = {
        declared.resource.slug: declared.resource.privacy
        for declared in project.desired.declared.values()
        if isinstance(declared.resource, Team)
    }
    assert privacy == {"a": Privacy.CLOSED, "b": Privacy.SECRET}
