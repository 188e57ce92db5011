mock_provider "azapi" {}

variables {
  custom_location_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.ExtendedLocation/customLocations/lab-1-cl"
  location           = "eastus2"
  name               = "lab-1"
  resource_group_id  = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
}

run "plans_diagnostics_in_the_custom_location" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/diagnostics@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.body.extendedLocation.name == var.custom_location_id
    error_message = "it lies in the custom location"
  }
}

run "refuses_bad_ids_and_names" {
  command = plan

  variables {
    custom_location_id = "lab-1-cl"
    name               = "-"
  }

  expect_failures = [var.custom_location_id, var.name]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.resource_group_id]
}
