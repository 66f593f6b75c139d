"""Where a token may go, and whose it is (contract §2.1 and §4)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ghstate.errors import SignInFailed, UsageError
from ghstate.github.endpoint import TOKENS, Endpoint, endpoint, sign_in

GHES = "https://github.acme.example/api/v3"


@pytest.mark.parametrize(
    ("setting", "environ", "api_url", "graphql_url"),
    [
        (None, {}, "https://api.github.com", "https://api.github.com/graphql"),
        (
            "https://api.github.com/",
            {},
            "https://api.github.com",
            "https://api.github.com/graphql",
        ),
        (
            "https://api.acme.ghe.com",
            {},
            "https://api.acme.ghe.com",
            "https://api.acme.ghe.com/graphql",
        ),
        (
            None,
            {"GITHUB_API_URL": f"{GHES}/"},
            GHES,
            "https://github.acme.example/api/graphql",
        ),
        (
            GHES,
            {"GHSTATE_ALLOW_HOST": "other.example, GitHub.ACME.example"},
            GHES,
            "https://github.acme.example/api/graphql",
        ),
        (
            "https://GitHub.Acme.Example/api/v3",
            {"GITHUB_API_URL": GHES},
            "https://GitHub.Acme.Example/api/v3",
            "https://GitHub.Acme.Example/api/graphql",
        ),
        # What the environment says about GraphQL counts only beside its api_url.
        (
            None,
            {"GITHUB_GRAPHQL_URL": "https://evil.example/graphql"},
            "https://api.github.com",
            "https://api.github.com/graphql",
        ),
        (
            "https://api.github.com",
            {
                "GITHUB_API_URL": GHES,
                "GITHUB_GRAPHQL_URL": "https://github.acme.example/elsewhere",
            },
            "https://api.github.com",
            "https://api.github.com/graphql",
        ),
        (
            None,
            {
                "GITHUB_API_URL": GHES,
                "GITHUB_GRAPHQL_URL": "https://graphql.acme.example/",
            },
            GHES,
            "https://graphql.acme.example",
        ),
        (
            "https://api.github.com",
            {"GITHUB_API_URL": "https://api.github.com"},
            "https://api.github.com",
            "https://api.github.com/graphql",
        ),
        # Loopback, over http, as for the sandbox.
        (
            None,
            {"GITHUB_API_URL": "http://127.0.0.1:8123"},
            "http://127.0.0.1:8123",
            "http://127.0.0.1:8123/graphql",
        ),
        (
            None,
            {"GITHUB_API_URL": "http://[::1]:8123/api/v3"},
            "http://[::1]:8123/api/v3",
            "http://[::1]:8123/api/graphql",
        ),
        (
            "http://localhost:8123",
            {"GHSTATE_ALLOW_HOST": "localhost"},
            "http://localhost:8123",
            "http://localhost:8123/graphql",
        ),
    ],
)
def test_the_files_go_over_the_environment_and_graphql_follows(
    setting: str | None, environ: Mapping[str, str], api_url: str, graphql_url: str
) -> None:
    assert endpoint(setting, environ) == Endpoint(api_url, graphql_url)


@pytest.mark.parametrize(
    ("setting", "environ"),
    [
        ("https://evil.example", {}),
        ("https://evil.example", {"GITHUB_API_URL": GHES}),
        ("https://evil.example", {"GHSTATE_ALLOW_HOST": "example, l.example"}),
        ("https://api.github.com.evil.example", {}),
        ("https://github.com", {}),
        ("https://ghe.com", {}),
        ("https://notghe.com", {}),
        ("http://127.0.0.1:8123", {}),
        ("http://localhost:8123", {"GITHUB_API_URL": "http://127.0.0.1:8123"}),
    ],
)
def test_another_host_needs_the_environments_word(
    setting: str, environ: Mapping[str, str]
) -> None:
    with pytest.raises(UsageError, match="the environment does not agree") as caught:
        endpoint(setting, environ)

    host = setting.split("/")[2].partition(":")[0]
    assert caught.value.hint == f"if that is meant, set GHSTATE_ALLOW_HOST={host}"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com",
        "http://github.acme.example/api/v3",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
    ],
)
def test_a_token_goes_over_https_or_stays_on_this_machine(url: str) -> None:
    allowed = {"GHSTATE_ALLOW_HOST": url.split("/")[2]}

    with pytest.raises(UsageError, match="a token goes over https only"):
        endpoint(url, allowed)
    with pytest.raises(UsageError, match="a token goes over https only"):
        endpoint(None, {"GITHUB_API_URL": url})


@pytest.mark.parametrize(
    "url",
    [
        "api.github.com",
        "ftp://api.github.com",
        "https://",
        "https:///api/v3",
        "https://api.github.com:99999",
        "https://api.github.com:0",
        "https://api.github.com:https",
        "https://[::1",
        "https://[zz]",
        "https://api.github.com?x=1",
        "https://api.github.com/#graphql",
        "https://api.github.com/a b",
        "https://api.github.com\n.evil.example",
        "https://api.github.com\\.evil.example",
        r"https://evil.example\.ghe.com",
        "https://evil.example%2f.ghe.com",
        "https://evil。ghe.com",
        "https://\u0430pi.github.com",  # begins with a Cyrillic letter
        "https://.ghe.com",
    ],
)
def test_what_can_be_read_in_two_ways_is_no_address(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of a GitHub API"):
        endpoint(url, {})


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:hunter2@api.github.com",
        "https://hunter2@api.github.com",
        "https://:hunter2@api.github.com",
        "https://api.github.com:hunter2@evil.example",
        "https://@api.github.com",
    ],
)
def test_t78_an_address_with_a_password_is_refused_without_showing_it(url: str) -> None:
    for setting, environ in ((url, {}), (None, {"GITHUB_API_URL": url})):
        with pytest.raises(UsageError, match="is no address") as caught:
            endpoint(setting, environ)
        assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]", True),
        ("http://localhost", True),
        ("https://api.github.com", False),
        ("https://10.0.0.1", False),
    ],
)
def test_loopback_is_told_by_the_host(url: str, *, is_loopback: bool) -> None:
    assert Endpoint(url, f"{url}/graphql").is_loopback is is_loopback


# Who signs in


def test_the_first_token_that_is_set_signs_in() -> None:
    environ = {name: f"token-of-{name}" for name in TOKENS}

    for name in ("GHSTATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"):
        assert sign_in(environ).header == f"Bearer token-of-{name}"
        environ[name] = "  "


def test_space_around_a_token_is_none_of_it() -> None:
    assert sign_in({"GH_TOKEN": " ghp_x\n"}).header == "Bearer ghp_x"


def test_without_a_token_the_hint_says_which_to_set() -> None:
    with pytest.raises(SignInFailed, match="there is no token") as caught:
        sign_in({"GHSTATE_TOKEN": ""})

    assert caught.value.hint.startswith("set GHSTATE_TOKEN ")


@pytest.mark.parametrize(
    "secret", ["two words", "a\r\nX-Evil: 1", "a\tb", "a\x00b", "a\x7fb", "tökén", "…"]
)
def test_what_cannot_stand_in_a_header_is_no_token(secret: str) -> None:
    with pytest.raises(SignInFailed, match="what GH_TOKEN holds is no token") as caught:
        sign_in({"GH_TOKEN": secret})

    assert secret not in caught.value.message


@pytest.mark.parametrize(
    "name",
    [
        "GHSTATE_APP_ID",
        "GHSTATE_APP_INSTALLATION_ID",
        "GHSTATE_APP_PRIVATE_KEY",
        "GHSTATE_APP_PRIVATE_KEY_FILE",
    ],
)
def test_a_github_apps_key_is_refused_rather_than_passed_over(name: str) -> None:
    with pytest.raises(UsageError, match="is not supported by this version") as caught:
        sign_in({name: "hunter2", "GHSTATE_TOKEN": "ghp_x"})

    assert "installation token" in caught.value.hint
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_t78_a_token_shows_itself_only_in_the_header() -> None:
    token = sign_in({"GHSTATE_TOKEN": "ghp_canary"})

    assert "canary" not in f"{token!r} {token} {[token]}"
    assert not hasattr(token, "__dict__")
