"""The starter fleet is valid, complete and never written over anything."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchestration.errors import UsageError
from orchestration.fleet import load_fleet
from orchestration.fleet.init import write_starter


def test_it_validates_without_a_warning(tmp_path: Path) -> None:
    """What is written loads as it stands, called as asked for."""
    written = write_starter(tmp_path / "deep" / "fleet", "north-sea")

    fleet = load_fleet(tmp_path / "deep" / "fleet")

    assert (fleet.name, fleet.warnings) == ("north-sea", ())
    assert all(path.is_file() and "@name@" not in path.read_text() for path in written)
    assert tmp_path / "deep" / "fleet" / "fleet.yaml" in written


def test_it_shows_both_halves(tmp_path: Path) -> None:
    """It has two environments with a cluster each, a policy for each, a config template and a solution."""
    write_starter(tmp_path, "north-sea")

    fleet = load_fleet(tmp_path)

    assert [cluster.environment for cluster in fleet.clusters.values()] == list(fleet.environments) == ["dev", "prod"]
    assert [policy.environment for policy in fleet.policies.values()] == ["dev", "prod"]
    assert [placement.environment for placement in fleet.solutions["line-hello"].placements] == ["dev", "prod"]
    assert set(fleet.config_templates["site-config"].values) == {"plant-1", "plant-2"}


def test_workload_repositories_are_seeded(tmp_path: Path) -> None:
    """Every repository, branch and folder that the workload refers to lies under `repositories/`."""
    write_starter(tmp_path, "north-sea")
    workload = load_fleet(tmp_path).workloads["hello"]
    root = tmp_path / "repositories" / workload.repository.rsplit("/", 1)[1] / workload.branch

    document = yaml.safe_load((root / workload.path / "hello.yaml").read_text())

    for target in document["spec"]["deploymentTargets"]:
        manifests = target["manifests"]
        folder = tmp_path / "repositories" / manifests["repo"].rsplit("/", 1)[1] / manifests["branch"]
        assert list((folder / manifests["path"]).glob("*.yaml"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file that is there already stops it before anything is written."""
    (tmp_path / "solutions/line-hello").mkdir(parents=True)
    (tmp_path / "solutions/line-hello/schema.yaml").write_text("mine")

    with pytest.raises(UsageError, match=r"not overwritten: .*schema\.yaml"):
        write_starter(tmp_path, "north-sea")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "solutions/line-hello/schema.yaml"]


@pytest.mark.parametrize("name", ["", "No", "my fleet", "a" * 62, "../x"])
def test_a_name_must_be_one(name: str, tmp_path: Path) -> None:
    """A name that no fleet can have is refused."""
    with pytest.raises(UsageError, match="a fleet cannot be called"):
        write_starter(tmp_path, name)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Where a file is in the way of a folder, that is said."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="cannot write"):
        write_starter(tmp_path / "file", "north-sea")
