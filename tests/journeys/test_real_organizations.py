"""From import to rest: organizations as they are, and forty changes to each."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import pytest

from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from ghstate.sandbox.world import World
from tests.journey import Project, project
from tests.journeys import invented
from tests.journeys.editor import SORTS, Editor

ORGANIZATIONS = Path(__file__).parents[2] / ".." / "shared" / "orgs"
NAMES = (
    "cloudfoundry",
    "concourse",
    "etcd-io",
    "knative",
    "kubernetes",
    "kubernetes-client",
    "kubernetes-incubator",
    "kubernetes-nightly",
    "kubernetes-retired",
    "kubernetes-sigs",
    "rust-analyzer",
    "rust-dev-tools",
    "rust-lang-deprecated",
    "rust-lang-nursery",
)
GUESTS = ("Guest-stays", "Guest-goes", "guest-of-honour", "guest-late")
CHANGES = 40
LARGE = 50, 10
"""From so many people and so many teams on, there is room for all those changes."""


def described(name: str) -> dict[str, Any]:
    """The organization *name* as a neutral document; skips where there is none."""
    if name == "invented":
        return invented.organization()
    path = ORGANIZATIONS / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the description of {name} is not beside this checkout")
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def invite_guests(world: World) -> None:
    """Three who wait, and one whose invitation ended: nobody has published theirs."""
    teams = tuple(team.slug for team in world.teams.values())[-1:]
    stays, goes, owner, late = GUESTS
    world.invite(stays)
    world.invite(goes, teams=teams)
    world.invite(owner, InvitationRole.ADMIN, teams=teams)
    world.invite(late, at=world.now - timedelta(days=9))
    world.settle()


def begun(directory: Path, sandbox: Sandbox) -> Project:
    """A project as `init` and `import` make it."""
    made = Project(directory, sandbox)
    directory.mkdir()
    assert made.run("init", sandbox.world.login).code == 0
    assert made.run("import").code == 0
    return made


def test_the_invented_organization_has_everything_that_is_hard_about_real_ones() -> (
    None
):
    document = invented.organization()
    people = document["admins"] + document["members"]
    teams = document["teams"]
    spelled = {who for team in teams for who in team["members"] + team["maintainers"]}
    slugs = {team["slug"]: team for team in teams}
    assert (len(people), len(teams), len(slugs)) == (1_276, 284, 284)
    assert 1_500 < sum(len(t["members"]) + len(t["maintainers"]) for t in teams) < 1_800
    assert len({who.lower() for who in people}) == len(people)
    assert len(spelled - set(people)) > 20
    assert not {who.lower() for who in spelled} - {who.lower() for who in people}
    assert set(document["admins"]) & spelled
    assert sum(team["name"] != team["slug"] for team in teams) > 100
    assert any(
        slugs[team["parent"]]["parent"] in slugs for team in teams if team["parent"]
    )


@pytest.mark.parametrize("name", ["invented", *NAMES])
def test_what_is_imported_is_at_rest_and_what_is_edited_comes_to_be(
    name: str, tmp_path: Path
) -> None:
    document = described(name)
    world = from_neutral(document)
    invite_guests(world)
    with Sandbox(world) as sandbox:
        acme = begun(tmp_path / name, sandbox)
        assert acme.refresh().code == 0
        assert acme.plan("--no-refresh", "--detailed-exitcode").code == 0

        random = Random(crc32(name.encode()))  # noqa: S311 - repeatable is the point
        owner = document["admins"][0]
        editor = Editor.of(acme.directory, random, owner, guests=GUESTS)
        people, teams = len(editor.members), len(editor.teams)
        large = people >= LARGE[0] and teams >= LARGE[1]
        editor.make(SORTS, total=CHANGES if large else None)
        editor.save()
        for login in editor.newcomers:
            sandbox.world.add_account(login)
        assert len(editor.expected) == CHANGES or not large
        if name == "invented":
            assert editor.made == [sort.__name__ for sort in SORTS]

        allowed = ("--allow-removals", str(editor.removals))
        planned = acme.plan("--refresh", "--detailed-exitcode", *allowed)
        assert planned.reasons == editor.expected
        assert planned.code == 2

        applied = acme.apply(*allowed)
        assert (applied.code, applied.err) == (0, applied.err)
        assert acme.plan("--refresh", "--detailed-exitcode").code == 0
        writes = len(sandbox.history.writes())
        assert acme.apply().code == 0
        assert len(sandbox.history.writes()) == writes


# What it costs ------------------------------------------------------------------

COST = {"invented": 16, "kubernetes": 16, "kubernetes-sigs": 20}
"""Requests, and points, that a refresh may take."""

BAD_DAY = Conditions(max_page=25, flaky=0.1, seed=1)
"""Pages beyond 25 time out, and one request in ten is answered 502."""


@pytest.mark.parametrize("name", COST)
def test_a_refresh_takes_few_requests_and_few_points(name: str, tmp_path: Path) -> None:
    with Sandbox(from_neutral(described(name))) as sandbox:
        assert project(tmp_path, sandbox).refresh().code == 0
        assert len(sandbox.history) <= COST[name]
        assert sandbox.history.points <= COST[name]


@pytest.mark.usefixtures("free_waiting")
@pytest.mark.parametrize("name", COST)
def test_a_refresh_on_a_bad_day_takes_at_most_three_times_as_many(
    name: str, tmp_path: Path
) -> None:
    with Sandbox(from_neutral(described(name)), replace(BAD_DAY)) as sandbox:
        assert project(tmp_path, sandbox).refresh().code == 0
        assert any(each.status == 502 for each in sandbox.history)
        assert len(sandbox.history) <= 3 * COST[name]
        assert sandbox.history.points <= 3 * COST[name]
