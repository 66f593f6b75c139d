"""JSON Schemas of the files, for editors: ``python -m ghstate.config.schema files``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from ghstate.config.keys import (
    FILE,
    GITHUB,
    INVITATIONS,
    MANAGE,
    MAX_REMOVALS,
    MEMBER,
    PROJECT,
    ROLE,
    SAFETY,
    SETTINGS,
    STATE,
    TEAM_KEYS,
    Schema,
    table,
)
from ghstate.config.spelling import LOGIN_FORM, SLUG_FORM

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

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
    ],
}


def _named(form: str, schema: Schema) -> Schema:
    # Not propertyNames, which Taplo reports at the wrong place.
    return {
        "type": "object",
        "patternProperties": {f"^{form}$": schema},
        "additionalProperties": False,
    }


SCHEMAS: Mapping[str, Schema] = {
    "files": {
        "$schema": _DIALECT,
        "title": "Who should be in a GitHub organization, for ghstate",
        **table(
            FILE,
            members=_named(LOGIN_FORM, {"oneOf": [ROLE, table(MEMBER)]}),
            teams=_named(SLUG_FORM, _TEAM),
        ),
    },
    "settings": {
        "$schema": _DIALECT,
        "title": "ghstate.toml: what ghstate manages, and how",
        **table(
            SETTINGS,
            github=table(GITHUB),
            project=table(PROJECT),
            state=table(STATE),
            manage=table(MANAGE),
            invitations=table(INVITATIONS),
            safety=table(SAFETY, max_removals=table(MAX_REMOVALS)),
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
