"""Talking to a sandbox without a command, in a time that passes only by waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ghstate.github.endpoint import endpoint, sign_in
from ghstate.github.organization import GitHubOrganization
from ghstate.github.pace import Clock
from ghstate.github.session import Session
from ghstate.sandbox.running import Sandbox
from tests.journey import OWNER

MIDNIGHT = 1_800_000_000.0


@dataclass(slots=True)
class Time:
    """A clock on which nothing takes time but waiting; remembers each wait."""

    now: float = MIDNIGHT
    waits: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


@dataclass(slots=True)
class Heard:
    """What the session told while it waited."""

    waiting_for: list[tuple[float, str]] = field(default_factory=list)

    def sent(self, requests: int) -> None: ...

    def waiting(self, seconds: float, why: str) -> None:
        self.waiting_for.append((seconds, why))


@dataclass(frozen=True, slots=True)
class Conversation:
    session: Session
    github: GitHubOrganization
    time: Time
    heard: Heard


@asynccontextmanager
async def conversation(
    sandbox: Sandbox, *, pause: float = 0.0, max_wait: float = 300.0
) -> AsyncIterator[Conversation]:
    time, heard = Time(), Heard()
    environ = {"GITHUB_API_URL": sandbox.url, "GHSTATE_TOKEN": OWNER}
    async with Session.open(
        sandbox.world.login,
        endpoint(None, environ),
        sign_in(environ),
        pause=pause,
        max_wait=max_wait,
        listener=heard,
        clock=time.clock(),
    ) as session:
        github = GitHubOrganization(session, time.clock(), lambda: datetime.now(UTC))
        yield Conversation(session, github, time, heard)
