"""What every kind needs to be changed on GitHub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ghstate.errors import WriteFailed
from ghstate.github import shapes
from ghstate.github.session import Session, refused, segment
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Resource
from ghstate.model.team import Team
from ghstate.plan.order import Task
from ghstate.ports import Outcome

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds for which GitHub may not find a team that it has just created."""


@dataclass(slots=True)
class Begun:
    """An invitation that is being replaced by another, and how far that got.

    A lost answer interrupts it, and then it is gone on with: what has been cancelled
    cannot be asked for its teams any more.
    """

    teams: tuple[int, ...]
    """What the new one has to bring."""

    edited: bool = False
    """Was it tried to change it where it is? Trying again would mail again."""

    cancelled: bool = False
    """Was a cancellation sent, so that nobody else made it go?"""


class Context:
    """The conversation, and what has come up in it."""

    def __init__(self, session: Session, *, settle: float = 1.0) -> None:
        self.session = session
        self._settle = settle
        self.path = f"/orgs/{segment(session.organization)}"
        self.viewer: Login | None = None
        """The person behind the token; None for a GitHub App."""

        self.invites = True
        """Are there invitations here?"""

        self.created: set[Slug] = set()
        """Teams made in this conversation, which GitHub may need a moment to find."""

        self.begun: dict[Login, Begun] = {}
        """Replacements of invitations that are not done yet."""

        self._teams: dict[Slug, int] = {}
        self._people: dict[Login, int] = {}

    def remember(self, snapshot: Snapshot) -> None:
        self.viewer = None if snapshot.viewer.is_app else snapshot.viewer.login
        self.invites = snapshot.invites
        for found in snapshot.each(Team):
            if found.id is not None:
                self._teams[found.resource.slug] = found.id

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Do *call*, about a team that was created a moment ago, once it is found.

        GitHub may answer 404 for a while after it has created a team (traps T53).
        """
        waited = 0.0
        pause = self._settle / 4
        while True:
            try:
                return await call()
            except WriteFailed as refusal:
                if refusal.status != 404 or waited >= PATIENCE * self._settle:
                    raise
            await self.session.pause(pause, "GitHub does not find a new team yet")
            waited += pause
            pause *= 2

    def remember_team(self, slug: Slug, team_id: int) -> None:
        self._teams[slug] = team_id

    def remember_person(self, login: Login, user_id: int) -> None:
        self._people[login] = user_id

    def team_id(self, slug: Slug) -> int:
        try:
            return self._teams[slug]
        except KeyError:
            raise WriteFailed(f"there is no team {slug}") from None

    def slugs(self, ids: Collection[int]) -> tuple[Slug, ...]:
        """The teams with *ids*, as far as they are known."""
        return tuple(slug for slug, number in self._teams.items() if number in ids)

    async def user_id(self, login: Login) -> int:
        if login not in self._people:
            reply = await self.session.get(f"/users/{segment(login)}")
            if reply.status == 404:
                raise WriteFailed(f"GitHub has no user {login.spelled}", status=404)
            if reply.status != 200:
                raise refused(reply)
            self._people[login] = reply.read(shapes.Account).id
        return self._people[login]


class Adapter(Protocol):
    """How one kind of resource is changed on GitHub."""

    @property
    def kind(self) -> type[Resource]: ...

    async def make(self, context: Context, task: Task) -> Outcome:
        """Do *task* once; raises `WriteFailed`, `LimitReached`, `OutcomeUnknown`."""
        ...

    async def holds(self, context: Context, task: Task) -> bool:
        """Is it so on GitHub, whoever made it so?"""
        ...
