"""Whose an e-mail address is, as far as GitHub shows it to owners.

It does so in two places: an identity provider of the organization names people, often
by their address; and on Enterprise Cloud owners see the addresses of members in the
domains that the organization has verified. What GitHub does not show is not known, and
no error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from gql import GraphQLRequest

from ghstate.errors import GitHubError, Unreachable
from ghstate.github import shapes
from ghstate.github.exchange import TryAgain
from ghstate.github.queries import identities_query, verified_emails_query
from ghstate.github.session import QueryErrors, Session, backoff
from ghstate.github.shapes import shaped_or_none
from ghstate.model.names import EmailAddress
from ghstate.plan.identity import Account

AT_ONCE = 100
"""Addresses, or members, to one request."""

_ATTEMPTS = 2

T = TypeVar("T")


async def behind(
    session: Session, addresses: Sequence[EmailAddress], members: Sequence[Account]
) -> Mapping[EmailAddress, Account]:
    """The one of *members* whose address it is; one that fits two fits nobody."""
    known = {account.id: account for account in members}
    if not addresses or not known:
        return {}
    fits: dict[EmailAddress, set[int]] = defaultdict(set)
    try:
        for some in _in_hundreds(addresses):
            for address, number in await _named(session, some):
                fits[address].add(number)
        wanted = frozenset(addresses)
        for some_members in _in_hundreds(members):
            shown = await _verified(session, some_members)
            if shown is None:
                # Not to this token, or not here: no use in asking about the others.
                break
            for number, email in shown:
                if email in wanted:
                    fits[EmailAddress(email)].add(number)
    except Unreachable:
        raise
    except GitHubError:
        return {}
    return {
        address: known[number]
        for address, numbers in fits.items()
        if len(numbers) == 1
        for number in numbers
        if number in known
    }


async def _named(
    session: Session, addresses: Sequence[EmailAddress]
) -> list[tuple[EmailAddress, int]]:
    """The accounts that the organization's identity provider names by an address."""
    data = await _shown(
        session,
        identities_query(len(addresses)),
        {f"name{n}": address.spelled for n, address in enumerate(addresses)},
    )
    organization = shaped_or_none(data.get("organization"), dict[str, Any]) or {}
    provider = organization.get("samlIdentityProvider")
    answers = shaped_or_none(provider, dict[str, Any]) or {}
    found: list[tuple[EmailAddress, int]] = []
    for n, address in enumerate(addresses):
        page = shaped_or_none(answers.get(f"n{n}"), shapes.ExternalIdentities)
        for node in (page and page["nodes"]) or ():
            if node is None or node["user"] is None or address not in _names(node):
                continue
            if (number := node["user"]["databaseId"]) is not None:
                found.append((address, number))
    return found


def _names(node: shapes.ExternalIdentity) -> set[str]:
    saml, scim = node["samlIdentity"], node["scimIdentity"]
    names = [scim["username"]] if scim else []
    names += [saml["nameId"], saml["username"]] if saml else []
    return {name.strip().lower() for name in names if name}


async def _verified(
    session: Session, members: Sequence[Account]
) -> list[tuple[int, str]] | None:
    """Whose addresses in the verified domains GitHub shows; None if of nobody."""
    data = await _shown(
        session,
        verified_emails_query(len(members)),
        {f"login{n}": str(member.login) for n, member in enumerate(members)},
    )
    shown = False
    found: list[tuple[int, str]] = []
    for n, member in enumerate(members):
        user = shaped_or_none(data.get(f"u{n}"), shapes.VerifiedUser)
        if user is None or user["databaseId"] != member.id:
            continue
        shown = True
        found += [
            (member.id, email.strip().lower())
            for email in user["organizationVerifiedDomainEmails"]
        ]
    return found if shown else None


async def _shown(
    session: Session, query: str, variables: Mapping[str, object]
) -> Mapping[str, Any]:
    """As much as GitHub answers to *query*; nothing where it refuses or is too slow."""
    everything = {"organization": session.organization, **variables}
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return await session.query(
                GraphQLRequest(query, variable_values=everything)
            )
        except QueryErrors as refused:
            return refused.data
        except TryAgain as reason:
            await session.pause(backoff(attempt), str(reason))
    return {}


def _in_hundreds(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), AT_ONCE):
        yield things[start : start + AT_ONCE]
