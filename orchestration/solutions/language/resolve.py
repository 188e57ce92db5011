"""A template resolved for one target: values, where each comes from, and every problem that was met.

`$val` looks at the target, then upwards, then at the schema's default; the nearest value wins.
https://learn.microsoft.com/azure/azure-arc/workload-orchestration/configuration-model
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from orchestration.fleet.model import Origin, Problem
from orchestration.fleet.tree import Node
from orchestration.solutions.language import assumed
from orchestration.solutions.language.expression import BadExpression, has_expression, parse, sole_key
from orchestration.solutions.language.functions import (
    Cycle,
    NullCompared,
    Scope,
    TooDeep,
    Unworkable,
    evaluate,
    is_true,
)
from orchestration.solutions.language.keys import Keys
from orchestration.solutions.language.provenance import Known, Provenance, Source, all_sources, provenance_of
from orchestration.solutions.language.schema import Rule
from orchestration.solutions.language.specification import property_of
from orchestration.solutions.language.template import Template
from orchestration.solutions.language.types import violations
from orchestration.solutions.language.values import MISSING, Layer, find, look_up

LARGEST = 2_000_000
"""How many characters the expressions of one template may come to; a value counts as `_VALUE` of them, a key that is
read of a config template as `_READING`."""

_VALUE, _READING = 10, 100

MOST_NESTED = 10
"""How many config templates may read each other in a row."""

_CODES: tuple[tuple[type[Unworkable], str], ...] = ((Cycle, "cycle"), (TooDeep, "too-deep"))


class Configured(NamedTuple):
    """A config template and its values, those of the nearest linked node first."""

    template: Template
    layers: tuple[Layer, ...]


def _no_config(reference: str) -> Configured | None:
    return None


@dataclass(frozen=True)
class Situation:
    """What a template is resolved for: the target as an ARM resource, the values of the template, nearest first.

    *config* gives a config template, None when there is none; it raises `Unworkable` when the target may not read it.
    """

    target: Mapping[str, Any] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    config: Callable[[str], Configured | None] = _no_config


@dataclass(frozen=True)
class Resolution:
    """The resolved `configs`; the values are not to be used when there are errors among the problems.

    *assumed* are the codes of the undocumented rules that values and checks rest on.
    """

    values: dict[str, Any]
    provenance: tuple[Provenance, ...] = ()
    problems: tuple[Problem, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether there are errors."""
        return any(problem.severity == "error" for problem in self.problems)


def resolve(template: Template, situation: Situation) -> Resolution:
    """Return *template* resolved for a situation."""
    run = _Run(template, situation)
    values: dict[str, Any] = {}
    try:
        values = run.whole()
    except RecursionError:
        run.note("too-deep", template.root, "keys refer to each other too deeply", "shorten the chain")
    except _TooLarge:
        run.note("too-large", template.root, f"expressions come to more than {LARGEST} characters", "refer to less")
    problems = tuple(dict.fromkeys((*template.problems, *run.problems)))
    rests_on = run.noted.union(*(entry.assumed for entry in run.provenance))
    return Resolution(values, tuple(run.provenance), problems, tuple(sorted(rests_on)))


class _TooLarge(Exception):
    """What expressions come to is more than can be held."""


@dataclass
class _Run:
    """One template being resolved; *above* names the config templates that wait for this one."""

    template: Template
    situation: Situation
    above: tuple[str, ...] = ()
    left: int = LARGEST
    read: dict[tuple[str, str], Known] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    provenance: list[Provenance] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    active: set[tuple[str, ...]] = field(default_factory=set)
    known: dict[tuple[str, ...], Known] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    assumptions: set[str] = field(default_factory=set)

    @cached_property
    def keys(self) -> Keys:
        """The values of the template's keys."""
        return Keys(self.template, self.situation.layers, self.evaluated)

    @cached_property
    def looking(self) -> Mapping[str, Callable[..., Any]]:
        """The functions that look around."""
        return {
            "val": lambda path: self.use(self.value(path)),
            "config": lambda reference, path="": self.use(self.config(reference, path)),
            "property": lambda path: self.use(self.property(path)),
            "target": lambda path: property_of(self.situation.target, path),
            "connectedRegistryIP": self.registry,
        }

    def note(self, code: str, node: Node, message: str, hint: str = "") -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(code, node.origin, message, hint))

    def use(self, known: Known) -> Any:
        """Return a value that the present expression is made of, its sources becoming the expression's."""
        if known.error is not None:
            raise known.error
        self.sources += known.sources
        self.assumptions |= known.assumed
        return known.value

    def whole(self) -> dict[str, Any]:
        """Return all of `configs` and check every rule; problems are noted."""
        values = {name: self.leaf((name,), node) for name, node in self.template.configs.mapping.items()}
        self.check(self.template.schema.rules)
        for check in self.template.schema.validations:
            self.untrue(check, "validations", nullable=False)
        return values

    def part(self, path: str) -> Known:
        """Return one key of `configs` and check the rules of the values it is made of; problems are noted."""
        found = self.property(path)
        schema = self.template.schema
        self.check(dict.fromkeys(rule.key for path in sorted(self.reached) for rule in schema.touching(path)))
        return found

    def leaf(self, path: tuple[str, ...], node: Node) -> Any:
        """Return what a node resolves to, None with a problem where it does not; its provenance is kept."""
        known = self.node(path, node)
        if known.error is not None:
            self.problems.append(_as_problem(known.error, node, ".".join(path)))
            return None
        if not isinstance(node.value, dict | list) or not node.value:
            self.provenance.append(provenance_of(".".join(path), node, known))
        return known.value

    def node(self, path: tuple[str, ...], node: Node) -> Known:
        """Return what a node of `configs` resolves to, worked out once."""
        if path not in self.known:
            if path in self.active:
                return Known(None, error=Cycle(f"$property goes round in a circle through {'.'.join(path)}"))
            self.active.add(path)
            self.known[path] = self.branch(path, node)
            self.active.discard(path)
        return self.known[path]

    def branch(self, path: tuple[str, ...], node: Node) -> Known:
        """Return a node with every leaf resolved."""
        if isinstance(node.value, dict):
            return Known({key: self.leaf((*path, key), child) for key, child in node.value.items()})
        if isinstance(node.value, list):
            return Known([self.leaf((*path, str(index)), child) for index, child in enumerate(node.value)])
        if not isinstance(node.value, str) or not has_expression(node.value):
            return Known(node.value)
        key = sole_key(node.value)
        return self.evaluated(node.value) if key is None else self.passed_on(key)

    def passed_on(self, key: str) -> Known:
        """Return what `$val` of a key comes to by itself: what `evaluated` would, in less time."""
        known = self.value(key)
        if known.error is None:
            self.weigh(known.value)
        return known

    def evaluated(self, text: str) -> Known:
        """Return what the text of a scalar comes to, with what this expression alone is made of and rests on."""
        outer = self.sources, self.assumptions
        self.sources, self.assumptions = [], set()
        try:
            value = evaluate(parse(text), Scope(self.looking, self.assumptions))
            self.weigh(value)
            return Known(value, tuple(self.sources), frozenset(self.assumptions))
        except (Unworkable, BadExpression) as error:
            return Known(None, error=error)
        finally:
            self.sources, self.assumptions = outer

    def spend(self, characters: int) -> None:
        """Count what is worked out; raise `_TooLarge` when it is too much."""
        self.left -= characters
        if self.left < 0:
            raise _TooLarge

    def weigh(self, value: Any) -> None:
        """Count what an expression came to; raise `_TooLarge` when all of them come to too much."""
        self.spend(_VALUE + len(value) if isinstance(value, str) else _VALUE)
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                self.weigh(inner)

    def value(self, path: str) -> Known:
        """Return the value of a key of the schema, None when there is none."""
        self.reached.add(path)
        return self.keys.value(path)

    def property(self, path: str) -> Known:
        """Return another key of the same `configs`, resolved."""
        here: tuple[str, ...] = ()
        node, names = self.template.configs, path.split(".")
        while names and names[0] in node.mapping:
            node, here = node.mapping[names[0]], (*here, names.pop(0))
        known = self.node(here, node) if here else Known(None)
        if known.error is not None:
            return known
        value = find(known.value, ".".join(names)) if here else MISSING
        if value is MISSING:
            return Known(None, error=Unworkable(f"$property({path}): `configs` has no such key"))
        sources = known.sources or (Source(f"$property({path})", value, "literal", None, node.file, node.line),)
        return known._replace(value=value, sources=sources)

    def config(self, reference: str, path: str) -> Known:
        """Return a key of a config template, or all of it, worked out once; a circle depends on where it is entered."""
        known = self.read.get((reference, path))
        if known is None:
            self.spend(_READING)
            known = self.read_config(reference, path)
            if not isinstance(known.error, Cycle | TooDeep):
                self.read[reference, path] = known
        return known

    def read_config(self, reference: str, path: str) -> Known:
        """Return a key of a config template, or all of it, worked out with its own values and rules."""
        if reference in self.above:
            way = " -> ".join((*self.above, reference))
            return Known(None, error=Cycle(f"$config goes round in a circle: {way}"))
        if len(self.above) >= MOST_NESTED:
            message = f"more than {MOST_NESTED} config templates read each other in a row"
            return Known(None, error=TooDeep(message))
        try:
            found = self.situation.config(reference)
        except Unworkable as error:
            return Known(None, error=error)
        if found is None:
            return Known(None, error=Unworkable(f"config template {reference} does not exist here"))
        situation = Situation(self.situation.target, found.layers, self.situation.config)
        run = _Run(found.template, situation, (*self.above, reference), self.left, self.read)
        known = run.part(path) if path else Known(run.whole())
        self.left = run.left
        wrong = [each for each in (*found.template.problems, *run.problems) if each.severity == "error"]
        if known.error is not None or wrong:
            first = str(known.error) if known.error is not None else wrong[0].message
            kind = _kind_of(known.error, {problem.code for problem in wrong})
            return Known(None, error=kind(f"{reference}: {first}"))
        sources = known.sources or all_sources(run.provenance)
        rests_on = known.assumed | run.noted | ({assumed.PART} if path else set())
        return known._replace(sources=sources, assumed=frozenset(rests_on))

    def registry(self) -> Any:
        """Return the address of the local connected registry; raise `Unworkable` when the values lack it."""
        found = look_up(self.situation.layers, assumed.REGISTRY_KEY)
        if found is None or found.value is None:
            raise Unworkable(f"$connectedRegistryIP: set {assumed.REGISTRY_KEY} in the target's values")
        self.assumptions.add(assumed.REGISTRY)
        asked = "$connectedRegistryIP()"
        self.sources += (Source(asked, each.value, "node", each.node, each.file, each.line) for each in found.settings)
        return found.value

    def check(self, keys: Iterable[str]) -> None:
        """Note what the values of *keys* break."""
        for key in keys:
            self.check_rule(self.template.schema.rules[key])

    def check_rule(self, rule: Rule) -> None:
        """Note what the value of one key breaks."""
        known = self.value(rule.key)
        if known.error is not None:
            self.problems.append(_as_problem(known.error, rule.fields["defaultValue"], rule.key))
            return
        if known.value is None and rule.required:
            message = f"{rule.key} is required and has neither a default nor a value at {self.keys.nodes()}"
            self.problems.append(Problem("required", rule.place, message, f"set {rule.key}, or give it a default"))
            return
        if known.value is not None and self.template.kept.get(rule.key) is not known:
            broken = list(self.broken(rule, known))
            self.problems += broken
            # A value at a bound is checked for each target, so that each notes what that rests on.
            if not broken and self.template.unset.get(rule.key) is known and assumed.BOUNDS not in self.noted:
                self.template.kept[rule.key] = known
        if rule.expression is not None:
            self.untrue(rule.expression, rule.key, nullable=known.value is None)

    def broken(self, rule: Rule, known: Known) -> Iterator[Problem]:
        """Yield what a value breaks, at the place where it is set."""
        origin = Origin(known.sources[0].file, known.sources[0].line)
        try:
            for message in violations(rule, known.value, self.noted):
                yield Problem("value", origin, f"{rule.key}: {message}", f"its rule is at {rule.place}")
        except Unworkable as error:
            yield Problem("pattern", rule.place, f"{rule.key}: {error}", "use RE2 syntax")

    def untrue(self, check: Node, key: str, *, nullable: bool) -> None:
        """Note why a check does not hold; with *nullable*, comparing a null is no failure."""
        text = check.text
        known = self.evaluated(text) if has_expression(text) else Known(check.value)
        self.noted |= known.assumed
        if isinstance(known.error, NullCompared) and nullable:
            self.noted.add(assumed.NULL_CHECK)
        elif known.error is not None:
            message = f"{key}: the check {text} cannot be worked out: {known.error}"
            self.problems.append(Problem("check", check.origin, message))
        elif not is_true(known.value):
            self.problems.append(Problem("check", check.origin, f"{key}: the check {text} does not hold"))


def _kind_of(error: Exception | None, codes: set[str]) -> type[Unworkable]:
    """Return what kind of error a config template's own is to whatever reads it."""
    return next((kind for kind, code in _CODES if isinstance(error, kind) or code in codes), Unworkable)


def _as_problem(error: Exception, node: Node, key: str) -> Problem:
    code = next((code for kind, code in _CODES if isinstance(error, kind)), "expression")
    hint = error.hint if isinstance(error, BadExpression) else ""
    return Problem(code, node.origin, f"{key}: {error}", hint)
