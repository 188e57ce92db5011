"""Kustomization files."""

from __future__ import annotations

import pytest

from orchestration.kalypso.objects import Manifest
from orchestration.kalypso.shapes import value_of
from orchestration.kalypso.sources import apply
from tests.unit.kalypso.samples import config_map, source


def built(files: dict[str, str]) -> dict[str, Manifest]:
    """Return the objects of a source by name."""
    applied = apply(source("dev", files))
    assert not applied.problems, [str(problem) for problem in applied.problems]
    return {manifest.name: manifest for manifest in applied.manifests}


def problem(files: dict[str, str]) -> str:
    """Return the one problem of a source."""
    (found,) = apply(source("dev", files)).problems
    return str(found)


def test_a_kustomization_names_its_files() -> None:
    """Only the resources that are named are applied, folders by their own kustomization files."""
    files = {
        "kustomization.yaml": "resources: [a.yaml, sub]",
        "a.yaml": config_map("a", {}),
        "b.yaml": config_map("b", {}),
        "sub/kustomization.yaml": "resources: [../c.yaml]",
        "c.yaml": config_map("c", {}),
    }

    assert sorted(built(files)) == ["a", "c"]


def test_a_folder_with_a_kustomization_is_a_unit() -> None:
    """Files beside such a folder are applied, files in it only if it names them."""
    files = {
        "a.yaml": config_map("a", {}),
        "sub/kustomization.yml": "resources: [b.yaml]",
        "sub/b.yaml": config_map("b", {}),
        "sub/deep/c.yaml": config_map("c", {}),
    }

    assert sorted(built(files)) == ["a", "b"]


def test_labels_prefix_and_suffix_are_put_on() -> None:
    """Common labels, pairs and the parts of names go onto every object."""
    text = "namePrefix: x-\nnameSuffix: -y\ncommonLabels: {a: b}\nlabels: [{pairs: {c: d}}]\nresources: [a.yaml]"
    (manifest,) = built({"kustomization.yaml": text, "a.yaml": config_map("m", {})}).values()

    assert manifest.name == "x-m-y"
    assert value_of(manifest.node)["metadata"] == {
        "name": "x-m-y",
        "labels": {"platform-config": "true", "a": "b", "c": "d"},
    }


def test_generated_config_map_has_its_hash() -> None:
    """Literals and files become data, and the name ends in kustomize's hash of it."""
    text = (
        "configMapGenerator:\n"
        "- {name: gen, literals: [A=1, 'B=\"x\"'], files: [k=f.txt], options: {labels: {platform-config: 'true'}}}\n"
        "- {name: fixed, envs: [e.env], options: {disableNameSuffixHash: true}}\n"
    )
    found = built({"kustomization.yaml": text, "f.txt": "text\n", "e.env": "# c\nX=1=2\n"})

    (generated,) = (manifest for name, manifest in found.items() if name != "fixed")
    assert value_of(generated.node)["data"] == {"A": "1", "B": "x", "k": "text\n"}
    assert value_of(generated.node)["metadata"]["labels"] == {"platform-config": "true"}
    assert generated.name.startswith("gen-") and len(generated.name) == len("gen-") + 10
    assert value_of(found["fixed"].node)["data"] == {"X": "1=2"}


def test_patches_change_objects() -> None:
    """A merge patch by name, one by target, a JSON patch and a deletion."""
    text = """
resources: [a.yaml]
patches:
- patch: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a}
    data: {x: "2", gone: null}
- target: {kind: ConfigMap, name: b.*}
  patch: |
    - {op: add, path: /data/new, value: "3"}
    - {op: remove, path: /data/x}
- path: del.yaml
"""
    deletion = "$patch: delete\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
    files = {
        "kustomization.yaml": text,
        "a.yaml": "\n---\n".join(config_map(name, {"x": "1", "gone": "1"}) for name in ("a", "b1", "c")),
        "del.yaml": deletion,
    }
    found = built(files)

    assert sorted(found) == ["a", "b1"]
    assert value_of(found["a"].node)["data"] == {"x": "2"}
    assert value_of(found["b1"].node)["data"] == {"gone": "1", "new": "3"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("helmCharts: []", "helmCharts in a kustomization file is not supported"),
        ("kind: Component", "kind Component in a kustomization file is not supported"),
        ("resources: ['https://github.com/a/b']", "the remote resource https://github.com/a/b is not supported"),
        ("resources: [nope.yaml]", "there is no nope.yaml"),
        ("resources: [.]", ". includes itself"),
        ("patches: [{path: nope.yaml}]", "there is no patch file nope.yaml"),
        (
            "configMapGenerator: [{name: a, behavior: merge}]",
            "anything but a new ConfigMap with a name is not supported",
        ),
        ("labels: [{fields: []}]", "labels: fields is not supported"),
        ("[]", "a kustomization file holds one object"),
    ],
)
def test_what_is_not_understood_is_named(text: str, told: str) -> None:
    """Nothing in a kustomization file is ignored."""
    assert told in problem({"kustomization.yaml": text})
