"""Mailboxes: e-mail addresses that can be recognised without being kept."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from ghstate.model.address import Address
from ghstate.model.names import Login

_DIGITS = 32
_KEY = "mail:"


class Mailbox(msgspec.Struct, frozen=True):
    """Where an invitation by e-mail went.

    The *fingerprint* recognises an address that the files name; *mask* is what people
    are shown. The *address* itself is known only to the run that read it from GitHub:
    it is nobody's business that does not need it, and so in no state (traps T78).
    """

    fingerprint: str
    mask: str
    address: str | None = None

    @classmethod
    def of(cls, address: str, organization: int) -> Mailbox:
        """The mailbox of *address*; another organization, by its id, gives another."""
        folded = address.strip().lower()
        digest = sha256(f"{organization}:{folded}".encode()).hexdigest()
        return cls(digest[:_DIGITS], masked(folded), folded)

    @property
    def key(self) -> Login:
        """What stands for the person behind it where others have a login."""
        return Login(f"{_KEY}{self.fingerprint}")


def is_mailbox(key: Login) -> bool:
    """Is it the key of a mailbox? No login has a colon."""
    return key.startswith(_KEY)


def masked(address: str) -> str:
    """As much of *address* as tells it from others, and no more."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def kept_at(address: Address, organization: int) -> Address:
    """*address* as a state may keep it: a mailbox by its key, without the e-mail."""
    if not any("@" in part for part in address):
        return address
    return Address(
        *(Mailbox.of(p, organization).key if "@" in p else p for p in address)
    )
