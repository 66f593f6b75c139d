import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ghstate.sandbox.records import InvitationRole, OrgRole, TeamRole
from ghstate.sandbox.seed import from_neutral, to_neutral

SHARED = Path(__file__).parents[2] / ".." / "shared" / "orgs"
START = datetime(2026, 3, 1, tzinfo=UTC)

ACME: dict[str, Any] = {
    "org": "acme",
    "admins": ["Ada"],
    "members": ["bob"],
    "teams": [
        {
            "slug": "web",
            "name": "The Web",
            "description": None,
            "privacy": "closed",
            "parent": "eng",
            "members": ["BOB", "ada"],
            "maintainers": [],
        },
        {"slug": "eng", "name": "Engineering", "members": [], "maintainers": ["bob"]},
    ],
    "invitations": [
        {"login": "zoe", "role": "admin", "teams": ["web"]},
        {
            "email": "new@acme.example",
            "role": "member",
            "teams": [],
            "invited_at": "2026-02-25T08:00:00Z",
            "inviter": "ada",
        },
    ],
}


def test_a_world_is_what_its_document_says() -> None:
    world = from_neutral(ACME, start=START)

    assert world.role_of("ada") is OrgRole.ADMIN
    assert world.teams_of("bob") == {"web": TeamRole.MEMBER, "eng": TeamRole.MAINTAINER}
    web, eng = world.team("web"), world.team("eng")
    assert web is not None
    assert eng is not None
    assert (web.parent, web.name) == (eng.id, "The Web")
    zoe, new = world.invitations.values()
    assert zoe.role is InvitationRole.ADMIN
    assert new.created_at == datetime(2026, 2, 25, 8, tzinfo=UTC)
    assert world.mails == []


def test_t33_an_owner_among_the_members_of_a_team_is_a_maintainer() -> None:
    world = from_neutral(ACME, start=START)

    assert world.teams_of("ada") == {"web": TeamRole.MAINTAINER}


def test_the_first_admin_owns_the_token() -> None:
    world = from_neutral(ACME)

    assert world.token_owner() == world.known("ada").id
    assert world.account("owner") is None


def test_accounts_that_belong_nowhere_are_there() -> None:
    world = from_neutral(ACME | {"accounts": ["wes"]})

    assert world.account("wes") is not None
    assert world.role_of("wes") is None


def test_anybody_exists_where_the_document_says_so() -> None:
    assert from_neutral(ACME).account("wes") is None
    assert from_neutral(ACME | {"strangers": True}).account("wes") is not None


def test_a_login_and_an_address_are_one_person() -> None:
    both = {"login": "zoe", "email": "Zoe@acme.example"}

    world = from_neutral(ACME | {"invitations": [both]})

    assert world.known("zoe").emails == {"zoe@acme.example"}
    assert len(world.invitations) == 1


def test_a_parent_that_is_not_there_is_a_mistake() -> None:
    teams = [{"slug": "web", "parent": "nope"}]

    with pytest.raises(KeyError):
        from_neutral(ACME | {"teams": teams, "invitations": []})


def test_an_owner_is_added_where_there_is_no_admin() -> None:
    world = from_neutral({"org": "acme", "admins": [], "members": ["bob"], "teams": []})

    assert world.role_of("owner") is OrgRole.ADMIN


def test_ids_are_the_same_every_time() -> None:
    first, second = from_neutral(ACME, start=START), from_neutral(ACME, start=START)

    assert first.accounts == second.accounts
    assert first.teams == second.teams


def test_a_document_survives_the_way_through_a_world() -> None:
    document = to_neutral(from_neutral(ACME, start=START))

    assert to_neutral(from_neutral(document, start=START)) == document
    assert json.loads(json.dumps(document)) == document


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("[!i]*.json")), ids=lambda p: p.stem
)
def test_real_organizations_are_read_whole(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))

    world = from_neutral(document)

    people = {login.lower() for login in document["admins"] + document["members"]}
    assert people <= {account.login.lower() for account in world.accounts.values()}
    assert {team.slug for team in world.teams.values()} == {
        team["slug"].lower() for team in document["teams"]
    }


def test_the_organizations_to_read_are_there() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the organizations are not here: {SHARED.resolve()}")
    assert any(SHARED.glob("kubernetes.json"))
