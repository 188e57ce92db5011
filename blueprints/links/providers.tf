provider "azapi" {
  ignore_no_op_changes = false # otherwise what leaves a body is not planned
}
