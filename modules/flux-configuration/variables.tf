variable "branch" {
  type        = string
  description = "Branch of the repository that the cluster follows."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9._/-]*$", var.branch))
    error_message = "branch must be a Git branch name."
  }
}

variable "cluster_id" {
  type        = string
  description = "Resource ID of the cluster, Arc or AKS; it must have the microsoft.flux extension."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition = can(regex(join("", [
      "^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/",
      "(?i:Microsoft.Kubernetes/connectedClusters|Microsoft.ContainerService/managedClusters)/[^/]+$",
    ]), var.cluster_id))
    error_message = "cluster_id must be the ID of a connected or managed cluster: /subscriptions/ID/resourceGroups/NAME/providers/…, in this case."
  }
}

variable "name" {
  type        = string
  description = "Name of the Flux configuration; its objects on the cluster are named after it."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.name))
    error_message = "name must be a DNS label of at most 63 characters."
  }

  validation {
    condition     = length(var.name) + length(var.kustomization) <= 62
    error_message = "name and kustomization together may have at most 62 characters."
  }
}

variable "path" {
  type        = string
  description = "Folder of the branch that the cluster applies, for example ./plant-large."
  nullable    = false

  validation {
    condition     = startswith(var.path, "./") && !strcontains(var.path, "..")
    error_message = "path must start with ./ and stay inside the repository."
  }
}

variable "repository_url" {
  type        = string
  description = "URL of the Git repository, https or ssh, without credentials."
  nullable    = false

  validation {
    condition     = can(regex("^(https://[^@/\\s]+/|ssh://([^@:/\\s]+@)?[^@/\\s]+/)\\S+$", var.repository_url))
    error_message = "repository_url must be an https:// or ssh:// URL without a password."
  }
}

variable "force_delete" {
  type        = bool
  description = "Whether a removal does not wait for the cluster; its workloads then stay."
  default     = false
  nullable    = false
}

variable "https_key" {
  type        = string
  description = "Token or password that the cluster reads the repository with."
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.https_key == null || var.https_user != null
    error_message = "https_key needs https_user."
  }
}

variable "https_user" {
  type        = string
  description = "User name that goes with https_key."
  default     = null
}

variable "kustomization" {
  type        = string
  description = "Name of the configuration's one kustomization."
  default     = "platform"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", var.kustomization))
    error_message = "kustomization must be a DNS label."
  }
}

variable "local_auth_ref" {
  type        = string
  description = "Name of a Kubernetes secret in the namespace that holds the credentials, instead of https_key."
  default     = null

  validation {
    condition     = var.local_auth_ref == null || var.https_user == null
    error_message = "local_auth_ref and https_user exclude each other."
  }
}

variable "namespace" {
  type        = string
  description = "Kubernetes namespace of the Flux objects; a change replaces the configuration."
  default     = "flux-system"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "namespace must be a DNS label of at most 63 characters."
  }
}

variable "prune" {
  type        = bool
  description = "Whether what leaves the folder leaves the cluster."
  default     = true
  nullable    = false
}

variable "source_provider" {
  type        = string
  description = "How the cluster logs in without a secret: Azure, GitHub or Generic."
  default     = null

  validation {
    condition     = contains(["Azure", "GitHub", "Generic"], coalesce(var.source_provider, "Generic"))
    error_message = "source_provider must be Azure, GitHub or Generic."
  }
}

variable "suspend" {
  type        = bool
  description = "Whether Flux stops following the repository."
  default     = false
  nullable    = false
}

variable "sync_interval_seconds" {
  type        = number
  description = "Seconds between two looks at the repository."
  default     = 300
  nullable    = false

  validation {
    condition     = var.sync_interval_seconds >= 10
    error_message = "sync_interval_seconds must be at least 10."
  }
}
