"""What a long command tells while it runs."""

from io import StringIO

import pytest
from hypothesis import given
from inline_snapshot import snapshot as exactly

from ghstate.plan.change import Change
from ghstate.report.console import Color, console
from ghstate.report.progress import Ending, Progress, Silence, progress
from tests.report import stories
from tests.report.nasty import nasty


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def an_apply(listener: Progress) -> None:
    listener.reading(1, "people")
    listener.reading(2, "people")
    listener.reading(5, "teams")
    listener.waiting(90, "GitHub asks for a pause")
    endings: list[tuple[Change, Ending, str]] = [
        (stories.invites("Bob"), Ending.DONE, ""),
        (stories.adds("ops", "gil"), Ending.NOT_NEEDED, ""),
        (stories.promotes("carol"), Ending.FAILED, "HTTP 403: no"),
        (stories.removes("dave"), Ending.UNKNOWN, "no answer"),
        (stories.takes_out("ops", "hal"), Ending.NOT_TRIED, ""),
    ]
    for change, ending, why in endings:
        listener.started(change)
        listener.ended(change, ending, why)
    listener.finished()


def test_a_log_gets_a_line_for_all_that_begins_or_ends() -> None:
    stream = StringIO()
    an_apply(progress(console(Color.AUTO, stream, {}), changes=5))
    assert stream.getvalue() == exactly("""\
reading people
reading teams
… waiting 1 minute 30 seconds: GitHub asks for a pause
1/5 + Bob  invite as member
2/5 · ops: gil  add as member  nothing left to do
3/5 ✗ carol  member → admin  failed: HTTP 403: no
4/5 ! dave  remove  not known whether it happened: no answer
5/5 ! ops: hal  remove  not tried
""")


def test_where_there_are_no_invitations_people_are_added() -> None:
    stream = StringIO()
    listener = progress(console(Color.AUTO, stream, {}), changes=1, at_once=True)
    listener.ended(stories.invites("Bob"), Ending.DONE)
    assert stream.getvalue() == "1/1 + Bob  add as member\n"


def test_a_refresh_tells_what_it_reads() -> None:
    stream = StringIO()
    listener = progress(console(Color.AUTO, stream, {}))
    listener.reading(1, "people")
    listener.reading(1, "teams")
    listener.finished()
    assert stream.getvalue() == exactly("""\
reading people
reading teams
""")


def test_on_a_terminal_the_last_line_moves_and_the_outcome_stays() -> None:
    stream = Terminal()
    an_apply(progress(console(Color.NEVER, stream, {"TERM": "xterm"}), changes=5))
    shown = stream.getvalue()
    assert "\r" in shown or "\x1b[" in shown
    for line in (
        "+ Bob  invite as member\n",
        "✗ carol  member → admin  failed: HTTP 403: no\n",
        "! ops: hal  remove  not tried\n",
    ):
        assert line in shown


def test_what_never_began_to_move_can_be_finished() -> None:
    stream = Terminal()
    progress(console(Color.NEVER, stream, {"TERM": "xterm"})).finished()
    assert stream.getvalue() == ""


def test_an_outcome_has_the_colour_of_what_it_means() -> None:
    stream = StringIO()
    listener = progress(console(Color.ALWAYS, stream, {}), changes=12)
    listener.ended(stories.invites("Bob"), Ending.DONE)
    listener.ended(stories.removes("dave"), Ending.FAILED, "HTTP 403")
    assert stream.getvalue().replace("\x1b", "^") == exactly("""\
^[2m 1/12 ^[0m^[32m+^[0m Bob  ^[32minvite as member^[0m
^[2m 2/12 ^[0m^[1;31m✗^[0m dave  ^[31mremove^[0m^[1;31m  failed: HTTP 403^[0m
""")


def test_silence_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    an_apply(Silence())
    assert capsys.readouterr() == ("", "")


@given(nasty)
def test_r14_progress_shows_hostile_text_harmlessly(text: str) -> None:
    stream = StringIO()
    listener = progress(console(Color.NEVER, stream, {}))
    listener.reading(1, text or "x")
    listener.waiting(1, text)
    listener.ended(stories.invites("Bob"), Ending.FAILED, text)
    shown = stream.getvalue()
    assert shown.count("\n") == 3
    assert shown.replace("\n", "").isprintable()
    assert "##[" not in shown
