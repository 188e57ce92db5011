"""What Resource Graph says of solution versions: enough to see, with one query, which targets may be at rest.

Its answers lag behind, so they never say that something is to be done: a target is left alone if the instance, read
from the target itself, points at a version that is indexed, which does not change any more in what it resolved to.
https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from orchestration.errors import ServiceError
from orchestration.fleet.model import Fleet
from orchestration.solutions.installed import Installed, SolutionVersion, newest_first, read_version

Query = Callable[[str], Iterable[Mapping[str, Any]]]

VERSIONS = "microsoft.edge/targets/solutions/versions"
PROPERTIES = (
    "configuration",
    "currentStage",
    "errorDetails",
    "externalValidationId",
    "revision",
    "solutionDependencies",
    "solutionInstanceName",
    "solutionTemplateVersionId",
    "state",
    "targetLevelConfiguration",
)


class Index:
    """Solution versions by target and template; `empty` where nothing is indexed, or nothing can be asked."""

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self._found: dict[tuple[str, str], tuple[str, list[SolutionVersion]]] = {}
        for target, solution, version in indexed_versions(rows):
            template = version.template_version_id.rsplit("/versions/", 1)[0]
            self._found.setdefault((target, template.lower()), (solution, []))[1].append(version)

    @classmethod
    def read(cls, fleet: Fleet, query: Query | None) -> Index:
        """Return what is indexed of the fleet's targets; nothing without *query*, or if it is refused."""
        if query is None or not fleet.targets:
            return cls()
        try:
            return cls(query(versions_query(fleet, PROPERTIES)))
        except ServiceError:
            return cls()

    @property
    def empty(self) -> bool:
        """Whether it can say nothing of any target."""
        return not self._found

    def rules_out(self, target_id: str, template_id: str) -> bool:
        """Whether a target has nothing of a solution template, by what is indexed of the others."""
        return not self.empty and (target_id.lower(), template_id.lower()) not in self._found

    def of(self, target_id: str, template_id: str) -> Installed | None:
        """Return what is indexed of a solution template on a target, without instances."""
        found = self._found.get((target_id.lower(), template_id.lower()))
        return Installed(found[0], template_id, newest_first(found[1]), indexed=True) if found else None


def versions_query(fleet: Fleet, properties: Iterable[str], condition: str = "") -> str:
    """Return the query for these properties of the solution versions in the resource groups of the fleet's targets."""
    groups = sorted({fleet.clusters[target.cluster].scope.resource_group for target in fleet.targets.values()})
    columns = ", ".join(f"{name} = properties.{name}" for name in properties)
    listed = ", ".join(f"'{group}'" for group in groups)
    more = f"| where {condition} " if condition else ""
    return (
        f"extensibilityresources | where type =~ '{VERSIONS}' | where resourceGroup in~ ({listed}) {more}"
        f"| project id, {columns} | order by id asc"
    )


def indexed_versions(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, SolutionVersion]]:
    """Yield the target's id, in lower case, the solution's name and the version of each row."""
    for row in rows:
        target, _, solution, _, _ = str(row["id"]).rsplit("/", 4)
        yield target.lower(), solution, read_version({"id": row["id"], "properties": row}, solution)
