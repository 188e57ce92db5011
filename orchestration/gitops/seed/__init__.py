"""The files a new control plane starts with: Kalypso templates of ours and the ignore list."""

from __future__ import annotations

from importlib.resources import files
from string import Template

__all__ = ["seed_text"]


def seed_text(name: str, **values: str) -> str:
    """Return the seed file *name*; `${key}` in it stands for the value of that key."""
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return Template(text).substitute(values) if values else text
