"""A small control plane in files, to change, and the recorded answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from orchestration.kalypso import Inputs, Rendering, Source, render_environment
from tests.support import ROOT

DATA = ROOT / "tests" / "data" / "kalypso"
API = "apiVersion: scheduler.kalypso.io/v1alpha1\n"


def recorded(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of recorded answers."""
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return rows


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by relative path; none if there is no folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def template(name: str, role: str, text: str) -> str:
    """Return a Template of one manifest."""
    manifest = "".join(f"      {line}\n" for line in text.splitlines())
    return f"{API}kind: Template\nmetadata: {{name: {name}}}\nspec:\n  type: {role}\n  manifests:\n    - |\n{manifest}"


def policy(name: str, targets: str = "{}", cluster_types: str = "{}", workspace: str = "") -> str:
    """Return a SchedulingPolicy with selectors in flow style."""
    space = f", workspace: {workspace}" if workspace else ""
    return (
        f"{API}kind: SchedulingPolicy\nmetadata: {{name: {name}}}\nspec:\n"
        f"  deploymentTargetSelector: {{labelSelector: {targets}{space}}}\n"
        f"  clusterTypeSelector: {{labelSelector: {cluster_types}}}\n"
    )


def cluster_type(name: str, labels: str = "{}", config: str = "cfg") -> str:
    """Return a ClusterType that uses the templates rec, ns and *config*."""
    spec = f"{{reconciler: rec, namespaceService: ns, configType: {config}}}"
    return f"{API}kind: ClusterType\nmetadata: {{name: {name}, labels: {labels}}}\nspec: {spec}\n"


def config_map(name: str, data: Mapping[str, str], **labels: str) -> str:
    """Return a ConfigMap of platform config; underscores in label names stand for hyphens."""
    named = {key.replace("_", "-"): value for key, value in labels.items()}
    metadata = {"name": name, "labels": {"platform-config": "true", **named}}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)})


BASE = (
    f"{API}kind: BaseRepo\nmetadata: {{name: main}}\n"
    "spec: {repo: https://git.example/control-plane, branch: main, path: ., commit: c0ffee}\n"
)
GITOPS = (
    f"{API}kind: GitOpsRepo\nmetadata: {{name: dev}}\n"
    "spec: {repo: https://git.example/gitops, branch: dev, path: .}\n"
)
WORKLOAD = (
    f"{API}kind: Workload\nmetadata: {{name: shop, labels: {{type: application}}}}\nspec:\n  deploymentTargets:\n"
    "    - {name: web, environment: dev, labels: {purpose: test}, manifests: {repo: r, branch: b, path: ./web}}\n"
    "    - {name: uat, environment: stage, manifests: {repo: r, branch: b, path: ./uat}}\n"
)
REGISTRATION = (
    f"{API}kind: WorkloadRegistration\nmetadata: {{name: app}}\n"
    "spec: {workload: {repo: https://git.example/app, branch: main, path: ./workload}, workspace: team-a}\n"
)
ENVIRONMENT: Mapping[str, str] = {
    "base-repo.yaml": BASE,
    "gitops-repo.yaml": GITOPS,
    "cluster-types/edge.yaml": cluster_type("edge", "{region: eu}"),
    "policies/all.yaml": policy("all"),
}
MAIN: Mapping[str, str] = {
    "templates/rec.yaml": template("rec", "reconciler", 'path: "{{ .Manifests.path }}"'),
    "templates/ns.yaml": template("ns", "namespace", "name: {{ .Namespace }}"),
    "templates/cfg.yaml": template("cfg", "config", "{{ toYaml .ConfigData }}"),
    "workloads/app.yaml": REGISTRATION,
}
APP: Mapping[str, str] = {"workload/shop.yaml": WORKLOAD}


def source(name: str, files: Mapping[str, str | None], path: str = ".") -> Source:
    """Return a source of text files; None leaves one out."""
    return Source(name, {key: text.encode() for key, text in files.items() if text is not None}, path)


def render(
    environment: Mapping[str, str | None] | None = None,
    main: Mapping[str, str | None] | None = None,
    app: Mapping[str, str | None] | None = None,
    previous: Collection[str] = (),
    partial: bool = False,
    **more: Any,
) -> Rendering:
    """Render the sample for dev, with files added, replaced or (None) taken away."""
    sources = (
        source("dev", {**ENVIRONMENT, **(environment or {})}),
        {"main": source("main", {**MAIN, **(main or {})})},
        {"app": source("app", {**APP, **(app or {})})},
    )
    return render_environment(Inputs("dev", *sources, **more), previous=previous, partial=partial)


def config_of(rendering: Rendering, target: str = "shop-web", kind: str = "edge") -> str:
    """Return the platform config of a target, which is the bare map as YAML."""
    assert not rendering.blocked, rendering.issues
    return rendering.files[f"{kind}/{target}/platform-config.yaml"].decode()
