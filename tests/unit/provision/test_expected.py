"""Addresses and ids of what a stack's inputs come to."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.provision import Stack
from orchestration.provision.expected import expected_ids, expected_resources

EDGE = "/g/providers/Microsoft.Edge"
ORDINARY: dict[str, Any] = {"resource_group_id": "/g"}


def resources(blueprint: str, **inputs: Any) -> dict[str, str]:
    return expected_resources(Stack("s", blueprint, inputs))


def core(**inputs: Any) -> dict[str, str]:
    nothing: dict[str, Any] = {"context": None, "schemas": {}, "config_templates": {}, "solution_templates": {}}
    return resources("core", **nothing | inputs)


def cluster(**parts: Any) -> dict[str, str]:
    nothing: dict[str, Any] = {
        "cluster_id": "/c", "resource_group_id": "/g", "connect": None, "extensions": {}, "flux_configuration": None,
        "custom_location": None, "targets": {},
    }  # fmt: skip
    return resources("shard", clusters={"lab": nothing | parts})


def test_a_context_is_one_resource() -> None:
    """None is made of one that exists."""
    context = {"resource_group_id": "/g", "name": "c"}
    assert core(context=context) == {"module.context[0].azapi_resource.this": f"{EDGE}/contexts/c"}
    assert core() == {}


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("schema", "schemas"),
        ("config_template", "configTemplates"),
        ("solution_template", "solutionTemplates"),
    ],
)
def test_what_is_uploaded_is_a_resource_with_its_versions(module: str, kind: str) -> None:
    """Each version is a resource below it."""
    found = core(**{f"{module}s": {"a": {**ORDINARY, "versions": {"1.0.0": "x", "1.1.0": "y"}}}})
    address, parent = f'module.{module}["a"].azapi_resource', f"{EDGE}/{kind}/a"
    assert found == {
        f"{address}.this": parent,
        f'{address}.version["1.0.0"]': f"{parent}/versions/1.0.0",
        f'{address}.version["1.1.0"]': f"{parent}/versions/1.1.0",
    }


def sites(scope: str) -> dict[str, str]:
    node = {"depth": 2, "site_name": "lyon", "configuration_name": "f-lyon", "service_group_name": "f-lyon"}
    return resources(
        "sites", **ORDINARY, scope=scope, nodes={"lyon": node}, context_id="/x", site_reference_name="france"
    )


def test_a_node_of_service_groups_has_its_site_there() -> None:
    """Its configuration is in the resource group, the reference to that on the site."""
    group = "/providers/Microsoft.Management/serviceGroups/f-lyon"
    site = f"{group}/providers/Microsoft.Edge/sites/lyon"
    assert sites("serviceGroup") == {
        'module.service_group_2["lyon"].azapi_resource.this': group,
        'module.edge_site["lyon"].azapi_resource.this': site,
        'module.edge_site["lyon"].azapi_resource.configuration': f"{EDGE}/configurations/f-lyon",
        'module.edge_site["lyon"].azapi_resource.configuration_reference': (
            f"{site}/providers/Microsoft.Edge/configurationReferences/default"
        ),
        "module.site_reference.azapi_resource.this": "/x/siteReferences/france",
    }


def test_a_node_of_a_resource_group_has_its_site_in_that() -> None:
    """There is no service group."""
    found = sites("resourceGroup")
    assert len(found) == 4
    assert found['module.edge_site["lyon"].azapi_resource.this'] == f"{EDGE}/sites/lyon"


def test_a_link_is_below_its_template() -> None:
    """It has the fleet's name."""
    found = resources("links", links={"t": {"config_template_id": f"{EDGE}/configTemplates/t", "name": "fleet"}})
    assert found == {'module.links["t"].azapi_resource.this': f"{EDGE}/configTemplates/t/configTemplateMetadatas/fleet"}


def test_a_cluster_with_nothing_is_nothing() -> None:
    """One that exists is not a resource of ours."""
    assert cluster() == {}


def test_a_cluster_is_connected_before_it_gets_anything() -> None:
    """In the phase in which it is only connected the rest is not there yet."""
    rest = {"flux_configuration": {"name": "platform"}}
    connected = {'module.connected_cluster["lab"].azapi_resource.this': "/c"}
    assert cluster(connect={"phase": "connect"}, **rest) == connected
    assert set(cluster(connect={"phase": "ready"}, **rest)) == {
        *connected,
        'module.flux_configuration["lab"].azapi_resource.this',
    }


def test_what_is_on_a_cluster_is_below_it() -> None:
    """Extensions, Flux's configuration; the custom location and targets are in the group."""
    targets = {"line": {"membership_name": "m1"}, "alone": {"membership_name": None}}
    found = cluster(
        extensions={"flux": {"name": "flux"}, "cert_manager": {"name": "aio"}},
        flux_configuration={"name": "platform"},
        custom_location={"name": "lab-cl"},
        targets=targets,
    )
    on = "/c/providers/Microsoft.KubernetesConfiguration"
    assert found == {
        'module.flux["lab"].azapi_resource.this': f"{on}/extensions/flux",
        'module.cert_manager["lab"].azapi_resource.this': f"{on}/extensions/aio",
        'module.flux_configuration["lab"].azapi_resource.this': f"{on}/fluxConfigurations/platform",
        'module.custom_location["lab"].azapi_resource.this': (
            "/g/providers/Microsoft.ExtendedLocation/customLocations/lab-cl"
        ),
        'module.target["lab/line"].azapi_resource.this': f"{EDGE}/targets/line",
        'module.target["lab/line"].azapi_resource.membership[0]': (
            f"{EDGE}/targets/line/providers/Microsoft.Relationships/serviceGroupMember/m1"
        ),
        'module.target["lab/alone"].azapi_resource.this': f"{EDGE}/targets/alone",
    }


def test_ids_are_those_of_the_resources() -> None:
    """They come in the order of the resources."""
    stack = Stack("links", "links", {"links": {n: {"config_template_id": f"/{n}", "name": "f"} for n in "ba"}})
    assert expected_ids(stack) == ("/b/configTemplateMetadatas/f", "/a/configTemplateMetadatas/f")
