"""What the settings allow a plan to do."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from ghstate.model.address import Address
from ghstate.model.names import EmailAddress, Login


class WrongRole(StrEnum):
    """What to do about a waiting invitation for another role than the files ask."""

    REDUCE = "reduce"
    CORRECT = "correct"
    LEAVE = "leave"


class RemovalLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The larger of *count* and *percent* of a kind may be removed unasked."""

    count: int = 3
    percent: int = 5

    def of(self, total: int) -> int:
        """How many of *total* may go; the share is rounded down."""
        return max(self.count, total * self.percent // 100)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of `ghstate.toml` and the flags that bear on a plan."""

    invite: bool = True
    remove: bool = True
    ignore: tuple[str, ...] = ()
    wrong_role: WrongRole = WrongRole.REDUCE
    cancel_unlisted: bool = False
    """Cancel invitations by e-mail that no file names?"""

    max_reinvites: int = 3
    """After so many invitations to one person that came to nothing, no other."""

    reinvite_left: bool = False
    """Invite people again who left on their own?"""

    max_removals: RemovalLimit = RemovalLimit()
    allow_removals: int | None = None
    min_admins: int = 1
    protected: frozenset[Login] = frozenset()
    targets: tuple[Address, ...] = ()
    """Only what is at these addresses, or below them; everything without any."""

    def ignores(self, login: Login) -> bool:
        """Is it a login that the settings leave alone? An address is none."""
        if isinstance(login, EmailAddress):
            return False
        return any(fnmatchcase(login, pattern.lower()) for pattern in self.ignore)
