"""The messages of Terraform's plugin protocol 6 that the stand-in speaks, built when this module is imported.

Only field numbers and kinds travel, so messages are described in one table instead of a generated file: that
needs no compiler, is not tied to one release of protobuf, and takes 3 ms. Enumerations are plain integers and
maps are lists of key and value, which is how both travel anyway. The contract is public:
https://github.com/hashicorp/terraform/tree/main/docs/plugin-protocol
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "ewo.tfplugin6"

# NAME: FIELD:KIND=NUMBER ..., where a kind is a scalar or another message and * means repeated.
_MESSAGES = {
    "DynamicValue": "msgpack:bytes=1 json:bytes=2",
    "Diagnostic": "severity:int32=1 summary:string=2 detail:string=3 attribute:AttributePath=4",
    "AttributePath": "steps:Step*=1",
    "Step": "attribute_name:string=1 element_key_string:string=2 element_key_int:int64=3",
    "RawState": "json:bytes=1",
    "Schema": "version:int64=1 block:Block=2",
    "SchemaEntry": "key:string=1 value:Schema=2",
    "Block": "version:int64=1 attributes:Attribute*=2 block_types:NestedBlock*=3 description:string=4",
    "Attribute": "name:string=1 type:bytes=2 description:string=3 required:bool=4 optional:bool=5 computed:bool=6"
    " sensitive:bool=7 deprecated:bool=9 nested_type:Object=10 write_only:bool=11",
    "NestedBlock": "type_name:string=1 block:Block=2 nesting:int32=3 min_items:int64=4 max_items:int64=5",
    "Object": "attributes:Attribute*=1 nesting:int32=3",
    "ServerCapabilities": "plan_destroy:bool=1 get_provider_schema_optional:bool=2",
    "Empty": "",
    "GetProviderSchemaResponse": "provider:Schema=1 resource_schemas:SchemaEntry*=2 data_source_schemas:SchemaEntry*=3"
    " diagnostics:Diagnostic*=4 server_capabilities:ServerCapabilities=6",
    "ValidateProviderConfigRequest": "config:DynamicValue=1",
    "ValidateProviderConfigResponse": "diagnostics:Diagnostic*=2",
    "UpgradeResourceStateRequest": "type_name:string=1 version:int64=2 raw_state:RawState=3",
    "UpgradeResourceStateResponse": "upgraded_state:DynamicValue=1 diagnostics:Diagnostic*=2",
    "ValidateConfigRequest": "type_name:string=1 config:DynamicValue=2",
    "ValidateConfigResponse": "diagnostics:Diagnostic*=1",
    "ConfigureProviderRequest": "terraform_version:string=1 config:DynamicValue=2",
    "ConfigureProviderResponse": "diagnostics:Diagnostic*=1",
    "ReadResourceRequest": "type_name:string=1 current_state:DynamicValue=2 private:bytes=3",
    "ReadResourceResponse": "new_state:DynamicValue=1 diagnostics:Diagnostic*=2 private:bytes=3",
    "PlanResourceChangeRequest": "type_name:string=1 prior_state:DynamicValue=2 proposed_new_state:DynamicValue=3"
    " config:DynamicValue=4 prior_private:bytes=5",
    "PlanResourceChangeResponse": "planned_state:DynamicValue=1 requires_replace:AttributePath*=2"
    " planned_private:bytes=3 diagnostics:Diagnostic*=4",
    "ApplyResourceChangeRequest": "type_name:string=1 prior_state:DynamicValue=2 planned_state:DynamicValue=3"
    " config:DynamicValue=4 planned_private:bytes=5",
    "ApplyResourceChangeResponse": "new_state:DynamicValue=1 private:bytes=2 diagnostics:Diagnostic*=3",
    "ImportResourceStateRequest": "type_name:string=1 id:string=2",
    "ImportedResource": "type_name:string=1 state:DynamicValue=2 private:bytes=3",
    "ImportResourceStateResponse": "imported_resources:ImportedResource*=1 diagnostics:Diagnostic*=2",
    "ReadDataSourceRequest": "type_name:string=1 config:DynamicValue=2",
    "ReadDataSourceResponse": "state:DynamicValue=1 diagnostics:Diagnostic*=2",
    "StopProviderResponse": "error:string=1",
}


def _describe(name: str, fields: str) -> descriptor_pb2.DescriptorProto:
    message = descriptor_pb2.DescriptorProto(name=name)
    for text in fields.split():
        field, kind, number = text.replace("=", ":").split(":")
        added = message.field.add(name=field, number=int(number), label=3 if kind.endswith("*") else 1)
        kind = kind.rstrip("*")
        if kind in _MESSAGES:
            added.type, added.type_name = added.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
        else:
            added.type = getattr(added, f"TYPE_{kind.upper()}")
    return message


def _build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    file.message_type.extend(_describe(name, fields) for name, fields in _MESSAGES.items())
    # A pool of our own: another plugin's messages in this process can never clash with these.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


_CLASSES = _build()


def message_class(name: str) -> Any:
    """Return the protobuf class of message *name*; raises KeyError for a name that is not in the table."""
    return _CLASSES[name]


def new(name: str, /, **fields: Any) -> Any:
    """Return a new message *name* with *fields* set."""
    return _CLASSES[name](**fields)
