"""Reading an organization, and asking what its lists leave out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from ghstate.errors import GitHubError
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Departure
from ghstate.model.resource import Standing
from ghstate.plan.addresses import mailboxes_of
from ghstate.plan.identity import Account, login_behind, unseen
from ghstate.ports import GitHub
from ghstate.statefile import State

Accounts: TypeAlias = Mapping[Login, Account | None]


class Read(msgspec.Struct, frozen=True):
    """The organization, fresh from GitHub, and what it had to be asked besides."""

    snapshot: Snapshot
    accounts: Accounts
    """Who the logins belong to that nobody has seen here."""

    departures: Mapping[Login, Departure] = {}
    """How people went who are in the files and were members."""

    accepted: Mapping[Login, int] = {}
    """Whose account an address of the files is, by the key of its mailbox."""


async def read(github: GitHub, desired: Desired, known: State) -> Read:
    """Read the organization, and ask about everybody in the files who is not in it."""
    snapshot = await github.read()
    check_identity(known, snapshot)
    strangers = unseen(desired, snapshot, known.bindings)
    accounts = await github.look_up(strangers) if strangers else {}
    snapshot = _with_ids(snapshot, accounts)
    snapshot = await _with_the_unlisted(github, snapshot, desired, accounts)
    absent = _absent(desired, snapshot, known, accounts)
    if absent and snapshot.invites:
        snapshot = replace(snapshot, seats=await github.seats())
    gone = [login for login in absent if _was_here(login, known)]
    return Read(
        snapshot,
        accounts,
        await github.departures(gone) if gone else {},
        await _accepted(github, snapshot, desired, known),
    )


async def read_again(
    github: GitHub, desired: Desired, accounts: Accounts, known: State
) -> Read:
    """Read the organization once more; whose *accounts* are whose is known by now."""
    snapshot = await github.read()
    check_identity(known, snapshot)
    snapshot = _with_ids(snapshot, accounts)
    snapshot = await _with_the_unlisted(github, snapshot, desired, accounts)
    if known.snapshot is not None:
        snapshot = replace(snapshot, seats=known.snapshot.seats)
    return Read(snapshot, accounts)


def _with_ids(snapshot: Snapshot, accounts: Accounts) -> Snapshot:
    """*snapshot* with the ids of people on their way, which REST leaves out."""
    observed = dict(snapshot.observed)
    for address, found in snapshot.observed.items():
        login = found.resource.person
        account = accounts.get(login) if login is not None else None
        if found.id is None and account is not None:
            observed[address] = replace(found, id=account.id)
    return replace(snapshot, observed=observed)


async def _with_the_unlisted(
    github: GitHub, snapshot: Snapshot, desired: Desired, accounts: Accounts
) -> Snapshot:
    """*snapshot* with people of the files whom GitHub's lists leave out.

    Somebody invited by e-mail is listed without a login, also where GitHub knows whose
    address it is; only the membership of each person tells (traps T07).
    """
    if not _others_by_mail(snapshot, desired) and MEMBERS not in snapshot.hidden:
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


def _others_by_mail(snapshot: Snapshot, desired: Desired) -> bool:
    """Is there an invitation by e-mail that is nobody's whom the files name?"""
    boxes = mailboxes_of(desired, snapshot.organization.id).values()
    named = {box.fingerprint for box in boxes}
    return any(
        each.joins and (each.mailbox is None or each.mailbox.fingerprint not in named)
        for each in snapshot.others
    )


def _absent(
    desired: Desired, snapshot: Snapshot, known: State, accounts: Accounts
) -> list[Login]:
    """The people of the files who are neither members nor on their way."""
    here = {found.id for found in snapshot.each(Member) if found.id is not None}
    absent = []
    for address, declared in desired.declared.items():
        if type(declared.resource) is not Member:
            continue
        found = snapshot.observed.get(address)
        login = declared.resource.login
        if isinstance(login, EmailAddress):
            box = Mailbox.of(login, snapshot.organization.id)
            login = login_behind(box, snapshot, known.bindings, accounts) or box.key
        if known.bindings.get(login) in here:
            continue
        if found is None or found.standing is Standing.FAILED:
            absent.append(login)
    return absent


def _was_here(login: Login, known: State) -> bool:
    """May *login* have been a member before?"""
    if login in known.past:
        past = known.past[login]
        return past.member_until is not None and not past.left
    if known.snapshot is None:
        # Nothing but the lock file is remembered: it has everybody of the files.
        return login in known.bindings
    found = known.snapshot.observed.get(Member.at(login))
    return found is not None and found.standing is Standing.ACTIVE


async def _accepted(
    github: GitHub, snapshot: Snapshot, desired: Desired, known: State
) -> Mapping[Login, int]:
    """Whose the addresses are that wait no more; only what GitHub shows."""
    waiting = {each.mailbox.key for each in snapshot.others if each.mailbox}
    boxes = {
        person: box
        for person, box in mailboxes_of(desired, snapshot.organization.id).items()
        if isinstance(person, EmailAddress)
        and box.key not in waiting
        and box.key not in known.bindings
    }
    if not boxes:
        return {}
    unlisted = [
        Account(found.id, found.resource.login)
        for found in snapshot.each(Member)
        if found.id is not None
        and found.standing is Standing.ACTIVE
        and found.resource.address not in desired.declared
    ]
    if not unlisted:
        return {}
    found = await github.behind(list(boxes), unlisted)
    return {boxes[address].key: account.id for address, account in found.items()}


def check_identity(state: State, snapshot: Snapshot) -> None:
    """Refuse an organization that only has the name of the one that is known."""
    was, now = state.organization, snapshot.organization
    if was is not None and was.id != now.id:
        raise GitHubError(
            f"{now.login} is another organization now: "
            f"GitHub's id is {now.id}, and {was.id} is known from the state "
            "or from ghstate.lock.toml",
            hint="if that is right, move away whichever has it, and refresh",
        )
