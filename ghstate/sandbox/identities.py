"""SAML single sign-on: who an account is to the organization's identity provider."""

from dataclasses import dataclass, field
from uuid import UUID

from ghstate.sandbox.records import Account


@dataclass(slots=True, kw_only=True)
class Identity:
    """Somebody as the identity provider knows them.

    *name_id* None: they have not signed on yet. *account* None: nobody has claimed
    this identity. *scim_username* None: it was not provisioned over SCIM.
    """

    number: int
    name_id: str | None
    username: str | None
    scim_username: str | None
    account: int | None

    @property
    def guid(self) -> str:
        return str(UUID(int=self.number))

    def is_called(self, name: str) -> bool:
        """Whether *name* is the NameID or the userName, in whatever case."""
        known = {self.name_id, self.username} - {None}
        return name.lower() in {each.lower() for each in known if each}


@dataclass(slots=True)
class IdentityProvider:
    """What an organization has that turned SAML on for itself."""

    identities: dict[int, Identity] = field(default_factory=dict)

    def link(
        self,
        account: Account | None,
        name_id: str | None,
        *,
        username: str | None = None,
        scim_username: str | None = None,
    ) -> Identity:
        """Have *account* sign on as *name_id*; the userName is the same unless said."""
        identity = Identity(
            number=len(self.identities) + 1,
            name_id=name_id,
            username=name_id if username is None else username,
            scim_username=scim_username,
            account=None if account is None else account.id,
        )
        self.identities[identity.number] = identity
        return identity
