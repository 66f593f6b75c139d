"""The documents that are sent to GitHub's GraphQL API.

Each is checked in the tests against GitHub's published schema.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghstate.github import member, team
from ghstate.github.lanes import Lane

LANES: tuple[Lane, ...] = (member.MEMBERS, team.TEAMS)


def snapshot_query(lanes: Sequence[Lane] = LANES) -> str:
    """The query that advances every lane by one page."""
    parameters = ", ".join(text for lane in lanes for text in lane.parameters())
    fields = "\n    ".join(text for lane in lanes for text in lane.fields())
    return f"""
query Snapshot($organization: String!, $placesPage: Int!, {parameters}) {{
  viewer {{ login }}
  organization(login: $organization) {{
    databaseId login viewerCanAdminister
    {fields}
  }}
  rateLimit {{ cost }}
}}"""


def overflow_query(lists: Sequence[str]) -> str:
    """The query that continues lists inside teams: ``members`` or ``invitations``."""
    parameters = ", ".join(f"$id{n}: ID!, $from{n}: String!" for n in range(len(lists)))
    fields = "\n  ".join(
        f"t{n}: node(id: $id{n}) {{ ... on Team {{ {inner} }} }}"
        for n, inner in enumerate(
            team.inner(what, f"$from{n}") for n, what in enumerate(lists)
        )
    )
    return f"""
query Overflow($placesPage: Int!, {parameters}) {{
  {fields}
  rateLimit {{ cost }}
}}"""


def accounts_query(count: int) -> str:
    """The query that looks up *count* logins."""
    parameters = ", ".join(f"$login{n}: String!" for n in range(count))
    fields = "\n  ".join(
        f"u{n}: user(login: $login{n}) {{ databaseId login }}" for n in range(count)
    )
    return f"""
query Accounts({parameters}) {{
  {fields}
  rateLimit {{ cost }}
}}"""


def identities_query(count: int) -> str:
    """The query that asks the organization's identity provider for *count* names.

    The filter is documented for `userName` and `NameID`, and not as exact.
    """
    parameters = ", ".join(f"$name{n}: String!" for n in range(count))
    fields = "\n      ".join(
        f"n{n}: externalIdentities(first: 10, userName: $name{n}) {{ nodes {{"
        " user { databaseId login }"
        " samlIdentity { nameId username } scimIdentity { username } } }"
        for n in range(count)
    )
    return f"""
query Identities($organization: String!, {parameters}) {{
  organization(login: $organization) {{
    samlIdentityProvider {{
      {fields}
    }}
  }}
  rateLimit {{ cost }}
}}"""


def verified_emails_query(count: int) -> str:
    """The query for the addresses that *count* members have in verified domains."""
    parameters = ", ".join(f"$login{n}: String!" for n in range(count))
    fields = "\n  ".join(
        f"u{n}: user(login: $login{n}) {{"
        " databaseId organizationVerifiedDomainEmails(login: $organization) }"
        for n in range(count)
    )
    return f"""
query VerifiedEmails($organization: String!, {parameters}) {{
  {fields}
  rateLimit {{ cost }}
}}"""
