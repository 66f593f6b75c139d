"""What is around an organization: time, accounts, mail, and the audit log."""

import re
from datetime import UTC, datetime, timedelta
from itertools import count

from ghstate.sandbox.audit import Action, Event
from ghstate.sandbox.policy import Policy
from ghstate.sandbox.records import Account, AccountKind, Actor, Mail, Why

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,37}[a-z0-9])?", re.IGNORECASE)


class Surroundings:
    """Everybody there is, a clock, the mails that went out, and what was recorded.

    The clock stands at *start* and moves with `pass_time`; without *start* it is the
    real one, ahead by the time that was made to pass.
    """

    def __init__(self, start: datetime | None) -> None:
        self._start = start
        self._passed = timedelta()
        self._ids = count(1_000)
        self._logins: dict[str, int] = {}
        self.policy = Policy()
        self.accounts: dict[int, Account] = {}
        self.mails: list[Mail] = []
        self.events: list[Event] = []
        """What the audit log has."""

    @property
    def now(self) -> datetime:
        """To the second, as GitHub tells times."""
        base = self._start or datetime.now(UTC)
        return (base + self._passed).replace(microsecond=0)

    def pass_time(self, by: timedelta) -> None:
        self._passed += by

    def next_id(self) -> int:
        return next(self._ids)

    def account(self, login: str) -> Account | None:
        """Whoever has *login* now, in whatever case it is written."""
        found = self._logins.get(login.lower())
        if found is not None:
            return self.accounts[found]
        if self.policy.strangers_exist and _LOGIN.fullmatch(login):
            return self._add(login, self.next_id())
        return None

    def known(self, login: str) -> Account:
        """The account at *login*, for callers that know that there is one."""
        found = self.account(login)
        if found is None:
            raise KeyError(login)
        return found

    def is_taken(self, login: str) -> bool:
        return login.lower() in self._logins

    def add_account(
        self,
        login: str,
        *,
        id: int | None = None,  # noqa: A002 - it is what GitHub calls it
        name: str | None = None,
        kind: AccountKind = AccountKind.USER,
        email: str | None = None,
    ) -> Account:
        if login.lower() in self._logins:
            raise ValueError(f"{login} is taken")
        account = self._add(login, self.next_id() if id is None else id)
        account.name = name
        account.kind = kind
        if email is not None:
            account.emails.add(email.lower())
        return account

    def _add(self, login: str, account_id: int) -> Account:
        account = Account(id=account_id, login=login, created_at=self.now)
        self.accounts[account.id] = account
        self._logins[login.lower()] = account.id
        return account

    def account_or_new(self, login: str) -> Account:
        return self.account(login) or self.add_account(login)

    def forget(self, account: Account) -> None:
        del self._logins[account.login.lower()]
        del self.accounts[account.id]

    def rename(self, login: str, to: str) -> Account:
        """Somebody takes another login; the old one is free for anybody."""
        account = self.known(login)
        if self._logins.get(to.lower(), account.id) != account.id:
            raise ValueError(f"{to} is taken")
        del self._logins[account.login.lower()]
        account.login = to
        self._logins[to.lower()] = account.id
        return account

    def actor(self, login: str) -> Actor:
        return Actor(self.known(login).id)

    def record(
        self,
        action: Action,
        *,
        actor: int,
        user: int | None = None,
        team: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Write into the audit log what *actor* did, with logins as they are now."""
        affected = None if user is None else self.accounts[user]
        self.events.append(
            Event(
                number=len(self.events) + 1,
                action=action,
                actor=self.accounts[actor].login,
                actor_id=actor,
                user=None if affected is None else affected.login,
                user_id=user,
                at=at or self.now,
                team=team,
            )
        )

    def mail(self, to: str, why: Why) -> None:
        self.mails.append(Mail(to, why, self.now))

    def mails_to(self, who: str) -> list[Why]:
        """What *who*, a login or an address, was written for, in order."""
        return [mail.why for mail in self.mails if mail.to.lower() == who.lower()]
