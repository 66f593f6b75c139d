"""The people of the organization, as the files name them."""

from __future__ import annotations

from collections.abc import Mapping

from ghstate.config.keys import MEMBER
from ghstate.config.spelling import quoted, wrong_login
from ghstate.config.table import Choice, Findings, Table, kind
from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Declared, KeyPath, Resource

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


def read_members(
    people: Mapping[str, object],
    declared: dict[Address, Declared[Resource]],
    findings: Findings,
) -> None:
    """Add everybody in the ``[members]`` tables to *declared*."""
    if not people:
        findings.add(
            ("members",),
            '"members" is empty, which would remove everybody',
            "name the people who stay, or remove the table to leave memberships alone",
            Part.KEY,
        )
    for key, value in people.items():
        path = ("members", key)
        if wrong := wrong_login(key):
            findings.add(path, *wrong, Part.KEY)
        login = Login(key)
        address = Member.at(login)
        if address in declared:
            findings.add(
                path,
                f"{quoted(key)} is in the members twice",
                part=Part.KEY,
                elsewhere=declared[address].path,
            )
            continue
        role = _ROLES.get(value) if type(value) is str else None
        number = None
        if role is None:
            role, number = _role_and_id(value, path, findings)
        member = Member(login=login, role=role)
        declared[address] = Declared(member, _ROLE, path, number)


def _role_and_id(
    value: object, path: KeyPath, findings: Findings
) -> tuple[OrgRole, int | None]:
    # Where there is none, any role will do: a file with a complaint is never used.
    match value:
        case str():
            role = ROLE.read(value, "the role", path, findings)
            return role or OrgRole.MEMBER, None
        case dict():
            table = Table(value, path, findings, MEMBER)
            table.text("note")
            role = table.choice("role", ROLE)
            number = table.number("id", least=1, most=2**63 - 1)
            return role or OrgRole.MEMBER, number
        case _:
            findings.add(
                path,
                f"{quoted(str(path[-1]))} must be a role or a table, not {kind(value)}",
                'write "admin" or "member"',
            )
            return OrgRole.MEMBER, None
