"""Does a server keep to the conditions of a write?

Many servers that speak S3 accept ``If-None-Match`` and ignore it. A state on such a
server would lose writes without a word, so each is tried before it is trusted.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from enum import Enum

from ghstate.errors import StateError
from ghstate.store.s3_client import LIBRARY_ERRORS, Client, status


class Quotes(Enum):
    """How a server wants an ETag written in ``If-Match``."""

    AS_HTTP_SAYS = '"'
    NONE = ""
    """Ceph's gateway: measured with 16.2, which never finds a quoted one equal."""

    def around(self, tag: str) -> str:
        return f"{self.value}{tag}{self.value}"


_known: dict[tuple[str, str], Quotes] = {}
"""By endpoint and bucket: it is tried once in a process."""


def conditions(client: Client, bucket: str, key: str, place: str) -> Quotes:
    """How to write conditions, or `StateError` if this server keeps to none.

    Takes five requests the first time, on an object beside *key* that is removed.
    """
    server = (str(client.meta.endpoint_url), bucket)
    if server not in _known:
        probe = f"{key}.probe-{secrets.token_hex(8)}"
        try:
            _known[server] = _tried(client, bucket, probe, place)
        finally:
            with suppress(*LIBRARY_ERRORS):
                client.delete_object(Bucket=bucket, Key=probe)
    return _known[server]


def _tried(client: Client, bucket: str, probe: str, place: str) -> Quotes:
    def refused(content: bytes, **condition: str) -> bool:
        try:
            client.put_object(Bucket=bucket, Key=probe, Body=content, **condition)
        except LIBRARY_ERRORS as error:
            if status(error) == 501:
                raise _ignores(place, "conditional writes") from error
            if status(error) in {409, 412}:
                return True
            raise
        return False

    if refused(b"1", IfNoneMatch="*"):
        raise StateError(
            f"{place}: this server makes no object that is not there, {_UNSAFE}",
            hint=_HINT,
        )
    if not refused(b"2", IfNoneMatch="*"):
        raise _ignores(place, "If-None-Match")
    if not refused(b"3", IfMatch='"00000000000000000000000000000000"'):
        raise _ignores(place, "If-Match")
    tag = client.head_object(Bucket=bucket, Key=probe)["ETag"].strip('"')
    for quotes in Quotes:
        if not refused(b"4", IfMatch=quotes.around(tag)):
            return quotes
    raise StateError(
        f"{place}: this server does not know its own ETag again, {_UNSAFE}",
        hint=_HINT,
    )


_UNSAFE = "so it cannot keep a state safely"
_HINT = (
    "use S3 itself or a server with conditional writes, or keep the state elsewhere: "
    "docs/stores.md"
)


def _ignores(place: str, what: str) -> StateError:
    return StateError(
        f"{place}: this server ignores {what}, {_UNSAFE}",
        hint=_HINT,
    )
