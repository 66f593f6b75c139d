"""The schemas for editors say what the code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli

from ghstate.config import keys, schema
from ghstate.config.keys import Keys
from ghstate.config.schema import SCHEMAS
from ghstate.errors import Problem
from tests.config.writing import SETTINGS, problems, problems_of, write

SHIPPED = Path(__file__).parents[2] / "schemas"

TABLES = {name: value for name, value in vars(keys).items() if isinstance(value, Keys)}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_that_are_shipped_are_current(name: str) -> None:
    file = SHIPPED / f"{name}.schema.json"
    assert file.read_text("utf-8") == schema.printed(name), (
        f"run: python -m ghstate.config.schema {name} > {file}"
    )


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


def test_schemas_are_printed_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.main(["files"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMAS["files"]
    assert schema.main(["nothing"]) == 1
    assert capsys.readouterr().err == (
        "no schema nothing; there are files, settings, lock\n"
    )


def properties(value: object) -> list[tuple[frozenset[str], bool]]:
    """The keys of every table in a schema, and whether it refuses others."""
    found: list[tuple[frozenset[str], bool]] = []
    if isinstance(value, dict):
        if value.get("type") == "object" and "properties" in value:
            closed = value["additionalProperties"] is False
            found.append((frozenset(value["properties"]), closed))
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            found += properties(inner)
    return found


def test_every_key_of_the_code_is_in_a_schema_and_the_other_way_round() -> None:
    in_schemas = set(properties(dict(SCHEMAS)))
    assert in_schemas == {(frozenset(t.known), True) for t in TABLES.values()}


@pytest.mark.parametrize("name", TABLES)
def test_no_key_is_both_known_and_promised(name: str) -> None:
    assert not TABLES[name].later & TABLES[name].known.keys()


@pytest.mark.parametrize("name", TABLES)
def test_every_key_is_explained_in_a_sentence(name: str) -> None:
    for key in TABLES[name].known.values():
        assert key.says.endswith((".", "?"))
        assert key.says[0].isupper() or key.says[0] == '"'


FILES_GOOD = """
# nothing at all
[members] ; ada = "admin"
[members] ; Ada-1_x = "member"
members = { ada = "admin", bob = { role = "member" } }
[members.ada] ; role = "admin" ; id = 583231 ; note = "an owner"
members.ada.role = "member"
[members] ; ada = { role = "member", note = "" }
[members] ; "new.hire@acme.example" = "member"
[members] ; "new.hire@acme.example" = { role = "admin", note = "starts in May" }
[members] ; dana = { role = "member", email = "o'dana+git@eu.acme.example" }
members = { "a@b.example" = "member" } ; teams.a.members = ["a@b.example"]
members = { "a@b.example" = "member" } ; teams.a.members = [{ email = "a@b.example" }]
[teams.a]
[teams]
[teams.a_b-9]
[teams.a] ; name = "A"
[teams.a] ; name = "Ärzte & Co."
[teams.a] ; description = ""
[teams.a] ; description = "Keeps the lights on"
[teams.a] ; privacy = "secret"
[teams.a] ; privacy = "closed" ; parent = "b"
[teams.a] ; privacy = "secret" ; parent = ""
[teams.a] ; notifications = false
[teams.a] ; members = []
[teams.a] ; members = ["ada", { login = "bob" }]
[teams.a] ; maintainers = ["ada"] ; members = ["bob"]
[teams.a] ; previously = [] ; name = "A"
[teams.a] ; previously = ["old", "older"]
[teams.a] ; absent = true
[teams.a] ; absent = false ; name = "A"
[members] ; ada = { role = "member", until = 2027-01-31 }
[members] ; ada = { role = "member", from = 2027-01-31, until = 2027-01-31 }
[members] ; b = "admin" ; ada = { role = "admin", until = 2027-01-31, then = "member" }
[members] ; b="admin" ; "a@b.co" = {role = "admin", until = 2027-01-31, then = "member"}
[members] ; "group:x" = "member" ; [groups.x] ; any = ["ada"]
[members] ; "group:*" = {role = "member", until = 2027-01-31} ; [groups.x] ; any = ["a"]
[members] ; "team:a" = "member" ; "team:*" = "member" ; [teams.a] ; members = ["a"]
[groups.a] ; any = []
[groups.a] ; any = [] ; all = []
[groups.a] ; all = ["ada"]
[groups.a] ; any = ["ada"] ; all = ["group:b"] ; except = ["b"] ; [groups.b] ; any = []
[groups.a] ; any = [{ login = "ada", until = 2027-01-31 }] ; until = 2027-02-28
[groups.a] ; any = ["group:*"] ; except = [{ team = "x" }] ; [teams.x] ; members = []
[teams.a] ; members = ["group:x", { group = "x*" }] ; [groups.x] ; any = []
[teams.a] ; members = [{ login = "ada", until = 2027-01-31 }]
[teams.a] ; maintainers = [{ team = "b", from = 2027-01-31 }] ; [teams.b] ; members = []
[teams.a] ; members = ["ada"] ; until = 2027-01-31
"""

FILES_BAD = """
member = {}
members = "ada"
members = ["ada"]
teams = []
[[teams]] ; slug = "a"
[members] ; ada = "owner"
[members] ; ada = "Admin"
[members] ; ada = true
[members] ; ada = []
[members] ; ada = {}
[members] ; "a b" = "member"
[members] ; "ci[bot]" = "member"
[members] ; "a@b" = "member"
[members] ; "a b@b.example" = "member"
[members] ; "é@b.example" = "member"
[members] ; "a@b.example" = "owner"
[members] ; "a@b.example" = { role = "member", id = 1 }
[members] ; "a@b.example" = { role = "member", email = "a@b.example" }
[members] ; "group:x y" = "member"
[members] ; "team:X" = "member"
[members] ; "team:web-*" = "member"
[members] ; "group:x" = { role = "member", id = 1 } ; groups.x.any = []
[members] ; "group:x" = { role = "admin", then = "member" } ; groups.x.any = []
[members] ; a.b = "member"
[members] ; ada = { role = "member", id = "1" }
[members] ; ada = { role = "member", id = 0 }
[members] ; ada = { role = "member", id = 1.5 }
[members] ; ada = { role = "member", until = 2027-01-31T00:00:00 }
[members] ; ada = { role = "member", from = "soon" }
[members] ; ada = { role = "member", until = 7 }
[members] ; ada = { role = "admin", then = "member" }
[members] ; ada = { role = "member", until = 2027-01-31, then = "member" }
[members] ; ada = { role = "admin", until = 2027-01-31, then = "admin" }
[members] ; ada = { role = "member", email = "a@b" }
[members] ; ada = { role = "member", email = 1 }
[members] ; ada = { role = "member", note = 1 }
[members] ; ada = { role = "member", note = "\\u0007" }
[teams] ; a = "x"
[teams.A]
[teams."a b"]
[teams."ent:a"]
[teams.a] ; nmae = "A"
[teams.a] ; name = ""
[teams.a] ; name = " "
[teams.a] ; name = 1
[teams.a] ; name = "a\\u202eb"
[teams.a] ; description = "a\\nb"
[teams.a] ; privacy = "visible"
[teams.a] ; privacy = 1
[teams.a] ; privacy = "secret" ; parent = "b"
[teams.a] ; notifications = "true"
[teams.a] ; notifications = 1
[teams.a] ; parent = "B"
[teams.a] ; parent = false
[teams.a] ; members = "ada"
[teams.a] ; members = [1]
[teams.a] ; members = { ada = "member" }
[teams.a] ; members = ["a@b"]
[teams.a] ; members = [{ email = "a@b" }]
[teams.a] ; members = [{ email = "a@b.example", login = "ada" }]
[teams.a] ; members = [{}]
[teams.a] ; members = [{ login = "ada", role = "member" }]
[teams.a] ; members = [{ login = "ada", until = "soon" }]
[teams.a] ; members = [{ login = "ada", then = "member" }]
[teams.a] ; members = [{ login = "ada", group = "x" }] ; groups.x.any = []
[teams.a] ; members = [{ group = "group:x" }] ; groups.x.any = []
[teams.a] ; members = [{ team = "X" }]
[teams.a] ; members = ["group:"]
[teams.a] ; until = 2027-01-31
[teams.a] ; members = [] ; until = "soon"
[teams.a] ; members = [] ; from = 2027-01-31
[teams.a] ; maintainers = [["ada"]]
[teams.a] ; previously = "old"
[teams.a] ; previously = ["Old"]
[teams.a] ; absent = 1
[teams.a] ; absent = true ; name = "A"
groups = []
[groups."a b"] ; any = []
[groups.a]
[groups.a] ; all = []
[groups.a] ; except = []
[groups.a] ; any = "ada"
[groups.a] ; any = [["ada"]]
[groups.a] ; any = ["org:x"]
[groups.a] ; any = [] ; until = "soon"
[groups.a] ; any = [] ; from = 2027-01-31
[groups.a] ; any = [] ; except = [{ login = "ada", until = 2027-01-31 }]
[groups.a] ; any = [] ; note = "x"
[repositories.a] ; teams = {}
[profiles.a]
"""

SETTINGS_GOOD = """
[github] ; organization = "acme"
github.organization = "ACME-2"
O ; github.api_url = "https://github.example/api/v3"
O ; github.api_url = "http://localhost:8080"
O ; github.write_pause = "1s"
O ; project.files = ["access/*.toml", "**/x.toml"]
O ; state.path = "kept/state.json"
O ; state.path = ".ghstate/state.json"
O ; state.url = "s3://bucket/a/b.json"
O ; state.url = "postgresql://u@host:5432/db?sslmode=require#name"
O ; state.max_age = "0s"
O ; manage.features = []
O ; manage.features = ["remove", "invite"]
O ; manage.ignore = ["svc-*", "acme-bot", "x[0-9]?"]
O ; manage.teams = "all"
O ; manage.never = []
O ; manage.never = ["ada", "a@b.example"]
O ; manage.warn_before = "0d"
O ; [invitations]
O ; invitations.wrong_role = "leave"
O ; invitations = { unlisted_emails = "cancel", max_reinvites = 1 }
O ; safety.max_removals = { count = 0 }
O ; safety.max_removals = { count = 3, percent = 100 }
O ; safety.plan_expiry = "36h"
O ; safety.min_admins = 1
O ; safety.protected = ["alice", "Bob"]
"""

SETTINGS_BAD = """
# no organization
[github]
github = "acme"
github.organization = ""
github.organization = "a b"
github.organization = 3
O ; members = {}
O ; github.org = "acme"
O ; github.api_url = "http://github.example"
O ; github.api_url = "https://u:p@github.example"
O ; github.write_pause = "1"
O ; github.write_pause = 1
O ; project.files = []
O ; project.files = "*.toml"
O ; project.files = ["../*.toml"]
O ; project.files = ["/x.toml"]
O ; project.files = [""]
O ; state.path = "/tmp/state"
O ; state.path = "../state"
O ; state.path = "a/../b"
O ; state.path = "a//b"
O ; state.path = "a/"
O ; state.path = "a\\\\b"
O ; state.path = "x.toml"
O ; state.url = "s3://bucket"
O ; state.url = "s3://bucket/a//b"
O ; state.url = "s3://bucket/../b"
O ; state.url = "s3://key@bucket/b"
O ; state.url = "postgresql://u:p@host/db"
O ; state.url = "postgresql://host/db?password=p"
O ; state = { path = "x/y.json", url = "s3://bucket/key" }
O ; state.max_age = "10 m"
O ; state.max_age = "1w"
O ; manage.features = ["all"]
O ; manage.features = "invite"
O ; manage.ignore = ["a b"]
O ; manage.ignore = [""]
O ; manage.never = "ada"
O ; manage.never = ["a b"]
O ; manage.never = ["team:web-*"]
O ; manage.never = [{ login = "ada" }]
O ; manage.warn_before = 14
O ; manage.teams = "some"
O ; manage.teams = true
O ; invitations.wrong_role = "raise"
O ; invitations.unlisted_emails = true
O ; invitations.max_reinvites = 0
O ; invitations.max_invites = 3
O ; safety.plan_expiry = "7"
O ; safety.plan_expiry = 7
O ; safety.max_removals = 3
O ; safety.max_removals = { percent = 101 }
O ; safety.max_removals = { count = -1 }
O ; safety.max_removals = { share = 5 }
O ; safety.min_admins = 0
O ; safety.min_admins = "1"
O ; safety.protected = "alice"
O ; safety.protected = ["a@b.example"]
"""


LOCK_GOOD = """
organization = { login = "acme", id = 77 }
G ; [people]
G ; people = { alice = 42, Bob-1_x = { id = 43, invited = [4711, 4712] } }
G ; people = { "new.hire@acme.example" = { invited = [1], forgiven = [1] } }
G ; people.alice = { member_until = 2026-11-21T09:12:00Z, left = true }
G ; people.alice = { invited = [], joined = [7] }
G ; people."a@b.example" = {}
"""

LOCK_BAD = """
# nothing
organization = "acme"
organization = { login = "acme" }
organization = { id = 77 }
organization = { login = "acme", id = 0 }
organization = { login = 7, id = 77 }
organization = { login = "acme", id = 77, name = "x" }
G ; members = {}
G ; people = [42]
G ; people.alice = "42"
G ; people.alice = 0
G ; people.alice = -1
G ; people.alice = [42]
G ; people."a b" = 42
G ; people."dependabot[bot]" = 42
G ; people.alice = { number = 42 }
G ; people.alice = { id = "42" }
G ; people.alice = { invited = 4711 }
G ; people.alice = { invited = ["4711"] }
G ; people.alice = { invited = [0] }
G ; people.alice = { left = 1 }
G ; people.alice = { member_until = 5 }
"""


def documents(text: str) -> list[str]:
    """One document in each line, with ";" for its line breaks."""
    lines = [line for line in text.splitlines() if line]
    return [
        line.replace("O ; ", 'github.organization = "acme" ; ')
        .replace("G ; ", 'organization = { login = "acme", id = 77 } ; ')
        .replace(" ; ", "\n")
        for line in lines
    ]


def accepted(name: str, text: str) -> bool:
    validator = jsonschema.Draft202012Validator(SCHEMAS[name])
    # Through JSON, as an editor sees it: dates are texts there.
    document: Any = json.loads(json.dumps(tomli.loads(text), default=str))
    return validator.is_valid(document)


@pytest.mark.parametrize("text", documents(FILES_GOOD))
def test_files_that_are_in_order_are_so_for_editors(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == ()
    assert accepted("files", text)


@pytest.mark.parametrize("text", documents(FILES_BAD))
def test_files_that_are_not_in_order_are_not_for_editors(
    tmp_path: Path, text: str
) -> None:
    assert problems(tmp_path, text)
    assert not accepted("files", text)


@pytest.mark.parametrize("text", documents(SETTINGS_GOOD))
def test_settings_that_are_in_order_are_so_for_editors(
    tmp_path: Path, text: str
) -> None:
    assert problems(tmp_path, settings=text) == ()
    assert accepted("settings", text)


@pytest.mark.parametrize("text", documents(SETTINGS_BAD))
def test_settings_that_are_not_in_order_are_not_for_editors(
    tmp_path: Path, text: str
) -> None:
    assert problems(tmp_path, settings=text)
    assert not accepted("settings", text)


def lock_problems(root: Path, text: str) -> tuple[Problem, ...]:
    return problems_of(write(root, {"ghstate.lock.toml": text}))


@pytest.mark.parametrize("text", documents(LOCK_GOOD))
def test_a_lock_file_that_is_in_order_is_so_for_editors(
    tmp_path: Path, text: str
) -> None:
    assert lock_problems(tmp_path, text) == ()
    assert accepted("lock", text)


@pytest.mark.parametrize("text", documents(LOCK_BAD))
def test_a_lock_file_that_is_not_in_order_is_not_for_editors(
    tmp_path: Path, text: str
) -> None:
    assert lock_problems(tmp_path, text)
    assert not accepted("lock", text)


def test_what_only_all_files_together_show_is_left_to_ghstate(tmp_path: Path) -> None:
    text = '[members]\nada = "admin"\nADA = "member"\n[teams.a]\nmembers = ["bob"]\n'
    assert len(problems(tmp_path, text, settings=SETTINGS)) == 2
    assert accepted("files", text)
