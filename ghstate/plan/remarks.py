"""What a plan has to say: every note of the planner, in its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ghstate.model.address import Address
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired
from ghstate.model.resource import Keeper
from ghstate.model.team import TEAMS, Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Create
from ghstate.plan.draft import Draft
from ghstate.plan.identity import Known
from ghstate.plan.inviting_remarks import NAMED

# About one entry --------------------------------------------------------------


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


def goes_on_waiting(address: Address, member: Member, sender: Address) -> Note:
    return Note(
        address,
        "targeted",
        Severity.INFO,
        f"{member.login.spelled} is not invited again: the invitation goes on waiting "
        f"as long as {sender}, who sent it, is left out",
        f"say --target {sender}, too",
    )


def waits_for(address: Address, other: Address) -> Note:
    return Note(
        address,
        "targeted",
        Severity.INFO,
        f"{address} has to wait for {other}, which is left out",
        f"say --target {other}, too",
    )


# About the whole --------------------------------------------------------------


def about_the_whole(draft: Draft, managed_before: frozenset[Address]) -> Iterator[Note]:
    """What is in no change, and should not stay unseen."""
    yield from _teams_left_alone(draft)
    yield from _invited_by_mail(draft)
    yield from _many_invitations(draft)
    yield from _hidden(draft)
    yield from _no_longer_managed(draft.desired, managed_before)


def targeted(targets: Sequence[Address], left_out: int) -> Note:
    named = ", ".join(map(str, targets[:NAMED]))
    more = f" and {len(targets) - NAMED} more" if len(targets) > NAMED else ""
    left = {0: "nothing is", 1: "1 other change is"}.get(
        left_out, f"{left_out} other changes are"
    )
    summary = f"only {named}{more}: {left} left out"
    return Note(None, "targeted", Severity.INFO, summary)


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
    count = len(draft.unlisted)
    if count and MEMBERS in draft.desired.managed and not draft.policy.cancel_unlisted:
        were = "person was" if count == 1 else "people were"
        summary = f"{count} {were} invited by e-mail; no file names them"
        hint = "`ghstate invites` shows who waits"
        yield Note(None, "unlisted-email", Severity.INFO, summary, hint)


FEW_INVITATIONS, MANY_INVITATIONS = 50, 500
"""What GitHub takes a day: from every organization, and from those that are older
than a month or pay."""


def _many_invitations(draft: Draft) -> Iterator[Note]:
    count = sum(
        1 for change, _ in draft.changes_of(Member) if isinstance(change, Create)
    )
    if not count:
        return
    if not draft.snapshot.invites:
        summary = "there are no invitations here: people are members at once"
        yield Note(None, "no-invitations", Severity.INFO, summary)
        return
    if count > FEW_INVITATIONS:
        few, many = -(-count // FEW_INVITATIONS), -(-count // MANY_INVITATIONS)
        days = f"{few} days" if many == few else f"{many} to {few} days"
        yield Note(
            None,
            "many-invitations",
            Severity.INFO,
            f"{count} invitations take {days}: GitHub sends {FEW_INVITATIONS} a day, "
            f"or {MANY_INVITATIONS} for an organization that pays or is a month old",
            "run apply again each day; nobody is invited twice",
        )
    seats = draft.snapshot.seats
    if seats is not None and count > seats.free:
        summary = (
            f"{count} to invite, and {seats.free} of {seats.total} seats free; "
            "removals come first"
        )
        hint = "buy seats, or free some; the others are invited by a later apply"
        yield Note(None, "seats", Severity.WARNING, summary, hint)


def about_the_protected(draft: Draft, known: Known) -> Iterator[Note]:
    """Whom the settings protect in vain: nobody has that login, as far as is known.

    Where a state or the lock file knows the account, a new name of it is followed.
    """
    if MEMBERS not in draft.desired.managed:
        return
    here = {each.resource.login for each in draft.snapshot.each(Member)}
    for login in sorted(draft.policy.protected - here):
        if login not in known.bindings and known.accounts.get(login) is None:
            yield Note(
                None,
                "protected-unknown",
                Severity.WARNING,
                f"{login.spelled} is protected and is not in the organization: "
                "renamed?",
                f"write today's login instead of {login.spelled} under protected in "
                "ghstate.toml, or delete it",
            )


def about_the_lock(draft: Draft, known: Known) -> Iterator[Note]:
    """What `ghstate.lock.toml` does not know yet, where there is one."""
    if known.locked is None:
        return
    people = {
        declared.resource.login
        for declared in draft.desired.declared.values()
        if type(declared.resource) is Member
        and not isinstance(declared.resource.login, EmailAddress)
    }
    # Whoever was renamed stands in it by the name that the files have.
    locked = set(known.locked.ids.values())
    missing = sorted(
        login.spelled
        for login in people
        if login not in known.locked.ids
        and (number := _number(login, known)) is not None
        and number not in locked
    )
    if missing:
        named = ", ".join(missing[:NAMED])
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        yield Note(
            None,
            "not-locked",
            Severity.INFO,
            f"ghstate.lock.toml does not have {named}{more}",
            "run `ghstate lock`, and commit it",
        )


def _number(login: Login, known: Known) -> int | None:
    account = known.accounts.get(login)
    return known.bindings.get(login, account.id if account else None)


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
            "managed before, and not in the files any more; it stays as it is",
        )
