"""Teams that were created a moment ago."""

from __future__ import annotations

import pytest

from ghstate.errors import WriteFailed
from ghstate.model.organization import Snapshot
from ghstate.plan.change import Change, Create, Reason
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Drop, Fault
from ghstate.sandbox.replies import UNICORN, Reply
from ghstate.sandbox.viewers import TOKENS
from tests import build
from tests.github.changes import (
    LOST,
    RENAMED,
    Changes,
    Scene,
    create_team,
    update_team,
)
from tests.journey import OWNER
from tests.traps.scene import parent_of, people_of

NO_ANSWER = pytest.mark.parametrize(
    "no_answer",
    [Drop(), UNICORN, Reply(201, "<p>ok</p>", {"content-type": "text/html"})],
    ids=["reset", "502", "a page"],
)


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
