"""What GitHub has of one thing, in a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from ghstate.model.invitation import Invitation, InvitationSource
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.model.team import Team
from ghstate.report.document import Tone
from ghstate.report.person_lines import age
from ghstate.report.wording import value
from ghstate.report.words import ago, first_sentence, quoted


def as_it_is(found: Observed[Resource]) -> str:
    """The role and how far along it is; of a team, everything it is."""
    if isinstance(found.resource, Team):
        return ", ".join(_of_team(found.resource))
    held = getattr(found.resource, "role", None)
    role = "there" if held is None else value(held)
    match found.standing:
        case Standing.ACTIVE:
            return role
        case Standing.INVITED:
            return f"invited as {role}"
        case Standing.FAILED:
            return f"invited as {role}, which came to nothing"
        case _:
            assert_never(found.standing)


def tone_of_standing(found: Observed[Resource]) -> Tone:
    match found.standing:
        case Standing.ACTIVE:
            return Tone.PLAIN
        case Standing.INVITED:
            return Tone.WAIT
        case Standing.FAILED:
            return Tone.WARNING
        case _:
            assert_never(found.standing)


def besides(found: Observed[Resource], now: datetime) -> str:
    """Since when, until when, by whom; who else decides about it."""
    about = [*_of_invitation(found, now)]
    if found.kept_by is not None:
        about.append(f"managed by {found.kept_by.value}")
    return "; ".join(about)


def _of_team(team: Team) -> Iterator[str]:
    yield quoted(team.name)
    yield value(team.privacy)
    if team.parent is not None:
        yield f"under {team.parent.spelled}"
    yield f"notifications {value(team.notifications)}"
    if team.description:
        yield quoted(team.description)


def _of_invitation(found: Observed[Resource], now: datetime) -> Iterator[str]:
    invitation = found.invitation
    if invitation is None:
        return
    match found.standing:
        case Standing.ACTIVE:
            pass
        case Standing.INVITED:
            if sent := ", ".join(age(invitation, now)):
                yield sent
            yield from _sender(invitation)
        case Standing.FAILED:
            if invitation.failed_at is not None:
                yield ago(invitation.failed_at, now)
            if invitation.failed_reason:
                yield first_sentence(invitation.failed_reason)
        case _:
            assert_never(found.standing)


def _sender(invitation: Invitation) -> Iterator[str]:
    if invitation.source is InvitationSource.SCIM:
        yield "by the identity provider"
    elif invitation.inviter is not None:
        yield f"by {invitation.inviter.spelled}"
