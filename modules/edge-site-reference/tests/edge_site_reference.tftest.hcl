mock_provider "azapi" {}

variables {
  context_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Edge/contexts/contoso"
  name       = "france"
  site_id    = "/providers/Microsoft.Management/serviceGroups/contoso-lyon/providers/Microsoft.Edge/sites/lyon"
}

run "plans_the_site_in_the_context" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Edge/contexts/siteReferences@2026-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.parent_id == var.context_id
    error_message = "the context is the parent"
  }

  assert {
    condition     = azapi_resource.this.body.properties.siteId == var.site_id
    error_message = "the site is named"
  }
}

run "refuses_bad_ids_and_names" {
  command = plan

  variables {
    context_id = "contoso"
    name       = "fr"
    site_id    = "france"
  }

  expect_failures = [var.context_id, var.name, var.site_id]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    context_id = replace(var.context_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.context_id]
}
