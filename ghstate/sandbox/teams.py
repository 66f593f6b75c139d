"""Teams and who is in them: what the calls do, and what GitHub will not have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeAlias

from ghstate.sandbox.audit import Action
from ghstate.sandbox.invitations import check_blocked, offer
from ghstate.sandbox.memberships import add_at_once, left_over
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    Account,
    AccountKind,
    Actor,
    InvitationRole,
    OrgRole,
    Privacy,
    Team,
    TeamRole,
    TeamType,
    Why,
)
from ghstate.sandbox.refusals import Forbidden, Invalid, NotFound, invalid_team
from ghstate.sandbox.slugs import slug_of
from ghstate.sandbox.world import World


class _Unsaid(Enum):
    UNSAID = "unsaid"


UNSAID: Final = _Unsaid.UNSAID
Unsaid: TypeAlias = Literal[_Unsaid.UNSAID]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFields:
    """What a call says about a team; a key that was not sent is `UNSAID`."""

    name: str | Unsaid = UNSAID
    description: str | Unsaid | None = UNSAID
    privacy: Privacy | Unsaid = UNSAID
    notifications: bool | Unsaid = UNSAID
    parent: int | Unsaid | None = UNSAID


def create(
    world: World, actor: Actor, wanted: TeamFields, maintainers: Sequence[str] = ()
) -> Team:
    """Make a team: secret unless said otherwise, closed under a parent.

    With a user's token that user is a maintainer of it from the start.
    """
    if not actor.app and actor.account not in world.members:
        raise Forbidden("You must be a member of this organization to create a team.")
    if wanted.name is UNSAID or not wanted.name.strip():
        raise invalid_team("name", "missing_field", "Name can't be blank")
    parent = None if wanted.parent is UNSAID else wanted.parent
    privacy = wanted.privacy
    if privacy is UNSAID:
        privacy = Privacy.SECRET if parent is None else Privacy.CLOSED
    team = Team(
        id=world.next_id(),
        name=wanted.name,
        slug=slug_of(wanted.name),
        description=None if wanted.description is UNSAID else wanted.description,
        privacy=privacy,
        notifications=wanted.notifications is not False,
        parent=parent,
        created_at=world.now,
        updated_at=world.now,
    )
    _check(world, team)
    leaders = [_leader(world, login) for login in maintainers]
    if actor.app and not world.policy.app_children_keep_parent:
        team.parent = None
    world.teams[team.id] = team
    _record(world, Action.CREATE_TEAM, actor, team)
    if team.parent is not None:
        _record(world, Action.CHANGE_PARENT_TEAM, actor, team)
    makers = [leader.id for leader in leaders]
    if not actor.app:
        makers.append(actor.account)
    for maker in dict.fromkeys(makers):
        world.place(team, maker, TeamRole.MAINTAINER)
        _record(world, Action.ADD_TEAM_MEMBER, actor, team, maker)
    return team


def _record(
    world: World, action: Action, actor: Actor, team: Team, user: int | None = None
) -> None:
    world.record(action, actor=actor.account, user=user, team=team.slug)


def _leader(world: World, login: str) -> Account:
    account = world.account(login)
    if account is None or account.id not in world.members:
        raise invalid_team(
            "maintainers", "invalid", f"{login} is not a member of this organization"
        )
    return account


def _check(world: World, team: Team) -> None:
    """Refuse a team that could not stand beside the others as it is."""
    if not team.slug:
        raise invalid_team("name", "invalid", "Name must have a letter or a digit")
    for other in world.teams.values():
        same = other.name.lower() == team.name.lower() or other.slug == team.slug
        if same and other.id != team.id:
            raise invalid_team(
                "name", "already_exists", "Name must be unique for this org"
            )
    if team.parent is not None:
        _check_parent(world, team, team.parent)
    if team.privacy is Privacy.SECRET and world.children(team):
        raise invalid_team("privacy", "invalid", "A parent team cannot be secret")


def _check_parent(world: World, team: Team, parent_id: int) -> None:
    parent = world.teams.get(parent_id)
    if parent is None:
        raise invalid_team("parent_team_id", "invalid", "Parent team does not exist")
    if parent.type is TeamType.ENTERPRISE:
        raise invalid_team("parent_team_id", "invalid", "Enterprise teams do not nest")
    if Privacy.SECRET in {team.privacy, parent.privacy}:
        raise invalid_team("privacy", "invalid", "Secret teams cannot be nested")
    above = [parent, *world.ancestors(parent)]
    if any(each.id == team.id for each in above):
        raise invalid_team("parent_team_id", "invalid", "A team cannot be below itself")


def must_edit(world: World, actor: Actor, team: Team, message: str) -> None:
    """Refuse anybody but owners and the team's maintainers, and enterprise teams."""
    if not actor.app and not world.is_owner(actor.account):
        role = team.members.get(actor.account)
        if role is not TeamRole.MAINTAINER:
            raise Forbidden(message)
    if team.type is TeamType.ENTERPRISE:
        raise Invalid("Enterprise teams cannot be changed in an organization.")


def edit(world: World, actor: Actor, team: Team, wanted: TeamFields) -> bool:
    """Change what differs, and tell whether anything did; the slug follows the name."""
    must_edit(world, actor, team, "You must be able to administer this team.")
    after = _edited(team, wanted)
    before = _settings(team)
    if _settings(after) == before:
        return False
    _check(world, after)
    changed = [action for action, read in _RECORDED if read(after) != read(team)]
    team.name, team.slug = after.name, after.slug
    team.description, team.privacy = after.description, after.privacy
    team.notifications, team.parent = after.notifications, after.parent
    team.updated_at = world.now
    for action in changed:
        _record(world, action, actor, team)
    return True


_RECORDED: tuple[tuple[Action, Callable[[Team], object]], ...] = (
    (Action.RENAME_TEAM, lambda team: team.name),
    (Action.CHANGE_TEAM_PRIVACY, lambda team: team.privacy),
    (Action.CHANGE_PARENT_TEAM, lambda team: team.parent),
)
"""What GitHub lists an event for: none for the description, nor for notifications."""


def _settings(team: Team) -> tuple[object, ...]:
    return (
        team.name,
        team.slug,
        team.description,
        team.privacy,
        team.notifications,
        team.parent,
    )


def _edited(team: Team, wanted: TeamFields) -> Team:
    renamed = wanted.name is not UNSAID and wanted.name != team.name
    name = wanted.name if wanted.name is not UNSAID else team.name
    if not name.strip():
        raise invalid_team("name", "missing_field", "Name can't be blank")
    return Team(
        id=team.id,
        name=name,
        slug=slug_of(name) if renamed else team.slug,
        description=(
            team.description if wanted.description is UNSAID else wanted.description
        ),
        privacy=team.privacy if wanted.privacy is UNSAID else wanted.privacy,
        notifications=(
            team.notifications
            if wanted.notifications is UNSAID
            else wanted.notifications
        ),
        parent=team.parent if wanted.parent is UNSAID else wanted.parent,
        created_at=team.created_at,
        updated_at=team.updated_at,
    )


def delete(world: World, actor: Actor, team: Team) -> None:
    """Delete a team and everything below it."""
    must_edit(world, actor, team, "You must be able to administer this team.")
    for each in [*world.descendants(team), team]:
        del world.teams[each.id]
        _record(world, Action.DELETE_TEAM, actor, each)
        for invitation in world.invitations.values():
            invitation.teams.pop(each.id, None)


class Standing(Enum):
    ACTIVE = "active"
    PENDING = "pending"


def standing(
    world: World, team: Team, account: Account
) -> tuple[Standing, TeamRole] | None:
    """How somebody is in *team*: directly, by a child of it, or invited to it."""
    role = team.members.get(account.id)
    if role is not None:
        return Standing.ACTIVE, role
    if any(account.id in below.members for below in world.descendants(team)):
        return Standing.ACTIVE, TeamRole.MEMBER
    for invitation in world.invitations_to(account):
        if team.id in invitation.teams:
            return Standing.PENDING, invitation.teams[team.id]
    return None


def _must_own_people(team: Team) -> None:
    if team.external_group is not None:
        raise Forbidden(
            "You cannot create or update members for an external group backed team"
            f" since they are managed by {team.external_group}"
        )


def put_member(
    world: World, actor: Actor, team: Team, login: str, role: TeamRole
) -> tuple[Standing, TeamRole]:
    """Put somebody into *team*; who is no member is invited to the organization."""
    must_edit(
        world,
        actor,
        team,
        "You must be an organization owner or team maintainer"
        " to add a team membership.",
    )
    _must_own_people(team)
    account = world.account(login)
    if account is None:
        raise NotFound
    if account.kind is not AccountKind.USER:
        raise Invalid
    if account.id not in world.members and world.policy.profile is not Profile.CLOUD:
        _owner_only(world, actor)
        add_at_once(world, actor, account, OrgRole.MEMBER)
    if account.id not in world.members:
        _owner_only(world, actor)
        return Standing.PENDING, _invite_to(world, actor, team, account, role)
    before = team.members.get(account.id)
    if before is None:
        world.mail(account.login, Why.ADDED_TO_TEAM)
        _record(world, Action.ADD_TEAM_MEMBER, actor, team, account.id)
    after = world.place(team, account.id, role)
    if after is not (before or TeamRole.MEMBER):
        promoted = after is TeamRole.MAINTAINER
        action = Action.PROMOTE_MAINTAINER if promoted else Action.DEMOTE_MAINTAINER
        _record(world, action, actor, team, account.id)
    return Standing.ACTIVE, after


def _owner_only(world: World, actor: Actor) -> None:
    if not actor.app and not world.is_owner(actor.account):
        raise Forbidden("You must be an owner to invite somebody by way of a team.")


def _invite_to(
    world: World, actor: Actor, team: Team, account: Account, role: TeamRole
) -> TeamRole:
    check_blocked(account)
    kept = role if world.policy.pending_team_role else TeamRole.MEMBER
    for waiting in world.invitations_to(account):
        if waiting.email is None:
            waiting.teams[team.id] = kept
            return kept
    if not account.invitable or left_over(world, account):
        raise Invalid
    offer(world, actor, account, InvitationRole.DIRECT_MEMBER, {team.id: kept})
    return kept


def remove_member(world: World, actor: Actor, team: Team, login: str) -> None:
    """Take somebody out of *team*, or out of the invitation that would bring them."""
    must_edit(
        world,
        actor,
        team,
        "You must be an organization owner or team maintainer"
        " to remove a team membership.",
    )
    _must_own_people(team)
    account = world.account(login)
    if account is None:
        raise NotFound
    invited = [each for each in world.invitations_to(account) if team.id in each.teams]
    if account.id not in team.members and not invited:
        raise NotFound
    if team.members.pop(account.id, None) is not None:
        _record(world, Action.REMOVE_TEAM_MEMBER, actor, team, account.id)
    for invitation in invited:
        del invitation.teams[team.id]
