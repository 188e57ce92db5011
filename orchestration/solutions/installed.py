"""Solution versions and instances as a target has them, read from ARM's JSON.

States, stages and instance status are those of Microsoft.Edge 2026-03-01; the enums are open, so an
unknown state is kept as it is. What the service writes into a component's status is not documented:
docs/assumptions.md says which words count as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestration.fleet.model import Values
from orchestration.solutions.document import parse

Json = Mapping[str, Any]

UNDER_WAY = frozenset({"Deploying", "Staging"})
WELL = frozenset({"deployed", "healthy", "ok", "running", "succeeded", "untouched", "updated"})


@dataclass(frozen=True, slots=True)
class SolutionVersion:
    """One review of a template version on a target: what it resolved to, and how far it has come.

    `dependencies` are ids of the other solutions' versions that it was reviewed with, `validation_id` is what an
    external validator has to answer with, `target_values` the target's own value document as it was then; `stage` and
    `stage_status` are of the last thing that was done to it, `since` when and `by` whom, `tracking` is its job's id.
    """

    id: str
    template_version_id: str
    instance: str
    revision: int
    state: str
    configuration: str = field(repr=False)
    message: str = ""
    ended: float | None = None
    dependencies: tuple[str, ...] = ()
    stage: str = ""
    stage_status: str = ""
    validation_id: str = ""
    since: str = ""
    by: str = ""
    code: str = ""
    tracking: str = ""
    target_values: str = field(default="", repr=False)

    @property
    def template_version(self) -> str:
        """The version of the solution template, X.Y.Z."""
        return self.template_version_id.rsplit("/", 1)[-1]

    @property
    def order(self) -> tuple[tuple[int, ...], int]:
        """What versions are ordered by: the template version's numbers, then the revision."""
        return tuple(int(part) for part in re.findall(r"\d+", self.template_version)), self.revision

    def values(self) -> Values:
        """Return the resolved configuration, with the template's keys."""
        found = parse(self.configuration)
        return found if isinstance(found, Mapping) else {}


def says_well(status: str) -> bool:
    """Whether every word of a status is a good one: `8004: Updated` is well, `Not Deployed` is not."""
    words = set(re.findall(r"[a-z]+", status.lower()))
    return bool(words) and words <= WELL


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a running solution."""

    name: str
    status: str

    @property
    def well(self) -> bool:
        """Whether the status says that the component runs."""
        return says_well(self.status)


@dataclass(frozen=True, slots=True)
class Instance:
    """What runs of a solution on a target."""

    id: str
    version_id: str
    status: str
    message: str
    components: tuple[Component, ...]

    @property
    def healthy(self) -> bool:
        """Whether the instance has succeeded and every component of it is well."""
        return says_well(self.status) and all(component.well for component in self.components)

    def unwell(self) -> tuple[str, ...]:
        """Return a phrase for each component that is not well."""
        return tuple(f"component {part.name} is {part.status}" for part in self.components if not part.well)

    def complaint(self) -> str:
        """Return what is wrong: the components that are not well, else the instance's own status."""
        said = [part for part in (*self.unwell(), self.message) if part]
        return "; ".join(said) or f"status is {self.status or 'unknown'}"


@dataclass(frozen=True, slots=True)
class Installed:
    """A solution on a target: its versions, newest first, and its instances by lower-case name.

    Versions that are `indexed` were not read from the target, and may lag behind.
    """

    name: str
    template_id: str
    versions: tuple[SolutionVersion, ...] = ()
    instances: Mapping[str, Instance] = field(default_factory=dict)
    indexed: bool = False

    def of_instance(self, name: str) -> tuple[SolutionVersion, ...]:
        """Return the versions of one instance, newest first; the unnamed one is called like the solution."""
        return tuple(version for version in self.versions if version.instance.lower() == (name or self.name).lower())

    def instance(self, name: str) -> Instance | None:
        """Return the instance of that name; the unnamed one is called like the solution."""
        return self.instances.get((name or self.name).lower())

    def running(self, name: str) -> SolutionVersion | None:
        """Return the version that the instance points at."""
        instance = self.instance(name)
        at = instance.version_id.lower() if instance else ""
        return next((version for version in self.versions if version.id.lower() == at), None)

    def under_way(self, name: str) -> bool:
        """Whether a version of the instance is being deployed or staged."""
        return any(version.state in UNDER_WAY for version in self.of_instance(name))

    def usable(self, name: str, *, healthy: bool) -> SolutionVersion | None:
        """Return the version that others may depend on: what runs, if it is healthy, or else the newest reviewed."""
        running, instance = self.running(name), self.instance(name)
        if running is not None and instance is not None and instance.healthy:
            return running
        return None if healthy else next(iter(self.of_instance(name)), None)


def read_version(resource: Json, solution: str) -> SolutionVersion:
    """Return the solution version in an ARM resource of the solution called *solution*."""
    properties: Json = resource.get("properties") or {}
    stage: Json = properties.get("currentStage") or {}
    return SolutionVersion(
        id=resource["id"],
        template_version_id=properties.get("solutionTemplateVersionId") or "",
        instance=properties.get("solutionInstanceName") or solution,
        revision=int(properties.get("revision") or 0),
        state=properties.get("state") or "",
        configuration=properties.get("configuration") or "",
        message=error_of(properties.get("errorDetails") or {}),
        target_values=properties.get("targetLevelConfiguration") or "",
        validation_id=properties.get("externalValidationId") or "",
        dependencies=tuple(
            item.get("solutionVersionId") or "" for item in properties.get("solutionDependencies") or ()
        ),
        ended=moment_of(stage.get("endTime")),
        stage=stage.get("stage") or "",
        stage_status=stage.get("status") or "",
        since=stage.get("endTime") or stage.get("startTime") or "",
        by=properties.get("latestActionTriggeredBy") or "",
        code=(properties.get("errorDetails") or {}).get("code") or "",
        tracking=properties.get("latestActionTrackingUri") or "",
    )


def read_instance(resource: Json) -> Instance:
    """Return the instance in an ARM resource."""
    properties: Json = resource.get("properties") or {}
    status: Json = properties.get("status") or {}
    targets = status.get("targetStatuses") or ()
    return Instance(
        id=resource["id"],
        version_id=properties.get("solutionVersionId") or "",
        status=status.get("status") or "",
        message=status.get("statusDetails") or "",
        components=tuple(
            Component(part.get("name") or "", part.get("status") or "")
            for target in targets
            for part in target.get("componentStatuses") or ()
        ),
    )


def newest_first(versions: list[SolutionVersion]) -> tuple[SolutionVersion, ...]:
    """Return the versions by falling template version and revision."""
    return tuple(sorted(versions, key=lambda version: version.order, reverse=True))


def error_of(details: Json) -> str:
    """Return an ARM error with its inner ones as one line."""
    inner = [error_of(item) for item in details.get("details") or ()]
    place = f"{details['target']}: " if details.get("target") else ""
    own = f"{place}{details.get('message') or details.get('code') or ''}"
    return "; ".join(part for part in (own, *inner) if part)


def moment_of(text: str | None) -> float | None:
    """Return a moment as ARM writes it in seconds since 1970, or None if it is none."""
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None
