"""How documents refer to each other: `name/version`, a longer path, or the id of a version or a value set."""

from __future__ import annotations

import re

_ID = re.compile(
    r".*/(?:dynamicConfigurations|configTemplates|solutionTemplates|schemas)/([^/]+)/versions/([^/]+)", re.IGNORECASE
)
_IN_GROUP = re.compile(
    r"/?(?:(?:subscriptions/)?(?P<subscription>[^/]+)/)?(?:resourceGroups/)?(?P<group>[^/]+)"
    r"/(?:providers/.+/)?[^/]+/[^/]+",
    re.IGNORECASE,
)


def key_of(reference: str) -> tuple[str, str]:
    """Return name, in lower case, and version of a reference."""
    if match := _ID.fullmatch(reference):
        return match[1].lower(), match[2]
    name, _, version = reference.rpartition("/")
    return name.rpartition("/")[2].lower(), version


def is_elsewhere(reference: str, home: str) -> bool:
    """Return whether a reference names another resource group than *home*, /subscriptions/…/resourceGroups/….

    What it does not name is the request's own; where no home is known, nothing is elsewhere.
    """
    found = _IN_GROUP.fullmatch(reference) if home else None
    if found is None:
        return False
    _, _, subscription, _, group = home.lower().split("/")[:5]
    return found["group"].lower() != group or (found["subscription"] or subscription).lower() != subscription
