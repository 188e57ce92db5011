"""Repositories are named by URLs that are safe to clone, and secrets by reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from orchestration.fleet.document.kalypso import Secret
from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.paths import confine_file

FORBIDDEN_VARIABLES = ("ARM_", "AZURE_", "AWS_", "ACTIONS_")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.IGNORECASE)
_PATH = re.compile(r"(/[A-Za-z0-9_~][-A-Za-z0-9_.~+ ]*)+/?")
_USER = re.compile(r"[A-Za-z_][-A-Za-z0-9_.]*")
# Beginnings of tokens that hosts give out, so that one put in place of a variable's name is seen.
_TOKEN = re.compile(
    r"gh[opsru]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat[-_]\w{15,}|(AKIA|ASIA)[A-Z0-9]{16}|eyJ\w{20,}"
    r"|(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9]{32,}$"
)
_OTHER_HOSTS = ("dev.azure.com", "visualstudio.com", "gitlab.com", "bitbucket.org", "codeberg.org")


def repositories_are_given(draft: Draft) -> Iterator[Problem]:
    """A fleet with workloads or policies has repositories."""
    document = draft.document
    if document.repositories is None and not draft.has_lost("repositories"):
        for key in ("workloads", "policies"):
            if draft.root.find(key).items:
                message = f"{key} need repositories to be written to"
                hint = "add repositories: {url: …, controlPlane: …, gitops: …}"
                yield Problem("no-repositories", document.at_key(key), message, hint)
                return


def repository_urls_are_safe(draft: Draft) -> Iterator[Problem]:
    """Repository URLs are https or ssh, without credentials, query and .git."""
    repositories = draft.document.repositories
    if repositories is not None:
        yield from _url_problems(repositories.url, repositories.at("url"), bare=True)
    for workload in draft.document.workloads:
        yield from _url_problems(workload.repository, workload.at("repository"), bare=False)


def repositories_differ(draft: Draft) -> Iterator[Problem]:
    """Control plane and GitOps repository are two repositories."""
    repositories = draft.document.repositories
    if repositories is not None and repositories.control_plane.lower() == repositories.gitops.lower():
        message = "control plane and GitOps must be two repositories"
        yield Problem("same-repository", repositories.at("gitops"), message, "name another one")


def pull_requests_are_possible(draft: Draft) -> Iterator[Problem]:
    """Pull requests are opened on GitHub only."""
    repositories = draft.document.repositories
    if repositories is None or repositories.delivery != "pull-request":
        return
    host = (_split(repositories.url)[0] or SplitResult("", "", "", "", "")).hostname or ""
    if any(host == other or host.endswith(f".{other}") for other in _OTHER_HOSTS):
        place = repositories.at("delivery") if repositories.is_written("delivery") else repositories.at("url")
        message = f"pull requests are opened on GitHub only, not on {host}"
        yield Problem("delivery-host", place, message, "write delivery: push")


def state_address_is_safe(draft: Draft) -> Iterator[Problem]:
    """The address of HTTP state is https and holds no credentials."""
    state = draft.document.state
    if state is not None and state.http is not None:
        parts, reason = _split(state.http.address)
        if parts is not None and parts.scheme != "https":
            reason = "must begin with https://"
        if parts is not None and not reason:
            holds = {"credentials": "@" in parts.netloc, "a query or a fragment": bool(parts.query or parts.fragment)}
            reason = next((f"holds {what}" for what, there in holds.items() if there), "")
        if reason:
            message = f"the address {reason}"
            yield Problem(
                "url", state.http.at("address"), message, "name credentials by TF_HTTP_USERNAME and _PASSWORD"
            )


def secrets_are_references(draft: Draft) -> Iterator[Problem]:
    """A secret is named by a variable that is no cloud or CI credential, or by a file of the fleet folder."""
    for secret in _secrets(draft):
        if secret.env is not None and _TOKEN.match(secret.env):
            message = "this looks like a secret; a fleet file only says where a secret is"
            yield Problem("secret-value", secret.at("env"), message, "withdraw it, and write the name of a variable")
        elif secret.env is not None and secret.env.upper().startswith(FORBIDDEN_VARIABLES):
            message = f"{secret.env} is a credential of a cloud or of CI, which a fleet file must not send anywhere"
            yield Problem("forbidden-variable", secret.at("env"), message, "use a variable of your own")
        if secret.file is not None:
            _, reason = confine_file(draft.folder, secret.file)
            if reason:
                yield Problem("path", secret.at("file"), f"the file {reason}", "put it into the fleet folder")


def clusters_get_other_credentials(draft: Draft) -> Iterator[Problem]:
    """What clusters pull with should not be what ewo writes with."""
    repositories = draft.document.repositories
    ours = repositories.credentials if repositories else None
    theirs = repositories.cluster_credentials if repositories else None
    if ours and theirs and (ours.env, ours.file) == (theirs.env, theirs.file):
        message = "every cluster gets the credentials that ewo writes with"
        hint = "make a read-only token for the clusters"
        yield Problem("shared-credentials", theirs.at(), message, hint, severity="warning")


def _secrets(draft: Draft) -> Iterator[Secret]:
    repositories = draft.document.repositories
    if repositories is not None:
        generated = repositories.workflows.credentials if repositories.workflows else None
        found: tuple[Secret | None, ...] = (repositories.credentials, repositories.cluster_credentials, generated)
        yield from (secret for secret in found if secret is not None)


def _url_problems(url: str, place: Origin, *, bare: bool) -> Iterator[Problem]:
    parts, reason = _split(url)
    if parts is not None:
        reason = _unsafe(parts) or _unsafe_path(unquote(parts.path), bare=bare)
    if reason:
        yield Problem("url", place, f"the URL {reason}", "write https://HOST/PATH or ssh://git@HOST/PATH")


def _split(url: str) -> tuple[SplitResult | None, str]:
    if not url.isprintable() or " " in url:
        return None, "holds blanks or control characters"
    try:
        parts = urlsplit(url)
        return (parts, "") if parts.port is None or parts.port > 0 else (None, "has no valid port")
    except ValueError:
        return None, "cannot be read"


def _unsafe(parts: SplitResult) -> str:
    user, at, _ = parts.netloc.rpartition("@")
    if parts.scheme not in ("https", "ssh"):
        return "must begin with https:// or ssh://"
    if at and (parts.scheme == "https" or not _USER.fullmatch(user)):
        return "holds credentials"
    if not _HOST.fullmatch(parts.hostname or ""):
        return "names no host"
    if parts.query or parts.fragment:
        return "holds a query or a fragment"
    return ""


def _unsafe_path(path: str, *, bare: bool) -> str:
    if bare and path in ("", "/"):
        return ""
    if not _PATH.fullmatch(path) or ".." in path.split("/"):
        return "names no owner or repository"
    return "must not end with .git" if path.rstrip("/").endswith(".git") else ""
