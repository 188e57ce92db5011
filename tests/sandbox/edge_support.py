"""A client of the sandbox's Microsoft.Edge, and the contoso hierarchy, templates and targets put through it."""

from __future__ import annotations

import http.client
import itertools
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.sandbox.process import RunningSandbox, start
from tests.support import CONTOSO

TENANT = "11111111-1111-1111-1111-111111111111"
SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-edge"
EDGE = f"{GROUP}/providers/Microsoft.Edge"
CONTEXT = f"{EDGE}/contexts/contoso"
CLUSTER = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/plant"
EXTENSION = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/wo-extension"
CUSTOM_LOCATION = f"{GROUP}/providers/Microsoft.ExtendedLocation/customLocations/plant-cl"
GROUPS = "/providers/Microsoft.Management/serviceGroups"
TEMPLATE = f"{EDGE}/solutionTemplates/line-vision"
TEMPLATE_VERSION = f"{TEMPLATE}/versions/1.0.0"
PLANT_CONFIG = f"{EDGE}/configTemplates/plant-config"
REFERENCE = "providers/Microsoft.Edge/configurationReferences/default"
HOSTS = {"france": "mqtt.fr.contoso.example", "spain": "mqtt.es.contoso.example", "vigo": "mqtt.vigo.contoso.example"}
SITES = {"france": "", "spain": "", "lyon": "france", "lille": "france", "bilbao": "spain", "vigo": "spain"}
PLACE = {"location": "eastus2"}
LEVELS = ("country", "plant", "line")

API_VERSIONS = (
    ("/configurationreferences", "2025-08-01"),
    ("/configurations", "2025-08-01"),
    ("/sites/", "2025-06-01"),
    ("/servicegroupmember", "2023-09-01-preview"),
    ("/customlocations", "2021-08-15"),
    ("/extensions/", "2025-03-01"),
)
_NUMBERS = itertools.count(1)

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A status, the parsed body and the headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """Return the error's code, empty if it is none."""
        return str(self.body["error"]["code"]) if self.status >= 400 else ""

    @property
    def message(self) -> str:
        """Return the error's message."""
        return str(self.body["error"]["message"])

    @property
    def properties(self) -> Body:
        """Return the resource's properties."""
        assert self.status < 400, self.body
        found: Body = self.body["properties"]
        return found


class Plants:
    """Talks to one sandbox over one connection that is kept."""

    def __init__(self, folder: Path, *, lro_ms: int = 1) -> None:
        self.folder, self.lro_ms = folder, lro_ms
        self.open()

    def open(self) -> None:
        """Start the sandbox, anew if it was closed."""
        self.sandbox: RunningSandbox = start(self.folder, lro_ms=self.lro_ms)
        context = ssl.create_default_context(cafile=str(self.sandbox.ca_file))
        self.connection = http.client.HTTPSConnection("127.0.0.1", self.sandbox.port, context=context, timeout=30)

    def close(self) -> None:
        """Stop the sandbox."""
        self.connection.close()
        self.sandbox.close()

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """Send one request and return its answer."""
        query = {"api-version": api_version(path), **query}
        address = f"{path}?{'&'.join(f'{key}={value}' for key, value in query.items())}"
        headers = {"Authorization": f"Bearer {self.sandbox.token}", "Content-Type": "application/json"}
        self.connection.request(method, address, None if body is None else json.dumps(body), headers)
        response = self.connection.getresponse()
        content = response.read()
        found = {key.lower(): value for key, value in response.headers.items()}
        return Answer(response.status, json.loads(content) if content else None, found)

    def get(self, path: str) -> Answer:
        """Return what is there, whatever the answer is."""
        return self.ask("GET", path)

    def put(self, path: str, body: Body) -> Answer:
        """Put a resource, wait until it is there, and return it or the error."""
        answer = self.ask("PUT", path, body)
        if answer.status >= 400 or "azure-asyncoperation" not in answer.headers:
            return answer
        self.wait(answer.headers["azure-asyncoperation"])
        return self.get(path)

    def delete(self, path: str, **query: str) -> Answer:
        """Delete a resource, wait until it is gone, and return the answer."""
        answer = self.ask("DELETE", path, **query)
        return self.wait(answer.headers["location"]) if answer.status == 202 else answer

    def act(self, path: str, action: str, body: Body) -> Answer:
        """Post an action and return its final answer."""
        answer = self.ask("POST", f"{path}/{action}", body)
        return self.wait(answer.headers["location"]) if answer.status == 202 else answer

    def wait(self, address: str) -> Answer:
        """Return the answer at an operation's address when it is over."""
        path, _, query = address.removeprefix(self.sandbox.url).partition("?")
        parameters = dict(each.split("=", 1) for each in query.split("&"))
        for _ in range(500):
            answer = self.ask("GET", path, **parameters)
            if answer.status != 202:
                return answer
            time.sleep(0.002)
        raise AssertionError(f"{address} does not end")

    # Contoso

    def settle_in(self) -> None:
        """Put contoso's context, sites, templates and values."""
        seeds = [
            {"id": GROUP, **PLACE},
            {"id": CLUSTER, "location": "westeurope", "properties": {"connectivityStatus": "Connected"}},
            {"id": EXTENSION, "properties": {"extensionType": "microsoft.workloadorchestration"}},
        ]
        self.sandbox.seed(tenant=TENANT, subscriptions=[SUBSCRIPTION], resources=seeds)
        place = {"hostResourceId": CLUSTER, "clusterExtensionIds": [EXTENSION], "namespace": "workloadorchestration"}
        self.put(CUSTOM_LOCATION, {"location": "westeurope", "properties": place})
        self.put(CONTEXT, context_body())
        for name, parent in SITES.items():
            self.put_site(name, parent)
        self.put_schema("plant-config-schema", text_of("config-templates/plant-config/schema.yaml"))
        self.put_schema("line-vision-schema", text_of("solutions/line-vision/schema.yaml"))
        self.put_config_template()
        self.put_solution_template()

    def put_site(self, name: str, parent: str) -> None:
        """Put a service group, its site, and the site's configuration."""
        above = f"{GROUPS}/contoso-{parent}" if parent else f"{GROUPS}/{TENANT}"
        group = {"properties": {"displayName": name, "parent": {"resourceId": above}}}
        level = "plant" if parent else "country"
        self.put(f"{GROUPS}/contoso-{name}", group)
        self.put(site(name), {"properties": {"displayName": name, "labels": {"level": level}}})
        self.put(f"{EDGE}/configurations/contoso-{name}", PLACE)
        reference = {"configurationResourceId": f"{EDGE}/configurations/contoso-{name}"}
        self.put(f"{site(name)}/{REFERENCE}", {"properties": reference})

    def put_schema(self, name: str, text: str, version: str = "1.0.0") -> Answer:
        """Put a schema and a version of it."""
        self.put(f"{EDGE}/schemas/{name}", PLACE)
        return self.put(f"{EDGE}/schemas/{name}/versions/{version}", {"properties": {"value": text}})

    def put_config_template(self) -> None:
        """Put plant-config, its links and its values."""
        text = text_of("config-templates/plant-config/template.yaml")
        self.put(PLANT_CONFIG, {**PLACE, "properties": {"description": "plants"}})
        self.put(f"{PLANT_CONFIG}/versions/1.0.0", {"properties": {"configurations": text}})
        countries = {"level": "country", "hierarchyIds": [site("france"), site("spain")]}
        links = [countries, {"level": "plant", "hierarchyIds": [site("vigo")]}]
        properties = {"contextId": CONTEXT, "linkedHierarchies": links}
        self.put(f"{PLANT_CONFIG}/configTemplateMetadatas/contoso", {"properties": properties})
        for name, host in HOSTS.items():
            self.set_values(f"{EDGE}/configurations/contoso-{name}", PLANT_CONFIG, {"Broker": {"Host": host}})

    def put_solution_template(self, name: str = "line-vision", **properties: Any) -> str:
        """Put a solution template and contoso's version of line-vision; return the version's id."""
        template = f"{EDGE}/solutionTemplates/{name}"
        known = {"description": name, "capabilities": ["vision"], **properties}
        self.put(template, {**PLACE, "properties": known})
        answer = self.put(f"{template}/versions/1.0.0", {"properties": line_vision()})
        assert answer.status < 400, answer.body
        return f"{template}/versions/1.0.0"

    def set_values(self, configuration: str, template: str, values: Any, version: str = "1.0.0") -> Answer:
        """Set the values that a configuration holds for a template's version."""
        identifier = self.get(template).properties["uniqueIdentifier"]
        values_id = f"{configuration}/dynamicConfigurations/{identifier}"
        answer = self.put(values_id, {"properties": {"currentVersion": version}})
        if answer.status >= 400:
            return answer
        return self.put(f"{values_id}/versions/{version}", {"properties": {"values": yaml.safe_dump(values)}})

    def put_staged(self) -> str:
        """Put a template whose component has two images to stage; return the id of its version."""
        staged = line_vision()
        images = {"acrResourceId": "/x", "images": ["a:1", "b:2"]}
        staged["specification"]["components"][0]["properties"]["staged"] = images
        template = f"{EDGE}/solutionTemplates/staged"
        self.put(template, {**PLACE, "properties": {"description": "d", "capabilities": []}})
        self.put(f"{template}/versions/1.0.0", {"properties": staged})
        return f"{template}/versions/1.0.0"

    def put_target(self, name: str = "", group: str = "lyon", **properties: Any) -> str:
        """Put a target, its membership, and the target again, as its place is known only then; return its id."""
        target = f"{EDGE}/targets/{name or f'line-{next(_NUMBERS)}'}"
        for step in (self.put(target, target_body(**properties)), self.join(target, group)):
            assert step.status < 400, step.body
        self.put(target, target_body(**properties))
        return target

    def join(self, target: str, group: str) -> Answer:
        """Make a target a member of a site's service group."""
        membership = f"{target}/providers/Microsoft.Relationships/serviceGroupMember/m1234"
        return self.put(membership, {"properties": {"targetId": f"{GROUPS}/contoso-{group}"}})

    def configuration(self, target: str) -> str:
        """Return the id of the configuration that a target's reference names."""
        return str(self.get(f"{target}/{REFERENCE}").properties["configurationResourceId"])

    def review(self, target: str, version: str = TEMPLATE_VERSION, **options: Any) -> Answer:
        """Review a template's version for a target."""
        return self.act(target, "reviewSolutionVersion", {"solutionTemplateVersionId": version, **options})

    def reviewed(self, target: str, version: str = TEMPLATE_VERSION, **options: Any) -> str:
        """Review and return the solution version's id."""
        return str(self.review(target, version, **options).properties["id"])

    def publish(self, target: str, version: str) -> Answer:
        """Publish a solution version."""
        return self.act(target, "publishSolutionVersion", {"solutionVersionId": version})

    def install(self, target: str, version: str) -> Answer:
        """Install a solution version."""
        return self.act(target, "installSolution", {"solutionVersionId": version})

    def roll_out(self, target: str, version: str = TEMPLATE_VERSION, **options: Any) -> str:
        """Review, publish and install; return the solution version's id."""
        reviewed = self.reviewed(target, version, **options)
        for answer in (self.publish(target, reviewed), self.install(target, reviewed)):
            assert answer.status < 400, answer.body
        return reviewed

    def state(self, version: str) -> str:
        """Return a solution version's state."""
        return str(self.get(version).properties["state"])


def api_version(path: str) -> str:
    """Return the api-version that the product uses for *path*."""
    if path.lower().startswith(GROUPS.lower()) and "/providers/" not in path[len(GROUPS) :]:
        return "2024-02-01-preview"
    last = f"/{path.lower().rpartition('/providers/')[2].partition('/')[2]}/"
    return next((version for part, version in API_VERSIONS if last.startswith(part)), "2026-03-01")


def site(name: str) -> str:
    """Return the id of a site."""
    return f"{GROUPS}/contoso-{name}/providers/Microsoft.Edge/sites/{name}"


def named(names: tuple[str, ...]) -> list[Body]:
    """Return capabilities or levels of these names."""
    return [{"name": name, "description": name} for name in names]


def context_body(**properties: Any) -> Body:
    """Return contoso's context, or a changed one."""
    known = {"capabilities": named(("vision", "telemetry")), "hierarchies": named(LEVELS)}
    return {**PLACE, "properties": {**known, **properties}}


def text_of(path: str) -> str:
    """Return a file of contoso."""
    return (CONTOSO / path).read_text(encoding="utf-8")


def line_vision() -> Body:
    """Return the properties of line-vision's version."""
    specification = yaml.safe_load(text_of("solutions/line-vision/specification.yaml"))
    return {"configurations": text_of("solutions/line-vision/template.yaml"), "specification": specification}


def target_body(**properties: Any) -> Body:
    """Return the body of a target at contoso's lowest level."""
    helm = {"role": "helm.v3", "provider": "providers.target.helm", "config": {"inCluster": "true"}}
    known = {
        "description": "a line",
        "displayName": "a line",
        "contextId": CONTEXT,
        "hierarchyLevel": "line",
        "capabilities": ["vision", "telemetry"],
        "targetSpecification": {"topologies": [{"bindings": [helm]}]},
    }
    location = {"name": CUSTOM_LOCATION, "type": "CustomLocation"}
    return {**PLACE, "extendedLocation": location, "properties": {**known, **properties}}
