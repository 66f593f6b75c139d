"""What `ghstate sandbox accept ada` and its sisters call: no token, loopback only."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ghstate.sandbox.history import History
from ghstate.sandbox.records import Account
from ghstate.sandbox.replies import Reply, complaint
from ghstate.sandbox.seed import to_neutral
from ghstate.sandbox.world import World


def answer(
    world: World, history: History, method: str, path: str, payload: Any
) -> Reply:
    body: Mapping[str, Any] = payload if isinstance(payload, dict) else {}
    try:
        match method, path.removeprefix("/sandbox/"):
            case "GET", "status":
                return Reply(200, status(world, history))
            case "GET", "world":
                return Reply(200, to_neutral(world))
            case "POST", "accept":
                account = _accepted(world, body)
                return Reply(200, {"login": account.login, "id": account.id})
            case "POST", "decline":
                world.decline(_text(body, "login"))
            case "POST", "leave":
                world.leave(_text(body, "login"))
            case "POST", "rename":
                world.rename(_text(body, "login"), _text(body, "to"))
            case "POST", "advance":
                world.advance(timedelta(seconds=float(body.get("seconds", 0))))
            case _:
                return complaint(404, "Not Found")
    except KeyError as missing:
        return complaint(404, f"There is no {missing.args[0]!r} here.")
    except (LookupError, ValueError) as wrong:
        return complaint(422, str(wrong))
    return Reply(200, status(world, history))


def _accepted(world: World, body: Mapping[str, Any]) -> Account:
    """With *email*, its invitation is accepted by *login*, whosever address it is."""
    if "email" not in body:
        return world.accept(_text(body, "login"))
    login = _text(body, "login") if "login" in body else None
    return world.accept_by_mail(_text(body, "email"), login)


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is needed")
    return value


def status(world: World, history: History) -> dict[str, Any]:
    waiting = [
        {
            "who": each.email or world.accounts[each.account or 0].login,
            "role": each.role.value,
            "expires_at": each.expires_at().isoformat(),
        }
        for each in world.invitations.values()
    ]
    return {
        "organization": world.login,
        "now": world.now.isoformat(),
        "members": len(world.members),
        "teams": len(world.teams),
        "waiting": waiting,
        "requests": len(history),
        "points": history.points,
        "writes": len(history.writes()),
        "mails": len(world.mails),
    }
