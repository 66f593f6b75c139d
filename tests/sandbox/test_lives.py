"""Whatever people and owners do, an organization stays one."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ghstate.sandbox import invitations, memberships, teams
from ghstate.sandbox.audit import Action
from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.records import (
    Actor,
    InvitationRole,
    OrgRole,
    Privacy,
    Reason,
    Team,
    TeamRole,
)
from ghstate.sandbox.refusals import Refused
from ghstate.sandbox.seed import from_neutral, to_neutral
from ghstate.sandbox.teams import UNSAID, TeamFields
from ghstate.sandbox.world import World

PEOPLE = ("ada", "grace", "bob", "carol", "zoe", "yan")
NAMES = ("Red", "Green", "Blue", "red!")
SLUGS = ("red", "green", "blue")

people = st.sampled_from(PEOPLE)
slugs = st.sampled_from(SLUGS)
addresses = st.sampled_from([f"{login}@acme.example" for login in PEOPLE])


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World("acme", start=datetime(2026, 3, 1, tzinfo=UTC))
        for login in PEOPLE:
            self.world.add_account(login, email=f"{login}@acme.example")
        self.world.add_member("ada", OrgRole.ADMIN)

    def owner(self) -> Actor:
        return Actor(self.world.owners()[0])

    def team(self, slug: str) -> Team | None:
        return self.world.team(slug)

    @rule(login=people, role=st.sampled_from(OrgRole))
    def put_membership(self, login: str, role: OrgRole) -> None:
        with suppress(Refused):
            memberships.set_membership(self.world, self.owner(), login, role)

    @rule(login=people)
    def remove_membership(self, login: str) -> None:
        with suppress(Refused):
            memberships.remove_membership(self.world, self.owner(), login)

    @rule(address=addresses, role=st.sampled_from(InvitationRole))
    def invite_address(self, address: str, role: InvitationRole) -> None:
        with suppress(Refused):
            invitations.invite_email(self.world, self.owner(), address, role, [])

    @rule(login=people, role=st.sampled_from(InvitationRole))
    def invite_account(self, login: str, role: InvitationRole) -> None:
        account = self.world.known(login).id
        with suppress(Refused):
            invitations.invite_account(self.world, self.owner(), account, role, [])

    @rule(which=st.integers(0, 5))
    def cancel(self, which: int) -> None:
        known = [*self.world.invitations, *self.world.failed]
        for number in known[which : which + 1]:
            invitations.cancel(self.world, self.owner(), number)

    @rule(login=people)
    def accept(self, login: str) -> None:
        with suppress(LookupError):
            self.world.accept(login)

    @rule(login=people)
    def decline(self, login: str) -> None:
        with suppress(LookupError):
            self.world.decline(login)

    @rule(address=addresses, login=people)
    def open_the_mail_of_somebody_else(self, address: str, login: str) -> None:
        with suppress(LookupError):
            self.world.accept_by_mail(address, login)

    @rule(who=people | addresses, reason=st.sampled_from(Reason))
    def fail(self, who: str, reason: Reason) -> None:
        with suppress(LookupError):
            self.world.fail(who, reason)

    @rule(who=people | addresses)
    def cancel_by_hand(self, who: str) -> None:
        with suppress(LookupError):
            self.world.cancel(who)

    @rule(kept=st.booleans())
    def keep_what_is_declined(self, *, kept: bool) -> None:
        self.world.policy.declined_fails = kept

    @rule(login=people)
    def leave(self, login: str) -> None:
        with suppress(LookupError):
            self.world.leave(login)

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        self.world.advance(timedelta(days=days))

    @rule(how=st.sampled_from(PutOnPending))
    def change_mind(self, how: PutOnPending) -> None:
        self.world.policy.put_on_pending = how

    @rule(name=st.sampled_from(NAMES), above=st.none() | slugs)
    def create_team(self, name: str, above: str | None) -> None:
        parent = None if above is None else self.team(above)
        wanted = TeamFields(name=name, parent=parent.id if parent else None)
        with suppress(Refused):
            teams.create(self.world, self.owner(), wanted)

    @rule(
        slug=slugs,
        above=st.none() | slugs,
        privacy=st.none() | st.sampled_from(Privacy),
        name=st.none() | st.sampled_from(NAMES),
    )
    def edit_team(
        self, slug: str, above: str | None, privacy: Privacy | None, name: str | None
    ) -> None:
        team = self.team(slug)
        parent = None if above is None else self.team(above)
        wanted = TeamFields(
            parent=parent.id if parent else None,
            privacy=privacy or UNSAID,
            name=name or UNSAID,
        )
        if team is not None:
            with suppress(Refused):
                teams.edit(self.world, self.owner(), team, wanted)

    @rule(slug=slugs)
    def delete_team(self, slug: str) -> None:
        team = self.team(slug)
        if team is not None:
            teams.delete(self.world, self.owner(), team)

    @rule(slug=slugs, login=people, role=st.sampled_from(TeamRole))
    def put_into_team(self, slug: str, login: str, role: TeamRole) -> None:
        team = self.team(slug)
        if team is not None:
            with suppress(Refused):
                teams.put_member(self.world, self.owner(), team, login, role)

    @rule(slug=slugs, login=people)
    def take_out_of_team(self, slug: str, login: str) -> None:
        team = self.team(slug)
        if team is not None:
            with suppress(Refused):
                teams.remove_member(self.world, self.owner(), team, login)

    @invariant()
    def somebody_owns_it(self) -> None:
        assert self.world.owners()

    @invariant()
    def nobody_has_two_invitations_of_one_kind(self) -> None:
        live = self.world.invitations.values()
        by_account = [each.account for each in live if each.account is not None]
        by_address = [each.email for each in live if each.email is not None]
        assert len(by_account) == len(set(by_account))
        assert len(by_address) == len(set(by_address))

    @invariant()
    def no_member_is_invited_by_account(self) -> None:
        live = self.world.invitations.values()
        assert not {each.account for each in live} & self.world.members.keys()

    @invariant()
    def an_invitation_is_live_or_failed_and_never_old(self) -> None:
        world = self.world
        assert not world.invitations.keys() & world.failed.keys()
        assert all(each.expires_at() > world.now for each in world.invitations.values())
        assert all(each.failed_reason for each in world.failed.values())

    @invariant()
    def the_audit_log_tells_who_is_in(self) -> None:
        """From the first member on, by events alone."""
        inside = {self.world.known("ada").id}
        for event in self.world.events:
            if event.action is Action.ADD_MEMBER:
                assert event.user_id not in inside
                inside.add(event.user_id or 0)
            elif event.action is Action.REMOVE_MEMBER:
                inside.remove(event.user_id or 0)
        assert inside == self.world.members.keys()

    @invariant()
    def everybody_in_a_team_is_a_member(self) -> None:
        for team in self.world.teams.values():
            assert team.members.keys() <= self.world.members.keys()

    @invariant()
    def owners_are_maintainers(self) -> None:
        for team in self.world.teams.values():
            for account, role in team.members.items():
                assert role is TeamRole.MAINTAINER or not self.world.is_owner(account)

    @invariant()
    def teams_are_trees_of_closed_ones_with_names_of_their_own(self) -> None:
        everything = self.world.teams
        for team in everything.values():
            above = [each.id for each in self.world.ancestors(team)]
            assert team.id not in above
            if above:
                assert team.privacy is Privacy.CLOSED
                assert everything[above[0]].privacy is Privacy.CLOSED
        assert len({team.slug for team in everything.values()}) == len(everything)

    @invariant()
    def invitations_name_teams_that_are_there(self) -> None:
        for invitation in self.world.invitations.values():
            assert invitation.teams.keys() <= self.world.teams.keys()

    @invariant()
    def it_can_be_written_down_and_read(self) -> None:
        document = to_neutral(self.world)
        again = from_neutral(document, start=self.world.now)
        assert to_neutral(again) == document


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
