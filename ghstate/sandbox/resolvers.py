"""What each type of the GraphQL schema is resolved by."""

from collections.abc import Mapping
from types import MappingProxyType

from ghstate.sandbox.graphql_identities import IDENTITY, PROVIDER, SAML, SCIM
from ghstate.sandbox.graphql_people import INVITATION, ORGANIZATION, QUERY, USER
from ghstate.sandbox.graphql_teams import TEAM
from ghstate.sandbox.opaque import cursor
from ghstate.sandbox.pages import page_info
from ghstate.sandbox.reading import Fields
from ghstate.sandbox.records import Invitation, Team
from ghstate.sandbox.world import World

CONNECTION: Fields = {
    "edges": lambda page, _: page.edges,
    "nodes": lambda page, _: [edge and edge.node for edge in page.edges],
    "pageInfo": lambda page, _: page_info(page),
    "totalCount": lambda page, _: page.total,
}

EDGE: Fields = {
    "cursor": lambda edge, _: cursor(edge.key),
    "hasTwoFactorEnabled": lambda edge, _: edge.two_factor,
    "node": lambda edge, _: edge.node,
    "role": lambda edge, _: edge.role,
}

_BY_TYPE: Mapping[str, Fields] = MappingProxyType(
    {
        "Query": QUERY,
        "User": USER,
        "Organization": ORGANIZATION,
        "Team": TEAM,
        "OrganizationInvitation": INVITATION,
        "OrganizationIdentityProvider": PROVIDER,
        "ExternalIdentity": IDENTITY,
        "ExternalIdentitySamlAttributes": SAML,
        "ExternalIdentityScimAttributes": SCIM,
    }
)


def fields_of(type_name: str) -> Fields:
    if type_name.endswith("Connection"):
        return CONNECTION
    if type_name.endswith("Edge"):
        return EDGE
    return _BY_TYPE.get(type_name, {})


def type_of(value: object) -> str:
    """The name of the GraphQL type that *value* is an instance of."""
    match value:
        case World():
            return "Organization"
        case Team():
            return "Team"
        case Invitation():
            return "OrganizationInvitation"
        case _:
            return "User"
