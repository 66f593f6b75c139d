"""JSON Schemas of the files, for editors: ``python -m ghstate.config.schema files``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from ghstate.config.keys import (
    ADDRESSEE,
    FILE,
    GITHUB,
    GROUP,
    ID,
    INVITATIONS,
    LOCK,
    LOCKED_PERSON,
    MANAGE,
    MAX_REMOVALS,
    MEMBER,
    MEMBER_SET,
    ORGANIZATION,
    PROJECT,
    ROLE,
    SAFETY,
    SETTINGS,
    STATE,
    TEAM_KEYS,
    Keys,
    Schema,
    table,
)
from ghstate.config.spelling import (
    EMAIL_FORM,
    GROUP_FORM,
    GROUP_GLOB_FORM,
    LOGIN_FORM,
    SLUG_FORM,
    TEAM_REFERENCE_FORM,
)

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_LOCKED: Schema = {"oneOf": [ID, table(LOCKED_PERSON)]}
_TEAM: Schema = {
    **table(TEAM_KEYS),
    "allOf": [
        {
            "if": {"properties": {"absent": {"const": True}}, "required": ["absent"]},
            "then": {"maxProperties": 1},
        },
        {
            "if": {
                "properties": {"privacy": {"const": "secret"}},
                "required": ["privacy"],
            },
            "then": {"properties": {"parent": {"const": ""}}},
        },
        {
            "if": {"required": ["until"]},
            "then": {
                "anyOf": [{"required": [key]} for key in ("maintainers", "members")]
            },
        },
    ],
}


def _named(forms: Mapping[str, Schema]) -> Schema:
    """Tables with keys of several *forms*, and what stands behind each."""
    # Not propertyNames, which Taplo reports at the wrong place.
    return {
        "type": "object",
        "patternProperties": {f"^{form}$": schema for form, schema in forms.items()},
        "additionalProperties": False,
    }


def _person(keys: Keys) -> Schema:
    """A person, whose role may become another one after a day."""
    falls = {"properties": {"role": {"const": "admin"}}, "required": ["until"]}
    return {**table(keys), "if": {"required": ["then"]}, "then": falls}


_GROUP: Schema = {
    **table(GROUP),
    "anyOf": [
        {"required": ["any"]},
        {"properties": {"all": {"minItems": 1}}, "required": ["all"]},
    ],
}

SCHEMAS: Mapping[str, Schema] = {
    "files": {
        "$schema": _DIALECT,
        "title": "Who should be in a GitHub organization, for ghstate",
        **table(
            FILE,
            members=_named(
                {
                    LOGIN_FORM: {"oneOf": [ROLE, _person(MEMBER)]},
                    EMAIL_FORM: {"oneOf": [ROLE, _person(ADDRESSEE)]},
                    f"(group:{GROUP_GLOB_FORM}|{TEAM_REFERENCE_FORM})": {
                        "oneOf": [ROLE, table(MEMBER_SET)]
                    },
                }
            ),
            groups=_named({GROUP_FORM: _GROUP}),
            teams=_named({SLUG_FORM: _TEAM}),
        ),
    },
    "settings": {
        "$schema": _DIALECT,
        "title": "ghstate.toml: what ghstate manages, and how",
        **table(
            SETTINGS,
            github=table(GITHUB),
            project=table(PROJECT),
            state={**table(STATE), "not": {"required": ["path", "url"]}},
            manage=table(MANAGE),
            invitations=table(INVITATIONS),
            safety=table(SAFETY, max_removals=table(MAX_REMOVALS)),
        ),
    },
    "lock": {
        "$schema": _DIALECT,
        "title": "ghstate.lock.toml: which accounts the logins are",
        **table(
            LOCK,
            organization=table(ORGANIZATION),
            people=_named(dict.fromkeys((LOGIN_FORM, EMAIL_FORM), _LOCKED)),
        ),
    },
}
"""By the word that `main` knows them by; each is ``schemas/WORD.schema.json``."""


def printed(name: str) -> str:
    """The schema as it is kept in its file."""
    return json.dumps(SCHEMAS[name], indent=2, ensure_ascii=False) + "\n"


def main(names: list[str]) -> int:
    """Print the schemas *names*, all if there are none."""
    if unknown := set(names) - SCHEMAS.keys():
        there = ", ".join(SCHEMAS)
        sys.stderr.write(f"no schema {min(unknown)}; there are {there}\n")
        return 1
    for name in names or SCHEMAS:
        sys.stdout.write(printed(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
