"""Teams and who is in them, as the files name them."""

from __future__ import annotations

from collections.abc import Mapping

from ghstate.config.keys import TEAM_KEYS, TEAM_MEMBER
from ghstate.config.limits import MAX_NAME
from ghstate.config.references import References
from ghstate.config.spelling import quoted, wrong_slug
from ghstate.config.table import Choice, Findings, Table, kind
from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.groups import ALWAYS, Period, Reference
from ghstate.model.names import Login, Slug
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.model.team import Privacy, Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.rules.grants import Line, Term

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
    """What the files say about teams."""

    def __init__(
        self,
        declared: dict[Address, Declared[Resource]],
        references: References,
        findings: Findings,
    ) -> None:
        self.declared = declared
        self.references = references
        self.findings = findings
        self.managed: set[Address] = set()
        self.absent: dict[Address, KeyPath] = {}
        self.terms: dict[Address, Term] = {}
        self.lines: dict[Address, list[Line]] = {}
        self.ends: dict[Address, Period] = {}

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
        references = self.references
        for key, role in _LISTS:
            if key not in table:
                continue
            managed = True
            for path, item in table.items(key, "logins"):
                if type(item) is str and ":" not in item:
                    if login := references.person(item, path):
                        self._person(slug, login, role, path, spelled=item)
                elif found := references.item(item, path, TEAM_MEMBER):
                    self._reference(slug, found, role)
        until = table.day("until")
        if managed:
            self.managed.add(TeamMember.all_of(slug))
        elif until is not None:
            table.refuse(
                "until",
                "the places in this team would end, and the files name none",
                "write members = [...], or remove until",
            )
        if managed and until is not None:
            self.ends[TeamMember.all_of(slug)] = Period(until=until)

    def _reference(self, slug: Slug, found: Reference, role: TeamRole) -> None:
        if isinstance(found.name, Login):
            self._person(slug, found.name, role, found.path, found.period)
        else:
            line = Line(found, role)
            self.lines.setdefault(TeamMember.all_of(slug), []).append(line)

    def _person(
        self,
        slug: Slug,
        login: Login,
        role: TeamRole,
        path: KeyPath,
        days: Period = ALWAYS,
        *,
        spelled: str = "",
    ) -> None:
        address = TeamMember.at(slug, login)
        if address in self.declared:
            self.findings.add(
                path,
                f"{quoted(spelled or login.spelled)} is in the team twice",
                elsewhere=self.declared[address].path,
            )
            return
        member = TeamMember(team=slug, login=login, role=role)
        self.declared[address] = Declared(member, _ROLE, path)
        if days != ALWAYS:
            self.terms[address] = Term(days, (*path, "until"))


def _name(table: Table) -> str | None:
    name = table.text("name")
    if name is None:
        return None
    if not name.strip():
        table.refuse("name", "a team's name must not be empty")
    if len(name) > MAX_NAME:
        table.refuse("name", f"a team's name has at most {MAX_NAME} characters")
    return name
