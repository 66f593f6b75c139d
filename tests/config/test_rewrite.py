"""New logins, written in place of former ones and nowhere else."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from ghstate.config import format as formatting
from ghstate.config.rewrite import (
    Renames,
    renames,
    renames_of,
    rewrite_people,
    rewrite_settings,
)
from ghstate.model.names import Login
from ghstate.plan.identity import Known
from tests import build
from tests.config.noisy import LOGINS, Noisy, project_files

BOB = {Login("bob"): Login("Robert")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[members]\nbob = "member"', '[members]\nRobert = "member"'),
        ('[members]\n"BOB" = "member"', '[members]\nRobert = "member"'),
        ('members.bob.role = "member"', 'members.Robert.role = "member"'),
        ('[members]\nbob.role = "member"', '[members]\nRobert.role = "member"'),
        ("[ members . 'Bob' ] # x", "[ members . Robert ] # x"),
        ('members = { bob = "member" }', 'members = { Robert = "member" }'),
        ("[teams.a]\nmembers = ['bob']", '[teams.a]\nmembers = ["Robert"]'),
        ('[teams.a]\nmembers = ["b\\u006fb"]', '[teams.a]\nmembers = ["Robert"]'),
        (
            'teams.a.maintainers = ["x", { login = "bob" }, "y"]',
            'teams.a.maintainers = ["x", { login = "Robert" }, "y"]',
        ),
        (
            '[[teams.a.members]]\nlogin = "bob"',
            '[[teams.a.members]]\nlogin = "Robert"',
        ),
        ('[groups.a]\nany = ["bob"]', '[groups.a]\nany = ["Robert"]'),
        (
            'repositories.a.collaborators.bob = "read"',
            'repositories.a.collaborators.Robert = "read"',
        ),
    ],
)
def test_t22_a_new_login_is_written_wherever_the_person_stands(
    before: str, after: str
) -> None:
    assert rewrite_people(before, BOB).text == after


@pytest.mark.parametrize(
    "text",
    [
        "# bob\n",
        '[members]\nada = { role = "member", note = "bob" }',
        '[members]\nada.bob = "member"',
        "[teams.bob]\nname = 'bob'\nparent = 'bob'\npreviously = ['bob']",
        "[teams.a.members]\nbob = 1",
        "[bob]\nmembers = ['bob']",
        "bob = 'bob'",
        "[teams.a]\nmembers = [['bob'], 'bobby', { id = 'bob' }]",
    ],
)
def test_what_only_looks_like_the_person_is_left_alone(text: str) -> None:
    rewritten = rewrite_people(text, BOB)
    assert rewritten.text == text
    assert rewritten.replaced == Counter()


def test_every_place_is_counted() -> None:
    text = "members.bob = 'member'\nteams.a.members = ['BOB']\n[teams.b]\nmembers = []"
    assert rewrite_people(text, BOB).replaced == {"bob": 2}


def test_two_people_may_have_swapped_their_logins() -> None:
    names = {Login("ann"): Login("bob"), Login("bob"): Login("ann")}
    text = 'teams.a.members = ["ann", "bob"]'
    assert rewrite_people(text, names).text == 'teams.a.members = ["bob", "ann"]'


def test_the_settings_name_people_in_two_lists() -> None:
    before = """\
        [github]
        organization = "bob"
        [manage]
        ignore = ["bob", "bob*", "x"] # bob
        [safety]
        protected = ["x", "bob"]
        """
    ignored, protected = {Login("x"): Login("y")}, BOB
    assert rewrite_settings(dedent(before), protected, ignored).text == dedent(
        """\
        [github]
        organization = "bob"
        [manage]
        ignore = ["bob", "bob*", "y"] # bob
        [safety]
        protected = ["x", "Robert"]
        """
    )


NAMES = {Login(old): Login(f"new-{n}") for n, old in enumerate(LOGINS)}


@settings(deadline=None, max_examples=100)
@given(project_files(), st.sets(st.sampled_from(LOGINS)))
def test_nothing_but_the_names_changes(noisy: Noisy, chosen: set[str]) -> None:
    names = {old: new for old, new in NAMES.items() if old.spelled in chosen}
    after = rewrite_people(noisy.text, names).text
    assert tomli.loads(after) == _renamed(tomli.loads(noisy.text), names)
    assert formatting.comments(after) == noisy.comments
    back = {new: old for old, new in names.items()}
    assert tomli.loads(rewrite_people(after, back).text) == tomli.loads(noisy.text)


def _renamed(value: object, names: dict[Login, Login]) -> object:
    """What a text of `project_files` says, where no other text is a login."""
    match value:
        case dict():
            return {_renamed(k, names): _renamed(v, names) for k, v in value.items()}
        case list():
            return [_renamed(item, names) for item in value]
        case str() if Login(value) in names:
            return names[Login(value)].spelled
        case _:
            return value


# Who was renamed ------------------------------------------------------------------


def bound(*logins: str, **others: int) -> Known:
    """The ids that logins were first seen with; *others* are those of other names."""
    return Known(bindings={Login(x): build.id_of(x) for x in logins} | _logins(others))


def _logins(ids: dict[str, int]) -> dict[Login, int]:
    return {Login(login): number for login, number in ids.items()}


def codes(found: Renames) -> list[tuple[str, str]]:
    return [(note.code, str(note.address)) for note in found.undecided]


def test_t22_whoever_has_another_login_now_is_found_by_their_id() -> None:
    found = renames(
        build.desired(members=["ada", "Bob"], teams={"ops": ["bob"]}),
        build.snapshot(
            build.found(build.member("robert"), number=build.id_of("bob")),
            members={"ada": "admin"},
        ),
        bound("ada", "bob"),
    )
    assert found == Renames({Login("bob"): Login("robert")}, ())


def test_t24_another_spelling_of_a_login_is_no_new_one() -> None:
    have = build.snapshot(members=["Ada"])
    found = renames(build.desired(members=["ada"]), have, bound("ada"))
    assert found == Renames({}, ())


def test_t22_where_the_files_name_both_logins_a_person_has_to_decide() -> None:
    have = build.snapshot(
        build.found(build.member("robert"), number=build.id_of("bob"))
    )
    want = build.desired(members=["bob", "robert"])
    found = renames(want, have, bound("bob"))
    assert (found.names, codes(found)) == ({}, [("renamed", "members.bob")])


def test_t23_a_login_that_somebody_else_has_now_is_left_alone() -> None:
    have = build.snapshot(
        build.found(build.member("bob"), number=1),
        build.found(build.member("robert"), number=build.id_of("bob")),
    )
    found = renames(build.desired(members=["bob"]), have, bound("bob"))
    assert (found.names, codes(found)) == ({}, [("identity-changed", "members.bob")])


def test_t29_two_former_logins_of_one_person_are_left_alone() -> None:
    have = build.snapshot(build.found(build.member("new"), number=7))
    found = renames(build.desired(members=["a", "b"]), have, bound(a=7, b=7))
    told = [("renamed", "members.a"), ("renamed", "members.b")]
    assert (found.names, codes(found)) == ({}, told)


def test_t29_two_former_logins_with_two_roles_are_left_alone() -> None:
    have = build.snapshot(build.found(build.member("new"), number=7))
    want = build.desired(members={"a": "member", "b": "admin"})
    found = renames(want, have, bound(a=7, b=7))
    assert (found.names, codes(found)) == ({}, [("same-person", "members.new")])


def test_t27_a_login_that_means_a_suspension_is_not_written() -> None:
    hashed = "0123456789abcdef0123_acme"
    have = build.snapshot(build.found(build.member(hashed), number=7))
    found = renames(build.desired(members=["bob_acme"]), have, bound(bob_acme=7))
    assert found == Renames({}, ())


def test_the_lists_of_the_settings_are_judged_by_themselves() -> None:
    have = build.snapshot(
        build.found(build.member("robert"), number=build.id_of("bob"))
    )
    want = build.desired(members=["robert"])
    known = bound("bob")
    assert renames_of(["bob", "b*"], want, have, known).names == {"bob": "robert"}
    both = renames_of(["bob", "robert"], want, have, known)
    assert (both.names, codes(both)) == ({}, [("renamed", "members.bob")])
    assert renames_of(["*", "svc-?"], want, have, known) == Renames({}, ())


def test_an_id_in_the_files_goes_for_the_settings_as_well() -> None:
    have = build.snapshot(build.found(build.member("robert"), number=7))
    want = build.desired(build.declared(build.member("bob"), pinned=7))
    assert renames_of(["bob"], want, have, Known()).names == {"bob": "robert"}


def test_whoever_never_gets_anything_is_followed_into_a_new_login() -> None:
    text = '[manage]\nnever = ["group:out", "gil"]\nignore = ["gil"]\n'
    found = rewrite_settings(text, {}, {}, {Login("gil"): Login("gil-new")})
    assert found.text == (
        '[manage]\nnever = ["group:out", "gil-new"]\nignore = ["gil"]\n'
    )
