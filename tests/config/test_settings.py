"""What may be set, what follows from leaving it out, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ghstate.config.settings import Settings
from ghstate.model.names import Login
from ghstate.model.policy import Policy, RemovalLimit, WrongRole
from tests.config.writing import loaded, problems, problems_of, told, write


def settings(root: Path, text: str) -> Settings:
    return loaded(root, settings=text).settings


def test_everything_but_the_organization_may_be_left_out(tmp_path: Path) -> None:
    assert settings(tmp_path, '[github]\norganization = "acme"\n') == Settings(
        organization="acme",
        api_url=None,
        state_path=".ghstate/state.json",
        state_url=None,
        max_age=timedelta(minutes=10),
        plan_expiry=timedelta(days=7),
        write_pause=None,
        teams_all=False,
        policy=Policy(),
        files=("**/*.toml",),
    )


def test_everything_may_be_set(tmp_path: Path) -> None:
    text = """\
        [github]
        organization = "acme"
        api_url = "https://github.acme.example/api/v3"
        write_pause = "1s"

        [project]
        files = ["access/*.toml", "people.toml"]

        [state]
        path = "kept/state.json"
        max_age = "0s"

        [manage]
        features = ["invite"]
        ignore = ["acme-bot", "svc-*"]
        teams = "all"

        [invitations]
        wrong_role = "correct"
        unlisted_emails = "cancel"
        max_reinvites = 1

        [safety]
        plan_expiry = "36h"
        max_removals = { count = 0, percent = 100 }
        min_admins = 2
        protected = ["Alice"]
        """
    assert settings(tmp_path, text) == Settings(
        organization="acme",
        api_url="https://github.acme.example/api/v3",
        write_pause=timedelta(seconds=1),
        files=("access/*.toml", "people.toml"),
        state_path="kept/state.json",
        max_age=timedelta(0),
        plan_expiry=timedelta(hours=36),
        teams_all=True,
        policy=Policy(
            invite=True,
            remove=False,
            ignore=("acme-bot", "svc-*"),
            wrong_role=WrongRole.CORRECT,
            cancel_unlisted=True,
            max_reinvites=1,
            max_removals=RemovalLimit(count=0, percent=100),
            min_admins=2,
            protected=frozenset({Login("alice")}),
        ),
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_duration_is_a_number_and_its_unit(
    tmp_path: Path, written: str, expected: timedelta
) -> None:
    text = f'[github]\norganization = "acme"\n[state]\nmax_age = "{written}"\n'
    assert settings(tmp_path, text).max_age == expected


def test_a_limit_of_which_half_is_written_keeps_the_other_half(tmp_path: Path) -> None:
    text = '[github]\norganization = "acme"\n[safety]\nmax_removals.count = 9\n'
    limit = settings(tmp_path, text).policy.max_removals
    assert limit == RemovalLimit(count=9, percent=5)


@pytest.mark.parametrize(("written", "cancels"), [("report", False), ("cancel", True)])
def test_unlisted_invitations_by_e_mail_are_cancelled_only_if_the_settings_say_so(
    tmp_path: Path, written: str, *, cancels: bool
) -> None:
    text = f'[invitations]\nunlisted_emails = "{written}"\n'
    text = f'github.organization = "acme"\n{text}'
    assert settings(tmp_path, text).policy.cancel_unlisted is cancels


@pytest.mark.parametrize("word", WrongRole)
def test_what_happens_to_a_wrong_role_is_the_word_written(
    tmp_path: Path, word: WrongRole
) -> None:
    text = f'github.organization = "acme"\ninvitations.wrong_role = "{word}"\n'
    assert settings(tmp_path, text).policy.wrong_role is word


@pytest.mark.parametrize(
    ("written", "may"),
    [("[]", set()), ('["invite"]', {"invite"}), ('["remove"]', {"remove"})],
)
def test_features_are_those_written(
    tmp_path: Path, written: str, may: set[str]
) -> None:
    text = f'[github]\norganization = "acme"\n[manage]\nfeatures = {written}\n'
    policy = settings(tmp_path, text).policy
    assert {word for word in ("invite", "remove") if getattr(policy, word)} == may


WRONG = {
    "[github]": '1:2: "organization" is missing',
    '[github]\norganisation = "acme"': (
        '2:1: unknown key "organisation"; did you mean "organization"?'
    ),
    "[github]\norganization = 3": (
        '2:16: "organization" must be a string, not an integer'
    ),
    '[github]\norganization = "acme/x"': (
        '2:16: "acme/x" is not an organization\'s login;'
        " it is the part behind github.com/ in its address"
    ),
    'github = "acme"': '1:10: "github" must be a table, not a string',
    "[githb]": '1:2: unknown key "githb"; did you mean "github"?',
    "": '1:1: "github" is missing',
}


@pytest.mark.parametrize(("text", "expected"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_wrong_about_the_organization(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert told(*problems(tmp_path, settings=text)) == [f"ghstate.toml:{expected}"]


WHOLE = 'must be a whole number with its unit; write it like "30s", "10m", "2h" or "7d"'
URL = (
    '"api_url" must be an https:// address without user, query and fragment;'
    " GHES has https://HOST/api/v3, GHE.com has https://api.NAME.ghe.com"
)
PATH = (
    '"path" must be a relative path that stays in the project;'
    ' the default is ".ghstate/state.json"'
)
STATE_URL = (
    '"url" is not the address of a state;'
    " write s3://BUCKET/KEY or postgresql://USER@HOST/DATABASE"
)
NO_SECRET = (
    '"url" must hold no password and no key;'
    " they come from the environment only: PGPASSWORD, AWS_ACCESS_KEY_ID, …"
)
LEADS_OUT = 'leads out of the project; the default is "**/*.toml"'

REFUSED = {
    'github.api_url = "http://github.example/api/v3"': f"18: {URL}",
    'github.api_url = "https://me:secret@github.example"': f"18: {URL}",
    'github.api_url = "https://github.example/?a=b"': f"18: {URL}",
    'github.api_url = "ftp://github.example"': f"18: {URL}",
    'github.api_url = "https://"': f"18: {URL}",
    'github.api_url = "http://localhost.evil.example"': f"18: {URL}",
    'github.write_pause = "1 s"': f'22: "write_pause" {WHOLE}',
    "github.write_pause = 1": f'22: "write_pause" {WHOLE}',
    'state.max_age = "10min"': f'17: "max_age" {WHOLE}',
    'state.max_age = "-1s"': f'17: "max_age" {WHOLE}',
    'state.max_age = "1.5h"': f'17: "max_age" {WHOLE}',
    'state.path = "/var/state.json"': f"14: {PATH}",
    'state.path = "../state.json"': f"14: {PATH}",
    'state.path = "a/../../b"': f"14: {PATH}",
    'state.path = "a\\\\b"': f"14: {PATH}",
    'state.path = ""': f"14: {PATH}",
    'state.path = "kept/"': f"14: {PATH}",
    'state.path = "members.toml"': ("14: the state must not be kept in a .toml file"),
    'state.url = "s3://bucket"': f"13: {STATE_URL}",
    'state.url = "s3://bucket/a//b"': f"13: {STATE_URL}",
    'state.url = "s3://bucket/../b"': f"13: {STATE_URL}",
    'state.url = "s3://Bucket/b"': f"13: {STATE_URL}",
    'state.url = "gs://bucket/b"': f"13: {STATE_URL}",
    'state.url = "postgresql://host"': f"13: {STATE_URL}",
    'state.url = "postgresql://host/db?sslmode=of"': f"13: {STATE_URL}",
    'state.url = "postgresql://host/db?connect_timeout=1"': f"13: {STATE_URL}",
    'state.url = "postgresql://h,i/db"': f"13: {STATE_URL}",
    'state.url = "host=db dbname=x"': f"13: {STATE_URL}",
    'state.url = ""': f"13: {STATE_URL}",
    "state.url = 1": '13: "url" must be a string, not an integer',
    'state.url = "postgresql://ada:s3cret@host/db"': f"13: {NO_SECRET}",
    'state.url = "postgresql://:s3cret@host/db"': f"13: {NO_SECRET}",
    'state.url = "postgresql://host/db?password=s3cret"': f"13: {NO_SECRET}",
    'state.url = "postgresql://host/db?a=b&sslpassword=s3cret"': f"13: {NO_SECRET}",
    'state.url = "s3://AKIA:s3cret@bucket/key"': f"13: {NO_SECRET}",
    'state.url = "s3://AKIA@bucket/key"': f"13: {NO_SECRET}",
    'state.url = "s3://bucket/key?X-Amz-Signature=s3cret"': f"13: {NO_SECRET}",
    'state = { path = "x/y.json", url = "s3://bucket/key" }': (
        '36: "path" and "url" cannot both say where the state is'
    ),
    "manage.features = [1]": '20: a feature must be "invite" or "remove"',
    'manage.features = ["invites"]': (
        '20: a feature must be "invite" or "remove"; did you mean "invite"?'
    ),
    'manage.features = "invite"': (
        '19: "features" must be a list of features, not a string'
    ),
    'manage.ignore = ["a b"]': (
        '18: "a b" is neither a login nor a glob for logins; a glob looks like "svc-*"'
    ),
    "manage.ignore = [1]": (
        '18: "ignore" must be a list of logins or globs, not of an integer'
    ),
    'manage.teams = "every"': '16: "teams" must be "all" or "declared"',
    'project.files = "*.toml"': ('17: "files" must be a list of globs, not a string'),
    "project.files = []": '17: "files" must name at least one glob',
    'project.files = ["../*.toml"]': f'18: "../*.toml" {LEADS_OUT}',
    'project.files = ["/etc/*.toml"]': f'18: "/etc/*.toml" {LEADS_OUT}',
    'project.files = [""]': '18: "" is not a glob; the default is "**/*.toml"',
    'invitations.wrong_role = "reduced"': (
        '26: "wrong_role" must be "correct", "leave" or "reduce";'
        ' did you mean "reduce"?'
    ),
    'invitations.wrong_role = "Replace"': (
        '26: "wrong_role" must be "correct", "leave" or "reduce";'
        ' did you mean "correct"?'
    ),
    "invitations.wrong_role = true": (
        '26: "wrong_role" must be "correct", "leave" or "reduce"'
    ),
    'invitations.unlisted_emails = "ignore"': (
        '31: "unlisted_emails" must be "cancel" or "report"; did you mean "report"?'
    ),
    'invitations.unlisted_emails = "remove"': (
        '31: "unlisted_emails" must be "cancel" or "report"; did you mean "cancel"?'
    ),
    'invitations.unlisted_emails = ["cancel"]': (
        '31: "unlisted_emails" must be "cancel" or "report"'
    ),
    "invitations.max_reinvites = 0": (
        '29: "max_reinvites" must be a whole number of 1 or more'
    ),
    'invitations.max_reinvites = "3"': (
        '29: "max_reinvites" must be a whole number of 1 or more'
    ),
    "invitations.max_invites = 3": (
        '13: unknown key "max_invites"; did you mean "max_reinvites"?'
    ),
    'safety.plan_expiry = "1w"': f'22: "plan_expiry" {WHOLE}',
    "safety.plan_expiry = 7": f'22: "plan_expiry" {WHOLE}',
    "safety.max_removals = 3": ('23: "max_removals" must be a table, not an integer'),
    "safety.max_removals.percent = 101": (
        '31: "percent" must be a whole number from 0 to 100'
    ),
    "safety.max_removals.count = -1": (
        '29: "count" must be a whole number of 0 or more'
    ),
    "safety.max_removals.cuont = 1": ('21: unknown key "cuont"; did you mean "count"?'),
    "safety.min_admins = 0": '21: "min_admins" must be a whole number of 1 or more',
    "safety.min_admins = true": '21: "min_admins" must be a whole number of 1 or more',
    'safety.protected = ["ci[bot]"]': (
        '21: "ci[bot]" is an App, not a person;'
        " Apps are installed in the organization, not invited to it"
    ),
    'safety.protected = ["alice@acme.example"]': (
        '21: "alice@acme.example" is an e-mail address; write the person\'s login'
    ),
}


@pytest.mark.parametrize(("line", "expected"), REFUSED.items(), ids=REFUSED.keys())
def test_a_setting_that_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    text = f'github.organization = "acme"\n{line}\n'
    assert told(*problems(tmp_path, settings=text)) == [f"ghstate.toml:2:{expected}"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com",
        "https://api.acme.ghe.com/",
        "https://github.acme.example:8443/api/v3",
        "http://localhost:8080/api/v3",
        "http://127.0.0.1:3000",
        "http://[::1]:3000/",
    ],
)
def test_a_token_goes_over_https_or_stays_on_the_machine(
    tmp_path: Path, url: str
) -> None:
    text = f'[github]\norganization = "acme"\napi_url = "{url}"\n'
    assert settings(tmp_path, text).api_url == url


@pytest.mark.parametrize(
    "url",
    [
        "s3://acme-state/state.json",
        "s3://acme.state/orgs/acme/state-1.json",
        "postgresql:///ghstate",
        "postgresql://db.acme.example/ghstate",
        "postgresql://ghstate@db.acme.example:5433/access?sslmode=verify-full#acme-2",
        "postgresql://ada%40acme@[::1]/ghstate",
    ],
)
def test_several_machines_may_share_a_state(tmp_path: Path, url: str) -> None:
    text = f'[github]\norganization = "acme"\n[state]\nurl = "{url}"\n'
    assert settings(tmp_path, text).state_url == url
    assert settings(tmp_path, text).state_path == ".ghstate/state.json"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:c4n4ry@host/db",
        "postgresql://host/db?password=c4n4ry",
        "s3://c4n4ry@bucket/key",
        "s3://bucket/key?token=c4n4ry",
        "ftp://c4n4ry@host/",
    ],
)
def test_an_address_that_is_refused_is_not_repeated(tmp_path: Path, url: str) -> None:
    text = f'github.organization = "acme"\nstate.url = "{url}"\n'
    (told_of,) = problems(tmp_path, settings=text)
    assert "c4n4ry" not in told_of.message + told_of.hint + told_of.excerpt
    assert len(told_of.excerpt) == len(f'state.url = "{url}"')


@pytest.mark.parametrize(
    "line",
    [
        'state.url = "postgresql://ada:c4n4ry@host/db',
        'state = { path = "a", url = "postgresql://ada:c4n 4ry@host/db" }',
        'github.api_url = "https://ada:c4n4ry@github.example/api/v3"',
    ],
    ids=["a line that is no TOML", "a second mistake in the line", "another address"],
)
def test_whatever_is_wrong_in_a_line_a_password_in_it_is_not_shown(
    tmp_path: Path, line: str
) -> None:
    text = f'github.organization = "acme"\n{line}\n'

    found = problems(tmp_path, settings=text)

    assert found
    for problem in found:
        assert problem.excerpt
        assert not any(part in str(problem) for part in ("c4n", "4ry"))


def test_an_address_without_a_secret_is_shown_as_it_is_written(tmp_path: Path) -> None:
    text = 'github.organization = "acme"\nstate.url = "gs://acme/state"\n'

    (problem,) = problems(tmp_path, settings=text)

    assert problem.excerpt == 'state.url = "gs://acme/state"'


def test_a_state_behind_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path / "project", {})
    (root / ".ghstate").symlink_to(tmp_path)
    assert told(*problems_of(root)) == [
        "ghstate.toml:1:1: the state is kept outside the project"
    ]


def test_problems_of_the_settings_come_with_those_of_the_files(tmp_path: Path) -> None:
    found = problems(tmp_path, "[membrs]\n", settings='github.organizaton = "acme"\n')
    assert told(*found) == [
        'ghstate.toml:1:8: unknown key "organizaton"; did you mean "organization"?',
        'people.toml:1:2: unknown key "membrs"; did you mean "members"?',
    ]


def test_files_are_read_even_if_the_settings_cannot_be(tmp_path: Path) -> None:
    found = problems(tmp_path, "[membrs]\n", settings="[github\n")
    assert told(*found) == [
        'ghstate.toml:1:8: expected "]" after the name of the table',
        'people.toml:1:2: unknown key "membrs"; did you mean "members"?',
    ]


def test_files_are_not_guessed_at_if_the_settings_name_some(tmp_path: Path) -> None:
    found = problems(tmp_path, "[membrs]\n", settings='project.files = ["x"\n')
    assert [problem.file for problem in found] == ["ghstate.toml"]
