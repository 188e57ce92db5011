variable "links" {
  type = map(object({
    config_template_id = string
    context_id         = string
    hierarchies        = list(object({ level = string, ids = list(string) }))
    name               = string
  }))
  description = "Links of config templates to the sites that see them, by config template."
  nullable    = false

  validation {
    condition     = alltrue([for link in values(var.links) : length(link.hierarchies) > 0])
    error_message = "links must name at least one level; leave out a template that no site sees."
  }
}

variable "inputs_hash" {
  type        = string
  description = "Digest of the inputs; outputs applied and begun repeat it."
  default     = ""
  nullable    = false
}
