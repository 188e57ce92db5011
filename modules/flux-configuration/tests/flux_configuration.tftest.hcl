mock_provider "azapi" {}

variables {
  branch         = "dev"
  cluster_id     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-edge/providers/Microsoft.Kubernetes/connectedClusters/lab-1"
  name           = "platform-dev"
  path           = "./lab"
  repository_url = "https://github.com/contoso/contoso-platform-gitops"
}

run "plans_one_branch_and_one_folder" {
  command = plan

  assert {
    condition     = azapi_resource.this.type == "Microsoft.KubernetesConfiguration/fluxConfigurations@2025-04-01"
    error_message = "wrong type or API version"
  }

  assert {
    condition     = azapi_resource.this.body.properties.scope == "cluster"
    error_message = "the scope is the cluster"
  }

  assert {
    condition     = azapi_resource.this.body.properties.namespace == "flux-system"
    error_message = "the namespace is Flux's own"
  }

  assert {
    condition     = azapi_resource.this.body.properties.gitRepository.repositoryRef.branch == "dev"
    error_message = "the branch is named"
  }

  assert {
    condition     = azapi_resource.this.body.properties.kustomizations.platform.path == "./lab"
    error_message = "the folder is named"
  }

  assert {
    condition     = azapi_resource.this.body.properties.kustomizations.platform.prune == true
    error_message = "what leaves the folder leaves the cluster"
  }

  assert {
    condition     = !can(azapi_resource.this.body.properties.gitRepository.httpsUser)
    error_message = "a public repository needs no user"
  }
}

run "keeps_the_key_out_of_the_body" {
  command = plan

  variables {
    https_key  = "canary"
    https_user = "git"
  }

  assert {
    condition     = azapi_resource.this.body.properties.gitRepository.httpsUser == "git"
    error_message = "the user is sent in clear"
  }

  assert {
    condition     = !strcontains(jsonencode(azapi_resource.this.body), base64encode("canary"))
    error_message = "the key is not in the body"
  }
}

run "names_a_secret_or_a_provider" {
  command = plan

  variables {
    local_auth_ref  = "repo-secret"
    source_provider = "GitHub"
  }

  assert {
    condition     = azapi_resource.this.body.properties.gitRepository.localAuthRef == "repo-secret"
    error_message = "the secret is named"
  }

  assert {
    condition     = azapi_resource.this.body.properties.gitRepository.provider == "GitHub"
    error_message = "the provider is named"
  }
}

run "refuses_a_key_without_a_user" {
  command = plan

  variables {
    https_key = "canary"
  }

  expect_failures = [var.https_key]
}

run "refuses_names_that_are_too_long_together" {
  command = plan

  variables {
    name = "platform-a-name-of-fifty-five-characters-which-is-too-long"
  }

  expect_failures = [var.name]
}

run "refuses_bad_places" {
  command = plan

  variables {
    branch         = "-x"
    path           = "./../lab"
    repository_url = "http://git:token@github.com/contoso/gitops"
  }

  expect_failures = [var.branch, var.path, var.repository_url]
}

run "refuses_bad_choices" {
  command = plan

  variables {
    https_user            = "git"
    local_auth_ref        = "repo-secret"
    source_provider       = "GitLab"
    sync_interval_seconds = 1
  }

  expect_failures = [var.local_auth_ref, var.source_provider, var.sync_interval_seconds]
}

run "refuses_ids_in_another_case" {
  command = plan

  variables {
    cluster_id = replace(var.cluster_id, "resourceGroups", "resourcegroups")
  }

  expect_failures = [var.cluster_id]
}
