"""Config maps to the one map of an assignment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.errors import OrchestrationError
from orchestration.kalypso.allowance import Allowance
from orchestration.kalypso.goyaml import RefusedYaml, UnreadableYaml, load
from orchestration.kalypso.kinds import ClusterType, ConfigMap, DeploymentTarget
from orchestration.kalypso.labels import FLUX_NAME, FLUX_NAMESPACE, Labels
from orchestration.kalypso.problems import Place
from orchestration.kalypso.values import GO_SPACE, AnyMap, deep_equal, is_map, to_bytes

PLATFORM_CONFIG = "platform-config"
APP_CONFIG_PREFIX = "azure-app-config"
_WORDS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ ./@+=,;()-]*")
"""What is no list and no map to any reader of YAML."""
_COMPARISON_LIMIT = 200_000
_MERGES_KEPT = 20_000
_SKIPPED = frozenset((FLUX_NAME, FLUX_NAMESPACE, PLATFORM_CONFIG))
_NAMES = frozenset(("cluster-type", "deployment-target", "workload"))
"""Labels that are met by a name, whatever labels there are."""
Label = tuple[str, str]


class ConfigError(OrchestrationError):
    """Config values cannot be composed; `place` is where the one stands that cannot, if that is known."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class Value:
    """One value on its way into a config: its key, its text, and the object and key it comes from."""

    key: str
    text: str
    origin: ConfigMap
    origin_key: str
    is_app_config: bool = False

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.origin.places.get(self.origin_key, self.origin.place)

    @property
    def labels(self) -> Labels:
        """The labels that make the value apply: those of its ConfigMap, of App Configuration those in its key."""
        return key_labels(self.origin_key)[0] if self.is_app_config else self.origin.labels


def applies(labels: Labels, cluster_type: ClusterType, target: DeploymentTarget) -> bool:
    """Whether a config or schema with *labels* is for the target on the cluster type."""
    return all(_agrees(key, value, cluster_type, target) for key, value in labels.items() if key not in _SKIPPED)


def _agrees(key: str, value: str, cluster_type: ClusterType, target: DeploymentTarget) -> bool:
    match key:
        case "cluster-type":
            return value == cluster_type.name
        case "deployment-target":
            return value == target.name
        case "workload":
            return value == target.workload
    # A label that is not there reads as empty.
    return value in (cluster_type.labels.get(key, ""), target.labels.get(key, ""))


def met(key: str, value: str, cluster_type: ClusterType, target: DeploymentTarget) -> str:
    """Return how a label of a config is met, "" for one that is not looked at."""
    if key in _SKIPPED:
        return ""
    names = {"cluster-type": "cluster type", "deployment-target": "target", "workload": "workload"}
    if key in names:
        return f"{key}: {value} is the name of the {names[key]}"
    if not value and key not in cluster_type.labels and key not in target.labels:
        return f'{key}: "" is met by whatever lacks it'
    where = [what for what, one in (("cluster type", cluster_type), ("target", target)) if one.labels.get(key) == value]
    return f"{key}: {value} is a label of the {' and the '.join(where) or 'one that lacks it'}"


def _app_config_values(config: ConfigMap, cluster_type: ClusterType, target: DeploymentTarget) -> Iterator[Value]:
    for origin_key in sorted(config.data, key=lambda key: (len(to_bytes(key)), to_bytes(key))):
        labels, key = key_labels(origin_key)
        if applies(labels, cluster_type, target):
            yield Value(key, config.data[origin_key], config, origin_key, is_app_config=True)


def key_labels(key: str) -> tuple[dict[str, str], str]:
    """Return the labels and the config key that an App Configuration key spells (`label.value.label.value.KEY`)."""
    *head, last = key.split(".")
    return dict(zip(head[::2], head[1::2], strict=False)), last


@dataclass(frozen=True, slots=True)
class _Platform:
    """A platform ConfigMap: its place in the order of names, and the labels that must be met for it to apply."""

    place: int
    config: ConfigMap
    needs: frozenset[Label]


class Composer:
    """Composes the configs of so many assignments; no text is parsed, and no two values are merged, twice."""

    def __init__(self, config_maps: Iterable[ConfigMap], assignments: int = 1) -> None:
        ordered = sorted(config_maps, key=lambda config: to_bytes(config.name))
        self._app_configs = [config for config in ordered if config.name.startswith(APP_CONFIG_PREFIX)]
        self._shared: list[_Platform] = []
        self._of_type: dict[str, list[_Platform]] = {}
        self._needing: dict[Label, list[_Platform]] = {}
        for place, config in enumerate(ordered):
            if config.labels.get(PLATFORM_CONFIG) == "true":
                self._add(place, config)
        self._empty = {key for key, value in self._needing if not value}
        self._on_type: dict[str, tuple[frozenset[Label], dict[int, ConfigMap], list[_Platform]]] = {}
        self._of_target: dict[str, tuple[frozenset[Label], list[_Platform]]] = {}
        self._parsed: dict[str, Any] = {}
        self._entries: dict[str, tuple[dict[str, Any], list[tuple[str, Any]]]] = {}
        self._merged: dict[tuple[int, int], tuple[Any, Any, Any]] = {}
        self._comparisons = Allowance("the configs", "comparisons", 600_000, 10_000, assignments)

    def compose(self, cluster_type: ClusterType, target: DeploymentTarget) -> dict[str, Any]:
        """Return the config of the target on the cluster type; raises ConfigError."""
        config: dict[str, Any] = {}
        for origin in self._applying(cluster_type, target):
            texts, others = self._entries.get(origin.name) or self._read_all(origin)
            config.update(texts)
            for key, value in others:
                config[key] = self._merge(config[key], value, origin, key) if key in config else value
        for origin in self._app_configs:
            for named in _app_config_values(origin, cluster_type, target):
                value = self._read(named.text, origin, named.origin_key)
                old = config.get(named.key)
                there = named.key in config
                config[named.key] = self._merge(old, value, origin, named.origin_key) if there else value
        return config

    def chains(self, cluster_type: ClusterType, target: DeploymentTarget) -> dict[str, list[Value]]:
        """Return what goes into the config, for each key in the order in which it is merged."""
        found: dict[str, list[Value]] = {}
        for value in self._values(cluster_type, target):
            found.setdefault(value.key, []).append(value)
        return found

    def _values(self, cluster_type: ClusterType, target: DeploymentTarget) -> Iterator[Value]:
        for origin in self._applying(cluster_type, target):
            for key in sorted(origin.data, key=to_bytes):
                yield Value(key, origin.data[key], origin, key)
        for origin in self._app_configs:
            yield from _app_config_values(origin, cluster_type, target)

    def _add(self, place: int, config: ConfigMap) -> None:
        """Put a platform ConfigMap where it is found by the cluster type that it names, or else by its labels."""
        one = _Platform(place, config, frozenset(item for item in config.labels.items() if item[0] not in _SKIPPED))
        kind = config.labels.get("cluster-type")
        group = self._shared if kind is None else self._of_type.setdefault(kind, [])
        group.append(one)
        for label in one.needs:
            self._needing.setdefault(label, []).extend([one] if kind is None else [])

    def _applying(self, cluster_type: ClusterType, target: DeploymentTarget) -> list[ConfigMap]:
        """Return the platform ConfigMaps that apply, in the order of their names."""
        met, found, own = self._on_type.get(cluster_type.name) or self._look_at_type(cluster_type)
        also_met, shared = self._of_target.get(target.name) or self._look_at_target(target)
        met |= also_met
        found = {**found, **{one.place: one.config for one in (*own, *shared) if one.needs <= met}}
        return [found[place] for place in sorted(found)]

    def _look_at_type(
        self, cluster_type: ClusterType
    ) -> tuple[frozenset[Label], dict[int, ConfigMap], list[_Platform]]:
        """Return the labels that a cluster type meets, what applies whatever the target, and its own that may apply."""
        met = self._met(cluster_type.labels, {"cluster-type": cluster_type.name})
        own = self._of_type.get(cluster_type.name, [])
        found = {one.place: one.config for one in (*self._shared, *own) if one.needs <= met}
        self._on_type[cluster_type.name] = met, found, [one for one in own if one.place not in found]
        return self._on_type[cluster_type.name]

    def _look_at_target(self, target: DeploymentTarget) -> tuple[frozenset[Label], list[_Platform]]:
        """Return the labels that a target meets, and the shared ConfigMaps that need one of them."""
        met = self._met(target.labels, {"deployment-target": target.name, "workload": target.workload})
        self._of_target[target.name] = met, [one for label in met for one in self._needing.get(label, ())]
        return self._of_target[target.name]

    def _met(self, labels: Labels, names: Labels) -> frozenset[Label]:
        """Return the labels that are met by one that has *labels*; one that is not there reads as empty."""
        own = {key: value for key, value in labels.items() if key not in _NAMES}
        return frozenset({**dict.fromkeys(self._empty - _NAMES, ""), **own, **names}.items())

    def _read_all(self, origin: ConfigMap) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        """Return an object's values: the texts, which take the place of what is there, and those that are merged."""
        found = [(key, self._read(origin.data[key], origin, key)) for key in sorted(origin.data, key=to_bytes)]
        texts = {key: value for key, value in found if type(value) is str}
        self._entries[origin.name] = texts, [item for item in found if item[0] not in texts]
        return self._entries[origin.name]

    def _read(self, text: str, origin: ConfigMap, key: str) -> Any:
        if text not in self._parsed:
            try:
                self._parsed[text] = parse(text)
            except (ConfigError, RefusedYaml) as error:
                raise _blamed(error, origin, key) from error
        return self._parsed[text]

    def _merge(self, old: Any, new: Any, origin: ConfigMap, key: str) -> Any:
        if type(new) is str:
            return new
        known = self._merged.get((id(old), id(new)))
        if known is not None and known[0] is old and known[1] is new:
            return known[2]
        try:
            merged = merge(old, new, self._comparisons)
        except (ConfigError, RefusedYaml) as error:
            raise _blamed(error, origin, key) from error
        if len(self._merged) > _MERGES_KEPT:
            self._merged.clear()
        self._merged[id(old), id(new)] = (old, new, merged)
        return merged


def _blamed(error: OrchestrationError, origin: ConfigMap, key: str) -> ConfigError:
    return ConfigError(f"ConfigMap {origin.name}, key {key}: {error}", origin.places.get(key, origin.place))


def parse(text: str) -> Any:
    """Return what a config value stands for: a list, a map, or text; raises RefusedYaml."""
    if _WORDS.fullmatch(text):
        return text
    trimmed = text.strip(GO_SPACE)
    if trimmed[:1] == "'" and trimmed[-1:] == "'":
        return trimmed.strip("'")
    try:
        value = load(text)
    except RefusedYaml:
        raise
    except UnreadableYaml:
        return text
    return value if isinstance(value, list) or is_map(value) else text


def merge(old: Any, new: Any, comparisons: Allowance) -> Any:
    """Return *new* merged into *old*; neither is changed; raises ConfigError."""
    if isinstance(old, list) and isinstance(new, list):
        return _merge_lists(old, new, comparisons)
    if isinstance(old, AnyMap) and isinstance(new, AnyMap):
        merged = AnyMap(old.items())
        for key, value in new.items():
            merged[key] = merge(merged[key], value, comparisons) if key in merged else value
        return merged
    return new


def _merge_lists(old: list[Any], new: list[Any], comparisons: Allowance) -> list[Any]:
    """Items with the name of one that is there go into it; items added on the way count as there."""
    there, names = [_plain_name(item) for item in old], [_plain_name(item) for item in new]
    if None not in there and None not in names:
        return _merge_named(old, there, new, names, comparisons)
    needed = (len(old) + len(new)) * len(new)
    if needed > _COMPARISON_LIMIT:
        raise ConfigError(f"refused: lists of {len(old)} and {len(new)} items are too long to merge")
    comparisons.left -= needed
    if comparisons.spent:
        raise ConfigError(str(comparisons))
    merged = list(old)
    for item in new:
        places = [at for at, other in enumerate(merged) if _same_name(other, item)]
        for at in places:
            merged[at] = merge(merged[at], item, comparisons)
        if not places:
            merged.append(item)
    return merged


def _plain_name(item: Any) -> str | None:
    """Return the name of an item that has text for one."""
    name = item.get("name") if type(item) is AnyMap else None
    return name if type(name) is str else None


def _merge_named(
    old: list[Any], there: list[str | None], new: list[Any], names: list[str | None], comparisons: Allowance
) -> list[Any]:
    """Do the same with items that all have text for a name, without comparing each with each."""
    if len({*there, *names}) == len(there) + len(names):
        return [*old, *new]
    merged = list(old)
    places: dict[str | None, list[int]] = {}
    for at, name in enumerate(there):
        places.setdefault(name, []).append(at)
    for item, name in zip(new, names, strict=True):
        for at in places.get(name, ()):
            merged[at] = merge(merged[at], item, comparisons)
        if name not in places:
            places[name] = [len(merged)]
            merged.append(item)
    return merged


def _same_name(one: Any, other: Any) -> bool:
    if not (isinstance(one, AnyMap) and isinstance(other, AnyMap)):
        return False
    names = one.get("name"), other.get("name")
    if type(names[0]) is type(names[1]) and (isinstance(names[0], list) or is_map(names[0])):
        raise ConfigError('items of lists are told apart by "name", which is itself a list or a map')
    return deep_equal(*names)


def appliable(config: ConfigMap) -> Iterable[Mapping[str, str]]:
    """Return the label sets under which something of *config* applies."""
    if config.labels.get(PLATFORM_CONFIG) == "true":
        yield config.labels
    if config.name.startswith(APP_CONFIG_PREFIX):
        yield from (key_labels(key)[0] for key in config.data)
