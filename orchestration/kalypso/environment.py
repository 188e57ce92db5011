"""An environment's sources in, its schedule out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from orchestration.kalypso import tree
from orchestration.kalypso.doubts import namespace_doubts
from orchestration.kalypso.evaluation import Evaluation, evaluate
from orchestration.kalypso.kinds import (
    BaseRepo,
    ClusterType,
    GitOpsRepo,
    Repository,
    WorkloadRegistration,
)
from orchestration.kalypso.namespace import Inputs, Namespace, gather
from orchestration.kalypso.problems import Issue, Problem
from orchestration.kalypso.render import Rendered
from orchestration.kalypso.results import rendered_doubts
from orchestration.kalypso.schedule import Assignment, Schedule
from orchestration.kalypso.sources import Source


@dataclass(frozen=True)
class Rendering:
    """What becomes of an environment.

    `blocked` means that Kalypso would make no pull request; `issues` say why, and there are no files unless what could
    be rendered was asked for. `files` are the generated ones; of the others that the branch held `kept` are the paths
    that stay, `stale` those of them in a target's folder, where nothing generates them any more, `deleted` what goes.
    `problems` are the errors with their places: issues too, but for those that only show when their object is used.
    """

    blocked: bool
    issues: tuple[Issue, ...]
    warnings: tuple[Problem, ...]
    files: tree.Files
    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    stale: tuple[str, ...]
    assignments: tuple[Assignment, ...]
    promoted_commit: str | None
    problems: tuple[Problem, ...] = field(default=())

    def tree(self, previous: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the branch, which held *previous*, with the generated files on top."""
        return {**{path: previous[path] for path in self.kept}, **self.files}

    def to_json(self) -> dict[str, Any]:
        """Return `ewo.render/1`."""
        return {
            "schema": "ewo.render/1",
            "blocked": self.blocked,
            "issues": [issue.to_json() for issue in self.issues],
            "warnings": [warning.to_json() for warning in self.warnings],
            "files": [{"path": path, "sha256": sha256(data).hexdigest()} for path, data in sorted(self.files.items())],
            "deleted": list(self.deleted),
            "stale": list(self.stale),
        }


@dataclass(frozen=True)
class References:
    """The repositories that an environment's objects point at, by the name of the object."""

    bases: Mapping[str, Repository]
    workloads: Mapping[str, Repository]
    gitops: Mapping[str, Repository]


def references(environment: str, source: Source, bases: Mapping[str, Source] | None = None) -> References:
    """Return what the sources at hand point at; call again with the bases fetched until no new one is named."""
    namespace = gather(Inputs(environment, source, bases or {}, {}), only_references=True)
    return References(
        {name: base.repository for name, base in namespace.of(BaseRepo).items()},
        {name: registration.repository for name, registration in namespace.of(WorkloadRegistration).items()},
        {name: item.repository for name, item in namespace.of(GitOpsRepo).items()},
    )


def render_environment(inputs: Inputs, *, previous: Collection[str] = (), partial: bool = False) -> Rendering:
    """Return the schedule of an environment as Kalypso would write it on top of *previous*, the branch's files by path.

    With *partial* what can be rendered is, role by role, and nothing is deleted.
    """
    return rendering_of(evaluate(inputs), previous=previous, partial=partial)


def rendering_of(
    found: Evaluation, *, previous: Collection[str] = (), partial: bool = False, quiet: bool = False
) -> Rendering:
    """Return what becomes of an evaluated environment.

    Doubts are told of its objects and of the files that were rendered for it, or, if it is *quiet*, none.
    """
    namespace, planned, rendered = found.namespace, found.planned, found.rendered
    problems = (*namespace.problems, *planned.problems, *(() if quiet else namespace_doubts(namespace, planned)))
    errors = tuple(problem for problem in problems if problem.blocks)
    failures = (
        Issue(name, one.failures[0].message, one.failures[0].place) for name, one in rendered.items() if one.failures
    )
    issues = (
        *(Issue("", error.message, error.place, error.hint) for error in errors),
        *planned.issues,
        *failures,
    )
    files = tree.Files({} if issues and not partial else _texts(namespace, planned, rendered))
    after = _keep(files, previous) if issues else _write(files, previous, namespace, planned)
    doubts = () if quiet else rendered_doubts(namespace, found.fresh_schedule, rendered)
    return Rendering(
        blocked=bool(issues),
        issues=issues,
        warnings=(*(p for p in problems if p.severity == "warning"), *doubts),
        files=files,
        kept=after.kept,
        deleted=after.deleted,
        stale=after.stale,
        assignments=planned.assignments,
        promoted_commit=namespace.promoted_commit,
        problems=tuple(problem for problem in problems if problem.severity == "error"),
    )


def blocked(issues: Sequence[Issue], previous: Collection[str]) -> Rendering:
    """Return what becomes of an environment of which nothing could be read: its branch stays as it is."""
    return Rendering(
        blocked=True, issues=tuple(issues), warnings=(), files=tree.Files({}), kept=tuple(sorted(previous)),
        deleted=(), stale=(), assignments=(), promoted_commit=None,
    )  # fmt: skip


def _texts(namespace: Namespace, planned: Schedule, rendered: Mapping[str, Rendered]) -> dict[str, str]:
    files = {f"{name}/README.md": tree.README for name in namespace.of(ClusterType)}
    for one in planned.assignments:
        folder = f"{one.cluster_type}/{one.deployment_target}"
        files.update({f"{folder}/{name}": text for name, text in rendered[one.name].files.items()})
    if namespace.promoted_commit:
        files[tree.PROMOTED_COMMIT] = namespace.promoted_commit
    return dict(sorted(files.items()))


def _write(files: Collection[str], previous: Collection[str], namespace: Namespace, planned: Schedule) -> tree.Tree:
    placed = [(one.cluster_type, one.deployment_target) for one in planned.assignments]
    return tree.write(files, previous, namespace.of(ClusterType), placed)


def _keep(files: Collection[str], previous: Collection[str]) -> tree.Tree:
    """Return a partial rendering on the branch: nothing is taken away, as what is missing may only have failed."""
    return tree.Tree(tuple(sorted(set(previous).difference(files))) if files else (), (), ())
