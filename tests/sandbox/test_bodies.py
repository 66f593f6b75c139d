"""Bodies against GitHub's OpenAPI description, where that is at hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ghstate.sandbox.records import InvitationRole, Reason, TeamType
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.sandbox.talk import call, get

DESCRIPTION = (
    Path(__file__).parents[2] / ".." / "shared" / "github" / "github_rest_subset.json"
)


@cache
def description() -> Any:
    if not DESCRIPTION.exists():
        pytest.skip(f"GitHub's REST description is not here: {DESCRIPTION.resolve()}")
    return _nullable(json.loads(DESCRIPTION.read_text("utf-8")))


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _nullable(value) for key, value in schema.items()}
    if inner.pop("nullable", False) is True:
        return {"anyOf": [inner, {"type": "null"}]}
    return inner


def schema_of(method: str, template: str, status: int) -> Any:
    operation = description()["paths"][template][method.lower()]
    response = operation["responses"][str(status)]
    if "$ref" in response:
        name = response["$ref"].rpartition("/")[2]
        response = description()["components"]["responses"][name]
    return response["content"]["application/json"]["schema"]


def check(schema: Any, body: Any) -> None:
    whole = {**schema, "components": description()["components"]}
    errors = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(whole).iter_errors(body)
    ]
    assert errors == []


@pytest.fixture
def busy(sandbox: Sandbox, world: World) -> Sandbox:
    """A sandbox in which every list has something to show."""
    world.policy.audit_log = True
    world.policy.seats = 100
    world.invite("zoe", InvitationRole.ADMIN, teams=("platform",))
    world.invite("new@acme.example", InvitationRole.REINSTATE)
    failed = world.invite("yan")
    world.fail(failed, Reason.INVALID)
    world.add_team("ent:sec", slug="ent:sec").type = TeamType.ENTERPRISE
    world.members[world.known("bob").id].enterprise_teams = ("ent:sec",)
    return sandbox


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/orgs/{org}", "/orgs/acme"),
        ("/orgs/{org}/audit-log", "/orgs/acme/audit-log"),
        ("/orgs/{org}/members", "/orgs/acme/members"),
        ("/orgs/{org}/memberships/{username}", "/orgs/acme/memberships/carol"),
        ("/orgs/{org}/memberships/{username}", "/orgs/acme/memberships/zoe"),
        ("/orgs/{org}/invitations", "/orgs/acme/invitations"),
        ("/orgs/{org}/failed_invitations", "/orgs/acme/failed_invitations"),
        ("/orgs/{org}/teams", "/orgs/acme/teams"),
        ("/orgs/{org}/teams/{team_slug}", "/orgs/acme/teams/platform"),
        (
            "/orgs/{org}/teams/{team_slug}/members",
            "/orgs/acme/teams/engineering/members",
        ),
        (
            "/orgs/{org}/teams/{team_slug}/invitations",
            "/orgs/acme/teams/platform/invitations",
        ),
        (
            "/orgs/{org}/teams/{team_slug}/memberships/{username}",
            "/orgs/acme/teams/platform/memberships/zoe",
        ),
        ("/orgs/{org}/teams/{team_slug}/teams", "/orgs/acme/teams/engineering/teams"),
        ("/users/{username}", "/users/zoe"),
        ("/user", "/user"),
        ("/user/{account_id}", "/user/1001"),
        ("/meta", "/meta"),
        ("/rate_limit", "/rate_limit"),
    ],
)
def test_what_is_read_has_githubs_shape(
    busy: Sandbox, template: str, path: str
) -> None:
    answer = get(busy, path)

    assert answer.body
    check(schema_of("GET", template, answer.status), answer.body)


def test_the_teams_of_an_invitation_have_githubs_shape(
    busy: Sandbox, world: World
) -> None:
    [first, *_] = world.invitations

    answer = get(busy, f"/orgs/acme/invitations/{first}/teams")

    assert answer.body
    check(
        schema_of("GET", "/orgs/{org}/invitations/{invitation_id}/teams", 200),
        answer.body,
    )


ORG = "/orgs/{org}"
WRITES: tuple[tuple[str, str, str, dict[str, str], int], ...] = (
    (
        "PUT",
        f"{ORG}/memberships/{{username}}",
        "memberships/carol",
        {"role": "admin"},
        200,
    ),
    ("POST", f"{ORG}/invitations", "invitations", {"email": "other@acme.example"}, 201),
    ("POST", f"{ORG}/teams", "teams", {"name": "Ops"}, 201),
    ("PATCH", f"{ORG}/teams/{{team_slug}}", "teams/platform", {"name": "Other"}, 201),
    (
        "PUT",
        f"{ORG}/teams/{{team_slug}}/memberships/{{username}}",
        "teams/platform/memberships/bob",
        {},
        200,
    ),
    (
        "PUT",
        f"{ORG}/memberships/{{username}}",
        "memberships/ada",
        {"role": "member"},
        403,
    ),
    ("POST", f"{ORG}/teams", "teams", {"name": "platform"}, 422),
    ("POST", f"{ORG}/invitations", "invitations", {}, 422),
)


@pytest.mark.parametrize(
    "write", WRITES, ids=lambda write: f"{write[0]} {write[2]} {write[4]}"
)
def test_what_a_write_answers_has_githubs_shape(
    busy: Sandbox, write: tuple[str, str, str, dict[str, str], int]
) -> None:
    method, template, path, body, status = write

    answer = call(busy, method, f"/orgs/acme/{path}", body)

    assert answer.status == status
    check(schema_of(method, template, status), answer.body)


def test_everything_in_an_event_is_in_githubs_description(busy: Sandbox) -> None:
    known = description()["components"]["schemas"]["audit-log-event"]["properties"]

    for event in get(busy, "/orgs/acme/audit-log").body:
        assert event.keys() <= known.keys()


def test_a_body_of_another_shape_is_noticed(busy: Sandbox) -> None:
    body = get(busy, "/orgs/acme/teams/platform").body
    del body["slug"]

    with pytest.raises(AssertionError, match="'slug' is a required property"):
        check(schema_of("GET", "/orgs/{org}/teams/{team_slug}", 200), body)
