"""A person's membership of the organization."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self

from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.names import EmailAddress, Login
from ghstate.model.resource import Resource

MEMBERS = Address("members")


class OrgRole(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"
    """An owner of the organization; GitHub's API says admin."""


class Member(Resource, frozen=True, kw_only=True):
    """A person in the organization, or invited to it."""

    TYPE: ClassVar = "github_membership"
    TITLE: ClassVar = "People"
    NOUN: ClassVar = ("person", "people")
    COLLECTION: ClassVar = "members"
    KEY: ClassVar = ("login",)
    PERSONAL: ClassVar = True

    login: Login
    role: OrgRole = OrgRole.MEMBER

    @property
    def address(self) -> Address:
        return Member.at(self.login)

    @property
    def person(self) -> Login:
        return self.login

    def given_to(self, login: Login) -> Self:
        return replace(self, login=login)

    def document(self) -> Mapping[str, object]:
        who = "email" if isinstance(self.login, EmailAddress) else "username"
        return {who: self.login.spelled, "role": self.role.value}

    @classmethod
    def collected_in(cls, address: Address) -> bool:
        return address == MEMBERS

    @staticmethod
    def at(login: str) -> Address:
        return Address("members", str(login))
