variable "context_id" {
  type        = string
  description = "Resource ID of the Workload Orchestration context."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition = can(regex(join("", [
      "^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/",
      "(?i:Microsoft.Edge/contexts)/[^/]+$",
    ]), var.context_id))
    error_message = "context_id must be the ID of a context: /subscriptions/ID/resourceGroups/NAME/providers/…, in this case."
  }
}

variable "name" {
  type        = string
  description = "Name of the site reference."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9-]{3,24}$", var.name))
    error_message = "name must be 3 to 24 letters, digits or hyphens."
  }
}

variable "site_id" {
  type        = string
  description = "Resource ID of a site of the highest level."
  nullable    = false

  validation {
    condition     = can(regex("(?i)/providers/Microsoft.Edge/sites/[^/]+$", var.site_id))
    error_message = "site_id must be the ID of a site."
  }
}
