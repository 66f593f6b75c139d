"""Laws of an apply, for random organizations and random files, over HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ghstate.engine.applied import Applied, End
from ghstate.errors import GhstateError, GitHubError, Limit
from ghstate.model.address import Address
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import EmailAddress, Login
from ghstate.model.policy import Policy
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.plan import Plan
from ghstate.sandbox.conditions import (
    Conditions,
    Distortion,
    Drop,
    Fault,
    Meanwhile,
    Partial,
)
from ghstate.sandbox.records import OrgRole as WorldRole
from ghstate.sandbox.records import Why
from ghstate.sandbox.replies import UNICORN, complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.laws.running import Engine
from tests.laws.scenes import HOST, Scene, address, scenes

SETTINGS = settings(
    max_examples=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
INVITING = {Why.INVITED, Why.INVITED_AGAIN}
MAILS = {
    Reason.INVITE: 1,
    Reason.REINVITE: 1,
    # One when the role is tried, another when that did not take.
    Reason.REPLACE_INVITATION: 2,
}
"""How many mails about an invitation one entry of a plan may cause."""


@dataclass(slots=True)
class Watch:
    """Looks at the organization before each request, and so after each write."""

    world: World
    least_admins: int
    most_invitations: Counter[int]
    seen: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, world: World, policy: Policy) -> Watch:
        admins = min(policy.min_admins, len(world.owners()))
        return cls(world, admins, _live_invitations(world))

    def look(self, world: World) -> None:
        if (admins := len(world.owners())) < self.least_admins:
            self.seen.append(f"{admins} active admins")
        for account, count in _live_invitations(world).items():
            if count > max(1, self.most_invitations[account]):
                login = world.accounts[account].login
                self.seen.append(f"{count} live invitations to {login}")

    def fault(self) -> Fault:
        return Fault(Meanwhile(self.look), times=None)

    def check(self) -> None:
        self.look(self.world)
        assert self.seen == []


def _live_invitations(world: World) -> Counter[int]:
    return Counter(
        account.id
        for account in world.accounts.values()
        for _ in world.invitations_to(account)
    )


@dataclass(slots=True)
class Stage:
    """A scene that is played: its sandbox, its engine, and somebody who watches."""

    scene: Scene
    sandbox: Sandbox
    engine: Engine
    watch: Watch

    def apply(self) -> Applied:
        """Apply, and hold the mails against the plan."""
        mails = len(self.sandbox.world.mails)
        plans: list[Plan] = []
        try:
            return self.engine.apply(plans)
        finally:
            self.watch.check()
            self._check_mails(mails, plans[0] if plans else None)

    def _check_mails(self, before: int, made: Plan | None) -> None:
        world = self.sandbox.world
        got = Counter(
            mail.to.lower() for mail in world.mails[before:] if mail.why in INVITING
        )
        reasons = {c.address: c.reason for c in made.changes} if made else {}
        for who, count in got.items():
            login = who.removesuffix(f"@{HOST}")
            named = (Member.at(who), Member.at(login), Member.at(address(login)))
            reason = next((reasons[each] for each in named if each in reasons), None)
            assert reason is not None, f"{who} was mailed without an entry in the plan"
            assert count <= MAILS.get(reason, 0), f"{who} got {count} mails"

    @property
    def writes(self) -> int:
        """Calls that changed something."""
        return sum(each.done for each in self.sandbox.history.writes())


@contextmanager
def played(scene: Scene) -> Iterator[Stage]:
    world = scene.world()
    watch = Watch.over(world, scene.policy)
    with Sandbox(world) as sandbox:
        sandbox.conditions.script(watch.fault())
        engine = Engine(sandbox, scene.desired, scene.policy, scene.token)
        yield Stage(scene, sandbox, engine, watch)


@SETTINGS
@given(scenes())
def test_an_apply_does_all_of_its_plan_and_leaves_nothing_to_do(scene: Scene) -> None:
    with played(scene) as stage:
        applied = stage.apply()
        if applied.plan.refusals:
            event("refused")
            assert stage.writes == 0
            return
        event(f"{min(len(applied.plan.changes), 20) // 5 * 5}… changes")
        if waits_for_another_apply(applied.plan):
            event("a second apply was needed")
            written = stage.writes
            applied = stage.apply()
            if applied.plan.refusals:
                # What was known only now is what a safety rule forbids.
                event("the second apply was refused")
                assert stage.writes == written
                return
        if applied.limit:
            event("no seat was left")
            check_only_seats_are_missing(applied)
            return
        undone = {
            result.change.address
            for result in applied.ended(End.FAILED, End.SKIPPED, End.LEFT)
        }
        assert undone == set()
        assert applied.remaining == ()
        assert stage.engine.plan_offline().changes == ()
        assert stage.engine.plan().changes == ()
        before = stage.writes
        stage.apply()
        assert stage.writes == before


def waits_for_another_apply(made: Plan) -> bool:
    """Is something known only once this plan is carried out, and does it say so?

    Whether an address is a member's who could be removed; and whether somebody can be
    invited whose other invitation goes with its sender.
    """
    return any(
        note.code == "invited-as-manager"
        or "they may be" in note.summary
        or "not ghstate's to send again" in note.summary
        for note in made.notes
    )


def check_only_seats_are_missing(applied: Applied) -> None:
    """Where seats run out, nobody else is invited, and all the rest is done."""
    assert applied.limit is not None
    assert applied.limit.kind is Limit.SEATS
    assert applied.ended(End.FAILED) == ()
    late = {result.change.address for result in applied.ended(End.LEFT)}
    for result in applied.ended(End.LEFT, End.SKIPPED):
        at = Member.at(result.change.resource.person or "")
        assert at in late, result.change


# When GitHub refuses, or does not answer ----------------------------------------


def refused(plan: Plan) -> list[Fault]:
    """Faults by which GitHub refuses everything in *plan* that widens access."""
    no = complaint(422, "Validation Failed")
    faults = [Fault(no, method="POST", path="/orgs/acme/invitations", times=None)]
    for change in plan.changes:
        match change:
            case (
                Create(after=TeamMember(team=team, login=login))
                | Update(
                    after=TeamMember(team=team, login=login, role=TeamRole.MAINTAINER)
                )
            ):
                path = f"/orgs/acme/teams/{team}/memberships/{login}"
            case (
                Update(after=Member(login=login, role=OrgRole.ADMIN))
                | Create(after=Member(login=login))
            ):
                path = f"/orgs/acme/memberships/{login}"
            case _:
                continue
        faults.append(Fault(no, method="PUT", path=path, times=None))
    return faults


def created(made: Plan) -> list[Login | None]:
    """Whom *made* invites."""
    changes = (each for each in made.changes if isinstance(each, Create))
    return [each.after.person for each in changes]


def takes(change: Change) -> bool:
    """Is it a revocation: does it take access from somebody, and give none?"""
    match change:
        case Delete(before=found):
            return not isinstance(found.resource, Team)
        case Update(reason=Reason.CHANGE_ROLE, after=Member(role=OrgRole.MEMBER)):
            return True
        case Update(after=TeamMember(role=TeamRole.MEMBER)):
            return True
        case _:
            return False


@SETTINGS
@given(scenes())
def test_a_revocation_is_made_although_every_grant_is_refused(scene: Scene) -> None:
    """Only `min_admins` stands before it: an owner waits for the next to be there."""
    with played(scene) as stage:
        made = stage.engine.plan()
        stage.sandbox.conditions.script(*refused(made))
        applied = stage.apply()
        if made.refusals:
            event("refused")
            return
        world = stage.sandbox.world
        results = {result.change.address: result for result in applied.results}
        for change in filter(takes, made.changes):
            result = results[change.address]
            if result.end in {End.DONE, End.ALREADY}:
                event("a revocation was made")
                continue
            if change.reason is Reason.REMOVE and "they may be" in result.words:
                # An address was refused that may be this member's.
                event("nobody was removed who may be an address of the files")
                assert any(isinstance(each, EmailAddress) for each in created(made))
                continue
            person = change.resource.person
            assert person is not None, change
            assert world.role_of(person) is WorldRole.ADMIN, change
            assert len(world.owners()) <= scene.policy.min_admins, change


THENS = st.sampled_from([UNICORN, UNICORN, Drop()])
METHODS = st.sampled_from([None, "GET", "POST", "PUT", "PATCH", "DELETE"])
LOST = st.builds(
    Fault,
    THENS,
    method=METHODS,
    nth=st.integers(1, 12),
    times=st.integers(1, 2),
    after=st.booleans(),
)
GAPS = st.builds(
    Fault,
    st.builds(
        Partial,
        path=st.sampled_from(
            [
                ("organization",),
                ("organization", "membersForward"),
                ("organization", "membersBackward"),
                ("organization", "teamsForward"),
            ]
        ),
        type=st.sampled_from(
            ["SERVICE_UNAVAILABLE", "INTERNAL", "FORBIDDEN", "NOT_FOUND", "OTHER"]
        ),
    ),
    path=st.just("/graphql"),
    nth=st.integers(1, 4),
    times=st.sampled_from([1, 2, None]),
)
LIES = st.builds(
    Distortion,
    connection=st.sampled_from(
        [
            "Organization.membersWithRole",
            "Organization.teams",
            "Team.members",
            "Team.invitations",
        ]
    ),
    keep=st.none() | st.integers(0, 4),
    honest=st.just(value=True),
    total_off_by=st.integers(-2, 2),
    drop_page=st.none() | st.integers(0, 3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong between ghstate and GitHub for a while."""

    faults: tuple[Fault, ...]
    lies: tuple[Distortion, ...] = ()
    hidden: frozenset[str] = frozenset()
    flaky: float = 0.0
    largest_page: int | None = None
    seed: int = 0

    def begin(self, conditions: Conditions) -> None:
        conditions.script(*self.faults)
        conditions.distortions = [*self.lies]
        conditions.hidden = {*self.hidden}
        conditions.flaky, conditions.flaky_writes = self.flaky, True
        conditions.max_page, conditions.seed = self.largest_page, self.seed

    def end(self, conditions: Conditions, watch: Watch) -> None:
        conditions.faults = [watch.fault()]
        conditions.distortions = []
        conditions.hidden = set()
        conditions.flaky, conditions.max_page = 0.0, None


LOSSES = st.builds(
    Trouble,
    faults=st.lists(LOST, max_size=4).map(tuple),
    flaky=st.sampled_from([0.0, 0.1, 0.3]),
    largest_page=st.sampled_from([None, None, 25, 3]),
    seed=st.integers(0, 99),
)
DECEPTIONS = st.builds(
    Trouble,
    faults=st.lists(GAPS, max_size=1).map(tuple),
    lies=st.lists(LIES, max_size=2).map(tuple),
    largest_page=st.sampled_from([None, None, 3]),
)
HIDINGS = st.builds(
    Trouble,
    faults=st.just(()),
    hidden=st.frozensets(
        st.sampled_from(["p00", "p01", "p02", "p03"]), min_size=1, max_size=2
    ),
)


@SETTINGS
@given(scenes(), LOSSES)
def test_once_answers_are_no_longer_lost_two_applies_bring_it_to_rest(
    scene: Scene, trouble: Trouble
) -> None:
    """And no lost answer makes a second mail, or a moment without admins."""
    with played(scene) as stage:
        trouble.begin(stage.sandbox.conditions)
        kept = stage.engine.kept
        try:
            first = stage.apply()
            event("all was done" if first.succeeded else "a part was done")
        except GhstateError as error:
            event(f"the first apply ended with {type(error).__name__}")
            assert stage.writes == 0
            assert stage.engine.kept == kept
        trouble.end(stage.sandbox.conditions, stage.watch)
        for _ in range(2):
            last = stage.apply()
            if last.plan.refusals or last.limit:
                event("refused" if last.plan.refusals else "no seat was left")
                return
        assert stage.engine.plan().changes == ()


@SETTINGS
@given(scenes(), DECEPTIONS | HIDINGS | HIDINGS, st.booleans())
def test_no_removal_follows_from_a_read_that_is_not_complete(
    scene: Scene,
    trouble: Trouble,
    applies: bool,  # noqa: FBT001 - drawn, not called
) -> None:
    """A read that cannot be believed ends with an error, and the state as it was."""
    with played(scene) as stage:
        stage.engine.refresh()
        complete = stage.engine.plan()
        before = deletions(complete) | places_that_go_along(complete)
        kept = stage.engine.kept
        trouble.begin(stage.sandbox.conditions)
        try:
            if applies:
                made = stage.apply().plan
            else:
                stage.engine.refresh()
                made = stage.engine.plan_offline()
        except GitHubError as error:
            event(f"the read ended with {type(error).__name__}")
            assert stage.engine.kept == kept
            assert stage.writes == 0
        else:
            event("something is hidden" if trouble.hidden else "nothing was missing")
            assert deletions(made) <= before
            unseen = hidden_from(stage)
            assert not {each for each in deletions(made) if each.collection in unseen}


def hidden_from(stage: Stage) -> set[Address]:
    """The collections in which GitHub hides somebody."""
    world = stage.sandbox.world
    hidden = {
        account.id
        for who in stage.sandbox.conditions.hidden
        if (account := world.account(who))
    }
    unseen = {
        TeamMember.all_of(team.slug)
        for team in world.teams.values()
        if hidden & team.members.keys()
    }
    return unseen | ({MEMBERS} if hidden & world.members.keys() else set())


def places_that_go_along(plan: Plan) -> set[Address]:
    """Ended by a removal or a deletion; where that is held back, by themselves."""
    return {found.resource.address for each in plan.implied.values() for found in each}


def deletions(plan: Plan) -> set[Address]:
    return {change.address for change in plan.changes if isinstance(change, Delete)}
