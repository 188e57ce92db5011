"""What is likely not meant in rendered files; the short look at them never says what the long one would not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from orchestration.kalypso.goyaml import UnreadableYaml, documents, dump
from orchestration.kalypso.results import is_surely_fine
from orchestration.kalypso.shapes import child, target, value_of

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"
SCALARS = (
    some.none()
    | some.booleans()
    | some.integers(-9, 9)
    | some.floats(-9, 9)
    | some.text("aet1.-|'\"# \n:\\~[", max_size=8)
)
DATA = some.dictionaries(some.text("ab1.-_ ", min_size=1, max_size=4), SCALARS | some.lists(SCALARS, max_size=2))
LINES = some.lists(
    some.sampled_from(
        ["  a: x", "  b: 1", "  c: true", "  d: trues", "  e: |", "    text: 1", "  f:", "  g: null # no", "  h: 'x'",
         '  i: "1"', "  - 1", "x: y", "data:", "---", "", "   ", "  j: ~", "  k: [a]", "  l: .5", "  m: /x", "   n: x"]
    ), max_size=6,
)  # fmt: skip


def is_fine(text: str) -> bool:
    """Look at every value of the data of every ConfigMap of a text, which has to be YAML."""
    try:
        roots = [root for root in documents(text) if root is not None]
    except UnreadableYaml:
        return False
    maps = [root for root in roots if (kind := child(root, "kind")) is not None and kind.value == "ConfigMap"]
    for data in filter(None, (child(root, "data") for root in maps)):
        pairs = target(data).pairs() if target(data).kind == "mapping" else None
        if pairs is None or not all(isinstance(value_of(value), str) for _, value in pairs):
            return False
    return True


@settings(deadline=None)
@given(DATA)
def test_what_is_fine_at_first_sight_is_fine(data: dict[str, Any]) -> None:
    """A ConfigMap whose data are written as templates write them."""
    text = f"{HEAD}data:\n" + "".join(f"  {line}\n" for line in dump(data).splitlines())
    assert is_fine(text) or not is_surely_fine(text)


@settings(deadline=None, max_examples=400)
@given(LINES)
@example(["  a: x", "  b: |", "    1"])
def test_lines_that_are_fine_at_first_sight_are_fine(lines: list[str]) -> None:
    """Whatever stands beside what."""
    text = f"{HEAD}data:\n" + "\n".join(lines)
    assert is_fine(text) or not is_surely_fine(text)


@pytest.mark.parametrize(
    "text",
    [f"{HEAD}data:\n  A: x\n  B: |\n    - a: 1\n\n    - b: 2\n  C: 'true'\n", "kind: Namespace\nx: 1\n---\ny: [1]\n"],
)
def test_what_most_templates_make_is_fine_at_first_sight(text: str) -> None:
    """Or the short look would save nothing."""
    assert is_surely_fine(text)


@pytest.mark.parametrize(
    "text", ["a: [" * 150 + "]" * 150, "- " * 120 + "a", f"{'a: {' * 120}{'}' * 120}", "a: *b\n", "a: b: c\n"]
)
def test_what_is_deep_or_no_yaml_is_looked_at_again(text: str) -> None:
    """With its limits and its words for what is wrong."""
    assert not is_surely_fine(text)
