"""Which ewo this is, and with which libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

PACKAGE = "edge-workload-orchestration"
REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)[^;]*(?:;(?P<marker>.*))?")
FOR_DEVELOPERS = ("dev", "mutants")
"""Extras whose libraries take no part in a run."""


def own_version() -> str:
    """Return our version, as installed."""
    return _version(PACKAGE) or "not installed"


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that we need or that an extra brings, by name."""
    return {name: _version(name) or "not installed" for name in sorted(set(_needed()), key=str.lower)}


def _needed() -> Iterator[str]:
    try:
        requirements = metadata.requires(PACKAGE) or ()
    except metadata.PackageNotFoundError:
        return
    for text in requirements:
        match = REQUIREMENT.match(text)
        if match and not any(extra in (match["marker"] or "") for extra in FOR_DEVELOPERS):
            yield match["name"]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
