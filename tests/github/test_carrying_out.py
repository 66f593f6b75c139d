"""Each change on a sandbox: how often it is sent, whom it mails, what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from ghstate.errors import GitHubError, LimitReached, OutcomeUnknown, WriteFailed
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
from ghstate.sandbox.conditions import Drop, Fault, Meanwhile
from ghstate.sandbox.policy import Profile, PutOnPending
from ghstate.sandbox.records import InvitationRole, OrgRole, TeamRole, Why
from ghstate.sandbox.replies import UNICORN, Reply, complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.viewers import TOKENS
from ghstate.sandbox.world import World
from tests import build
from tests.journey import OWNER
from tests.traps.conversation import conversation
from tests.traps.scene import calls, parent_of, people_of, roles_in

Changes = Callable[[Snapshot], list[Change]]
LOST = Outcome("done, although GitHub's answer was lost")


@dataclass(slots=True)
class Scene:
    """A sandbox, and what was done there and told about it."""

    sandbox: Sandbox
    waits: list[tuple[float, str]] = field(default_factory=list)

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
                        ended.append(await talk.github.carry_out(task))
                    except GitHubError as error:
                        ended.append(error)
                self.waits = talk.heard.waiting_for
            return ended

        return asyncio.run(work())

    def does(self, changes: Changes) -> Outcome | GitHubError:
        """How the only task ended that there is."""
        [ended] = self.carry_out(changes)
        return ended


@pytest.fixture
def world() -> World:
    """ada and grace own acme; bob and carol are in it; ops is a team, and dev."""
    world = World("acme")
    world.add_member("ada", OrgRole.ADMIN)
    world.add_member("grace", OrgRole.ADMIN)
    world.add_member("bob")
    world.add_member("carol")
    world.add_account("zoe")
    world.add_team("ops", "carol", "ada")
    world.add_team("dev", "carol")
    return world


@pytest.fixture
def scene(world: World) -> Iterator[Scene]:
    with Sandbox(world) as sandbox:
        yield Scene(sandbox)


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


# What is there before


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
EVERY_CHANGE = pytest.mark.parametrize("name", CASES)
NO_ANSWER = pytest.mark.parametrize(
    "no_answer",
    [Drop(), UNICORN, Reply(201, "<p>ok</p>", {"content-type": "text/html"})],
    ids=["reset", "502", "a page"],
)


@EVERY_CHANGE
def test_a_change_is_made_with_one_call_and_no_mail_too_many(
    scene: Scene, name: str
) -> None:
    case = CASES[name]
    case.before(scene.world)
    assert not case.done(scene.world)

    assert scene.does(case.changes) == Outcome()

    assert case.done(scene.world)
    assert len(scene.calls) == 1 + case.besides
    assert scene.mails == [*case.mails]


@EVERY_CHANGE
@NO_ANSWER
def test_t69_a_change_whose_answer_was_lost_is_looked_up_and_not_made_again(
    scene: Scene, name: str, no_answer: Drop | Reply
) -> None:
    case = CASES[name]
    case.before(scene.world)
    method, path = case.write
    scene.script(Fault(no_answer, method=method, path=path, after=True))

    assert scene.does(case.changes) == LOST

    assert case.done(scene.world)
    assert len(scene.calls) == 1 + case.besides
    assert scene.mails == [*case.mails]


@EVERY_CHANGE
@NO_ANSWER
def test_t69_a_change_that_never_arrived_is_made_the_second_time(
    scene: Scene, name: str, no_answer: Drop | Reply
) -> None:
    case = CASES[name]
    case.before(scene.world)
    method, path = case.write
    scene.script(Fault(no_answer, method=method, path=path))

    assert scene.does(case.changes) == Outcome()

    assert case.done(scene.world)
    sent = [
        each
        for each in scene.sandbox.history.writes()
        if each.method == method and each.path.startswith(path)
    ]
    assert [each.done for each in sent] == [False, True]
    assert scene.mails == [*case.mails]


@EVERY_CHANGE
def test_t69_a_change_that_arrives_neither_time_has_failed(
    scene: Scene, name: str
) -> None:
    case = CASES[name]
    case.before(scene.world)
    method, path = case.write
    scene.script(Fault(Drop(), method=method, path=path, times=None))

    error = scene.does(case.changes)

    assert isinstance(error, WriteFailed)
    assert error.message.endswith(", twice; it was not done")
    assert not case.done(scene.world)
    sent = [each for each in scene.sandbox.history.writes() if each.method == method]
    assert len([each for each in sent if each.path.startswith(path)]) == 2
    assert scene.mails == []


@EVERY_CHANGE
def test_b2_what_cannot_be_looked_up_is_not_made_again(scene: Scene, name: str) -> None:
    case = CASES[name]
    case.before(scene.world)
    method, path = case.write

    def silence(world: World) -> None:
        scene.script(Fault(Drop(), method="GET", times=None))

    scene.script(
        Fault(Meanwhile(silence), method=method, path=path),
        Fault(Drop(), method=method, path=path, after=True),
    )

    error = scene.does(case.changes)

    assert isinstance(error, OutcomeUnknown)
    assert error.message.startswith("what became of it could not be looked up: ")
    assert error.hint == "run apply again: it looks first"
    assert case.is_begun(scene.world)
    assert scene.mails == [*case.mails]


@EVERY_CHANGE
@pytest.mark.parametrize("status", [403, 409, 422, 451])
def test_a_change_that_is_refused_is_sent_once_and_says_why(
    scene: Scene, name: str, status: int
) -> None:
    case = CASES[name]
    case.before(scene.world)
    method, path = case.write
    scene.script(
        Fault(complaint(status, "Not today."), method=method, path=path, times=None)
    )
    if name == "replace the invitation":
        # The role is tried first; only then is the invitation sent anew.
        scene.script(
            Fault(complaint(status, "Not today."), method="DELETE", times=None)
        )

    error = scene.does(case.changes)

    assert isinstance(error, WriteFailed)
    assert (error.message, error.status) == (
        f"GitHub answered {status}: Not today.",
        status,
    )
    assert not case.done(scene.world)
    assert scene.mails == []
    assert len(scene.calls) == len(set(scene.calls))


# T42: accepted, and not done


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (change_role("bob", "admin"), "asked for admin, but GitHub made bob member"),
        (
            add_to_team("bob", "maintainer"),
            "asked for maintainer, but GitHub made bob member of ops",
        ),
        (
            lambda _: [Create(build.member("zoe", "admin"), Reason.INVITE)],
            "asked for admin, but GitHub made zoe member",
        ),
    ],
)
def test_t42_a_role_that_is_ignored_is_not_taken_for_given(
    scene: Scene, changes: Changes, words: str
) -> None:
    scene.sandbox.conditions.roles_ignored = True

    error = scene.does(changes)

    assert isinstance(error, WriteFailed)
    assert error.message == words
    assert len(scene.calls) == 1


def test_t42_a_demotion_in_a_team_that_is_ignored_is_not_taken_for_given(
    scene: Scene,
) -> None:
    carol_leads_ops(scene.world)
    ignored = Reply(200, {"role": "maintainer", "state": "active", "url": ""})
    scene.script(Fault(ignored, method="PUT"))

    error = scene.does(change_role_in_team("carol", "member"))

    assert isinstance(error, WriteFailed)
    assert error.message == (
        "asked for member, but GitHub made carol maintainer of ops"
    )


def test_an_owner_in_a_team_is_its_maintainer_whatever_was_asked(scene: Scene) -> None:
    assert scene.does(add_to_team("grace", "member")) == Outcome()
    assert people_of(scene.world, "ops")["grace"] == "maintainer"


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({"description": "We run it."}, "description"),
        ({"privacy": "secret"}, "privacy"),
        ({"notifications": False}, "notifications"),
        (MOVED, "parent"),
    ],
)
def test_t42_a_field_of_a_team_that_is_ignored_is_named(
    scene: Scene, fields: dict[str, object], answered: str
) -> None:
    unchanged = {"id": 1, "slug": "ops", "name": "ops", "privacy": "closed"}
    scene.script(Fault(Reply(200, unchanged), method="PATCH"))

    error = scene.does(update_team(**fields))

    assert isinstance(error, WriteFailed | Outcome)
    if answered == "notifications":
        # GHES of some versions leaves it out of the answer, which then says nothing.
        assert error == Outcome()
    else:
        assert isinstance(error, WriteFailed)
        assert error.message.endswith(f"and did not make it: {answered}")


def test_t42_an_invitation_that_lost_its_teams_gets_them_one_by_one(
    scene: Scene,
) -> None:
    forgotten = Reply(201, {"id": 1, "role": "direct_member", "team_count": 0})
    scene.script(
        Fault(
            Meanwhile(lambda world: world.invite("zoe", by="ada")),
            method="POST",
            path="/orgs/acme/invitations",
        ),
        Fault(forgotten, method="POST", path="/orgs/acme/invitations"),
    )

    assert scene.does(invite) == Outcome()

    assert scene.calls == ["POST invitations", "PUT teams/ops/memberships/zoe"]
    assert waiting(scene.world) == {"zoe": ("direct_member", ["ops"])}


# Somebody else was quicker


def quicker(act: Callable[[World], object], method: str, path: str) -> Fault:
    return Fault(Meanwhile(act), method=method, path=f"/orgs/acme/{path}")


def invites_zoe(world: World) -> None:
    world.invite("zoe", by="grace")


def invites_zoe_as_owner(world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN, by="grace")


def zoe_is_in(world: World) -> None:
    world.add_member("zoe")


@pytest.mark.parametrize("when", [("GET", "memberships/zoe"), ("POST", "invitations")])
@pytest.mark.parametrize(
    ("act", "words"),
    [
        (invites_zoe, "zoe is invited already, as member"),
        (zoe_is_in, "zoe is a member already, as member"),
    ],
)
def test_t11_somebody_who_is_there_already_is_not_invited_again(
    scene: Scene, act: Callable[[World], object], words: str, when: tuple[str, str]
) -> None:
    scene.script(quicker(act, *when))

    assert scene.does(invite) == Outcome(words)

    assert "PUT teams/ops/memberships/zoe" in scene.calls
    assert [why for _, why in scene.mails if why is Why.INVITED_AGAIN] == []
    assert len([why for _, why in scene.mails if why is Why.INVITED]) <= 1
    zoe = scene.world.known("zoe").id
    ops = scene.world.team("ops")
    assert ops is not None
    [*teams] = (each.teams for each in scene.world.invitations.values())
    assert zoe in ops.members or any(ops.id in each for each in teams)


@pytest.mark.parametrize("when", [("GET", "memberships/zoe"), ("POST", "invitations")])
def test_somebody_who_is_there_in_another_role_is_left_to_the_next_plan(
    scene: Scene, when: tuple[str, str]
) -> None:
    scene.script(quicker(invites_zoe_as_owner, *when))

    error = scene.does(invite)

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe is invited already, as admin, and not as member"
    assert error.hint.endswith("plan again")


def test_a_team_that_somebody_else_created_is_not_taken_over(scene: Scene) -> None:
    scene.script(quicker(lambda world: world.add_team("web", "bob"), "POST", "teams"))

    error = scene.does(create_team)

    assert isinstance(error, WriteFailed)
    assert "Name must be unique for this org" in error.message
    assert error.codes == {"already_exists"}
    assert scene.calls == ["POST teams"]
    assert people_of(scene.world, "web") == {"bob": "member"}


def test_a_team_that_has_the_new_name_already_is_not_taken_for_the_renamed_one(
    scene: Scene,
) -> None:
    def takes_the_name(world: World) -> None:
        world.add_team("SRE", "bob")

    scene.script(
        quicker(takes_the_name, "PATCH", "teams/ops"),
        Fault(Drop(), method="PATCH", path="/orgs/acme/teams/ops"),
    )

    error = scene.does(update_team(**RENAMED))

    assert isinstance(error, WriteFailed)
    assert "Name must be unique for this org" in error.message
    assert people_of(scene.world, "sre") == {"bob": "member"}


def leaves(login: str) -> Callable[[World], object]:
    return lambda world: world.leave(login)


@pytest.mark.parametrize("role", ["admin", "member"])
def test_a_change_of_role_does_not_invite_somebody_who_left(
    scene: Scene, role: str
) -> None:
    login = "bob" if role == "admin" else "grace"
    scene.script(quicker(leaves(login), "GET", f"memberships/{login}"))

    error = scene.does(change_role(login, role))

    assert isinstance(error, WriteFailed)
    assert error.message == f"{login} is not a member any more"
    assert (scene.calls, scene.mails) == ([], [])


def test_a_change_of_role_takes_back_the_invitation_of_somebody_who_just_left(
    scene: Scene,
) -> None:
    scene.script(quicker(leaves("bob"), "PUT", "memberships/bob"))

    error = scene.does(change_role("bob", "admin"))

    assert isinstance(error, WriteFailed)
    assert error.message.startswith("bob left the organization meanwhile; ")
    assert scene.calls == ["PUT memberships/bob", "DELETE memberships/bob"]
    assert waiting(scene.world) == {}
    assert "bob" not in roles_in(scene.world)


def test_t15_a_team_does_not_invite_somebody_who_left(scene: Scene) -> None:
    scene.script(quicker(leaves("bob"), "GET", "memberships/bob"))

    error = scene.does(add_to_team())

    assert isinstance(error, WriteFailed)
    assert error.message == (
        "bob is not in the organization, and a team must not invite anybody"
    )
    assert (scene.calls, scene.mails) == ([], [])


def test_t15_a_team_takes_back_the_invitation_of_somebody_who_just_left(
    scene: Scene,
) -> None:
    scene.script(quicker(leaves("bob"), "PUT", "teams/ops/memberships/bob"))

    error = scene.does(add_to_team())

    assert isinstance(error, WriteFailed)
    assert error.message.startswith("bob left the organization meanwhile; ")
    assert waiting(scene.world) == {}


def test_somebody_who_is_invited_gets_the_team_with_the_invitation(
    scene: Scene,
) -> None:
    scene.world.invite("zoe", by="ada")
    scene.world.mails.clear()

    assert scene.does(add_to_team("zoe")) == Outcome()

    assert waiting(scene.world) == {"zoe": ("direct_member", ["ops"])}
    assert scene.mails == []


def accepts(world: World) -> None:
    world.accept("zoe")


def test_an_invitation_that_was_accepted_is_not_cancelled(scene: Scene) -> None:
    zoe_is_invited(scene.world)
    scene.script(quicker(accepts, "GET", "memberships/zoe"))

    error = scene.does(cancel)

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe has accepted the invitation meanwhile"
    assert error.hint == "the next plan shows the removal"
    assert scene.calls == []
    assert roles_in(scene.world)["zoe"] == "admin"


def test_whoever_accepts_while_being_cancelled_is_not_removed(scene: Scene) -> None:
    zoe_is_invited(scene.world)
    scene.script(quicker(accepts, "DELETE", "invitations/"))

    scene.does(cancel)

    assert len(scene.calls) == 1
    assert roles_in(scene.world)["zoe"] == "admin"


def test_somebody_who_accepted_meanwhile_is_not_demoted_in_passing(
    scene: Scene,
) -> None:
    """A demotion has a place in the order, after which enough owners are left."""
    zoe_is_invited(scene.world)
    scene.script(quicker(accepts, "GET", "memberships/zoe"))

    error = scene.does(replace_invitation)

    assert isinstance(error, WriteFailed)
    assert error.message == "zoe has accepted the invitation meanwhile"
    assert scene.calls == []
    assert roles_in(scene.world)["zoe"] == "admin"


def declines(world: World) -> None:
    world.decline("zoe")


@pytest.mark.parametrize(
    ("changes", "ended"),
    [
        (cancel, Outcome("the invitation of zoe was gone already")),
        (replace_invitation, None),
    ],
)
def test_an_invitation_that_was_declined_is_gone(
    scene: Scene, changes: Changes, ended: Outcome | None
) -> None:
    zoe_is_invited(scene.world)
    scene.script(quicker(declines, "GET", "memberships/zoe"))

    found = scene.does(changes)

    if ended:
        assert found == ended
    else:
        assert isinstance(found, WriteFailed)
        assert found.message == "the invitation of zoe is gone"
    assert (scene.calls, scene.mails) == ([], [])


@pytest.mark.parametrize(
    ("changes", "act", "when"),
    [
        (remove, leaves("bob"), ("DELETE", "memberships/bob")),
        (
            delete_team,
            lambda world: world.teams.pop(world.team("ops").id),
            ("DELETE", "teams/ops"),
        ),
        (
            take_out_of_team,
            leaves("carol"),
            ("DELETE", "teams/ops/memberships/carol"),
        ),
    ],
)
def test_what_is_gone_already_is_as_good_as_removed(
    scene: Scene,
    changes: Changes,
    act: Callable[[World], object],
    when: tuple[str, str],
) -> None:
    scene.script(quicker(act, *when))

    assert scene.does(changes) == Outcome("was gone already")
    assert len(scene.calls) == 1


# Invitations that wait


@pytest.mark.parametrize(
    ("does", "ended", "sent", "mails"),
    [
        (
            PutOnPending.EDIT,
            Outcome(),
            ["PUT memberships/zoe"],
            [Why.INVITED_AGAIN],
        ),
        (
            PutOnPending.RESEND,
            Outcome(),
            ["PUT memberships/zoe"],
            [Why.INVITED_AGAIN],
        ),
        (
            PutOnPending.IGNORE,
            Outcome("cancelled and sent again"),
            ["PUT memberships/zoe", "DELETE invitations/ID", "POST invitations"],
            [Why.INVITED_AGAIN, Why.CANCELLED, Why.INVITED],
        ),
    ],
)
def test_the_role_of_an_invitation_is_changed_whatever_github_makes_of_it(
    scene: Scene,
    does: PutOnPending,
    ended: Outcome,
    sent: list[str],
    mails: list[Why],
) -> None:
    zoe_is_invited(scene.world)
    [number] = scene.world.invitations
    scene.world.policy.put_on_pending = does

    assert scene.does(replace_invitation) == ended

    assert [call.replace(str(number), "ID") for call in scene.calls] == sent
    assert [why for _, why in scene.mails] == mails
    assert waiting(scene.world) == {"zoe": ("direct_member", ["ops"])}


def test_an_invitation_that_has_the_role_by_now_is_left_alone(scene: Scene) -> None:
    zoe_is_invited(scene.world)

    def edits(world: World) -> None:
        for each in world.invitations.values():
            each.role = InvitationRole.DIRECT_MEMBER

    scene.script(quicker(edits, "GET", "memberships/zoe"))

    assert scene.does(replace_invitation) == Outcome(
        "zoe is invited already, as member"
    )
    assert (scene.calls, scene.mails) == ([], [])


# Limits


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"seats": 4}, "the organization has no seat left"),
        ({"invitation_cap": 0}, "GitHub's limit of invitations a day is reached"),
    ],
)
@pytest.mark.parametrize("changes", [invite, replace_invitation])
def test_a_limit_of_invitations_is_told_as_one(
    scene: Scene, policy: dict[str, int], words: str, changes: Changes
) -> None:
    if changes is replace_invitation:
        zoe_is_invited(scene.world)
        scene.world.policy.put_on_pending = PutOnPending.IGNORE
    for name, value in policy.items():
        setattr(scene.world.policy, name, value)

    error = scene.does(changes)

    assert isinstance(error, LimitReached)
    assert (error.message, error.grants_only) == (words, True)


# Teams that were created a moment ago


@pytest.mark.parametrize("keeps", [True, False])
def test_t48_a_parent_that_an_app_loses_is_put_right(
    scene: Scene, *, keeps: bool
) -> None:
    scene.sandbox.tokens[OWNER] = TOKENS["sandbox-app"]
    scene.world.policy.app_children_keep_parent = keeps

    assert scene.does(create_team) == Outcome()

    assert scene.calls == ["POST teams", *([] if keeps else ["PATCH teams/web"])]
    assert parent_of(scene.world, "web") == "dev"
    assert people_of(scene.world, "web") == {}


def test_t48_a_parent_that_stays_away_is_told(scene: Scene) -> None:
    scene.sandbox.tokens[OWNER] = TOKENS["sandbox-app"]
    scene.world.policy.app_children_keep_parent = False
    body = {"id": 1, "slug": "web", "name": "web", "description": "x", "parent": None}
    scene.script(Fault(Reply(200, body), method="PATCH"))

    error = scene.does(create_team)

    assert isinstance(error, WriteFailed)
    assert error.message.endswith("of web and did not make it: parent")


def create_with_people(*logins: str) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        return [
            Create(build.team("web"), Reason.CREATE),
            *(
                Create(build.team_member("web", login, "maintainer"), Reason.ADD)
                for login in logins
            ),
        ]

    return changes


def test_t51_the_creator_of_a_team_goes_unless_the_files_name_them(
    scene: Scene,
) -> None:
    assert scene.carry_out(create_with_people("bob")) == [Outcome()] * 2
    assert people_of(scene.world, "web") == {"bob": "maintainer"}

    scene.world.teams.pop(max(scene.world.teams))
    assert scene.carry_out(create_with_people("ada")) == [Outcome()] * 2
    assert people_of(scene.world, "web") == {"ada": "maintainer"}


@NO_ANSWER
@pytest.mark.parametrize("after", [True, False])
def test_t51_the_creator_goes_although_an_answer_was_lost(
    scene: Scene, no_answer: Drop | Reply, *, after: bool
) -> None:
    path = "/orgs/acme/teams/web/memberships/ada"
    scene.script(Fault(no_answer, method="DELETE", path=path, after=after))

    [created] = scene.carry_out(create_with_people())

    assert isinstance(created, Outcome)
    assert people_of(scene.world, "web") == {}
    assert scene.calls.count("POST teams") == 1


@pytest.mark.parametrize("lag", [1, 3, 5])
def test_t53_a_new_team_is_waited_for_in_sight(scene: Scene, lag: int) -> None:
    scene.sandbox.conditions.new_team_lag = lag

    assert scene.carry_out(create_with_people("bob")) == [Outcome()] * 2

    assert scene.calls.count("POST teams") == 1
    assert people_of(scene.world, "web") == {"bob": "maintainer"}
    assert all(seconds >= 1 for seconds, _ in scene.waits)
    assert {why for _, why in scene.waits} <= {"GitHub does not find a new team yet"}
    assert bool(scene.waits) == (lag > 2)


def test_t53_a_new_team_is_not_waited_for_without_end(scene: Scene) -> None:
    scene.sandbox.tokens[OWNER] = TOKENS["sandbox-app"]
    scene.sandbox.conditions.new_team_lag = 1000

    created, added = scene.carry_out(create_with_people("bob"))

    assert created == Outcome()
    assert isinstance(added, WriteFailed)
    assert added.status == 404
    assert 30 <= sum(seconds for seconds, _ in scene.waits) <= 65


def test_t53_a_renamed_team_whose_answer_was_lost_can_be_a_parent(
    scene: Scene,
) -> None:
    def changes(snapshot: Snapshot) -> list[Change]:
        [renamed] = update_team(**RENAMED)(snapshot)
        return [renamed, Create(build.team("web", parent="sre"), Reason.CREATE)]

    scene.script(Fault(Drop(), method="PATCH", after=True))

    assert scene.carry_out(changes) == [LOST, Outcome()]
    assert parent_of(scene.world, "web") == "sre"


# Servers without invitations


@pytest.mark.parametrize("no_answer", [None, Drop()])
def test_t71_where_there_are_no_invitations_people_are_there_at_once(
    scene: Scene, no_answer: Drop | None
) -> None:
    scene.world.policy.profile = Profile.SERVER
    if no_answer:
        path = "/orgs/acme/memberships/zoe"
        scene.script(Fault(no_answer, method="PUT", path=path, after=True))

    assert scene.does(invite) == (LOST if no_answer else Outcome())

    assert roles_in(scene.world)["zoe"] == "member"
    assert people_of(scene.world, "ops")["zoe"] == "member"
    assert scene.calls == [
        "POST invitations",
        "PUT memberships/zoe",
        "PUT teams/ops/memberships/zoe",
    ]


# Answers that are no answers


@EVERY_CHANGE
@pytest.mark.parametrize("status", [403, 451])
def test_a_look_that_is_refused_says_nothing_about_what_is_there(
    scene: Scene, name: str, status: int
) -> None:
    """A refusal to show a membership is not its absence, nor that of a team."""
    case = CASES[name]
    case.before(scene.world)
    method, path = case.write

    def refuse(world: World) -> None:
        no = complaint(status, "Not for you.")
        for what in ("memberships", "teams", "invitations"):
            each = Fault(no, method="GET", path=f"/orgs/acme/{what}/", times=None)
            scene.script(each)

    scene.script(
        Fault(Meanwhile(refuse), method=method, path=path),
        Fault(Drop(), method=method, path=path, after=True),
    )

    error = scene.does(case.changes)

    assert isinstance(error, OutcomeUnknown)
    assert len(scene.calls) == 1 + (name == "reinvite")


STRANGE: list[object] = [
    None,
    [],
    {},
    "text",
    5,
    [{}],
    {"id": "x", "login": 5, "state": 7},
]


@EVERY_CHANGE
@pytest.mark.parametrize("body", STRANGE)
@pytest.mark.parametrize("where", ["GET", "write"])
def test_an_answer_of_another_shape_is_a_clear_end(
    scene: Scene, name: str, body: object, where: str
) -> None:
    """It ends in an outcome or in one of our errors, whatever the JSON is."""
    case = CASES[name]
    case.before(scene.world)
    method, path = case.write
    strange = Reply(200, body)
    if where == "write":
        scene.script(Fault(strange, method=method, path=path, after=True))
    else:
        for what in ("memberships", "teams", "invitations/", "external-groups"):
            scene.script(
                Fault(strange, method="GET", path=f"/orgs/acme/{what}", times=None)
            )
        scene.script(Fault(strange, method="GET", path="/users/", times=None))

    try:
        [ended] = scene.carry_out(case.changes)
    except GitHubError as error:
        # The read before it has ended already.
        ended = error

    assert isinstance(ended, Outcome | GitHubError)
    if where == "write" and case.write[0] != "DELETE":
        assert case.is_begun(scene.world)
