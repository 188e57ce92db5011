"""Assignments to files."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.compose import Composer, applies
from orchestration.kalypso.gotemplate import Data, Engine
from orchestration.kalypso.kinds import ROLES, ClusterType, ConfigMap, ConfigSchema, DeploymentTarget, Template
from orchestration.kalypso.problems import Place
from orchestration.kalypso.schemas import validate
from orchestration.kalypso.values import StringMap


@dataclass(frozen=True)
class Failed:
    """What went wrong with an assignment, in Kalypso's words, and where its cause stands, if in one place."""

    message: str
    place: Place | None = None


@dataclass(frozen=True)
class Rendered:
    """The files of one assignment, by name, and what went wrong; of an unlucky one what could be rendered."""

    files: Mapping[str, str]
    failures: tuple[Failed, ...]


class Renderer:
    """Renders an environment's assignments; each template is compiled once.

    Where sources are *incomplete* a template that is not there may be in what could not be read: that is no failure.
    """

    def __init__(
        self,
        templates: Mapping[str, Template],
        config_maps: Sequence[ConfigMap],
        schemas: Sequence[ConfigSchema],
        *,
        refused_templates: Container[str] = (),
        incomplete: bool = False,
    ) -> None:
        self._templates, self._schemas = templates, schemas
        self._composer = Composer(config_maps)
        self._refused, self._incomplete = refused_templates, incomplete
        self._engine = Engine()

    def render(self, cluster_type: ClusterType, target: DeploymentTarget) -> Rendered:
        """Return the files of the target on the cluster type."""
        files: dict[str, str] = {}
        failures: list[Failed] = []
        try:
            config = self._composer.compose(cluster_type, target)
        except OrchestrationError as error:
            return Rendered({}, (Failed(str(error)),))
        data = template_data(cluster_type, target, config)
        for role in ROLES:
            try:
                if role == "config":
                    validate(config, self._schema_texts(cluster_type, target))
                template = self.template(cluster_type, role)
                text = join(self._manifests(template, data))
            except RefusedTemplate:
                continue
            except OrchestrationError as error:
                failures.append(Failed(str(error), error.place if isinstance(error, BrokenManifest) else None))
                continue
            if role != "config":
                files[f"{role}.yaml"] = text
            elif text:
                files[f"platform-config.{'sh' if template.content_type == 'sh' else 'yaml'}"] = text
        return Rendered(files, tuple(failures))

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
                raise BrokenManifest(str(error), places[number] if places else template.place) from error

    def _schema_texts(self, cluster_type: ClusterType, target: DeploymentTarget) -> list[str]:
        own = sorted(self._schemas, key=lambda schema: schema.name)
        texts = [schema.schema for schema in own if applies(schema.labels, cluster_type, target)]
        return texts + list(target.config_schemas)


class BrokenManifest(OrchestrationError):
    """A manifest of a template cannot be rendered; `place` is where it stands."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


class MissingTemplate(OrchestrationError):
    """A cluster type names a template that is not there."""


class RefusedTemplate(MissingTemplate):
    """The template is refused by the API server, or may be in a source that is: that is told where it stands."""


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
