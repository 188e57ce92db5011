mock_provider "azapi" {}

variables {
  inputs_hash = "first"

  links = {
    plant-config = {
      name               = "contoso"
      config_template_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/configTemplates/plant-config"
      context_id         = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/contexts/contoso"
      hierarchies = [{
        level = "country"
        ids   = ["/providers/Microsoft.Management/serviceGroups/contoso-france/providers/Microsoft.Edge/sites/france"]
      }]
    }
  }
}

run "plans_one_module_a_template" {
  command = plan

  assert {
    condition     = keys(module.links) == ["plant-config"]
    error_message = "one module a config template"
  }

  assert {
    condition     = output.begun == "first"
    error_message = "what was begun is said at once"
  }
}

run "refuses_a_link_without_levels" {
  command = plan

  variables {
    links = {
      plant-config = {
        name               = "contoso"
        config_template_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/configTemplates/plant-config"
        context_id         = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/contexts/contoso"
        hierarchies        = []
      }
    }
  }

  expect_failures = [var.links]
}
