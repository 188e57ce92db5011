"""Resource IDs: their parts, their parents and the type they name.

An ID is `/subscriptions/S`, `/subscriptions/S/resourceGroups/G`, or a scope followed by
`/providers/NAMESPACE/TYPE/NAME[/TYPE/NAME…]`; a scope is empty (the tenant), one of the former, or a whole
resource ID (extension resources). IDs compare without regard to case and keep the case they came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from orchestration.sandbox.arm.errors import bad_request

Scope = Literal["tenant", "subscription", "resourceGroup", "resource"]

SUBSCRIPTIONS = "Microsoft.Resources/subscriptions"
RESOURCE_GROUPS = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True, eq=False)
class ResourceId:
    """The ID of one resource: what it lies on, its type as written, its name."""

    parent: ResourceId | None
    type: str
    name: str

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceId) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @cached_property
    def text(self) -> str:
        """The ID with the case it came in."""
        base = self.parent.text if self.parent else ""
        if self.type == SUBSCRIPTIONS:
            return f"/subscriptions/{self.name}"
        if self.type == RESOURCE_GROUPS:
            return f"{base}/resourceGroups/{self.name}"
        if self.is_child:
            return f"{base}/{self.type.rpartition('/')[2]}/{self.name}"
        return f"{base}/providers/{self.type}/{self.name}"

    @cached_property
    def key(self) -> str:
        """The ID in lower case, for comparing."""
        return self.text.lower()

    @property
    def is_child(self) -> bool:
        """Whether the parent is of the type that this type is nested in."""
        outer = self.type.rpartition("/")[0]
        return self.parent is not None and "/" in outer and self.parent.type.lower() == outer.lower()

    @property
    def namespace(self) -> str:
        """The resource provider, such as `Microsoft.Edge`."""
        return self.type.partition("/")[0]

    @property
    def scope(self) -> Scope:
        """The kind of thing that the resource, or the outermost type it is nested in, lies on."""
        base = self.parent
        if self.is_child and base is not None:
            return base.scope
        if base is None:
            return "tenant"
        kinds: dict[str, Scope] = {SUBSCRIPTIONS: "subscription", RESOURCE_GROUPS: "resourceGroup"}
        return kinds.get(base.type, "resource")

    @property
    def subscription(self) -> str:
        """The subscription's ID, empty for what lies in none."""
        return self._named(SUBSCRIPTIONS)

    @property
    def resource_group(self) -> str:
        """The resource group's name, empty for what lies in none."""
        return self._named(RESOURCE_GROUPS)

    def child(self, kind: str, name: str) -> ResourceId:
        """Return the ID of the resource *name* of the nested type *kind*, such as `versions`."""
        return ResourceId(self, f"{self.type}/{kind}", name)

    def extension(self, type_: str, name: str) -> ResourceId:
        """Return the ID of a resource of *type_* (with its namespace) that lies on this one."""
        return ResourceId(self, type_, name)

    def within(self, scope: ResourceId) -> bool:
        """Return whether this is *scope* or lies under it."""
        return self.key == scope.key or self.key.startswith(f"{scope.key}/")

    def _named(self, type_: str) -> str:
        if self.type == type_:
            return self.name
        return self.parent._named(type_) if self.parent else ""


def parse_id(text: str) -> ResourceId:
    """Return the ID that *text* writes; raise `ArmError` 400 LinkedInvalidPropertyId otherwise."""
    found, rest = split_id(text)
    if found is None or rest:
        raise bad_request("LinkedInvalidPropertyId", f"'{text}' is not a resource ID: write it out in full.")
    return found


def split_id(text: str) -> tuple[ResourceId | None, tuple[str, ...]]:
    """Return the longest ID at the start of *text* and the segments after it."""
    return _kept(text) if len(text) <= _KEPT_CHARACTERS else _split(text)


def _split(text: str) -> tuple[ResourceId | None, tuple[str, ...]]:
    segments = tuple(text.strip("/").split("/")) if text.strip("/") else ()
    found: ResourceId | None = None
    if len(segments) >= 2 and segments[0].lower() == "subscriptions":
        found, segments = ResourceId(None, SUBSCRIPTIONS, segments[1]), segments[2:]
        if len(segments) >= 2 and segments[0].lower() == "resourcegroups":
            found, segments = ResourceId(found, RESOURCE_GROUPS, segments[1]), segments[2:]
    while len(segments) >= 4 and segments[0].lower() == "providers":
        found, segments = ResourceId(found, f"{segments[1]}/{segments[2]}", segments[3]), segments[4:]
        while len(segments) >= 2 and segments[0].lower() != "providers":
            found, segments = found.child(segments[0], segments[1]), segments[2:]
    return found, segments


_KEPT_CHARACTERS = 600
_kept = lru_cache(maxsize=16_384)(_split)  # the same IDs are read over and over, and know their text and key by then
