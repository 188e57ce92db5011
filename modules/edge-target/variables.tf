variable "capabilities" {
  type        = list(string)
  description = "What the target offers, of the capabilities of the context."
  nullable    = false

  validation {
    condition     = length(distinct(var.capabilities)) == length(var.capabilities)
    error_message = "capabilities must be named once."
  }
}

variable "context_id" {
  type        = string
  description = "Resource ID of the Workload Orchestration context."
  nullable    = false

  validation {
    condition     = can(regex("(?i)/providers/Microsoft.Edge/contexts/[^/]+$", var.context_id))
    error_message = "context_id must be the ID of a context."
  }
}

variable "custom_location_id" {
  type        = string
  description = "Resource ID of the cluster's custom location; a change replaces the target."
  nullable    = false

  validation {
    condition     = can(regex("(?i)/providers/Microsoft.ExtendedLocation/customLocations/[^/]+$", var.custom_location_id))
    error_message = "custom_location_id must be the ID of a custom location."
  }
}

variable "display_name" {
  type        = string
  description = "Name shown to people."
  nullable    = false

  validation {
    condition     = length(var.display_name) > 0
    error_message = "display_name must not be empty."
  }
}

variable "hierarchy_level" {
  type        = string
  description = "Level of the target, the last of the context."
  nullable    = false

  validation {
    condition     = length(var.hierarchy_level) > 0
    error_message = "hierarchy_level must not be empty."
  }
}

variable "location" {
  type        = string
  description = "Azure region of the target; one that has Workload Orchestration."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the target."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 61
    error_message = "name must be 3 to 61 letters, digits, hyphens or dots, with a letter or digit beside each dot and at both ends."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the target lies in."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+$", var.resource_group_id))
    error_message = "resource_group_id must be /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "solution_scope" {
  type        = string
  description = "Kubernetes namespace that solutions are installed in."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.solution_scope))
    error_message = "solution_scope must be a DNS label of at most 63 characters."
  }

  validation {
    condition     = !contains(["azure-arc", "cert-manager", "kube-system", "workloadorchestration"], var.solution_scope)
    error_message = "solution_scope must not be a namespace of the system."
  }
}

variable "description" {
  type        = string
  description = "What the target is; null is the display name."
  default     = null
}

variable "force_delete" {
  type        = bool
  description = "Whether a removal does not wait for the cluster; what is installed on it may stay."
  default     = false
  nullable    = false
}

variable "membership_name" {
  type        = string
  description = "Name of the membership in the service group; needed with service_group_id."
  default     = null

  validation {
    condition     = can(regex("^[a-zA-Z0-9]{3,64}$", coalesce(var.membership_name, "none")))
    error_message = "membership_name must be 3 to 64 letters or digits."
  }

  validation {
    condition     = var.service_group_id == null || var.membership_name != null
    error_message = "membership_name is needed with service_group_id."
  }
}

variable "service_group_id" {
  type        = string
  description = "Resource ID of the service group above the target; null if the hierarchy is a resource group."
  default     = null

  validation {
    condition     = can(regex("(?i)^/providers/Microsoft.Management/serviceGroups/[^/]+$", coalesce(var.service_group_id, "/providers/Microsoft.Management/serviceGroups/none")))
    error_message = "service_group_id must be the ID of a service group."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of the target; those that others set are taken away."
  default     = {}
  nullable    = false
}
