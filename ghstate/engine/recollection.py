"""What is learned by reading an organization again: who came, who went, who answered.

GitHub shows what is. That an invitation was declined, that somebody was a member until
last week, how often a person was asked: these are differences between two reads, and
only the state, or the lock file, remembers them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from ghstate.errors import StateError
from ghstate.journal import UnderWay
from ghstate.model.invitation import Invitation
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox, is_mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Departure, Past
from ghstate.model.resource import Standing
from ghstate.plan.addresses import mailboxes_of
from ghstate.plan.identity import login_behind
from ghstate.statefile import State


def with_lock(state: State, locked: Locked | None) -> State:
    """*state* with what the lock file knows; for whose account a login is, it decides.

    It was reviewed, and a state that was made anew has not seen what it has.
    Raises `StateError` for the lock file of another organization.
    """
    if locked is None:
        return state
    here = state.organization or locked.organization
    if here.id != locked.organization.id:
        raise StateError(
            f"ghstate.lock.toml is of the organization {locked.organization.login} "
            f"({locked.organization.id}), and the state of {here.login} ({here.id})",
            hint="delete the one that is wrong; `ghstate lock` writes the lock anew",
        )
    past = dict(state.past)
    for person, theirs in locked.past.items():
        key = _key(person, here.id)
        past[key] = past.get(key, Past()).joined_with(theirs)
    ids = {_key(person, here.id): number for person, number in locked.ids.items()}
    return replace(
        state, organization=here, bindings={**state.bindings, **ids}, past=past
    )


def with_journal(state: State, under_way: UnderWay | None) -> State:
    """*state* with what an apply noted that did not come to its end."""
    if under_way is None:
        return state
    past = dict(state.past)
    for whom, ids in under_way.forgiven.items():
        known = past.get(Login(whom), Past())
        past[Login(whom)] = known.joined_with(Past(invited=ids, forgiven=ids))
    for key in under_way.taken:
        past[Login(key)] = replace(past.get(Login(key), Past()), taken=True)
    for key, ids in under_way.invited.items():
        past[Login(key)] = past.get(Login(key), Past()).with_invitations(ids)
    made = dict(state.made)
    for address, each in under_way.made.items():
        earlier = made.get(address, ())
        made[address] = earlier if each in earlier else (*earlier, each)
    teams = {Slug(slug): number for slug, number in under_way.teams.items()}
    return replace(state, past=past, made=made, teams={**state.teams, **teams})


def _key(person: Login, organization: int) -> Login:
    """Under what a state keeps somebody whom the files know by *person*."""
    if isinstance(person, EmailAddress):
        return Mailbox.of(person, organization).key
    return person


CLOCKS_APART = timedelta(minutes=5)
"""How far GitHub's clock and ours may differ."""


class Standings(msgspec.Struct, frozen=True):
    """Who stands how to the organization in one snapshot."""

    members: Mapping[Login, int | None]
    waiting: Mapping[Login, frozenset[int]]
    """The invitations that wait, by login or by the key of the mailbox."""

    ended: Mapping[Login, frozenset[int]]

    @classmethod
    def of(cls, snapshot: Snapshot | None, owners: Mapping[str, Login]) -> Standings:
        """*owners* are the logins whose mailboxes the files name."""
        members: dict[Login, int | None] = {}
        waiting: dict[Login, set[int]] = defaultdict(set)
        ended: dict[Login, set[int]] = defaultdict(set)
        for found in snapshot.each(Member) if snapshot else ():
            login = found.resource.login
            if found.standing is Standing.ACTIVE:
                members[login] = found.id
            elif found.invitation is not None:
                own = _ids(found.invitation)
                waits = found.standing is Standing.INVITED
                (waiting if waits else ended)[login] |= own
                ended[login] |= {*found.invitation.earlier}
        for invitations, kept in (
            (snapshot.others if snapshot else (), waiting),
            (snapshot.ended if snapshot else (), ended),
        ):
            for each in invitations:
                if each.mailbox is not None:
                    box = each.mailbox
                    key = owners.get(box.fingerprint, box.key)
                    kept[key] |= _ids(each)
                    ended[key] |= {*each.earlier}
        return cls(members, _frozen(waiting), _frozen(ended))

    def under(self, name: Callable[[Login], Login]) -> Standings:
        """The same people, each by the *name* that they have now."""
        return Standings(
            {name(login): number for login, number in self.members.items()},
            {name(login): ids for login, ids in self.waiting.items()},
            {name(login): ids for login, ids in self.ended.items()},
        )


def _ids(invitation: Invitation) -> frozenset[int]:
    if invitation.id is None or invitation.was_accepted:
        return frozenset()
    return frozenset({invitation.id})


def _frozen(ids: Mapping[Login, Iterable[int]]) -> dict[Login, frozenset[int]]:
    return {login: frozenset(some) for login, some in ids.items() if some}


def recollect(
    state: State,
    desired: Desired,
    snapshot: Snapshot,
    departures: Mapping[Login, Departure],
    bindings: Mapping[Login, int],
) -> dict[Login, Past]:
    """What to remember of everybody who is not a member and matters to the files.

    *bindings* are the ids as they are known by now. Whoever is a member has no past,
    and nobody is remembered who is neither in the files nor invited.
    """
    boxes = mailboxes_of(desired, snapshot.organization.id)
    owners = {
        box.fingerprint: person
        for person, box in boxes.items()
        if not isinstance(person, EmailAddress)
    }
    wanted = frozenset(_wanted(desired, snapshot, bindings))
    name = _name_of_today(wanted, snapshot, bindings)
    wanted = frozenset(map(name, wanted))
    before = Standings.of(state.snapshot, owners).under(name)
    now = Standings.of(snapshot, owners).under(name)
    old: dict[Login, Past] = {}
    for login, past in state.past.items():
        old[name(login)] = past.joined_with(old.get(name(login), Past()))
    newcomers = tuple(
        sorted(
            number
            for login, number in now.members.items()
            if number is not None
            and login not in before.members
            and Member.at(login) not in desired.declared
        )
    )
    # Where nothing but the lock file remembers, anybody may have joined meanwhile.
    unwatched = before.waiting if state.snapshot else old
    departed_as = {name(login): how for login, how in departures.items()}
    learned: dict[Login, Past] = {}
    for key in {*old, *now.waiting, *now.ended, *wanted}:
        if key in now.members or (key not in wanted and _has_account(key, bindings)):
            continue
        if key not in wanted and key not in now.waiting and key not in now.ended:
            continue
        past = _one(key, old.get(key, Past()), before, now, state.snapshot)
        departed = departed_as.get(key)
        if departed and not _is_earlier(departed, key, before, state):
            past = replace(past, member_until=departed.at, left=departed.on_their_own)
        if is_mailbox(key) and key in unwatched and key not in now.waiting:
            past = replace(past, joined=tuple(sorted({*past.joined, *newcomers})))
        if past != Past():
            learned[key] = past
    return dict(sorted(learned.items()))


def _is_earlier(
    departed: Departure, key: Login, before: Standings, state: State
) -> bool:
    """Is it a departure after which they were a member once more?"""
    snapshot = state.snapshot
    was_there = snapshot is not None and key in before.members
    seen = snapshot.taken_at - CLOCKS_APART if snapshot else departed.at
    return was_there and departed.at < seen


def _one(
    key: Login, past: Past, before: Standings, now: Standings, snapshot: Snapshot | None
) -> Past:
    """The past of one person, with what the difference of two reads tells."""
    waiting = now.waiting.get(key, frozenset())
    ids = waiting | now.ended.get(key, frozenset())
    if key in before.members and snapshot is not None:
        # They had accepted; what failed before that counts no more, and is kept in
        # mind as long as a list or a lock file may bring it up again.
        known = ids.union(past.invited)
        return Past(
            invited=tuple(sorted(known)),
            forgiven=tuple(sorted(known - waiting)),
            member_until=None if waiting else snapshot.taken_at,
        )
    past = past.with_invitations(ids)
    if waiting:
        # GitHub may have changed one in place that was to be replaced by another.
        forgiven = tuple(number for number in past.forgiven if number not in waiting)
        return replace(
            past,
            forgiven=forgiven,
            member_until=None,
            left=False,
            taken=False,
            joined=(),
        )
    return past


def _name_of_today(
    wanted: Iterable[Login], snapshot: Snapshot, bindings: Mapping[Login, int]
) -> Callable[[Login], Login]:
    """Under which one of their names somebody is remembered.

    The one that GitHub shows; of somebody whom it does not show, the one in the files.
    """
    names = {
        number: login for login in wanted if (number := bindings.get(login)) is not None
    }
    names |= {
        found.id: found.resource.login
        for found in snapshot.each(Member)
        if found.id is not None
    }

    def name(login: Login) -> Login:
        number = bindings.get(login)
        return login if number is None else names.get(number, login)

    return name


def _wanted(
    desired: Desired, snapshot: Snapshot, bindings: Mapping[Login, int]
) -> Iterator[Login]:
    for declared in desired.declared.values():
        member = declared.resource
        if type(member) is Member:
            if isinstance(member.login, EmailAddress):
                box = Mailbox.of(member.login, snapshot.organization.id)
                yield login_behind(box, snapshot, bindings) or box.key
            else:
                yield member.login


def _has_account(key: Login, bindings: Mapping[Login, int]) -> bool:
    return is_mailbox(key) and key in bindings


def replaced(
    state: State, desired: Desired, person: Login
) -> dict[Login, tuple[int, ...]]:
    """The invitations whose place another one to *person* takes.

    By the key under which a past has them: they did not come to nothing, so they do
    not count.
    """
    snapshot = state.snapshot
    if snapshot is None:
        return {}
    boxes: dict[Login, Mailbox] = {}
    if declared := desired.declared.get(Member.at(person)):
        one = Desired({declared.resource.address: declared})
        boxes = dict(mailboxes_of(one, snapshot.organization.id))
    box = boxes.get(person)
    found = snapshot.observed.get(Member.at(person))
    waited = [found.invitation] if found and found.standing is Standing.INVITED else []
    waited += [each for each in snapshot.others if box and _went_to(each, box)]
    gone = frozenset[int]().union(*(_ids(each) for each in waited if each))
    key = box.key if box and isinstance(person, EmailAddress) else person
    return {key: tuple(sorted(gone))} if gone and key in state.past else {}


def with_forgiven(state: State, gone: Mapping[Login, tuple[int, ...]]) -> State:
    """*state* after other invitations went out in the place of *gone*.

    They are forgiven and not forgotten, or a lock file that has them would bring them
    back.
    """
    past = dict(state.past)
    for key, ids in gone.items():
        forgiven = tuple(sorted({*past[key].forgiven, *ids}))
        past[key] = replace(past[key], forgiven=forgiven)
    return replace(state, past=past)


def with_taken(state: State, key: Login) -> State:
    """*state* after GitHub said that the mailbox *key* is a member's already."""
    past = replace(state.past.get(key, Past()), taken=True)
    return replace(state, past={**state.past, key: past})


def _went_to(invitation: Invitation, box: Mailbox) -> bool:
    sent_to = invitation.mailbox
    return sent_to is not None and sent_to.fingerprint == box.fingerprint
