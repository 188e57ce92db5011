"""What the user asks for: a fleet file becomes a frozen `Fleet`.

Importing this package is cheap: YAML and pydantic come in when a fleet is loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.fleet.init import write_starter
    from orchestration.fleet.load import load_fleet
    from orchestration.fleet.model import Fleet, Origin, Problem
    from orchestration.fleet.schema import fleet_schema

_HOMES = {
    "Fleet": "model",
    "Origin": "model",
    "Problem": "model",
    "fleet_schema": "schema",
    "load_fleet": "load",
    "write_starter": "init",
}

__all__ = ["Fleet", "Origin", "Problem", "fleet_schema", "load_fleet", "write_starter"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
