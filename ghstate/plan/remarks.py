"""What a plan has to say: every note of the planner, in its words."""

from __future__ import annotations

from collections.abc import Iterator

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import Login
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired
from ghstate.model.resource import Declared, Keeper, Observed
from ghstate.model.team import TEAMS, Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.draft import Draft

# About one entry --------------------------------------------------------------


def invited_otherwise(
    address: Address, want: Declared[Member], have: Observed[Member]
) -> Note:
    return Note(
        address,
        "invitation-role",
        Severity.INFO,
        f"{have.resource.login.spelled} is invited as {have.resource.role}; "
        f"the files ask for {want.resource.role}",
        "the role is set once the invitation is accepted",
    )


def invitation_ended(address: Address, have: Observed[Member]) -> Note:
    invitation = have.invitation or Invitation()
    when = f" on {invitation.failed_at:%Y-%m-%d}" if invitation.failed_at else ""
    why = invitation.failed_reason or "no reason given"
    return Note(
        address,
        "invitation-expired",
        Severity.WARNING,
        f"the invitation of {have.resource.login.spelled} ended{when}: {why}",
    )


def sender_leaves(address: Address, inviter: Login) -> Note:
    return Note(
        address,
        "inviter-leaves",
        Severity.WARNING,
        f"GitHub cancels this invitation, because {inviter.spelled} sent it "
        "and loses the right to; it is sent again",
    )


def invitation_of_others(address: Address, have: Observed[Member]) -> Note:
    login = have.resource.login.spelled
    return Note(
        address,
        "unmanaged-invitation",
        Severity.INFO,
        f"the identity provider, or a reinstatement, invited {login}; "
        "that invitation is not ghstate's to touch",
    )


def people_of_others(team: Team, keeper: Keeper) -> Note:
    return Note(
        team.address,
        "externally-managed",
        Severity.ERROR,
        f"the people of {team.slug} are managed by {keeper}, and the files name them",
        f"take members and maintainers out of [{team.address}]",
    )


def not_a_member(address: Address, place: TeamMember) -> Note:
    return Note(
        address,
        "not-a-member",
        Severity.ERROR,
        f"{place.login.spelled} is not in the organization, "
        f"so {place.team} cannot have them",
        "add them to [members]; a team never invites anybody by itself",
    )


def not_invited_into(place: TeamMember) -> str:
    return f"{place.login.spelled} is not invited, and so not put into {place.team}"


# About the whole --------------------------------------------------------------


def about_the_whole(draft: Draft, managed_before: frozenset[Address]) -> Iterator[Note]:
    """What is in no change, and should not stay unseen."""
    yield from _teams_left_alone(draft)
    yield from _invited_by_mail(draft)
    yield from _hidden(draft)
    yield from _no_longer_managed(draft.desired, managed_before)


def _teams_left_alone(draft: Draft) -> Iterator[Note]:
    desired = draft.desired
    if not (any(a.is_in(TEAMS) for a in desired.declared) or desired.absent):
        return
    count = sum(
        1
        for address, found in draft.observed.items()
        if isinstance(found.resource, Team)
        and address not in desired.declared
        and not desired.manages(address)
    )
    if count:
        are = "team is" if count == 1 else "teams are"
        summary = f"{count} {are} not in the files and left alone"
        yield Note(None, "not-managed", Severity.INFO, summary)


def _invited_by_mail(draft: Draft) -> Iterator[Note]:
    count = sum(1 for each in draft.snapshot.others if each.role.of_a_member)
    if count and MEMBERS in draft.desired.managed:
        were = "person was" if count == 1 else "people were"
        summary = f"{count} {were} invited by e-mail; no file names them"
        yield Note(None, "unlisted-email", Severity.INFO, summary)


def _hidden(draft: Draft) -> Iterator[Note]:
    for collection, count in sorted(draft.snapshot.hidden.items()):
        yield Note(
            collection,
            "incomplete",
            Severity.WARNING,
            f"GitHub counts {count} more in {collection} than it shows; "
            "nothing is removed there",
            "a deleted or flagged account does this; GitHub's support can tell",
        )


def _no_longer_managed(
    desired: Desired, managed_before: frozenset[Address]
) -> Iterator[Note]:
    """Blocks of an earlier apply that are gone; each says so for all below it."""
    now = (
        desired.managed
        | frozenset(desired.absent)
        | {address for address in desired.declared if address.is_in(TEAMS)}
    )
    gone = managed_before - now
    for address in sorted(gone):
        above = address.collection
        if (above and above in gone) or (TEAMS in now and address.within(TEAMS)):
            continue
        yield Note(
            address,
            "no-longer-managed",
            Severity.WARNING,
            f"{address} was managed before and is not in the files any more; "
            "it stays as it is",
        )
