"""An organization on GitHub: the port, made of one adapter for each kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from ghstate.errors import GitHubError, OutcomeUnknown, WriteFailed
from ghstate.github.accounts import look_up
from ghstate.github.adapter import Adapter, Context
from ghstate.github.asking import Asker
from ghstate.github.audit_log import departures
from ghstate.github.authors import changed_by
from ghstate.github.date import corrected
from ghstate.github.identities import behind
from ghstate.github.member import Members, membership_of
from ghstate.github.pace import Clock
from ghstate.github.reading import Reader, first_of
from ghstate.github.seats import seats
from ghstate.github.session import Session
from ghstate.github.team import Teams
from ghstate.github.team_member import TeamMembers
from ghstate.model.address import Address
from ghstate.model.drift import Author, Drifted
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Seats, Snapshot, Viewer
from ghstate.model.past import Departure
from ghstate.model.resource import Observed, Resource
from ghstate.model.team_member import TeamMember
from ghstate.plan.identity import Account
from ghstate.plan.order import Task
from ghstate.ports import Outcome

ADAPTERS: tuple[Adapter, ...] = (Members(), Teams(), TeamMembers())
_FOR: Mapping[type[Resource], Adapter] = {each.kind: each for each in ADAPTERS}

LOOKS = 3
"""How often what became of a lost answer is looked up before it is done again."""


class GitHubOrganization:
    """Reads everything at once, and hands each task to its kind's adapter."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        now: Callable[[], datetime],
        *,
        settle: float = 1.0,
    ) -> None:
        self._session = session
        self._clock = clock
        self._now = now
        self._settle = settle
        self._context = Context(session, settle=settle)

    async def read(self) -> Snapshot:
        asker = Asker(self._session, self._clock.sleep)
        # What is read may change from the first request on, so the snapshot is of
        # that moment; what time it was at GitHub is known from the answers.
        began, local = self._clock.now(), self._now()
        snapshot = await Reader(self._session, asker).read(local)
        if told := self._session.told:
            taken_at = corrected(local, told.at(began))
            snapshot = replace(snapshot, taken_at=taken_at)
        self._context.remember(snapshot)
        return snapshot

    async def look_up(self, logins: Sequence[Login]) -> Mapping[Login, Account | None]:
        found = await look_up(Asker(self._session, self._clock.sleep), logins)
        for login, account in found.items():
            if account:
                self._context.remember_person(login, account.id)
        return found

    async def unlisted(self, accounts: Sequence[Account]) -> Sequence[Observed[Member]]:
        try:
            async with asyncio.TaskGroup() as group:
                answers = [
                    group.create_task(membership_of(self._context, account))
                    for account in accounts
                ]
        except BaseExceptionGroup as several:
            raise first_of(several) from None
        return [found for answer in answers if (found := answer.result())]

    async def seats(self) -> Seats | None:
        return await seats(self._session)

    async def departures(self, logins: Sequence[Login]) -> Mapping[Login, Departure]:
        return await departures(self._session, logins)

    async def changed_by(
        self, drift: Sequence[Drifted], viewer: Viewer
    ) -> Mapping[Address, Author]:
        return await changed_by(self._session, drift, viewer)

    async def behind(
        self, addresses: Sequence[EmailAddress], members: Sequence[Account]
    ) -> Mapping[EmailAddress, Account]:
        return await behind(self._session, addresses, members)

    async def carry_out(self, task: Task) -> Outcome:
        adapter = _FOR[type(task.change.resource)]
        try:
            return await self._make(adapter, task)
        except OutcomeUnknown:
            if await self._holds(adapter, task):
                return Outcome("done, although GitHub's answer was lost")
        # It has been looked up and is not so: doing it again does not do it twice.
        try:
            return await self._make(adapter, task)
        except OutcomeUnknown as unknown:
            if await self._holds(adapter, task):
                return Outcome("done, although GitHub's answer was lost")
            raise WriteFailed(
                f"{unknown}, twice; it was not done", hint=unknown.hint
            ) from None

    async def _make(self, adapter: Adapter, task: Task) -> Outcome:
        if self._is_in_a_new_team(task):
            return await self._context.patiently(
                lambda: adapter.make(self._context, task)
            )
        return await adapter.make(self._context, task)

    def _is_in_a_new_team(self, task: Task) -> bool:
        place = task.change.resource
        return isinstance(place, TeamMember) and place.team in self._context.created

    async def _holds(self, adapter: Adapter, task: Task) -> bool:
        """Look a few times: what GitHub did may take a moment to show."""
        for look in range(LOOKS):
            await self._session.pause(
                self._settle * look, "GitHub's answer was lost: what became of it?"
            )
            try:
                if await adapter.holds(self._context, task):
                    return True
            except GitHubError as error:
                raise OutcomeUnknown(
                    "what became of it could not be looked up: " + error.message,
                    hint="run apply again: it looks first",
                ) from None
        return False
