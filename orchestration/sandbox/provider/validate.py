"""What is checked before anything is planned: what azapi checks, and what the stand-in lacks."""

from __future__ import annotations

from typing import Any

from orchestration.sandbox.provider.arguments import Values
from orchestration.sandbox.provider.azapi_schemas import UNSERVED_RESOURCE_ARGUMENTS
from orchestration.sandbox.provider.identity import BOTH, NONE, SYSTEM, USER
from orchestration.sandbox.provider.json_values import plain
from orchestration.sandbox.provider.patience import parse_duration
from orchestration.sandbox.provider.problem import Problem
from orchestration.sandbox.provider.published import violations
from orchestration.sandbox.provider.resource_id import (
    RESOURCE_GROUPS,
    SUBSCRIPTIONS,
    build,
    is_resource_id,
    parse,
    split_type,
)
from orchestration.sandbox.provider.retrying import check_pattern
from orchestration.sandbox.provider.values import UNKNOWN, Dynamic

_MOST_TAGS, _LONGEST_TAG_KEY, _LONGEST_TAG_VALUE = 50, 512, 256


def validate_resource(config: Values) -> None:
    """Check the arguments of `azapi_resource` as far as they are known; raises Problem."""
    _validate_shared(config)
    type_ = config["type"]
    if type_ is UNKNOWN:
        return
    bare, _ = split_type(type_)
    if config["parent_id"] is None and bare.casefold() != RESOURCE_GROUPS.casefold():
        raise _missing("parent_id")
    _validate_body(config)
    _validate_against_types(bare, config)
    for block in config["identity"] if isinstance(config["identity"], list) else ():
        if block["type"] not in (NONE, SYSTEM, USER, BOTH, UNKNOWN):
            raise Problem(
                "Invalid Attribute Value", f'"{block["type"]}" is no type of identity.', ("identity", 0, "type")
            )
    name, parent = config["name"], config["parent_id"]
    if isinstance(name, str) and isinstance(parent, str):
        build(name, parent, type_)


def validate_update_resource(config: Values) -> None:
    """Check the arguments of `azapi_update_resource` as far as they are known; raises Problem."""
    _validate_shared(config)
    if config["type"] is not UNKNOWN:
        split_type(config["type"])
        _validate_address(config, without_parent=(), without_any=())


def validate_data_resource(config: Values) -> None:
    """Check the arguments of data `azapi_resource` as far as they are known; raises Problem."""
    _validate_shared(config)
    if config["type"] is not UNKNOWN:
        split_type(config["type"])
        _validate_address(config, without_parent=(RESOURCE_GROUPS,), without_any=(SUBSCRIPTIONS,))


def _validate_shared(config: Values) -> None:
    for name in UNSERVED_RESOURCE_ARGUMENTS:
        if config.get(name) is not None:
            raise Problem(
                "Unsupported argument of the stand-in",
                f'The sandbox\'s stand-in for azapi does not serve the argument "{name}". Leave it out, or run with '
                "the real azapi (EWO_AZAPI=real).",
                (name,),
            )
    for name in ("parent_id", "resource_id"):
        if isinstance(config.get(name), str) and not is_resource_id(config[name]):
            raise Problem("Invalid Attribute Value", f'"{config[name]}" is no resource id.', (name,))
    for name in ("body", "sensitive_body"):
        if isinstance(config.get(name), Dynamic) and config[name].type == "string":
            raise Problem("Invalid Attribute Value", f"{name} must be an object, not a string of JSON.", (name,))
    _validate_retry(config["retry"])
    _validate_tags(config.get("tags"))
    timeouts = config["timeouts"]
    for text in timeouts.values() if isinstance(timeouts, dict) else ():
        if isinstance(text, str):
            parse_duration(text)


def _validate_retry(retry: Any) -> None:
    if retry is None or retry is UNKNOWN:
        return
    patterns = retry["error_message_regex"]
    known = [pattern for pattern in patterns or () if isinstance(pattern, str)] if isinstance(patterns, list) else []
    if patterns == [] or len(set(known)) < len(known):
        raise Problem(
            "Invalid Attribute Value",
            "error_message_regex must have at least one element, and none twice.",
            ("retry", "error_message_regex"),
        )
    for pattern in known:
        check_pattern(pattern)
    for name, most in (("interval_seconds", 120), ("max_interval_seconds", 300)):
        seconds = retry[name]
        if isinstance(seconds, (int, float)) and not 1 <= seconds <= most:
            raise Problem("Invalid Attribute Value", f"{name} must be between 1 and {most}.", ("retry", name))


def _validate_tags(tags: Any) -> None:
    if not isinstance(tags, dict):
        return
    if len(tags) > _MOST_TAGS:
        raise Problem("Invalid Attribute Value", f"a maximum of {_MOST_TAGS} tags can be applied.", ("tags",))
    for key, value in tags.items():
        if len(key) > _LONGEST_TAG_KEY or (isinstance(value, str) and len(value) > _LONGEST_TAG_VALUE):
            raise Problem(
                "Invalid Attribute Value",
                f"the tag {key[:40]!r} is too long: keys have at most {_LONGEST_TAG_KEY} characters, "
                f"values {_LONGEST_TAG_VALUE}.",
                ("tags", key),
            )


def _validate_body(config: Values) -> None:
    """Check that location, tags and identity are said once."""
    for argument in ("body", "sensitive_body"):
        members = config[argument].value if isinstance(config[argument], Dynamic) else {}
        for name in ("identity", "location", "tags"):
            if isinstance(members, dict) and members.get(name) is not None and _is_given(config[name]):
                raise Problem(
                    "Invalid configuration",
                    f'"{name}" is given twice: as an argument and within "{argument}".',
                    (argument,),
                )


def _validate_against_types(type_: str, config: Values) -> None:
    """Check name and body against the published types, unless there is no body or the configuration says not to."""
    body = plain(config["body"])
    if body is None or body is UNKNOWN or config["schema_validation_enabled"] not in (None, True):
        return
    if isinstance(body, dict):
        given = {name: config[name] for name in ("location", "tags") if config[name] is not None}
        body = {**body, **given, **_identity_of(config["identity"])}
    found = list(violations(type_, config["name"], body))
    if found:
        raise Problem(
            "Invalid configuration",
            f'embedded schema validation failed: the argument "body" is invalid:\n{chr(10).join(found)}\n'
            "It can be turned off by `schema_validation_enabled = false` within the resource block.",
            ("body",),
        )


def _identity_of(blocks: Any) -> Values:
    return {"identity": {"type": blocks[0]["type"]}} if isinstance(blocks, list) and blocks else {}


def _validate_address(config: Values, *, without_parent: tuple[str, ...], without_any: tuple[str, ...]) -> None:
    name, parent, whole = config["name"], config["parent_id"], config["resource_id"]
    bare = split_type(config["type"])[0].casefold()
    if name is None and parent is not None:
        raise Problem("Invalid configuration", '"parent_id" needs "name" beside it.', ("parent_id",))
    if name is not None and parent is None and bare not in map(str.casefold, without_parent):
        raise Problem("Invalid configuration", '"name" needs "parent_id" beside it.', ("name",))
    if name is None and whole is None and bare not in map(str.casefold, without_any):
        raise Problem("Invalid configuration", 'Either "resource_id" or "name" with "parent_id" must be set.')
    if name is not None and whole is not None:
        raise Problem("Invalid configuration", '"resource_id" and "name" cannot both be set.', ("resource_id",))
    if isinstance(name, str) and isinstance(parent, str):
        build(name, parent, config["type"])
    if isinstance(whole, str):
        parse(whole, config["type"])


def _is_given(value: Any) -> bool:
    return value is not None and value != [] and value is not UNKNOWN


def _missing(name: str) -> Problem:
    return Problem("Missing required argument", f'The argument "{name}" is required.', (name,))
