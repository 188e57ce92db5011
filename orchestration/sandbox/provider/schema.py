"""How a schema is described: attributes and blocks, their Terraform types and their messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from orchestration.sandbox.provider.values import Type
from orchestration.sandbox.provider.wire import new

_OBJECT_NESTING = {"single": 1, "list": 2}
_BLOCK_NESTING = {"single": 1, "list": 2}


@dataclass(frozen=True)
class Attribute:
    """One argument or result; with *nested* it is an object, or a list of them if *nesting* is `list`."""

    name: str
    type: Type = "dynamic"
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    write_only: bool = False
    deprecated: bool = False
    nested: tuple[Attribute, ...] = ()
    nesting: str = "single"

    @property
    def value_type(self) -> Type:
        """The type of the attribute's value."""
        return _nest(_object_type(self.nested), self.nesting) if self.nested else self.type

    def message(self) -> Any:
        """Return the attribute as the protocol's message."""
        flags = {
            name: getattr(self, name)
            for name in ("required", "optional", "computed", "sensitive", "write_only", "deprecated")
        }
        if self.nested:
            members = [attribute.message() for attribute in self.nested]
            nested = new("Object", attributes=members, nesting=_OBJECT_NESTING[self.nesting])
            return new("Attribute", name=self.name, nested_type=nested, **flags)
        return new("Attribute", name=self.name, type=json.dumps(self.type).encode(), **flags)


@dataclass(frozen=True)
class Block:
    """A nested block: one at most if *nesting* is `single`."""

    name: str
    attributes: tuple[Attribute, ...]
    nesting: str

    @property
    def value_type(self) -> Type:
        """The type of the block's value."""
        return _nest(_object_type(self.attributes), self.nesting)

    def message(self) -> Any:
        """Return the block as the protocol's message."""
        members = [attribute.message() for attribute in self.attributes]
        return new(
            "NestedBlock",
            type_name=self.name,
            block=new("Block", attributes=members),
            nesting=_BLOCK_NESTING[self.nesting],
        )


@dataclass(frozen=True)
class Schema:
    """What a provider, a resource or a data source takes and gives."""

    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...] = ()
    version: int = 0

    @property
    def type(self) -> Type:
        """The type of a whole configuration or state."""
        return _object_type((*self.attributes, *self.blocks))

    def message(self) -> Any:
        """Return the schema as the protocol's message."""
        block = new(
            "Block",
            version=self.version,
            attributes=[attribute.message() for attribute in self.attributes],
            block_types=[block.message() for block in self.blocks],
        )
        return new("Schema", version=self.version, block=block)


def _nest(type_: Type, nesting: str) -> Type:
    return ["list", type_] if nesting == "list" else type_


def _object_type(members: tuple[Attribute | Block, ...]) -> Type:
    return ["object", {member.name: member.value_type for member in members}]
