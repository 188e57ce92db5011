variable "description" {
  type        = string
  description = "What the template is for."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Azure region of the config template; one that has Workload Orchestration."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the config template."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9-]{3,24}$", var.name))
    error_message = "name must be 3 to 24 letters, digits or hyphens."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the config template lies in."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+$", var.resource_group_id))
    error_message = "resource_group_id must be /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "versions" {
  type        = map(string)
  description = "Version to the template's text in YAML."
  nullable    = false

  validation {
    condition     = alltrue([for version in keys(var.versions) : can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", version))])
    error_message = "versions must be named by three numbers, like 1.0.0."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of the config template; those that others set are taken away."
  default     = {}
  nullable    = false
}
