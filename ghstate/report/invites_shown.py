"""Who waits for an answer, as a table for people and as JSON for reminders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ghstate.model.invitation import Invitation
from ghstate.model.names import EmailAddress
from ghstate.model.organization import Snapshot
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.invites import Ended, Invited, Invites
from ghstate.report.person_lines import time_left
from ghstate.report.plan_json import encoded, moment
from ghstate.report.words import ago, day, first_sentence, listed, plural

FORMAT_VERSION = "1.0"

SOON = timedelta(days=1)
"""Who has less time left than this is marked."""

_UNCLEAR = "email-unclear"
"""The note about an address that was perhaps accepted."""

_WAITING = ("role", "sent", "until", "times", "by", "teams")
_ENDED = ("role", "times", "ended", "next")


def invites_document(
    found: Invites, snapshot: Snapshot, *, max_reinvites: int, now: datetime
) -> Document:
    """Who waits, the next deadline first; whose wait is over; and who is asked for."""
    ours = [each for each in found.ended if each.who.listed]
    unclear = [each for each in ours if each.code == _UNCLEAR]
    over = [each for each in ours if each.code != _UNCLEAR]
    waiting = tuple(_waits(each, now) for each in found.waiting)
    ended = tuple(_is_over(each, max_reinvites) for each in over)
    asked = tuple(_whose(each) for each in unclear)
    rest = tuple(_in_no_file(len(found.ended) - len(ours)))
    sections = (
        Section(title="Waiting for an answer", lines=waiting, columns=_WAITING),
        Section(title="Came to nothing", lines=ended, columns=_ended_columns(ended)),
        Section(title="Accepted, but by whom?", lines=asked, remarks=True),
        Section(title="Notes", lines=rest, remarks=True),
    )
    besides = tuple(_besides(len(over), len(unclear)))
    counts = ", ".join((f"{len(waiting):,} waiting", *(each.text for each in besides)))
    return Document(
        header=f"{snapshot.organization.login} · {counts}"
        f" · read {ago(snapshot.taken_at, now)}",
        sections=tuple(section for section in sections if section.lines),
        summary=tuple(_summary(found, snapshot, besides, now)),
    )


def invites_json(found: Invites, snapshot: Snapshot, *, max_reinvites: int) -> bytes:
    """The same for programs, ending in a line break; times in UTC."""
    organization = snapshot.organization
    return encoded(
        {
            "format_version": FORMAT_VERSION,
            "organization": {"login": organization.login, "id": organization.id},
            "taken_at": moment(snapshot.taken_at),
            "max_reinvites": max_reinvites,
            "waiting": [_entry(each) for each in found.waiting],
            "ended": [_ended_entry(each) for each in found.ended],
        }
    )


# For people -------------------------------------------------------------------


def _waits(who: Invited, now: datetime) -> Line:
    invitation = who.invitation or Invitation()
    sent = ago(invitation.invited_at, now) if invitation.invited_at else "unknown"
    teams = listed(who.teams)
    return Line(
        Tone.WARNING if _is_soon(who, now) else Tone.WAIT,
        who.person.spelled,
        cells=(
            who.role.replace("_", " "),
            sent,
            _until(invitation, now),
            str(who.times),
            invitation.inviter.spelled if invitation.inviter else "",
            "; ".join(filter(None, (teams, _unlisted(who)))),
        ),
    )


def _until(invitation: Invitation, now: datetime) -> str:
    end = invitation.expires_at
    if end is None:
        return "unknown"
    rest = time_left(end, now)
    return f"{day(end)}, {rest}" if end > now else rest


def _unlisted(who: Invited) -> str:
    """What stands for somebody who is in no file and known by no login."""
    if who.listed:
        return ""
    number = who.invitation.id if who.invitation else None
    if who.address is None and number is not None:
        return f"invitation {number}, in no file"
    return "in no file"


def _is_over(each: Ended, max_reinvites: int) -> Line:
    who = each.who
    return Line(
        Tone.WARNING,
        who.person.spelled,
        cells=(
            who.role,
            f"{who.ended} of {max_reinvites}" if who.ended else "",
            _how(who),
            "" if each.asked else each.words,
        ),
        about=each.words if each.asked else "",
    )


def _ended_columns(lines: Sequence[Line]) -> tuple[str, ...]:
    """Without a heading over nothing, where each row has its advice below it."""
    return _ENDED if any(line.cells[-1] for line in lines) else _ENDED[:-1]


def _whose(each: Ended) -> Line:
    """The question, and each way to answer it in a line of its own."""
    ways = each.words.split("; ") if each.asked else []
    below = tuple(Line(Tone.PLAIN, "", way) for way in ways)
    return Line(Tone.WARNING, "", each.asked or each.words, details=below)


def _how(who: Invited) -> str:
    """How the last invitation came to nothing, in GitHub's words if it has any."""
    invitation = who.invitation
    if invitation is None:
        if not who.past.left:
            return "declined or cancelled"
        when = who.past.member_until
        on = f" on {when:%Y-%m-%d}" if when else ""
        return f"left on their own{on}"
    reason = first_sentence(invitation.failed_reason or "no reason given")
    when = invitation.failed_at
    return f"{when:%Y-%m-%d}: {reason}" if when else reason


def _in_no_file(count: int) -> Iterator[Line]:
    if count:
        whose = plural(count, "person", "people")
        summary = f"invitations of {whose} in no file came to nothing, too"
        yield Line(Tone.NOTE, "", summary, "`ghstate invites --json` has them")


def _is_soon(who: Invited, now: datetime) -> bool:
    end = who.invitation.expires_at if who.invitation else None
    return end is not None and end - now < SOON


def _besides(ended: int, unclear: int) -> Iterator[Phrase]:
    """How many wait no more and are no members, as far as is known."""
    if ended:
        yield Phrase(f"{ended:,} came to nothing", Tone.WARNING)
    if unclear:
        addresses = plural(unclear, "address", "addresses")
        yield Phrase(f"{addresses} unclear", Tone.WARNING)


def _summary(
    found: Invites, snapshot: Snapshot, besides: Sequence[Phrase], now: datetime
) -> Iterator[Phrase]:
    if not snapshot.invites:
        yield Phrase("There are no invitations here: people are members at once.")
        return
    if found.waiting:
        yield Phrase(f"{len(found.waiting):,} waiting", Tone.WAIT)
    else:
        yield Phrase("Nobody is waiting" if besides else "Nobody is waiting.")
    if soon := sum(_is_soon(each, now) for each in found.waiting):
        yield Phrase(" · ")
        words = plural(soon, "expires", "expire")
        yield Phrase(f"{words} within a day", Tone.WARNING)
    for phrase in besides:
        yield Phrase(" · ")
        yield phrase


# For programs -----------------------------------------------------------------


def _entry(who: Invited) -> dict[str, Any]:
    invitation = who.invitation
    return _without_none(
        {
            "address": None if who.address is None else str(who.address),
            _known_by(who): who.person.spelled,
            "listed": who.listed,
            "role": who.role or None,
            "invitation_id": invitation.id if invitation else None,
            "invited_at": _time(invitation.invited_at if invitation else None),
            "expires_at": _time(invitation.expires_at if invitation else None),
            "inviter": invitation.inviter.spelled
            if invitation and invitation.inviter
            else None,
            "times": who.times,
            "ended": who.ended,
            "teams": list(who.teams),
        },
        keep=("address",),
    )


def _ended_entry(each: Ended) -> dict[str, Any]:
    who = each.who
    invitation = who.invitation
    entry = _entry(who)
    entry.pop("expires_at", None)
    more = {
        "failed_at": _time(invitation.failed_at if invitation else None),
        "failed_reason": invitation.failed_reason if invitation else None,
        "left": who.past.left,
        "member_until": _time(who.past.member_until),
        "next": each.code or None,
        "summary": each.words or None,
    }
    return entry | _without_none(more, keep=("next",))


def _known_by(who: Invited) -> str:
    if isinstance(who.person, EmailAddress):
        return "email"
    return "mask" if who.address is None else "login"


def _time(time: datetime | None) -> str | None:
    return None if time is None else moment(time)


def _without_none(entry: dict[str, Any], *, keep: Iterable[str]) -> dict[str, Any]:
    return {key: held for key, held in entry.items() if held is not None or key in keep}
