"""Three plans of thirty changes: people, teams, and invitations by every road."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.records import InvitationRole, OrgRole
from ghstate.sandbox.world import World
from tests.journey import ALWAYS_READ

ROOM = "[safety]\nmax_removals = { count = 50, percent = 100 }"
SETTINGS = f'[github]\norganization = "acme"\n\n{ALWAYS_READ}\n\n{ROOM}\n'


@dataclass(frozen=True, slots=True)
class Shape:
    """What an organization is before an apply, and what the files make of it."""

    name: str
    world: Callable[[], World]
    files: dict[str, str]


def table(name: str, rows: dict[str, str]) -> str:
    """A TOML table of texts, whatever stands in its keys."""
    lines = [f'"{key}" = "{text}"' for key, text in rows.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _company(people: int) -> World:
    world = World("acme")
    world.add_member("bot", OrgRole.ADMIN)
    world.add_member("olga", OrgRole.ADMIN)
    for number in range(people):
        world.add_member(f"p{number:02}")
    return world


def _names(*numbers: int) -> str:
    return ", ".join(f'"p{number:02}"' for number in numbers)


# People ---------------------------------------------------------------------------


def _people() -> World:
    """Twelve members, of whom three will go; p00 and p01 rise, pat and pia fall."""
    world = _company(12)
    for login in ("pat", "pia"):
        world.add_member(login, OrgRole.ADMIN)
    for number in range(8):
        world.add_account(f"new{number}")
    world.add_team("dev", "p02", "p03", "p09", "pat")
    world.add_team("ops", "p04", "p05", "p10", maintainers=("p06",))
    world.mails.clear()
    return world


PEOPLE = Shape(
    "people",
    _people,
    {
        "ghstate.toml": SETTINGS,
        "members.toml": table(
            "members",
            {"bot": "admin", "olga": "admin", "p00": "admin", "p01": "admin"}
            | {f"p{number:02}": "member" for number in range(2, 9)}
            | {"pat": "member", "pia": "member"}
            | {f"new{number}": "member" for number in range(8)},
        ),
        "teams.toml": f"""\
[teams.dev]
maintainers = [{_names(3)}]
members = [{_names(4, 5, 7)}, "new0", "new1"]

[teams.ops]
members = [{_names(2, 6, 7, 8)}, "pat", "pia", "new0", "new2"]
""",
    },
)


# Teams ----------------------------------------------------------------------------


def _teams() -> World:
    world = _company(8)
    world.add_team("root")
    world.add_team("left", "p00", parent="root")
    world.add_team("right", "p01", parent="root")
    world.add_team("old-web", "p02", "p03")
    world.add_team("old-api", "p04", maintainers=("p05",))
    for name in ("cold", "dark", "gone"):
        world.add_team(name, "p06", "p07")
    world.mails.clear()
    return world


TEAMS = Shape(
    "teams",
    _teams,
    {
        "ghstate.toml": SETTINGS,
        "members.toml": table(
            "members",
            {"bot": "admin", "olga": "admin"}
            | {f"p{number:02}": "member" for number in range(8)},
        ),
        "teams.toml": f"""\
[teams.root]
description = "Everything grows from here"
members = [{_names(0)}]

[teams.left]
parent = "trunk"
members = [{_names(0, 1)}]

[teams.right]
parent = "left"
members = [{_names(1, 2)}]
maintainers = [{_names(3)}]

[teams.web]
previously = ["old-web"]
parent = "trunk"
members = [{_names(2, 4)}]

[teams.api]
previously = ["old-api"]
privacy = "secret"
members = [{_names(4, 5)}]

[teams.trunk]
parent = "root"
members = [{_names(0, 1)}]

[teams.branch]
parent = "trunk"
maintainers = [{_names(2)}]
members = [{_names(3, 4)}]

[teams.twig]
parent = "branch"
notifications = false
members = [{_names(5)}]

[teams.hidden]
privacy = "secret"
members = [{_names(6, 7)}]

[teams.cold]
absent = true

[teams.dark]
absent = true

[teams.gone]
absent = true
""",
    },
)


# Invitations ----------------------------------------------------------------------


def _invitations(*, besides: tuple[str, ...] = ()) -> World:
    """Of those who wait: four with too much, four nobody names; four are too late.

    The teams *besides* come with an invitation, and no file names them.
    """
    world = _company(4)
    world.policy.put_on_pending = PutOnPending.IGNORE
    for name in ("dev", *besides):
        world.add_team(name)
    for number in range(4):
        world.add_account(f"new{number}")
    too_late = world.now - timedelta(days=9)
    for number in range(2):
        world.invite(f"late{number}", teams=("dev",), at=too_late)
        world.invite(f"late{number}@acme.example", at=too_late)
        admin = InvitationRole.ADMIN
        world.invite(f"much{number}", admin, teams=("dev", *besides))
        world.invite(f"much{number}@acme.example", admin, teams=("dev",))
        world.invite(f"nobody{number}", teams=("dev",))
        world.invite(f"nobody{number}@acme.example")
    world.settle()
    world.mails.clear()
    return world


_ASKED = {
    f"{name}{number}{host}": "member"
    for name, many in (("new", 4), ("late", 2), ("much", 2))
    for number in range(many)
    for host in ("", "@acme.example")
}

INVITATIONS = Shape(
    "invitations",
    _invitations,
    {
        "ghstate.toml": SETTINGS
        + '\n[invitations]\nunlisted_emails = "cancel"\nmax_reinvites = 3\n',
        "members.toml": table(
            "members",
            {"bot": "admin", "olga": "admin"}
            | {f"p{number:02}": "member" for number in range(4)}
            | _ASKED,
        ),
        "teams.toml": "[teams.dev]\nmembers = ["
        + ", ".join(f'"{who}"' for who in _ASKED if "much" in who or "new" in who)
        + "]\n",
    },
)

BESIDES = replace(
    INVITATIONS, name="besides", world=lambda: _invitations(besides=("ops",))
)
"""The same, with a team on some invitations of which the files say nothing."""

SHAPES = {shape.name: shape for shape in (PEOPLE, TEAMS, INVITATIONS)}


# A few changes, for whatever is tried hundreds of times ------------------------------


def _few() -> World:
    world = _company(2)
    world.policy.put_on_pending = PutOnPending.IGNORE
    world.add_account("new0")
    world.add_team("dev", "p01")
    world.invite("much0", InvitationRole.ADMIN)
    world.invite("nobody0")
    world.mails.clear()
    return world


FEW = Shape(
    "few",
    _few,
    {
        "ghstate.toml": SETTINGS,
        "members.toml": table(
            "members",
            {"bot": "admin", "olga": "admin", "p00": "admin", "p01": "member"}
            | {"new0": "member", "much0": "member", "b@acme.example": "member"},
        ),
        "teams.toml": """\
[teams.dev]
members = ["p00", "new0"]

[teams.web]
members = ["p00"]
""",
    },
)
"""Invited by login and by address, sent again, cancelled, promoted; a team, places."""
