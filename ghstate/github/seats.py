"""Seats, where GitHub tells how many there are."""

from __future__ import annotations

from ghstate.errors import GitHubError, Unreachable
from ghstate.github import shapes
from ghstate.github.session import Session, segment
from ghstate.github.shapes import shaped_or_none
from ghstate.model.organization import Seats


async def seats(session: Session) -> Seats | None:
    """None where GitHub does not say: to Apps, on free plans, on GHES."""
    try:
        reply = await session.get(f"/orgs/{segment(session.organization)}")
    except Unreachable:
        raise
    except GitHubError:
        return None
    if reply.status != 200:
        return None
    found = shaped_or_none(reply.body, shapes.Organization)
    plan = found.plan if found else None
    if plan is None or plan.seats is None or plan.filled_seats is None:
        return None
    return Seats(total=plan.seats, taken=plan.filled_seats)
