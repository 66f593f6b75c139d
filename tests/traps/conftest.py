from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import OWNER, Project, project
from tests.traps.scene import Begin


@pytest.fixture
def world() -> World:
    """`acme`, in which there is nobody but `bot`, an owner."""
    world = World("acme")
    world.add_member("bot", OrgRole.ADMIN)
    return world


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as running:
        yield running


@pytest.fixture
def acme(tmp_path: Path, sandbox: Sandbox) -> Begin:
    def begin(
        *,
        members: str | Mapping[str, str] = "",
        teams: str = "",
        settings: str = "",
        token: str | None = OWNER,
    ) -> Project:
        return project(
            tmp_path / "project",
            sandbox,
            members=members,
            teams=teams,
            settings=settings,
            token=token,
        )

    return begin
