"""People, teams and those who wait, counted alike wherever they are told."""

from __future__ import annotations

import pytest

from ghstate.model.organization import Snapshot
from ghstate.report.headcount import Headcount
from tests.build import by_mail, failed, invited, member, snapshot

ADA = {"ada": "admin"}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (snapshot(members=ADA), "1 person, 0 teams"),
        (
            snapshot(members={**ADA, "bob": "member"}, teams={"ops": ["bob"]}),
            "2 people, 1 team",
        ),
        (snapshot(invited(member("eve")), members=ADA), "1 person, 0 teams, 1 waiting"),
        (
            snapshot(failed(member("eve")), members=ADA),
            "1 person, 0 teams",
        ),
        (
            snapshot(
                invited(member("eve")),
                members=ADA,
                waiting=[by_mail("new.hire@acme.example")],
            ),
            "1 person, 0 teams, 2 waiting",
        ),
    ],
    ids=["alone", "a team", "invited", "invited in vain", "invited by mail, too"],
)
def test_people_are_members_and_who_waits_is_told_besides(
    seen: Snapshot, told: str
) -> None:
    assert str(Headcount.of(seen)) == told
