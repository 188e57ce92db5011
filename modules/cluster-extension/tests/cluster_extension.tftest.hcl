mock_provider "azapi" {}

variables {
  cluster_id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Kubernetes/connectedClusters/lab-1"
  extension_type = "microsoft.flux"
  name           = "flux"
}

run "plans_an_extension_of_an_arc_cluster" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.KubernetesConfiguration/extensions@2025-03-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.parent_id == var.cluster_id
    error_message = "the cluster is the parent"
  }

  assert {
    condition     = azapi_resource.this.identity[0].type == "SystemAssigned"
    error_message = "an Arc cluster's extension has an identity"
  }

  assert {
    condition     = azapi_resource.this.body.properties.autoUpgradeMinorVersion == true
    error_message = "upgrades by itself unless told otherwise"
  }

  assert {
    condition     = !can(azapi_resource.this.body.properties.version) && !can(azapi_resource.this.body.properties.scope)
    error_message = "what is not given is not sent"
  }

  assert {
    condition     = azapi_resource.this.delete_query_parameters == null
    error_message = "a removal waits for the cluster"
  }
}

run "pins_a_version_in_a_namespace" {
  command = plan

  variables {
    auto_upgrade      = false
    extension_version = "1.2.3"
    force_delete      = true
    release_namespace = "flux-system"
    settings          = { "multiTenancy.enforce" = true }
  }

  assert {
    condition     = azapi_resource.this.body.properties.version == "1.2.3"
    error_message = "the version is sent"
  }

  assert {
    condition     = azapi_resource.this.body.properties.scope.cluster.releaseNamespace == "flux-system"
    error_message = "the namespace is sent"
  }

  assert {
    condition     = azapi_resource.this.body.properties.configurationSettings["multiTenancy.enforce"] == "true"
    error_message = "settings are sent as text"
  }

  assert {
    condition     = azapi_resource.this.delete_query_parameters.forceDelete[0] == "true"
    error_message = "a forced removal says so"
  }
}

run "plans_an_extension_of_an_aks_cluster" {
  command = plan

  variables {
    cluster_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.ContainerService/managedClusters/hub"
  }

  assert {
    condition     = length(azapi_resource.this.identity) == 0
    error_message = "AKS refuses an identity"
  }

  assert {
    condition     = azapi_resource.this.locks[0] == var.cluster_id
    error_message = "AKS takes one change at a time"
  }
}

run "refuses_a_version_that_upgrades_itself" {
  command = plan

  variables {
    extension_version = "1.2.3"
  }

  expect_failures = [var.extension_version]
}

run "refuses_bad_names" {
  command = plan

  variables {
    cluster_id        = "lab-1"
    extension_type    = "flux"
    name              = "Flux"
    release_namespace = "Flux"
  }

  expect_failures = [var.cluster_id, var.extension_type, var.name, var.release_namespace]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    cluster_id = replace(var.cluster_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.cluster_id]
}
