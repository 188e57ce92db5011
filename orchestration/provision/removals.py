"""What goes away, before anything new is made: stacks reduced to what they keep, in reverse order.

A membership goes before its service group, a link before the site it leads to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestration.provision.expected import expected_ids, membership_id
from orchestration.provision.inputs import shard_inputs
from orchestration.provision.known import LINKS, REVERSED, SHARD, SITES, Known
from orchestration.provision.stack import Stack


def going(sites: Iterable[Stack], known: Known) -> frozenset[str]:
    """Return the ids, in lower case, of service groups and sites that are in state and no longer planned."""
    planned = {item.lower() for stack in sites for item in expected_ids(stack)}
    states = (state for name, state in known.states.items() if name.split("-")[0] == SITES)
    return frozenset(item.lower() for state in states for item in state.ids.values()) - planned


def removals(
    waves: tuple[tuple[Stack, ...], ...], known: Known, leaving: frozenset[str]
) -> Iterator[tuple[Stack, ...]]:
    """Yield the stacks that lose something, in reverse, each reduced to what it keeps of its last apply."""
    planned = [stack for wave in waves[1:] for stack in wave]
    for blueprint in REVERSED:
        alike = (stack for stack in planned if stack.blueprint == blueprint and stack.name in known.states)
        reduced = tuple(_reduced(stack, known, leaving) for stack in alike if _loses(stack, known, leaving))
        if reduced:
            yield reduced


def _loses(stack: Stack, known: Known, leaving: frozenset[str]) -> bool:
    """Whether something of the stack goes, or what it refers to."""
    wanted = {item.lower() for item in expected_ids(stack)}
    if any(present.lower() not in wanted for present in known.states[stack.name].ids.values()):
        return True
    if stack.blueprint == LINKS:
        return bool(leaving)
    return any(group in leaving for _, _, group in _grouped(stack.name, known))


def _grouped(shard: str, known: Known) -> Iterator[tuple[str, str, str]]:
    """Yield cluster, target and service group, in lower case, of each member as it was last applied."""
    for cluster, text in known.output(shard, "clusters", {}).items():
        for target, item in json.loads(text)["targets"].items():
            if item["service_group_id"]:
                yield cluster, target, item["service_group_id"].lower()


def _reduced(stack: Stack, known: Known, leaving: frozenset[str]) -> Stack:
    """Return the stack with the inputs of its last apply, less what the fleet no longer has."""
    if stack.blueprint == LINKS:
        return _without_links(stack, known, leaving)
    if stack.blueprint != SHARD:
        return stack
    remembered = known.output(stack.name, "clusters", {})
    wanted: Mapping[str, Any] = stack.inputs["clusters"]
    kept = {
        name: _without(json.loads(text), wanted[name], leaving) for name, text in remembered.items() if name in wanted
    }
    return replace(stack, inputs=shard_inputs(kept))


def _without(before: dict[str, Any], wanted: Mapping[str, Any], leaving: frozenset[str]) -> dict[str, Any]:
    """Return a cluster's last inputs with what it is to keep: nothing new is made of it, nothing old changed."""
    targets = {name: item for name, item in before["targets"].items() if name in wanted["targets"]}
    extensions = {name: item for name, item in before["extensions"].items() if name in wanted["extensions"]}
    return {
        **released({**before, "targets": targets}, leaving),
        # What was remembered of the connection has no key; one that is new is made later, with the rest.
        "connect": before["connect"] and wanted["connect"],
        "extensions": extensions,
        # As it is to be: the secret that goes with it is today's, too.
        "flux_configuration": before["flux_configuration"] and wanted["flux_configuration"],
        "custom_location": before["custom_location"] if wanted["custom_location"] else None,
    }


def released(cluster: Mapping[str, Any], leaving: frozenset[str]) -> dict[str, Any]:
    """Return a cluster's inputs without its targets' memberships in groups that are to go."""
    return {**cluster, "targets": {name: _released(target, leaving) for name, target in cluster["targets"].items()}}


def _released(target: dict[str, Any], leaving: frozenset[str]) -> dict[str, Any]:
    leaves = (target["service_group_id"] or "").lower() in leaving
    return {**target, "service_group_id": None, "membership_name": None} if leaves else target


def _without_links(stack: Stack, known: Known, leaving: frozenset[str]) -> Stack:
    """Return the links to what is there and stays; one that would link nothing waits for the wave it is in."""
    present = {item.lower() for state in known.states.values() for item in state.ids.values()} - leaving
    links = {name: _linked(link, present) for name, link in stack.inputs["links"].items()}
    return stack if any(not link["hierarchies"] for link in links.values()) else replace(stack, inputs={"links": links})


def _linked(link: Mapping[str, Any], present: set[str]) -> dict[str, Any]:
    levels = [{**item, "ids": [id_ for id_ in item["ids"] if id_.lower() in present]} for item in link["hierarchies"]]
    return {**link, "hierarchies": [item for item in levels if item["ids"]]}


def lost(stack: Stack, known: Known) -> tuple[str, ...]:
    """Return the addresses that the stack loses, going by its inputs alone: ids that go, memberships that turn."""
    state = known.states.get(stack.name)
    if state is None:
        return ()
    gone = {item.lower() for item in state.ids.values()} - {item.lower() for item in expected_ids(stack)}
    if stack.blueprint == SHARD:
        gone |= set(_turned(stack, known))
    return tuple(address for address, item in state.ids.items() if item.lower() in gone)


def _turned(shard: Stack, known: Known) -> Iterator[str]:
    """Yield the memberships, in lower case, of targets that go to another service group."""
    for cluster, target, group in _grouped(shard.name, known):
        inputs = shard.inputs["clusters"].get(cluster)
        wanted = inputs["targets"].get(target) if inputs else None
        if wanted and wanted["service_group_id"] and wanted["service_group_id"].lower() != group:
            yield membership_id(inputs, target, wanted).lower()
