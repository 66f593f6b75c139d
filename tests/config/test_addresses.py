"""People by e-mail: what an address is, and whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.config.spelling import EMAIL, toml_string, wrong_address
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.resource import Declared
from ghstate.model.team_member import TeamMember, TeamRole
from tests.config.writing import loaded, problems, problems_of, told, underlined, write

ROLE = frozenset({"role"})


def test_people_are_known_by_address_or_by_login_and_address(tmp_path: Path) -> None:
    project = loaded(
        tmp_path,
        """\
        [members]
        "New.Hire@acme.example" = "member"
        "boss@acme.example" = { role = "admin", note = "starts in May" }
        dana = { role = "member", email = "dana@acme.example", id = 9 }
        """,
    )
    hire, boss = (
        EmailAddress("New.Hire@acme.example"),
        EmailAddress("boss@acme.example"),
    )
    declared = project.desired.declared
    assert declared == {
        Member.at("new.hire@acme.example"): Declared(
            Member(login=hire), ROLE, ("members", "New.Hire@acme.example")
        ),
        Member.at("boss@acme.example"): Declared(
            Member(login=boss, role=OrgRole.ADMIN),
            ROLE,
            ("members", "boss@acme.example"),
        ),
        Member.at("dana"): Declared(
            Member(login=Login("dana")),
            ROLE,
            ("members", "dana"),
            id=9,
            email=EmailAddress("dana@acme.example"),
        ),
    }
    kinds = [type(each.resource.person) for each in declared.values()]
    assert kinds == [EmailAddress, EmailAddress, Login]
    assert str(next(iter(declared))) == ('members."new.hire@acme.example"')
    assert hire.spelled == "New.Hire@acme.example"


GOOD = [
    "a@b.example",
    "new.hire@acme.example",
    "o'brien+git{x}@eu.mail.acme-corp.example",
    "1@xn--bcher-kva.example",
    "A" * 60 + "@" + ("d" * 63 + ".") * 2 + "e" * 60 + ".io",
]


@pytest.mark.parametrize("address", GOOD)
def test_an_address_of_any_plain_form_is_accepted(tmp_path: Path, address: str) -> None:
    text = f'[members]\n"{address}" = "member"\nada = "admin"\n'
    assert loaded(tmp_path, text).desired.declared.keys() == {
        Member.at(address.lower()),
        Member.at("ada"),
    }


LOOKS = 'an address looks like "name@acme.example"'

BAD = {
    "@bob": 'did you mean the login "bob"?',
    "bob@": 'did you mean the login "bob"?',
    "Bob <bob@acme.example>": 'did you mean "bob@acme.example"?',
    "<bob@acme.example>": 'did you mean "bob@acme.example"?',
    "MAILTO:bob@acme.example": 'did you mean "bob@acme.example"?',
    " bob@acme.example": 'did you mean "bob@acme.example"?',
    "bob@acme": 'behind the @ stands a domain, such as "acme.example"',
    "bob@localhost": 'behind the @ stands a domain, such as "acme.example"',
    "bob@192.0.2.1": LOOKS,
    "bob@acme..example": LOOKS,
    "bob@-acme.example": LOOKS,
    "bob.@acme.example": LOOKS,
    "bo b@acme.example": LOOKS,
    "bob@@acme.example": "an address has one @",
    "bob@acme@acme.example": "an address has one @",
    # The first letter behind the @ is Cyrillic.
    "bob@аcme.example": "write it in ASCII, where no letter looks like another",
    "b" * 250 + "@b.io": "an address has at most 254 characters",
    "@": 'behind the @ stands a domain, such as "acme.example"',
}


@pytest.mark.parametrize(("address", "hint"), BAD.items(), ids=range(len(BAD)))
def test_what_is_no_address_is_refused_wherever_it_stands(
    tmp_path: Path, address: str, hint: str
) -> None:
    found = problems(
        tmp_path,
        f"""\
        [members]
        ada = {{ role = "admin", email = "{address}" }}
        "{address}" = "member"
        [teams.ops]
        members = ["{address}", {{ email = "{address}" }}]
        """,
    )
    assert [(p.line, p.column, p.hint) for p in found] == [
        (2, 33, hint),
        (3, 1, hint),
        (5, 12, hint),
        (5, 12 + len(address) + 14, hint),
    ]
    assert {p.message.partition('" is ')[2] for p in found} == {"not an e-mail address"}
    assert underlined(found[0])[:40] == f'"{address}"'[:40] * bool(found[0].excerpt)


@pytest.mark.parametrize("hidden", ["\\u0007", "\\u202e", "\\n"])
def test_an_address_has_nothing_in_it_that_nobody_can_see(
    tmp_path: Path, hidden: str
) -> None:
    shown = hidden.replace("\\n", "\\u000a")
    address = f"bob@acme.example{hidden}"
    (problem,) = problems(tmp_path, f'[members]\n"{address}" = "member"\n')
    assert problem.message == f'"bob@acme.example{shown}" is not an e-mail address'
    text = f'[members]\nbob = {{ role = "member", email = "{address}" }}\n'
    (problem,) = problems(tmp_path, text)
    assert problem.message == (
        f'"email" has the character {shown} in it, which nobody can see'
    )


def test_an_address_without_an_at_is_none(tmp_path: Path) -> None:
    found = problems(
        tmp_path, '[members]\nada = { role = "admin", email = "acme.example" }\n'
    )
    assert told(*found) == [
        f'people.toml:2:33: "acme.example" is not an e-mail address; {LOOKS}'
    ]


def test_a_login_does_not_stand_where_an_address_is_meant(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        '[members]\nada = "admin"\n[teams.ops]\nmembers = [{ email = "ada" }]\n',
    )
    assert told(*found) == [
        f'people.toml:4:22: "ada" is not an e-mail address; {LOOKS}'
    ]


@given(st.text("ab.@-_'é <>x1", max_size=20))
def test_no_address_is_doubtful(text: str) -> None:
    if wrong_address(text) is None:
        local, _, domain = text.partition("@")
        assert text.isascii()
        assert not set(text) & set(' <>"\\')
        assert "@" not in domain
        assert all(local.split("."))
        assert len(domain.split(".")) >= 2
        assert all(domain.split("."))
    elif EMAIL.search(text):
        assert wrong_address(text) is not None


WRONG = {
    '"a@b.example" = "owner"': (
        '2:17: the role must be "admin" or "member"; did you mean "admin"?',
        '"owner"',
    ),
    '"a@b.example" = true': (
        (
            '2:17: "a@b.example" must be a role or a table, not true or false;'
            ' write "admin" or "member"'
        ),
        "true",
    ),
    '"a@b.example" = {}': ('2:1: "role" is missing', '"a@b.example"'),
    '"a@b.example" = { role = "member", id = 1 }': (
        (
            "2:36: an account is known by its login, not by an address;"
            " write LOGIN = { role = …, email = …, id = … }"
        ),
        "id",
    ),
    '"a@b.example" = { role = "member", email = "a@b.example" }': (
        (
            "2:36: the key is an address already;"
            " write LOGIN = { role = …, email = … }, or remove email"
        ),
        "email",
    ),
    '"a@b.example" = { role = "member", until = true }': (
        (
            '2:44: "until" must be a day, without a time;'
            " write it like until = 2027-01-31"
        ),
        "true",
    ),
    '"a@b.example" = { role = "member", nte = "x" }': (
        '2:36: unknown key "nte"; did you mean "note"?',
        "nte",
    ),
    'ann = { role = "member", email = 1 }': (
        '2:34: "email" must be a string, not an integer',
        "1",
    ),
    'ann = { role = "member", mail = "a@b.example" }': (
        '2:26: unknown key "mail"; did you mean "email"?',
        "mail",
    ),
    '"group:a@b.example" = "member"': (
        (
            '2:1: "a@b.example" is not a name for a group;'
            " it has 1 to 100 letters, digits, hyphens and underscores"
        ),
        '"group:a@b.example"',
    ),
    'new.hire@acme.example = "member"': (
        (
            '2:9: expected "=" after the key;'
            ' an address stands in quotes: "new.hire@acme.example"'
        ),
        "@acme.example",
    ),
}


@pytest.mark.parametrize(("line", "expected"), WRONG.items(), ids=WRONG.keys())
def test_what_is_wrong_about_somebody_known_by_an_address(
    tmp_path: Path, line: str, expected: tuple[str, str]
) -> None:
    message, place = expected
    found = problems(tmp_path, f"[members]\n{line}\n")
    assert told(*found) == [f"people.toml:{message}"]
    assert underlined(found[0]) == place


TWICE = {
    "two keys": (
        '"a@b.example" = "member"\n"A@B.example" = "admin"',
        '3:1: "A@B.example" is in the members twice; the first time at people.toml:2:1',
    ),
    "two people": (
        (
            'ann = { role = "member", email = "a@b.example" }\n'
            'bob = { role = "member", email = "A@b.example" }'
        ),
        (
            '3:34: "A@b.example" is the address of "ann", too;'
            " the first time at people.toml:2:26"
        ),
    ),
    "a key, then a person": (
        '"a@b.example" = "member"\nann = { role = "member", email = "A@b.example" }',
        (
            '3:34: "A@b.example" is the address of "ann", and a member by itself;'
            " the first time at people.toml:2:1;"
            ' remove the entry of the address: "ann" is known by both'
        ),
    ),
    "a person, then a key": (
        'ann = { role = "member", email = "a@b.example" }\n"A@b.example" = "member"',
        (
            '3:1: "A@b.example" is the address of "ann", and a member by itself;'
            " the first time at people.toml:2:26;"
            ' remove the entry of the address: "ann" is known by both'
        ),
    ),
}


@pytest.mark.parametrize(("lines", "message"), TWICE.values(), ids=TWICE.keys())
def test_t29_an_address_is_one_person(tmp_path: Path, lines: str, message: str) -> None:
    found = problems(tmp_path, f"[members]\n{lines}\n")
    assert told(*found) == [f"people.toml:{message}"]


def test_t29_an_address_is_one_person_in_all_files(tmp_path: Path) -> None:
    files = {
        "a.toml": 'members.ann = { role = "member", email = "a@b.example" }\n',
        "b.toml": '[members]\n"a@b.example" = "member"\n',
        "c.toml": '[members]\n"a@b.example" = "admin"\n',
    }
    assert told(*problems_of(write(tmp_path, files))) == [
        (
            'b.toml:2:1: "a@b.example" is the address of "ann", and a member by itself;'
            " the first time at a.toml:1:34;"
            ' remove the entry of the address: "ann" is known by both'
        ),
        'c.toml:2:1: "a@b.example" is already written at b.toml:2:1',
    ]


# Teams.


def test_a_team_may_name_an_address(tmp_path: Path) -> None:
    desired = loaded(
        tmp_path,
        """\
        [members]
        ada = "admin"
        "new.hire@acme.example" = "member"
        "two@acme.example" = "member"
        [teams.ops]
        maintainers = ["ada", { email = "Two@acme.example" }]
        members = ["New.Hire@acme.example"]
        """,
    ).desired
    ops = Slug("ops")
    people = {
        address: declared
        for address, declared in desired.declared.items()
        if isinstance(declared.resource, TeamMember)
    }
    assert list(people.values()) == [
        Declared(
            TeamMember(team=ops, login=Login("ada"), role=TeamRole.MAINTAINER),
            ROLE,
            ("teams", "ops", "maintainers", 0),
        ),
        Declared(
            TeamMember(
                team=ops,
                login=EmailAddress("two@acme.example"),
                role=TeamRole.MAINTAINER,
            ),
            ROLE,
            ("teams", "ops", "maintainers", 1),
        ),
        Declared(
            TeamMember(team=ops, login=EmailAddress("new.hire@acme.example")),
            ROLE,
            ("teams", "ops", "members", 0),
        ),
    ]
    assert TeamMember.at("ops", "new.hire@acme.example") in people


@pytest.mark.parametrize(
    "item", ['"Dana@acme.example"', '{ email = "dana@acme.example" }', '"DANA"']
)
def test_an_address_in_a_team_is_whoever_it_belongs_to(
    tmp_path: Path, item: str
) -> None:
    desired = loaded(
        tmp_path,
        f"""\
        [teams.ops]
        members = [{item}]
        [members]
        Dana = {{ role = "member", email = "dana@acme.example" }}
        """,
    ).desired
    found = desired.declared[TeamMember.at("ops", "dana")]
    assert type(found.resource.person) is Login
    assert found.path == ("teams", "ops", "members", 0)


def test_t29_somebody_twice_in_a_team_by_login_and_address(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """\
        [members]
        dana = { role = "member", email = "dana@acme.example" }
        [teams.ops]
        members = ["dana", "dana@acme.example"]
        """,
    )
    assert told(*found) == [
        (
            'people.toml:4:20: "dana@acme.example" is in the team twice;'
            " the first time at people.toml:4:12"
        )
    ]


def test_t15_an_address_in_a_team_must_be_a_members(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """\
        [members]
        dana = { role = "member", email = "dana@acme.example" }
        "new.hire@acme.example" = "member"
        [teams.ops]
        members = ["new.hier@acme.example", "dana@acme.exmaple", "x@y.example"]
        """,
    )
    assert told(*found) == [
        (
            'people.toml:5:12: no member "new.hier@acme.example";'
            ' did you mean "new.hire@acme.example"?'
        ),
        (
            'people.toml:5:37: no member "dana@acme.exmaple";'
            ' did you mean "dana@acme.example"?'
        ),
        'people.toml:5:58: no member "x@y.example"',
    ]


def test_t15_an_address_in_a_team_must_be_a_members_even_if_nobody_is_managed(
    tmp_path: Path,
) -> None:
    text = '[teams.ops]\nmembers = ["ada", "new.hire@acme.example"]\n'
    assert told(*problems(tmp_path, text)) == [
        (
            'people.toml:2:19: no member "new.hire@acme.example";'
            " an address in a team must be in [members], too"
        )
    ]
    assert (
        MEMBERS
        not in loaded(tmp_path, '[teams.ops]\nmembers = ["ada"]\n').desired.managed
    )


TEAM_WRONG = {
    '{ login = "dana", email = "dana@acme.example" }': (
        (
            '4:38: one person has "login" or "email" here, not both;'
            " the address of somebody with a login stands in [members]"
        ),
        '"dana@acme.example"',
    ),
    '{ login = "dana", emial = "dana@acme.example" }': (
        '4:30: unknown key "emial"; did you mean "email"?',
        "emial",
    ),
    '{ email = ["dana@acme.example"] }': (
        '4:22: "email" must be a string, not a list',
        '["dana@acme.example"]',
    ),
    '{ email = "dana@acme.example", then = "member" }': (
        '4:43: unknown key "then"',
        "then",
    ),
}


@pytest.mark.parametrize(
    ("item", "expected"), TEAM_WRONG.items(), ids=range(len(TEAM_WRONG))
)
def test_what_is_wrong_about_an_address_in_a_team(
    tmp_path: Path, item: str, expected: tuple[str, str]
) -> None:
    message, place = expected
    people = 'dana = { role = "member", email = "dana@acme.example" }'
    found = problems(
        tmp_path, f"[members]\n{people}\n[teams.ops]\nmembers = [{item}]\n"
    )
    assert told(*found) == [f"people.toml:{message}"]
    assert underlined(found[0]) == place


@given(st.text('"\\ab\u0007\u202e\n@.', max_size=12))
def test_a_text_that_is_written_as_toml_is_read_as_it_was(text: str) -> None:
    import tomli  # noqa: PLC0415 - only here

    assert tomli.loads(f"{toml_string(text)} = {toml_string(text)}") == {text: text}
