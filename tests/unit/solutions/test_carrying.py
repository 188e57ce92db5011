"""Values of operators that go along to a new version, and the merge of what a fleet names into theirs."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import OrchestrationError
from orchestration.solutions.carrying import carry_over, editable, version_before
from orchestration.solutions.document import edit, parse, same
from orchestration.solutions.values import leaves, merge

SCHEMA = """rules:
  configs:
    A: {type: int, maxValue: 9}
    B.C: {type: string}
    D: {type: object}
"""
KEYS = st.sampled_from(["a", "b", "c.d", "on", "1"])
SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.text("ab :#'\"\n", max_size=4)
TREES: st.SearchStrategy[Any] = st.dictionaries(
    KEYS, st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3)),
    max_size=4,
)  # fmt: skip
QUICK = settings(max_examples=150, deadline=None)


def test_what_is_carried_over_keeps_its_spelling() -> None:
    """Only operators' keys that the new schema has, whose values it takes; the others are told."""
    texts = {"1.0.0": "A: 7\n", "1.2.0": "A: 007\nB: {C: 'x', E: y}\nD: {k: 1}\nZ: 1\nOurs: 2\n", "2.0.0": "A: 1\n"}
    carried = carry_over(texts, "1.10.0", {("Ours",), ("B", "E")}, editable(SCHEMA))
    assert carried is not None
    assert (carried.version, carried.text) == ("1.2.0", "A: 007\nB:\n  C: 'x'\nD:\n  k: 1\n")
    assert (carried.keys, dict(carried.left)) == (("A", "B.C", "D.k"), {"Z": "it can no longer be edited"})


def test_nothing_to_carry_over() -> None:
    """No older version, an empty one, or one that is the fleet's alone."""
    schema = editable(SCHEMA)
    assert carry_over({"2.0.0": "A: 1"}, "1.0.0", (), schema) is None
    assert carry_over({"1.0.0": ""}, "2.0.0", (), schema) is None
    assert carry_over({"1.0.0": "A: 1"}, "2.0.0", {("A",)}, schema) is None
    broken = carry_over({"1.0.0": "A: 10"}, "2.0.0", (), schema)
    assert broken is not None and (broken.keys, parse(broken.text)) == ((), {})
    with pytest.raises(OrchestrationError):
        carry_over({"1.0.0": "A: ["}, "2.0.0", (), schema)


def test_the_version_before_is_the_newest_older_one() -> None:
    """Numbers are compared, not texts."""
    assert version_before(["1.9.0", "1.10.0", "1.2.0", "2.0.0"], "2.0.0") == "1.10.0"
    assert version_before(["1.9.0", "odd"], "1.0.0") == "odd"
    assert version_before(["1.0.0"], "1.0.0") is None


@QUICK
@given(TREES, TREES, TREES)
def test_only_what_the_fleet_names_or_named_changes(theirs: Any, ours: Any, before: Any) -> None:
    """A document has every leaf that the fleet names, none that it gave up, and of others' all the rest."""
    given_up = [path for path, _ in leaves(before) if path not in dict(leaves(ours))]
    text = yaml.safe_dump(theirs)
    done = edit(text, ours, given_up)
    after = parse(text if done is None else done) or {}
    found = dict(leaves(after))

    for path, value in leaves(ours):
        assert same(_at(after, path), value) or (value == {} and isinstance(_at(after, path), dict))
    touched = [path for path, _ in leaves(ours)] + given_up
    for path, value in leaves(theirs):
        if not any(_related(path, other) for other in touched):
            assert same(found[path], value)
    assert edit(yaml.safe_dump(after), ours, given_up) is None


@QUICK
@given(TREES, TREES)
def test_merging_twice_is_merging_once(below: Any, above: Any) -> None:
    """And what is above is there whole, leaf by leaf."""
    merged = merge(below, above)
    assert merge(merged, above) == merged
    assert all(same(_at(merged, path), value) or value == {} for path, value in leaves(above))


@QUICK
@given(TREES, TREES)
def test_carrying_over_takes_nothing_of_the_fleet_s(theirs: Any, ours: Any) -> None:
    """Every key of the new document is an operator's, with its value; all of them are accounted for."""
    owned = {path for path, _ in leaves(ours)}
    schema = editable("rules: {configs: {a: {type: object}, b: {type: object}}}")
    carried = carry_over({"1.0.0": yaml.safe_dump(theirs)}, "1.0.1", owned, schema)
    mine = {path: value for path, value in leaves(theirs) if path not in owned}
    if carried is None:
        assert not mine
        return
    found = {path: value for path, value in leaves(parse(carried.text) or {}) if value != {}}
    editable_ones = {path: value for path, value in mine.items() if path[0] in ("a", "b") and value != {}}
    assert found == {path: value for path, value in editable_ones.items() if len(path) > 1 or value is None}
    assert len(carried.keys) + len(carried.left) == len(mine)


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _related(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]
