from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ghstate.sandbox.records import OrgRole, TeamRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """`ada` and `grace` own acme, `bob` and `carol` are members, `zoe` is outside.

    `engineering` is above `platform`; `vault` is secret.
    """
    world = World("acme", start=START)
    for login in ("ada", "grace"):
        world.add_member(login, OrgRole.ADMIN)
    for login in ("bob", "carol"):
        world.add_member(login)
    for login in ("zoe", "yan"):
        world.add_account(login)
    world.add_team("Engineering", "bob")
    platform = world.add_team("Platform", "carol", parent="engineering")
    world.place(platform, world.known("ada").id, TeamRole.MEMBER)
    return world


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as running:
        yield running
