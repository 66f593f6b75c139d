"""What a state knows of its addresses besides what GitHub shows."""

from __future__ import annotations

import msgspec

from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.mailbox import kept_at
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.past import Past
from ghstate.model.team import Team
from ghstate.statefile import State

NOTHING = Past()


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What a state knows of one address besides what GitHub shows."""

    account: int | None = None
    past: Past = NOTHING
    managed: bool = False
    team: int | None = None
    drift: Drift | None = None
    made: tuple[Made, ...] = ()


def remembered(state: State) -> dict[Address, Remembered]:
    """Everything that *state* knows besides what GitHub shows, in order.

    Whose address was invited stands under the key of their mailbox.
    """
    pasts = {login for login, past in state.past.items() if past != NOTHING}
    logins = {Member.at(login): login for login in {*state.bindings, *pasts}}
    slugs = {Team.at(slug): slug for slug in state.teams}
    known = {*logins, *slugs, *state.managed, *state.drift, *state.made}
    return {
        address: Remembered(
            account=state.bindings.get(logins.get(address, Login(""))),
            past=state.past.get(logins.get(address, Login("")), NOTHING),
            managed=address in state.managed,
            team=state.teams.get(slugs.get(address, Slug(""))),
            drift=state.drift.get(address),
            made=state.made.get(address, ()),
        )
        for address in sorted(known)
    }


def kept_as(state: State, address: Address) -> Address:
    """Under what *state* has *address*: for an e-mail address, the mailbox's key."""
    if state.organization is None:
        return address
    return kept_at(address, state.organization.id)
