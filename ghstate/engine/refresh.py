"""Reading the organization into the state, and planning from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from ghstate.engine.memory import Memory
from ghstate.errors import GitHubError, StateError
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.plan.identity import Account, Known, unseen
from ghstate.plan.make import make_plan
from ghstate.plan.plan import Plan
from ghstate.ports import GitHub
from ghstate.rules.guards import guard
from ghstate.statefile import State

Accounts: TypeAlias = Mapping[Login, Account | None]


class Read(msgspec.Struct, frozen=True):
    """The organization, fresh from GitHub, and who the unseen logins belong to."""

    snapshot: Snapshot
    accounts: Accounts


async def read(github: GitHub, desired: Desired, known: State) -> Read:
    """Read the organization, and look up everybody in the files who is not in it."""
    snapshot = await github.read()
    check_identity(known, snapshot)
    strangers = unseen(desired, snapshot)
    accounts = await github.look_up(strangers) if strangers else {}
    return Read(await _with_the_unlisted(github, snapshot, accounts), accounts)


async def read_again(github: GitHub, accounts: Accounts, known: State) -> Read:
    """Read the organization once more; whose *accounts* are whose is known by now."""
    snapshot = await github.read()
    check_identity(known, snapshot)
    return Read(await _with_the_unlisted(github, snapshot, accounts), accounts)


async def _with_the_unlisted(
    github: GitHub, snapshot: Snapshot, accounts: Accounts
) -> Snapshot:
    """*snapshot* with people of the files whom GitHub's lists leave out.

    Somebody invited by e-mail is listed without a login, also where GitHub knows whose
    address it is; only the membership of each person tells (traps T07).
    """
    by_mail = any(each.role.of_a_member for each in snapshot.others)
    if not by_mail and MEMBERS not in snapshot.hidden:
        return snapshot
    strangers = [
        account
        for account in accounts.values()
        if account is not None and Member.at(account.login) not in snapshot.observed
    ]
    observed = dict(snapshot.observed)
    for found in await github.unlisted(strangers):
        observed[found.resource.address] = found
    return replace(snapshot, observed=dict(sorted(observed.items())))


def check_identity(state: State, snapshot: Snapshot) -> None:
    """Refuse an organization that only has the name of the one that is known."""
    was, now = state.organization, snapshot.organization
    if was is not None and was.id != now.id:
        raise GitHubError(
            f"{now.login} is another organization now: "
            f"GitHub's id is {now.id}, and the state knows {was.id}",
            hint="if that is right, move the state file away and refresh",
        )


def remembered(state: State, desired: Desired, found: Read) -> State:
    """*state* with what *found* tells; a login keeps the id it was first seen with.

    Logins that are neither on GitHub nor in the files are forgotten, and so is what
    an apply had begun: what became of it has just been read.
    """
    snapshot = found.snapshot
    here = {
        each.resource.login: each.id
        for each in snapshot.each(Member)
        if each.id is not None
    }
    looked_up = {login: a.id for login, a in found.accounts.items() if a is not None}
    people = [
        (declared.resource.person, declared.id)
        for declared in desired.declared.values()
        if declared.resource.person is not None
    ]
    wanted = {login for login, _ in people}
    pinned = {login: pin for login, pin in people if pin is not None}
    still_here = set(here.values())
    kept = {
        login: known
        for login, known in state.bindings.items()
        if login in wanted or known in still_here
    }
    return replace(
        state,
        organization=snapshot.organization,
        snapshot=snapshot,
        under_way=None,
        bindings={**looked_up, **here, **kept, **pinned},
    )


async def refresh(github: GitHub, memory: Memory, desired: Desired) -> State:
    """Read the organization into the state; an incomplete read changes nothing."""
    found = await read(github, desired, memory.state)
    return memory.write(remembered(memory.state, desired, found))


def plan(
    desired: Desired, state: State, policy: Policy, accounts: Accounts | None = None
) -> Plan:
    """What would change, with every refusal that it deserves.

    Without *accounts*, nobody was asked about logins that are not in the snapshot.
    """
    if state.snapshot is None:
        raise StateError(
            "there is no snapshot of the organization yet",
            hint="run `ghstate refresh`, or leave --no-refresh out",
        )
    made = make_plan(
        desired,
        state.snapshot,
        policy,
        known=Known(state.bindings, accounts or {}, state.teams),
        managed_before=state.managed,
    )
    return guard(made, state.snapshot, policy)
