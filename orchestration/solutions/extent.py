"""How far a rollout goes: to which step, environment and ring, and of which solutions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orchestration.errors import UsageError
from orchestration.fleet.model import Fleet, Solution
from orchestration.solutions.decision import Through
from orchestration.solutions.dependencies import in_order


@dataclass(frozen=True, slots=True)
class Until:
    """The last environment that is begun, or its last ring, which counts from 1."""

    environment: str
    ring: int | None = None

    def __str__(self) -> str:
        return self.environment if self.ring is None else f"ring {self.ring} of {self.environment}"


@dataclass(frozen=True, slots=True)
class Extent:
    """What of a fleet's rollout is wanted; what is left open is wanted whole."""

    fleet: Fleet
    through: Through = "install"
    until: Until | None = None
    only: Collection[str] | None = None
    environments: Collection[str] | None = None

    def check(self) -> None:
        """Raise `UsageError` if it names what the fleet does not have."""
        known = ", ".join(self.fleet.environments) or "none"
        if self.until is not None and self.until.environment not in self.fleet.environments:
            raise UsageError(f"no environment is called {self.until.environment!r}", hint=f"the fleet has {known}")
        if self.until is not None and self.until.ring is not None and self.until.ring < 1:
            raise UsageError(f"there is no ring {self.until.ring}", hint="rings count from 1")
        unknown = [name for name in self.only or () if name not in self.fleet.solutions]
        if unknown:
            hint = f"the fleet has {', '.join(self.fleet.solutions) or 'none'}"
            raise UsageError(f"no solution is called {', '.join(map(repr, unknown))}", hint=hint)

    @property
    def whole(self) -> bool:
        """Whether targets are brought to the end: what is installed runs, and what is not placed goes."""
        return self.through == "install"

    @property
    def wanted(self) -> str:
        """How an environment has to have a version before the next one follows."""
        return {"review": "reviewed", "publish": "published", "install": "healthy"}[self.through]

    def solutions(self) -> tuple[Solution, ...]:
        """Return the solutions that are wanted, each after what it depends on."""
        return tuple(item for item in in_order(self.fleet) if self.only is None or item.name in self.only)

    def covers(self, environment: str) -> bool:
        """Whether the environment is to be changed."""
        return self.environments is None or environment in self.environments

    def beyond(self, environment: str, ring: int | None = None) -> str:
        """Return why a ring is not begun, or nothing if it is; without *ring*, what follows the last ring."""
        until = self.until
        if until is None:
            return ""
        order = list(self.fleet.environments)
        passed = order.index(environment) - order.index(until.environment)
        if passed == 0 and until.ring is not None:
            passed = 1 if ring is None or ring > until.ring else 0
        return f"this rollout goes until {until}" if passed > 0 else ""
