"""Which files Flux applies, and what it refuses."""

from __future__ import annotations

import time

import pytest

from orchestration.kalypso import ignore
from orchestration.kalypso.sources import Source, apply
from tests.unit.kalypso.samples import GITOPS, config_map, source


def names(files: dict[str, str], path: str = ".") -> list[str]:
    """Return the names of the objects that Flux applies."""
    applied = apply(source("dev", files, path))
    assert not applied.problems, applied.problems
    return sorted(manifest.name for manifest in applied.manifests)


def codes(files: dict[str, str], path: str = ".") -> list[str]:
    """Return the codes and lines of a source's problems."""
    return [f"{problem.code}:{problem.place.line}" for problem in apply(source("dev", files, path)).problems]


def test_yaml_below_the_path_is_applied() -> None:
    """Every .yaml and .yml file below the path counts, whatever its folder; nothing else does."""
    files = {
        "w/a.yaml": config_map("a", {}),
        "w/x/b.yml": config_map("b", {}),
        "w/c.json": config_map("c", {}),
        "d.yaml": config_map("d", {}),
    }

    assert names(files, "./w/") == ["a", "b"]


def test_a_file_holds_several_objects() -> None:
    """Documents and the items of a List are objects of their own; empty documents are none."""
    files = {
        "a.yaml": f"---\n{config_map('a', {})}\n---\n# nothing\n---\nkind: List\nitems:\n  - {config_map('b', {})}\n"
    }

    assert names(files) == ["a", "b"]


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("*.md", "docs/a.md", True),
        ("docs/", "docs/a.yaml", True),
        ("docs/", "x/docs/a.yaml", True),
        ("docs/", "docs", False),
        ("/docs", "docs/a.yaml", True),
        ("/docs", "x/docs/a.yaml", False),
        ("a/b", "a/b/c.yaml", True),
        ("a/b", "x/a/b/c.yaml", False),
        ("**/b", "x/a/b/c.yaml", True),
        ("a/**", "a/x/b.yaml", True),
        ("a/*/c", "a/x/c", True),
        ("a/*/c", "a/x/y/c", False),
        ("?.yaml", "a.yaml", True),
        ("[a-c].yaml", "b.yaml", True),
        ("[^a-c].yaml", "b.yaml", False),
        ("[a.yaml", "[a.yaml", False),
        ("\\*.yaml", "a.yaml", False),
        ("# comment", "# comment", False),
    ],
)
def test_ignore_pattern(pattern: str, path: str, *, ignored: bool) -> None:
    """A line of an ignore file means what it means in gitignore."""
    assert ignore.is_ignored(path, ignore.parse([pattern]), ignore.Work()) == ignored


def test_the_last_pattern_that_matches_counts() -> None:
    """A file may be taken back in."""
    patterns = ignore.parse(["*.yaml", "!keep.yaml"])

    assert not ignore.is_ignored("a/keep.yaml", patterns, ignore.Work())


def test_ignore_files_count_below_their_folder() -> None:
    """A .sourceignore at the root and one in a folder; .github and pictures are ignored anyway."""
    files = dict.fromkeys(["a.yaml", "x/a.yaml", "x/b.yaml", ".github/w.yaml", "p.png"], b"")
    files |= {".sourceignore": b"/a.yaml\n", "x/.sourceignore": b"b.yaml\n"}

    assert set(ignore.kept(files)) == {"x/a.yaml", ".sourceignore", "x/.sourceignore"}


def test_many_files_cost_no_more_than_themselves() -> None:
    """What is to be refused is a list of patterns that takes too long, not a repository with hardly any."""
    files = dict.fromkeys(map(str, range(100_000)), b"")

    assert len(ignore.kept({**files, ".sourceignore": b"x/\n/y\n*.z\n"})) == 100_001


def test_a_pattern_of_many_stars_is_quick() -> None:
    """A hostile pattern does not make the matcher try every way."""
    assert not ignore.is_ignored("a" * 200, ignore.parse(["*a" * 60 + "b"]), ignore.Work())


@pytest.mark.parametrize("line", ["x{}/**/y", "*a*a*a*a*a*a*a*a{}b", "{}"])
def test_patterns_without_end_are_refused(line: str) -> None:
    """By the file that holds them, whatever makes them slow."""
    lines = "\n".join(line.format(number) for number in range(100_000))
    files = {f"f/{number}.yaml": config_map(f"f{number}", {}) for number in range(100)}
    assert codes({**files, "f/.sourceignore": lines}) == ["too-large:0"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1", "invalid-yaml:2"),
        ("just text", "not-an-object:1"),
        ("\nkind: X\nmetadata: {name: a}\n", "not-an-object:2"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}\n", "invalid-name:3"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: true\n", "invalid-object:5"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {x: 1}\n", "invalid-object:5"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {x: a b}\n", "invalid-label:5"),
        (GITOPS.replace("branch: dev, ", ""), "invalid-object:4"),
        (GITOPS.replace("GitOpsRepo", "GitOpsRepository"), "unknown-kind:1"),
        (GITOPS.replace("branch: dev", "branch: [dev]"), "invalid-object:4"),
    ],
)
def test_one_bad_object_fails_the_source(text: str, code: str) -> None:
    """What Kubernetes refuses is told with its line."""
    assert codes({"a.yaml": text}) == [code]


def test_the_same_object_twice_fails_the_source() -> None:
    """Two objects of one kind and name cannot be applied together."""
    assert codes({"a.yaml": config_map("a", {}), "b.yaml": config_map("a", {})}) == ["duplicate-object:1"]


@pytest.mark.parametrize("path", ["../x", "a/../../x"])
def test_a_path_out_of_the_repository_is_refused(path: str) -> None:
    """A source's path stays inside."""
    assert codes({"a.yaml": config_map("a", {})}, path) == ["bad-path:0"]


def test_null_labels_are_none() -> None:
    """An empty `labels:` is as good as none."""
    assert names({"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n  name: a\n"}) == ["a"]


@pytest.mark.parametrize("text", ["a: " + "[" * 3000, "- " * 3000 + "a", "{a: " * 3000])
def test_deep_yaml_is_refused(text: str) -> None:
    """Nesting without end is a problem of the file, not a crash."""
    assert [code.partition(":")[0] for code in codes({"a.yaml": text})] == ["invalid-yaml"]


LEVELS = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)).replace("*a0", "x")


@pytest.mark.parametrize("head", ["kind: Workload\nmetadata: {name: hello}\nspec:\n", "spec:\n  b: &b {c: *b}\n"])
def test_a_bomb_of_aliases_is_refused_at_once(head: str) -> None:
    """Whatever field it stands in, and also one that holds itself."""
    text = f"apiVersion: scheduler.kalypso.io/v1alpha1\n{head}{LEVELS}"
    began = time.monotonic()
    (problem,) = apply(Source("app", {"bomb.yaml": text.encode()})).problems
    assert problem.message == "not YAML: document contains excessive aliasing"
    assert time.monotonic() - began < 3


REPO = "repo: r, branch: b, path: p"
SELECTOR = "{matchLabels: {a: b}, matchExpressions: [{key: c, operator: In, values: [d]}]}"
KINDS = {
    "Environment": (f"{{controlPlane: {{{REPO}}}}}", "controlPlane.repo"),
    "BaseRepo": (f"{{{REPO}, commit: c}}", "branch"),
    "GitOpsRepo": (f"{{{REPO}}}", "path"),
    "ClusterType": ("{reconciler: r, namespaceService: n, configType: c}", "reconciler"),
    "Template": ("{type: config, contentType: sh, manifests: ['x']}", "type"),
    "ConfigSchema": ("{schema: '{}'}", "schema"),
    "WorkloadRegistration": (f"{{workload: {{{REPO}}}, workspace: w}}", "workload.branch"),
    "Workload": (
        "{deploymentTargets: [{name: n, environment: e, manifests: {a: b}, labels: {}, configSchemas: [s]}],"
        " configSchemas: [s]}",
        "deploymentTargets[0].environment",
    ),
    "DeploymentTarget": ("{environment: e, manifests: {a: b}, configSchemas: [s]}", "manifests"),
    "SchedulingPolicy": (
        f"{{deploymentTargetSelector: {{workspace: w, labelSelector: {SELECTOR}}},"
        f" clusterTypeSelector: {{labelSelector: {SELECTOR}}}}}",
        "deploymentTargetSelector.labelSelector",
    ),
    "Assignment": ("{workload: w, deploymentTarget: t, clusterType: c}", "clusterType"),
    "AssignmentPackage": (
        "{reconcilerManifests: [a], namespaceManifests: [b], configManifests: [c], reconcilerManifestsContentType: d,"
        " namespaceManifestsContentType: e, configManifestsContentType: f}",
        "",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_the_fields_of_its_definition(kind: str) -> None:
    """Each is taken with all its fields, and without one that it requires it is refused at its line."""
    spec, required = KINDS[kind]
    text = f"apiVersion: scheduler.kalypso.io/v1alpha1\nkind: {kind}\nmetadata: {{name: x}}\nspec: {spec}\n"
    assert apply(source("dev", {"x.yaml": text})).problems == []
    if required:
        name = required.rpartition(".")[2]
        told = {
            one.message: one for one in apply(source("dev", {"x.yaml": text.replace(f"{name}:", "other:", 1)})).problems
        }
        assert str(told[f"{kind} x: spec.{required} is required"].place) == "dev:x.yaml:4"
    wrong = apply(source("dev", {"x.yaml": text.replace(spec, "[]")})).problems
    assert [problem.message for problem in wrong] == [f"{kind} x: spec must be an object"]
