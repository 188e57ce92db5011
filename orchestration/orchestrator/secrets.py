"""Reads the secrets that the fleet refers to, when a verb needs them and not before."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from orchestration.errors import UsageError
from orchestration.fleet.model import Fleet, SecretRef

SECRET_NAME = re.compile(
    r"(?i)(?:secret|token|password|passwd|identity_header|access_key|sas)(?!.*_(?:path|file|url)$)"
)
"""Names of variables that hold a secret, and no file's name or address."""

SHORTEST = 8
"""Shorter values are words, such as `true`, that are not to be taken out of texts."""


CLUSTERS = "clusterCredentials"


def secret_values(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of variables whose names say that they are secret."""
    return (value for name, value in environment.items() if len(value) >= SHORTEST and SECRET_NAME.search(name))


def read_secret(reference: SecretRef, purpose: str) -> str:
    """Return the secret's value; raise `UsageError` that says what is missing."""
    value = read_if_set(reference)
    if value is None:
        raise UsageError(
            f"{purpose} is to come from {reference}, and there is nothing", hint=f"set {reference}, then run again"
        )
    return value


def read_if_set(reference: SecretRef | None) -> str | None:
    """Return the secret's value, or None if it is not there."""
    if reference is None:
        return None
    if reference.env:
        return os.environ.get(reference.env) or None
    assert reference.file is not None
    try:
        # Of anything but a file, such as a pipe, there might be no end.
        return reference.file.read_text(encoding="utf-8").strip() or None if reference.file.is_file() else None
    except OSError:
        return None
    except UnicodeDecodeError as error:
        raise UsageError(f"{reference} holds no UTF-8 text", hint="put the secret alone into it") from error


def references(fleet: Fleet) -> dict[str, SecretRef]:
    """Return the references to secrets of the fleet, by what each is for."""
    names = fleet.repositories
    if names is None:
        return {}
    clusters = names.cluster_credentials.secret if names.cluster_credentials else None
    workflows = ((names.workflows or {}).get("credentials") or {}).get("env")
    found = {
        "repositories.credentials": names.credentials,
        "clusterCredentials": clusters,
        "workflows.credentials": SecretRef(env=workflows) if workflows else None,
    }
    return {purpose: reference for purpose, reference in found.items() if reference is not None}


def require_secrets(fleet: Fleet) -> None:
    """Raise `UsageError`, naming all of it, if a secret that a run writes with or hands on is not there."""
    missing = [f"{purpose} is to come from {item}" for purpose, item in _needed(fleet).items() if not read_if_set(item)]
    if missing:
        names = " and ".join(str(item) for item in _needed(fleet).values() if not read_if_set(item))
        raise UsageError(f"{', '.join(missing)}, and there is nothing", hint=f"set {names}, then run again")


def _needed(fleet: Fleet) -> dict[str, SecretRef]:
    names = fleet.repositories
    if names is None or not fleet.uses_kalypso:
        return {}
    clusters = names.cluster_credentials.secret if names.cluster_credentials else None
    found = {"repositories.credentials": names.credentials, CLUSTERS: clusters}
    return {purpose: reference for purpose, reference in found.items() if reference is not None}


class Secrets(Mapping[str, str]):
    """The secrets that stacks take, by name, each read when it is asked for; its repr shows none.

    A name whose secret is not there raises `UsageError`, and is left out of what can be iterated over.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._references = {name: item for name, item in _needed(fleet).items() if name == CLUSTERS}

    def __getitem__(self, name: str) -> str:
        """Return a secret's value."""
        return read_secret(self._references[name], name)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the secrets that are there."""
        return (name for name, reference in self._references.items() if read_if_set(reference))

    def __len__(self) -> int:
        """Return how many secrets are there."""
        return sum(1 for _ in self)


def cluster_secret(fleet: Fleet, *, fallback: str) -> str | None:
    """Return what clusters pull the GitOps repository with, if the fleet gives them a secret; *fallback* if unset."""
    reference = _needed(fleet).get(CLUSTERS)
    return (read_if_set(reference) or fallback) if reference else None
