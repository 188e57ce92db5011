"""What the fleet makes in Azure has legal names, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.fleet import grammar, naming
from orchestration.fleet.document.clusters import CertManager, Extension
from orchestration.fleet.document.part import Part
from orchestration.fleet.draft import Draft
from orchestration.fleet.model import Origin, Problem

# The published definition of Microsoft.ExtendedLocation/customLocations.
CUSTOM_LOCATION = grammar.Grammar(
    "custom-location-name",
    "custom location",
    r"[a-zA-Z0-9]([-_a-zA-Z0-9]*[a-zA-Z0-9])?",
    "letters, digits and inner hyphens and underscores, at most 63",
    longest=63,
)


def cluster_ids_are_unique(draft: Draft) -> Iterator[Problem]:
    """No two clusters of the fleet are the same Azure resource."""
    first: dict[str, str] = {}
    for cluster in draft.document.clusters:
        identity = draft.id_of(cluster)
        other = first.setdefault(identity.lower(), cluster.name)
        if other.lower() != cluster.name.lower():
            message = f"clusters {other} and {cluster.name} are the same resource, {identity}"
            place = cluster.at("connection", "existing")
            yield Problem("duplicate-cluster-id", place, message, "give each its own id, or delete one")


def custom_locations_are_legal(draft: Draft) -> Iterator[Problem]:
    """A cluster at a site has a name from which that of its custom location follows."""
    for cluster in draft.document.clusters:
        name = naming.custom_location_name(cluster.name)
        if cluster.site is not None and not CUSTOM_LOCATION.fits(name):
            message = f"the custom location {name} cannot be called so"
            yield Problem(CUSTOM_LOCATION.code, cluster.at("name"), message, f"it must be {CUSTOM_LOCATION.words}")


def configuration_names_are_unique(draft: Draft) -> Iterator[Problem]:
    """Configurations of different nodes have different names, although long ones are shortened."""
    fleet = draft.document.name
    first: dict[str, str] = {}
    for placed in draft.sites:
        name = placed.site.name
        other = first.setdefault(naming.configuration_name(fleet, name).lower(), name)
        if other.lower() != name.lower():
            message = f"the configurations of {other} and {name} would have the same name"
            yield Problem("derived-name", placed.site.at("name"), message, "rename one of the nodes")


def pinned_extensions_do_not_upgrade(draft: Draft) -> Iterator[Problem]:
    """An extension has a version or upgrades itself, not both."""
    for place, extension in _extensions(draft):
        if extension.version is not None and extension.auto_upgrade:
            message = "an extension that upgrades itself has no version of its own"
            yield Problem("pinned-upgrade", place, message, "delete version or autoUpgrade")


def present_managers_have_no_settings(draft: Draft) -> Iterator[Problem]:
    """A certificate manager that is there already is not configured."""
    for place, extension in _extensions(draft):
        if isinstance(extension, CertManager) and extension.kind == "present":
            for key in sorted(extension.model_fields_set - {"kind"}):
                message = f"certManager is present already: {key.replace('_', ' ')} would have no effect"
                yield Problem("no-effect", place, message, "delete it, or name a kind to install")


def _extensions(draft: Draft) -> Iterator[tuple[Origin, Extension]]:
    owners: list[Part] = [draft.document, *draft.document.clusters]
    for owner in owners:
        wanted = getattr(owner, "extensions", None)
        if wanted is not None:
            for key, part in (
                ("flux", wanted.flux),
                ("certManager", wanted.cert_manager),
                ("workloadOrchestration", wanted.workload_orchestration),
            ):
                yield wanted.at_key(key), part
