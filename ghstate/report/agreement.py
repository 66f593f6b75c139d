"""Whether the page of a saved plan tells of everything that the plan would do.

The page comes out of a file that anybody may have written. What stands on it besides
cannot be judged; but no change may be missing from it, or stand there as another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Reason
from ghstate.plan.comparison import Extent
from ghstate.plan.entries import Action, Entry
from ghstate.report.document import Document, Line
from ghstate.report.stale import TONES
from ghstate.report.words import plural


def tells_of_all(page: Document, extent: Extent) -> bool:
    """Has *page* a line for each change of *extent*, with its sign and its role?"""
    lines = _lines(page)
    # The most particular first: a line of fewer words must not take another's.
    asked = sorted(extent.entries, key=lambda entry: -len(_words(entry, extent)))
    return all(_take(lines, entry, extent) for entry in asked)


def _lines(page: Document) -> dict[tuple[str, ...], list[Line]]:
    """The lines of changes, by the names from the top to them."""
    found: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for section in page.sections:
        if not section.remarks and not section.columns:
            for path, line in _all(section.lines):
                found[path].append(line)
    return found


def _all(
    lines: Iterable[Line], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Line]]:
    for line in lines:
        path = (*above, line.name.lower())
        yield path, line
        yield from _all(line.details, path)


def _take(
    lines: dict[tuple[str, ...], list[Line]], entry: Entry, extent: Extent
) -> bool:
    """Take the line of *entry* out of *lines*, if there is one."""
    if entry.action_reason is Reason.WITH_INVITATION:
        # Told with the invitation, or counted there, where there are many.
        return _path(Member.at(entry.at[-1])) in lines
    there = lines.get(_path(entry.at), [])
    words, sign = _words(entry, extent), TONES[entry.change.action]
    for number, line in enumerate(there):
        if line.tone is sign and words in f"{line.what}; {line.about}":
            del there[number]
            return True
    return False


def _path(address: Address) -> tuple[str, ...]:
    """Where the page has *address*: ``teams.ops.members.bob`` below ``ops``."""
    return address[1::2]


def _words(entry: Entry, extent: Extent) -> str:
    """What the line of *entry* says besides its name."""
    before, after = entry.change.before or {}, entry.change.after or {}
    if entry.change.action is Action.DELETE:
        along = map(Address.parse, extent.along.get(entry.address, ()))
        count = sum(TeamMember.collected_in(each.collection) for each in along)
        return f"; with its {plural(count, *TeamMember.NOUN)}" if count else ""
    role = after.get("role")
    if role is None:
        return ""
    old = before.get("role", role)
    return f"{old} → {role};" if old != role else f"as {role};"
