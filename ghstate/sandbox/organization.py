"""An organization: who and what is in it, and what follows from what happens."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ghstate.sandbox.audit import Action
from ghstate.sandbox.identities import IdentityProvider
from ghstate.sandbox.policy import Suspended
from ghstate.sandbox.records import (
    Account,
    Former,
    Invitation,
    InvitationRole,
    InvitationSource,
    Membership,
    OrgRole,
    Reason,
    Team,
    TeamRole,
    Why,
)
from ghstate.sandbox.surroundings import Surroundings

REINSTATABLE = timedelta(days=90)


class Organization(Surroundings):
    """The organization's people, teams and invitations, and what happens by itself.

    Nobody is asked for permission here; `World` is where people and tests act.
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
        self.saml: IdentityProvider | None = None

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
                self.end(invitation, Reason.EXPIRED, at=invitation.expires_at())

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

    def unlisted(self) -> set[int]:
        """Members whom no list shows."""
        if self.policy.suspended is not Suspended.HIDDEN:
            return set()
        accounts = self.accounts
        return {each for each in self.members if accounts[each].suspended_at}

    def invitations_to(self, account: Account) -> list[Invitation]:
        """Unanswered ones, the direct before those that only name an address."""
        live = self.invitations.values()
        direct = [each for each in live if each.account == account.id]
        by_mail = [each for each in live if each.email in account.emails]
        return direct + [each for each in by_mail if each.account is None]

    def seats_taken(self) -> int:
        """One for each member in use, and for each invitation to become one."""
        accounts = self.accounts
        active = sum(accounts[each].suspended_at is None for each in self.members)
        waiting = sum(each.role.joins for each in self.invitations.values())
        return active + waiting

    # Teams

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

    # Invitations

    def send(self, invitation: Invitation) -> Invitation:
        self.count(invitation)
        self.mail_invitee(invitation, Why.INVITED)
        return invitation

    def count(self, invitation: Invitation) -> None:
        """Have an invitation be there; what SCIM sends is under no cap."""
        self.invitations[invitation.id] = invitation
        if invitation.source is not InvitationSource.SCIM:
            self.sent.append(invitation.created_at)
        self.record(
            Action.INVITE_MEMBER,
            actor=invitation.inviter,
            user=invitation.account,
            at=invitation.created_at,
        )

    def mail_invitee(self, invitation: Invitation, why: Why) -> None:
        if invitation.email is not None:
            self.mail(invitation.email, why)
        elif invitation.account is not None:
            self.mail(self.accounts[invitation.account].login, why)

    def end(self, invitation: Invitation, reason: str, *, at: datetime) -> None:
        """Have an invitation fail, which leaves a record with the reason."""
        del self.invitations[invitation.id]
        invitation.failed_at = at
        invitation.failed_reason = reason
        self.failed[invitation.id] = invitation

    def discard(self, invitation: Invitation) -> None:
        """Have nothing be left of an invitation, live or failed."""
        self.invitations.pop(invitation.id, None)
        self.failed.pop(invitation.id, None)
        self.gone_invitations.add(invitation.id)

    def withdraw(self, invitation: Invitation, *, by: int) -> None:
        """Discard an invitation because *by* cancelled it; mails nobody."""
        if invitation.id in self.invitations:
            user = invitation.account
            self.record(Action.CANCEL_INVITATION, actor=by, user=user)
        self.discard(invitation)

    def withdraw_sent(self, inviter: Account, *, by: int) -> None:
        """Cancel what *inviter* sent and nobody answered, as when an owner goes."""
        for invitation in [*self.invitations.values()]:
            if invitation.inviter == inviter.id:
                self.withdraw(invitation, by=by)
                self.mail_invitee(invitation, Why.CANCELLED)

    # Members

    def enter(self, account: Account, role: OrgRole, *, by: int) -> None:
        self.members[account.id] = Membership(role=role)
        self.record(Action.ADD_MEMBER, actor=by, user=account.id)

    def join(self, account: Account, invitation: Invitation) -> None:
        """Make *account* what it was invited as; in the audit log its own doing."""
        role = OrgRole.MEMBER
        teams = dict(invitation.teams)
        if invitation.role is InvitationRole.ADMIN:
            role = OrgRole.ADMIN
        elif invitation.role is InvitationRole.REINSTATE and account.id in self.former:
            left_at, former = self.former[account.id]
            if self.now - left_at <= REINSTATABLE:
                role = former.role
                teams = dict(former.teams) | teams
        self.enter(account, role, by=account.id)
        for team, team_role in teams.items():
            if team in self.teams:
                self.place(self.teams[team], account.id, team_role)

    def part(self, account: Account, *, by: int) -> None:
        """Take somebody out: of the teams, too, with the invitations they sent."""
        membership = self.members.pop(account.id)
        self.record(Action.REMOVE_MEMBER, actor=by, user=account.id)
        teams = [team for team in self.teams.values() if account.id in team.members]
        held = tuple((team.id, team.members.pop(account.id)) for team in teams)
        self.former[account.id] = (self.now, Former(membership.role, held))
        self.withdraw_sent(account, by=by)
