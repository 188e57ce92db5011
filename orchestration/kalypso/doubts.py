"""What works but is likely not meant: warnings about an environment and its rendered files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestration.kalypso.compose import appliable, applies
from orchestration.kalypso.goyaml import UnreadableYaml, documents
from orchestration.kalypso.kinds import ROLES, ClusterType, ConfigMap, GitOpsRepo, Template
from orchestration.kalypso.namespace import Namespace
from orchestration.kalypso.problems import Place, Problem, warning
from orchestration.kalypso.render import Rendered
from orchestration.kalypso.schedule import Schedule
from orchestration.kalypso.shapes import TEXT_MAP, child, faults

_NAMESPACE_LENGTH = 63


def namespace_doubts(namespace: Namespace, planned: Schedule) -> Iterator[Problem]:
    """Yield what is doubtful about the objects of an environment."""
    yield from _config_doubts(namespace, planned)
    yield from _template_doubts(namespace)
    count = len(namespace.of(GitOpsRepo))
    if count != 1:
        message = f"the environment has {count} GitOpsRepos; its schedule goes to each of them"
        yield warning("gitops-repos", Place(namespace.environment), message)
    for one in planned.assignments:
        name = f"{namespace.environment}-{one.cluster_type}-{one.deployment_target}"
        if len(name) > _NAMESPACE_LENGTH or "." in name:
            message = f"{name} is no name for a Namespace: at most {_NAMESPACE_LENGTH} characters, no dots"
            yield warning("namespace-name", Place(f"{one.cluster_type}/{one.deployment_target}"), message)


def _config_doubts(namespace: Namespace, planned: Schedule) -> Iterator[Problem]:
    cluster_types = namespace.of(ClusterType)
    targets = {target.name: target for target in namespace.targets}
    pairs = [(cluster_types[one.cluster_type], targets[one.deployment_target]) for one in planned.assignments]
    for config in namespace.of(ConfigMap).values():
        sets = list(appliable(config))
        if sets and pairs and not any(applies(labels, *pair) for labels in sets for pair in pairs):
            message = f"ConfigMap {config.name} applies to no assignment"
            yield warning("unused-config", config.place, message, "each of its labels must be met")
        empty = sorted(key for key, value in config.labels.items() if not value)
        if sets and empty:
            message = f"ConfigMap {config.name}: an empty label ({', '.join(empty)}) is met by whatever lacks it"
            yield warning("empty-label", config.place, message)


def _template_doubts(namespace: Namespace) -> Iterator[Problem]:
    templates = namespace.of(Template)
    used = {
        (role, cluster_type.template(role)) for cluster_type in namespace.of(ClusterType).values() for role in ROLES
    }
    for role, name in sorted(used):
        template = templates.get(name)
        if template is None:
            continue
        if template.type != role:
            message = f"Template {name} is of type {template.type} and used as {role}"
            yield warning("template-role", template.place, message)
        if template.content_type and role != "config":
            message = f"Template {name}: contentType is not looked at for the role {role}"
            yield warning("content-type", template.place, message)


def rendered_doubts(planned: Schedule, rendered: Mapping[str, Rendered]) -> Iterator[Problem]:
    """Yield what is doubtful about rendered files."""
    for one in planned.assignments:
        for name, text in rendered[one.name].files.items():
            file = f"{one.cluster_type}/{one.deployment_target}/{name}"
            yield from _text_doubts(file, text)


def _text_doubts(file: str, text: str) -> Iterator[Problem]:
    if not text:
        yield warning("empty-file", Place(file), "the template renders to nothing")
    if not file.endswith(".yaml"):
        return
    try:
        for root in documents(text):
            kind = child(root, "kind")
            data = child(root, "data")
            if root is not None and kind is not None and kind.value == "ConfigMap":
                for node, message in faults(data, TEXT_MAP, "data", root):
                    yield warning("config-data", Place(file, node.line, node.column), f"the ConfigMap's {message}")
    except UnreadableYaml as error:
        yield warning("rendered-yaml", Place(file, error.line), f"the rendered file is not YAML: {error}")
