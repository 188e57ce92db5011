mock_provider "azapi" {
  mock_resource "azapi_resource" {
    defaults = {
      id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Edge/configTemplates/made"
      output = { unique_identifier = "7c1b0000" }
    }
  }
}

variables {
  description       = "What a plant's lines share"
  location          = "eastus2"
  name              = "plant-config"
  resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
  versions          = { "1.0.0" = "configs: {Broker: $${{$val(Broker)}}}" }
}

run "makes_a_template_and_its_versions" {
  command = apply

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/configTemplates@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.version["1.0.0"].type == "Microsoft.Edge/configTemplates/versions@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.version["1.0.0"].body.properties.configurations == var.versions["1.0.0"]
    error_message = "the text is sent as it is"
  }

  assert {
    condition     = output.unique_identifier == "7c1b0000"
    error_message = "the service's identifier is given back"
  }
}

run "refuses_bad_names" {
  command = plan

  variables {
    name     = "a-name-of-more-than-twenty-four-characters"
    versions = { v1 = "configs: {}" }
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
