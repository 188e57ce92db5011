"""The service's side of configuration: schemas, templates and layered values to one resolved mapping.

The sandbox's own reading of the documented language, kept apart from the product's: a key's value is looked up from
the target upwards, then in the template, then as the schema's default.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from orchestration.sandbox.arm.resolve_expression import has_expression, parse, run
from orchestration.sandbox.arm.resolve_functions import Around, ExpressionError, NullOperandError, holds
from orchestration.sandbox.arm.resolve_include import expand_configs, expand_schema
from orchestration.sandbox.arm.resolve_rules import Rule, RuleError, Schema, read_schema, violations
from orchestration.sandbox.arm.resolve_values import MISSING, Layer, find, merged, put
from orchestration.sandbox.arm.resolve_yaml import TextError, load_mapping

MAX_CHARACTERS = 2_000_000
"""What the expressions of one template may come to; a value counts as `_EACH`, a config template read as `_READING`."""

_EACH, _READING = 10, 1_000
_REGISTRY_KEY = "LocalConnectedRegistryIP"

LanguageError = (TextError, RuleError, ExpressionError)
"""What reading or resolving a document raises."""


@dataclass(frozen=True)
class Template:
    """A template version's text, and its values, the target's first, the top of the hierarchy's last."""

    name: str
    text: str
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class Library:
    """What a template may refer to, by `name/version` or a longer reference; None is for what does not exist.

    *schema* and *include* give texts; *config* gives a config template with the values of the nodes that are linked
    to it, and raises ExpressionError when the target may not read it.
    """

    schema: Callable[[str], str | None] = lambda reference: None
    include: Callable[[str], str | None] = lambda reference: None
    config: Callable[[str], Template | None] = lambda reference: None


@dataclass(frozen=True)
class Problem:
    """What is wrong, and at which key of the schema or the template."""

    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


@dataclass(frozen=True)
class Resolution:
    """The resolved `configs` of a template; not to be used when there are problems."""

    values: dict[str, Any]
    problems: tuple[Problem, ...] = ()


def resolve(template: Template, library: Library, target: Mapping[str, Any]) -> Resolution:
    """Return *template* resolved for the ARM resource *target*, with every problem that was met."""
    document = _Document(template, library, target)
    try:
        values = document.whole()
    except LanguageError as error:
        return Resolution({}, (Problem(template.name, str(error)),))
    except RecursionError:
        return Resolution({}, (Problem(template.name, "keys refer to each other too deeply"),))
    return Resolution(values, tuple(dict.fromkeys(document.problems)))


def editable_schema(template: Template, library: Library) -> dict[str, Any]:
    """Return the schema document that *template* is edited by, includes put in; raise a LanguageError."""
    schema = _Document(template, library, {}).schema
    rules: dict[str, Any] = {"configs": {key: dict(rule.fields) for key, rule in schema.rules.items()}}
    if schema.validations:
        rules["validations"] = [{"expression": text} for text in schema.validations]
    return {"rules": rules}


def resolve_specification(tree: Any, values: Mapping[str, Any], target: Mapping[str, Any]) -> Any:
    """Return a specification with `$property` and `$target` in its texts worked out; raise ExpressionError."""
    around: Around = {
        "property": (_reader(values, "$property"), 1, 1),
        "target": (_reader(_flat(target), "$target"), 1, 1),
    }

    def worked_out(part: Any) -> Any:
        match part:
            case dict():
                return dict(zip(part, map(worked_out, part.values()), strict=True))
            case list():
                return list(map(worked_out, part))
            case str() if has_expression(part):
                return run(parse(part), around)
        return part

    return worked_out(tree)


def schema_reference(document: Mapping[str, Any]) -> str | None:
    """Return the reference of a template document's schema, None if it has none or carries it; raise RuleError."""
    section = document.get("schema")
    if section is None or (isinstance(section, Mapping) and "rules" in section):
        return None
    if not isinstance(section, Mapping) or not {"name", "version"} <= section.keys():
        raise RuleError("`schema` needs name and version, or rules")
    parts = [section.get("subscription"), section.get("resourceGroupName"), section["name"], section["version"]]
    return "/".join(str(part) for part in parts if part is not None)


@dataclass
class _Document:
    """One template being resolved; *above* names the config templates that wait for this one."""

    template: Template
    library: Library
    target: Mapping[str, Any]
    above: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    active: set[tuple[str, ...]] = field(default_factory=set)
    known: dict[tuple[str, ...], Any] = field(default_factory=dict)
    defaulting: set[str] = field(default_factory=set)
    left: int = MAX_CHARACTERS

    @cached_property
    def body(self) -> dict[str, Any]:
        """Return the template's document."""
        return load_mapping(self.template.text)

    @cached_property
    def configs(self) -> dict[str, Any]:
        """Return the template's `configs`, includes put in."""
        return expand_configs(self.body, self.library.include)

    @cached_property
    def values(self) -> dict[str, Any]:
        """Return what the layers set."""
        return merged(self.template.layers)

    @cached_property
    def schema(self) -> Schema:
        """Return the template's rules, includes put in."""
        reference = schema_reference(self.body)
        document = self.body.get("schema") or {}
        if reference is not None:
            text = self.library.schema(reference)
            if text is None:
                raise RuleError(f"schema {reference} does not exist; upload that version again")
            document = load_mapping(text)
        return read_schema(expand_schema(document, self.library.schema))

    @cached_property
    def functions(self) -> Around:
        """Return the functions that look around."""
        return {
            "val": (self.value, 1, 1),
            "config": (self.config, 1, 2),
            "property": (self.property, 1, 1),
            "target": (_reader(_flat(self.target), "$target"), 1, 1),
            "connectedRegistryIP": (self.registry, 0, 0),
        }

    def whole(self) -> dict[str, Any]:
        """Return all of `configs` and check every rule; problems are noted."""
        values = {name: self.leaf((name,), raw) for name, raw in self.configs.items()}
        self.check(self.schema.rules)
        for text in self.schema.validations:
            self.problems += [Problem("validations", message) for message in self.untrue(text, nullable=False)]
        return values

    def part(self, path: str) -> Any:
        """Return one key of `configs` and check the rules of the values it is made of; problems are noted."""
        found = self.property(path)
        self.check([key for key in self.schema.rules if any(_overlap(key, other) for other in self.reached)])
        return found

    def leaf(self, path: tuple[str, ...], raw: Any) -> Any:
        """Return what *raw* resolves to, None with a problem where it does not."""
        try:
            return self.node(path, raw)
        except ExpressionError as error:
            self.problems.append(Problem(".".join(path), str(error)))
            return None

    def node(self, path: tuple[str, ...], raw: Any) -> Any:
        """Return what *raw*, found at *path* of `configs`, resolves to, worked out once; raise ExpressionError."""
        if path not in self.known:
            if path in self.active:
                raise ExpressionError(f"$property goes round in a circle through {'.'.join(path)}")
            self.active.add(path)
            try:
                self.known[path] = self.branch(path, raw)
            except ExpressionError as error:
                self.known[path] = error
            self.active.discard(path)
        found = self.known[path]
        if isinstance(found, ExpressionError):
            raise found
        return found

    def branch(self, path: tuple[str, ...], raw: Any) -> Any:
        """Return *raw* with every leaf resolved; raise ExpressionError where *raw* is a leaf that does not."""
        if isinstance(raw, Mapping):
            return {key: self.leaf((*path, key), value) for key, value in raw.items()}
        if isinstance(raw, list):
            return [self.leaf((*path, str(index)), value) for index, value in enumerate(raw)]
        return self.evaluate(raw) if isinstance(raw, str) else raw

    def evaluate(self, text: str) -> Any:
        """Return the value of a scalar; raise ExpressionError."""
        if not has_expression(text):
            return text
        found = run(parse(text), self.functions)
        self.spend(found)
        return found

    def spend(self, found: Any) -> None:
        """Count what an expression came to; raise ExpressionError when all of them come to too much."""
        todo = [found]
        while todo:
            value = todo.pop()
            self.left -= _EACH + (len(value) if isinstance(value, str) else 0)
            if self.left < 0:
                raise ExpressionError(f"expressions come to more than {MAX_CHARACTERS} characters")
            todo += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()

    def value(self, path: str) -> Any:
        """Return the value of a key: set, written in the template, or by default; None when there is none."""
        if not path:
            return None
        self.reached.add(path)
        found = find(self.values, path)
        if found is MISSING:
            written = find(self.configs, path)
            found = None if written is MISSING or _computed(written) else written
        if found is None:
            return self.defaults(path)
        if isinstance(found, Mapping) and isinstance(defaults := self.defaults(path), Mapping):
            return merged((Layer("values", found), Layer("defaults", defaults)))
        return found

    def defaults(self, path: str) -> Any:
        """Return the default of a key, or of the keys under it as a mapping; None when there is none."""
        result: dict[str, Any] = {}
        for rule in self.schema.defaults:
            if rule.key == path:
                return self.default(rule)
            if rule.key.startswith(f"{path}."):
                put(result, rule.key[len(path) + 1 :].split("."), self.default(rule))
        return result or None

    def default(self, rule: Rule) -> Any:
        """Return the rule's default, worked out; raise ExpressionError when it needs itself."""
        if not isinstance(rule.default, str):
            return rule.default
        if rule.key in self.defaulting:
            raise ExpressionError(f"the default of {rule.key} goes round in a circle")
        self.defaulting.add(rule.key)
        try:
            return self.evaluate(rule.default)
        finally:
            self.defaulting.discard(rule.key)

    def property(self, path: str) -> Any:
        """Return another key of the same `configs`, resolved; raise ExpressionError when there is none."""
        here: tuple[str, ...] = ()
        raw: Any = self.configs
        names = path.split(".")
        while names and isinstance(raw, Mapping) and names[0] in raw:
            raw, here = raw[names[0]], (*here, names.pop(0))
        found = find(self.node(here, raw), ".".join(names)) if here else MISSING
        if found is MISSING:
            raise ExpressionError(f"$property({path}): `configs` has no such key")
        return found

    def config(self, reference: str, path: str = "") -> Any:
        """Return a key of a config template, or all of it; raise ExpressionError when it cannot be had."""
        if reference in self.above:
            raise ExpressionError(f"$config goes round in a circle: {' -> '.join((*self.above, reference))}")
        template = self.library.config(reference)
        if template is None:
            raise ExpressionError(f"config template {reference} does not exist")
        document = _Document(template, self.library, self.target, (*self.above, reference), left=self.left)
        try:
            return _read_config(document, path)
        finally:
            self.left = document.left - _READING

    def registry(self) -> Any:
        """Return the address of the local connected registry; raise ExpressionError when the values lack it."""
        found = find(self.values, _REGISTRY_KEY)
        if found is MISSING or found is None:
            raise ExpressionError(f"$connectedRegistryIP: set {_REGISTRY_KEY} in the target's values")
        return found

    def check(self, keys: Iterable[str]) -> None:
        """Note what the values of *keys* break."""
        for key in keys:
            self.problems += [Problem(key, message) for message in self.broken(self.schema.rules[key])]

    def broken(self, rule: Rule) -> Iterator[str]:
        """Yield what the value of one key breaks."""
        try:
            value = self.value(rule.key)
        except ExpressionError as error:
            yield str(error)
            return
        if value is None and rule.required:
            yield f"is required and has neither a default nor a value at {self.nodes()}"
            return
        if value is not None:
            yield from violations(rule, value)
        if "expression" in rule.fields:
            yield from self.untrue(str(rule.fields["expression"]), nullable=value is None)

    def untrue(self, text: str, *, nullable: bool) -> Iterator[str]:
        """Yield why the check *text* does not hold; with *nullable*, comparing a null is no failure."""
        try:
            if not holds(self.evaluate(text)):
                yield f"the check {text} does not hold"
        except NullOperandError as error:
            if not nullable:
                yield f"the check {text} cannot be worked out: {error}"
        except ExpressionError as error:
            yield f"the check {text} cannot be worked out: {error}"

    def nodes(self) -> str:
        """Return the names of the nodes that were asked, for a message."""
        return ", ".join(layer.node for layer in self.template.layers) or "any node"


def _read_config(document: _Document, path: str) -> Any:
    """Return a key of a config template, or all of it; raise ExpressionError with what it breaks."""
    name = document.template.name
    try:
        found = document.part(path) if path else document.whole()
    except LanguageError as error:
        raise ExpressionError(f"{name}: {error}") from error
    if document.problems:
        raise ExpressionError("; ".join(f"{name}: {problem}" for problem in dict.fromkeys(document.problems)))
    return found


def _reader(source: Mapping[str, Any], function: str) -> Callable[[str], Any]:
    """Return what reads a path of *source*, and raises ExpressionError where nothing is."""

    def read(path: str) -> Any:
        if (found := find(source, path)) is MISSING:
            raise ExpressionError(f"{function}({path}): there is no such property")
        return found

    return read


def _flat(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return the target with what is under its `properties` beside them."""
    return {**(target.get("properties") or {}), **target}


def _overlap(left: str, right: str) -> bool:
    return left == right or left.startswith(f"{right}.") or right.startswith(f"{left}.")


def _computed(value: Any) -> bool:
    """Return whether *value* is written as an expression, or holds one."""
    if isinstance(value, Mapping):
        return any(_computed(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_computed(inner) for inner in value)
    return isinstance(value, str) and has_expression(value)
