"""What is told of the lock file: exact text."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot as exactly
from msgspec.structs import replace

from ghstate.model.locked import Locked
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.past import Past
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.report.locked import describe_locked
from ghstate.report.terminal import to_text
from tests.build import ACME

BEFORE = Locked(
    organization=ACME,
    ids={Login("Ada"): 1, Login("bob"): 2, Login("cyd"): 3},
    past={Login("bob"): Past(invited=(7,)), Login("gone"): Past(invited=(8, 9))},
)
AFTER = Locked(
    organization=ACME,
    ids={Login("Ada"): 1, Login("bob"): 2, Login("dan"): 4},
    past={
        Login("bob"): Past(invited=(7, 8), forgiven=(7,)),
        EmailAddress("new.hire@acme.example"): Past(invited=(9,)),
    },
)


def read(
    before: Locked | None, after: Locked, *, written: bool = True, same: bool = False
) -> str:
    document = describe_locked("the.lock", before, after, written=written, same=same)
    return to_text(document).plain


def test_what_changed_is_told_person_by_person() -> None:
    assert read(BEFORE, AFTER) == exactly("""\
the.lock · 4 people

People
  + dan                    account 4
  + new.hire@acme.example  invited once
  ~ bob                    invited once → invited twice, 1 forgiven
  - cyd                    account 3
  - gone                   invited twice

Written: 2 added, 1 changed, 2 removed; commit it
""")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((1, Past()), (1, Past(invited=(7,))), "invited once"),
        ((1, Past(invited=(7,))), (1, Past()), "invited once → no invitation"),
        ((1, Past()), (2, Past()), "account 1 → account 2"),
        ((None, Past(invited=(7,))), (1, Past(invited=(7,))), "account 1"),
        (
            (1, Past(invited=(7, 8))),
            (2, Past(invited=(7, 8, 9))),
            "account 1 → account 2, invited twice → invited 3 times",
        ),
        ((1, Past(invited=(7,))), (1, Past(invited=(8,))), "other invitations"),
    ],
)
def test_of_a_person_only_what_is_otherwise_is_told(
    before: tuple[int | None, Past], after: tuple[int | None, Past], told: str
) -> None:
    assert f"\n  ~ bob  {told}\n" in read(only_bob(*before), only_bob(*after))


def only_bob(number: int | None, past: Past) -> Locked:
    bob = Login("bob")
    return Locked(
        organization=ACME,
        ids={} if number is None else {bob: number},
        past={bob: past},
    )


def test_what_is_not_written_would_change() -> None:
    assert read(BEFORE, AFTER, written=False).splitlines()[-1] == exactly(
        "Would change: 2 added, 1 changed, 2 removed"
    )


def test_a_kind_that_is_newly_managed_is_a_line_to_review() -> None:
    before = replace(AFTER, managed=frozenset({Team.TYPE}))
    after = replace(AFTER, managed=frozenset({Member.TYPE, TeamMember.TYPE}))
    assert read(before, after) == exactly("""\
the.lock · 4 people

Managed
  + members
  + team members
  - teams

Written: 2 newly managed, 1 managed no longer; commit it
""")


def test_kinds_and_people_are_told_together() -> None:
    after = replace(AFTER, managed=frozenset({Member.TYPE}))
    assert read(BEFORE, after).splitlines()[2:6] == [
        "Managed",
        "  + members",
        "",
        "People",
    ]
    assert read(BEFORE, after).splitlines()[-1] == (
        "Written: 2 added, 1 changed, 2 removed, 1 newly managed; commit it"
    )


def test_a_new_file_of_many_people_is_counted() -> None:
    many = Locked(organization=ACME, ids={Login(f"p{n:02}"): n for n in range(1, 31)})
    lines = read(None, many).splitlines()
    assert lines[-4:] == exactly(
        ["  + p20  account 20", "    and 10 more", "", "Written: 30 added; commit it"]
    )


def test_the_same_text_is_up_to_date() -> None:
    assert read(AFTER, AFTER, same=True) == exactly("""\
the.lock · 4 people

Up to date.
""")


def test_another_layout_is_written_all_the_same() -> None:
    assert read(AFTER, AFTER) == exactly("""\
the.lock · 4 people

Written: nothing but the layout; commit it
""")
