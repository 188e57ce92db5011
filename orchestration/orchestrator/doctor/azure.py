"""The login, what the subscription has registered, and what the login may do there.

https://learn.microsoft.com/azure/azure-arc/workload-orchestration/set-up-workload-orchestration says what has to be
registered. Azure tells roles by resource group only: what the login may in service groups and in a group that is not
there yet nobody can ask.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from orchestration.drivers.azure.arm import Arm
from orchestration.errors import NotLoggedIn
from orchestration.fleet import naming
from orchestration.fleet.model import Fleet
from orchestration.orchestrator.doctor.place import Place
from orchestration.orchestrator.doctor.report import Finding, fail, ok, warn
from orchestration.orchestrator.open_azure import OWN_LOGIN
from orchestration.orchestrator.targets import subscriptions

RESOURCES_API, PERMISSIONS_API = "2021-04-01", "2022-04-01"
ROLES = "https://learn.microsoft.com/azure/azure-arc/workload-orchestration/rbac-guide"

ARC = ("Microsoft.Kubernetes", "Microsoft.KubernetesConfiguration")
ORCHESTRATION = ("Microsoft.ExtendedLocation", "Microsoft.Edge")
AKS = "Microsoft.ContainerService"

EXTEND = ("Microsoft.KubernetesConfiguration/extensions/write",)
FLUX = ("Microsoft.KubernetesConfiguration/fluxConfigurations/write",)
CORE = ("Microsoft.Edge/contexts/write", "Microsoft.Edge/schemas/write", "Microsoft.Edge/solutionTemplates/write")
TARGETS = (
    "Microsoft.ExtendedLocation/customLocations/write",
    "Microsoft.Edge/targets/write",
    "Microsoft.Edge/targets/installSolution/action",
    "Microsoft.Edge/targets/solutions/versions/read",
    "Microsoft.Edge/jobs/read",
)

WITHOUT_LOGIN = warn("not looked at: there is no login", "mend `login` first")


def login(place: Place) -> Finding:
    """Somebody is logged in to the fleet's tenant and sees all its subscriptions."""
    assert place.fleet is not None
    wanted = subscriptions(place.fleet)
    for subscription in wanted:
        place.login(subscription)
    return ok(f"the Azure CLI's, tenant {place.fleet.azure.tenant_id}, {' and '.join(wanted)}")


def terraform_login(place: Place) -> Finding:
    """Terraform can log in, too: by its own variables, or by the Azure CLI, which it runs as a program.

    https://registry.terraform.io/providers/Azure/azapi/latest/docs/guides/azure_cli
    """
    own = [name for name in OWN_LOGIN if name in os.environ]
    if own:
        return ok(f"its own, of {', '.join(own)}; ewo itself uses the Azure CLI's")
    if shutil.which("az") is None:
        fix = "install the Azure CLI: https://learn.microsoft.com/cli/azure/install-azure-cli; or set Terraform's ARM_…"
        return fail("Terraform takes the Azure CLI's login, and there is no az on PATH", fix)
    return ok("the Azure CLI's")


def token(place: Place) -> Finding:
    """The login still gives a token."""
    assert place.fleet is not None
    try:
        found = place.login(place.fleet.azure.scope.subscription_id)
    except NotLoggedIn:
        return WITHOUT_LOGIN
    found.credential.get_token(found.scope)
    return ok(f"for {found.resource_manager}")


def providers(place: Place, subscription: str) -> Finding:
    """The resource providers that the fleet needs are registered in a subscription."""
    assert place.fleet is not None
    arm = _arm(place, subscription)
    return registered(arm, subscription, namespaces(place.fleet)) if arm else WITHOUT_LOGIN


def roles(place: Place, group: str, actions: Sequence[str]) -> Finding:
    """The login may do what the fleet needs in a resource group."""
    arm = _arm(place, group.split("/")[2])
    return allowed(arm, group, actions) if arm else WITHOUT_LOGIN


def _arm(place: Place, subscription: str) -> Arm | None:
    try:
        found = place.login(subscription)
    except NotLoggedIn:
        return None
    return Arm(found.resource_manager, found.credential, scope=found.scope, cancel=place.stop)


def namespaces(fleet: Fleet) -> tuple[str, ...]:
    """Return the resource providers that a fleet needs."""
    hub = any(cluster.is_aks for cluster in fleet.clusters.values())
    return (*ARC, *(ORCHESTRATION if fleet.uses_orchestration else ()), *((AKS,) if hub else ()))


def registered(arm: Arm, subscription: str, wanted: Sequence[str]) -> Finding:
    """Return whether providers are registered; each that is not comes with its command."""
    states = {name: _state(arm, subscription, name) for name in wanted}
    missing = [name for name, state in states.items() if state not in ("Registered", "Registering")]
    if missing:
        commands = (f"az provider register --wait --subscription {subscription} --namespace {name}" for name in missing)
        return fail(f"not registered in {subscription}: {', '.join(missing)}", " && ".join(commands))
    coming = [name for name, state in states.items() if state == "Registering"]
    if coming:
        return warn(f"being registered in {subscription}: {', '.join(coming)}", "wait some minutes, then look again")
    return ok(f"registered: {', '.join(wanted)}")


def _state(arm: Arm, subscription: str, namespace: str) -> str:
    found = arm.get(f"/subscriptions/{subscription}/providers/{namespace}", RESOURCES_API) or {}
    return str(found.get("registrationState", "NotRegistered"))


def needed(fleet: Fleet) -> dict[str, tuple[str, ...]]:
    """Return what has to be allowed, by the id of the resource group."""
    found: dict[str, dict[str, None]] = {}

    def add(group: str, actions: Sequence[str]) -> None:
        found.setdefault(group, {}).update(dict.fromkeys(actions))

    if fleet.uses_orchestration:
        add(naming.resource_group_id(fleet.azure.scope), CORE)
    for cluster in fleet.clusters.values():
        add("/".join(cluster.id.split("/")[:5]), (*EXTEND, *(FLUX if fleet.uses_kalypso else ())))
        if cluster.targets:
            add(naming.resource_group_id(cluster.scope), TARGETS)
    return {group: tuple(actions) for group, actions in found.items()}


def allowed(arm: Arm, group: str, actions: Sequence[str]) -> Finding:
    """Return whether the caller may do *actions* in a resource group, by what Azure says of the caller's roles."""
    name = group.rsplit("/", 1)[1]
    if arm.get(group, RESOURCES_API) is None:
        return warn(
            f"there is no resource group {name} yet: `ewo up` makes it, if the login may in the subscription",
            "make it, then look again; or go on: what `ewo up` may not do it says",
        )
    permissions = arm.list(f"{group}/providers/Microsoft.Authorization/permissions", PERMISSIONS_API)
    missing = [action for action in actions if not any(_permits(item, action) for item in permissions)]
    if missing:
        fix = f"ask an owner of {name} for Contributor there, or for a role with these actions: {ROLES}"
        return fail(f"not allowed in {name}: {', '.join(missing)}", fix)
    return ok(f"all that is needed in {name}")


def _permits(permission: Mapping[str, Any], action: str) -> bool:
    """Whether one role assignment allows an action: https://learn.microsoft.com/azure/role-based-access-control."""
    excepted = _matches(permission.get("notActions") or (), action)
    return not excepted and _matches(permission.get("actions") or (), action)


def _matches(patterns: Sequence[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def places(fleet: Fleet) -> Iterator[tuple[str, str]]:
    """Yield each subscription with the name of its check, which is short where there is only one."""
    wanted = subscriptions(fleet)
    for subscription in wanted:
        yield subscription, "providers" if len(wanted) == 1 else f"providers {subscription}"
