"""Made-up templates: every action, pipelines of every function with right and wrong arguments, and broken ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

from orchestration.kalypso.gotemplate.functions import FUNCTIONS
from orchestration.kalypso.gotemplate.functions.refused import FUNCTIONS as REFUSED
from orchestration.kalypso.values import AnyMap
from tests.fidelity import words
from tests.fidelity.tags import tagged

_NAMES = sorted(set(FUNCTIONS) - set(REFUSED) - {"derivePassword"})
_KALYPSO = ("toYaml", "stringify", "hash", "quote", "indent", "print", "printf", "eq", "default", "index", "range")
_SIZED = frozenset(("repeat", "until", "untilStep", "indent", "nindent", "wrap", "wrapWith", "substr", "abbrev"))
_NUMBERS = (
    "0", "1", "2", "3", "-1", "10", "1.5", "-1.5", "1e3", "1.0", ".5", "0x10", "0b11", "0o17", "017", "1_000", "'a'",
    "'\\n'", "'é'", "'\\x41'", "1i", "1.5i", "1+2i", "1e1", "0x1p4", "+5", "-0", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "1e19", "1e400", "'ab'", "1a", "0x", "08", "0b2", "1__0", "1_",
    "1.2.3", "--1", "+", "-", "''", "0xfffffffffffffffff", "1e", "1.", "0i", "'\\''", "'\"'", "00", "0_7",
)  # fmt: skip
_FIELDS = (
    ".Workload", ".Environment", ".Namespace", ".ClusterType", ".DeploymentTargetName", ".Workspace", ".Labels",
    ".Manifests", ".ConfigData", ".Labels.purpose", ".Labels.missing", ".Manifests.path", ".ConfigData.S",
    ".ConfigData.N", ".ConfigData.L", ".ConfigData.M", ".ConfigData.items", ".ConfigData.E", ".ConfigData.missing",
    ".ConfigData.M.k", ".ConfigData.M.n", ".ConfigData.M.l", ".ConfigData.M.m.x", ".ConfigData.missing.deeper",
    ".ConfigData.S.x", ".ConfigData.T", ".Foo", ".", "$", "$.Workload", "$.ConfigData.L", "$.Foo", "$.Labels",
    ".name", ".x", ".ConfigData.M.n.x", ".Workload.x", ".ConfigData.V",
)  # fmt: skip
_STRINGS = (".Workload", ".Labels.purpose", ".ConfigData.S", ".ConfigData.N", ".ConfigData.E", "$.Environment")
_DICTIONARIES = (
    ".ConfigData",
    "dict",
    '(dict "a" 1 "b" "x")',
    '(dict "a" (dict "b" 1) "c" (list 1 2))',
    "$.ConfigData",
)
_LISTS = (
    ".ConfigData.L",
    ".ConfigData.items",
    "(list 1 2 3)",
    '(list "b" "a" "b")',
    "(list)",
    "(until 3)",
    '(tuple 1 "a" nil)',
)
_DATES = ('(toDate "2006-01-02" "2020-02-03")', '(toDate "2006-01-02T15:04:05Z07:00" "2020-02-03T04:05:06+02:00")')
_LAYOUTS = (
    "2006-01-02",
    "15:04:05.000 MST",
    "Mon, 02 Jan 2006 15:04:05 -0700",
    "Jan _2 3:04PM",
    "06/1/2 002",
    "January Z07:00",
)
_PATTERNS = ("a", "[a-z]+", "(a)(b)?", "^$", "\\d+", "(", "a*", "(?i)B", "\\s", "[", "(?P<n>o)", "x{2,1}", ".")
_VARIABLES = ("$a", "$b", "$c")
_SPACES = ("", "", "", " ", "\n", "  \n ", "\t", "text", " a\n", "\n\n", "é", "}", "{", "x: ")


Choice = TypeVar("Choice")


class TemplateMaker:
    """Makes one template after the other; knows the variables and templates in sight."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.variables: list[str] = []
        self.defined: list[str] = []
        self.loops = 0
        self.by_type: dict[str, Callable[[], str]] = {
            "string": self.string,
            "int": self.whole,
            "int64": self.whole,
            "uint32": self.whole,
            "float64": lambda: self.choose(("1.5", "0.5", "1", ".5", "1e3")),
            "bool": lambda: self.choose(("true", "false", "(eq 1 1)", '(contains "a" "b")')),
            "map[string]interface {}": lambda: self.choose(_DICTIONARIES),
            "time.Time": lambda: self.choose(_DATES),
        }

    def choose(self, values: Sequence[Choice]) -> Choice:
        return self.random.choice(values)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # --- what stands for a value

    def string(self) -> str:
        if self.chance(0.3):
            return str(self.choose(_STRINGS))
        return words.quoted(self.random, words.text(self.random))

    def whole(self) -> str:
        return str(self.choose((0, 1, 2, 3, 5, 10, -1, 80)))

    def operand(self, depth: int = 2) -> str:
        """Return anything that may be an argument."""
        choice = self.random.random()
        if choice < 0.25:
            return self.string()
        if choice < 0.4:
            return str(self.choose(_NUMBERS[:14] if self.chance(0.7) else _NUMBERS))
        if choice < 0.6:
            return str(self.choose(_FIELDS))
        if choice < 0.66 and self.variables:
            return self.choose(self.variables) + self.choose(("", "", "", ".k", ".name", ".x.y"))
        if choice < 0.72:
            return str(self.choose(("true", "false", "nil", ".", "$")))
        if choice < 0.8:
            return str(self.choose(_LISTS + _DICTIONARIES + _DATES))
        if depth and choice < 0.96:
            inner = self.pipeline(depth - 1) if self.chance(0.2) else self.call(depth - 1)
            return f"({inner})" + self.choose(("", "", "", "", ".k", ".x"))
        return str(self.choose(_NAMES))

    def typed(self, name: str, wanted: str, depth: int) -> str:
        """Return an argument of *wanted* type for the function *name*, now and then a wrong one."""
        if wanted in ("int", "int64") and name in _SIZED:
            return self.whole()
        if wanted == "string" and name.startswith("regex") and self.chance(0.7):
            return words.quoted(self.random, self.choose(_PATTERNS))
        if (
            wanted == "string"
            and name.lower().replace("_", "") in ("date", "dateinzone", "todate")
            and self.chance(0.8)
        ):
            return words.quoted(self.random, self.choose((*_LAYOUTS, "2020-02-03", "UTC", "Europe/Berlin")))
        if wanted in self.by_type and self.chance(0.85):
            return self.by_type[wanted]()
        if wanted == "interface {}" and self.chance(0.35):
            return str(self.choose(_LISTS if self.chance(0.5) else _DICTIONARIES))
        return self.operand(depth)

    def call(self, depth: int = 2, *, piped: bool = False) -> str:
        """Return a function with arguments; *piped*: all but the last."""
        name = self.choose(_KALYPSO[:-1]) if self.chance(0.25) else self.choose(_NAMES)
        function = FUNCTIONS[name]
        parameters = [one.name for one in function.parameters]
        if function.variadic:
            parameters = parameters[:-1] + parameters[-1:] * self.choose((0, 1, 1, 2, 2, 3))
        arguments = [self.typed(name, wanted, depth) for wanted in parameters]
        if name == "set" and len(arguments) == 3:
            arguments[2] = self.string()
        if piped and arguments:
            arguments.pop()
        if self.chance(0.03):
            arguments = arguments[1:] if self.chance(0.5) else [*arguments, self.operand(depth)]
        return " ".join([name, *arguments])

    def pipeline(self, depth: int = 2) -> str:
        start = self.operand(depth) if self.chance(0.4) else self.call(depth)
        rest: list[str] = []
        while self.chance(0.3) and len(rest) < 3:
            rest.append(self.call(0, piped=True))
        return self.choose((" | ", " | ", "|", " |")).join([start, *rest])

    # --- actions

    def braces(self, content: str) -> str:
        left = self.choose(("{{ ", "{{ ", "{{", "{{- ", "{{-\n"))
        right = self.choose((" }}", " }}", "}}", " -}}", "\n-}}", "\n}}"))
        return left + content + right

    def body(self, depth: int) -> str:
        if not depth:
            return self.blank() + self.braces(self.pipeline(1)) + self.blank()
        return "".join(self.blank() + self.action(depth - 1) for _ in range(self.choose((0, 1, 1, 2)))) + self.blank()

    def blank(self) -> str:
        return str(self.choose(_SPACES))

    def action(self, depth: int) -> str:
        choice = self.random.random()
        if choice < 0.45 or not depth:
            return self.braces(self.pipeline())
        if choice < 0.55:
            return self.assignment()
        if choice < 0.68:
            return self.branch("if", self.condition(), depth)
        if choice < 0.76:
            return self.branch("with", self.declared(self.operand()), depth)
        if choice < 0.9:
            return self.loop(depth)
        if choice < 0.93:
            return self.choose(("{{/* note */}}", "{{- /* a\nb */ -}}", "{{/* {{ */}}", "{{ /* x */ }}", "{{/* x }}"))
        return self.template(depth)

    def condition(self) -> str:
        return self.declared(self.pipeline(1) if self.chance(0.5) else self.operand())

    def declared(self, pipe: str) -> str:
        if not self.chance(0.15):
            return pipe
        self.variables.append(self.choose(_VARIABLES))
        return f"{self.variables[-1]} := {pipe}"

    def assignment(self) -> str:
        if self.variables and self.chance(0.4):
            return self.braces(f"{self.choose(self.variables)} = {self.pipeline(1)}")
        name = self.choose(_VARIABLES)
        made = self.braces(f"{name}{self.choose((' := ', ':='))}{self.pipeline(1)}")
        self.variables.append(name)
        return made

    def branch(self, word: str, pipe: str, depth: int) -> str:
        mark = len(self.variables)
        made = self.braces(f"{word} {pipe}") + self.body(depth)
        while self.chance(0.2):
            made += self.braces(f"else {word if self.chance(0.8) else 'if'} {self.operand()}") + self.body(depth)
        if self.chance(0.4):
            made += self.braces("else") + self.body(depth)
        del self.variables[mark:]
        return made + self.braces("end")

    def loop(self, depth: int) -> str:
        mark = len(self.variables)
        names = self.choose(("", "", "$i, $e := ", "$e := ", "$e = ", "$i, $e = ", "$i, $e, $f := "))
        over = self.choose(
            (*_LISTS, *_DICTIONARIES, *_FIELDS, "3", "0", "-1", '"abc"', ".ConfigData", ".Labels", "nil")
        )
        if ":=" in names:
            self.variables += [name for name in ("$i", "$e") if name in names]
        self.loops += 1
        inner = self.body(depth) + (self.braces("if eq 1 1") + self.braces(self.choose(("break", "continue"))) +
                                    self.braces("end") if self.chance(0.2) else "")  # fmt: skip
        self.loops -= 1
        made = self.braces(f"range {names}{over}") + inner
        if self.chance(0.3):
            made += self.braces("else") + self.body(depth)
        del self.variables[mark:]
        return made + self.braces("end")

    def template(self, depth: int) -> str:
        kind = self.choose(("define", "block", "template", "template", "break"))
        if kind == "break":
            return self.braces(self.choose(("break", "continue", "end", "else", "nonsense", "")))
        if kind == "template":
            name = self.choose((*self.defined, "t9"))
            return self.braces(f'template "{name}"{self.choose(("", " .", f" {self.operand()}"))}')
        saved, self.variables = self.variables, []
        body = self.body(depth)
        self.variables = saved
        name = f"t{len(self.defined)}"
        self.defined.append(name)
        head = f'define "{name}"' if kind == "define" else f'block "{name}" {self.operand()}'
        return self.braces(head) + body + self.braces("end")

    def make(self) -> str:
        """Return a template; one in six is broken on purpose."""
        self.variables, self.defined, self.loops = [], [], 0
        if self.chance(0.5):
            made = self.braces(self.pipeline())
        else:
            made = "".join(self.blank() + self.action(2) for _ in range(self.choose((1, 1, 2, 3)))) + self.blank()
        while self.chance(0.15):
            made = words.broken(self.random, made, _NOISE)
        return made


_NOISE = (
    "{{", "}}", "{{end}}", "(", ")", "|", '"', "'", "`", "$", ".", ",", ":=", "=", " ", "\n", "-", "/*", "*/", "{{-",
    "-}}", "é", "\\", "0", "x", "%", "nil", "..", "$x", ".x", "{{else}}", "|  |", "{{if}}", "\x00", "#", "@", "[",
    "true", "\t",
)  # fmt: skip


def dot(random: Random) -> dict[str, Any]:
    """Return the fields that a template sees, tagged."""
    record = AnyMap([("k", "v"), ("n", None), ("l", [1, "a", 1.5, True, None]), ("m", AnyMap([("x", 1)]))])
    config = {
        "S": words.text(random) if random.random() < 0.3 else "str",
        "N": random.choice(("5", "007", "1.5")),
        "E": "",
        "T": random.choice(("plain", "{{ .Workload }}", "{{ .ConfigData.S }}")),
        "L": random.choice(([1, 2], ["b", "a"], [], [1, "a", None])),
        "M": record,
        "items": [AnyMap([("name", "one"), ("on", True)]), AnyMap([("name", "two")])],
        "V": words.value(random, 2, mixed=False),
    }
    fields: dict[str, Any] = tagged({
        "DeploymentTargetName": "shop-web",
        "Namespace": "dev-edge-shop-web",
        "Environment": "dev",
        "Workspace": random.choice(("team-a", "")),
        "Workload": "shop",
        "Labels": {"purpose": "test", "use-case": "x"},
        "Manifests": {"path": "./web"},
        "ClusterType": "edge",
        "ConfigData": config,
    })["object"]  # fmt: skip
    return fields


def cases(random: Random, count: int) -> list[dict[str, Any]]:
    """Return *count* cases."""
    maker = TemplateMaker(random)
    return [{"kind": "template", "template": maker.make(), "dot": dict(dot(random))} for _ in range(count)]
