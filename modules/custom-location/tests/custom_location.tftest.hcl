mock_provider "azapi" {}

variables {
  cluster_id        = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Kubernetes/connectedClusters/lab-1"
  extension_ids     = ["/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Kubernetes/connectedClusters/lab-1/providers/Microsoft.KubernetesConfiguration/extensions/wo-extension"]
  location          = "eastus2"
  name              = "lab-1-cl"
  namespace         = "workloadorchestration"
  resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge"
}

run "plans_a_place_on_the_cluster" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.ExtendedLocation/customLocations@2021-08-15"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.body.properties.hostResourceId == var.cluster_id
    error_message = "the cluster hosts it"
  }

  assert {
    condition     = azapi_resource.this.body.properties.clusterExtensionIds[0] == var.extension_ids[0]
    error_message = "it stands on the extension"
  }

  assert {
    condition     = azapi_resource.this.body.properties.displayName == "lab-1-cl"
    error_message = "it is shown under its name"
  }
}

run "refuses_aks_and_no_extension" {
  command = plan

  variables {
    cluster_id    = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.ContainerService/managedClusters/hub"
    extension_ids = []
  }

  expect_failures = [var.cluster_id, var.extension_ids]
}

run "refuses_bad_names" {
  command = plan

  variables {
    name      = "-cl"
    namespace = "Workload"
  }

  expect_failures = [var.name, var.namespace]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    resource_group_id = replace(var.resource_group_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.resource_group_id]
}
