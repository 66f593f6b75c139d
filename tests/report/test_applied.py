"""How the end of an apply reads: exact text."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from inline_snapshot import snapshot as exactly
from msgspec.structs import replace

from ghstate.engine.applied import Applied, End, Result
from ghstate.errors import Limit, LimitReached, StateUnwritable, Unreachable
from ghstate.model.names import Slug
from ghstate.model.organization import Snapshot
from ghstate.plan.change import Change, Create, Reason, Update
from ghstate.report.applied import describe_applied
from ghstate.report.console import Color, console, show
from ghstate.report.terminal import to_text
from tests.build import (
    NOW,
    by_mail,
    failed,
    invited,
    member,
    snapshot,
    team,
    team_member,
)
from tests.report import stories

MAILED = "cancelled and sent again"
NEW = "new.hire@acme.example"


def read(applied: Applied, after: Snapshot | None = None) -> str:
    stream = StringIO()
    document = describe_applied(
        applied, cost="3 requests, in 0.1 s", now=NOW, snapshot=after
    )
    show(to_text(document), console(Color.AUTO, stream, {}))
    return stream.getvalue()


def applied(
    *results: tuple[Change, End, str],
    limit: LimitReached | None = None,
    at_once: bool = False,
    held_back: int = 0,
) -> Applied:
    changes = [change for change, _, _ in results]
    made = stories.plan(*changes, held_back=held_back)
    return Applied(
        plan=replace(made, at_once=at_once),
        results=tuple(Result(*each) for each in results),
        limit=limit,
    )


def renews(login: str, **details: Any) -> Update:
    waits = invited(member(login), days_ago=6, **details)
    return Update(waits, waits.resource, frozenset(), Reason.RENEW)


def replaces(login: str, role: str = "member") -> Update:
    managed = frozenset({"role"})
    waits = invited(member(login, "admin"), days_ago=2)
    return Update(waits, member(login, role), managed, Reason.REPLACE_INVITATION)


def test_who_was_invited_is_told_with_the_day_until_which_they_can_accept() -> None:
    again = Create(member("kim"), Reason.REINVITE, before=failed(member("kim")))
    ended = applied(
        (stories.invites("Bob", "admin"), End.DONE, ""),
        (again, End.DONE, ""),
        (renews("lou"), End.DONE, MAILED),
        (stories.promotes("carol"), End.DONE, ""),
        (stories.brings("platform", "Bob"), End.DONE, ""),
        (stories.brings("sre", "Bob", "maintainer"), End.DONE, ""),
    )
    assert read(ended) == exactly("""\

3 people invited; they have until 28 November to accept
  … Bob  as admin  with platform, sre (maintainer)
  … kim  as member
  … lou  as member

Applied: 4 changes made
3 requests, in 0.1 s altogether
""")


def test_a_replaced_invitation_is_a_mail_with_the_time_that_github_gives_it() -> None:
    after = snapshot(
        invited(member("kim"), days_ago=2),
        invited(team_member("web", "kim")),
        invited(member("bob"), days_ago=0),
        members={"ada": "admin"},
        teams={"web": []},
    )
    ended = applied(
        (stories.invites("bob"), End.DONE, ""),
        (replaces("kim"), End.DONE, ""),
        (replaces("lou"), End.DONE, MAILED),
        (stories.brings("sre", "kim", "maintainer"), End.DONE, ""),
    )
    assert read(ended, after) == exactly("""\

3 people invited; they have until 28 November to accept
  … bob  as member
  … kim  as member  with sre (maintainer), web; until 26 November
  … lou  as member

Worth knowing
  · lou  cancelled and sent again

Applied: 3 changes made
3 requests, in 0.1 s altogether
""")


def test_a_renewed_invitation_by_mail_is_told_with_its_teams() -> None:
    again = renews(NEW, teams=(Slug("Ops"),))
    after = snapshot(members={"ada": "admin"}, waiting=[by_mail(NEW, days_ago=0)])
    later = f"{MAILED}; the place in ops follows after the answer"
    assert read(applied((again, End.DONE, later)), after) == exactly("""\

1 person invited; they have until 28 November to accept
  … new.hire@acme.example  as member  with Ops

Worth knowing
  · new.hire@acme.example  the place in ops follows after the answer

Applied: 1 change made
3 requests, in 0.1 s altogether
""")


def test_everything_has_the_name_that_people_know() -> None:
    ended = applied(
        (stories.invites(NEW), End.FAILED, "GitHub answered 422: No"),
        (stories.adds("Ops", "Bob"), End.FAILED, "GitHub answered 403: No"),
        (Create(team("web"), Reason.CREATE), End.FAILED, "GitHub answered 500"),
        held_back=1,
    )
    assert read(ended) == exactly("""\

Failed
  ✗ new.hire@acme.example  GitHub answered 422: No
  ✗ Bob in Ops             GitHub answered 403: No
  ✗ team web               GitHub answered 500

Applied: 0 changes made, 3 failed, 1 held back
3 requests, in 0.1 s altogether
""")


def test_more_people_than_a_screen_takes_are_counted() -> None:
    many = [(stories.invites(f"p{n}"), End.DONE, "") for n in range(21)]
    assert read(applied(*many)) == exactly("""\

21 people invited; they have until 28 November to accept
  … `ghstate invites` shows them

Applied: 21 changes made
3 requests, in 0.1 s altogether
""")


def test_where_there_are_no_invitations_nobody_has_to_accept() -> None:
    words = "added at once: there are no invitations here"
    many = [(stories.invites(f"p{n}"), End.DONE, words) for n in range(4)]
    assert read(applied(*many, at_once=True)) == exactly("""\

Worth knowing
  · 4 changes  added at once: there are no invitations here

Applied: 4 changes made
3 requests, in 0.1 s altogether
""")


def test_what_ended_otherwise_is_told_in_full() -> None:
    ended = applied(
        (stories.invites("Bob"), End.ALREADY, "Bob is invited already, as member"),
        (stories.brings("ops", "Bob"), End.ALREADY, "Bob is invited already"),
        (stories.promotes("carol"), End.FAILED, "GitHub answered 422: No"),
        (stories.removes("dave"), End.SKIPPED, "it needs teams.ops"),
    )
    assert read(ended) == exactly("""\

Failed
  ✗ carol  GitHub answered 422: No

Not done, because something else failed
  ! dave  it needs teams.ops

Was so already
  · Bob  Bob is invited already, as member

Applied: 0 changes made, 1 already so, 1 failed, 1 skipped
3 requests, in 0.1 s altogether
""")


def test_t12_a_limit_says_when_to_come_back_and_how_much_is_left() -> None:
    limit = LimitReached(
        "GitHub's limit of invitations a day is reached",
        kind=Limit.INVITATIONS,
        grants_only=True,
        retry_at=datetime(2026, 11, 22, 9, 12, tzinfo=UTC),
        hint="run apply again then; nobody is invited twice",
    )
    left = [(stories.invites(f"p{n:02}"), End.LEFT, "") for n in range(23)]
    text = read(applied((stories.invites("ann"), End.DONE, ""), *left, limit=limit))
    assert text.startswith(
        "\n1 person invited; they have until 28 November to accept\n"
        "  … ann  as member\n\nNot begun\n  … p00\n"
    )
    assert text.partition("  … p19\n")[2] == exactly("""\
  … and 3 more

Worth knowing
  ! GitHub's limit of invitations a day is reached
    run apply again then; nobody is invited twice; again from 2026-11-22 09:12 UTC; 23 changes are left

Applied: 1 change made, 23 not begun
3 requests, in 0.1 s altogether
""")  # noqa: E501 - a line is as long as what it has to say


def test_a_limit_that_leaves_nothing_says_no_more_than_it_is() -> None:
    limit = LimitReached("no seat left", grants_only=True, kind=Limit.SEATS)
    assert "  ! no seat left\n\nApplied" in read(applied(limit=limit))


@pytest.mark.parametrize("rescued", [None, "/tmp/state.rescue-1"])  # noqa: S108 - only named
def test_a_state_that_could_not_be_written_is_told_with_its_rescue(
    rescued: str | None,
) -> None:
    full = StateUnwritable("no space left", hint="make room")
    ended = Applied(plan=stories.plan(), stopped=full, unwritten=full, rescued=rescued)
    text = read(ended)
    assert text.count("no space left\n    make room\n") == 1
    assert ("the state was saved in" in text) is (rescued is not None)


def test_what_is_not_certain_is_told_apart() -> None:
    ended = Applied(
        plan=stories.plan(),
        interrupted=True,
        unread=Unreachable("no route"),
        remaining=(stories.promotes("carol"),),
    )
    assert read(ended) == exactly("""\

Worth knowing
  ! no route
  ! interrupted: the call under way was finished, no other was begun
    run apply again to go on
  ! carol  was done, and GitHub does not show it
           plan again in a moment

Applied: 0 changes made
3 requests, in 0.1 s altogether
""")
