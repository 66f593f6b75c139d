"""People's accounts, whether they are in the organization or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ghstate.errors import IncompleteRead
from ghstate.github import shapes
from ghstate.github.asking import Asker
from ghstate.github.queries import accounts_query
from ghstate.github.shapes import shaped
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
        answer = await asker.ask_for_each(
            accounts_query(len(some)), partial(dict, variables)
        )
        for n, login in enumerate(some):
            node = answer.data.get(f"u{n}")
            if node is not None:
                user = shaped(node, shapes.FoundUser, "GitHub's user")
                found[login] = Account(user["databaseId"], Login(user["login"]))
            elif f"u{n}" in answer.missing:
                found[login] = None
            else:
                raise IncompleteRead(
                    f"GitHub says neither who {login.spelled} is nor that there is "
                    "no such user",
                    hint="nothing was concluded from it; try again",
                )
    return found
