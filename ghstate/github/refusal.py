"""Why GitHub does not invite somebody, as far as its words tell.

None of this decides what was done or what is tried next: GitHub has several sentences
for each reason and changes them (traps T05). What is there decides; the words only
become a limit or a hint.
"""

from __future__ import annotations

import re

from ghstate.errors import GitHubError, Limit, LimitReached, WriteFailed
from ghstate.model.names import EmailAddress, Login

_SEAT = re.compile(r"\bseats?\b|no_seat", re.IGNORECASE)
MANAGER_HINT = (
    "they have to answer that invitation first, or an owner cancels it on GitHub; "
    "ghstate does not touch it"
)
NOT_PROVISIONED_HINT = (
    "where an enterprise manages its users, "
    "the identity provider must provision the account in the enterprise first; "
    "elsewhere, the account must exist on this server"
)


def limit_behind(refusal: WriteFailed) -> LimitReached | None:
    """The limit of GitHub's that a refused invitation ran into, if it did."""
    words, codes = refusal.message.lower(), " ".join(refusal.codes).lower()
    if _SEAT.search(f"{codes} {words}"):
        return LimitReached(
            "the organization has no seat left",
            grants_only=True,
            kind=Limit.SEATS,
            hint="buy seats or free some, and run apply again",
        )
    too_many = "limit" in words or "too many" in words or "exceed" in words
    if "limit" in codes or ("invitation" in words and too_many):
        return LimitReached(
            "GitHub's limit of invitations a day is reached",
            grants_only=True,
            kind=Limit.INVITATIONS,
            hint="run apply again in 24 hours; nobody is invited twice",
        )
    return None


def explained(refusal: WriteFailed, to: Login) -> GitHubError:
    """*refusal* of an invitation as the limit that it is, or with a hint."""
    if limit := limit_behind(refusal):
        return limit
    return WriteFailed(
        refusal.message,
        status=refusal.status,
        codes=refusal.codes,
        hint=refusal.hint or _hint(refusal, to),
    )


def _hint(refusal: WriteFailed, to: Login) -> str:
    words, codes = refusal.message.lower(), " ".join(refusal.codes).lower()
    if "2fa" in codes or "two-factor" in words or "two factor" in words:
        return "they have to turn on two-factor authentication first"
    if "block" in words or "could not be processed" in words:
        return (
            "they may have blocked the organization, be blocked by it, or have an "
            "account that GitHub has flagged; ask them, or delete them from the files"
        )
    if isinstance(to, EmailAddress) and ("already" in words or "part of" in words):
        return (
            "the address seems to be a member's: write their login in its place, "
            'with email = "…" beside it'
        )
    return ""
