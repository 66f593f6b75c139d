"""Each change on a sandbox: how often it is sent, whom it mails, what becomes of it."""

from __future__ import annotations

import pytest

from ghstate.errors import GitHubError, OutcomeUnknown, WriteFailed
from ghstate.plan.change import Create, Reason
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Drop, Fault, Meanwhile
from ghstate.sandbox.replies import UNICORN, Reply, complaint
from ghstate.sandbox.world import World
from tests import build
from tests.github.changes import (
    CASES,
    LOST,
    MOVED,
    Changes,
    Scene,
    add_to_team,
    carol_leads_ops,
    change_role,
    change_role_in_team,
    invite,
    update_team,
    waiting,
)
from tests.traps.scene import people_of

EVERY_CHANGE = pytest.mark.parametrize("name", CASES)
MADE_AGAIN = pytest.mark.parametrize(
    "name", [name for name in CASES if name != "replace the invitation"]
)
"""Where one call has one way: an invitation is not edited twice, but sent anew."""

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


@MADE_AGAIN
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


@MADE_AGAIN
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
        for what in ("memberships/", "teams/", "invitations"):
            each = Fault(no, method="GET", path=f"/orgs/acme/{what}", times=None)
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
