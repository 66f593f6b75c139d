"""The organization of the traps: `acme`, owned by `bot`, whose token ghstate has."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ghstate.sandbox.history import Request
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import OWNER, Project

BOT = {"bot": "admin"}
"""The line that every `[members]` has, unless the trap is about its absence."""


class Begin(Protocol):
    """Makes the project of a test: what the files say about `acme`."""

    def __call__(
        self,
        *,
        members: str | Mapping[str, str] = "",
        teams: str = "",
        settings: str = "",
        token: str | None = OWNER,
    ) -> Project: ...


def join(world: World, *logins: str) -> None:
    """Put ordinary members into the organization."""
    for login in logins:
        world.add_member(login)


def roles_in(world: World) -> dict[str, str]:
    """Everybody in the organization, with their role."""
    return {
        world.accounts[account].login: membership.role.value
        for account, membership in world.members.items()
    }


def people_of(world: World, slug: str) -> dict[str, str]:
    """Everybody who is directly in a team, with their role there."""
    team = world.team(slug)
    assert team is not None, f"there is no team {slug}"
    return {
        world.accounts[account].login: role.value
        for account, role in team.members.items()
    }


def parent_of(world: World, slug: str) -> str | None:
    team = world.team(slug)
    assert team is not None, f"there is no team {slug}"
    return None if team.parent is None else world.teams[team.parent].slug


def invited(world: World) -> dict[str, str]:
    """Everybody whose answer is awaited, by login, with what they are invited as."""
    return {
        world.accounts[each.account].login: each.role.value
        for each in world.invitations.values()
        if each.account is not None
    }


def sent(sandbox: Sandbox) -> list[tuple[str, Any]]:
    """Every write in short, with its body."""
    return [(short(each), each.body) for each in sandbox.history.writes()]


def short(request: Request) -> str:
    """``PATCH teams/web``: a write without the organization's part of its path."""
    return f"{request.method} {request.path.removeprefix('/orgs/acme/')}"


def calls(sandbox: Sandbox) -> list[str]:
    """Every write in short, in order."""
    return [short(each) for each in sandbox.history.writes()]


def lists(logins: Iterable[str]) -> str:
    """A TOML list of *logins*."""
    return "[" + ", ".join(f'"{login}"' for login in logins) + "]"
