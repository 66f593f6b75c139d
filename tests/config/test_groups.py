"""Groups, references and dates in the files, and what is said about wrong ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from ghstate.config.project import Project, load
from ghstate.model.member import Member
from ghstate.model.note import Note, Severity
from tests.config.writing import loaded, problems, problems_of, told, underlined, write

TODAY = date(2026, 11, 21)


def asked(project: Project) -> dict[str, str]:
    """Everybody's access, and by which role."""
    return {
        str(address): declared.resource.role.value  # type: ignore[attr-defined]  # only people have one
        for address, declared in sorted(project.desired.declared.items())
        if declared.resource.person
    }


def on(root: Path, text: str, day: date | None, manage: str = "") -> Project:
    settings = f'[github]\norganization = "acme"\n[manage]\n{manage}\n'
    write(root, {"people.toml": text, "ghstate.toml": settings})
    return load(root, today=day)


# Sets ---------------------------------------------------------------------------

STAFF = """\
[members]
alice = "admin"
"group:staff" = "member"

[groups.staff]
any = ["Bob", "group:sre", "Alice"]

[groups.sre]
any = ["carol", "dan"]

[groups.leavers]
any = ["dan"]

[groups.oncall]
any = ["group:s*"]
all = ["group:sre"]
except = ["group:leavers"]

[teams.platform]
maintainers = ["alice"]
members = ["group:staff", { group = "oncall" }]

[teams.pager]
members = ["group:ONCALL"]

[teams.both]
maintainers = ["team:pager"]
members = [{ team = "platform" }, "carol"]
"""


def test_sets_stand_for_the_people_in_them(tmp_path: Path) -> None:
    assert asked(loaded(tmp_path, STAFF)) == {
        "members.alice": "admin",
        "members.bob": "member",
        "members.carol": "member",
        "members.dan": "member",
        "teams.both.members.alice": "member",
        "teams.both.members.bob": "member",
        "teams.both.members.carol": "member",
        "teams.both.members.dan": "member",
        "teams.pager.members.carol": "member",
        "teams.platform.members.alice": "maintainer",
        "teams.platform.members.bob": "member",
        "teams.platform.members.carol": "member",
        "teams.platform.members.dan": "member",
    }


def test_a_line_about_the_person_goes_over_lines_about_sets(tmp_path: Path) -> None:
    found = asked(loaded(tmp_path, STAFF))
    assert found["members.alice"] == "admin"
    assert found["teams.platform.members.alice"] == "maintainer"
    assert found["teams.both.members.carol"] == "member"


def test_access_stands_where_the_line_is_that_gives_it(tmp_path: Path) -> None:
    declared = loaded(tmp_path, STAFF).desired.declared
    paths = {str(address): each.path for address, each in declared.items()}
    assert paths["members.bob"] == ("members", "group:staff")
    assert paths["teams.platform.members.bob"] == ("teams", "platform", "members", 0)
    assert paths["teams.pager.members.carol"] == ("teams", "pager", "members", 0)


def test_membership_comes_from_the_teams(tmp_path: Path) -> None:
    text = """\
    [members]
    alice = "admin"
    "team:*" = "member"
    [teams.a]
    maintainers = ["alice"]
    members = ["bob"]
    [teams.b]
    members = ["carol", "team:a"]
    [teams.c]
    members = []
    """
    assert asked(loaded(tmp_path, text)) == {
        "members.alice": "admin",
        "members.bob": "member",
        "members.carol": "member",
        "teams.a.members.alice": "maintainer",
        "teams.a.members.bob": "member",
        "teams.b.members.alice": "member",
        "teams.b.members.bob": "member",
        "teams.b.members.carol": "member",
    }


def test_an_address_in_a_group_means_whose_it_is(tmp_path: Path) -> None:
    text = """\
    [members]
    dana = { role = "member", email = "dana@acme.example" }
    "group:staff" = "member"
    [groups.staff]
    any = ["dana@acme.example", "new@acme.example"]
    [teams.a]
    members = ["group:staff"]
    """
    assert asked(loaded(tmp_path, text)) == {
        "members.dana": "member",
        'members."new@acme.example"': "member",
        "teams.a.members.dana": "member",
        'teams.a.members."new@acme.example"': "member",
    }


def test_t76_a_team_with_an_empty_set_has_nobody(tmp_path: Path) -> None:
    text = '[groups.none]\nany = []\n[teams.a]\nmembers = ["group:none"]\n'
    project = loaded(tmp_path, text)
    assert asked(project) == {}
    assert [str(each) for each in project.desired.managed] == ["teams.a.members"]


WRONG = {
    '[groups.a]\nany = ["group:bb"]\n[groups.b]\nany = []': (
        '2:8: no group "bb"; did you mean "group:b"?',
        '"group:bb"',
    ),
    '[groups.a]\nall = [{ group = "x-*" }]': (
        '2:8: no group is called like "x-*"; take it out here',
        '{ group = "x-*" }',
    ),
    '[groups.a]\nany = ["group:a b"]': (
        (
            '2:8: "a b" is not a name for a group;'
            " it has 1 to 100 letters, digits, hyphens and underscores"
        ),
        '"group:a b"',
    ),
    '[groups.a]\nany = ["group:a b*"]': (
        '2:8: "a b*" is not a glob for groups; write it like "oncall-*"',
        '"group:a b*"',
    ),
    '[groups.a]\nany = ["team:Web"]': (
        '2:8: "Web" is not a team\'s slug; did you mean "web"?',
        '"team:Web"',
    ),
    '[groups.a]\nany = ["team:webb"]\n[teams.web]\nmembers = []': (
        '2:8: no team "webb" in the files; did you mean "team:web"?',
        '"team:webb"',
    ),
    '[groups.a]\nany = ["team:web"]\n[teams.web]\nname = "Web"': (
        (
            '2:8: the files do not say who is in the team "web";'
            " write members = [...] in [teams.web], or name people here"
        ),
        '"team:web"',
    ),
    '[groups.a]\nany = ["team:web"]\n[teams.web]\nabsent = true': (
        '2:8: the files delete the team "web"',
        '"team:web"',
    ),
    '[groups.a]\nany = ["group:a"]': (
        "2:8: group:a is in itself; take it out here",
        '"group:a"',
    ),
    '[groups.a]\nexcept = ["group:b"]\nany = []\n[groups.b]\nall = ["team:t"]\n'
    '[teams.t]\nmembers = ["group:a"]': (
        "2:11: group:a is in itself: group:a → group:b → team:t → group:a",
        '"group:b"',
    ),
    '[groups.a]\nexcept = ["bob"]': (
        (
            "1:9: this group says nobody: it has neither any nor all;"
            ' write any = ["alice"], or any = [] for nobody'
        ),
        "a",
    ),
    "[groups.a]\nall = []": (
        (
            '2:7: "all" names nobody, and without any that would be everybody;'
            " write any = [] for nobody"
        ),
        "[]",
    ),
    '[groups.a]\nany = "bob"': (
        '2:7: "any" must be a list of logins, not a string',
        '"bob"',
    ),
    "[groups.a]\nany = [1]": (
        '2:8: "any" must be a list of logins, not of an integer',
        "1",
    ),
    "[groups.a]\nany = []\n[groups.A]\nany = []": (
        '3:9: there is a group "A" already; the first time at people.toml:1:9',
        "A",
    ),
    "groups.a = 1": ('1:12: "a" must be a table, not an integer', "1"),
    "groups = 1": ('1:10: "groups" must be a table of tables: [groups.NAME]', "1"),
    '[groups."a b"]\nany = []': (
        (
            '1:9: "a b" is not a name for a group;'
            " it has 1 to 100 letters, digits, hyphens and underscores"
        ),
        '"a b"',
    ),
    '[groups.a]\nany = []\nexcept = [{ login = "bob", until = 2027-01-31 }]': (
        (
            "3:28: what stands under except has no date: its end would give somebody"
            " access; write the date where the access is given"
        ),
        "until",
    ),
    "[groups.a]\nany = []\nfrom = 2027-01-31": (
        (
            "3:1: a day to begin with belongs to a line that gives access;"
            ' write { group = …, from = … } or "group:NAME" = { role = …, from = … }'
            " there"
        ),
        "from",
    ),
    '[members]\nbob = "admin"\n"team:*" = "member"\n[teams.a]\n': (
        (
            "4:8: the files do not say who is in this team,"
            ' and "team:*" means everybody in any team;'
            " write members = [] for nobody"
        ),
        "a",
    ),
    '[members]\nbob = "admin"\n[groups.a]\nany = ["bob", "cyd", "dan"]\n'
    '[teams.t]\nmembers = ["group:a"]': (
        (
            '6:12: "group:a" has cyd and 1 more, who are not in [members];'
            ' name cyd in [members], or write "group:a" = "member"'
        ),
        '"group:a"',
    ),
    '[groups.a]\nany = ["bob", "cyd@b.example"]\n[teams.t]\nmembers = ["group:a"]': (
        (
            '4:12: "group:a" has cyd@b.example, who is not in [members];'
            ' name cyd@b.example in [members], or write "group:a" = "member"'
        ),
        '"group:a"',
    ),
    '[members]\n"group:a" = "admin"\n"group:b" = "member"\n[groups.a]\nany = ["bob"]\n'
    '[groups.b]\nall = ["bob"]': (
        (
            '3:1: bob is a member by "group:b" and an admin by "group:a";'
            " the other line is at people.toml:2:1;"
            " name bob directly, or take them out of one of the two"
        ),
        '"group:b"',
    ),
    '[groups.a]\nany = ["bob", "cyd"]\n[teams.t]\nmaintainers = ["group:a"]\n'
    'members = [{ group = "a" }, { login = "dan", until = 2027-01-31 }]': (
        (
            '5:12: bob and 1 more are a member by "group:a" and a maintainer by'
            ' "group:a"; the other line is at people.toml:4:16;'
            " name bob directly, or take them out of one of the two"
        ),
        '{ group = "a" }',
    ),
    '[members]\n"group:a" = "admin"\nbob = { role = "member", until = 2027-01-31 }\n'
    '[groups.a]\nany = ["bob"]': (
        (
            '3:34: after this day bob would be an admin by "group:a",'
            " and no day gives anybody more by its end;"
            " the other line is at people.toml:2:1;"
            " take bob out of that set, or leave until out"
        ),
        "2027-01-31",
    ),
    '[members]\n"group:a" = "admin"\n"group:b" = "member"\n'
    'bob = { role = "admin", until = 2027-01-31 }\n'
    '[groups.a]\nany = ["bob"]\n[groups.b]\nany = ["bob"]': (
        (
            '3:1: bob is a member by "group:b" and an admin by "group:a";'
            " the other line is at people.toml:2:1;"
            " name bob directly, or take them out of one of the two"
        ),
        '"group:b"',
    ),
    '[members]\n"group:a" = "member"\n"group:A" = "member"\n[groups.a]\nany = ["b"]': (
        ('3:1: "group:A" is in the members twice; the first time at people.toml:2:1'),
        '"group:A"',
    ),
    '[members]\n"group:a" = "member"\n"team:t" = "admin"\n'
    "[groups.a]\nany = []\n[teams.t]\nmembers = []": (
        (
            '1:2: nobody is in the groups and teams that "members" names, which would'
            " remove everybody; name the people who stay, or remove the table to leave"
            " memberships alone"
        ),
        "members",
    ),
    '[groups.a]\nany = ["b", "c", "B"]': (
        '2:18: "b" is here twice; the first time at people.toml:2:8',
        '"B"',
    ),
    '[groups.a]\nall = ["group:b", { group = "B" }]\n[groups.b]\nany = []': (
        '2:19: "group:b" is here twice; the first time at people.toml:2:8',
        '{ group = "B" }',
    ),
    '[groups.a]\nmembers = ["b"]\nany = []': (
        '2:1: the people of a group stand under any; write any = ["alice"]',
        "members",
    ),
    '[members]\n"group:a" = { role = "member", then = "member" }\n'
    '[groups.a]\nany = ["b"]': (
        (
            "2:32: that belongs to one person, and here is a set of people;"
            " write LOGIN = { role = …, until = …, then = … }"
        ),
        "then",
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_wrong_about_a_set(
    tmp_path: Path, text: str, expected: tuple[str, str]
) -> None:
    message, place = expected
    found = problems(tmp_path, text)
    assert told(*found) == [f"people.toml:{message}"]
    assert underlined(found[0]) == place


def test_what_is_wrong_is_wrong_on_every_day(tmp_path: Path) -> None:
    """A run must not begin to fail because a day has come."""
    over = '[groups.a]\nany = ["bob"]\nuntil = 2020-01-01\n'
    for text in (
        over + '[members]\nann = "admin"\n[teams.t]\nmembers = ["group:a"]\n',
        over + '[members]\n"group:a" = "admin"\n"group:b" = "member"\n'
        "[groups.b]\nany = ['bob']\n",
    ):
        assert len(problems(tmp_path, text)) == 1


def test_a_role_of_its_own_until_a_day_decides_when_it_leaves_a_role_behind(
    tmp_path: Path,
) -> None:
    text = """\
    [members]
    ada = "admin"
    "group:a" = "admin"
    "group:b" = "member"
    bob = { role = "admin", until = 2026-11-20, then = "member" }
    [groups.a]
    any = ["bob"]
    [groups.b]
    any = ["bob"]
    """
    assert asked(on(tmp_path, text, TODAY)) == {
        "members.ada": "admin",
        "members.bob": "member",
    }


def test_an_unread_file_may_have_the_group(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.toml": '[teams.t]\nmembers = ["group:x"]\n', "b.toml": "[groups.x\n"},
    )
    assert [each.file for each in problems_of(tmp_path)] == ["b.toml"]


# Time ---------------------------------------------------------------------------

DATED = """\
[members]
ann = "admin"
carol = { role = "member", until = 2026-11-30 }
erik = { role = "admin", until = 2026-11-21, then = "member" }
fay = { role = "member", from = 2026-12-01 }
"group:g" = { role = "member", until = 2026-12-02 }

[groups.g]
any = ["gil", { login = "ivy", until = 2026-11-25 }]

[teams.t]
members = ["carol", "group:g"]
until = 2026-11-28

[teams.u]
members = ["fay", "erik"]
maintainers = [{ login = "ann", until = 2026-11-22 }]
"""

ON: Mapping[date | None, str] = {
    None: ("ann carol erik=admin fay gil ivy t.carol t.gil t.ivy u.ann u.erik u.fay"),
    date(2026, 11, 21): "ann carol erik=admin gil ivy t.carol t.gil t.ivy u.ann u.erik",
    date(2026, 11, 22): "ann carol erik gil ivy t.carol t.gil t.ivy u.ann u.erik",
    date(2026, 11, 23): "ann carol erik gil ivy t.carol t.gil t.ivy u.erik",
    date(2026, 11, 26): "ann carol erik gil t.carol t.gil u.erik",
    date(2026, 11, 29): "ann carol erik gil u.erik",
    date(2026, 12, 1): "ann erik fay gil u.erik u.fay",
    date(2026, 12, 3): "ann erik fay u.erik u.fay",
    date(9999, 12, 31): "ann erik fay u.erik u.fay",
}


@pytest.mark.parametrize(("day", "expected"), ON.items())
def test_a_grant_holds_from_its_first_day_to_the_end_of_its_last(
    tmp_path: Path, day: date | None, expected: str
) -> None:
    found = asked(on(tmp_path, DATED, day))
    short = [
        address.replace("teams.", "").replace("members.", "")
        + ("=admin" if address == "members.erik" and role == "admin" else "")
        for address, role in found.items()
    ]
    assert " ".join(short) == expected


def test_a_team_whose_time_is_over_stays_and_has_nobody(tmp_path: Path) -> None:
    desired = on(tmp_path, DATED, date(2026, 12, 1)).desired
    assert {"teams.t"} <= {str(address) for address in desired.declared}
    assert {"teams.t.members"} <= {str(each) for each in desired.managed}


def test_who_is_named_for_another_day_is_not_forgotten(tmp_path: Path) -> None:
    project = on(tmp_path, DATED, date(2026, 12, 3))
    idle = {str(each.resource.address) for each in project.desired.idle}
    assert {"members.carol", "members.gil", "teams.t.members.carol"} <= idle
    assert str(project.place_of(next(iter(project.written.declared)))) == (
        "people.toml:2:1"
    )


def notes(project: Project) -> list[str]:
    return [
        f"{note.address or '-'} {note.code}: {note.summary}"
        for note in project.desired.remarks
    ]


def test_what_ends_soon_is_told(tmp_path: Path) -> None:
    assert notes(on(tmp_path, DATED, TODAY)) == [
        (
            "members.erik ends-soon: erik is no admin any more"
            " after 21 November 2026, today, but a member"
        ),
        (
            "teams.u.members.ann ends-soon: ann leaves u"
            " after 22 November 2026, tomorrow"
        ),
        (
            "members.ivy ends-soon: ivy leaves the organization"
            " after 25 November 2026, in 4 days"
        ),
        ("teams.t ends-soon: carol, gil leave t after 28 November 2026, in 7 days"),
        (
            "members.carol ends-soon: carol leaves the organization"
            " after 30 November 2026, in 9 days"
        ),
        (
            "members.fay starts-later: fay comes into the organization"
            " on 1 December 2026, in 10 days"
        ),
        (
            "members.gil ends-soon: gil leaves the organization"
            " after 2 December 2026, in 11 days"
        ),
    ]


def test_how_soon_is_for_the_settings_to_say(tmp_path: Path) -> None:
    assert len(notes(on(tmp_path, DATED, TODAY, 'warn_before = "0d"'))) == 1
    assert len(notes(on(tmp_path, DATED, TODAY, 'warn_before = "1d"'))) == 2
    assert len(notes(on(tmp_path, DATED, TODAY, 'warn_before = "999999999d"'))) == 7


def test_what_ends_for_who_has_it_by_another_line_is_not_told(tmp_path: Path) -> None:
    text = """\
    [groups.a]
    any = [{ login = "bob", until = 2026-11-22 }]
    [groups.b]
    any = ["bob"]
    [teams.t]
    members = ["group:*"]
    """
    assert notes(on(tmp_path, text, TODAY)) == []


def test_many_who_leave_are_one_note(tmp_path: Path) -> None:
    people = ", ".join(f'"p{n}"' for n in range(7))
    text = f"[teams.t]\nmembers = [{people}]\nuntil = 2026-11-22\n"
    assert notes(on(tmp_path, text, TODAY)) == [
        (
            "teams.t ends-soon: p0, p1, p2 and 4 more leave t"
            " after 22 November 2026, tomorrow"
        )
    ]


def line_of(project: Project, note: Note) -> str:
    return f"{note.code}: {project.place_of_note(note)}"


def test_a_note_points_to_the_line_with_the_date(tmp_path: Path) -> None:
    text = """\
    [members]
    ann = "admin"
    "group:staff" = "member"
    [groups.staff]
    any = ["group:sre", "eve"]
    [groups.sre]
    any = [
        { login = "bob", until = 2026-11-25 },
        { login = "cyd", from = 2026-11-24 },
    ]
    [groups.guests]
    any = ["eve"]
    until = 2026-11-23
    [teams.t]
    members = ["group:sre", "group:guests"]
    [teams.over]
    members = ["ann", "eve"]
    until = 2026-11-22
    """
    project = on(tmp_path, text, TODAY, 'warn_before = "14d"')
    told = [line_of(project, note) for note in project.desired.remarks]
    assert sorted(told) == [
        "ends-soon: people.toml:13:1",
        "ends-soon: people.toml:18:1",
        "ends-soon: people.toml:8:5",
        "starts-later: people.toml:9:5",
    ]


def test_a_note_about_a_name_points_to_where_the_name_is_written(
    tmp_path: Path,
) -> None:
    text = """\
    [members]
    ann = "admin"
    "group:interns" = "member"
    [groups.interns]
    any = [
        "ida",
    ]
    """
    project = on(tmp_path, text, TODAY)
    wrong = Note(Member.at("ida"), "unknown-login", Severity.ERROR, "…")
    other = Note(Member.at("ida"), "seats", Severity.ERROR, "…")
    assert line_of(project, wrong) == "unknown-login: people.toml:6:5"
    assert line_of(project, other) == "seats: people.toml:3:1"


IN_VAIN = """\
[members]
ann = "admin"
{line}
"team:*" = "member"
[teams.t]
members = ["carol"]
"""


@pytest.mark.parametrize("day", ["2026-11-01", "2026-11-21", "2027-03-01"])
def test_a_date_beside_a_set_that_goes_on_is_told_of_at_its_line(
    tmp_path: Path, day: str
) -> None:
    line = f'Carol = {{ role = "member", until = {day} }}'
    project = on(tmp_path, IN_VAIN.format(line=line), TODAY)
    [note] = project.warnings
    assert (note.severity, note.summary, note.hint) == (
        Severity.WARNING,
        (
            'the date of Carol has no effect: "team:*" gives the same for as long as a'
            " team names Carol"
        ),
        "write the date in the teams, too, or take Carol out",
    )
    assert line_of(project, note) == "date-in-vain: people.toml:3:1"


@pytest.mark.parametrize(
    "line",
    [
        'carol = { role = "admin", until = 2026-12-01, then = "member" }',
        'carol = { role = "admin", until = 2026-12-01 }',
        'carol = { role = "member", from = 2026-12-01 }',
        'dan = { role = "member", until = 2026-12-01 }',
    ],
)
def test_a_date_that_changes_something_is_not_told_of(
    tmp_path: Path, line: str
) -> None:
    assert on(tmp_path, IN_VAIN.format(line=line), TODAY).warnings == ()


def test_a_date_beside_a_set_that_ends_is_not_told_of(tmp_path: Path) -> None:
    text = """\
    [members]
    ann = "admin"
    carol = { role = "member", until = 2026-12-01 }
    "group:a" = { role = "member", until = 2026-12-31 }
    [groups.a]
    any = ["carol"]
    """
    assert on(tmp_path, text, TODAY).warnings == ()


def test_dates_of_lines_about_sets_count_where_the_sets_have_none(
    tmp_path: Path,
) -> None:
    text = """\
    [members]
    ann = "admin"
    bob = "member"
    "group:staff" = { role = "member", until = 2026-01-01 }
    "group:owners" = { role = "admin", from = 2030-01-01 }
    [groups.staff]
    any = ["cyd"]
    [groups.owners]
    any = ["dan"]
    [groups.both]
    any = ["bob"]
    [teams.t]
    members = [{ group = "both", until = 2026-01-01 }, "ann"]
    """
    assert asked(on(tmp_path, text, TODAY)) == {
        "members.ann": "admin",
        "members.bob": "member",
        "teams.t.members.ann": "member",
    }


# Who never gets anything ----------------------------------------------------------


SAID = "whatever the files say"


def test_nobody_in_never_gets_anything_and_each_thing_is_told(tmp_path: Path) -> None:
    project = on(
        tmp_path, STAFF, TODAY, 'never = ["group:leavers", "BOB", "x@y.example"]'
    )
    assert not [key for key in asked(project) if key.endswith((".bob", ".dan"))]
    assert sorted(notes(project))[:3] == [
        f"members.bob never: Bob is not to be in the organization, {SAID}",
        f"members.dan never: dan is not to be in the organization, {SAID}",
        f"teams.both.members.bob never: Bob gets no place in both, {SAID}",
    ]
    assert {note.severity for note in project.desired.remarks} == {Severity.INFO}
    places = {
        str(project.place_of(n.address)) for n in project.desired.remarks if n.address
    }
    assert places == {
        "people.toml:3:1",
        "people.toml:21:12",
        "people.toml:28:12",
    }


def test_never_begins_with_a_from_and_does_not_end(tmp_path: Path) -> None:
    text = """\
    [members]
    ann = "admin"
    bob = "member"
    cyd = "member"
    dan = "member"
    [groups.leavers]
    any = [{ login = "bob", from = 2027-06-01 }, { login = "cyd", until = 2026-01-01 }]
    """
    never = 'never = ["group:leavers"]'
    assert set(asked(on(tmp_path, text, TODAY, never))) == {
        "members.ann",
        "members.bob",
        "members.dan",
    }
    assert set(asked(on(tmp_path, text, date(2027, 6, 1), never))) == {
        "members.ann",
        "members.dan",
    }


def test_never_means_the_person_whose_address_it_names(tmp_path: Path) -> None:
    text = (
        '[members]\nann = "admin"\nbob = { role = "member", email = "b@c.example" }\n'
    )
    assert asked(on(tmp_path, text, TODAY, 'never = ["b@c.example"]')) == {
        "members.ann": "admin"
    }


def test_who_is_in_never_stays_there_whatever_ends(tmp_path: Path) -> None:
    over = '[groups.out]\nany = ["bob"]\nuntil = 2020-01-01\n'
    text = f'{over}[teams.t]\nmembers = ["bob"]\n'
    assert asked(on(tmp_path, text, TODAY, 'never = ["group:out"]')) == {}


def test_what_is_wrong_in_never_is_told_where_it_stands(tmp_path: Path) -> None:
    settings = (
        '[github]\norganization = "acme"\n[manage]\nnever = ["group:oout", "a b"]\n'
    )
    text = "[groups.out]\nany = []\n"
    assert told(*problems(tmp_path, text, settings=settings)) == [
        'ghstate.toml:4:10: no group "oout"; did you mean "group:out"?',
        (
            'ghstate.toml:4:24: "a b" is not a GitHub login;'
            " a login is 1 to 39 letters, digits and hyphens"
        ),
    ]


def test_b4_people_whom_sets_put_into_teams_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[groups.a]\nany = ["bob", "cyd"]\n' + "".join(
        f'[teams.{each}]\nmembers = ["group:a"]\n' for each in "xyz"
    )
    monkeypatch.setattr("ghstate.config.desired.MAX_PEOPLE", 6)
    assert problems(tmp_path, text) == ()
    monkeypatch.setattr("ghstate.config.desired.MAX_PEOPLE", 5)
    assert told(*problems(tmp_path, text)) == [
        "people.toml:3:2: there are more than 5 people and places in teams"
    ]
