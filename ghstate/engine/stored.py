"""The state in force, read from its store; and the way out where it cannot be."""

from __future__ import annotations

from ghstate import statefile
from ghstate.errors import StateError, StateNewer, StateUnreadable
from ghstate.ports import Store
from ghstate.statefile import State

_GO_BACK = "`ghstate state restore` puts the latest whole one in its place"
_BEGIN_ANEW = (
    "move it away and run `ghstate refresh`; which account each login is must then be "
    "learned anew"
)


def decode(content: bytes, store: Store) -> State:
    """The state that *content*, which *store* holds, is.

    Raises `StateUnreadable`, which says whether there is a generation to go back to.
    """
    try:
        return statefile.decode(content, place=store.place)
    except StateNewer as error:
        if _beside(store) == 0:
            hint = "use that ghstate, or a later one"
            raise StateNewer(error.message, hint=hint) from error
        raise
    except StateUnreadable as error:
        hint = _way_out(_beside(store)) or error.hint
        raise StateUnreadable(error.message, hint=hint) from error


def _beside(store: Store) -> int | None:
    """How many generations there are; None where nobody can say."""
    try:
        return len(store.generations())
    except StateError:
        return None


def _way_out(generations: int | None) -> str:
    match generations:
        case None:
            return ""
        case 0:
            return f"no generation is beside it: {_BEGIN_ANEW}"
        case 1:
            return f"1 generation is beside it: {_GO_BACK}"
        case _:
            return f"{generations} generations are beside it: {_GO_BACK}"
