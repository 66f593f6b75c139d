"""`plan --at DATE`: what the plan would be on another day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ghstate.cli.exits import Exit
from tests.journey import Project

TODAY = datetime.now(UTC).date()
SOON, LATER = TODAY + timedelta(days=3), TODAY + timedelta(days=30)


@pytest.fixture
def dated(acme: Project) -> Project:
    """Cyd leaves in three days, and eve comes in thirty."""
    acme.members(
        'ada = "admin"\nbob = "member"\n'
        f'cyd = {{ role = "member", until = {SOON} }}\n'
        f'eve = {{ role = "member", from = {LATER} }}\n'
    )
    return acme


def test_a_plan_of_today_tells_what_ends_soon(dated: Project) -> None:
    planned = dated.plan()
    assert planned.reasons == {}
    assert planned.notes == {"ends-soon": "members.cyd"}


def test_a_plan_of_another_day_goes_by_the_dates_in_the_files(dated: Project) -> None:
    assert dated.plan("--at", str(SOON)).reasons == {}
    assert dated.plan("--at", str(SOON + timedelta(days=1))).reasons == {
        "members.cyd": "remove"
    }
    assert dated.plan("--at", str(LATER)).reasons == {
        "members.cyd": "remove",
        "members.eve": "invite",
    }


def test_a_plan_of_another_day_says_so_and_cannot_be_applied(dated: Project) -> None:
    ran = dated.run("plan", "--at", str(LATER))
    header, *_ = ran.out.splitlines()
    assert header.endswith(f"· as of {LATER.day} {LATER:%B} {LATER.year}")
    assert "apply exactly this" not in ran.out
    assert dated.plan("--at", str(LATER)).document["at"] == str(LATER)
    assert "at" not in dated.plan().document


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--at", str(LATER), "--out", "x.plan"],
            "the plan of another day is not saved",
        ),
        (["--at", "2020-01-01"], "2020-01-01 is over"),
        (["--at", "soon"], "'soon' is no day; write it like 2027-01-31"),
        (["--at", "20270131"], "'20270131' is no day; write it like 2027-01-31"),
    ],
)
def test_a_day_that_makes_no_sense_is_refused(
    dated: Project, arguments: list[str], words: str
) -> None:
    ran = dated.run("plan", *arguments)
    assert ran.code == Exit.ERROR
    assert words in ran.err


def test_the_lock_file_has_everybody_whenever_they_come(dated: Project) -> None:
    assert dated.run("lock").code == Exit.DONE
    text = (dated.directory / "ghstate.lock.toml").read_text("utf-8")
    assert "eve = " in text
    assert "cyd = " in text
    assert dated.run("lock", "--check", "--refresh").code == Exit.DONE
