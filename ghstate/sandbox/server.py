"""The sandbox over HTTP: GraphQL, REST, and the strings behind the scenes."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime
from hashlib import sha256

from aiohttp import web

from ghstate.sandbox import controls, graphql, rest
from ghstate.sandbox.asked import Asked, understand
from ghstate.sandbox.calls import Call
from ghstate.sandbox.conditions import (
    Budget,
    Conditions,
    Drop,
    Fault,
    Meanwhile,
    Partial,
    Slow,
)
from ghstate.sandbox.history import History, Request
from ghstate.sandbox.replies import (
    BAD_CREDENTIALS,
    DOCS,
    UNICORN,
    Reply,
    complaint,
    secondary_limit,
)
from ghstate.sandbox.viewers import TOKENS, Token, Viewer
from ghstate.sandbox.world import World

MINUTE = 60
LARGEST_BODY = 16 * 1024 * 1024
API_VERSIONS = frozenset({None, "2022-11-28", "2026-03-10"})
"""None: without the header, GitHub takes the first of them."""


@dataclass(slots=True)
class GitHub:
    """Answers requests from *world*, under *conditions*, and remembers them."""

    world: World
    conditions: Conditions
    tokens: dict[str, Token] = field(default_factory=lambda: dict(TOKENS))
    history: History = field(default_factory=History)
    crashes: list[Exception] = field(default_factory=list)
    """Mistakes of the sandbox itself, which a client sees as 500."""
    _flaky_writes: int = 0
    _served: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        asked = await understand(request)
        if asked.path.startswith("/sandbox/"):
            reply = controls.answer(
                self.world, self.history, asked.method, asked.path, asked.payload
            )
            return _response(reply, {})
        if self.conditions.latency:
            await asyncio.sleep(self.conditions.latency)
        faults = self.conditions.struck(asked.method, asked.path, asked.text)
        for fault in faults:
            if isinstance(fault.then, Slow):
                await asyncio.sleep(fault.then.seconds)
        try:
            answered = self._answer(asked, faults)
        except Exception as error:
            self.crashes.append(error)
            raise
        if answered is None:
            # No answer at all: the client sees the connection close.
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError
        return _response(answered, self._headers(asked))

    def _answer(self, asked: Asked, faults: list[Fault]) -> Reply | None:
        """The reply, or None for a connection that breaks off."""
        self._served += 1
        self.world.settle()
        instead, lost = None, None
        partial = None
        for fault in faults:
            match fault.then:
                case Meanwhile(act):
                    act(self.world)
                case Partial():
                    partial = fault.then
                case Slow():
                    pass
                case Reply() | Drop():
                    if fault.after:
                        lost = fault.then
                    else:
                        instead = fault.then
        if instead is None and lost is None:
            instead, lost = self._bad_luck(asked)
        if instead is not None:
            return self._record(asked, instead, points=0, done=False)
        reply, points, done = self._process(asked)
        if partial is not None:
            reply = _with_gap(reply, partial)
        return self._record(asked, lost or reply, points=points, done=done)

    def _bad_luck(self, asked: Asked) -> tuple[Reply | None, Reply | None]:
        """A 502 now and then: before the request is processed, or after it was."""
        conditions = self.conditions
        if conditions.flaky <= 0 or (asked.is_write and not conditions.flaky_writes):
            return None, None
        if conditions.chance() >= conditions.flaky:
            return None, None
        if not asked.is_write:
            return UNICORN, None
        self._flaky_writes += 1
        return (None, UNICORN) if self._flaky_writes % 2 == 0 else (UNICORN, None)

    def _process(self, asked: Asked) -> tuple[Reply, int, bool]:
        """The reply, the points it cost, and whether the request was carried out."""
        token = self.tokens.get(asked.token or "")
        if token is None:
            return BAD_CREDENTIALS, 0, False
        viewer = token(self.world)
        refusal = self._limit(asked, viewer)
        if refusal is not None:
            return refusal, 0, False
        if asked.is_query:
            payload = asked.payload if isinstance(asked.payload, dict) else {}
            answer = graphql.answer(self.world, viewer, self.conditions, payload)
            return answer.reply, answer.points, answer.reply.status < 400
        if asked.version not in API_VERSIONS:
            message = f"The version {asked.version!r} is not supported."
            return complaint(400, message), 0, False
        if not asked.readable:
            return complaint(400, "Problems parsing JSON"), 0, False
        call = Call(
            world=self.world,
            conditions=self.conditions,
            viewer=viewer,
            method=asked.method,
            path=asked.path,
            query=asked.query,
            payload=asked.payload,
            base=asked.base,
        )
        reply = rest.answer(call)
        if asked.method == "GET" and reply.status == 200:
            reply = self._unchanged(asked, reply)
        return reply, 0, reply.status < 400

    def _unchanged(self, asked: Asked, reply: Reply) -> Reply:
        """304 for what the client has already; it costs nothing of the hour."""
        digest = sha256(json.dumps(reply.body).encode()).hexdigest()
        tag = f'W/"{digest}"'
        headers = {**reply.headers, "etag": tag}
        if tag not in asked.if_none_match:
            return Reply(reply.status, reply.body, headers)
        self._budget(asked)[1].used -= 1
        return Reply(304, None, headers)

    def _limit(self, asked: Asked, viewer: Viewer) -> Reply | None:
        now = self.world.now
        per_minute = self.conditions.writes_per_minute
        if asked.is_write and per_minute is not None:
            recent = [
                (now - each.at).total_seconds()
                for each in self.history.writes()
                if each.done and (now - each.at).total_seconds() < MINUTE
            ]
            if len(recent) >= per_minute:
                return secondary_limit(int(MINUTE - recent[0]) or 1)
        if asked.is_query or asked.path == "/rate_limit":
            return None
        if self._budget(asked)[1].spend(1, now):
            return None
        return complaint(
            403,
            f"API rate limit exceeded for user ID {viewer.account}.",
            f"{DOCS}/overview/rate-limits-for-the-rest-api",
        )

    def _budget(self, asked: Asked) -> tuple[str, Budget]:
        """What a request is counted under, as `x-ratelimit-resource` names it."""
        if asked.is_query:
            return "graphql", self.conditions.graphql
        if asked.path.endswith("/audit-log"):
            return "audit_log", self.conditions.audit_log
        return "core", self.conditions.core

    def _record(
        self, asked: Asked, reply: Reply | Drop, *, points: int, done: bool
    ) -> Reply | None:
        self.history.requests.append(
            Request(
                method=asked.method,
                path=asked.path,
                params=asked.params,
                operation=asked.operation,
                status=0 if isinstance(reply, Drop) else reply.status,
                points=points,
                is_write=asked.is_write,
                done=done,
                body=asked.payload,
                token=asked.token,
                at=self.world.now,
            )
        )
        return None if isinstance(reply, Drop) else reply

    def _headers(self, asked: Asked) -> dict[str, str]:
        resource, budget = self._budget(asked)
        reset = budget.roll(self.world.now)
        headers = {
            "date": format_datetime(self.world.now.astimezone(UTC), usegmt=True),
            "x-ratelimit-limit": str(budget.limit),
            "x-ratelimit-remaining": str(budget.remaining),
            "x-ratelimit-used": str(budget.used),
            "x-ratelimit-reset": str(int(reset.timestamp())),
            "x-ratelimit-resource": resource,
            "x-github-request-id": f"0000:{self._served:06X}",
            "x-github-media-type": "github.v3; format=json",
        }
        token = self.tokens.get(asked.token or "")
        scopes = None if token is None else token(self.world).scopes
        if scopes is not None:
            headers["x-oauth-scopes"] = scopes
        return headers


def _with_gap(reply: Reply, partial: Partial) -> Reply:
    """*reply* with null at the path that failed, and the error that says so."""
    body = json.loads(json.dumps(reply.body))
    at = body.get("data")
    for part in partial.path[:-1]:
        at = at[part] if isinstance(at, dict) and part in at else None
    if isinstance(at, dict):
        at[partial.path[-1]] = None
    error = {
        "type": partial.type,
        "path": list(partial.path),
        "message": partial.message,
    }
    body["errors"] = [*body.get("errors", []), error]
    return Reply(reply.status, body, reply.headers)


def _response(reply: Reply, usual: Mapping[str, str]) -> web.Response:
    headers = {**usual, **reply.headers}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    if isinstance(reply.body, str):
        return web.Response(status=reply.status, text=reply.body, headers=headers)
    headers["content-type"] = "application/json; charset=utf-8"
    body = json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode()
    return web.Response(status=reply.status, body=body, headers=headers)


def application(world: World, conditions: Conditions) -> web.Application:
    """A GitHub at the root, and as a GHES has it under `/api`."""
    return serving(GitHub(world, conditions))


def serving(github: GitHub) -> web.Application:
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_route("*", "/{path:.*}", github.handle)
    return app
