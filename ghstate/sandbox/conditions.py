"""What may go wrong between a client and GitHub, on order and by seed."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random
from typing import TypeAlias

from ghstate.sandbox.replies import Reply
from ghstate.sandbox.world import World

HOUR = timedelta(hours=1)


class TooLarge(Enum):
    """What becomes of a query that asks for more than `max_page` or `max_nodes`."""

    TIMEOUT = auto()
    PARTIAL = auto()
    """200, with nulls and `RESOURCE_LIMITS_EXCEEDED` where a page was too large."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection breaks off without an answer."""


@dataclass(frozen=True, slots=True)
class Slow:
    seconds: float


@dataclass(frozen=True, slots=True)
class Partial:
    """The answer to a query with null at *path*, and an error that says so."""

    path: tuple[str, ...] = ("organization",)
    type: str = "SERVICE_UNAVAILABLE"
    message: str = "Something went wrong."


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Somebody does something in the world just before the request is processed."""

    act: Callable[[World], object]


Then: TypeAlias = Reply | Drop | Slow | Partial | Meanwhile


@dataclass(slots=True)
class Fault:
    """What happens to the *nth* request that matches, and to *times* from there on.

    *path* is the beginning of one, without `/api/v3`; *query* is text found in a
    GraphQL document. With *after*, the request is carried out and only its answer
    lost. *times* None: from then on, always.
    """

    then: Then
    _: KW_ONLY
    method: str | None = None
    path: str = "/"
    query: str | None = None
    nth: int = 1
    times: int | None = 1
    after: bool = False
    seen: int = 0

    def strikes(self, method: str, path: str, text: str) -> bool:
        """Whether this is the request; counts it when it could be."""
        if self.method not in {None, method} or not path.startswith(self.path):
            return False
        if self.query is not None and self.query not in text:
            return False
        self.seen += 1
        past = self.seen - self.nth
        return past >= 0 and (self.times is None or past < self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortion:
    """A connection of GraphQL that does not tell the truth.

    *connection* is `Type.field`. *keep*: rows beyond so many are lost and `totalCount`
    shrinks with them, unless *honest*. *total_off_by* is added to `totalCount`.
    *drop_page*: the page that begins at this row comes empty, with a next one.
    """

    connection: str
    keep: int | None = None
    honest: bool = False
    total_off_by: int = 0
    drop_page: int | None = None


@dataclass(slots=True)
class Budget:
    """Points for an hour; counted always, refused only when *enforced*."""

    limit: int = 5_000
    used: int = 0
    resets_at: datetime | None = None
    enforced: bool = False

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def roll(self, now: datetime) -> datetime:
        """Begin another hour when this one is over; the time at which it will be."""
        if self.resets_at is None or self.resets_at <= now:
            fresh = self.resets_at is None
            self.resets_at = now + HOUR
            self.used = self.used if fresh else 0
        return self.resets_at

    def enforce(
        self, *, limit: int, remaining: int | None = None, resets_at: datetime
    ) -> None:
        self.limit = limit
        self.used = 0 if remaining is None else limit - remaining
        self.resets_at = resets_at
        self.enforced = True

    def spend(self, points: int, now: datetime) -> bool:
        """Take *points*; False, and nothing taken, when the hour has none left."""
        self.roll(now)
        if self.enforced and self.used >= self.limit:
            return False
        self.used += points
        return True


@dataclass(slots=True, kw_only=True)
class Conditions:
    """Everything is fine unless told otherwise; settable at any time."""

    seed: int = 0
    latency: float = 0.0
    """Seconds before each answer."""
    max_page: int | None = None
    max_nodes: int | None = None
    when_too_large: TooLarge = TooLarge.TIMEOUT
    flaky: float = 0.0
    """The share of requests answered 502; of reads only, unless *flaky_writes*.

    Of the writes that are, every other one is carried out all the same.
    """
    flaky_writes: bool = False
    hidden: set[str] = field(default_factory=set)
    """Logins (lower case) GitHub counts and does not show: null where they stand."""
    distortions: list[Distortion] = field(default_factory=list)
    new_team_lag: int = 0
    """Calls that find a team not there yet after it was created."""
    roles_ignored: bool = False
    """Writes succeed, and everybody becomes a plain member."""
    writes_per_minute: int | None = None
    """A secondary limit: beyond it, 403 with `retry-after`."""
    core: Budget = field(default_factory=Budget)
    graphql: Budget = field(default_factory=Budget)
    audit_log: Budget = field(default_factory=lambda: Budget(limit=1_750))
    faults: list[Fault] = field(default_factory=list)
    lagging: dict[int, int] = field(default_factory=dict)
    _random: Random | None = None

    def script(self, *faults: Fault) -> None:
        """Add to what will happen."""
        self.faults.extend(faults)

    def struck(self, method: str, path: str, text: str) -> list[Fault]:
        return [each for each in self.faults if each.strikes(method, path, text)]

    def chance(self) -> float:
        if self._random is None:
            self._random = Random(self.seed)  # noqa: S311 - repeatable is the point
        return self._random.random()

    def distortion(self, connection: str) -> Distortion | None:
        return next((d for d in self.distortions if d.connection == connection), None)

    def still_lagging(self, team: int) -> bool:
        left = self.lagging.get(team, 0)
        if left > 0:
            self.lagging[team] = left - 1
        return left > 0
