"""Inputs of the core stack: the context, schemas and templates with all their versions.

An uploaded version stays in the inputs, with the content it was uploaded with, until the fleet
retires it: versions are immutable in the service.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.errors import InvalidFleet
from orchestration.fleet import naming
from orchestration.fleet.model import ConfigTemplate, Fleet, Origin, Problem, Solution
from orchestration.provision.inputs.dependencies import with_dependencies, without_dependencies
from orchestration.provision.shards import Shards
from orchestration.provision.stack import canonical, sha256

Uploads = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Passing:
    """What core keeps for the next run as outputs: it only passes through.

    Clusters by shard, key paths that we own by document, uploaded contents by version, the other stacks that have or
    get a state, and the cloud that all of it is in.
    """

    shards: Shards
    owned: Mapping[str, tuple[str, ...]]
    uploaded: Uploads
    stacks: tuple[str, ...]
    cloud: str


def core_inputs(fleet: Fleet, passing: Passing) -> dict[str, Any]:
    """Return the core stack's inputs; raise `InvalidFleet` if an uploaded version's content changed."""
    uploads = merge_uploads(fleet, passing.uploaded)
    return {
        "context": _context(fleet),
        "existing_context_id": fleet.azure.context.existing if fleet.uses_orchestration else None,
        "schemas": _schemas(fleet, uploads),
        "config_templates": _config_templates(fleet, uploads),
        "solution_templates": _solution_templates(fleet, uploads),
        "shards": {name: list(members) for name, members in passing.shards.items()},
        "owned_values": {key: list(paths) for key, paths in sorted(passing.owned.items())},
        "uploaded": dict(sorted(uploads.items())),
        "stacks": list(passing.stacks),
        "cloud": passing.cloud,
    }


def merge_uploads(fleet: Fleet, uploaded: Uploads) -> dict[str, str]:
    """Return every version to be kept, as JSON text by `kind/name/version`; raise on changed content."""
    uploads = tuple(_uploads(fleet))
    older = _older(fleet)
    wanted = {key: _as_uploaded(uploaded.get(key), text) if key in older else text for key, text, _ in uploads}
    retired = set(_retired(fleet))
    names = {key.rsplit("/", 1)[0] for key in wanted}
    kept = {key: text for key, text in uploaded.items() if key.rsplit("/", 1)[0] in names and key not in retired}
    changed = {key: origin for key, _, origin in uploads if kept.get(key, wanted[key]) != wanted[key]}
    if changed:
        taken = {**kept, **wanted}
        raise InvalidFleet([_version_changed(key, origin, taken) for key, origin in changed.items()])
    return {**kept, **wanted}


def _older(fleet: Fleet) -> frozenset[str]:
    """Return the keys of solutions' versions that are not the present ones."""
    return frozenset(
        f"solution_templates/{solution.template}/{version}"
        for solution in fleet.solutions.values()
        for version in solution.contents
        if version != solution.version
    )


def _as_uploaded(kept: str | None, text: str) -> str:
    """Return an older version's content as it was uploaded: the fleet file says what the present one depends on."""
    if kept is None:
        return text
    before, now = json.loads(kept), json.loads(text)
    before["configurations"], now["configurations"] = (
        without_dependencies(each["configurations"]) for each in (before, now)
    )
    return kept if before == now else text


def _uploads(fleet: Fleet) -> Iterator[tuple[str, str, Origin]]:
    """Yield key, JSON text and place in the fleet's files of each version that the fleet has."""
    for template in fleet.config_templates.values():
        yield from _contents(fleet, "config_templates", template.name, template)
    for solution in fleet.solutions.values():
        yield from _contents(fleet, "solution_templates", solution.template, solution)


def _contents(
    fleet: Fleet, kind: str, name: str, owner: ConfigTemplate | Solution
) -> Iterator[tuple[str, str, Origin]]:
    for version, content in owner.contents.items():
        if version in owner.retire:
            continue
        template = content.template
        if isinstance(owner, Solution):
            template = with_dependencies(fleet, owner, template)
        text = {"configurations": template, "specification": content.specification}
        yield f"{kind}/{name}/{version}", canonical(text), owner.origin
        if content.schema is not None:
            schema = content.schema
            yield f"schemas/{schema.name}/{schema.version}", canonical({"value": schema.text}), owner.origin


def _retired(fleet: Fleet) -> Iterator[str]:
    for template in fleet.config_templates.values():
        yield from (f"config_templates/{template.name}/{version}" for version in template.retire)
    for solution in fleet.solutions.values():
        yield from (f"solution_templates/{solution.template}/{version}" for version in solution.retire)


def _version_changed(key: str, origin: Origin, taken: Uploads) -> Problem:
    """Return that a version has other content, with the next one that is neither uploaded nor in the fleet."""
    kind, name, version = key.split("/")
    versions = [other.rsplit("/", 1)[1] for other in taken if other.startswith(f"{kind}/{name}/")]
    major, minor, patch = max(tuple(map(int, other.split("."))) for other in versions)
    return Problem(
        "version-changed",
        origin,
        f"{kind[:-1].replace('_', ' ')} {name} {version} was uploaded with other content, and versions are immutable",
        f"give the new content version {major}.{minor}.{patch + 1}, or put the old content back",
    )


def _context(fleet: Fleet) -> dict[str, Any] | None:
    if fleet.hierarchy is None or fleet.azure.context.existing:
        return None
    return {
        "name": naming.context_name(fleet),
        **_place(fleet),
        "capabilities": [{"name": name, "description": name} for name in fleet.capabilities],
        "hierarchies": [{"name": level, "description": level} for level in fleet.hierarchy.levels],
    }


def _place(fleet: Fleet) -> dict[str, str]:
    group = naming.resource_group_id(fleet.azure.scope)
    return {"resource_group_id": group, "location": fleet.azure.orchestration_location}


def _versions(uploads: Uploads, kind: str, name: str) -> dict[str, dict[str, Any]]:
    prefix = f"{kind}/{name}/"
    return {key.removeprefix(prefix): json.loads(text) for key, text in uploads.items() if key.startswith(prefix)}


def _tags(versions: Mapping[str, Any]) -> dict[str, str]:
    return {f"ewo-{version}": sha256(content) for version, content in versions.items()}


def _schemas(fleet: Fleet, uploads: Uploads) -> dict[str, Any]:
    names = sorted({key.split("/")[1] for key in uploads if key.startswith("schemas/")})
    found = {name: _versions(uploads, "schemas", name) for name in names}
    return {
        name: {
            **_place(fleet),
            "versions": {version: content["value"] for version, content in versions.items()},
            "tags": _tags(versions),
        }
        for name, versions in found.items()
    }


def _config_templates(fleet: Fleet, uploads: Uploads) -> dict[str, Any]:
    found = {name: _versions(uploads, "config_templates", name) for name in fleet.config_templates}
    return {
        name: {
            **_place(fleet),
            "description": name,
            "versions": {version: content["configurations"] for version, content in versions.items()},
            "tags": _tags(versions),
        }
        for name, versions in found.items()
    }


def _solution_templates(fleet: Fleet, uploads: Uploads) -> dict[str, Any]:
    solutions = {solution.template: solution for solution in fleet.solutions.values()}
    return {name: _solution_template(fleet, solution, uploads) for name, solution in solutions.items()}


def _solution_template(fleet: Fleet, solution: Solution, uploads: Uploads) -> dict[str, Any]:
    versions = _versions(uploads, "solution_templates", solution.template)
    return {
        **_place(fleet),
        "description": solution.template,
        "capabilities": list(solution.capabilities),
        "enable_external_validation": solution.external_validation,
        "versions": {
            version: {
                "configurations": content["configurations"],
                "specification_json": canonical(content["specification"] or {}),
            }
            for version, content in versions.items()
        },
        "tags": _tags(versions),
    }
