"""The bodies REST answers with: at least what GitHub's OpenAPI description requires."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ghstate.sandbox.records import (
    Account,
    Invitation,
    InvitationRole,
    Membership,
    OrgRole,
    Team,
    TeamRole,
    TeamType,
)
from ghstate.sandbox.teams import Standing
from ghstate.sandbox.wire import (
    AVATARS,
    WEB,
    account_id,
    invitation_id,
    organization_id,
    stamp,
    team_id,
)
from ghstate.sandbox.world import World


def _stamp_or_none(time: datetime | None) -> str | None:
    return None if time is None else stamp(time)


@dataclass(frozen=True, slots=True)
class Bodies:
    """Makes bodies whose addresses begin with *base*, as the client wrote it."""

    world: World
    base: str

    def account(self, account: Account) -> dict[str, Any]:
        url = f"{self.base}/users/{account.login}"
        return {
            "login": account.login,
            "id": account.id,
            "node_id": account_id(account),
            "avatar_url": f"{AVATARS}/{account.id}?v=4",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{WEB}/{account.login}",
            "followers_url": f"{url}/followers",
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{url}/subscriptions",
            "organizations_url": f"{url}/orgs",
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events{{/privacy}}",
            "received_events_url": f"{url}/received_events",
            "type": account.kind.value,
            "user_view_type": "public",
            "site_admin": False,
        }

    def profile(self, account: Account) -> dict[str, Any]:
        return self.account(account) | {
            "name": account.name,
            "company": None,
            "blog": "",
            "location": None,
            "email": None,
            "hireable": None,
            "bio": None,
            "twitter_username": None,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": stamp(account.created_at),
            "updated_at": stamp(account.created_at),
        }

    def own_profile(self, account: Account) -> dict[str, Any]:
        return self.profile(account) | {
            "user_view_type": "private",
            "private_gists": 0,
            "total_private_repos": 0,
            "owned_private_repos": 0,
            "disk_usage": 0,
            "collaborators": 0,
            "two_factor_authentication": account.two_factor is True,
        }

    def team_member(
        self, account: Account, role: TeamRole, *, inherited: bool
    ) -> dict[str, Any]:
        return self.account(account) | {"role": role.value, "inherited": inherited}

    def organization(self) -> dict[str, Any]:
        login = self.world.login
        url = f"{self.base}/orgs/{login}"
        return {
            "login": login,
            "id": self.world.org_id,
            "node_id": organization_id(self.world),
            "url": url,
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events",
            "hooks_url": f"{url}/hooks",
            "issues_url": f"{url}/issues",
            "members_url": f"{url}/members{{/member}}",
            "public_members_url": f"{url}/public_members{{/member}}",
            "avatar_url": f"{AVATARS}/{self.world.org_id}?v=4",
            "description": None,
        }

    def full_organization(self, *, with_plan: bool) -> dict[str, Any]:
        body = self.organization() | {
            "html_url": f"{WEB}/{self.world.login}",
            "has_organization_projects": True,
            "has_repository_projects": True,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "type": "Organization",
            "created_at": stamp(self.world.created_at),
            "updated_at": stamp(self.world.created_at),
            "archived_at": None,
        }
        if self.world.name is not None:
            body["name"] = self.world.name
        seats = self.world.policy.seats
        if with_plan and seats is not None:
            body["plan"] = {
                "name": "enterprise" if self.world.policy.audit_log else "team",
                "space": 976_562_499,
                "private_repos": 999_999,
                "filled_seats": self.world.seats_taken(),
                "seats": seats,
            }
        return body

    def membership(self, account: Account) -> dict[str, Any] | None:
        """How somebody stands to the organization; None when they do not at all."""
        membership = self.world.members.get(account.id)
        waiting = self.world.invitations_to(account)
        if membership is not None:
            state, role = "active", membership.role.value
        elif waiting:
            state, role = "pending", _membership_role(waiting[0].role)
        else:
            return None
        organization = self.organization()
        body: dict[str, Any] = {
            "url": f"{organization['url']}/memberships/{account.login}",
            "state": state,
            "role": role,
            "organization_url": organization["url"],
            "direct_membership": membership is not None and membership.direct,
            "enterprise_teams_providing_indirect_membership": _through(membership),
            "organization": organization,
            "user": self.account(account),
        }
        return body

    def invitation(self, invitation: Invitation) -> dict[str, Any]:
        """*login* is null when it went to an address, whosever that is."""
        accounts = self.world.accounts
        invitee = None
        if invitation.account is not None:
            invitee = accounts[invitation.account].login
        url = f"{self.base}/organizations/{self.world.org_id}"
        return {
            "id": invitation.id,
            "node_id": invitation_id(invitation),
            "login": invitee,
            "email": invitation.email,
            "role": invitation.role.value,
            "created_at": stamp(invitation.created_at),
            "failed_at": _stamp_or_none(invitation.failed_at),
            "failed_reason": invitation.failed_reason,
            "inviter": self.account(accounts[invitation.inviter]),
            "team_count": len(invitation.teams),
            "invitation_teams_url": f"{url}/invitations/{invitation.id}/teams",
            "invitation_source": invitation.source.value,
        }

    def team(self, team: Team, *, with_parent: bool = True) -> dict[str, Any]:
        url = f"{self.base}/organizations/{self.world.org_id}/team/{team.id}"
        body: dict[str, Any] = {
            "id": team.id,
            "node_id": team_id(self.world, team),
            "name": team.name,
            "slug": team.slug,
            "description": team.description,
            "privacy": team.privacy.value,
            "notification_setting": (
                f"notifications_{'enabled' if team.notifications else 'disabled'}"
            ),
            "permission": "pull",
            "url": url,
            "html_url": f"{WEB}/orgs/{self.world.login}/teams/{team.slug}",
            "members_url": f"{url}/members{{/member}}",
            "repositories_url": f"{url}/repos",
            "type": team.type.value,
        }
        if team.type is TeamType.ORGANIZATION:
            body["organization_id"] = self.world.org_id
        if with_parent:
            above = None if team.parent is None else self.world.teams[team.parent]
            body["parent"] = above and self.team(above, with_parent=False)
        return body

    def full_team(self, team: Team) -> dict[str, Any]:
        people = set(team.members)
        for below in self.world.descendants(team):
            people |= below.members.keys()
        organization = self.full_organization(with_plan=False)
        return self.team(team) | {
            "members_count": len(people),
            "repos_count": 0,
            "created_at": stamp(team.created_at),
            "updated_at": stamp(team.updated_at),
            "organization": organization,
        }

    def team_membership(
        self, team: Team, account: Account, standing: tuple[Standing, TeamRole]
    ) -> dict[str, Any]:
        url = f"{self.base}/organizations/{self.world.org_id}/team/{team.id}"
        state, role = standing
        return {
            "url": f"{url}/memberships/{account.login}",
            "role": role.value,
            "state": state.value,
        }


def _membership_role(role: InvitationRole) -> str:
    match role:
        case InvitationRole.ADMIN:
            return "admin"
        case InvitationRole.BILLING_MANAGER:
            return "billing_manager"
        case _:
            return OrgRole.MEMBER.value


def _through(membership: Membership | None) -> list[dict[str, str]]:
    teams = () if membership is None else membership.enterprise_teams
    return [{"slug": slug, "name": slug} for slug in teams]
