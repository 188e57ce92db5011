"""Contoso as Terraform would leave it, put into a sandbox through the product's own client."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from orchestration.drivers.azure.arm import Arm
from orchestration.drivers.azure.graph import query
from orchestration.drivers.azure.token import SandboxCredential
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet, Node, Placement, Ring, Solution, Target, TemplateContent
from orchestration.provision.inputs.dependencies import with_dependencies
from orchestration.sandbox.process import RunningSandbox, start
from orchestration.solutions import RolloutReport, roll_out

API, CONFIGURATIONS, SITES = "2026-03-01", "2025-08-01", "2025-06-01"
HELM = {"role": "helm.v3", "provider": "providers.target.helm", "config": {"inCluster": "true"}}
FIVE = ["lab-1-line", "pilot-1-line", "lyon-1-line-a", "lille-1-line", "bilbao-1-line"]
"""The targets of contoso that get line-vision, in the order of its rollout."""


@dataclass
class World:
    """A sandbox that holds a fleet's resources, and a client of it."""

    sandbox: RunningSandbox
    arm: Arm

    @classmethod
    def open(cls, folder: Path, *, lro_ms: int = 1) -> World:
        """Start the sandbox of a folder, whose long-running operations take as long as given."""
        sandbox = start(folder, lro_ms=lro_ms)
        credential = SandboxCredential(sandbox.identity_endpoint, sandbox.identity_header, sandbox.ca_file)
        return cls(sandbox, Arm(sandbox.url, credential, ca_file=sandbox.ca_file))

    @classmethod
    @contextmanager
    def copied(cls, folder: Path, to: Path, *, lro_ms: int = 1) -> Iterator[World]:
        """Yield the world of a copy of a folder."""
        shutil.copytree(folder, to)
        world = cls.open(to, lro_ms=lro_ms)
        with world.sandbox:
            yield world

    def roll_out(self, fleet: Fleet, **options: Any) -> RolloutReport:
        """Roll the fleet's solutions out."""
        return roll_out(fleet, self.arm, regional=self.arm, **options)

    def query(self, text: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query of Resource Graph."""
        return query(self.arm, text, [])

    def settle_in(self, fleet: Fleet) -> None:
        """Put everything of the fleet that a rollout finds in place."""
        clusters = [
            {"id": cluster.id, "location": "eastus2", "properties": CONNECTED} for cluster in fleet.clusters.values()
        ]
        groups = {naming.resource_group_id(cluster.scope) for cluster in fleet.clusters.values()}
        groups |= {cluster.id.split("/providers/")[0] for cluster in fleet.clusters.values()}
        self.sandbox.seed(
            tenant=fleet.azure.tenant_id,
            subscriptions=[fleet.azure.scope.subscription_id],
            resources=[*({"id": group, "location": "eastus2"} for group in sorted(groups)), *clusters],
        )
        self._context(fleet)
        for node in fleet.hierarchy.nodes.values() if fleet.hierarchy else ():
            self._site(fleet, node)
        for template in fleet.config_templates.values():
            self._template(naming.config_template_id(fleet, template.name), template.contents, fleet, {})
            self._links(fleet, template.name, template.values)
        for solution in fleet.solutions.values():
            self.upload(fleet, solution)
        for target in fleet.targets.values():
            self._target(fleet, target)

    def upload(self, fleet: Fleet, solution: Solution) -> None:
        """Put a solution template with its versions and their schemas."""
        offered = {
            "capabilities": list(solution.capabilities),
            "enableExternalValidation": solution.external_validation,
        }
        contents = {
            version: replace(content, template=with_dependencies(fleet, solution, content.template))
            for version, content in solution.contents.items()
        }
        self._template(naming.solution_template_id(fleet, solution.template), contents, fleet, offered)

    def values(self, fleet: Fleet, target: str, version: str = "1.0.0") -> dict[str, Any]:
        """Return the values of line-vision that a target has."""
        found = self.arm.get(self.document(fleet, target, version), CONFIGURATIONS)
        assert found is not None
        values: dict[str, Any] = yaml.safe_load(found["properties"]["values"])
        return values

    def write(self, fleet: Fleet, target: str, text: str, version: str = "1.0.0") -> None:
        """Set the values of line-vision that a target has, as an operator does."""
        self.arm.put(self.document(fleet, target, version), CONFIGURATIONS, {"properties": {"values": text}})

    def document(self, fleet: Fleet, target: str, version: str) -> str:
        """Return the id of a target's value document for line-vision."""
        place = naming.fleet_target_id(fleet, fleet.targets[target])
        reference = self.arm.get(f"{place}/{naming.EDGE}/configurationReferences/default", CONFIGURATIONS)
        template = self.arm.get(naming.solution_template_id(fleet, "line-vision"), API)
        assert reference is not None
        assert template is not None
        uid = template["properties"]["uniqueIdentifier"]
        return f"{reference['properties']['configurationResourceId']}/dynamicConfigurations/{uid}/versions/{version}"

    def did(self, since: int) -> list[str]:
        """Return the writes and actions since a request, actions by name; dry runs and reads are left out."""
        rows = [row for row in self.sandbox.requests(since) if row["method"] != "GET"]
        named = [row["path"].rsplit("/", 1)[1] if row["method"] == "POST" else row["method"] for row in rows]
        return [name for name in named if name != "resolveConfiguration"]

    def asked(self, since: int) -> Counter[str]:
        """Return how often was asked since a request, by what for; `poll` is following an operation."""
        return Counter(purpose(row["method"], row["path"]) for row in self.sandbox.requests(since))

    def mark(self) -> int:
        """Return the number of the last request."""
        last: int = self.sandbox.call("GET", "/sandbox/requests?since=0")["last"]
        return last

    def _context(self, fleet: Fleet) -> None:
        assert fleet.hierarchy is not None
        capabilities = [{"name": name, "description": name} for name in fleet.capabilities]
        levels = [{"name": name, "description": name} for name in fleet.hierarchy.levels]
        self._put(naming.context_id(fleet), {"capabilities": capabilities, "hierarchies": levels})

    def _site(self, fleet: Fleet, node: Node) -> None:
        tenant = naming.tenant_service_group_id(fleet.azure.tenant_id)
        parent = naming.service_group_id(fleet, node.parent) if node.parent else tenant
        group = {"displayName": node.name, "parent": {"resourceId": parent}}
        self.arm.put(naming.service_group_id(fleet, node.name), "2024-02-01-preview", {"properties": group})
        site = naming.site_id(fleet, node.name)
        self.arm.put(site, SITES, {"properties": {"displayName": node.name, "labels": {"level": node.level}}})
        name = naming.configuration_name(fleet.name, node.name)
        configuration = f"{naming.resource_group_id(fleet.azure.scope)}/{naming.EDGE}/configurations/{name}"
        self.arm.put(configuration, CONFIGURATIONS, {"location": "eastus2"})
        reference = {"properties": {"configurationResourceId": configuration}}
        self.arm.put(f"{site}/{naming.EDGE}/configurationReferences/default", CONFIGURATIONS, reference)

    def _template(self, id_: str, contents: Mapping[str, TemplateContent], fleet: Fleet, more: dict[str, Any]) -> None:
        for content in contents.values():
            if content.schema is not None:
                schema = naming.schema_id(fleet, content.schema.name)
                self._put(schema, {})
                text = {"properties": {"value": content.schema.text}}
                self.arm.put(f"{schema}/versions/{content.schema.version}", API, text)
        self._put(id_, {"description": "a template", **more})
        for version, content in contents.items():
            properties = {"configurations": content.template}
            given = {"specification": content.specification} if content.specification is not None else {}
            self.arm.put(f"{id_}/versions/{version}", API, {"properties": {**properties, **given}})

    def _links(self, fleet: Fleet, template: str, values: Mapping[str, Any]) -> None:
        assert fleet.hierarchy is not None
        nodes = [fleet.hierarchy.nodes[name] for name in values]
        links = [{"level": node.level, "hierarchyIds": [naming.site_id(fleet, node.name)]} for node in nodes]
        body = {"properties": {"contextId": naming.context_id(fleet), "linkedHierarchies": links}}
        self.arm.put(f"{naming.config_template_id(fleet, template)}/configTemplateMetadatas/{fleet.name}", API, body)

    def _target(self, fleet: Fleet, target: Target) -> None:
        cluster = fleet.clusters[target.cluster]
        extension = naming.extension_id(cluster.id, naming.ORCHESTRATION_EXTENSION)
        body = {"properties": {"extensionType": "microsoft.workloadorchestration"}}
        self.sandbox.seed(
            tenant=fleet.azure.tenant_id,
            subscriptions=[fleet.azure.scope.subscription_id],
            resources=[{"id": extension, **body}],
        )
        place = {"hostResourceId": cluster.id, "clusterExtensionIds": [extension], "namespace": "workloadorchestration"}
        location = naming.custom_location_id(cluster)
        self.arm.put(location, "2021-08-15", {"location": "eastus2", "properties": place})
        id_, properties = naming.fleet_target_id(fleet, target), target_properties(fleet, target)
        extended = {"extendedLocation": {"name": location, "type": "CustomLocation"}}
        self._put(id_, properties, **extended)
        member = f"{id_}/providers/Microsoft.Relationships/serviceGroupMember/{naming.membership_name(id_)}"
        group = {"properties": {"targetId": naming.service_group_id(fleet, target.site)}}
        self.arm.put(member, "2023-09-01-preview", group)
        self._put(id_, properties, **extended)

    def _put(self, id_: str, properties: dict[str, Any], **more: Any) -> None:
        self.arm.put(id_, API, {"location": "eastus2", "properties": properties, **more})


PURPOSES = (
    ("poll", "/operationstatuses/|/operationresults/"),
    ("values", "/configurationreferences/|/dynamicconfigurations/"),
    ("graph", "microsoft.resourcegraph/"),
    ("resolve", "/resolveconfiguration$"),
    ("look", "/solutions$|/jobs$|/solutions/[^/]+/(versions|instances)$"),
    ("rollout", "solution$|solutionversion$|/solutions/.*/(versions|instances)/"),
)
"""What requests of a rollout are for, by what is in their paths; the first that fits counts."""


def purpose(method: str, path: str) -> str:
    """Return what a request is for, by `PURPOSES`, else its method."""
    return next((name for name, pattern in PURPOSES if re.search(pattern, path, re.IGNORECASE)), method)


CONNECTED = {"connectivityStatus": "Connected"}


def target_properties(fleet: Fleet, target: Target) -> dict[str, Any]:
    """Return a target's properties as its module sends them."""
    assert fleet.hierarchy is not None
    return {
        "description": target.name,
        "displayName": target.name,
        "contextId": naming.context_id(fleet),
        "hierarchyLevel": fleet.hierarchy.target_level,
        "capabilities": list(target.capabilities),
        "solutionScope": target.namespace,
        "targetSpecification": {"topologies": [{"bindings": [HELM]}]},
    }


def with_solution(fleet: Fleet, **changes: Any) -> Fleet:
    """Return the fleet with line-vision changed."""
    return replace(fleet, solutions={"line-vision": replace(fleet.solutions["line-vision"], **changes)})


def with_placement(fleet: Fleet, environment: str, **changes: Any) -> Fleet:
    """Return the fleet with line-vision's placement in an environment changed."""

    def changed(placement: Placement) -> Placement:
        return replace(placement, **changes) if placement.environment == environment else placement

    return with_solution(fleet, placements=tuple(map(changed, fleet.solutions["line-vision"].placements)))


def in_production(fleet: Fleet, *rings: Ring) -> Fleet:
    """Return the fleet with line-vision for the three targets of production alone, in these rings."""
    placements = fleet.solutions["line-vision"].placements
    return with_solution(fleet, placements=(replace(placements[-1], rings=rings),))


def with_version(fleet: Fleet, version: str) -> Fleet:
    """Return the fleet with a newer version of line-vision, of the same content, beside the present one."""
    solution = fleet.solutions["line-vision"]
    return with_solution(fleet, version=version, contents={**solution.contents, version: solution.contents["1.0.0"]})


def outcomes(report: RolloutReport) -> list[tuple[str, str, str]]:
    """Return target, change and outcome of each row."""
    return [(row.target, row.change, row.outcome) for row in report.solutions]


def by_target(report: RolloutReport) -> dict[str, str]:
    """Return the outcomes of a rollout of one solution, by target."""
    return {row.target: row.outcome for row in report.solutions}


def cluster_of(fleet: Fleet, target: str) -> str:
    """Return the id of a target's cluster."""
    return fleet.clusters[fleet.targets[target].cluster].id
