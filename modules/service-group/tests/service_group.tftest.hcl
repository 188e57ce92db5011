mock_provider "azapi" {}

variables {
  name                    = "contoso-lyon"
  parent_service_group_id = "/providers/Microsoft.Management/serviceGroups/contoso-france"
}

run "plans_a_group_below_its_parent" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Management/serviceGroups@2024-02-01-preview"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.parent_id == "/"
    error_message = "service groups belong to the tenant"
  }

  assert {
    condition     = azapi_resource.this.body.properties.parent.resourceId == var.parent_service_group_id
    error_message = "the parent is named"
  }

  assert {
    condition     = !contains(azapi_resource.this.retry.error_message_regex, "AuthorizationFailed")
    error_message = "without a fresh parent a missing right fails at once"
  }
}

run "waits_for_the_rights_on_a_fresh_parent" {
  command = plan

  variables {
    parent_is_new = true
  }

  assert {
    condition     = contains(azapi_resource.this.retry.error_message_regex, "AuthorizationFailed")
    error_message = "a missing right is waited for"
  }

  assert {
    condition     = azapi_resource.this.retry.max_interval_seconds == 300
    error_message = "a long Retry-After is obeyed"
  }
}

run "refuses_bad_ids_and_names" {
  command = plan

  variables {
    name                    = "contoso/lyon"
    parent_service_group_id = "contoso-france"
  }

  expect_failures = [var.name, var.parent_service_group_id]
}
