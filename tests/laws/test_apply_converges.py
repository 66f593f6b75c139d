"""Laws of an apply, for random organizations and random files, over HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, event, given, settings

from ghstate.engine.apply import Applied, End
from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.policy import Policy
from ghstate.plan.change import Reason
from ghstate.plan.plan import Plan
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import Why
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.laws.running import Engine
from tests.laws.scenes import Scene, scenes

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
            return self.engine.apply(plans.append)
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
            reason = reasons.get(Member.at(who))
            assert reason is not None, f"{who} was mailed without an entry in the plan"
            assert count <= MAILS.get(reason, 0), f"{who} got {count} mails"

    @property
    def writes(self) -> int:
        return len(self.sandbox.history.writes())


@contextmanager
def played(scene: Scene) -> Iterator[Stage]:
    world = scene.world()
    watch = Watch.over(world, scene.policy)
    with Sandbox(world) as sandbox:
        sandbox.conditions.script(watch.fault())
        engine = Engine(sandbox, scene.desired, scene.policy, scene.token)
        yield Stage(scene, sandbox, engine, watch)


def changes(plan: Plan) -> dict[Address, Reason]:
    return {change.address: change.reason for change in plan.changes}


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
        assert applied.ended(End.FAILED, End.SKIPPED, End.LEFT) == ()
        assert applied.remaining == ()
        assert changes(stage.engine.plan()) == {}
        before = stage.writes
        assert stage.apply().plan.changes == ()
        assert stage.writes == before
