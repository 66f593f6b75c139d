"""Speaking to S3: the connection, and what its errors mean to people.

Credentials, region and endpoint are found by boto3 in its usual places. An error is
told by its code alone: what else a server says may repeat a key or a signature.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import boto3
import msgspec
from botocore import exceptions
from botocore.config import Config

Client: TypeAlias = Any
"""boto3 makes its clients at run time and brings no types for them."""

LibraryError: TypeAlias = exceptions.BotoCoreError | exceptions.ClientError
LIBRARY_ERRORS = (exceptions.BotoCoreError, exceptions.ClientError)

_AMAZONS = (".amazonaws.com", ".amazonaws.com.cn")
_CONNECT_TIMEOUT = 10
_READ_TIMEOUT = 30
_LONGEST_CODE = 60

_NOT_ACCEPTED = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"}
)
_ELSEWHERE = frozenset(
    {
        "PermanentRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
    }
)
_NEVER_SENT = (
    exceptions.EndpointConnectionError,
    exceptions.ConnectTimeoutError,
    exceptions.ProxyConnectionError,
    exceptions.SSLError,
)
_NO_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
)


_making = Lock()
"""Clients may be shared by threads; making them may not."""


@cache
def session() -> Any:
    """What boto3 found in its usual places; it takes a quarter of a second."""
    return boto3.session.Session()


def connect() -> Client:
    """A client that asks once: whether to ask again depends on what was asked."""
    with _making:
        client = _client("auto")
        if _is_amazons(client):
            return client
        # Other servers rarely have a name in the DNS for each bucket.
        return _client("path")


def _is_amazons(client: Client) -> bool:
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    return host.endswith(_AMAZONS)


def _client(addressing_style: str) -> Client:
    try:
        return session().client("s3", config=_config(addressing_style))
    except ValueError as error:
        # The library says so of an endpoint that is none, and repeats it.
        raise exceptions.InvalidConfigError(error_msg="endpoint") from error


def _config(addressing_style: str) -> Config:
    return Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        # A conditional write that is sent again by the library may meet itself.
        retries={"mode": "standard", "total_max_attempts": 1},
        # Servers that are not Amazon's may refuse the newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": addressing_style},
    )


class Trouble(msgspec.Struct, frozen=True):
    """What went wrong, and the way out, in words that hold no secret."""

    cause: str
    hint: str


def status(error: LibraryError) -> int:
    """The HTTP status that was answered; 0 where none was."""
    if isinstance(error, exceptions.ClientError):
        found = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return found if isinstance(found, int) else 0
    return 0


def code(error: LibraryError) -> str:
    """S3's word for an error; it comes from outside, and is made harmless."""
    if not isinstance(error, exceptions.ClientError):
        return type(error).__name__
    word = str(error.response.get("Error", {}).get("Code", ""))
    plain = "".join(c for c in word[:_LONGEST_CODE] if c.isascii() and c.isalnum())
    # An answer without a body has no word, and the library takes the status for one.
    return "" if plain.isdigit() else plain


def may_have_happened(error: LibraryError) -> bool:
    """Can a request that ended so have been carried out, now or in a moment?"""
    if isinstance(error, exceptions.ClientError):
        return (
            status(error) >= 500
            or status(error) in {408, 429}
            or (code(error) == "RequestTimeout")
        )
    if isinstance(error, _NEVER_SENT):
        return False
    return isinstance(error, exceptions.HTTPClientError)


def trouble(error: LibraryError) -> Trouble:
    word = code(error)
    if isinstance(error, _NO_CREDENTIALS):
        return Trouble(
            "there are no AWS credentials",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or let boto3 find them "
            "in one of its other places",
        )
    if isinstance(error, exceptions.NoRegionError):
        return Trouble("no region is set", "set AWS_REGION to the bucket's")
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return Trouble(
            f"the server does not answer ({word})",
            "look at the network and at AWS_ENDPOINT_URL_S3, and run it again",
        )
    if not isinstance(error, exceptions.ClientError):
        return Trouble(
            f"boto3 cannot begin ({word})",
            "look at the AWS_ variables and at boto3's configuration",
        )
    if word in _NOT_ACCEPTED:
        return Trouble(
            f"the credentials are not accepted ({word})",
            "look at the AWS_ variables, and at the clock of this machine",
        )
    if word == "NoSuchBucket":
        return Trouble(
            "there is no such bucket",
            "create it, or name another one: [state] url in ghstate.toml",
        )
    if word in _ELSEWHERE or status(error) == 301:
        return Trouble(
            f"the bucket is in another region ({word or 'Moved'})",
            "set AWS_REGION to the bucket's",
        )
    if status(error) == 403:
        return Trouble(
            f"access is denied ({word or 'Forbidden'})",
            "give these credentials the rights of docs/stores.md; without "
            "s3:ListBucket, S3 says so also of what is not there",
        )
    return Trouble(
        f"the server says {status(error)} {word}".rstrip(),
        "run it again; if that does not help, look into the server's log",
    )
