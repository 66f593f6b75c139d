"""Contract §3.1, cell by cell: what a plan says of one person in every situation.

The table is written by hand; nothing in it is computed the way the planner computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from ghstate.model.invitation import InvitationRole, InvitationSource
from ghstate.model.member import Member
from ghstate.model.names import Login
from ghstate.model.note import Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy, WrongRole
from ghstate.model.resource import Observed
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Create, Delete
from ghstate.plan.make import make_plan
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from ghstate.rules.guards import guard
from tests.build import (
    declared,
    desired,
    failed,
    found,
    invitation,
    invited,
    member,
    snapshot,
    team,
    team_member,
)

FEATURES = {
    "both": Policy(),
    "no-invite": Policy(invite=False),
    "no-remove": Policy(remove=False),
    "neither": Policy(invite=False, remove=False),
}

TABLE = """
files    GitHub          wrong_role  both    no-invite   no-remove  neither    if-protected  if-ignored

admin    is admin        any         .       .           .          .          same          .
admin    is member       any         role    role        role       role       same          left
admin    invited admin   any         wait    wait        wait       wait       same          left
admin    invited member  reduce      other   other       other      other      same          left
admin    invited member  correct     swap    held-swap   swap       held-swap  same          left
admin    invited member  leave       other   other       other      other      same          left
admin    ended admin     any         again   held-again  again      held-again same          left
admin    ended member    any         again   held-again  again      held-again same          left
admin    not there       any         invite  held        invite     held       same          left

member   is admin        any         role    role        role       role       refused       left
member   is member       any         .       .           .          .          same          .
member   invited admin   reduce      swap    held-swap   swap       held-swap  same          left
member   invited admin   correct     swap    held-swap   swap       held-swap  same          left
member   invited admin   leave       other   other       other      other      same          left
member   invited member  any         wait    wait        wait       wait       same          left
member   ended admin     any         again   held-again  again      held-again same          left
member   ended member    any         again   held-again  again      held-again same          left
member   not there       any         invite  held        invite     held       same          left

nothing  is admin        any         remove  remove      held       held       refused       .
nothing  is member       any         remove  remove      held       held       refused       .
nothing  invited admin   any         cancel  cancel      held       held       same          .
nothing  invited member  any         cancel  cancel      held       held       same          .
nothing  ended admin     any         .       .           .          .          same          .
nothing  ended member    any         .       .           .          .          same          .
nothing  not there       any         .       .           .          .          same          .
"""  # noqa: E501 - a table is read in its columns


@dataclass(frozen=True, slots=True)
class Said:
    """All that a plan says of one person."""

    reason: str | None = None
    waits: bool = False
    held_back: int = 0
    notes: frozenset[str] = frozenset()


WORDS = {
    ".": Said(),
    "role": Said("change_role"),
    "wait": Said(waits=True),
    "other": Said(waits=True, notes=frozenset({"invitation-role"})),
    "swap": Said("replace_invitation"),
    "again": Said("reinvite", notes=frozenset({"invitation-expired"})),
    "invite": Said("invite"),
    "remove": Said("remove"),
    "cancel": Said("cancel_invitation"),
    "held": Said(held_back=1, notes=frozenset({"held-back"})),
    "held-swap": Said(waits=True, held_back=1, notes=frozenset({"held-back"})),
    "held-again": Said(
        held_back=1, notes=frozenset({"held-back", "invitation-expired"})
    ),
    "left": Said(notes=frozenset({"ignored"})),
}


@dataclass(frozen=True, slots=True)
class Cell:
    files: str
    github: str
    role: str
    wrong_role: WrongRole
    features: str
    expected: str
    if_protected: str
    if_ignored: str

    def __str__(self) -> str:
        there = f"{self.github} {self.role}".replace(" ", "-")
        return f"{self.files}, {there}, {self.wrong_role}, {self.features}"

    @property
    def policy(self) -> Policy:
        return replace(FEATURES[self.features], wrong_role=self.wrong_role)

    @property
    def desired(self) -> Desired:
        wanted = {"ada": "admin", "zoe": "admin"}
        if self.files != "nothing":
            wanted["bob"] = self.files
        return desired(members=wanted)

    @property
    def snapshot(self) -> Snapshot:
        bob: list[Observed[Member]] = []
        match self.github:
            case "is":
                bob = [found(member("bob", self.role))]
            case "invited":
                bob = [invited(member("bob", self.role), by="zoe")]
            case "ended":
                bob = [failed(member("bob", self.role), by="zoe")]
            case _:
                assert self.github == "not"
        return snapshot(*bob, members={"ada": "admin", "zoe": "admin"})

    def planned(self, **settings: Any) -> Plan:
        policy = replace(self.policy, **settings)
        made = make_plan(self.desired, self.snapshot, policy)
        return guard(made, self.snapshot, policy)


def cells() -> Iterator[Cell]:
    """The lines of the table, once for each setting of `wrong_role` and features."""
    head, *lines = filter(None, map(str.split, TABLE.strip().splitlines()))
    columns = head[3:]
    for line in lines:
        files, github, role, wrong_role, *outcomes = line
        told = dict(zip(columns, outcomes, strict=True))
        for rule in WrongRole if wrong_role == "any" else [WrongRole(wrong_role)]:
            for features in FEATURES:
                yield Cell(
                    files,
                    github,
                    role,
                    rule,
                    features,
                    told[features],
                    told["if-protected"],
                    told["if-ignored"],
                )


CELLS = pytest.mark.parametrize("cell", list(cells()), ids=str)


def said(plan: Plan, login: str = "bob") -> Said:
    """What *plan* says of somebody, and of nobody else it says anything."""
    at = Member.at(login)
    assert {change.address for change in plan.changes} <= {at}
    assert {note.address for note in plan.notes} <= {at, None}
    return Said(
        reason=plan.changes[0].reason if plan.changes else None,
        waits=at in {waiting.address for waiting in plan.waiting},
        held_back=plan.held_back,
        notes=frozenset(
            note.code
            for note in plan.notes
            if note.address == at and note.code != "unresolved-login"
        ),
    )


@CELLS
def test_every_cell_of_the_table_holds(cell: Cell) -> None:
    plan = cell.planned()
    assert said(plan) == WORDS[cell.expected]
    assert plan.refusals == ()


@CELLS
def test_whoever_is_protected_is_never_removed_and_never_demoted(cell: Cell) -> None:
    """A refusal and not a note: it comes before the features (contract §2.1)."""
    plan = cell.planned(protected=frozenset({Login("Bob")}))
    if cell.if_protected == "same":
        assert plan.refusals == ()
        assert said(plan) == WORDS[cell.expected]
    else:
        assert [(note.code, note.address) for note in plan.refusals] == [
            ("protected", Member.at("bob"))
        ]


@CELLS
def test_whoever_is_ignored_is_left_alone_before_anything_else_counts(
    cell: Cell,
) -> None:
    """Protected people, too: the first setting that applies wins (contract §2.1)."""
    plan = cell.planned(ignore=("zz", "B*b"), protected=frozenset({Login("bob")}))
    assert said(plan) == WORDS[cell.if_ignored]
    assert plan.refusals == ()


@CELLS
def test_without_members_in_the_files_nothing_is_said_of_anybody(cell: Cell) -> None:
    plan = make_plan(desired(teams={"ops": []}), cell.snapshot, cell.policy)
    assert all(change.address.collection != ("members",) for change in plan.changes)
    assert not plan.waiting


# Invitations that are not ghstate's to touch ------------------------------------

NOT_OURS: Mapping[str, Mapping[str, Any]] = {
    "to reinstate": {"role": InvitationRole.REINSTATE},
    "from SCIM": {"source": InvitationSource.SCIM},
}


@pytest.mark.parametrize("kind", NOT_OURS)
@pytest.mark.parametrize("wrong_role", WrongRole)
@pytest.mark.parametrize("files", ["admin", "member"])
def test_an_invitation_of_somebody_else_s_making_satisfies(
    kind: str, wrong_role: WrongRole, files: str
) -> None:
    have = snapshot(
        invited(member("bob", "member"), **NOT_OURS[kind]), members={"ada": "admin"}
    )
    want = desired(members={"ada": "admin", "bob": files})
    plan = make_plan(want, have, Policy(wrong_role=wrong_role))
    assert plan.changes == ()
    assert [waiting.address for waiting in plan.waiting] == [Member.at("bob")]


@pytest.mark.parametrize("kind", NOT_OURS)
def test_an_invitation_of_somebody_else_s_making_is_never_cancelled(kind: str) -> None:
    have = snapshot(
        invited(member("bob", "member"), **NOT_OURS[kind]), members={"ada": "admin"}
    )
    plan = make_plan(desired(members={"ada": "admin"}), have, Policy())
    assert plan.changes == ()
    assert [note.code for note in plan.notes] == ["unmanaged-invitation"]


@pytest.mark.parametrize(
    "role", [InvitationRole.BILLING_MANAGER, InvitationRole.HIRING_MANAGER]
)
def test_an_invitation_to_be_no_member_stands_for_nobody(role: InvitationRole) -> None:
    """It is neither cancelled nor does it satisfy: it leads to no membership."""
    have = snapshot(members={"ada": "admin"}, waiting=[invitation(role=role)])
    assert make_plan(desired(members={"ada": "admin"}), have, Policy()).changes == ()


# What hangs on an invitation ----------------------------------------------------


def test_a_place_in_a_team_goes_with_the_invitation() -> None:
    have = snapshot(members={"ada": "admin"}, teams={"ops": []})
    want = desired(members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"]})
    plan = make_plan(want, have, Policy())
    assert {str(c.address): c.reason.value for c in plan.changes} == {
        "members.bob": "invite",
        "teams.ops.members.bob": "with_invitation",
    }


def test_a_place_in_a_team_that_would_invite_is_held_back_with_the_invitation() -> None:
    have = snapshot(members={"ada": "admin"}, teams={"ops": []})
    want = desired(members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"]})
    plan = make_plan(want, have, Policy(invite=False))
    assert plan.changes == ()
    held = {str(n.address) for n in plan.notes if n.code == "held-back"}
    assert held == {"members.bob", "teams.ops.members.bob"}
    assert plan.held_back == 2


def test_a_place_in_a_team_is_given_whatever_the_features_say_of_membership() -> None:
    have = snapshot(members={"ada": "admin", "bob": "member"}, teams={"ops": []})
    want = desired(teams={"ops": ["bob"]})
    plan = make_plan(want, have, Policy(invite=False, remove=False))
    assert [type(change) for change in plan.changes] == [Create]
    assert plan.changes[0].resource == team_member("ops", "bob")


PEOPLE = {"ada": "admin", "zoe": "admin"}
WITHOUT_ZOE = {"ada": "admin", "bob": "member"}


@pytest.mark.parametrize("managed", [True, False], ids=["managed", "left alone"])
def test_what_is_sent_again_as_its_sender_leaves_brings_its_teams_along(
    managed: bool,  # noqa: FBT001 - a parameter of the test, not of a call
) -> None:
    place = invited(team_member("ops", "bob"), by="zoe")
    have = snapshot(
        invited(member("bob"), by="zoe"), place, members=PEOPLE, teams={"ops": []}
    )
    people = ["bob"] if managed else None
    want = desired(members=WITHOUT_ZOE, teams={"ops": people})
    plan = make_plan(want, have, Policy())
    assert {str(c.address): c.reason.value for c in plan.changes} == {
        "members.bob": "reinvite",
        "members.zoe": "remove",
        "teams.ops.members.bob": "with_invitation",
    }
    assert not plan.waiting


def test_what_is_sent_again_brings_no_place_that_the_files_do_not_want() -> None:
    place = invited(team_member("ops", "bob"), by="zoe")
    have = snapshot(
        invited(member("bob"), by="zoe"), place, members=PEOPLE, teams={"ops": []}
    )
    plan = make_plan(desired(members=WITHOUT_ZOE, teams={"ops": []}), have, Policy())
    assert "with_invitation" not in {change.reason for change in plan.changes}


def test_an_invitation_with_another_role_is_not_replaced_only_to_be_cancelled() -> None:
    have = snapshot(invited(member("bob", "admin"), by="zoe"), members=PEOPLE)
    plan = make_plan(desired(members=WITHOUT_ZOE), have, Policy())
    [again] = [c for c in plan.changes if c.address == Member.at("bob")]
    assert isinstance(again, Create)
    assert (again.after, again.needs_gone) == (member("bob"), Member.at("zoe"))


def test_a_demoted_owner_is_put_into_a_team_as_a_member_when_no_owner_any_more() -> (
    None
):
    have = snapshot(members=PEOPLE, teams={"ops": []})
    want = desired(members={"ada": "admin", "zoe": "member"}, teams={"ops": ["zoe"]})
    ordered = tasks(make_plan(want, have, Policy()))
    assert [str(task.address) for task in ordered] == [
        "members.zoe",
        "teams.ops.members.zoe",
    ]


def test_a_team_that_is_renamed_keeps_its_people_if_github_hides_some() -> None:
    """What an incomplete read says of a team holds under its new name, too."""
    have = snapshot(
        members={"ada": "admin", "bob": "member"},
        teams={"old": ["bob"]},
        hidden={TeamMember.all_of("old"): 1},
    )
    new = declared(team("new"), "name", formerly=["old"])
    want = desired(new, members={"ada": "admin", "bob": "member"})
    want = replace(want, managed=want.managed | {TeamMember.all_of("new")})
    plan = make_plan(want, have, Policy())
    assert not [change for change in plan.changes if isinstance(change, Delete)]
    assert "held-back" in {note.code for note in plan.notes}


def test_refusals_are_errors_of_the_whole_plan_and_never_notes_in_passing() -> None:
    have = snapshot(members={"ada": "admin", "bob": "member"})
    want = desired(members={"ada": "admin"})
    policy = Policy(protected=frozenset({Login("bob")}))
    plan = guard(make_plan(want, have, policy), have, policy)
    assert [note.severity for note in plan.refusals] == [Severity.REFUSAL]
