"""Errors, as people meet them: what is wrong, where, and the way out."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from ghstate.errors import FilesError, GhstateError, LimitReached, Problem
from ghstate.report.safe import safe
from ghstate.report.words import plural

_EXCERPT = 160
"""A longer line is shown around the place that is meant."""


def to_text(error: GhstateError) -> Text:
    """The whole error, harmless, ending in a line break."""
    text = Text(end="")
    if not isinstance(error, FilesError):
        _headline(text, safe(error.message))
        if error.hint:
            text.append(f"  {safe(error.hint)}\n")
        if isinstance(error, LimitReached) and error.retry_at is not None:
            text.append(f"  again from {error.retry_at:%Y-%m-%d %H:%M %Z}".rstrip())
            text.append("\n")
        return text
    for number, problem in enumerate(error.problems):
        if number:
            text.append("\n")
        _problem(text, problem)
    if len(error.problems) > 1:
        text.append(f"\n{plural(len(error.problems), 'problem', 'problems')}")
        text.append(" in the files\n")
    return text


def _problem(text: Text, problem: Problem) -> None:
    place = f"{problem.file}:{problem.line}:{problem.column}"
    sentence = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    _headline(text, f"{safe(place)}: {safe(sentence)}")
    if problem.excerpt:
        _excerpt(text, problem)


def _headline(text: Text, sentence: str) -> None:
    text.append("error:", "bold red")
    text.append(f" {sentence}", "bold")
    text.append("\n")


def _excerpt(text: Text, problem: Problem) -> None:
    """The line as written, with a line over what is meant below it."""
    number = str(problem.line)
    start = problem.column - 1
    before, after = _window(problem.excerpt, start)
    meant = problem.excerpt[start : min(start + problem.length, after)]
    lead = ("…" if before else "") + _shown(problem.excerpt[before:start])
    line = ("…" if before else "") + _shown(problem.excerpt[before:after]).rstrip()
    line += "…" if after < len(problem.excerpt) else ""
    margin = " " * len(number)
    text.append(f"  {number} │ ", "dim")
    text.append(f"{line}\n")
    text.append(f"  {margin} │ ", "dim")
    text.append(" " * cell_len(lead))
    text.append("‾" * max(cell_len(_shown(meant)), 1) + "\n", "red")


def _shown(part: str) -> str:
    return safe(part.replace("\t", "    "))


def _window(excerpt: str, start: int) -> tuple[int, int]:
    """The part of *excerpt* to show, from where to where."""
    if len(excerpt) <= _EXCERPT:
        return 0, len(excerpt)
    first = max(0, min(start - _EXCERPT // 2, len(excerpt) - _EXCERPT))
    return first, first + _EXCERPT
