"""Which of a list of ARM ids exist: one listing by Resource Graph, direct reads for what it lacks.

Resource Graph lags behind and does not index every type, so an id that it does not list is asked for directly.
https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor

API_VERSIONS: Mapping[str, str] = {
    "microsoft.kubernetes/connectedclusters": "2026-05-01",
    "microsoft.kubernetesconfiguration/extensions": "2025-03-01",
    "microsoft.kubernetesconfiguration/fluxconfigurations": "2025-04-01",
    "microsoft.extendedlocation/customlocations": "2021-08-15",
    "microsoft.management/servicegroups": "2024-02-01-preview",
    "microsoft.relationships/servicegroupmember": "2023-09-01-preview",
    "microsoft.edge/sites": "2025-06-01",
    "microsoft.edge/configurations": "2025-08-01",
    "microsoft.edge/configurationreferences": "2025-08-01",
}
EDGE_API = "2026-03-01"

TABLES: Mapping[str, tuple[str, ...]] = {
    "resources": (
        "microsoft.kubernetes/connectedclusters",
        "microsoft.extendedlocation/customlocations",
        "microsoft.edge/contexts",
        "microsoft.edge/targets",
        "microsoft.edge/schemas",
        "microsoft.edge/configtemplates",
        "microsoft.edge/solutiontemplates",
        "microsoft.edge/configurations",
    ),
    "kubernetesconfigurationresources": (
        "microsoft.kubernetesconfiguration/extensions",
        "microsoft.kubernetesconfiguration/fluxconfigurations",
    ),
    "resourcecontainers": ("microsoft.management/servicegroups",),
    "extensibilityresources": ("microsoft.edge/sites",),
    "relationshipresources": ("microsoft.relationships/servicegroupmember",),
}

Query = Callable[[str], Iterable[Mapping[str, object]]]
Exists = Callable[[str, str], bool]


def existing(ids: Collection[str], query: Query, exists: Exists, executor: Executor) -> frozenset[str]:
    """Return those of *ids*, in lower case, that exist; *exists* reads one id at an API version."""
    wanted = {item.lower(): item for item in ids}
    kinds = {type_of(item) for item in wanted}
    queries = [_query(table, kinds & set(types)) for table, types in TABLES.items() if kinds & set(types)]
    listed = {str(row["id"]).lower() for rows in executor.map(lambda text: list(query(text)), queries) for row in rows}
    unlisted = [item for item in wanted if item not in listed]
    found = executor.map(lambda item: exists(wanted[item], api_version(item)), unlisted)
    direct = {item for item, there in zip(unlisted, found, strict=True) if there}
    return frozenset((set(wanted) & listed) | direct)


def type_of(resource_id: str) -> str:
    """Return the resource type of an ARM id, in lower case, such as `microsoft.edge/targets`."""
    namespace, *rest = resource_id.lower().rsplit("/providers/", 1)[1].split("/")
    return "/".join([namespace, *rest[::2]])


def api_version(resource_id: str) -> str:
    """Return the API version at which an id of ours is read."""
    kind = type_of(resource_id)
    return API_VERSIONS.get(kind, EDGE_API)


def _query(table: str, types: Collection[str]) -> str:
    listed = ", ".join(f"'{kind}'" for kind in sorted(types))
    return f"{table} | where type in~ ({listed}) | project id | order by id asc"
