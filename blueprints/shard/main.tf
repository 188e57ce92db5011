locals {
  connecting = { for name, cluster in var.clusters : name => cluster.connect if cluster.connect != null }

  # A cluster that is being connected gets the rest once its agents are in.
  ready = { for name, cluster in var.clusters : name => cluster if try(cluster.connect.phase, "ready") == "ready" }

  # The ID is derived, so that a plan knows it before the custom location is made.
  custom_location_ids = {
    for name, cluster in local.ready : name =>
    "${cluster.resource_group_id}/providers/Microsoft.ExtendedLocation/customLocations/${cluster.custom_location.name}"
    if cluster.custom_location != null
  }

  targets = merge([
    for name, cluster in local.ready : {
      for target_name, target in cluster.targets : "${name}/${target_name}" => merge(target, {
        cluster = name
        name    = target_name
      })
    }
  ]...)
}

module "connected_cluster" {
  source   = "../../modules/connected-cluster"
  for_each = local.connecting

  agent_public_key  = each.value.agent_public_key
  distribution      = each.value.distribution
  infrastructure    = each.value.infrastructure
  location          = each.value.location
  name              = each.value.name
  oidc              = each.value.oidc
  resource_group_id = each.value.resource_group_id
  tags              = each.value.tags
}

module "flux" {
  source   = "../../modules/cluster-extension"
  for_each = { for name, cluster in local.ready : name => cluster.extensions.flux if contains(keys(cluster.extensions), "flux") }

  auto_upgrade      = each.value.auto_upgrade
  cluster_id        = local.ready[each.key].cluster_id
  extension_type    = each.value.extension_type
  extension_version = each.value.version
  force_delete      = local.ready[each.key].force_delete
  name              = each.value.name
  release_namespace = each.value.release_namespace
  release_train     = each.value.release_train
  settings          = each.value.settings

  depends_on = [module.connected_cluster]
}

module "flux_configuration" {
  source   = "../../modules/flux-configuration"
  for_each = { for name, cluster in local.ready : name => cluster.flux_configuration if cluster.flux_configuration != null }

  branch          = each.value.branch
  cluster_id      = local.ready[each.key].cluster_id
  force_delete    = local.ready[each.key].force_delete
  https_key       = each.value.has_secret ? var.git_https_key : null
  https_user      = each.value.https_user
  kustomization   = each.value.kustomization
  local_auth_ref  = each.value.local_auth_ref
  name            = each.value.name
  namespace       = each.value.namespace
  path            = each.value.path
  repository_url  = each.value.url
  source_provider = each.value.provider

  depends_on = [module.flux] # and so it goes before the extension goes
}

module "cert_manager" {
  source   = "../../modules/cluster-extension"
  for_each = { for name, cluster in local.ready : name => cluster.extensions.cert_manager if contains(keys(cluster.extensions), "cert_manager") }

  auto_upgrade      = each.value.auto_upgrade
  cluster_id        = local.ready[each.key].cluster_id
  extension_type    = each.value.extension_type
  extension_version = each.value.version
  force_delete      = local.ready[each.key].force_delete
  name              = each.value.name
  release_namespace = each.value.release_namespace
  release_train     = each.value.release_train
  settings          = each.value.settings

  depends_on = [module.connected_cluster]
}

module "workload_orchestration" {
  source = "../../modules/cluster-extension"
  for_each = {
    for name, cluster in local.ready : name => cluster.extensions.workload_orchestration
    if contains(keys(cluster.extensions), "workload_orchestration")
  }

  auto_upgrade      = each.value.auto_upgrade
  cluster_id        = local.ready[each.key].cluster_id
  extension_type    = each.value.extension_type
  extension_version = each.value.version
  force_delete      = local.ready[each.key].force_delete
  name              = each.value.name
  release_namespace = each.value.release_namespace
  release_train     = each.value.release_train
  settings          = each.value.settings

  depends_on = [module.cert_manager, module.connected_cluster]
}

module "custom_location" {
  source   = "../../modules/custom-location"
  for_each = { for name, cluster in local.ready : name => cluster.custom_location if cluster.custom_location != null }

  cluster_id        = local.ready[each.key].cluster_id
  extension_ids     = [each.value.extension_id]
  location          = coalesce(local.ready[each.key].wo_location, local.ready[each.key].location)
  name              = each.value.name
  namespace         = each.value.namespace
  resource_group_id = local.ready[each.key].resource_group_id

  depends_on = [module.connected_cluster, module.workload_orchestration]
}

module "diagnostics" {
  source   = "../../modules/edge-diagnostics"
  for_each = { for name, cluster in local.ready : name => cluster if cluster.diagnostics }

  custom_location_id = local.custom_location_ids[each.key]
  location           = coalesce(each.value.wo_location, each.value.location)
  name               = each.value.diagnostics_name
  resource_group_id  = each.value.resource_group_id

  depends_on = [module.custom_location]
}

module "target" {
  source   = "../../modules/edge-target"
  for_each = local.targets

  capabilities       = each.value.capabilities
  context_id         = each.value.context_id
  custom_location_id = local.custom_location_ids[each.value.cluster]
  description        = each.value.description
  display_name       = each.value.display_name
  force_delete       = local.ready[each.value.cluster].force_delete
  hierarchy_level    = each.value.hierarchy_level
  location           = coalesce(local.ready[each.value.cluster].wo_location, local.ready[each.value.cluster].location)
  membership_name    = each.value.membership_name
  name               = each.value.name
  resource_group_id  = local.ready[each.value.cluster].resource_group_id
  service_group_id   = each.value.service_group_id
  solution_scope     = each.value.solution_scope
  tags               = each.value.tags

  depends_on = [module.custom_location]
}

resource "terraform_data" "applied" {
  input = var.inputs_hash

  depends_on = [
    module.cert_manager,
    module.connected_cluster,
    module.custom_location,
    module.diagnostics,
    module.flux,
    module.flux_configuration,
    module.target,
    module.workload_orchestration,
  ]

  lifecycle {
    # Without the key the PUT would take it away from the cluster. A destroy needs none.
    precondition {
      condition     = var.git_https_key != null || !anytrue([for cluster in local.ready : try(cluster.flux_configuration.has_secret, false)])
      error_message = "git_https_key is needed: a Flux configuration has a secret."
    }
  }
}
