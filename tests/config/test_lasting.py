"""Dates that would stop a run on their day are refused while the files are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.writing import problems, told

SAFE = """\
[github]
organization = "acme"
[safety]
protected = ["Carol"]
min_admins = 1
"""
TWO_ADMINS = SAFE.replace("min_admins = 1", "min_admins = 2")
DATE = 'take the date away, or make somebody "admin" without one'
PROTECTED = "take the date away, or take carol out of protected in ghstate.toml"


@pytest.mark.parametrize(
    ("people", "where"),
    [
        ('alice = { role = "admin", until = 2027-01-31 }', "2:35"),
        (
            'alice = { role = "admin", until = 2027-01-31, then = "member" }',
            "2:35",
        ),
        ('alice = { role = "admin", until = 2020-01-31 }', "2:35"),
        ('"group:leads" = { role = "admin", until = 2027-01-31 }', "2:17"),
        ('"group:bygone" = "admin"', "2:18"),
    ],
)
def test_the_last_admin_does_not_end_by_a_date(
    tmp_path: Path, people: str, where: str
) -> None:
    text = (
        f"[members]\n{people}\n"
        '[groups.leads]\nany = ["alice"]\n'
        '[groups.bygone]\nany = ["alice"]\nuntil = 2027-01-31\n'
    )
    assert told(*problems(tmp_path, text, settings=SAFE)) == [
        (
            f"people.toml:{where}: alice is an admin until a day only; after such "
            f"days no admin is left, and min_admins is 1; {DATE}"
        )
    ]


def test_each_of_too_few_admins_is_told(tmp_path: Path) -> None:
    text = (
        '[members]\nann = "admin"\nbob = { role = "admin", until = 2027-01-31 }\n'
        'cyd = { role = "admin", until = 2028-01-31 }\n'
    )
    found = told(*problems(tmp_path, text, settings=TWO_ADMINS))
    assert [each.split(";")[0] for each in found] == [
        "people.toml:3:33: bob is an admin until a day only",
        "people.toml:4:33: cyd is an admin until a day only",
    ]
    assert "after such days 1 admin is left, and min_admins is 2" in found[0]


@pytest.mark.parametrize(
    "text",
    [
        '[members]\nann = "admin"\nbob = { role = "admin", until = 2027-01-31 }\n',
        # One follows the other.
        (
            '[members]\nann = { role = "admin", from = 2027-02-01 }\n'
            'bob = { role = "admin", until = 2027-01-31 }\n'
        ),
        # There was nobody to begin with: that is for a plan to say.
        '[members]\nbob = { role = "member", until = 2027-01-31 }\n',
        # Who is in the organization is nobody's business here.
        '[teams.t]\nmaintainers = [{ login = "bob", until = 2027-01-31 }]\n',
        # Another line holds longer.
        (
            '[members]\nann = "admin"\n'
            '"group:g" = { role = "member", until = 2027-01-31 }\n'
            '"group:h" = "member"\n[groups.g]\nany = ["carol"]\n'
            '[groups.h]\nany = ["carol"]\n'
        ),
        # A place in a team is not protected.
        (
            '[members]\nann = "admin"\ncarol = "member"\n'
            '[teams.t]\nmembers = [{ login = "carol", until = 2027-01-31 }]\n'
        ),
    ],
)
def test_what_lasts_is_nothing_to_complain_of(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text, settings=SAFE) == ()


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (
            'carol = { role = "member", until = 2027-01-31 }',
            "people.toml:3:36: carol is protected, and their access ends by a date",
        ),
        (
            'carol = { role = "admin", until = 2027-01-31, then = "member" }',
            (
                "people.toml:3:35: carol is protected, and their access falls back to "
                "member by a date"
            ),
        ),
        (
            '"group:leads" = { role = "member", until = 2027-01-31 }',
            "people.toml:3:17: carol is protected, and their access ends by a date",
        ),
    ],
)
def test_somebody_protected_does_not_end_by_a_date(
    tmp_path: Path, people: str, expected: str
) -> None:
    text = f'[members]\nann = "admin"\n{people}\n[groups.leads]\nany = ["carol"]\n'
    assert told(*problems(tmp_path, text, settings=SAFE)) == [
        f"{expected}; {PROTECTED}"
    ]
