"""What a resource provider of the sandbox is made of, for the files `arm/PROVIDER.py`.

A provider exposes a tuple of `ResourceType`; `arm/providers.py` collects them. The server does what all types
have in common: addresses, api-versions, existence of subscription, group and parent, names, body checks against
`schemas/SCHEMA.json` (`arm/schema.py` tells its form), ETags, paging, long-running operations, error bodies. What
is special about a type are hooks, all optional:

- `check(store, request)` before a PUT or PATCH: raise `ArmError` to refuse; nothing is stored then.
- `on_put(store, resource)` after it was stored, in the same transaction: make or change other resources, or
  mint values by `store.put(resource.with_system(uniqueIdentifier=…))`. `resource.system` outlives later PUTs.
- `fill(store, resource) -> dict` on every read: merged over the body, e.g. `{"properties": {"status": …}}`.
  `id`, `name`, `type`, `etag`, `systemData` and `properties.provisioningState` are the server's.
- `cover(store, resource) -> dict` on every read: merged over everything, what was seeded too.
- `check_delete(store, request)` before a DELETE: raise to refuse; `request.query` has `forceDelete`.
- `on_delete(store, resource)` after it and everything under it is gone.
- `compute(store, id) -> body | None` for what is never stored: a GET shows the body; None is 404.
- `writable=False`: clients get 405 for PUT, PATCH and DELETE; the service itself uses `store.put`.

Actions (POST) have `steps`. The first runs in the POST, and its `ArmError` is the answer; of an `lro` action each
later one runs one delay after the one before, and its `ArmError` makes the operation Failed. The last step's
result is the body at `Location`, and its `properties` (or, if it has none, the whole of it) are the operation's.
A later step of an `lro` action may raise a `Pause`: it is run again after that; or a `Failure`: the operation is
Failed, but what the step stored stays.
`call.data` is kept between steps, also over a restart: put JSON in it. A synchronous action runs all steps at
once and answers 200, or 204 without a result.

Everything runs in one thread, one request at a time, each in one transaction: a raised error takes back all that
a hook stored. Hooks must not wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.sandbox.arm.errors import ArmError, bad_request, conflict, not_found
from orchestration.sandbox.arm.ids import RESOURCE_GROUPS, SUBSCRIPTIONS, ResourceId, Scope, parse_id
from orchestration.sandbox.arm.resource import Resource

if TYPE_CHECKING:
    from orchestration.sandbox.arm.store import Store

__all__ = [
    "LRO_ALL",
    "LRO_PUT_DELETE",
    "RESOURCE_GROUPS",
    "SUBSCRIPTIONS",
    "Action",
    "ArmError",
    "Body",
    "Call",
    "Failure",
    "Pause",
    "Request",
    "Resource",
    "ResourceId",
    "ResourceType",
    "Scope",
    "bad_request",
    "conflict",
    "not_found",
    "parse_id",
]

Body = dict[str, Any]
LRO_PUT_DELETE = frozenset({"PUT", "DELETE"})
LRO_ALL = frozenset({"PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request about one resource, past the checks that all types share.

    For PUT and PATCH *body* is the whole body to be stored (of a PATCH: merged), without read-only properties.
    """

    id: ResourceId
    method: str
    api_version: str
    body: Body = field(default_factory=dict)
    present: Resource | None = None
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One POST to an action; *id* is the resource it is called on, *data* what the steps keep."""

    id: ResourceId
    action: str
    body: Body
    data: Body


class Pause(Exception):
    """Raised by a step that is to be run again after *seconds*; what it has stored by then is kept."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again after {seconds} s")
        self.seconds = seconds


class Failure(Exception):
    """Raised by a step of an action that has failed with *error*; what it has stored by then is kept."""

    def __init__(self, error: ArmError) -> None:
        super().__init__(str(error))
        self.error = error


Step = Callable[["Store", Call], Body | None]


@dataclass(frozen=True, kw_only=True)
class Action:
    """A POST action; its body is checked where the type's schema file has the action."""

    steps: tuple[Step, ...]
    lro: bool = True


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One resource type: what the server must know, and the hooks.

    `schema` is the file's stem; `versions` may be written, `read_versions` only read; `lro` holds PUT, PATCH or
    DELETE; `busy` are the provisioning states while it is created, updated, deleted; `table` is Resource Graph's, empty
    for what it does not list.
    """

    type: str
    schema: str
    versions: tuple[str, ...]
    read_versions: tuple[str, ...] = ()
    scopes: frozenset[Scope] = frozenset({"resourceGroup"})
    lro: frozenset[str] = frozenset()
    busy: tuple[str, str, str] = ("Creating", "Updating", "Deleting")
    patch: bool = True
    tracked: bool = False
    writable: bool = True
    table: str = "resources"
    actions: Mapping[str, Action] = field(default_factory=dict)
    check: Callable[[Store, Request], None] | None = None
    fill: Callable[[Store, Resource], Body] | None = None
    cover: Callable[[Store, Resource], Body] | None = None
    on_put: Callable[[Store, Resource], None] | None = None
    check_delete: Callable[[Store, Request], None] | None = None
    on_delete: Callable[[Store, Resource], None] | None = None
    compute: Callable[[Store, ResourceId], Body | None] | None = None

    @property
    def namespace(self) -> str:
        """The resource provider, such as `Microsoft.Edge`."""
        return self.type.partition("/")[0]
