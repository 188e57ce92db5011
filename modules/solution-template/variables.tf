variable "capabilities" {
  type        = list(string)
  description = "What a target must offer, of the capabilities of the context."
  nullable    = false

  validation {
    condition     = length(distinct(var.capabilities)) == length(var.capabilities)
    error_message = "capabilities must be named once."
  }
}

variable "description" {
  type        = string
  description = "What the solution does."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Azure region of the solution template; one that has Workload Orchestration."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the solution template."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 61
    error_message = "name must be 3 to 61 letters, digits, hyphens or dots, with a letter or digit beside each dot and at both ends."
  }

  validation {
    condition     = !startswith(var.name, "v-") && !strcontains(var.name, "-v-")
    error_message = "name must not start with v- nor contain -v-."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the solution template lies in."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+$", var.resource_group_id))
    error_message = "resource_group_id must be /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "versions" {
  type        = map(object({ configurations = string, specification_json = string }))
  description = "Version to the template's text in YAML and to its specification, the components, as JSON."
  nullable    = false

  validation {
    condition     = alltrue([for version in keys(var.versions) : can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", version))])
    error_message = "versions must be named by three numbers, like 1.0.0."
  }

  validation {
    condition     = alltrue([for version in values(var.versions) : can(keys(jsondecode(version.specification_json)))])
    error_message = "versions must have a JSON object as specification_json."
  }
}

variable "enable_external_validation" {
  type        = bool
  description = "Whether a published version waits for a validator of your own."
  default     = false
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of the solution template; those that others set are taken away."
  default     = {}
  nullable    = false
}
