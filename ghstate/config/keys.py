"""Every key of the files, what it means, and what may be written there.

The readers refuse what is not listed here, and the schemas for editors are made
from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from ghstate.config.limits import MAX_ADDRESS, MAX_NAME, MAX_TEXT
from ghstate.config.spelling import (
    DURATION_FORM,
    EMAIL_FORM,
    GROUP_FORM,
    GROUP_GLOB_FORM,
    GUARDED_FORM,
    LOGIN_FORM,
    LOGIN_GLOB_FORM,
    ORGANIZATION_FORM,
    SLUG_FORM,
    STATE_URL_FORM,
    TEAM_REFERENCE_FORM,
    UNSEEN_FORM,
    URL_FORM,
)
from ghstate.model.kinds import KINDS

Schema: TypeAlias = Mapping[str, Any]

_NOTHING_UNSEEN: Schema = {"not": {"pattern": UNSEEN_FORM}}

LOGIN: Schema = {"type": "string", "pattern": f"^{LOGIN_FORM}$"}
EMAIL: Schema = {
    "type": "string",
    "maxLength": MAX_ADDRESS,
    "pattern": f"^{EMAIL_FORM}$",
}
SLUG: Schema = {"type": "string", "pattern": f"^{SLUG_FORM}$"}
DURATION: Schema = {"type": "string", "pattern": f"^{DURATION_FORM}$"}
TEXT: Schema = {"type": "string", "maxLength": MAX_TEXT, **_NOTHING_UNSEEN}


class Key(msgspec.Struct, frozen=True):
    """One key: a sentence for people, and a JSON Schema of what may stand there."""

    says: str
    schema: Schema
    required: bool = False


class Keys(msgspec.Struct, frozen=True):
    """The keys of one table.

    Those of *later* are promised, and refused until then; for those of *astray*, which
    belong elsewhere, there is a sentence and what to do instead.
    """

    known: Mapping[str, Key]
    required: frozenset[str]
    later: frozenset[str]
    astray: Mapping[str, tuple[str, str]] = msgspec.field(default_factory=dict)


def _keys(*later: str, **known: Key) -> Keys:
    required = frozenset(name for name, key in known.items() if key.required)
    return Keys(MappingProxyType(known), required, frozenset(later))


def _one_of(*words: str) -> Schema:
    return {"enum": list(words)}


def _list_of(items: Schema, *, least: int = 0) -> Schema:
    return {"type": "array", "items": items} | ({"minItems": least} if least else {})


def table(keys: Keys, **inner: Schema) -> Schema:
    """A JSON Schema of a table with *keys*; *inner* has those of tables in it."""
    return {
        "type": "object",
        "properties": {
            name: {"description": key.says, **key.schema, **inner.get(name, {})}
            for name, key in keys.known.items()
        },
        "required": sorted(keys.required),
        "additionalProperties": False,
    }


def _inside(outside: str) -> Schema:
    """A path in the project: one that does not look like *outside*."""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_NAME,
        "not": {"pattern": f"{outside}|{UNSEEN_FORM}"},
    }


ROLE: Schema = _one_of("admin", "member")

MAX_ID = 2**63 - 1
ID: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_ID}

DAY: Schema = {
    "type": "string",
    "format": "date",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}
"""Of a date, as editors see it: a text."""

_DATES = {
    "until": Key("The last day on which this holds, in UTC.", DAY),
    "from": Key("The first day on which this holds, in UTC.", DAY),
}
_MEMBER_ROLE = Key(
    "The role in the organization; an admin is an owner.", ROLE, required=True
)
_THEN = Key(
    "The role that an admin falls back to after the last day.", _one_of("member")
)
_NOTE = Key("Why this person is here; for readers of the file only.", TEXT)

MEMBER = _keys(
    role=_MEMBER_ROLE,
    **_DATES,
    then=_THEN,
    id=Key("The numeric id of the account that is meant, whatever it is called.", ID),
    email=Key("Their address: an invitation that went there is theirs, too.", EMAIL),
    note=_NOTE,
)
"""Of somebody whose login is the key."""

ADDRESSEE = msgspec.structs.replace(
    _keys(role=_MEMBER_ROLE, **_DATES, then=_THEN, note=_NOTE),
    astray={
        "id": (
            "an account is known by its login, not by an address",
            "write LOGIN = { role = …, email = …, id = … }",
        ),
        "email": (
            "the key is an address already",
            "write LOGIN = { role = …, email = … }, or remove email",
        ),
    },
)
"""Of somebody whose e-mail address is the key."""

_OF_ONE = "that belongs to one person, and here is a set of people"
MEMBER_SET = msgspec.structs.replace(
    _keys(role=_MEMBER_ROLE, **_DATES, note=_NOTE),
    astray={
        "id": (_OF_ONE, "write LOGIN = { role = …, id = … }"),
        "email": (_OF_ONE, "write LOGIN = { role = …, email = … }"),
        "then": (_OF_ONE, "write LOGIN = { role = …, until = …, then = … }"),
    },
)
"""Of everybody in a group or a team, whose reference is the key."""

_NAMES = {
    "login": Key("The person's login.", LOGIN),
    "email": Key("The person's address, in place of a login.", EMAIL),
    "group": Key(
        "The group whose people are meant, or a glob over the names of groups.",
        {"type": "string", "pattern": f"^({GROUP_FORM}|{GROUP_GLOB_FORM})$"},
    ),
    "team": Key(
        'The team whose people are meant; "*" for everybody in any team.',
        {"type": "string", "pattern": rf"^({SLUG_FORM}|\*)$"},
    ),
}
TEAM_MEMBER = _keys(**_NAMES, **_DATES)
"""Of an item in a list of people."""

_NO_DATE = (
    "what stands under except has no date: its end would give somebody access",
    "write the date where the access is given",
)
EXCEPTED = msgspec.structs.replace(
    _keys(**_NAMES), astray={"until": _NO_DATE, "from": _NO_DATE}
)
"""Of an item in a list of people who are left out."""

_ONE_NAME: Schema = {"oneOf": [{"required": [name]} for name in _NAMES]}
_REFERENCE: Schema = {
    "type": "string",
    "pattern": f"^(group:{GROUP_GLOB_FORM}|{TEAM_REFERENCE_FORM})$",
}


def _people(keys: Keys) -> Schema:
    return _list_of({"oneOf": [LOGIN, EMAIL, _REFERENCE, {**table(keys), **_ONE_NAME}]})


_PEOPLE = _people(TEAM_MEMBER)
_UNTIL = "The last day on which anybody is in it, in UTC."
_WHOLE = (
    "a day to begin with belongs to a line that gives access",
    'write { group = …, from = … } or "group:NAME" = { role = …, from = … } there',
)

GROUP = msgspec.structs.replace(
    _keys(
        any=Key("Everybody in any of these.", _PEOPLE),
        all=Key("Only who is in all of these, too.", _PEOPLE),
        **{"except": Key("Nobody who is in any of these.", _people(EXCEPTED))},
        until=Key(_UNTIL, DAY),
    ),
    astray={
        "from": _WHOLE,
        **dict.fromkeys(
            ("members", "maintainers", "people"),
            ("the people of a group stand under any", 'write any = ["alice"]'),
        ),
    },
)

_TEAM_KEYS = _keys(
    name=Key(
        "The name that people see; the key, if left out. Must give this slug.",
        {
            "type": "string",
            "pattern": "[^ ]",
            "maxLength": MAX_NAME,
            **_NOTHING_UNSEEN,
        },
    ),
    description=Key('What the team is for; "" for nothing.', TEXT),
    privacy=Key(
        "Who sees the team: everybody in the organization, or its own people.",
        _one_of("closed", "secret"),
    ),
    notifications=Key(
        "Does mentioning the team notify its people?", {"type": "boolean"}
    ),
    parent=Key(
        'The slug of the team above this one; "" for none.',
        {"type": "string", "pattern": f"^({SLUG_FORM})?$"},
    ),
    maintainers=Key("Who looks after the team.", _PEOPLE),
    members=Key("Who else is in the team.", _PEOPLE),
    until=Key(_UNTIL, DAY),
    previously=Key(
        "Slugs that the team had before: it is renamed, not made anew.",
        _list_of(SLUG),
    ),
    absent=Key(
        "If true, the team is deleted; nothing else may be said about it.",
        {"type": "boolean"},
    ),
)

TEAM_KEYS = msgspec.structs.replace(_TEAM_KEYS, astray={"from": _WHOLE})

FILE = _keys(
    "repositories",
    "profiles",
    members=Key("The people of the organization, by login or e-mail address.", {}),
    groups=Key("Sets of people, for use in teams and in members.", {}),
    teams=Key("The teams of the organization, by slug.", {}),
)

GITHUB = _keys(
    organization=Key(
        "The organization's login.",
        {"type": "string", "pattern": f"^{ORGANIZATION_FORM}$"},
        required=True,
    ),
    api_url=Key(
        "Where GitHub's REST API is; left out: $GITHUB_API_URL, else github.com's.",
        {"type": "string", "pattern": f"^{URL_FORM}$"},
    ),
    write_pause=Key(
        "How long to wait between two changes; left out: ghstate decides.",
        DURATION,
    ),
)
PROJECT = _keys(
    files=Key(
        "Which files describe the organization, as globs.",
        _list_of(_inside(r"^/|\\|(^|/)\.\.(/|$)"), least=1),
    ),
)
STATE = _keys(
    path=Key(
        "Where ghstate keeps what it knows, relative to the project.",
        _inside(r"(^|/)\.{0,2}(/|$)|\\|\.toml$"),
    ),
    url=Key(
        "The s3:// or postgresql:// address where several machines share it instead.",
        {"type": "string", "maxLength": MAX_NAME, "pattern": f"^{STATE_URL_FORM}$"},
    ),
    max_age=Key(
        "A plan reads the organization again when the snapshot is older.",
        DURATION,
    ),
)
MANAGE = _keys(
    features=Key(
        "What may be done about membership of the organization.",
        _list_of(_one_of("invite", "remove")),
    ),
    ignore=Key(
        "Logins, or globs of logins, that are never touched.",
        _list_of({"type": "string", "pattern": f"^{LOGIN_GLOB_FORM}$"}),
    ),
    never=Key(
        "People who get nothing, whatever the files say: logins, addresses,"
        " and references to groups and teams.",
        _list_of({"type": "string", "pattern": f"^({GUARDED_FORM})$"}),
    ),
    warn_before=Key(
        "A plan tells of access that ends within this time.",
        DURATION,
    ),
    teams=Key(
        '"declared" leaves a team alone that no file names; "all" deletes it.',
        _one_of("declared", "all"),
    ),
)
INVITATIONS = _keys(
    wrong_role=Key(
        "What happens to a waiting invitation for another role than the files ask:"
        ' "reduce" replaces it when it grants more, "correct" in both directions,'
        ' "leave" never.',
        _one_of("reduce", "correct", "leave"),
    ),
    unlisted_emails=Key(
        "What happens to an invitation by e-mail that no file names.",
        _one_of("report", "cancel"),
    ),
    max_reinvites=Key(
        "After so many invitations to one person that came to nothing, no other.",
        {"type": "integer", "minimum": 1},
    ),
)
MAX_REMOVALS = _keys(
    count=Key("So many may always go.", {"type": "integer", "minimum": 0}),
    percent=Key(
        "Or this share of them, rounded down.",
        {"type": "integer", "minimum": 0, "maximum": 100},
    ),
)
SAFETY = _keys(
    plan_expiry=Key("How long a saved plan may be applied.", DURATION),
    max_removals=Key("How much of a kind one plan may remove unasked.", {}),
    min_admins=Key(
        "Active admins that must remain at every step.",
        {"type": "integer", "minimum": 1},
    ),
    protected=Key("Logins that are never removed or demoted.", _list_of(LOGIN)),
)
SETTINGS = _keys(
    github=Key("Which organization, and where.", {}, required=True),
    project=Key("Which files belong to the project.", {}),
    state=Key("What ghstate remembers between runs.", {}),
    manage=Key("How far ghstate's hand reaches.", {}),
    invitations=Key("How invitations are treated.", {}),
    safety=Key("What a plan may not do unasked.", {}),
)

ORGANIZATION = _keys(
    login=Key("The organization's login.", {"type": "string"}, required=True),
    id=Key("Its numeric id.", ID, required=True),
)
_IDS = _list_of(ID)
LOCKED_PERSON = _keys(
    id=Key("The numeric id of the account.", ID),
    invited=Key("The ids of all invitations since they were last a member.", _IDS),
    forgiven=Key("Those among them that count no more.", _IDS),
    member_until=Key(
        "When they were last known to be a member.",
        {"type": "string", "format": "date-time"},
    ),
    left=Key("Did they leave on their own?", {"type": "boolean"}),
    joined=Key(
        "The ids of accounts, one of which may have accepted the invitation.", _IDS
    ),
)
LOCK = _keys(
    organization=Key("Which organization this is about.", {}, required=True),
    managed=Key(
        "The kinds of things that the files manage.",
        _list_of(_one_of(*sorted(kind.COLLECTION for kind in KINDS))),
    ),
    people=Key("Which account each login of the files is.", {}),
)
