locals {
  # Helm inside the cluster is the one provider that the service has for targets.
  target_specification = {
    topologies = [{
      bindings = [{
        role     = "helm.v3"
        provider = "providers.target.helm"
        config   = { inCluster = "true" }
      }]
    }]
  }
}

resource "azapi_resource" "this" {
  type      = "Microsoft.Edge/targets@2026-03-01"
  parent_id = var.resource_group_id
  name      = var.name
  location  = var.location
  tags      = length(var.tags) == 0 ? null : var.tags

  body = {
    extendedLocation = {
      name = var.custom_location_id
      type = "CustomLocation"
    }
    properties = {
      capabilities        = var.capabilities
      contextId           = var.context_id
      description         = coalesce(var.description, var.display_name)
      displayName         = var.display_name
      hierarchyLevel      = var.hierarchy_level
      solutionScope       = var.solution_scope
      targetSpecification = local.target_specification
    }
  }

  delete_query_parameters = var.force_delete ? { forceDelete = ["true"] } : null
  ignore_casing           = true # the service changes the case of IDs
  response_export_values  = []

  # Fixed at creation. Unlike a path of the body, this value says nothing on an imported resource.
  replace_triggers_external_values = { custom_location_id = lower(var.custom_location_id) }

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

# In this API version the member is the parent and targetId the group; later versions turn it round.
resource "azapi_resource" "membership" {
  count = var.service_group_id == null ? 0 : 1

  type      = "Microsoft.Relationships/serviceGroupMember@2023-09-01-preview"
  parent_id = azapi_resource.this.id
  name      = var.membership_name

  body = {
    properties = {
      targetId = var.service_group_id
    }
  }

  ignore_casing             = true # the service changes the case of IDs
  response_export_values    = []
  schema_validation_enabled = false # the published type requires properties that are read-only: no body passes

  # A relationship leads where it was made to lead: another group takes another relationship.
  replace_triggers_external_values = { service_group_id = lower(var.service_group_id) }

  # A fresh service group is unknown to the authorization service for a while. Only the PUT may wait for what is
  # not found: a refresh of a membership that somebody deleted would wait as well.
  retry = {
    error_message_regex  = ["AuthorizationFailed", "(?s)^PUT .*NotFound", "^(Get|Put|Delete) \"https://"]
    interval_seconds     = 2
    max_interval_seconds = 300
  }

  timeouts {
    create = "3m"
    update = "3m"
    read   = "1m" # who has lost the right to read it is told so soon
  }
}

# The service learns a target's ancestors when the target is PUT, so it is PUT again after each change of membership.
resource "azapi_update_resource" "membership_seen" {
  count = var.service_group_id == null ? 0 : 1

  type        = "Microsoft.Edge/targets@2026-03-01"
  resource_id = azapi_resource.this.id

  body                   = {}
  response_export_values = []

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

  lifecycle {
    replace_triggered_by = [azapi_resource.membership]
  }
}
