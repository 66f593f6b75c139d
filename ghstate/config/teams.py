"""Teams and who is in them, as the files name them."""

from __future__ import annotations

from collections.abc import Mapping

from ghstate.config.keys import TEAM_KEYS, TEAM_MEMBER
from ghstate.config.limits import MAX_NAME
from ghstate.config.spelling import quoted, wrong_address, wrong_person, wrong_slug
from ghstate.config.table import Choice, Findings, Table, kind
from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.model.team import Privacy, Team
from ghstate.model.team_member import TeamMember, TeamRole

PRIVACY = Choice(
    Privacy,
    {
        "visible": Privacy.CLOSED,
        "public": Privacy.CLOSED,
        "open": Privacy.CLOSED,
        "private": Privacy.SECRET,
        "hidden": Privacy.SECRET,
    },
)
_LISTS = (("maintainers", TeamRole.MAINTAINER), ("members", TeamRole.MEMBER))
_ROLE = frozenset({"role"})
_FIELDS = ("name", "description", "privacy", "notifications", "parent")


class Teams:
    """What the files say about teams.

    *by_email* has the logins of those who are known by an address, too: they are who
    is meant where a team names the address.
    """

    def __init__(
        self,
        declared: dict[Address, Declared[Resource]],
        by_email: Mapping[EmailAddress, Login],
        findings: Findings,
    ) -> None:
        self.declared = declared
        self.by_email = by_email
        self.findings = findings
        self.managed: set[Address] = set()
        self.absent: dict[Address, KeyPath] = {}
        self._logins: dict[str, Login] = {}

    def read(self, teams: Mapping[str, object]) -> None:
        """Add every team in the ``[teams]`` tables."""
        for key, value in teams.items():
            path: KeyPath = ("teams", key)
            if wrong := wrong_slug(key):
                self.findings.add(path, *wrong, Part.KEY)
            if isinstance(value, dict):
                table = Table(value, path, self.findings, TEAM_KEYS)
                self._team(Slug(key), table)
            else:
                self.findings.add(
                    path, f"{quoted(key)} must be a table, not {kind(value)}"
                )

    def _team(self, slug: Slug, table: Table) -> None:
        if table.truth("absent"):
            for key in table.values:
                if key != "absent":
                    self.findings.add(
                        table.at(key),
                        "an absent team is deleted, and has nothing else",
                        f"remove {quoted(key)}, or remove absent",
                        Part.KEY,
                    )
            self.absent[Team.at(slug)] = table.path
            return
        team = Team(
            slug=slug,
            name=_name(table) or slug.spelled,
            description=table.text("description") or "",
            privacy=table.choice("privacy", PRIVACY) or Privacy.CLOSED,
            notifications=table.truth("notifications") is not False,
            parent=self._parent(table),
        )
        self.declared[team.address] = Declared(
            team,
            frozenset(key for key in _FIELDS if key in table),
            table.path,
            formerly=self._previously(table),
        )
        self._people(slug, table)

    def _parent(self, table: Table) -> Slug | None:
        parent = table.text("parent")
        if not parent:
            return None
        if wrong := wrong_slug(parent):
            table.refuse("parent", *wrong)
            return None
        return Slug(parent)

    def _previously(self, table: Table) -> tuple[str, ...]:
        # One that is spelled wrong is kept, so that the others keep their numbers.
        slugs = []
        for path, slug in table.texts("previously", "slugs"):
            if wrong := wrong_slug(slug):
                self.findings.add(path, *wrong)
            slugs.append(slug)
        return tuple(slugs)

    def _people(self, slug: Slug, table: Table) -> None:
        managed = False
        for key, role in _LISTS:
            if key not in table:
                continue
            managed = True
            for path, item in table.items(key, "logins"):
                if type(item) is str:
                    self._person(slug, item, role, path)
                else:
                    self._person_in_a_table(slug, item, role, path, key)
        if managed:
            self.managed.add(TeamMember.all_of(slug))

    def _person_in_a_table(
        self, slug: Slug, item: object, role: TeamRole, path: KeyPath, key: str
    ) -> None:
        if not isinstance(item, dict):
            self.findings.add(
                path, f'"{key}" must be a list of logins, not of {kind(item)}'
            )
            return
        table = Table(item, path, self.findings, TEAM_MEMBER)
        login, email = table.text("login"), table.text("email")
        if "login" in table and "email" in table:
            table.refuse(
                "email",
                'one person has "login" or "email" here, not both',
                "the address of somebody with a login stands in [members]",
            )
        elif login is not None:
            self._person(slug, login, role, path)
        elif email is not None and (wrong := wrong_address(email)):
            table.refuse("email", *wrong)
        elif email is not None:
            self._person(slug, email, role, path)
        elif not item.keys() - TEAM_MEMBER.later:
            self.findings.add(path, '"login" or "email" is missing')

    def _person(self, slug: Slug, spelled: str, role: TeamRole, path: KeyPath) -> None:
        login = self._logins.get(spelled)
        if login is None:
            if wrong := wrong_person(spelled):
                self.findings.add(path, *wrong)
                return
            login = self._logins[spelled] = self._meant(spelled)
        address = TeamMember.at(slug, login)
        if address in self.declared:
            self.findings.add(
                path,
                f"{quoted(spelled)} is in the team twice",
                elsewhere=self.declared[address].path,
            )
            return
        member = TeamMember(team=slug, login=login, role=role)
        self.declared[address] = Declared(member, _ROLE, path)

    def _meant(self, spelled: str) -> Login:
        if "@" not in spelled:
            return Login(spelled)
        email = EmailAddress(spelled)
        return self.by_email.get(email, email)


def _name(table: Table) -> str | None:
    name = table.text("name")
    if name is None:
        return None
    if not name.strip():
        table.refuse("name", "a team's name must not be empty")
    if len(name) > MAX_NAME:
        table.refuse("name", f"a team's name has at most {MAX_NAME} characters")
    return name
