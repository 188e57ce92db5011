mock_provider "azapi" {}

variables {
  location          = "eastus2"
  name              = "line-vision-schema"
  resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
  versions          = { "1.0.0" = "rules: {configs: {}}", "1.1.0" = "rules: {}" }
}

run "plans_a_schema_and_its_versions" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/schemas@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = toset(keys(azapi_resource.version)) == toset(["1.0.0", "1.1.0"])
    error_message = "one resource a version"
  }

  assert {
    condition     = azapi_resource.version["1.0.0"].type == "Microsoft.Edge/schemas/versions@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.version["1.1.0"].body.properties.value == "rules: {}"
    error_message = "the text is sent as it is"
  }
}

run "refuses_bad_names" {
  command = plan

  variables {
    name     = "a"
    versions = { "1.0" = "rules: {}" }
  }

  expect_failures = [var.name, var.versions]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.resource_group_id]
}
