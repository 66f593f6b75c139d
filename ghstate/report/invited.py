"""Whom an apply has sent a mail, and until when they can accept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import msgspec

from ghstate.engine.applied import Applied, End
from ghstate.model.invitation import LIFETIME, Invitation
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Slug
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Reason, Update
from ghstate.report.context import ELSEWHERE, Context
from ghstate.report.describe import SCREEN
from ghstate.report.document import Line, Section, Tone
from ghstate.report.person_lines import along, team_and_role
from ghstate.report.wording import name_of, value
from ghstate.report.words import day, listed, plural

_MAILS = frozenset(
    {Reason.INVITE, Reason.REINVITE, Reason.REPLACE_INVITATION, Reason.RENEW}
)


def who_was_invited(
    applied: Applied, snapshot: Snapshot | None, now: datetime
) -> Iterator[Section]:
    """Everybody who got a mail, by name up to a screen.

    Without a *snapshot* of afterwards their time is counted from *now*.
    """
    if applied.plan.at_once:
        return
    sent = _Sent(Context.of(applied.plan, now), snapshot)
    mailed = [
        (result.change, result.change.resource)
        for result in applied.ended(End.DONE)
        if result.change.reason in _MAILS and isinstance(result.change.resource, Member)
    ]
    if not mailed:
        return
    days = Counter(day(sent.end(change, member)) for change, member in mailed)
    [(usual, _)] = days.most_common(1)
    people = plural(len(mailed), *Member.NOUN)
    lines: tuple[Line, ...] = (Line(Tone.WAIT, "`ghstate invites` shows them"),)
    if len(mailed) <= SCREEN:
        lines = tuple(sent.line(change, member, usual) for change, member in mailed)
    title = f"{people} invited; they have until {usual} to accept"
    yield Section(title=title, lines=lines)


class _Sent(msgspec.Struct, frozen=True):
    """What is known of the invitations that were sent."""

    context: Context
    snapshot: Snapshot | None

    def line(self, change: Change, member: Member, usual: str) -> Line:
        about = list(self._teams(change, member))
        if (until := day(self.end(change, member))) != usual:
            about.append(f"until {until}")
        what = f"as {value(member.role)}"
        return Line(Tone.WAIT, name_of(member), what, "; ".join(about))

    def end(self, change: Change, member: Member) -> datetime:
        found = self._invitation(change, member)
        return (found.expires_at if found else None) or self.context.now + LIFETIME

    def _invitation(self, change: Change, member: Member) -> Invitation | None:
        """The one that waits now, by login or at the address it went to."""
        if self.snapshot is None:
            return None
        found = self.snapshot.observed.get(member.address)
        if found is not None and found.standing is Standing.INVITED:
            return found.invitation
        to = _mailbox(change, member, self.snapshot.organization.id)
        for each in self.snapshot.others if to else ():
            if each.mailbox and each.mailbox.fingerprint == to:
                return each
        return None

    def _teams(self, change: Change, member: Member) -> Iterator[str]:
        """Those the plan gives; of one that waited before, those it has as well."""
        if not isinstance(change, Update):
            yield from along(member, self.context)
            return
        given = self.context.along.get(member.login, ())
        teams = {place.team: team_and_role(place) for place in given}
        for team in self._kept(change, member):
            teams.setdefault(team, team.spelled)
        if teams:
            yield f"with {listed(list(teams.values()), ELSEWHERE)}"

    def _kept(self, change: Update, member: Member) -> Iterator[Slug]:
        old = change.before.invitation
        yield from old.teams if old else ()
        if self.snapshot is None:
            return
        for found in self.snapshot.each(TeamMember):
            waits = found.standing is Standing.INVITED
            if waits and found.resource.login == member.login:
                yield found.resource.team


def _mailbox(change: Change, member: Member, organization: int) -> str | None:
    """The fingerprint of where it went, if that is known."""
    if isinstance(member.login, EmailAddress):
        return Mailbox.of(member.login, organization).fingerprint
    old = change.before.invitation if isinstance(change, Update) else None
    return old.mailbox.fingerprint if old and old.mailbox else None
