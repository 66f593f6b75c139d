"""Wrong references and dates: every complaint, with the place that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.writing import problems, told, underlined

WRONG = [
    (
        "[groups.a]\nany = [{ until = 2027-01-31 }]",
        '2:8: "login", "email", "group" or "team" is missing',
        "{ until = 2027-01-31 }",
    ),
    (
        '[groups.a]\nany = [{ logn = "bob" }]',
        '2:10: unknown key "logn"; did you mean "login"?',
        "logn",
    ),
    (
        '[groups.a]\nany = [{ login = "bob", group = "b" }]',
        (
            '2:33: a name stands here already, and "group" would be another; write a'
            " table for each"
        ),
        '"b"',
    ),
    (
        '[groups.a]\nall = [{ login = "bob", email = "b@b.example" }]',
        (
            '2:33: one person has "login" or "email" here, not both; the address of'
            " somebody with a login stands in [members]"
        ),
        '"b@b.example"',
    ),
    (
        '[groups.a]\nany = [{ login = "a b" }]',
        (
            '2:8: "a b" is not a GitHub login; a login is 1 to 39 letters, digits and'
            " hyphens"
        ),
        '{ login = "a b" }',
    ),
    (
        "[groups.a]\nany = [{ login = 1 }]",
        '2:18: "login" must be a string, not an integer',
        "1",
    ),
    (
        '[groups.a]\nany = [{ email = "bob" }]',
        (
            '2:18: "bob" is not an e-mail address; an address looks like'
            ' "name@acme.example"'
        ),
        '"bob"',
    ),
    (
        "[groups.a]\nany = [{ group = 1 }]",
        '2:18: "group" must be a string, not an integer',
        "1",
    ),
    (
        '[groups.a]\nany = [{ group = "a b" }]',
        (
            '2:18: "a b" is not a name for a group; it has 1 to 100 letters, digits,'
            " hyphens and underscores"
        ),
        '"a b"',
    ),
    (
        '[groups.a]\nany = [{ group = "a b*" }]',
        '2:18: "a b*" is not a glob for groups; write it like "oncall-*"',
        '"a b*"',
    ),
    (
        '[groups.a]\nany = [{ team = "Web" }]',
        '2:17: "Web" is not a team\'s slug; did you mean "web"?',
        '"Web"',
    ),
    (
        '[groups.a]\nany = [{ team = "w*" }]',
        (
            '2:17: "w*" is not a team\'s slug; the only glob for teams is "team:*",'
            " everybody in any team"
        ),
        '"w*"',
    ),
    (
        '[groups.a]\nany = ["team:w*"]',
        (
            '2:8: "w*" is not a team\'s slug; the only glob for teams is "team:*",'
            " everybody in any team"
        ),
        '"team:w*"',
    ),
    (
        '[groups.a]\nany = ["team:ent:sec"]',
        (
            '2:8: "ent:sec" is a team of the enterprise; it is managed there, and'
            " must not be named here"
        ),
        '"team:ent:sec"',
    ),
    (
        '[groups.a]\nany = ["group:"]',
        (
            '2:8: "" is not a name for a group; it has 1 to 100 letters, digits,'
            " hyphens and underscores"
        ),
        '"group:"',
    ),
    (
        ('[groups.a]\nany = ["Group:b"]'),
        '2:8: no group "b"; write [groups.b] with any = [], or take it out here',
        '"Group:b"',
    ),
    (
        '[groups.a]\nany = ["staff:b"]',
        (
            '2:8: "staff:b" is not a GitHub login; a login is 1 to 39 letters, digits'
            " and hyphens"
        ),
        '"staff:b"',
    ),
    (
        '[groups.a]\nany = ["team:nobody-knows"]',
        '2:8: no team "nobody-knows" in the files; take it out here',
        '"team:nobody-knows"',
    ),
    (
        '[groups.a]\nany = [["bob"]]',
        '2:8: "any" must be a list of logins, not of a list',
        '["bob"]',
    ),
    (
        '[groups.a]\nany = ["bob"]\nexept = ["cyd"]',
        '3:1: unknown key "exept"; did you mean "except"?',
        "exept",
    ),
    (
        '[groups.a]\nany = ["bob"]\nexcept = ["group:b"]',
        '3:11: no group "b"; write [groups.b] with any = [], or take it out here',
        '"group:b"',
    ),
    (
        '[groups.a]\nany = ["bob"]\nexcept = [{ login = "bob", from = 2027-01-31 }]',
        (
            "3:28: what stands under except has no date: its end would give somebody"
            " access; write the date where the access is given"
        ),
        "from",
    ),
    (
        '[groups.a]\nany = ["bob"]\nuntil = "2027-01-31"',
        (
            '3:9: "until" must be a day, without a time; write until = 2027-01-31,'
            " without quotes"
        ),
        '"2027-01-31"',
    ),
    (
        '[groups.a]\nany = ["bob"]\nuntil = 2027-01-31T12:00:00Z',
        '3:9: "until" must be a day, without a time; write until = 2027-01-31',
        "2027-01-31T12:00:00Z",
    ),
    (
        '[groups.a]\nany = ["bob"]\nuntil = 20270131',
        '3:9: "until" must be a day, without a time; write it like until = 2027-01-31',
        "20270131",
    ),
    (
        '[groups.a]\nany = [{ login = "bob", from = 12:00:00 }]',
        '2:32: "from" must be a day, without a time; write it like from = 2027-01-31',
        "12:00:00",
    ),
    (
        '[groups.a]\nany = [{ login = "bob", until = "soon" }]',
        (
            '2:33: "until" must be a day, without a time; write it like until ='
            " 2027-01-31"
        ),
        '"soon"',
    ),
    (
        (
            "[groups.a]\n"
            'all = [{ login = "bob", from = 2027-02-01, until = 2027-01-31 }]'
        ),
        "2:52: this ends before it begins, on 2027-02-01",
        "2027-01-31",
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"group:a" = "chief"',
        '4:13: the role must be "admin" or "member"',
        '"chief"',
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"group:a" = 1',
        (
            '4:13: "group:a" must be a role or a table, not an integer; write "admin"'
            ' or "member"'
        ),
        "1",
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"group:a" = { until = 2027-01-31 }',
        '4:1: "role" is missing',
        '"group:a"',
    ),
    (
        (
            "[groups.a]\n"
            'any = ["bob"]\n'
            "[members]\n"
            '"group:a" = { role = "member", id = 7 }'
        ),
        (
            "4:32: that belongs to one person, and here is a set of people; write"
            " LOGIN = { role = …, id = … }"
        ),
        "id",
    ),
    (
        (
            "[groups.a]\n"
            'any = ["bob"]\n'
            "[members]\n"
            '"group:a" = { role = "member", email = "b@b.example" }'
        ),
        (
            "4:32: that belongs to one person, and here is a set of people; write"
            " LOGIN = { role = …, email = … }"
        ),
        "email",
    ),
    (
        (
            "[groups.a]\n"
            'any = ["bob"]\n'
            "[members]\n"
            '"group:a" = { role = "member", untill = 2027-01-31 }'
        ),
        '4:32: unknown key "untill"; did you mean "until"?',
        "untill",
    ),
    (
        (
            "[groups.a]\n"
            'any = ["bob"]\n'
            "[members]\n"
            '"group:a" = { role = "member", from = 2027-02-01, until = 2027-01-31 }'
        ),
        "4:59: this ends before it begins, on 2027-02-01",
        "2027-01-31",
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"group:b" = "member"',
        '4:1: no group "b"; write [groups.b] with any = [], or take it out here',
        '"group:b"',
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"group:b-*" = "member"',
        '4:1: no group is called like "b-*"; take it out here',
        '"group:b-*"',
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"group:a b" = "member"',
        (
            '4:1: "a b" is not a name for a group; it has 1 to 100 letters, digits,'
            " hyphens and underscores"
        ),
        '"group:a b"',
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"team:Web" = "member"',
        '4:1: "Web" is not a team\'s slug; did you mean "web"?',
        '"team:Web"',
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"team:web" = "member"',
        '4:1: no team "web" in the files; take it out here',
        '"team:web"',
    ),
    (
        '[groups.a]\nany = ["bob"]\n[members]\n"team:w*" = { role = "member" }',
        (
            '4:1: "w*" is not a team\'s slug; the only glob for teams is "team:*",'
            " everybody in any team"
        ),
        '"team:w*"',
    ),
    (
        (
            "[groups.a]\n"
            'any = ["bob"]\n'
            "[teams.t]\n"
            'members = ["group:a"]\n'
            "from = 2027-01-31"
        ),
        (
            "5:1: a day to begin with belongs to a line that gives access; write {"
            ' group = …, from = … } or "group:NAME" = { role = …, from = … } there'
        ),
        "from",
    ),
    (
        '[groups.a]\nany = ["bob"]\n[teams.t]\nmembers = ["group:b"]',
        '4:12: no group "b"; write [groups.b] with any = [], or take it out here',
        '"group:b"',
    ),
    (
        '[groups.a]\nany = ["bob"]\n[teams.t]\nmembers = [{ group = "b-*" }]',
        '4:12: no group is called like "b-*"; take it out here',
        '{ group = "b-*" }',
    ),
    (
        (
            "[groups.a]\n"
            'any = ["bob"]\n'
            "[teams.t]\n"
            'maintainers = ["group:a"]\n'
            'members = [{ login = "bob", until = 2027-01-31 }]'
        ),
        (
            '5:37: after this day bob would be a maintainer by "group:a", and no day'
            " gives anybody more by its end; the other line is at people.toml:4:16;"
            " take bob out of that set, or leave until out"
        ),
        "2027-01-31",
    ),
    (
        '[groups.a]\nany = ["group:b*"]\n[groups.b1]\nall = ["group:a"]',
        "2:8: group:a is in itself: group:a → group:b* → group:b1 → group:a",
        '"group:b*"',
    ),
    (
        '[groups.a]\nany = ["team:*"]\n[teams.t]\nmembers = ["group:a"]',
        "2:8: group:a is in itself: group:a → team:* → team:t → group:a",
        '"team:*"',
    ),
    (
        '[groups.a]\nany = ["bob"]\nexcept = ["group:a"]',
        "3:11: group:a is in itself; take it out here",
        '"group:a"',
    ),
    (
        '[teams.t]\nmembers = ["team:t"]',
        "2:12: team:t is in itself; take it out here",
        '"team:t"',
    ),
    (
        '[teams.t]\nmembers = ["team:*"]\n[teams.u]\nmembers = ["team:*"]',
        "2:12: team:t is in itself: team:t → team:u → team:t",
        '"team:*"',
    ),
    (
        (
            "[groups.a]\n"
            'any = ["bob", "group:b"]\n'
            "[groups.b]\n"
            'any = ["x", { group = "a" }]'
        ),
        "2:15: group:a is in itself: group:a → group:b → group:a",
        '"group:b"',
    ),
]


@pytest.mark.parametrize(("text", "message", "place"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, message: str, place: str
) -> None:
    found = problems(tmp_path, text)
    assert told(*found) == [f"people.toml:{message}"]
    assert underlined(found[0]) == place


WRONG_SETTINGS = [
    (
        "never = 1",
        '4:9: "never" must be a list of logins and references, not an integer',
        "1",
    ),
    (
        "never = [1]",
        '4:10: "never" must be a list of logins and references, not of an integer',
        "1",
    ),
    (
        'never = ["team:zz"]',
        '4:10: no team "zz" in the files; take it out here',
        '"team:zz"',
    ),
    (
        'never = ["group:a b"]',
        (
            '4:10: "a b" is not a name for a group; it has 1 to 100 letters, digits,'
            " hyphens and underscores"
        ),
        '"group:a b"',
    ),
    (
        'never = ["svc-*"]',
        (
            '4:10: "svc-*" is a glob, and never takes none for logins; write each'
            ' login, or "group:NAME"; ignore takes globs'
        ),
        '"svc-*"',
    ),
    (
        'never = ["group:zz*"]',
        '4:10: no group is called like "zz*"; take it out here',
        '"group:zz*"',
    ),
    (
        'never = ["team:open"]',
        (
            '4:10: the files do not say who is in the team "open"; write members ='
            " [...] in [teams.open], or name people here"
        ),
        '"team:open"',
    ),
    (
        'never = ["team:w*"]',
        (
            '4:10: "w*" is not a team\'s slug; the only glob for teams is "team:*",'
            " everybody in any team"
        ),
        '"team:w*"',
    ),
    (
        'never = ["bob", "a@b"]',
        (
            '4:17: "a@b" is not an e-mail address; behind the @ stands a domain, such'
            ' as "acme.example"'
        ),
        '"a@b"',
    ),
    (
        'never = [{ group = "a" }]',
        '4:10: "never" must be a list of logins and references, not of a table',
        '{ group = "a" }',
    ),
    (
        'warn_before = "soon"',
        (
            '4:15: "warn_before" must be a whole number with its unit; write it like'
            ' "30s", "10m", "2h" or "7d"'
        ),
        '"soon"',
    ),
    (
        "warn_before = 14",
        (
            '4:15: "warn_before" must be a whole number with its unit; write it like'
            ' "30s", "10m", "2h" or "7d"'
        ),
        "14",
    ),
    ("nevr = []", '4:1: unknown key "nevr"; did you mean "never"?', "nevr"),
]


@pytest.mark.parametrize(
    ("line", "message", "place"), WRONG_SETTINGS, ids=range(len(WRONG_SETTINGS))
)
def test_what_is_wrong_in_the_settings_is_told_with_its_place(
    tmp_path: Path, line: str, message: str, place: str
) -> None:
    settings = f'[github]\norganization = "acme"\n[manage]\n{line}\n'
    found = problems(tmp_path, "[teams.open]\n", settings=settings)
    assert told(*found) == [f"ghstate.toml:{message}"]
    assert underlined(found[0]) == place


def test_sets_that_refer_to_one_another_too_often_are_told_of_at_the_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghstate.rules.references.MAX_LINKS", 6)
    text = "[groups.b]\nany = []\n[groups.c]\nany = []\n[groups.d]\nany = []\n"
    assert told(*problems(tmp_path, f'[groups.a]\nany = ["group:*"]\n{text}')) == [
        "people.toml:1:2: the groups refer to one another too often to be followed"
    ]


def test_sets_that_are_too_large_are_told_of_at_the_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghstate.rules.membership.MAX_HELD", 1)
    text = '[groups.a]\nany = ["bob", "cyd"]\n'
    assert told(*problems(tmp_path, text)) == [
        "people.toml:1:2: there are too many people in too many groups"
    ]


def test_long_names_are_cut_where_they_are_told(tmp_path: Path) -> None:
    long = "x" * 100_000
    (found,) = problems(tmp_path, f'[groups.a]\nany = ["group:{long}"]\n')
    assert found.message == (f'"{"x" * 59}…" is not a name for a group')
    assert len(found.excerpt) < 1000
