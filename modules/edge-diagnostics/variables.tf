variable "custom_location_id" {
  type        = string
  description = "Resource ID of the cluster's custom location."
  nullable    = false

  validation {
    condition     = can(regex("(?i)/providers/Microsoft.ExtendedLocation/customLocations/[^/]+$", var.custom_location_id))
    error_message = "custom_location_id must be the ID of a custom location."
  }
}

variable "location" {
  type        = string
  description = "Azure region of the diagnostics resource; one that has Workload Orchestration."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the diagnostics resource."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$", var.name)) && length(var.name) >= 1 && length(var.name) <= 90
    error_message = "name must be 1 to 90 letters, digits, hyphens or dots, with a letter or digit beside each dot and at both ends."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the diagnostics resource lies in."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+$", var.resource_group_id))
    error_message = "resource_group_id must be /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of the diagnostics resource; those that others set are taken away."
  default     = {}
  nullable    = false
}
