variable "clusters" {
  type = map(object({
    cluster_id        = string
    location          = string
    resource_group_id = string

    connect = optional(object({
      agent_public_key  = string
      distribution      = string
      infrastructure    = string
      location          = string
      name              = string
      oidc              = bool
      phase             = string
      resource_group_id = string
      tags              = optional(map(string), {})
    }))

    custom_location = optional(object({
      extension_id = string
      name         = string
      namespace    = string
    }))

    diagnostics      = optional(bool, false)
    diagnostics_name = optional(string)

    extensions = optional(map(object({
      auto_upgrade      = bool
      extension_type    = string
      name              = string
      release_namespace = optional(string)
      release_train     = optional(string)
      settings          = optional(map(string), {})
      version           = optional(string)
    })), {})

    flux_configuration = optional(object({
      branch         = string
      has_secret     = optional(bool, false)
      https_user     = optional(string)
      kustomization  = string
      local_auth_ref = optional(string)
      name           = string
      namespace      = string
      path           = string
      provider       = optional(string)
      url            = string
    }))

    force_delete = optional(bool, false)

    targets = optional(map(object({
      capabilities     = list(string)
      context_id       = string
      description      = string
      display_name     = string
      hierarchy_level  = string
      membership_name  = optional(string)
      service_group_id = optional(string)
      solution_scope   = string
      tags             = optional(map(string), {})
    })), {})

    wo_location = optional(string)
  }))
  description = "Clusters by name, each with what it gets; wo_location, if given, is the region of its custom location and targets."
  nullable    = false

  validation {
    condition     = length(var.clusters) <= 12
    error_message = "clusters must be at most twelve: a shard is one state."
  }

  validation {
    condition = alltrue([
      for cluster in values(var.clusters) : contains(["connect", "ready"], try(cluster.connect.phase, "ready"))
    ])
    error_message = "clusters must have connect or ready as phase of connect."
  }

  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      length(setsubtract(keys(cluster.extensions), ["cert_manager", "flux", "workload_orchestration"])) == 0
    ])
    error_message = "clusters must have no extensions but flux, cert_manager and workload_orchestration."
  }

  validation {
    condition = alltrue([
      for cluster in values(var.clusters) :
      cluster.custom_location != null || (length(cluster.targets) == 0 && !cluster.diagnostics)
    ])
    error_message = "clusters must have a custom_location when they have targets or diagnostics."
  }

  validation {
    condition     = alltrue([for cluster in values(var.clusters) : !cluster.diagnostics || cluster.diagnostics_name != null])
    error_message = "clusters must have a diagnostics_name when they have diagnostics."
  }
}

variable "git_https_key" {
  type        = string
  description = "Token that clusters whose flux_configuration has_secret read their repository with; needed to plan and apply them."
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "inputs_hash" {
  type        = string
  description = "Digest of the inputs; outputs applied and begun repeat it."
  default     = ""
  nullable    = false
}

variable "remembered" {
  type        = map(string)
  description = "What was last applied for each cluster, as JSON text without secrets; it only passes through."
  default     = {}
  nullable    = false
}
