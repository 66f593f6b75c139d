"""The audit log of an organization: what was done to whom, by whom, and when."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

RECENT = timedelta(days=90)
"""What a search finds that does not say when: the past three months."""
RETENTION = timedelta(days=180)


class Action(StrEnum):
    INVITE_MEMBER = "org.invite_member"
    CANCEL_INVITATION = "org.cancel_invitation"
    ADD_MEMBER = "org.add_member"
    REMOVE_MEMBER = "org.remove_member"
    UPDATE_MEMBER = "org.update_member"
    CREATE_TEAM = "team.create"
    DELETE_TEAM = "team.destroy"
    RENAME_TEAM = "team.rename"
    CHANGE_TEAM_PRIVACY = "team.change_privacy"
    CHANGE_PARENT_TEAM = "team.change_parent_team"
    ADD_TEAM_MEMBER = "team.add_member"
    REMOVE_TEAM_MEMBER = "team.remove_member"
    PROMOTE_MAINTAINER = "team.promote_maintainer"
    DEMOTE_MAINTAINER = "team.demote_maintainer"

    @property
    def category(self) -> str:
        return self.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; *actor* and *user* are logins as they were then.

    What happens to an invitation by e-mail names no *user*. *team* is a slug, as it
    was then.
    """

    number: int
    action: Action
    actor: str
    actor_id: int
    user: str | None
    user_id: int | None
    at: datetime
    team: str | None = None

    @property
    def position(self) -> tuple[datetime, int]:
        """Where it stands among the others, which never changes."""
        return self.at, self.number

    @property
    def milliseconds(self) -> int:
        """The time since the epoch, as the log has it."""
        return int(self.at.timestamp()) * 1_000

    @property
    def document_id(self) -> str:
        """Sixteen bytes in base64, the same for the same event every time."""
        digest = sha256(f"event {self.number}".encode()).digest()
        return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class _Span:
    """Times from *begin* on and before *end*; None leaves that side open."""

    begin: datetime | None
    end: datetime | None

    def __contains__(self, at: datetime) -> bool:
        return (self.begin is None or self.begin <= at) and (
            self.end is None or at < self.end
        )


@dataclass(slots=True)
class _Phrase:
    """What a search asks for, by qualifier; values are in lower case."""

    wanted: dict[str, set[str]] = field(default_factory=dict)
    unwanted: dict[str, set[str]] = field(default_factory=dict)
    spans: list[_Span] = field(default_factory=list)

    def meets(self, event: Event) -> bool:
        found = {
            "action": {event.action, event.action.category},
            "actor": {event.actor.lower()},
            "user": {event.user.lower()} if event.user is not None else set(),
        }
        return (
            all(found[key] & values for key, values in self.wanted.items())
            and not any(found[key] & values for key, values in self.unwanted.items())
            and all(event.at in span for span in self.spans)
        )


def search(events: Iterable[Event], phrase: str, now: datetime) -> list[Event]:
    """The events *phrase* finds, oldest first; none where it cannot be understood.

    A qualifier that is given twice asks for either; `-` before one excludes. Without
    `created:` only recent events are found, with it all that are kept.
    """
    asked = _understood(phrase)
    if asked is None:
        return []
    since = now - (RETENTION if asked.spans else RECENT)
    found = [event for event in events if event.at >= since and asked.meets(event)]
    return sorted(found, key=lambda event: event.position)


def _understood(phrase: str) -> _Phrase | None:
    asked = _Phrase()
    for word in phrase.split():
        key, colon, value = word.removeprefix("-").partition(":")
        if not colon or not value:
            return None
        if key == "created" and not word.startswith("-"):
            spans = [*_spans(value)]
            if not spans:
                return None
            asked.spans += spans
        elif key in {"action", "actor", "user"}:
            among = asked.unwanted if word.startswith("-") else asked.wanted
            among.setdefault(key, set()).add(value.lower())
        else:
            return None
    return asked


def _spans(value: str) -> Iterator[_Span]:
    """The span that `>=2026-03-01` and its like stand for, or nothing.

    A date is all of its day, a date with a time one second.
    """
    found = re.fullmatch(r"(>=|<=|>|<)?(\d{4}-\d\d-\d\d\S*)", value)
    if found is None:
        return
    try:
        begin = datetime.fromisoformat(found[2])
    except ValueError:
        return
    if begin.tzinfo is None:
        begin = begin.replace(tzinfo=UTC)
    a_day = len(found[2]) == len("2026-03-01")
    end = begin + (timedelta(days=1) if a_day else timedelta(seconds=1))
    match found[1]:
        case ">=":
            yield _Span(begin, None)
        case ">":
            yield _Span(end, None)
        case "<=":
            yield _Span(None, end)
        case "<":
            yield _Span(None, begin)
        case _:
            yield _Span(begin, end)
