"""Somebody who edits a project's files, and knows what a plan will have to say.

    editor = Editor.of(directory, Random(7), owner="alice")
    editor.make(SORTS, total=40)
    editor.save()
    assert plan == editor.expected

What is expected is written down edit by edit, from the words of the contract; the
planner is not asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import tomli

SETTINGS_FILE = "ghstate.toml"


class DoesNotFitError(Exception):
    """The organization has nobody, or no team, to make this edit with."""


@dataclass(slots=True)
class Editor:
    """The files of a project as one document, and what its edits come to.

    Nobody and no team is edited twice, so that each edit stands for itself.
    """

    directory: Path
    random: Random
    owner: str
    """Whose token it is: never demoted, never removed."""

    members: dict[str, str]
    teams: dict[str, dict[str, Any]]
    expected: dict[str, str] = field(default_factory=dict)
    """Address to `action_reason`, as the next plan has to have them."""

    removals: int = 0
    """The number for `--allow-removals`, counted as contract §2.1 counts."""

    newcomers: list[str] = field(default_factory=list)
    """Accounts that must exist, because the files invite them."""

    guests: list[str] = field(default_factory=list)
    """Who is invited, or was: `cancel_invitation` and its sisters edit them."""

    made: list[str] = field(default_factory=list)
    """The sorts of edits that fitted."""

    _people: set[str] = field(default_factory=set)
    _teams: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, directory: Path, random: Random, owner: str, guests: Collection[str]
    ) -> Editor:
        members: dict[str, str] = {}
        teams: dict[str, dict[str, Any]] = {}
        for path in _files(directory):
            document = tomli.loads(path.read_text("utf-8"))
            members |= document.get("members", {})
            teams |= document.get("teams", {})
        editor = cls(directory, random, owner, members, teams, guests=[*guests])
        editor._people |= {who.lower() for who in guests}
        return editor

    def save(self) -> None:
        """Write all of it anew, into two files."""
        for path in _files(self.directory):
            path.unlink()
        (self.directory / "members.toml").write_text(_table("members", self.members))
        (self.directory / "teams.toml").write_text(
            "".join(_table(f"teams.{slug}", team) for slug, team in self.teams.items())
        )

    def make(self, sorts: Collection[Sort], *, total: int | None = None) -> None:
        """Make one edit of each sort that fits, then more until there are *total*."""
        for sort in sorts:
            self._try(sort)
        while total is not None and len(self.expected) < total:
            add_anywhere(self)

    def _try(self, sort: Sort) -> None:
        try:
            sort(self)
        except DoesNotFitError:
            return
        self.made.append(sort.__name__)

    # Whom and what to edit

    def person(
        self, fits: Callable[[str], bool] | None = None, *, role: str = "member"
    ) -> str:
        """Somebody not edited yet, in no team that was."""
        busy = {
            who.lower()
            for slug, team in self.teams.items()
            if slug in self._teams
            for who in people_of(team)
        }
        busy |= self._people | {self.owner.lower()}
        found = [
            who
            for who, held in self.members.items()
            if held == role and who.lower() not in busy and (not fits or fits(who))
        ]
        who: str = self._one_of(found)
        self._people.add(who.lower())
        return who

    def guest(self, role: str | None) -> str:
        """Somebody whose invitation the files know for *role*, or not any more."""
        for who in self.guests:
            if self.members.get(who) == role:
                self.guests.remove(who)
                return who
        raise DoesNotFitError

    def newcomer(self) -> str:
        who = f"new-Comer-{len(self.newcomers) + 1}"
        self.newcomers.append(who)
        self._people.add(who.lower())
        return who

    def team(self, fits: Callable[[str], bool] | None = None) -> str:
        """A team not edited yet, with nobody in it who was."""
        found = [
            slug
            for slug, team in self.teams.items()
            if slug not in self._teams
            and self._people.isdisjoint(who.lower() for who in people_of(team))
            and (not fits or fits(slug))
        ]
        slug: str = self._one_of(found)
        self._teams.add(slug)
        return slug

    def place(self, key: str) -> tuple[str, str]:
        """A team and somebody in one of its two lists who is no owner."""
        found = [
            (slug, who)
            for slug, team in self.teams.items()
            if slug not in self._teams
            for who in team.get(key, ())
            if who.lower() not in self._people and self.role_of(who) == "member"
        ]
        slug, who = self._one_of(found)
        self._people.add(who.lower())
        return slug, who

    def role_of(self, login: str) -> str | None:
        return next(
            (r for who, r in self.members.items() if who.lower() == login.lower()), None
        )

    def children(self, slug: str) -> list[str]:
        return [s for s, team in self.teams.items() if team.get("parent") == slug]

    def below(self, slug: str) -> Iterator[str]:
        for child in self.children(slug):
            yield child
            yield from self.below(child)

    def is_secret(self, slug: str) -> bool:
        return bool(self.teams[slug].get("privacy") == "secret")

    def is_flat(self, slug: str) -> bool:
        return not self.teams[slug].get("parent") and not self.children(slug)

    def _one_of(self, found: list[Any]) -> Any:
        if not found:
            raise DoesNotFitError
        return self.random.choice(found)

    # What is expected of the plan

    def expect(self, address: str, reason: str) -> None:
        address = address.lower()
        assert address not in self.expected, address
        self.expected[address] = reason

    def touch(self, slug: str) -> None:
        """Nobody else may edit this team, or the people in it."""
        self._teams.add(slug)

    def delete(self, slug: str) -> None:
        """Delete a team; its memberships count, but are no changes of their own."""
        people = people_of(self.teams[slug])
        # Whoever leaves besides would end a membership that is counted already.
        self._people |= {who.lower() for who in people}
        self.removals += 1 + len(people)
        self.teams[slug] = {"absent": True}
        self.expect(f"teams.{slug}", "delete")

    def free(self, slug: str) -> bool:
        return slug not in self._teams


Sort: TypeAlias = Callable[[Editor], None]


def people_of(team: Mapping[str, Any]) -> list[str]:
    return [*team.get("maintainers", ()), *team.get("members", ())]


def _files(directory: Path) -> list[Path]:
    found = directory.rglob("*.toml")
    return sorted(path for path in found if path.name != SETTINGS_FILE)


def _table(name: str, table: Mapping[str, Any]) -> str:
    # JSON's strings, truths and lists are TOML's.
    lines = [
        f"{json.dumps(key)} = {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in table.items()
    ]
    return f"[{name}]\n{''.join(lines)}\n"


# People -------------------------------------------------------------------------


def invite_as_member(editor: Editor) -> None:
    who = editor.newcomer()
    editor.members[who] = "member"
    editor.expect(f"members.{who}", "invite")


def invite_as_admin(editor: Editor) -> None:
    who = editor.newcomer()
    editor.members[who] = "admin"
    editor.expect(f"members.{who}", "invite")


def invite_with_teams(editor: Editor) -> None:
    first, second = editor.team(), editor.team()
    who = editor.newcomer()
    editor.members[who] = "member"
    editor.teams[first].setdefault("members", []).append(who)
    editor.teams[second].setdefault("maintainers", []).append(who)
    editor.expect(f"members.{who}", "invite")
    editor.expect(f"teams.{first}.members.{who}", "with_invitation")
    editor.expect(f"teams.{second}.members.{who}", "with_invitation")


def promote(editor: Editor) -> None:
    who = editor.person()
    editor.members[who] = "admin"
    editor.expect(f"members.{who}", "change_role")


def demote(editor: Editor) -> None:
    who = editor.person(role="admin")
    editor.members[who] = "member"
    editor.expect(f"members.{who}", "change_role")


def remove(editor: Editor) -> None:
    """Their places in teams go along, and are neither changes nor counted."""
    who = editor.person()
    del editor.members[who]
    for team in editor.teams.values():
        for key in ("maintainers", "members"):
            if who in team.get(key, ()):
                team[key].remove(who)
    editor.expect(f"members.{who}", "remove")
    editor.removals += 1


# People who were invited --------------------------------------------------------


def cancel_invitation(editor: Editor) -> None:
    who = editor.guest("member")
    del editor.members[who]
    for team in editor.teams.values():
        if who in team.get("members", ()):
            team["members"].remove(who)
    editor.expect(f"members.{who}", "cancel_invitation")
    editor.removals += 1


def reduce_invitation(editor: Editor) -> None:
    who = editor.guest("admin")
    editor.members[who] = "member"
    editor.expect(f"members.{who}", "replace_invitation")


def invite_again(editor: Editor) -> None:
    who = editor.guest(None)
    editor.members[who] = "member"
    editor.expect(f"members.{who}", "reinvite")


# Teams --------------------------------------------------------------------------


def new_team(editor: Editor) -> None:
    who, other = editor.person(), editor.person()
    editor.teams["fresh-ground"] = {
        "name": "Fresh (Ground)",
        "description": 'Says "new", with a \\ in it',
        "maintainers": [who],
        "members": [other],
    }
    editor.touch("fresh-ground")
    editor.expect("teams.fresh-ground", "create")
    editor.expect(f"teams.fresh-ground.members.{who}", "add")
    editor.expect(f"teams.fresh-ground.members.{other}", "add")


def new_secret_team(editor: Editor) -> None:
    editor.teams["fresh-secret"] = {"privacy": "secret", "members": []}
    editor.touch("fresh-secret")
    editor.expect("teams.fresh-secret", "create")


def new_child_team(editor: Editor) -> None:
    parent = editor.team(lambda slug: not editor.is_secret(slug))
    editor.teams["fresh-child"] = {"parent": parent, "notifications": False}
    editor.touch("fresh-child")
    editor.expect("teams.fresh-child", "create")


def new_team_below_a_new_one(editor: Editor) -> None:
    # By name, the child comes first; on GitHub it cannot.
    editor.teams["a-child"] = {"parent": "b-parent", "members": []}
    editor.teams["b-parent"] = {"members": []}
    for slug in ("a-child", "b-parent"):
        editor.touch(slug)
        editor.expect(f"teams.{slug}", "create")


def describe(editor: Editor) -> None:
    slug = editor.team()
    editor.teams[slug]["description"] = "Other words than before – ünïcode, too"
    editor.expect(f"teams.{slug}", "update")


def make_secret(editor: Editor) -> None:
    slug = editor.team(lambda slug: editor.is_flat(slug) and not editor.is_secret(slug))
    editor.teams[slug]["privacy"] = "secret"
    editor.expect(f"teams.{slug}", "update")


def make_closed(editor: Editor) -> None:
    slug = editor.team(editor.is_secret)
    editor.teams[slug]["privacy"] = "closed"
    editor.expect(f"teams.{slug}", "update")


def silence(editor: Editor) -> None:
    slug = editor.team(lambda slug: editor.teams[slug].get("notifications", True))
    editor.teams[slug]["notifications"] = False
    editor.expect(f"teams.{slug}", "update")


def move(editor: Editor) -> None:
    slug = editor.team(
        lambda slug: not (editor.teams[slug].get("parent") or editor.is_secret(slug))
    )
    beneath = {slug, *editor.below(slug)}
    editor.teams[slug]["parent"] = editor.team(
        lambda other: other not in beneath and not editor.is_secret(other)
    )
    editor.expect(f"teams.{slug}", "update")


def un_nest(editor: Editor) -> None:
    slug = editor.team(lambda slug: bool(editor.teams[slug].get("parent")))
    editor.teams[slug]["parent"] = ""
    editor.expect(f"teams.{slug}", "update")


def rename(editor: Editor) -> None:
    """Its people, and the teams below it, come along."""
    old = editor.team(lambda slug: bool(people_of(editor.teams[slug])))
    new = f"{old}-renamed"
    editor.teams[new] = editor.teams.pop(old) | {"name": new, "previously": [old]}
    for child in editor.children(old):
        editor.teams[child]["parent"] = new
    editor.touch(new)
    editor.expect(f"teams.{new}", "rename")


def rename_by_a_chain(editor: Editor) -> None:
    """One team takes the slug that another gives up."""
    first = editor.team(editor.is_flat)
    second = editor.team(editor.is_flat)
    third = f"{second}-before"
    both = editor.teams.pop(first), editor.teams.pop(second)
    editor.teams[second] = both[0] | {"name": second, "previously": [first]}
    editor.teams[third] = both[1] | {"name": third, "previously": [second]}
    editor.touch(third)
    editor.expect(f"teams.{second}", "rename")
    editor.expect(f"teams.{third}", "rename")


def delete_team(editor: Editor) -> None:
    slug = editor.team(
        lambda slug: bool(people_of(editor.teams[slug])) and not editor.children(slug)
    )
    editor.delete(slug)


def delete_parent(editor: Editor) -> None:
    """The teams below it stay: GitHub would delete them, so they move first."""
    slug = editor.team(
        lambda slug: (
            0 < len(editor.children(slug)) <= 6
            and all(map(editor.free, editor.children(slug)))
        )
    )
    children = editor.children(slug)
    above = editor.teams[slug].get("parent", "")
    editor.delete(slug)
    for child in children:
        editor.teams[child]["parent"] = above
        editor.touch(child)
        editor.expect(f"teams.{child}", "update")


# People in teams ----------------------------------------------------------------


def _outside(editor: Editor) -> tuple[str, str]:
    """A team, and a member who is not in it."""
    slug = editor.team(lambda slug: "members" in editor.teams[slug])
    inside = {who.lower() for who in people_of(editor.teams[slug])}
    editor._teams.discard(slug)
    who = editor.person(lambda who: who.lower() not in inside)
    editor.touch(slug)
    return slug, who


def add_to_team(editor: Editor) -> None:
    slug, who = _outside(editor)
    # However the files spell a login, it is the same person.
    editor.teams[slug]["members"].append(who.swapcase())
    editor.expect(f"teams.{slug}.members.{who}", "add")


def add_anywhere(editor: Editor) -> None:
    """In whatever team: who is not edited otherwise can be added to any number."""
    found = [
        (slug, who)
        for slug, team in editor.teams.items()
        if "members" in team
        for who, role in editor.members.items()
        if role == "member"
        and who.lower() not in editor._people
        and who.lower() not in {each.lower() for each in people_of(team)}
    ]
    slug, who = editor._one_of(found)
    editor.teams[slug]["members"].append(who)
    editor.expect(f"teams.{slug}.members.{who}", "add")


def add_as_maintainer(editor: Editor) -> None:
    slug, who = _outside(editor)
    editor.teams[slug].setdefault("maintainers", []).append(who)
    editor.expect(f"teams.{slug}.members.{who}", "add")


def raise_in_team(editor: Editor) -> None:
    slug, who = editor.place("members")
    editor.teams[slug]["members"].remove(who)
    editor.teams[slug].setdefault("maintainers", []).append(who)
    editor.touch(slug)
    editor.expect(f"teams.{slug}.members.{who}", "change_role")


def lower_in_team(editor: Editor) -> None:
    slug, who = editor.place("maintainers")
    editor.teams[slug]["maintainers"].remove(who)
    editor.teams[slug].setdefault("members", []).append(who)
    editor.touch(slug)
    editor.expect(f"teams.{slug}.members.{who}", "change_role")


def remove_from_team(editor: Editor) -> None:
    slug, who = editor.place("members")
    editor.teams[slug]["members"].remove(who)
    editor.touch(slug)
    editor.expect(f"teams.{slug}.members.{who}", "remove")
    editor.removals += 1


SORTS: tuple[Sort, ...] = (
    delete_parent,
    un_nest,
    make_closed,
    make_secret,
    move,
    rename_by_a_chain,
    rename,
    delete_team,
    raise_in_team,
    lower_in_team,
    remove_from_team,
    demote,
    promote,
    remove,
    invite_as_member,
    invite_as_admin,
    invite_with_teams,
    cancel_invitation,
    reduce_invitation,
    invite_again,
    new_team,
    new_secret_team,
    new_child_team,
    new_team_below_a_new_one,
    describe,
    silence,
    add_to_team,
    add_as_maintainer,
)
"""Every sort of edit; those for which little fits come first."""
