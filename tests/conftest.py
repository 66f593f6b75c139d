"""What holds for every test: no network beyond this machine, and time to think."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ghstate",
    deadline=None,  # a machine that is busy is no failure
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    # A gate says the same of the same code; everybody else looks for more.
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("ghstate")


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine() -> Iterator[None]:
    """A connection that would leave the machine is an error, wherever it comes from."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(address: Any) -> None:
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise AssertionError(f"a test wanted to talk to {address[0]}")

    def guarded(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    with (
        patch.object(socket.socket, "connect", guarded),
        patch.object(socket.socket, "connect_ex", guarded_ex),
    ):
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
