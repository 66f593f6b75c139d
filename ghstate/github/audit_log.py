"""How people ceased to be members, as the audit log tells it.

Only Enterprise Cloud has one, for owners whose token may read it (`read:audit_log`, or
an App's Administration), and it answers 1,750 questions an hour. Nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ghstate.errors import GitHubError, Unreachable
from ghstate.github import shapes
from ghstate.github.session import Session, segment
from ghstate.github.shapes import shaped_or_none
from ghstate.model.names import Login
from ghstate.model.past import Departure

LOGINS_AT_MOST = 50
"""How many people are asked about in one run, a request each."""

_REMOVAL = "org.remove_member"
_EVENTS = 10


async def departures(
    session: Session, logins: Sequence[Login]
) -> Mapping[Login, Departure]:
    """The latest departure of each of *logins*; what is not told is left out.

    The first answer that is no list ends it: where one question is refused, so are
    the others.
    """
    found: dict[Login, Departure] = {}
    path = f"/orgs/{segment(session.organization)}/audit-log"
    for login in logins[:LOGINS_AT_MOST]:
        try:
            reply = await session.get(
                path,
                phrase=f"action:{_REMOVAL} user:{login.spelled}",
                order="desc",
                per_page=_EVENTS,
            )
        except Unreachable:
            raise
        except GitHubError:
            break
        if reply.status != 200:
            break
        rows = shaped_or_none(reply.body, list[Any]) or []
        events = (shaped_or_none(row, shapes.AuditEvent) for row in rows)
        times = [
            Departure(at, _on_their_own(event))
            for event in events
            if event and _is_of(event, login) and (at := time_of(event))
        ]
        if times:
            found[login] = max(times, key=lambda departure: departure.at)
    return found


def _is_of(event: shapes.AuditEvent, login: Login) -> bool:
    """Is it this person's removal? The log's search is not documented to be exact."""
    return event.action == _REMOVAL and login == (event.user or "").lower()


def _on_their_own(event: shapes.AuditEvent) -> bool:
    if event.actor_id is not None and event.user_id is not None:
        return event.actor_id == event.user_id
    return (
        bool(event.actor) and (event.actor or "").lower() == (event.user or "").lower()
    )


def time_of(event: shapes.AuditEvent) -> datetime | None:
    milliseconds = event.timestamp or event.created_at
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None
