mock_provider "azapi" {
  mock_data "azapi_resource" {
    defaults = {
      id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-other/providers/Microsoft.Edge/contexts/shared"
      output = {}
    }
  }
}

override_resource {
  target = module.context[0].azapi_resource.this
  values = {
    id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/contexts/contoso"
    output = {}
  }
}

override_resource {
  target = module.schema["line-vision-schema"].azapi_resource.this
  values = {
    id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/schemas/line-vision-schema"
    output = {}
  }
}

override_resource {
  target = module.schema["plant-config-schema"].azapi_resource.this
  values = {
    id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/schemas/plant-config-schema"
    output = {}
  }
}

override_resource {
  target = module.config_template["plant-config"].azapi_resource.this
  values = {
    id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/configTemplates/plant-config"
    output = { unique_identifier = "7c1b0000" }
  }
}

override_resource {
  target = module.solution_template["line-vision"].azapi_resource.this
  values = {
    id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/solutionTemplates/line-vision"
    output = { unique_identifier = "9f2e0000" }
  }
}

variables {
  digest_key  = "0123456789abcdef"
  inputs_hash = "first"
  shards      = { shard-dev-01 = ["lab-1"] }

  context = {
    name              = "contoso"
    resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
    location          = "eastus2"
    capabilities      = [{ name = "vision", description = "vision" }, { name = "telemetry", description = "telemetry" }]
    hierarchies = [
      { name = "country", description = "country" },
      { name = "plant", description = "plant" },
      { name = "line", description = "line" },
    ]
  }

  schemas = {
    line-vision-schema = {
      resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
      location          = "eastus2"
      versions          = { "1.0.0" = "metadata: {name: line-vision-schema, version: 1.0.0}" }
      tags              = { "ewo-1.0.0" = "aa" }
    }
    plant-config-schema = {
      resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
      location          = "eastus2"
      versions          = { "1.0.0" = "metadata: {name: plant-config-schema, version: 1.0.0}" }
    }
  }

  config_templates = {
    plant-config = {
      resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
      location          = "eastus2"
      description       = "plant-config"
      versions          = { "1.0.0" = "schema: {name: plant-config-schema, version: 1.0.0}" }
    }
  }

  solution_templates = {
    line-vision = {
      resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
      location          = "eastus2"
      description       = "line-vision"
      capabilities      = ["vision"]
      versions          = { "1.0.0" = { configurations = "schema: {name: line-vision-schema, version: 1.0.0}", specification_json = "{\"components\":[]}" } }
    }
  }
}

run "makes_what_a_fleet_has_once" {
  assert {
    condition     = length(module.context) == 1 && length(data.azapi_resource.context) == 0
    error_message = "the context is made, not read"
  }

  assert {
    condition     = length(module.schema) == 2 && length(module.config_template) == 1 && length(module.solution_template) == 1
    error_message = "one module a schema and a template"
  }

  assert {
    condition     = output.applied == "first" && output.begun == "first"
    error_message = "an apply that succeeded says so"
  }

  assert {
    condition     = output.config_template_uids == { plant-config = "7c1b0000" } && output.solution_template_uids == { line-vision = "9f2e0000" }
    error_message = "the service's identifiers are given back"
  }

  assert {
    condition     = endswith(output.context_id, "/contexts/contoso")
    error_message = "the context is given back"
  }

  assert {
    condition     = output.shards["shard-dev-01"][0] == "lab-1" && output.digest_key == "0123456789abcdef"
    error_message = "what the driver remembers passes through"
  }
}

run "reads_a_context_that_exists" {
  state_key = "existing"

  variables {
    context             = null
    existing_context_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-other/providers/Microsoft.Edge/contexts/shared"
  }

  assert {
    condition     = length(module.context) == 0 && endswith(output.context_id, "/contexts/shared")
    error_message = "the context is read, not made"
  }
}

run "plans_without_workload_orchestration" {
  command   = plan
  state_key = "none"

  variables {
    config_templates   = {}
    context            = null
    schemas            = {}
    solution_templates = {}
  }

  assert {
    condition     = output.context_id == null
    error_message = "no context, no ID"
  }
}

run "refuses_two_contexts_and_a_short_key" {
  command = plan

  variables {
    digest_key          = "short"
    existing_context_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-other/providers/Microsoft.Edge/contexts/shared"
  }

  expect_failures = [var.digest_key, var.existing_context_id]
}
