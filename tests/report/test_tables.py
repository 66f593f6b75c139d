"""What there is: the snapshot for people and for programs."""

import json
from io import StringIO

import pytest
import tomli
from hypothesis import given
from inline_snapshot import snapshot as exactly

from ghstate.model.address import Address
from ghstate.model.invitation import InvitationRole
from ghstate.model.names import Login
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Keeper
from ghstate.report.console import Color, console, show
from ghstate.report.tables import (
    snapshot_document,
    snapshot_json,
    state_list,
    state_show,
)
from ghstate.report.terminal import to_text
from tests.build import (
    NOW,
    by_mail,
    failed,
    found,
    invitation,
    invited,
    member,
    snapshot,
    team,
    team_member,
)
from tests.report.nasty import nasty


def acme() -> Snapshot:
    return snapshot(
        found(team("web", parent="eng")),
        found(team("sec", privacy="secret")),
        found(team("ent", parent="elsewhere"), kept_by=Keeper.ENTERPRISE),
        found(member("gil"), kept_by=Keeper.IDENTITY_PROVIDER),
        members={"bob": "member", "Ada": "admin", "carol": "admin"},
        invited={"frank": "member"},
        failed=["kim"],
        teams={
            "eng": {"Ada": "member", "bob": "maintainer", "frank": "member"},
            "web": ["bob"],
            "sec": [],
        },
        waiting=[
            by_mail("new.hire@acme.example", days_ago=1),
            invitation(
                role=InvitationRole.BILLING_MANAGER,
                invited_at=None,
                invitee=Login("pat"),
            ),
            invitation(role=InvitationRole.HIRING_MANAGER, invited_at=None),
        ],
        hidden={Address("members"): 2},
        taken_at=NOW,
    )


def read(of: Snapshot) -> str:
    stream = StringIO()
    show(to_text(snapshot_document(of, NOW)), console(Color.AUTO, stream, {}))
    return stream.getvalue()


def test_owners_come_first_and_teams_stand_in_their_tree() -> None:
    assert read(acme()) == exactly("""\
acme · 4 people (2 owners), 4 teams · read just now

People
    Ada              owner              eng
    carol            owner
    bob              member             eng, web
    gil              member             managed by the identity provider

Teams
    eng              2 people           maintained by Ada, bob; 1 waiting
        web          1 person
    ent              0 people           managed by the enterprise
    sec              0 people           secret

Waiting for an answer
  … frank            invited as member  3 days ago, 4 days left; with eng
  … n…@acme.example  invited as member  1 day ago
  … pat              invited as billing manager
  … somebody         invited as hiring manager

Invitations that came to nothing
  ! kim              invited as member  2 days ago: Invitation expired

Notes
  ! members  GitHub counts 2 more here than it shows
""")


def test_an_organization_of_one() -> None:
    assert read(snapshot(members={"ada": "admin"})) == exactly("""\
acme · 1 person (1 owner), 0 teams · read just now

People
    ada  owner
""")


def test_an_invitation_that_failed_for_no_reason_is_still_one() -> None:
    bare = failed(member("kim"), reason="")
    assert "! kim  invited as member  2 days ago\n" in read(snapshot(bare))
    unknown = failed(member("kim"), failed_at=None, reason="")
    assert "! kim  invited as member\n" in read(snapshot(unknown))


def test_every_thing_has_its_address_on_a_line() -> None:
    mail = found(member("new.hire@acme.example"))
    assert list(state_list(snapshot(mail, teams={"ops": ["bob"]}))) == exactly(
        ['members."new.hire@acme.example"', "teams.ops", "teams.ops.members.bob"]
    )


def test_one_thing_is_shown_as_toml() -> None:
    assert state_show(failed(member("Kim"))) == exactly("""\
address = "members.kim"
mode = "managed"
type = "github_membership"
name = "kim"
standing = "failed"
id = 357144

[values]
username = "Kim"
role = "member"

[invitation]
id = 352834
role = "direct_member"
source = "member"
invited_at = "2026-11-12T09:12:00Z"
expires_at = "2026-11-19T09:12:00Z"
inviter = "ada"
failed_at = "2026-11-19T09:12:00Z"
failed_reason = "Invitation expired."
""")


@pytest.mark.parametrize(
    "observed",
    [
        found(team("ops", "Ops", description='say "hi"\n', parent="eng")),
        found(team("ops"), kept_by=Keeper.ENTERPRISE),
        invited(team_member("ops", "bob", "maintainer")),
    ],
)
def test_what_is_shown_can_be_read_back(observed: object) -> None:
    shown = tomli.loads(state_show(observed))  # type: ignore[arg-type]  # a union of kinds
    assert shown["standing"] == observed.standing  # type: ignore[attr-defined]  # the same
    held = observed.resource.document()  # type: ignore[attr-defined]  # the same
    assert shown["values"] == {k: v for k, v in held.items() if v is not None}


@given(nasty)
def test_r14_what_is_shown_of_hostile_text_is_harmless(text: str) -> None:
    shown = state_show(found(team("ops", description=text)))
    assert shown.replace("\n", "").isprintable()
    assert "##[" not in shown


def test_the_snapshot_as_json_has_terraforms_layout() -> None:
    small = snapshot(members={"Ada": "admin"}, invited=["frank"])
    assert snapshot_json(small).decode() == exactly("""\
{
  "format_version": "1.0",
  "organization": {
    "login": "acme",
    "id": 77
  },
  "taken_at": "2026-11-21T09:12:00Z",
  "complete": true,
  "values": {
    "root_module": {
      "resources": [
        {
          "address": "members.ada",
          "mode": "managed",
          "type": "github_membership",
          "name": "ada",
          "values": {
            "username": "Ada",
            "role": "admin"
          },
          "standing": "active",
          "id": 962152
        },
        {
          "address": "members.frank",
          "mode": "managed",
          "type": "github_membership",
          "name": "frank",
          "values": {
            "username": "frank",
            "role": "member"
          },
          "standing": "invited",
          "id": 203465,
          "invitation": {
            "id": 815018,
            "role": "direct_member",
            "source": "member",
            "invited_at": "2026-11-18T09:12:00Z",
            "expires_at": "2026-11-25T09:12:00Z",
            "inviter": "ada"
          }
        }
      ]
    }
  },
  "other_invitations": [],
  "hidden": {}
}
""")


def test_the_snapshot_as_json_says_what_github_hid() -> None:
    document = json.loads(snapshot_json(acme()))
    assert document["complete"] is False
    assert document["hidden"] == {"members": 2}
    assert [
        (each["role"], each.get("mask"), each.get("login"))
        for each in document["other_invitations"]
    ] == [
        ("direct_member", "n…@acme.example", None),
        ("billing_manager", None, "pat"),
        ("hiring_manager", None, None),
    ]
    resources = document["values"]["root_module"]["resources"]
    assert [each["address"] for each in resources] == list(state_list(acme()))
