"""Notes: what a plan has to say besides its changes."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ghstate.model.address import Address
from ghstate.model.resource import KeyPath


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    """This entry cannot be carried out; the rest of the plan can."""

    REFUSAL = "refusal"
    """A safety rule forbids the whole plan until somebody says otherwise."""


class Note(msgspec.Struct, frozen=True, order=True):
    """One remark, with a code that programs may rely on."""

    address: Address | None
    code: str
    severity: Severity
    summary: str
    hint: str = ""
    """What to write or do about it, if something can be done."""

    path: KeyPath = ()
    """The line of the files that it is about, if not the one that gives *address*."""
