mock_provider "azapi" {}

mock_provider "azapi" {
  alias = "regional"
}

variables {
  context_id          = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/contexts/contoso"
  inputs_hash         = "first"
  location            = "eastus2"
  resource_group_id   = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
  scope               = "serviceGroup"
  site_reference_name = "france"
  top                 = "france"

  nodes = {
    france = {
      depth                   = 1
      level                   = "country"
      display_name            = "france"
      site_name               = "france"
      configuration_name      = "contoso-france"
      service_group_name      = "contoso-france"
      parent_service_group_id = "/providers/Microsoft.Management/serviceGroups/11111111-1111-1111-1111-111111111111"
    }
    lyon = {
      depth                   = 2
      level                   = "plant"
      display_name            = "lyon"
      site_name               = "lyon"
      configuration_name      = "contoso-lyon"
      service_group_name      = "contoso-lyon"
      parent_service_group_id = "/providers/Microsoft.Management/serviceGroups/contoso-france"
    }
    lille = {
      depth                   = 2
      level                   = "plant"
      display_name            = "lille"
      site_name               = "lille"
      configuration_name      = "contoso-lille"
      service_group_name      = "contoso-lille"
      parent_service_group_id = "/providers/Microsoft.Management/serviceGroups/contoso-france"
    }
  }
}

run "plans_a_country_and_its_plants" {
  command = plan

  assert {
    condition     = length(module.service_group_1) == 1 && length(module.service_group_2) == 2 && length(module.service_group_3) == 0
    error_message = "one service group a node, level by level"
  }

  assert {
    condition     = length(module.edge_site) == 3
    error_message = "one site a node"
  }
}

run "plans_one_site_of_a_resource_group" {
  command = plan

  variables {
    scope               = "resourceGroup"
    site_reference_name = "works"
    top                 = "works"
    nodes               = { works = { depth = 1, level = "plant", display_name = "works", site_name = "works", configuration_name = "contoso-works" } }
  }

  assert {
    condition     = length(module.service_group_1) == 0 && length(module.edge_site) == 1
    error_message = "no service group, one site"
  }
}

run "refuses_a_top_that_is_not_there_and_a_bad_endpoint" {
  command = plan

  variables {
    regional_arm_endpoint = "https://eastus2.management.azure.com/"
    top                   = "lyon"
  }

  expect_failures = [var.regional_arm_endpoint, var.top]
}

run "refuses_several_nodes_in_a_resource_group" {
  command = plan

  variables {
    scope = "resourceGroup"
  }

  expect_failures = [var.nodes]
}
