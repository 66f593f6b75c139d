"""The lock file: what it may say, what is said about everything else, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from ghstate.config.lockfile import read_lock, to_toml
from ghstate.config.project import Project, load
from ghstate.config.table import Findings
from ghstate.model.kinds import KINDS
from ghstate.model.locked import Locked
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired, Organization
from ghstate.model.past import Past
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from tests.config.writing import problems_of, told, underlined, write

ACME = Organization("acme", 77)
HEAD = 'organization = { login = "acme", id = 77 }\n[people]\n'


def locked(root: Path, text: str) -> Project:
    return load(write(root, {"ghstate.lock.toml": text}))


def reread(text: str) -> Locked:
    findings = Findings()
    found = read_lock(tomli.loads(text), findings)
    assert findings.found == []
    return found


def test_a_lock_file_tells_which_account_is_whose_and_who_was_invited(
    tmp_path: Path,
) -> None:
    project = locked(
        tmp_path,
        """\
        organization = { login = "acme", id = 77 }

        [people]
        Alice = 42
        bob = { id = 43, invited = [4712, 4711, 4712] }
        cyd = { member_until = 2026-11-21T10:12:00+01:00, left = true }
        "New.Hire@acme.example" = { invited = [4713], forgiven = [4713], joined = [9] }
        nobody = {}
        """,
    )
    hire = EmailAddress("New.Hire@acme.example")
    assert project.locked == Locked(
        organization=ACME,
        ids={Login("Alice"): 42, Login("bob"): 43},
        past={
            Login("bob"): Past(invited=(4711, 4712)),
            Login("cyd"): Past(
                member_until=datetime(2026, 11, 21, 9, 12, tzinfo=UTC), left=True
            ),
            hire: Past(invited=(4713,), forgiven=(4713,), joined=(9,)),
        },
    )
    assert [type(login) for login in project.locked.past] == [
        Login,
        Login,
        EmailAddress,
    ]
    assert next(iter(project.locked.ids)).spelled == "Alice"


def test_a_lock_file_tells_which_kinds_the_files_managed(tmp_path: Path) -> None:
    written = 'managed = ["team members", "members", "members"]\n'
    found = locked(tmp_path, HEAD.replace("[people]", written)).locked
    assert found is not None
    assert found.managed == frozenset({Member.TYPE, TeamMember.TYPE})


@pytest.mark.parametrize(
    ("line", "managed"), [("", None), ("managed = []", frozenset())]
)
def test_an_older_lock_file_does_not_say_that_nothing_was_managed(
    tmp_path: Path, line: str, managed: frozenset[str] | None
) -> None:
    found = locked(tmp_path, HEAD.replace("[people]", line)).locked
    assert found is not None
    assert found.managed == managed


def test_a_lock_file_asks_for_nothing(tmp_path: Path) -> None:
    project = locked(tmp_path, HEAD + "alice = 42\n")
    assert project.desired == Desired({}, frozenset(), {})
    assert project.files == ()
    assert project.lock_path == project.root / "ghstate.lock.toml"


def test_without_a_lock_file_nothing_is_locked(tmp_path: Path) -> None:
    assert load(write(tmp_path, {})).locked is None


def test_a_lock_file_of_another_organization_is_not_judged_here(tmp_path: Path) -> None:
    text = 'organization = { login = "other", id = 1 }\n'
    found = locked(tmp_path, text).locked
    assert found == Locked(organization=Organization("other", 1))


WRONG = {
    "": '1:1: "organization" is missing',
    "organization = 'acme'": ('1:16: "organization" must be a table, not a string'),
    "[organization]": '1:2: "id" is missing',
    "organization = { login = 'acme', id = -77 }": (
        '1:39: "id" must be a whole number from 1 to 9223372036854775807'
    ),
    "organization = { login = 'acme', id = 77, nme = 'x' }": (
        '1:43: unknown key "nme"'
    ),
    "O = 1": '2:1: unknown key "O"',
    "peple = {}": '2:1: unknown key "peple"; did you mean "people"?',
    "managed = 'members'": '2:11: "managed" must be a list of words, not a string',
    "managed = ['members', 1]": (
        '2:23: "managed" must be a list of words, not of an integer'
    ),
    "managed = ['team-members']": (
        '2:12: "team-members" is nothing that is managed: '
        '"members", "team members", "teams"; did you mean "team members"?'
    ),
    "managed = ['repositories']": (
        '2:12: "repositories" is nothing that is managed: '
        '"members", "team members", "teams"'
    ),
    "people = []": '2:10: "people" must be a table: login = id',
    "people.alice = '42'": '2:16: "alice" must be an id or a table, not a string',
    "people.alice = 4.2": '2:16: "alice" must be an id or a table, not a number',
    "people.alice = true": (
        '2:16: "alice" must be an id or a table, not true or false'
    ),
    "people.alice = 0": (
        '2:16: "alice" must be a whole number from 1 to 9223372036854775807'
    ),
    "people.alice = -42": (
        '2:16: "alice" must be a whole number from 1 to 9223372036854775807'
    ),
    "people.alice = 9223372036854775808": (
        '2:16: "alice" must be a whole number from 1 to 9223372036854775807'
    ),
    "people.alice = { id = -1 }": (
        '2:23: "id" must be a whole number from 1 to 9223372036854775807'
    ),
    "people.alice = { invted = [1] }": (
        '2:18: unknown key "invted"; did you mean "invited"?'
    ),
    "people.alice = { invited = 3 }": (
        '2:28: "invited" must be a list of ids, not an integer'
    ),
    "people.alice = { invited = [1, -3] }": (
        '2:32: "invited" must be a list of ids,'
        " whole numbers from 1 to 9223372036854775807"
    ),
    "people.alice = { forgiven = ['x'] }": (
        '2:30: "forgiven" must be a list of ids,'
        " whole numbers from 1 to 9223372036854775807"
    ),
    "people.alice = { joined = [true] }": (
        '2:28: "joined" must be a list of ids,'
        " whole numbers from 1 to 9223372036854775807"
    ),
    "people.alice = { left = 1 }": '2:25: "left" must be true or false',
    "people.alice = { member_until = 2026-11-21 }": (
        '2:33: "member_until" must be a date and time with its zone;'
        " write it like 2026-11-21T09:12:00Z"
    ),
    "people.alice = { member_until = 2026-11-21T09:12:00 }": (
        '2:33: "member_until" must be a date and time with its zone;'
        " write it like 2026-11-21T09:12:00Z"
    ),
    "people.alice = { member_until = 0001-01-01T00:00:00+01:00 }": (
        '2:33: "member_until" must be a date and time with its zone;'
        " write it like 2026-11-21T09:12:00Z"
    ),
    "people = { alice = 1, ALICE = 1 }": (
        '2:23: "ALICE" is in the lock file twice;'
        " the first time at ghstate.lock.toml:2:12"
    ),
    "people = { 'a@b.example' = {}, 'A@b.example' = {} }": (
        '2:32: "A@b.example" is in the lock file twice;'
        " the first time at ghstate.lock.toml:2:12"
    ),
    "people.'a b' = 1": (
        '2:8: "a b" is not a GitHub login;'
        " a login is 1 to 39 letters, digits and hyphens"
    ),
    "people.'mail:0123' = 1": (
        '2:8: "mail:0123" is not a GitHub login;'
        " a login is 1 to 39 letters, digits and hyphens"
    ),
    "people.'a@b' = 1": (
        '2:8: "a@b" is not an e-mail address;'
        ' behind the @ stands a domain, such as "acme.example"'
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.items(), ids=WRONG.keys())
def test_a_damaged_lock_file_is_an_error_with_its_place(
    tmp_path: Path, text: str, expected: str
) -> None:
    whole = text
    if expected.startswith("2:"):
        whole = f'organization = {{ login = "acme", id = 77 }}\n{text}\n'
    found = problems_of(write(tmp_path, {"ghstate.lock.toml": whole}))
    assert f"ghstate.lock.toml:{expected}" in told(*found)
    assert {problem.file for problem in found} == {"ghstate.lock.toml"}


MEND = "where it cannot be mended, remove the file and run ghstate lock"


NO_TOML = {
    "<<<<<<< ours\nalice = 42\n": (
        '3:1: expected a table such as "[members]", or "key = value"',
        "<<<<<<<",
    ),
    "alice = 42\nalice = 43\n": (
        '4:1: "alice" is already written at ghstate.lock.toml:3:1',
        "alice",
    ),
    "alice = ": ("3:9: this is no TOML value", ""),
    "alice = { id = 4": ('3:17: expected "," or "}" in this table', ""),
}


@pytest.mark.parametrize(("lines", "expected"), NO_TOML.items(), ids=NO_TOML.keys())
def test_a_lock_file_that_is_no_toml_is_an_error_with_a_way_out(
    tmp_path: Path, lines: str, expected: tuple[str, str]
) -> None:
    message, place = expected
    found = problems_of(write(tmp_path, {"ghstate.lock.toml": HEAD + lines}))
    assert told(*found) == [f"ghstate.lock.toml:{message}; {MEND}"]
    assert underlined(found[0]) == place


def test_everything_wrong_in_the_lock_file_comes_with_what_is_wrong_elsewhere(
    tmp_path: Path,
) -> None:
    files = {
        "ghstate.lock.toml": f"{HEAD}alice = 0\nbob = 'x'\n",
        "people.toml": '[members]\nada = "owner"\n',
    }
    found = problems_of(write(tmp_path, files))
    assert [(p.file, p.line) for p in found] == [
        ("ghstate.lock.toml", 3),
        ("ghstate.lock.toml", 4),
        ("people.toml", 2),
    ]


def test_a_lock_file_outside_the_project_is_not_read(tmp_path: Path) -> None:
    root = write(tmp_path / "project", {})
    outside = tmp_path / "lock.toml"
    outside.write_text(f"{HEAD}alice = 42\n")
    (root / "ghstate.lock.toml").symlink_to(outside)
    assert told(*problems_of(root)) == [
        (
            "ghstate.lock.toml:1:1: this symbolic link leads out of the project;"
            " move what it leads to into the project, or remove the link"
        )
    ]


def test_a_lock_file_that_is_a_link_within_the_project_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"kept/lock": f"{HEAD}alice = 42\n"})
    (tmp_path / "ghstate.lock.toml").symlink_to("kept/lock")
    found = load(tmp_path).locked
    assert found is not None
    assert found.ids == {"alice": 42}


@pytest.mark.parametrize("kind", ["dangling", "directory", "binary"])
def test_a_lock_file_that_is_there_but_cannot_be_read_is_an_error(
    tmp_path: Path, kind: str
) -> None:
    path = write(tmp_path, {}) / "ghstate.lock.toml"
    match kind:
        case "dangling":
            path.symlink_to("nothing")
        case "directory":
            path.mkdir()
        case _:
            path.write_bytes(b"\xff\xfe")
    (problem,) = problems_of(tmp_path)
    assert (problem.file, problem.line) == ("ghstate.lock.toml", 1)
    assert (
        problem.message
        == {
            "dangling": "this cannot be read: no such file or directory",
            "directory": "this is not a file that can be read",
            "binary": "this is not UTF-8",
        }[kind]
    )


def test_b4_a_lock_file_has_a_largest_size(tmp_path: Path) -> None:
    text = "#" * (8 * 1024 * 1024 + 1)
    assert told(*problems_of(write(tmp_path, {"ghstate.lock.toml": text}))) == [
        "ghstate.lock.toml:1:1: this file is larger than 8,192 KiB"
    ]


def test_b4_a_lock_file_has_a_largest_number_of_keys(tmp_path: Path) -> None:
    text = f"{HEAD}alice = {{ invited = [{'1,' * 250_000}] }}\n"
    assert told(*problems_of(write(tmp_path, {"ghstate.lock.toml": text}))) == [
        "ghstate.lock.toml:1:1: this file has more than 250,000 keys and items"
    ]


def test_b4_a_lock_file_has_a_largest_number_of_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghstate.config.lockfile.MAX_PEOPLE", 2)
    assert locked(tmp_path, f"{HEAD}a = 1\nb = 2\n").locked
    text = f"{HEAD}a = 1\nb = 2\nc = 0\n"
    assert told(*problems_of(write(tmp_path, {"ghstate.lock.toml": text}))) == [
        "ghstate.lock.toml:2:2: there are more than 2 people"
    ]


def test_b4_many_mistakes_in_a_lock_file_are_counted(tmp_path: Path) -> None:
    text = HEAD + "".join(f"p{n} = 0\n" for n in range(1100))
    found = problems_of(write(tmp_path, {"ghstate.lock.toml": text}))
    assert len(found) == 1001
    assert told(found[0]) == ["ghstate.lock.toml:1:1: 100 more problems are not shown"]


# And back.


def test_a_lock_file_is_small_and_sorted() -> None:
    known = Locked(
        organization=ACME,
        ids={Login("Zoe"): 44, Login("alice"): 42, Login("Bob"): 43},
        past={
            EmailAddress("new.hire@acme.example"): Past(
                invited=(4713,), forgiven=(4713,)
            ),
            Login("Bob"): Past(invited=(4711, 4712)),
            Login("cyd"): Past(
                member_until=datetime(2026, 11, 21, 9, 12, tzinfo=UTC),
                left=True,
                joined=(8, 9),
            ),
            Login("nobody"): Past(),
            Login("alice"): Past(),
        },
        managed=frozenset({Team.TYPE, Member.TYPE, TeamMember.TYPE}),
    )
    text = to_toml(known)
    assert (
        text
        == """\
# Written by `ghstate lock`, and made to be committed: which account each login is, and
# which invitations somebody got without becoming a member.
organization = { login = "acme", id = 77 }
managed = ["members", "team members", "teams"]

[people]
alice = 42
Bob = { id = 43, invited = [4711, 4712] }
cyd = { member_until = 2026-11-21T09:12:00Z, left = true, joined = [8, 9] }
"new.hire@acme.example" = { invited = [4713], forgiven = [4713] }
Zoe = 44
"""
    )
    assert to_toml(reread(text)) == text


def test_a_lock_file_without_anybody_names_the_organization() -> None:
    text = to_toml(Locked(organization=ACME))
    assert text.endswith('\norganization = { login = "acme", id = 77 }\n')
    assert reread(text) == Locked(organization=ACME)


ids = st.integers(1, 2**63 - 1)
sets = st.lists(ids, max_size=3, unique=True).map(lambda each: tuple(sorted(each)))
people = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,9}", fullmatch=True).map(Login),
    st.from_regex(r"[a-zA-Z'+.]{0,5}[a-z]@[a-z0-9]{1,4}\.example", fullmatch=True)
    .filter(lambda text: ".." not in text and not text.startswith("."))
    .map(EmailAddress),
)
pasts = st.builds(
    Past,
    invited=sets,
    forgiven=sets,
    member_until=st.none() | st.datetimes(timezones=st.just(UTC)),
    left=st.booleans(),
    joined=sets,
).filter(lambda past: past != Past())


@given(
    st.builds(
        Locked,
        organization=st.builds(
            Organization,
            login=st.from_regex("[A-Za-z0-9-]{1,9}", fullmatch=True),
            id=ids,
        ),
        ids=st.dictionaries(people, ids, max_size=4),
        past=st.dictionaries(people, pasts, max_size=4),
        managed=st.none() | st.frozensets(st.sampled_from([k.TYPE for k in KINDS])),
    )
)
@settings(deadline=None)
def test_what_is_written_down_is_read_as_it_was(known: Locked) -> None:
    text = to_toml(known)
    assert reread(text) == known
    assert to_toml(reread(text)) == text
    lines = text.partition("[people]\n")[2].lower().splitlines()
    keys = [next(iter(tomli.loads(line))) for line in lines]
    assert keys == sorted({*known.ids, *known.past})


def test_fifty_thousand_people_are_read_soon(tmp_path: Path) -> None:
    known = Locked(
        organization=ACME,
        ids={Login(f"somebody-with-a-name-{n}"): 10_000_000 + n for n in range(50_000)},
    )
    root = write(tmp_path, {"ghstate.lock.toml": to_toml(known)})
    began = perf_counter()
    assert load(root).locked == known
    assert perf_counter() - began < 10
