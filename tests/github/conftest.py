import re

import pytest
from pytest_httpserver import HTTPServer

from tests.github.wire import Says, Wire


@pytest.fixture
def wire(httpserver: HTTPServer) -> Wire:
    """A server of its own behaviour: it agrees with everything until told otherwise."""
    wire = Wire(httpserver)
    wire.says(Says(200, {}))
    httpserver.expect_request(re.compile(".*")).respond_with_handler(wire.handle)
    return wire
