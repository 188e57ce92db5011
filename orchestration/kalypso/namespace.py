"""Everything that ends up in an environment's namespace: its branch, its bases, its workloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from orchestration.kalypso.garbage import no_search_for_cycles
from orchestration.kalypso.kinds import (
    GROUP,
    BaseRepo,
    ConfigMap,
    DeploymentTarget,
    Resource,
    SchedulingPolicy,
    Workload,
    WorkloadRegistration,
)
from orchestration.kalypso.labels import is_label_key, is_label_value, is_subdomain
from orchestration.kalypso.objects import Manifest, build
from orchestration.kalypso.problems import Place, Problem
from orchestration.kalypso.schedule import targets_of, workspace_of
from orchestration.kalypso.shapes import child
from orchestration.kalypso.sources import Source, apply, is_there, normalized

MAIN = "main"
PROVIDER = "AzureAppConfigurationProvider"
"""Makes a ConfigMap from Azure App Configuration: https://learn.microsoft.com/azure/azure-app-configuration/reference-kubernetes-provider"""
_LABEL_HINT = "shorten it: a label has 63 characters at most"
_MADE_BY_SCHEDULER = ("Assignment", "AssignmentPackage")
R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an environment is made of: its branch, and others by the names of their BaseRepos and WorkloadRegistrations.

    A workload that is None or not there contributes nothing. *configs* holds ConfigMaps that are made in the cluster;
    base repos that a workload brings are followed with *workload_bases* only: whoever writes a workload could have
    anything applied.
    """

    environment: str
    source: Source
    bases: Mapping[str, Source]
    workloads: Mapping[str, Source | None]
    configs: Source | None = None
    workload_bases: bool = False


@dataclass
class Namespace:
    """The objects of an environment, by type and name."""

    environment: str
    objects: dict[tuple[type[Resource], str], Resource] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)  # kind and name of what the API server refuses
    failed: set[str] = field(default_factory=set)  # sources of which Flux would apply nothing
    targets: list[DeploymentTarget] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    providers: list[Manifest] = field(default_factory=list)  # of ConfigMaps that are made in the cluster
    secrets: list[Manifest] = field(default_factory=list)
    _first: dict[tuple[str, str, str], Place] = field(default_factory=dict)  # not the Manifest: it is large

    def of(self, kind: type[R]) -> dict[str, R]:
        """Return the objects of one type by name, in the order of names."""
        found = {name: item for (_, name), item in self.objects.items() if type(item) is kind}
        return dict(sorted(found.items()))

    @property
    def policies(self) -> list[SchedulingPolicy]:
        """The scheduling policies in the order of names."""
        return list(self.of(SchedulingPolicy).values())

    @property
    def promoted_commit(self) -> str | None:
        """The commit that the base repo called main is pinned to."""
        main = self.of(BaseRepo).get(MAIN)
        return main.repository.commit or None if main else None

    def add(self, source: Source, flux_name: str) -> None:
        """Add what Flux applies of a source; what the API server refuses is left out and told."""
        applied = apply(source)
        self.problems += applied.problems
        if applied.failed:
            self.failed.add(source.name)
        for manifest in applied.manifests:
            if self._collides(manifest):
                continue
            resource = build(manifest, flux_name)
            if resource is None:
                self._other(manifest)
            elif _is_refused(manifest, applied.problems):
                self.refused.add((manifest.kind, manifest.name))
            else:
                self.objects[type(resource), resource.name] = resource

    def _collides(self, manifest: Manifest) -> bool:
        first = self._first.get(manifest.id)
        if first is None:
            self._first[manifest.id] = manifest.place()
            return False
        if first.file.partition(":")[0] == manifest.file.partition(":")[0]:
            return True
        message = f"{manifest} is there twice, first at {first}; the sources would overwrite each other for ever"
        self.problems.append(Problem("object-in-two-sources", manifest.place(), message, "keep one of them"))
        return True

    def _other(self, manifest: Manifest) -> None:
        if manifest.kind == PROVIDER:
            self.providers.append(manifest)
        if manifest.id[:2] == ("", "Secret"):
            self.secrets.append(manifest)
        if manifest.id[0] == GROUP and manifest.kind in _MADE_BY_SCHEDULER:
            message = f"{manifest}: the scheduler makes objects of this kind itself; this one is not used"
            self.problems.append(Problem("made-by-scheduler", manifest.place(), message))


def _is_refused(manifest: Manifest, problems: list[Problem]) -> bool:
    return any(
        problem.blocks
        and (problem.message.startswith(f"{manifest}: ") or problem.place == manifest.place())
        and problem.place.file == manifest.file
        for problem in problems
    )


@no_search_for_cycles()
def gather(inputs: Inputs, *, only_references: bool = False) -> Namespace:
    """Return the namespace of an environment; base repos that hold base repos are followed."""
    namespace = Namespace(inputs.environment)
    namespace.add(inputs.source, inputs.environment)
    if inputs.configs is not None:
        namespace.add(inputs.configs, inputs.environment)
    done: set[tuple[type[Resource], str]] = set()
    while found := [key for key in namespace.objects if key not in done and key[0] in (BaseRepo, WorkloadRegistration)]:
        for key in sorted(found, key=lambda key: (key[0] is WorkloadRegistration, key[1])):
            done.add(key)
            item = namespace.objects[key]
            if isinstance(item, BaseRepo) and _is_workloads(item, namespace) and not inputs.workload_bases:
                message = f"BaseRepo {item.name} comes from a workload's repository and is not followed"
                hint = "let the platform's own repository hold it, or say --allow-workload-bases"
                namespace.problems.append(Problem("workload-base", item.place, message, hint))
            elif isinstance(item, BaseRepo):
                _add_base(namespace, item, inputs.bases.get(item.name), quiet=only_references)
            elif isinstance(item, WorkloadRegistration) and not only_references:
                _add_workload(namespace, item, inputs.workloads.get(item.name))
    if not namespace.failed:  # what cannot be read may name it
        namespace.problems += _unused(BaseRepo, inputs.bases, done)
        namespace.problems += _unused(WorkloadRegistration, inputs.workloads, done)
    if not only_references:
        namespace.problems += _unmade(namespace)
    _make_targets(namespace)
    return namespace


def _is_workloads(base: BaseRepo, namespace: Namespace) -> bool:
    """Whether the Flux object that applied a base repo is that of a workload."""
    name = base.source.removeprefix(f"{namespace.environment}-")
    return (WorkloadRegistration, name) in namespace.objects and (BaseRepo, name) not in namespace.objects


def _unmade(namespace: Namespace) -> Iterator[Problem]:
    """Yield the ConfigMaps that are made in the cluster and were not given: their values are not in Git."""
    for provider in namespace.providers:
        node = child(provider.node, "spec", "target", "configMapName")
        name = node.value if node is not None else ""
        if (ConfigMap, name) not in namespace.objects:
            message = f"{provider} makes ConfigMap {name or '?'}, whose values are not in Git"
            hint = "give the ConfigMap as it is in the cluster with --config FILE"
            yield Problem("app-configuration", provider.place(), message, hint)


def _add_base(namespace: Namespace, base: BaseRepo, source: Source | None, *, quiet: bool) -> None:
    if source is None:
        namespace.failed.add(base.name)
        if not quiet:
            message = f"BaseRepo {base.name}: there is no source for {base.repository}"
            namespace.problems.append(Problem("missing-base", base.place, message))
        return
    namespace.add(replace(source, path=base.repository.path or "."), f"{namespace.environment}-{base.name}")


def _add_workload(namespace: Namespace, registration: WorkloadRegistration, source: Source | None) -> None:
    repository = registration.repository
    if normalized(repository.path) is None:
        message = f"WorkloadRegistration {registration.name}: {repository.path} leads out of the repository"
        namespace.problems.append(Problem("bad-path", registration.place, message, "name a folder inside it"))
        return
    at_path = replace(source, path=repository.path or ".") if source else None
    if at_path is None or not is_there(at_path):
        what = f"there is no source for {repository}"
        what = what if source is None else f"its repository has no {repository.path}"
        message = f"WorkloadRegistration {registration.name}: {what}; it contributes nothing"
        namespace.problems.append(Problem("missing-workload", registration.place, message))
        return
    before = set(namespace.objects)
    namespace.add(at_path, f"{namespace.environment}-{registration.name}")
    for key in sorted(set(namespace.objects) - before, key=lambda key: (key[0].__name__, key[1])):
        if key[0] is not Workload:
            item = namespace.objects[key]
            message = (
                f"{key[0].__name__} {item.name} comes from a workload's repository, which should hold Workloads only"
            )
            namespace.problems.append(Problem("not-a-workload", item.place, message))


def _unused(
    kind: type[Resource], given: Mapping[str, Source | None], done: set[tuple[type[Resource], str]]
) -> Iterator[Problem]:
    for name in sorted(name for name in given if (kind, name) not in done):
        message = f"no {kind.__name__} is called {name}; its source is not used"
        yield Problem("unused-source", Place(name), message)


def _make_targets(namespace: Namespace) -> None:
    registrations = namespace.of(WorkloadRegistration)
    made: dict[str, DeploymentTarget] = dict(namespace.of(DeploymentTarget))
    for workload in namespace.of(Workload).values():
        workspace, problem = workspace_of(workload, registrations)
        if problem or workspace is None:
            namespace.problems += [problem] if problem else []
            continue
        for target in targets_of(workload, namespace.environment, workspace):
            if refused := list(_name_problems(target)):
                namespace.problems += refused
                continue
            first = made.setdefault(target.name, target)
            if first is not target:
                message = f"target {target.name} of Workload {workload.name} is there already, from {first.place}"
                namespace.problems.append(Problem("duplicate-target", target.place, message, "rename one of the two"))
    namespace.problems += _label_name_problems(namespace)
    namespace.targets = [made[name] for name in sorted(made)]


def _name_problems(target: DeploymentTarget) -> Iterator[Problem]:
    """Yield why the scheduler cannot make a target: the API server refuses its name or one of its labels."""
    if not is_subdomain(target.name):
        what = f"target {target.name}: its name is no name for an object: at most 253 characters, a-z, 0-9, '-' and '.'"
        yield Problem("invalid-name", target.place, what, "rename the target or its workload")
    for key, value in target.labels.items():
        if not (is_label_key(key) and is_label_value(value)):
            message = f'target {target.name}: "{key}: {value}" is no label (63 letters, digits, "-", "_" or ".")'
            yield Problem("invalid-label", target.place, message, "shorten or rename it")


def _label_name_problems(namespace: Namespace) -> Iterator[Problem]:
    """Yield the objects whose names become labels and are too long for that."""
    for kind in (BaseRepo, WorkloadRegistration):
        for item in namespace.of(kind).values():
            name = f"{namespace.environment}-{item.name}"
            if not is_label_value(name):
                message = f"{kind.__name__} {item.name}: Flux puts {name} as a label on all it applies"
                yield Problem("name-too-long", item.place, message, _LABEL_HINT)
    for policy in namespace.policies:
        if not is_label_value(policy.name):
            message = f"SchedulingPolicy {policy.name}: assignments carry its name as a label"
            yield Problem("name-too-long", policy.place, message, _LABEL_HINT)
