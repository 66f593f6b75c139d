import pytest

from ghstate.sandbox.records import InvitationRole, OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral, to_neutral
from ghstate.sandbox.world import World
from tests.sandbox.talk import call, get


def test_somebody_accepts(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN)

    answer = call(sandbox, "POST", "/sandbox/accept", {"login": "zoe"}, token=None)

    assert answer.status == 200
    assert answer.body["login"] == "zoe"
    assert world.role_of("zoe") is OrgRole.ADMIN


def test_an_address_accepts(sandbox: Sandbox, world: World) -> None:
    world.invite("new@acme.example")

    answer = call(
        sandbox, "POST", "/sandbox/accept", {"login": "new@acme.example"}, token=None
    )

    assert world.role_of(answer.body["login"]) is OrgRole.MEMBER


def test_t07_an_address_is_accepted_with_whatever_account_opens_the_link(
    sandbox: Sandbox, world: World
) -> None:
    world.invite("new@acme.example", InvitationRole.ADMIN)
    body = {"email": "new@acme.example", "login": "zoe"}

    answer = call(sandbox, "POST", "/sandbox/accept", body, token=None)

    assert answer.body == {"login": "zoe", "id": world.known("zoe").id}
    assert world.role_of("zoe") is OrgRole.ADMIN


def test_an_address_alone_accepts_with_its_own_account(
    sandbox: Sandbox, world: World
) -> None:
    world.known("zoe").emails.add("zoe@acme.example")
    world.invite("zoe@acme.example")
    body = {"email": "zoe@acme.example"}

    answer = call(sandbox, "POST", "/sandbox/accept", body, token=None)

    assert answer.body["login"] == "zoe"


def test_somebody_declines_leaves_or_changes_their_name(
    sandbox: Sandbox, world: World
) -> None:
    world.invite("zoe")

    for path, body in (
        ("decline", {"login": "zoe"}),
        ("leave", {"login": "bob"}),
        ("rename", {"login": "carol", "to": "caroline"}),
    ):
        answer = call(sandbox, "POST", f"/sandbox/{path}", body, token=None)
        assert answer.status == 200

    assert not world.invitations
    assert world.role_of("bob") is None
    assert world.role_of("caroline") is OrgRole.MEMBER


def test_time_passes(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe")

    call(sandbox, "POST", "/sandbox/advance", {"seconds": 7 * 86_400}, token=None)

    assert not world.invitations
    assert world.failed


def test_the_status_tells_who_is_waited_for(sandbox: Sandbox, world: World) -> None:
    world.invite("zoe", InvitationRole.ADMIN)
    world.invite("new@acme.example")
    get(sandbox, "/user")

    answer = get(sandbox, "/sandbox/status", token=None)

    assert answer.body == {
        "organization": "acme",
        "now": "2026-03-01T12:00:00+00:00",
        "members": 4,
        "teams": 2,
        "waiting": [
            {
                "who": "zoe",
                "role": "admin",
                "expires_at": "2026-03-08T12:00:00+00:00",
            },
            {
                "who": "new@acme.example",
                "role": "direct_member",
                "expires_at": "2026-03-08T12:00:00+00:00",
            },
        ],
        "requests": 1,
        "points": 0,
        "writes": 0,
        "mails": 2,
    }


def test_the_world_can_be_taken_home(sandbox: Sandbox, world: World) -> None:
    document = get(sandbox, "/sandbox/world", token=None).body

    assert document == to_neutral(world)
    assert to_neutral(from_neutral(document)) == document


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "accept", {"login": "yan"}, 422),
        ("POST", "accept", {"login": "nobody"}, 404),
        ("POST", "accept", {}, 422),
        ("POST", "accept", {"email": "new@acme.example", "login": "zoe"}, 422),
        ("POST", "accept", {"email": "new@acme.example", "login": ""}, 422),
        ("POST", "leave", {"login": "zoe"}, 422),
        ("POST", "rename", {"login": "bob", "to": "ada"}, 422),
        ("POST", "dance", {}, 404),
        ("GET", "accept", None, 404),
    ],
)
def test_what_cannot_be_done_is_said(
    sandbox: Sandbox, method: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    answer = call(sandbox, method, f"/sandbox/{path}", body, token=None)

    assert answer.status == status
    assert answer.body["message"]


def test_what_happens_behind_the_scenes_is_no_history(sandbox: Sandbox) -> None:
    get(sandbox, "/sandbox/status", token=None)

    assert len(sandbox.history) == 0
