"""Names as GitHub compares them: without regard to case, shown as spelled."""

from __future__ import annotations

import re
import unicodedata
from typing import Self


class Name(str):
    """A name that compares, sorts and prints in lower case.

    GitHub folds the case of logins and slugs and keeps the spelling for show
    (traps T24): ``Login("Ada") == Login("ada") == "ada"``.
    """

    __slots__ = ("spelled",)

    spelled: str
    """The name as somebody wrote it, for people to read."""

    def __new__(cls, text: str) -> Self:
        self = super().__new__(cls, text.lower())
        self.spelled = text
        return self

    def __getnewargs__(self) -> tuple[str]:
        return (self.spelled,)


class Login(Name):
    """A user's login."""

    __slots__ = ()


class EmailAddress(Login):
    """An address in the place of a login: somebody whose account is not known yet."""

    __slots__ = ()


class Slug(Name):
    """A team's slug, which is its address on GitHub."""

    __slots__ = ()


_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9_-]+")


def slug_of(name: str) -> Slug:
    """The slug that GitHub gives to a new team called *name*, as far as is known.

    GitHub documents "My TEam Näme" → ``my-team-name``; the exact rule for other
    characters is not published, so the answer is for warnings and for checks that
    GitHub's own answer confirms, never for addressing a team (traps T45).
    """
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return Slug(_NOT_IN_A_SLUG.sub("-", plain).strip("-"))
