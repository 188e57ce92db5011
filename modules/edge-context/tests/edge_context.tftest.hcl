mock_provider "azapi" {}

variables {
  capabilities      = [{ name = "vision", description = "Cameras" }]
  hierarchies       = [{ name = "plant", description = "Plant" }, { name = "line", description = "Line" }]
  location          = "eastus2"
  name              = "contoso"
  resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
}

run "plans_levels_and_capabilities" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/contexts@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = [for level in azapi_resource.this.body.properties.hierarchies : level.name] == ["plant", "line"]
    error_message = "levels keep their order"
  }

  assert {
    condition     = azapi_resource.this.body.properties.capabilities[0].name == "vision"
    error_message = "capabilities are sent"
  }
}

run "refuses_one_level" {
  command = plan

  variables {
    hierarchies = [{ name = "line", description = "Line" }]
  }

  expect_failures = [var.hierarchies]
}

run "refuses_names_that_differ_in_case" {
  command = plan

  variables {
    capabilities = [{ name = "vision", description = "a" }, { name = "Vision", description = "b" }]
  }

  expect_failures = [var.capabilities]
}

run "refuses_no_capability_and_a_bad_name" {
  command = plan

  variables {
    capabilities = []
    name         = "a."
  }

  expect_failures = [var.capabilities, var.name]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.resource_group_id]
}
