"""What the files may say of one person, and the settings beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ghstate.config.desired import read_desired
from ghstate.config.table import Findings
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy, RemovalLimit, WrongRole
from ghstate.plan.change import Reason
from ghstate.sandbox.policy import PutOnPending
from tests.laws.company import (
    BOBS_ADDRESS,
    COLLEAGUE,
    OTHER_OWNER,
    OTHER_TEAM,
    OWNER,
    TEAM,
    Situation,
)

NO_LIMIT = RemovalLimit(count=1_000, percent=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the files say of the person; without a *role*, nothing."""

    name: str
    role: str | None = None
    by_address: bool = False
    with_email: bool = False
    team: str | None = None
    """In which of a team's two lists they stand: ``member`` or ``maintainer``."""

    def __str__(self) -> str:
        return self.name

    def called(self, situation: Situation) -> str:
        return BOBS_ADDRESS if self.by_address else situation.login

    def desired(self, situation: Situation, login: str | None = None) -> Desired:
        """All files together; *login* stands in for what they called the person."""
        key = login or self.called(situation)
        members: dict[str, Any] = {OWNER: "admin", COLLEAGUE: "member"}
        if situation.inviter is not None:
            members[OTHER_OWNER] = situation.inviter
        team = {"members": [COLLEAGUE], "maintainers": list[str]()}
        if self.role is not None:
            also = {"email": BOBS_ADDRESS} if self.with_email or login else {}
            members[key] = {"role": self.role, **also}
        if self.team is not None:
            team[f"{self.team}s"].append(key)
        teams = {TEAM: team, OTHER_TEAM: {"members": [COLLEAGUE]}}
        findings = Findings()
        files = {"members": members, "teams": teams}
        reading = read_desired(files, teams_all=False, findings=findings)
        assert not findings.found, findings.found
        return reading.desired


WISHES = (
    Wish(name="nothing"),
    Wish(name="member", role="member"),
    Wish(name="admin", role="admin"),
    Wish(name="member in the team", role="member", team="member"),
    Wish(name="member who maintains the team", role="member", team="maintainer"),
    Wish(name="admin in the team", role="admin", team="member"),
    Wish(name="member by address", role="member", by_address=True),
    Wish(name="admin by address", role="admin", by_address=True),
    Wish(
        name="member by address in the team",
        role="member",
        by_address=True,
        team="member",
    ),
    Wish(name="member with an address", role="member", with_email=True),
    Wish(
        name="admin with an address in the team",
        role="admin",
        with_email=True,
        team="member",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that bear on one person, and what GitHub does with a PUT."""

    wrong_role: WrongRole = WrongRole.REDUCE
    invite: bool = True
    remove: bool = True
    cancel_unlisted: bool = False
    put_on_pending: PutOnPending = PutOnPending.EDIT

    def __str__(self) -> str:
        features = [f for f in ("invite", "remove") if getattr(self, f)]
        emails = "cancel" if self.cancel_unlisted else "report"
        put = self.put_on_pending.name.lower()
        return f"{self.wrong_role}, {features}, {emails}, a PUT makes GitHub {put}"

    @property
    def policy(self) -> Policy:
        return Policy(
            wrong_role=self.wrong_role,
            invite=self.invite,
            remove=self.remove,
            cancel_unlisted=self.cancel_unlisted,
            max_removals=NO_LIMIT,
        )


USUAL = Settings()


INVITING = frozenset({Reason.INVITE, Reason.REINVITE, Reason.REPLACE_INVITATION})
REMOVING = frozenset({Reason.REMOVE, Reason.CANCEL_INVITATION})


def settings_that_matter(
    reasons: Collection[Reason], codes: Collection[str]
) -> Iterator[Settings]:
    """What else to try, where the usual plan had *reasons* and notes with *codes*."""
    sends, takes = not INVITING.isdisjoint(reasons), not REMOVING.isdisjoint(reasons)
    if sends:
        yield Settings(invite=False)
    if takes:
        yield Settings(remove=False)
    if sends and takes:
        yield Settings(invite=False, remove=False)
    if Reason.REPLACE_INVITATION in reasons or "invitation-role" in codes:
        yield Settings(wrong_role=WrongRole.CORRECT)
        yield Settings(wrong_role=WrongRole.LEAVE)
    if "unlisted-email" in codes:
        yield Settings(cancel_unlisted=True)
