"""People whom the settings protect under a login that nobody has any more."""

from __future__ import annotations

import pytest

from ghstate.model.names import Login
from ghstate.model.note import Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.plan.identity import Account, Known
from ghstate.plan.make import make_plan
from tests.build import desired, id_of, snapshot

FILES = desired(members={"ada": "admin"})
HERE = snapshot(members={"ada": "admin", "alicia": "admin"})


def warned(
    want: Desired = FILES, have: Snapshot = HERE, known: Known | None = None
) -> list[str]:
    policy = Policy(protected=frozenset({Login("Ada"), Login("Alice")}))
    made = make_plan(want, have, policy, known=known)
    notes = [note for note in made.notes if note.code == "protected-unknown"]
    assert all(note.severity is Severity.WARNING for note in notes)
    return [note.summary for note in notes]


def test_who_is_protected_and_is_nobody_there_is_told() -> None:
    """Without a state nobody knows that alicia was alice."""
    assert warned() == [
        "Alice is protected and is not in the organization: renamed?",
    ]


def test_who_was_renamed_where_a_state_knows_it_is_still_protected() -> None:
    known = Known(bindings={Login("alice"): id_of("alicia")})

    assert warned(known=known) == []


@pytest.mark.parametrize(
    "have",
    [
        snapshot(members={"ada": "admin", "alice": "admin"}),
        snapshot(members={"ada": "admin"}, invited=["alice"]),
    ],
    ids=["a member", "invited"],
)
def test_who_is_there_is_not_told(have: Snapshot) -> None:
    assert warned(have=have) == []


def test_who_has_an_account_and_is_to_be_invited_is_not_told() -> None:
    files = desired(members={"ada": "admin", "alice": "member"})
    account = Account(1, Login("alice"))

    assert warned(files, known=Known(accounts={Login("alice"): account})) == []
    assert len(warned(files, known=Known(accounts={Login("alice"): None}))) == 1


def test_where_the_files_do_not_say_who_is_in_nobody_has_to_be_protected() -> None:
    assert warned(desired(teams={"ops": ["ada"]})) == []
