"""The engine on a sandbox over HTTP, without the command line around it.

Waiting is free: the clock of the conversation never sleeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ghstate.engine.applied import Applied
from ghstate.engine.apply import Apply
from ghstate.engine.memory import Memory
from ghstate.engine.reading import read
from ghstate.engine.refresh import plan, refresh, remembered
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.organization import GitHubOrganization
from ghstate.github.pace import Clock
from ghstate.github.session import Session
from ghstate.model.locked import Locked
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy
from ghstate.plan.order import Task
from ghstate.plan.plan import Plan
from ghstate.ports import Outcome
from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.history import History
from ghstate.sandbox.world import World
from ghstate.store.memory import MemoryStore

LINEAGE = "5e0a1f0e-8f0c-4a51-9a53-0d5a4f1f7c11"


class GitHubHere(Protocol):
    """A sandbox, however it is reached."""

    world: World
    conditions: Conditions

    @property
    def history(self) -> History: ...

    @property
    def url(self) -> str: ...

    @property
    def graphql_url(self) -> str: ...


class Deaf:
    """Hears of everything and minds nothing."""

    def reading(self) -> None: ...

    def sent(self, requests: int) -> None: ...

    def waiting(self, seconds: float, why: str) -> None: ...

    def started(self, task: Task) -> None: ...

    def ended(self, task: Task, outcome: Outcome | Exception) -> None: ...


async def no_time(seconds: float) -> None:
    await asyncio.sleep(0)


@dataclass(slots=True)
class Engine:
    """What one machine would do about the sandbox's organization, run after run."""

    sandbox: GitHubHere
    desired: Desired
    policy: Policy
    token: str = "sandbox-owner"
    store: MemoryStore = field(default_factory=MemoryStore)
    settle: float = 0.0
    """Seconds that GitHub is given to catch up with itself; none of them pass."""

    locked: Locked | None = None
    """What `ghstate.lock.toml` has, where there is one."""

    @property
    def kept(self) -> bytes | None:
        """The stored state, byte for byte."""
        stored = self.store.read()
        return stored.content if stored else None

    def memory(self) -> Memory:
        return Memory(self.store, new_id=lambda: LINEAGE, locked=self.locked)

    @asynccontextmanager
    async def github(self) -> AsyncIterator[GitHubOrganization]:
        clock = Clock(sleep=no_time)
        endpoint = Endpoint(self.sandbox.url, self.sandbox.graphql_url)
        async with Session.open(
            self.sandbox.world.login,
            endpoint,
            Token(self.token),
            pause=0,
            max_wait=300,
            listener=Deaf(),
            clock=clock,
        ) as session:
            yield GitHubOrganization(
                session, clock, lambda: self.sandbox.world.now, settle=self.settle
            )

    def refresh(self) -> None:
        async def work() -> None:
            async with self.github() as github:
                await refresh(github, self.memory(), self.desired)

        asyncio.run(work())

    def plan(self) -> Plan:
        """A plan on a fresh read; nothing is kept of it."""

        async def work() -> Plan:
            async with self.github() as github:
                state = self.memory().state
                found = await read(github, self.desired, state)
                state = remembered(state, self.desired, found)
                return plan(
                    self.desired, state, self.policy, found.accounts, self.locked
                )

        return asyncio.run(work())

    def plan_offline(self) -> Plan:
        """A plan on the state that was kept, as `--no-refresh` makes it."""
        return plan(self.desired, self.memory().state, self.policy)

    def apply(self, plans: list[Plan] | None = None) -> Applied:
        """Plan, put the plan among *plans*, and carry it out unless it is refused."""

        async def work() -> Applied:
            async with self.github() as github:
                apply = Apply(
                    github=github,
                    memory=self.memory(),
                    desired=self.desired,
                    policy=self.policy,
                    listener=Deaf(),
                    now=lambda: self.sandbox.world.now,
                )
                made = await apply.prepare()
                if plans is not None:
                    plans.append(made)
                if made.refusals:
                    return Applied(plan=made)
                return await apply.carry_out(made)

        return asyncio.run(work())
