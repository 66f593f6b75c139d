"""One REST call, and what is the same for all of them: paging, refusals, parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from ghstate.sandbox.bodies import Bodies
from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.records import Account, Actor, Team
from ghstate.sandbox.refusals import Invalid, Malformed, NotFound
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.viewers import Viewer
from ghstate.sandbox.world import World

USUAL_PAGE = 30
LARGEST_PAGE = 100

Choice = TypeVar("Choice", bound=StrEnum)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """*path* is written with the organization's login and teams' slugs."""

    world: World
    conditions: Conditions
    viewer: Viewer
    method: str
    path: str
    query: Mapping[str, str]
    payload: Any = None
    base: str
    parts: Mapping[str, str] = field(default_factory=dict)
    """The parts of the path the route names."""

    @property
    def actor(self) -> Actor:
        return self.viewer.actor

    @property
    def owns(self) -> bool:
        return self.viewer.owns(self.world)

    @property
    def bodies(self) -> Bodies:
        return Bodies(self.world, self.base)

    def body(self) -> Mapping[str, Any]:
        """The JSON object that was sent; an empty body is an empty object."""
        if self.payload is None:
            return {}
        if not isinstance(self.payload, dict):
            raise Malformed("Body should be a JSON object")
        return self.payload

    def account(self) -> Account:
        """The account the path names."""
        found = self.world.account(self.parts["username"])
        if found is None:
            raise NotFound
        return found

    def team(self) -> Team:
        """The team the path names, if the viewer may know of it."""
        team = self.world.team(self.parts["slug"])
        if team is None or not self.sees(team):
            raise NotFound
        if self.conditions.still_lagging(team.id):
            raise NotFound
        return team

    def sees(self, team: Team) -> bool:
        if self.owns:
            return True
        if self.viewer.account not in self.world.members:
            return False
        return team.privacy == "closed" or self.viewer.account in team.members

    def choice(self, key: str, choices: type[Choice], default: Choice) -> Choice:
        """One of *choices* from the body; anything else is refused as GitHub does."""
        value = self.body().get(key, default)
        try:
            return choices(value)
        except ValueError as error:
            wrong = f'"{key}" was not permitted: {value!r}'
            raise Invalid(f"Invalid request.\n\n{wrong}") from error

    def number(self, key: str, default: int) -> int:
        try:
            return int(self.query.get(key, default))
        except ValueError:
            return default

    def paged(
        self, rows: Sequence[Row], describe: Callable[[Row], dict[str, Any]]
    ) -> Reply:
        """A page of *rows*, with `link` when there are more pages than one.

        The links lead to `/organizations/{id}/…`, as GitHub's do.
        """
        lie = self.conditions.distortion(self.path.rpartition("/")[2])
        if lie is not None and lie.keep is not None:
            rows = rows[: lie.keep]
        size = min(max(self.number("per_page", USUAL_PAGE), 1), LARGEST_PAGE)
        page = max(self.number("page", 1), 1)
        shown = rows[(page - 1) * size : page * size]
        links = self._links(page, max(1, -(-len(rows) // size)))
        return Reply(
            200, [describe(row) for row in shown], {"link": links} if links else {}
        )

    def _links(self, page: int, last: int) -> str:
        pages = []
        if page > 1:
            pages += [("prev", min(page - 1, last))]
        if page < last:
            pages += [("next", page + 1), ("last", last)]
        if page > 1:
            pages += [("first", 1)]
        _, _, rest = self.path.lstrip("/").partition("/")
        _, _, rest = rest.partition("/")
        others = "".join(
            f"{key}={value}&" for key, value in self.query.items() if key != "page"
        )
        url = f"{self.base}/organizations/{self.world.org_id}/{rest}?{others}page="
        return ", ".join(f'<{url}{number}>; rel="{name}"' for name, number in pages)


Handler: TypeAlias = Callable[[Call], Reply]
