"""Resource ids, as azapi puts them together and takes them apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.published import EXTENSION, GROUP, SUBSCRIPTION, TENANT, scopes

RESOURCE_GROUPS = "Microsoft.Resources/resourceGroups"
SUBSCRIPTIONS = "Microsoft.Resources/subscriptions"
_TENANTS = "Microsoft.Resources/tenants"
_WORDS = {word.casefold(): word for word in ("subscriptions", "resourceGroups", "providers")}
_TYPE = re.compile(r"^(?P<type>[^@/\s]+(/[^@/\s]+)+)@(?P<version>[^@/\s]+)$")


@dataclass(frozen=True)
class ResourceId:
    """One resource at one API version; prints as azapi names it in errors."""

    path: str
    type: str
    api_version: str
    name: str
    parent: str

    @property
    def versioned_type(self) -> str:
        """The value of the argument `type`."""
        return f"{self.type}@{self.api_version}"

    def __str__(self) -> str:
        return f'Resource: (ResourceId "{self.path}" / Api Version "{self.api_version}")'


def split_type(versioned: str) -> tuple[str, str]:
    """Return resource type and API version of *versioned*; raises Problem if it is not `TYPE@VERSION`."""
    # Not a string if it is not known yet, which is as wrong.
    match = _TYPE.match(versioned) if isinstance(versioned, str) else None
    if not match:
        raise Problem(
            "Invalid configuration",
            f'The argument "type" is invalid: "{versioned}" is not in the form <resource-type>@<api-version>.',
            ("type",),
        )
    return match["type"], match["version"]


def build(name: str, parent: str, versioned: str) -> ResourceId:
    """Return the id of *name* below *parent*; raises Problem if *parent* cannot be the parent of such a resource."""
    type_, version = split_type(versioned)
    scope = "" if parent == "/" else parent
    if type_ == RESOURCE_GROUPS:
        path = f"{scope}/resourceGroups/{name}"
    elif type_ == SUBSCRIPTIONS:
        path = f"/subscriptions/{name}"
    elif type_.count("/") == 1:
        _check_scope(type_, parent)
        path = f"{scope}/providers/{type_}/{name}"
    else:
        parent_type, _, last = type_.rpartition("/")
        if type_of(parent).casefold() != parent_type.casefold():
            raise Problem("Invalid configuration", f"parent_id is invalid: it must be the ID of a `{parent_type}`.")
        path = f"{parent}/{last}/{name}"
    return ResourceId(path, type_, version, name, parent)


def parse(path: str, versioned: str) -> ResourceId:
    """Return the id *path*, whose resource has the type *versioned*; raises Problem if the two do not match."""
    type_, version = split_type(versioned)
    found = type_of(path)
    if found.casefold() != type_.casefold():
        raise Problem(
            "Invalid configuration",
            f'The resource "{path}" is of the type {found}, not {type_}.',
        )
    return ResourceId(path, type_, version, path.rpartition("/")[2], parent_of(path))


def is_resource_id(text: str) -> bool:
    """Return whether *text* looks like the id of a resource or a scope."""
    return text == "/" or (text.startswith("/") and not text.endswith("/") and "//" not in text)


def type_of(path: str) -> str:
    """Return the resource type of the id *path*."""
    scope, providers, resource = _last_providers(path)
    if providers:
        namespace, *rest = resource.split("/")
        return "/".join((namespace, *rest[::2]))
    parts = [part for part in scope.split("/") if part]
    if not parts:
        return _TENANTS
    return RESOURCE_GROUPS if len(parts) > 2 else SUBSCRIPTIONS


def parent_of(path: str) -> str:
    """Return the id of what the resource *path* lies in: a resource, a scope, or `/` for the tenant.

    The words every id is made of get the case that azapi's parser gives them, `resourceGroups` for one: a
    configuration that writes them otherwise has another parent than the state, and the resource is replaced.
    """
    scope, providers, resource = _last_providers(path)
    if providers and resource.count("/") <= 2:
        return _canonical(scope) or "/"
    return _canonical(path.rsplit("/", 2)[0]) or "/"


def scope_of(path: str) -> str:
    """Return the kind of scope that a resource with the parent *path* lies in."""
    parts = [part for part in path.split("/") if part]
    before = next((index for index, part in enumerate(parts) if part.casefold() == "providers"), len(parts))
    if before == 0:
        return TENANT
    return {2: SUBSCRIPTION, 4: GROUP}.get(before, "Unknown")


def _check_scope(type_: str, parent: str) -> None:
    known = scopes(type_)
    if known and EXTENSION not in known and scope_of(parent) not in known:
        raise Problem(
            "Invalid configuration",
            f"parent_id is invalid: a `{type_}` lies in {' or '.join(known)}, and {parent} is {scope_of(parent)}.",
            ("parent_id",),
        )


def _canonical(path: str) -> str:
    parts = path.split("/")
    return "/".join(_WORDS.get(part.casefold(), part) if index % 2 else part for index, part in enumerate(parts))


def _last_providers(path: str) -> tuple[str, bool, str]:
    """Return what precedes the last `/providers/`, whether there is one, and what follows it."""
    found = [match.start() for match in re.finditer(r"/providers/", path, re.IGNORECASE)]
    if not found:
        return path, False, ""
    return path[: found[-1]], True, path[found[-1] + len("/providers/") :]
