"""What the lock file carries from run to run where no state survives."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ghstate.model.names import Login
from ghstate.model.organization import Organization
from ghstate.model.past import Past


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """The people of the files, as `ghstate lock` found them.

    Keyed as in the files: by login, or by the address of somebody whose account is
    not known yet.
    """

    organization: Organization
    ids: Mapping[Login, int] = msgspec.field(default_factory=dict)
    past: Mapping[Login, Past] = msgspec.field(default_factory=dict)
    managed: frozenset[str] | None = None
    """The kinds of things that the files managed, by `Resource.TYPE`; None where the
    lock file does not say."""
