"""The generations of a state: which there are, and what may follow which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from ghstate import journal, statefile
from ghstate.errors import StateConflict, StateError, StateUnreadable
from ghstate.model.organization import Organization
from ghstate.ports import Lock, Revision, Store
from ghstate.statefile import State

_SHOWN = "`ghstate state list --generations` shows which there are"


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """A state that is in force, or was; *damage* says why there is none to read."""

    name: str = ""
    """Under which the store keeps it; empty for the one in force."""

    written: datetime | None = None
    size: int = 0
    digest: str = ""
    """The SHA-256 of its bytes."""

    state: State | None = None
    damage: str = ""
    newer: bool = False
    """Is it whole, and a newer ghstate's?"""

    @property
    def in_force(self) -> bool:
        return not self.name


class _Versioned(msgspec.Struct):
    version: int


def of_bytes(content: bytes, place: str) -> Generation:
    """What *content* is; *place* is left out of what its damage says."""
    state, damage = None, ""
    try:
        state = statefile.decode(content, place=place)
    except StateUnreadable as error:
        damage = _reason(error, place)
    return Generation(
        size=len(content),
        digest=sha256(content).hexdigest(),
        state=state,
        damage=damage,
        newer=state is None and _is_newer(content),
    )


def in_force(store: Store) -> tuple[Generation | None, Revision | None]:
    """The present generation, whole or not, and its revision; None where there is none.

    Raises `StateUnreadable` where the store cannot even read its bytes.
    """
    stored = store.read()
    if stored is None:
        return None, None
    return of_bytes(stored.content, store.place), stored.revision


def kept(store: Store) -> tuple[Generation, ...]:
    """Those that were followed by another, the latest first, whole or not."""
    found = []
    for each in store.generations():
        try:
            read = of_bytes(store.generation(each.name), store.place)
        except StateUnreadable as error:
            read = Generation(damage=error.message)
        except StateError:  # another run has removed it in this moment
            continue
        found.append(
            replace(read, name=each.name, written=each.written, size=each.size)
        )
    return tuple(found)


def chosen(
    wanted: str | None, generations: Sequence[Generation], present: Generation | None
) -> Generation:
    """The generation of a serial or a name, or else the latest whole one.

    One with the bytes of the *present* one is no other than that. Raises `StateError`
    where none or several are meant, and where the one that is meant is damaged.
    """
    others = [g for g in generations if present is None or g.digest != present.digest]
    if wanted is None:
        whole = [each for each in others if each.state is not None]
        if not whole:
            raise StateError(
                "there is no whole generation to restore",
                hint="`ghstate state push FILE` takes a copy from elsewhere; without "
                "any, move the state away and run `ghstate refresh`",
            )
        return whole[0]
    alike = [each for each in others if each.state and str(each.state.serial) == wanted]
    if not alike:
        alike = [each for each in others if each.name == wanted]
    if not alike and present and present.state and str(present.state.serial) == wanted:
        return present
    if not alike:
        raise StateError(f"there is no generation {wanted[:40]!a}", hint=_SHOWN)
    if len(alike) > 1:
        raise StateError(
            f"{len(alike)} generations have the serial {wanted}: "
            + ", ".join(
                f"{each.name} of the lineage {_lineage(each)}" for each in alike
            ),
            hint="name the one that is meant: "
            + " or ".join(f"`ghstate state restore {each.name}`" for each in alike),
        )
    [one] = alike
    if one.state is None:
        raise StateError(f"the generation {one.name}: {one.damage}", hint=_SHOWN)
    return one


def check_push(
    pushed: State,
    *,
    called: str,
    present: State | None,
    organization: Organization | None,
    force: bool,
) -> None:
    """Refuse what must not follow *present*; *force* is for all but the organization.

    *organization* is the one that is known here.
    """
    theirs = pushed.organization
    if theirs and organization and theirs.id != organization.id:
        raise StateError(
            f"{called} is of the organization {theirs.login} ({theirs.id}), "
            f"and the state of {organization.login} ({organization.id})",
            hint="a state never takes the place of another organization's",
        )
    if present is None or force:
        return
    anyway = "`--force` pushes it all the same"
    if pushed.lineage != present.lineage:
        raise StateError(
            f"{called} is of the lineage {pushed.lineage}, "
            f"and the state of {present.lineage}: neither has grown out of the other",
            hint=anyway,
        )
    if pushed.serial == present.serial and pushed != present:
        raise StateError(
            f"{called} has the serial {pushed.serial} as the state has, "
            "and says something else",
            hint=anyway,
        )
    if pushed.serial < present.serial:
        raise StateError(
            f"{called} has the serial {pushed.serial}, "
            f"and the state {present.serial}: it is older",
            hint=anyway,
        )


def successor(
    state: State,
    present: Generation | None,
    generations: Iterable[Generation],
    *,
    noted: bytes | None,
) -> State:
    """*state* as the generation that follows the *present* one, and any other.

    *noted* is the journal: what the present state knows to be over stays over.
    """
    known = [present] if present else []
    serials = [each.state.serial for each in (*known, *generations) if each.state]
    serial = max([*serials, state.serial]) + 1
    if present and present.state is None:
        # The damaged one had a serial, too: one more than the generation before it. No
        # plan that was made from it may fit what comes now.
        serial += 1
    return replace(
        state,
        serial=serial,
        applied_serial=serial,
        snapshot=state.snapshot if _is_abreast(state, present) else None,
        stale=True,
        settled=_settled(state, present, noted),
    )


def _is_abreast(state: State, present: Generation | None) -> bool:
    """Is it certain that nothing was applied after *state*?

    Otherwise what was read for it is worth nothing: what applies have done since would
    look like the work of others.
    """
    there = present.state if present else None
    return (
        there is not None
        and there.lineage == state.lineage
        and there.applied_serial <= state.applied_serial
    )


def _settled(
    state: State, present: Generation | None, noted: bytes | None
) -> str | None:
    there = present.state if present else None
    if there is None or there.settled is None or noted is None:
        return state.settled
    over = journal.read(noted).id == there.settled
    return there.settled if over else state.settled


def put(store: Store, lock: Lock, state: State, *, replacing: Revision | None) -> None:
    """Keep *state* as it is, serial and all."""
    if not lock.still_held():
        raise StateConflict(
            "the lock was taken away, so the state is left alone",
            hint="find out who ran `ghstate force-unlock`, then run this again",
        )
    store.write(statefile.encode(state), replacing=replacing)


def _lineage(generation: Generation) -> str:
    return generation.state.lineage if generation.state else "?"


def _reason(error: StateUnreadable, place: str) -> str:
    words = error.message.removeprefix(f"{place}: ")
    return words.removeprefix("the state cannot be read: ")


def _is_newer(content: bytes) -> bool:
    try:
        version = msgspec.json.decode(content, type=_Versioned).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return version > statefile.VERSION
