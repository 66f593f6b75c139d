"""Reading the organization into the state, and planning from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from ghstate.engine.drift import noticed
from ghstate.engine.memory import Memory
from ghstate.engine.outlook import drifted
from ghstate.engine.reading import Accounts, Read, read
from ghstate.engine.recollection import recollect
from ghstate.errors import StateError
from ghstate.journal import UnderWay
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy
from ghstate.plan.addresses import mailboxes_of
from ghstate.plan.identity import Known
from ghstate.plan.make import make_plan
from ghstate.plan.plan import Plan
from ghstate.plan.target import check_targets
from ghstate.ports import GitHub
from ghstate.rules.guards import guard
from ghstate.statefile import State


def remembered(
    state: State, desired: Desired, found: Read, under_way: UnderWay | None = None
) -> State:
    """*state* with what *found* tells; a login keeps the id it was first seen with.

    Logins that are neither on GitHub nor in the files are forgotten. What differs from
    the read before is drift, unless the apply *under_way* may have done it.
    """
    bindings = _bindings(state, desired, found)
    snapshot = found.snapshot
    return replace(
        state,
        organization=snapshot.organization,
        snapshot=snapshot,
        stale=False,
        bindings=bindings,
        accounts=found.accounts,
        past=recollect(state, desired, snapshot, found.departures, bindings),
        drift=noticed(state, desired, snapshot, bindings, under_way),
    )


def _bindings(state: State, desired: Desired, found: Read) -> dict[Login, int]:
    here = {
        each.resource.login: each.id
        for each in found.snapshot.each(Member)
        if each.id is not None
    }
    looked_up = {login: a.id for login, a in found.accounts.items() if a is not None}
    people = [
        (declared.resource.person, declared.id)
        for declared in (*desired.declared.values(), *desired.idle)
        if declared.resource.person is not None
    ]
    boxes = mailboxes_of(desired, found.snapshot.organization.id)
    wanted = {login for login, _ in people} | {box.key for box in boxes.values()}
    # Whoever gets nothing gets nothing under another name, either.
    organization = found.snapshot.organization.id
    wanted |= {
        Mailbox.of(name, organization).key if isinstance(name, EmailAddress) else name
        for name in (*desired.never, *desired.mentioned)
    }
    pinned = {login: pin for login, pin in people if pin is not None}
    # Whom the files mean is known by every name they had, also when they have gone.
    still_here = set(here.values()) | {
        number for login, number in state.bindings.items() if login in wanted
    }
    kept = {
        login: known
        for login, known in state.bindings.items()
        if login in wanted or known in still_here
    }
    known = {**looked_up, **here, **found.accepted, **kept, **pinned}
    return dict(_by_address(boxes, known)) | known


def _by_address(
    boxes: Mapping[Login, Mailbox], known: Mapping[Login, int]
) -> Iterator[tuple[Login, int]]:
    """Whose the addresses are that the files have beside a login."""
    for login, box in boxes.items():
        if not isinstance(login, EmailAddress) and login in known:
            yield box.key, known[login]


async def refresh(github: GitHub, memory: Memory, desired: Desired) -> State:
    """Read the organization into the state; an incomplete read changes nothing."""
    found = await read(github, desired, memory.state)
    return memory.settle(remembered(memory.state, desired, found, memory.under_way))


def known_of(
    state: State, accounts: Accounts | None = None, locked: Locked | None = None
) -> Known:
    """What a plan has to know of *state* besides the snapshot; *accounts* are newer."""
    return Known(
        state.bindings,
        accounts or state.accounts,
        state.teams,
        state.past,
        memory=state.applied_serial > 0,
        locked=locked,
        made=state.made,
        drift=state.drift,
    )


def plan(
    desired: Desired,
    state: State,
    policy: Policy,
    accounts: Accounts | None = None,
    locked: Locked | None = None,
    *,
    again: bool = False,
) -> Plan:
    """What would change, with every refusal that it deserves.

    Without *accounts*, logins that are not in the snapshot are whose they were when it
    was taken. `UsageError` for a target that is nothing; not where a plan is made
    *again*, because what was removed in between may be nothing by now.
    """
    if state.snapshot is None:
        raise StateError(
            "there is no snapshot of the organization yet",
            hint="run `ghstate refresh`, or leave --no-refresh out",
        )
    known = known_of(state, accounts, locked)
    made = make_plan(
        desired, state.snapshot, policy, known=known, managed_before=state.managed
    )
    if not again:
        check_targets(made, desired, state.snapshot, known)
    made = replace(made, drift=drifted(state, desired, made))
    return guard(made, state.snapshot, policy)
