resource "azapi_resource" "this" {
  type      = "Microsoft.ExtendedLocation/customLocations@2021-08-15"
  parent_id = var.resource_group_id
  name      = var.name
  location  = var.location
  tags      = length(var.tags) == 0 ? null : var.tags

  body = {
    properties = {
      displayName         = coalesce(var.display_name, var.name)
      hostType            = "Kubernetes"
      hostResourceId      = var.cluster_id
      namespace           = var.namespace
      clusterExtensionIds = var.extension_ids
    }
  }

  ignore_casing          = true # the service changes the case of IDs
  response_export_values = []

  # Fixed at creation. Unlike paths of the body, these values say nothing on an imported resource.
  replace_triggers_external_values = {
    cluster_id = lower(var.cluster_id)
    namespace  = var.namespace
  }

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
}
