"""A document in a terminal: colours, columns, and nothing that harms."""

import re
import sys
from collections.abc import Mapping
from io import BytesIO, StringIO, TextIOWrapper
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot as exactly
from msgspec.structs import replace

from ghstate.plan.document import digest
from ghstate.plan.plan import Plan
from ghstate.report.console import Color, console, moves, show
from ghstate.report.describe import describe
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.svg import to_svg
from ghstate.report.terminal import to_text
from tests.build import NOW
from tests.report import stories
from tests.report.nasty import nasty

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def document(plan: Plan) -> Document:
    return describe(plan, now=NOW, place_of=stories.spot_of, digest="3f9c2e71")


def printed(of: Document, color: Color, stream: StringIO | None = None) -> str:
    stream = stream or StringIO()
    show(to_text(of), console(color, stream, {"TERM": "xterm"}))
    return stream.getvalue()


def test_what_is_added_is_green_and_what_goes_is_red() -> None:
    text = printed(document(stories.small()), Color.ALWAYS)
    lines = text.replace("\x1b[", "^").splitlines()
    assert [lines[at][:60] for at in (3, 4, 5, 16, 19, 22)] == exactly(
        [
            "  ^32m+^0m Bob       ^32minvite as member^0m   with platform",
            "  ^33m~^0m carol     ^33mmember → admin^0m     becomes an or",
            "  ^31m-^0m dave      ^31mremove^0m             leaves 4 team",
            "      ^31m-^0m dave  ^31m(leaves with the organization)^0m",
            "  ^36m…^0m frank     ^36minvited as member^0m  3 days ago, 4",
            "  ^33m!^0m ^2mmembers.toml:14:1^0m  gil is called gil-new on",
        ]
    )


def test_colours_change_no_letter() -> None:
    coloured = printed(document(stories.small()), Color.ALWAYS)
    assert ESCAPE.sub("", coloured) == printed(document(stories.small()), Color.NEVER)


def test_show_prints_what_rich_would() -> None:
    text = to_text(document(stories.small()))
    stream, other = StringIO(), StringIO()
    show(text, console(Color.ALWAYS, stream, {}))
    console(Color.ALWAYS, other, {}).print(text, end="")
    assert stream.getvalue() == other.getvalue()


@pytest.mark.parametrize(
    ("color", "environment", "terminal", "coloured"),
    [
        (Color.AUTO, {}, True, True),
        (Color.AUTO, {}, False, False),
        (Color.AUTO, {"TERM": "dumb"}, True, False),
        (Color.AUTO, {"NO_COLOR": "1"}, True, False),
        (Color.AUTO, {"NO_COLOR": ""}, True, True),
        (Color.AUTO, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        (Color.AUTO, {"FORCE_COLOR": "1"}, False, True),
        (Color.AUTO, {"FORCE_COLOR": "0"}, True, False),
        (Color.AUTO, {"GITHUB_ACTIONS": "true"}, False, True),
        (Color.AUTO, {"GITHUB_ACTIONS": "true", "NO_COLOR": "1"}, False, False),
        (Color.ALWAYS, {"NO_COLOR": "1"}, False, True),
        (Color.NEVER, {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_the_flag_goes_over_the_environment_and_that_over_the_stream(
    color: Color, environment: Mapping[str, str], *, terminal: bool, coloured: bool
) -> None:
    stream = Terminal() if terminal else StringIO()
    show(to_text(document(stories.small())), console(color, stream, environment))
    assert ("\x1b[" in stream.getvalue()) is coloured


@pytest.mark.parametrize("force", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_what_rich_reads_in_the_environment_decides_nothing(
    force: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(force, "1")
    assert "\x1b" not in printed(document(stories.small()), Color.NEVER)
    assert not console(Color.ALWAYS, StringIO(), {}).is_interactive


@pytest.mark.parametrize(
    ("environment", "moving"),
    [({}, True), ({"CI": "true"}, False), ({"TERM": "dumb"}, False)],
)
def test_lines_move_only_where_somebody_looks_on(
    environment: Mapping[str, str], *, moving: bool
) -> None:
    assert moves(Terminal(), environment) is moving
    assert console(Color.AUTO, Terminal(), environment).is_interactive is moving
    assert not moves(StringIO(), environment)


def test_a_stream_that_knows_no_arrows_ends_no_run() -> None:
    raw = BytesIO()
    stream = TextIOWrapper(raw, encoding="ascii")
    show(to_text(document(stories.small())), console(Color.NEVER, stream, {}))
    stream.flush()
    assert rb"~ carol     member \u2192 admin" in raw.getvalue()


def test_markup_and_emoji_in_names_are_only_text() -> None:
    section = Section(title="People", lines=(Line(Tone.ADD, "[red]:smile:[/]"),))
    text = printed(Document(header="acme", sections=(section,)), Color.NEVER)
    assert "+ [red]:smile:[/]\n" in text


def test_a_document_without_a_header_begins_with_its_sections() -> None:
    section = Section(title="Failed", lines=(Line(Tone.ERROR, "ada"),))
    shown = printed(Document(sections=(section,)), Color.NEVER)
    assert shown == "\nFailed\n  ✗ ada\n"


def test_wide_characters_keep_the_columns_straight() -> None:
    lines = (Line(Tone.ADD, "名前", "create"), Line(Tone.ADD, "abcd", "create"))
    sections = (Section(title="Teams", lines=lines),)
    shown = printed(Document(header="acme", sections=sections), Color.NEVER)
    assert shown == exactly("""\
acme

Teams
  + 名前  create
  + abcd  create
""")


def hostile(text: str) -> Document:
    """A document that has *text* wherever text can be."""
    line = Line(Tone.PLAIN, text, text, text, (Line(Tone.PLAIN, text, text),))
    rows = Section(title=text, lines=(line, Line(Tone.REMOVE, "", "", text)))
    return Document(
        header=text,
        sections=(rows, replace(rows, remarks=True, counts=(Phrase(text),))),
        summary=(Phrase(text), Phrase(" · "), Phrase(text)),
        footer=text,
    )


@given(nasty.filter(bool))
def test_r14_hostile_text_stays_in_its_line_and_moves_nothing(text: str) -> None:
    shown = printed(hostile(text), Color.NEVER)
    assert shown.count("\n") == printed(hostile("x"), Color.NEVER).count("\n")
    assert shown.replace("\n", "").isprintable()
    for line in shown.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@given(st.lists(nasty, min_size=4, max_size=4))
def test_r14_pieces_that_are_joined_to_a_line_begin_no_workflow_command(
    pieces: list[str],
) -> None:
    """As a page that was forged may have them: a title and counts, a summary."""
    phrases = tuple(map(Phrase, pieces))
    section = Section(title=pieces[0], lines=(), counts=phrases)
    shown = printed(Document(sections=(section,), summary=phrases), Color.NEVER)
    for line in shown.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_r14_a_summary_in_two_pieces_stops_no_runner() -> None:
    phrases = (Phrase(":", Tone.ERROR), Phrase(":stop::"), Phrase("##"), Phrase("[x"))
    document = Document(header="acme", summary=phrases)

    assert printed(document, Color.NEVER) == "acme\n\n:\\x3astop::##\\x5bx\n"
    assert ESCAPE.sub("", printed(document, Color.ALWAYS)) == printed(
        document, Color.NEVER
    )


@given(nasty)
def test_r14_hostile_text_has_no_colour_of_its_own(text: str) -> None:
    shown = printed(hostile(text), Color.ALWAYS)
    assert ESCAPE.sub("", shown) == printed(hostile(text), Color.NEVER)


@given(st.integers(min_value=1, max_value=40))
def test_every_change_has_its_line(people: int) -> None:
    text = printed(document(stories.big(people)), Color.NEVER)
    for number in range(people):
        assert f"person-{number:05}" in text


def test_ten_thousand_changes_are_read_at_once() -> None:
    plan = stories.big(10_000)
    whole = document(plan)
    started = perf_counter()
    text = printed(whole, Color.ALWAYS)
    assert text.count("\n") > 10_000
    # 0.5 s where nothing else runs; the limit is for machines that are shared.
    assert perf_counter() - started < 5


def test_the_whole_digest_is_printed() -> None:
    plan = stories.small()
    whole = describe(plan, now=NOW, place_of=stories.spot_of, digest=digest(plan))
    assert f"--expect {digest(plan)}\n" in printed(whole, Color.NEVER)


def test_a_picture_is_the_same_each_time() -> None:
    picture = to_svg(document(stories.small()), "ghstate plan")
    assert picture == to_svg(document(stories.small()), "ghstate plan")
    assert picture.startswith("<svg ")
    assert "becomes&#160;an&#160;organization&#160;owner" in picture


def test_an_offline_plan_loads_little_of_rich() -> None:
    import subprocess  # noqa: PLC0415 - only here

    modules = "describe", "terminal", "console", "problems", "plan_json", "tables"
    code = "; ".join(
        ["import sys", *(f"import ghstate.report.{name}" for name in modules)]
    )
    loaded = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", f"{code}; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    ).stdout.split()
    heavy = {"rich.table", "rich.progress", "rich.live", "rich.traceback"}
    heavy |= {"rich.markdown", "asyncio", "aiohttp", "gql", "logging"}
    assert not heavy & set(loaded)
