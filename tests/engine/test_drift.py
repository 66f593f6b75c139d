"""What others have changed since the last apply: noticed, kept, undone, forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ghstate import statefile
from ghstate.engine.aftermath import with_done
from ghstate.engine.applied import End, Result
from ghstate.engine.drift import noticed
from ghstate.engine.memory import Memory
from ghstate.engine.refresh import plan, refresh
from ghstate.errors import Unreachable, WriteFailed
from ghstate.journal import UnderWay
from ghstate.model.address import Address
from ghstate.model.drift import Author, Drift, Hand, Made, Outlook
from ghstate.model.invitation import InvitationRole
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy, RemovalLimit
from ghstate.model.resource import Observed, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.flapping import noted
from ghstate.plan.identity import Account
from ghstate.plan.order import Task
from ghstate.ports import Outcome
from ghstate.statefile import State
from ghstate.store.memory import MemoryStore
from tests import build
from tests.build import ACME, NOW, desired, member, snapshot, team, team_member
from tests.engine.organization import LINEAGE, Organization, Run

EARLIER = NOW - timedelta(hours=2)
EVERYTHING = desired(members={}, all_teams=True, teams={"ops": [], "web": []})
"""Files that speak of everything, whoever is to be in it."""

ADA = {"ada": "admin"}
Was = Mapping[str, Mapping[str, object] | None]


def drift(
    before: Snapshot,
    now: Snapshot,
    files: Desired = EVERYTHING,
    *,
    known: Mapping[Address, Drift] | None = None,
    bindings: Mapping[Login, int] | None = None,
    under_way: UnderWay | None = None,
    applied: int = 1,
) -> dict[Address, Drift]:
    """The drift after a read that found *now*, two hours after *before*."""
    state = State(
        lineage=LINEAGE,
        applied_serial=applied,
        organization=ACME,
        snapshot=replace(before, taken_at=EARLIER),
        drift=known or {},
    )
    return noticed(state, files, now, bindings or {}, under_way)


def told(found: Mapping[Address, Drift]) -> dict[str, Any]:
    """What there was at each address, without what follows from the address."""
    given = ("username", "team_id", "slug")
    return {
        str(address): None
        if each.was is None
        else {name: held for name, held in each.was.items() if name not in given}
        for address, each in found.items()
    }


MEMBER, ADMIN = {"role": "member"}, {"role": "admin"}


# One read after another


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param({"bob": "member"}, {}, {"members.bob": MEMBER}, id="removed"),
        pytest.param({}, {"bob": "member"}, {"members.bob": None}, id="added"),
        pytest.param(
            {"bob": "member"}, {"bob": "admin"}, {"members.bob": MEMBER}, id="promoted"
        ),
        pytest.param({"bob": "member"}, {"bob": "member"}, {}, id="as it was"),
    ],
)
def test_what_differs_is_kept_as_it_was(
    before: dict[str, str], now: dict[str, str], expected: dict[str, Any]
) -> None:
    found = drift(snapshot(members=ADA | before), snapshot(members=ADA | now))

    assert told(found) == expected


def test_a_drift_says_between_which_reads_it_came_and_about_whom() -> None:
    [found] = drift(
        snapshot(members=ADA, teams={"ops": ["ada"]}),
        snapshot(members=ADA, teams={"ops": []}),
    ).values()

    assert found == Drift(
        type="github_team_membership",
        was={"team_id": "ops", "username": "ada", "role": "maintainer"},
        after=EARLIER,
        before=NOW,
        id=build.id_of("ada"),
        needed=(Address("teams", "ops"), Address("members", "ada")),
    )


BOB = member("bob")
AN_INVITATION = {"invited": {"bob": "member"}}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(AN_INVITATION, {"members": ["bob"]}, id="accepted"),
        pytest.param(AN_INVITATION, {"failed": ["bob"]}, id="expired"),
        pytest.param(AN_INVITATION, {}, id="declined or cancelled"),
        pytest.param({"failed": ["bob"]}, {}, id="a failed one cleared"),
    ],
)
def test_what_becomes_of_an_invitation_is_no_drift(
    before: dict[str, Any], now: dict[str, Any]
) -> None:
    assert drift(snapshot(**before), snapshot(**now)) == {}


def test_an_invitation_that_somebody_else_sent_is_drift() -> None:
    found = drift(snapshot(), snapshot(invited=["bob"]))

    assert told(found) == {"members.bob": None}


def test_a_role_that_was_not_offered_is_drift_and_that_which_was_is_none() -> None:
    before = snapshot(invited={"bob": "member", "eve": "admin"})
    now = snapshot(members={"bob": "admin", "eve": "admin"})

    assert told(drift(before, now)) == {"members.bob": MEMBER}


def test_whoever_is_removed_and_invited_again_has_drifted() -> None:
    found = drift(snapshot(members=["bob"]), snapshot(invited=["bob"]))

    assert told(found) == {"members.bob": MEMBER}


def test_places_that_come_with_an_invitation_are_no_drift_whatever_their_role() -> None:
    before = snapshot(invited=["bob"], teams={"ops": {"bob": "member"}})
    now = snapshot(members=["bob"], teams={"ops": {"bob": "maintainer"}})

    assert drift(before, now) == {}


def test_t20_what_a_reinstated_member_gets_back_is_no_drift() -> None:
    offer = build.invited(BOB, role=InvitationRole.REINSTATE)
    now = snapshot(members={"bob": "admin"}, teams={"ops": ["bob"]})

    assert drift(snapshot(offer, teams={"ops": []}), now) == {}


def test_t33_whoever_becomes_an_owner_leads_their_teams() -> None:
    before = snapshot(members={"bob": "member"}, teams={"ops": ["bob"]})
    now = snapshot(members={"bob": "admin"}, teams={"ops": ["bob"]})

    assert told(drift(before, now)) == {"members.bob": MEMBER}


KEY = Mailbox.of("new@acme.example", ACME.id).key


@pytest.mark.parametrize(
    "bindings",
    [
        pytest.param({KEY: build.id_of("nia")}, id="as GitHub shows"),
        pytest.param({}, id="whoever it was"),
    ],
)
def test_t07_whoever_accepts_an_invitation_by_mail_is_no_drift(
    bindings: dict[Login, int],
) -> None:
    sent = build.by_mail("new@acme.example", teams=["ops"])
    before = snapshot(waiting=[sent], teams={"ops": [], "web": []})
    now = snapshot(members=["nia"], teams={"ops": ["nia"], "web": ["nia"]})

    assert told(drift(before, now, bindings=bindings)) == {
        "teams.web.members.nia": None
    }


def test_another_newcomer_is_drift_where_github_shows_whose_the_address_is() -> None:
    before = snapshot(waiting=[build.by_mail("new@acme.example")])
    now = snapshot(members=["nia", "mallory"])

    found = drift(before, now, bindings={KEY: build.id_of("nia")})

    assert told(found) == {"members.mallory": None}


def test_an_invitation_by_mail_that_expired_explains_nobody() -> None:
    sent = build.by_mail("new@acme.example")
    now = snapshot(members=["mallory"], ended=[sent])

    assert told(drift(snapshot(waiting=[sent]), now)) == {"members.mallory": None}


def test_somebody_invited_by_mail_whom_only_the_files_make_seen_is_no_drift() -> None:
    unlisted = build.invited(BOB, id=None)

    assert drift(snapshot(), snapshot(unlisted)) == {}


# What counts


def test_what_the_files_neither_name_nor_manage_is_no_drift() -> None:
    files = desired(teams={"ops": ["ada"], "web": None})
    everybody = {"ada": "admin", "bob": "member"}
    before = snapshot(members=everybody, teams={"ops": ["bob"], "web": ["bob"]})
    now = snapshot(members=ADA, teams={"ops": [], "web": [], "new": []})

    assert set(told(drift(before, now, files))) == {"teams.ops.members.bob"}


def test_what_github_does_not_show_in_full_is_no_drift() -> None:
    hidden = {Address("members"): 1}
    before, now = snapshot(members=["bob"]), snapshot(hidden=hidden)
    known = drift(snapshot(), snapshot(members=["eve"]))

    assert drift(before, now) == {}
    assert drift(now, before) == {}
    assert drift(before, now, known=known) == known


def test_before_the_first_apply_nothing_is_drift() -> None:
    assert drift(snapshot(members=["bob"]), snapshot(), applied=0) == {}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param({"members": ["bob", "eve"]}, {"members.eve"}, id="eve is there"),
        pytest.param({"members": ["bob"]}, set(), id="all is as it was"),
        pytest.param({}, {"members.bob"}, id="bob is gone"),
        pytest.param(
            {"hidden": {Address("members"): 1}},
            {"members.bob", "members.eve"},
            id="nobody can see",
        ),
    ],
)
def test_a_state_that_was_restored_keeps_the_drift_that_a_read_confirms(
    now: dict[str, Any], expected: set[str]
) -> None:
    known = drift(snapshot(members=["bob"]), snapshot(members=["eve"]))
    state = State(lineage=LINEAGE, applied_serial=1, drift=known)

    found = noticed(state, EVERYTHING, snapshot(**now), {})

    assert set(told(found)) == expected
    assert found.items() <= known.items()


def test_t22_a_state_that_was_restored_knows_people_by_their_new_names() -> None:
    known = drift(snapshot(members=["bob"]), snapshot(members={"bob": "admin"}))
    state = State(lineage=LINEAGE, applied_serial=1, drift=known)
    number = build.id_of("bob")
    now = snapshot(build.found(member("bobby", "admin"), number=number))

    assert told(noticed(state, EVERYTHING, now, {})) == {"members.bobby": MEMBER}


# Names that move


def test_t22_a_person_who_is_renamed_is_followed_everywhere() -> None:
    teams = {"ops": ["bob"]}
    number = build.id_of("bob")
    now = snapshot(
        build.found(member("bobby", "admin"), number=number),
        build.found(team_member("ops", "bobby", "maintainer"), number=number),
        teams={"ops": []},
    )

    found = drift(snapshot(members=["bob"], teams=teams), now)

    assert told(found) == {"members.bobby": MEMBER}
    later = drift(now, snapshot(members=["bobby"], teams={"ops": ["bobby"]}))
    assert "teams.ops.members.bob" not in told(later)


def test_t22_somebody_who_was_removed_is_known_by_the_name_they_come_back_with() -> (
    None
):
    gone = drift(snapshot(members=["bob"]), snapshot())
    back = snapshot(build.found(member("bobby", "admin"), number=build.id_of("bob")))

    found = drift(snapshot(), back, known=gone)

    assert told(found) == {"members.bobby": MEMBER}


def test_t44_a_team_that_is_renamed_has_drifted_and_nobody_in_it() -> None:
    number = build.id_of("ops")
    before = snapshot(
        build.found(team("sub", parent="ops")), members=["bob"], teams={"ops": ["bob"]}
    )
    now = snapshot(
        build.found(team("operations", "Operations"), number=number),
        build.found(team("sub", parent="operations")),
        build.found(team_member("operations", "bob")),
        members=["bob"],
    )
    found = drift(before, now)

    assert list(told(found)) == ["teams.operations"]
    [renamed] = found.values()
    assert renamed.was is not None
    assert (renamed.was["slug"], renamed.was["name"]) == ("ops", "ops")


def test_a_parent_that_is_renamed_is_still_the_parent_in_what_is_kept() -> None:
    number = build.id_of("ops")
    files = desired(teams={"ops": None, "sub": None, "operations": None})
    before = snapshot(build.found(team("sub", parent="ops")), teams={"ops": []})
    apart = snapshot(build.found(team("sub")), teams={"ops": []})
    renamed = snapshot(
        build.found(team("sub", parent="operations")),
        build.found(team("operations", "ops"), number=number),
    )

    moved = drift(before, apart, files)
    back = drift(apart, renamed, files, known=moved)

    assert list(told(moved)) == ["teams.sub"]
    assert told(back) == {}


# Read after read


def test_what_goes_back_to_what_it_was_is_forgotten() -> None:
    had, has = snapshot(members=["bob"]), snapshot()
    gone = drift(had, has)

    assert drift(has, had, known=gone) == {}


def test_what_was_first_is_kept_and_when_it_changed_last() -> None:
    author = Author(Login("mallory"), NOW)
    address = Address("members", "bob")
    old = replace(
        drift(snapshot(members=["bob"]), snapshot())[address],
        after=EARLIER - timedelta(days=3),
        before=EARLIER - timedelta(minutes=10),
        by=author,
    )

    same = drift(snapshot(), snapshot(), known={address: old})
    more = drift(snapshot(), snapshot(members={"bob": "admin"}), known={address: old})

    assert same == {address: old}
    assert more == {address: replace(old, after=EARLIER, before=NOW, by=None)}


def test_an_author_who_was_told_within_ten_minutes_is_asked_for_again() -> None:
    address = Address("members", "bob")
    young = replace(
        drift(snapshot(members=["bob"]), snapshot())[address],
        after=EARLIER - timedelta(days=3),
        before=EARLIER - timedelta(minutes=9),
        by=Author(Login("mallory"), NOW),
    )

    found = drift(snapshot(), snapshot(), known={address: young})

    assert found == {address: replace(young, by=None)}


def test_an_invitation_of_others_that_is_accepted_stays_drift_until_it_is_over() -> (
    None
):
    sent = drift(snapshot(), snapshot(invited=["bob"]))

    accepted = drift(snapshot(invited=["bob"]), snapshot(members=["bob"]), known=sent)
    expired = drift(snapshot(invited=["bob"]), snapshot(failed=["bob"]), known=sent)

    assert accepted == sent
    assert expired == {}


# An apply that was killed


def under_way(*done: str, doing: str = "", damaged: bool = False) -> UnderWay:
    return UnderWay(
        id="x",
        done=tuple(map(Address.parse, done)),
        doing=Address.parse(doing) if doing else None,
        damaged=damaged,
    )


FULL = snapshot(
    build.found(team("sub", parent="ops")),
    members=ADA | {"bob": "member"},
    teams={"ops": ["bob"], "web": ["bob"]},
)


@pytest.mark.parametrize(
    ("journal", "now", "expected"),
    [
        pytest.param(
            under_way("members.bob"),
            snapshot(
                build.found(team("sub", parent="ops")),
                members=ADA,
                teams={"ops": [], "web": []},
            ),
            set(),
            id="a removal with its places",
        ),
        pytest.param(
            under_way(doing="teams.ops"),
            snapshot(members=ADA | {"bob": "member"}, teams={"web": ["bob"]}),
            set(),
            id="a team in hand with all below it",
        ),
        pytest.param(
            under_way("teams.web.members.bob"),
            snapshot(
                build.found(team("sub", parent="ops")),
                members=ADA | {"bob": "member"},
                teams={"ops": [], "web": []},
            ),
            {"teams.ops.members.bob"},
            id="one place and not the other",
        ),
        pytest.param(
            under_way(damaged=True), snapshot(members=ADA), set(), id="nobody can say"
        ),
        pytest.param(
            under_way('members."n…@acme.example"'),
            replace(
                FULL,
                observed={
                    **FULL.observed,
                    **snapshot(
                        build.found(team_member("web", "nia")), members=["nia"]
                    ).observed,
                },
            ),
            set(),
            id="by mail, and accepted already",
        ),
    ],
)
def test_what_a_killed_apply_may_have_done_is_no_drift(
    journal: UnderWay, now: Snapshot, expected: set[str]
) -> None:
    assert set(told(drift(FULL, now, under_way=journal))) == expected
    assert drift(FULL, now)


def test_what_a_killed_apply_had_not_come_to_stays_drift() -> None:
    had, has = snapshot(members=["bob", "eve"]), snapshot()
    gone = drift(had, has)

    found = drift(
        has, snapshot(invited=["bob"]), known=gone, under_way=under_way("members.bob")
    )

    assert set(told(found)) == {"members.eve"}


def killed(
    *changes: Change, done: Sequence[str] = (), doing: str = "", damaged: bool = False
) -> UnderWay:
    """A journal that has *changes*, made an hour ago, and *done* without more."""
    made = {each.address: noted(each, KILLED) for each in changes}
    journal = under_way(*map(str, made), *done, doing=doing, damaged=damaged)
    return replace(journal, made=made)


KILLED = NOW - timedelta(hours=1)
ROLE = frozenset({"role"})
PROMOTED = Update(build.found(BOB), member("bob", "admin"), ROLE, Reason.CHANGE_ROLE)
REMOVED = Delete(build.found(BOB), Reason.REMOVE)
PLACED = Create(team_member("ops", "bob"), Reason.ADD)
PROMOTING = desired(
    members={"ada": "admin", "bob": "admin"}, teams={"ops": ["bob"], "web": []}
)
ALONE: dict[str, Any] = {
    "members": ADA | {"bob": "member"},
    "teams": {"ops": [], "web": []},
}


@pytest.mark.parametrize(
    ("journal", "now", "expected"),
    [
        pytest.param(killed(PROMOTED), {}, {"members.bob": ADMIN}, id="role set back"),
        pytest.param(
            killed(PROMOTED), {"members": ADA | {"bob": "admin"}}, {}, id="role as set"
        ),
        pytest.param(
            killed(PROMOTED), {"members": ADA}, {"members.bob": ADMIN}, id="removed"
        ),
        pytest.param(
            killed(replace(PROMOTED, reason=Reason.UPDATE, managed=frozenset())),
            {},
            {},
            id="it set something that the files do not tell",
        ),
        pytest.param(killed(REMOVED), {}, {"members.bob": None}, id="there again"),
        pytest.param(killed(REMOVED), {"members": ADA}, {}, id="gone as it did"),
        pytest.param(
            killed(REMOVED),
            {"members": ADA, "invited": ["bob"]},
            {"members.bob": None},
            id="invited again",
        ),
        pytest.param(
            killed(PLACED), {}, {"teams.ops.members.bob": MEMBER}, id="displaced"
        ),
        pytest.param(
            killed(PLACED), {"teams": {"ops": ["bob"], "web": []}}, {}, id="placed"
        ),
        pytest.param(
            killed(PLACED, doing="members.bob"), {}, {}, id="gone with a change in hand"
        ),
        pytest.param(
            killed(PLACED, doing="teams.ops.members.bob"), {}, {}, id="in hand again"
        ),
        pytest.param(killed(PROMOTED, damaged=True), {}, {}, id="nobody can say"),
        pytest.param(
            killed(done=["members.bob"]), {}, {}, id="done, and not by this apply"
        ),
        pytest.param(
            killed(Create(BOB, Reason.INVITE)), {"members": ADA}, {}, id="declined"
        ),
    ],
)
def test_what_a_killed_apply_did_and_others_took_back_is_drift(
    journal: UnderWay, now: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = drift(
        snapshot(**ALONE), snapshot(**(ALONE | now)), PROMOTING, under_way=journal
    )

    assert told(found) == expected
    assert all((each.after, each.before) == (KILLED, NOW) for each in found.values())


def test_what_a_killed_apply_undid_is_drift_again_if_others_did_it_again() -> None:
    bob, admin = snapshot(members=["bob"]), snapshot(members={"bob": "admin"})
    known = drift(bob, admin)
    demoted = Update(build.found(member("bob", "admin")), BOB, ROLE, Reason.CHANGE_ROLE)
    files = desired(members={"bob": "member"})

    def after(now: Snapshot) -> dict[str, Any]:
        journal = killed(demoted)
        return told(drift(admin, now, files, known=known, under_way=journal))

    assert after(bob) == {}
    assert after(admin) == {"members.bob": MEMBER}


def test_the_first_apply_of_all_may_be_killed_and_others_take_back_what_it_did() -> (
    None
):
    before = snapshot(**ALONE)
    now = snapshot(members=ADA | {"bob": "member", "eve": "member"}, teams={"ops": []})

    found = drift(before, now, PROMOTING, under_way=killed(PROMOTED), applied=0)

    assert told(found) == {"members.bob": ADMIN}


def test_t44_a_team_that_a_killed_apply_created_may_have_another_name_by_now() -> None:
    journal = replace(killed(Create(team("new"), Reason.CREATE)), teams={"new": 77})
    files = desired(members={}, all_teams=True, teams={"new": []})

    renamed = snapshot(build.found(team("newer", "Newer"), number=77))
    as_it_was = snapshot(build.found(team("new"), number=77))

    found = drift(snapshot(), renamed, files, under_way=journal)
    [entry] = found.values()
    assert list(told(found)) == ["teams.newer"]
    assert entry.was is not None
    assert entry.was["slug"] == "new"
    assert drift(snapshot(), as_it_was, files, under_way=journal) == {}
    assert list(told(drift(snapshot(), snapshot(), files, under_way=journal))) == [
        "teams.new"
    ]


# A real apply


@dataclass(slots=True)
class Watched(Organization):
    """An organization that time passes in, and whose removals take places along."""

    clock: datetime = NOW
    nobodies: set[Login] = field(default_factory=set)
    """Logins that are nobody's."""

    async def look_up(self, logins: Sequence[Login]) -> Mapping[Login, Account | None]:
        found = await Organization.look_up(self, logins)
        return dict(found) | dict.fromkeys(self.nobodies & {*logins})

    async def read(self) -> Snapshot:
        self.clock += timedelta(minutes=1)
        found = await Organization.read(self)
        return replace(found, taken_at=self.clock)

    async def carry_out(self, task: Task) -> Outcome:
        outcome = await Organization.carry_out(self, task)
        if isinstance(task.change.resource, Member):
            self.sweep()
        return outcome

    def sweep(self) -> None:
        """Nobody is in a team who is not in the organization."""
        observed = self.now.observed
        self.now = replace(
            self.now,
            observed={
                address: each
                for address, each in observed.items()
                if not isinstance(each.resource, TeamMember)
                or Member.at(each.resource.login) in observed
            },
        )

    def put(self, found: Observed[Any]) -> None:
        self.now = replace(
            self.now,
            observed={**self.now.observed, found.resource.address: found},
        )

    def take(self, address: Address) -> None:
        self.now = replace(
            self.now,
            observed={a: x for a, x in self.now.observed.items() if a != address},
        )
        self.sweep()


@dataclass(slots=True)
class Life:
    """An organization, its files, and the state of all the runs about it."""

    github: Watched
    files: Desired
    store: MemoryStore = field(default_factory=MemoryStore)
    policy: Policy = field(
        default_factory=lambda: Policy(max_removals=RemovalLimit(count=99))
    )

    def refresh(self) -> State:
        memory = Memory(self.store, new_id=lambda: LINEAGE)
        return asyncio.run(refresh(self.github, memory, self.files))

    def run(self) -> Run:
        return Run(
            github=self.github, desired=self.files, store=self.store, policy=self.policy
        )

    def apply(self) -> dict[Address, End]:
        """Apply the files; how each change ended."""
        applied = asyncio.run(self.run().apply())
        return {each.change.address: each.end for each in applied.results}

    @property
    def state(self) -> State:
        stored = self.store.read()
        assert stored is not None
        return statefile.decode(stored.content, place="memory")

    def outlooks(self) -> dict[str, Outlook]:
        made = plan(self.files, self.state, self.policy)
        return {str(each.address): each.outlook for each in made.drift}


FILES = desired(
    members={"ada": "admin", "bob": "member", "eve": "member"},
    teams={"ops": ["bob"], "web": ["eve"]},
)


def life(files: Desired = FILES) -> Life:
    """A life that begins with an apply of *files*, all done."""
    begun = Life(
        Watched(
            snapshot(
                members={"ada": "admin", "bob": "member", "eve": "member"},
                teams={"ops": ["bob"], "web": ["eve"]},
            )
        ),
        files,
    )
    begun.apply()
    return begun


def test_what_an_apply_does_is_no_drift_and_what_others_did_before_it_neither() -> None:
    acme = life()
    acme.github.take(Address("members", "bob"))
    acme.github.put(build.found(member("mallory", "admin")))

    acme.refresh()
    before = acme.state.drift
    acme.apply()

    assert set(told(before)) == {
        "members.bob",
        "members.mallory",
        "teams.ops.members.bob",
    }
    assert acme.state.drift == {}
    acme.refresh()
    assert acme.state.drift == {}


def test_what_an_apply_could_not_undo_stays_drift() -> None:
    acme = life()
    for login in ("bob", "eve"):
        acme.github.take(Address("members", login))
    acme.github.instead = {"members.bob": WriteFailed("no")}

    ends = acme.apply()

    assert ends[Address("members", "bob")] is End.FAILED
    assert set(told(acme.state.drift)) == {"members.bob", "teams.ops.members.bob"}


def test_what_a_target_leaves_out_stays_drift() -> None:
    acme = life()
    for login in ("bob", "eve"):
        acme.github.take(Address("members", login))
    acme.policy = replace(acme.policy, targets=(Address("members", "bob"),))

    acme.apply()

    # The place that bob had is no part of the target, so it is still to come.
    assert set(told(acme.state.drift)) == {
        "members.eve",
        "teams.ops.members.bob",
        "teams.web.members.eve",
    }


def test_what_a_setting_holds_back_stays_drift() -> None:
    acme = life()
    acme.github.put(build.found(member("mallory")))
    acme.policy = replace(acme.policy, remove=False)

    acme.apply()

    assert set(told(acme.state.drift)) == {"members.mallory"}
    assert acme.outlooks() == {"members.mallory": Outlook.LEFT}


@pytest.mark.parametrize("call", range(4))
def test_an_apply_that_is_killed_leaves_no_drift_behind_of_its_own(call: int) -> None:
    acme = life()
    acme.files = desired(
        members={"ada": "admin", "eve": "admin", "zoe": "member"},
        teams={"ops": ["eve"], "web": None},
    )
    calls: list[Address] = []

    def kill(task: Task) -> None:
        calls.append(task.address)
        if len(calls) > call:
            raise KeyboardInterrupt

    acme.github.before = kill
    with pytest.raises(KeyboardInterrupt):
        acme.apply()
    acme.github.before = bool

    acme.refresh()
    killed = acme.state.drift
    acme.apply()

    assert len(calls) == call + 1
    assert killed == {}
    assert acme.state.drift == {}


# While an apply is at work


def others(acme: Life, act: Callable[[], object]) -> dict[Address, End]:
    """Apply the files; somebody else does *act* at the first call."""
    calls: list[Task] = []

    def before(task: Task) -> None:
        calls.append(task)
        if len(calls) == 1:
            act()

    acme.github.before = before
    ends = acme.apply()
    acme.github.before = bool
    return ends


WITH_ZOE = desired(
    members={"ada": "admin", "bob": "member", "eve": "member", "zoe": "member"},
    teams={"ops": ["bob"], "web": ["eve"]},
)


def test_what_others_change_while_an_apply_is_at_work_is_drift() -> None:
    acme = life()
    acme.files = WITH_ZOE
    began = acme.github.clock

    def act() -> None:
        acme.github.put(build.found(member("bob", "admin")))
        acme.github.put(build.found(member("mallory", "admin")))
        acme.github.take(Address("teams", "web", "members", "eve"))

    others(acme, act)

    found = acme.state.drift
    assert told(found) == {
        "members.bob": MEMBER,
        "members.mallory": None,
        "teams.web.members.eve": MEMBER,
    }
    assert {(each.after, each.before) for each in found.values()} == {
        (began + timedelta(minutes=1), began + timedelta(minutes=2))
    }
    acme.refresh()
    assert acme.state.drift == found
    assert acme.outlooks()["members.bob"] is Outlook.UNDONE
    acme.apply()
    assert acme.state.drift == {}


def test_what_an_apply_does_explains_what_github_changes_along() -> None:
    acme = life(
        desired(members={"ada": "admin", "bob": "member"}, teams={}, all_teams=True)
    )
    acme.github.put(build.found(team("ops")))
    acme.github.put(build.found(team_member("ops", "bob")))
    acme.files = desired(
        members={"ada": "admin", "bob": "admin"},
        teams={"ops": ["bob"], "lab": None},
        all_teams=True,
    )
    acme.apply()
    acme.github.put(build.found(team_member("ops", "bob", "maintainer")))
    acme.files = desired(
        members={"ada": "admin", "bob": "member"},
        teams={"ops": {"bob": "maintainer"}, "new": []},
        all_teams=True,
    )
    places = (team_member("ops", "bob"), team_member("new", "ada", "maintainer"))

    def act() -> None:
        # An owner who is none any more, and who has created a team (traps T33, T51).
        for each in places:
            acme.github.put(build.found(each))

    ends = others(acme, act)

    assert {"members.bob", "teams.lab", "teams.new"} == {*map(str, ends)}
    assert {each.address for each in places} <= {*acme.github.now.observed}
    assert acme.state.drift == {}


def test_what_an_apply_could_not_begin_explains_nothing() -> None:
    acme = life()
    acme.files = desired(
        members={"ada": "admin", "bob": "member", "eve": "member"},
        teams={"ops": ["bob"], "web": ["eve"], "new": [], "sub": []},
    )
    acme.files = replace(
        acme.files,
        declared={
            **acme.files.declared,
            Address("teams", "sub"): build.declared(team("sub", parent="new")),
        },
    )
    acme.github.instead = {"teams.new": WriteFailed("no")}

    ends = others(acme, lambda: acme.github.put(build.found(team("sub"))))

    assert ends[Address("teams", "sub")] is End.SKIPPED
    assert set(told(acme.state.drift)) == {"teams.sub"}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        pytest.param("member", {"members.bob": ADMIN}, id="back to what it was"),
        pytest.param(None, {"members.bob": ADMIN}, id="removed"),
        pytest.param("admin", {}, id="as it was agreed about"),
    ],
)
def test_drift_that_the_files_agreed_about_is_over_when_an_apply_begins(
    role: str | None, expected: dict[str, Any]
) -> None:
    acme = life(desired(members={"ada": "admin", "bob": "member", "eve": "member"}))
    acme.github.put(build.found(member("bob", "admin")))
    acme.refresh()
    acme.files = desired(
        members={"ada": "admin", "bob": "admin", "eve": "member", "zoe": "member"}
    )

    def act() -> None:
        bob = Address("members", "bob")
        if role is None:
            acme.github.take(bob)
        else:
            acme.github.put(build.found(member("bob", role)))

    others(acme, act)

    assert told(acme.state.drift) == expected


def test_t22_what_an_apply_changed_is_known_by_the_name_it_has_afterwards() -> None:
    acme = life(desired(members={"ada": "admin", "bob": "member", "eve": "member"}))
    acme.files = desired(members={"ada": "admin", "bob": "admin", "eve": "admin"})

    def rename(task: Task) -> None:
        if task.address == Address("members", "eve"):
            number = build.id_of("bob")
            acme.github.take(Address("members", "bob"))
            acme.github.put(build.found(member("bobby", "admin"), number=number))

    acme.github.before = rename
    acme.apply()

    assert acme.state.drift == {}


def test_t07_a_newcomer_may_be_who_was_just_invited_by_mail() -> None:
    acme = life()
    acme.files = desired(
        members=dict.fromkeys(("bob", "eve", "new@acme.example"), "member") | ADA,
        teams={"ops": ["bob"], "web": ["eve"]},
    )

    def act() -> None:
        acme.github.put(build.found(member("nia")))
        acme.github.put(build.found(team_member("ops", "nia")))
        acme.github.put(build.found(team_member("web", "bob")))

    others(acme, act)

    assert told(acme.state.drift) == {"teams.web.members.bob": None}


# What a plan makes of it


@pytest.mark.parametrize(
    ("change", "files", "expected"),
    [
        pytest.param("take bob", FILES, Outlook.UNDONE, id="removed, wanted"),
        pytest.param("admin bob", FILES, Outlook.UNDONE, id="promoted, wanted"),
        pytest.param(
            "take bob",
            desired(members={"ada": "admin", "bob": "admin"}),
            Outlook.OTHERWISE,
            id="removed, and wanted as something else",
        ),
        pytest.param(
            "admin bob",
            desired(members={"ada": "admin"}),
            Outlook.OTHERWISE,
            id="promoted, and to go",
        ),
        pytest.param(
            "take bob",
            desired(members={"ada": "admin", "eve": "member"}),
            Outlook.AGREED,
            id="removed, and to go",
        ),
        pytest.param(
            "admin bob",
            desired(members={"ada": "admin", "bob": "admin"}),
            Outlook.AGREED,
            id="promoted, and to be so",
        ),
        pytest.param("put bob", FILES, Outlook.LEFT, id="only invited again"),
    ],
)
def test_a_plan_tells_what_becomes_of_a_drift(
    change: str, files: Desired, expected: Outlook
) -> None:
    acme = life()
    match change:
        case "take bob":
            acme.github.take(Address("members", "bob"))
        case "admin bob":
            acme.github.put(build.found(member("bob", "admin")))
        case _:
            acme.github.put(build.invited(BOB))
    acme.refresh()
    acme.files = files

    assert acme.outlooks()["members.bob"] is expected


def test_somebody_who_came_and_is_in_the_files_by_now_is_agreed_about() -> None:
    acme = life()
    acme.github.put(build.found(member("mallory")))
    acme.refresh()
    undone = acme.outlooks()
    everybody = {"ada": "admin", "bob": "member", "eve": "member", "mallory": "member"}
    acme.files = desired(members=everybody)

    assert undone == {"members.mallory": Outlook.UNDONE}
    assert acme.outlooks() == {"members.mallory": Outlook.AGREED}


def test_a_setting_that_no_file_has_is_left_as_it_is() -> None:
    acme = life()
    acme.github.put(build.found(team("web", description="Sites")))
    acme.refresh()

    assert acme.outlooks() == {"teams.web": Outlook.LEFT}


def test_t22_the_files_may_call_somebody_by_their_former_name() -> None:
    acme = life(desired(members={"ada": "admin", "bob": "member"}))
    acme.github.take(Address("members", "bob"))
    acme.github.nobodies = {Login("bob")}
    number = build.id_of("bob")
    acme.github.put(build.found(member("bobby", "admin"), number=number))
    acme.refresh()
    undone = acme.outlooks()
    acme.files = desired(members={"ada": "admin", "bob": "admin"})

    assert undone == {"members.bobby": Outlook.UNDONE}
    assert acme.outlooks() == {"members.bobby": Outlook.AGREED}


def test_what_went_along_is_told_with_what_it_went_with() -> None:
    acme = life()
    acme.github.take(Address("members", "bob"))
    acme.refresh()

    made = plan(acme.files, acme.state, acme.policy)

    assert {str(each.address): each.along for each in made.drift} == {
        "members.bob": None,
        "teams.ops.members.bob": Address("members", "bob"),
    }


# Who is behind it


def test_the_audit_log_is_asked_about_what_it_has_not_told_yet() -> None:
    acme = life()
    acme.github.drifted.clear()
    acme.github.authors = {"members.bob": Author(Login("mallory"), NOW, Hand.PERSON)}
    acme.github.instead = dict.fromkeys(
        ("members.bob", "members.eve"), WriteFailed("no")
    )
    for login in ("bob", "eve"):
        acme.github.take(Address("members", login))

    for minutes in (9, 10, 10):
        acme.apply()
        acme.github.clock += timedelta(minutes=minutes)

    # What the log told of a change just made, it is asked once more.
    both = ["members.bob", "members.eve"]
    assert acme.github.drifted == [both, both, ["members.eve"]]
    assert acme.state.drift[Address("members", "bob")].by == Author(
        Login("mallory"), NOW, Hand.PERSON
    )


def test_without_drift_nobody_is_asked() -> None:
    acme = life()
    acme.apply()

    assert acme.github.drifted == []


def test_a_plan_is_made_although_the_audit_log_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: object) -> Mapping[Address, Author]:
        raise Unreachable("no")

    acme = life()
    acme.github.take(Address("members", "bob"))
    monkeypatch.setattr(Watched, "changed_by", refuse)

    assert End.DONE in acme.apply().values()


# What an apply has done


def test_what_was_done_is_remembered_no_more_than_ten_times() -> None:
    acme = life()
    for _ in range(12):
        acme.github.take(Address("members", "bob"))
        acme.apply()
        acme.github.put(build.found(BOB))
        acme.refresh()
    made = acme.state.made[Address("members", "bob")]

    assert [each.reason for each in made] == ["invite"] * 10


def test_what_was_done_is_remembered_for_a_week() -> None:
    old, young = NOW - timedelta(days=7), NOW - timedelta(days=6)
    state = State(
        lineage=LINEAGE,
        organization=ACME,
        made={
            Address("members", "bob"): (Made("remove", old), Made("remove", young)),
            Address("members", "eve"): (Made("remove", old),),
        },
    )
    done = Result(Create(BOB, Reason.INVITE), End.DONE)
    others = [
        Result(Create(member("eve"), Reason.INVITE), end)
        for end in End
        if end is not End.DONE
    ]

    assert with_done(state, [done, *others], NOW) == {
        Address("members", "bob"): (Made("remove", young), Made("invite", NOW)),
    }


# The law


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "promote", "place", "displace"])
        | st.sampled_from(["accept", "decline", "refresh", "apply", "apply, in part"])
        | st.sampled_from(["remove, meanwhile", "promote, meanwhile"]),
        st.sampled_from(["bob", "eve", "zoe"]),
        st.sampled_from(["ops", "web"]),
    ),
    max_size=14,
)


@dataclass(slots=True)
class Naive:
    """The organization as the last apply left it; invitations go on by themselves."""

    left: dict[Address, Observed[Any]]

    def expected(self, now: Mapping[Address, Observed[Any]]) -> set[Address]:
        return {
            address
            for address in {*self.left, *now}
            if _shown(self.left.get(address)) != _shown(now.get(address))
        }


def _shown(found: Observed[Any] | None) -> object:
    return None if found is None else (found.resource, found.standing)


def _answer(
    observed: Mapping[Address, Observed[Any]], login: str, *, accepts: bool
) -> dict[Address, Observed[Any]]:
    """*observed* after *login* has answered an invitation, if there is one."""
    found = observed.get(Member.at(login))
    if found is None or found.standing is not Standing.INVITED:
        return dict(observed)
    theirs = [a for a in observed if a[-1] == login]
    rest = {a: each for a, each in observed.items() if a not in theirs}
    if not accepts:
        return rest
    return rest | {a: build.found(observed[a].resource) for a in theirs}


def _change(github: Watched, what: str, login: str, slug: str) -> None:
    """Somebody else's doing."""
    found = github.now.observed.get(Member.at(login))
    active = found is not None and found.standing is Standing.ACTIVE
    match what:
        case "add" if found is None:
            github.put(build.found(member(login)))
        case "remove" if active:
            github.take(Member.at(login))
        case "promote" if active:
            github.put(build.found(member(login, "admin")))
        case "place" if active:
            github.put(build.found(team_member(slug, login)))
        case "displace" if active:
            github.take(TeamMember.at(slug, login))
        case _:
            pass


def _meanwhile(acme: Life, naive: Naive, what: str, login: str, slug: str) -> None:
    """Apply, while somebody else is at work; what they did is not as it was left."""
    then = dict(acme.github.now.observed)
    ends = others(acme, lambda: _change(acme.github, what, login, slug))
    now = dict(acme.github.now.observed)
    naive.left = dict(now)
    for address in {*then, *now}:
        thing = then.get(address) or now[address]
        if ends.keys().isdisjoint({address, *thing.resource.requires()}):
            naive.left.pop(address, None)
            if address in then:
                naive.left[address] = then[address]


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_the_drift_is_what_differs_from_the_end_of_the_last_apply(
    steps: Sequence[tuple[str, str, str]],
) -> None:
    acme = life()
    naive = Naive(dict(acme.github.now.observed))
    for what, login, slug in steps:
        match what:
            case "refresh":
                pass
            case "remove, meanwhile" | "promote, meanwhile":
                acme.github.instead = {}
                _meanwhile(acme, naive, what.partition(",")[0], login, slug)
            case "apply" | "apply, in part":
                acme.github.instead = {}
                if what != "apply":
                    acme.github.instead[str(Member.at(login))] = WriteFailed("no")
                drifted = naive.expected(acme.github.now.observed)
                was = naive.left
                ends = acme.apply()
                undone = {a for a, end in ends.items() if end is End.FAILED}
                undone |= {a for a in drifted if Member.at(a[-1]) in undone}
                naive = Naive(dict(acme.github.now.observed))
                for address in drifted & undone:
                    naive.left.pop(address, None)
                    if address in was:
                        naive.left[address] = was[address]
            case "accept" | "decline":
                accepts = what == "accept"
                now = acme.github.now
                naive.left = _answer(naive.left, login, accepts=accepts)
                answered = _answer(now.observed, login, accepts=accepts)
                acme.github.now = replace(now, observed=answered)
            case _:
                _change(acme.github, what, login, slug)
        acme.refresh()

        expected = naive.expected(acme.github.now.observed)
        found = acme.state.drift
        assert {*found} == expected
        for address in expected:
            left = naive.left.get(address)
            kept = None if left is None else dict(left.resource.document())
            assert found[address].was == kept
