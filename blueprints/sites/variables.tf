variable "context_id" {
  type        = string
  description = "Resource ID of the context that the top node is attached to."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Azure region of the configurations; one that has Workload Orchestration."
  nullable    = false
}

variable "nodes" {
  type = map(object({
    configuration_name      = string
    depth                   = number
    display_name            = string
    level                   = string
    parent_service_group_id = optional(string)
    service_group_name      = optional(string)
    site_name               = string
  }))
  description = "The top node and all below it, by name; depth counts from 1 at the top."
  nullable    = false

  validation {
    condition     = alltrue([for node in values(var.nodes) : contains([1, 2, 3], node.depth)])
    error_message = "nodes must have a depth of 1, 2 or 3."
  }

  validation {
    condition = var.scope != "serviceGroup" || alltrue([
      for node in values(var.nodes) : node.service_group_name != null && node.parent_service_group_id != null
    ])
    error_message = "nodes must have service_group_name and parent_service_group_id when scope is serviceGroup."
  }

  validation {
    condition     = var.scope != "resourceGroup" || length(var.nodes) == 1
    error_message = "nodes must be exactly one when scope is resourceGroup."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group of the configurations, and of the site when scope is resourceGroup."
  nullable    = false
}

variable "site_reference_name" {
  type        = string
  description = "Name of the site reference in the context."
  nullable    = false
}

variable "top" {
  type        = string
  description = "Name of the top node, a key of nodes of depth 1."
  nullable    = false

  validation {
    condition     = try(var.nodes[var.top].depth, 0) == 1
    error_message = "top must be the key of a node of depth 1."
  }
}

variable "inputs_hash" {
  type        = string
  description = "Digest of the inputs; outputs applied and begun repeat it."
  default     = ""
  nullable    = false
}

variable "regional_arm_endpoint" {
  type        = string
  description = "Endpoint of the regional Resource Manager, without a slash at the end; empty is the usual endpoint."
  default     = ""
  nullable    = false

  validation {
    condition     = var.regional_arm_endpoint == "" || can(regex("^https://[^/]+$", var.regional_arm_endpoint))
    error_message = "regional_arm_endpoint must be https://HOST without a path."
  }
}

variable "scope" {
  type        = string
  description = "What sites describe: serviceGroup or resourceGroup."
  default     = "serviceGroup"
  nullable    = false

  validation {
    condition     = contains(["serviceGroup", "resourceGroup"], var.scope)
    error_message = "scope must be serviceGroup or resourceGroup."
  }
}
