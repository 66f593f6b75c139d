"""Asking GitHub until it answers, with less at once where it cannot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gql import GraphQLRequest

from ghstate.errors import (
    IncompleteRead,
    OrganizationUnknown,
    SignInFailed,
    Unreachable,
)
from ghstate.github.exchange import TryAgain
from ghstate.github.session import ATTEMPTS, QueryErrors, Session, backoff

LARGEST_PAGE = 100


class Pages:
    """How much to ask for at once: as much as GitHub is able to answer.

    A size that has worked is not given up when a single answer fails; one that has
    never worked is halved at its second failure, or when GitHub says it is too much.
    """

    def __init__(self) -> None:
        self.size = LARGEST_PAGE
        self._proven = 0
        self._failures = 0

    def worked(self) -> None:
        self._proven = max(self._proven, self.size)
        self._failures = 0

    def failed(self, reason: TryAgain) -> float:
        """Seconds to wait before the next attempt; raises when there is no point."""
        self._failures += 1
        too_much = reason.too_much or (self._failures > 1 and self.size > self._proven)
        if too_much and self.size > 1:
            self.size = max(1, self.size // 2)
            self._failures = 0
            return 0.0
        if self._failures >= ATTEMPTS:
            raise Unreachable(f"{reason}, {ATTEMPTS} times in a row")
        return backoff(self._failures)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer in which some things may be missing, because there are none such."""

    data: Mapping[str, Any]
    missing: frozenset[str]
    """The names in *data* of which GitHub says outright that there is no such thing."""


class Asker:
    """Sends queries until they are answered whole."""

    def __init__(
        self, session: Session, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self.pages = Pages()
        self._session = session
        self._sleep = sleep

    async def ask(
        self, query: str, variables: Callable[[], Mapping[str, object]]
    ) -> Mapping[str, Any]:
        """The whole answer to *query*; *variables* are made anew for each attempt."""
        return (await self._ask(query, variables, each=False)).data

    async def ask_for_each(
        self, query: str, variables: Callable[[], Mapping[str, object]]
    ) -> Answered:
        """The answer to a *query* for several things, some of which may not exist."""
        return await self._ask(query, variables, each=True)

    async def _ask(
        self, query: str, variables: Callable[[], Mapping[str, object]], *, each: bool
    ) -> Answered:
        while True:
            request = GraphQLRequest(query, variable_values=dict(variables()))
            try:
                data = await self._session.query(request)
            except TryAgain as why:
                reason = why
            except QueryErrors as refused:
                if each and kinds_of(refused) == {"NOT_FOUND"}:
                    return Answered(refused.data, _names(refused))
                reason = self._refused(refused)
            else:
                self.pages.worked()
                return Answered(data, frozenset())
            await self._sleep(self.pages.failed(reason))

    def _refused(self, refused: QueryErrors) -> TryAgain:
        """What an answer with ``errors[]`` means: again, or an end of the read."""
        kinds = kinds_of(refused)
        words = str(refused) or "no reason given"
        if kinds & {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"}:
            return TryAgain(f"GitHub answered: {words}", too_much=True)
        if any(map(_is_saml, refused.errors)):
            raise SignInFailed(
                "the token is not authorised for the organization's single sign-on",
                hint="authorise it for SSO in the settings of its owner",
            )
        if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
            raise SignInFailed(
                f"the token may not see all of {self._session.organization}: {words}",
                hint="it needs admin:org, or as a GitHub App Members: write",
            )
        if any(map(_is_about_the_organization, refused.errors)):
            raise unknown(self._session.organization)
        if kinds <= {"SERVICE_UNAVAILABLE", "INTERNAL", ""}:
            return TryAgain(f"GitHub answered: {words}")
        raise IncompleteRead(
            f"GitHub answered with an error beside its data: {words}",
            hint="nothing was concluded from it; try again",
        )


def kinds_of(refused: QueryErrors) -> set[str]:
    return {str(error.get("type") or "") for error in refused.errors}


def _names(refused: QueryErrors) -> frozenset[str]:
    """The fields at the top of the query that the errors are about."""
    paths = (error.get("path") for error in refused.errors)
    return frozenset(str(path[0]) for path in paths if isinstance(path, list) and path)


def _is_about_the_organization(error: Mapping[str, Any]) -> bool:
    """Is it the organization itself that does not exist, and not a thing in it?"""
    return error.get("type") == "NOT_FOUND" and error.get("path") == ["organization"]


def _is_saml(error: Mapping[str, Any]) -> bool:
    match error:
        case {"extensions": {"saml_failure": saml}}:
            return bool(saml)
        case _:
            return False


def unknown(organization: str) -> OrganizationUnknown:
    return OrganizationUnknown(
        f"GitHub knows no organization {organization}, "
        "or does not show it to this token",
        hint="check the name in ghstate.toml, and whose token it is",
    )
