variable "config_template_id" {
  type        = string
  description = "Resource ID of the config template."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition = can(regex(join("", [
      "^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/",
      "(?i:Microsoft.Edge/configTemplates)/[^/]+$",
    ]), var.config_template_id))
    error_message = "config_template_id must be the ID of a config template: /subscriptions/ID/resourceGroups/NAME/providers/…, in this case."
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

variable "hierarchies" {
  type        = list(object({ level = string, ids = list(string) }))
  description = "Levels of the context with the IDs of the sites (or targets) that see the template."
  nullable    = false

  validation {
    condition     = alltrue([for hierarchy in var.hierarchies : length(hierarchy.ids) > 0])
    error_message = "hierarchies must name at least one ID a level."
  }

  validation {
    condition     = length(distinct(var.hierarchies[*].level)) == length(var.hierarchies)
    error_message = "hierarchies must name a level once."
  }
}

variable "name" {
  type        = string
  description = "Name of the links."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9-][a-zA-Z0-9._-]{1,68}[a-zA-Z0-9-]$", var.name)) && !strcontains(var.name, "..")
    error_message = "name must be 3 to 70 letters, digits, dots, underscores or hyphens, without two dots together."
  }
}
