"""Who is behind a token, and what that lets them see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from ghstate.sandbox.records import AccountKind, Actor, OrgRole
from ghstate.sandbox.world import World

APP_LOGIN = "sandbox-app[bot]"
OUTSIDER_LOGIN = "sandbox-outsider"
ALL_SCOPES = "admin:org, read:audit_log, repo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """An account of the world as a token presents it."""

    account: int
    app: bool = False
    may_read_members: bool = True
    """For an App: whether its installation has the permission Members."""
    may_read_audit_log: bool = True
    """Scope `read:audit_log`, or for an App the permission Administration."""
    may_see_plan: bool = True
    """For an App: whether its installation has the permission Organization plan."""
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
    return Viewer(account=world.token_owner(), scopes=ALL_SCOPES)


def _owner_without_audit_log(world: World) -> Viewer:
    return Viewer(
        account=world.token_owner(),
        may_read_audit_log=False,
        scopes="admin:org, repo",
    )


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
    """An installation with Members, and with nothing else."""
    return Viewer(
        account=_bot(world), app=True, may_read_audit_log=False, may_see_plan=False
    )


def _blind_app(world: World) -> Viewer:
    return replace(_app(world), may_read_members=False)


def _without_sso(world: World) -> Viewer:
    return Viewer(account=world.token_owner(), sso_failed=True, scopes=ALL_SCOPES)


TOKENS: Mapping[str, Token] = MappingProxyType(
    {
        "sandbox-owner": _owner,
        "sandbox-owner-no-audit": _owner_without_audit_log,
        "sandbox-member": _member,
        "sandbox-app": _app,
        "sandbox-app-blind": _blind_app,
        "sandbox-sso": _without_sso,
    }
)


def token_of(login: str) -> Token:
    """A token, with every scope, of whoever has *login*."""
    return lambda world: Viewer(account=world.known(login).id, scopes=ALL_SCOPES)
