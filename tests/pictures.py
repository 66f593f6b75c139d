"""The picture of a plan in the README, made by the program itself.

`python -m tests.pictures` draws it anew. The story: examples/acme as it was, a
rename that nobody has written down yet, and an afternoon's edits to the files.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ghstate.cli.sandboxing import neutral
from ghstate.config.project import load
from ghstate.engine.reading import read
from ghstate.engine.refresh import plan, remembered
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.organization import GitHubOrganization
from ghstate.github.pace import Clock
from ghstate.github.session import Session
from ghstate.model.organization import Desired
from ghstate.plan.document import digest
from ghstate.report.describe import describe
from ghstate.report.document import Document
from ghstate.report.svg import to_svg
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from ghstate.statefile import State
from tests.docs.pages import ROOT

PICTURE = ROOT / "docs" / "images" / "plan.svg"
ACME = ROOT / "examples" / "acme"
THEN = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)

EDITS: Mapping[str, Mapping[str, str]] = {
    "members/staff.toml": {
        'carol = "member"\n': "",
        'evogel = "member"\n': 'erin = "member"\nevogel = "member"\n',
        'greta-codes = "member"\n': 'grace = "member"\ngreta-codes = "member"\n',
    },
    "members/owners.toml": {
        "alice = {": 'carol = { role = "admin", note = "for the release" }\nalice = {',
    },
    "members/contractors.toml": {
        'nnystrom = { role = "member", note = "Nightshift, for Support Engineering" }\n'
        "": "",
    },
    "teams/operations.toml": {'"nnystrom", ': ""},
    "teams/platform.toml": {
        '"dave", "edgar-kruger"': '"dave", "edgar-kruger", "erin"',
        '"EoinWinther", "ines-haddad"': '"EoinWinther", "erin", "ines-haddad"',
    },
    "teams/shop.toml": {
        "What the two apps share": "What both apps are made of",
        "[teams.search]": '[teams.fraud]\nname = "Fraud"\nparent = "payments"\n\n'
        "[teams.search]",
    },
}


def picture() -> str:
    return to_svg(asyncio.run(_story()), "ghstate plan")


async def _story() -> Document:
    world = from_neutral(neutral(str(ACME)), start=THEN)
    world.invite("frank", by="alice", at=THEN - timedelta(days=2))
    world.invite("grace", by="alice", at=THEN - timedelta(days=3))
    with Sandbox(world) as sandbox, edited() as project:
        async with Session.open(
            world.login,
            Endpoint(sandbox.url, sandbox.graphql_url),
            Token("sandbox-owner"),
            pause=0,
            max_wait=0,
            listener=Deaf(),
        ) as session:
            github = GitHubOrganization(session, Clock(), lambda: THEN)
            state = State(lineage="not written anywhere")
            state = remembered(state, Desired(), await read(github, Desired(), state))
            world.rename("tvogel", "tove-vogel")
            acme = load(project)
            found = await read(github, acme.desired, state)
        state = remembered(state, acme.desired, found)
        made = plan(acme.desired, state, acme.settings.policy, found.accounts)
        now = THEN + timedelta(minutes=3)
        return describe(made, now=now, place_of=acme.place_of_note, digest=digest(made))


@contextmanager
def edited() -> Iterator[Path]:
    """A copy of examples/acme with everything in `EDITS` done to it."""
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory) / "acme"
        shutil.copytree(ACME, project, ignore=shutil.ignore_patterns(".*"))
        for name, changes in EDITS.items():
            text = (project / name).read_text("utf-8")
            for old, new in changes.items():
                assert text.count(old) == 1, f"{name} has {old!r} {text.count(old)} ×"
                text = text.replace(old, new)
            (project / name).write_text(text, "utf-8")
        yield project


class Deaf:
    """A listener for a conversation that nobody watches."""

    def sent(self, requests: int) -> None:
        pass

    def waiting(self, seconds: float, why: str) -> None:
        pass


if __name__ == "__main__":
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(), "utf-8")
