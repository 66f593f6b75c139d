"""A conversation on the wire: limits, refusals, strange answers and none at all."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ghstate.errors import (
    GhstateError,
    IncompleteRead,
    LimitReached,
    OutcomeUnknown,
    SignInFailed,
    Unreachable,
    WriteFailed,
)
from ghstate.github import exchange, shapes
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.exchange import TryAgain
from ghstate.github.invitation import invitations
from ghstate.github.pace import Clock
from ghstate.github.session import ATTEMPTS, QueryErrors, Reply, Session
from tests.github.wire import (
    BREAKS_OFF,
    ENDS_EARLY,
    SECRET,
    Says,
    Wire,
    asks,
    reads,
    writes,
)
from tests.traps.conversation import MIDNIGHT, Heard, Time

Work = Callable[[Session], Awaitable[object]]

ADA = {"state": "active", "role": "admin"}
DATA = {"data": {"viewer": {"login": "ada"}, "rateLimit": {"cost": 3}}}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait."}
EVERY_WAY = pytest.mark.parametrize("work", [reads, asks, writes])


def fine(work: Work) -> Says:
    return Says(200, DATA if work is asks else ADA)


# What is sent


def test_every_request_says_who_asks_for_what_in_which_version(wire: Wire) -> None:
    wire.converse(reads)

    headers = wire.requests[0].headers
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"].startswith("ghstate/")


def test_a_netrc_that_knows_the_host_changes_nothing(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {wire.server.host} login ada password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setattr(Endpoint, "is_loopback", False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    wire.converse(reads)

    assert wire.requests[0].headers["authorization"] == f"Bearer {SECRET}"


def test_an_organization_with_a_strange_name_stays_one_part_of_the_path(
    wire: Wire,
) -> None:
    wire.says(Says(200, []))

    async def work(session: Session) -> list[object]:
        return [each async for each in invitations(session, "invitations")]

    wire.converse(work, organization="a/../b?c#d")

    assert (
        wire.server.log[0][0]
        .environ["RAW_URI"]
        .startswith("/orgs/a%2F..%2Fb%3Fc%23d/invitations")
    )


# T61 and T62: limits


@EVERY_WAY
@pytest.mark.parametrize("status", [403, 429])
def test_t62_retry_after_is_obeyed_to_the_letter_and_in_sight(
    wire: Wire, work: Work, status: int
) -> None:
    wire.says(Says(status, SECONDARY, {"retry-after": "37"}), fine(work))

    wire.converse(work)

    first, again = wire.requests
    assert again.at - first.at == 37
    assert wire.heard.waiting_for == [(37.0, "GitHub's secondary rate limit")]
    assert (again.method, again.path, again.body) == (
        first.method,
        first.path,
        first.body,
    )


@EVERY_WAY
def test_t61_the_hour_is_waited_out_until_it_is_over(wire: Wire, work: Work) -> None:
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(MIDNIGHT) + 90),
    }
    wire.says(Says(403, {"message": "API rate limit exceeded"}, headers), fine(work))

    wire.converse(work)

    assert wire.heard.waiting_for == [(90.0, "GitHub's rate limit")]
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({}, [60.0]),
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(int(MIDNIGHT) + 12),
            },
            [12.0],
        ),
    ],
)
def test_t61_a_query_answered_200_with_nothing_but_a_limit_is_asked_again(
    wire: Wire, headers: dict[str, str], waits: list[float]
) -> None:
    limited = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit"}]}
    wire.says(Says(200, limited, headers), Says(200, DATA))

    assert wire.converse(asks) == DATA["data"]
    assert wire.time.waits == waits


@pytest.mark.parametrize(
    "answer",
    [
        Says(403, SECONDARY),
        Says(429, {"message": "slow down"}),
        Says(403, {"message": "You have triggered an abuse detection mechanism."}),
        Says(403, SECONDARY, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
        Says(403, SECONDARY, {"retry-after": "-5"}),
        Says(403, SECONDARY, {"retry-after": "nan"}),
    ],
)
def test_t62_without_a_word_on_how_long_it_is_a_minute_and_longer_each_time(
    wire: Wire, answer: Says
) -> None:
    wire.says(answer, answer, Says(200, ADA))

    wire.converse(writes)

    assert wire.time.waits == [60.0, 120.0]


@EVERY_WAY
def test_t62_a_wait_that_is_too_long_ends_the_call_and_says_until_when(
    wire: Wire, work: Work
) -> None:
    wire.says(Says(403, SECONDARY, {"retry-after": "301"}))

    with pytest.raises(LimitReached) as caught:
        wire.converse(work, max_wait=300)

    assert caught.value.retry_at == datetime.fromtimestamp(MIDNIGHT + 301, tz=UTC)
    assert "lasts until 08:05:01 UTC" in caught.value.message
    assert not caught.value.grants_only
    assert (len(wire.requests), wire.time.waits) == (1, [])


@EVERY_WAY
def test_a_wait_ends_when_somebody_interrupts_it(wire: Wire, work: Work) -> None:
    interrupted = asyncio.Event()

    async def sleep(seconds: float) -> None:
        wire.time.waits.append(seconds)
        interrupted.set()
        await asyncio.Event().wait()

    async def talk() -> object:
        async with Session.open(
            "acme",
            Endpoint(wire.url, f"{wire.url}/graphql"),
            Token(SECRET),
            pause=0,
            max_wait=300,
            listener=wire.heard,
            clock=Clock(sleep=sleep, interrupted=interrupted),
        ) as session:
            try:
                return await work(session)
            finally:
                with pytest.raises(LimitReached):  # nor is the next one begun
                    await work(session)

    wire.says(Says(403, SECONDARY, {"retry-after": "37"}))

    with pytest.raises(LimitReached):
        asyncio.run(talk())

    assert (len(wire.requests), wire.time.waits) == (2, [37.0])


def test_t62_several_waits_of_one_call_are_too_long_together(wire: Wire) -> None:
    wire.says(Says(403, SECONDARY, {"retry-after": "37"}))

    with pytest.raises(LimitReached):
        wire.converse(reads, max_wait=100)

    assert (len(wire.requests), wire.time.waits) == (3, [37.0, 37.0])


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "0"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"},
    ],
)
def test_a_limit_that_says_it_is_over_is_not_stormed(
    wire: Wire, headers: dict[str, str]
) -> None:
    wire.says(Says(403, SECONDARY, headers))

    with pytest.raises(LimitReached):
        wire.converse(reads, max_wait=5)

    assert wire.time.waits == [1.0] * 5


@pytest.mark.parametrize("after", ["99999999999", "9" * 400])
def test_a_limit_that_lasts_for_ages_is_a_limit_all_the_same(
    wire: Wire, after: str
) -> None:
    wire.says(Says(403, SECONDARY, {"retry-after": after}))

    with pytest.raises(LimitReached):
        wire.converse(reads)


@EVERY_WAY
def test_a_long_wait_is_not_cut_short_by_somebody_elses_timeout(
    wire: Wire, work: Work
) -> None:
    class Leaping(asyncio.SelectorEventLoop):
        """Its clock goes on by as much as is waited, and every timer with it."""

        ahead = 0.0

        def time(self) -> float:
            return super().time() + self.ahead

    async def leap(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Leaping)
        loop.ahead += seconds
        await asyncio.sleep(0.01)

    async def talk() -> object:
        async with Session.open(
            "acme",
            Endpoint(wire.url, f"{wire.url}/graphql"),
            Token(SECRET),
            pause=0,
            max_wait=300,
            listener=wire.heard,
            clock=Clock(sleep=leap),
        ) as session:
            return await work(session)

    wire.says(Says(403, SECONDARY, {"retry-after": "290"}), fine(work))

    with asyncio.Runner(loop_factory=Leaping) as runner:
        runner.run(talk())

    assert len(wire.requests) == 2


# Refusals


@EVERY_WAY
def test_t68_a_token_that_is_not_accepted_is_tried_once(wire: Wire, work: Work) -> None:
    wire.says(Says(401, {"message": "Bad credentials"}))

    with pytest.raises(SignInFailed, match="does not accept the token: Bad creden"):
        wire.converse(work)

    assert len(wire.requests) == 1


@EVERY_WAY
def test_t39_single_sign_on_says_where_to_authorise_the_token(
    wire: Wire, work: Work
) -> None:
    url = "https://github.com/orgs/acme/sso?authorization_request=AB12"
    headers = {"x-github-sso": f"required; url={url}"}
    wire.says(Says(403, {"message": "Resource protected by SAML"}, headers))

    with pytest.raises(SignInFailed, match="single sign-on") as caught:
        wire.converse(work)

    assert caught.value.hint == f"authorise it at {url}"
    assert len(wire.requests) == 1


def test_a_refusal_says_what_github_says(wire: Wire) -> None:
    body = {
        "message": "Validation Failed",
        "errors": [
            {"resource": "Team", "code": "already_exists", "message": "Name is taken"},
            "Only owners can",
            {"code": 7},
            5,
        ],
    }
    wire.says(Says(422, body))

    with pytest.raises(WriteFailed) as caught:
        wire.converse(writes)

    refusal = caught.value
    assert refusal.message == (
        "GitHub answered 422: Validation Failed: Name is taken: Only owners can"
    )
    assert refusal.status == 422
    assert refusal.codes == {"already_exists", "7"}


@pytest.mark.parametrize("errors", ["not enough", 5, {"a": 1}, None])
def test_a_refusal_may_list_its_errors_in_any_way(wire: Wire, errors: object) -> None:
    wire.says(Says(422, {"message": "No", "errors": errors}))

    with pytest.raises(WriteFailed, match="GitHub answered 422: No"):
        wire.converse(writes)


def test_a_read_that_is_refused_is_an_answer(wire: Wire) -> None:
    wire.says(Says(403, {"message": "Must be an owner"}))

    reply = wire.converse(reads)

    assert isinstance(reply, Reply)
    assert (reply.status, len(wire.requests)) == (403, 1)


def test_a_query_that_is_refused_ends_with_githubs_words(wire: Wire) -> None:
    wire.says(Says(403, {"message": "Sorry. Your account was suspended."}))

    with pytest.raises(Unreachable, match="with 403: Sorry"):
        wire.converse(asks)


# Redirects


@EVERY_WAY
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_token_follows_no_redirect(
    wire: Wire, work: Work, status: int, host: str
) -> None:
    """Neither to another host nor on the same one, which is a renamed organization."""
    elsewhere = f"http://{host}:{wire.server.port}/organizations/7"
    wire.says(Says(status, "moved", {"location": elsewhere}), fine(work))

    with pytest.raises(Unreachable, match="is redirected to http://") as caught:
        wire.converse(work)

    assert caught.value.hint.startswith("was the organization renamed?")
    assert len(wire.requests) == 1


def test_a_redirect_to_nowhere_is_refused_as_well(wire: Wire) -> None:
    wire.says(Says(301, "moved"))

    with pytest.raises(Unreachable, match="is redirected to nowhere"):
        wire.converse(reads)


# Answers that are not GitHub's


@pytest.mark.parametrize(
    "answer",
    [
        Says(200, "<h1>Sign in to the network</h1>", {"content-type": "text/html"}),
        Says(200, '{"state": "act'),
        Says(200, "\xff not JSON"),
        ENDS_EARLY,
    ],
)
def test_what_became_of_a_write_is_not_known_from_a_strange_answer(
    wire: Wire, answer: Says
) -> None:
    wire.says(answer)

    with pytest.raises(OutcomeUnknown):
        wire.converse(writes)

    assert len(wire.requests) == 1


@pytest.mark.parametrize("work", [reads, asks])
@pytest.mark.parametrize(
    "answer",
    [
        Says(200, "<h1>Sign in to the network</h1>", {"content-type": "text/html"}),
        Says(404, "<h1>No such host</h1>", {"content-type": "text/html"}),
        Says(200, '{"data": {"vi'),
    ],
)
def test_a_read_does_not_believe_a_strange_answer(
    wire: Wire, work: Work, answer: Says
) -> None:
    wire.says(answer)

    with pytest.raises(Unreachable):
        wire.converse(work)

    assert len(wire.requests) == 1


def test_a_write_that_somebody_in_between_refuses_was_not_made(wire: Wire) -> None:
    page = {"content-type": "text/html"}
    wire.says(Says(407, "<h1>Proxy authentication required</h1>", page))

    with pytest.raises(Unreachable, match=r"\(407\) is not GitHub's: text/html"):
        wire.converse(writes)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        "text",
        5,
        {"data": None},
        {"data": []},
        {"data": "x"},
        {"message": "Not Found"},
    ],
)
def test_a_query_is_answered_with_data_or_not_at_all(wire: Wire, body: object) -> None:
    wire.says(Says(200, json.dumps(body)))

    with pytest.raises(Unreachable):
        wire.converse(asks)


@pytest.mark.parametrize(
    "errors", ["x", {"a": 1}, [1, None], [{"message": None, "extensions": "x"}]]
)
def test_errors_of_any_shape_are_errors(wire: Wire, errors: object) -> None:
    wire.says(Says(200, {"data": None, "errors": errors}))

    with pytest.raises(QueryErrors) as caught:
        wire.converse(asks)

    assert caught.value.data == {}
    assert all(isinstance(each, dict) for each in caught.value.errors)


@pytest.mark.parametrize(
    "limit", [None, {}, {"cost": None}, {"cost": "3"}, 5, {"cost": 3}]
)
def test_what_a_query_cost_is_only_counted(wire: Wire, limit: object) -> None:
    wire.says(Says(200, {"data": {"rateLimit": limit}}))

    async def work(session: Session) -> int:
        await asks(session)
        return session.points

    assert wire.converse(work) == (3 if limit == {"cost": 3} else 0)


def test_a_json_of_another_shape_is_a_clear_error(wire: Wire) -> None:
    wire.says(Says(200, {"login": "ada"}))

    async def work(session: Session) -> object:
        return (await session.get("/users/ada")).read(shapes.Account)

    with pytest.raises(Unreachable) as caught:
        wire.converse(work)

    assert caught.value.message == (
        "the answer to GET /users/ada is not as GitHub documents it: "
        "Object missing required field `id`"
    )


def test_an_answer_that_is_too_large_is_not_kept(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1000)
    wire.says(Says(200, {"login": "a" * 1000}))

    with pytest.raises(Unreachable, match="larger than any of GitHub's"):
        wire.converse(reads)
    with pytest.raises(OutcomeUnknown, match="larger than any of GitHub's"):
        wire.converse(writes)


# No answer


@pytest.mark.parametrize("answer", [BREAKS_OFF, ENDS_EARLY, Says(502, "oops")])
def test_a_read_without_an_answer_is_repeated(wire: Wire, answer: Says | str) -> None:
    wire.says(answer, answer, Says(200, ADA))

    reply = wire.converse(reads)

    assert isinstance(reply, Reply)
    assert reply.body == ADA
    assert len(wire.requests) == 3
    assert wire.time.waits == [0.2, 0.4]


@pytest.mark.parametrize("answer", [BREAKS_OFF, Says(504, "late"), Says(520, "?")])
def test_a_read_that_never_gets_an_answer_ends(wire: Wire, answer: Says | str) -> None:
    wire.says(answer)

    with pytest.raises(Unreachable, match=f"{ATTEMPTS} times in a row, to GET /orgs"):
        wire.converse(reads)

    assert len(wire.requests) == ATTEMPTS
    felt = [wait for wait in wire.time.waits if wait >= 1]
    assert [seconds for seconds, _ in wire.heard.waiting_for] == felt


@pytest.mark.parametrize("answer", [BREAKS_OFF, ENDS_EARLY, Says(502, "oops")])
def test_a_query_without_an_answer_is_for_the_asker_to_repeat(
    wire: Wire, answer: Says | str
) -> None:
    wire.says(answer)

    with pytest.raises(TryAgain):
        wire.converse(asks)

    assert len(wire.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "answer",
    [BREAKS_OFF, ENDS_EARLY, *(Says(n, "?") for n in (500, 502, 503, 504, 520))],
)
def test_t69_a_write_without_an_answer_is_sent_once(
    wire: Wire, method: str, answer: Says | str
) -> None:
    wire.says(answer)

    with pytest.raises(OutcomeUnknown, match=f"to {method} /orgs/acme/x"):
        wire.converse(lambda session: session.write(method, "/orgs/acme/x", {"a": 1}))

    assert wire.sent == [f"{method} /orgs/acme/x"]


@pytest.mark.parametrize("path", ["/teams/graphql", "/teams/x/memberships/graphql"])
def test_t69_a_write_to_somebody_called_graphql_is_no_query(
    wire: Wire, path: str
) -> None:
    wire.says(BREAKS_OFF)

    with pytest.raises(OutcomeUnknown):
        wire.converse(lambda session: session.write("DELETE", path))

    assert len(wire.requests) == 1


@EVERY_WAY
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_cannot_be_reached_is_named(
    wire: Wire, work: Work, scheme: str
) -> None:
    # Nobody listens at one; the other is spoken to in TLS, and knows none.
    port = 1 if scheme == "http" else wire.server.port
    url = f"{scheme}://127.0.0.1:{port}"

    async def talk() -> object:
        async with Session.open(
            "acme",
            Endpoint(url, f"{url}/graphql"),
            Token(SECRET),
            pause=0,
            max_wait=300,
            listener=Heard(),
            clock=Time().clock(),
        ) as session:
            return await work(session)

    with pytest.raises(Unreachable) as caught:
        asyncio.run(talk())

    why = caught.value.message.removeprefix(f"cannot reach 127.0.0.1:{port}: ")
    if scheme == "http":
        assert why == "connection refused"
    else:
        assert re.search(r"^[a-z\[].*ssl", why, re.IGNORECASE)
    assert "api_url" in caught.value.hint
    assert wire.requests == []


# Paging


async def items(session: Session) -> list[int]:
    return [each async for each in session.get_all("/orgs/acme/list", int)]


def linked(items: list[int], following: str) -> Says:
    link = f'<https://x/first>; rel="first", <{following}>; rel="next"'
    return Says(200, items, {"link": link})


def test_a_list_is_read_along_its_links(wire: Wire) -> None:
    wire.says(
        linked([1, 2], f"{wire.url}/organizations/7/list?page=2"),
        linked([3], f"{wire.url}/organizations/7/list?page=3"),
        Says(200, [4], {"link": f'<{wire.url}/a?page=1>; rel="prev"'}),
    )

    assert wire.converse(items) == [1, 2, 3, 4]
    assert wire.sent == [
        "GET /orgs/acme/list?per_page=100",
        "GET /organizations/7/list?page=2",
        "GET /organizations/7/list?page=3",
    ]


@pytest.mark.parametrize(
    "following",
    [
        "https://github.evil.example/list?page=2",
        "https://{host}:{port}/list?page=2",
        "http://{host}/list?page=2",
        "http://{host}:{port}@evil.example/list",
        "/list?page=2",
        "http://[",
        "",
    ],
)
def test_a_next_page_on_another_host_is_refused(wire: Wire, following: str) -> None:
    wire.says(
        linked([1], following.format(host=wire.server.host, port=wire.server.port))
    )

    with pytest.raises(Unreachable, match="next page is on another host"):
        wire.converse(items)

    assert len(wire.requests) == 1


def test_a_list_that_leads_back_to_itself_ends(wire: Wire) -> None:
    wire.says(linked([1], f"{wire.url}/list?page=2"))

    with pytest.raises(IncompleteRead, match="goes round in a circle"):
        wire.converse(items)

    assert len(wire.requests) == 2


@pytest.mark.parametrize("body", [{}, None, "text", ["a"], [None]])
def test_a_list_is_a_list_of_what_is_asked_for(wire: Wire, body: object) -> None:
    wire.says(Says(200, json.dumps(body)))

    with pytest.raises(Unreachable, match="is not as GitHub documents it"):
        wire.converse(items)


def test_a_list_that_is_not_there_is_a_refusal(wire: Wire) -> None:
    wire.says(Says(404, {"message": "Not Found"}))

    with pytest.raises(WriteFailed, match="404: Not Found") as caught:
        wire.converse(items)

    assert caught.value.status == 404


# The pace of writes


def test_t62_a_second_lies_between_two_writes(wire: Wire) -> None:
    async def work(session: Session) -> None:
        await writes(session)
        await writes(session)
        wire.time.now += 0.25
        await writes(session)
        wire.time.now += 5
        await writes(session)

    wire.converse(work, pause=1.0)

    began = wire.requests[0].at
    assert [each.at - began for each in wire.requests] == [0, 1, 2, 7]
    assert wire.heard.waiting_for == []


def test_a_clock_that_is_set_back_stops_nothing(wire: Wire) -> None:
    async def work(session: Session) -> None:
        await writes(session)
        wire.time.now -= 3600
        await writes(session)

    wire.converse(work, pause=1.0)

    assert wire.time.waits == [1.0]


def invites(many: int) -> Work:
    async def work(session: Session) -> None:
        for _ in range(many):
            await session.write("POST", "/invitations", {}, creates_content=True)

    return work


def test_t62_eighty_calls_a_minute_may_create_content(wire: Wire) -> None:
    wire.converse(invites(81), pause=0.5)

    began = wire.requests[0].at
    assert wire.requests[79].at - began == 79 * 0.5
    assert wire.requests[80].at - began == 60
    assert wire.heard.waiting_for == [
        (20.5, "GitHub's limit for calls that create content")
    ]


def test_t62_beyond_five_hundred_an_hour_only_what_creates_content_waits(
    wire: Wire,
) -> None:
    async def work(session: Session) -> None:
        await invites(500)(session)
        with pytest.raises(LimitReached) as caught:
            await invites(1)(session)
        assert caught.value.grants_only
        await writes(session)

    wire.converse(work, pause=1.0)

    assert wire.sent[-1] == "PUT /orgs/acme/memberships/ada"
    assert len(wire.requests) == 501


# The token


@EVERY_WAY
@pytest.mark.parametrize(
    "answer",
    [
        BREAKS_OFF,
        ENDS_EARLY,
        Says(401, {"message": "Bad credentials"}),
        Says(422, {"message": "No"}),
        Says(403, SECONDARY, {"retry-after": "4000"}),
        Says(302, "moved", {"location": "http://localhost/"}),
        Says(200, "<h1>", {"content-type": "text/html"}),
        Says(200, "{"),
        Says(200, ADA),
    ],
)
def test_t78_the_token_stands_in_no_error_no_log_and_no_repr(
    wire: Wire, work: Work, answer: Says | str, caplog: pytest.LogCaptureFixture
) -> None:
    wire.says(answer)
    told: list[str] = []

    async def tells(session: Session) -> None:
        try:
            told.append(repr(await work(session)))
        except (GhstateError, TryAgain) as error:
            told.extend([repr(error), *traceback.format_exception(error)])
        told.extend(map(repr, [session, *vars(session).values()]))

    with caplog.at_level(logging.DEBUG):
        wire.converse(tells)

    assert told
    assert SECRET not in "".join(told) + caplog.text
    assert all(
        each.headers["authorization"] == f"Bearer {SECRET}" for each in wire.requests
    )
