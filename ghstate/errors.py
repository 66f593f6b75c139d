"""Everything that can go wrong, as people will meet it.

* GhstateError
  + FilesError          the files do not say something that can be acted on
  + UsageError          the command line asks for something that cannot be
  + StateError
    - StateUnreadable   the stored state is damaged, or from a newer ghstate
      . StateNewer      the latter
    - StateUnwritable   the state could not be brought to disk
    - StateConflict     the state changed since it was read
    - StateLocked       somebody else holds the lock
  + GitHubError         GitHub said no, or did not answer
    - SignInFailed      no token, a wrong one, or one that may not see enough
    - OrganizationUnknown
    - IncompleteRead    GitHub did not show everything; nothing may be concluded
    - Unreachable       no answer at all, or one that is not GitHub's
    - LimitReached      one of GitHub's limits; says when to come back
    - WriteFailed       one write was refused
    - OutcomeUnknown    a write may have happened; it has to be read again
  + PlanChanged         the plan is not the one that was reviewed

A message names the thing; `hint` names the way out. Neither ever holds a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple


class GhstateError(Exception):
    """Base of every error that ghstate raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Problem(NamedTuple):
    """One thing wrong in the files, and where: *line* and *column* count from 1."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    excerpt: str = ""
    """The line as written, without its line break."""

    length: int = 1
    """How many characters of *excerpt* are meant, from *column* on."""


class FilesError(GhstateError):
    """The files do not say something that can be acted on; all problems at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the files")
        self.problems = tuple(sorted(problems))


class UsageError(GhstateError):
    """The command line, or the place it was run in, asks for what cannot be."""


class StateError(GhstateError):
    """The stored state cannot be used as asked."""


class StateUnreadable(StateError):
    """The stored state is damaged, or was written by a newer ghstate."""


class StateNewer(StateUnreadable):
    """The stored state was written by a newer ghstate."""


class StateUnwritable(StateError):
    """The state could not be brought to disk."""


class StateConflict(StateError):
    """The state changed since it was read."""


class StateLocked(StateError):
    """Somebody else holds the lock."""


class GitHubError(GhstateError):
    """GitHub said no, or did not answer."""


class SignInFailed(GitHubError):
    """There is no token, or not one that GitHub lets see the whole organization."""


class OrganizationUnknown(GitHubError):
    """There is no such organization, or this token cannot see it."""


class IncompleteRead(GitHubError):
    """GitHub did not show everything, so that nothing may be concluded."""


class Unreachable(GitHubError):
    """No answer came, or one that is not GitHub's."""


class Limit(Enum):
    """Which of GitHub's limits it is."""

    RATE = auto()
    """So many requests in a time; it passes by itself."""

    INVITATIONS = auto()
    """50 or 500 invitations in 24 hours; calling more slowly does not help."""

    SEATS = auto()
    """Seats paid for; one is free again when somebody goes."""


class LimitReached(GitHubError):
    """One of GitHub's limits is reached, and waiting would take too long.

    With *grants_only* it concerns what widens access (invitations, seats, calls that
    create content): revocations never stand behind such a limit and go on.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_at: datetime | None = None,
        grants_only: bool = False,
        kind: Limit = Limit.RATE,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_at = retry_at
        self.grants_only = grants_only
        self.kind = kind


class WriteFailed(GitHubError):
    """GitHub refused one write.

    *status* is the HTTP status, *codes* are the ``code`` words of GitHub's error
    list, such as ``no_seat`` or ``already_exists``.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        codes: frozenset[str] = frozenset(),
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.codes = codes


class AddressRefused(WriteFailed):
    """GitHub does not invite an address, perhaps because it is a member's already.

    *is_members* if its words say so; they change, so whoever may be meant is spared
    without them, too.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 422,
        codes: frozenset[str] = frozenset(),
        is_members: bool,
        hint: str = "",
    ) -> None:
        super().__init__(message, status=status, codes=codes, hint=hint)
        self.is_members = is_members


class OutcomeUnknown(GitHubError):
    """A write may or may not have happened; only reading again can tell."""


class PlanChanged(GhstateError):
    """The plan is not the one that was reviewed."""
