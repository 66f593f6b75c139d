"""The people of the organization, as the files name them."""

from __future__ import annotations

from collections.abc import Mapping

from ghstate.config.keys import ADDRESSEE, MAX_ID, MEMBER, MEMBER_SET
from ghstate.config.references import References, period
from ghstate.config.spelling import (
    is_reference,
    quoted,
    wrong_address,
    wrong_person,
)
from ghstate.config.table import Choice, Findings, Table, kind
from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.groups import ALWAYS
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress, Login
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.rules.grants import Line, Term

ROLE = Choice(
    OrgRole,
    {
        "owner": OrgRole.ADMIN,
        "administrator": OrgRole.ADMIN,
        "direct_member": OrgRole.MEMBER,
        "user": OrgRole.MEMBER,
    },
)
_ROLES = {role.value: role for role in OrgRole}
_ROLE = frozenset({"role"})


class Members:
    """What the files say about the people of the organization."""

    def __init__(
        self, declared: dict[Address, Declared[Resource]], findings: Findings
    ) -> None:
        self.declared = declared
        self.findings = findings
        self.by_email: dict[EmailAddress, Login] = {}
        """Whose address it is, for those who are known by login and address."""

        self.terms: dict[Address, Term] = {}
        self.lines: list[Line] = []
        self._sets: list[tuple[str, object, KeyPath]] = []
        self._known_by: dict[EmailAddress, KeyPath] = {}
        self._pinned: dict[int, KeyPath] = {}

    def read(self, people: Mapping[str, object]) -> None:
        """Add everybody in the ``[members]`` tables."""
        if not people:
            self.findings.add(
                ("members",),
                '"members" is empty, which would remove everybody',
                "name the people who stay,"
                " or remove the table to leave memberships alone",
                Part.KEY,
            )
        for key, value in people.items():
            path: KeyPath = ("members", key)
            if is_reference(key):
                self._sets.append((key, value, path))
                continue
            if wrong := wrong_person(key):
                self.findings.add(path, *wrong, Part.KEY)
            login = EmailAddress(key) if "@" in key else Login(key)
            address = Member.at(login)
            if address in self.declared:
                self.findings.add(
                    path,
                    f"{quoted(key)} is in the members twice",
                    part=Part.KEY,
                    elsewhere=self.declared[address].path,
                )
                continue
            self.declared[address] = self._declared(login, value, path)
            if isinstance(login, EmailAddress) and login in self.by_email:
                owner, first = self.by_email[login], self._known_by[login]
                self._is_known_by_both(login, owner, path, Part.KEY, first)

    def read_sets(self, references: References) -> None:
        """Add the lines about groups and teams, once all people are read."""
        known: dict[str, KeyPath] = {}
        for key, value, path in self._sets:
            match value:
                case str():
                    role, days = (
                        ROLE.read(value, "the role", path, self.findings),
                        ALWAYS,
                    )
                case dict():
                    table = Table(value, path, self.findings, MEMBER_SET)
                    table.text("note")
                    role, days = table.choice("role", ROLE), period(table)
                case _:
                    self._not_a_role(key, value, path)
                    continue
            found = references.text(key, path, Part.KEY, days)
            if found is None:
                continue
            first = known.setdefault(found.key, path)
            if first != path:
                self.findings.add(
                    path,
                    f"{quoted(key)} is in the members twice",
                    part=Part.KEY,
                    elsewhere=first,
                )
            else:
                self.lines.append(Line(found, role or OrgRole.MEMBER))

    def _not_a_role(self, key: str, value: object, path: KeyPath) -> None:
        self.findings.add(
            path,
            f"{quoted(key)} must be a role or a table, not {kind(value)}",
            'write "admin" or "member"',
        )

    def _declared(
        self, login: Login, value: object, path: KeyPath
    ) -> Declared[Resource]:
        role = _ROLES.get(value) if type(value) is str else None
        if role is not None:
            return Declared(Member(login=login, role=role), _ROLE, path)
        match value:
            case str():
                role = ROLE.read(value, "the role", path, self.findings)
            case dict():
                return self._in_a_table(login, value, path)
            case _:
                self._not_a_role(login.spelled, value, path)
        # Any role will do: a file with a complaint is never used.
        return Declared(Member(login=login, role=role or OrgRole.MEMBER), _ROLE, path)

    def _in_a_table(
        self, login: Login, values: Mapping[str, object], path: KeyPath
    ) -> Declared[Resource]:
        by_email = isinstance(login, EmailAddress)
        table = Table(values, path, self.findings, ADDRESSEE if by_email else MEMBER)
        table.text("note")
        role = table.choice("role", ROLE) or OrgRole.MEMBER
        member = Member(login=login, role=role)
        self._term(member, table)
        if by_email:
            return Declared(member, _ROLE, path)
        number, email = self._id(table), _email(table)
        if email is not None:
            self._give(email, login, table)
        return Declared(member, _ROLE, path, number, email=email)

    def _term(self, member: Member, table: Table) -> None:
        """Note when the entry holds, and what it leaves behind."""
        days = period(table)
        then = table.choice("then", Choice(OrgRole))
        if then is not None and days.until is None:
            table.refuse("then", '"then" needs a day after which it holds: until')
        elif then is not None and (then, member.role) != (
            OrgRole.MEMBER,
            OrgRole.ADMIN,
        ):
            table.refuse(
                "then",
                '"then" must be less than the role that ends',
                "an admin falls back to member; without then, they leave",
            )
        if days != ALWAYS and member.address not in self.terms:
            self.terms[member.address] = Term(days, table.at("until"), then)

    def _id(self, table: Table) -> int | None:
        """The id that somebody is pinned to; an account is one person (traps T29)."""
        number = table.number("id", least=1, most=MAX_ID)
        if number is None:
            return None
        path = table.at("id")
        first = self._pinned.setdefault(number, path)
        if first != path:
            message = f"{number} is the id of {_at(first)}, too"
            self.findings.add(path, message, elsewhere=first)
        return number

    def _give(self, email: EmailAddress, login: Login, table: Table) -> None:
        """Note whose *email* it is, unless it is somebody else's already."""
        path = table.at("email")
        entry = self.declared.get(Member.at(email))
        if entry is not None:
            self._is_known_by_both(email, login, path, Part.VALUE, entry.path)
        first = self._known_by.setdefault(email, path)
        if first != path:
            message = f"{quoted(email.spelled)} is the address of {_at(first)}, too"
            self.findings.add(path, message, elsewhere=first)
        self.by_email.setdefault(email, login)

    def _is_known_by_both(
        self,
        email: EmailAddress,
        login: Login,
        path: KeyPath,
        part: Part,
        first: KeyPath,
    ) -> None:
        who = quoted(login.spelled)
        self.findings.add(
            path,
            f"{quoted(email.spelled)} is the address of {who}, and a member by itself",
            f"remove the entry of the address: {who} is known by both",
            part,
            elsewhere=first,
        )


def _at(path: KeyPath) -> str:
    """Whose entry *path* is in."""
    return quoted(str(path[1]))


def _email(table: Table) -> EmailAddress | None:
    text = table.text("email")
    if text is None:
        return None
    if wrong := wrong_address(text):
        table.refuse("email", *wrong)
        return None
    return EmailAddress(text)
