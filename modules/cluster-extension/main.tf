locals {
  # An extension of an Arc cluster needs an identity of its own; on AKS one is refused.
  is_connected_cluster = strcontains(lower(var.cluster_id), "/microsoft.kubernetes/connectedclusters/")
}

resource "azapi_resource" "this" {
  type      = "Microsoft.KubernetesConfiguration/extensions@2025-03-01"
  parent_id = var.cluster_id
  name      = var.name

  dynamic "identity" {
    for_each = local.is_connected_cluster ? ["SystemAssigned"] : []

    content {
      type = identity.value
    }
  }

  body = {
    properties = { for name, value in {
      extensionType           = var.extension_type
      autoUpgradeMinorVersion = var.auto_upgrade
      configurationSettings   = var.settings
      releaseTrain            = var.release_train
      scope                   = var.release_namespace == null ? null : { cluster = { releaseNamespace = var.release_namespace } }
      version                 = var.extension_version
    } : name => value if value != null }
  }

  ignore_casing           = true # the service answers with the type in lower case
  delete_query_parameters = var.force_delete ? { forceDelete = ["true"] } : null
  response_export_values  = []

  # Both are fixed at creation. Unlike paths of the body, these values say nothing on an imported resource.
  replace_triggers_external_values = {
    extension_type    = lower(var.extension_type)
    release_namespace = var.release_namespace
  }

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
    delete = "45m"
  }
}
