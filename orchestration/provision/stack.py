"""One stack as data: a blueprint, its inputs and what it needs before it.

Inputs are plain JSON values in which two placeholders may stand: a `Ref` for what is minted at
apply time, and a `Secret` for what must never be written down. Both enter a plan's digest by name.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Inputs = Mapping[str, Any]
Fill = Callable[["Ref | Secret"], Any]


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that *source* mints at apply time under *name*, such as a cluster's public key."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Secret:
    """The value of the fleet's secret *name*; it reaches Terraform by environment only."""

    name: str


@dataclass(frozen=True, slots=True)
class Stack:
    """One blueprint with its inputs and its state; `needs` are the stacks to be applied before it."""

    name: str
    blueprint: str
    inputs: Inputs
    environment: str | None = None
    needs: tuple[str, ...] = ()
    secrets: Mapping[str, Secret] | None = None

    def hash(self, blueprint_hash: str, key: str, secret: Callable[[str], str]) -> str:
        """Return the hash that `applied` must show for the stack to be skipped.

        Secrets count by a digest keyed with the fleet's own random *key*, so that a rotated one is
        sent again and a guess cannot be checked against the state.
        """

        def keyed(value: Ref | Secret) -> Any:
            if isinstance(value, Ref):
                return by_name(value)
            return hmac.new(key.encode(), secret(value.name).encode(), hashlib.sha256).hexdigest()

        content = {"blueprint": blueprint_hash, "inputs": self.inputs, "secrets": self.secrets or {}}
        return sha256(filled(content, keyed))

    def plan_entry(self, blueprint_hash: str) -> dict[str, Any]:
        """Return what the plan's digest covers of this stack."""
        content = {"name": self.name, "blueprint": blueprint_hash, "inputs": self.inputs, "secrets": self.secrets or {}}
        entry: dict[str, Any] = filled(content, by_name)
        return entry


def by_name(value: Ref | Secret) -> Any:
    """Return the form in which a placeholder enters a digest."""
    if isinstance(value, Ref):
        return {"$ref": f"{value.source}/{value.name}"}
    return {"$secret": value.name}


def filled(value: Any, fill: Fill) -> Any:
    """Return *value* as plain JSON values, with each placeholder replaced by *fill*'s answer."""
    if isinstance(value, Ref | Secret):
        return fill(value)
    if isinstance(value, Mapping):
        return {str(key): filled(item, fill) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, fill) for item in value]
    return value


def canonical(value: Any) -> str:
    """Return *value* as canonical JSON: sorted keys, no blanks, UTF-8 text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(value: Any) -> str:
    """Return the SHA-256 of *value*'s canonical JSON, in hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
