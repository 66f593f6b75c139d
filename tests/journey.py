"""A project of files beside a sandbox, and the commands run on it as a user would.

    with Sandbox(world) as sandbox:
        acme = project(tmp_path, sandbox, members='ada = "admin"\\nbob = "member"')
        assert acme.plan().reasons == {"members.bob": "invite"}
        assert acme.apply().code == 0
        assert sandbox.history.calls() == ["POST /orgs/acme/invitations"]

Nothing of the product is replaced: `ghstate.cli.app.run` gets the command line, the
conversation is HTTP, the state is a file.
"""

import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ghstate.cli.app import run
from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox

OWNER = "sandbox-owner"
ALWAYS_READ = '[state]\nmax_age = "0s"'
"""What the settings say about the snapshot's age unless a test says it itself."""

_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "USER", "LOGNAME")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as `plan --json` prints it; *document* is empty where there is none."""

    code: int
    err: str
    document: dict[str, Any]

    @property
    def reasons(self) -> dict[str, str]:
        """What would be done at which address: the `action_reason` of each change."""
        return {
            each["address"]: each["action_reason"]
            for each in self.document["resource_changes"]
        }

    @property
    def notes(self) -> dict[str, str | None]:
        """The codes of the notes, each with the address it was last said about."""
        return {each["code"]: each.get("address") for each in self.document["notes"]}

    @property
    def all_notes(self) -> set[tuple[str, str | None]]:
        """Every note: its code, and what it is about."""
        return {(each["code"], each.get("address")) for each in self.document["notes"]}

    @property
    def waiting(self) -> list[str]:
        """The addresses of those who are invited and have not answered."""
        return [each["address"] for each in self.document["waiting"]]

    @property
    def refused(self) -> bool:
        return bool(self.document["refused"])

    @property
    def held_back(self) -> int:
        return int(self.document["summary"]["held_back"])

    @property
    def digest(self) -> str:
        return str(self.document["digest"])

    def change(self, address: str) -> dict[str, Any]:
        """The one change at *address*: its `actions`, `before` and `after`."""
        [found] = [
            each["change"]
            for each in self.document["resource_changes"]
            if each["address"] == address
        ]
        return dict(found)

    def note(self, code: str) -> str:
        """The words of the one note with *code*."""
        [words] = [
            each["summary"] for each in self.document["notes"] if each["code"] == code
        ]
        return str(words)


@dataclass(slots=True)
class Project:
    """A directory with `ghstate.toml`, and the GitHub that its commands talk to."""

    directory: Path
    sandbox: Sandbox
    token: str | None = OWNER
    environ: dict[str, str] = field(default_factory=dict)
    """Variables on top of the token's and the sandbox's, which they win over."""

    # Files

    def write(self, name: str, text: str) -> None:
        """Write a file of the project, in place of the one that is there."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def members(self, text: str) -> None:
        """Say anew who is in the organization; without text, say nothing at all."""
        self.write("members.toml", f"[members]\n{text}\n" if text else "")

    def teams(self, text: str) -> None:
        """Say anew what the teams are: whole tables, ``[teams.sre]``."""
        self.write("teams.toml", text)

    def settings(self, text: str = "") -> None:
        """Write `ghstate.toml`: the organization, and *text*, whole tables of it."""
        age = "" if "[state]" in text else ALWAYS_READ
        organization = self.sandbox.world.login
        github = f'[github]\norganization = "{organization}"\n'
        self.write("ghstate.toml", f"{github}\n{age}\n\n{text}\n")

    @property
    def state_file(self) -> Path:
        return self.directory / ".ghstate" / "state.json"

    @property
    def state(self) -> bytes | None:
        """The stored state as it is on disk, byte for byte."""
        return self.state_file.read_bytes() if self.state_file.exists() else None

    def forget(self) -> None:
        """Lose the state, as a machine does that is thrown away."""
        shutil.rmtree(self.state_file.parent, ignore_errors=True)

    # Commands

    def run(self, *arguments: str) -> Ran:
        """Run ``ghstate ARGUMENTS`` here; what it prints is caught."""
        out, err = io.StringIO(), io.StringIO()
        with self._surroundings(), redirect_stdout(out), redirect_stderr(err):
            code = run(["-C", str(self.directory), *arguments])
        return Ran(code, out.getvalue(), err.getvalue())

    def plan(self, *flags: str) -> Planned:
        """Run ``ghstate plan --json FLAGS``."""
        ran = self.run("plan", "--json", *flags)
        return Planned(ran.code, ran.err, json.loads(ran.out) if ran.out else {})

    def apply(self, *flags: str) -> Ran:
        """Run ``ghstate apply --auto-approve FLAGS``."""
        return self.run("apply", "--auto-approve", *flags)

    def refresh(self, *flags: str) -> Ran:
        return self.run("refresh", *flags)

    def is_at_rest(self) -> bool:
        """Is there nothing to do, and does an apply indeed send nothing?"""
        planned = self.plan("--detailed-exitcode")
        before = len(self.sandbox.history.writes())
        applied = self.apply()
        sent = len(self.sandbox.history.writes()) - before
        return (planned.code, applied.code, sent) == (Exit.DONE, Exit.DONE, 0)

    @contextmanager
    def _surroundings(self) -> Iterator[None]:
        """The environment of a command: the sandbox's address, and no other token."""
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environ |= {"GITHUB_API_URL": self.sandbox.url}
        if self.token is not None:
            environ["GHSTATE_TOKEN"] = self.token
        with patch.dict(os.environ, environ | self.environ, clear=True):
            yield


def project(
    directory: Path,
    sandbox: Sandbox,
    *,
    members: str | Mapping[str, str] = "",
    teams: str = "",
    settings: str = "",
    token: str | None = OWNER,
) -> Project:
    """A project for the sandbox's organization in *directory*, which may be new.

    *members* is what stands below ``[members]``, or the role of each login; without
    it, memberships are not managed. *teams* and *settings* are whole tables.
    """
    directory.mkdir(parents=True, exist_ok=True)
    made = Project(directory, sandbox, token)
    made.settings(settings)
    if isinstance(members, Mapping):
        members = roles(members)
    if members:
        made.members(members)
    if teams:
        made.teams(teams)
    return made


def roles(people: Mapping[str, str]) -> str:
    """The lines of ``[members]`` that give *people* their roles."""
    return "\n".join(f'"{login}" = "{role}"' for login, role in people.items())
