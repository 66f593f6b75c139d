"""Laws of targets, for random organizations and random files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ghstate.engine.applied import Applied
from ghstate.engine.refresh import plan
from ghstate.model.address import Address
from ghstate.model.member import MEMBERS
from ghstate.model.policy import Policy
from ghstate.model.team import TEAMS
from ghstate.plan.change import Change, Create, Delete, Reason
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from ghstate.sandbox.world import World
from tests.laws.direct import Direct, DirectEngine
from tests.laws.scenes import Scene, scenes

SETTINGS = settings(
    max_examples=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PICKS = st.lists(st.integers(0, 999), min_size=1, max_size=3)


def engine_of(scene: Scene) -> DirectEngine:
    sandbox = Direct(scene.world())
    return DirectEngine(sandbox, scene.desired, scene.policy, scene.token)


def picked(made: Plan, picks: list[int]) -> tuple[Address, ...]:
    """Some of what *made* changes, by itself or with all that is beside it."""
    there = sorted({each.address for each in made.changes})
    there += sorted({Address(*each[:2]) for each in there})
    there += sorted(
        each.resource.address for all_ in made.implied.values() for each in all_
    )
    assume(there)
    return tuple(dict.fromkeys(there[pick % len(there)] for pick in picks))


def both(scene: Scene, picks: list[int]) -> tuple[Plan, Plan, tuple[Address, ...]]:
    """The whole plan and the targeted one, of the same read."""
    engine = engine_of(scene)
    engine.refresh()
    state = engine.memory().state
    whole = plan(scene.desired, state, scene.policy)
    targets = picked(whole, picks)
    return whole, plan(scene.desired, state, aimed(scene.policy, targets)), targets


def aimed(policy: Policy, targets: tuple[Address, ...]) -> Policy:
    return replace(policy, targets=targets)


def by_address(made: Plan) -> dict[Address, Change]:
    return {change.address: change for change in made.changes}


@SETTINGS
@given(scenes(), PICKS)
def test_a_targeted_plan_has_nothing_that_the_whole_one_has_not(
    scene: Scene, picks: list[int]
) -> None:
    whole, made, _ = both(scene, picks)
    changes = by_address(whole)
    goes_along = {
        found.resource.address: found
        for cause in whole.implied.values()
        for found in cause
    }
    for change in made.changes:
        if change.address in changes:
            assert change == changes[change.address]
        else:
            event("somebody leaves a team before the organization")
            assert change == Delete(goes_along[change.address], Reason.REMOVE)
    assert {each.address for each in made.held_changes} <= {
        each.address for each in whole.held_changes
    }


@SETTINGS
@given(scenes(), PICKS)
def test_what_is_asked_for_is_in_it_or_told_to_wait(
    scene: Scene, picks: list[int]
) -> None:
    whole, made, targets = both(scene, picks)
    kept, invited = by_address(made), {each.address for each in whole.waiting}
    told = {note.address for note in made.notes if note.code == "targeted"}
    for change in whole.changes:
        address = change.address
        if not any(address.within(each) for each in targets) or address in kept:
            continue
        event("something has to wait")
        carried = change.reason is Reason.WITH_INVITATION
        assert address in told or (carried and _waits(made, change)), change
    assert invited.issuperset(
        each.address for each in made.waiting if each.address not in told
    )


def _waits(made: Plan, change: Change) -> bool:
    """Is it a place that goes on waiting with an invitation that is left alone?"""
    person = change.resource.person
    assert person is not None
    return MEMBERS / person not in by_address(made)


@SETTINGS
@given(scenes(), PICKS)
def test_nothing_is_in_it_without_what_it_needs(scene: Scene, picks: list[int]) -> None:
    whole, made, targets = both(scene, picks)
    kept = by_address(made)
    for task in tasks(whole):
        if task.address in kept:
            assert task.after <= kept.keys(), task
    for change in made.changes:
        person = change.resource.person
        if change.reason is Reason.WITH_INVITATION:
            assert person is not None
            assert MEMBERS / person in kept
        if isinstance(change, Create) and change.needs_gone:
            event("an invitation is sent again")
            assert change.needs_gone in kept
    for change in whole.changes:
        if isinstance(change, Create) and change.needs_gone in kept:
            assert change.address in kept
    if len(kept) > sum(any(a.within(t) for t in targets) for a in kept):
        event("something was brought along")


@SETTINGS
@given(scenes())
def test_to_target_everything_is_to_target_nothing(scene: Scene) -> None:
    engine = engine_of(scene)
    engine.refresh()
    state = engine.memory().state
    whole = plan(scene.desired, state, scene.policy)
    made = plan(scene.desired, state, aimed(scene.policy, (MEMBERS, TEAMS)))
    [said] = [note for note in made.notes if note.code == "targeted"]

    assert said.summary == "only members, teams: nothing is left out"
    others = tuple(note for note in made.notes if note != said)
    assert replace(made, targets=(), notes=others) == whole


# Applied ----------------------------------------------------------------------


def organization(world: World) -> Mapping[str, Any]:
    """What of *world* the files are about.

    The teams of an invitation by e-mail are left out: it cannot be given another one
    later, so places that are asked for after it are given after the answer.
    """
    logins = {account.id: account.login for account in world.accounts.values()}
    return {
        "people": {logins[id_]: m.role.value for id_, m in world.members.items()},
        "teams": {
            team.slug: (
                world.teams[team.parent].slug if team.parent is not None else None,
                team.privacy.value,
                {logins[id_]: role.value for id_, role in team.members.items()},
            )
            for team in world.teams.values()
        },
        "invited": sorted(
            (
                logins[each.account] if each.account is not None else f"{each.email}",
                each.role.value,
                sorted(world.teams[id_].slug for id_ in each.teams)
                if each.account is not None
                else [],
            )
            for each in world.invitations.values()
        ),
    }


def settled(engine: DirectEngine) -> Applied:
    """Apply until nothing is left to do, three times at most."""
    applied = engine.apply()
    for _ in range(2):
        if applied.plan.refusals or not applied.plan.changes:
            break
        applied = engine.apply()
    return applied


@SETTINGS
@given(scenes(), PICKS)
def test_a_targeted_apply_and_then_the_whole_one_end_where_the_whole_one_ends(
    scene: Scene, picks: list[int]
) -> None:
    assume(scene.free_seats is None)
    one, two = engine_of(scene), engine_of(scene)
    targets = picked(one.plan(), picks)
    assume(not settled(one).plan.refusals)

    two.policy = aimed(scene.policy, targets)
    first = two.apply()
    if first.plan.refusals:
        event("refused")
        return
    assert first.remaining == ()
    event("something was done" if first.plan.changes else "nothing was done")
    two.policy = scene.policy
    assume(not settled(two).plan.refusals)

    assert organization(two.sandbox.world) == organization(one.sandbox.world)
