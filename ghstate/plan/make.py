"""The difference between what was asked for and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar, cast

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Declared, Observed, Resource, Standing
from ghstate.model.team import TEAMS, Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.identity import Known, identify
from ghstate.plan.membership import Step, step
from ghstate.plan.plan import Plan, Waiting
from ghstate.plan.renames import follow_renames
from ghstate.plan.tree import team_errors

R = TypeVar("R", bound=Resource)


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
    people = identify(desired, snapshot, known or Known())
    teams = follow_renames(people.desired, people.observed)
    maker = _Maker(people.desired, teams.observed, teams.before, policy, snapshot)
    maker.notes += (*people.notes, *teams.notes)
    maker.unclear = people.unclear
    maker.compare_people()
    maker.compare_the_rest()
    maker.drop_impossible_teams()
    maker.add_team_errors()
    maker.fold()
    maker.remark(managed_before)
    return maker.plan(empty=not desired.declared and not desired.managed)


class _Maker:
    """The plan while it is being made; each method is one pass over it."""

    def __init__(
        self,
        desired: Desired,
        observed: Mapping[Address, Observed[Resource]],
        renamed: Mapping[Address, Observed[Team]],
        policy: Policy,
        snapshot: Snapshot,
    ) -> None:
        self.desired = desired
        self.observed = observed
        self.renamed = renamed
        self.policy = policy
        self.snapshot = snapshot
        self.unclear: frozenset[Login] = frozenset()
        self.changes: dict[Address, Change] = {}
        self.waiting: dict[Address, Observed[Resource]] = {}
        self.notes: list[Note] = []
        self.implied: dict[Address, list[Observed[Resource]]] = defaultdict(list)
        self.held: set[Address] = set()
        self.owners_after: set[Login] = set()

    # People -------------------------------------------------------------------

    def compare_people(self) -> None:
        addresses = {
            address
            for address in (*self.desired.declared, *self.observed)
            if address.collection == MEMBERS
        }
        managed = MEMBERS in self.desired.managed
        for address in sorted(addresses):
            have = _as(Member, self.observed.get(address))
            if managed:
                self._compare_person(address, have)
        self._send_again()
        for found in self.observed.values():
            member = found.resource
            if not isinstance(member, Member) or found.standing is not Standing.ACTIVE:
                continue
            change = self.changes.get(member.address)
            admin = member.role is OrgRole.ADMIN
            match change:
                case Update(after=Member(role=role)):
                    admin = role is OrgRole.ADMIN
                case Delete():
                    admin = False
                case _:
                    pass
            if admin:
                self.owners_after.add(member.login)

    def _compare_person(self, address: Address, have: Observed[Member] | None) -> None:
        want = cast("Declared[Member] | None", self.desired.declared.get(address))
        decided = step(want, have, self.policy.wrong_role)
        if decided is Step.KEEP:
            self._remark_kept(address, want, have)
            return
        if self._is_kept_by_others(address, have) or self._is_ignored(address, want):
            return
        change = _person_change(decided, want, have)
        if change is None and have:
            self.waiting[address] = have
            if want and want.resource.role is not have.resource.role:
                self.notes.append(_other_role(address, want.resource, have))
        elif change:
            if decided is Step.REINVITE:
                self.notes.append(_ended(address, have))
            if not self._unless_held(change) and have and decided is Step.REPLACE:
                self.waiting[address] = have

    def _send_again(self) -> None:
        """Send again what GitHub cancels when the sender goes or is demoted (T17)."""
        leaving = {
            change.address: change.resource.person
            for change in self.changes.values()
            if isinstance(change.resource, Member)
            and (
                isinstance(change, Delete)
                or (
                    change.reason is Reason.CHANGE_ROLE
                    and change.resource.role is OrgRole.MEMBER
                )
            )
        }
        if not leaving:
            return
        senders = {login: address for address, login in leaving.items()}
        for address, have in sorted(self.waiting.items()):
            invitation = have.invitation
            inviter = invitation.inviter if invitation else None
            want = self.desired.declared.get(address)
            if inviter not in senders or want is None:
                continue
            again = Create(want.resource, Reason.REINVITE, needs_gone=senders[inviter])
            self.notes.append(_sender_leaves(address, inviter))
            if self._unless_held(again):
                del self.waiting[address]

    def _remark_kept(
        self,
        address: Address,
        want: Declared[Member] | None,
        have: Observed[Member] | None,
    ) -> None:
        if want is None and have and have.standing is Standing.INVITED:
            assert have.invitation  # noqa: S101 - kept only because of what it is
            self.notes.append(_not_ours(address, have.invitation))

    # Everything else ----------------------------------------------------------

    def compare_the_rest(self) -> None:
        addresses = {
            address
            for address in (*self.desired.declared, *self.observed)
            if address.collection != MEMBERS
        }
        for address in sorted(addresses):
            want = self.desired.declared.get(address)
            have = self.observed.get(address)
            if want is None and (have is None or not self.desired.manages(address)):
                continue
            self._compare(address, want, have)

    def _compare(
        self,
        address: Address,
        want: Declared[Resource] | None,
        have: Observed[Resource] | None,
    ) -> None:
        """The one change that turns *have* into *want*, if they differ."""
        if want is None:
            if have and not self._is_left_alone(address, want, have):
                reason = Reason.DELETE if _is_team(have) else Reason.REMOVE
                self._unless_hidden(Delete(have, reason))
        elif have is None:
            if not self._is_left_alone(address, want, have):
                self._create(address, want)
        else:
            after = self._after(want, have)
            renamed = self.renamed.get(address)
            if renamed is not None and isinstance(after, Team):
                name = cast("Team", want.resource).name
                after = replace(after, name=name)
                managed = want.fields | {"name"}
                change = Update(renamed, after, managed, Reason.RENAME)
            elif after == have.resource:
                return
            else:
                reason = (
                    Reason.CHANGE_ROLE
                    if isinstance(after, TeamMember)
                    else Reason.UPDATE
                )
                change = Update(have, after, want.fields, reason)
            if not self._is_left_alone(address, want, have):
                self.changes[address] = change

    def _create(self, address: Address, want: Declared[Resource]) -> None:
        resource = want.resource
        if not isinstance(resource, TeamMember):
            self.changes[address] = Create(resource, Reason.CREATE)
            return
        if resource.login in self.owners_after:
            resource = replace(resource, role=TeamRole.MAINTAINER)
        at = Member.at(resource.login)
        person = self.observed.get(at)
        change = self.changes.get(at)
        if person and person.standing is not Standing.FAILED:
            self.changes[address] = Create(resource, Reason.ADD)
        elif isinstance(change, Create):
            self.changes[address] = Create(resource, Reason.WITH_INVITATION)
        elif at in self.held:
            self._hold(
                address,
                f"{resource.login.spelled} is not invited, "
                f"and so not put into {resource.team}",
            )
        else:
            self.notes.append(_not_a_member(address, resource))

    def _after(self, want: Declared[Resource], have: Observed[Resource]) -> Resource:
        """What *have* becomes, with what GitHub decides by itself taken into account.

        Owners are maintainers of their teams, whatever anybody asks (traps T33);
        an invitation to a team satisfies, whatever its role.
        """
        found = have.resource
        if not isinstance(found, TeamMember):
            return want.onto(found)
        if have.standing is Standing.INVITED or found.login in self.owners_after:
            return found
        return want.onto(found)

    # What keeps a change from being planned -----------------------------------

    def _unless_held(self, change: Change) -> bool:
        """Plan *change*, unless a setting or an incomplete read holds it back."""
        takes = isinstance(change, Delete)
        allowed = self.policy.remove if takes else self.policy.invite
        if change.reason is Reason.CHANGE_ROLE or allowed:
            return self._unless_hidden(change)
        feature = "remove" if takes else "invite"
        words = _HELD_WORDS[change.reason].format(change.resource.person.spelled)  # type: ignore[union-attr]  # people only
        self._hold(change.address, f'{words}: "{feature}" is not among the features')
        return False

    def _unless_hidden(self, change: Change) -> bool:
        """Plan *change*, unless it takes away on the word of an incomplete read."""
        collection = change.address.collection
        if isinstance(change, Delete) and collection in self.snapshot.hidden:
            words = f"{change.address} is not removed: GitHub did not show all of"
            self._hold(change.address, f"{words} {collection}")
            return False
        self.changes[change.address] = change
        return True

    def _hold(self, address: Address, summary: str) -> None:
        self.held.add(address)
        self.notes.append(Note(address, "held-back", Severity.INFO, summary))

    def _is_left_alone(
        self,
        address: Address,
        want: Declared[Resource] | None,
        have: Observed[Resource] | None,
    ) -> bool:
        team = self.observed.get(Address(*address[:2]))
        return (
            self._is_kept_by_others(address, have)
            or (team is not have and self._is_kept_by_others(address, team))
            or self._is_ignored(address, want)
        )

    def _is_kept_by_others(
        self, address: Address, have: Observed[Resource] | None
    ) -> bool:
        if have is None or have.kept_by is None:
            return False
        self.notes.append(
            Note(
                address,
                "externally-managed",
                Severity.WARNING,
                f"{address} is managed by {have.kept_by}; "
                "ghstate cannot and will not change it",
                "take it out of the files" if address in self.desired.declared else "",
            )
        )
        return True

    def _is_ignored(self, address: Address, want: Declared[Resource] | None) -> bool:
        found = self.observed.get(address)
        resource = want.resource if want else found.resource if found else None
        person = resource.person if resource else None
        if person is None or not self.policy.ignores(person):
            return False
        if want:
            summary = f"{person.spelled} is ignored by the settings, and so left alone"
            self.notes.append(Note(address, "ignored", Severity.INFO, summary))
        return True

    # Passes over the whole plan -----------------------------------------------

    def drop_impossible_teams(self) -> None:
        """Take out team changes that cannot be, until the rest stands by itself."""
        teams = {
            found.resource.slug: found.resource
            for found in self.observed.values()
            if isinstance(found.resource, Team)
        }
        self._team_errors: dict[Slug, Note] = {}
        while True:
            changes = {
                change.resource.slug: change
                for change in self.changes.values()
                if isinstance(change.resource, Team)
            }
            errors = dict(team_errors(changes, teams))
            if not errors:
                return
            self._team_errors |= errors
            for slug in errors:
                del self.changes[Team.at(slug)]

    def add_team_errors(self) -> None:
        """Say why, and leave out what would stand in a team that will not be there."""
        for slug, note in sorted(self._team_errors.items()):
            self.notes.append(note)
            if Team.at(slug) in self.observed:
                continue
            below = TeamMember.all_of(slug)
            for address in [a for a in self.changes if a.within(below)]:
                del self.changes[address]

    def fold(self) -> None:
        """Put what GitHub does by itself under the change that brings it about."""
        gone_people = {
            change.resource.person: address
            for address, change in self.changes.items()
            if isinstance(change, Delete) and isinstance(change.resource, Member)
        }
        gone_teams = {
            change.resource.slug: address
            for address, change in self.changes.items()
            if isinstance(change, Delete) and isinstance(change.resource, Team)
        }
        if not gone_people and not gone_teams:
            return
        for address, found in self.observed.items():
            place = found.resource
            if not isinstance(place, TeamMember):
                continue
            cause = gone_people.get(place.login) or gone_teams.get(place.team)
            if cause:
                self.implied[cause].append(found)
                self.changes.pop(address, None)

    def remark(self, managed_before: frozenset[Address]) -> None:
        """Say what is not in the changes and should not stay unseen."""
        declared = self.desired.declared
        left = sum(
            1
            for address, found in self.observed.items()
            if isinstance(found.resource, Team)
            and address not in declared
            and not self.desired.manages(address)
        )
        if left and (TEAMS in {a.collection for a in declared} or self.desired.absent):
            are = "team is" if left == 1 else "teams are"
            self._say("not-managed", f"{left} {are} not in the files and left alone")
        by_mail = sum(1 for each in self.snapshot.others if each.role.of_a_member)
        if by_mail and MEMBERS in self.desired.managed:
            people = "person was" if by_mail == 1 else "people were"
            self._say(
                "unlisted-email",
                f"{by_mail} {people} invited by e-mail; no file names them",
            )
        for collection, count in sorted(self.snapshot.hidden.items()):
            summary = f"GitHub counts {count} more in {collection} than it shows"
            self.notes.append(
                Note(
                    collection,
                    "incomplete",
                    Severity.WARNING,
                    summary,
                    "nothing is removed there; a deleted or flagged account does this",
                )
            )
        now = self.desired.managed | {
            address for address in declared if address.collection == TEAMS
        }
        gone = managed_before - now - frozenset(self.desired.absent)
        for address in sorted(gone):
            if address.collection in gone and address.collection != Address():
                continue
            if TEAMS in self.desired.managed and address.within(TEAMS):
                continue
            self.notes.append(
                Note(
                    address,
                    "no-longer-managed",
                    Severity.WARNING,
                    f"{address} was managed before and is not in the files any more; "
                    "it stays as it is",
                )
            )

    def _say(self, code: str, summary: str) -> None:
        self.notes.append(Note(None, code, Severity.INFO, summary))

    def plan(self, *, empty: bool) -> Plan:
        snapshot = self.snapshot
        return Plan(
            organization=snapshot.organization,
            snapshot_at=snapshot.taken_at,
            people=sum(
                1
                for found in snapshot.each(Member)
                if found.standing is Standing.ACTIVE
            ),
            teams=sum(1 for _ in snapshot.each(Team)),
            changes=tuple(self.changes[a] for a in sorted(self.changes)),
            waiting=tuple(Waiting(self.waiting[a]) for a in sorted(self.waiting)),
            notes=tuple(sorted(set(self.notes), key=_note_order)),
            implied={a: tuple(each) for a, each in sorted(self.implied.items())},
            held_back=len(self.held),
            removals=_removals(self.changes.values(), self.implied),
            empty_files=empty,
        )


def _removals(
    changes: Iterable[Change],
    implied: Mapping[Address, Iterable[Observed[Resource]]],
) -> dict[str, int]:
    """How many of each kind go, as the removal limit of contract §2.1 counts."""
    counts: dict[str, int] = {}
    for change in changes:
        if not isinstance(change, Delete):
            continue
        kind = change.resource.TYPE
        counts[kind] = counts.get(kind, 0) + 1
        if isinstance(change.resource, Team):
            for each in implied.get(change.address, ()):
                kind = each.resource.TYPE
                counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items()))


def _person_change(
    decided: Step, want: Declared[Member] | None, have: Observed[Member] | None
) -> Change | None:
    """The change that *decided* stands for; None where there is only to wait."""
    match decided, want, have:
        case Step.INVITE, Declared(), _:
            return Create(want.resource, Reason.INVITE)
        case Step.REINVITE, Declared(), _:
            return Create(want.resource, Reason.REINVITE, before=have)
        case Step.UPDATE_ROLE, Declared(), Observed():
            after = want.onto(have.resource)
            return Update(have, after, want.fields, Reason.CHANGE_ROLE)
        case Step.REPLACE, Declared(), Observed():
            after = want.onto(have.resource)
            return Update(have, after, want.fields, Reason.REPLACE_INVITATION)
        case Step.REMOVE, _, Observed():
            return Delete(have, Reason.REMOVE)
        case Step.CANCEL, _, Observed():
            return Delete(have, Reason.CANCEL_INVITATION)
        case _:
            return None


_HELD_WORDS = {
    Reason.INVITE: "{} is not invited",
    Reason.REINVITE: "{} is not invited again",
    Reason.REPLACE_INVITATION: "the invitation of {} keeps its other role",
    Reason.REMOVE: "{} is not removed",
    Reason.CANCEL_INVITATION: "the invitation of {} is not cancelled",
}

_SEVERITIES = list(Severity)


def _note_order(note: Note) -> tuple[int, tuple[str, ...], str, str]:
    return (
        -_SEVERITIES.index(note.severity),
        note.address or (),
        note.code,
        note.summary,
    )


def _as(kind: type[R], found: Observed[Resource] | None) -> Observed[R] | None:
    return (
        cast("Observed[R]", found)
        if found is not None and isinstance(found.resource, kind)
        else None
    )


def _is_team(found: Observed[Resource]) -> bool:
    return isinstance(found.resource, Team)


def _other_role(address: Address, want: Member, have: Observed[Member]) -> Note:
    return Note(
        address,
        "invitation-role",
        Severity.INFO,
        f"{want.login.spelled} is invited as {have.resource.role}; "
        f"the files ask for {want.role}",
        "the role is set once the invitation is accepted",
    )


def _ended(address: Address, have: Observed[Member] | None) -> Note:
    person = have.resource.login.spelled if have else str(address)
    invitation = have.invitation if have else None
    when = (
        f" on {invitation.failed_at:%Y-%m-%d}"
        if invitation and invitation.failed_at
        else ""
    )
    why = (invitation.failed_reason if invitation else None) or "no reason given"
    return Note(
        address,
        "invitation-expired",
        Severity.WARNING,
        f"the invitation of {person} ended{when}: {why}",
    )


def _sender_leaves(address: Address, inviter: Login) -> Note:
    return Note(
        address,
        "inviter-leaves",
        Severity.WARNING,
        f"GitHub cancels this invitation, because {inviter.spelled} sent it "
        "and loses the right to; it is sent again",
    )


def _not_ours(address: Address, invitation: Invitation) -> Note:
    by = (
        "the identity provider"
        if invitation.role.of_a_member
        else f"somebody, as {invitation.role.value.replace('_', ' ')}"
    )
    return Note(
        address,
        "unmanaged-invitation",
        Severity.INFO,
        f"{address[-1]} was invited by {by}; that invitation is not ghstate's to touch",
    )


def _not_a_member(address: Address, place: TeamMember) -> Note:
    return Note(
        address,
        "not-a-member",
        Severity.ERROR,
        f"{place.login.spelled} is not in the organization, "
        f"so {place.team} cannot have them",
        "add them to [members]; a team never invites anybody by itself",
    )
