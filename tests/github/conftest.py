import re
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.github.changes import Scene
from tests.github.wire import Says, Wire


@pytest.fixture
def wire(httpserver: HTTPServer) -> Wire:
    """A server of its own behaviour: it agrees with everything until told otherwise."""
    wire = Wire(httpserver)
    wire.says(Says(200, {}))
    httpserver.expect_request(re.compile(".*")).respond_with_handler(wire.handle)
    return wire


@pytest.fixture
def world() -> World:
    """ada and grace own acme; bob and carol are in it; ops is a team, and dev."""
    world = World("acme")
    world.add_member("ada", OrgRole.ADMIN)
    world.add_member("grace", OrgRole.ADMIN)
    world.add_member("bob")
    world.add_member("carol")
    world.add_account("zoe")
    world.add_team("ops", "carol", "ada")
    world.add_team("dev", "carol")
    return world


@pytest.fixture
def scene(world: World) -> Iterator[Scene]:
    with Sandbox(world) as sandbox:
        yield Scene(sandbox)
