"""What was asked of the sandbox, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request and how it was answered.

    *path* goes without `/api/v3`. *status* 0: the connection was dropped. *done*:
    whether it was carried out, whatever the answer was.
    """

    method: str
    path: str
    params: str
    operation: str | None
    status: int
    points: int
    is_write: bool
    done: bool
    body: Any
    token: str | None
    at: datetime


@dataclass(slots=True)
class History:
    requests: list[Request] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.requests)

    def __iter__(self) -> Iterator[Request]:
        return iter(self.requests)

    @property
    def points(self) -> int:
        return sum(each.points for each in self.requests)

    def writes(self) -> list[Request]:
        return [each for each in self.requests if each.is_write]

    def queries(self) -> list[Request]:
        return [each for each in self.requests if each.operation is not None]

    def calls(self) -> list[str]:
        """The writes in short: `PUT /orgs/acme/memberships/ada`."""
        return [f"{each.method} {each.path}" for each in self.writes()]

    def clear(self) -> None:
        self.requests.clear()
