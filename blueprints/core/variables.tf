variable "digest_key" {
  type        = string
  description = "Random key that digests of secrets are made with; it only passes through."
  nullable    = false
  sensitive   = true

  validation {
    condition     = length(var.digest_key) >= 16
    error_message = "digest_key must have at least 16 characters."
  }
}

variable "cloud" {
  type        = string
  description = "The cloud that everything is in; it only passes through."
  default     = ""
  nullable    = false
}

variable "config_templates" {
  type = map(object({
    description       = string
    location          = string
    resource_group_id = string
    tags              = optional(map(string), {})
    versions          = map(string)
  }))
  description = "Config templates by name, each with its versions as YAML text."
  default     = {}
  nullable    = false
}

variable "context" {
  type = object({
    capabilities      = list(object({ name = string, description = string }))
    hierarchies       = list(object({ name = string, description = string }))
    location          = string
    name              = string
    resource_group_id = string
  })
  description = "The context to make; null if the tenant's exists already or none is wanted."
  default     = null
}

variable "existing_context_id" {
  type        = string
  description = "Resource ID of a context that exists and is only read."
  default     = null

  validation {
    condition     = var.existing_context_id == null || var.context == null
    error_message = "existing_context_id and context exclude each other: a tenant has one context."
  }
}

variable "inputs_hash" {
  type        = string
  description = "Digest of the inputs; outputs applied and begun repeat it."
  default     = ""
  nullable    = false
}

variable "owned_values" {
  type        = map(list(string))
  description = "Key paths that the fleet owns, by value set; they only pass through."
  default     = {}
  nullable    = false
}

variable "schemas" {
  type = map(object({
    location          = string
    resource_group_id = string
    tags              = optional(map(string), {})
    versions          = map(string)
  }))
  description = "Schemas by name, each with its versions as YAML text."
  default     = {}
  nullable    = false
}

variable "shards" {
  type        = map(list(string))
  description = "Clusters by shard, in the order of their places; they only pass through."
  default     = {}
  nullable    = false
}

variable "solution_templates" {
  type = map(object({
    capabilities               = list(string)
    description                = string
    enable_external_validation = optional(bool, false)
    location                   = string
    resource_group_id          = string
    tags                       = optional(map(string), {})
    versions                   = map(object({ configurations = string, specification_json = string }))
  }))
  description = "Solution templates by name, each with its versions: YAML text, and the specification as JSON."
  default     = {}
  nullable    = false
}

variable "stacks" {
  type        = list(string)
  description = "The fleet's other stacks that have a state or get one; they only pass through."
  default     = []
  nullable    = false
}

variable "uploaded" {
  type        = map(string)
  description = "What was uploaded under each version, as JSON text; it only passes through."
  default     = {}
  nullable    = false
}
