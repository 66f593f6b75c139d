from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    parse,
    validate,
    validate_schema,
)

from ghstate.sandbox.graphql import schema

SHARED = Path(__file__).parents[2] / ".." / "shared" / "github"
LINK = Path(__file__).parents[2] / "schemas" / "github.graphql"


@cache
def published() -> GraphQLSchema:
    path = SHARED / "schema.graphql"
    if not path.exists():
        pytest.skip(f"GitHub's published schema is not here: {path.resolve()}")
    # Some deprecated fields of it implement fields that are not deprecated, which
    # graphql-core takes for a mistake.
    return build_schema(path.read_text("utf-8"), assume_valid=True)


def test_the_schema_is_a_schema() -> None:
    assert validate_schema(schema()) == []


def test_the_sandbox_offers_only_what_github_does() -> None:
    assert find_breaking_changes(schema(), published()) == []


def test_a_query_the_sandbox_takes_is_one_github_takes() -> None:
    query = parse(
        """query ($org: String!, $ids: [ID!]!) {
          viewer { login databaseId organizationVerifiedDomainEmails(login: $org) }
          organization(login: $org) {
            viewerCanAdminister viewerIsAMember
            membersWithRole(first: 100) { totalCount edges { role node { login } } }
            pendingMembers(last: 100) { nodes { databaseId } }
            samlIdentityProvider {
              externalIdentities(first: 100, membersOnly: true, login: "ada",
                                 userName: "ada@acme.example") {
                totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
                  guid user { login databaseId }
                  samlIdentity { nameId username } scimIdentity { username } } } } }
            teams(first: 30, orderBy: {field: NAME, direction: ASC}) { nodes {
              slug privacy notificationSetting parentTeam { slug }
              ancestors(first: 9) { nodes { slug } }
              childTeams(first: 9, immediateOnly: false) { nodes { slug } }
              members(first: 100, membership: IMMEDIATE,
                      orderBy: {field: LOGIN, direction: DESC}) {
                edges { cursor role node { id } } }
              invitations(first: 100) { nodes {
                email role invitationType invitationSource createdAt
                invitee { login } inviterActor { login } } } } } }
          nodes(ids: $ids) { __typename ... on OrganizationInvitation { role } }
          rateLimit { limit cost remaining used resetAt nodeCount }
        }"""
    )

    assert validate(schema(), query) == []
    assert validate(published(), query) == []


def test_the_schema_is_where_editors_look_for_it() -> None:
    assert LINK.is_symlink()
    assert not LINK.readlink().is_absolute()
    assert LINK.read_text("utf-8").startswith('"""The part of GitHub')
