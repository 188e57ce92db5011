variable "name" {
  type        = string
  description = "Name of the service group, unique in the tenant."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_().-]{1,90}$", var.name))
    error_message = "name must be 1 to 90 letters, digits, hyphens, underscores, dots or parentheses."
  }
}

variable "parent_service_group_id" {
  type        = string
  description = "Resource ID of the parent; the root group bears the ID of the tenant."
  nullable    = false

  validation {
    condition     = can(regex("(?i)^/providers/Microsoft.Management/serviceGroups/[^/]+$", var.parent_service_group_id))
    error_message = "parent_service_group_id must be the ID of a service group."
  }
}

variable "display_name" {
  type        = string
  description = "Name shown to people; null is the name."
  default     = null
}

variable "parent_is_new" {
  type        = bool
  description = "Whether the parent may have been made a moment ago: its rights arrive late, and the creation waits."
  default     = false
  nullable    = false
}
