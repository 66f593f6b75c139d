"""Plans to be reported: a small one with a bit of everything, and odd ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ghstate.model.address import Address
from ghstate.model.note import Note, Severity
from ghstate.model.resource import Observed, Resource
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.plan import Plan, Waiting
from tests.build import ACME, ago, failed, found, invited, member, team, team_member


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the files, as `ghstate.report.place.Place` asks for one."""

    file: str
    line: int
    column: int


def plan(
    *changes: Change,
    waiting: Iterable[Observed[Resource] | Waiting] = (),
    notes: Iterable[Note] = (),
    implied: Mapping[Address, tuple[Observed[Resource], ...]] | None = None,
    held_back: int = 0,
    empty_files: bool = False,
) -> Plan:
    return Plan(
        organization=ACME,
        snapshot_at=ago(minutes=3),
        people=214,
        teams=38,
        changes=tuple(sorted(changes, key=lambda change: change.address)),
        waiting=tuple(
            each if isinstance(each, Waiting) else Waiting(each) for each in waiting
        ),
        notes=tuple(notes),
        implied=implied or {},
        held_back=held_back,
        empty_files=empty_files,
    )


def note(
    severity: Severity, code: str, summary: str, hint: str = "", at: str = ""
) -> Note:
    address = Address.parse(at) if at else None
    return Note(address, code, severity, summary, hint)


def invites(login: str, role: str = "member") -> Create:
    return Create(member(login, role), Reason.INVITE)


def removes(login: str, role: str = "member") -> Delete:
    return Delete(found(member(login, role)), Reason.REMOVE)


def promotes(login: str) -> Update:
    return Update(
        found(member(login)),
        member(login, "admin"),
        frozenset({"role"}),
        Reason.CHANGE_ROLE,
    )


def adds(slug: str, login: str, role: str = "member") -> Create:
    return Create(team_member(slug, login, role), Reason.ADD)


def brings(slug: str, login: str, role: str = "member") -> Create:
    """The place in a team that comes with an invitation."""
    return Create(team_member(slug, login, role), Reason.WITH_INVITATION)


def takes_out(slug: str, login: str, role: str = "member") -> Delete:
    return Delete(found(team_member(slug, login, role)), Reason.REMOVE)


def small() -> Plan:
    """The plan of the contract, and a little more."""
    dave = removes("dave")
    return plan(
        invites("Bob"),
        promotes("carol"),
        dave,
        Delete(invited(member("erin"), days_ago=2), Reason.CANCEL_INVITATION),
        brings("platform", "Bob"),
        brings("sre", "Bob", "maintainer"),
        Create(team("payments", parent="engineering"), Reason.CREATE),
        Update(
            found(team("platform", description="Old words")),
            team("platform", description="New words"),
            frozenset({"description"}),
            Reason.UPDATE,
        ),
        adds("platform", "gil", "maintainer"),
        takes_out("docs", "hedy", "maintainer"),
        waiting=[invited(member("frank"))],
        implied={
            dave.address: tuple(
                found(team_member(slug, "dave"))
                for slug in ("docs", "platform", "sre", "web")
            )
        },
        notes=[
            note(
                Severity.WARNING,
                "renamed",
                "gil is called gil-new on GitHub now",
                "write gil-new instead of gil",
                "members.gil",
            ),
        ],
    )


def refused() -> Plan:
    return plan(
        *(removes(f"person-{number:02}") for number in range(12)),
        notes=[
            note(
                Severity.REFUSAL,
                "too-many-removals",
                "12 people would be removed; the limit is 10 of 214",
                "if that is meant, run it with --allow-removals=12",
            ),
            note(
                Severity.REFUSAL,
                "protected",
                "person-03 is protected and would be removed",
                "take person-03 out of [safety] protected",
                "members.person-03",
            ),
            note(
                Severity.ERROR,
                "unknown-login",
                "GitHub has no user grcae",
                'did you mean "grace"?',
                "members.grcae",
            ),
        ],
    )


def again() -> Plan:
    """Invitations that are replaced, sent again, or cancelled; and a rename."""
    return plan(
        Create(member("kim", "admin"), Reason.REINVITE, before=failed(member("kim"))),
        Create(
            member("lou"), Reason.REINVITE, needs_gone=Address("members", "old-boss")
        ),
        Update(
            invited(member("max", "admin"), days_ago=1),
            member("max"),
            frozenset({"role"}),
            Reason.REPLACE_INVITATION,
        ),
        Update(
            found(team("platform-eng", "Platform Eng")),
            team("platform", "Platform"),
            frozenset({"name"}),
            Reason.RENAME,
        ),
        Update(
            found(team("docs", "docs", parent="web")),
            team("docs", "docs", privacy="secret", notifications=False),
            frozenset({"privacy", "notifications", "parent"}),
            Reason.UPDATE,
        ),
        Delete(found(team("legacy")), Reason.DELETE),
        implied={
            Address("teams", "legacy"): (
                found(team_member("legacy", "ada")),
                found(team_member("legacy", "bob")),
                found(team("legacy-web", parent="legacy")),
            )
        },
    )


def big(people: int) -> Plan:
    """*people* in one plan, with a team for every ten of them."""
    changes: list[Change] = []
    for number in range(people):
        login, slug = f"person-{number:05}", f"team-{number // 10:04}"
        match number % 4:
            case 0:
                changes += (invites(login), brings(slug, login))
            case 1:
                changes.append(promotes(login))
            case 2:
                changes.append(adds(slug, login))
            case _:
                changes.append(removes(login))
    return plan(*changes)


def spot_of(note: Note) -> Spot | None:
    """Only the lines of gil and grcae are known."""
    lines = {"gil": 14, "grcae": 31}
    line = lines.get(note.address[-1]) if note.address else None
    return Spot("members.toml", line, 1) if line else None
