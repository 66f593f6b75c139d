"""What the files ask for, from what they say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from ghstate.config.groups import Groups
from ghstate.config.keys import FILE
from ghstate.config.limits import MAX_PEOPLE, MAX_TEAMS
from ghstate.config.members import Members
from ghstate.config.references import References
from ghstate.config.source import Place
from ghstate.config.spelling import quoted
from ghstate.config.table import Findings, Table
from ghstate.config.teams import Teams
from ghstate.model.address import Address
from ghstate.model.groups import Reference, Referred
from ghstate.model.member import MEMBERS
from ghstate.model.names import EmailAddress, Login, slug_of
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.model.team import TEAMS, Team
from ghstate.model.team_member import TeamMember
from ghstate.rules.contradictions import about_sets, contradictions
from ghstate.rules.desired import CHECKS, NEED_ALL_FILES
from ghstate.rules.endings import about_to_change
from ghstate.rules.grants import Grants, count, granted, membership_of
from ghstate.rules.in_vain import dates_in_vain
from ghstate.rules.lasting import ended_by, mentioned, must_last
from ghstate.rules.sets import NO_SETS, Sets


class Reading(msgspec.Struct, frozen=True):
    """What the files ask for, and what is doubtful in it."""

    desired: Desired
    """On the day that was asked for."""

    written: Desired
    """As the files are written, whatever the dates in them."""

    warnings: tuple[Note, ...] = ()
    sets: Sets = NO_SETS
    """The lines that it comes from."""


class Guards(msgspec.Struct, frozen=True):
    """What the settings say of people in the files, and what is wrong in that."""

    never: tuple[Reference, ...] = ()
    warn_before: timedelta = timedelta(0)
    findings: Findings = msgspec.field(default_factory=Findings)
    policy: Policy | None = None
    """Whom the settings protect, and how many admins have to be; None for nobody."""

    place_of: Callable[[KeyPath], Place | None] = lambda _: None
    """Finds places in the settings."""


NOTHING = Reading(Desired(), Desired())


def read_desired(
    whole: Mapping[str, object],
    *,
    teams_all: bool,
    findings: Findings,
    complete: bool = True,
    today: date | None = None,
    guards: Guards | None = None,
) -> Reading:
    """Everything that *whole* asks for; of use only if there are no new *findings*.

    Without the *complete* files, nothing is said to be missing. Without *today*,
    everything counts whatever its dates.
    """
    guards = guards or Guards()
    top = Table(whole, (), findings, FILE)
    if _too_many(whole.get("members"), whole.get("teams"), top):
        return NOTHING
    declared: dict[Address, Declared[Resource]] = {}
    members = Members(declared, findings)
    people = _section(top, "members", 'a table: login = "role"')
    if people is not None:
        members.read(people)
    references = References(members.by_email, findings)
    members.read_sets(references)
    groups = Groups(references, findings)
    groups.read(_section(top, "groups", "a table of tables: [groups.NAME]") or {})
    teams = Teams(declared, references, findings)
    teams.read(_section(top, "teams", "a table of tables: [teams.SLUG]") or {})
    managed = {*teams.managed, *({MEMBERS} if people is not None else ())}
    # A project that says nothing at all must not come to mean "delete every team".
    if teams_all and not {"members", "teams"}.isdisjoint(whole):
        managed.add(TEAMS)
    lines = {MEMBERS: members.lines} if members.lines else {}
    grants = Grants(
        declared,
        frozenset(managed),
        teams.absent,
        {**members.terms, **teams.terms},
        {place: tuple(each) for place, each in (lines | teams.lines).items()},
        teams.ends,
    )
    never = [_meant(each, members.by_email) for each in guards.never]
    sets = Sets(grants, membership_of(grants, groups.named, never), tuple(never))
    unclear = bool(sets.membership.complaints)
    if unclear and not complete:
        # What is missing may be in an unread file.
        return NOTHING
    for complaint in sets.membership.complaints:
        of_settings = complaint.path[0] == "manage"
        (guards.findings if of_settings else findings).take(complaint)
    if _sets_too_large(sets, findings):
        return NOTHING
    written = granted(grants, sets.membership, None)
    _check(written, sets, findings, complete=complete)
    if guards.policy and complete and not findings.found and not unclear:
        for complaint in must_last(sets, written, guards.policy):
            findings.take(complaint)
    named = mentioned(sets)
    if named:
        written = replace(written, mentioned=named)
    return Reading(
        desired=_on(today, sets, written, guards),
        written=written,
        warnings=(
            *_slugs_that_may_differ(written),
            *dates_in_vain(grants, sets.membership, today),
        ),
        sets=sets,
    )


def _section(top: Table, key: str, wanted: str) -> dict[str, object] | None:
    """A table of the files; None where none is written."""
    match top.values.get(key):
        case None:
            return None
        case dict() as section:
            return section
        case _:
            top.refuse(key, f'"{key}" must be {wanted}')
            return None


def _meant(reference: Reference, by_email: Mapping[EmailAddress, Login]) -> Reference:
    """*reference* to the person whose address it names, where that is known."""
    name = reference.name
    if isinstance(name, EmailAddress) and name in by_email:
        return replace(reference, name=by_email[name])
    return reference


def _check(written: Desired, sets: Sets, findings: Findings, *, complete: bool) -> None:
    """Complain of what breaks a rule, as the files are written."""
    direct = _named_directly(written, sets.grants)
    clear = complete and not sets.membership.complaints
    for check in CHECKS:
        # Who is missing is not known where the sets are not clear.
        if clear or check not in NEED_ALL_FILES:
            for complaint in check(direct):
                findings.take(complaint)
    if clear:
        for complaint in about_sets(sets.grants, sets.membership, written):
            findings.take(complaint)
        for each in contradictions(sets.grants, sets.membership):
            findings.take(each.complaint, each.other, "the other line is")


def _on(today: date | None, sets: Sets, written: Desired, guards: Guards) -> Desired:
    """What the files ask for on a day, with what a plan has to say about that."""
    if not sets.never and (today is None or not sets.dated):
        return written
    desired, held_back = sets.asked_on(today)
    declared = dict(_with_pins(desired, written))
    idle = tuple(
        each
        for address, each in written.declared.items()
        if (now := declared.get(address)) is None
        or (now is not each and now.resource != each.resource)
    )
    changing: Iterable[Note] = ()
    ended: frozenset[Address] = frozenset()
    if today is not None and sets.dated:
        ended = ended_by(sets, today, desired)
        changing = about_to_change(
            sets.grants,
            sets.membership,
            lambda day: sets.asked_on(day)[0],
            today,
            guards.warn_before,
        )
    entries = dict(_entries(sets, desired, guards))
    return replace(
        desired,
        declared=declared,
        idle=idle,
        remarks=(*_with_entries(held_back, written, entries), *changing),
        ended=ended,
        mentioned=written.mentioned,
        kept_out_by=entries,
    )


def _with_pins(
    desired: Desired, written: Desired
) -> Iterator[tuple[Address, Declared[Resource]]]:
    """What is declared, with the ids and addresses of lines that do not hold today.

    They tell who somebody is, and that is the same on every day.
    """
    for address, each in desired.declared.items():
        line = written.declared.get(address)
        if line is None or (each.id, each.email) == (line.id, line.email):
            yield address, each
        else:
            yield address, replace(each, id=line.id, email=line.email)


def _entries(
    sets: Sets, desired: Desired, guards: Guards
) -> Iterator[tuple[Login, str]]:
    """What the settings have under `never` for each person, in words, and where."""
    told: set[Login] = set()
    for reference in sorted(sets.never, key=_names_a_set):
        place = guards.place_of(reference.path)
        where = f" ({place.file}:{place.line})" if place else ""
        if isinstance(reference.name, Login):
            people: Iterable[Login] = (reference.name,)
        else:
            people = sets.membership.written.people(reference)
        for login in people:
            if login in told or login not in desired.never:
                continue
            told.add(login)
            has = quoted(reference.key)
            of = "" if isinstance(reference.name, Login) else ", which names them"
            yield login, f"{has}{where}{of}"


def _names_a_set(reference: Reference) -> bool:
    return reference.refers is not Referred.PERSON


def _with_entries(
    notes: Iterable[Note], written: Desired, entries: Mapping[Login, str]
) -> Iterator[Note]:
    for note in notes:
        each = written.declared.get(note.address) if note.address else None
        person = each.resource.person if each else None
        if person is None or person not in entries:
            yield note
        else:
            hint = f"`never` in the settings has {entries[person]}"
            yield replace(note, hint=hint)


def _named_directly(written: Desired, grants: Grants) -> Desired:
    """*written* without places in teams that sets give: those are checked as sets."""
    if not grants.lines:
        return written
    sets = {line.reference.path for lines in grants.lines.values() for line in lines}
    declared = {
        address: each
        for address, each in written.declared.items()
        if type(each.resource) is not TeamMember or each.path not in sets
    }
    return Desired(declared, written.managed, written.absent)


def _sets_too_large(sets: Sets, findings: Findings) -> bool:
    grants, membership = sets.grants, sets.membership
    if membership.too_large:
        findings.add(("groups",), "there are too many people in too many groups")
        return True
    if count(grants, membership) <= MAX_PEOPLE:
        return False
    key = "members" if MEMBERS in grants.lines else "teams"
    many = f"there are more than {MAX_PEOPLE:,} people and places in teams"
    findings.add((key,), many)
    return True


def _too_many(people: object, groups: object, top: Table) -> bool:
    """Is there more than can be held in memory in decency?"""
    teams = groups if isinstance(groups, dict) else {}
    members = people if isinstance(people, dict) else {}
    lists = [
        team.get(key)
        for team in teams.values()
        if isinstance(team, dict)
        for key in ("maintainers", "members")
    ]
    in_teams = sum(len(people) for people in lists if isinstance(people, list))
    if len(teams) > MAX_TEAMS:
        top.refuse("teams", f"there are more than {MAX_TEAMS:,} teams")
    if len(members) + in_teams > MAX_PEOPLE:
        key = "members" if members else "teams"
        many = f"there are more than {MAX_PEOPLE:,} people and places in teams"
        top.refuse(key, many)
    return len(teams) > MAX_TEAMS or len(members) + in_teams > MAX_PEOPLE


def _slugs_that_may_differ(desired: Desired) -> Iterator[Note]:
    """Names that would give a new team another slug; an existing team may have it."""
    for declared in desired.declared.values():
        team = declared.resource
        if type(team) is Team and slug_of(team.name) != team.slug:
            yield Note(
                team.address,
                "slug-mismatch",
                Severity.WARNING,
                f"a new team called {quoted(team.name)} would not get"
                f" the slug {team.slug}",
                f"GitHub would probably give it {quoted(slug_of(team.name))}",
            )
