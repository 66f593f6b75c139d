"""What is remembered of a read: whose organization, and who each login is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from ghstate.engine.memory import Memory
from ghstate.engine.reading import Read
from ghstate.engine.refresh import plan, refresh, remembered
from ghstate.errors import GitHubError, IncompleteRead, StateError
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Organization, Snapshot
from ghstate.model.policy import Policy
from ghstate.plan.identity import Account
from ghstate.statefile import State
from ghstate.store.memory import MemoryStore
from tests import build
from tests.engine import organization
from tests.engine.organization import LINEAGE

ADA = {"ada": "admin"}


def memory(store: MemoryStore) -> Memory:
    return Memory(store, new_id=lambda: LINEAGE)


def kept(store: MemoryStore) -> bytes:
    stored = store.read()
    assert stored is not None
    return stored.content


def another(snapshot: Snapshot) -> Snapshot:
    """The same name, and another id: somebody else took the name over."""
    return replace(snapshot, organization=Organization("acme", 78))


def test_t60a_another_organization_of_the_same_name_is_refused() -> None:
    store = MemoryStore()
    github = organization.Organization(build.snapshot(members=ADA))
    asyncio.run(refresh(github, memory(store), Desired()))
    before = kept(store)
    github.now = another(github.now)

    with pytest.raises(GitHubError) as caught:
        asyncio.run(refresh(github, memory(store), Desired()))

    assert caught.value.message == (
        "acme is another organization now: GitHub's id is 78, "
        "and 77 is known from the state or from ghstate.lock.toml"
    )
    assert kept(store) == before
    run = organization.Run(github=github, desired=Desired(), store=store)
    with pytest.raises(GitHubError, match="is another organization now"):
        asyncio.run(run.apply())
    assert kept(store) == before


def test_an_organization_that_was_renamed_is_the_same_one() -> None:
    store = MemoryStore()
    github = organization.Organization(build.snapshot(members=ADA))
    asyncio.run(refresh(github, memory(store), Desired()))
    renamed = Organization("acme-inc", build.ACME.id)
    github.now = replace(github.now, organization=renamed)

    state = asyncio.run(refresh(github, memory(store), Desired()))

    assert state.organization == renamed


def test_t61_a_read_that_fails_leaves_the_state_as_it_was() -> None:
    store = MemoryStore()
    github = organization.Organization(build.snapshot(members=ADA))
    asyncio.run(refresh(github, memory(store), Desired()))
    before = kept(store)
    github.reads = [IncompleteRead("not all of it")]

    with pytest.raises(IncompleteRead):
        asyncio.run(refresh(github, memory(store), Desired()))

    assert kept(store) == before


def test_only_those_are_looked_up_who_are_not_there() -> None:
    asked: list[str] = []

    class Curious(organization.Organization):
        async def look_up(
            self, logins: Sequence[Login]
        ) -> Mapping[Login, Account | None]:
            asked.extend(map(str, logins))
            return {}

    github = Curious(build.snapshot(members=ADA))
    desired = build.desired(members=ADA | {"Zoe": "member"})

    asyncio.run(refresh(github, memory(MemoryStore()), desired))
    asyncio.run(refresh(github, memory(MemoryStore()), Desired()))

    assert asked == ["zoe"]


def test_without_a_snapshot_there_is_no_plan() -> None:
    with pytest.raises(StateError, match="there is no snapshot"):
        plan(Desired(), State(lineage=LINEAGE), Policy())


# Who is who


def bindings(
    desired: Desired,
    snapshot: Snapshot,
    *,
    known: dict[str, int] | None = None,
    accounts: dict[str, int | None] | None = None,
) -> dict[str, int]:
    state = State(
        lineage=LINEAGE,
        bindings={Login(login): number for login, number in (known or {}).items()},
    )
    found = Read(
        snapshot,
        {
            Login(login): None if number is None else Account(number, Login(login))
            for login, number in (accounts or {}).items()
        },
    )
    kept = remembered(state, desired, found).bindings
    return {str(login): number for login, number in kept.items()}


HERE = build.snapshot(members={"ada": "admin", "bob": "member"})
IDS = {"ada": build.id_of("ada"), "bob": build.id_of("bob")}


def test_everybody_here_is_remembered_by_id() -> None:
    assert bindings(Desired(), HERE) == IDS


def test_whoever_was_looked_up_is_remembered_unless_there_is_nobody() -> None:
    desired = build.desired(members=ADA | {"zoe": "member", "typo": "member"})

    found = bindings(desired, HERE, accounts={"zoe": 900, "typo": None})

    assert found == IDS | {"zoe": 900}


def test_t23_a_login_keeps_the_id_it_was_first_seen_with() -> None:
    """So that the next plan sees that somebody else has it now."""
    desired = build.desired(members=ADA | {"bob": "member"})

    assert bindings(desired, HERE, known={"bob": 5})["bob"] == 5
    assert bindings(desired, HERE, known={"zoe": 5}, accounts={"zoe": 6}) == IDS | {
        "zoe": 6
    }


def test_t22_an_old_name_is_remembered_while_the_person_is_here() -> None:
    old = {"bobby": build.id_of("bob")}

    assert bindings(Desired(), HERE, known=old) == IDS | old


def test_whoever_is_neither_here_nor_in_the_files_is_forgotten() -> None:
    known = {"gone": 5, "kept": 6}
    desired = build.desired(teams={"ops": ["kept"]})

    assert bindings(desired, HERE, known=known) == IDS | {"kept": 6}


@pytest.mark.parametrize("pinned_first", [True, False])
def test_an_id_in_the_files_goes_over_everything_else(*, pinned_first: bool) -> None:
    """Wherever else the same login stands, without one."""
    pinned = build.declared(build.member("bob"), pinned=5)
    place = build.declared(build.team_member("ops", "bob"))
    both = (pinned, place) if pinned_first else (place, pinned)
    desired = Desired(declared={each.resource.address: each for each in both})

    found = bindings(desired, HERE, known={"bob": 6})

    assert found["bob"] == 5
