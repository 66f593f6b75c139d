"""Whatever breaks while people are invited: nobody is asked twice, nobody is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Drop, Fault, Meanwhile
from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.replies import (
    BAD_CREDENTIALS,
    UNICORN,
    Reply,
    complaint,
    secondary_limit,
)
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.asking import (
    Promises,
    ago,
    asked,
    at_rest,
    table,
    teams_waiting,
    waiting,
)
from tests.traps.scene import Begin

NEW = "new.hire@acme.example"
ORG = "/orgs/acme/"

PLACES = '[teams.platform]\nmembers = ["alice", "carol", "dave", "{NEW}"]'.replace(
    "{NEW}", NEW
)
WISHES = table(
    [
        ("bot", "admin"),
        ("alice", "member"),
        ("carol", "member"),
        ("dave", "member"),
        (NEW, "member"),
    ]
)
AT_THE_END = [
    ("alice", "direct_member"),
    ("carol", "direct_member"),
    ("dave", "direct_member"),
    (NEW, "direct_member"),
]


@dataclass(slots=True)
class Watch:
    """Looks at the world before each request: is anybody invited twice over?"""

    seen: list[list[tuple[str, str]]] = field(default_factory=list)

    def __call__(self, world: World) -> None:
        live = [who for who, _ in waiting(world)]
        if len(live) != len(set(live)):
            self.seen.append(waiting(world))


@pytest.fixture
def watch(sandbox: Sandbox) -> Watch:
    watch = Watch()
    sandbox.conditions.script(Fault(Meanwhile(watch), times=None))
    return watch


@pytest.fixture
def project(world: World, acme: Begin) -> Project:
    """Every kind of call for an invitation, in one plan.

    alice is new; carol's invitation expired; dave's gives too much and has to be
    replaced; zoe's has to be cancelled; the address is new.
    """
    world.add_account("alice")
    world.add_team("platform")
    world.invite("carol", at=ago(world, days=9))
    world.invite("dave", InvitationRole.ADMIN, teams=("platform",))
    world.invite("zoe")
    world.settle()
    return acme(members=WISHES, teams=PLACES)


LOST: dict[str, Reply | Drop] = {"dropped": Drop(), "502": UNICORN}
STOPS = {
    "rate limit": Reply(
        403,
        complaint(403, "API rate limit exceeded for user ID 1.").body,
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800"},
    ),
    "secondary limit": secondary_limit(3_600),
    "signed out": BAD_CREDENTIALS,
}
CALLS = [
    ("POST", f"{ORG}invitations", 1),
    ("POST", f"{ORG}invitations", 2),
    ("POST", f"{ORG}invitations", 3),
    ("PUT", f"{ORG}memberships/dave", 1),
    ("DELETE", f"{ORG}invitations/", 1),
    ("DELETE", f"{ORG}invitations/", 2),
    ("DELETE", f"{ORG}invitations/", 3),
    ("GET", f"{ORG}memberships/alice", 1),
    ("GET", f"{ORG}memberships/dave", 2),
]


def all_is_well(
    world: World, project: Project, promises: Promises, watch: Watch
) -> None:
    """One more apply, and it is as the files say, without a mail too many."""
    assert promises.apply(project) == Exit.DONE
    assert waiting(world) == AT_THE_END
    for login in ("alice", "carol", "dave"):
        assert teams_waiting(world, login) == ["platform"]
    assert watch.seen == []
    # carol and dave had been asked before ghstate came.
    assert asked(world, "alice") == asked(world, NEW) == 1
    assert asked(world, "carol") == 2
    assert asked(world, "zoe") == 1
    assert all(promises.names[who] for who in ("alice", "carol", "dave", NEW))
    # Each try to set the role is a mail, and another invitation is one, too.
    assert asked(world, "dave") - 1 <= 2 * promises.names["dave"]
    assert at_rest(project)


@pytest.mark.parametrize("then", LOST)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("method", "path", "nth"), CALLS)
def test_t69_an_answer_that_is_lost_invites_nobody_twice_and_loses_nobody(
    world: World,
    sandbox: Sandbox,
    project: Project,
    watch: Watch,
    *,
    method: str,
    path: str,
    nth: int,
    after: bool,
    then: str,
) -> None:
    world.policy.put_on_pending = PutOnPending.IGNORE
    promises = Promises()
    sandbox.conditions.script(
        Fault(LOST[then], method=method, path=path, nth=nth, after=after)
    )

    assert promises.apply(project) in {Exit.DONE, Exit.IN_PART, Exit.ERROR}
    sandbox.conditions.faults[1:] = []

    all_is_well(world, project, promises, watch)


@pytest.mark.parametrize("put", [PutOnPending.EDIT, PutOnPending.RESEND])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_t69_a_role_that_may_have_been_set_is_looked_at_again(
    world: World,
    sandbox: Sandbox,
    project: Project,
    watch: Watch,
    *,
    put: PutOnPending,
    after: bool,
) -> None:
    world.policy.put_on_pending = put
    promises = Promises()
    sandbox.conditions.script(
        Fault(Drop(), method="PUT", path=f"{ORG}memberships/dave", after=after)
    )

    promises.apply(project)

    all_is_well(world, project, promises, watch)


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize(
    ("method", "nth"), [("POST", 1), ("POST", 2), ("PUT", 1), ("DELETE", 1)]
)
def test_t61_t62_t68_a_stop_in_the_middle_is_gone_on_from_by_the_next_apply(
    world: World,
    sandbox: Sandbox,
    project: Project,
    watch: Watch,
    *,
    stop: str,
    method: str,
    nth: int,
) -> None:
    promises = Promises()
    sandbox.conditions.script(
        Fault(STOPS[stop], method=method, path=ORG, nth=nth, times=None)
    )

    code = promises.apply(project, "--max-wait", "1s")

    assert code == (Exit.LIMIT if "limit" in stop else Exit.IN_PART)
    sandbox.conditions.faults[1:] = []
    all_is_well(world, project, promises, watch)


def test_t62_a_short_limit_is_waited_out_and_nobody_is_asked_twice(
    world: World, sandbox: Sandbox, project: Project, watch: Watch
) -> None:
    promises = Promises()
    sandbox.conditions.script(Fault(secondary_limit(1), method="POST", path=ORG, nth=2))

    assert promises.apply(project, "--max-wait", "30s") == Exit.DONE

    all_is_well(world, project, promises, watch)


@pytest.mark.parametrize("seed", range(2))
def test_t66_t69_a_network_that_often_fails_ends_where_a_good_one_does(
    world: World, sandbox: Sandbox, project: Project, watch: Watch, seed: int
) -> None:
    promises = Promises()
    sandbox.conditions.seed = seed
    sandbox.conditions.flaky = 0.2
    sandbox.conditions.flaky_writes = True

    for _ in range(2):
        assert promises.apply(project) in {Exit.DONE, Exit.IN_PART, Exit.ERROR}

    sandbox.conditions.flaky = 0.0

    all_is_well(world, project, promises, watch)


def test_t70_one_failure_among_many_leaves_the_others_as_they_should_be(
    world: World, sandbox: Sandbox, project: Project, watch: Watch
) -> None:
    world.known("alice").invitable = False
    promises = Promises()

    assert promises.apply(project) == Exit.IN_PART
    assert waiting(world) == AT_THE_END[1:]

    world.known("alice").invitable = True
    all_is_well(world, project, promises, watch)


UNREADABLE = {
    "invitations": Fault(complaint(403, "No"), path=f"{ORG}invitations"),
    "failed invitations": Fault(complaint(403, "No"), path=f"{ORG}failed_invitations"),
    "members": Fault(complaint(403, "No"), query="membersWithRole"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_t63_t67_where_people_cannot_be_read_nobody_is_invited(
    world: World, sandbox: Sandbox, project: Project, watch: Watch, what: str
) -> None:
    sandbox.conditions.script(replace(UNREADABLE[what], times=None))
    before = waiting(world)

    assert project.apply().code == Exit.ERROR
    assert waiting(world) == before

    sandbox.conditions.faults[1:] = []
    all_is_well(world, project, Promises(), watch)


ANSWERS: dict[str, Callable[[World], object]] = {
    "accepts": lambda world: world.accept("dave"),
    "declines": lambda world: world.decline("dave"),
    "is cancelled": lambda world: world.cancel("dave"),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(
    ("step", "put"),
    [
        ("GET", PutOnPending.EDIT),
        *(("PUT", put) for put in PutOnPending),
        ("DELETE", PutOnPending.IGNORE),
    ],
)
def test_t06_an_answer_in_the_middle_of_a_replacement_ends_as_the_files_say(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    watch: Watch,
    *,
    put: PutOnPending,
    answer: str,
    step: str,
) -> None:
    world.policy.put_on_pending = put
    world.add_team("platform")
    world.invite("dave", InvitationRole.ADMIN, teams=("platform",))
    project = acme(
        members=table([("bot", "admin"), ("dave", "member")]),
        teams='[teams.platform]\nmembers = ["dave"]',
    )
    path = f"{ORG}invitations/" if step == "DELETE" else f"{ORG}memberships/dave"
    sandbox.conditions.script(Fault(Meanwhile(ANSWERS[answer]), method=step, path=path))
    promises = Promises()

    assert promises.apply(project) in {Exit.DONE, Exit.IN_PART}
    assert promises.apply(project) == Exit.DONE

    role = world.role_of("dave")
    if role is None:
        assert waiting(world) == [("dave", "direct_member")]
        assert teams_waiting(world, "dave") == ["platform"]
    else:
        assert role == "member"
        assert world.teams_of("dave").keys() == {"platform"}
    assert watch.seen == []
    assert at_rest(project)
