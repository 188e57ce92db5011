mock_provider "azapi" {}

variables {
  config_template_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Edge/configTemplates/plant-config"
  context_id         = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Edge/contexts/contoso"
  hierarchies        = [{ level = "plant", ids = ["/providers/Microsoft.Management/serviceGroups/contoso-lyon/providers/Microsoft.Edge/sites/lyon"] }]
  name               = "contoso"
}

run "plans_the_links_of_a_template" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/configTemplates/configTemplateMetadatas@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.body.properties.contextId == var.context_id
    error_message = "the context is named"
  }

  assert {
    condition     = azapi_resource.this.body.properties.linkedHierarchies[0].hierarchyIds[0] == "/providers/Microsoft.Management/serviceGroups/contoso-lyon/providers/Microsoft.Edge/sites/lyon"
    error_message = "the site is linked"
  }
}

run "refuses_a_level_without_or_with_two_entries" {
  command = plan

  variables {
    hierarchies = [{ level = "plant", ids = [] }, { level = "plant", ids = ["x"] }]
  }

  expect_failures = [var.hierarchies]
}

run "refuses_bad_ids_and_names" {
  command = plan

  variables {
    config_template_id = "plant-config"
    context_id         = "contoso"
    name               = "a..b"
  }

  expect_failures = [var.config_template_id, var.context_id, var.name]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    config_template_id = replace(var.config_template_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.config_template_id]
}
