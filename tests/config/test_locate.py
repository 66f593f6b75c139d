"""The scanner finds everything that the parser reads, where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent
from time import perf_counter

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from ghstate.config.locate import Outline
from ghstate.model.resource import KeyPath


def paths(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*path, number))


FORMS = {
    "empty": "",
    "only a comment": "# [not.a.table]",
    "bare keys": "a-b_1 = 1\n2 = 2\n",
    "quoted keys": '"a b" = 1\n\'c.d\' = 2\n"" = 3\n',
    "escapes in a key": r'"\u00e9\"\\" = 1',
    "addresses": (
        '"a.b@c.example" = 1\n[members]\n"new.hire@acme.example" = "member"\n'
        "'o+x@y.example'.role = 1\n[people.\"z@y.example\"]\nid = 1\n"
        '[t]\nlist = ["a@b.example", { email = "c@d.example" }]\n'
    ),
    "dotted keys": "a.b.c = 1\na.b.d = 2\na . e = 3\n",
    "dotted and quoted": '"a.b".c.\'d e\' = 1\nsite."google.com" = true\n',
    "a number that is dotted": "3.14159 = 'pi'\n",
    "tables": "[a]\nb = 1\n[a.c]\nd = 2\n[ e . 'f' ]\n",
    "a table after the table below it": "[a.b]\nc = 1\n[a]\nd = 2\n",
    "an inline table": "a = { b = 1, c.d = 2, 'e' = { f = [] } }\n",
    "an empty inline table": "a = {}\nb = { }\n",
    "a list of lists": "a = [[1, 2], [], [[3]]]\n",
    "a list with a comma at the end": "a = [\n  1, # one ]\n  2,\n]\n",
    "a list with comments": 'a = [ # [\n  "#", # ]\n]\nb = 1\n',
    "tables in a list": "a = [{ b = 1 }, { b = 2, c = { d = 3 } }]\n",
    "arrays of tables": "[[a]]\nb = 1\n[[a]]\n[[a]]\nb = 2\n",
    "tables in arrays of tables": (
        "[[a]]\n[a.b]\nc = 1\n[[a.d]]\ne = 1\n[[a.d]]\n[[a]]\n[a.b]\n[[a.d]]\n"
    ),
    "strings of one line": 'a = "\\"]#"\nb = \'\\\'\nc = ""\nd = \'\'\n',
    "strings of several lines": 'a = """\nb = 1\n[c]\n"""\nd = \'\'\'\n"""\n\'\'\'\n',
    "quotes at the end of a string": (
        'a = """x""""\nb = """x"""""\nc = \'\'\'x\'\'\'\'\nd = """"x"""\ne = """"""\n'
    ),
    "escapes in a long string": 'a = """\\"\\"\\" \\\n   b"""\nc = 1\n',
    "lines that end with a carriage return": (
        '[a]\r\nb = """\r\nx\r\n"""\r\nc = [\r\n1,\r\n]\r\n'
    ),
    "dates with a space": (
        "a = 1979-05-27 07:32:00Z\nb = 1979-05-27 # then\nc = [1979-05-27 00:00:00]\n"
    ),
    "dates and times": "a = 1979-05-27T07:32:00-07:00\nb = 07:32:00\nc = 07:32\n",
    "numbers": "a = +1_000\nb = 0xdead_beef\nc = 5e+22\nd = -inf\ne = nan\nf = 0b1\n",
    "no space at all": "a=[1,2]\nb={c=1}\n[d]\ne=true#x\n",
    "inline tables over lines": 'a = {\n  b = 1, # {\n  c = """\n}\n""",\n}\nd = 2\n',
    "escapes of TOML 1.1": 'a = "\\e\\x41"\n"\\x41" = 1\n',
    "no line break at the end": "a = 1\n# b = 2",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_every_key_and_item_is_found(text: str) -> None:
    assert set(Outline(text).spans) == set(paths(tomli.loads(text)))


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_what_stands_at_a_value_is_the_value(text: str) -> None:
    whole = tomli.loads(text)
    for path, span in Outline(text).spans.items():
        written = text[span.value : span.value_end]
        if span.value == span.key and not isinstance(path[-1], int):
            continue  # a table, which has a name and no value
        expected: object = whole
        for part in path:
            expected = expected[part]  # type: ignore[index]  # as the paths say
        if isinstance(expected, dict) and not written.startswith("{"):
            continue  # an item of an array of tables
        assert repr(tomli.loads(f"value = {written}")["value"]) == repr(expected)


def test_spans_are_exact() -> None:
    text = '[teams.platform]\nmembers = ["bob", { login = "eve" }]\n'
    spans = Outline(text).spans
    written = {
        ".".join(map(str, path)): (
            text[span.key : span.key_end],
            text[span.value : span.value_end],
        )
        for path, span in spans.items()
    }
    assert written == {
        "teams": ("teams", "teams"),
        "teams.platform": ("platform", "platform"),
        "teams.platform.members": ("members", '["bob", { login = "eve" }]'),
        "teams.platform.members.0": ('"bob"', '"bob"'),
        "teams.platform.members.1": ('{ login = "eve" }', '{ login = "eve" }'),
        "teams.platform.members.1.login": ("login", '"eve"'),
    }


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("a = 1\nb = 2\na = 3\n", ("a",)),
        ("[a]\nb = 1\n[c]\n[a]\n", ("a",)),
        ("a.b = 1\na.c = 2\na.b = 3\n", ("a", "b")),
        ("a = { b = 1, b = 2 }", ("a", "b")),
        ("a = { b = 1 }\na = { b = 2 }", ("a",)),
        ("[[a]]\nb = 1\n[[a]]\nb = 1\nb = 2\n", ("a", 1, "b")),
    ],
)
def test_a_key_that_is_written_again_is_found(text: str, again: KeyPath) -> None:
    repeat = Outline(text).repeat
    assert repeat is not None
    assert repeat.path == again
    assert repeat.first.key < repeat.again.key


@pytest.mark.parametrize(
    "text", ["a = ", "a", "a = [1", "= 1", "[a", "a = { b", "a = 'x", '"\\q" = 1']
)
def test_a_text_that_breaks_off_is_outlined_up_to_there(text: str) -> None:
    outline = Outline("first = 1\n" + text)
    assert ("first",) in outline.spans


# Any document, out of pieces that can stand beside each other.

keys = st.one_of(
    st.text("abcXYZ019_-", min_size=1, max_size=6),
    st.text(min_size=0, max_size=6).map(
        lambda text: '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'
    ),
    st.text('abc .#[]{}="', max_size=6).map(lambda text: f"'{text}'"),
)
scalars = st.one_of(
    st.integers().map(str),
    st.booleans().map(lambda truth: str(truth).lower()),
    st.dates().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: f"{x:.3f}"),
    st.text("abc #[]{}=,.'\n", max_size=8).map(lambda text: f'"""{text}"""'),
    st.text('abc #[]{}=,."\n', max_size=8).map(lambda text: f"'''{text}'''"),
    st.text("abc #[]{}=,.'", max_size=8).map(lambda text: f'"{text}"'),
    st.text("ab\"'\\\n", max_size=5).map(
        lambda text: '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"'
    ),
)
gaps = st.sampled_from(["", " ", "\n", " # ]}\n", "\r\n\t"])


def inline(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(st.tuples(gaps, values, gaps).map("".join), max_size=3)
    pairs = st.lists(
        st.tuples(gaps, keys, st.just(" = "), values, gaps).map("".join), max_size=3
    )
    return st.one_of(
        items.map(lambda parts: "[" + ",".join(parts) + "]"),
        pairs.map(lambda parts: "{" + ",".join(parts) + "}"),
    )


values = st.recursive(scalars, inline, max_leaves=6)
dotted = st.lists(keys, min_size=1, max_size=3).map(" . ".join)
statements = st.one_of(
    st.tuples(dotted, st.just(" = "), values, st.sampled_from(["", " # =["])).map(
        "".join
    ),
    dotted.map(lambda name: f"[{name}]"),
    dotted.map(lambda name: f"[[ {name} ]]"),
    st.just(""),
)
documents = st.builds(
    lambda lines, ending: ending.join(lines),
    st.lists(statements, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
)


@settings(deadline=None)
@given(documents)
def test_the_scanner_and_the_parser_see_the_same_paths(text: str) -> None:
    outline = Outline(text)
    try:
        whole = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return  # what is wrong here is told by the parser; nothing was raised
    assert outline.repeat is None
    assert set(outline.spans) == set(paths(whole))


@settings(deadline=None)
@given(st.text("ab=[]{}\"'\\.,#\n 1", max_size=40))
def test_nothing_makes_the_scanner_fail(text: str) -> None:
    Outline(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = """' + '"" x' * 60_000 + '"""',
        'a = """' + "\\n" * 120_000 + '"""',
        "a = '''" + "'' x" * 60_000 + "'''",
        'a = "' + "\\u0041" * 40_000 + '"',
        "a = [" + "1," * 120_000 + "]",
        "a = [" + "# x\n" * 60_000 + "]",
        "".join(f"k{i}.a = 1\n" for i in range(20_000)),
    ],
    ids=lambda text: text[:12],
)
def test_the_scanner_takes_its_time_for_the_length_only(text: str) -> None:
    began = perf_counter()
    Outline(text)
    assert perf_counter() - began < 5


def test_the_scanner_needs_no_help_with_indentation() -> None:
    text = dedent(
        """
          [members]
          alice = "admin"
        """
    )
    span = Outline(text).spans["members", "alice"]
    assert text[span.key : span.value_end] == 'alice = "admin"'


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_what_is_wanted_alone_is_where_it_is_among_everything(text: str) -> None:
    for path, span in Outline(text).spans.items():
        assert Outline(text, {path}).spans[path] == span


def test_items_behind_those_that_are_wanted_are_passed_over() -> None:
    more = '"c\\"", {x = 1}, """,""", "",\n2027-01-31 10:00:00'
    text = f'a = [1, "b", [2], {more},] # ]\nz = 1'
    spans = Outline(text, {("a", 1), ("z",)}).spans
    assert text[slice(*spans["a", 1][:2])] == '"b"'
    assert ("a", 3) not in spans
    assert text[slice(*spans[("z",)][2:])] == "1"
    assert text[slice(*spans[("a",)][2:])].endswith(",]")


def test_a_repeated_key_is_found_in_any_item() -> None:
    text = "a = [{x = 1}, {x = 1, x = 2}, {x = 1}]\n"
    repeat = Outline(text, ()).repeat
    assert repeat is not None
    assert repeat.again.key == text.index("x = 2")
