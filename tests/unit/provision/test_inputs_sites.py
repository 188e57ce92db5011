"""What the blueprints of sites and links are given."""

from __future__ import annotations

from dataclasses import replace

from orchestration.fleet.model import Fleet
from orchestration.provision.inputs import links_inputs, sites_inputs

GROUP = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
CONTEXT = f"{GROUP}/providers/Microsoft.Edge/contexts/contoso"
SERVICE_GROUPS = "/providers/Microsoft.Management/serviceGroups"


def flat(fleet: Fleet) -> Fleet:
    """Return the fleet with its sites in one resource group."""
    assert fleet.hierarchy is not None
    return replace(fleet, hierarchy=replace(fleet.hierarchy, scope="resourceGroup"))


def test_a_top_level_node_comes_with_all_below_it(fleet: Fleet) -> None:
    """Each node has a site, a configuration and a service group: below its parent's, or the tenant's."""
    assert fleet.hierarchy is not None
    found = sites_inputs(fleet, fleet.hierarchy.nodes["france"])
    assert found == {
        "top": "france",
        "scope": "serviceGroup",
        "context_id": CONTEXT,
        "resource_group_id": GROUP,
        "location": "eastus2",
        "site_reference_name": "france",
        "nodes": {
            name: {
                "depth": depth,
                "level": level,
                "display_name": name,
                "site_name": name,
                "configuration_name": f"contoso-{name}",
                "service_group_name": f"contoso-{name}",
                "parent_service_group_id": f"{SERVICE_GROUPS}/{parent}",
            }
            for name, depth, level, parent in (
                ("france", 1, "country", "11111111-1111-1111-1111-111111111111"),
                ("lyon", 2, "plant", "contoso-france"),
                ("lille", 2, "plant", "contoso-france"),
            )
        },
    }


def test_sites_of_a_resource_group_have_no_service_groups(fleet: Fleet) -> None:
    """There is nothing above them but the group."""
    given = flat(fleet)
    assert given.hierarchy is not None
    found = sites_inputs(given, given.hierarchy.nodes["spain"])
    assert found["scope"] == "resourceGroup"
    assert found["nodes"]["vigo"] == {
        "depth": 2,
        "level": "plant",
        "display_name": "vigo",
        "site_name": "vigo",
        "configuration_name": "contoso-vigo",
    }


def test_a_template_is_linked_to_the_nodes_that_set_its_values(fleet: Fleet) -> None:
    """Nodes go by level, top first; a level at which no node sets a value is left out."""
    link = {
        "name": "contoso",
        "config_template_id": f"{GROUP}/providers/Microsoft.Edge/configTemplates/plant-config",
        "context_id": CONTEXT,
    }
    country, plant = (
        {
            "level": level,
            "ids": [f"{SERVICE_GROUPS}/contoso-{name}/providers/Microsoft.Edge/sites/{name}" for name in names],
        }
        for level, names in (("country", ("france", "spain")), ("plant", ("vigo",)))
    )
    template = fleet.config_templates["plant-config"]
    only_vigo = replace(fleet, config_templates={"plant-config": replace(template, values={"vigo": {"a": 1}})})
    unlinked = replace(fleet, config_templates={"plant-config": replace(template, values={})})

    assert links_inputs(fleet) == {"links": {"plant-config": {**link, "hierarchies": [country, plant]}}}
    assert links_inputs(only_vigo)["links"]["plant-config"]["hierarchies"] == [plant]
    assert links_inputs(unlinked) == {"links": {}}


def test_links_lead_to_sites_where_they_are(fleet: Fleet) -> None:
    """A site of a resource group has its id there."""
    (country, _) = links_inputs(flat(fleet))["links"]["plant-config"]["hierarchies"]
    assert country["ids"][0] == f"{GROUP}/providers/Microsoft.Edge/sites/france"
