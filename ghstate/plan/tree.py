"""Teams under teams: what a plan's end would look like, and what cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ghstate.model.names import Slug, slug_of
from ghstate.model.note import Note, Severity
from ghstate.model.team import Privacy, Team
from ghstate.plan.change import Change, Create, Delete, Update


def team_errors(
    changes: Mapping[Slug, Change], observed: Mapping[Slug, Team]
) -> Iterator[tuple[Slug, Note]]:
    """Team changes that GitHub would refuse or that would do more than they say.

    One note for each change; whoever leaves that change out may have to ask again.
    """
    after = _after(changes, observed)
    for slug, change in sorted(changes.items()):
        match change:
            case Delete():
                note = _stranded(slug, after, observed)
            case Create(after=Team() as team) | Update(after=Team() as team):
                note = _impossible(team, change, after, observed)
            case _:
                note = None
        if note:
            yield slug, note


def _after(
    changes: Mapping[Slug, Change], observed: Mapping[Slug, Team]
) -> dict[Slug, Team]:
    after = dict(observed)
    for slug, change in changes.items():
        if isinstance(change, Delete):
            after.pop(slug, None)
        elif isinstance(change.after, Team):
            after[slug] = change.after
    return after


def _stranded(
    slug: Slug, after: Mapping[Slug, Team], observed: Mapping[Slug, Team]
) -> Note | None:
    """GitHub deletes every team below a deleted one: is there one that should stay?"""
    staying = sorted(
        below.slug
        for below in after.values()
        if below.slug in observed and slug in _ancestors(below.slug, after, observed)
    )
    if not staying:
        return None
    child = staying[0]
    return Note(
        address=Team.at(slug),
        code="team-has-children",
        severity=Severity.ERROR,
        summary=(
            f"{slug} is not deleted: GitHub would delete {', '.join(staying)} with it"
        ),
        hint=f'give {child} another parent, or none: [teams.{child}] parent = ""',
    )


def _impossible(
    team: Team,
    change: Create | Update,
    after: Mapping[Slug, Team],
    observed: Mapping[Slug, Team],
) -> Note | None:
    def error(code: str, summary: str, hint: str) -> Note:
        return Note(Team.at(team.slug), code, Severity.ERROR, summary, hint)

    parent = after.get(team.parent) if team.parent is not None else None
    renames = isinstance(change, Create) or any(
        name in {"name", "slug"} for name, _, _ in change.fields()
    )
    if renames and (slug := slug_of(team.name)) != team.slug:
        return error(
            "slug-mismatch",
            f'the name "{team.name}" gives the slug {slug}, not {team.slug}',
            f"write [teams.{slug}], or a name that gives {team.slug}",
        )
    if team.parent is not None and parent is None:
        going = "is deleted by this plan" if team.parent in observed else "is no team"
        return error(
            "unknown-team",
            f"the parent of {team.slug}, {team.parent}, {going}",
            f"declare [teams.{team.parent}], or name a team that exists",
        )
    if team.slug in _ancestors(team.slug, after, {}):
        return error(
            "team-cycle",
            f"{team.slug} would stand under itself",
            "give one of the teams in the circle another parent",
        )
    if team.privacy is Privacy.SECRET:
        children = sorted(t.slug for t in after.values() if t.parent == team.slug)
        if team.parent is not None or children:
            other = f"under {team.parent}" if team.parent else f"over {children[0]}"
            return error(
                "secret-team-nested",
                f"{team.slug} is secret and stands {other}; "
                "GitHub does not nest secret teams",
                'write privacy = "closed", or take it out of the tree',
            )
    moves = isinstance(change, Create) or any(
        name == "parent" for name, _, _ in change.fields()
    )
    # Of a parent that becomes secret over a team that stays, the parent is told.
    if moves and parent is not None and parent.privacy is Privacy.SECRET:
        return error(
            "secret-team-nested",
            f"the parent of {team.slug}, {parent.slug}, is secret; "
            "GitHub does not nest secret teams",
            f'write privacy = "closed" in [teams.{parent.slug}]',
        )
    return None


def _ancestors(
    slug: Slug, teams: Mapping[Slug, Team], fallback: Mapping[Slug, Team]
) -> set[Slug]:
    """Every team above *slug*; with a circle, *slug* is among them."""
    above: set[Slug] = set()
    here: Slug | None = slug
    while here is not None:
        team = teams.get(here) or fallback.get(here)
        here = team.parent if team else None
        if here is None or here in above:
            break
        above.add(here)
    return above
