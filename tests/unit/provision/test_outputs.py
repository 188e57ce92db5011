"""Terraform's state as typed values."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.errors import OrchestrationError
from orchestration.provision import Known, Outputs, StackState, read_state
from orchestration.provision.known import teardown_order


def resource(**parts: Any) -> dict[str, Any]:
    ordinary = {"mode": "managed", "type": "azapi_resource", "name": "this"}
    return {**ordinary, "instances": [instance("/a")], **parts}


def instance(id_: str | None, **parts: Any) -> dict[str, Any]:
    return {"attributes": {"id": id_}, **parts}


def document(*resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    values = {name: {"value": value, "type": "string"} for name, value in outputs.items()}
    return {"version": 4, "outputs": values, "resources": list(resources)}


def read(*resources: dict[str, Any], **outputs: Any) -> StackState:
    state = read_state(document(*resources, **outputs))
    assert state is not None
    return state


@pytest.mark.parametrize("nothing", [None, {}, {"version": 4}, document(), document(resource(mode="data"))])
def test_a_state_that_holds_nothing_is_none(nothing: dict[str, Any] | None) -> None:
    """No document, no output and no managed resource: there is no stack."""
    assert read_state(nothing) is None


@pytest.mark.parametrize("version", [3, 5, None])
def test_an_unknown_format_is_refused(version: int | None) -> None:
    """The error says which format it is, which one is read, and what to use."""
    with pytest.raises(OrchestrationError) as caught:
        read_state({**document(a="1"), "version": version})
    assert str(caught.value) == f"Terraform's state has format {version}, this version reads 4"
    assert caught.value.hint == "use a Terraform of the 1.x line"


def test_outputs_are_values_by_name() -> None:
    """A state of outputs alone is one; an output without a value is None."""
    assert read(a="1", b=[2]) == StackState({"a": "1", "b": [2]}, {}, tainted=False)
    assert read_state({"version": 4, "outputs": {"a": {}}}) == StackState({"a": None}, {}, tainted=False)


def test_resources_are_ids_by_terraforms_address() -> None:
    """Modules and keys are part of the address, written as Terraform writes them."""
    found = read(
        resource(),
        resource(module='module.target["a/b"]', instances=[instance("/m")]),
        resource(name="version", instances=[instance("/v", index_key="1.0.0"), instance("/n", index_key=0)]),
    )
    assert found.ids == {
        "azapi_resource.this": "/a",
        'module.target["a/b"].azapi_resource.this': "/m",
        'azapi_resource.version["1.0.0"]': "/v",
        "azapi_resource.version[0]": "/n",
    }


def test_what_is_no_azapi_resource_has_no_id() -> None:
    """Nor have data sources, and resources that were begun and got no id."""
    found = read(
        resource(type="terraform_data"),
        resource(mode="data"),
        resource(name="begun", instances=[instance(None), {}]),
    )
    assert (found.ids, found.tainted) == ({}, False)


def test_one_tainted_instance_taints_the_stack() -> None:
    """Of whatever type it is; another status does not."""
    tainted = resource(type="terraform_data", instances=[instance("/a"), instance("/b", status="tainted")])
    assert read(resource(), tainted).tainted
    assert not read(resource(instances=[instance("/a", status="other")])).tainted


@pytest.mark.parametrize(
    ("outputs", "tainted", "ended"),
    [
        ({"begun": "h", "applied": "h"}, False, True),
        ({"begun": "h", "applied": "h"}, True, False),
        ({"begun": "h", "applied": "g"}, False, False),
        ({"begun": "h"}, False, False),
        ({}, False, False),
    ],
)
def test_an_apply_ended_if_it_says_what_it_began(outputs: dict[str, str], tainted: bool, ended: bool) -> None:
    """Then, and only for the inputs that it was given, nothing is to be applied."""
    state = StackState(outputs, {}, tainted)
    assert (state.ended, state.applied("h"), state.applied("g")) == (ended, ended, False)


def test_what_core_mints_is_found_by_name() -> None:
    """What is missing is empty, and what there is has its type."""
    core = {
        "solution_template_uids": {"s": "1"},
        "config_template_uids": {"c": "2"},
        "owned_values": {"doc": ["A", "B"]},
        "cloud": "x",
    }
    found, nothing = Outputs({"core": core, "links": {}}), Outputs({})
    assert (found.solution_uids, found.config_uids) == ({"s": "1"}, {"c": "2"})
    assert found.owned_values == {"doc": ("A", "B")}
    assert (found.core("cloud"), found.core("no", 3), nothing.core("cloud", 4), nothing.core("cloud")) == (
        "x",
        3,
        4,
        None,
    )
    assert (nothing.solution_uids, nothing.config_uids, nothing.owned_values) == ({}, {}, {})


def test_a_known_output_has_a_default() -> None:
    """It is for a stack without state, an output that is not there and one that is null."""
    known = Known({"core": StackState({"a": 0, "none": None}, {}, tainted=False)})
    answers = [
        known.output(*asked, "default") for asked in (("core", "a"), ("core", "none"), ("core", "b"), ("x", "a"))
    ]
    assert answers == [0, "default", "default", "default"]
    assert known.output("core", "b") is None


def test_what_goes_away_goes_in_reverse() -> None:
    """Shards, links, sites, then core; by name within a kind."""
    names = ["core", "sites-b", "shard-qa-01", "links", "sites-a", "shard-dev-01"]
    assert sorted(names, key=teardown_order) == ["shard-dev-01", "shard-qa-01", "links", "sites-a", "sites-b", "core"]
