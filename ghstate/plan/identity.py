"""Who is meant: logins in the files, held against GitHub's numeric ids.

People are known by id. A login that was renamed is followed, a login that somebody
else has taken over is an error, and nobody is removed or invited because a name
moved (traps T22, T23, T25).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox, is_mailbox
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Past
from ghstate.model.resource import Declared, Observed, Resource, Standing
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.guessing import Guess
from ghstate.plan.identity_remarks import (
    changed_hands,
    gone,
    moved,
    twice,
    two_roles,
    two_roles_in,
    unknown,
    unknown_so_far,
    unresolved,
    with_suggestion,
)
from ghstate.plan.inviting_remarks import accepted, accepted_and_named


class Account(msgspec.Struct, frozen=True):
    """A user account on GitHub, whether in the organization or not."""

    id: int
    login: Login


class Known(msgspec.Struct, frozen=True):
    """What is known besides the snapshot.

    *bindings* are the ids that logins had when they were first seen. *accounts* are
    fresh answers from GitHub; None is GitHub's "no such user". A login in neither
    has not been asked about. *teams* are the ids of the teams that were managed,
    *past* is what is remembered of people who are not members. Without *memory*, what
    is not known may have been all the same: nothing was kept of an earlier apply.
    *locked* is what the lock file has, where there is one. *made* is what applies have
    changed lately, and *drift* what others have since the last one.
    """

    bindings: Mapping[Login, int] = msgspec.field(default_factory=dict)
    accounts: Mapping[Login, Account | None] = msgspec.field(default_factory=dict)
    teams: Mapping[Slug, int] = msgspec.field(default_factory=dict)
    past: Mapping[Login, Past] = msgspec.field(default_factory=dict)
    memory: bool = True
    locked: Locked | None = None
    made: Mapping[Address, tuple[Made, ...]] = msgspec.field(default_factory=dict)
    drift: Mapping[Address, Drift] = msgspec.field(default_factory=dict)


class Identified(msgspec.Struct, frozen=True):
    """The files and the snapshot with every person under the name they have now.

    People in *unclear* are in neither: nothing is concluded about them.
    """

    desired: Desired
    observed: Mapping[Address, Observed[Resource]]
    unclear: frozenset[Login]
    notes: tuple[Note, ...]


def login_behind(
    mailbox: Mailbox,
    snapshot: Snapshot,
    bindings: Mapping[Login, int],
    accounts: Mapping[Login, Account | None] | None = None,
) -> Login | None:
    """The login of the account that accepted an invitation to *mailbox*, if one did.

    The one in the organization; of somebody who has gone, a name that is known to be
    theirs by now, or else one that they had. Who has that today is another question.
    """
    number = bindings.get(mailbox.key)
    if number is None:
        return None
    for found in snapshot.each(Member):
        if found.id == number:
            return found.resource.login
    names = sorted(
        login
        for login, bound in bindings.items()
        if bound == number and not is_mailbox(login)
    )
    for login in names:
        account = (accounts or {}).get(login)
        if account is not None and account.id == number:
            return login
    return names[0] if names else None


def unseen(
    desired: Desired, snapshot: Snapshot, bindings: Mapping[Login, int] | None = None
) -> tuple[Login, ...]:
    """The logins whose id is not known yet, to be looked up.

    Those of the files that the snapshot does not know, and those of waiting people:
    GitHub lists an invitation without the id of its account, and the account may be
    called something else by tomorrow (traps T22). Whoever is missing may be one whose
    invitation failed under another name.
    """
    idle = (each.resource.person for each in desired.idle)
    named = {
        login
        for login in (*_people(desired), *filter(None, idle))
        if Member.at(login) not in snapshot.observed
        and not isinstance(login, EmailAddress)
    }
    named |= set(_behind_addresses(desired, snapshot, bindings or {}))
    waiting = {
        found.resource.login
        for found in snapshot.each(Member)
        if found.id is None
        and (found.standing is Standing.INVITED or (named and _failed(found)))
    }
    return tuple(sorted(named | waiting))


def _behind_addresses(
    desired: Desired, snapshot: Snapshot, bindings: Mapping[Login, int]
) -> Iterator[Login]:
    """Every name of those who accepted an invitation by e-mail, and are gone."""
    here = {found.id for found in snapshot.each(Member)}
    gone = {
        number
        for person in _people(desired)
        if isinstance(person, EmailAddress)
        and (number := bindings.get(_key(person, snapshot))) is not None
        and number not in here
    }
    for login, number in bindings.items() if gone else ():
        if number in gone and not is_mailbox(login):
            yield login


def _key(address: EmailAddress, snapshot: Snapshot) -> Login:
    return Mailbox.of(address, snapshot.organization.id).key


def _failed(found: Observed[Member]) -> bool:
    return found.standing is Standing.FAILED


def identify(desired: Desired, snapshot: Snapshot, known: Known) -> Identified:
    """Follow renames, and set aside whoever cannot be told for certain."""
    here = {
        found.id: found.resource.login
        for found in snapshot.each(Member)
        if found.id is not None
    }
    everybody = _people(desired)
    now_called: dict[Login, Login] = {}
    unclear: set[Login] = set()
    strangers: list[Login] = []
    notes: list[Note] = []
    for login, pinned in sorted(everybody.items()):
        verdict = _verdict(login, pinned, here, snapshot, known)
        if isinstance(verdict, _Unclear):
            unclear.add(login)
            unclear.update(verdict.also_unclear)
            if verdict.note.code == "unknown-login":
                strangers.append(login)
            else:
                notes.append(verdict.note)
            continue
        now_called[login] = verdict
        by_login = not isinstance(login, EmailAddress)
        if by_login and verdict == login and _is_unresolved(login, snapshot, known):
            notes.append(unresolved(login))
    for login, now in list(now_called.items()):
        if now in unclear:
            # Their name of today is the one that somebody else has in the files.
            unclear.add(login)
            del now_called[login]
    aside = _aside(desired, everybody, here, snapshot, known)
    doubles = _doubles(desired, now_called, aside.now_called)
    unclear |= doubles.unclear
    asides = [*aside.notes, *doubles.notes]
    if strangers or aside.strangers:
        known_names = {*here.values(), *everybody} - {*strangers, *aside.strangers}
        guess = Guess(sorted(known_names), alike=0.75)
        notes += (with_suggestion(unknown(each), each, guess) for each in strangers)
        asides += (
            with_suggestion(unknown_so_far(each), each, guess)
            for each in aside.strangers
        )
    rewritten = _rewritten(desired, now_called, unclear, doubles.dropped)
    return Identified(
        desired=_ended_by_names_of_today(rewritten, {**aside.now_called, **now_called}),
        observed={
            address: found
            for address, found in snapshot.observed.items()
            if found.resource.person not in unclear
        }
        if unclear
        else snapshot.observed,
        unclear=frozenset(unclear),
        notes=(*notes, *asides),
    )


def _verdict(
    login: Login,
    number: int | None,
    here: Mapping[int, Login],
    snapshot: Snapshot,
    known: Known,
) -> Login | _Unclear:
    """What somebody in the files, by login or by address, is called now."""
    name = login
    if isinstance(login, EmailAddress):
        mailbox = Mailbox.of(login, snapshot.organization.id)
        number = known.bindings.get(mailbox.key)
        behind = login_behind(mailbox, snapshot, known.bindings, known.accounts)
        if behind is None:
            return login
        name = behind
    return _identify_one(name, number, here, snapshot, known)


class _Aside(msgspec.Struct, frozen=True):
    """People whom the files name without asking for anything today."""

    now_called: Mapping[Login, Login]
    strangers: tuple[Login, ...]
    """Who is to come by a date, and whom GitHub does not know."""

    notes: tuple[Note, ...]


def _aside(
    desired: Desired,
    everybody: Mapping[Login, int | None],
    here: Mapping[int, Login],
    snapshot: Snapshot,
    known: Known,
) -> _Aside:
    pins = _pins(desired)
    # With a later line for the same person, whether it is to come is no question.
    to_come = {
        person: each.resource.address not in desired.ended
        for each in desired.idle
        if (person := each.resource.person) is not None and person not in desired.never
    }
    now_called: dict[Login, Login] = {}
    strangers: list[Login] = []
    notes: list[Note] = []
    for login in sorted({*to_come, *desired.mentioned} - everybody.keys()):
        mentioned = login in desired.mentioned
        verdict = _verdict(login, pins.get(login), here, snapshot, known)
        if not isinstance(verdict, _Unclear):
            now_called[login] = verdict
            if verdict != login and mentioned:
                # In an `except`, the account is not kept out by its former name.
                notes.append(replace(_moved(login, verdict), severity=Severity.WARNING))
            elif verdict != login and not isinstance(login, EmailAddress):
                named = verdict in everybody
                notes.append(twice(login, verdict) if named else moved(login, verdict))
        elif verdict.note.code == "unknown-login" and to_come.get(login):
            strangers.append(login)
        elif verdict.note.code == "identity-changed" and mentioned:
            # In an `except`, it is the other one who is let in now.
            notes.append(replace(verdict.note, severity=Severity.WARNING))
    return _Aside(now_called, tuple(strangers), tuple(notes))


def _pins(desired: Desired) -> dict[Login, int]:
    """The ids that the files give, on whatever day the line holds."""
    return {
        person: each.id
        for lines in (desired.idle, desired.declared.values())
        for each in lines
        if each.id is not None and (person := each.resource.person) is not None
    }


def _ended_by_names_of_today(
    desired: Desired, now_called: Mapping[Login, Login]
) -> Desired:
    """*desired*, with what has ended at the names that GitHub has today."""
    if not desired.ended:
        return desired
    moved = {
        each.resource.address: each.resource.given_to(now).address
        for each in desired.idle
        if (person := each.resource.person) is not None
        and (now := now_called.get(person, person)) != person
    }
    ended = frozenset(moved.get(address, address) for address in desired.ended)
    return replace(desired, ended=ended)


def _is_unresolved(login: Login, snapshot: Snapshot, known: Known) -> bool:
    return (
        login not in known.accounts
        and login not in known.bindings
        and Member.at(login) not in snapshot.observed
    )


class _Doubles(msgspec.Struct, frozen=True):
    """What follows from names that have changed, or mean one account together."""

    dropped: frozenset[Login]
    """Lines of members that say again what another line says."""

    unclear: frozenset[Login]
    notes: tuple[Note, ...]


def _doubles(
    desired: Desired, now_called: Mapping[Login, Login], aside: Mapping[Login, Login]
) -> _Doubles:
    """What several names of one account say together.

    Lines that do not hold today count, too: a day that comes gives nobody more. They
    are *aside*, unless their people have other lines that hold.
    """
    names: dict[Login, list[Login]] = {}
    for login, now in now_called.items():
        names.setdefault(now, []).append(login)
    on_other_days: dict[Login, list[Login]] = {}
    for login, now in aside.items():
        if now in names:
            on_other_days.setdefault(now, []).append(login)
    dropped: set[Login] = set()
    unclear: set[Login] = set()
    notes: list[Note] = []
    several = {
        now: (*called, *on_other_days.get(now, ()))
        for now, called in names.items()
        if len(called) > 1 or now in on_other_days
    }
    roles = _roles(desired, several)
    for now, called in names.items():
        everyone = several.get(now, ())
        if found := roles.get(now):
            unclear |= {now, *everyone}
            notes.append(found)
            continue
        if len(called) == 1:
            notes += (_moved(old, now) for old in called if old != now)
            continue
        kept = now if now in called else called[0]
        dropped |= {name for name in called if name != kept}
        notes += (
            _twice(old, now) if old != kept else _moved(old, now)
            for old in called
            if old != now
        )
    return _Doubles(frozenset(dropped), frozenset(unclear), tuple(notes))


def _roles(
    desired: Desired, several: Mapping[Login, tuple[Login, ...]]
) -> dict[Login, Note]:
    """What is wrong with accounts that have *several* names, and two roles by them."""
    now_called = {name: now for now, names in several.items() for name in names}
    given: dict[tuple[Login, Slug | None], dict[Login, OrgRole | TeamRole]] = {}
    # As they are written: a line that does not hold today goes over what is left.
    for each in (*desired.declared.values(), *desired.idle) if several else ():
        match each.resource:
            case Member(login=login, role=role) if login in now_called:
                given.setdefault((now_called[login], None), {})[login] = role
            case TeamMember(team=slug, login=login, role=place) if login in now_called:
                given.setdefault((now_called[login], slug), {})[login] = place
            case _:
                pass
    notes: dict[Login, Note] = {}
    for (now, team), roles in given.items():
        if len(set(roles.values())) > 1:
            names = [name for name in several[now] if name in roles]
            wrong = two_roles_in(team, now, names) if team else two_roles(now, names)
            notes.setdefault(now, wrong)
    return notes


def _moved(old: Login, now: Login) -> Note:
    by_mail = isinstance(old, EmailAddress)
    return accepted(old, now) if by_mail else moved(old, now)


def _twice(old: Login, now: Login) -> Note:
    by_mail = isinstance(old, EmailAddress)
    return accepted_and_named(old, now) if by_mail else twice(old, now)


class _Unclear(msgspec.Struct, frozen=True):
    note: Note
    also_unclear: tuple[Login, ...] = ()


def _identify_one(
    login: Login,
    pinned: int | None,
    here: Mapping[int, Login],
    snapshot: Snapshot,
    known: Known,
) -> Login | _Unclear:
    """The login this person has now, or why that cannot be said."""
    expected = pinned if pinned is not None else known.bindings.get(login)
    found = snapshot.observed.get(Member.at(login))
    asked = login in known.accounts
    account = known.accounts.get(login)
    holder = found.id if found else None
    if holder is None and account is not None:
        # An invitation by e-mail is found without the id of its account.
        holder = account.id
    spelled = found.resource.person if found else account.login if account else None
    if expected is None:
        if asked and account is None and found is None:
            return _Unclear(unknown(login))
        return spelled or login
    if holder is not None and holder != expected:
        now = here.get(expected)
        return _Unclear(
            changed_hands(login, expected, holder, now), (now,) if now else ()
        )
    if holder is None:
        if now := here.get(expected):
            return now
        if asked:
            return _Unclear(gone(login, expected))
    return spelled or login


def _people(desired: Desired) -> dict[Login, int | None]:
    """Everybody for whom the files ask something, with the id they are pinned to.

    A line that does not hold today pins all the same.
    """
    pins = _pins(desired)
    return {
        login: pins.get(login)
        for declared in desired.declared.values()
        if (login := declared.resource.person) is not None
    }


def _rewritten(
    desired: Desired,
    now_called: Mapping[Login, Login],
    unclear: set[Login],
    dropped: frozenset[Login],
) -> Desired:
    """*desired* under today's names, without the people who are unclear."""
    if not unclear and not any(
        now_called[login].spelled != login.spelled
        for each in desired.declared.values()
        if (login := each.resource.person) is not None
    ):
        return desired
    declared: dict[Address, Declared[Resource]] = {}
    for address, each in desired.declared.items():
        login = each.resource.person
        if login is None:
            declared[address] = each
        elif login not in unclear:
            name = now_called[login]
            if name.spelled == login.spelled:
                declared[address] = each
            elif not (login in dropped and type(each.resource) is Member):
                renamed = replace(each, resource=each.resource.given_to(name))
                declared.setdefault(renamed.resource.address, renamed)
    return replace(desired, declared=declared)
