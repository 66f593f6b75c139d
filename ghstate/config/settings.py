"""The settings of a project: the file ``ghstate.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum

import msgspec

from ghstate.config.globs import wrong_glob
from ghstate.config.keys import (
    GITHUB,
    INVITATIONS,
    MANAGE,
    MAX_REMOVALS,
    PROJECT,
    SAFETY,
    SETTINGS,
    STATE,
    Keys,
)
from ghstate.config.limits import MAX_NAME
from ghstate.config.references import References
from ghstate.config.spelling import (
    LOGIN_GLOB_FORM,
    ORGANIZATION_FORM,
    STATE_URL_FORM,
    URL_FORM,
    is_reference,
    quoted,
    wrong_login,
)
from ghstate.config.table import Choice, Findings, Table
from ghstate.model.groups import Reference
from ghstate.model.names import Login
from ghstate.model.policy import Policy, RemovalLimit, WrongRole

EVERY_FILE = ("**/*.toml",)
STATE_PATH = ".ghstate/state.json"
MAX_AGE = timedelta(minutes=10)
PLAN_EXPIRY = timedelta(days=7)
WARN_BEFORE = timedelta(days=14)

_ORGANIZATION = re.compile(ORGANIZATION_FORM)
_URL = re.compile(URL_FORM)
_STATE_URL = re.compile(STATE_URL_FORM)
_WITH_A_SECRET = re.compile(
    r"[a-z0-9+]*://[^/?#]*:[^/?#]*@"
    r"|s3://[^/?#]*@"
    r"|.*[?&](password|passfile|sslpassword|[a-z-]*(token|secret|signature|key)[a-z-]*)=",
    re.IGNORECASE | re.DOTALL,
)
_LOGIN_GLOB = re.compile(LOGIN_GLOB_FORM)
_GLOB = frozenset("*?[")
_NOWHERE = frozenset({"", ".", ".."})


class Feature(StrEnum):
    INVITE = "invite"
    REMOVE = "remove"


class TeamScope(StrEnum):
    """Which teams the files speak for."""

    DECLARED = "declared"
    ALL = "all"


class UnlistedEmails(StrEnum):
    """What happens to an invitation by e-mail that no file names."""

    REPORT = "report"
    CANCEL = "cancel"


_WRONG_ROLE = Choice(
    WrongRole,
    {
        "lower": WrongRole.REDUCE,
        "replace": WrongRole.CORRECT,
        "fix": WrongRole.CORRECT,
        "ignore": WrongRole.LEAVE,
        "keep": WrongRole.LEAVE,
    },
)
_UNLISTED_EMAILS = Choice(
    UnlistedEmails,
    {
        "ignore": UnlistedEmails.REPORT,
        "leave": UnlistedEmails.REPORT,
        "note": UnlistedEmails.REPORT,
        "delete": UnlistedEmails.CANCEL,
        "remove": UnlistedEmails.CANCEL,
    },
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that ``ghstate.toml`` says, and the defaults for what it does not."""

    organization: str
    api_url: str | None = None
    state_path: str = STATE_PATH
    """Relative to the project, with slashes."""

    state_url: str | None = None
    """Where the state is instead, if several machines share it."""

    max_age: timedelta = MAX_AGE
    write_pause: timedelta | None = None
    """How long to wait between two changes, if the files say so."""

    plan_expiry: timedelta = PLAN_EXPIRY
    """How long a saved plan may be applied."""

    teams_all: bool = False
    never: tuple[Reference, ...] = ()
    """People who get nothing, whatever the files say."""

    warn_before: timedelta = WARN_BEFORE
    """A plan tells of access that ends within this time."""

    policy: Policy = msgspec.field(default_factory=Policy)
    files: tuple[str, ...] = EVERY_FILE


def read_settings(values: Mapping[str, object], findings: Findings) -> Settings:
    """What the settings file says; of use only if there are no new *findings*."""
    top = Table(values, (), findings, SETTINGS)
    github = _section(top, "github", GITHUB)
    state = _section(top, "state", STATE)
    manage = _section(top, "manage", MANAGE)
    invitations = _section(top, "invitations", INVITATIONS)
    safety = _section(top, "safety", SAFETY)
    max_age = state.duration("max_age")
    plan_expiry = safety.duration("plan_expiry")
    warn_before = manage.duration("warn_before")
    return Settings(
        organization=_organization(github),
        api_url=_api_url(github),
        state_path=_state_path(state),
        state_url=_state_url(state),
        max_age=MAX_AGE if max_age is None else max_age,
        write_pause=github.duration("write_pause"),
        plan_expiry=PLAN_EXPIRY if plan_expiry is None else plan_expiry,
        teams_all=manage.choice("teams", Choice(TeamScope)) is TeamScope.ALL,
        never=tuple(_never(manage)),
        warn_before=WARN_BEFORE if warn_before is None else warn_before,
        policy=_policy(manage, invitations, safety),
        files=_files(_section(top, "project", PROJECT)),
    )


def _section(top: Table, key: str, keys: Keys) -> Table:
    if found := top.table(key, keys):
        return found
    return Table({}, top.at(key), Findings(), keys)


def _organization(github: Table) -> str:
    name = github.text("organization")
    if name is not None and not _ORGANIZATION.fullmatch(name):
        github.refuse(
            "organization",
            f"{quoted(name)} is not an organization's login",
            "it is the part behind github.com/ in its address",
        )
    return name or ""


def _api_url(github: Table) -> str | None:
    url = github.text("api_url")
    if url is None or _URL.fullmatch(url):
        return url
    github.refuse(
        "api_url",
        '"api_url" must be an https:// address without user, query and fragment',
        "GHES has https://HOST/api/v3, GHE.com has https://api.NAME.ghe.com",
    )
    return None


def _state_path(state: Table) -> str:
    path = state.text("path")
    if path is None:
        return STATE_PATH
    outside = not _NOWHERE.isdisjoint(path.split("/")) or "\\" in path
    if outside or len(path) > MAX_NAME:
        state.refuse(
            "path",
            '"path" must be a relative path that stays in the project',
            f'the default is "{STATE_PATH}"',
        )
        return STATE_PATH
    if path.endswith(".toml"):
        state.refuse("path", "the state must not be kept in a .toml file")
    return path


def _state_url(state: Table) -> str | None:
    url = state.text("url")
    if url is None:
        return None
    if "path" in state:
        state.refuse("url", '"path" and "url" cannot both say where the state is')
    if len(url) <= MAX_NAME and _STATE_URL.fullmatch(url):
        return url
    # What is written may be a secret, and is not repeated.
    if _WITH_A_SECRET.match(url):
        state.refuse(
            "url",
            '"url" must hold no password and no key',
            "they come from the environment only: PGPASSWORD, AWS_ACCESS_KEY_ID, …",
        )
    else:
        state.refuse(
            "url",
            '"url" is not the address of a state',
            "write s3://BUCKET/KEY or postgresql://USER@HOST/DATABASE",
        )
    return None


def _files(project: Table) -> tuple[str, ...]:
    if "files" not in project:
        return EVERY_FILE
    globs = []
    for path, glob in project.texts("files", "globs"):
        if wrong := wrong_glob(glob):
            project.findings.add(path, wrong, 'the default is "**/*.toml"')
        globs.append(glob)
    if project.values["files"] == []:
        project.refuse("files", '"files" must name at least one glob')
    return tuple(globs)


def _policy(manage: Table, invitations: Table, safety: Table) -> Policy:
    default = Policy()
    features = _features(manage)
    unlisted = invitations.choice("unlisted_emails", _UNLISTED_EMAILS)
    least_admins = safety.number("min_admins", least=1)
    return Policy(
        invite=Feature.INVITE in features,
        remove=Feature.REMOVE in features,
        ignore=tuple(_ignored(manage)),
        wrong_role=invitations.choice("wrong_role", _WRONG_ROLE) or default.wrong_role,
        cancel_unlisted=unlisted is UnlistedEmails.CANCEL,
        max_reinvites=invitations.number("max_reinvites", least=1)
        or default.max_reinvites,
        max_removals=_max_removals(safety),
        min_admins=least_admins or default.min_admins,
        protected=frozenset(_protected(safety)),
    )


def _features(manage: Table) -> set[Feature]:
    if "features" not in manage:
        return set(Feature)
    found = (
        Choice(Feature).read(item, "a feature", path, manage.findings)
        for path, item in manage.items("features", "features")
    )
    return {feature for feature in found if feature}


def _ignored(manage: Table) -> list[str]:
    globs = []
    for path, glob in manage.texts("ignore", "logins or globs"):
        if not _LOGIN_GLOB.fullmatch(glob):
            manage.findings.add(
                path,
                f"{quoted(glob)} is neither a login nor a glob for logins",
                'a glob looks like "svc-*"',
            )
        globs.append(glob)
    return globs


def _never(manage: Table) -> Iterator[Reference]:
    references = References({}, manage.findings)
    for path, text in manage.texts("never", "logins and references"):
        if not is_reference(text) and not _GLOB.isdisjoint(text):
            manage.findings.add(
                path,
                f"{quoted(text)} is a glob, and never takes none for logins",
                'write each login, or "group:NAME"; ignore takes globs',
            )
        elif found := references.text(text, path):
            yield found


def _protected(safety: Table) -> list[Login]:
    logins = []
    for path, login in safety.texts("protected", "logins"):
        if wrong := wrong_login(login):
            safety.findings.add(path, *wrong)
        logins.append(Login(login))
    return logins


def _max_removals(safety: Table) -> RemovalLimit:
    default = RemovalLimit()
    table = safety.table("max_removals", MAX_REMOVALS)
    if table is None:
        return default
    count = table.number("count", least=0)
    percent = table.number("percent", least=0, most=100)
    return RemovalLimit(
        count=default.count if count is None else count,
        percent=default.percent if percent is None else percent,
    )
