"""Every code of a problem: an environment that has it, where it is told, and that the documents list it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from orchestration.control_plane import Sources, validate
from orchestration.kalypso import Issue
from orchestration.kalypso.problems import SEVERITIES
from tests.support import ROOT
from tests.unit.control_plane.test_verbs import PROVIDER, sources
from tests.unit.kalypso.samples import (
    API,
    BASE,
    ENVIRONMENT,
    GITOPS,
    MAIN,
    REGISTRATION,
    WORKLOAD,
    cluster_type,
    config_map,
    policy,
    source,
    template,
)

LONG = "a" * 60
SCHEMA = f"{API}kind: ConfigSchema\nmetadata: {{name: s, labels: {{region: us}}}}\nspec: {{schema: '{{}}'}}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: hunter2}\n"


def env(text: str) -> Sources:
    return sources({"x.yaml": text})


def main(text: str) -> Sources:
    return sources(main={"x.yaml": text})


def app(text: str) -> Sources:
    return sources(app={"workload/x.yaml": text})


def made(role: str, text: str, name: str) -> Sources:
    """Return sources whose template for a role, called *name*, is *text*."""
    return sources({"c.yaml": config_map("c", {"K": "v"})}, {f"templates/{name}.yaml": template(name, role, text)})


def target(name: str, labels: str = "{}") -> str:
    entry = f"{{name: {name}, environment: dev, labels: {labels}, manifests: {{}}}}"
    return f"{API}kind: Workload\nmetadata: {{name: w}}\nspec:\n  deploymentTargets:\n    - {entry}\n"


def azure(name: str, **keys: str) -> str:
    return config_map(f"azure-app-config-{name}", keys).replace('"platform-config": "true"', '"x": "y"')


OLD_TEMPLATE = f"{API}kind: Template\nmetadata: {{name: old}}\nspec:\n  type: config\n  manifests:\n    - kind: X\n"
GLUED = f"{template('ns', 'namespace', 'a: 1').replace('- |', '- |-')}    - |\n      b: 2\n"
CASES: dict[str, tuple[Sources, str]] = {
    "unread": (replace(sources(), unread=(Issue("", "BaseRepo main: refused"),)), "dev"),
    "bad-path": (main(REGISTRATION.replace("name: app", "name: x").replace("./workload", "../x")), "main:x.yaml:1"),
    "no-such-path": (replace(sources(), source=source("dev", ENVIRONMENT, "none")), "dev:none"),
    "too-large": (env("a" * 5_000_001), "dev:x.yaml"),
    "missing-base": (main(BASE.replace("name: main", "name: other")), "main:x.yaml:1"),
    "missing-workload": (main(REGISTRATION.replace("name: app", "name: other")), "main:x.yaml:1"),
    "unused-source": (replace(sources(), workloads={**sources().workloads, "typo": None}), "typo"),
    "kustomization": (sources({"a/kustomization.yaml": "resources:\n- nope.yaml\n"}), "dev:a/kustomization.yaml:2"),
    "unsupported-kustomization": (sources({"a/kustomization.yaml": "helmCharts: []"}), "dev:a/kustomization.yaml:1"),
    "app-configuration": (env(PROVIDER), "dev:x.yaml:1"),
    "workload-base": (app(BASE.replace("name: main", "name: mine")), "app:workload/x.yaml:1"),
    "not-a-workload": (app(config_map("c", {})), "app:workload/x.yaml:1"),
    "invalid-yaml": (env("\na: ["), "dev:x.yaml:3"),
    "not-an-object": (env("\na: 1"), "dev:x.yaml:2"),
    "unknown-kind": (env(GITOPS.replace("GitOpsRepo", "Gitops")), "dev:x.yaml:1"),
    "unknown-field": (env(cluster_type("x").replace("spec: {", "spec:\n  {configtype: a, ")), "dev:x.yaml:5"),
    "invalid-object": (env(GITOPS.replace("branch: dev", "branch: [dev]")), "dev:x.yaml:4"),
    "object-manifests": (main(OLD_TEMPLATE), "main:x.yaml:7"),
    "no-config-type": (env(cluster_type("x").replace(", configType: cfg", "")), "dev:x.yaml:4"),
    "invalid-name": (app(target("../../x")), "app:workload/x.yaml:6"),
    "name-too-long": (env(policy(LONG + "bcde")), "dev:x.yaml:1"),
    "invalid-label": (app(target("x", f"{{a: {LONG}bcde}}")), "app:workload/x.yaml:6"),
    "invalid-selector": (env(policy("p", "{matchLabels: {'a b': x}}")), "dev:x.yaml:5"),
    "duplicate-object": (sources({"x.yaml": config_map("c", {}), "y.yaml": config_map("c", {})}), "dev:y.yaml:1"),
    "object-in-two-sources": (main(ENVIRONMENT["cluster-types/edge.yaml"]), "main:x.yaml:1"),
    "same-flux-name": (main(REGISTRATION.replace("name: app", "name: main")), "main:x.yaml:1"),
    "made-by-scheduler": (env(f"{API}kind: AssignmentPackage\nmetadata: {{name: a}}\n"), "dev:x.yaml:1"),
    "gitops-repos": (env(GITOPS.replace("name: dev", "name: two")), "dev:x.yaml:1"),
    "workload-without-registration": (env(WORKLOAD.replace("name: shop", "name: own")), "dev:x.yaml:1"),
    "duplicate-target": (
        app(f"{target('a-b')}---\n{target('b').replace('name: w}', 'name: w-a}')}"), "app:workload/x.yaml:13",
    ),
    "overlapping-policies": (env(policy("p")), "dev:x.yaml:1"),
    "selects-nothing": (env(policy("p", "{matchLabels: {a: none}}")), "dev:x.yaml:5"),
    "namespace-name": (app(target(LONG)), "app:workload/x.yaml:6"),
    "unused-config": (env(config_map("c", {"K": "v"}, region="us")), "dev:x.yaml:1"),
    "unused-schema": (env(SCHEMA), "dev:x.yaml:1"),
    "empty-label": (env(config_map("c", {"K": "v"}, region="")), "dev:x.yaml:1"),
    "ordered-by-name": (
        sources({"x.yaml": config_map("a", {"K": "1"}), "y.yaml": config_map("b", {"K": "2"})}), "dev:y.yaml:1",
    ),
    "ordered-by-chance": (
        sources({"x.yaml": azure("x", K="1"), "y.yaml": azure("y", K="2")}), "dev:y.yaml:1",
    ),
    "plain-secret": (env(SECRET), "dev:x.yaml:1"),
    "assignment-fails": (made("config", "{{ .Nope }}", "cfg"), "main:templates/cfg.yaml:7"),
    "missing-template": (env(cluster_type("x", config="none")), "dev:x.yaml:1"),
    "template-role": (env(cluster_type("x", config="ns")), "main:templates/ns.yaml:1"),
    "content-type": (
        sources(main={"templates/ns.yaml": f"{MAIN['templates/ns.yaml']}  contentType: sh\n"}),
        "main:templates/ns.yaml:1",
    ),
    "impure-function": (made("namespace", "{{ if false }}{{ now }}{{ end }}", "ns"), "main:templates/ns.yaml:7"),
    "old-flux-api": (made("reconciler", "kustomize.toolkit.fluxcd.io/v1beta2", "rec"), "main:templates/rec.yaml:7"),
    "empty-file": (
        sources(main={"templates/ns.yaml": template("ns", "namespace", "").replace("|", "''")}),
        "main:templates/ns.yaml:1",
    ),
    "blank-result": (made("namespace", "{{ if true }} {{ end }}", "ns"), "main:templates/ns.yaml:7"),
    "glued-manifests": (sources(main={"templates/ns.yaml": GLUED}), "main:templates/ns.yaml:7"),
    "rendered-yaml": (made("namespace", "a: [", "ns"), "main:templates/ns.yaml:7"),
    "config-data": (made("namespace", "kind: ConfigMap\ndata: {a: 1}", "ns"), "main:templates/ns.yaml:7"),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_a_problem_is_told_with_its_place(code: str) -> None:
    """Each code by an environment that has it."""
    given, place = CASES[code]
    found = [problem for problem in validate(given) if problem.code == code]
    assert found, [str(problem) for problem in validate(given)]
    assert str(found[0].place) == place
    assert found[0].severity == SEVERITIES[code]


def test_every_code_has_its_case() -> None:
    """None is told without a test."""
    assert set(CASES) == set(SEVERITIES)


def test_the_document_lists_every_code_with_its_severity() -> None:
    """A user finds each code, and none that there is not."""
    text = (ROOT / "docs" / "control-plane-problems.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", text, re.MULTILINE)) == SEVERITIES


@pytest.mark.parametrize(
    "given",
    [
        env(config_map("c", {"K": "-----BEGIN RSA PRIVATE KEY-----"})),
        env(config_map("c", {"K": f"ghp_{'a' * 36}"})),
        env(GITOPS.replace("name: dev", "name: two").replace("https://", "https://me:hunter2@")),
        env(BASE.replace("name: main", "name: two").replace("https://", "https://token@")),
        made("reconciler", "url: https://me:hunter2@git.example/x", "rec"),
    ],
)
def test_a_secret_in_plain_sight_is_found(given: Sources) -> None:
    """In a config, a URL, a template; what SOPS encrypted is none."""
    assert "plain-secret" in {problem.code for problem in validate(given)}
    encrypted = SECRET.replace("hunter2", "'ENC[AES256_GCM,data:x]'")
    assert "plain-secret" not in {problem.code for problem in validate(env(encrypted))}


@pytest.mark.parametrize(
    ("version", "hint"),
    [
        ("source.toolkit.fluxcd.io/v1beta2", "use v1"),
        ("helm.toolkit.fluxcd.io/v2beta1", "use v2"),
        ("notification.toolkit.fluxcd.io/v1beta3", ""),
        ("helm.toolkit.fluxcd.io/v2", ""),
    ],
)
def test_only_apis_that_flux_dropped_are_old(version: str, hint: str) -> None:
    """The hint names the one to use instead."""
    found = [problem.hint for problem in validate(made("reconciler", version, "rec")) if problem.code == "old-flux-api"]
    assert found == ([hint] if hint else [])


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ({"region": "us"}, "nothing that is assigned has region: us"),
        ({"cluster_type": "core"}, "there is no cluster type core"),
        ({"cluster_type": "idle"}, "cluster type idle is in no assignment"),
        ({"deployment_target": "web"}, "there is no target web"),
        ({"region": "eu", "purpose": "prod"}, "nothing that is assigned has purpose: prod"),
        ({"cluster_type": "edge", "deployment_target": "w-x"}, "no assignment meets all of its labels at once"),
    ],
)
def test_the_label_that_keeps_a_config_from_applying_is_named(labels: dict[str, str], why: str) -> None:
    """Whether what it asks for is not there at all, or is in no assignment."""
    files = {
        "c.yaml": config_map("c", {"K": "v"}, **labels),
        "idle.yaml": cluster_type("idle"),
        "other.yaml": cluster_type("other", "{gpu: 'yes'}"),
        "policies/all.yaml": policy("all", "{matchLabels: {workload: shop}}", "{matchLabels: {region: eu}}"),
        "policies/w.yaml": policy("w", "{matchLabels: {workload: w}}", "{matchLabels: {gpu: 'yes'}}"),
    }
    (found,) = [
        one for one in validate(sources(files, app={"workload/w.yaml": target("x")})) if one.place.file == "dev:c.yaml"
    ]
    assert found.code == "unused-config" and found.message.endswith(f"applies to no assignment: {why}")


def test_the_length_of_a_key_is_no_reason_to_win() -> None:
    """A longer key of App Configuration wins; that is as it should be only if it has all labels of the other."""
    accident = env(azure("x", **{"region.eu.K": "1", "purpose.test.K": "2"}))
    meant = env(azure("x", **{"region.eu.K": "1", "region.eu.purpose.test.K": "2"}))
    (found,) = [problem for problem in validate(accident) if problem.code == "ordered-by-name"]
    assert "purpose.test.K of ConfigMap azure-app-config-x overrides region.eu.K" in found.message
    assert not {"ordered-by-name", "ordered-by-chance"} & {problem.code for problem in validate(meant)}


def test_what_is_doubtful_of_many_files_is_told_once() -> None:
    """At the template, with one of the files and how many more."""
    more = {"cluster-types/two.yaml": cluster_type("two"), "cluster-types/three.yaml": cluster_type("three")}
    given = sources(more, {"templates/ns.yaml": template("ns", "namespace", "{{ if true }} {{ end }}")})
    (found,) = [problem for problem in validate(given) if problem.code == "blank-result"]
    assert found.message.startswith("edge/shop-web/namespace.yaml and 2 more: manifest 1 of Template ns")
    failing = sources(more, {"templates/ns.yaml": template("ns", "namespace", "{{ .Nope }}")})
    (failed,) = [problem for problem in validate(failing) if problem.code == "assignment-fails"]
    assert failed.message.startswith("3 assignments fail: ") and "shop-shop-web-two" in failed.message


@pytest.mark.parametrize("key", ["a b", "a/b", "\u00e4", ".."])
def test_data_has_keys_that_the_api_server_takes(key: str) -> None:
    """Letters, digits, hyphen, underscore and dot."""
    (found,) = [problem for problem in validate(env(config_map("c", {key: "v"}))) if problem.severity == "error"]
    assert (found.code, found.message) == ("invalid-object", f'ConfigMap c: data: "{key}" is no key')
