import json
from typing import Any

import pytest
from graphql import execute_sync, parse

from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.executor import QuickExecutor
from ghstate.sandbox.graphql import schema
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.price import Price
from ghstate.sandbox.reading import Reading
from ghstate.sandbox.records import InvitationRole, Privacy, TeamRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.viewers import TOKENS
from ghstate.sandbox.wire import invitation_id, team_id
from ghstate.sandbox.world import World
from tests.sandbox.talk import (
    APP,
    BLIND_APP,
    MEMBER,
    NO_SSO,
    OWNER,
    Answer,
    ask,
    call,
    data,
    error,
    get,
)


def acme(sandbox: Sandbox, fields: str, token: str = OWNER) -> Any:
    answer = ask(
        sandbox, f'{{ organization(login: "acme") {{ {fields} }} }}', token=token
    )
    return data(answer)["organization"]


def team(sandbox: Sandbox, slug: str, fields: str) -> Any:
    return acme(sandbox, f'team(slug: "{slug}") {{ {fields} }}')["team"]


def logins(connection: Any) -> list[str]:
    return [node["login"] for node in connection["nodes"]]


def crowd(world: World, people: int) -> None:
    for number in range(people - len(world.members)):
        world.add_member(f"person-{number:04}")


def test_members_come_with_their_roles(sandbox: Sandbox) -> None:
    found = acme(
        sandbox,
        "membersWithRole(first: 10) { totalCount edges { role hasTwoFactorEnabled"
        " node { login databaseId __typename } } }",
    )["membersWithRole"]

    assert found["totalCount"] == 4
    assert found["edges"][0] == {
        "role": "ADMIN",
        "hasTwoFactorEnabled": True,
        "node": {"login": "ada", "databaseId": 1000, "__typename": "User"},
    }
    assert [edge["role"] for edge in found["edges"]] == [
        "ADMIN",
        "ADMIN",
        "MEMBER",
        "MEMBER",
    ]


@pytest.mark.parametrize("people", [4, 99, 100, 101, 250])
def test_t65_pages_forward_make_up_the_whole(
    sandbox: Sandbox, world: World, people: int
) -> None:
    crowd(world, people)
    seen: list[str] = []
    after = None
    more = True
    while more:
        page = data(
            ask(
                sandbox,
                """query ($after: String) { organization(login: "acme") {
                     membersWithRole(first: 100, after: $after) { totalCount
                       pageInfo { hasNextPage endCursor } nodes { login } } } }""",
                {"after": after},
            )
        )["organization"]["membersWithRole"]
        seen += logins(page)
        assert page["totalCount"] == people
        after = page["pageInfo"]["endCursor"]
        more = page["pageInfo"]["hasNextPage"]

    assert len(seen) == len(set(seen)) == people


def test_pages_backward_meet_pages_forward(sandbox: Sandbox, world: World) -> None:
    crowd(world, 150)
    found = acme(
        sandbox,
        """head: membersWithRole(first: 100) { nodes { login } }
           tail: membersWithRole(last: 100) { nodes { login }
             pageInfo { hasPreviousPage hasNextPage startCursor } }""",
    )
    start = found["tail"]["pageInfo"]["startCursor"]
    rest = acme(
        sandbox,
        f'membersWithRole(last: 100, before: "{start}") {{ nodes {{ login }} }}',
    )["membersWithRole"]

    assert found["tail"]["pageInfo"]["hasPreviousPage"]
    assert not found["tail"]["pageInfo"]["hasNextPage"]
    assert logins(rest) == logins(found["head"])[:50]
    assert len({*logins(found["head"]), *logins(found["tail"])}) == 150


def test_a_cursor_holds_when_somebody_leaves(sandbox: Sandbox, world: World) -> None:
    crowd(world, 10)
    first = acme(
        sandbox,
        "membersWithRole(first: 5) { nodes { login } pageInfo { endCursor } }",
    )["membersWithRole"]
    world.leave("grace")

    after = first["pageInfo"]["endCursor"]
    second = acme(
        sandbox,
        f'membersWithRole(first: 5, after: "{after}") {{ nodes {{ login }} }}',
    )["membersWithRole"]

    assert not set(logins(first)) & set(logins(second))
    assert len(logins(second)) == 5


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_teams_come_by_name_in_pages(sandbox: Sandbox, direction: str) -> None:
    for name in ("apple", "Cherry", "banana"):
        sandbox.world.add_team(name)
    names: list[str] = []
    after, more = "null", True
    while more:
        page = acme(
            sandbox,
            f"""teams(first: 1, after: {after},
                  orderBy: {{field: NAME, direction: {direction}}}) {{
                totalCount nodes {{ name }} pageInfo {{ endCursor hasNextPage }} }}""",
        )["teams"]
        names += [node["name"] for node in page["nodes"]]
        after = f'"{page["pageInfo"]["endCursor"]}"'
        more = page["pageInfo"]["hasNextPage"]

    expected = ["apple", "banana", "Cherry", "Engineering", "Platform"]
    assert names == (expected if direction == "ASC" else expected[::-1])


def test_a_team_tells_what_it_is(sandbox: Sandbox) -> None:
    assert team(
        sandbox,
        "platform",
        "name slug combinedSlug description privacy notificationSetting databaseId"
        " createdAt parentTeam { slug } ancestors(first: 5) { nodes { slug } }",
    ) == {
        "name": "Platform",
        "slug": "platform",
        "combinedSlug": "acme/platform",
        "description": None,
        "privacy": "VISIBLE",
        "notificationSetting": "NOTIFICATIONS_ENABLED",
        "databaseId": 1007,
        "createdAt": "2026-03-01T12:00:00Z",
        "parentTeam": {"slug": "engineering"},
        "ancestors": {"nodes": [{"slug": "engineering"}]},
    }


@pytest.mark.parametrize(
    ("membership", "expected"),
    [
        ("", ["ada", "bob", "carol"]),
        ("membership: ALL", ["ada", "bob", "carol"]),
        ("membership: IMMEDIATE", ["bob"]),
        ("membership: CHILD_TEAM", ["ada", "carol"]),
        ("membership: IMMEDIATE, role: MAINTAINER", []),
        ("orderBy: {field: LOGIN, direction: DESC}", ["carol", "bob", "ada"]),
        ('query: "aro"', ["carol"]),
    ],
)
def test_t52_members_of_child_teams_are_members_unless_asked_otherwise(
    sandbox: Sandbox, membership: str, expected: list[str]
) -> None:
    found = team(
        sandbox,
        "engineering",
        f"members(first: 10 {membership}) {{ totalCount nodes {{ login }} }}",
    )["members"]

    assert logins(found) == expected
    assert found["totalCount"] == len(expected)


def test_a_role_of_ones_own_goes_before_that_in_a_child_team(
    sandbox: Sandbox, world: World
) -> None:
    bob = world.known("bob").id
    for slug, role in (
        ("engineering", TeamRole.MAINTAINER),
        ("platform", TeamRole.MEMBER),
    ):
        found = world.team(slug)
        assert found is not None
        world.place(found, bob, role)

    edges = team(
        sandbox,
        "engineering",
        'members(first: 9, query: "bob") { edges { role node { login } } }',
    )["members"]["edges"]

    assert edges == [{"role": "MAINTAINER", "node": {"login": "bob"}}]
    [_, by_rest, _] = get(sandbox, "/orgs/acme/teams/engineering/members").body
    assert (by_rest["role"], by_rest["inherited"]) == ("maintainer", False)


def test_t33_an_owner_is_a_maintainer_of_their_team(sandbox: Sandbox) -> None:
    found = team(
        sandbox,
        "platform",
        "members(first: 9, membership: IMMEDIATE) { edges { role node { login } } }",
    )

    assert found["members"]["edges"] == [
        {"role": "MAINTAINER", "node": {"login": "ada"}},
        {"role": "MEMBER", "node": {"login": "carol"}},
    ]


def test_t07_waiting_accounts_are_listed_and_addresses_are_not(
    sandbox: Sandbox, world: World
) -> None:
    world.invite("zoe", InvitationRole.ADMIN)
    world.invite("new@acme.example")

    found = acme(sandbox, "pendingMembers(first: 9) { totalCount nodes { login } }")

    assert found["pendingMembers"] == {"totalCount": 1, "nodes": [{"login": "zoe"}]}


def test_t16_a_team_lists_the_invitations_to_it(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN, teams=("platform",))
    world.invite("new@acme.example", teams=("platform",), by="grace")
    world.invite("yan")

    found = team(
        sandbox,
        "platform",
        """invitations(first: 9) { totalCount nodes { role email invitationType
             invitationSource createdAt invitee { login } inviterActor { login } } }""",
    )

    assert found["invitations"]["nodes"] == [
        {
            "role": "ADMIN",
            "email": None,
            "invitationType": "USER",
            "invitationSource": "MEMBER",
            "createdAt": "2026-03-01T12:00:00Z",
            "invitee": {"login": "zoe"},
            "inviterActor": {"login": "ada"},
        },
        {
            "role": "DIRECT_MEMBER",
            "email": "new@acme.example",
            "invitationType": "EMAIL",
            "invitationSource": "MEMBER",
            "createdAt": "2026-03-01T12:00:00Z",
            "invitee": None,
            "inviterActor": {"login": "grace"},
        },
    ]


def test_teams_are_filtered(sandbox: Sandbox, world: World) -> None:
    world.add_team("Vault", "bob", privacy=Privacy.SECRET)

    found = acme(
        sandbox,
        """roots: teams(first: 9, rootTeamsOnly: true) { nodes { slug } }
           secret: teams(first: 9, privacy: SECRET) { nodes { slug } }
           named: teams(first: 9, query: "plat") { nodes { slug } }
           bobs: teams(first: 9, userLogins: ["bob"]) { nodes { slug } }
           led: teams(first: 9, role: ADMIN) { nodes { slug } }""",
    )

    assert {
        alias: [node["slug"] for node in teams["nodes"]]
        for alias, teams in found.items()
    } == {
        "roots": ["engineering", "vault"],
        "secret": ["vault"],
        "named": ["platform"],
        "bobs": ["engineering", "vault"],
        "led": ["platform"],
    }


def test_child_teams_are_near_or_all(sandbox: Sandbox, world: World) -> None:
    world.add_team("Deep", parent="platform")

    found = team(
        sandbox,
        "engineering",
        """near: childTeams(first: 9) { nodes { slug } }
           all: childTeams(first: 9, immediateOnly: false) { nodes { slug } }""",
    )

    assert [node["slug"] for node in found["near"]["nodes"]] == ["platform"]
    assert [node["slug"] for node in found["all"]["nodes"]] == ["platform", "deep"]


def test_things_are_found_by_their_ids(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe", teams=("platform",))
    found = acme(
        sandbox,
        """id membersWithRole(first: 1) { nodes { id } }
           team(slug: "platform") { id invitations(first: 1) { nodes { id } } }""",
    )
    ids = [
        found["id"],
        found["membersWithRole"]["nodes"][0]["id"],
        found["team"]["id"],
        found["team"]["invitations"]["nodes"][0]["id"],
    ]

    nodes = data(
        ask(
            sandbox,
            "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
            {"ids": ids},
        )
    )["nodes"]

    assert [node["__typename"] for node in nodes] == [
        "Organization",
        "User",
        "Team",
        "OrganizationInvitation",
    ]
    assert [node["id"] for node in nodes] == ids


def test_an_id_that_leads_nowhere_is_null_beside_the_others(sandbox: Sandbox) -> None:
    answer = ask(sandbox, '{ nodes(ids: ["not-an-id"]) { id } viewer { login } }')

    assert answer.body["data"] == {"nodes": [None], "viewer": {"login": "ada"}}
    assert error(answer)["type"] == "NOT_FOUND"
    assert error(answer)["path"] == ["nodes", 0]
    assert error(answer)["message"] == (
        "Could not resolve to a node with the global id of 'not-an-id'"
    )


def test_a_hundred_ids_are_the_most(sandbox: Sandbox) -> None:
    ids = [str(number) for number in range(101)]

    answer = ask(
        sandbox, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}
    )

    assert error(answer)["type"] == "ARGUMENT_LIMIT"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            '{ organization(login: "nope") { id } }',
            "Could not resolve to an Organization with the login of 'nope'.",
        ),
        (
            '{ user(login: "nope") { id } }',
            "Could not resolve to a User with the login of 'nope'.",
        ),
    ],
)
def test_an_unknown_login_is_null_with_an_error(
    sandbox: Sandbox, query: str, message: str
) -> None:
    answer = ask(sandbox, query)

    assert answer.status == 200
    assert list(answer.body["data"].values()) == [None]
    assert error(answer)["type"] == "NOT_FOUND"
    assert error(answer)["message"] == message


def test_t24_logins_are_found_in_any_case(sandbox: Sandbox) -> None:
    found = data(
        ask(
            sandbox,
            '{ user(login: "ADA") { login } organization(login: "ACME") { login } }',
        )
    )

    assert found == {"user": {"login": "ada"}, "organization": {"login": "acme"}}


def test_a_connection_without_bounds_is_an_error_at_its_place(sandbox: Sandbox) -> None:
    answer = ask(sandbox, '{ organization(login: "acme") { teams { nodes { id } } } }')

    assert answer.body["data"] == {"organization": None}
    assert error(answer)["type"] == "MISSING_PAGINATION_BOUNDARIES"
    assert error(answer)["path"] == ["organization", "teams"]
    assert error(answer)["message"] == (
        "You must provide a `first` or `last` value to properly paginate"
        " the `teams` connection."
    )


def test_a_fragment_does_not_hide_missing_bounds(sandbox: Sandbox) -> None:
    answer = ask(
        sandbox,
        """{ organization(login: "acme") { teams { ...T } } }
           fragment T on TeamConnection { ... { nodes { id } } }""",
    )

    assert error(answer)["type"] == "MISSING_PAGINATION_BOUNDARIES"


def test_a_count_needs_no_bounds(sandbox: Sandbox) -> None:
    assert acme(sandbox, "teams { totalCount }") == {"teams": {"totalCount": 2}}


def test_more_than_a_hundred_is_an_error_at_its_place(sandbox: Sandbox) -> None:
    answer = ask(
        sandbox,
        '{ organization(login: "acme") { teams(first: 101) { nodes { id } } } }',
    )

    assert error(answer)["type"] == "EXCESSIVE_PAGINATION"
    assert error(answer)["message"] == (
        "Requesting 101 records on the `teams` connection exceeds"
        " the `first` limit of 100 records."
    )


@pytest.mark.parametrize(
    ("bounds", "kind"),
    [
        ("first: 1, last: 1", "UNPROCESSABLE"),
        ("first: 0", "UNPROCESSABLE"),
        ('first: 1, after: "MTAw"', "INVALID_CURSOR_ARGUMENTS"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(
    sandbox: Sandbox, bounds: str, kind: str
) -> None:
    answer = ask(
        sandbox,
        f'{{ organization(login: "acme") {{ teams({bounds}) {{ nodes {{ id }} }} }} }}',
    )

    assert error(answer)["type"] == kind


def test_t66_half_a_million_nodes_are_the_most(sandbox: Sandbox) -> None:
    answer = ask(
        sandbox,
        """{ organization(login: "acme") { teams(first: 100) { nodes {
             childTeams(first: 100) { nodes { members(first: 100) { nodes { id } } } }
           } } } }""",
    )

    assert "data" not in answer.body
    assert error(answer)["type"] == "MAX_NODE_LIMIT_EXCEEDED"
    assert error(answer)["message"] == (
        "This query requests up to 1,010,100 possible nodes which exceeds"
        " the maximum limit of 500,000."
    )


def test_a_query_tells_what_it_costs(sandbox: Sandbox) -> None:
    text = """{ organization(login: "acme") {
                  membersWithRole(first: 100) { nodes { id } } }
                rateLimit { limit cost remaining used nodeCount resetAt } }"""

    ask(sandbox, text)
    found = data(ask(sandbox, text))["rateLimit"]

    assert found == {
        "limit": 5000,
        "cost": 1,
        "remaining": 4998,
        "used": 2,
        "nodeCount": 100,
        "resetAt": "2026-03-01T13:00:00Z",
    }


def test_a_dry_run_costs_nothing(sandbox: Sandbox) -> None:
    found = data(ask(sandbox, "{ rateLimit(dryRun: true) { cost remaining } }"))

    assert found["rateLimit"] == {"cost": 1, "remaining": 5000}


@pytest.mark.parametrize(
    "text", ["{ organization(login: 1) { id } }", "{ nonsense }", "{", ""]
)
def test_a_document_that_is_wrong_has_errors_and_no_data(
    sandbox: Sandbox, text: str
) -> None:
    answer = ask(sandbox, text)

    assert answer.status == 200
    assert "data" not in answer.body
    assert answer.body["errors"]


def test_a_variable_of_a_wrong_type_has_errors_and_no_data(sandbox: Sandbox) -> None:
    answer = ask(
        sandbox,
        "query ($org: String!) { organization(login: $org) { id } }",
        {"org": None},
    )

    assert "data" not in answer.body
    assert answer.body["errors"]


def test_there_are_no_mutations(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "mutation { addStar { clientMutationId } }")

    assert "data" not in answer.body


def test_operations_are_chosen_by_name(sandbox: Sandbox) -> None:
    payload = {
        "query": "query A { viewer { login } } query B { viewer { databaseId } }",
        "operationName": "B",
    }

    answer = call(sandbox, "POST", "/graphql", payload)

    assert data(answer) == {"viewer": {"databaseId": 1000}}
    assert sandbox.history.requests[-1].operation == "B"


def test_a_ghes_has_its_own_address(sandbox: Sandbox) -> None:
    answer = call(sandbox, "POST", "/api/graphql", {"query": "{ viewer { login } }"})

    assert data(answer) == {"viewer": {"login": "ada"}}


def test_the_short_way_of_the_executor_leads_to_the_same_answer(world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN, teams=("platform",))
    document = parse(
        """{ viewer { __typename login } nope: user(login: "nope") { id }
             organization(login: "acme") { ...O
               pendingMembers(first: 5) { edges { cursor node { id login } } }
               teams(first: 5) { totalCount pageInfo { endCursor hasNextPage } nodes {
                 __typename id databaseId name privacy parentTeam { slug }
                 members(first: 5) { edges { role node { ...U login } } }
                 invitations(first: 5) { nodes { role createdAt invitee { ...U } } } } }
             } rateLimit { cost remaining resetAt } }
           fragment O on Organization { id viewerIsAMember ... { login name } }
           fragment U on User { id name isViewer url avatarUrl(size: 9) }"""
    )
    context = Reading(world, TOKENS[OWNER](world), Conditions(), Price())

    quick, plain = (
        execute_sync(schema(), document, context_value=context, executor_class=each)
        for each in (QuickExecutor, None)
    )

    assert quick.data == plain.data
    assert json.dumps(quick.data) == json.dumps(plain.data)
    assert quick.errors == plain.errors
    assert quick.errors


# Viewers


@pytest.mark.parametrize(
    ("token", "login", "rights"),
    [
        (OWNER, "ada", {"viewerCanAdminister": True, "viewerIsAMember": True}),
        (MEMBER, "bob", {"viewerCanAdminister": False, "viewerIsAMember": True}),
        (
            APP,
            "sandbox-app[bot]",
            {"viewerCanAdminister": False, "viewerIsAMember": False},
        ),
    ],
)
def test_a_token_tells_who_is_behind_it(
    sandbox: Sandbox, token: str, login: str, rights: dict[str, bool]
) -> None:
    found = data(
        ask(
            sandbox,
            """{ viewer { login }
                 organization(login: "acme") {
                   viewerCanAdminister viewerIsAMember } }""",
            token=token,
        )
    )

    assert found == {"viewer": {"login": login}, "organization": rights}


def test_a_member_sees_no_invitations_no_factors_and_no_secret_teams(
    sandbox: Sandbox, world: World
) -> None:
    world.invite("zoe", teams=("platform",))
    world.add_team("Vault", privacy=Privacy.SECRET)

    found = acme(
        sandbox,
        """membersWithRole(first: 1) { edges { hasTwoFactorEnabled } }
           pendingMembers(first: 9) { totalCount nodes { login } }
           teams(first: 9) { nodes { slug invitations(first: 9) { totalCount } } }
           team(slug: "vault") { id }""",
        MEMBER,
    )

    assert found == {
        "membersWithRole": {"edges": [{"hasTwoFactorEnabled": None}]},
        "pendingMembers": {"totalCount": 0, "nodes": []},
        "teams": {
            "nodes": [
                {"slug": "engineering", "invitations": None},
                {"slug": "platform", "invitations": None},
            ]
        },
        "team": None,
    }


def test_a_member_sees_a_secret_team_of_theirs(sandbox: Sandbox, world: World) -> None:
    vault = world.add_team("Vault", privacy=Privacy.SECRET)
    world.place(vault, world.known("bob").id, TeamRole.MEMBER)

    assert acme(sandbox, 'team(slug: "vault") { slug }', MEMBER)["team"]


def test_an_app_sees_what_an_owner_sees(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe", teams=("platform",))
    world.add_team("Vault", privacy=Privacy.SECRET)

    found = acme(
        sandbox,
        """pendingMembers(first: 9) { totalCount } teams(first: 9) { totalCount }
           team(slug: "platform") { invitations(first: 9) { totalCount } }""",
        APP,
    )

    assert found["pendingMembers"]["totalCount"] == 1
    assert found["teams"]["totalCount"] == 3
    assert found["team"]["invitations"]["totalCount"] == 1


def forbidden(answer: Answer) -> Any:
    assert answer.status == 200
    assert error(answer)["type"] == "FORBIDDEN"
    return answer.body["data"]


def test_t67_an_app_without_the_permission_gets_part_of_the_data(
    sandbox: Sandbox,
) -> None:
    answer = ask(
        sandbox,
        """{ viewer { login }
             organization(login: "acme") {
               membersWithRole(first: 1) { totalCount } } }""",
        token=BLIND_APP,
    )

    assert forbidden(answer) == {
        "viewer": {"login": "sandbox-app[bot]"},
        "organization": None,
    }
    assert error(answer)["path"] == ["organization", "membersWithRole"]
    assert error(answer)["message"] == "Resource not accessible by integration"


def test_t67_nor_does_it_find_invitations_or_teams_by_id(
    sandbox: Sandbox, world: World
) -> None:
    invitation = world.invite("zoe", teams=("platform",))
    platform = world.team("platform")
    assert platform is not None
    for each, kind in (
        (invitation_id(invitation), "NOT_FOUND"),
        (team_id(world, platform), "FORBIDDEN"),
    ):
        query = f'{{ node(id: "{each}") {{ id }} }}'
        assert data(ask(sandbox, query)) == {"node": {"id": each}}
        assert error(ask(sandbox, query, token=BLIND_APP))["type"] == kind


def test_t63_a_token_without_sso_gets_no_organization(sandbox: Sandbox) -> None:
    answer = ask(
        sandbox,
        '{ viewer { login } organization(login: "acme") { id } }',
        token=NO_SSO,
    )

    assert forbidden(answer) == {"viewer": {"login": "ada"}, "organization": None}
    assert error(answer)["extensions"] == {"saml_failure": True}


def test_an_unknown_token_is_turned_away(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "{ viewer { login } }", token="wrong")

    assert answer.status == 401
    assert answer.body["message"] == "Bad credentials"


def test_a_ghes_has_nobody_waiting(sandbox: Sandbox, world: World) -> None:
    world.policy.profile = Profile.SERVER

    found = acme(sandbox, "pendingMembers(first: 9) { totalCount }")

    assert found["pendingMembers"]["totalCount"] == 0
