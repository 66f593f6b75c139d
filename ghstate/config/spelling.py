"""How names may be spelled, and how doubtful ones are shown."""

from __future__ import annotations

import re

from ghstate.model.names import slug_of

# As texts, because the schemas for editors say the same. They keep to what the
# regular expressions of all languages have in common.
LOGIN_FORM = "[A-Za-z0-9_-]{1,39}"
"""GitHub: letters, digits and hyphens; the underscore for enterprise-managed users."""

ORGANIZATION_FORM = "[A-Za-z0-9][A-Za-z0-9-]{0,38}"
SLUG_FORM = "[a-z0-9_-]{1,255}"
LOGIN_GLOB_FORM = r"[A-Za-z0-9_\[\]!*?-]{1,100}"
DURATION_FORM = "[0-9]{1,9}[smhd]"
URL_FORM = (
    r"(https://[^\s/?#@\\]+"
    r"|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)"
    r"(/[^\s?#@\\]*)?"
)
UNSEEN_FORM = (
    r"[\u0000-\u001f\u007f-\u009f"  # control characters of ASCII and of Latin-1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of writing
    r"\u200b\u2028\u2029\ufeff]"  # invisible, or a line break to some programs
)

LOGIN = re.compile(LOGIN_FORM)
SLUG = re.compile(SLUG_FORM)
UNSEEN = re.compile(UNSEEN_FORM)
"""Characters that make a text look like something it is not."""

_ESCAPED = re.compile(rf'["\\]|{UNSEEN_FORM}')
_SHOWN = 60


def quoted(text: str) -> str:
    """The text in quotes, with whatever cannot be seen spelled out, cut if long."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return '"' + _ESCAPED.sub(_spelled_out, cut) + '"'


def _spelled_out(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return "\\" + character
    return f"\\u{ord(character):04x}"


def wrong_login(text: str) -> tuple[str, str] | None:
    """What is wrong with a login, and what to do about it."""
    if LOGIN.fullmatch(text):
        return None
    if text.lower().startswith(("group:", "team:")):
        return f"{quoted(text)[1:-1]} is not supported by this version", ""
    if text.lower().endswith("[bot]"):
        return (
            f"{quoted(text)} is an App, not a person",
            "install the App in the organization instead",
        )
    if "@" in text:
        return (
            "invitations by e-mail are not supported by this version",
            "write the person's login",
        )
    return (
        f"{quoted(text)} is not a GitHub login",
        "a login is 1 to 39 letters, digits and hyphens",
    )


def wrong_slug(text: str) -> tuple[str, str] | None:
    """What is wrong with a team's slug, and what to write instead."""
    if SLUG.fullmatch(text):
        return None
    if text.lower().startswith("ent:"):
        return (
            f"{quoted(text)} is a team of the enterprise",
            "it is managed there, and must not be named here",
        )
    better = slug_of(text[:255])
    hint = f"did you mean {quoted(better)}?" if better else ""
    return (
        f"{quoted(text)} is not a team's slug",
        hint or "a slug is lower-case letters, digits, hyphens and underscores",
    )
