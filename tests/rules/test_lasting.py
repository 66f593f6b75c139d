"""What a last day that has passed has taken away, apart from all else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ghstate.config.project import load
from tests.config.writing import write

FILES = """\
[members]
ann = "admin"
bob = { role = "member", until = 2026-11-20 }
cyd = { role = "member", from = 2026-12-01 }
dan = { role = "admin", until = 2026-11-20, then = "member" }
eve = { role = "member", until = 2026-11-20 }
"group:g" = "member"

[groups.g]
any = ["eve", { login = "fay", until = 2026-11-20 }, "gil"]
except = ["group:out"]

[groups.out]
any = ["gil"]
until = 2026-11-20

[teams.t]
members = ["ann", "bob", "group:g"]
until = 2026-11-20
"""


@pytest.mark.parametrize(
    ("day", "never", "expected"),
    [
        (date(2026, 11, 20), "[]", ""),
        (
            date(2026, 11, 21),
            "[]",
            (
                "members.bob members.dan members.fay teams.t.members.ann "
                "teams.t.members.bob teams.t.members.eve teams.t.members.fay"
            ),
        ),
        (
            date(2026, 11, 21),
            '["bob", "fay"]',
            "members.dan teams.t.members.ann teams.t.members.eve",
        ),
    ],
)
def test_only_what_a_last_day_has_taken_has_ended(
    tmp_path: Path, day: date, never: str, expected: str
) -> None:
    settings = f'[github]\norganization = "acme"\n[manage]\nnever = {never}\n'
    write(tmp_path, {"people.toml": FILES, "ghstate.toml": settings})
    ended = load(tmp_path, today=day).desired.ended
    assert " ".join(sorted(map(str, ended))) == expected


def test_an_id_and_an_address_tell_who_it_is_on_every_day(tmp_path: Path) -> None:
    text = (
        '[members]\nann = "admin"\n"group:g" = "member"\n'
        'erin = { role = "member", id = 42, email = "e@acme.example", '
        "until = 2026-11-20 }\n"
        '[groups.g]\nany = ["erin"]\n'
    )
    write(tmp_path, {"people.toml": text})
    desired = load(tmp_path, today=date(2026, 11, 21)).desired
    [erin] = [
        each for each in desired.declared.values() if each.resource.person == "erin"
    ]
    assert (erin.id, erin.email) == (42, "e@acme.example")
    assert erin.path == ("members", "group:g")
