"""Whether a token sees the whole organization, or only seems to."""

from __future__ import annotations

from collections.abc import Sequence

from ghstate.errors import SignInFailed, WriteFailed
from ghstate.github.session import Session, segment


async def are_there_invitations(
    session: Session, *, viewer: str, owner: bool, lists: Sequence[object]
) -> bool:
    """Has the organization invitations? Raises where it may not be seen whole.

    *lists* are those of the waiting and of the failed ones, or what GitHub said in
    their place. Owners see everything; an App does when GitHub answers it as one.
    Lists that are not there mean that there are no invitations: on GHES, and where
    the enterprise manages its users. But GitHub says 404 also to a token that may not
    see them, so that the right to has to show elsewhere.
    """
    app = viewer.endswith("[bot]")
    refusals = [each for each in lists if isinstance(each, WriteFailed)]
    if not refusals:
        if owner or app:
            return True
    elif (
        len(refusals) == len(lists)
        and all(r.status == 404 for r in refusals)
        and (await _sees_teams(session) if app else owner and _has_scope(session))
    ):
        return False
    who = "the GitHub App" if app else viewer
    what = "only owners see every member, team and invitation"
    if app:
        what = "its installation lacks the organization permission Members"
    elif owner:
        what = "the token may not see its invitations"
    raise SignInFailed(
        f"{who} may not see all of {session.organization}: {what}",
        hint="use the token of an owner with admin:org, "
        "or of a GitHub App with Members: write",
    )


def _has_scope(session: Session) -> bool:
    """Is it a token that may see invitations, as far as GitHub says what it may?"""
    return session.scopes is None or "admin:org" in session.scopes


async def _sees_teams(session: Session) -> bool:
    """May an App see what the permission Members shows? REST refuses it without."""
    path = f"/orgs/{segment(session.organization)}/teams"
    return (await session.get(path, per_page=1)).status == 200
