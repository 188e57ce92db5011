"""How Git reaches a repository: what it may be called, which environment it gets, what its complaints mean."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from orchestration.drivers.process import Completed, clean_environment
from orchestration.errors import RepositoryBusy, RepositoryDenied, RepositoryError, RepositoryNotFound

_HOST = r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?)"
_PATH = r"(?P<path>[^\s?#]+)"
_USER = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
URLS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<prefix>https://{_HOST}/){_PATH}",
        rf"(?P<prefix>ssh://(?:{_USER}@)?{_HOST}/){_PATH}",
        rf"(?P<prefix>{_USER}@{_HOST}:){_PATH}",
    )
)
BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|\.lock(?:/|$)|(?:^|/)\.|[./]$|^[-/]|^@$")
"""What Git forbids in a branch's name (git-check-ref-format), and a hyphen at its start."""

DENIED = ("Authentication failed", "could not read Username", "could not read Password", "Permission denied",
          "returned error: 401", "returned error: 403", "Write access to repository not granted")  # fmt: skip
ABSENT = ("not found", "does not exist", "returned error: 404")
BUSY = (
    *(f"returned error: {status}" for status in (408, 429, 500, 502, 503, 504)),
    "Connection reset", "Connection was reset", "Empty reply", "Operation too slow", "Recv failure",
    "SSL_ERROR_SYSCALL", "early EOF", "hung up unexpectedly", "transfer closed", "unexpected disconnect",
    "unexpected eof", "unexpected EOF",
)  # fmt: skip
"""What a host or the way to it says when it may go well the next time."""

UNREACHABLE = ("Could not resolve host", "Failed to connect", "Connection refused", "timed out", "Couldn't connect")


@dataclass(frozen=True)
class StandIn:
    """A Git host that answers for every other: `address` is the URL under which HOST/OWNER/NAME is found."""

    address: str
    token: str = field(repr=False)
    ca_file: Path


@dataclass(frozen=True)
class GitAccess:
    """What Git needs to reach repositories: tokens by host (`github.com`, `git.example.com:8443`), or a stand-in."""

    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    stand_in: StandIn | None = None

    def environment(self, url: str) -> dict[str, str]:
        """Return the whole environment of a Git that talks to *url*, without anything of the user's configuration.

        The credential is bound to the host: redirects are not followed, as Git would take its headers along.
        """
        found = parse_url(url)
        origin = _origin(self.stand_in.address if self.stand_in else found["prefix"])
        token = self.stand_in.token if self.stand_in else self.tokens.get(found["host"], "")
        settings = {"http.followRedirects": "false"}
        if self.stand_in:
            settings[f"url.{self.stand_in.address.rstrip('/')}/{found['host']}/.insteadOf"] = found["prefix"]
            settings[f"http.{origin}.proxy"] = ""
        if token and origin.startswith("https://"):
            settings[f"http.{origin}.extraHeader"] = f"Authorization: Basic {_basic(token)}"
        return git_environment(settings, self.stand_in.ca_file if self.stand_in else None)


def git_environment(settings: Mapping[str, str] | None = None, ca_file: Path | None = None) -> dict[str, str]:
    """Return the environment of a Git with these settings only: no hooks, no prompts, https and ssh alone."""
    base = clean_environment()
    certificates = str(ca_file) if ca_file else base.get("SSL_CERT_FILE", "")
    fixed = {
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "https:ssh",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
        "GIT_HTTP_LOW_SPEED_TIME": "60",
    }
    always = {"core.hooksPath": "/dev/null", "gc.auto": "0", "maintenance.auto": "false", "submodule.recurse": "false"}
    return (
        base
        | fixed
        | ({"GIT_SSL_CAINFO": certificates} if certificates else {})
        | _numbered(always | dict(settings or {}))
    )


def _numbered(settings: Mapping[str, str]) -> dict[str, str]:
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def parse_url(url: str) -> re.Match[str]:
    """Return the parts (`prefix`, `host`, `path`) of a repository's URL; raise `RepositoryError` for an unsafe one."""
    found = _parts(url)
    if found is None or ".." in found["path"].split("/") or found["path"].startswith("-"):
        shown = re.sub(r"//[^/@]*@", "//…@", url)
        raise RepositoryError(
            f"{shown!r} is no repository URL we use",
            hint="write https://HOST/OWNER/NAME or ssh://git@HOST/OWNER/NAME, with no password in it",
        )
    return found


def same_repository(one: str, other: str) -> bool:
    """Whether two URLs, be they of https or of ssh, lead to one repository of one host."""
    return _place(one) == _place(other)


def _place(url: str) -> str:
    """Return host and path of a URL, in lower case, as hosts take names in any case."""
    found = _parts(url)
    place = f"{found['host'].partition(':')[0]}/{found['path']}" if found else url
    return place.lower().rstrip("/").removesuffix(".git")


def _parts(url: str) -> re.Match[str] | None:
    return next((match for pattern in URLS if (match := pattern.fullmatch(url))), None)


def check_branch(branch: str) -> str:
    """Return *branch*; raise `RepositoryError` if Git or a shell could take it for something else."""
    if not branch or BAD_REF.search(branch):
        raise RepositoryError(f"{branch!r} is no name of a branch", hint="see git-check-ref-format(1)")
    return branch


def failure(url: str, done: Completed, shortage: str = "") -> RepositoryError:
    """Return the error that says why Git could not reach or change *url*; *shortage* of room goes before all else."""
    text = done.stderr.strip()
    host = parse_url(url)["host"]

    def says(signs: tuple[str, ...]) -> bool:
        return any(sign in text for sign in signs)

    if shortage:
        return RepositoryError(f"git {done.argv[1]} failed for {url}:\n{text}", hint=shortage)
    if says(DENIED):
        return RepositoryDenied(
            f"{host} refuses our credential for {url}:\n{text}",
            hint=f"check the token for {host}: is it set, is it still valid, may it read and write this repository?",
        )
    if says(ABSENT):
        return RepositoryNotFound(
            f"there is no repository {url}, or none that our token may see:\n{text}",
            hint="check its URL and the token's access to it",
        )
    if says(BUSY):
        return RepositoryBusy(
            f"{host} did not answer as it should, git {done.argv[1]} failed for {url}:\n{text}",
            hint=f"see whether {host} has a bad day, and the network to it, then run the same command again",
        )
    hint = "see Git's message above, then run the same command again"
    if says(UNREACHABLE):
        hint = f"{host} cannot be reached: check the network and the proxy settings"
    elif says(("SSL certificate", "server certificate")):
        hint = f"{host}'s certificate is not trusted: name your authority's certificates in SSL_CERT_FILE"
    elif says(("redirect", "returned error: 301", "returned error: 302")):
        hint = "the repository has moved, and we follow no redirect with a credential: write its present URL"
    elif says(("No space left",)):
        hint = "make room on the disk, then run the same command again"
    return RepositoryError(f"git {done.argv[1]} failed for {url}:\n{text}", hint=hint)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _basic(token: str) -> str:
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()
