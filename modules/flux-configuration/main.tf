locals {
  is_connected_cluster = strcontains(lower(var.cluster_id), "/microsoft.kubernetes/connectedclusters/")
}

resource "azapi_resource" "this" {
  type      = "Microsoft.KubernetesConfiguration/fluxConfigurations@2025-04-01"
  parent_id = var.cluster_id
  name      = var.name

  body = {
    properties = {
      scope      = "cluster"
      namespace  = var.namespace
      sourceKind = "GitRepository"
      suspend    = var.suspend
      gitRepository = { for name, value in {
        url                   = var.repository_url
        repositoryRef         = { branch = var.branch }
        syncIntervalInSeconds = var.sync_interval_seconds
        timeoutInSeconds      = 600
        httpsUser             = var.https_user
        localAuthRef          = var.local_auth_ref
        provider              = var.source_provider
      } : name => value if value != null }
      kustomizations = {
        (var.kustomization) = {
          path                  = var.path
          prune                 = var.prune
          syncIntervalInSeconds = var.sync_interval_seconds
          timeoutInSeconds      = 600
        }
      }
    }
  }

  # Without a version map: a PUT that leaves the key out takes it away from the cluster.
  sensitive_body = var.https_key == null ? null : {
    properties = { configurationProtectedSettings = { httpsKey = base64encode(var.https_key) } }
  }

  delete_query_parameters          = var.force_delete ? { forceDelete = ["true"] } : null
  replace_triggers_external_values = { namespace = var.namespace } # fixed at creation
  response_export_values           = []

  # AKS takes one change at a time.
  locks = local.is_connected_cluster ? null : [var.cluster_id]

  retry = {
    error_message_regex = [
      "AnotherOperationInProgress",
      "(?i)another operation.*in progress",
      "TooManyRequests",
      "^(Get|Put|Delete) \"https://", # a connection that breaks: azapi tries it again by itself only without a retry
    ]
    interval_seconds     = 2
    max_interval_seconds = 300
  }

  timeouts {
    create = "45m"
    update = "45m"
    delete = "60m" # workloads are pruned first
  }
}
