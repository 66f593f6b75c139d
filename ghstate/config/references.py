"""People and sets of people where the files name them, with their dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ghstate.config.keys import Keys
from ghstate.config.spelling import (
    GROUP_GLOB,
    is_reference,
    quoted,
    wrong_address,
    wrong_group,
    wrong_person,
    wrong_slug,
)
from ghstate.config.table import Findings, Table, kind
from ghstate.model.complaint import Part
from ghstate.model.groups import ALWAYS, ANY_TEAM, Period, Reference, Referred
from ghstate.model.names import EmailAddress, Login, Name, Slug
from ghstate.model.resource import KeyPath

_NAMES = ("login", "email", "group", "team")
_GLOB = frozenset("*?[]!")


def period(table: Table) -> Period:
    """The days on which *table* holds, by its `from` and `until`."""
    since, until = table.day("from"), table.day("until")
    if since is None and until is None:
        return ALWAYS
    if since is not None and until is not None and until < since:
        table.refuse("until", f"this ends before it begins, on {since}")
    return Period(since, until)


class References:
    """Reads references.

    *by_email* has the logins of those who are known by an address, too: they are who
    is meant where somebody names the address.
    """

    def __init__(
        self, by_email: Mapping[EmailAddress, Login], findings: Findings
    ) -> None:
        self.by_email = by_email
        self.findings = findings
        self._logins: dict[str, Login] = {}
        self._sets: dict[str, tuple[Referred, Name]] = {}

    def person(self, spelled: str, path: KeyPath) -> Login | None:
        """Whom a login or an address means, or a complaint."""
        login = self._logins.get(spelled)
        if login is None:
            if wrong := wrong_person(spelled):
                self.findings.add(path, *wrong)
                return None
            login = self._logins[spelled] = self._meant(spelled)
        return login

    def text(
        self,
        spelled: str,
        path: KeyPath,
        part: Part = Part.VALUE,
        days: Period = ALWAYS,
    ) -> Reference | None:
        """What a text names: one person, or everybody in ``group:NAME``."""
        if not is_reference(spelled):
            return self._one(spelled, path, days)
        found = self._sets.get(spelled)
        if found is None:
            word, _, name = spelled.partition(":")
            refers = Referred(word.lower())
            if wrong := _wrong_set(refers, name):
                self.findings.add(path, *wrong, part)
                return None
            found = refers, Slug(name) if refers is Referred.TEAM else Name(name)
            self._sets[spelled] = found
        return Reference(*found, path, days)

    def table(self, item: object, path: KeyPath, keys: Keys) -> Reference | None:
        """What a table in the list at *path* names, and when."""
        if not isinstance(item, dict):
            if self.findings.full:
                self.findings.more += 1
                return None
            self.findings.add(
                path,
                f"{quoted(_list(path))} must be a list of logins, not of {kind(item)}",
            )
            return None
        table = Table(item, path, self.findings, keys)
        days = period(table)
        texts = {key: table.text(key) for key in _NAMES if key in table}
        if len(texts) > 1:
            *_, last = texts
            table.refuse(
                last,
                'one person has "login" or "email" here, not both'
                if last == "email"
                else f'a name stands here already, and "{last}" would be another',
                "the address of somebody with a login stands in [members]"
                if last == "email"
                else "write a table for each",
            )
            return None
        for key, text in texts.items():
            return None if text is None else self._named(key, text, table, days)
        if not item.keys() - keys.known.keys():
            self.findings.add(path, '"login", "email", "group" or "team" is missing')
        return None

    def item(self, item: object, path: KeyPath, keys: Keys) -> Reference | None:
        """What an item of a list of people names."""
        if type(item) is str:
            return self.text(item, path)
        return self.table(item, path, keys)

    def once_each(self, references: Iterable[Reference]) -> tuple[Reference, ...]:
        """*references*, and a complaint of each that says again what another says.

        The same name for other days says something else.
        """
        found: dict[tuple[object, ...], Reference] = {}
        for each in references:
            # Nearly all hold always, and to hash days for each takes its time.
            days = () if each.period is ALWAYS else (each.period,)
            is_set = each.refers is not Referred.PERSON
            name = each.key if is_set else each.name
            first = found.setdefault((name, is_set, *days), each)
            if first is not each:
                self.findings.add(
                    each.path,
                    f"{quoted(each.key)} is here twice",
                    elsewhere=first.path,
                )
        return tuple(found.values())

    def _named(
        self, key: str, text: str, table: Table, days: Period
    ) -> Reference | None:
        match key:
            case "group" | "team" if wrong := _wrong_set(Referred(key), text):
                table.refuse(key, *wrong)
                return None
            case "group" | "team":
                return self.text(f"{key}:{text}", table.path, days=days)
            case "email" if wrong := wrong_address(text):
                table.refuse(key, *wrong)
                return None
            case _:
                return self._one(text, table.path, days)

    def _one(self, spelled: str, path: KeyPath, days: Period) -> Reference | None:
        login = self.person(spelled, path)
        if login is None:
            return None
        return Reference(Referred.PERSON, login, path, days)

    def _meant(self, spelled: str) -> Login:
        if "@" not in spelled:
            return Login(spelled)
        email = EmailAddress(spelled)
        return self.by_email.get(email, email)


def _wrong_set(refers: Referred, name: str) -> tuple[str, str] | None:
    if refers is Referred.TEAM:
        if name == ANY_TEAM:
            return None
        if not _GLOB.isdisjoint(name):
            return (
                f"{quoted(name)} is not a team's slug",
                'the only glob for teams is "team:*", everybody in any team',
            )
        return wrong_slug(name)
    if not _GLOB.isdisjoint(name):
        if GROUP_GLOB.fullmatch(name):
            return None
        return f"{quoted(name)} is not a glob for groups", 'write it like "oncall-*"'
    return wrong_group(name)


def _list(path: KeyPath) -> str:
    """The key of the list that an item at *path* stands in."""
    return str(path[-2])
