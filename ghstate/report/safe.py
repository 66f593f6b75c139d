r"""Other people's text, made harmless before anybody prints it.

Names, descriptions and reasons are written by others. In a terminal they could move
the cursor or reverse the reading order; in a pipeline they could give orders to the
runner (traps R14, CWE-150). Whatever is not plainly visible is shown as an escape:
``\x1b``, ``\u202e``.
"""

from __future__ import annotations

import re

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks by their category that nevertheless show nothing."""

# GitHub's runner takes a line for a command when it begins with "::" after any white
# space, and when it has "##[" anywhere (actions/runner, ActionCommand.cs).
_COMMAND = re.compile(r"\A:(?=:)|(?<=##)\[")

_JOINED = re.compile(r"(?<=\A:):|(?<=##)\[")
"""The same, where the beginning is written already and its end can be escaped."""


def safe(text: str) -> str:
    """*text* in one line, with nothing in it that does more than being read."""
    if not text.isprintable() or not _BLANK.isdisjoint(text):
        text = "".join(map(_shown, text))
    if "##[" in text or text.lstrip().startswith("::"):
        margin = text[: len(text) - len(text.lstrip())]
        text = margin + _COMMAND.sub(_escaped, text[len(margin) :])
    return text


def safe_after(line: str, text: str) -> str:
    """*text* made harmless where it goes on after *line*, which is so already.

    Two pieces that are harmless may not be so side by side.
    """
    shown = safe(text)
    if not line or not shown.startswith((":", "[", "#")):
        return shown
    whole = line + shown
    start = len(whole) - len(whole.lstrip())
    return (whole[:start] + _JOINED.sub(_escaped, whole[start:]))[len(line) :]


def _shown(character: str) -> str:
    if character.isprintable() and character not in _BLANK:
        return character
    return character.encode("unicode_escape").decode()


def _escaped(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"
