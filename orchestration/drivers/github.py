"""Repositories on GitHub, GitHub Enterprise Server and the sandbox, by PyGithub.

PyGithub is LGPL: it is imported as it is installed, never copied or changed, which its licence allows to any program.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestration.errors import RepositoryDenied, RepositoryError, RepositoryNotFound, ServiceError

if TYPE_CHECKING:
    import github

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PUBLIC_HOST, PUBLIC_API = "github.com", "https://api.github.com"
SECONDS, RETRIES, LONGEST_WAIT = 30, 4, 60


def api_url(host: str) -> str:
    """Return the address of the REST API of github.com or of a GitHub Enterprise Server."""
    return PUBLIC_API if host.lower() == PUBLIC_HOST else f"https://{host}/api/v3"


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What GitHub says of a token: its scopes, None unless it is a classic one, and whether it may push somewhere.

    `push` is None if there is no such repository, or none that the token may see.
    https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """

    scopes: tuple[str, ...] | None
    push: bool | None


class GitHub:
    """One GitHub; *ca_file* replaces the known authorities. Its repr shows no token."""

    def __init__(self, url: str, token: str, *, ca_file: Path | None = None) -> None:
        self.url, self._token, self._ca_file = url, token, ca_file

    def ensure_repository(self, owner: str, name: str, *, private: bool = True) -> bool:
        """Make the repository unless it exists and return whether it was made.

        Raises `RepositoryDenied` if the token may not, `RepositoryNotFound` if there is no such owner and
        `ServiceError` if GitHub cannot be asked.
        """
        from github import UnknownObjectException

        with _told_plainly(self.url, f"{owner}/{name}"), self._client() as client:
            try:
                client.get_repo(f"{owner}/{name}")
                return False
            except UnknownObjectException:
                return _create(client, owner, name, private=private)

    def token_facts(self, owner: str, name: str) -> TokenFacts:
        """Return what the token may do with a repository, as far as GitHub tells; it tells no finer permissions.

        Raises `RepositoryDenied` if the token is not accepted and `ServiceError` if GitHub cannot be asked.
        """
        from github import UnknownObjectException

        with _told_plainly(self.url, f"{owner}/{name}"), self._client() as client:
            try:
                push = bool(client.get_repo(f"{owner}/{name}").permissions.push)
            except UnknownObjectException:
                return TokenFacts(_scopes(client), None)
            return TokenFacts(_scopes(client), push)

    def _client(self) -> github.Github:
        from github import Auth, Github, GithubRetry

        verify: Any = str(self._ca_file) if self._ca_file else True
        client = Github(
            auth=Auth.Token(self._token), base_url=self.url, verify=verify, timeout=SECONDS,
            user_agent="edge-workload-orchestration",
            retry=GithubRetry(total=RETRIES, connect=0, backoff_factor=1, status_forcelist=[429, *range(500, 600)],
                              max_rate_limit_wait=LONGEST_WAIT, secondary_rate_wait=LONGEST_WAIT),
            seconds_between_requests=None, seconds_between_writes=None,
        )  # fmt: skip
        if urlsplit(self.url).hostname in LOOPBACK:
            _without_proxies(client)
        return client


def _scopes(client: github.Github) -> tuple[str, ...] | None:
    return None if client.oauth_scopes is None else tuple(scope for scope in client.oauth_scopes if scope)


def _without_proxies(client: github.Github) -> None:
    """Let a client ask no proxy of the environment: none could reach this machine's own address."""
    from github.Requester import HTTPSRequestsConnectionClass

    class Direct(HTTPSRequestsConnectionClass):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.session.trust_env = False

    # PyGithub offers this for all of a process's clients only (injectConnectionClasses); ours is one of them.
    client.requester.__dict__["_Requester__connectionClass"] = Direct


def _create(client: github.Github, owner: str, name: str, *, private: bool) -> bool:
    from github import AuthenticatedUser, GithubException

    user = client.get_user()
    assert isinstance(user, AuthenticatedUser.AuthenticatedUser), "without a login PyGithub means oneself"
    place = user if user.login.lower() == owner.lower() else client.get_organization(owner)
    try:
        place.create_repo(name, private=private, auto_init=False)
    except GithubException as error:
        if error.status == 422 and "already exists" in str(error.data):
            return False  # somebody else made it meanwhile
        raise
    return True


@contextmanager
def _told_plainly(url: str, what: str) -> Iterator[None]:
    import requests
    from github import GithubException

    try:
        yield
    except GithubException as error:
        raise _refusal(url, what, error.status, error.data) from error
    except (requests.RequestException, OSError) as error:
        hint = "check the network and the certificates; is a proxy asked (HTTPS_PROXY) that cannot know it (NO_PROXY)?"
        raise ServiceError(f"{url} got no answer about {what}: {error}", hint=hint) from error
    except ValueError as error:
        hint = "something between us and the Git host answers in its place: check the proxy settings, then run it again"
        raise ServiceError(f"{url} answered about {what} with what is no JSON, or not all of it", hint=hint) from error


def _refusal(url: str, what: str, status: int, data: Any) -> RepositoryError | ServiceError:
    message = data.get("message", "") if isinstance(data, dict) else str(data or "")
    details = data.get("errors", ()) if isinstance(data, dict) else ()
    more = "; ".join(str(item.get("message", item)) if isinstance(item, dict) else str(item) for item in details)
    text = f"{url} says of {what}: {status} {message}" + (f" ({more})" if more else "")
    if status in (401, 403):
        return RepositoryDenied(text, hint="check the token: is it valid, and may it make repositories for this owner?")
    if status == 404:
        return RepositoryNotFound(text, hint="is there such an owner, and may the token see it?")
    return ServiceError(
        text, status=status, hint="see what it says, and https://www.githubstatus.com; then run it again"
    )
