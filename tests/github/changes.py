"""The changes there are, each on a sandbox: what makes it, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from ghstate.errors import GitHubError
from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import InvitationRole, TeamRole, Why
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests import build
from tests.traps.conversation import conversation
from tests.traps.scene import calls, parent_of, people_of, roles_in

Changes = Callable[[Snapshot], list[Change]]
LOST = Outcome("done, although GitHub's answer was lost")


@dataclass(slots=True)
class Scene:
    """A sandbox, and what was done there and told about it."""

    sandbox: Sandbox
    waits: list[tuple[float, str]] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    """What GitHub numbered the things that came into being, by their address."""

    @property
    def world(self) -> World:
        return self.sandbox.world

    @property
    def calls(self) -> list[str]:
        return calls(self.sandbox)

    @property
    def mails(self) -> list[tuple[str, Why]]:
        return [(mail.to.lower(), mail.why) for mail in self.world.mails]

    def script(self, *faults: Fault) -> None:
        """What goes wrong from now on."""
        self.sandbox.conditions.script(*faults)

    def carry_out(self, changes: Changes) -> list[Outcome | GitHubError]:
        """Read, make *changes* of what was read, and do them; how each task ended."""

        async def work() -> list[Outcome | GitHubError]:
            ended: list[Outcome | GitHubError] = []
            async with conversation(self.sandbox) as talk:
                snapshot = await talk.github.read()
                plan = Plan(
                    organization=snapshot.organization,
                    snapshot_at=snapshot.taken_at,
                    changes=tuple(changes(snapshot)),
                )
                for task in tasks(plan):
                    try:
                        outcome = await talk.github.carry_out(task)
                        if outcome.id is not None:
                            self.ids[str(task.address)] = outcome.id
                        ended.append(replace(outcome, id=None))
                    except GitHubError as error:
                        ended.append(error)
                self.waits = talk.heard.waiting_for
            return ended

        return asyncio.run(work())

    def does(self, changes: Changes) -> Outcome | GitHubError:
        """How the only task ended that there is."""
        [ended] = self.carry_out(changes)
        return ended


# The changes


def at(snapshot: Snapshot, address: Address) -> Observed[Resource]:
    return snapshot.observed[address]


def invite(snapshot: Snapshot) -> list[Change]:
    return [
        Create(build.member("zoe"), Reason.INVITE),
        Create(build.team_member("ops", "zoe"), Reason.WITH_INVITATION),
    ]


def reinvite(snapshot: Snapshot) -> list[Change]:
    before = at(snapshot, Member.at("zoe"))
    return [Create(build.member("zoe"), Reason.REINVITE, before)]


def replace_invitation(snapshot: Snapshot) -> list[Change]:
    before = at(snapshot, Member.at("zoe"))
    wanted = build.member("zoe", "member")
    return [Update(before, wanted, frozenset({"role"}), Reason.REPLACE_INVITATION)]


def change_role(login: str, role: str) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        before = at(snapshot, Member.at(login))
        wanted = build.member(login, role)
        return [Update(before, wanted, frozenset({"role"}), Reason.CHANGE_ROLE)]

    return changes


def remove(snapshot: Snapshot) -> list[Change]:
    return [Delete(at(snapshot, Member.at("bob")), Reason.REMOVE)]


def cancel(snapshot: Snapshot) -> list[Change]:
    return [Delete(at(snapshot, Member.at("zoe")), Reason.CANCEL_INVITATION)]


def create_team(snapshot: Snapshot) -> list[Change]:
    return [Create(build.team("web", parent="dev", description="x"), Reason.CREATE)]


def update_team(**fields: Any) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        before = at(snapshot, Team.at("ops"))
        wanted = build.team(**{"slug": "ops"} | fields)
        reason = Reason.RENAME if "slug" in fields else Reason.UPDATE
        return [Update(before, wanted, Team.mutable(), reason)]

    return changes


RENAMED = {"slug": "sre", "name": "SRE"}
MOVED = {"parent": "dev"}


def delete_team(snapshot: Snapshot) -> list[Change]:
    return [Delete(at(snapshot, Team.at("ops")), Reason.DELETE)]


def add_to_team(login: str = "bob", role: str = "member") -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        return [Create(build.team_member("ops", login, role), Reason.ADD)]

    return changes


def change_role_in_team(login: str, role: str) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        before = at(snapshot, TeamMember.at("ops", login))
        wanted = build.team_member("ops", login, role)
        return [Update(before, wanted, frozenset({"role"}), Reason.CHANGE_ROLE)]

    return changes


def take_out_of_team(snapshot: Snapshot) -> list[Change]:
    return [Delete(at(snapshot, TeamMember.at("ops", "carol")), Reason.REMOVE)]


# What goes wrong, and what is there before


def quicker(act: Callable[[World], object], method: str, path: str) -> Fault:
    return Fault(Meanwhile(act), method=method, path=f"/orgs/acme/{path}")


def nothing(world: World) -> None: ...


def zoe_is_invited(world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN, teams=("ops",), by="ada")
    world.mails.clear()


def zoe_did_not_answer(world: World) -> None:
    world.policy.failed_invitation_blocks = True
    world.invite("zoe", by="ada")
    world.advance(timedelta(days=8))
    world.mails.clear()


def carol_leads_ops(world: World) -> None:
    ops = world.team("ops")
    assert ops is not None
    world.place(ops, world.known("carol").id, TeamRole.MAINTAINER)


def waiting(world: World) -> dict[str, tuple[str, list[str]]]:
    """Who is invited, as what, and to which teams."""
    return {
        world.accounts[each.account].login: (
            each.role.value,
            [world.teams[team].slug for team in each.teams],
        )
        for each in world.invitations.values()
        if each.account is not None
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One change: the call that makes it, and what the world is like afterwards."""

    changes: Changes
    write: tuple[str, str]
    """Its method, and the beginning of its path."""

    done: Callable[[World], bool]
    before: Callable[[World], object] = nothing
    mails: tuple[tuple[str, Why], ...] = ()
    besides: int = 0
    """Writes other than the one that counts."""

    begun: Callable[[World], bool] | None = None
    """What that one write alone comes to, where it is less than `done`."""

    def is_begun(self, world: World) -> bool:
        return (self.begun or self.done)(world)


CASES = {
    "invite": Case(
        changes=invite,
        write=("POST", "/orgs/acme/invitations"),
        done=lambda world: waiting(world) == {"zoe": ("direct_member", ["ops"])},
        mails=(("zoe", Why.INVITED),),
    ),
    "reinvite": Case(
        changes=reinvite,
        before=zoe_did_not_answer,
        write=("POST", "/orgs/acme/invitations"),
        done=lambda world: waiting(world) == {"zoe": ("direct_member", [])},
        mails=(("zoe", Why.INVITED),),
        besides=1,
    ),
    "replace the invitation": Case(
        changes=replace_invitation,
        before=zoe_is_invited,
        write=("PUT", "/orgs/acme/memberships/zoe"),
        done=lambda world: waiting(world) == {"zoe": ("direct_member", ["ops"])},
        mails=(("zoe", Why.INVITED_AGAIN),),
    ),
    "promote": Case(
        changes=change_role("bob", "admin"),
        write=("PUT", "/orgs/acme/memberships/bob"),
        done=lambda world: roles_in(world)["bob"] == "admin",
        mails=(("bob", Why.PROMOTED),),
    ),
    "demote": Case(
        changes=change_role("grace", "member"),
        write=("PUT", "/orgs/acme/memberships/grace"),
        done=lambda world: roles_in(world)["grace"] == "member",
    ),
    "remove": Case(
        changes=remove,
        write=("DELETE", "/orgs/acme/memberships/bob"),
        done=lambda world: "bob" not in roles_in(world),
        mails=(("bob", Why.REMOVED),),
    ),
    "cancel": Case(
        changes=cancel,
        before=zoe_is_invited,
        write=("DELETE", "/orgs/acme/invitations/"),
        done=lambda world: waiting(world) == {},
        mails=(("zoe", Why.CANCELLED),),
    ),
    "create a team": Case(
        changes=create_team,
        write=("POST", "/orgs/acme/teams"),
        done=lambda world: (
            world.team("web") is not None
            and (parent_of(world, "web"), people_of(world, "web")) == ("dev", {})
        ),
        begun=lambda world: world.team("web") is not None,
        besides=1,
    ),
    "update a team": Case(
        changes=update_team(description="We run it.", notifications=False),
        write=("PATCH", "/orgs/acme/teams/ops"),
        done=lambda world: any(
            team.description == "We run it." and not team.notifications
            for team in world.teams.values()
        ),
    ),
    "move a team": Case(
        changes=update_team(**MOVED),
        write=("PATCH", "/orgs/acme/teams/ops"),
        done=lambda world: parent_of(world, "ops") == "dev",
    ),
    "rename a team": Case(
        changes=update_team(**RENAMED),
        write=("PATCH", "/orgs/acme/teams/ops"),
        done=lambda world: (
            {team.slug: team.name for team in world.teams.values()}
            == {"sre": "SRE", "dev": "dev"}
        ),
    ),
    "delete a team": Case(
        changes=delete_team,
        write=("DELETE", "/orgs/acme/teams/ops"),
        done=lambda world: world.team("ops") is None,
    ),
    "add to a team": Case(
        changes=add_to_team(),
        write=("PUT", "/orgs/acme/teams/ops/memberships/bob"),
        done=lambda world: people_of(world, "ops").get("bob") == "member",
        mails=(("bob", Why.ADDED_TO_TEAM),),
    ),
    "promote in a team": Case(
        changes=change_role_in_team("carol", "maintainer"),
        write=("PUT", "/orgs/acme/teams/ops/memberships/carol"),
        done=lambda world: people_of(world, "ops")["carol"] == "maintainer",
    ),
    "demote in a team": Case(
        changes=change_role_in_team("carol", "member"),
        before=carol_leads_ops,
        write=("PUT", "/orgs/acme/teams/ops/memberships/carol"),
        done=lambda world: people_of(world, "ops")["carol"] == "member",
    ),
    "take out of a team": Case(
        changes=take_out_of_team,
        write=("DELETE", "/orgs/acme/teams/ops/memberships/carol"),
        done=lambda world: "carol" not in people_of(world, "ops"),
    ),
}
