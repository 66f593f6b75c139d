"""Errors, as people meet them."""

from datetime import UTC, datetime
from io import StringIO

from hypothesis import given
from inline_snapshot import snapshot as exactly

from ghstate.errors import (
    FilesError,
    GhstateError,
    LimitReached,
    Problem,
    StateLocked,
)
from ghstate.report.console import Color, console, show
from ghstate.report.problems import to_text
from tests.report.nasty import nasty

GRACE = Problem(
    "teams/platform.toml",
    7,
    19,
    'no member "grcae"',
    'did you mean "grace"?',
    'members = ["bob", "grcae"]',
    7,
)


def read(error: GhstateError, color: Color = Color.NEVER) -> str:
    stream = StringIO()
    show(to_text(error), console(color, stream, {}))
    return stream.getvalue()


def test_a_problem_shows_the_line_and_what_is_meant() -> None:
    assert read(FilesError([GRACE])) == exactly("""\
error: teams/platform.toml:7:19: no member "grcae"; did you mean "grace"?
  7 │ members = ["bob", "grcae"]
    │                   ‾‾‾‾‾‾‾
""")


def test_all_problems_are_told_together_and_counted() -> None:
    other = Problem("members.toml", 12, 1, "no such key: rol", "", "rol = 1", 3)
    bare = Problem("members.toml", 3, 1, "not valid TOML")
    assert read(FilesError([GRACE, other, bare])) == exactly("""\
error: members.toml:3:1: not valid TOML

error: members.toml:12:1: no such key: rol
  12 │ rol = 1
     │ ‾‾‾

error: teams/platform.toml:7:19: no member "grcae"; did you mean "grace"?
  7 │ members = ["bob", "grcae"]
    │                   ‾‾‾‾‾‾‾

3 problems in the files
""")


def test_wide_characters_and_tabs_keep_the_line_under_what_is_meant() -> None:
    excerpt = '"名前"\t= "owner"'
    problem = Problem("a.toml", 100, 8, "no such role", "", excerpt, 7)
    assert read(FilesError([problem])) == exactly("""\
error: a.toml:100:8: no such role
  100 │ "名前"    = "owner"
      │             ‾‾‾‾‾‾‾
""")


def test_of_a_long_line_only_the_part_around_is_shown() -> None:
    excerpt = "members = [" + ", ".join(f'"p{n:03}"' for n in range(500)) + "]"
    column = excerpt.index('"p250"') + 1
    problem = Problem("a.toml", 1, column, "no such member", "", excerpt, 6)
    shown = read(FilesError([problem])).splitlines()
    line, mark = shown[1], shown[2]
    assert max(map(len, shown)) < 180
    assert line[mark.index("‾") : mark.rindex("‾") + 1] == '"p250"'


def test_a_place_past_the_end_of_the_line_is_marked_all_the_same() -> None:
    problem = Problem("a.toml", 1, 5, "a value is missing", "", "a = ", 1)
    assert read(FilesError([problem])) == exactly("""\
error: a.toml:1:5: a value is missing
  1 │ a =
    │     ‾
""")


def test_any_error_names_the_way_out() -> None:
    error = StateLocked(
        "the state is locked by ada@runner-7, for apply, since 9:12",
        hint="wait with --lock-timeout 5m",
    )
    assert read(error) == exactly("""\
error: the state is locked by ada@runner-7, for apply, since 9:12
  wait with --lock-timeout 5m
""")


def test_a_limit_says_when_to_come_back() -> None:
    at = datetime(2026, 11, 21, 10, 12, tzinfo=UTC)
    assert read(LimitReached("50 invitations a day", retry_at=at)) == exactly("""\
error: 50 invitations a day
  again from 2026-11-21 10:12 UTC
""")


def test_an_error_is_red_in_a_terminal() -> None:
    shown = read(StateLocked("locked"), Color.ALWAYS).replace("\x1b", "^")
    assert shown == exactly("^[1;31merror:^[0m^[1m locked^[0m\n")


@given(nasty)
def test_r14_a_hostile_file_shows_only_what_can_be_seen(text: str) -> None:
    line = text.replace("\n", "").replace("\r", "")
    problem = Problem(text, 1, 2, text, text, line, max(len(line), 1))
    shown = read(FilesError([problem])) + read(GhstateError(text, hint=text))
    assert shown.replace("\n", "").isprintable()
    for each in shown.split("\n"):
        assert not each.lstrip().startswith("::")
        assert "##[" not in each
