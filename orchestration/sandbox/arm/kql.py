"""The small part of Kusto's query language that Resource Graph's queries of this project are written in.

`TABLE` or `union T, T`, then any of: `where FIELD OPERATOR VALUE [and …]` with `==`, `=~`, `!=`, `!~`, `in`, `in~`,
`startswith`, `contains`; `project` and `extend` with `NAME` or `NAME = EXPRESSION`; `order by NAME [asc|desc], …`;
`limit N`. An expression is a path (`properties.x.y`), a text, or tostring, tolower or todatetime of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from orchestration.sandbox.arm.errors import ArmError, bad_request

Row = Mapping[str, Any]
Expression = Callable[[Row], Any]
Stage = Callable[[list[Row]], list[Row]]
TABLES = (
    "extensibilityresources",
    "kubernetesconfigurationresources",
    "relationshipresources",
    "resourcecontainers",
    "resources",
)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<word>\$?[A-Za-z_][\w-]*~?)|(?P<number>\d+)"
    r"|(?P<sign>=~|!~|==|!=|[=.,()\[\]|]))"
)
_UNDERSTOOD = (
    "understood are: TABLE or union TABLES | where FIELD ==, =~, !=, !~, in, in~, startswith or contains VALUE, "
    "joined by and | project or extend NAME = PATH, tostring(), tolower() or todatetime() | order by | limit"
)


@dataclass(frozen=True)
class Query:
    """A parsed query: the tables it reads and what is done to their rows."""

    tables: tuple[str, ...]
    stages: tuple[Stage, ...]

    def run(self, rows: Sequence[Row]) -> list[Row]:
        """Return what the query makes of the rows of its tables."""
        found = list(rows)
        for stage in self.stages:
            found = stage(found)
        return found


def parse(text: str) -> Query:
    """Return the query; raise 400 InvalidQuery, saying what is understood, for anything beyond the subset."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0

    def query(self) -> Query:
        names = self.comma_list(self.word) if self.accept("union") else [self.word()]
        for name in names:
            if name.lower() not in TABLES:
                raise invalid(f"there is no table '{name}'; tables are {', '.join(TABLES)}")
        stages = []
        while self.accept("|"):
            stages.append(self.stage())
        if self.at < len(self.tokens):
            raise invalid(f"'{self.tokens[self.at]}' is not understood here")
        return Query(tuple(name.lower() for name in names), tuple(stages))

    def stage(self) -> Stage:
        name = self.word().lower()
        if name == "where":
            return self.where()
        if name in ("project", "extend"):
            columns = dict(self.comma_list(self.column))
            return _extend(columns) if name == "extend" else _project(columns)
        if name in ("order", "sort") and self.accept("by"):
            return _order(self.comma_list(self.ordering))
        if name in ("limit", "take"):
            count = int(self.next("a number", str.isdigit))
            return lambda rows: rows[:count]
        raise invalid(f"'{name}' is not understood")

    def where(self) -> Stage:
        conditions = [self.condition()]
        while self.accept("and"):
            conditions.append(self.condition())
        return lambda rows: [row for row in rows if all(condition(row) for condition in conditions)]

    def condition(self) -> Callable[[Row], bool]:
        left = self.expression()
        operator = self.next("an operator", lambda token: token.lower() in _OPERATORS).lower()
        if operator in ("in", "in~"):
            self.expect("(")
            values = self.comma_list(self.literal)
            self.expect(")")
        else:
            values = [self.literal()]
        compare = _OPERATORS[operator]
        return lambda row: compare(_text(left(row)), values)

    def column(self) -> tuple[str, Expression]:
        if self.at + 1 < len(self.tokens) and self.tokens[self.at + 1] == "=":
            name = self.word()
            self.expect("=")
            return name, self.expression()
        start = self.at
        expression = self.expression()
        return self.tokens[start] if self.at == start + 1 else self.tokens[self.at - 1], expression

    def ordering(self) -> tuple[str, bool]:
        name = self.word()
        if self.accept("desc"):
            return name, True
        self.accept("asc")
        return name, False

    def expression(self) -> Expression:
        if self.peek()[:1] in "'\"":
            text = self.literal()
            return lambda row: text
        name = self.word()
        if self.accept("("):
            if name.lower() not in _FUNCTIONS:
                raise invalid(f"there is no function '{name}'")
            inner = self.expression()
            self.expect(")")
            function = _FUNCTIONS[name.lower()]
            return lambda row: function(inner(row))
        steps = [name]
        while self.peek() in (".", "["):
            steps.append(self.step())
        return lambda row: _walk(row, steps)

    def step(self) -> str:
        if self.accept("."):
            return self.word()
        self.expect("[")
        name = self.literal()
        self.expect("]")
        return name

    def literal(self) -> str:
        token = self.next("a quoted text", lambda found: found[:1] in ("'", '"'))
        return re.sub(r"\\(.)", r"\1", token[1:-1])

    def word(self) -> str:
        return self.next("a name", lambda token: token[0].isalpha() or token[0] in "_$")

    def comma_list(self, item: Callable[[], Any]) -> list[Any]:
        found = [item()]
        while self.accept(","):
            found.append(item())
        return found

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else " "

    def accept(self, token: str) -> bool:
        found = self.peek().lower() == token
        self.at += found
        return found

    def expect(self, token: str) -> None:
        self.next(f"'{token}'", lambda found: found == token)

    def next(self, what: str, wanted: Callable[[str], bool]) -> str:
        if self.at >= len(self.tokens) or not wanted(self.tokens[self.at]):
            raise invalid(f"{what} was expected, not '{self.peek()}'")
        self.at += 1
        return self.tokens[self.at - 1]


def invalid(problem: str) -> ArmError:
    """Return the 400 InvalidQuery that says what is wrong and what would be right."""
    message = f"Query is invalid: {problem}. The sandbox knows a part of the language; {_UNDERSTOOD}."
    return bad_request("InvalidQuery", message)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise invalid(f"'{text[at:].strip()[:20]}' is not understood")
        yield match[match.lastgroup or 0]
        at = match.end()


def _walk(row: Row, steps: Sequence[str]) -> Any:
    found: Any = row
    for step in steps:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _in(*, fold: bool) -> Callable[[str, Sequence[str]], bool]:
    def compare(left: str, right: Sequence[str]) -> bool:
        return left.lower() in {each.lower() for each in right} if fold else left in right

    return compare


def _not(compare: Callable[[str, Sequence[str]], bool]) -> Callable[[str, Sequence[str]], bool]:
    return lambda left, right: not compare(left, right)


_OPERATORS: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "==": _in(fold=False),
    "=~": _in(fold=True),
    "in": _in(fold=False),
    "in~": _in(fold=True),
    "!=": _not(_in(fold=False)),
    "!~": _not(_in(fold=True)),
    "startswith": lambda left, right: left.lower().startswith(right[0].lower()),
    "contains": lambda left, right: right[0].lower() in left.lower(),
}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tostring": _text,
    "tolower": lambda value: _text(value).lower(),
    "todatetime": lambda value: value,
}


def _extend(columns: Mapping[str, Expression]) -> Stage:
    return lambda rows: [{**row, **{name: each(row) for name, each in columns.items()}} for row in rows]


def _project(columns: Mapping[str, Expression]) -> Stage:
    return lambda rows: [{name: each(row) for name, each in columns.items()} for row in rows]


def _order(keys: Sequence[tuple[str, bool]]) -> Stage:
    def stage(rows: list[Row]) -> list[Row]:
        for name, descending in reversed(keys):
            rows = sorted(rows, key=partial(_value, name), reverse=descending)
        return rows

    return stage


def _value(name: str, row: Row) -> str:
    return _text(row.get(name))
