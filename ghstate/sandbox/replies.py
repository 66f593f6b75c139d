"""An answer, before it becomes HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class Reply:
    """*body* is JSON, text for an HTML page, or None for no body at all."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def complaint(status: int, message: str, docs: str = DOCS) -> Reply:
    """The body GitHub gives to an error in REST."""
    return Reply(
        status,
        {"message": message, "documentation_url": docs, "status": str(status)},
    )


BAD_CREDENTIALS = complaint(401, "Bad credentials")

TIMEOUT = Reply(
    502,
    {
        "data": None,
        "errors": [
            {
                "message": (
                    "Something went wrong while executing your query. This may be the"
                    " result of a timeout, or it could be a GitHub bug. Please include"
                    " `0000:0000:0000` when reporting this issue."
                )
            }
        ],
    },
)

UNICORN = Reply(
    502,
    "<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head>"
    "<body><p>We had issues producing the response to your request.</p></body></html>",
    {"content-type": "text/html; charset=utf-8"},
)

PROXY_PAGE = Reply(
    200,
    "<html><body><h1>Sign in to the network</h1></body></html>",
    {"content-type": "text/html"},
)


def secondary_limit(retry_after: int = 60) -> Reply:
    return Reply(
        403,
        {
            "message": (
                "You have exceeded a secondary rate limit."
                " Please wait a few minutes before you try again."
            ),
            "documentation_url": (
                f"{DOCS}/overview/rate-limits-for-the-rest-api"
                "#about-secondary-rate-limits"
            ),
            "status": "403",
        },
        {"retry-after": str(retry_after)},
    )
