"""Every answer of an invitation lost in turn: one live invitation, no mail too many.

However an attempt ends, the next plan brings it to where it was to go: one invitation,
in the right role, with its teams. The answers are lost before GitHub has done anything
and after it has, once and twice in a row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from ghstate.errors import OutcomeUnknown, WriteFailed
from ghstate.model.member import Member
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Standing
from ghstate.plan.change import Change
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Drop, Fault
from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.records import Why
from ghstate.sandbox.replies import UNICORN
from ghstate.sandbox.world import World
from tests import build
from tests.github.changes import Changes, Scene, nothing
from tests.github.invitations import (
    ADDRESS,
    acme,
    an_address_waits,
    cancelling,
    cancelling_by_mail,
    inviting,
    inviting_once_more,
    live,
    mails,
    nobody_answered,
    renewing,
    renewing_by_mail,
    replacing,
    replacing_by_mail,
    scene_of,
    zoe_waits,
)

TEAMS = ("dev", "ops")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked for, and to whom the only invitation is to go in the end."""

    changes: Changes
    to: str | None
    before: Callable[[World], object] = nothing
    put: PutOnPending = PutOnPending.EDIT

    def world(self) -> World:
        world = acme()
        world.policy.put_on_pending = self.put
        self.before(world)
        return world

    @property
    def end(self) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(self.to, "direct_member", TEAMS)] if self.to else []

    def again(self, snapshot: Snapshot) -> list[Change]:
        """What the next plan asks for: whatever is not yet as it is to be."""
        found = snapshot.observed.get(Member.at("zoe"))
        zoe = found if found and found.standing is Standing.INVITED else None
        mailed = [each for each in snapshot.others if each.mailbox]
        if self.to is None:
            return self.changes(snapshot) if zoe or mailed else []
        if self.to == "zoe":
            if zoe:
                right = zoe.resource == build.member("zoe", "member")
                return [] if right else replacing("zoe")(snapshot)
            if mailed:
                return replacing_by_mail("zoe", "member", *TEAMS)(snapshot)
        elif mailed:
            right = not mailed[0].grants_ownership
            return [] if right else replacing_by_mail(ADDRESS)(snapshot)
        elif snapshot.ended:
            return inviting_once_more(ADDRESS, *TEAMS)(snapshot)
        return inviting(self.to, "member", *TEAMS)(snapshot)


CASES = {
    "invite by login": Case(changes=inviting("zoe", "member", *TEAMS), to="zoe"),
    "invite after a failure": Case(
        changes=inviting("zoe", "member", *TEAMS),
        to="zoe",
        before=lambda world: nobody_answered(world, "zoe"),
    ),
    "invite by address": Case(changes=inviting(ADDRESS, "member", *TEAMS), to=ADDRESS),
    "invite an address after a failure": Case(
        changes=inviting_once_more(ADDRESS, *TEAMS),
        to=ADDRESS,
        before=lambda world: nobody_answered(world, ADDRESS),
    ),
    "replace, edited in place": Case(
        changes=replacing("zoe"), to="zoe", before=zoe_waits
    ),
    "replace, another sent": Case(
        changes=replacing("zoe"),
        to="zoe",
        before=zoe_waits,
        put=PutOnPending.RESEND,
    ),
    "replace, nothing changed": Case(
        changes=replacing("zoe"),
        to="zoe",
        before=zoe_waits,
        put=PutOnPending.IGNORE,
    ),
    "replace one by address": Case(
        changes=replacing_by_mail(ADDRESS), to=ADDRESS, before=an_address_waits
    ),
    "replace one by address, for a login": Case(
        changes=replacing_by_mail("zoe"), to="zoe", before=an_address_waits
    ),
    "renew": Case(
        changes=renewing("zoe"),
        to="zoe",
        before=lambda world: zoe_waits(world, "direct_member"),
    ),
    "renew one by address": Case(
        changes=renewing_by_mail(),
        to=ADDRESS,
        before=lambda world: an_address_waits(world, "direct_member"),
    ),
    "cancel": Case(changes=cancelling("zoe"), to=None, before=zoe_waits),
    "cancel one by address": Case(
        changes=cancelling_by_mail, to=None, before=an_address_waits
    ),
}


def troubled(scene: Scene, changes: Changes, fault: Fault) -> Changes:
    """*changes*, during which *fault* strikes; it counts from after the read."""

    def scripted(snapshot: Snapshot) -> list[Change]:
        scene.script(fault)
        return changes(snapshot)

    return scripted


def requests_of(case: Case) -> int:
    """How many requests the change makes after the read when all goes well."""
    begun: list[int] = []
    with scene_of(case.world()) as scene:

        def counted(snapshot: Snapshot) -> list[Change]:
            begun.append(len(scene.sandbox.history))
            return case.changes(snapshot)

        [ended] = scene.carry_out(counted)
        assert isinstance(ended, Outcome)
        assert live(scene.world) == case.end
        return len(scene.sandbox.history) - begun[0]


def sent_by(case: Case) -> dict[Why, int]:
    """The mails that it sends when all goes well."""
    with scene_of(case.world()) as scene:
        scene.carry_out(case.changes)
        return {why: sum(mail.why is why for mail in scene.world.mails) for why in Why}


EVERY_CASE = pytest.mark.parametrize("name", CASES)
LOST = pytest.mark.parametrize(
    "trouble",
    [
        Fault(Drop()),
        Fault(Drop(), after=True),
        Fault(UNICORN),
        Fault(UNICORN, after=True),
        Fault(Drop(), times=2),
        Fault(Drop(), after=True, times=2),
    ],
    ids=[
        "dropped before",
        "dropped after",
        "502 before",
        "502 after",
        "dropped before, twice",
        "dropped after, twice",
    ],
)


@EVERY_CASE
@LOST
def test_t69_a_lost_answer_leaves_one_invitation_and_sends_no_mail_too_many(
    name: str, trouble: Fault
) -> None:
    case = CASES[name]
    usual = sent_by(case)
    for first in range(1, requests_of(case) + 1):
        fault = replace(trouble, nth=first)
        with scene_of(case.world()) as scene:
            before = set(scene.world.invitations)
            [ended] = scene.carry_out(troubled(scene, case.changes, fault))
            if fault.times == 1:
                # One lost answer is made good without another plan.
                assert isinstance(ended, Outcome), (first, ended)
                assert live(scene.world) == case.end, (first, ended)
            if name.startswith("renew") and isinstance(ended, Outcome):
                assert before.isdisjoint(scene.world.invitations)
            assert isinstance(ended, Outcome | WriteFailed | OutcomeUnknown)
            scene.sandbox.conditions.faults.clear()
            scene.carry_out(case.again)

            assert live(scene.world) == case.end, (first, ended)
            assert all(
                isinstance(each, Outcome) for each in scene.carry_out(case.again)
            )
            # Where an edit is lost another is sent, but nothing is done twice.
            for why in Why:
                replaces = usual[Why.INVITED_AGAIN] > 0
                most = max(usual[why], int(replaces))
                assert len(mails(scene.world, why)) <= most <= 1, (first, why, ended)
