variable "cluster_id" {
  type        = string
  description = "Resource ID of the cluster, Arc or AKS."
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

variable "extension_type" {
  type        = string
  description = "Type of the extension, for example microsoft.flux; a change replaces the extension."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]+([.-][A-Za-z0-9]+)+$", var.extension_type))
    error_message = "extension_type must be like PUBLISHER.EXTENSION."
  }
}

variable "name" {
  type        = string
  description = "Name of the extension."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.name))
    error_message = "name must be a DNS label of at most 63 characters."
  }
}

variable "auto_upgrade" {
  type        = bool
  description = "Whether minor versions are upgraded by themselves."
  default     = true
  nullable    = false
}

variable "extension_version" {
  type        = string
  description = "Version to stay at; only without auto_upgrade."
  default     = null

  validation {
    condition     = var.extension_version == null || !var.auto_upgrade
    error_message = "extension_version can only be given when auto_upgrade is false."
  }
}

variable "force_delete" {
  type        = bool
  description = "Whether a removal does not wait for the cluster; what is installed on it may stay."
  default     = false
  nullable    = false
}

variable "release_namespace" {
  type        = string
  description = "Kubernetes namespace of the Helm release; null leaves it to the extension. A change replaces the extension."
  default     = null

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", coalesce(var.release_namespace, "default")))
    error_message = "release_namespace must be a DNS label of at most 63 characters."
  }
}

variable "release_train" {
  type        = string
  description = "Release train, for example Stable or Preview; null is the service's default."
  default     = null
}

variable "settings" {
  type        = map(string)
  description = "Configuration settings; every value is text, booleans are \"true\" and \"false\"."
  default     = {}
  nullable    = false
}
