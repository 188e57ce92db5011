variable "capabilities" {
  type        = list(object({ name = string, description = string }))
  description = "What targets can offer and solutions can ask for; the list is replaced as a whole."
  nullable    = false

  validation {
    condition     = length(var.capabilities) > 0
    error_message = "capabilities must not be empty."
  }

  validation {
    condition     = alltrue([for c in var.capabilities : can(regex("^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,59}[a-zA-Z0-9])?$", c.name))])
    error_message = "capabilities must have names of 1 to 61 letters, digits, hyphens, underscores or dots."
  }

  validation {
    condition     = length(distinct([for c in var.capabilities : lower(c.name)])) == length(var.capabilities)
    error_message = "capabilities must have different names; case does not tell them apart."
  }
}

variable "hierarchies" {
  type        = list(object({ name = string, description = string }))
  description = "Levels of the hierarchy, top first; targets live at the last."
  nullable    = false

  validation {
    condition     = length(var.hierarchies) >= 2 && length(var.hierarchies) <= 4
    error_message = "hierarchies must have two to four levels."
  }

  validation {
    condition     = length(distinct([for h in var.hierarchies : h.name])) == length(var.hierarchies)
    error_message = "hierarchies must have different names."
  }
}

variable "location" {
  type        = string
  description = "Azure region of the context; one that has Workload Orchestration."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the context."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 61
    error_message = "name must be 3 to 61 letters, digits, hyphens or dots, with a letter or digit beside each dot and at both ends."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the context lies in."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+$", var.resource_group_id))
    error_message = "resource_group_id must be /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of the context; those that others set are taken away."
  default     = {}
  nullable    = false
}
