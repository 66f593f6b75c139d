"""What every store says to a writer that somebody else has overtaken."""

from __future__ import annotations

from ghstate.errors import StateConflict, StateError


def state_changed(place: str) -> StateConflict:
    return StateConflict(
        f"{place}: the state has changed since it was read",
        hint="run it again: it starts from the state as it is now",
    )


def journal_changed(place: str) -> StateConflict:
    """The journal at *place* is not as this process last saw it."""
    return StateConflict(
        f"{place}: another run has taken this journal's place",
        hint="run it again, once that one is over: it starts from what is so then",
    )


def generation_gone(place: str, name: str) -> StateError:
    """*name* may be anything that somebody has typed."""
    return StateError(
        f"{place}: there is no generation {name[:40]!a}",
        hint="`ghstate state list --generations` shows which are there",
    )
