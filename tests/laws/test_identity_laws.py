"""Laws of identity: nobody is removed, invited or promoted because a name moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.policy import Policy, RemovalLimit
from ghstate.model.resource import Observed, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Create, Delete, Reason, Update
from ghstate.plan.identity import Account, Known, unseen
from ghstate.plan.make import make_plan
from ghstate.plan.plan import Plan
from tests.build import (
    ACME,
    declared,
    desired,
    invitation,
    member,
    snapshot,
    team_member,
)

SETTINGS = settings(max_examples=200, deadline=None)

NAMES = tuple(map(Login, ("bob", "cid", "dan", "eve", "flo", "gus")))
POLICY = Policy(max_removals=RemovalLimit(count=1_000, percent=100))
TEAM = "ops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """An account that the files name by the login that it had at first."""

    number: int
    before: Login
    now: Login | None
    """None: the account is deleted."""

    role: str
    standing: Standing | None
    """None: not there, and nothing is failed or waiting."""

    in_team: bool
    pinned: bool
    by_address: bool

    @property
    def address(self) -> EmailAddress:
        return EmailAddress(f"{self.before}@mail.example")

    @property
    def called(self) -> Login:
        """What the files call them."""
        return self.address if self.by_address else self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Accounts whose names have moved since they were first seen."""

    people: tuple[Someone, ...]
    squatters: tuple[Login, ...]
    """Names that were free, and are strangers' now."""

    def holder(self, login: Login) -> int | None:
        """Whose *login* is today."""
        for each in self.people:
            if each.now == login:
                return each.number
        return 900 + NAMES.index(login) if login in self.squatters else None

    def plan(self) -> Plan:
        """The plan for files in which everybody stands as they are in."""
        here: list[Observed[Any]] = []
        for each in self.people:
            if each.standing is None or each.now is None:
                continue
            waits = each.standing is not Standing.ACTIVE
            known = invitation(member("x")) if waits else None
            who = member(each.now, each.role)
            here.append(Observed(who, each.standing, each.number, known))
            if each.in_team and each.standing is not Standing.FAILED:
                owner = each.role == "admin" and not waits
                place = team_member(TEAM, each.now, "maintainer" if owner else "member")
                here.append(Observed(place, each.standing, each.number, known))
        have = snapshot(*here, members={"ada": "admin"}, teams={TEAM: []})
        files = desired(
            *(
                declared(
                    Member(login=each.called, role=member("x", each.role).role),
                    pinned=each.number if each.pinned and not each.by_address else None,
                )
                for each in self.people
            ),
            *(
                declared(
                    TeamMember(team=team_member(TEAM, "x").team, login=each.called)
                )
                for each in self.people
                if each.in_team
            ),
            members={"ada": "admin"},
            teams={TEAM: []},
        )
        keys = {
            Mailbox.of(each.address, ACME.id).key: each.number
            for each in self.people
            if each.by_address
        }
        first = {each.before: each.number for each in self.people}
        accounts = {
            login: Account(number, login) if (number := self.holder(login)) else None
            for login in unseen(files, have)
        }
        return make_plan(files, have, POLICY, known=Known(first | keys, accounts))


@st.composite
def moved(draw: st.DrawFn) -> Moved:
    """Names are exchanged, given up for new ones, taken over by strangers."""
    count = draw(st.integers(1, 4))
    first = NAMES[:count]
    others = draw(st.permutations([*NAMES, None, None]))
    taken: set[Login] = set()
    people: list[Someone] = []
    for number, old in enumerate(first, start=1):
        wished = old if draw(st.booleans()) else others[number]
        now = None if wished is None or wished in taken else wished
        taken |= {now} if now else set()
        standing = draw(st.sampled_from([*Standing, Standing.ACTIVE, None]))
        is_in = standing is Standing.ACTIVE and now is not None
        people.append(
            Someone(
                number=number,
                before=old,
                now=now,
                role=draw(st.sampled_from(["member", "admin"])),
                standing=standing,
                in_team=draw(st.booleans()),
                pinned=draw(st.booleans()),
                by_address=is_in and draw(st.booleans()),
            )
        )
    free = [name for name in NAMES if name not in taken]
    squatters = [name for name in free if draw(st.booleans())]
    return Moved(people=tuple(people), squatters=tuple(squatters))


@SETTINGS
@given(moved())
def test_nobody_is_removed_or_cancelled_because_a_name_moved(moved: Moved) -> None:
    """The files name everybody who is in, by the name that they had at first."""
    made = moved.plan()
    event(", ".join(sorted({note.code for note in made.notes})) or "nothing to say")
    gone = [each for each in made.changes if isinstance(each, Delete)]
    assert gone == []


@SETTINGS
@given(moved())
def test_only_whoever_was_meant_is_invited(moved: Moved) -> None:
    """Not a stranger with their name, nor somebody who is in by another one."""
    made = moved.plan()
    meant = {each.number: each for each in moved.people}
    for change in made.changes:
        if not isinstance(change, Create) or not isinstance(change.after, Member):
            continue
        number = moved.holder(change.after.login)
        assert number in meant, f"{change.after.login} is a stranger"
        assert meant[number].standing in {None, Standing.FAILED}


@SETTINGS
@given(moved())
def test_nobody_gets_a_role_or_a_place_that_is_another_s(moved: Moved) -> None:
    made = moved.plan()
    meant = {each.number: each for each in moved.people}
    for change in made.changes:
        match change:
            case Update(after=Member(login=login, role=role)):
                assert role == meant[moved.holder(login) or 0].role
                assert change.reason is not Reason.CHANGE_ROLE, "all have their role"
            case Create(after=TeamMember(login=login)):
                assert meant[moved.holder(login) or 0].in_team
            case _:
                pass


@SETTINGS
@given(moved())
def test_whoever_was_told_apart_is_told_of(moved: Moved) -> None:
    """Every name that has moved is in a note, whatever came of it."""
    made = moved.plan()
    told = {part for note in made.notes for part in map(str, note.address or ())}
    for each in moved.people:
        if each.now != each.called and each.standing is not Standing.FAILED:
            assert {each.called, each.now} & told, each


@SETTINGS
@given(moved())
def test_files_with_the_names_of_today_leave_nothing_to_say(moved: Moved) -> None:
    today = tuple(
        replace(each, before=each.now, pinned=True)
        for each in moved.people
        if each.now is not None and not each.by_address
    )
    made = Moved(people=today, squatters=moved.squatters).plan()
    codes = {note.code for note in made.notes}
    assert codes.isdisjoint({"renamed", "identity-changed", "account-gone"})
