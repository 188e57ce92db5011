mock_provider "azapi" {}

variables {
  agent_public_key  = "MIIBCgKCAQEAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kAIDAQAB"
  location          = "eastus2"
  name              = "bilbao-1"
  resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
}

run "plans_a_cluster_with_its_key" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.Kubernetes/connectedClusters@2026-05-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.identity[0].type == "SystemAssigned"
    error_message = "the cluster needs an identity"
  }

  assert {
    condition     = azapi_resource.this.body.properties.agentPublicKeyCertificate == var.agent_public_key
    error_message = "the key is sent as it is"
  }

  assert {
    condition     = azapi_resource.this.body.properties.oidcIssuerProfile.enabled == true
    error_message = "OIDC is on unless told otherwise"
  }

  assert {
    condition     = output.public_key == var.agent_public_key
    error_message = "the key is given back"
  }
}

run "leaves_out_what_is_off" {
  command = plan

  variables {
    oidc = false
    tags = { line = "bakery" }
  }

  assert {
    condition     = !can(azapi_resource.this.body.properties.oidcIssuerProfile) && !can(azapi_resource.this.body.properties.securityProfile)
    error_message = "OIDC is left out"
  }

  assert {
    condition     = azapi_resource.this.tags.line == "bakery"
    error_message = "tags are sent"
  }
}

run "refuses_a_key_of_the_other_form" {
  command = plan

  variables {
    agent_public_key = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq83vEjRWeJCrze8SNFZ4kAIDAQAB"
  }

  expect_failures = [var.agent_public_key]
}

run "refuses_a_key_in_armour" {
  command = plan

  variables {
    agent_public_key = "-----BEGIN RSA PUBLIC KEY-----"
  }

  expect_failures = [var.agent_public_key]
}

run "refuses_bad_names" {
  command = plan

  variables {
    name              = "bilbao/1"
    resource_group_id = "rg-edge"
  }

  expect_failures = [var.name, var.resource_group_id]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.resource_group_id]
}
