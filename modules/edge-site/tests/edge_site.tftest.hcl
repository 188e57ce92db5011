mock_provider "azapi" {}

variables {
  configuration_name = "contoso-lyon"
  level              = "plant"
  location           = "eastus2"
  name               = "lyon"
  parent_id          = "/providers/Microsoft.Management/serviceGroups/contoso-lyon"
  resource_group_id  = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
}

run "plans_site_configuration_and_reference" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/sites@2025-06-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.body.properties.labels.level == "plant"
    error_message = "the level is a label"
  }

  assert {
    condition     = azapi_resource.this.timeouts.create == "3m"
    error_message = "rights are waited for three minutes"
  }

  assert {
    condition     = azapi_resource.this.retry.max_interval_seconds == 300
    error_message = "a long Retry-After is obeyed"
  }

  assert {
    condition     = azapi_resource.configuration.type == "Microsoft.Edge/configurations@2025-08-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.configuration_reference.type == "Microsoft.Edge/configurationReferences@2025-08-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.configuration_reference.name == "default"
    error_message = "the reference has one name"
  }
}

run "plans_the_site_of_a_resource_group" {
  command = plan

  variables {
    labels    = { region = "eu" }
    parent_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
  }

  assert {
    condition     = azapi_resource.this.parent_id == var.resource_group_id
    error_message = "the site lies in the group"
  }

  assert {
    condition     = azapi_resource.this.body.properties.labels == { level = "plant", region = "eu" }
    error_message = "labels are merged"
  }
}

run "refuses_bad_names" {
  command = plan

  variables {
    configuration_name = "a..b"
    level              = ""
    name               = "abc"
    parent_id          = "lyon"
  }

  expect_failures = [var.configuration_name, var.level, var.name, var.parent_id]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    parent_id         = replace(var.parent_id, "/providers/", "/Providers/")
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.parent_id, var.resource_group_id]
}
