"""Resources: the things a plan can create, update and delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import ClassVar, Generic, Self, TypeAlias, TypeVar

import msgspec
from msgspec.structs import fields, replace

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.names import EmailAddress, Login

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where something is written in the files, as TOML spells it; items by number."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in the organization, complete and comparable by value.

    Abstract, but no `ABC`: its `isinstance` is a function written in Python, which
    costs a second for an organization of 50,000 people.
    """

    TYPE: ClassVar[str]
    """The kind's name in documents: the resource type of Terraform's provider."""

    TITLE: ClassVar[str]
    """The heading that people read above changes of this kind."""

    NOUN: ClassVar[tuple[str, str]]
    """The kind in a sentence: one, and several."""

    COLLECTION: ClassVar[str]
    """What the lock file calls the kind, where the files manage collections of it."""

    KEY: ClassVar[tuple[str, ...]]
    """The fields that make up the address, and so never change."""

    PERSONAL: ClassVar[bool] = False
    """Is each of them a person's, whom the last part of the address names?"""

    @property
    def address(self) -> Address:
        raise NotImplementedError  # each kind has its own

    @property
    def person(self) -> Login | None:
        """Whose access this is, if it is a person's."""
        return None

    def given_to(self, login: Login) -> Self:
        """The same access, but somebody else's; for kinds that have a *person*."""
        return self

    def document(self) -> Mapping[str, object]:
        """Every field, under the attribute names of Terraform's provider."""
        raise NotImplementedError  # each kind has its own

    def requires(self) -> Iterator[Address]:
        """The resources that must exist for this one to exist."""
        return iter(())

    @classmethod
    def collected_in(cls, address: Address) -> bool:
        """Is *address* a collection of this kind?"""
        raise NotImplementedError  # each kind has its own

    @classmethod
    def mutable(cls) -> frozenset[str]:
        """The fields that can change while the address stays the same."""
        return frozenset(f.name for f in fields(cls) if f.name not in cls.KEY)


R_co = TypeVar("R_co", bound=Resource, covariant=True)


class Declared(msgspec.Struct, Generic[R_co], frozen=True):
    """A resource as the files ask for it.

    Only *fields* were written down. The others hold the kind's defaults: they
    count when the resource is created, and are left alone afterwards.
    """

    resource: R_co
    fields: frozenset[str]
    path: KeyPath = ()
    """Where the files say so."""

    id: int | None = None
    """The numeric id that the files pin this to, if they do."""

    formerly: tuple[str, ...] = ()
    """Names it had before: found under one of them, it is renamed."""

    email: EmailAddress | None = None
    """An address of the person: an invitation that went there is theirs, too."""

    def onto(self, existing: Resource) -> Resource:
        """What *existing* becomes once everything declared here holds."""
        wanted = self.resource
        for name in self.fields:
            if getattr(existing, name) != getattr(wanted, name):
                changed = {each: getattr(wanted, each) for each in self.fields}
                return replace(existing, **changed)
        return existing


class Standing(StrEnum):
    """How far along the person in a resource is."""

    ACTIVE = "active"
    INVITED = "invited"
    """Invited, and the answer is awaited."""

    FAILED = "failed"
    """Was invited; the invitation expired or failed, and nothing else is there."""


class Keeper(StrEnum):
    """Who else decides about a resource, so that ghstate must not."""

    ENTERPRISE = "the enterprise"
    IDENTITY_PROVIDER = "the identity provider"


class Observed(msgspec.Struct, Generic[R_co], frozen=True):
    """A resource as GitHub reported it."""

    resource: R_co
    standing: Standing = Standing.ACTIVE
    id: int | None = None
    """GitHub's numeric id: of the person for a membership, of the team for a team."""

    invitation: Invitation | None = None
    """The invitation behind `Standing.INVITED` and `Standing.FAILED`."""

    kept_by: Keeper | None = None
