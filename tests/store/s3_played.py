"""An S3 server that is played: it answers as Amazon's does, or fails as told.

For what a real server does not do when asked to. It does not check who asks.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Mischief(Enum):
    """What becomes of one writing."""

    NONE = auto()
    ANSWER_LOST = auto()
    """It is carried out, and the connection breaks."""

    ANSWERED_500 = auto()
    """It is carried out, and an error answered."""

    SENT_TWICE = auto()
    """A proxy sends it again, and the second answer is the one that arrives."""

    FAILED_503 = auto()
    """It is not carried out."""

    CONFLICT_409 = auto()
    OVERTAKEN = auto()
    """Somebody else's arrives before it, and the connection breaks."""

    REMOVED = auto()
    """What it was to replace is removed before it."""

    FORBIDDEN = auto()


_REFUSED = {
    Mischief.FAILED_503: (503, "SlowDown"),
    Mischief.CONFLICT_409: (409, "ConditionalRequestConflict"),
    Mischief.FORBIDDEN: (403, "AccessDenied"),
}


class Thing(NamedTuple):
    content: bytes
    tag: str
    at: datetime
    notes: Mapping[str, str]


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


CANARY = "c4n4ry"
"""Stands in every error, where Amazon's have keys and signatures."""


def refusal(status: int, code: str) -> Answer:
    words = f"<Error><Code>{code}</Code><Message>{CANARY} {code}</Message></Error>"
    return Answer(status, {"Content-Type": "application/xml"}, words.encode())


class Played:
    """What the server holds, and how it will behave."""

    def __init__(self) -> None:
        self.things: dict[str, Thing] = {}
        self.coming: list[Mischief] = []
        """For the next writings, one each."""

        self.of_the_key = ""
        """Mischief is for keys that end so."""

        self.ignored: frozenset[str] = frozenset()
        """Conditions that this server has never heard of."""

        self.knows_its_tags = True
        self.knows_conditions = True
        self.failing_reads = 0
        self.asked: list[str] = []
        self._one_at_a_time = threading.Lock()

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        """None where the connection breaks."""
        parts = urlsplit(path)
        _, _, key = unquote(parts.path).lstrip("/").partition("/")
        with self._one_at_a_time:
            self.asked.append(f"{method} {key}")
            if method == "PUT":
                return self._put_or_not(key, headers, body)
            if self.failing_reads and method in {"GET", "HEAD"}:
                self.failing_reads -= 1
                return refusal(500, "InternalError")
            match method:
                case "DELETE":
                    self.things.pop(key, None)
                    return Answer(204)
                case "GET" if not key:
                    return self._list(parse_qs(parts.query)["prefix"][0])
                case _:
                    return self._get(key)

    def _put_or_not(
        self, key: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        mischief = Mischief.NONE
        if self.coming and key.endswith(self.of_the_key) and ".probe-" not in key:
            mischief = self.coming.pop(0)
        if mischief in _REFUSED:
            return refusal(*_REFUSED[mischief])
        if mischief is Mischief.REMOVED:
            del self.things[key]
        if mischief is Mischief.OVERTAKEN:
            self._keep(key, b"somebody else's", {})
            return None
        answer = self._put(key, headers, body)
        match mischief:
            case Mischief.ANSWER_LOST:
                return None
            case Mischief.ANSWERED_500:
                return refusal(500, "InternalError")
            case Mischief.SENT_TWICE:
                return self._put(key, headers, body)
            case _:
                return answer

    def _put(self, key: str, headers: Mapping[str, str], body: bytes) -> Answer:
        kept = self.things.get(key)
        conditions = {"if-match", "if-none-match"} & headers.keys()
        if conditions and not self.knows_conditions:
            return refusal(501, "NotImplemented")
        if "if-none-match" in conditions - self.ignored and kept:
            return refusal(412, "PreconditionFailed")
        if "if-match" in conditions - self.ignored:
            if kept is None:
                return refusal(404, "NoSuchKey")
            if headers["if-match"] != f'"{kept.tag}"' or not self.knows_its_tags:
                return refusal(412, "PreconditionFailed")
        begins = "x-amz-meta-"
        notes = {each: headers[each] for each in headers if each.startswith(begins)}
        return Answer(200, {"ETag": f'"{self._keep(key, body, notes)}"'})

    def _keep(self, key: str, body: bytes, notes: Mapping[str, str]) -> str:
        tag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        self.things[key] = Thing(body, tag, datetime.now(UTC), notes)
        return tag

    def _get(self, key: str) -> Answer:
        thing = self.things.get(key)
        if thing is None:
            return refusal(404, "NoSuchKey")
        at = format_datetime(thing.at, usegmt=True)
        headers = {"ETag": f'"{thing.tag}"', "Last-Modified": at, **thing.notes}
        return Answer(200, headers, thing.content)

    def _list(self, prefix: str) -> Answer:
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><ETag>&quot;{thing.tag}&quot;</ETag>"
            f"<Size>{len(thing.content)}</Size></Contents>"
            for key, thing in sorted(self.things.items())
            if key.startswith(prefix)
        )
        words = f"<ListBucketResult>{entries}</ListBucketResult>"
        return Answer(200, {"Content-Type": "application/xml"}, words.encode())


@contextmanager
def playing() -> Iterator[tuple[Played, str]]:
    """A server in this process, and its address."""
    played = Played()

    class Handler(BaseHTTPRequestHandler):
        # Else the library waits a second for leave to send what it wants to put.
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 10

        def _any(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            headers = {key.lower(): value for key, value in self.headers.items()}
            answer = played.answer(
                self.command, self.path, headers, self.rfile.read(size)
            )
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for header, value in answer.headers.items():
                self.send_header(header, value)
            self.send_header("Content-Length", f"{len(answer.body)}")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_HEAD = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield played, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
