"""Explanations to be reported: words for their parts, and one of each sort."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ghstate.model.complaint import Part
from ghstate.model.groups import ALWAYS, Period
from ghstate.model.note import Note, Severity
from ghstate.model.resource import KeyPath
from ghstate.model.way import Effect, Step, Way
from ghstate.plan.change import Create, Delete, Reason, Update
from ghstate.rules.explanation import Decided, Explained, Explanation
from tests.build import (
    ACME,
    ago,
    declared,
    failed,
    found,
    invited,
    member,
    person,
    team,
    team_member,
)
from tests.report import stories
from tests.report.stories import Spot

TODAY = date(2026, 11, 21)
OVER = Period(until=date(2026, 8, 31))
ENDS = Period(until=date(2027, 1, 31))
LATER = Period(since=date(2027, 6, 1))


def locate(path: KeyPath, part: Part) -> Spot:
    """Each table in a file of its own; the deeper, the further down."""
    number = next((each for each in path if isinstance(each, int)), 0)
    column = 1 if part is Part.KEY else 12 + 7 * number
    return Spot(f"{path[0]}.toml", len(path), column)


def explanation(
    *things: Explained, subject: str = "bob", refusals: Iterable[Note] = (), **more: Any
) -> Explanation:
    is_address = "." in subject or subject == "members"
    return Explanation(
        **{
            "subject": subject,
            "organization": ACME,
            "snapshot_at": ago(minutes=3),
            "day": TODAY,
            "person": None if is_address else person(subject),
            "things": things,
            "refusals": tuple(refusals),
            **more,
        }
    )


# Lines of the files ---------------------------------------------------------------


def line(key: str, names: str, number: int = 0, period: Period = ALWAYS) -> Step:
    """The item at *number* of a list, or a key of ``[members]``."""
    if key == "members":
        return Step(("members", names), names, Part.KEY, period)
    return Step((*key.split("."), number), names, Part.VALUE, period)


def way(effect: Effect, *steps: Step, role: str = "member", **more: Any) -> Way:
    return Way(steps=steps, role=role, effect=effect, **more)


STAFF = (line("members", "group:staff"), line("groups.staff.any", "bob"))
"""The way into the organization that most stories have."""

ONCALL = (
    line("teams.ops.members", "group:oncall"),
    line("groups.oncall.any", "group:sre"),
    line("groups.sre.any", "bob", 2),
)

TAKEN: dict[Effect, Way] = {
    Effect.GIVES: way(Effect.GIVES, *ONCALL),
    Effect.AGREES: way(Effect.AGREES, *ONCALL),
    Effect.OUTRANKED: way(Effect.OUTRANKED, *ONCALL),
    Effect.OVER: way(
        Effect.OVER,
        *ONCALL,
        because=(Step(("groups", "sre", "until"), "group:sre", period=OVER),),
    ),
    Effect.TO_COME: way(
        Effect.TO_COME,
        line("teams.ops.members", "bob", 1, LATER),
        because=(line("teams.ops.members", "bob", 1, LATER),),
    ),
    Effect.EXCLUDED: way(
        Effect.EXCLUDED,
        *ONCALL,
        because=(
            line("groups.oncall.except", "group:leavers"),
            line("groups.leavers.any", "bob"),
        ),
    ),
    Effect.NOT_IN_ALL: way(
        Effect.NOT_IN_ALL,
        *ONCALL,
        because=(line("groups.oncall.all", "group:staff"),),
    ),
    Effect.NOT_A_MEMBER: way(
        Effect.NOT_A_MEMBER,
        *ONCALL,
        because=(line("members", "bob", period=OVER),),
    ),
    Effect.NEVER: way(
        Effect.NEVER,
        *ONCALL,
        because=(
            line("manage.never", "group:leavers"),
            line("groups.leavers.any", "bob"),
        ),
    ),
}
"""One way with each effect."""


# Things ---------------------------------------------------------------------------


def membership(login: str = "bob", role: str = "member", **more: Any) -> Explained:
    """Asked for and there, unless *more* says otherwise."""
    mine = member(login, role)
    return Explained(
        **{
            "address": mine.address,
            "asked": declared(mine),
            "managed": True,
            "ways": (way(Effect.GIVES, line("members", login), role=role),),
            **({} if "found" in more else {"found": found(mine)}),
            **more,
        }
    )


def place(slug: str = "ops", login: str = "bob", **more: Any) -> Explained:
    """Asked for and there, unless *more* says otherwise."""
    mine = team_member(slug, login)
    given = way(Effect.GIVES, line(f"teams.{slug}.members", login))
    return Explained(
        **{
            "address": mine.address,
            "asked": declared(mine),
            "managed": True,
            "ways": (given,),
            **({} if "found" in more else {"found": found(mine)}),
            **more,
        }
    )


def not_asked(*ways: Way, **more: Any) -> Explained:
    """Bob's place in ops, which the files do not ask for."""
    return place(**{"asked": None, "ways": ways, **more})


def of_team(**more: Any) -> Explained:
    asked = team("ops", "Operations", parent="engineering", notifications=False)
    return Explained(
        **{
            "address": asked.address,
            "asked": declared(asked, "name", "parent", "notifications"),
            "managed": False,
            "found": found(
                team("ops", "Operations", description='Says "hi"', privacy="secret")
            ),
            **more,
        }
    )


def note(severity: Severity, code: str, summary: str, hint: str = "") -> Note:
    return stories.note(severity, code, summary, hint, "members.bob")


# Decisions --------------------------------------------------------------------------

_DESCRIBED = frozenset({"description"})
_BOTH = frozenset({"description", "privacy"})
_BEFORE = team("ops", description="Old")
_AFTER = team("ops", description="New", privacy="secret")

DECIDED: dict[str, Explained] = {
    "nothing": membership(),
    "invite": membership(found=None, decided=Decided(change=stories.invites("bob"))),
    "again": membership(
        found=failed(member("bob")),
        decided=Decided(
            change=Create(member("bob"), Reason.REINVITE, failed(member("bob")))
        ),
    ),
    "promote": membership(
        role="admin",
        found=found(member("bob")),
        decided=Decided(change=stories.promotes("bob")),
    ),
    "remove": membership(
        asked=None, ways=(), decided=Decided(change=stories.removes("bob"))
    ),
    "cancel": membership(
        asked=None,
        ways=(),
        found=invited(member("bob")),
        decided=Decided(
            change=Delete(invited(member("bob")), Reason.CANCEL_INVITATION)
        ),
    ),
    "add": place(found=None, decided=Decided(change=stories.adds("ops", "bob"))),
    "bring": place(found=None, decided=Decided(change=stories.brings("ops", "bob"))),
    "take out": not_asked(decided=Decided(change=stories.takes_out("ops", "bob"))),
    "describe": of_team(
        decided=Decided(
            change=Update(found(_BEFORE), _AFTER, _DESCRIBED, Reason.UPDATE)
        )
    ),
    "describe more": of_team(
        decided=Decided(change=Update(found(_BEFORE), _AFTER, _BOTH, Reason.UPDATE))
    ),
    "delete": of_team(
        asked=None,
        absent=("teams", "ops"),
        decided=Decided(change=Delete(found(team("ops")), Reason.DELETE)),
    ),
    "along with a person": not_asked(
        managed=False, decided=Decided(along_with=stories.removes("bob"))
    ),
    "along with an invitation": not_asked(
        managed=False,
        found=invited(team_member("ops", "bob")),
        decided=Decided(
            along_with=Delete(invited(member("bob")), Reason.CANCEL_INVITATION)
        ),
    ),
    "along with a team": not_asked(
        managed=False,
        decided=Decided(along_with=Delete(found(team("ops")), Reason.DELETE)),
    ),
    "along with something else": not_asked(
        decided=Decided(along_with=stories.promotes("bob"))
    ),
    "held back": membership(
        found=None,
        decided=Decided(
            held_back=True,
            notes=(
                note(
                    Severity.INFO, "held-back", "bob would be invited", "invite is off"
                ),
            ),
        ),
    ),
    "waits": membership(found=invited(member("bob")), decided=Decided(waits=True)),
    "left": membership(found=None),
    "impossible": membership(
        found=None,
        decided=Decided(
            notes=(
                note(
                    Severity.ERROR, "unknown-login", "GitHub has no bob", "write rob?"
                ),
            )
        ),
    ),
}
"""One thing for each sort of decision."""
