"""REST: the audit log, for owners of organizations on Enterprise Cloud."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from ghstate.sandbox.audit import Event, search
from ghstate.sandbox.calls import LARGEST_PAGE, USUAL_PAGE, Call
from ghstate.sandbox.refusals import Forbidden, Invalid, NotFound
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.world import World

ADMINISTRATION = "organization_administration=read"


def audit_log(call: Call) -> Reply:
    """A page of the events a phrase finds, newest first unless asked otherwise.

    Pages are led through by `after` and `before`, cursors the `link` header gives.
    """
    world = call.world
    _let_in(call)
    events = search(world.events, call.query.get("phrase", ""), world.now)
    if call.query.get("include") == "git":
        events = []
    ascending = call.query.get("order") == "asc"
    rows = events if ascending else events[::-1]
    size = min(max(call.number("per_page", USUAL_PAGE), 1), LARGEST_PAGE)
    after = _event(world, call.query.get("after"))
    before = _event(world, call.query.get("before"))
    left = [
        each
        for each in rows
        if (after is None or _precedes(after, each, ascending=ascending))
        and (before is None or _precedes(each, before, ascending=ascending))
    ]
    backwards = before is not None and after is None
    shown = left[-size:] if backwards else left[:size]
    links = _links(call, rows, shown)
    return Reply(
        200,
        [_described(world, each) for each in shown],
        {"link": links} if links else {},
    )


def _let_in(call: Call) -> None:
    if not call.world.policy.audit_log:
        raise NotFound
    if call.viewer.may_read_audit_log and call.owns:
        return
    # GitHub says 403 here; how it words that to people is not known.
    if call.viewer.app:
        raise Forbidden("Resource not accessible by integration", ADMINISTRATION)
    raise Forbidden(
        "You must be an organization owner, with a token that has at least the"
        " read:audit_log scope, to see the audit log."
    )


def _described(world: World, event: Event) -> dict[str, Any]:
    body: dict[str, Any] = {
        "@timestamp": event.milliseconds,
        "_document_id": event.document_id,
        "action": event.action.value,
        "actor": event.actor,
        "actor_id": event.actor_id,
        "created_at": event.milliseconds,
        "org": world.login,
        "org_id": world.org_id,
    }
    if event.user is not None:
        body |= {"user": event.user, "user_id": event.user_id}
    if event.team is not None:
        body["team"] = f"{world.login}/{event.team}"
    return body


def _cursor(event: Event) -> str:
    return b64encode(f"{event.milliseconds}|{event.document_id}".encode()).decode()


def _precedes(one: Event, other: Event, *, ascending: bool) -> bool:
    """Told by where events stand: a cursor stays good when others come."""
    if ascending:
        return one.position < other.position
    return other.position < one.position


def _event(world: World, cursor: str | None) -> Event | None:
    """The event a cursor stands at; None without a cursor."""
    if not cursor:
        return None
    try:
        raw = b64decode(cursor, validate=True).decode()
    except (NotBase64, ValueError):
        raw = ""
    document_id = raw.partition("|")[2]
    for event in world.events:
        if event.document_id == document_id:
            return event
    raise Invalid(f"Invalid request.\n\n{cursor!r} is not a cursor.")


def _links(call: Call, rows: Sequence[Event], shown: Sequence[Event]) -> str:
    if not shown or len(shown) == len(rows):
        return ""
    url = f"{call.base}/organizations/{call.world.org_id}/audit-log"
    same = {
        key: value
        for key, value in call.query.items()
        if key not in {"after", "before"}
    }

    def link(name: str, **cursors: str) -> str:
        return f'<{url}?{urlencode(same | cursors)}>; rel="{name}"'

    links = []
    if shown[-1] is not rows[-1]:
        links.append(link("next", after=_cursor(shown[-1]), before=""))
    if shown[0] is not rows[0]:
        links += [link("first"), link("prev", after="", before=_cursor(shown[0]))]
    return ", ".join(links)
