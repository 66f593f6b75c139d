"""A small organization in a sandbox, for the commands to work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.journey import Project, project

ACME = {
    "org": "acme",
    "admins": ["ada"],
    "members": ["bob", "cyd"],
    "teams": [
        {
            "slug": "ops",
            "name": "ops",
            "description": "Keeps the lights on",
            "privacy": "closed",
            "parent": None,
            "members": ["bob"],
            "maintainers": [],
        }
    ],
    "accounts": ["eve", "fay"],
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(from_neutral(ACME)) as running:
        yield running


@pytest.fixture
def acme(tmp_path: Path, sandbox: Sandbox) -> Project:
    """The organization as it is, and the files that say so."""
    return project(
        tmp_path / "acme",
        sandbox,
        members={"ada": "admin", "bob": "member", "cyd": "member"},
        teams='[teams.ops]\nmembers = ["bob"]\n',
    )
