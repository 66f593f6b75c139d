"""The order of an apply: what gives comes before what takes."""

from __future__ import annotations

from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.plan.make import make_plan
from ghstate.plan.order import Task, tasks
from tests.build import (
    declared,
    desired,
    failed,
    found,
    invitation,
    invited,
    member,
    snapshot,
    team,
)

ADA = {"ada": "admin"}


def order(want: Desired, have: Snapshot) -> list[str]:
    return [told(task) for task in tasks(make_plan(want, have, Policy()))]


def told(task: Task) -> str:
    fields = ",".join(sorted(task.fields))
    return f"{task.phase.name.lower()} {task.address}{' ' + fields if fields else ''}"


def test_a_plan_of_every_sort_goes_from_giving_to_taking() -> None:
    have = snapshot(
        invited(member("ivy"), days_ago=2),
        found(team("web", parent="eng")),
        members={**ADA, "bob": "member", "cyd": "admin", "dan": "member"},
        teams={"eng": ["bob"], "old": ["dan"], "ops": {"bob": "maintainer"}},
    )
    want = desired(
        declared(team("web", parent="platform"), "parent"),
        members={"ada": "admin", "bob": "admin", "cyd": "member", "eve": "member"},
        teams={"eng": ["eve"], "ops": ["cyd"], "platform": []},
        absent=["old"],
    )

    assert order(want, have) == [
        "create_teams teams.platform",
        "move_teams teams.web parent",
        "invite members.eve",
        "promote members.bob",
        "demote members.cyd",
        "demote_in_teams teams.ops.members.cyd",
        "revoke teams.eng.members.bob",
        "revoke teams.ops.members.bob",
        "cancel members.ivy",
        "remove members.dan",
        "delete_teams teams.old",
    ]


def test_an_invitation_carries_its_places_in_teams() -> None:
    have = snapshot(members=ADA, teams={"eng": []})
    want = desired(members={**ADA, "eve": "member"}, teams={"eng": ["eve"]})

    (task,) = tasks(make_plan(want, have, Policy()))

    assert [str(place.address) for place in task.places] == ["teams.eng.members.eve"]


def test_parents_are_created_first_and_deleted_last() -> None:
    have = snapshot(
        found(team("b", parent="a")),
        found(team("c", parent="b")),
        members=ADA,
        teams={"a": []},
    )
    want = desired(
        declared(team("z", parent="y"), "parent"),
        declared(team("y", parent="x"), "parent"),
        declared(team("x"), "name"),
        absent=["a", "b", "c"],
    )

    assert order(want, have) == [
        "create_teams teams.x",
        "create_teams teams.y",
        "create_teams teams.z",
        "delete_teams teams.c",
        "delete_teams teams.b",
        "delete_teams teams.a",
    ]


def test_t43_a_team_leaves_its_parent_before_it_becomes_secret() -> None:
    have = snapshot(found(team("ops", parent="eng")), members=ADA, teams={"eng": []})
    want = desired(declared(team("ops", privacy="secret"), "privacy", "parent"))

    assert order(want, have) == [
        "move_teams teams.ops parent",
        "settle_teams teams.ops privacy",
    ]


def test_t43_a_secret_team_is_closed_before_it_moves_under_a_parent() -> None:
    have = snapshot(
        found(team("ops", privacy="secret")), members=ADA, teams={"eng": []}
    )
    want = desired(declared(team("ops", parent="eng"), "privacy", "parent"))

    assert order(want, have) == [
        "open_teams teams.ops privacy",
        "move_teams teams.ops parent",
    ]


def test_two_teams_change_places_without_a_circle_on_the_way() -> None:
    have = snapshot(found(team("b", parent="a")), members=ADA, teams={"a": []})
    want = desired(
        declared(team("a", parent="b"), "parent"), declared(team("b"), "parent")
    )

    assert order(want, have) == [
        "move_teams teams.b parent",
        "move_teams teams.a parent",
    ]


def test_a_slug_is_free_before_another_team_is_renamed_to_it() -> None:
    have = snapshot(members=ADA, teams={"a": [], "b": []})
    want = desired(
        declared(team("b"), formerly=["a"]), declared(team("c"), formerly=["b"])
    )

    assert order(want, have) == [
        "rename_teams teams.c name",
        "rename_teams teams.b name",
    ]


def test_a_deletion_needs_the_teams_below_to_have_moved_away() -> None:
    have = snapshot(found(team("web", parent="eng")), members=ADA, teams={"eng": []})
    want = desired(declared(team("web"), "parent"), absent=["eng"])

    *_, deletion = tasks(make_plan(want, have, Policy()))

    assert [str(address) for address in deletion.after] == ["teams.web"]


def test_an_invitation_whose_sender_goes_is_sent_again_after_that() -> None:
    waiting = invited(member("eve"), by="cyd")
    have = snapshot(waiting, members={**ADA, "cyd": "admin"})
    want = desired(members={**ADA, "eve": "member"})

    assert order(want, have) == [
        "remove members.cyd",
        "invite_again members.eve",
    ]


def test_an_expired_invitation_is_followed_by_another_at_once() -> None:
    have = snapshot(failed(member("eve")), members=ADA)
    want = desired(members={**ADA, "eve": "member"})

    assert order(want, have) == ["invite members.eve"]


def test_an_invitation_that_gives_too_much_is_reduced_before_anything_is_given() -> (
    None
):
    admin = member("eve", "admin")
    waiting = invited(admin, role=invitation(admin).role)
    have = snapshot(waiting, members=ADA)
    want = desired(members={**ADA, "eve": "member", "fay": "member"})

    assert order(want, have) == [
        "reduce_invitations members.eve",
        "invite members.fay",
    ]
