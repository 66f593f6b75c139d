"""The example of `explain` in the documentation."""

from __future__ import annotations

from pathlib import Path

from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.docs.pages import DOCS, blocks
from tests.journey import project

PAGE = DOCS / "explain.md"
WORLD = {
    "org": "acme",
    "admins": ["ada"],
    "members": ["bob", "cyd"],
    "teams": [
        {
            "slug": "ops",
            "name": "ops",
            "description": "",
            "privacy": "closed",
            "parent": None,
            "members": ["cyd"],
            "maintainers": [],
        }
    ],
}


def test_explain_prints_what_the_page_shows(tmp_path: Path) -> None:
    [files], [shown] = blocks(PAGE, "toml"), blocks(PAGE, "text")
    with Sandbox(from_neutral(WORLD)) as sandbox:
        acme = project(tmp_path / "acme", sandbox)
        acme.write("acme.toml", files.text)
        ran = acme.run("explain", "teams.ops.members.cyd")
        assert ran.out == shown.text
        for command in (line.split()[1:] for line in _commands()):
            unknown = command[-1] == "new.hire@acme.example"
            assert acme.run(*command).code == int(unknown)


def _commands() -> list[str]:
    [commands] = blocks(PAGE, "sh")
    return commands.text.splitlines()
