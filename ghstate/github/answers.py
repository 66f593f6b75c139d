"""What an HTTP answer of GitHub means, before anybody looks at its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ghstate.errors import SignInFailed, Unreachable, WriteFailed

SECONDARY_LIMIT_WAIT = 60.0
"""Seconds to wait when a secondary limit comes without `retry-after` (documented)."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Come back in so many *seconds*."""

    seconds: float
    why: str
    told: bool = True
    """Did GitHub say how long? If not, each wait is to be longer than the last."""


@dataclass(frozen=True, slots=True)
class TooMuch:
    """GitHub could not answer in time, or will not answer so much at once."""

    why: str


@dataclass(frozen=True, slots=True)
class Fine:
    """An answer to be read, whatever it says."""


Meaning = Fine | Wait | TooMuch


def meaning(
    status: int, headers: Mapping[str, str], body: bytes, *, now: float
) -> Meaning:
    """What to do about an answer; raises where there is nothing to be done.

    *now* is in seconds since the epoch, as GitHub's ``x-ratelimit-reset`` is.
    """
    if status == 401:
        raise SignInFailed(
            "GitHub does not accept the token: " + message_of(body, "bad credentials"),
            hint="check that it is whole, not expired and not revoked",
        )
    if status in {403, 429}:
        return _refused(status, headers, body, now)
    if status >= 500:
        return TooMuch(f"GitHub answered {status}")
    if body and "json" not in headers.get("content-type", ""):
        raise Unreachable(
            f"the answer ({status}) is not GitHub's: "
            f"{headers.get('content-type', 'of no type')} instead of JSON",
            hint="is there a proxy in between, or is api_url wrong?",
        )
    if status == 200 and b'"RATE_LIMITED"' in body:
        return _primary_limit(headers, now) or Wait(
            SECONDARY_LIMIT_WAIT, "GitHub's rate limit", told=False
        )
    return Fine()


def _refused(
    status: int, headers: Mapping[str, str], body: bytes, now: float
) -> Meaning:
    text = message_of(body, "")
    if "required" in headers.get("x-github-sso", ""):
        _, _, url = headers["x-github-sso"].partition("url=")
        raise SignInFailed(
            "the token is not authorised for the organization's single sign-on",
            hint=f"authorise it at {url}" if url else "authorise it for SSO",
        )
    if (after := _seconds(headers.get("retry-after"))) is not None:
        return Wait(after, "GitHub's secondary rate limit")
    if limit := _primary_limit(headers, now):
        return limit
    if "rate limit" in text.lower() or "abuse" in text.lower() or status == 429:
        return Wait(SECONDARY_LIMIT_WAIT, "GitHub's secondary rate limit", told=False)
    return Fine()


def _primary_limit(headers: Mapping[str, str], now: float) -> Wait | None:
    if headers.get("x-ratelimit-remaining") != "0":
        return None
    reset = _seconds(headers.get("x-ratelimit-reset"))
    if reset is None:
        return Wait(SECONDARY_LIMIT_WAIT, "GitHub's rate limit", told=False)
    return Wait(reset - now, "GitHub's rate limit")


def _seconds(text: str | None) -> float | None:
    """Whole seconds, as GitHub writes them, and not more than a date can hold."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return float(min(int(text[:20]), 10**11))


def decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        raise Unreachable("the answer is not GitHub's: it is no JSON") from None


def message_of(body: bytes, otherwise: str) -> str:
    """GitHub's own words in an error body."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return otherwise
    if not isinstance(found, dict) or not isinstance(found.get("message"), str):
        return otherwise
    words: list[str] = [found["message"]]
    for each in _errors(found):
        match each:
            case str(text) | {"message": str(text)}:
                words.append(text)
            case _:
                pass
    return ": ".join(dict.fromkeys(word.strip() for word in words if word.strip()))


def _errors(body: Mapping[str, Any]) -> list[Any]:
    """What stands under ``errors``: objects, sentences, or one sentence alone."""
    errors = body.get("errors")
    if isinstance(errors, str):
        return [errors]
    return errors if isinstance(errors, list) else []


def write_failed(status: int, body: bytes) -> WriteFailed:
    """The refusal of a write, with GitHub's words and codes."""
    codes: frozenset[str] = frozenset()
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        found = None
    if isinstance(found, dict):
        codes = frozenset(
            str(each["code"])
            for each in _errors(found)
            if isinstance(each, dict) and "code" in each
        )
    text = message_of(body, "no reason given")
    return WriteFailed(f"GitHub answered {status}: {text}", status=status, codes=codes)
