"""What is there before a plan is made, and the order in which what goes away goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.provision.outputs import StackState

CORE, SITES, LINKS, SHARD = "core", "sites", "links", "shard"
REVERSED = (SHARD, LINKS, SITES)
"""Blueprints in the order in which what goes away goes; core is last."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is there before a plan is made.

    `states` by stack name; `connected` clusters by name; `foreign` extension ids by cluster and type;
    `owned` key paths of values by document, as the fleet names them now; `cloud` is the one we are in.
    """

    states: Mapping[str, StackState] = field(default_factory=dict)
    connected: frozenset[str] = frozenset()
    foreign: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    owned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cloud: str = ""

    def output(self, stack: str, name: str, default: Any = None) -> Any:
        """Return the output *name* of the stack's state, or *default*."""
        state = self.states.get(stack)
        value = state.outputs.get(name) if state else None
        return default if value is None else value


def teardown_order(name: str) -> tuple[int, str]:
    """Return the key by which stacks are destroyed: shards, links, sites, core."""
    kind = name.split("-")[0]
    return REVERSED.index(kind) if kind in REVERSED else len(REVERSED), name
