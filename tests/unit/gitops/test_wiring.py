"""The files of the control-plane repository."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from orchestration.fleet.model import ClusterCredentials, Fleet
from orchestration.gitops.wiring import environment_files, main_files, pinned_commit
from orchestration.kalypso import Inputs, Source, render_environment

PIN = "0123456789abcdef0123456789abcdef01234567"


def loaded(files: dict[str, bytes], path: str) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(files[path])
    return found


def test_a_platform_config_has_exactly_two_labels(fleet: Fleet) -> None:
    """No label of ours stands on any object: it would change where configurations apply."""
    config = yaml.safe_load(environment_files(fleet, "prod", PIN)["configs/plant-large-config.yaml"])
    assert config["metadata"]["labels"] == {"platform-config": "true", "cluster-type": "plant-large"}
    assert config["data"]["REPLICAS"] == "3"


def test_an_environment_holds_its_own_only(fleet: Fleet) -> None:
    """Cluster types, configs and policies stand on the branch of their environment."""
    assert sorted(environment_files(fleet, "dev", PIN)) == [
        "base-repo.yaml",
        "cluster-types/lab.yaml",
        "configs/lab-config.yaml",
        "gitops-repo.yaml",
        "policies/retail-lab.yaml",
    ]


def test_the_pin_is_read_back(fleet: Fleet) -> None:
    """What base-repo.yaml is pinned to is found again, and junk is no pin."""
    assert pinned_commit(environment_files(fleet, "dev", PIN)) == PIN
    assert pinned_commit({"base-repo.yaml": b"{"}) is None
    assert pinned_commit({}) is None


@pytest.mark.parametrize("value", ["y", "NO", "1e3", "0o17", "1.10", "12:30", "null", "a: b", "# c", " x", "x\ny\n"])
def test_a_config_value_reaches_kalypso_as_it_was_written(fleet: Fleet, value: str) -> None:
    """Text that other YAML readers take for something else stays text."""
    lab = replace(fleet.cluster_types["lab"], config={"KEY": value})
    changed = replace(fleet, cluster_types={**fleet.cluster_types, "lab": lab})
    files = environment_files(changed, "dev", PIN)
    assert yaml.safe_load(files["configs/lab-config.yaml"])["data"] == {"KEY": value}
    main = Source("main", main_files(changed), commit=PIN)
    rendering = render_environment(Inputs("dev", Source("dev", files), {"main": main}, {}))
    assert not rendering.issues


def test_the_clusters_credential_goes_to_its_own_host_only(fleet: Fleet) -> None:
    """Workload repositories of another host are cloned without the secret."""
    template = main_files(fleet)["templates/arc-flux.yaml"].decode()
    assert 'if hasPrefix "https://github.com/" (index .Manifests "repo")' in template
    assert "platform-{{ .Environment }}-auth" in template


def test_public_repositories_need_no_secret(fleet: Fleet) -> None:
    """Without clusterCredentials the reconciler refers to none."""
    assert fleet.repositories is not None
    public = replace(fleet, repositories=replace(fleet.repositories, cluster_credentials=None))
    assert b"secretRef" not in main_files(public)["templates/arc-flux.yaml"]


def test_a_local_secret_and_a_provider_are_referred_to(fleet: Fleet) -> None:
    """The other two ways to give clusters access stand in the template."""
    assert fleet.repositories is not None
    for credentials, text in (
        (ClusterCredentials(local_secret="mine"), b"name: mine"),
        (ClusterCredentials(provider="GitHub"), b"provider: github"),
    ):
        other = replace(fleet, repositories=replace(fleet.repositories, cluster_credentials=credentials))
        assert text in main_files(other)["templates/arc-flux.yaml"]


def test_an_environment_object_stands_on_main(fleet: Fleet) -> None:
    """Kalypso finds each environment's branch from main."""
    spec = loaded(main_files(fleet), ".environments/qa.yaml")["spec"]
    assert spec == {
        "controlPlane": {
            "repo": "https://github.com/contoso/contoso-control-plane",
            "branch": "qa",
            "path": ".",
        }
    }


WORKLOAD = b"""apiVersion: scheduler.kalypso.io/v1alpha1
kind: Workload
metadata: {name: "on"}
spec:
  deploymentTargets:
    - name: functional-test
      labels: {purpose: functional-test}
      environment: dev
      manifests: {repo: https://github.com/contoso/shop-gitops, branch: dev, path: .}
"""


def test_names_that_yaml_takes_for_something_else_stay_names(fleet: Fleet) -> None:
    """Kubernetes refuses labels that are no text, such as a workload called `on`."""
    shop = replace(fleet.workloads["shop"], name="on")
    changed = replace(fleet, workloads={"on": shop})
    main = Source("main", main_files(changed), commit=PIN)
    workload = Source("on", {"workload/on.yaml": WORKLOAD}, "./workload")
    rendering = render_environment(
        Inputs("dev", Source("dev", environment_files(changed, "dev", PIN)), {"main": main}, {"on": workload})
    )
    assert not rendering.issues
    namespace = yaml.safe_load(rendering.files["lab/on-functional-test/namespace.yaml"])
    assert namespace["metadata"]["labels"] == {
        "environment": "dev",
        "workspace": "retail",
        "workload": "on",
        "deploymentTarget": "on-functional-test",
    }
