"""The difference between what was asked for and what was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.kinds import kinds_collected
from ghstate.model.mailbox import is_mailbox
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.addresses import follow_addresses
from ghstate.plan.change import Delete
from ghstate.plan.draft import Draft
from ghstate.plan.ends import too_much_at_once
from ghstate.plan.flapping import flapping
from ghstate.plan.folding import count_removals, fold
from ghstate.plan.identity import Known, identify
from ghstate.plan.identity_remarks import ignored_once
from ghstate.plan.kept_out import kept_out
from ghstate.plan.people import compare_people
from ghstate.plan.plan import Plan, Waiting
from ghstate.plan.remarks import about_the_lock, about_the_protected, about_the_whole
from ghstate.plan.renames import follow_renames
from ghstate.plan.resources import compare_resources
from ghstate.plan.target import Scope, notes_within, restrict
from ghstate.plan.team_identity import mistaken_teams
from ghstate.plan.tree import team_errors


def make_plan(
    desired: Desired,
    snapshot: Snapshot,
    policy: Policy,
    *,
    known: Known | None = None,
    managed_before: frozenset[Address] = frozenset(),
) -> Plan:
    """Everything that has to change for *snapshot* to be what *desired* asks.

    A pure function: the same arguments give the same plan, byte for byte. Safety
    rules over the whole plan are not its business; see `ghstate.rules.guards`. With
    targets in *policy* it is restricted to them; see `ghstate.plan.target`.
    """
    known = known or Known()
    out = kept_out(desired, snapshot, known, policy)
    desired = out.desired
    renamed = _ignored_once(policy, desired, snapshot, known)
    if renamed:
        policy = replace(policy, ignore=(*policy.ignore, *renamed))
    targets = policy.targets
    scope = Scope.of(targets, desired, snapshot, known) if targets else None
    mail = follow_addresses(
        desired, snapshot, known.bindings, known.past, known.accounts
    )
    people = identify(desired, mail.snapshot, known)
    mistaken = tuple(mistaken_teams(people.desired, people.observed, known.teams))
    teams = follow_renames(people.desired, people.observed)

    def blank(put_off: frozenset[Address]) -> Draft:
        return Draft(
            desired=people.desired,
            observed=teams.observed,
            renamed=teams.before,
            policy=policy,
            snapshot=snapshot,
            past=mail.past,
            unlisted=tuple(each for each in mail.unlisted if not out.refuses(each)),
            unwanted=tuple(each for each in mail.unlisted if out.refuses(each)),
            never=out.logins,
            put_off=put_off,
            doubles=tuple(
                (login, each)
                for login, each in mail.doubles
                if login not in people.unclear
            ),
            memory=known.memory,
            notes=[
                *people.notes,
                *(ignored_once(before, now) for now, before in renamed.items()),
                *(note for _, note in mistaken),
                *teams.notes,
            ],
            unclear=frozenset(address for each, _ in mistaken for address in each),
        )

    protected = _protected(policy, snapshot, known)
    draft = _decided(blank(frozenset()), scope)
    if late := too_much_at_once(draft, protected):
        draft = _decided(blank(late.addresses), scope)
        draft.notes += late.notes
    draft.notes += desired.remarks
    draft.notes += about_the_whole(draft, managed_before)
    draft.notes += about_the_lock(draft, known)
    draft.notes += about_the_protected(draft, known)
    draft.notes += flapping(draft, known)
    if scope:
        draft.notes = notes_within(draft, scope, desired)
    return _finished(
        draft,
        empty=not desired.declared and not desired.managed,
        kinds_before=_kinds_before(known, managed_before),
        protected=protected,
    )


def _decided(draft: Draft, scope: Scope | None) -> Draft:
    """*draft* with every change, and what goes along with each."""
    compare_people(draft)
    compare_resources(draft)
    _drop_impossible_teams(draft)
    if scope:
        restrict(draft, scope)
    fold(draft)
    return draft


def _drop_impossible_teams(draft: Draft) -> None:
    """Take out team changes that cannot be, until the rest stands by itself.

    Nobody is put into a team that will not be there.
    """
    teams = {
        found.resource.slug: found.resource
        for found in draft.observed.values()
        if isinstance(found.resource, Team)
    }
    errors: dict[Slug, Note] = {}
    while True:
        changes = {team.slug: change for change, team in draft.changes_of(Team)}
        found = dict(team_errors(changes, teams))
        if not found:
            break
        errors |= found
        for slug in found:
            del draft.changes[Team.at(slug)]
    missing = {TeamMember.all_of(slug) for slug in errors if slug not in teams}
    if missing:
        draft.changes = {
            address: change
            for address, change in draft.changes.items()
            if address.collection not in missing
        }
    draft.notes += errors.values()


def _kinds_before(
    known: Known, managed_before: frozenset[Address]
) -> frozenset[str] | None:
    """The kinds that were managed before; None where nothing tells.

    An apply by hand, or a state that was edited, leaves nothing managed.
    """
    locked = known.locked.managed if known.locked else None
    applied = kinds_collected(managed_before if known.memory else ())
    if locked is None and not (known.memory and managed_before):
        return None
    return applied | (locked or frozenset())


def _newly_managed(draft: Draft, before: frozenset[str] | None) -> dict[str, int]:
    """What goes for not being in the files, of kinds that are not among *before*.

    A team that is written to be absent is named, and so is whose last day has passed.
    """
    if before is None:
        return {}
    named = draft.desired.ended.union(draft.desired.absent)
    kinds = (
        change.resource.TYPE
        for address, change in draft.changes.items()
        if isinstance(change, Delete) and address not in named
    )
    return dict(sorted(Counter(each for each in kinds if each not in before).items()))


def _ignored_once(
    policy: Policy, desired: Desired, snapshot: Snapshot, known: Known
) -> dict[Login, Login]:
    """Who had a login that the settings ignore and has another now, by the new one.

    Whom the files name is managed all the same.
    """
    ignored = {
        number: login
        for login, number in known.bindings.items()
        if policy.ignores(login) and not is_mailbox(login)
    }
    found = {
        each.resource.login: ignored[each.id]
        for each in (snapshot.each(Member) if ignored else ())
        if each.id in ignored
    }
    return {
        now: before
        for now, before in sorted(found.items())
        if not policy.ignores(now) and Member.at(now) not in desired.declared
    }


def _protected(policy: Policy, snapshot: Snapshot, known: Known) -> dict[Login, Login]:
    """Who is protected: under the login in the settings, and under a later one."""
    named = {login: login for login in policy.protected}
    numbers = {
        known.bindings[login]: login for login in named if login in known.bindings
    }
    if not numbers:
        return named
    members = ((each.id, each.resource.login) for each in snapshot.each(Member))
    renamed = {login: numbers[number] for number, login in members if number in numbers}
    return renamed | named


def _finished(
    draft: Draft,
    *,
    empty: bool,
    kinds_before: frozenset[str] | None,
    protected: Mapping[Login, Login],
) -> Plan:
    snapshot = draft.snapshot
    active = [x for x in snapshot.each(Member) if x.standing is Standing.ACTIVE]
    return Plan(
        organization=snapshot.organization,
        snapshot_at=snapshot.taken_at,
        people=len(active),
        teams=sum(1 for _ in snapshot.each(Team)),
        changes=tuple(draft.changes[address] for address in sorted(draft.changes)),
        waiting=tuple(_waiting(draft)),
        notes=tuple(sorted(set(draft.notes), key=_note_order)),
        implied={a: tuple(found) for a, found in sorted(draft.implied.items())},
        held_back=len(draft.held),
        held_changes=tuple(
            change for _, change in sorted(draft.held.items()) if change is not None
        ),
        removals=count_removals(draft.changes.values(), draft.implied),
        newly_managed=_newly_managed(draft, kinds_before),
        protected=protected,
        targets=draft.policy.targets,
        seats=snapshot.seats,
        at_once=not snapshot.invites,
        empty_files=empty,
    )


def _waiting(draft: Draft) -> Iterator[Waiting]:
    """Everybody whose answer is awaited, with the teams that they come to."""
    teams: dict[Login, list[Slug]] = defaultdict(list)
    for address, found in draft.observed.items() if draft.waiting else ():
        place = found.resource
        if (
            isinstance(place, TeamMember)
            and found.standing is Standing.INVITED
            and address not in draft.changes
        ):
            teams[place.login].append(place.team)
    for address in sorted(draft.waiting):
        found = draft.waiting[address]
        person = found.resource.person
        yield Waiting(found, tuple(sorted(teams[person])) if person else ())


_SEVERITIES = list(Severity)


def _note_order(note: Note) -> tuple[int, Address, str, str]:
    """The gravest first, then by address."""
    return (
        -_SEVERITIES.index(note.severity),
        note.address or Address(),
        note.code,
        note.summary,
    )
