"""Where GitHub is, who signs in there, and whether the token may go there at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from ghstate.errors import SignInFailed, UsageError

PUBLIC = "https://api.github.com"
TOKENS = ("GHSTATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
_ADDRESS = re.compile(
    r"https?://([a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]+)?"
    r"(/[a-z0-9._~!$&'()*+,;=:%/-]*)?",
    re.IGNORECASE | re.ASCII,
)
"""Scheme, host, port and path in visible ASCII: nobody's name and password, and no
host that is written in letters which only look like others."""

_APP = (
    "GHSTATE_APP_ID",
    "GHSTATE_APP_INSTALLATION_ID",
    "GHSTATE_APP_PRIVATE_KEY",
    "GHSTATE_APP_PRIVATE_KEY_FILE",
)


class Token:
    """A secret that shows itself only in the header it is sent in."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @property
    def header(self) -> str:
        return f"Bearer {self._secret}"

    def __repr__(self) -> str:
        return "Token(***)"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One GitHub: its REST root and its GraphQL address."""

    api_url: str
    graphql_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.api_url).hostname or ""

    @property
    def server(self) -> str:
        """The host, and the port where one is named."""
        return urlsplit(self.api_url).netloc

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.host)


def endpoint(setting: str | None, environ: Mapping[str, str]) -> Endpoint:
    """The GitHub to talk to: the file's, else the environment's, else github.com.

    A token goes over https only (http on loopback), and to a host that is not
    GitHub's own only when the environment names it: a change of `api_url` in a pull
    request must not carry a token away (contract §2.1).
    """
    from_environ = environ.get("GITHUB_API_URL", "").rstrip("/")
    api_url = (setting or from_environ or PUBLIC).rstrip("/")
    graphql_url = _graphql_of(api_url)
    allowed = set(
        environ.get("GHSTATE_ALLOW_HOST", "").lower().replace(",", " ").split()
    )
    if from_environ:
        allowed.add(_host(from_environ))
    named = environ.get("GITHUB_GRAPHQL_URL", "").rstrip("/")
    if named and from_environ and api_url == from_environ:
        graphql_url = named
        allowed.add(_host(named))
    for url in (api_url, graphql_url):
        _check(url, allowed)
    return Endpoint(api_url, graphql_url)


def sign_in(environ: Mapping[str, str]) -> Token:
    """The token that the environment holds; never a flag, which others could see."""
    if any(environ.get(name) for name in _APP):
        raise UsageError(
            "signing in as a GitHub App by its key is not supported by this version",
            hint="put an installation token of the App into GHSTATE_TOKEN",
        )
    for name in TOKENS:
        if secret := environ.get(name, "").strip():
            if not (secret.isascii() and secret.isprintable()) or " " in secret:
                raise SignInFailed(f"what {name} holds is no token")
            return Token(secret)
    raise SignInFailed(
        "there is no token to sign in to GitHub with",
        hint=f"set {TOKENS[0]} to a token of an owner of the organization",
    )


def _graphql_of(api_url: str) -> str:
    if api_url.endswith("/api/v3"):
        return api_url.removesuffix("/v3") + "/graphql"
    return api_url + "/graphql"


def _check(url: str, allowed: set[str]) -> None:
    host = _host(url)
    parts = urlsplit(url)
    loopback = _is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise UsageError(
            f"a token goes over https only, and {url} is not",
            hint="write https:// in api_url",
        )
    own = host == "api.github.com" or host.endswith(".ghe.com")
    if not own and host not in allowed:
        raise UsageError(
            f"the files send the token to {host}, and the environment does not agree",
            hint=f"if that is meant, set GHSTATE_ALLOW_HOST={host}",
        )


def _host(url: str) -> str:
    """The host in *url*, about which no two readers of it can disagree."""
    if _ADDRESS.fullmatch(url):
        try:
            parts = urlsplit(url)
            if parts.port != 0 and parts.hostname:
                return parts.hostname
        except ValueError:
            pass
    raise UsageError(
        f"{url.rsplit('@', maxsplit=1)[-1]} is no address of a GitHub API",
        hint="write https://HOST/api/v3, or https://api.NAME.ghe.com",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
