"""Config maps to one map an assignment."""

from __future__ import annotations

import itertools

import pytest

from orchestration.kalypso.allowance import Allowance
from orchestration.kalypso.compose import (
    PLATFORM_CONFIG,
    Composer,
    ConfigError,
    applies,
    key_labels,
    merge,
    parse,
)
from orchestration.kalypso.kinds import ClusterType, ConfigMap, DeploymentTarget
from orchestration.kalypso.problems import Place
from orchestration.kalypso.values import AnyMap
from tests.unit.kalypso.samples import config_map, config_of, render

ENOUGH = Allowance("tests", "comparisons", 1000, 0, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("1", "1"),
        ("true", "true"),
        ("", ""),
        ("# only a comment", "# only a comment"),
        ("http://x:1/", "http://x:1/"),
        ("'[1]'", "[1]"),
        (" ''a'' ", "a"),
        ("'", ""),
        ('"[1]"', '"[1]"'),
        ("[1, x]", [1, "x"]),
        ("a: [1", "a: [1"),
        ("x:", AnyMap([("x", None)])),
        ("y: 1", AnyMap([(True, 1)])),
        ("? [a]\n: b", "? [a]\n: b"),
    ],
)
def test_value(text: str, value: object) -> None:
    """Lists and maps are read, everything else stays the text it is."""
    assert parse(text) == value


def test_lists_merge_by_name() -> None:
    """Items of one name become one, others are added; 1 is not "1"."""
    old = [AnyMap([("name", "a"), ("x", 1)]), "s"]
    new = [AnyMap([("name", "a"), ("x", 2)]), AnyMap([("name", 1)]), AnyMap([("name", "1")]), "s"]

    merged = merge(old, new, ENOUGH)

    assert merged == [AnyMap([("name", "a"), ("x", 2)]), "s", AnyMap([("name", 1)]), AnyMap([("name", "1")]), "s"]


def test_items_without_names_are_the_same() -> None:
    """Even those that were added on the way."""
    assert merge([], [AnyMap([("a", 1)]), AnyMap([("b", 2)])], ENOUGH) == [AnyMap([("a", 1), ("b", 2)])]


def test_names_that_are_lists_are_an_error() -> None:
    """The original dies of them."""
    item = AnyMap([("name", [1])])

    with pytest.raises(ConfigError, match="itself a list or a map"):
        merge([item], [item], ENOUGH)


@pytest.mark.parametrize(
    ("key", "labels", "name"),
    [
        ("KEY", {}, "KEY"),
        ("a.KEY", {}, "KEY"),
        ("a.b.KEY", {"a": "b"}, "KEY"),
        ("a.b.c.KEY", {"a": "b"}, "KEY"),
        ("a.b.c.d.KEY", {"a": "b", "c": "d"}, "KEY"),
    ],
)
def test_app_configuration_key(key: str, labels: dict[str, str], name: str) -> None:
    """Labels come in pairs before the last segment; an odd one is dropped."""
    assert key_labels(key) == (labels, name)


def test_an_app_configuration_map_may_be_platform_config_too() -> None:
    """It is then read both ways, and the second wins."""
    files = {"c.yaml": config_map("azure-app-config", {"region.eu.K": "1", "K": "2"})}

    assert config_of(render(files)) == 'K: "1"\nregion.eu.K: "1"\n'


@pytest.mark.parametrize(
    ("labels", "applies"),
    [
        ({"cluster_type": "edge"}, True),
        ({"cluster_type": "core"}, False),
        ({"deployment_target": "shop-web"}, True),
        ({"deployment_target": "web"}, False),
        ({"workload": "shop"}, True),
        ({"workspace": "team-a"}, True),
        ({"region": "eu"}, True),
        ({"purpose": "test", "region": "eu"}, True),
        ({"purpose": "test", "region": "us"}, False),
        ({"unknown": "x"}, False),
        ({"unknown": ""}, True),
    ],
)
def test_labels_decide_where_a_config_applies(labels: dict[str, str], *, applies: bool) -> None:
    """Each label must agree with the cluster type or with the target."""
    text = config_of(render({"c.yaml": config_map("c", {"K": "v"}, **labels)}))

    assert text == ("K: v\n" if applies else "{}\n")


def test_what_is_found_by_its_labels_is_what_applies() -> None:
    """All labels of a config are met, each by the cluster type or by the target, whatever combination they are."""
    place = Place("x")
    values = {
        "cluster-type": ("edge", "core", ""), "workload": ("shop", "", "other"), "deployment-target": ("shop-web", ""),
        "region": ("west", "east", ""), "size": ("", "large"),
    }  # fmt: skip
    options = [[None, *((key, value) for value in found)] for key, found in values.items()]
    sets = [dict(filter(None, chosen)) for chosen in itertools.product(*options)]
    configs = [
        ConfigMap(f"c{number}", {**labels, PLATFORM_CONFIG: "true"}, place, "dev", {"K": f"{number}"})
        for number, labels in enumerate(sets)
    ]
    of_type = ({}, {"region": "west", "workload": "other"}, {"region": "", "size": "large", "cluster-type": "core"})
    of_target = ({"workload": "shop"}, {"workload": "shop", "region": "east", "cluster-type": "core", "size": "large"})
    for name, ours, theirs in itertools.product(("edge", "core"), of_type, of_target):
        composer = Composer(configs)
        cluster_type = ClusterType(name, ours, place, "dev", "rec", "ns", "cfg")
        target = DeploymentTarget("shop-web", theirs, place, "dev", "dev", {})
        wanted = {one.name for one in configs if applies(one.labels, cluster_type, target)}
        found = composer.chains(cluster_type, target).get("K", [])
        assert {value.origin.name for value in found} == wanted
        assert [value.origin.name for value in found] == sorted(wanted)


def test_a_config_that_never_applies_is_a_warning() -> None:
    """So is a label without a value."""
    files = {"a.yaml": config_map("a", {"K": "v"}, region="us"), "b.yaml": config_map("b", {}, nope="")}
    warnings = {problem.code for problem in render(files).warnings}

    assert {"unused-config", "empty-label"} <= warnings


def test_a_yaml_bomb_in_a_config_is_an_issue() -> None:
    """The issue names the ConfigMap, the key and the place."""
    rendering = render({"c.yaml": config_map("c", {"K": "[" * 2000})})

    (issue,) = rendering.issues
    assert issue.assignment == "shop-shop-web-edge"
    assert str(issue).startswith("dev:c.yaml:1: ConfigMap c, key K: more than 100 levels of YAML")
