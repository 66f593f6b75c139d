"""An organization, the project that manages it, and commands that may be killed."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from ghstate import journal, statefile
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import Why
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import to_neutral
from ghstate.sandbox.world import World
from ghstate.statefile import State
from tests.journey import OWNER
from tests.reliability.nursery import Child, Ended, Job, Nursery
from tests.reliability.shapes import Shape

PATH = "/usr/local/bin:/usr/bin:/bin"
ASKING = frozenset({Why.INVITED, Why.INVITED_AGAIN})
AUTO = ("apply", "--auto-approve")
_NUMBERS = count(1)


@dataclass(slots=True)
class Scene:
    """One organization and one project; each command is a process of its own."""

    shape: Shape
    sandbox: Sandbox
    nursery: Nursery
    directory: Path
    watched: list[str] = field(default_factory=list)
    """What ought not to have been, at the moment of any request."""

    @property
    def world(self) -> World:
        return self.sandbox.world

    @property
    def project(self) -> Path:
        return self.directory / "project"

    @property
    def state_file(self) -> Path:
        return self.project / ".ghstate" / "state.json"

    @property
    def journal_file(self) -> Path:
        return self.state_file.with_name("state.json.journal")

    @property
    def environ(self) -> dict[str, str]:
        """All that a command finds in its environment."""
        return {
            "PATH": PATH,
            "HOME": str(self.directory),
            "TMPDIR": str(self.directory),
            "USER": "runner",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GITHUB_API_URL": self.sandbox.url,
            "GHSTATE_TOKEN": OWNER,
        }

    # Commands

    def start(
        self,
        *arguments: str,
        hooks: tuple[Any, ...] = (),
        environ: Mapping[str, str] | None = None,
        terminal: int | None = None,
    ) -> Child:
        spool = self.directory / f"spool-{next(_NUMBERS)}"
        spool.mkdir()
        job = Job(
            arguments=["-C", str(self.project), *arguments],
            environ=self.environ | dict(environ or {}),
            spool=spool,
            hooks=hooks,
            terminal=terminal,
        )
        return self.nursery.start(job)

    def run(self, *arguments: str, hooks: tuple[Any, ...] = ()) -> Ended:
        return self.start(*arguments, hooks=hooks).end()

    def apply(self, *flags: str, hooks: tuple[Any, ...] = ()) -> Ended:
        return self.run(*AUTO, *flags, hooks=hooks)

    def plan(self, *flags: str) -> tuple[int, dict[str, Any]]:
        ended = self.run("plan", "--json", *flags)
        return ended.code, json.loads(ended.out) if ended.out else {}

    # What is there

    @property
    def state(self) -> State | None:
        """The state on disk, which must be whole; None where there is none."""
        if not self.state_file.exists():
            return None
        return statefile.decode(self.state_file.read_bytes(), place="the state")

    @property
    def under_way(self) -> journal.UnderWay | None:
        """What the journal on disk tells, as long as the state does not know it."""
        if not self.journal_file.exists():
            return None
        told = journal.read(self.journal_file.read_bytes())
        state = self.state
        return None if state and state.settled == told.id else told

    def picture(self) -> dict[str, Any]:
        return picture(self.world)

    def asked(self) -> Counter[str]:
        """Who got how many invitations that were new."""
        return Counter(
            mail.to.lower() for mail in self.world.mails if mail.why is Why.INVITED
        )

    def again(self) -> Counter[str]:
        return Counter(
            mail.to.lower()
            for mail in self.world.mails
            if mail.why is Why.INVITED_AGAIN
        )

    def done(self) -> Counter[str]:
        """The writes that GitHub has carried out: how often each."""
        return Counter(
            f"{each.method} {each.path} {json.dumps(each.body, sort_keys=True)}"
            for each in self.sandbox.history.writes()
            if each.done
        )


def picture(world: World) -> dict[str, Any]:
    """Everything that can be seen of an organization, dates and order left out."""
    seen = to_neutral(world)
    seen["accounts"] = sorted(seen["accounts"])
    for each in seen["invitations"]:
        del each["invited_at"], each["inviter"]
        each["teams"].sort()
    seen["invitations"].sort(
        key=lambda each: (each["login"] or "", each["email"] or "")
    )
    return seen


@contextmanager
def on_stage(shape: Shape, nursery: Nursery, directory: Path) -> Iterator[Scene]:
    """*shape* as it is before anybody has applied anything."""
    stage = directory / f"scene-{next(_NUMBERS)}"
    world = shape.world()
    with Sandbox(world) as sandbox:
        scene = Scene(shape, sandbox, nursery, stage)
        scene.project.mkdir(parents=True)
        for name, text in shape.files.items():
            (scene.project / name).write_text(text, "utf-8")

        def look(world: World) -> None:
            twice = [who for who, many in waiting(world).items() if many > 1]
            scene.watched.extend(f"{who} was invited twice over" for who in twice)

        sandbox.conditions.script(Fault(Meanwhile(look), times=None))
        yield scene
    shutil.rmtree(stage)


def waiting(world: World) -> Counter[str]:
    """Everybody who is invited, as one person by whatever road."""
    return Counter(
        each.email or world.accounts[each.account or 0].login
        for each in world.invitations.values()
    )


def now() -> datetime:
    return datetime.now(UTC)
