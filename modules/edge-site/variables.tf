variable "configuration_name" {
  type        = string
  description = "Name of the configuration that holds the site's values."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9-][a-zA-Z0-9._-]{1,68}[a-zA-Z0-9-]$", var.configuration_name)) && !strcontains(var.configuration_name, "..")
    error_message = "configuration_name must be 3 to 70 letters, digits, dots, underscores or hyphens, without two dots together."
  }
}

variable "level" {
  type        = string
  description = "Level of the site, one of the context's; kept in the label level."
  nullable    = false

  validation {
    condition     = length(var.level) > 0
    error_message = "level must not be empty."
  }
}

variable "location" {
  type        = string
  description = "Azure region of the configuration; one that has Workload Orchestration."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the site."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{2,22}[a-zA-Z0-9]$", var.name))
    error_message = "name must be 4 to 24 letters, digits, hyphens or underscores, with a letter or digit at both ends."
  }
}

variable "parent_id" {
  type        = string
  description = "Resource ID of the service group, resource group or subscription the site describes."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition = can(regex(join("", [
      "^(/providers/(?i:Microsoft.Management/serviceGroups)/[^/]+",
      "|/subscriptions/[^/]+(/resourceGroups/[^/]+)?)$",
    ]), var.parent_id))
    error_message = "parent_id must be the ID of a service group, a resource group or a subscription, like /providers/… or /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the configuration lies in."
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

variable "labels" {
  type        = map(string)
  description = "Further labels of the site."
  default     = {}
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of the configuration; those that others set are taken away."
  default     = {}
  nullable    = false
}
