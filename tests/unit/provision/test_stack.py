"""A stack as data, and its digests."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.provision import Ref, Secret, Stack
from orchestration.provision.stack import by_name, canonical, filled, sha256

INPUTS: dict[Any, Any] = {"key": Ref("keys", "lab"), "list": [Secret("token"), 1], "tuple": (2, "é"), 3: None}
STACK = Stack("shard-dev-01", "shard", INPUTS, secrets={"git": Secret("token")})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_placeholders_are_replaced_however_deep() -> None:
    """Keys become text and tuples lists, as JSON has them."""
    assert filled(INPUTS, by_name) == {
        "key": {"$ref": "keys/lab"},
        "list": [{"$secret": "token"}, 1],
        "tuple": [2, "é"],
        "3": None,
    }


@settings(max_examples=25, deadline=None)
@given(JSON)
def test_plain_values_stay_as_they_are(value: Any) -> None:
    """And their canonical JSON reads back as the value, whatever the order of keys."""
    assert filled(value, by_name) == value
    assert json.loads(canonical(value)) == value


def test_canonical_json_is_one_text() -> None:
    """Keys are sorted, there is no blank, and letters are themselves."""
    assert canonical({"b": [1, "é"], "a": {}}) == '{"a":{},"b":[1,"é"]}'
    assert sha256({"b": 1, "a": "é"}) == digest({"a": "é", "b": 1})


def test_the_hash_of_a_stack_covers_what_is_applied() -> None:
    """Blueprint, inputs and secrets count, secrets by a digest keyed with the fleet's key."""
    keyed = hmac.new(b"the key", b"s3cret of token", hashlib.sha256).hexdigest()
    inputs = {"key": {"$ref": "keys/lab"}, "list": [keyed, 1], "tuple": [2, "é"], "3": None}
    found = STACK.hash("b", "the key", "s3cret of {}".format)
    assert found == digest({"blueprint": "b", "inputs": inputs, "secrets": {"git": keyed}})
    assert Stack("x", "core", {}).hash("b", "k", str) == digest({"blueprint": "b", "inputs": {}, "secrets": {}})


def test_a_plan_has_of_a_stack_what_the_fleet_decides() -> None:
    """Secrets are named only: a rotated one leaves the plan as it is."""
    assert STACK.plan_entry("b") == {
        "name": "shard-dev-01",
        "blueprint": "b",
        "inputs": filled(INPUTS, by_name),
        "secrets": {"git": {"$secret": "token"}},
    }
    assert Stack("x", "core", {}).plan_entry("b")["secrets"] == {}
