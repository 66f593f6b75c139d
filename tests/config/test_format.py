"""`fmt` on one text: the order, the layout, and what never changes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from ghstate.config import format as formatting
from ghstate.config.emit import init_files, to_toml
from ghstate.config.format import formatted
from ghstate.config.limits import MAX_FILE
from ghstate.config.parse import parse
from ghstate.config.project import load
from ghstate.config.source import Document
from ghstate.errors import Problem
from ghstate.model.address import Address
from ghstate.model.organization import Desired
from tests import build
from tests.config.noisy import LOGINS, Noisy, any_toml, project_files
from tests.config.writing import write


def document(text: str) -> Document:
    found = parse("people.toml", text.encode())
    assert isinstance(found, Document), found
    return found


def fmt(text: str, *, ordered: bool = True) -> str:
    after = formatted(document(text), ordered=ordered)
    assert isinstance(after, str), after
    return after


def refused(text: str) -> Problem:
    after = formatted(document(text))
    assert isinstance(after, Problem)
    return after


EXAMPLES = {
    "people are sorted by login in any case": (
        """\
        [members]
        zoe = "member"
        Bob = "admin"
        alice = "member"
        """,
        """\
        [members]
        alice = "member"
        Bob = "admin"
        zoe = "member"
        """,
    ),
    "spaces, quotes and indentation are the same everywhere": (
        """\

          [ "members" ]


          "alice"='admin' # the founder
        bob   =   {role='member',id=12}
        "carol" . role = "member"
        'new hire' = "member"
        'say "hi"' = 'C:\\dir'
        """,
        """\
        [members]
        alice = "admin"  # the founder
        bob = { role = "member", id = 12 }
        carol.role = "member"
        "new hire" = "member"
        'say "hi"' = 'C:\\dir'
        """,
    ),
    "tables come in one order, the tables in a team behind it": (
        """\
        [profiles.a]
        [teams.web]
        [teams.api.x]
        [repositories.b]
        [other]
        [groups.c]
        [teams.api]
        [members]
        """,
        """\
        [members]

        [groups.c]

        [teams.api]

        [teams.api.x]

        [teams.web]

        [repositories.b]

        [profiles.a]

        [other]
        """,
    ),
    "the keys of a team come in the order of the documentation": (
        """\
        [teams.ops]
        previously = ["operations"]
        members = []
        unknown = 1
        parent = "core"
        maintainers = ["bob"]
        privacy = "closed"
        another = 2
        description = "Lights"
        notifications = true
        name = "Ops"
        """,
        """\
        [teams.ops]
        name = "Ops"
        description = "Lights"
        privacy = "closed"
        notifications = true
        parent = "core"
        maintainers = ["bob"]
        members = []
        previously = ["operations"]
        unknown = 1
        another = 2
        """,
    ),
    "dotted keys keep their form": (
        """\
        teams.ops.members = []
        teams.api.members = []
        members.bob = "member"
        teams.api.name = "API"
        members.ada.role = "admin"
        members.ada.note = "founder"
        """,
        """\
        members.ada.role = "admin"
        members.ada.note = "founder"
        members.bob = "member"
        teams.api.name = "API"
        teams.api.members = []
        teams.ops.members = []
        """,
    ),
    "tables between braces are ordered, too, but not what is said of a person": (
        """\
        teams = { ops = { members = ["b", "a"], name = "Ops" }, api = {} }
        members = { bob = { role = "member", id = 1 }, ada = "admin" }
        """,
        """\
        members = { ada = "admin", bob = { role = "member", id = 1 } }
        teams = { api = {}, ops = { name = "Ops", members = ["a", "b"] } }
        """,
    ),
    "a comment above or beside somebody moves with them": (
        """\
        [members]
        # on leave
        # until May
        zoe = "member"  # z
        alice = "admin"  # a
        # nobody yet
        """,
        """\
        [members]
        alice = "admin"  # a
        # on leave
        # until May
        zoe = "member"  # z
        # nobody yet
        """,
    ),
    "blank lines divide people into sections, each of which is sorted": (
        """\
        [members]
        zoe = "admin"
        alice = "admin"


        # Contractors

        mike = "member"
        # until March
        bob = "member"

        yan = "member"
        carl = "member"
        """,
        """\
        [members]
        alice = "admin"
        zoe = "admin"

        # Contractors

        # until March
        bob = "member"
        mike = "member"

        carl = "member"
        yan = "member"
        """,
    ),
    "what may be a heading or a word about one person stays where both are true": (
        """\
        [members]
        # Owners
        zoe = "admin"
        bob = "admin"
        alice = "admin"

        # Contractors
        mike = "member"
        # until March
        carl = "member"
        """,
        """\
        [members]
        # Owners
        zoe = "admin"
        alice = "admin"
        bob = "admin"

        # Contractors
        mike = "member"
        # until March
        carl = "member"
        """,
    ),
    "below a heading on its own, a comment is about somebody": (
        """\
        [members]
        zoe = "admin"

        # Contractors

        # since June
        mike = "member"
        carl = "member"
        """,
        """\
        [members]
        zoe = "admin"

        # Contractors

        carl = "member"
        # since June
        mike = "member"
        """,
    ),
    "comments on their own between tables keep the groups of tables": (
        """\
        # The people of acme.

        # about web
        [teams.web]  # beside web
        # in web
        members = []
        # below web

        # about api
        [teams.api]

        # --- Special ---

        # zzz

        [teams.core]
        [members]
        ada = "admin"

        # the end
        """,
        """\
        # The people of acme.

        # about api
        [teams.api]

        # about web
        [teams.web]  # beside web
        # in web
        members = []
        # below web

        # --- Special ---

        # zzz

        [members]
        ada = "admin"

        [teams.core]

        # the end
        """,
    ),
    "a comment between two tables belongs to the one directly below": (
        """\
        [teams.b]
        members = []
        # about a
        [teams.a]
        # about nobody""",
        """\
        # about a
        [teams.a]
        # about nobody

        [teams.b]
        members = []
        """,
    ),
    "lists of people are sorted, in one line where that fits": (
        """\
        [teams.a]
        maintainers = ["zoe", {login = "Bob"},
          'alice', ]
        previously = [ "z", "a" ]
        """,
        """\
        [teams.a]
        maintainers = ["alice", { login = "Bob" }, "zoe"]
        previously = ["z", "a"]
        """,
    ),
    "88 columns fit": (
        f"""\
        [teams.a]
        members = ["{"x" * 36}", "{"y" * 35}"]
        previously = ["{"x" * 36}", "{"y" * 31}"]
        """,
        f"""\
        [teams.a]
        members = [
          "{"x" * 36}",
          "{"y" * 35}",
        ]
        previously = ["{"x" * 36}", "{"y" * 31}"]
        """,
    ),
    "comments in a list stay with their item": (
        """\
        [teams.a]
        members = [ # the crew
            # about zoe
            "zoe",
            "dan", # about dan
            "bob" # about bob
            , # more about bob
            "ann"
            # still about ann
            , "Cyd",
            # nobody else
        ] # the end
        """,
        """\
        [teams.a]
        members = [  # the crew
          # still about ann
          "ann",
          # about bob
          "bob",  # more about bob
          "Cyd",
          "dan",  # about dan
          # about zoe
          "zoe",
          # nobody else
        ]  # the end
        """,
    ),
    "blank lines divide lists into sections": (
        """\
        [teams.a]
        members = [

            "zoe", "ada",


            # Contractors

            "mike", "bob",

        ]
        """,
        """\
        [teams.a]
        members = [
          "ada",
          "zoe",

          # Contractors

          "bob",
          "mike",
        ]
        """,
    ),
    "a list with something else in it keeps its order": (
        'teams.a.members = ["zoe", 1, "ada"]\nx.members = ["b", "a"]\n',
        'teams.a.members = ["zoe", 1, "ada"]\nx.members = ["b", "a"]\n',
    ),
    "groups are sets of people": (
        '[groups.a]\nany = ["group:b", "ada"]\nexcept = ["z", "group:c"]\n',
        '[groups.a]\nany = ["ada", "group:b"]\nexcept = ["group:c", "z"]\n',
    ),
    "braces get no line breaks that were not there": (
        f"a = {{ b = '{'x' * 90}', c = [ # d\n 1] }}\n",
        f'a = {{ b = "{"x" * 90}", c = [  # d\n  1,\n] }}\n',
    ),
    "a long list between braces has a line for each": (
        f"""\
        teams = {{ a = {{ members = ['x', '{"y" * 80}'], name = 'A' }} }}
        """,
        f"""\
        teams = {{ a = {{ name = "A", members = [
          "x",
          "{"y" * 80}",
        ] }} }}
        """,
    ),
    "braces over several lines stay so where they must": (
        f"""\
        a = {{ b = 1,
         c = 2 }}
        d = {{ # e
         f = 1 }}
        g = {{
         h = '{"x" * 90}' }}
        """,
        f"""\
        a = {{ b = 1, c = 2 }}
        d = {{  # e
          f = 1,
        }}
        g = {{
          h = "{"x" * 90}",
        }}
        """,
    ),
    "empty brackets stay together however long the line is": (
        f"{'k' * 90} = [ ]\n{'l' * 90} = {{\n}}\n",
        f"{'k' * 90} = []\n{'l' * 90} = {{}}\n",
    ),
    "strings of several lines stay as they are": (
        "a = [\"\"\"\nx  \n  # no comment\n\"\"\",  '''\n''']  # b\n",
        "a = [\n  \"\"\"\nx  \n  # no comment\n\"\"\",\n  '''\n''',\n]  # b\n",
    ),
    "tables that are items of a list stay in their order": (
        """\
        [[teams.b.members]]
        login = 'zoe'
        [[teams.b.members]]
        login = 'bob'
        [teams.a]
        members = []
        name = 'A'
        """,
        """\
        [[teams.b.members]]
        login = "zoe"

        [[teams.b.members]]
        login = "bob"

        [teams.a]
        name = "A"
        members = []
        """,
    ),
    "comments that are aligned stay so": (
        """\
        [members]
        bob = "member"   # since June
        ada = "admin"    # since May
        carl = "member"  # since July
        [teams.a] # one space
        members=[ "b",\t# a tab
            "a" ]
        """,
        """\
        [members]
        ada = "admin"    # since May
        bob = "member"   # since June
        carl = "member"  # since July

        [teams.a]  # one space
        members = [
          "a",
          "b",  # a tab
        ]
        """,
    ),
    "nothing stays nothing": ("\n \n\t\n", ""),
    "comments alone stay": ("\n# a\n\n\n#b  \n#c", "# a\n\n#b\n#c\n"),
}


@pytest.mark.parametrize(("before", "after"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_file_is_put_in_order(before: str, after: str) -> None:
    assert fmt(dedent(before)) == dedent(after)


@pytest.mark.parametrize("text", [after for _, after in EXAMPLES.values()])
def test_what_is_in_order_stays(text: str) -> None:
    assert fmt(dedent(text)) == dedent(text)


def test_the_settings_get_a_layout_and_keep_their_order() -> None:
    before = """\
        [safety]
        protected = ['zoe',"ada"] # never
        min_admins=2
        [github]
        organization = 'acme'
        """
    assert fmt(dedent(before), ordered=False) == dedent(
        """\
        [safety]
        protected = ["zoe", "ada"]  # never
        min_admins = 2

        [github]
        organization = "acme"
        """
    )


def test_lines_end_as_the_first_one_did() -> None:
    assert fmt("b=1\r\na=2\n") == "b = 1\r\na = 2\r\n"
    assert fmt("b=1\na=2\r\n") == "b = 1\na = 2\n"
    assert fmt("a='''x\r\ny'''") == "a = '''x\r\ny'''\r\n"


def test_a_byte_order_mark_is_left_out() -> None:
    assert fmt("\ufeffa=1") == "a = 1\n"


def test_what_init_and_import_write_is_in_order() -> None:
    organization = build.snapshot(
        members={"Zoe": "admin", "bob": "member", "x": "member"}
        | {f"somebody-with-a-long-name-{n}": "member" for n in range(9)},
        teams={
            "web": [f"somebody-with-a-long-name-{n}" for n in range(9)],
            "a-team": {"bob": "maintainer", "x": "member"},
        },
    )
    imported = to_toml(organization, "acme")
    assert len(imported) == 2
    begun = {n: t for n, t in init_files("acme").items() if n.endswith(".toml")}
    for text in (*imported.values(), *begun.values()):
        assert fmt(text) == text


# Laws -----------------------------------------------------------------------------

NOISY = project_files() | any_toml()
PEOPLE_LISTS = ("maintainers", "members")


def meaning(text: str) -> Mapping[str, Any]:
    """What a text says, with the people of each team in one order."""
    data = tomli.loads(text)
    teams = data.get("teams")
    for team in teams.values() if isinstance(teams, dict) else ():
        for key in PEOPLE_LISTS:
            if isinstance(team, dict) and isinstance(team.get(key), list):
                team[key].sort(key=repr)
    return data


@settings(deadline=None, max_examples=100)
@given(NOISY)
def test_what_a_file_says_stays_the_same(noisy: Noisy) -> None:
    # Their repr, because nan is not equal to itself; sorted, because that has an order.
    before, after = meaning(noisy.text), meaning(fmt(noisy.text))
    assert _plain(after) == _plain(before)


def _plain(value: object) -> str:
    match value:
        case dict():
            pairs = sorted((key, _plain(inner)) for key, inner in value.items())
            return repr(pairs)
        case list():
            return repr([_plain(item) for item in value])
        case _:
            return repr(value)


@settings(deadline=None, max_examples=100)
@given(NOISY)
def test_formatting_twice_is_formatting_once(noisy: Noisy) -> None:
    once = fmt(noisy.text)
    assert fmt(once) == once


@settings(deadline=None, max_examples=100)
@given(NOISY)
def test_no_comment_is_lost_or_doubled(noisy: Noisy) -> None:
    assert formatting.comments(noisy.text) == noisy.comments
    assert formatting.comments(fmt(noisy.text)) == noisy.comments


@settings(deadline=None, max_examples=60)
@given(NOISY)
def test_the_layout_alone_is_safe_as_well(noisy: Noisy) -> None:
    after = fmt(noisy.text, ordered=False)
    assert fmt(after, ordered=False) == after
    assert formatting.comments(after) == noisy.comments
    assert repr(tomli.loads(after)) == repr(tomli.loads(noisy.text))


@settings(deadline=None, max_examples=60)
@given(NOISY)
def test_line_ends_of_windows_change_nothing_else(noisy: Noisy) -> None:
    text = noisy.text if "\n" in noisy.text else noisy.text + "\n"
    windows = fmt(text.replace("\n", "\r\n"))
    assert windows == fmt(text).replace("\n", "\r\n")


@settings(deadline=None, max_examples=100)
@given(project_files())
def test_a_project_stays_the_project_it_was(noisy: Noisy) -> None:
    with TemporaryDirectory() as directory:
        root = Path(directory)
        before = load(write(root, {"people.toml": noisy.text})).desired
        after = load(write(root, {"people.toml": fmt(noisy.text)})).desired
    assert wishes(after) == wishes(before)
    assert (after.managed, set(after.absent)) == (before.managed, set(before.absent))


def wishes(desired: Desired) -> Mapping[Address, object]:
    """What is asked for, without the places that say so."""
    return {
        address: (each.resource, each.fields, each.id, set(each.formerly))
        for address, each in desired.declared.items()
    }


@st.composite
def sections(draw: st.DrawFn) -> list[list[str]]:
    """Lines of ``[members]`` whose comments tell whom they are about."""
    people = draw(st.permutations(LOGINS))
    entries = []
    for login in people[: draw(st.integers(1, len(people)))]:
        above = [f"# above {login}"] * draw(st.integers(0, 2))
        beside = f" # beside {login}" if draw(st.booleans()) else ""
        entries.append([*above, f'{login} = "member"{beside}'])
    cuts = draw(st.sets(st.integers(1, len(entries))))
    ends = sorted({0, *cuts, len(entries)})
    return [
        [line for entry in entries[begin:end] for line in entry]
        for begin, end in pairwise(ends)
    ]


def in_sections(text: str) -> list[list[str]]:
    return [part.splitlines() for part in text.split("\n\n")]


def login_in(line: str) -> str | None:
    return None if line.startswith("#") else line.partition(" ")[0]


@settings(deadline=None)
@given(sections())
def test_no_comment_comes_to_be_about_somebody_else(written: list[list[str]]) -> None:
    text = "\n\n".join("\n".join(lines) for lines in written)
    lines = fmt(f"[members]\n{text}\n").splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        login = login_in(line)
        if line.startswith("# above "):
            whom = line.removeprefix("# above ")
            assert below == line or login_in(below) == whom
        elif "# beside" in line:
            assert line.endswith(f"  # beside {login}")


@settings(deadline=None)
@given(sections())
def test_nobody_leaves_their_section_and_all_that_may_move_are_sorted(
    written: list[list[str]],
) -> None:
    text = "\n\n".join("\n".join(lines) for lines in written)
    after = in_sections(fmt(f"[members]\n{text}\n").removeprefix("[members]\n"))
    assert len(after) == len(written)
    for old, new in zip(written, after, strict=True):
        before = [login for line in old if (login := login_in(line))]
        people = [login for line in new if (login := login_in(line))]
        assert sorted(people) == sorted(before)
        pinned = 1 if len(written) > 1 and old[0].startswith("#") else 0
        assert people[:pinned] == before[:pinned]
        assert people[pinned:] == sorted(people[pinned:], key=str.lower)


@settings(deadline=None)
@given(st.text("[]{}.\"'\\#\n\r\t a=,1", max_size=60))
def test_whatever_is_toml_is_formatted(text: str) -> None:
    found = parse("people.toml", text.encode())
    if isinstance(found, Document):
        once = fmt(text)
        assert fmt(once) == once
        assert repr(tomli.loads(once)) == repr(tomli.loads(text))


# Limits ---------------------------------------------------------------------------


def test_a_file_that_would_grow_too_large_is_left_alone() -> None:
    people = ",".join(f"'p{n}'" for n in range(100_000))
    assert len(people) < MAX_FILE
    problem = refused(f"[teams.a]\nmembers = [{people}]\n")
    assert problem.message == "formatted, this file would be larger than 1,024 KiB"


def test_a_file_that_would_not_be_read_again_is_left_alone() -> None:
    problem = refused("a = {\nb.c.d.e.f.g.h.i.j = 1,\nk.c.d.e.f.g.h.i.j.k = 1 }")
    assert problem.message == (
        "formatted, this file would have more than 16 dots in one line"
    )


@pytest.mark.parametrize("wrong", ["a = 2 # b\n", "a = 1\n", "a = 1 # b # b\n"])
def test_a_mistake_of_ours_is_found_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setattr(formatting, "lay_out", lambda _: wrong)
    assert refused("a=1 # b").message == (
        "formatting would change what this file says, so it was not done"
    )


MEASURE = """
import gc, re, sys, time
from pathlib import Path
from ghstate.config.format import formatted
from ghstate.config.texts import read_texts
gc.disable()  # as a command does
files = read_texts(Path(sys.argv[1]))
began = time.process_time()
texts = [formatted(file.document) for file in files]
took = time.process_time() - began
# Not by getrusage(): what it tells begins with the size of the process before exec.
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(took, int(peak[1]) // 1024)
"""

TOO_LONG = 40
"""Seconds that nothing may take even on a machine that is four times as slow as it
should be: a guard against explosions, not a measurement."""

HOSTILE = {
    "one list": "a = [" + "0," * 499_000 + "]",
    "empty lists": "a = [" + "[]," * 160_000 + "]",
    "comments in a list": "a = [" + "#\n" * 500_000 + "]",
    "sections": "a = [" + "1,\n\n" * 200_000 + "]",
    "a deep list": "a = " + "[" * 31 + "[0]," * 100_000 + "#\n" + "]" * 31,
    "deep tables": "a = " + "{ b = [#\n" * 15 + "0," * 99_000 + "]}" * 15,
    "tables": "".join(f"[b{n}]\n" for n in range(60_000, 0, -1)),
    "people": "[members]\n" + "".join(f"'p{n}' = 1\n" for n in range(60_000, 0, -1)),
    "a team": "[teams.a]\nmembers = ["
    + "".join(f'"\\u0070{n}",' for n in range(60_000, 0, -1))
    + "]",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_b4_a_file_as_full_as_can_be_stalls_nothing(tmp_path: Path, text: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", MEASURE, str(write(tmp_path, {"a.toml": text}))],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        # Measuring what is covered takes several times as long as the work.
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")},
    )
    seconds, memory = done.stdout.split()
    assert float(seconds) < TOO_LONG
    assert int(memory) < 256


def test_references_are_sorted_among_people_as_they_are_written() -> None:
    assert fmt(
        """\
        [teams.a]
        members = ["zoe", { team = "b" }, "group:x", { group = "c" }]

        [groups.x]
        except = ["team:b"]
        until = 2027-01-31
        any = ["hal", "group:c", "ann"]

        [members]
        zoe = "member"
        "team:*" = "member"
        ann = "admin"
        """
    ) == (
        "[members]\n"
        'ann = "admin"\n'
        '"team:*" = "member"\n'
        'zoe = "member"\n'
        "\n"
        "[groups.x]\n"
        'any = ["ann", "group:c", "hal"]\n'
        'except = ["team:b"]\n'
        "until = 2027-01-31\n"
        "\n"
        "[teams.a]\n"
        'members = [{ group = "c" }, "group:x", { team = "b" }, "zoe"]\n'
    )
