provider "azapi" {
  ignore_no_op_changes = false # otherwise what leaves a body is not planned
}

# Sites of service groups are served by the regional Resource Manager.
provider "azapi" {
  alias                = "regional"
  endpoint             = var.regional_arm_endpoint == "" ? null : [{ resource_manager_endpoint = var.regional_arm_endpoint }]
  ignore_no_op_changes = false
}
