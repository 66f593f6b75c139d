import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    InvitationRole,
    OrgRole,
    Privacy,
    TeamRole,
    TeamType,
)
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.viewers import token_of
from ghstate.sandbox.world import World
from tests.sandbox.talk import APP, BLIND_APP, MEMBER, NO_SSO, Answer, call, get

SET_MEMBERSHIP = (
    "https://docs.github.com/rest/orgs/members#set-organization-membership-for-a-user"
)


def logins(answer: Answer) -> list[str]:
    assert answer.status == 200
    return [each["login"] for each in answer.body]


def links(answer: Answer) -> dict[str, str]:
    found = re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("link", ""))
    return {name: url for url, name in found}


def invited(sandbox: Sandbox) -> list[tuple[str | None, str | None, str]]:
    answer = get(sandbox, "/orgs/acme/invitations")
    return [(each["login"], each["email"], each["role"]) for each in answer.body]


# Memberships


def test_a_put_answers_with_the_membership(sandbox: Sandbox) -> None:
    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe", {"role": "admin"})

    assert answer.status == 200
    assert answer.body["state"] == "pending"
    assert answer.body["role"] == "admin"
    assert answer.body["direct_membership"] is False
    assert answer.body["user"]["login"] == "zoe"
    assert invited(sandbox) == [("zoe", None, "admin")]


def test_without_a_body_the_role_is_member(sandbox: Sandbox) -> None:
    assert call(sandbox, "PUT", "/orgs/acme/memberships/zoe").body["role"] == "member"


def test_a_role_in_the_query_string_is_ignored(sandbox: Sandbox) -> None:
    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe?role=admin")

    assert answer.body["role"] == "member"


@pytest.mark.parametrize(
    ("login", "state", "role"),
    [
        ("ada", "active", "admin"),
        ("Bob", "active", "member"),
        ("zoe", "pending", "admin"),
    ],
)
def test_a_membership_is_active_or_pending(
    sandbox: Sandbox, world: World, login: str, state: str, role: str
) -> None:
    world.invite("zoe", InvitationRole.ADMIN)

    answer = get(sandbox, f"/orgs/acme/memberships/{login}")

    assert (answer.body["state"], answer.body["role"]) == (state, role)


def test_t07_an_invitation_to_an_address_shows_in_the_membership_only(
    sandbox: Sandbox, world: World
) -> None:
    world.known("zoe").emails.add("zoe@acme.example")
    world.invite("zoe@acme.example")

    assert get(sandbox, "/orgs/acme/memberships/zoe").body["state"] == "pending"
    assert invited(sandbox) == [(None, "zoe@acme.example", "direct_member")]


@pytest.mark.parametrize("login", ["yan", "nobody"])
def test_no_membership_is_not_found(sandbox: Sandbox, login: str) -> None:
    assert get(sandbox, f"/orgs/acme/memberships/{login}").status == 404


def test_a_membership_through_the_enterprise_says_so(
    sandbox: Sandbox, world: World
) -> None:
    membership = world.members[world.known("bob").id]
    membership.direct, membership.enterprise_teams = False, ("ent:security",)

    body = get(sandbox, "/orgs/acme/memberships/bob").body

    assert body["direct_membership"] is False
    [team] = body["enterprise_teams_providing_indirect_membership"]
    assert team["slug"] == "ent:security"


def test_a_removal_has_no_content_and_the_next_finds_nobody(sandbox: Sandbox) -> None:
    first = call(sandbox, "DELETE", "/orgs/acme/memberships/bob")
    second = call(sandbox, "DELETE", "/orgs/acme/memberships/bob")

    assert (first.status, first.body) == (204, None)
    assert second.status == 404


def test_who_waits_is_no_member(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe")

    assert get(sandbox, "/orgs/acme/members/bob").status == 204
    assert get(sandbox, "/orgs/acme/members/zoe").status == 404
    assert call(sandbox, "DELETE", "/orgs/acme/members/zoe").status == 404
    assert call(sandbox, "DELETE", "/orgs/acme/members/bob").status == 204


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("", ["ada", "grace", "bob", "carol"]),
        ("?role=admin", ["ada", "grace"]),
        ("?role=member", ["bob", "carol"]),
    ],
)
def test_members_are_listed_by_role(
    sandbox: Sandbox, role: str, expected: list[str]
) -> None:
    assert logins(get(sandbox, f"/orgs/acme/members{role}")) == expected


# Refusals


@pytest.mark.parametrize(
    ("path", "payload", "status", "message"),
    [
        ("/orgs/acme/memberships/nobody", {}, 404, "Not Found"),
        (
            "/orgs/acme/memberships/ada",
            {"role": "member"},
            403,
            "You cannot demote yourself. Admins must be demoted by another admin.",
        ),
        ("/orgs/acme/memberships/zoe", b"{", 400, "Problems parsing JSON"),
        ("/orgs/acme/memberships/zoe", [1], 400, "Body should be a JSON object"),
    ],
)
def test_a_refusal_has_githubs_body(
    sandbox: Sandbox, path: str, payload: Any, status: int, message: str
) -> None:
    answer = call(sandbox, "PUT", path, payload)

    assert answer.status == status
    assert answer.body["message"] == message
    assert answer.body["status"] == str(status)
    assert answer.body["documentation_url"].startswith("https://docs.github.com/rest")
    assert not sandbox.world.invitations


def test_t41_an_unknown_role_is_an_invalid_request(sandbox: Sandbox) -> None:
    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe", {"role": "owner"})

    assert answer.status == 422
    assert answer.body["message"].startswith("Invalid request.\n\n")


def test_t11_without_a_seat_the_body_names_the_code(
    sandbox: Sandbox, world: World
) -> None:
    world.policy.seats = 4

    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe")

    assert answer.status == 422
    assert answer.body == {
        "message": (
            "You must purchase at least one more seat to add this user as a member."
        ),
        "errors": [{"code": "no_seat", "field": "user"}],
        "documentation_url": (
            "https://github.com/organizations/acme/settings/billing/seats"
        ),
        "status": "422",
    }


def test_t18_somebody_who_cannot_be_invited(sandbox: Sandbox, world: World) -> None:
    world.known("zoe").invitable = False

    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe")

    assert answer.status == 422
    assert answer.body == {
        "message": "The request could not be processed.",
        "documentation_url": SET_MEMBERSHIP,
        "status": "422",
    }


def test_t12_over_the_cap(sandbox: Sandbox, world: World) -> None:
    world.policy.invitation_cap = 0

    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe")

    assert answer.status == 422
    assert answer.body["errors"][0]["message"] == "Over invitation rate limit"


@pytest.mark.parametrize(
    "path", ["/", "/orgs/other", "/orgs/acme/nonsense", "/organizations/1/members"]
)
def test_what_is_not_there_is_not_found(sandbox: Sandbox, path: str) -> None:
    answer = get(sandbox, path)

    assert answer.status == 404
    assert answer.body["message"] == "Not Found"


def test_a_version_of_the_api_nobody_knows(sandbox: Sandbox) -> None:
    for version, status in (
        ("2022-11-28", 200),
        ("2026-03-10", 200),
        ("2001-01-01", 400),
    ):
        headers = {"x-github-api-version": version}
        assert call(sandbox, "GET", "/user", headers=headers).status == status


# Invitations


def test_an_invitation_by_id_and_by_address(sandbox: Sandbox, world: World) -> None:
    platform = world.team("platform")
    assert platform is not None
    zoe = {
        "invitee_id": world.known("zoe").id,
        "role": "admin",
        "team_ids": [platform.id],
    }

    first = call(sandbox, "POST", "/orgs/acme/invitations", zoe)
    second = call(
        sandbox, "POST", "/orgs/acme/invitations", {"email": "New@acme.example"}
    )

    assert first.status == second.status == 201
    assert first.body["team_count"] == 1
    assert invited(sandbox) == [
        ("zoe", None, "admin"),
        (None, "new@acme.example", "direct_member"),
    ]


def test_t08_the_same_address_again_has_the_same_id_and_date(
    sandbox: Sandbox,
) -> None:
    body = {"email": "new@acme.example"}

    first = call(sandbox, "POST", "/orgs/acme/invitations", body)
    second = call(sandbox, "POST", "/orgs/acme/invitations", body)

    assert second.status == 201
    assert second.body == first.body


@pytest.mark.parametrize("body", [{}, {"email": "nonsense"}, {"role": "admin"}])
def test_an_invitation_needs_somebody(sandbox: Sandbox, body: dict[str, str]) -> None:
    answer = call(sandbox, "POST", "/orgs/acme/invitations", body)

    assert answer.status == 422
    assert answer.body["errors"] == [
        {
            "resource": "OrganizationInvitation",
            "code": "unprocessable",
            "field": "data",
            "message": "Invite requires either user or email",
        }
    ]


def test_team_ids_are_numbers(sandbox: Sandbox) -> None:
    body = {"email": "new@acme.example", "team_ids": ["platform"]}

    assert call(sandbox, "POST", "/orgs/acme/invitations", body).status == 422


def test_t13_a_cancellation_may_be_repeated(sandbox: Sandbox, world: World) -> None:
    path = f"/orgs/acme/invitations/{world.invite('zoe').id}"

    assert [call(sandbox, "DELETE", path).status for _ in range(3)] == [204] * 3
    assert call(sandbox, "DELETE", "/orgs/acme/invitations/1").status == 404
    assert call(sandbox, "DELETE", "/orgs/acme/invitations/x").status == 404


def test_the_teams_of_an_invitation(sandbox: Sandbox, world: World) -> None:
    invitation = world.invite("zoe", teams=("platform", "engineering"))

    answer = get(sandbox, f"/orgs/acme/invitations/{invitation.id}/teams")

    assert [team["slug"] for team in answer.body] == ["platform", "engineering"]
    assert get(sandbox, "/orgs/acme/invitations/1/teams").status == 404


def test_t03_an_expired_invitation_tells_when_and_why(
    sandbox: Sandbox, world: World
) -> None:
    world.invite("zoe")
    assert call(sandbox, "POST", "/sandbox/advance", {"seconds": 604_800}).status == 200

    [failed] = get(sandbox, "/orgs/acme/failed_invitations").body

    assert invited(sandbox) == []
    assert failed["login"] == "zoe"
    assert failed["failed_at"] == "2026-03-08T12:00:00Z"
    assert failed["failed_reason"] == (
        "Invitation expired. User did not accept this invite for 7 days"
    )


def test_invitations_are_filtered(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN)
    world.invite("yan")

    answer = get(sandbox, "/orgs/acme/invitations?role=admin")

    assert logins(answer) == ["zoe"]


@pytest.mark.parametrize("profile", [Profile.SERVER, Profile.MANAGED_USERS])
def test_t10_there_are_no_lists_where_nobody_is_invited(
    sandbox: Sandbox, world: World, profile: Profile
) -> None:
    world.policy.profile = profile

    assert get(sandbox, "/orgs/acme/invitations").status == 404
    assert get(sandbox, "/orgs/acme/failed_invitations").status == 404
    answer = call(sandbox, "PUT", "/orgs/acme/memberships/zoe")
    assert answer.body["state"] == "active"


# Teams


def test_a_team_is_created_as_github_creates_it(sandbox: Sandbox) -> None:
    answer = call(sandbox, "POST", "/orgs/acme/teams", {"name": "My TEam Näme"})

    assert answer.status == 201
    assert answer.body["slug"] == "my-team-name"
    assert answer.body["privacy"] == "secret"
    assert answer.body["notification_setting"] == "notifications_enabled"
    assert answer.body["parent"] is None
    assert answer.body["members_count"] == 1


@pytest.mark.parametrize("by", ["parent_team_id", "parent_team_slug"])
def test_a_team_is_created_below_another(
    sandbox: Sandbox, world: World, by: str
) -> None:
    engineering = world.team("engineering")
    assert engineering is not None
    parent = engineering.id if by == "parent_team_id" else "engineering"

    answer = call(sandbox, "POST", "/orgs/acme/teams", {"name": "Ops", by: parent})

    assert answer.status == 201
    assert answer.body["parent"]["slug"] == "engineering"
    assert answer.body["privacy"] == "closed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "platform"},
        {"name": "Ops", "parent_team_id": 1},
        {"name": "Ops", "parent_team_slug": "nope"},
        {"name": "Ops", "parent_team_id": "platform"},
        {"name": "Ops", "privacy": "visible"},
        {"name": "Ops", "notification_setting": "loud"},
        {"name": "Ops", "maintainers": ["zoe"]},
        {"name": "Ops", "maintainers": [1]},
        {"name": 7},
    ],
)
def test_a_team_that_cannot_be(sandbox: Sandbox, body: dict[str, Any]) -> None:
    answer = call(sandbox, "POST", "/orgs/acme/teams", body)

    assert answer.status == 422
    assert len(sandbox.world.teams) == 2


def test_a_patch_is_201_when_something_changed_and_200_when_not(
    sandbox: Sandbox,
) -> None:
    body = {"description": "Keeps the lights on"}

    first = call(sandbox, "PATCH", "/orgs/acme/teams/platform", body)
    second = call(sandbox, "PATCH", "/orgs/acme/teams/platform", body)

    assert (first.status, second.status) == (201, 200)
    assert second.body["description"] == "Keeps the lights on"


def test_a_null_parent_takes_a_team_out(sandbox: Sandbox) -> None:
    body = {"parent_team_id": None}

    answer = call(sandbox, "PATCH", "/orgs/acme/teams/platform", body)

    assert answer.body["parent"] is None


def test_t44_a_renamed_team_is_found_by_its_new_slug_and_its_id(
    sandbox: Sandbox,
) -> None:
    body = {"name": "Platform Eng"}

    team = call(sandbox, "PATCH", "/orgs/acme/teams/platform", body).body

    assert team["slug"] == "platform-eng"
    assert get(sandbox, "/orgs/acme/teams/platform").status == 404
    assert get(sandbox, "/orgs/acme/teams/platform-eng").body == team
    assert get(sandbox, urlsplit(team["url"]).path).body == team


def test_a_team_is_deleted_once(sandbox: Sandbox) -> None:
    assert call(sandbox, "DELETE", "/orgs/acme/teams/engineering").status == 204
    assert call(sandbox, "DELETE", "/orgs/acme/teams/engineering").status == 404
    assert get(sandbox, "/orgs/acme/teams").body == []


def test_team_memberships_by_slug_and_by_id(sandbox: Sandbox, world: World) -> None:
    platform = world.team("platform")
    assert platform is not None
    by_slug = "/orgs/acme/teams/platform/memberships"
    by_id = f"/organizations/{world.org_id}/team/{platform.id}/memberships"

    put = call(sandbox, "PUT", f"{by_slug}/bob", {"role": "maintainer"})

    assert put.status == 200
    assert (put.body["role"], put.body["state"]) == ("maintainer", "active")
    assert get(sandbox, f"{by_id}/bob").body == put.body
    assert call(sandbox, "DELETE", f"{by_id}/bob").status == 204
    assert get(sandbox, f"{by_slug}/bob").status == 404
    assert call(sandbox, "DELETE", f"{by_slug}/bob").status == 404


def test_t15_a_team_membership_of_somebody_outside_is_pending(
    sandbox: Sandbox,
) -> None:
    path = "/orgs/acme/teams/platform/memberships/zoe"

    put = call(sandbox, "PUT", path)

    assert put.body["state"] == "pending"
    assert get(sandbox, path).body == put.body
    assert logins(get(sandbox, "/orgs/acme/teams/platform/invitations")) == ["zoe"]


def test_t52_members_of_a_team_tell_where_they_come_from(sandbox: Sandbox) -> None:
    answer = get(sandbox, "/orgs/acme/teams/engineering/members")

    assert [
        (each["login"], each["role"], each["inherited"]) for each in answer.body
    ] == [
        ("ada", "member", True),
        ("bob", "member", False),
        ("carol", "member", True),
    ]


def test_a_ghes_tells_neither_role_nor_inheritance(
    sandbox: Sandbox, world: World
) -> None:
    world.policy.profile = Profile.SERVER

    [first, *_] = get(sandbox, "/orgs/acme/teams/engineering/members").body

    assert not {"role", "inherited"} & first.keys()


def test_child_teams_are_listed(sandbox: Sandbox) -> None:
    [child] = get(sandbox, "/orgs/acme/teams/engineering/teams").body

    assert (child["slug"], child["parent"]["slug"]) == ("platform", "engineering")


def test_t50_the_slug_of_an_enterprise_team_has_a_colon(
    sandbox: Sandbox, world: World
) -> None:
    world.add_team("ent:sec", slug="ent:sec").type = TeamType.ENTERPRISE

    assert get(sandbox, "/orgs/acme/teams/ent%3Asec").body["type"] == "enterprise"
    assert [
        team["slug"]
        for team in get(sandbox, "/orgs/acme/teams?team_type=enterprise").body
    ] == ["ent:sec"]
    body = {"description": "x"}
    assert call(sandbox, "PATCH", "/orgs/acme/teams/ent:sec", body).status == 422


def test_t49_the_members_of_an_external_group(sandbox: Sandbox, world: World) -> None:
    platform = world.team("platform")
    assert platform is not None
    platform.external_group = "Okta"

    answer = call(sandbox, "PUT", "/orgs/acme/teams/platform/memberships/bob")

    assert answer.status == 403
    assert answer.body["message"].endswith("since they are managed by Okta")


# Paging and headers


@pytest.mark.parametrize("people", [4, 30, 31, 100, 250])
def test_t65_links_lead_through_all_pages(
    sandbox: Sandbox, world: World, people: int
) -> None:
    for number in range(people - 4):
        world.add_member(f"person-{number:04}")
    path: str | None = "/orgs/acme/members?role=all"
    seen: list[str] = []
    while path is not None:
        answer = get(sandbox, path)
        seen += logins(answer)
        following = urlsplit(links(answer).get("next", ""))
        path = f"{following.path}?{following.query}" if following.path else None

    assert len(seen) == len(set(seen)) == people


def test_links_name_the_organization_by_its_id(sandbox: Sandbox, world: World) -> None:
    for number in range(5):
        world.add_member(f"person-{number}")

    answer = get(sandbox, "/api/v3/orgs/acme/members?per_page=4&page=2")

    base = f"{sandbox.url}/api/v3/organizations/{world.org_id}/members?per_page=4&page="
    assert links(answer) == {
        "prev": f"{base}1",
        "next": f"{base}3",
        "last": f"{base}3",
        "first": f"{base}1",
    }


def test_one_page_has_no_links(sandbox: Sandbox) -> None:
    assert "link" not in get(sandbox, "/orgs/acme/members").headers


@pytest.mark.parametrize(
    ("query", "size"), [("", 30), ("?per_page=100", 100), ("?per_page=500", 100)]
)
def test_a_page_has_thirty_and_a_hundred_at_most(
    sandbox: Sandbox, world: World, query: str, size: int
) -> None:
    for number in range(150):
        world.add_member(f"person-{number}")

    assert len(logins(get(sandbox, f"/orgs/acme/members{query}"))) == size


def test_every_answer_tells_what_is_left(sandbox: Sandbox) -> None:
    first, second = get(sandbox, "/user"), get(sandbox, "/orgs/nope")

    assert first.headers["x-ratelimit-limit"] == "5000"
    assert first.headers["x-ratelimit-remaining"] == "4999"
    assert second.headers["x-ratelimit-remaining"] == "4998"
    assert second.headers["x-ratelimit-used"] == "2"
    assert second.headers["x-ratelimit-resource"] == "core"
    assert int(second.headers["x-ratelimit-reset"]) == 1_772_370_000
    assert first.headers["x-github-request-id"] != second.headers["x-github-request-id"]
    assert first.headers["x-oauth-scopes"] == "admin:org, read:audit_log, repo"
    assert "x-oauth-scopes" not in get(sandbox, "/meta", APP).headers


def test_what_has_not_changed_costs_nothing(sandbox: Sandbox) -> None:
    first = get(sandbox, "/orgs/acme/members")

    headers = {"if-none-match": first.headers["etag"]}
    again = call(sandbox, "GET", "/orgs/acme/members", headers=headers)
    sandbox.world.add_member("zoe")
    changed = call(sandbox, "GET", "/orgs/acme/members", headers=headers)

    assert (again.status, again.body) == (304, None)
    assert again.headers["x-ratelimit-used"] == "1"
    assert changed.status == 200


def test_a_page_that_is_no_number_is_the_first(sandbox: Sandbox) -> None:
    assert len(logins(get(sandbox, "/orgs/acme/members?page=x&per_page=y"))) == 4


def test_rate_limits_can_be_asked_for_free(sandbox: Sandbox) -> None:
    get(sandbox, "/user")

    answer = get(sandbox, "/rate_limit")

    assert answer.body["resources"]["core"]["used"] == 1
    assert answer.body["resources"]["graphql"]["used"] == 0


# Accounts


def test_accounts_are_found_by_login_and_by_id(sandbox: Sandbox) -> None:
    by_login = get(sandbox, "/users/ZOE").body

    assert by_login["login"] == "zoe"
    assert get(sandbox, f"/user/{by_login['id']}").body == by_login
    assert get(sandbox, "/users/nobody").status == 404
    assert get(sandbox, "/user/1").status == 404


def test_a_ghes_tells_its_version(sandbox: Sandbox, world: World) -> None:
    assert "installed_version" not in get(sandbox, "/meta").body
    world.policy.profile = Profile.SERVER
    assert get(sandbox, "/meta").body["installed_version"] == "3.19.0"


def test_t11_an_owner_sees_the_seats(sandbox: Sandbox, world: World) -> None:
    world.policy.seats = 10
    world.invite("zoe")
    world.invite("yan", InvitationRole.BILLING_MANAGER)

    body = get(sandbox, "/orgs/acme").body

    assert body["plan"] == {
        "name": "team",
        "space": 976_562_499,
        "private_repos": 999_999,
        "filled_seats": 5,
        "seats": 10,
    }
    assert (body["login"], body["id"]) == ("acme", 9_000)
    assert body["created_at"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize("token", [MEMBER, APP])
def test_t11_the_plan_is_for_owners_and_apps_that_may_see_it(
    sandbox: Sandbox, world: World, token: str
) -> None:
    world.policy.seats = 10

    assert "plan" not in get(sandbox, "/orgs/acme", token).body
    assert get(sandbox, "/orgs/acme", token).body["created_at"]


def test_t11_without_seats_to_count_there_is_no_plan(sandbox: Sandbox) -> None:
    assert "plan" not in get(sandbox, "/orgs/acme").body


def test_the_clock_of_the_organization_is_the_one_clients_see(
    sandbox: Sandbox, world: World
) -> None:
    before = get(sandbox, "/user").headers
    world.advance(timedelta(days=1, minutes=30))
    after = get(sandbox, "/user").headers

    assert before["date"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert after["date"] == "Mon, 02 Mar 2026 12:30:00 GMT"
    assert int(before["x-ratelimit-reset"]) == 1_772_370_000
    assert int(after["x-ratelimit-reset"]) == 1_772_370_000 + 88_200
    assert after["x-ratelimit-used"] == "1"


# Viewers


@pytest.mark.parametrize("token", [None, "wrong"])
def test_without_a_token_nobody_gets_in(sandbox: Sandbox, token: str | None) -> None:
    answer = get(sandbox, "/orgs/acme", token)

    assert answer.status == 401
    assert answer.body == {
        "message": "Bad credentials",
        "documentation_url": "https://docs.github.com/rest",
        "status": "401",
    }


def test_a_member_sees_members_and_no_invitations(
    sandbox: Sandbox, world: World
) -> None:
    world.invite("zoe")
    world.add_team("Vault", privacy=Privacy.SECRET)

    assert len(logins(get(sandbox, "/orgs/acme/members", MEMBER))) == 4
    assert get(sandbox, "/orgs/acme/memberships/carol", MEMBER).status == 200
    assert get(sandbox, "/orgs/acme/memberships/zoe", MEMBER).status == 404
    assert get(sandbox, "/orgs/acme/invitations", MEMBER).status == 404
    assert get(sandbox, "/orgs/acme/teams/vault", MEMBER).status == 404
    assert len(get(sandbox, "/orgs/acme/teams", MEMBER).body) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/orgs/acme/memberships/zoe"),
        ("DELETE", "/orgs/acme/memberships/carol"),
        ("DELETE", "/orgs/acme/members/carol"),
        ("POST", "/orgs/acme/invitations"),
        ("PATCH", "/orgs/acme/teams/platform"),
        ("DELETE", "/orgs/acme/teams/platform"),
        ("PUT", "/orgs/acme/teams/platform/memberships/bob"),
        ("DELETE", "/orgs/acme/teams/platform/memberships/carol"),
    ],
)
def test_a_member_changes_nothing(sandbox: Sandbox, method: str, path: str) -> None:
    assert call(sandbox, method, path, {}, token=MEMBER).status == 403


def test_an_app_works_and_has_no_user(sandbox: Sandbox) -> None:
    put = call(sandbox, "PUT", "/orgs/acme/memberships/zoe", token=APP)
    user = get(sandbox, "/user", APP)

    assert put.status == 200
    [invitation] = get(sandbox, "/orgs/acme/invitations", APP).body
    assert invitation["inviter"]["login"] == "sandbox-app[bot]"
    assert user.status == 403
    assert user.body["message"] == "Resource not accessible by integration"


@pytest.mark.parametrize(
    ("method", "permission"), [("GET", "members=read"), ("PUT", "members=write")]
)
def test_t67_an_app_without_the_permission_is_told_which(
    sandbox: Sandbox, method: str, permission: str
) -> None:
    answer = call(sandbox, method, "/orgs/acme/memberships/bob", token=BLIND_APP)

    assert answer.status == 403
    assert answer.headers["x-accepted-github-permissions"] == permission
    assert get(sandbox, "/orgs/acme", BLIND_APP).status == 200


def test_t63_a_token_without_sso_is_told_where_to_go(sandbox: Sandbox) -> None:
    answer = get(sandbox, "/orgs/acme/members", NO_SSO)

    assert answer.status == 403
    assert answer.headers["x-github-sso"].startswith(
        "required; url=https://github.com/orgs/acme/sso?authorization_request="
    )
    assert get(sandbox, "/user", NO_SSO).status == 200


def test_tokens_can_be_added(sandbox: Sandbox, world: World) -> None:
    sandbox.tokens["carols"] = token_of("carol")

    assert get(sandbox, "/user", "carols").body["login"] == "carol"
    platform = world.team("platform")
    assert platform is not None
    world.place(platform, world.known("carol").id, TeamRole.MAINTAINER)
    path = "/orgs/acme/teams/platform/memberships/bob"
    assert call(sandbox, "PUT", path, token="carols").status == 200


def test_somebody_outside_sees_nobody(sandbox: Sandbox) -> None:
    sandbox.tokens["zoes"] = token_of("zoe")

    assert get(sandbox, "/orgs/acme/members", "zoes").body == []
    assert get(sandbox, "/orgs/acme/teams", "zoes").body == []
    assert get(sandbox, "/orgs/acme/memberships/bob", "zoes").status == 403


def test_a_member_token_belongs_to_nobody_where_there_are_none() -> None:
    world = World("acme")
    with Sandbox(world) as sandbox:
        assert get(sandbox, "/user", MEMBER).body["login"] == "sandbox-outsider"


def test_the_token_stays_with_its_owner(sandbox: Sandbox, world: World) -> None:
    get(sandbox, "/user")
    world.members[world.known("ada").id].role = OrgRole.MEMBER

    assert get(sandbox, "/user").body["login"] == "ada"
    assert call(sandbox, "PUT", "/orgs/acme/memberships/zoe").status == 403
