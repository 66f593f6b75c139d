"""An organization that exists nowhere else, and what its people do."""

from datetime import datetime
from hashlib import sha256

from ghstate.sandbox.organization import Organization
from ghstate.sandbox.policy import Profile, Suspended
from ghstate.sandbox.records import (
    Account,
    Invitation,
    InvitationRole,
    InvitationSource,
    Membership,
    OrgRole,
    Privacy,
    Reason,
    Team,
    TeamRole,
    TeamType,
    Why,
)
from ghstate.sandbox.slugs import slug_of

GHOST = "ghost"
"""Stands in for accounts that were deleted, on GitHub, too."""
HASH_LENGTH = 32


class World(Organization):
    """One organization, the accounts around it, and a clock.

    The clock stands at *start* and moves with `advance`; without *start* it is the
    real one, moved on by what was advanced. What GitHub's API allows is in
    `memberships`, `invitations` and `teams`, what happens by itself in
    `organization`; here is what people do, and the short ways in which a test builds
    the organization it needs.
    """

    # Building

    def add_member(self, login: str, role: OrgRole = OrgRole.MEMBER) -> Account:
        """Put somebody into the organization, without invitation, mail or record."""
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

    def token_owner(self) -> int:
        """The owner behind the sandbox's own token: the first there ever was."""
        if self.owner is None:
            self.add_member("owner", OrgRole.ADMIN)
        if self.owner is None:
            raise LookupError("this organization has no owner")
        return self.owner

    # What owners do on github.com

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
        return self.send(
            Invitation(
                id=self.next_id(),
                account=None if email else self.account_or_new(who).id,
                email=email,
                role=role,
                created_at=at or self.now,
                inviter=self._owner_named(by),
                teams={team.id: TeamRole.MEMBER for team in named if team},
                source=source,
            )
        )

    def cancel(self, who: str, *, by: str | None = None) -> None:
        """Take back what *who*, a login or an address, has not answered."""
        for invitation in self._waiting(who):
            self.withdraw(invitation, by=self._owner_named(by))
            self.mail_invitee(invitation, Why.CANCELLED)

    def _owner_named(self, login: str | None) -> int:
        return self.token_owner() if login is None else self.known(login).id

    # What people do

    def accept(self, who: str) -> Account:
        """*who*, a login or an invited address, follows the link in the mail."""
        if "@" in who:
            return self.accept_by_mail(who)
        account = self.known(who)
        return self._take(account, self._waiting(who)[0])

    def accept_by_mail(self, address: str, login: str | None = None) -> Account:
        """Whoever opens the link in the mail to *address* accepts, as *login*.

        Without *login* it is the account that has the address, or a new one.
        """
        self.settle()
        invitation = self._mailed(address)
        account = self._behind(address) if login is None else self.account_or_new(login)
        return self._take(account, invitation)

    def _take(self, account: Account, invitation: Invitation) -> Account:
        if invitation.role.joins and account.id in self.members:
            raise LookupError(f"{account.login} is a member already")
        del self.invitations[invitation.id]
        self.gone_invitations.add(invitation.id)
        if invitation.role.joins:
            self.join(account, invitation)
            for other in self.invitations_to(account):
                self.end(other, Reason.ALREADY_ACCEPTED, at=self.now)
        return account

    def decline(self, who: str) -> None:
        """*who* says no: the invitation is gone, and by default leaves no failed one.

        Whether GitHub keeps it is not known, nor is an event in the audit log.
        """
        for invitation in self._waiting(who):
            if self.policy.declined_fails:
                self.end(invitation, Reason.DECLINED, at=self.now)
            else:
                self.discard(invitation)

    def fail(
        self, who: Invitation | str, reason: str, *, at: datetime | None = None
    ) -> None:
        """What *who* was sent fails for *reason*; a `Reason`, or any other text."""
        failing = self._waiting(who) if isinstance(who, str) else [who]
        for invitation in failing:
            self.end(invitation, reason, at=at or self.now)

    def leave(self, login: str) -> None:
        account = self.known(login)
        if account.id not in self.members:
            raise LookupError(f"{login} is not a member")
        if self.owners() == [account.id]:
            raise LookupError(f"{login} is the last owner")
        self.part(account, by=account.id)

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
            self.part(account, by=account.id)
        self.forget(account)

    def suspend(self, login: str) -> Account:
        """The enterprise takes a managed account out of use (soft-deprovisioning).

        Its login becomes a hash before the short code, its addresses are obscured;
        the id stays. What becomes of the membership, the policy says.
        """
        account = self.known(login)
        name, _, code = account.login.rpartition("_")
        if self.policy.profile is not Profile.MANAGED_USERS or not name:
            raise LookupError(f"{login} is no managed account")
        digest = sha256(name.lower().encode()).hexdigest()[:HASH_LENGTH]
        self.rename(login, f"{digest}_{code}")
        account.suspended_at = self.now
        account.emails.clear()
        account.verified_emails.clear()
        if self.policy.suspended is Suspended.REMOVED and account.id in self.members:
            # It is the enterprise's setup user whose token the identity provider has.
            self.part(account, by=self.account_or_new(f"{code}_admin").id)
        return account

    # Who is meant

    def _waiting(self, who: str) -> list[Invitation]:
        """What a login or an address has not answered; never nothing."""
        self.settle()
        if "@" in who:
            return [self._mailed(who)]
        found = self.invitations_to(self.known(who))
        if not found:
            raise LookupError(f"{who} is not invited")
        return found

    def _mailed(self, address: str) -> Invitation:
        for invitation in self.invitations.values():
            if invitation.email == address.lower():
                return invitation
        raise LookupError(f"{address} is not invited")

    def _behind(self, address: str) -> Account:
        """The account that has *address*, or a new one with a login made of it."""
        for account in self.accounts.values():
            if address.lower() in account.emails:
                return account
        login = slug_of(address.partition("@")[0]) or "newcomer"
        while self.is_taken(login):
            login = f"{login}-{self.next_id()}"
        return self.add_account(login, email=address)
