"""Everything that may come between ghstate and GitHub, as data."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ghstate.sandbox import server
from ghstate.sandbox.conditions import Drop, Partial, Slow, Then
from ghstate.sandbox.replies import (
    BAD_CREDENTIALS,
    PROXY_PAGE,
    TIMEOUT,
    UNICORN,
    Reply,
    complaint,
    secondary_limit,
)

ELSEWHERE = "http://127.0.0.1:{port}/stolen"
RETRY_AFTER = 37
HUNDRED_MEGABYTES = 100 * 1024 * 1024
LATE = 1.0
"""Seconds; longer than a command waits in this suite."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A body that is no JSON of ours: *content*, and then *zeros* more bytes."""

    content: bytes
    zeros: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is answered, or happens, instead of an answer."""

    then: Then
    lost: bool = True
    """May it also come after GitHub has done what was asked?"""

    writes_only: bool = False
    queries_only: bool = False
    heavy: bool = False


def _rate_limited() -> Reply:
    body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    return Reply(200, body, {"retry-after": str(RETRY_AFTER)})


def _invalid(words: str, /, **error: str) -> Reply:
    """A 422, with the words GitHub is known to use."""
    said = complaint(422, words)
    if error:
        said.body["errors"] = [error]
    return said


def _invitation(words: str) -> Reply:
    return _invalid(
        "Validation Failed",
        resource="OrganizationInvitation",
        code="unprocessable",
        field="data",
        message=words,
    )


_HTML = {"content-type": "text/html"}
_JSON = {"content-type": "application/json; charset=utf-8"}
_ZIPPED = {**_JSON, "content-encoding": "gzip"}

FAULTS: dict[str, Fault] = {
    "reset": Fault(Drop()),
    "late": Fault(Slow(LATE), lost=False),
    "500": Fault(complaint(500, "Server Error")),
    "502 page": Fault(UNICORN),
    "502 of a query": Fault(TIMEOUT),
    "503": Fault(Reply(503, "<html>No server is available</html>", _HTML)),
    "504": Fault(complaint(504, "We couldn't respond to your request in time.")),
    "403 retry-after": Fault(secondary_limit(RETRY_AFTER)),
    "429 retry-after": Fault(
        Reply(429, complaint(429, "Too many").body, {"retry-after": str(RETRY_AFTER)}),
    ),
    "429 bare": Fault(complaint(429, "Too many requests")),
    "200 rate limited": Fault(_rate_limited(), lost=False, queries_only=True),
    "200 with a gap": Fault(Partial(), lost=False, queries_only=True),
    "resource limits": Fault(
        Partial(type="RESOURCE_LIMITS_EXCEEDED", message="Resource limits exceeded."),
        lost=False,
        queries_only=True,
    ),
    "forbidden gap": Fault(
        Partial(type="FORBIDDEN", message="Not for you."),
        lost=False,
        queries_only=True,
    ),
    "401": Fault(BAD_CREDENTIALS, lost=False),
    "403": Fault(complaint(403, "Forbidden"), lost=False),
    "404": Fault(complaint(404, "Not Found"), lost=False),
    "409": Fault(complaint(409, "Conflict"), lost=False),
    "422 unknown": Fault(_invalid("The dog ate it."), lost=False, writes_only=True),
    "422 not processed": Fault(
        _invalid("The request could not be processed."), lost=False, writes_only=True
    ),
    "422 organization": Fault(
        _invalid("Members must be users, not organizations."),
        lost=False,
        writes_only=True,
    ),
    "422 no seat": Fault(
        _invalid(
            "You must purchase at least one more seat to add this user as a member.",
            code="no_seat",
            field="user",
        ),
        lost=False,
        writes_only=True,
    ),
    "422 member": Fault(
        _invitation("Invitee is already a part of this organization"),
        lost=False,
        writes_only=True,
    ),
    "422 member's address": Fault(
        _invitation(
            "A user with this email address is already a part of this organization"
        ),
        lost=False,
        writes_only=True,
    ),
    "422 invited": Fault(
        _invitation("Invitee has already been invited to this organization"),
        lost=False,
        writes_only=True,
    ),
    "422 cap": Fault(
        _invitation("Over invitation rate limit"), lost=False, writes_only=True
    ),
    "422 managed": Fault(
        _invalid("This organization is managed by an enterprise."),
        lost=False,
        writes_only=True,
    ),
    "422 name": Fault(
        _invalid(
            "Validation Failed",
            resource="Team",
            code="already_exists",
            field="name",
            message="Name must be unique for this org",
        ),
        lost=False,
        writes_only=True,
    ),
    "no JSON": Fault(Reply(200, "{not quite", _JSON)),
    "other JSON": Fault(Reply(200, ["unlike", {"anything": None}])),
    "JSON null": Fault(Reply(200, Raw(b"null"), _JSON)),
    "nothing": Fault(Reply(200, Raw(b""), _JSON)),
    "proxy page": Fault(PROXY_PAGE),
    "half a gzip": Fault(
        Reply(200, Raw(gzip.compress(b'{"id": 1, "login": "x"}' * 9)[:30]), _ZIPPED)
    ),
    "no gzip at all": Fault(Reply(200, Raw(b'{"id": 1}'), _ZIPPED)),
    "301 elsewhere": Fault(Reply(301, None, {"location": ELSEWHERE})),
    "302 elsewhere": Fault(Reply(302, None, {"location": ELSEWHERE})),
    "307 elsewhere": Fault(Reply(307, None, {"location": ELSEWHERE})),
    "308 elsewhere": Fault(Reply(308, None, {"location": ELSEWHERE})),
    "100 MB": Fault(Reply(200, Raw(b"[", HUNDRED_MEGABYTES), _JSON), heavy=True),
}


def pointing_at(fault: Fault, port: int) -> Then:
    """*fault*'s answer; a redirect leads to *port*."""
    match fault.then:
        case Reply(status, body, headers) if "location" in headers:
            return Reply(status, body, {"location": ELSEWHERE.format(port=port)})
        case then:
            return then


_RESPONSE = server._response


def raw_response(reply: Reply, usual: Any) -> web.Response:
    """As the sandbox puts it, and `Raw` as it is."""
    if not isinstance(reply.body, Raw):
        return _RESPONSE(reply, usual)
    body = reply.body.content + b" " * reply.body.zeros
    return web.Response(
        status=reply.status, headers={**usual, **reply.headers}, body=body
    )
