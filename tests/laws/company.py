"""The organization in which one person's lives are played, before they begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from ghstate.sandbox.conditions import Conditions, Fault, Meanwhile
from ghstate.sandbox.records import Account, InvitationRole, InvitationSource, OrgRole
from ghstate.sandbox.world import World
from tests.build import NOW

OWNER, OTHER_OWNER, COLLEAGUE = "ada", "zoe", "mia"
BOB, BOBS_ADDRESS = "bob", "bob@mail.example"
TEAM, OTHER_TEAM = "ops", "sre"

DAY = timedelta(days=1)


@dataclass(slots=True)
class Company:
    """The organization of these lives: two owners, a colleague, two teams, and Bob."""

    world: World
    conditions: Conditions
    bob: Account
    remember: Callable[[], object]
    """Reads the organization into the state, as `ghstate refresh` does."""

    def invite(
        self,
        who: str | None = None,
        role: InvitationRole = InvitationRole.DIRECT_MEMBER,
        *,
        by: str = OWNER,
        teams: tuple[str, ...] = (),
        source: InvitationSource = InvitationSource.MEMBER,
        days_ago: int = 1,
    ) -> None:
        who = self.bob.login if who is None else who
        at = NOW - days_ago * DAY
        self.world.invite(who, role, by=by, teams=teams, source=source, at=at)

    def join(self, role: OrgRole = OrgRole.MEMBER) -> None:
        self.world.add_member(self.bob.login, role)

    def meanwhile(self, method: str, path: str, act: Callable[[World], object]) -> None:
        """Have something happen just before the first such request."""
        fault = Fault(Meanwhile(act), method=method, path=f"/orgs/acme{path}")
        self.conditions.script(fault)


def company(login: str) -> World:
    """The organization before anything happens to Bob, whose login is *login*."""
    world = World("acme", start=NOW)
    for who in (OWNER, OTHER_OWNER):
        world.add_member(who, OrgRole.ADMIN)
    world.add_member(COLLEAGUE)
    world.add_team(TEAM, COLLEAGUE)
    world.add_team(OTHER_TEAM, COLLEAGUE)
    world.add_account(login, email=BOBS_ADDRESS)
    return world


Happening: TypeAlias = Callable[[Company], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How somebody stands to the organization, and how it came to be."""

    name: str
    happen: Happening
    login: str = BOB
    """What the files call the person, where they do not use the address."""

    inviter: str | None = "admin"
    """What the files say of the other owner; None: nothing, so that they go."""

    def __str__(self) -> str:
        return self.name
