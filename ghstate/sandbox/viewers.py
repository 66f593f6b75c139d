"""Who is behind a token, and what that lets them see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from ghstate.sandbox.records import AccountKind, Actor, OrgRole
from ghstate.sandbox.world import World

APP_LOGIN = "sandbox-app[bot]"
OUTSIDER_LOGIN = "sandbox-outsider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """An account of the world as a token presents it."""

    account: int
    app: bool = False
    may_read_members: bool = True
    """For an App: whether its installation has the permission Members."""
    sso_failed: bool = False
    """A token nobody authorised for the organization's single sign-on."""
    scopes: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.account, self.app)

    def owns(self, world: World) -> bool:
        """Whether this viewer sees what is for owners: an App with Members does."""
        if self.app:
            return self.may_read_members
        return world.is_owner(self.account)


Token: TypeAlias = Callable[[World], Viewer]


def _owner(world: World) -> Viewer:
    return Viewer(account=world.token_owner(), scopes="admin:org, repo")


def _member(world: World) -> Viewer:
    """The first plain member, or an outsider where there is none."""
    plain = [
        account
        for account, membership in world.members.items()
        if membership.role is OrgRole.MEMBER
    ]
    account = plain[0] if plain else world.account_or_new(OUTSIDER_LOGIN).id
    return Viewer(account=account, scopes="read:org, repo")


def _bot(world: World) -> int:
    bot = world.account(APP_LOGIN) or world.add_account(APP_LOGIN, kind=AccountKind.BOT)
    return bot.id


def _app(world: World) -> Viewer:
    return Viewer(account=_bot(world), app=True)


def _blind_app(world: World) -> Viewer:
    return Viewer(account=_bot(world), app=True, may_read_members=False)


def _without_sso(world: World) -> Viewer:
    return Viewer(
        account=world.token_owner(), sso_failed=True, scopes="admin:org, repo"
    )


TOKENS: Mapping[str, Token] = MappingProxyType(
    {
        "sandbox-owner": _owner,
        "sandbox-member": _member,
        "sandbox-app": _app,
        "sandbox-app-blind": _blind_app,
        "sandbox-sso": _without_sso,
    }
)


def token_of(login: str) -> Token:
    """A token, with every scope, of whoever has *login*."""
    return lambda world: Viewer(account=world.known(login).id, scopes="admin:org, repo")
