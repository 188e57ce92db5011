"""Lays `defaults.cluster` and the fleet's `extensions` under every cluster, before anything is checked.

Maps merge and lists replace. A cluster that is connected another way than the default replaces
the default's connection, and a certificate manager named by its kind alone replaces the one below.
"""

from __future__ import annotations

from orchestration.fleet.tree import Node, overlay


def with_defaults(root: Node) -> Node:
    """Return the document with each cluster complete; every value keeps its place."""
    clusters = root.child("clusters")
    if clusters is None or not clusters.items:
        return root
    extensions = root.child("extensions")
    defaults = root.find("defaults", "cluster") if "cluster" in root.find("defaults").mapping else None
    complete = [_complete(cluster, defaults, extensions) for cluster in clusters.items]
    return root._replace(value={**root.mapping, "clusters": clusters._replace(value=complete)})


def _complete(cluster: Node, defaults: Node | None, extensions: Node | None) -> Node:
    if not isinstance(cluster.value, dict):
        return cluster
    merged = overlay(_without_other_connection(defaults, cluster), cluster) if defaults else cluster
    layers = [extensions, defaults.child("extensions") if defaults else None, cluster.child("extensions")]
    given = [layer for layer in layers if layer is not None]
    if not given:
        return merged
    effective = _spelled_out(given[0])
    for layer in given[1:]:
        effective = overlay(_without_other_manager(effective, layer), _spelled_out(layer))
    return merged._replace(value={**merged.mapping, "extensions": effective})


def _without_other_connection(defaults: Node, cluster: Node) -> Node:
    ours, theirs = cluster.child("connection"), defaults.child("connection")
    if ours is None or theirs is None or set(ours.mapping) == set(theirs.mapping):
        return defaults
    return defaults._replace(value={key: node for key, node in defaults.mapping.items() if key != "connection"})


def _without_other_manager(below: Node, above: Node) -> Node:
    manager = above.child("certManager")
    if manager is None or isinstance(manager.value, dict):
        return below
    return below._replace(value={key: node for key, node in below.mapping.items() if key != "certManager"})


def _spelled_out(extensions: Node) -> Node:
    manager = extensions.child("certManager")
    if manager is None or not isinstance(manager.value, str):
        return extensions
    mapping = manager._replace(value={"kind": manager}, keys={"kind": manager})
    return extensions._replace(value={**extensions.mapping, "certManager": mapping})
