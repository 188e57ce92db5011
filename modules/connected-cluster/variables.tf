variable "agent_public_key" {
  type        = string
  description = "Public key of the agents: base64 of the DER form of PKCS#1 (RSAPublicKey)."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]+={0,2}$", var.agent_public_key))
    error_message = "agent_public_key must be base64 on one line, without PEM armour."
  }

  validation {
    condition     = !strcontains(var.agent_public_key, "ANBgkqhkiG9w0BAQEFAA")
    error_message = "agent_public_key is SubjectPublicKeyInfo; the agents need PKCS#1 (RSAPublicKey)."
  }
}

variable "location" {
  type        = string
  description = "Azure region that keeps the cluster's record."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the connected cluster."
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$", var.name))
    error_message = "name must be 1 to 63 letters, digits, hyphens, underscores or dots, with a letter or digit at both ends."
  }
}

variable "resource_group_id" {
  type        = string
  description = "Resource ID of the group the cluster lies in."
  nullable    = false

  validation {
    # azapi gives these words this case in the state: another one would replace the resource with every plan.
    condition     = can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+$", var.resource_group_id))
    error_message = "resource_group_id must be /subscriptions/ID/resourceGroups/NAME, in this case."
  }
}

variable "distribution" {
  type        = string
  description = "Kubernetes distribution, for example k3s; free text."
  default     = "generic"
  nullable    = false
}

variable "infrastructure" {
  type        = string
  description = "What the cluster runs on, for example azure_stack_hci; free text."
  default     = "generic"
  nullable    = false
}

variable "oidc" {
  type        = bool
  description = "Whether the cluster gets an OIDC issuer and the workload identity webhook."
  default     = true
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of the cluster; those that others set are taken away."
  default     = {}
  nullable    = false
}
