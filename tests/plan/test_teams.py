"""Teams: renamed, nested, deleted; and who is in them."""

from __future__ import annotations

import pytest

from ghstate.model.address import Address
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Keeper
from ghstate.plan.make import make_plan
from ghstate.plan.plan import Plan
from tests.build import (
    declared,
    desired,
    found,
    invited,
    member,
    snapshot,
    team,
    team_member,
)

ADA = {"ada": "admin"}


def plan(want: Desired, have: Snapshot, policy: Policy | None = None) -> Plan:
    return make_plan(want, have, policy or Policy())


def changed(made: Plan) -> list[str]:
    return [f"{change.address} {change.reason}" for change in made.changes]


def errors(made: Plan) -> list[str]:
    return [f"{note.address} {note.code}" for note in made.errors]


# Renames ----------------------------------------------------------------------


def test_a_former_slug_makes_a_rename_and_keeps_the_people() -> None:
    have = snapshot(members=ADA, teams={"platform-eng": ["ada"]})
    want = desired(
        declared(team("platform"), formerly=["platform-eng"]),
        teams={"platform": ["ada"]},
    )

    made = plan(want, have)

    assert changed(made) == ["teams.platform rename"]
    assert list(made.changes[0].fields()) == [  # type: ignore[union-attr]  # an update
        ("name", "platform-eng", "platform"),
        ("slug", "platform-eng", "platform"),
    ]


def test_a_former_slug_that_is_gone_has_no_effect() -> None:
    have = snapshot(members=ADA, teams={"platform": []})
    want = desired(declared(team("platform"), formerly=["platform-eng"]))

    assert changed(plan(want, have)) == []


def test_both_the_old_and_the_new_slug_there_is_an_error() -> None:
    have = snapshot(members=ADA, teams={"platform": [], "platform-eng": []})
    want = desired(declared(team("platform"), formerly=["platform-eng"]))

    made = plan(want, have)

    assert changed(made) == []
    assert errors(made) == ["teams.platform rename-unclear"]


def test_a_chain_of_renames_is_followed_from_its_end() -> None:
    have = snapshot(members=ADA, teams={"a": ["ada"], "b": []})
    want = desired(
        declared(team("b"), formerly=["a"]), declared(team("c"), formerly=["b"])
    )

    made = plan(want, have)

    assert changed(made) == ["teams.b rename", "teams.c rename"]


def test_a_team_under_a_renamed_parent_does_not_move() -> None:
    have = snapshot(found(team("web", parent="eng")), members=ADA, teams={"eng": []})
    want = desired(
        declared(team("engineering"), formerly=["eng"]),
        declared(team("web", parent="engineering"), "parent"),
    )

    assert changed(plan(want, have)) == ["teams.engineering rename"]


# Trees ------------------------------------------------------------------------


def test_a_parent_is_deleted_when_every_team_below_moves_away_first() -> None:
    have = snapshot(found(team("web", parent="eng")), members=ADA, teams={"eng": []})
    want = desired(declared(team("web"), "parent"), absent=["eng"])

    assert changed(plan(want, have)) == ["teams.eng delete", "teams.web update"]


@pytest.mark.parametrize("declares_web", [False, True])
def test_a_parent_is_not_deleted_over_a_team_that_stays(declares_web: bool) -> None:  # noqa: FBT001 - a parameter of the table
    have = snapshot(found(team("web", parent="eng")), members=ADA, teams={"eng": []})
    web = [declared(team("web"), "name")] if declares_web else []
    want = desired(*web, absent=["eng"])

    made = plan(want, have)

    assert changed(made) == []
    assert errors(made) == ["teams.eng team-has-children"]
    assert made.errors[0].hint.endswith('[teams.web] parent = ""')


def test_nothing_above_a_team_that_stays_is_deleted() -> None:
    have = snapshot(
        found(team("web", parent="eng")),
        found(team("css", parent="web")),
        members=ADA,
        teams={"eng": []},
    )
    want = desired(absent=["eng", "web"])

    assert errors(plan(want, have)) == [
        "teams.eng team-has-children",
        "teams.web team-has-children",
    ]


def test_a_circle_through_a_team_the_files_do_not_name_is_an_error() -> None:
    have = snapshot(found(team("web", parent="eng")), members=ADA, teams={"eng": []})
    want = desired(declared(team("eng", parent="web"), "parent"))

    made = plan(want, have)

    assert changed(made) == []
    assert errors(made) == ["teams.eng team-cycle"]


@pytest.mark.parametrize(
    "have",
    [
        snapshot(found(team("ops", parent="eng")), members=ADA, teams={"eng": []}),
        snapshot(found(team("web", parent="ops")), members=ADA, teams={"ops": []}),
    ],
    ids=["under a parent", "over a child"],
)
def test_a_nested_team_cannot_become_secret(have: Snapshot) -> None:
    want = desired(declared(team("ops", privacy="secret"), "privacy"))

    assert errors(plan(want, have)) == ["teams.ops secret-team-nested"]


def test_a_new_team_needs_a_parent_that_is_there() -> None:
    web = declared(team("web", parent="eng"), "parent")
    want = desired(web, teams={"web": ["ada"]})

    made = plan(want, snapshot(members=ADA))

    assert changed(made) == []
    assert errors(made) == ["teams.web unknown-team"]


def test_a_name_must_give_the_slug_of_a_new_team() -> None:
    want = desired(declared(team("platform", "Platform Engineers"), "name"))

    made = plan(want, snapshot(members=ADA))

    assert errors(made) == ["teams.platform slug-mismatch"]
    assert "[teams.platform-engineers]" in made.errors[0].hint


def test_a_name_of_an_existing_team_need_not_give_its_slug() -> None:
    have = snapshot(found(team("platform", "The Platform")), members=ADA)
    want = desired(declared(team("platform", "The Platform"), "name"))

    made = plan(want, have)

    assert changed(made) == []
    assert errors(made) == []


# People in teams --------------------------------------------------------------


def test_an_owner_is_a_maintainer_whichever_list_they_stand_in() -> None:
    have = snapshot(members=ADA, teams={"ops": ["ada"]})

    assert changed(plan(desired(members=ADA, teams={"ops": ["ada"]}), have)) == []


def test_an_owner_who_is_demoted_takes_the_role_of_the_files() -> None:
    have = snapshot(members={"ada": "admin", "bob": "admin"}, teams={"ops": ["bob"]})
    want = desired(members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"]})

    assert changed(plan(want, have)) == [
        "members.bob change_role",
        "teams.ops.members.bob change_role",
    ]


def test_an_invited_person_gets_their_teams_with_the_invitation() -> None:
    have = snapshot(members=ADA, teams={"ops": []})
    want = desired(members={**ADA, "bob": "member"}, teams={"ops": ["bob"]})

    assert changed(plan(want, have)) == [
        "members.bob invite",
        "teams.ops.members.bob with_invitation",
    ]


def test_a_waiting_person_is_added_to_a_team_the_invitation_lacks() -> None:
    have = snapshot(members=ADA, invited=["bob"], teams={"ops": []})
    want = desired(members={**ADA, "bob": "member"}, teams={"ops": ["bob"]})

    assert changed(plan(want, have)) == ["teams.ops.members.bob add"]


def test_a_team_never_invites_anybody_by_itself() -> None:
    made = plan(desired(teams={"ops": ["bob"]}), snapshot(members=ADA))

    assert changed(made) == ["teams.ops create"]
    assert errors(made) == ["teams.ops.members.bob not-a-member"]


def test_what_is_not_invited_is_not_put_into_teams_either() -> None:
    want = desired(members={**ADA, "bob": "member"}, teams={"ops": ["bob"]})

    made = plan(want, snapshot(members=ADA, teams={"ops": []}), Policy(invite=False))

    assert changed(made) == []
    assert made.held_back == 2


def test_leaving_the_organization_ends_every_place_in_a_team() -> None:
    have = snapshot(
        members={**ADA, "bob": "member"}, teams={"ops": ["bob"], "web": ["bob"]}
    )

    made = plan(desired(members=ADA, teams={"ops": []}), have)

    assert changed(made) == ["members.bob remove"]
    places = made.implied[Address("members", "bob")]
    assert [str(place.resource.address) for place in places] == [
        "teams.ops.members.bob",
        "teams.web.members.bob",
    ]
    assert made.removals == {"github_membership": 1}


def test_a_deleted_team_counts_with_the_places_in_it() -> None:
    have = snapshot(
        members={**ADA, "bob": "member", "cyd": "member"},
        teams={"ops": ["bob", "cyd"]},
    )

    made = plan(desired(absent=["ops"]), have)

    assert changed(made) == ["teams.ops delete"]
    assert made.removals == {"github_team": 1, "github_team_membership": 2}


def test_a_pending_place_in_a_team_satisfies_and_is_taken_away_when_not_wanted() -> (
    None
):
    have = snapshot(
        invited(member("bob")),
        invited(team_member("ops", "bob")),
        members=ADA,
        teams={"ops": []},
    )
    everybody = {**ADA, "bob": "member"}

    assert changed(plan(desired(members=everybody, teams={"ops": ["bob"]}), have)) == []
    assert changed(plan(desired(members=everybody, teams={"ops": []}), have)) == [
        "teams.ops.members.bob remove"
    ]


def test_a_team_of_the_enterprise_is_left_alone_and_naming_its_people_is_an_error() -> (
    None
):
    have = snapshot(
        found(team("ent:sec"), kept_by=Keeper.ENTERPRISE),
        found(team_member("ent:sec", "ada")),
        members=ADA,
    )

    assert changed(plan(desired(all_teams=True), have)) == []
    made = plan(desired(teams={"ent:sec": ["bob"]}), have)
    assert changed(made) == []
    assert errors(made) == ['teams."ent:sec" externally-managed']


# What nobody wrote ------------------------------------------------------------


def test_a_team_the_files_do_not_name_is_left_alone_and_counted() -> None:
    have = snapshot(members=ADA, teams={"ops": ["ada"], "web": []})

    made = plan(desired(teams={"ops": ["ada"]}), have)

    assert changed(made) == []
    assert [note.summary for note in made.notes] == [
        "1 team is not in the files and left alone"
    ]


def test_a_block_that_is_gone_from_the_files_is_a_note_and_takes_nothing_away() -> None:
    have = snapshot(members=ADA, teams={"ops": ["ada"]})
    before = frozenset({Address("teams", "ops"), Address("teams", "ops", "members")})

    made = make_plan(desired(members=ADA), have, Policy(), managed_before=before)

    assert changed(made) == []
    assert [(note.code, str(note.address), note.summary) for note in made.notes] == [
        (
            "no-longer-managed",
            "teams.ops",
            "managed before, and not in the files any more; it stays as it is",
        )
    ]


def test_a_hidden_person_keeps_everybody_else_of_that_list_in() -> None:
    have = snapshot(members={**ADA, "bob": "member"}, hidden={Address("members"): 1})

    made = plan(desired(members=ADA), have)

    assert changed(made) == []
    assert made.held_back == 1
    assert [note.code for note in made.notes] == ["incomplete", "held-back"]
