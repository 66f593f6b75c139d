import time
from datetime import timedelta
from http.client import HTTPException

import pytest

from ghstate.sandbox.conditions import (
    Conditions,
    Distortion,
    Drop,
    Fault,
    Meanwhile,
    Partial,
    Slow,
    TooLarge,
)
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.replies import PROXY_PAGE, TIMEOUT, Reply, secondary_limit
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.sandbox.talk import ask, call, data, error, get

MEMBERS = """query Members($first: Int = 100, $after: String) {
  organization(login: "acme") {
    membersWithRole(first: $first, after: $after) { totalCount
      pageInfo { hasNextPage endCursor } edges { role node { login } } } } }"""
TEAMS = """{ viewer { login } organization(login: "acme") { teams(first: 5) { nodes {
  slug members(first: 100) { totalCount nodes { login } } } } } }"""
ZOE = "/orgs/acme/memberships/zoe"


def test_nothing_goes_wrong_by_itself(sandbox: Sandbox) -> None:
    assert all(get(sandbox, "/user").status == 200 for _ in range(20))


def test_t62_the_nth_request_that_matches_is_answered_otherwise(
    sandbox: Sandbox,
) -> None:
    sandbox.conditions.script(
        Fault(secondary_limit(37), method="PUT", path="/orgs/acme/memberships/", nth=2)
    )

    first = call(sandbox, "PUT", ZOE)
    second = call(sandbox, "PUT", "/orgs/acme/memberships/yan")
    third = call(sandbox, "PUT", "/orgs/acme/memberships/yan")

    assert [first.status, second.status, third.status] == [200, 403, 200]
    assert second.headers["retry-after"] == "37"
    assert [each.done for each in sandbox.history] == [True, False, True]


def test_a_fault_may_last(sandbox: Sandbox) -> None:
    sandbox.conditions.script(Fault(Reply(503), path="/user", nth=2, times=None))

    assert [get(sandbox, "/user").status for _ in range(4)] == [200, 503, 503, 503]
    assert get(sandbox, "/meta").status == 200


def test_an_answer_may_be_lost_after_the_write_was_done(sandbox: Sandbox) -> None:
    sandbox.conditions.script(Fault(Reply(502), method="PUT", after=True))

    answer = call(sandbox, "PUT", ZOE)

    assert answer.status == 502
    assert len(sandbox.world.invitations) == 1
    assert [each.done for each in sandbox.history.writes()] == [True]


@pytest.mark.parametrize(("after", "invited"), [(False, 0), (True, 1)])
def test_a_connection_may_break_off_before_or_after(
    sandbox: Sandbox,
    after: bool,  # noqa: FBT001 - one of the two cases of the table
    invited: int,
) -> None:
    sandbox.conditions.script(Fault(Drop(), method="PUT", after=after))

    with pytest.raises((HTTPException, ConnectionError)):
        call(sandbox, "PUT", ZOE)

    assert len(sandbox.world.invitations) == invited
    assert [each.status for each in sandbox.history] == [0]


def test_a_proxy_may_answer_instead(sandbox: Sandbox) -> None:
    sandbox.conditions.script(Fault(PROXY_PAGE, path="/graphql"))

    answer = ask(sandbox, MEMBERS)

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<html>" in answer.body


def test_a_fault_may_be_for_some_queries_only(sandbox: Sandbox) -> None:
    sandbox.conditions.script(Fault(TIMEOUT, query="query Members"))

    assert ask(sandbox, TEAMS).status == 200
    assert ask(sandbox, MEMBERS).status == 502
    assert ask(sandbox, MEMBERS).status == 200


def test_part_of_the_data_may_be_missing(sandbox: Sandbox) -> None:
    sandbox.conditions.script(Fault(Partial(path=("organization",)), nth=2))

    whole, part = ask(sandbox, TEAMS), ask(sandbox, TEAMS)

    assert data(whole)["organization"]
    assert part.body["data"] == {"viewer": {"login": "ada"}, "organization": None}
    assert error(part)["path"] == ["organization"]


def test_part_of_an_organization_may_be_missing(sandbox: Sandbox) -> None:
    sandbox.conditions.script(Fault(Partial(path=("organization", "teams"))))

    answer = ask(sandbox, TEAMS)

    assert answer.body["data"]["organization"] == {"teams": None}


def test_t05_somebody_acts_between_two_requests(sandbox: Sandbox) -> None:
    def join(world: World) -> None:
        world.add_member("zoe")

    sandbox.conditions.script(Fault(Meanwhile(join), method="PUT"))
    assert get(sandbox, ZOE).status == 404

    assert call(sandbox, "PUT", ZOE).body["state"] == "active"


def test_an_answer_may_take_its_time(sandbox: Sandbox) -> None:
    sandbox.conditions.script(Fault(Slow(0.05), path="/user"))
    before = time.perf_counter()

    get(sandbox, "/user")

    assert time.perf_counter() - before >= 0.05


def test_every_answer_may_take_its_time(sandbox: Sandbox) -> None:
    sandbox.conditions.latency = 0.02
    before = time.perf_counter()

    for _ in range(3):
        get(sandbox, "/user")

    assert time.perf_counter() - before >= 0.06


def luck(seed: int) -> list[int]:
    conditions = Conditions(flaky=0.3, seed=seed)
    with Sandbox(World("acme"), conditions) as sandbox:
        return [get(sandbox, "/user").status for _ in range(30)]


def test_bad_luck_is_the_same_for_the_same_seed() -> None:
    assert luck(1) == luck(1) != luck(2)
    assert set(luck(1)) == {200, 502}


def test_bad_luck_spares_writes_unless_told_otherwise(sandbox: Sandbox) -> None:
    sandbox.conditions.flaky = 1.0
    assert get(sandbox, "/user").status == 502
    assert call(sandbox, "PUT", ZOE).status == 200

    sandbox.conditions.flaky_writes = True
    statuses = [call(sandbox, "DELETE", ZOE).status for _ in range(2)]

    assert statuses == [502, 502]
    assert [each.done for each in sandbox.history.writes()] == [True, False, True]
    assert not sandbox.world.invitations


def test_t66_a_page_that_is_too_large_times_out(sandbox: Sandbox) -> None:
    sandbox.conditions.max_page = 50

    assert ask(sandbox, MEMBERS, {"first": 51}).status == 502
    assert ask(sandbox, MEMBERS, {"first": 50}).status == 200


def test_t66_so_does_a_query_for_too_many_nodes(sandbox: Sandbox) -> None:
    sandbox.conditions.max_nodes = 500

    timeout = ask(sandbox, TEAMS)

    assert timeout.status == 502
    assert timeout.body["errors"][0]["message"].startswith("Something went wrong")
    assert ask(sandbox, MEMBERS).status == 200


def test_t64_a_page_that_is_too_large_may_leave_a_hole_instead(
    sandbox: Sandbox,
) -> None:
    sandbox.conditions.max_page = 50
    sandbox.conditions.when_too_large = TooLarge.PARTIAL

    answer = ask(sandbox, TEAMS)

    assert answer.status == 200
    assert answer.body["data"]["organization"]["teams"]["nodes"] == [None, None]
    assert {each["type"] for each in answer.body["errors"]} == {
        "RESOURCE_LIMITS_EXCEEDED"
    }


def test_t61_when_graphql_is_used_up_the_answer_is_200_with_an_error(
    sandbox: Sandbox, world: World
) -> None:
    reset = world.now + timedelta(minutes=10)
    sandbox.conditions.graphql.enforce(limit=5_000, remaining=2, resets_at=reset)

    answers = [ask(sandbox, MEMBERS) for _ in range(3)]
    world.advance(timedelta(minutes=10))
    later = ask(sandbox, MEMBERS)

    assert [each.status for each in answers] == [200, 200, 200]
    assert "data" not in answers[2].body
    assert error(answers[2])["type"] == "RATE_LIMITED"
    assert answers[2].headers["x-ratelimit-remaining"] == "0"
    assert answers[2].headers["x-ratelimit-resource"] == "graphql"
    assert int(answers[2].headers["x-ratelimit-reset"]) == reset.timestamp()
    assert data(later)


def test_t61_when_rest_is_used_up_the_answer_is_403(
    sandbox: Sandbox, world: World
) -> None:
    reset = world.now + timedelta(minutes=10)
    sandbox.conditions.core.enforce(limit=60, remaining=0, resets_at=reset)

    answer = call(sandbox, "PUT", ZOE)

    assert answer.status == 403
    assert answer.body["message"].startswith("API rate limit exceeded")
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert not world.invitations
    world.advance(timedelta(minutes=10))
    assert call(sandbox, "PUT", ZOE).status == 200


def test_t62_writes_may_be_limited_by_the_minute(
    sandbox: Sandbox, world: World
) -> None:
    sandbox.conditions.writes_per_minute = 2
    path = "/orgs/acme/teams/platform/memberships/bob"
    assert [call(sandbox, "PUT", path).status for _ in range(3)] == [200, 200, 403]
    world.advance(timedelta(seconds=20))

    refused = call(sandbox, "PUT", path)

    assert refused.headers["retry-after"] == "40"
    world.advance(timedelta(seconds=40))
    assert call(sandbox, "PUT", path).status == 200


def test_t26_somebody_hidden_is_counted_and_null(sandbox: Sandbox) -> None:
    sandbox.conditions.hidden.add("carol")

    members = data(ask(sandbox, MEMBERS))["organization"]["membersWithRole"]
    teams = data(ask(sandbox, TEAMS))["organization"]["teams"]["nodes"]

    assert members["totalCount"] == 4
    assert members["edges"][3] == {"role": "MEMBER", "node": None}
    assert teams[1]["members"] == {
        "totalCount": 2,
        "nodes": [{"login": "ada"}, None],
    }


def test_a_count_may_be_wrong(sandbox: Sandbox) -> None:
    sandbox.conditions.distortions.append(
        Distortion(connection="Organization.membersWithRole", total_off_by=1)
    )

    members = data(ask(sandbox, MEMBERS))["organization"]["membersWithRole"]

    assert (members["totalCount"], len(members["edges"])) == (5, 4)


@pytest.mark.parametrize(("honest", "total"), [(False, 1), (True, 3)])
def test_rows_may_be_lost_with_the_count_or_without(
    sandbox: Sandbox,
    honest: bool,  # noqa: FBT001 - one of the two cases of the table
    total: int,
) -> None:
    sandbox.conditions.distortions.append(
        Distortion(connection="Team.members", keep=1, honest=honest)
    )

    [engineering, _] = data(ask(sandbox, TEAMS))["organization"]["teams"]["nodes"]

    assert len(engineering["members"]["nodes"]) == 1
    assert engineering["members"]["totalCount"] == total


def test_a_list_of_rest_may_be_cut_short(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe")
    world.invite("yan")
    sandbox.conditions.distortions.append(Distortion(connection="invitations", keep=1))

    assert len(get(sandbox, "/orgs/acme/invitations").body) == 1


def test_a_page_may_be_dropped(sandbox: Sandbox) -> None:
    sandbox.conditions.distortions.append(
        Distortion(connection="Organization.membersWithRole", drop_page=2)
    )
    after, more = None, True
    seen: list[str] = []

    while more:
        variables = {"first": 1, "after": after}
        page = data(ask(sandbox, MEMBERS, variables))["organization"]["membersWithRole"]
        seen += [edge["node"]["login"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == ["ada", "grace", "carol"]


def test_t53_a_new_team_may_not_be_there_yet(sandbox: Sandbox) -> None:
    sandbox.conditions.new_team_lag = 2
    call(sandbox, "POST", "/orgs/acme/teams", {"name": "Ops"})

    statuses = [get(sandbox, "/orgs/acme/teams/ops").status for _ in range(3)]

    assert statuses == [404, 404, 200]


def test_t42_a_role_may_be_ignored(sandbox: Sandbox, world: World) -> None:
    sandbox.conditions.roles_ignored = True

    answer = call(sandbox, "PUT", "/orgs/acme/memberships/grace", {"role": "member"})
    invited = call(sandbox, "PUT", ZOE, {"role": "admin"})

    assert answer.status == invited.status == 200
    assert invited.body["role"] == "member"
    assert world.role_of("grace") is OrgRole.MEMBER


def test_history_tells_what_was_asked(sandbox: Sandbox) -> None:
    ask(sandbox, MEMBERS)
    get(sandbox, "/orgs/acme/members?per_page=5")
    call(sandbox, "PUT", f"/api/v3{ZOE}", {"role": "admin"})

    query, read, write = sandbox.history
    assert (query.operation, query.points, query.is_write) == ("Members", 1, False)
    assert (read.path, read.params) == ("/orgs/acme/members", "per_page=5")
    assert (write.body, write.token) == ({"role": "admin"}, "sandbox-owner")
    assert sandbox.history.calls() == [f"PUT {ZOE}"]
    assert sandbox.history.queries() == [query]
    assert (len(sandbox.history), sandbox.history.points) == (3, 1)

    sandbox.history.clear()
    assert len(sandbox.history) == 0
