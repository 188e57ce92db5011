"""How documents refer to each other: `name/version`, a longer path, or the id of a value set."""

from __future__ import annotations

import re

_VALUE_SET = re.compile(r".*/dynamicConfigurations/([^/]+)/versions/([^/]+)", re.IGNORECASE)


def key_of(reference: str) -> tuple[str, str]:
    """Return name, in lower case, and version of a reference."""
    if match := _VALUE_SET.fullmatch(reference):
        return match[1].lower(), match[2]
    name, _, version = reference.rpartition("/")
    return name.rpartition("/")[2].lower(), version
