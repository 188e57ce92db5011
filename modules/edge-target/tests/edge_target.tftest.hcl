mock_provider "azapi" {}

variables {
  capabilities       = ["vision", "telemetry"]
  context_id         = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Edge/contexts/contoso"
  custom_location_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.ExtendedLocation/customLocations/lab-1-cl"
  display_name       = "Line A"
  hierarchy_level    = "line"
  location           = "eastus2"
  name               = "lab-1-line"
  resource_group_id  = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
  solution_scope     = "lab-1-line"
}

run "plans_a_target_alone" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/targets@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.body.extendedLocation.name == var.custom_location_id
    error_message = "it lies in the custom location"
  }

  assert {
    condition     = azapi_resource.this.body.properties.targetSpecification.topologies[0].bindings[0].config.inCluster == "true"
    error_message = "Helm runs in the cluster"
  }

  assert {
    condition     = azapi_resource.this.body.properties.description == "Line A"
    error_message = "the description defaults to the display name"
  }

  assert {
    condition     = length(azapi_resource.membership) == 0 && length(azapi_update_resource.membership_seen) == 0
    error_message = "no group, no membership, one PUT"
  }
}

run "plans_the_membership_and_the_second_put" {
  command = plan

  variables {
    membership_name  = "m0123456789"
    service_group_id = "/providers/Microsoft.Management/serviceGroups/contoso-lyon"
  }

  assert {
    condition     = azapi_resource.membership[0].type == "Microsoft.Relationships/serviceGroupMember@2023-09-01-preview"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.membership[0].name == "m0123456789"
    error_message = "the membership has its name"
  }

  assert {
    condition     = azapi_resource.membership[0].body.properties.targetId == var.service_group_id
    error_message = "the group is the membership's target"
  }

  assert {
    condition     = azapi_resource.membership[0].replace_triggers_external_values.service_group_id == lower(var.service_group_id)
    error_message = "another group takes another membership"
  }

  assert {
    condition     = azapi_update_resource.membership_seen[0].type == "Microsoft.Edge/targets@2026-03-01"
    error_message = "the target is PUT again"
  }

  assert {
    condition     = azapi_update_resource.membership_seen[0].body == {}
    error_message = "with what it has"
  }
}

run "refuses_a_group_without_a_name" {
  command = plan

  variables {
    service_group_id = "/providers/Microsoft.Management/serviceGroups/contoso-lyon"
  }

  expect_failures = [var.membership_name]
}

run "refuses_a_bad_membership" {
  command = plan

  variables {
    membership_name = "m-1"
  }

  expect_failures = [var.membership_name]
}

run "refuses_bad_choices" {
  command = plan

  variables {
    capabilities     = ["vision", "vision"]
    membership_name  = "m0123456789"
    name             = "a"
    service_group_id = "lyon"
    solution_scope   = "kube-system"
  }

  expect_failures = [var.capabilities, var.name, var.service_group_id, var.solution_scope]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.resource_group_id]
}
