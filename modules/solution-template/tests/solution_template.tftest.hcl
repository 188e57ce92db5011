mock_provider "azapi" {
  mock_resource "azapi_resource" {
    defaults = {
      id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Edge/solutionTemplates/made"
      output = { unique_identifier = "9f2e0000" }
    }
  }
}

variables {
  capabilities      = ["vision"]
  description       = "Looks at the line"
  location          = "eastus2"
  name              = "line-vision"
  resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"

  versions = {
    "1.0.0" = {
      configurations     = "configs: {line: $${{$target(name)}}}"
      specification_json = "{\"components\": [{\"name\": \"line-vision\", \"properties\": {\"wait\": true}}]}"
    }
    "2.0.0" = {
      configurations     = "configs: {}"
      specification_json = "{\"components\": []}"
    }
  }
}

run "makes_a_template_with_versions_of_different_shape" {
  command = apply

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/solutionTemplates@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.body.properties.enableExternalValidation == false
    error_message = "nobody validates unless told"
  }

  assert {
    condition     = azapi_resource.version["1.0.0"].type == "Microsoft.Edge/solutionTemplates/versions@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.version["1.0.0"].body.properties.specification.components[0].properties.wait == true
    error_message = "types in the specification are kept"
  }

  assert {
    condition     = length(azapi_resource.version["2.0.0"].body.properties.specification.components) == 0
    error_message = "each version has its own shape"
  }

  assert {
    condition     = output.unique_identifier == "9f2e0000"
    error_message = "the service's identifier is given back"
  }
}

run "refuses_bad_names" {
  command = plan

  variables {
    capabilities = ["vision", "vision"]
    name         = "v-line"
  }

  expect_failures = [var.capabilities, var.name]
}

run "refuses_bad_versions" {
  command = plan

  variables {
    versions = { "1.0.0" = { configurations = "configs: {}", specification_json = "[]" } }
  }

  expect_failures = [var.versions]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.resource_group_id]
}
