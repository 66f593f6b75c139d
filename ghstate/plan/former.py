"""The names that people and teams have today, by those that they had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ghstate.model.address import Address
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.identity import Known, login_behind


class Names(msgspec.Struct, frozen=True):
    """What people and teams are called today, by the names that they had."""

    files: Desired
    snapshot: Snapshot
    known: Known
    here: Mapping[int, Login]
    slugs: Mapping[Slug, Slug]

    @classmethod
    def of(cls, files: Desired, snapshot: Snapshot, known: Known) -> Names:
        here = {
            found.id: found.resource.login
            for found in snapshot.each(Member)
            if found.id is not None
        }
        slugs = {
            Slug(former): declared.resource.slug
            for declared in files.declared.values()
            if isinstance(declared.resource, Team)
            for former in declared.formerly
            if Team.at(former) not in files.declared
        }
        return cls(files, snapshot, known, here, slugs)

    def of_one(self, address: Address) -> Iterator[Address]:
        """*address*, and the one of today if that is another."""
        yield address
        today = self.today(address)
        if today != address:
            yield today

    def today(self, address: Address) -> Address:
        match address:
            case ("members", who):
                return Member.at(self._login(who))
            case ("teams", slug, "members", who):
                return TeamMember.at(self._slug(slug), self._login(who))
            case ("teams", slug, *below):
                return Address("teams", self._slug(slug), *below)
            case _:
                return address

    def _slug(self, slug: str) -> str:
        return self.slugs.get(Slug(slug), slug)

    def _login(self, who: str) -> str:
        if "@" in who:
            mailbox = Mailbox.of(EmailAddress(who), self.snapshot.organization.id)
            known = self.known
            number = known.bindings.get(mailbox.key)
            if number is not None and number in self.here:
                return self.here[number]
            behind = login_behind(
                mailbox, self.snapshot, known.bindings, known.accounts
            )
            return behind or who
        declared = self.files.declared.get(Member.at(who))
        pinned = declared.id if declared else None
        number = pinned or self.known.bindings.get(Login(who))
        return who if number is None else self.here.get(number, who)
