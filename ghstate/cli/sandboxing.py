"""`sandbox`: a GitHub organization on this machine, and the people in it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ghstate import statefile
from ghstate.cli.exits import Exit
from ghstate.cli.workspace import Outside, Printer, utc_now
from ghstate.config.project import load
from ghstate.errors import UsageError
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.report.safe import safe
from ghstate.report.words import day
from ghstate.store.disk import cause

PORT = 8642
TOKEN = "sandbox-owner"  # noqa: S105 - opens nothing but the sandbox
LARGEST_SEED = 64 * 1024 * 1024


def run_sandbox(seed: str | None, port: int, printer: Printer) -> Exit:
    """Serve an organization until somebody interrupts it."""
    from ghstate.sandbox.running import serve_forever  # noqa: PLC0415 - graphql
    from ghstate.sandbox.seed import from_neutral  # noqa: PLC0415 - graphql

    document = neutral(seed)
    world = from_neutral(document)

    def announce(url: str) -> None:
        printer.text(
            f"# The organization {document['org']} is at {url} until Ctrl-C.\n"
            "# In another terminal:\n"
            f"export GITHUB_API_URL={url}\n"
            f"export GHSTATE_TOKEN={TOKEN}\n"
            f"# Then: ghstate init {document['org']}; ghstate import; ghstate plan\n"
        )

    try:
        serve_forever(world, port=port, announce=announce)
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}: {cause(error)}",
            hint="another sandbox? choose a port with --port",
        ) from None
    return Exit.DONE


def run_act(action: str, body: Mapping[str, object] | None, printer: Printer) -> Exit:
    """Have somebody in the sandbox do something, and say what that came to.

    Without a *body* somebody only looks.
    """
    answer = _ask(action, body, printer.outside)
    printer.text(_told(action, body or {}, answer))
    if body is not None:
        # Ghstate's snapshot is younger than max_age and knows nothing of it.
        printer.aside("look with `ghstate plan --refresh`")
    return Exit.DONE


def _told(action: str, body: Mapping[str, object], answer: Mapping[str, Any]) -> str:
    who = safe(str(body.get("login", "")))
    match action:
        case "accept":
            return f"{who} accepted the invitation and is in\n"
        case "decline":
            return f"{who} declined the invitation\n"
        case "leave":
            return f"{who} left\n"
        case "rename":
            return f"{who} is called {safe(str(body.get('to')))} now\n"
        case "advance":
            return f"it is {_clock(str(answer['now']))} in the sandbox now\n"
        case _:
            waiting = ", ".join(safe(str(w["who"])) for w in answer["waiting"])
            return (
                f"{safe(str(answer['organization']))}: {answer['members']} people, "
                f"{answer['teams']} teams; waiting: {waiting or 'nobody'}; "
                f"{answer['requests']} requests, {answer['points']} points, "
                f"{answer['writes']} writes, {answer['mails']} mails\n"
            )


def _clock(text: str) -> str:
    """A time as people tell it: "29 November 2026, 20:26 UTC"."""
    time = datetime.fromisoformat(text).astimezone(UTC)
    return f"{day(time)} {time.year}, {time:%H:%M} UTC"


def _ask(
    action: str, body: Mapping[str, object] | None, outside: Outside
) -> Mapping[str, Any]:
    url = outside.environ.get("GITHUB_API_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
    if not url.startswith(("http://127.0.0.1:", "http://localhost:", "http://[::1]:")):
        raise UsageError(
            f"{url} is no sandbox", hint="set GITHUB_API_URL as the sandbox says"
        )
    request = urllib.request.Request(  # noqa: S310 - http on loopback, as checked
        f"{url}/sandbox/{action}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            found: Mapping[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as refusal:
        words = json.load(refusal).get("message", "no reason given")
        raise UsageError(f"the sandbox refuses: {words}") from None
    except (OSError, ValueError):
        raise UsageError(
            f"there is no sandbox at {url}", hint="start one: `ghstate sandbox`"
        ) from None


def neutral(seed: str | None) -> Mapping[str, Any]:
    """The organization to begin with, as a neutral document.

    *seed* is a project's directory, a state file, or a neutral JSON file; without
    one, a small invented organization.
    """
    if seed is None:
        return SMALL
    path = Path(seed)
    if path.is_dir():
        project = load(path, today=utc_now().date())
        declared = project.desired.declared.values()
        return _document(
            project.settings.organization,
            [Observed(each.resource) for each in declared],
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{seed}: this cannot be read: {cause(error)}") from None
    if len(content) > LARGEST_SEED:
        raise UsageError(f"{seed} is larger than {LARGEST_SEED} bytes")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise UsageError(f"{seed} is no JSON") from None
    if not isinstance(found, dict):
        raise UsageError(f"{seed} describes no organization")
    if "lineage" in found:
        return _of_state(content, seed)
    if not isinstance(found.get("org"), str):
        raise UsageError(
            f"{seed} describes no organization",
            hint="it needs org, admins, members and teams; or give a state file",
        )
    return found


def _of_state(content: bytes, seed: str) -> Mapping[str, Any]:
    snapshot = statefile.decode(content, place=seed).snapshot
    if snapshot is None:
        raise UsageError(f"{seed} has no snapshot of an organization")
    return _document(snapshot.organization.login, snapshot.observed.values())


def _document(login: str, found: Iterable[Observed[Resource]]) -> Mapping[str, Any]:
    admins: list[str] = []
    members: list[str] = []
    invitations: dict[str, dict[str, Any]] = {}
    teams: dict[str, dict[str, Any]] = {}
    for each in found:
        match each.resource:
            case Member(login=who, role=role) if each.standing is Standing.INVITED:
                word = "admin" if role is OrgRole.ADMIN else "direct_member"
                invitation = _invitation(invitations, who)
                invitation["role"] = word
            case Member(login=who, role=role) if each.standing is Standing.ACTIVE:
                (admins if role is OrgRole.ADMIN else members).append(who.spelled)
            case Team() as team:
                teams.setdefault(team.slug, _team(team.slug)).update(
                    name=team.name,
                    description=team.description,
                    privacy=team.privacy.value,
                    notifications=team.notifications,
                    parent=team.parent,
                )
            case TeamMember(team=slug, login=who, role=role):
                team_row = teams.setdefault(slug, _team(slug))
                if each.standing is Standing.INVITED:
                    _invitation(invitations, who)["teams"].append(str(slug))
                else:
                    key = "maintainers" if role is TeamRole.MAINTAINER else "members"
                    team_row[key].append(who.spelled)
            case _:
                pass
    return {
        "org": login,
        "accounts": STRANGERS,
        "admins": admins,
        "members": members,
        "invitations": list(invitations.values()),
        "strangers": True,  # whoever the files invite in a rehearsal exists
        "teams": list(teams.values()),
    }


def _invitation(invitations: dict[str, dict[str, Any]], who: Login) -> dict[str, Any]:
    fresh = {"login": who.spelled, "role": "direct_member", "teams": []}
    return invitations.setdefault(who, fresh)


def _team(slug: str) -> dict[str, Any]:
    return {
        "slug": str(slug),
        "name": str(slug),
        "description": "",
        "privacy": "closed",
        "parent": None,
        "members": [],
        "maintainers": [],
        "repos": {},
        "previously": [],
    }


STRANGERS = ("erin", "frank", "grace")
"""People with an account and nothing else, so that there is somebody to invite."""

SMALL: Mapping[str, Any] = {
    "org": "acme",
    "accounts": STRANGERS,
    "admins": ["alice"],
    "members": ["bob", "carol", "dave"],
    "invitations": [],
    "teams": [
        {
            **_team("engineering"),
            "name": "Engineering",
            "description": "Everybody who builds",
            "maintainers": ["alice"],
            "members": ["bob", "carol"],
        },
        {
            **_team("platform"),
            "name": "Platform",
            "description": "Keeps the lights on",
            "parent": "engineering",
            "members": ["bob", "dave"],
        },
    ],
}
"""The organization of the tour in the README."""
