"""The difference between what was asked for and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.addresses import follow_addresses
from ghstate.plan.draft import Draft
from ghstate.plan.folding import count_removals, fold
from ghstate.plan.identity import Known, identify
from ghstate.plan.people import compare_people
from ghstate.plan.plan import Plan, Waiting
from ghstate.plan.remarks import about_the_lock, about_the_whole
from ghstate.plan.renames import follow_renames
from ghstate.plan.resources import compare_resources
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
    rules over the whole plan are not its business; see `ghstate.rules.guards`.
    """
    known = known or Known()
    mail = follow_addresses(
        desired, snapshot, known.bindings, known.past, known.accounts
    )
    people = identify(desired, mail.snapshot, known)
    mistaken = tuple(mistaken_teams(people.desired, people.observed, known.teams))
    teams = follow_renames(people.desired, people.observed)
    draft = Draft(
        desired=people.desired,
        observed=teams.observed,
        renamed=teams.before,
        policy=policy,
        snapshot=snapshot,
        past=mail.past,
        unlisted=mail.unlisted,
        doubles=tuple(
            (login, each) for login, each in mail.doubles if login not in people.unclear
        ),
        memory=known.memory,
        notes=[
            *people.notes,
            *(note for _, note in mistaken),
            *teams.notes,
        ],
        unclear=frozenset(address for each, _ in mistaken for address in each),
    )
    compare_people(draft)
    compare_resources(draft)
    _drop_impossible_teams(draft)
    fold(draft)
    draft.notes += about_the_whole(draft, managed_before)
    draft.notes += about_the_lock(draft, known)
    return _finished(draft, empty=not desired.declared and not desired.managed)


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


def _finished(draft: Draft, *, empty: bool) -> Plan:
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
