"""People's accounts, whether they are in the organization or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ghstate.github.asking import Asker
from ghstate.github.queries import accounts_query
from ghstate.model.names import Login
from ghstate.plan.identity import Account

LOGINS_AT_ONCE = 100


async def look_up(
    asker: Asker, logins: Sequence[Login]
) -> Mapping[Login, Account | None]:
    """The accounts behind *logins*, a hundred to a request; None for no such user."""
    found: dict[Login, Account | None] = {}
    for start in range(0, len(logins), LOGINS_AT_ONCE):
        some = logins[start : start + LOGINS_AT_ONCE]
        variables = {f"login{n}": str(login) for n, login in enumerate(some)}
        data = await asker.ask(
            accounts_query(len(some)),
            partial(dict, variables),
            some_may_be_missing=True,
        )
        for n, login in enumerate(some):
            node = data.get(f"u{n}")
            found[login] = (
                Account(node["databaseId"], Login(node["login"])) if node else None
            )
    return found
