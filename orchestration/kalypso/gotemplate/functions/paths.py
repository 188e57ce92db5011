"""sprig's path functions, which are Go's package path: always with slashes."""

from __future__ import annotations

import posixpath

from orchestration.kalypso.gotemplate.signature import table


def clean(path: str) -> str:
    """Return *path* without empty, `.` and inner `..` elements; "." for an empty one."""
    cleaned = posixpath.normpath(path) if path else "."
    return "/" + cleaned.lstrip("/") if cleaned.startswith("//") else cleaned


def _base(path: str) -> str:
    if not path:
        return "."
    stripped = path.rstrip("/")
    return posixpath.basename(stripped) if stripped else "/"


def _directory(path: str) -> str:
    return clean(path[: path.rfind("/") + 1])


def _extension(path: str) -> str:
    name = path[path.rfind("/") + 1 :]
    return name[name.rfind(".") :] if "." in name else ""


FUNCTIONS = table(
    ("base", "string", _base),
    ("dir", "string", _directory),
    ("clean", "string", clean),
    ("ext", "string", _extension),
    ("isAbs", "string", lambda path: path.startswith("/")),
)
