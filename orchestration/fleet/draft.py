"""A fleet as it is written, with its names looked up: what the rules judge and `resolve` builds from.

A draft may be wrong in any way that its shape allows, so lookups answer None or nothing instead
of failing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from orchestration.fleet import naming
from orchestration.fleet.contents import ContentReader, Contents
from orchestration.fleet.document import FleetDocument
from orchestration.fleet.document.azure import Place
from orchestration.fleet.document.clusters import Cluster, ClusterKeys, Site, Target
from orchestration.fleet.document.kalypso import ClusterType
from orchestration.fleet.document.solutions import ConfigTemplate, Solution
from orchestration.fleet.hints import Advice
from orchestration.fleet.model import Origin, Scope
from orchestration.fleet.tree import Node


class PlacedSite(NamedTuple):
    """A node of the hierarchy with its place in it; depth counts from 1 at the top."""

    site: Site
    depth: int
    parent: str | None
    top: str


@dataclass(frozen=True)
class Draft:
    """The document, the tree it was written as, and the folder its paths are relative to."""

    document: FleetDocument
    root: Node
    folder: Path
    files: tuple[str, ...]
    advice: Advice = field(default_factory=Advice)

    @cached_property
    def sites(self) -> tuple[PlacedSite, ...]:
        """Every node of the hierarchy, parents first, in the file's order."""
        hierarchy = self.document.hierarchy
        return tuple(_placed(hierarchy.sites, 1, None, "")) if hierarchy else ()

    @cached_property
    def targets(self) -> tuple[tuple[Cluster, Target], ...]:
        """Every target with its cluster, in the file's order."""
        return tuple((cluster, target) for cluster in self.document.clusters for target in cluster.targets)

    @cached_property
    def clusters_and_defaults(self) -> tuple[ClusterKeys, ...]:
        """What holds for every cluster, if anything does, and every cluster."""
        defaults = self.document.defaults
        return (*((defaults.cluster,) if defaults else ()), *self.document.clusters)

    @cached_property
    def cluster_types(self) -> Mapping[str, ClusterType]:
        """Cluster types by name."""
        return {item.name: item for item in self.document.cluster_types}

    def declared(self, key: str) -> set[str]:
        """Return every name under a top-level list, also of items that have the wrong shape."""
        return set(_names(self.root.find(key).items)) if self.root.child(key) else set()

    def has_lost(self, key: str) -> bool:
        """Whether a top-level key is written down but has the wrong shape."""
        alias = {str(field.alias): name for name, field in type(self.document).model_fields.items()}
        return self.root.child(key) is not None and alias[key] not in self.document.model_fields_set

    @cached_property
    def declared_sites(self) -> set[str]:
        """Every node's name, also of nodes that have the wrong shape."""
        return set(_site_names(self.root.find("hierarchy", "sites")))

    @cached_property
    def declared_targets(self) -> set[str]:
        """Every target's name, also of targets that have the wrong shape."""
        return {name for cluster in self.root.find("clusters").items for name in _names(cluster.find("targets").items)}

    def environment_of(self, cluster: Cluster) -> str:
        """Return the name of the cluster's environment, "" if its type is unknown."""
        cluster_type = self.cluster_types.get(cluster.cluster_type)
        return cluster_type.environment if cluster_type else ""

    def labels_of(self, cluster: Cluster, target: Target | None = None) -> dict[str, str]:
        """Return the labels of cluster type, cluster and target as one set; the nearest wins."""
        cluster_type = self.cluster_types.get(cluster.cluster_type)
        inherited = {**(cluster_type.labels if cluster_type else {}), **cluster.labels}
        return {**inherited, **(target.labels if target else {})}

    def scope_of(self, *places: Place | None) -> Scope:
        """Return the fleet's Azure scope with the overrides of *places* laid over it, nearest last."""
        azure = self.document.azure
        subscription, group, location = azure.subscription_id, azure.resource_group, azure.location
        for place in places:
            if place is not None:
                subscription = place.subscription_id or subscription
                group = place.resource_group or group
                location = place.location or location
        return Scope(subscription, group, location)

    def scope_of_cluster(self, cluster: Cluster) -> Scope:
        """Return the cluster's effective Azure scope."""
        cluster_type = self.cluster_types.get(cluster.cluster_type)
        environments = {item.name: item for item in self.document.environments}
        environment = environments.get(cluster_type.environment) if cluster_type else None
        return self.scope_of(environment, cluster_type, cluster)

    def id_of(self, cluster: Cluster) -> str:
        """Return the cluster's ARM id: the one given, else the one that follows from its name and scope."""
        existing, scope = cluster.connection.existing, self.scope_of_cluster(cluster)
        if existing and existing != "existing":
            return naming.in_arms_case(existing)
        if cluster.connection.aks is not None:
            return naming.aks_cluster_id(scope, cluster.name)
        return naming.connected_cluster_id(scope, cluster.name)

    @cached_property
    def _contents(self) -> Mapping[tuple[type, Origin], Contents]:
        reader = ContentReader(self.folder, str(self.folder))
        items: tuple[ConfigTemplate | Solution, ...] = (*self.document.config_templates, *self.document.solutions)
        return {
            (type(item), item.at()): reader.read(
                item.path, item.version, item.at("path"), runs=isinstance(item, Solution)
            )
            for item in items
        }

    def contents_of(self, item: ConfigTemplate | Solution) -> Contents:
        """Return the versions of a template that the fleet folder holds."""
        return self._contents[type(item), item.at()]


def _placed(sites: tuple[Site, ...], depth: int, parent: str | None, top: str) -> Iterator[PlacedSite]:
    for site in sites:
        yield PlacedSite(site, depth, parent, top or site.name)
        yield from _placed(site.sites, depth + 1, site.name, top or site.name)


def _names(items: list[Node]) -> Iterator[str]:
    return (item.mapping["name"].text for item in items if "name" in item.mapping and item.mapping["name"].text)


def _site_names(sites: Node) -> Iterator[str]:
    for site in sites.items:
        yield from _names([site])
        if "sites" in site.mapping:
            yield from _site_names(site.mapping["sites"])
