"""How a state looks to somebody who opens it."""

from __future__ import annotations

from datetime import UTC, datetime

from inline_snapshot import snapshot as text

from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.invitation import Invitation, InvitationRole
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.past import Past
from ghstate.model.resource import Keeper, Observed, Resource, Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.statefile import State, encode

ACME = Organization("acme", 77)
FOUND: tuple[Observed[Resource], ...] = (
    Observed(Member(login=Login("Ada"), role=OrgRole.ADMIN), id=1),
    Observed(
        Member(login=Login("frank")),
        Standing.INVITED,
        id=4,
        invitation=Invitation(
            id=9,
            role=InvitationRole.MEMBER,
            invited_at=datetime(2026, 11, 18, 9, tzinfo=UTC),
            inviter=Login("Ada"),
        ),
    ),
    Observed(
        Team(slug=Slug("platform"), name="Platform", parent=Slug("engineering")),
        id=12,
        kept_by=Keeper.IDENTITY_PROVIDER,
    ),
    Observed(
        TeamMember(team=Slug("platform"), login=Login("Ada"), role=TeamRole.MAINTAINER),
        id=1,
    ),
)


def test_a_small_state_reads_like_this() -> None:
    state = State(
        lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
        serial=12,
        applied_serial=10,
        organization=ACME,
        snapshot=Snapshot(
            organization=ACME,
            viewer=Viewer(Login("ghstate-bot"), is_app=True),
            taken_at=datetime(2026, 11, 21, 9, 12, tzinfo=UTC),
            observed={each.resource.address: each for each in FOUND},
            others=(Invitation(id=10, role=InvitationRole.BILLING_MANAGER),),
            hidden={Address("teams", "platform", "members"): 2},
        ),
        bindings={Login("frank"): 4, Login("Ada"): 1},
        past={
            Login("mail:3f9c"): Past(invited=(10,)),
            Login("erin"): Past(invited=(7, 8), forgiven=(7,)),
        },
        managed=frozenset({Address("teams", "platform"), Address("members")}),
        settled="0b8f",
        drift={
            Address("members", "mallory"): Drift(
                type="github_membership",
                was=None,
                after=datetime(2026, 11, 20, 9, tzinfo=UTC),
                before=datetime(2026, 11, 21, 9, tzinfo=UTC),
            )
        },
        made={
            Address("members", "frank"): (
                Made("invite", datetime(2026, 11, 20, 9, tzinfo=UTC)),
            )
        },
    )
    assert encode(state).decode() == text("""\
{
  "version": 2,
  "lineage": "7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
  "serial": 12,
  "applied_serial": 10,
  "organization": {
    "login": "acme",
    "id": 77
  },
  "refreshed_at": "2026-11-21T09:12:00Z",
  "complete": false,
  "hidden": {
    "teams.platform.members": 2
  },
  "viewer": {
    "login": "ghstate-bot",
    "is_app": true
  },
  "invites": true,
  "seats": null,
  "snapshot": {
    "github_membership": [
      {
        "login": "Ada",
        "role": "admin",
        "id": 1
      },
      {
        "login": "frank",
        "role": "member",
        "standing": "invited",
        "id": 4,
        "invitation": {
          "id": 9,
          "role": "direct_member",
          "source": "member",
          "invited_at": "2026-11-18T09:00:00Z",
          "inviter": "Ada"
        }
      }
    ],
    "github_team": [
      {
        "slug": "platform",
        "name": "Platform",
        "description": "",
        "privacy": "closed",
        "notifications": true,
        "parent": "engineering",
        "id": 12,
        "kept_by": "the identity provider"
      }
    ],
    "github_team_membership": [
      {
        "team": "platform",
        "login": "Ada",
        "role": "maintainer",
        "id": 1
      }
    ],
    "others": [
      {
        "id": 10,
        "role": "billing_manager",
        "source": "member"
      }
    ],
    "ended": []
  },
  "bindings": {
    "Ada": 1,
    "frank": 4
  },
  "accounts": {},
  "past": {
    "erin": {
      "invited": [
        7,
        8
      ],
      "forgiven": [
        7
      ]
    },
    "mail:3f9c": {
      "invited": [
        10
      ]
    }
  },
  "managed": [
    "members",
    "teams.platform"
  ],
  "teams": {},
  "settled": "0b8f",
  "drift": {
    "members.mallory": {
      "type": "github_membership",
      "was": null,
      "after": "2026-11-20T09:00:00Z",
      "before": "2026-11-21T09:00:00Z",
      "id": null,
      "invited": false,
      "needed": [],
      "by": null
    }
  },
  "made": {
    "members.frank": [
      {
        "reason": "invite",
        "at": "2026-11-20T09:00:00Z",
        "value": ""
      }
    ]
  },
  "checksum": "sha256:50ac7112bd8cffd871d43afe14055b4ddb8e1c52b79a10384c272ba5ed3aa138"
}
""")


def test_a_state_before_the_first_refresh_reads_like_this() -> None:
    state = State(lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11")
    assert encode(state).decode() == text("""\
{
  "version": 2,
  "lineage": "7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
  "serial": 0,
  "applied_serial": 0,
  "organization": null,
  "refreshed_at": null,
  "complete": false,
  "hidden": {},
  "viewer": null,
  "invites": true,
  "seats": null,
  "snapshot": null,
  "bindings": {},
  "accounts": {},
  "past": {},
  "managed": [],
  "teams": {},
  "settled": null,
  "drift": {},
  "made": {},
  "checksum": "sha256:d7fcd5781a615b649fcdfef4ae8a2c015ceca914d9114adf54fd661b160d7669"
}
""")
