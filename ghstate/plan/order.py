"""The order of an apply: every prefix of it is a state one could stop at.

First what gives, then what takes (traps T55): teams are there before their people,
new owners before old ones go, and a revocation stands behind nothing that may fail.
Contract §3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum, auto

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Slug
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Privacy, Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.plan import Plan


class Phase(IntEnum):
    """When in an apply something happens."""

    RENAME_TEAMS = auto()
    CREATE_TEAMS = auto()
    OPEN_TEAMS = auto()
    MOVE_TEAMS = auto()
    SETTLE_TEAMS = auto()
    REDUCE_INVITATIONS = auto()
    INVITE = auto()
    PROMOTE = auto()
    GRANT = auto()
    DEMOTE = auto()
    DEMOTE_IN_TEAMS = auto()
    REVOKE = auto()
    CANCEL = auto()
    REMOVE = auto()
    DELETE_TEAMS = auto()
    INVITE_AGAIN = auto()
    """What has to wait for something to be gone: the sender, or whoever had the
    seat."""


_INVITING = (Phase.INVITE, Phase.INVITE_AGAIN)


class Task(msgspec.Struct, frozen=True):
    """One call's worth of a change: the whole of it, or some *fields* of a team."""

    change: Change
    phase: Phase
    fields: frozenset[str]
    last: bool = True
    """Is the change complete when this is done?"""

    places: tuple[TeamMember, ...] = ()
    """Places in teams that go with it: those that an invitation carries, or those
    that the plan gives in a team that is created."""

    after: frozenset[Address] = frozenset()
    """Changes without which this one must not be made."""

    @property
    def address(self) -> Address:
        return self.change.address


def tasks(plan: Plan) -> tuple[Task, ...]:
    """Everything in *plan*, one call after the other."""
    places = _places(plan.changes)
    parents = _final_parents(plan)
    created = {c.address for c in plan.changes if isinstance(c, Create)}
    found = [
        replace(
            task,
            places=places.get(task.address, ()),
            after=frozenset(_needs(task, plan, created)),
        )
        for change in plan.changes
        if change.reason is not Reason.WITH_INVITATION
        for task in _split(change)
    ]
    found = list(_after_demotions(found))
    if _seats_are_short(plan):
        found = [
            replace(task, phase=Phase.INVITE_AGAIN)
            if task.phase is Phase.INVITE and isinstance(task.change, Create)
            else task
            for task in found
        ]
    found.sort(key=lambda task: _sort_key(task, parents))
    return tuple(_renames_first(found))


def _seats_are_short(plan: Plan) -> bool:
    """Are there more people to invite than seats, so that removals come first?"""
    if plan.seats is None:
        return False
    invited = sum(
        1
        for change in plan.changes
        if isinstance(change, Create) and isinstance(change.after, Member)
    )
    return invited > plan.seats.free


def _after_demotions(tasks: Iterable[Task]) -> Iterator[Task]:
    """Put a demoted owner into a team as a member only when they are no owner.

    GitHub makes whoever is an owner at that moment the team's maintainer, and leaves
    them that (traps T33).
    """
    tasks = tuple(tasks)
    demoted = {
        task.change.resource.person for task in tasks if task.phase is Phase.DEMOTE
    }
    for task in tasks:
        match task.change:
            case Create(after=TeamMember(login=login, role=TeamRole.MEMBER)) if (
                login in demoted
            ):
                yield replace(task, phase=Phase.DEMOTE_IN_TEAMS)
            case _:
                yield task


def _places(changes: Iterable[Change]) -> dict[Address, tuple[TeamMember, ...]]:
    """New places in teams, by the invitation that carries them and by their team."""
    found: dict[Address, tuple[TeamMember, ...]] = {}
    for change in changes:
        place = change.resource
        if not (isinstance(change, Create) and isinstance(place, TeamMember)):
            continue
        at = [Team.at(place.team)]
        if change.reason is Reason.WITH_INVITATION:
            at.append(Member.at(place.login))
        for address in at:
            found[address] = (*found.get(address, ()), place)
    return found


def _needs(task: Task, plan: Plan, created: set[Address]) -> Iterator[Address]:
    """What must have been done before *task*, or it would do harm."""
    change = task.change
    if isinstance(change, Create) and change.needs_gone:
        yield change.needs_gone
    yield from (need for need in change.requires() if need in created)
    if isinstance(change, Delete) and isinstance(change.resource, Team):
        for other in plan.changes:
            if stood_under(other) == change.resource.slug:
                yield other.address


def stood_under(change: Change) -> Slug | None:
    """The team along with which GitHub would delete the team of *change*."""
    before = change.before
    if before is None or not isinstance(before.resource, Team):
        return None
    return before.resource.parent


def _split(change: Change) -> Iterator[Task]:
    """The calls that one change takes; only teams ever need more than one."""
    if not (isinstance(change, Update) and isinstance(change.after, Team)):
        yield Task(change, _phase(change), frozenset())
        return
    changed = {name for name, _, _ in change.fields()}
    parts: list[tuple[Phase, set[str]]] = []
    if change.reason is Reason.RENAME:
        parts.append((Phase.RENAME_TEAMS, {"name"}))
        changed -= {"name", "slug"}
    if "privacy" in changed and change.after.privacy is Privacy.CLOSED:
        parts.append((Phase.OPEN_TEAMS, {"privacy"}))
        changed.discard("privacy")
    if "parent" in changed:
        parts.append((Phase.MOVE_TEAMS, {"parent"}))
        changed.discard("parent")
    if changed:
        parts.append((Phase.SETTLE_TEAMS, changed))
    for number, (phase, names) in enumerate(parts, start=1):
        yield Task(change, phase, frozenset(names), last=number == len(parts))


def _phase(change: Change) -> Phase:
    match change:
        case Create(after=Team()):
            return Phase.CREATE_TEAMS
        case Create(after=Member(), needs_gone=None):
            return Phase.INVITE
        case Create(after=Member()):
            return Phase.INVITE_AGAIN
        case Create():
            return Phase.GRANT
        case Delete(reason=Reason.CANCEL_INVITATION):
            return Phase.CANCEL
        case Delete(before=Observed(resource=Member())):
            return Phase.REMOVE
        case Delete(before=Observed(resource=Team())):
            return Phase.DELETE_TEAMS
        case Delete():
            return Phase.REVOKE
        case Update():
            return _role_phase(change)


def _role_phase(change: Update) -> Phase:
    match change.after:
        case Member(role=OrgRole.ADMIN) if change.reason is Reason.CHANGE_ROLE:
            return Phase.PROMOTE
        case Member() if change.reason is Reason.CHANGE_ROLE:
            return Phase.DEMOTE
        case Member() if change.reason is Reason.RENEW:
            # Where no more can be sent today, no other may be cancelled for it.
            return Phase.INVITE
        case Member(role=OrgRole.MEMBER):
            return Phase.REDUCE_INVITATIONS
        case Member():
            return Phase.INVITE
        case TeamMember(role=TeamRole.MEMBER):
            return Phase.DEMOTE_IN_TEAMS
        case _:
            return Phase.GRANT


def _final_parents(plan: Plan) -> Mapping[Slug, Slug | None]:
    """The parent that each team of the plan ends under, or stood under if it goes."""
    return {
        change.resource.slug: change.resource.parent
        for change in plan.changes
        if isinstance(change.resource, Team)
    }


def _sort_key(
    task: Task, parents: Mapping[Slug, Slug | None]
) -> tuple[int, int, Address]:
    resource: Resource = task.change.resource
    depth = 0
    if isinstance(resource, Member) and task.phase in _INVITING:
        # Owners first: where GitHub takes no more invitations today, they count most.
        depth = int(resource.role is not OrgRole.ADMIN)
    if isinstance(resource, Team):
        depth = _depth(resource.slug, parents)
        if task.phase is Phase.DELETE_TEAMS:
            depth = -depth
    return (task.phase, depth, task.change.address)


def _depth(slug: Slug, parents: Mapping[Slug, Slug | None]) -> int:
    """How many of the plan's teams stand above *slug*.

    Moves and creations go from the top down, so that a team's way up is final
    before anything is put under it; deletions go from the bottom up.
    """
    depth = 0
    seen = {slug}
    while (above := parents.get(slug)) is not None and above not in seen:
        depth += 1
        seen.add(above)
        slug = above
    return depth


def _renames_first(ordered: list[Task]) -> Iterator[Task]:
    """Rename into a slug only when the team that had it has been renamed itself."""
    renames = [task for task in ordered if task.phase is Phase.RENAME_TEAMS]
    taken = {_old_slug(task.change): task for task in renames}
    done: set[Slug] = set()

    def follow(task: Task) -> Iterator[Task]:
        old = _old_slug(task.change)
        if old in done:
            return
        done.add(old)
        new = task.change.resource
        if isinstance(new, Team) and new.slug in taken:
            yield from follow(taken[new.slug])
        yield task

    for task in renames:
        yield from follow(task)
    yield from (task for task in ordered if task.phase is not Phase.RENAME_TEAMS)


def _old_slug(change: Change) -> Slug:
    before = change.before
    assert before is not None  # noqa: S101 - a rename is an update
    assert isinstance(before.resource, Team)  # noqa: S101 - and of a team
    return before.resource.slug
