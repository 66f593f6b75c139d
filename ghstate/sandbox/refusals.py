"""How GitHub says no."""

from collections.abc import Mapping
from dataclasses import dataclass


class Refused(Exception):
    """GitHub would not do this; nothing has changed."""


class NotFound(Refused):
    """There is no such thing, or the viewer may not know of it."""


@dataclass(eq=False)
class Forbidden(Refused):
    """*accepted* are the permissions an App would need."""

    message: str
    accepted: str | None = None


@dataclass(eq=False)
class Malformed(Refused):
    """The request cannot be read: JSON that is none, or no object."""

    message: str


@dataclass(eq=False)
class Invalid(Refused):
    """Understood and refused: a status of 422.

    *documentation* is given where GitHub points at something other than the page of
    the operation.
    """

    message: str = "Validation Failed"
    errors: tuple[Mapping[str, str], ...] = ()
    documentation: str | None = None


def invalid_invitation(message: str) -> Invalid:
    """The envelope GitHub puts around what is wrong with an invitation."""
    return Invalid(
        errors=(
            {
                "resource": "OrganizationInvitation",
                "code": "unprocessable",
                "field": "data",
                "message": message,
            },
        )
    )


def invalid_team(field: str, code: str, message: str) -> Invalid:
    return Invalid(
        errors=({"resource": "Team", "code": code, "field": field, "message": message},)
    )


def no_seat(organization: str) -> Invalid:
    return Invalid(
        "You must purchase at least one more seat to add this user as a member.",
        errors=({"code": "no_seat", "field": "user"},),
        documentation=(
            f"https://github.com/organizations/{organization}/settings/billing/seats"
        ),
    )
