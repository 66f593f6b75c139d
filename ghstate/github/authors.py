"""Who made a change, as the audit log tells it: a few questions, and no error.

Event names are those of GitHub's list of audit log events for organizations; which
team an event is about it tells as ``acme/ops``. A change of a team's description or
notifications is in no event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from ghstate.engine.drift import changed_attributes
from ghstate.errors import GitHubError
from ghstate.github import shapes
from ghstate.github.audit_log import time_of
from ghstate.github.date import AGREEMENT
from ghstate.github.session import Session, segment
from ghstate.github.shapes import shaped_or_none
from ghstate.model.address import Address
from ghstate.model.drift import Author, Drifted, Hand
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.organization import Viewer
from ghstate.model.resource import Observed
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole

EVENTS_AT_MOST = 300
"""Of one action: three pages, the latest events first."""

_SLACK = timedelta(minutes=1)
"""A read takes a moment, and clocks differ by one.

No such time is given to our own account before the first of the two reads: an apply
may have ended just there, and did not do what came after it.
"""

_NEW_ROLE = "org.update_member"
_PROMOTED = "team.promote_maintainer"
_DEMOTED = "team.demote_maintainer"


class _Actions(msgspec.Struct, frozen=True):
    """Which events tell of a kind's appearing, going, and changing."""

    appeared: tuple[str, ...]
    gone: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    """By attribute."""


_OF_KIND: Mapping[str, _Actions] = {
    Member.TYPE: _Actions(
        ("org.add_member", "org.invite_member"),
        ("org.remove_member",),
        {"role": (_NEW_ROLE, "org.invite_member")},
    ),
    Team.TYPE: _Actions(
        ("team.create",),
        ("team.destroy",),
        {
            "name": ("team.rename",),
            "privacy": ("team.change_privacy",),
            "parent_team_id": ("team.change_parent_team",),
        },
    ),
    TeamMember.TYPE: _Actions(
        ("team.add_member",),
        ("team.remove_member",),
        {"role": (_PROMOTED, _DEMOTED)},
    ),
}


async def changed_by(
    session: Session, drift: Sequence[Drifted], viewer: Viewer
) -> Mapping[Address, Author]:
    """The author of the latest event that fits each of *drift*.

    One question for each sort of event. The first refusal ends it: where one is
    refused, so are the others.
    """
    wanted: dict[str, list[Drifted]] = defaultdict(list)
    for each in drift:
        for action in _actions(each):
            wanted[action].append(each)
    found: dict[Address, Author] = {}
    try:
        for action, things in sorted(wanted.items()):
            for event in await _events(session, action, things):
                _note(event, things, found, viewer)
    except GitHubError:
        return found
    return found


def _actions(each: Drifted) -> Iterator[str]:
    actions = _OF_KIND.get(each.drift.type)
    if actions is None:
        return
    if each.now is None:
        yield from actions.gone
    elif each.drift.was is None or _is_invited_anew(each):
        yield from actions.appeared
    else:
        for attribute in changed_attributes(each.drift.was, each.now.resource):
            yield from actions.changed.get(attribute, ())


def _is_invited_anew(each: Drifted) -> bool:
    """Was somebody removed, and invited again?"""
    assert each.now is not None  # noqa: S101 - the caller has looked
    assert each.drift.was is not None  # noqa: S101 - the caller has looked
    return not changed_attributes(each.drift.was, each.now.resource)


async def _events(
    session: Session, action: str, things: Sequence[Drifted]
) -> list[shapes.AuditEvent]:
    """The events of one sort since the first read that did not know of *things*."""
    since = min(each.drift.after for each in things) - _SLACK
    asked = urlencode(
        {"phrase": f"action:{action} created:>={since:%Y-%m-%d}", "order": "desc"}
    )
    path = f"/orgs/{segment(session.organization)}/audit-log?{asked}"
    events: list[shapes.AuditEvent] = []
    seen = 0
    async with aclosing(session.get_all(path, Any)) as rows:  # type: ignore[type-var]  # it is a generator
        async for row in rows:
            event = shaped_or_none(row, shapes.AuditEvent)
            if event is not None and event.action == action:
                events.append(event)
            seen += 1
            if seen >= EVENTS_AT_MOST:
                break
    return events


def _note(
    event: shapes.AuditEvent,
    things: Sequence[Drifted],
    found: dict[Address, Author],
    viewer: Viewer,
) -> None:
    """Put down the author of *event* where nobody did anything later."""
    at = time_of(event)
    if at is None or not event.actor:
        return
    author = Author(Login(event.actor), at, _hand(event, viewer))
    slack = -AGREEMENT if author.hand is Hand.OWN else _SLACK
    for each in things:
        drift = each.drift
        if not drift.after - slack <= at <= drift.before + _SLACK:
            continue
        if not _is_about(event, each) or not _led_there(event, each):
            continue
        if each.now is not None and _by_themselves(event):
            # Who accepts an invitation adds themselves; who sent it is the author.
            continue
        known = found.get(each.address)
        if known is None or known.at < at:
            found[each.address] = author


def _is_about(event: shapes.AuditEvent, each: Drifted) -> bool:
    match each.drift.type:
        case Member.TYPE:
            return _is_of(event, each.address[-1], each.drift.id)
        case Team.TYPE:
            was = each.drift.was or {}
            return _team(event) in {each.address[-1], was.get("slug")}
        case _:
            team, person = each.address[1], each.address[-1]
            return _team(event) == team and _is_of(event, person, each.drift.id)


def _led_there(event: shapes.AuditEvent, each: Drifted) -> bool:
    """Did it lead to what is there now, as far as the event tells?"""
    match each.now:
        case Observed(resource=TeamMember(role=role)):
            leads = {_PROMOTED: TeamRole.MAINTAINER, _DEMOTED: TeamRole.MEMBER}
            return leads.get(event.action, role) is role
        case Observed(resource=Member(role=role)) if event.action == _NEW_ROLE:
            # `permission` is the new one: "admin", or "read" of an ordinary member.
            told = event.permission
            if not isinstance(told, str):
                return True
            return (told.lower() == OrgRole.ADMIN) is (role is OrgRole.ADMIN)
        case _:
            return True


def _is_of(event: shapes.AuditEvent, login: str, number: int | None) -> bool:
    if event.user_id is not None and number is not None:
        return event.user_id == number
    return (event.user or "").lower() == login


def _team(event: shapes.AuditEvent) -> str:
    return (event.team or "").rpartition("/")[2].lower()


def _by_themselves(event: shapes.AuditEvent) -> bool:
    if event.actor_id is not None and event.user_id is not None:
        return event.actor_id == event.user_id
    return (event.actor or "").lower() == (event.user or "").lower()


def _hand(event: shapes.AuditEvent, viewer: Viewer) -> Hand:
    actor = (event.actor or "").lower()
    if actor.removesuffix("[bot]") == viewer.login.removesuffix("[bot]"):
        return Hand.OWN
    if actor.endswith("[bot]"):
        return Hand.APP
    if actor.endswith("_admin"):
        # The setup user of an enterprise with managed users: no other login has an
        # underscore but theirs, and theirs end in the enterprise's short code.
        return Hand.PROVIDER
    return Hand.PERSON
