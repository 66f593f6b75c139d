"""`plan --at DATE`: what the plan would be on another day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from ghstate.cli import workspace
from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.cli.conftest import ACME
from tests.journey import Project

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOON.date()
SOON, LATER = TODAY + timedelta(days=3), TODAY + timedelta(days=30)


class Clock:
    """The time on this machine, which stands."""

    time = NOON

    @classmethod
    def now(cls, zone: tzinfo | None = None) -> datetime:
        return cls.time.astimezone(zone)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(Clock, "time", NOON)
    monkeypatch.setattr(workspace, "datetime", Clock)
    return Clock


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An organization in which it is noon, too."""
    with Sandbox(from_neutral(ACME, start=NOON)) as running:
        yield running


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


# A saved plan, and a day that comes ---------------------------------------------


def later(clock: type[Clock], dated: Project, days: int) -> None:
    """Let *days* pass, here and on GitHub."""
    clock.time += timedelta(days=days)
    dated.sandbox.world.advance(timedelta(days=days))


def test_a_saved_plan_is_not_applied_when_the_files_ask_for_more_by_now(
    dated: Project, clock: type[Clock], tmp_path: Path
) -> None:
    path = tmp_path / "acme.plan"
    dated.teams('[teams.ops]\nmembers = ["bob", "cyd"]\n')
    assert dated.run("plan", "--out", str(path)).code == Exit.DONE
    later(clock, dated, 4)

    ran = dated.run("apply", str(path))

    assert ran.code == Exit.STALE
    assert "Not in the saved plan\n  - cyd      remove\n" in ran.out
    assert ran.err.endswith(
        f"error: {path} may not be applied: the files ask for something else since it "
        "was made, because a day has come that they name; nothing was changed\n"
        f"  review what is shown, and plan again: ghstate plan --out {path}\n"
    )
    assert dated.sandbox.history.writes() == []


def test_a_saved_plan_is_applied_after_days_that_change_nothing(
    dated: Project, clock: type[Clock], tmp_path: Path
) -> None:
    path = tmp_path / "acme.plan"
    dated.teams('[teams.ops]\nmembers = ["bob", "cyd"]\n')
    assert dated.run("plan", "--out", str(path)).code == Exit.DONE
    later(clock, dated, 2)

    assert dated.run("apply", str(path)).code == Exit.DONE


def test_what_others_have_done_is_not_laid_to_a_day_that_has_come(
    dated: Project, clock: type[Clock], tmp_path: Path
) -> None:
    path = tmp_path / "acme.plan"
    assert dated.run("plan", "--out", str(path)).code == Exit.DONE
    later(clock, dated, 2)
    dated.sandbox.world.add_member("fay")

    ran = dated.run("apply", str(path))

    assert ran.code == Exit.STALE
    assert "the organization has changed since it was made" in ran.err
