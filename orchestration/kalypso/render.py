"""Assignments to files."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.compose import Composer, ConfigError, applies
from orchestration.kalypso.gotemplate import Data, Engine
from orchestration.kalypso.kinds import ROLES, ClusterType, ConfigMap, ConfigSchema, DeploymentTarget, Template
from orchestration.kalypso.problems import Place
from orchestration.kalypso.schemas import SchemaError, check_allowance, validate
from orchestration.kalypso.values import StringMap


@dataclass(frozen=True)
class Failed:
    """What went wrong with an assignment, in Kalypso's words, and where its cause stands, if in one place."""

    message: str
    place: Place | None = None


@dataclass(frozen=True)
class Rendered:
    """The files of one assignment, by name, and what went wrong; of an unlucky one what could be rendered.

    `results` are what the manifests of a role's template gave, one by one.
    """

    files: Mapping[str, str]
    failures: tuple[Failed, ...]
    results: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Renderer:
    """Renders an environment's assignments, of which there are so many; each template is compiled once.

    Where sources are *incomplete* a template that is not there may be in what could not be read: that is no failure.
    """

    def __init__(
        self,
        templates: Mapping[str, Template],
        config_maps: Sequence[ConfigMap],
        schemas: Sequence[ConfigSchema],
        *,
        assignments: int = 1,
        refused_templates: Container[str] = (),
        incomplete: bool = False,
    ) -> None:
        self._templates, self._schemas = templates, schemas
        self._composer = Composer(config_maps, assignments)
        self._refused, self._incomplete = refused_templates, incomplete
        self._engine = Engine(assignments)
        self._checks = check_allowance(assignments)

    def render(self, cluster_type: ClusterType, target: DeploymentTarget) -> Rendered:
        """Return the files of the target on the cluster type."""
        files: dict[str, str] = {}
        failures: list[Failed] = []
        results: dict[str, list[str]] = {}
        try:
            config = self._composer.compose(cluster_type, target)
        except ConfigError as error:
            return Rendered({}, (Failed(str(error), error.place),))
        data = template_data(cluster_type, target, config)
        for role in ROLES:
            try:
                if role == "config":
                    self._validate(config, cluster_type, target)
                template = self.template(cluster_type, role)
                results[role] = list(self._manifests(template, data))
            except RefusedTemplate:
                continue
            except OrchestrationError as error:
                failures.append(Failed(str(error), error.place if isinstance(error, Placed) else cluster_type.place))
                continue
            text = join(results[role])
            if text or role != "config":
                files[file_name(role, template)] = text
        return Rendered(files, tuple(failures), results)

    def template(self, cluster_type: ClusterType, role: str) -> Template:
        """Return the cluster type's template for a role; raises MissingTemplate."""
        name = cluster_type.template(role)
        if name in self._refused or (self._incomplete and name not in self._templates):
            raise RefusedTemplate(name)
        if name not in self._templates:
            raise MissingTemplate(f'{role} template "{name}" not found')
        return self._templates[name]

    def _manifests(self, template: Template, data: Data) -> Iterator[str]:
        for number, manifest in enumerate(template.manifests):
            try:
                yield self._engine.render(manifest, data)
            except OrchestrationError as error:
                places = template.manifest_places
                raise Placed(str(error), places[number] if places else template.place) from error

    def _validate(self, config: dict[str, Any], cluster_type: ClusterType, target: DeploymentTarget) -> None:
        own = sorted(self._schemas, key=lambda schema: schema.name)
        applying = [schema for schema in own if applies(schema.labels, cluster_type, target)]
        try:
            validate(config, [*(schema.schema for schema in applying), *target.config_schemas], self._checks)
        except SchemaError as error:
            places = [schema.place for schema in applying]
            first = error.failing[0]
            raise Placed(str(error), places[first] if first < len(places) else target.place) from error


class Placed(OrchestrationError):
    """A manifest cannot be rendered, or a config does not meet a schema; `place` is where that one stands."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


class MissingTemplate(OrchestrationError):
    """A cluster type names a template that is not there."""


class RefusedTemplate(MissingTemplate):
    """The template is refused by the API server, or may be in a source that is: that is told where it stands."""


def file_name(role: str, template: Template | None) -> str:
    """Return the name of the file that a role's template makes; only a config's content type is looked at."""
    if role != "config":
        return f"{role}.yaml"
    return f"platform-config.{'sh' if template and template.content_type == 'sh' else 'yaml'}"


def template_data(cluster_type: ClusterType, target: DeploymentTarget, config: dict[str, Any]) -> Data:
    """Return what templates see as the dot."""
    return Data(
        DeploymentTargetName=target.name,
        Namespace=f"{target.environment}-{cluster_type.name}-{target.name}",
        Environment=target.environment,
        Workspace=target.workspace,
        Workload=target.workload,
        Labels=StringMap(target.labels),
        Manifests=StringMap(target.manifests),
        ClusterType=cluster_type.name,
        ConfigData=config,
    )


def join(manifests: Iterable[str]) -> str:
    """Return the manifests that are not empty, divided by `---` lines; none gets a final newline it lacks."""
    text = ""
    for manifest in manifests:
        if manifest:
            text += f"---\n{manifest}" if text else manifest
    return text
