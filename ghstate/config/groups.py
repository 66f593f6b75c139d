"""Groups of people, as the files name them."""

from __future__ import annotations

from collections.abc import Mapping

from ghstate.config.keys import EXCEPTED, GROUP, TEAM_MEMBER, Keys
from ghstate.config.references import References, period
from ghstate.config.spelling import quoted, wrong_group
from ghstate.config.table import Findings, Table, kind
from ghstate.model.complaint import Part
from ghstate.model.groups import Expression, Reference
from ghstate.model.names import Name
from ghstate.model.resource import KeyPath


class Groups:
    """What the files say about groups."""

    def __init__(self, references: References, findings: Findings) -> None:
        self.references = references
        self.findings = findings
        self.named: dict[Name, Expression] = {}

    def read(self, groups: Mapping[str, object]) -> None:
        """Add every group in the ``[groups]`` tables."""
        for key, value in groups.items():
            path: KeyPath = ("groups", key)
            if wrong := wrong_group(key):
                self.findings.add(path, *wrong, Part.KEY)
            name = Name(key)
            if name in self.named:
                self.findings.add(
                    path,
                    f"there is a group {quoted(key)} already",
                    part=Part.KEY,
                    elsewhere=self.named[name].path,
                )
            elif isinstance(value, dict):
                table = Table(value, path, self.findings, GROUP)
                self.named[name] = self._expression(table)
            else:
                self.findings.add(
                    path, f"{quoted(key)} must be a table, not {kind(value)}"
                )

    def _expression(self, table: Table) -> Expression:
        path = table.path
        if "any" not in table and "all" not in table:
            self.findings.add(
                path,
                "this group says nobody: it has neither any nor all",
                'write any = ["alice"], or any = [] for nobody',
                Part.KEY,
            )
        elif "any" not in table and table.values["all"] == []:
            table.refuse(
                "all",
                '"all" names nobody, and without any that would be everybody',
                "write any = [] for nobody",
            )
        return Expression(
            path=path,
            any=self._list(table, "any", TEAM_MEMBER) if "any" in table else None,
            all=self._list(table, "all", TEAM_MEMBER),
            but=self._list(table, "except", EXCEPTED),
            period=period(table),
        )

    def _list(self, table: Table, key: str, keys: Keys) -> tuple[Reference, ...]:
        found = (
            self.references.item(item, path, keys)
            for path, item in table.items(key, "logins")
        )
        return self.references.once_each(each for each in found if each is not None)
