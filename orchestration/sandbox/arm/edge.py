"""Microsoft.Edge: Workload Orchestration's types, with the rules of `edge_*.py` hung on them.

Not served: workflows, dynamic schemas, the metadata lists at a node.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/
"""

from __future__ import annotations

from typing import Any

from orchestration.sandbox.arm import edge_hierarchy as hierarchy
from orchestration.sandbox.arm import edge_install as installs
from orchestration.sandbox.arm import edge_lifecycle as lifecycle
from orchestration.sandbox.arm import edge_links as links
from orchestration.sandbox.arm import edge_names as names
from orchestration.sandbox.arm import edge_review as reviews
from orchestration.sandbox.arm import edge_targets as targets
from orchestration.sandbox.arm import edge_templates as templates
from orchestration.sandbox.arm import edge_uninstall as uninstalls
from orchestration.sandbox.arm import edge_values as values
from orchestration.sandbox.arm.edge_bulk import BULK_ACTIONS
from orchestration.sandbox.arm.edge_versions import version_actions
from orchestration.sandbox.arm.registry import LRO_ALL, LRO_PUT_DELETE, Action, ResourceType, Scope

_PUT = frozenset({"PUT"})
_BUSY = ("Initialized", "InProgress", "Deleting")
_ANYWHERE: frozenset[Scope] = frozenset({"tenant", "subscription", "resourceGroup", "resource"})


def _managed(type_: str, **values: Any) -> ResourceType:
    """Return a type of the configuration manager, which has its own api-versions."""
    known = {"table": _table(values), "read_versions": ("2025-06-01", "2025-08-01"), **values}
    return ResourceType(type=type_, schema="edge", versions=("2026-03-01",), busy=_BUSY, **known)


def _configuration(type_: str, **values: Any) -> ResourceType:
    """Return a type of the configurations' family."""
    known = {"table": _table(values), "read_versions": ("2025-06-01",), **values}
    return ResourceType(type=type_, schema="edge", versions=("2025-08-01",), busy=_BUSY, **known)


def _table(values: dict[str, Any]) -> str:
    """Return the table that Resource Graph lists a type in: what is not tracked it leaves out, but for a few."""
    return "resources" if values.get("tracked") else ""


_SERVICE_MADE: dict[str, Any] = {"writable": False, "patch": False}

_TARGET_ACTIONS = {
    "resolveConfiguration": Action(steps=(reviews.check_resolution, reviews.make_resolution)),
    "reviewSolutionVersion": Action(steps=(reviews.begin_review, reviews.finish_review)),
    "publishSolutionVersion": Action(steps=(lifecycle.begin_publish, lifecycle.finish_publish)),
    "unstageSolutionVersion": Action(steps=(lifecycle.begin_unstage, lifecycle.finish_unstage)),
    "installSolution": Action(steps=(installs.begin_install, installs.finish_install)),
    "uninstallSolution": Action(steps=(uninstalls.begin_uninstall, uninstalls.finish_uninstall)),
    "removeRevision": Action(steps=(uninstalls.remove_revision, uninstalls.nothing)),
    "updateExternalValidationStatus": Action(steps=(lifecycle.begin_validation, lifecycle.finish_validation)),
}

_CONTEXT_TYPES = (
    _managed(
        names.CONTEXTS,
        lro=LRO_ALL,
        tracked=True,
        check=hierarchy.check_context,
        on_put=templates.mint_identifier,
        fill=templates.show_identifier,
    ),
    _managed(names.SITE_REFERENCES, lro=LRO_ALL, check=hierarchy.check_site_reference),
    ResourceType(
        type=names.SITES,
        schema="edge",
        versions=("2025-06-01",),
        read_versions=("2024-02-01-preview", "2025-03-01-preview"),
        scopes=frozenset({"subscription", "resourceGroup", "resource"}),
        lro=_PUT,
        busy=_BUSY,
        table="extensibilityresources",
        check=hierarchy.check_site,
    ),
    _managed(names.DIAGNOSTICS, lro=LRO_ALL, tracked=True, check=templates.check_tracked),
)

_CONFIGURATION_TYPES = (
    _configuration(names.CONFIGURATIONS, tracked=True, patch=False, check=templates.check_tracked),
    _configuration(
        names.CONFIGURATION_REFERENCES,
        scopes=_ANYWHERE,
        patch=False,
        table="extensibilityresources",
        check=hierarchy.check_configuration_reference,
    ),
    _configuration(names.VALUE_SETS, lro=_PUT, check=values.check_value_set, fill=values.show_value_set),
    _configuration(
        names.VALUE_SET_VERSIONS,
        lro=_PUT,
        check=values.check_value_set_version,
        fill=values.show_value_set_version,
    ),
)

_TEMPLATE_TYPES = (
    _managed(
        names.SCHEMAS,
        lro=LRO_PUT_DELETE,
        tracked=True,
        check=templates.check_tracked,
        fill=templates.show_schema,
        actions=version_actions("schemaVersion", templates.check_schema_version, removes_at_once=True),
    ),
    _managed(names.SCHEMA_VERSIONS, lro=LRO_PUT_DELETE, check=templates.check_schema_version),
    _managed(
        names.CONFIG_TEMPLATES,
        lro=LRO_PUT_DELETE,
        tracked=True,
        check=templates.check_tracked,
        on_put=templates.mint_identifier,
        fill=templates.show_template,
        actions=links.LINK_ACTIONS
        | version_actions("configTemplateVersion", templates.check_template_version, removes_at_once=True),
    ),
    _managed(names.CONFIG_TEMPLATE_VERSIONS, lro=LRO_PUT_DELETE, check=templates.check_template_version),
    _managed(names.CONFIG_TEMPLATE_SCHEMAS, writable=False, patch=False, compute=templates.editable),
    _managed(names.CONFIG_TEMPLATE_LINKS, lro=LRO_PUT_DELETE, check=links.check_links, fill=links.show_links),
    _managed(
        names.SOLUTION_TEMPLATES,
        lro=LRO_PUT_DELETE,
        tracked=True,
        check=templates.check_tracked,
        on_put=templates.mint_identifier,
        fill=templates.show_template,
        actions=version_actions("solutionTemplateVersion", templates.check_template_version, removes_at_once=False),
    ),
    _managed(
        names.SOLUTION_TEMPLATE_VERSIONS,
        lro=LRO_PUT_DELETE,
        check=templates.check_template_version,
        fill=templates.show_solution_template_version,
        actions=BULK_ACTIONS,
    ),
    _managed(names.SOLUTION_SCHEMAS, writable=False, patch=False, compute=templates.editable),
)

_TARGET_TYPES = (
    _managed(
        names.TARGETS,
        lro=LRO_ALL,
        tracked=True,
        check=targets.check_target,
        on_put=targets.make_configuration,
        fill=targets.show_target,
        check_delete=targets.check_target_delete,
        on_delete=targets.forget_target,
        actions=_TARGET_ACTIONS,
    ),
    _managed(names.SOLUTIONS, fill=reviews.show_solution, **_SERVICE_MADE),
    _managed(names.SOLUTION_VERSIONS, table="extensibilityresources", **_SERVICE_MADE),
    _managed(names.INSTANCES, fill=installs.show_instance, **_SERVICE_MADE),
    _managed(names.HISTORIES, **_SERVICE_MADE),
    _managed(names.JOBS, scopes=_ANYWHERE, **_SERVICE_MADE),
)

EDGE_TYPES: tuple[ResourceType, ...] = (*_CONTEXT_TYPES, *_CONFIGURATION_TYPES, *_TEMPLATE_TYPES, *_TARGET_TYPES)
