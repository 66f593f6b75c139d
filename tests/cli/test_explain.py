"""`explain`: why somebody has an access, or has it not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ghstate.cli.exits import Exit
from tests.journey import Project

GROUPS = """\
[groups.staff]
any = ["bob", "cyd", "group:new"]

[groups.new]
any = ["eve"]

[groups.oncall]
any = ["group:staff"]
except = ["group:away"]

[groups.away]
any = ["cyd"]
"""


@pytest.fixture
def grouped(acme: Project) -> Project:
    """The team ops has who is on call: everybody of the staff but cyd."""
    acme.write("groups.toml", GROUPS)
    acme.members('ada = "admin"\n"group:staff" = "member"')
    acme.teams('[teams.ops]\nmembers = ["group:oncall"]\n')
    return acme


def explained(project: Project, *arguments: str) -> dict[str, dict[str, Any]]:
    """What ``explain --json`` says, by address."""
    ran = project.run("explain", "--json", *arguments)
    assert ran.code == Exit.DONE, ran.err
    return {each["address"]: each for each in json.loads(ran.out)["things"]}


def lines(steps: list[dict[str, Any]]) -> list[str]:
    """Each step as its place, where it stands, and what it names."""
    return [
        f"{each['file']}:{each['line']}:{each['column']} {each['key']} {each['names']}"
        for each in steps
    ]


# One access ---------------------------------------------------------------------


def test_the_lines_that_give_an_access_are_shown_from_the_team_to_the_person(
    grouped: Project,
) -> None:
    [thing] = explained(grouped, "teams.ops.members.bob").values()
    [way] = thing["ways"]
    assert way["effect"] == "gives"
    assert lines(way["steps"]) == [
        "teams.toml:2:12 teams.ops.members group:oncall",
        "groups.toml:8:8 groups.oncall.any group:staff",
        "groups.toml:2:8 groups.staff.any bob",
    ]
    assert thing["github"]["standing"] == "active"
    assert thing["plan"]["actions"] == []


def test_the_lines_that_take_an_access_away_are_shown_beside_those_that_would_give_it(
    grouped: Project,
) -> None:
    [thing] = explained(grouped, "teams.ops.members.cyd").values()
    [way] = thing["ways"]
    assert way["effect"] == "excluded"
    assert lines(way["because"]) == [
        "groups.toml:9:11 groups.oncall.except group:away",
        "groups.toml:12:8 groups.away.any cyd",
    ]
    assert (thing["asked"], thing["managed"], thing["github"]) == (None, True, None)


def test_what_the_next_plan_does_is_what_plan_says(grouped: Project) -> None:
    planned = grouped.plan()
    for address, reason in planned.reasons.items():
        [thing] = explained(grouped, address).values()
        assert thing["plan"]["action_reason"] == reason
    assert planned.reasons == {
        "members.eve": "invite",
        "teams.ops.members.eve": "with_invitation",
    }


def test_a_member_whom_no_line_names_is_removed_and_their_places_go_along(
    acme: Project,
) -> None:
    acme.members('ada = "admin"\ncyd = "member"')
    acme.teams("[teams.ops]\nmembers = []\n")
    things = explained(acme, "bob")
    assert things["members.bob"]["plan"]["action_reason"] == "remove"
    place = things["teams.ops.members.bob"]["plan"]
    assert (place["actions"], place["along_with"]) == ([], "members.bob")


def test_somebody_the_settings_never_give_anything_is_told_why(
    grouped: Project,
) -> None:
    grouped.settings('[manage]\nnever = ["group:away"]')
    thing = explained(grouped, "members.cyd")["members.cyd"]
    [way] = thing["ways"]
    assert way["effect"] == "never"
    assert lines(way["because"]) == [
        "ghstate.toml:8:10 manage.never group:away",
        "groups.toml:12:8 groups.away.any cyd",
    ]
    assert thing["plan"]["action_reason"] == "remove"


# Everything of a person, everything in a team -------------------------------------


def test_everything_a_person_has_or_would_have_is_explained(grouped: Project) -> None:
    assert list(explained(grouped, "bob")) == ["members.bob", "teams.ops.members.bob"]
    assert list(explained(grouped, "cyd")) == ["members.cyd", "teams.ops.members.cyd"]
    assert list(explained(grouped, "ADA")) == ["members.ada"]


def test_a_team_is_explained_with_everybody_in_it(grouped: Project) -> None:
    assert list(explained(grouped, "teams.ops")) == [
        "teams.ops",
        "teams.ops.members.bob",
        "teams.ops.members.eve",
    ]


def test_somebody_without_a_place_in_the_team_is_explained_if_anybody_knows_them(
    grouped: Project,
) -> None:
    [thing] = explained(grouped, "teams.ops.members.ada").values()
    assert (thing["ways"], thing["asked"], thing["github"]) == ([], None, None)
    assert thing["managed"]


def test_the_state_alone_is_enough(grouped: Project) -> None:
    grouped.refresh()
    before = len(grouped.sandbox.history.calls())
    assert explained(grouped, "bob", "--no-refresh")
    assert len(grouped.sandbox.history.calls()) == before


def test_on_another_day_the_files_count_as_they_do_then(acme: Project) -> None:
    today = datetime.now(UTC).date()
    later = today + timedelta(days=10)
    acme.members(
        f'ada = "admin"\nbob = "member"\ncyd = {{ role = "member", until = {today} }}'
    )
    [now] = explained(acme, "members.cyd").values()
    [then] = explained(acme, "members.cyd", "--at", str(later)).values()
    assert [way["effect"] for way in now["ways"]] == ["gives"]
    assert [way["effect"] for way in then["ways"]] == ["over"]
    assert then["plan"]["action_reason"] == "remove"


def test_somebody_whom_only_an_unused_group_names_is_explained(
    grouped: Project,
) -> None:
    grouped.write("more.toml", '[groups.unused]\nany = ["Frida"]')
    ran = grouped.run("explain", "frida")
    assert ran.code == Exit.DONE
    assert "groups name frida, and nothing leads to them there" in ran.out
    assert "more.toml:2:8  groups.unused.any" in ran.out
    [thing] = explained(grouped, "frida").values()
    assert lines(thing["naming"]) == ["more.toml:2:8 groups.unused.any frida"]


def test_somebody_whom_only_the_settings_name_is_explained(acme: Project) -> None:
    acme.settings('[manage]\nnever = ["mallory"]')
    ran = acme.run("explain", "mallory")
    assert ran.code == Exit.DONE
    assert "kept out by the settings: mallory never gets anything" in ran.out
    [thing] = explained(acme, "mallory").values()
    assert lines(thing["never"]) == ["ghstate.toml:8:10 manage.never mallory"]


# Under other names ----------------------------------------------------------------


def test_somebody_renamed_on_github_is_explained_under_either_name(
    acme: Project,
) -> None:
    acme.refresh()
    acme.sandbox.world.rename("bob", "robert")
    by_old, by_new = explained(acme, "bob"), explained(acme, "robert")
    assert by_old == by_new
    assert list(by_old) == ["members.bob", "teams.ops.members.bob"]
    assert [each["code"] for each in by_old["members.bob"]["plan"]["notes"]] == [
        "renamed"
    ]


# What is nobody and nothing ---------------------------------------------------------


def test_a_set_is_no_access_and_that_is_said(grouped: Project) -> None:
    for name in ("groups.oncall", "group:oncall", "Group:on*", "team:ops", "team:*"):
        ran = grouped.run("explain", name)
        assert (ran.code, ran.out) == (Exit.ERROR, "")
        assert f'"{name}" is a set of people, and a set is no access' in ran.err
        of_team = name == "team:ops"
        assert ("`ghstate explain teams.ops`" in ran.err) == of_team
        assert ("`ghstate explain teams.SLUG`" in ran.err) != of_team


@pytest.mark.parametrize(
    ("subject", "words", "hint"),
    [
        ("bbo", 'have anybody called "bbo"', 'did you mean "bob"?'),
        ("ops", 'have anybody called "ops"', "did you mean teams.ops?"),
        ("teams.opps", "teams.opps: there is no such thing", "did you mean teams.ops?"),
        ("members.bbo", "members.bbo: there is no such", "did you mean members.bob?"),
        ("x@y.example", 'have the address "x@y.example"', "`ghstate invites`"),
    ],
)
def test_nobody_and_nothing_is_an_error_that_names_the_nearest(
    acme: Project, subject: str, words: str, hint: str
) -> None:
    ran = acme.run("explain", subject)
    assert (ran.code, ran.out) == (Exit.ERROR, "")
    assert words in ran.err
    assert hint in ran.err
