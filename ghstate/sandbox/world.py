"""An organization that exists nowhere else, and what its people do."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ghstate.sandbox.records import (
    ALREADY_ACCEPTED,
    EXPIRED,
    Account,
    Former,
    Invitation,
    InvitationRole,
    InvitationSource,
    Membership,
    OrgRole,
    Privacy,
    Team,
    TeamRole,
    TeamType,
    Why,
)
from ghstate.sandbox.slugs import slug_of
from ghstate.sandbox.surroundings import Surroundings

GHOST = "ghost"
"""Stands in for accounts that were deleted, on GitHub, too."""
REINSTATABLE = timedelta(days=90)


class World(Surroundings):
    """One organization, the accounts around it, and a clock.

    The clock stands at *start* and moves with `advance`; without *start* it is the
    real one, moved on by what was advanced. What GitHub's API allows is in
    `memberships`, `invitations` and `teams`; here is what happens by itself, what
    people do, and the short ways in which a test builds the organization it needs.
    """

    def __init__(
        self, login: str, *, org_id: int = 9_000, start: datetime | None = None
    ) -> None:
        super().__init__(start)
        self.login = login
        self.org_id = org_id
        self.name: str | None = login
        self.created_at = self.now
        self.members: dict[int, Membership] = {}
        self.teams: dict[int, Team] = {}
        self.invitations: dict[int, Invitation] = {}
        self.failed: dict[int, Invitation] = {}
        self.gone_invitations: set[int] = set()
        self.sent: list[datetime] = []
        self.former: dict[int, tuple[datetime, Former]] = {}
        self.owner: int | None = None

    # Time

    def advance(self, by: timedelta) -> None:
        """Let time pass, and with it what it brings about."""
        self.pass_time(by)
        self.settle()

    def settle(self) -> None:
        """Let what time has ended be over: invitations expire after seven days."""
        now = self.now
        for invitation in [*self.invitations.values()]:
            if invitation.expires_at() <= now:
                self.fail(invitation, EXPIRED, at=invitation.expires_at())

    def fail(self, invitation: Invitation, reason: str, *, at: datetime) -> None:
        del self.invitations[invitation.id]
        invitation.failed_at = at
        invitation.failed_reason = reason
        self.failed[invitation.id] = invitation

    # Who and what there is

    def team(self, slug: str) -> Team | None:
        wanted = slug.lower()
        return next((team for team in self.teams.values() if team.slug == wanted), None)

    def children(self, team: Team) -> list[Team]:
        return [child for child in self.teams.values() if child.parent == team.id]

    def descendants(self, team: Team) -> Iterator[Team]:
        for child in self.children(team):
            yield child
            yield from self.descendants(child)

    def ancestors(self, team: Team) -> Iterator[Team]:
        """The parent first, the root last."""
        while team.parent is not None:
            team = self.teams[team.parent]
            yield team

    def is_owner(self, account: int) -> bool:
        membership = self.members.get(account)
        return membership is not None and membership.role is OrgRole.ADMIN

    def owners(self) -> list[int]:
        return [account for account in self.members if self.is_owner(account)]

    def role_of(self, login: str) -> OrgRole | None:
        """The role of an active member; None for anybody else."""
        account = self.account(login)
        membership = None if account is None else self.members.get(account.id)
        return None if membership is None else membership.role

    def teams_of(self, login: str) -> dict[str, TeamRole]:
        """The teams somebody is in directly, by slug."""
        account = self.known(login).id
        return {
            team.slug: team.members[account]
            for team in self.teams.values()
            if account in team.members
        }

    def invitations_to(self, account: Account) -> list[Invitation]:
        """Unanswered ones, the direct before those that only name an address."""
        live = self.invitations.values()
        direct = [each for each in live if each.account == account.id]
        by_mail = [each for each in live if each.email in account.emails]
        return direct + [each for each in by_mail if each.account is None]

    def seats_taken(self) -> int:
        waiting = sum(each.role.joins for each in self.invitations.values())
        return len(self.members) + waiting

    # Mail

    def mail_invitee(self, invitation: Invitation, why: Why) -> None:
        if invitation.email is not None:
            self.mail(invitation.email, why)
        elif invitation.account is not None:
            self.mail(self.accounts[invitation.account].login, why)

    # Building

    def add_member(self, login: str, role: OrgRole = OrgRole.MEMBER) -> Account:
        """Put somebody into the organization, without invitation or mail."""
        account = self.account_or_new(login)
        self.members[account.id] = Membership(role=role)
        if role is OrgRole.ADMIN:
            self.lead_own_teams(account.id)
            if self.owner is None:
                self.owner = account.id
        return account

    def add_team(
        self,
        name: str,
        *members: str,
        slug: str | None = None,
        parent: str | None = None,
        privacy: Privacy = Privacy.CLOSED,
        maintainers: tuple[str, ...] = (),
    ) -> Team:
        """Make a team of people who are members already."""
        above = None if parent is None else self.team(parent)
        if parent is not None and above is None:
            raise KeyError(parent)
        team = Team(
            id=self.next_id(),
            name=name,
            slug=slug_of(name) if slug is None else slug,
            parent=None if above is None else above.id,
            privacy=privacy,
            type=TeamType.ORGANIZATION,
            created_at=self.now,
            updated_at=self.now,
        )
        self.teams[team.id] = team
        for login in members:
            self.place(team, self.known(login).id, TeamRole.MEMBER)
        for login in maintainers:
            self.place(team, self.known(login).id, TeamRole.MAINTAINER)
        return team

    def place(self, team: Team, account: int, role: TeamRole) -> TeamRole:
        """Put a member into *team*; an owner always becomes its maintainer."""
        if self.is_owner(account):
            role = TeamRole.MAINTAINER
        team.members[account] = role
        return role

    def lead_own_teams(self, account: int) -> None:
        for team in self.teams.values():
            if account in team.members:
                team.members[account] = TeamRole.MAINTAINER

    def invite(
        self,
        who: str,
        role: InvitationRole = InvitationRole.DIRECT_MEMBER,
        *,
        teams: tuple[str, ...] = (),
        by: str | None = None,
        source: InvitationSource = InvitationSource.MEMBER,
        at: datetime | None = None,
    ) -> Invitation:
        """An invitation as a person would send it on github.com; no rule is asked."""
        email = who.lower() if "@" in who else None
        named = [self.team(slug) for slug in teams]
        inviter = self.known(by).id if by is not None else self.token_owner()
        return self.send(
            Invitation(
                id=self.next_id(),
                account=None if email else self.account_or_new(who).id,
                email=email,
                role=role,
                created_at=at or self.now,
                inviter=inviter,
                teams={team.id: TeamRole.MEMBER for team in named if team},
                source=source,
            )
        )

    def send(self, invitation: Invitation) -> Invitation:
        self.invitations[invitation.id] = invitation
        self.sent.append(invitation.created_at)
        self.mail_invitee(invitation, Why.INVITED)
        return invitation

    def token_owner(self) -> int:
        """The owner behind the sandbox's own token: the first there ever was."""
        if self.owner is None:
            self.add_member("owner", OrgRole.ADMIN)
        if self.owner is None:
            raise LookupError("this organization has no owner")
        return self.owner

    # What people do

    def accept(self, who: str) -> Account:
        """*who*, a login or an invited address, follows the link in the mail."""
        self.settle()
        account = self._account_behind(who)
        waiting = self.invitations_to(account)
        if not waiting:
            raise LookupError(f"{who} is not invited")
        invitation, *others = waiting
        if "@" in who:
            invitation = next(each for each in waiting if each.email == who.lower())
            others = [each for each in waiting if each is not invitation]
        del self.invitations[invitation.id]
        self.gone_invitations.add(invitation.id)
        if not invitation.role.joins:
            return account
        self.join(account, invitation)
        for other in others:
            self.fail(other, ALREADY_ACCEPTED, at=self.now)
        return account

    def join(self, account: Account, invitation: Invitation) -> None:
        role = OrgRole.MEMBER
        teams = dict(invitation.teams)
        if invitation.role is InvitationRole.ADMIN:
            role = OrgRole.ADMIN
        elif invitation.role is InvitationRole.REINSTATE and account.id in self.former:
            left_at, former = self.former[account.id]
            if self.now - left_at <= REINSTATABLE:
                role = former.role
                teams = dict(former.teams) | teams
        self.members[account.id] = Membership(role=role)
        for team, team_role in teams.items():
            if team in self.teams:
                self.place(self.teams[team], account.id, team_role)

    def decline(self, who: str) -> None:
        """*who* says no: the invitation is gone, and leaves no failed one."""
        self.settle()
        account = self._account_behind(who)
        waiting = self.invitations_to(account)
        if not waiting:
            raise LookupError(f"{who} is not invited")
        for invitation in waiting:
            self.discard(invitation)

    def leave(self, login: str) -> None:
        account = self.known(login)
        if account.id not in self.members:
            raise LookupError(f"{login} is not a member")
        if self.owners() == [account.id]:
            raise LookupError(f"{login} is the last owner")
        self.part(account)

    def part(self, account: Account) -> None:
        """Take somebody out: of the teams, too, with the invitations they sent."""
        membership = self.members.pop(account.id)
        teams = [team for team in self.teams.values() if account.id in team.members]
        held = tuple((team.id, team.members.pop(account.id)) for team in teams)
        self.former[account.id] = (self.now, Former(membership.role, held))
        self.withdraw_sent(account)

    def withdraw_sent(self, inviter: Account) -> None:
        """Cancel what *inviter* sent and nobody answered, as when an owner goes."""
        for invitation in [*self.invitations.values()]:
            if invitation.inviter == inviter.id:
                self.discard(invitation)
                self.mail_invitee(invitation, Why.CANCELLED)

    def discard(self, invitation: Invitation) -> None:
        self.invitations.pop(invitation.id, None)
        self.failed.pop(invitation.id, None)
        self.gone_invitations.add(invitation.id)

    def delete_account(self, login: str) -> None:
        """An account ceases to be, and with it everything that named it."""
        account = self.known(login)
        for invitation in self.invitations_to(account):
            self.discard(invitation)
        for failed in [*self.failed.values()]:
            if failed.account == account.id:
                self.discard(failed)
            elif failed.inviter == account.id:
                failed.inviter = self.account_or_new(GHOST).id
        if account.id in self.members:
            self.part(account)
        self.forget(account)

    def _account_behind(self, who: str) -> Account:
        if "@" not in who:
            return self.known(who)
        address = who.lower()
        for account in self.accounts.values():
            if address in account.emails:
                return account
        login = slug_of(address.partition("@")[0]) or "newcomer"
        while self.is_taken(login):
            login = f"{login}-{self.next_id()}"
        return self.add_account(login, email=address)
