"""What time it is at GitHub, whatever the clock of this machine says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

AGREEMENT = timedelta(seconds=5)
"""A clock that is no further off is believed: ``Date`` has whole seconds, and an
answer takes a moment to arrive."""

_DATE = re.compile(
    r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} 2\d{3} \d{2}:\d{2}:\d{2} GMT", re.ASCII
)
"""The one form in which a server may write it (RFC 9110, 5.6.7), in this millennium."""


@dataclass(frozen=True, slots=True)
class Told:
    """GitHub's time as an answer told it, and when that came by the local clock."""

    date: datetime
    came: float
    """Seconds since the epoch, right or wrong; only differences count."""

    def at(self, moment: float) -> datetime:
        """What time it was at GitHub when the local clock said *moment*."""
        return self.date + timedelta(seconds=moment - self.came)


def told(header: str | None, came: float) -> Told | None:
    """What a ``Date`` header says; None where it is missing or cannot be read."""
    if header is None or not _DATE.fullmatch(header):
        return None
    try:
        return Told(parsedate_to_datetime(header).astimezone(UTC), came)
    except ValueError:
        return None


def corrected(local: datetime, there: datetime) -> datetime:
    """*local* if it agrees with GitHub's time *there*, and else that."""
    return local if abs(local - there) <= AGREEMENT else there
