"""Measures the Kalypso engine on a made-up environment: N cluster types, ten workloads on each.

    .venv/bin/python benchmarks/kalypso.py [CLUSTER_TYPES] [--against-go] [--profile]

Six config maps of ten keys, one of them a list of maps, apply to each assignment; every target has labels of its own,
and every config is written as a ConfigMap whose lists are text. Nothing of one assignment is the same in another.
All times are processor time.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from orchestration.drivers.git import GitAccess, Identity, Repository
from orchestration.kalypso import Inputs, Source, compare, render_environment
from orchestration.kalypso.compose import Composer
from orchestration.kalypso.environment import rendering_of
from orchestration.kalypso.evaluation import evaluate, render_all
from orchestration.kalypso.gotemplate import Engine
from orchestration.kalypso.kinds import ClusterType, ConfigMap, Template
from orchestration.kalypso.namespace import Namespace, gather
from orchestration.kalypso.render import template_data
from orchestration.kalypso.schedule import Schedule, schedule

API = "apiVersion: scheduler.kalypso.io/v1alpha1"
WORKLOADS = 10
Result = TypeVar("Result")
RECONCILER = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: "{{ .DeploymentTargetName}}"
  namespace: flux-system
spec:
  interval: 30s
  url: "{{ .Manifests.repo}}"
  ref:
    branch: "{{ .Manifests.branch}}"
"""
KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: "{{ .DeploymentTargetName}}"
  namespace: flux-system
spec:
  interval: 30s
  targetNamespace: "{{ .Namespace}}"
  sourceRef:
    kind: GitRepository
    name: "{{ .DeploymentTargetName}}"
  path: "{{ .Manifests.path}}"
  prune: true
"""
NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: "{{ .Namespace}}"
  labels:
    environment: "{{ .Environment}}"
    workspace: "{{ .Workspace}}"
    workload: "{{ .Workload}}"
    deploymentTarget: "{{ .DeploymentTargetName}}"
    someLabel: some-value
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: platform-config
  namespace: {{ .Namespace}}
data:
{{ stringify .ConfigData | indent 2}}
"""


def template(name: str, role: str, *manifests: str) -> str:
    """Return a Template."""
    texts = "".join("    - |\n" + "".join(f"      {line}\n" for line in text.splitlines()) for text in manifests)
    return f"{API}\nkind: Template\nmetadata: {{name: {name}}}\nspec:\n  type: {role}\n  manifests:\n{texts}"


def config_map(name: str, number: int, labels: dict[str, str]) -> str:
    """Return a ConfigMap of ten keys, one of them a list of maps."""
    data = {f"KEY_{number}_{index}": f"value {index} of {name}" for index in range(9)}
    data["ENDPOINTS"] = "".join(f"- name: {name}-{index}\n  port: {8000 + index}\n" for index in range(3))
    metadata = {"name": name, "labels": {"platform-config": "true", **labels}}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def cluster_types(count: int) -> Iterator[tuple[str, str]]:
    """Yield a cluster type each, with a config map of its own."""
    for number in range(count):
        name = f"type-{number:05}"
        labels = f"{{region: region-{number % 20}, size: size-{number % 3}, zone: zone-{number}}}"
        spec = "{reconciler: rec, namespaceService: ns, configType: cfg}"
        yield (
            f"types/{name}.yaml",
            f"{API}\nkind: ClusterType\nmetadata: {{name: {name}, labels: {labels}}}\nspec: {spec}\n",
        )
        yield f"configs/{name}.yaml", config_map(f"c-{name}", 5, {"cluster-type": name})


def configs() -> Iterator[tuple[str, str]]:
    """Yield the config maps that several cluster types share; with its own, six apply to each assignment."""
    yield "configs/all.yaml", config_map("a-all", 0, {})
    yield "configs/app.yaml", config_map("a-app", 1, {"type": "application"})
    for number in range(20):
        yield f"configs/region-{number}.yaml", config_map(f"b-region-{number}", 2, {"region": f"region-{number}"})
    for number in range(3):
        yield f"configs/size-{number}.yaml", config_map(f"b-size-{number}", 3, {"size": f"size-{number}"})
    for number in range(WORKLOADS):
        yield f"configs/app-{number}.yaml", config_map(f"d-app-{number}", 4, {"workload": f"app-{number}"})


def workload(number: int) -> str:
    """Return a workload with one target, whose labels are its own."""
    manifests = f"{{repo: 'https://git.example/app-{number}', branch: dev, path: ./deploy}}"
    target = f"{{name: web, environment: dev, labels: {{slot: slot-{number}}}, manifests: {manifests}}}"
    return (
        f"{API}\nkind: Workload\nmetadata: {{name: app-{number}, labels: {{type: application}}}}\n"
        f"spec: {{deploymentTargets: [{target}]}}\n"
    )


def sources(count: int) -> Inputs:
    """Return the environment's branch, its base and its workloads."""
    base = (
        f"{API}\nkind: BaseRepo\nmetadata: {{name: main}}\nspec: {{repo: r, branch: main, path: ., commit: c0ffee}}\n"
    )
    gitops = f"{API}\nkind: GitOpsRepo\nmetadata: {{name: dev}}\nspec: {{repo: g, branch: dev, path: .}}\n"
    policy = (
        f"{API}\nkind: SchedulingPolicy\nmetadata: {{name: all}}\n"
        "spec: {deploymentTargetSelector: {labelSelector: {}}, clusterTypeSelector: {labelSelector: {}}}\n"
    )
    own = {
        "base.yaml": base,
        "gitops.yaml": gitops,
        "policy.yaml": policy,
        **dict(cluster_types(count)),
        **dict(configs()),
    }
    main = {
        "rec.yaml": template("rec", "reconciler", RECONCILER, KUSTOMIZATION),
        "ns.yaml": template("ns", "namespace", NAMESPACE),
        "cfg.yaml": template("cfg", "config", CONFIG),
    }
    for number in range(WORKLOADS):
        spec = f"{{workload: {{repo: app-{number}, branch: main, path: .}}, workspace: team-{number % 3}}}"
        main[f"app-{number}.yaml"] = (
            f"{API}\nkind: WorkloadRegistration\nmetadata: {{name: app-{number}}}\nspec: {spec}\n"
        )
    apps = {f"app-{number}": encoded(f"app-{number}", {"w.yaml": workload(number)}) for number in range(WORKLOADS)}
    return Inputs("dev", encoded("dev", own), {"main": encoded("main", main)}, apps)


def encoded(name: str, files: dict[str, str]) -> Source:
    """Return a source of text files."""
    return Source(name, {path: text.encode() for path, text in files.items()})


def planned(namespace: Namespace) -> Schedule:
    """Return the schedule of a namespace."""
    return schedule("dev", namespace.policies, namespace.targets, list(namespace.of(ClusterType).values()))


def peak() -> float:
    """Return the peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def used() -> float:
    """Return the processor time of this process and of those it has waited for, in seconds: others change it little."""
    return sum(os.times()[:4])


def timed(what: Callable[[], Result], text: str) -> Result:
    """Run *what*, print the processor time it took and what *text* says of its result, and return that."""
    gc.collect()
    began = used()
    result = what()
    took = used() - began
    print(f"{text.format(count=len(result)) if isinstance(result, Sized) else text}: {took:.2f} s, {peak():.0f} MB")
    return result


def documents(count: int) -> Source:
    """Return an environment's branch of *count* YAML documents, one a file."""
    found = dict(itertools.islice(cluster_types(count), count))
    return encoded("dev", found)


def committed(files: Mapping[str, bytes]) -> str:
    """Commit *files* into a new bare repository, and return the commit."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache.git"
        subprocess.run(("git", "init", "--quiet", "--bare", str(cache)), check=True)
        identity = Identity("benchmark", "benchmark@example.com")
        repository = Repository("https://git.example/gitops", cache, GitAccess(), identity=identity)
        commit = repository.commit(None, dict(files), "Schedule dev")
        assert commit
        return commit


def changed(given: Inputs) -> Inputs:
    """Return the inputs with one value of one cluster type's config map changed."""
    name = "configs/type-00003.yaml"
    files = {**given.source.files, name: given.source.files[name].replace(b"value 1", b"value one")}
    return replace(given, source=Source("dev", files))


def compared(given: Inputs) -> None:
    """Print how long a comparison takes after one file has changed, without loading and without the old side."""
    before = evaluate(given)
    new = changed(given)
    began = used()
    gather(new)
    loaded = used() - began
    began = used()
    after = evaluate(new, like=before)
    found = compare(rendering_of(before, quiet=True), rendering_of(after))
    took = used() - began
    print(f"diff after one file changed, beyond {loaded:.2f} s of loading: {took - loaded:.2f} s, {found.summary}")


def against_go(namespace: Namespace, plan: Schedule) -> None:
    """Print how long Go takes for the same templates and the configs that we composed, beside ours."""
    from tests.fidelity.program import ask, build
    from tests.fidelity.tags import tagged

    composer = Composer(namespace.of(ConfigMap).values())
    cluster_types, targets = namespace.of(ClusterType), {target.name: target for target in namespace.targets}
    pairs = [(cluster_types[one.cluster_type], targets[one.deployment_target]) for one in plan.assignments]
    dots = [template_data(kind, target, composer.compose(kind, target)) for kind, target in pairs]
    texts = [manifest for template in namespace.of(Template).values() for manifest in template.manifests]
    engine = Engine(len(dots))
    gc.collect()
    began = used()
    outputs = [engine.render(text, dot) for dot in dots for text in texts]
    ours = used() - began
    fields = [{name: tagged(value) for name, value in dot.go_fields.items()} for dot in dots]
    with tempfile.TemporaryDirectory() as folder:
        case = {"kind": "timed", "templates": texts, "dots": fields}
        ((answer,),) = ask(build(Path(folder)), [case], tries=1)
    assert answer["sha256"] == sha256("".join(outputs).encode()).hexdigest()
    go = answer["seconds"]
    print(
        f"{len(outputs)} texts rendered, the same bytes: {ours:.2f} s, by Go {go:.2f} s, {ours / go:.1f} times as long"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cluster_types", type=int, nargs="?", default=1000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--against-go", action="store_true", help="needs Go, and its module proxy the first time")
    chosen = parser.parse_args()
    given = sources(chosen.cluster_types)
    namespace = gather(given)
    plan = planned(namespace)
    if chosen.profile:
        import cProfile

        profile = cProfile.Profile()
        profile.runcall(render_all, namespace, plan)
        profile.print_stats("tottime")
        return
    if chosen.against_go:
        against_go(namespace, plan)
        return
    rendered = timed(lambda: render_all(namespace, plan), "{count} assignments composed and rendered in memory")
    assert not any(one.failures for one in rendered.values())
    count = len(rendered)
    del rendered
    branch = documents(count)
    timed(lambda: gather(Inputs("dev", branch, {}, {})).objects, "{count} documents loaded and checked")
    whole = timed(lambda: render_environment(given).files, "the whole environment, {count} files")
    timed(lambda: committed(whole), "the same files committed with git fast-import")
    compared(given)


if __name__ == "__main__":
    main()
