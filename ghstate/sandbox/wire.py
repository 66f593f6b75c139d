"""How GitHub writes things down: times, addresses, global ids."""

from datetime import datetime

from ghstate.sandbox.opaque import node_id
from ghstate.sandbox.records import Account, AccountKind, Invitation, Team
from ghstate.sandbox.world import World

WEB = "https://github.com"
AVATARS = "https://avatars.githubusercontent.com/u"

_PREFIXES = {
    AccountKind.USER: "U",
    AccountKind.BOT: "BOT",
    AccountKind.ORGANIZATION: "O",
}


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def account_id(account: Account) -> str:
    return node_id(_PREFIXES[account.kind], account.id)


def organization_id(world: World) -> str:
    return node_id("O", world.org_id)


def team_id(world: World, team: Team) -> str:
    return node_id("T", world.org_id, team.id)


def invitation_id(invitation: Invitation) -> str:
    return node_id("OI", invitation.id)
