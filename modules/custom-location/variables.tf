variable "cluster_id" {
  type        = string
  description = "Resource ID of the Arc cluster that hosts the location; a change replaces it."
  nullable    = false

  validation {
    condition     = can(regex("(?i)/providers/Microsoft.Kubernetes/connectedClusters/[^/]+$", var.cluster_id))
    error_message = "cluster_id must be the ID of a connected cluster."
  }
}

variable "extension_ids" {
  type        = list(string)
  description = "Resource IDs of the cluster's extensions that the location stands on."
  nullable    = false

  validation {
    condition     = length(var.extension_ids) > 0 && alltrue([for id in var.extension_ids : can(regex("(?i)/extensions/[^/]+$", id))])
    error_message = "extension_ids must hold the IDs of one or more cluster extensions."
  }
}

variable "location" {
  type        = string
  description = "Azure region of the custom location."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the custom location."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$", var.name))
    error_message = "name must be 1 to 63 letters, digits, hyphens or underscores, with a letter or digit at both ends."
  }
}

variable "namespace" {
  type        = string
  description = "Kubernetes namespace that the location stands for, one of a cluster's own; a change replaces the location."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "namespace must be a DNS label of at most 63 characters."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the custom location lies in."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+$", var.resource_group_id))
    error_message = "resource_group_id must be /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "display_name" {
  type        = string
  description = "Name shown to people; null is the name."
  default     = null
}

variable "tags" {
  type        = map(string)
  description = "Tags of the custom location; those that others set are taken away."
  default     = {}
  nullable    = false
}
