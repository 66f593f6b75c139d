"""Who changed something on GitHub: what the audit log is asked, and what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from ghstate.github.authors import changed_by
from ghstate.model.address import Address
from ghstate.model.drift import Author, Drift, Drifted, Hand
from ghstate.model.names import Login
from ghstate.model.organization import Viewer
from ghstate.model.resource import Observed, Resource
from ghstate.sandbox import memberships, teams
from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.records import OrgRole, Privacy, TeamRole
from ghstate.sandbox.replies import Reply, complaint
from ghstate.sandbox.teams import TeamFields
from ghstate.sandbox.world import World
from tests import build
from tests.build import NOW, member, team, team_member
from tests.github.changes import Scene
from tests.github.wire import Says, Wire
from tests.traps.conversation import conversation

ADA = Viewer(Login("ada"))
HOUR = timedelta(hours=1)


@pytest.fixture
def world(world: World) -> World:
    world.policy.audit_log = True
    return world


def drifted(
    was: Resource | None,
    now: Observed[Resource] | Resource | None,
    *,
    until: datetime,
    number: int | None = None,
) -> Drifted:
    """*was* turned into *now* within two hours before *until*."""
    thing = (now.resource if isinstance(now, Observed) else now) or was
    assert thing is not None
    return Drifted(
        address=thing.address,
        drift=Drift(
            type=thing.TYPE,
            was=None if was is None else was.document(),
            after=until - 2 * HOUR,
            before=until,
            id=number,
        ),
        now=Observed(now) if isinstance(now, Resource) else now,
    )


def ask(
    scene: Scene, *drift: Drifted, viewer: Viewer = ADA
) -> Mapping[Address, Author]:
    async def work() -> Mapping[Address, Author]:
        async with conversation(scene.sandbox) as talk:
            return await talk.github.changed_by(drift, viewer)

    return asyncio.run(work())


def authors(
    scene: Scene, *drift: Drifted, viewer: Viewer = ADA
) -> dict[str, tuple[str, Hand]]:
    found = ask(scene, *drift, viewer=viewer)
    return {str(a): (each.login.spelled, each.hand) for a, each in found.items()}


def questions(scene: Scene) -> list[str]:
    """What the audit log was asked, without the day since when."""
    return [
        str(each.params).partition("phrase=action:")[2].partition(" ")[0]
        for each in scene.sandbox.history
        if each.path.endswith("/audit-log")
    ]


GRACE = ("grace", Hand.PERSON)


def test_people_who_came_went_and_got_another_role(scene: Scene, world: World) -> None:
    grace = world.actor("grace")
    memberships.remove_membership(world, grace, "bob")
    memberships.set_membership(world, grace, "carol", OrgRole.ADMIN)
    memberships.set_membership(world, grace, "zoe", OrgRole.MEMBER)
    until = world.now

    found = authors(
        scene,
        drifted(member("bob"), None, until=until),
        drifted(member("carol"), member("carol", "admin"), until=until),
        drifted(None, build.invited(member("zoe")), until=until),
    )

    assert found == {
        "members.bob": GRACE,
        "members.carol": GRACE,
        "members.zoe": GRACE,
    }
    assert questions(scene) == [
        "org.add_member",
        "org.invite_member",
        "org.remove_member",
        "org.update_member",
    ]


def test_teams_that_came_went_and_were_changed(scene: Scene, world: World) -> None:
    grace = world.actor("grace")
    ops, dev = world.team("ops"), world.team("dev")
    assert ops is not None
    assert dev is not None
    teams.create(world, grace, TeamFields(name="new", privacy=Privacy.CLOSED))
    teams.edit(world, grace, ops, TeamFields(name="Operations"))
    teams.delete(world, grace, dev)
    until = world.now

    found = authors(
        scene,
        drifted(None, team("new"), until=until),
        drifted(team("ops"), team("operations", "Operations"), until=until),
        drifted(team("dev"), None, until=until),
    )

    assert found == {
        "teams.new": GRACE,
        "teams.operations": GRACE,
        "teams.dev": GRACE,
    }


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (team("ops"), team("ops", privacy="secret")),
        (team("ops"), team("ops", parent="dev")),
    ],
)
def test_what_was_changed_of_a_team_decides_what_is_asked(
    scene: Scene, world: World, was: Resource, now: Resource
) -> None:
    ops, dev = world.team("ops"), world.team("dev")
    assert ops is not None
    assert dev is not None
    grace = world.actor("grace")
    teams.edit(world, grace, ops, TeamFields(parent=dev.id))
    teams.edit(world, grace, ops, TeamFields(parent=None))
    teams.edit(world, grace, ops, TeamFields(privacy=Privacy.SECRET))

    assert authors(scene, drifted(was, now, until=world.now)) == {"teams.ops": GRACE}
    assert len(questions(scene)) == 1


def test_of_what_is_in_no_event_nothing_is_asked(scene: Scene, world: World) -> None:
    changed = drifted(team("ops"), team("ops", description="x"), until=world.now)

    assert authors(scene, changed) == {}
    assert questions(scene) == []


def test_places_in_teams(scene: Scene, world: World) -> None:
    grace = world.actor("grace")
    ops, dev = world.team("ops"), world.team("dev")
    assert ops is not None
    assert dev is not None
    teams.put_member(world, grace, ops, "bob", TeamRole.MEMBER)
    teams.put_member(world, grace, dev, "carol", TeamRole.MAINTAINER)
    teams.remove_member(world, grace, ops, "carol")
    until = world.now

    found = authors(
        scene,
        drifted(None, team_member("ops", "bob"), until=until),
        drifted(None, team_member("dev", "bob"), until=until),
        drifted(team_member("ops", "carol"), None, until=until),
        drifted(
            team_member("dev", "carol"),
            team_member("dev", "carol", "maintainer"),
            until=until,
        ),
    )

    assert found == {
        "teams.ops.members.bob": GRACE,
        "teams.ops.members.carol": GRACE,
        "teams.dev.members.carol": GRACE,
    }


def test_whoever_accepted_is_not_the_author_but_whoever_invited(
    scene: Scene, world: World
) -> None:
    memberships.set_membership(world, world.actor("grace"), "zoe", OrgRole.MEMBER)
    world.accept("zoe")
    came = drifted(None, member("zoe"), until=world.now)

    assert authors(scene, came) == {"members.zoe": GRACE}


def test_whoever_left_did_that_themselves(scene: Scene, world: World) -> None:
    world.leave("bob")

    found = authors(scene, drifted(member("bob"), None, until=world.now))

    assert found == {"members.bob": ("bob", Hand.PERSON)}


def test_the_latest_of_several_counts_and_nothing_before_or_after(
    scene: Scene, world: World
) -> None:
    for by, hours in (("grace", 3), ("carol", 1), ("grace", 1), ("carol", 5)):
        world.add_member("carol", OrgRole.ADMIN)
        world.add_member("bob")
        memberships.remove_membership(world, world.actor(by), "bob")
        world.advance(hours * HOUR)
    until = world.now - 5.5 * HOUR

    found = ask(scene, drifted(member("bob"), None, until=until))

    [author] = found.values()
    assert author.login == "grace"
    assert abs(author.at - (world.now - 6 * HOUR)) < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("actor", "viewer", "hand"),
    [
        ("grace", ADA, Hand.PERSON),
        ("Ada", ADA, Hand.OWN),
        ("sync[bot]", Viewer(Login("sync[bot]"), is_app=True), Hand.OWN),
        ("sync[bot]", ADA, Hand.APP),
        ("acme_admin", ADA, Hand.PROVIDER),
    ],
)
def test_whose_hand_it_was(wire: Wire, actor: str, viewer: Viewer, hand: Hand) -> None:
    wire.says(Says(200, [event(actor=actor)]))

    assert heard(wire, viewer=viewer) == [(actor, hand)]


@pytest.mark.parametrize(
    ("actor", "seconds", "known"),
    [
        pytest.param("grace", -59, True, id="somebody, as good as after the read"),
        pytest.param("grace", -61, False, id="somebody, before the read"),
        pytest.param("ada", -1, False, id="our own apply, before the read"),
        pytest.param("ada", 4, False, id="our own apply, by a clock that is late"),
        pytest.param("ada", 6, True, id="our own account, after the read"),
        pytest.param("sync[bot]", 4, True, id="another app"),
    ],
)
def test_an_apply_that_ended_with_a_read_is_not_the_author_of_what_came_after_it(
    wire: Wire, actor: str, seconds: int, *, known: bool
) -> None:
    since = AT - 3600
    wire.says(
        Says(200, [event(actor=actor, **{"@timestamp": (since + seconds) * 1000})])
    )

    assert bool(heard(wire)) is known


@pytest.mark.parametrize(
    ("permission", "role", "known"),
    [
        ("admin", "admin", True),
        ("admin", "member", False),
        ("read", "member", True),
        ("read", "admin", False),
        ("Admin", "admin", True),
        (None, "member", True),
        (False, "admin", True),
    ],
)
def test_a_new_role_has_an_author_who_gave_just_this_one(
    wire: Wire, permission: object, role: str, *, known: bool
) -> None:
    other = "member" if role == "admin" else "admin"
    until = datetime.fromtimestamp(AT, tz=NOW.tzinfo) + HOUR
    changed = drifted(member("bob", other), member("bob", role), until=until)
    told = event(action="org.update_member", permission=permission)
    wire.says(Says(200, []), Says(200, [told]))

    found = wire.converse(lambda session: changed_by(session, [changed], ADA))

    assert bool(found) is known


def test_a_place_in_a_team_has_an_author_who_gave_just_this_role(
    scene: Scene, world: World
) -> None:
    ops = world.team("ops")
    assert ops is not None
    world.add_member("carol", OrgRole.ADMIN)
    teams.put_member(world, world.actor("grace"), ops, "bob", TeamRole.MAINTAINER)
    world.advance(timedelta(minutes=1))
    teams.put_member(world, world.actor("carol"), ops, "bob", TeamRole.MEMBER)
    was, now = team_member("ops", "bob"), team_member("ops", "bob", "maintainer")

    # The log lags behind: it does not know yet who made a maintainer of bob again.
    assert authors(scene, drifted(was, now, until=world.now)) == {
        "teams.ops.members.bob": GRACE
    }


AT = 1_800_000_000


def event(**fields: object) -> dict[str, object]:
    usual = {"action": "org.remove_member", "user": "bob", "actor": "grace"}
    return usual | {"@timestamp": AT * 1000} | fields


def heard(wire: Wire, *, viewer: Viewer = ADA) -> list[tuple[str, Hand]]:
    until = datetime.fromtimestamp(AT, tz=NOW.tzinfo) + HOUR
    gone = drifted(member("bob"), None, until=until, number=5)
    found = wire.converse(lambda session: changed_by(session, [gone], viewer))
    return [(each.login.spelled, each.hand) for each in found.values()]


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        pytest.param({}, True, id="as usual"),
        pytest.param({"user": "BOB"}, True, id="in another spelling"),
        pytest.param({"user": "bobby", "user_id": 5}, True, id="renamed meanwhile"),
        pytest.param({"user_id": 6}, False, id="another account"),
        pytest.param({"user": "eve"}, False, id="somebody else"),
        pytest.param({"user": None}, False, id="nobody named"),
        pytest.param({"actor": None}, False, id="no actor"),
        pytest.param({"action": "org.add_member"}, False, id="another action"),
        pytest.param({"@timestamp": (AT - 9000) * 1000}, False, id="too early"),
        pytest.param({"@timestamp": (AT + 9000) * 1000}, False, id="too late"),
        pytest.param({"@timestamp": None}, False, id="no time"),
        pytest.param({"@timestamp": 10**30}, False, id="no time that there is"),
    ],
)
def test_an_event_is_about_this_or_it_tells_nothing(
    wire: Wire, fields: dict[str, object], *, known: bool
) -> None:
    wire.says(Says(200, [None, 5, {}, event(**fields)]))

    assert bool(heard(wire)) is known


@pytest.mark.parametrize("body", [None, {}, 5, '"x"', [None], [5], {"message": "?"}])
def test_an_answer_of_another_shape_tells_nothing(wire: Wire, body: object) -> None:
    wire.says(Says(200, body))

    assert heard(wire) == []


@pytest.mark.parametrize("status", [403, 404, 410, 451])
def test_after_the_first_refusal_nothing_else_is_asked(
    scene: Scene, world: World, status: int
) -> None:
    memberships.remove_membership(world, world.actor("grace"), "bob")
    scene.script(Fault(complaint(status, "No."), path="/orgs/acme/audit-log", nth=2))
    until = world.now

    found = authors(
        scene,
        drifted(None, member("zoe"), until=until),
        drifted(member("bob"), None, until=until),
        drifted(member("carol"), None, until=until),
    )

    assert found == {}
    assert questions(scene) == ["org.add_member", "org.invite_member"]


def test_without_an_audit_log_nothing_is_known_and_one_question_asked(
    scene: Scene, world: World
) -> None:
    world.policy.audit_log = False
    gone: Sequence[Any] = [
        drifted(member(login), None, until=world.now) for login in ("bob", "carol")
    ]

    assert ask(scene, *gone) == {}
    assert questions(scene) == ["org.remove_member"]


def test_a_limit_of_the_audit_log_is_no_error(scene: Scene, world: World) -> None:
    limit = Reply(403, {"message": "rate limit"}, {"retry-after": "3600"})
    scene.script(Fault(limit, path="/orgs/acme/audit-log", times=None))

    assert ask(scene, drifted(member("bob"), None, until=world.now)) == {}


def test_three_pages_are_read_of_each_sort_and_no_more(
    scene: Scene, world: World
) -> None:
    grace = world.actor("grace")
    crowd = [f"person-{number:03}" for number in range(450)]
    for login in crowd:
        world.add_member(login)
        memberships.remove_membership(world, grace, login)
    gone = [drifted(member(login), None, until=world.now) for login in crowd]

    found = ask(scene, *gone)

    assert len(found) == 300
    assert Address("members", crowd[-1]) in found
    assert len(questions(scene)) == 3
