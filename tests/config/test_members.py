"""What may be written about people, and what is said about everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Declared
from tests.config.writing import loaded, problems, told, underlined


def test_people_have_roles_and_maybe_ids(tmp_path: Path) -> None:
    project = loaded(
        tmp_path,
        """\
        [members]
        Alice = "admin"
        bob = { role = "member" }
        carol = { role = "member", id = 583231, note = "contractor, ACC-12" }
        """,
    )
    role = frozenset({"role"})
    assert project.desired.declared == {
        Member.at("alice"): Declared(
            Member(login=Login("Alice"), role=OrgRole.ADMIN),
            role,
            ("members", "Alice"),
        ),
        Member.at("bob"): Declared(
            Member(login=Login("bob")), role, ("members", "bob")
        ),
        Member.at("carol"): Declared(
            Member(login=Login("carol")), role, ("members", "carol"), id=583231
        ),
    }
    assert project.desired.managed == {MEMBERS}


def test_without_members_nobodys_membership_is_managed(tmp_path: Path) -> None:
    assert loaded(tmp_path, "[teams.ops]\n").desired.managed == frozenset()


def test_a_login_is_shown_as_it_is_written(tmp_path: Path) -> None:
    declared = loaded(tmp_path, '[members]\nAdaL = "member"\n').desired.declared
    (person,) = declared.values()
    assert isinstance(person.resource, Member)
    assert person.resource.login.spelled == "AdaL"


def test_t75_members_that_are_written_and_empty_are_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[members]\n")
    assert told(problem) == [
        (
            'people.toml:1:2: "members" is empty, which would remove everybody;'
            " name the people who stay, or remove the table to leave memberships alone"
        )
    ]


def test_t24_t29_a_login_twice_is_refused_in_any_case(tmp_path: Path) -> None:
    found = problems(tmp_path, '[members]\nbob = "member"\n\nBOB = "admin"\n')
    assert told(*found) == [
        (
            'people.toml:4:1: "BOB" is in the members twice;'
            " the first time at people.toml:2:1"
        )
    ]


def test_t29_an_id_is_one_person(tmp_path: Path) -> None:
    text = """\
        [members]
        ada = { role = "admin", id = 7 }
        Bob = { role = "member", id = 7 }
        cyd = { role = "member", id = 8 }
        dan = { id = 7, role = "member" }
        """
    found = problems(tmp_path, text)
    assert told(*found) == [
        (
            'people.toml:3:31: 7 is the id of "ada", too;'
            " the first time at people.toml:2:25"
        ),
        (
            'people.toml:5:14: 7 is the id of "ada", too;'
            " the first time at people.toml:2:25"
        ),
    ]
    assert underlined(found[0]) == "7"


def test_t29_a_login_twice_in_the_same_case_is_no_toml(tmp_path: Path) -> None:
    found = problems(tmp_path, '[members]\nbob = "member"\nbob = """\nadmin"""\n')
    assert told(*found) == [
        'people.toml:3:1: "bob" is already written at people.toml:2:1'
    ]


WRONG = {
    'ann = "owner"': (
        '2:7: the role must be "admin" or "member"; did you mean "admin"?',
        '"owner"',
    ),
    'ann = "membr"': (
        '2:7: the role must be "admin" or "member"; did you mean "member"?',
        '"membr"',
    ),
    'ann = "Admin"': (
        '2:7: the role must be "admin" or "member"; did you mean "admin"?',
        '"Admin"',
    ),
    'ann = "superuser"': ('2:7: the role must be "admin" or "member"', '"superuser"'),
    "ann = true": (
        (
            '2:7: "ann" must be a role or a table, not true or false;'
            ' write "admin" or "member"'
        ),
        "true",
    ),
    "ann = 1.5": (
        (
            '2:7: "ann" must be a role or a table, not a number;'
            ' write "admin" or "member"'
        ),
        "1.5",
    ),
    "ann = 2027-01-31": (
        (
            '2:7: "ann" must be a role or a table, not a date or time;'
            ' write "admin" or "member"'
        ),
        "2027-01-31",
    ),
    'ann = ["admin"]': (
        '2:7: "ann" must be a role or a table, not a list; write "admin" or "member"',
        '["admin"]',
    ),
    'ann = { role = "owner" }': (
        '2:16: "role" must be "admin" or "member"; did you mean "admin"?',
        '"owner"',
    ),
    "ann = { role = 1 }": ('2:16: "role" must be "admin" or "member"', "1"),
    "ann = {}": ('2:1: "role" is missing', "ann"),
    'ann = { role = "member", id = "1" }': (
        '2:31: "id" must be a whole number from 1 to 9223372036854775807',
        '"1"',
    ),
    'ann = { role = "member", id = true }': (
        '2:31: "id" must be a whole number from 1 to 9223372036854775807',
        "true",
    ),
    'ann = { role = "member", id = 0 }': (
        '2:31: "id" must be a whole number from 1 to 9223372036854775807',
        "0",
    ),
    'ann = { role = "member", note = 3 }': (
        '2:33: "note" must be a string, not an integer',
        "3",
    ),
    'ann = { role = "member", nott = "x" }': (
        '2:26: unknown key "nott"; did you mean "note"?',
        "nott",
    ),
    'ann = { role = "admin", then = "member" }': (
        '2:32: "then" needs a day after which it holds: until',
        '"member"',
    ),
    'ann = { role = "member", then = "member", until = 2027-01-31 }': (
        (
            '2:33: "then" must be less than the role that ends;'
            " an admin falls back to member; without then, they leave"
        ),
        '"member"',
    ),
    'ann = { role = "member", until = "2027-01-31" }': (
        (
            '2:34: "until" must be a day, without a time;'
            " write until = 2027-01-31, without quotes"
        ),
        '"2027-01-31"',
    ),
    'ann = { role = "member", from = 2027-01-31T08:00:00+02:00 }': (
        '2:33: "from" must be a day, without a time; write from = 2027-01-31',
        "2027-01-31T08:00:00+02:00",
    ),
    'ann = { role = "member", from = 5 }': (
        '2:33: "from" must be a day, without a time; write it like from = 2027-01-31',
        "5",
    ),
    'ann = { role = "member", from = 2027-01-31, until = 2027-01-30 }': (
        "2:53: this ends before it begins, on 2027-01-31",
        "2027-01-30",
    ),
    '"group:staff" = "member"': (
        (
            '2:1: no group "staff"; write [groups.staff] with any = [], or take it out'
            " here"
        ),
        '"group:staff"',
    ),
    '"team:sre" = "member"': (
        '2:1: no team "sre" in the files; take it out here',
        '"team:sre"',
    ),
    '"group:staff" = 1': (
        (
            '2:17: "group:staff" must be a role or a table, not an integer;'
            ' write "admin" or "member"'
        ),
        "1",
    ),
    '"an.n" = "member"': (
        (
            '2:1: "an.n" is not a GitHub login;'
            " a login is 1 to 39 letters, digits and hyphens"
        ),
        '"an.n"',
    ),
    'an.n = "member"': ('2:1: "role" is missing', "an"),
    '"" = "member"': (
        '2:1: "" is not a GitHub login; a login is 1 to 39 letters, digits and hyphens',
        '""',
    ),
}


@pytest.mark.parametrize(("line", "expected"), WRONG.items(), ids=WRONG.keys())
def test_what_is_wrong_about_a_person(
    tmp_path: Path, line: str, expected: tuple[str, str]
) -> None:
    message, place = expected
    found = problems(tmp_path, f"[members]\n{line}\n")
    assert told(*found)[0] == f"people.toml:{message}"
    assert underlined(found[0]) == place


@pytest.mark.parametrize(
    ("said", "meant"),
    [("owner", "admin"), ("Owner", "admin"), ("direct_member", "member")],
)
def test_t41_other_words_for_a_role_are_refused_with_the_right_one(
    tmp_path: Path, said: str, meant: str
) -> None:
    (problem,) = problems(tmp_path, f'[members]\nada = "{said}"\n')
    assert problem.message == 'the role must be "admin" or "member"'
    assert problem.hint == f'did you mean "{meant}"?'


@pytest.mark.parametrize("login", ["dependabot[bot]", "Acme-CI[Bot]", "app/dependabot"])
def test_t28_an_app_is_no_member(tmp_path: Path, login: str) -> None:
    assert told(*problems(tmp_path, f'[members]\n"{login}" = "member"\n')) == [
        (
            f'people.toml:2:1: "{login}" is an App, not a person;'
            " Apps are installed in the organization, not invited to it"
        )
    ]


@pytest.mark.parametrize("login", ["a", "A-1", "octo_acme", "x" * 39, "-legacy-"])
def test_a_login_of_any_age_is_accepted(tmp_path: Path, login: str) -> None:
    assert loaded(tmp_path, f'[members]\n{login} = "member"\n').desired.declared


@pytest.mark.parametrize("login", ["x" * 40, "ädä", "a b", "a/b", "a\\nb"])
def test_a_login_that_cannot_be_is_refused(tmp_path: Path, login: str) -> None:
    (problem,) = problems(tmp_path, f'[members]\n"{login}" = "member"\n')
    assert "is not a GitHub login" in problem.message


def test_what_cannot_be_seen_in_a_name_is_spelled_out(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '[members]\n"ali\u202ece\\u0007" = "member"\n')
    assert problem.message == '"ali\\u202ece\\u0007" is not a GitHub login'
    assert problem.excerpt == '"ali\N{REPLACEMENT CHARACTER}ce\\u0007" = "member"'


def test_a_very_long_name_is_cut_in_the_message(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f'[members]\n{"x" * 5000} = "member"\n')
    assert problem.message == f'"{"x" * 59}…" is not a GitHub login'
    assert problem.excerpt == ""


@pytest.mark.parametrize("value", ['"admin"', "[]", "1"])
def test_members_must_be_a_table(tmp_path: Path, value: str) -> None:
    assert told(*problems(tmp_path, f"members = {value}\n")) == [
        'people.toml:1:11: "members" must be a table: login = "role"'
    ]
