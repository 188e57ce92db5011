"""From a draft without errors to the frozen `Fleet`: defaults filled in, overrides and labels resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from orchestration.fleet import model, naming
from orchestration.fleet.document import azure, clusters, kalypso, solutions
from orchestration.fleet.draft import Draft
from orchestration.fleet.tree import plain

_UNITS = {"h": 3600, "m": 60, "s": 1}


def resolve(draft: Draft, warnings: tuple[model.Problem, ...]) -> model.Fleet:
    """Return the fleet that *draft* describes."""
    document = draft.document
    return model.Fleet(
        name=document.name,
        folder=draft.folder.absolute(),
        files=draft.files,
        azure=_azure(draft),
        state=_state(document.state),
        repositories=_repositories(draft),
        environments={item.name: _environment(draft, item) for item in document.environments},
        cluster_types={item.name: _cluster_type(item) for item in document.cluster_types},
        hierarchy=_hierarchy(draft),
        capabilities=document.capabilities,
        clusters={item.name: _cluster(draft, item) for item in document.clusters},
        control_plane=_inside(draft, document.control_plane) if document.control_plane else None,
        workloads={item.name: _workload(item) for item in document.workloads},
        policies={item.name: _policy(item) for item in document.policies},
        config_templates={item.name: _config_template(draft, item) for item in document.config_templates},
        solutions={item.name: _solution(draft, item) for item in document.solutions},
        scheduler=document.scheduler,
        warnings=warnings,
    )


def _inside(draft: Draft, path: str) -> Path:
    return draft.folder.absolute() / path


def _azure(draft: Draft) -> model.Azure:
    written = draft.document.azure
    settings = written.workload_orchestration
    context = settings.context or azure.Context.model_construct()
    existing = naming.in_arms_case(context.existing) if context.existing else None
    return model.Azure(
        tenant_id=written.tenant_id,
        scope=draft.scope_of(),
        context=model.ContextRef(name=context.name, existing=existing),
        orchestration_location=settings.location or written.location,
        cloud=written.cloud,
        custom_locations_object_id=written.custom_locations_object_id,
        diagnostics_workspace=settings.diagnostics.workspace_id if settings.diagnostics else None,
    )


def _state(state: azure.State | None) -> model.State:
    if state is not None and state.azurerm is not None:
        settings = {
            "resource_group_name": state.azurerm.resource_group,
            "storage_account_name": state.azurerm.storage_account,
            "container_name": state.azurerm.container,
        }
        return model.State("azurerm", settings)
    if state is not None and state.http is not None:
        return model.State("http", {"address": state.http.address})
    return model.State()


def _secret(draft: Draft, secret: kalypso.Secret | None) -> model.SecretRef | None:
    if secret is None or (secret.env is None and secret.file is None):
        return None
    return model.SecretRef(secret.env, _inside(draft, secret.file) if secret.file else None)


def _cluster_credentials(draft: Draft, written: kalypso.ClusterSecret | None) -> model.ClusterCredentials | None:
    if written is None:
        return None
    return model.ClusterCredentials(_secret(draft, written), written.local_secret, written.provider)


def _repositories(draft: Draft) -> model.Repositories | None:
    written = draft.document.repositories
    if written is None:
        return None
    workflows = written.workflows
    return model.Repositories(
        url=written.url,
        control_plane=written.control_plane,
        gitops=written.gitops,
        delivery=written.delivery,
        credentials=_secret(draft, written.credentials),
        cluster_credentials=_cluster_credentials(draft, written.cluster_credentials),
        workflows=workflows.model_dump(by_alias=True, exclude_none=True) if workflows else None,
        origin=written.at(),
    )


def _environment(draft: Draft, item: azure.Environment) -> model.Environment:
    return model.Environment(item.name, draft.scope_of(item), item.at())


def _cluster_type(item: kalypso.ClusterType) -> model.ClusterType:
    templates = model.Templates(item.templates.reconciler, item.templates.namespace, item.templates.config)
    return model.ClusterType(item.name, item.environment, item.labels, item.config, templates, item.at())


def _hierarchy(draft: Draft) -> model.Hierarchy | None:
    written = draft.document.hierarchy
    if written is None:
        return None
    nodes = {
        site.name: model.Node(
            name=site.name,
            level=written.levels[depth - 1],
            depth=depth,
            parent=parent,
            top=top,
            children=tuple(child.name for child in site.sites),
            origin=site.at(),
        )
        for site, depth, parent, top in draft.sites
    }
    return model.Hierarchy(written.levels, nodes, written.scope, written.at())


def _connection(draft: Draft, cluster: clusters.Cluster) -> model.Connection:
    written = cluster.connection
    if written.script is not None:
        return model.Script(written.script.distribution, written.script.install)
    if written.kubeconfig is not None:
        found = written.kubeconfig
        return model.Kubeconfig(_inside(draft, found.path), found.context, found.distribution, found.infrastructure)
    if written.aks is not None:
        return model.Aks(written.aks.model_dump(by_alias=True, exclude_none=True))
    return model.Existing(draft.id_of(cluster))


def _extension(written: clusters.Extension, *, upgrade: bool) -> model.Extension:
    wanted = upgrade and written.version is None if written.auto_upgrade is None else written.auto_upgrade
    return model.Extension(written.version, written.release_train, wanted, written.settings)


def _extensions(written: clusters.Extensions) -> model.Extensions:
    return model.Extensions(
        flux=_extension(written.flux, upgrade=True),
        cert_manager=_extension(written.cert_manager, upgrade=True),
        cert_manager_kind=written.cert_manager.kind,
        workload_orchestration=_extension(written.workload_orchestration, upgrade=False),
        storage_class=written.storage_class,
    )


def _cluster(draft: Draft, item: clusters.Cluster) -> model.Cluster:
    return model.Cluster(
        name=item.name,
        cluster_type=item.cluster_type,
        environment=draft.environment_of(item),
        site=item.site,
        labels=draft.labels_of(item),
        connection=_connection(draft, item),
        id=draft.id_of(item),
        scope=draft.scope_of_cluster(item),
        extensions=_extensions(item.extensions or clusters.Extensions()),
        targets=tuple(_target(draft, item, target) for target in item.targets),
        origin=item.at(),
    )


def _target(draft: Draft, cluster: clusters.Cluster, item: clusters.Target) -> model.Target:
    return model.Target(
        name=item.name,
        cluster=cluster.name,
        environment=draft.environment_of(cluster),
        site=cluster.site or "",
        capabilities=item.capabilities,
        labels=draft.labels_of(cluster, item),
        namespace=item.namespace or item.name,
        origin=item.at(),
    )


def _workload(item: kalypso.Workload) -> model.Workload:
    return model.Workload(item.name, item.workspace, item.repository, item.branch, item.path, item.at())


def selector_of(written: kalypso.Selector) -> model.Selector:
    """Return the selector as the model has it."""
    expressions = tuple(model.Requirement(each.key, each.operator, each.values) for each in written.match_expressions)
    return model.Selector(written.match_labels, expressions)


def _policy(item: kalypso.Policy) -> model.Policy:
    targets = item.deployment_targets
    return model.Policy(
        name=item.name,
        environment=item.environment,
        workspace=targets.workspace,
        deployment_targets=selector_of(targets),
        cluster_types=selector_of(item.cluster_types),
        origin=item.at(),
    )


def _values(values: Mapping[str, model.Values]) -> dict[str, model.Values]:
    found: dict[str, model.Values] = plain(dict(values))
    return found


def _config_template(draft: Draft, item: solutions.ConfigTemplate) -> model.ConfigTemplate:
    return model.ConfigTemplate(
        name=item.name,
        version=item.version,
        contents=draft.contents_of(item).usable(without=item.retire),
        values=_values(item.values),
        retire=item.retire,
        origin=item.at(),
        written=item.written("values"),
    )


def _solution(draft: Draft, item: solutions.Solution) -> model.Solution:
    return model.Solution(
        name=item.name,
        template=item.template or item.name,
        version=item.version,
        instance=item.instance,
        capabilities=item.capabilities,
        contents=draft.contents_of(item).usable(without=item.retire),
        placements=tuple(_placement(each) for each in item.placement),
        values=_values(item.values),
        depends_on=tuple(_dependency(each) for each in item.depends_on),
        external_validation=item.external_validation,
        retire=item.retire,
        origin=item.at(),
        written=item.written("values"),
    )


def _placement(item: solutions.Placement) -> model.Placement:
    return model.Placement(
        environment=item.environment,
        selector=selector_of(item.targets),
        names=item.targets.names,
        excepted=item.targets.excluded,
        rings=tuple(_amount(ring) for ring in item.rings) or (model.Ring(percent=100),),
        version=item.version,
        max_unavailable=_amount(item.max_unavailable),
        health_timeout=float(seconds(item.health_timeout)),
        origin=item.at(),
    )


def _amount(written: int | str) -> model.Ring:
    return model.Ring(count=written) if isinstance(written, int) else model.Ring(percent=int(written[:-1]))


def seconds(duration: str) -> int:
    """Return the seconds of a duration such as 1h30m."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)([hms])", duration))


def _dependency(item: solutions.Dependency) -> model.Dependency:
    return model.Dependency(item.solution, tuple(model.Injection(each.source, each.to) for each in item.inject))
