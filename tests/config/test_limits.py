"""Hostile files: each is refused in a sentence, soon, and without much memory.

What is hostile, and the limits, are those of the traps' table B4.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from ghstate.config import limits
from ghstate.config.limits import excess
from ghstate.config.parse import parse
from ghstate.config.source import Document
from ghstate.errors import Problem
from tests.config.writing import loaded, problems, problems_of, told, write

KIB = 1024
MIB = 1024 * KIB


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 17) + " = 1",
        "[" + ".".join("a" * 17) + "]",
        "x." * 16 + "y = 1",
        "[" * 32 + "]" * 32,
        "a = " + "[" * 32 + "]" * 32,
        "a = " + "{ a = " * 32 + "1" + "}" * 32,
        "a = '" + "." * 99 + "[" * 99 + "'",
        'a = "' + "." * 99 + "{" * 99 + '"',
        'a = """\n' + "." * 99 + '"[' * 99 + '"""',
        "a = '''\n" + "." * 99 + "'{" * 99 + "'''",
        "# " + "." * 99 + "[" * 99,
        "a = 1 # " + "[.{" * 99,
        'a = "\\"' + "." * 99 + '" # "',
        "a.b = 1\n" * 99,
        "a = [\n" + "[1.5],\n" * 99 + "]",
    ],
)
def test_what_is_within_the_limits_passes(text: str) -> None:
    assert excess(text) is None


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("a." * 17 + "b = 1", 33, "more than 16 dots in one line"),
        ("\n# x\n[" + "a." * 17 + "b]", 39, "more than 16 dots in one line"),
        ("a.b = 1\n" * 100_001, 800_001, "more than 100,000 dots"),
        ("a = " + "[" * 33, 36, "brackets nest deeper than 32"),
        ("a = '''[''' \nb = " + "[\n" * 33, 81, "brackets nest deeper than 32"),
        ("a = " + '["]", ' * 33, 196, "brackets nest deeper than 32"),
        ("a = " + "{a=" * 33, 100, "brackets nest deeper than 32"),
    ],
)
def test_what_goes_beyond_the_limits_does_not(
    text: str, offset: int, message: str
) -> None:
    found = excess(text)
    assert found is not None
    assert (found.offset, found.message) == (offset, message)


def test_nesting_that_the_limits_let_through_is_refused_by_the_parser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_DEPTH", 10_000)
    problem = document("a = " + "[" * 5000)
    assert isinstance(problem, Problem)
    assert problem.message == "this file nests too deeply"


@settings(deadline=None)
@given(st.text("[]{}.\"'\\#\n a=", max_size=60))
def test_no_text_that_passes_is_deep(text: str) -> None:
    excess(text)  # ends, whatever it is given
    try:
        value: object = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError):
        return
    assert depth(value) <= limits.MAX_DEPTH + 1 or excess(text) is not None


def depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(depth, value.values()), default=0)
        case list():
            return 1 + max(map(depth, value), default=0)
        case _:
            return 0


@settings(deadline=None)
@given(st.integers(1, 45), st.booleans(), st.sampled_from(["", '"]"', "']'", "#]\n"]))
def test_depth_is_counted_outside_strings(levels: int, lists: bool, noise: str) -> None:  # noqa: FBT001 - hypothesis fills it in
    before = f"{noise}," if noise.endswith(("'", '"')) else noise
    opening, closing = (f"[{before}", "]") if lists else ("{ a = [", "]}")
    text = "a = " + opening * levels + closing * levels
    deep = levels if lists else 2 * levels
    assert (excess(text) is None) is (deep <= limits.MAX_DEPTH)


def document(text: str) -> Document | Problem:
    return parse("people.toml", text.encode())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a." * 40_000 + "b = 1", "more than 16 dots in one line"),
        ("a = " + "[" * 2000, "brackets nest deeper than 32"),
        ("a = " + "{a=" * 2000, "brackets nest deeper than 32"),
        ("a = " + "9" * 5000, "a number in this file has too many digits"),
        ("a = " + "[" * 100_000 + "]" * 100_000, "brackets nest deeper than 32"),
        ('a = "' + "x" * 900_000, "this string does not end"),
        ('a = """' + '""\\\\' * 200_000, "this string does not end"),
        ("a = '''" + "''x" * 300_000, "this string does not end"),
    ],
    ids=range(8),
)
def test_b4_hostile_texts_are_refused_at_once(text: str, message: str) -> None:
    began = perf_counter()
    problem = document(text)
    assert perf_counter() - began < 5
    assert isinstance(problem, Problem)
    assert problem.message == message
    assert len(problem.excerpt) <= 500


def test_b4_a_file_has_a_largest_size(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.toml": "#" * MIB, "b.toml": "#" * (MIB + 1)})
    assert told(*problems_of(root)) == [
        (
            "b.toml:1:1: this file is larger than 1,024 KiB;"
            " spread it over several files: all of them count as one"
        )
    ]


def test_b4_all_files_together_have_a_largest_size(tmp_path: Path) -> None:
    root = write(tmp_path, {f"{n:02}.toml": "#" * MIB for n in range(17)})
    assert told(*problems_of(root)) == [
        "16.toml:1:1: with this file the project has more than 16 MiB"
    ]


def test_b4_there_is_a_largest_number_of_files(tmp_path: Path) -> None:
    root = write(tmp_path, {f"{n:04}.toml": "" for n in range(1000)})
    assert problems_of(root) == ()
    write(root, {"one-more.toml": ""})
    assert told(*problems_of(root)) == [
        "ghstate.toml:1:1: the project has more than 1,000 files"
    ]


def test_b4_a_text_has_a_largest_length(tmp_path: Path) -> None:
    within = f'[teams.a]\ndescription = "{"x" * 10240}"\n'
    assert loaded(tmp_path, within).desired.declared
    assert told(*problems(tmp_path, within.replace("x", "xx", 1))) == [
        'people.toml:2:15: "description" is longer than 10,240 characters'
    ]


@pytest.mark.parametrize(
    "hidden", ["\\u0000", "\\u001B", "\\u009b", "\\u202E", "\\u2066", "\\u200b", "\\n"]
)
def test_b4_what_cannot_be_seen_is_refused_and_spelled_out(
    tmp_path: Path, hidden: str
) -> None:
    shown = {"\\n": "\\u000a"}.get(hidden, hidden.lower())
    for key in ("name", "description"):
        (problem,) = problems(tmp_path, f'[teams.a]\n{key} = "a{hidden}b"\n')
        assert problem.message == (
            f'"{key}" has the character {shown} in it, which nobody can see'
        )


def test_b4_an_unknown_key_is_spelled_out(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '"a\\u001b[31mb" = 1\n')
    assert problem.message == 'unknown key "a\\u001b[31mb"'


WORDS = {
    "a": 'expected "=" after the key',
    "a =": "this is no TOML value",
    "a = b": "this is no TOML value",
    "= 1": 'expected a table such as "[members]", or "key = value"',
    "a = 1 b = 2": "nothing more may follow on this line",
    "[a": 'expected "]" after the name of the table',
    "[[a]": 'expected "]]" after the name of the table',
    "a = 'x": "this string does not end",
    "a = '''x": "this string does not end",
    'a = "x': "this string does not end",
    'a = "x\n"': "this string does not end on its line",
    "a = 'x\n'": "this string does not end on its line",
    "a = '\x01'": "a character that may not stand here",
    'a = "\x01"': "a character that may not stand in a string",
    "# \x01": "a character that may not stand here",
    "a = [1": 'expected "," or "]" in this list',
    "a = {b = 1": 'expected "," or "}" in this table',
    "a.[b] = 1": "expected a key",
    'a = "\\u12"': "an escape with something other than hexadecimal digits",
    'a = "\\ud800"': "an escape for a character that does not exist",
    'a = "\\y"': "a backslash that is not part of an escape",
    "a = 2027-02-30": "this date or time does not exist",
    "a = 1\n[a.b]": "this is already written above, in another way",
    "a = {}\na.b = 1": "this is already written above, in another way",
    "a = []\n[[a]]": "this is already written above, in another way",
    "a = 1\na = 2": '"a" is already written at people.toml:1:1',
    "[a.b]\n[a.b]": '"b" is already written at people.toml:1:4',
    "a = { b = 1, b = 2 }": '"b" is already written at people.toml:1:7',
}


@pytest.mark.parametrize(("text", "words"), WORDS.items(), ids=range(len(WORDS)))
def test_what_is_no_toml_is_told_in_plain_words(text: str, words: str) -> None:
    problem = document(text)
    assert isinstance(problem, Problem)
    assert problem.message == words


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\r\n[members\r\nb = 2\r\n", (2, 9, "[members")),
        ("a = 1\n\tb = nope # x\n", (2, 6, "\tb = nope # x")),
        ("a = [\n  1,\n", (3, 1, "")),
    ],
)
def test_what_is_no_toml_is_told_where_it_is(
    text: str, place: tuple[int, int, str]
) -> None:
    problem = document(text)
    assert isinstance(problem, Problem)
    assert (problem.line, problem.column, problem.excerpt) == place


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_document_or_a_problem(text: str) -> None:
    match document(text):
        case Problem(line=line, column=column, excerpt=excerpt):
            assert line >= 1
            assert 1 <= column <= len(excerpt) + 1
        case Document(source=source):
            tomli.loads(source.text)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_document_or_a_problem(content: bytes) -> None:
    parse("people.toml", content)


# The whole, in a process of its own, so that what it takes can be measured.

MEASURE = """
import re, sys, time
from pathlib import Path
from ghstate.config.project import load
from ghstate.errors import FilesError
began = time.process_time()
try:
    load(Path(sys.argv[1]))
    count = 0
except FilesError as error:
    count = len(error.problems)
took = time.process_time() - began
# Not by getrusage(): what it tells begins with the size of the process before exec.
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(count, took, int(peak[1]) // 1024)
"""

TOO_LONG = 40
"""Seconds that no loading may take even on a machine that is four times as slow as
it should be: a guard against explosions, not a measurement."""


def measured(root: Path) -> tuple[int, float, int]:
    """The number of problems, seconds of computing, and MiB that loading takes."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", MEASURE, str(root)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        # Measuring what is covered takes several times as long as the work.
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")},
    )
    problems, seconds, memory = done.stdout.split()
    return int(problems), float(seconds), int(memory)


def full(line: str, files: str = "abcdefghijklmnop") -> dict[str, str]:
    """Files as full of *line* as the limits let them be.

    In *line*, {f} tells the file and {n} counts.
    """
    one = line.format(f="a", n=1_000_000)
    cost = max(1, limits.marks(one.encode()))
    dots = max(1, one.count("."))
    count = min(
        MIB // len(one),
        limits.MAX_MARKS // cost // len(files),
        limits.MAX_DOTS_IN_FILE // dots,
    )
    return {
        f"{f}.toml": "".join(line.format(f=f, n=1_000_000 + n) for n in range(count))
        for f in files
    }


HOSTILE = [
    ("{f}{n} = 1\n", "abcdefghijklmnop"),
    ("[{f}{n}." + "a." * 14 + "a]\n", "abcd"),
    ("{f}{n} = [ 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0 ] #\n", "abcd"),
    ("members.{f}{n} = 'owner'\n", "abcd"),
    ("teams.{f}{n}.parent = 1\n", "abcd"),
    ("members.'{f}{n}@b.example' = 'owner'\n", "abcd"),
    ("members.'{f}{n}@b' = 'member'\n", "abcd"),
    ("members.{f}{n} = {{ role = 'member', email = 'a@b.example' }}\n", "abcd"),
    ("members.{f}{n} = {{ role = 'member', id = 1 }}\n", "abcd"),
    ("teams.a.members = [ 'a{f}{n}@b.example' ] #\n", "abcd"),
]


@pytest.mark.parametrize(("line", "files"), HOSTILE, ids=range(len(HOSTILE)))
def test_b4_files_that_are_as_full_as_can_be_stall_nothing(
    tmp_path: Path, line: str, files: str
) -> None:
    count, seconds, memory = measured(write(tmp_path, full(line, files)))
    assert 0 < count < 5000
    assert seconds < TOO_LONG
    assert memory < 256


LOCKED = ["a{n} = 0\n", "a{n} = {{ id = 1 }}\n", "# {n}, " + "x" * 999 + "\n"]


@pytest.mark.parametrize("line", LOCKED, ids=range(len(LOCKED)))
def test_b4_a_lock_file_that_is_as_full_as_can_be_stalls_nothing(
    tmp_path: Path, line: str
) -> None:
    one = line.format(n=1_000_000)
    count = min(
        (limits.MAX_LOCK - 99) // len(one),
        (limits.MAX_LOCK_MARKS - 9) // max(1, limits.marks(one.encode())),
    )
    lines = (line.format(n=1_000_000 + n) for n in range(count))
    text = f"organization.id = 77\n[people]\n{''.join(lines)}"
    count, seconds, memory = measured(write(tmp_path, {"ghstate.lock.toml": text}))
    assert 0 < count < 5000
    assert seconds < TOO_LONG
    assert memory < 256


def test_b4_a_key_that_is_nearly_an_address_is_refused_at_once() -> None:
    for text in ("a." * 500_000, "a@" + "b." * 15, "a@" + "b" * 900_000):
        began = perf_counter()
        assert isinstance(document(text + " = 1"), Problem)
        assert perf_counter() - began < 5


@pytest.mark.parametrize("line", ["members.{n} = 1\n", "[members]\na = {n}\n"])
def test_b4_the_same_in_every_file_stalls_nothing(tmp_path: Path, line: str) -> None:
    lines = full(line)["a.toml"]
    files = {f"{number}.toml": lines for number in range(16)}
    count, seconds, memory = measured(write(tmp_path, files))
    assert 0 < count < 5000
    assert seconds < TOO_LONG
    assert memory < 256


def test_b4_many_mistakes_are_told_and_the_others_are_counted(tmp_path: Path) -> None:
    people = "[members]\n" + "".join(f"p{n} = 'owner'\n" for n in range(2500))
    found = problems(tmp_path, people)
    assert len(found) == 1001
    assert told(found[0]) == ["ghstate.toml:1:1: 1,500 more problems are not shown"]
    assert found[-1].line == 1001


def test_b4_unknown_keys_are_counted_too(tmp_path: Path) -> None:
    found = problems(tmp_path, "".join(f"k{n} = 1\n" for n in range(1100)))
    assert found[0].message == "100 more problems are not shown"


def test_b4_keys_in_two_files_are_told_up_to_a_number(tmp_path: Path) -> None:
    text = "[members]\n" + "".join(f"p{n} = 'member'\n" for n in range(1100))
    assert len(problems_of(write(tmp_path, {"a.toml": text, "b.toml": text}))) == 1000


def test_b4_there_is_a_largest_number_of_people_and_of_teams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghstate.config.desired.MAX_PEOPLE", 3)
    monkeypatch.setattr("ghstate.config.desired.MAX_TEAMS", 1)
    within = "[members]\na = 'admin'\nb = 'member'\n[teams.a]\nmembers = ['b']\n"
    assert problems(tmp_path, within) == ()
    assert told(*problems(tmp_path, within + "[teams.b]\nmaintainers = ['a']\n")) == [
        "people.toml:1:2: there are more than 3 people and places in teams",
        "people.toml:4:2: there are more than 1 teams",
    ]
    only_teams = "[teams.a]\nmembers = ['a', 'b', 'c', 'd']\n"
    assert told(*problems(tmp_path, only_teams)) == [
        "people.toml:1:2: there are more than 3 people and places in teams"
    ]


def test_b4_there_is_a_largest_number_of_keys(tmp_path: Path) -> None:
    lists = "".join(f"k{n} = [{'[],' * 9000}]\n" for n in range(19))
    assert told(*problems_of(write(tmp_path, {"a.toml": "", "b.toml": lists}))) == [
        "b.toml:1:1: with this file the project has more than 500,000 keys and items"
    ]


# Groups that hang together --------------------------------------------------------


def rings(count: int) -> str:
    """Each of *count* groups needs the next one, and the last the first."""
    return "".join(
        f'[groups.g{n}]\nany = ["group:g{(n + 1) % count}"]\n' for n in range(count)
    )


def entangled(count: int, each: int) -> str:
    """Groups of which each names *each* others, before it and behind it."""
    return "".join(
        f"[groups.g{n}]\nany = ["
        + ",".join(f'"group:g{(n * 7 + k * 13) % count}"' for k in range(each))
        + "]\n"
        for n in range(count)
    )


def full_chain(groups: int, people: int) -> str:
    """*people* in the first group; each other one has everybody of the one before."""
    names = ",".join(f'"p{n}"' for n in range(people))
    return f"[groups.g0]\nany = [{names}]\n" + "".join(
        f'[groups.g{n}]\nany = ["group:g{n - 1}", {{ login = "q{n}",'
        " until = 2030-01-01 }]\n"
        for n in range(1, groups)
    )


def globs(count: int) -> str:
    return "".join(
        f'[groups.g{n}]\nany = ["group:*{"*" * (n % 60)}?"]\n' for n in range(count)
    )


def long_names(count: int) -> str:
    long = "abcdefghij" * 9
    return "".join(
        f'[groups.{long}{n:06}]\nany = ["group:{long}x{n:06}"]\n' for n in range(count)
    )


def contradicting(count: int) -> str:
    lines = "".join(
        f'"group:g{n}" = "admin"\n"group:h{n}" = "member"\n' for n in range(count)
    )
    sets = "".join(
        f'[groups.g{n}]\nany = ["p{n}"]\n[groups.h{n}]\nany = ["group:g*"]\n'
        for n in range(count)
    )
    return f"[members]\n{lines}{sets}"


def in_all_teams(count: int) -> str:
    """Everybody of each team in each other team."""
    return "".join(
        f'[teams.t{n}]\nmembers = ["p{n}", "team:*"]\n' for n in range(count)
    )


TANGLED = {
    "rings": rings(10_000),
    "entangled": entangled(10_000, 12),
    "globs": globs(10_000),
    "long names": long_names(4_000),
    "full chain": full_chain(9_000, 40_000),
    "contradicting": contradicting(4_000),
    "in all teams": in_all_teams(10_000),
    "strings": "[groups.a]\nany = [" + f'"group:{"x" * 900_000}"' + "]\n",
    "deep": "[groups.a]\nany = " + "[" * 30 + "]" * 30 + "\n",
}


@pytest.mark.parametrize("name", TANGLED)
def test_b4_groups_that_nobody_can_follow_are_refused_soon(
    tmp_path: Path, name: str
) -> None:
    lines = TANGLED[name].splitlines(keepends=True)
    files, size = [""], 0
    for line in lines:
        # A table begins with its header, so that it stays in one file.
        if line.startswith("[") and size > MIB // 2:
            files.append("")
            size = 0
        files[-1] += line
        size += len(line)
    root = write(tmp_path, {f"{n:02}.toml": text for n, text in enumerate(files)})
    count, seconds, memory = measured(root)
    assert 0 < count < 5000
    assert seconds < TOO_LONG
    assert memory < 256
