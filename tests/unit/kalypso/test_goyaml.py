"""YAML as go-yaml writes and reads it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from orchestration.kalypso.gotemplate import Data, Engine
from orchestration.kalypso.goyaml import RefusedYaml, UnreadableYaml, dump, load
from orchestration.kalypso.goyaml.order import sorted_keys
from orchestration.kalypso.values import AnyMap
from tests.unit.kalypso.samples import recorded

# A text that begins with a line break is the one that go-yaml writes so that nobody reads it back;
# PyYAML has a meaning of its own for a lone = and for <<.
TEXTS = some.text(some.characters(codec="utf-8")).filter(
    lambda text: (text[:1] not in "\r\n\x85\u2028\u2029" and text not in ("=", "<<")) or not text
)
SCALARS = some.none() | some.booleans() | some.integers(-(2**63), 2**63 - 1) | TEXTS
VALUES = some.recursive(SCALARS, lambda inner: some.lists(inner) | some.dictionaries(TEXTS, inner), max_leaves=12)


def plain(value: Any) -> Any:
    """Return a value that was read in the form in which it was recorded."""
    if isinstance(value, AnyMap):
        return {"map": sorted(([plain(key), plain(item)] for key, item in value.items()), key=repr)}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"int": str(value)}
    return value


def in_order(value: Any) -> Any:
    """Return a recorded value with its maps in the order of `plain`."""
    if isinstance(value, dict) and "map" in value:
        return {"map": sorted(([in_order(key), in_order(item)] for key, item in value["map"]), key=repr)}
    return [in_order(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("row", recorded("yaml-written.json"), ids=lambda row: repr(row["value"])[:30])
def test_value_is_written_as_go_yaml_does(row: dict[str, Any]) -> None:
    """Styles, quotes, order of keys and indentation are go-yaml's."""
    assert dump(row["value"]) == row["yaml"]


@pytest.mark.parametrize("row", recorded("yaml-read.json"), ids=lambda row: row["yaml"][:30])
def test_text_is_read_as_go_yaml_does(row: dict[str, Any]) -> None:
    """Types are go-yaml's, and what it refuses is refused."""
    if row.get("error"):
        with pytest.raises(UnreadableYaml):
            load(row["yaml"])
    else:
        assert plain(load(row["yaml"])) == in_order(row["value"])


@settings(deadline=None)
@given(VALUES)
def test_what_is_written_pyyaml_reads_back(value: Any) -> None:
    """Another YAML reader gets the same value out of what we write."""
    assert yaml.safe_load(dump(value)) == value


@settings(deadline=None)
@given(TEXTS, some.integers(-(2**63), 2**64 - 1) | some.floats(allow_nan=False) | TEXTS)
def test_what_is_written_is_read_back(key: str, value: Any) -> None:
    """Our own reader gets the same map; whole floats come back as whole numbers."""
    read = load(dump({key: value}))

    assert read.items() == [(key, value)]


@settings(deadline=None)
@given(VALUES)
def test_the_order_of_keys_does_not_depend_on_that_of_the_map(value: Any) -> None:
    """A map written backwards is the same text."""
    entries = {"z": value, "a10": 1, "a9": 2, "B": 3, "1": value}

    assert dump(entries) == dump(dict(reversed(entries.items())))


@settings(deadline=None)
@given(some.permutations([True, 1, 1.0, 1.5, -2, float("nan"), None, "1", "a"]))
def test_keys_of_several_types_have_one_order(keys: list[Any]) -> None:
    """YAML: numbers by value, then null, then text. Ranges and prints: by type, null first."""
    value = AnyMap((key, number) for number, key in enumerate(keys))

    assert sorted_keys(value)[1:] == [-2, True, 1, 1.0, 1.5, None, "1", "a"]
    printed = Engine().render("{{ range $k, $v := .V }}{{ kindOf $k }}={{ $k }} {{ end }}", Data(V=value))
    assert printed == "invalid=<no value> bool=true float64=NaN float64=1 float64=1.5 int=-2 int=1 string=1 string=a "


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in
                                                        zip("abcdefgh", "bcdefghi", strict=True)),
        "[" * 5000,
        "- 1\n" * 150_000,
    ],
    ids=["aliases", "depth", "size"],
)  # fmt: skip
def test_a_bomb_is_refused(text: str) -> None:
    """YAML that unfolds without end, is too deep or too long is not read."""
    with pytest.raises((RefusedYaml, UnreadableYaml)):
        load(text)
