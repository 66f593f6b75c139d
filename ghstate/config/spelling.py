"""How names may be spelled, and how doubtful ones are shown."""

from __future__ import annotations

import re

from ghstate.config.limits import MAX_ADDRESS
from ghstate.model.names import slug_of

# As texts, because the schemas for editors say the same. They keep to what the
# regular expressions of all languages have in common.
LOGIN_FORM = "[A-Za-z0-9_-]{1,39}"
"""GitHub: letters, digits and hyphens; the underscore for enterprise-managed users."""

_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LAST_LABEL = "[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
EMAIL_FORM = rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+{_LAST_LABEL}"
"""An address that mail on the internet goes to, in ASCII only.

In other alphabets there are letters that look like these, and an invitation would go
to a stranger whom no reviewer could tell from the person meant.
"""

ORGANIZATION_FORM = "[A-Za-z0-9][A-Za-z0-9-]{0,38}"
SLUG_FORM = "[a-z0-9_-]{1,255}"
GROUP_FORM = "[A-Za-z0-9_-]{1,100}"
GROUP_GLOB_FORM = r"[A-Za-z0-9_\[\]!*?-]{1,100}"
TEAM_REFERENCE_FORM = rf"team:({SLUG_FORM}|\*)"
LOGIN_GLOB_FORM = r"[A-Za-z0-9_\[\]!*?-]{1,100}"
GUARDED_FORM = (
    f"{LOGIN_FORM}|{EMAIL_FORM}|group:{GROUP_GLOB_FORM}|{TEAM_REFERENCE_FORM}"
)
"""Of whom the settings can say that they never get anything."""

DURATION_FORM = "[0-9]{1,9}[smhd]"
URL_FORM = (
    r"(https://[^\s/?#@\\]+"
    r"|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)"
    r"(/[^\s?#@\\]*)?"
)
_S3_NAME = "[A-Za-z0-9_][A-Za-z0-9_.=+-]*"
_HOST = r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
STATE_URL_FORM = (
    rf"(s3://[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9](/{_S3_NAME})+"
    rf"|postgresql://([A-Za-z0-9_.%+-]+@)?{_HOST}?(:[0-9]{{1,5}})?/[A-Za-z0-9_-]+"
    r"(\?sslmode=(disable|allow|prefer|require|verify-ca|verify-full))?"
    r"(#[A-Za-z0-9_][A-Za-z0-9_.-]*)?)"
)
"""Where several machines share a state; nothing in it can be a password or a key."""

UNSEEN_FORM = (
    r"[\u0000-\u001f\u007f-\u009f"  # control characters of ASCII and of Latin-1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of writing
    r"\u200b\u2028\u2029\ufeff]"  # invisible, or a line break to some programs
)

LOGIN = re.compile(LOGIN_FORM)
EMAIL = re.compile(EMAIL_FORM)
SLUG = re.compile(SLUG_FORM)
GROUP = re.compile(GROUP_FORM)
GROUP_GLOB = re.compile(GROUP_GLOB_FORM)
UNSEEN = re.compile(UNSEEN_FORM)
"""Characters that make a text look like something it is not."""

_BARE_KEY = re.compile("[A-Za-z0-9_-]+")
_EMAIL_DRESSED_UP = re.compile(
    rf"\s*+(?:mailto:|[^<>]*+<)?(?P<address>{EMAIL_FORM})>?\s*+", re.IGNORECASE
)
_ESCAPED = re.compile(rf'["\\]|{UNSEEN_FORM}')
_SHOWN = 60
_REFERENCES = ("group:", "team:")


def quoted(text: str) -> str:
    """The text in quotes, with whatever cannot be seen spelled out, cut if long."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return '"' + _ESCAPED.sub(_spelled_out, cut) + '"'


def _spelled_out(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return "\\" + character
    return f"\\u{ord(character):04x}"


def toml_string(text: str) -> str:
    """The text as a TOML string, all of it."""
    return '"' + _ESCAPED.sub(_spelled_out, text) + '"'


def toml_key(name: str) -> str:
    """The name as a TOML key, in quotes if it needs them."""
    return name if _BARE_KEY.fullmatch(name) else toml_string(name)


def wrong_person(text: str) -> tuple[str, str] | None:
    """What is wrong with a login or an e-mail address, and what to do about it."""
    if LOGIN.fullmatch(text):
        return None
    if "@" in text and not text.lower().startswith(_REFERENCES):
        return wrong_address(text)
    return wrong_login(text)


def wrong_address(text: str) -> tuple[str, str] | None:
    """What is wrong with an e-mail address, and what to write instead."""
    if len(text) <= MAX_ADDRESS and EMAIL.fullmatch(text):
        return None
    return f"{quoted(text)} is not an e-mail address", _better_address(text)


def _better_address(text: str) -> str:
    if len(text) > MAX_ADDRESS:
        return f"an address has at most {MAX_ADDRESS} characters"
    if text.count("@") > 1:
        return "an address has one @"
    local, at, domain = text.partition("@")
    if at and LOGIN.fullmatch(local + domain) and not (local and domain):
        return f"did you mean the login {quoted(local + domain)}?"
    if dressed := _EMAIL_DRESSED_UP.fullmatch(text):
        return f"did you mean {quoted(dressed['address'])}?"
    if not text.isascii():
        return "write it in ASCII, where no letter looks like another"
    if at and "." not in domain:
        return 'behind the @ stands a domain, such as "acme.example"'
    return 'an address looks like "name@acme.example"'


def wrong_login(text: str) -> tuple[str, str] | None:
    """What is wrong with a login, and what to do about it."""
    if LOGIN.fullmatch(text):
        return None
    folded = text.lower()
    if folded.startswith(_REFERENCES):
        return f"{quoted(text)} is not one person", "write the person's login"
    if folded.endswith("[bot]") or folded.startswith("app/"):
        return (
            f"{quoted(text)} is an App, not a person",
            "Apps are installed in the organization, not invited to it",
        )
    if wrong_address(text) is None:
        return f"{quoted(text)} is an e-mail address", "write the person's login"
    return (
        f"{quoted(text)} is not a GitHub login",
        "a login is 1 to 39 letters, digits and hyphens",
    )


def is_reference(text: str) -> bool:
    """Does *text* name a set of people, rightly or not? No login or address does."""
    return ":" in text and text.lower().startswith(_REFERENCES)


def wrong_group(text: str) -> tuple[str, str] | None:
    """What is wrong with the name of a group, and what to write instead."""
    if GROUP.fullmatch(text):
        return None
    return (
        f"{quoted(text)} is not a name for a group",
        "it has 1 to 100 letters, digits, hyphens and underscores",
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
