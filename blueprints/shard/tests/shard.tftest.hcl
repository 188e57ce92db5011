mock_provider "azapi" {}

variables {
  git_https_key = "canary"
  inputs_hash   = "first"
  remembered    = { lyon-1 = "{}" }

  clusters = {
    lyon-1 = {
      cluster_id        = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Kubernetes/connectedClusters/lyon-1"
      location          = "westeurope"
      wo_location       = "eastus2"
      resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
      connect           = null

      extensions = {
        flux                   = { name = "flux", extension_type = "microsoft.flux", auto_upgrade = true, release_namespace = "flux-system" }
        cert_manager           = { name = "aio-certmgr", extension_type = "microsoft.iotoperations.platform", auto_upgrade = true, release_namespace = "cert-manager" }
        workload_orchestration = { name = "wo-extension", extension_type = "Microsoft.workloadorchestration", auto_upgrade = false }
      }

      flux_configuration = {
        name          = "platform-prod"
        namespace     = "flux-system"
        url           = "https://github.com/contoso/contoso-platform-gitops"
        branch        = "prod"
        path          = "./plant-large"
        kustomization = "platform"
        https_user    = "git"
        has_secret    = true
      }

      custom_location = {
        name         = "lyon-1-cl"
        namespace    = "workloadorchestration"
        extension_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Kubernetes/connectedClusters/lyon-1/providers/Microsoft.KubernetesConfiguration/extensions/wo-extension"
      }

      targets = {
        lyon-1-line-a = {
          display_name     = "lyon-1-line-a"
          description      = "lyon-1-line-a"
          capabilities     = ["vision", "telemetry"]
          hierarchy_level  = "line"
          context_id       = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/contexts/contoso"
          solution_scope   = "lyon-1-line-a"
          service_group_id = "/providers/Microsoft.Management/serviceGroups/contoso-lyon"
          membership_name  = "m0123456789"
        }
        lyon-1-line-b = {
          display_name     = "lyon-1-line-b"
          description      = "lyon-1-line-b"
          capabilities     = ["telemetry"]
          hierarchy_level  = "line"
          context_id       = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Edge/contexts/contoso"
          solution_scope   = "lyon-1-line-b"
          service_group_id = "/providers/Microsoft.Management/serviceGroups/contoso-lyon"
          membership_name  = "m9876543210"
        }
      }
    }

    bilbao-1 = {
      cluster_id        = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Kubernetes/connectedClusters/bilbao-1"
      location          = "eastus2"
      resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"

      connect = {
        agent_public_key  = "MIIBCgKCAQEAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8SNFZ4kAIDAQAB"
        distribution      = "k3s"
        infrastructure    = "generic"
        resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
        name              = "bilbao-1"
        location          = "eastus2"
        phase             = "connect"
        oidc              = true
      }

      extensions = {
        flux = { name = "flux", extension_type = "microsoft.flux", auto_upgrade = true, release_namespace = "flux-system" }
      }
    }
  }
}

run "plans_a_cluster_and_one_that_is_being_connected" {
  command = plan

  assert {
    condition     = keys(module.connected_cluster) == ["bilbao-1"]
    error_message = "only the cluster that is connected from here is made"
  }

  assert {
    condition = alltrue([
      for things in [module.flux, module.flux_configuration, module.cert_manager, module.workload_orchestration, module.custom_location] :
      keys(things) == ["lyon-1"]
    ])
    error_message = "a cluster that is being connected gets nothing else"
  }

  assert {
    condition     = keys(module.target) == ["lyon-1/lyon-1-line-a", "lyon-1/lyon-1-line-b"]
    error_message = "one module a target"
  }

  assert {
    condition     = length(module.diagnostics) == 0
    error_message = "no diagnostics unless asked for"
  }

  assert {
    condition     = output.connected_clusters["bilbao-1"].public_key == var.clusters["bilbao-1"].connect.agent_public_key
    error_message = "the public key is given back"
  }

  assert {
    condition     = output.begun == "first" && output.clusters["lyon-1"] == "{}"
    error_message = "what the driver remembers passes through"
  }
}

run "refuses_targets_without_a_place_and_unknown_extensions" {
  command = plan

  variables {
    clusters = {
      lab-1 = {
        cluster_id        = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge/providers/Microsoft.Kubernetes/connectedClusters/lab-1"
        location          = "eastus2"
        resource_group_id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-contoso-edge"
        diagnostics       = true
        extensions        = { dapr = { name = "dapr", extension_type = "microsoft.dapr", auto_upgrade = true } }
      }
    }
  }

  expect_failures = [var.clusters]
}

run "refuses_a_secret_that_is_not_given" {
  command = plan

  variables {
    git_https_key = null
  }

  expect_failures = [terraform_data.applied]
}
