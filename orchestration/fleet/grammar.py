"""What a name or another short text must look like, with the source of each rule.

A grammar is an annotation of a document's field: the JSON Schema shows its pattern to editors,
and one rule reports every text that does not keep to it. Patterns hold in Python and ECMAScript.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Grammar:
    """A pattern, in words too; `secretive` keeps the text out of messages."""

    code: str
    what: str
    pattern: str
    words: str
    longest: int = 255
    shortest: int = 1
    secretive: bool = False

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    def fits(self, text: str) -> bool:
        """Whether *text* keeps to the grammar."""
        return self.shortest <= len(text) <= self.longest and self._compiled.fullmatch(text) is not None

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of a text with this grammar."""
        schema: dict[str, Any] = handler(core_schema)
        limits = {"minLength": self.shortest, "maxLength": self.longest}
        return {**schema, "pattern": f"^(?:{self.pattern})$", **limits}


@dataclass(frozen=True)
class Entries:
    """What the keys and values of a mapping must look like."""

    keys: Grammar
    values: Grammar | None = None

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return the JSON Schema of a mapping with these keys."""
        schema: dict[str, Any] = handler(core_schema)
        names = {"pattern": f"^(?:{self.keys.pattern})$", "maxLength": self.keys.longest}
        values = {"pattern": f"^(?:{self.values.pattern})$", "maxLength": self.values.longest} if self.values else {}
        return {**schema, "propertyNames": names, "additionalProperties": {"type": "string", **values}}


_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SEGMENTS = r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*"
_GUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_GROUP = rf"/[sS]ubscriptions/{_GUID}/[rR]esource[gG]roups/[-\w.()]{{1,90}}"

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
DNS_LABEL = Grammar(
    "kubernetes-name", "name", _LABEL, "lower-case letters, digits and inner hyphens, at most 63", longest=63
)
OBJECT_NAME = Grammar(
    "kubernetes-name",
    "name",
    rf"{_LABEL}(\.{_LABEL})*",
    "lower-case letters, digits and inner hyphens and dots, at most 253",
    longest=253,
)
NAMESPACE = Grammar(
    "kubernetes-name",
    "namespace",
    rf"(?!(azure-arc|kube-system|workloadorchestration|cert-manager)$){_LABEL}",
    "lower-case letters, digits and inner hyphens, at most 63, and none of azure-arc, cert-manager, kube-system "
    "and workloadorchestration",
    longest=63,
)

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
LABEL_VALUE = Grammar(
    "label-value",
    "label value",
    r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?",
    "letters, digits and inner hyphens, underscores and dots, at most 63",
    longest=63,
    shortest=0,
)
LABEL_KEY = Grammar(
    "label-key",
    "label",
    rf"({_LABEL}(\.{_LABEL})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?",
    "letters, digits and inner hyphens, underscores and dots, at most 63, after an optional DNS prefix and a slash",
    longest=317,
)
LABELS = Entries(LABEL_KEY, LABEL_VALUE)
# https://kubernetes.io/docs/concepts/configuration/configmap/
CONFIG = Entries(
    Grammar(
        "config-key",
        "config key",
        r"(?!\.{1,2}$)[-A-Za-z0-9_.]+",
        "letters, digits, hyphens, underscores and dots",
        253,
    )
)

# docs/assumptions.md: Kalypso splits names of its own at the first hyphen; the names of a Flux
# configuration and its kustomization have at most 62 characters together, which leaves 45.
ENVIRONMENT = Grammar(
    "environment-name",
    "environment",
    r"(?!main$|default$|kube)[a-z0-9]+",
    "lower-case letters and digits (Kalypso cannot take hyphens or dots), at most 45, not main, default or kube…",
    longest=45,
)
WORKLOAD = Grammar(
    "kubernetes-name",
    "workload name",
    rf"(?!main$){_LABEL}",
    "lower-case letters, digits and inner hyphens, at most 63, and not main, which is Kalypso's base repository",
    longest=63,
)

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
GUID = Grammar("guid", "id", _GUID, "a GUID such as 11111111-2222-3333-4444-555555555555", longest=36)
RESOURCE_GROUP = Grammar(
    "resource-group-name",
    "resource group",
    r"[-\w.()]*[-\w()]",
    "letters, digits, underscores, parentheses, hyphens and dots, at most 90, without a dot at the end",
    longest=90,
)
LOCATION = Grammar(
    "location", "location", r"[a-z][a-z0-9]+", "a region's short name such as eastus2, without blanks", longest=40
)
CLUSTER = Grammar(
    "cluster-name",
    "cluster name",
    r"[a-zA-Z0-9]([-\w.]*[a-zA-Z0-9])?",
    "letters, digits and inner hyphens, underscores and dots, at most 63",
    longest=63,
)
STORAGE_ACCOUNT = Grammar(
    "storage-account-name", "storage account", r"[a-z0-9]+", "3 to 24 lower-case letters and digits", 24, 3
)
CONTAINER = Grammar(
    "container-name",
    "container",
    r"[a-z0-9](-?[a-z0-9])*",
    "3 to 63 lower-case letters, digits and single inner hyphens",
    longest=63,
    shortest=3,
)
WORKSPACE_ID = Grammar(
    "resource-id",
    "workspace id",
    rf"{_GROUP}/[pP]roviders/[mM]icrosoft\.[oO]perational[iI]nsights/[wW]orkspaces/[-A-Za-z0-9]{{4,63}}",
    "the id of a Log Analytics workspace, /subscriptions/…/workspaces/NAME",
    longest=400,
)
CONTEXT_ID = Grammar(
    "resource-id",
    "context id",
    rf"{_GROUP}/[pP]roviders/[mM]icrosoft\.[eE]dge/[cC]ontexts/{_SEGMENTS}",
    "the id of a context, /subscriptions/…/providers/Microsoft.Edge/contexts/NAME",
    longest=400,
)
CLUSTER_ID = Grammar(
    "resource-id",
    "cluster id",
    rf"existing|{_GROUP}/[pP]roviders/([mM]icrosoft\.[kK]ubernetes/[cC]onnected[cC]lusters"
    rf"|[mM]icrosoft\.[cC]ontainer[sS]ervice/[mM]anaged[cC]lusters)/[a-zA-Z0-9]([-\w.]*[a-zA-Z0-9])?",
    "existing, or the id of an Arc-connected or AKS cluster, /subscriptions/…/connectedClusters/NAME",
    longest=400,
)

# docs/assumptions.md: Workload Orchestration's name rules, as its published API definitions give them.
# A service group is called FLEET-SITE and has at most 90 characters, which these limits see to.
FLEET = Grammar(
    "fleet-name",
    "fleet name",
    _LABEL,
    "3 to 61 lower-case letters, digits and inner hyphens",
    longest=61,
    shortest=3,
)
CONTEXT = Grammar(
    "context-name", "context name", _SEGMENTS, "3 to 61 letters, digits and inner hyphens and dots", 61, 3
)
LEVEL = Grammar("level-name", "level", _SEGMENTS, "letters, digits and inner hyphens and dots, at most 61", 61)
SITE = Grammar(
    "site-name",
    "site name",
    r"[a-zA-Z0-9][-\w]+[a-zA-Z0-9]",
    "4 to 24 letters, digits and inner hyphens and underscores",
    longest=24,
    shortest=4,
)
CAPABILITY = Grammar(
    "capability-name",
    "capability",
    r"[a-zA-Z0-9]([-\w.]*[a-zA-Z0-9])?",
    "letters, digits and inner hyphens, underscores and dots, at most 61",
    longest=61,
)
TARGET = Grammar("target-name", "target name", _SEGMENTS, "3 to 61 letters, digits and inner hyphens and dots", 61, 3)
CONFIG_TEMPLATE = Grammar(
    "config-template-name", "config template name", r"[-a-zA-Z0-9]+", "3 to 24 letters, digits and hyphens", 24, 3
)
SOLUTION_TEMPLATE = Grammar(
    "solution-name",
    "name",
    rf"(?!v-)(?!.*-v-){_SEGMENTS}",
    "3 to 61 letters, digits and inner hyphens and dots, neither beginning with v- nor holding -v-",
    longest=61,
    shortest=3,
)
INSTANCE = Grammar(
    "instance-name",
    "instance name",
    rf"(?!v-)(?!.*-v-){_SEGMENTS}",
    "at most 24 letters, digits and inner hyphens and dots, neither beginning with v- nor holding -v-",
    longest=24,
)
SCHEMA = Grammar(
    "schema-name",
    "schema name",
    r"(?!.*\.\.)[-a-zA-Z0-9][-\w.]+[-a-zA-Z0-9]",
    "3 to 70 letters, digits, hyphens, underscores and single dots",
    longest=70,
    shortest=3,
)
VERSION = Grammar("version", "version", r"[0-9]+\.[0-9]+\.[0-9]+", "three numbers such as 1.0.0", 24)
EXTENSION_VERSION = Grammar(
    "version", "version", r"[0-9]+(\.[0-9]+){1,3}([-+][0-9A-Za-z.-]+)?", "a version such as 1.24.1", 60
)

# https://git-scm.com/docs/git-check-ref-format
BRANCH = Grammar(
    "git-branch",
    "branch",
    r"(?![-/@]$)(?!-)(?!/)(?!.*(\.\.|//|@\{))(?!.*\.lock(/|$))(?!(.*/)?\.)(?!.*[./]$)[^\x00-\x20\x7f~^:?*\[\\]+",
    "a branch name that Git takes",
)
REPOSITORY = Grammar(
    "repository-name",
    "repository name",
    r"(?!.*\.git$)[A-Za-z0-9_][A-Za-z0-9_.-]*",
    "letters, digits, hyphens, underscores and dots, at most 100, without .git",
    longest=100,
)
VARIABLE = Grammar(
    "variable-name",
    "environment variable",
    r"[A-Za-z_][A-Za-z0-9_]*",
    "the name of an environment variable (letters, digits, underscores), never the secret itself",
    secretive=True,
)
DURATION = Grammar(
    "duration",
    "duration",
    r"(?=.)([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?",
    "a duration such as 15m, 90s or 1h30m",
    longest=21,
)
