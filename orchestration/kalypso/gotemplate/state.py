"""An execution under way: output, variables, where it is, and how much more it may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from orchestration.kalypso.goquote import quote
from orchestration.kalypso.gotemplate.errors import FunctionError, LimitReached, TemplateError
from orchestration.kalypso.gotemplate.nodes import Node
from orchestration.kalypso.gotemplate.signature import SIZE_LIMIT, Function, bounded, counted, size
from orchestration.kalypso.values import is_map, to_bytes

STEP_LIMIT = 300_000
DEPTH_LIMIT = 60
BYTES_A_STEP = 25
ITEMS_A_STEP = 5

Run = Callable[["State", Any], None]
Evaluate = Callable[["State", Any], Any]


@dataclass
class Program:
    """A compiled text: its templates by name."""

    name: str
    text: str
    templates: dict[str, Run]


@dataclass
class State:
    """One execution of a program."""

    program: Program
    template: str
    variables: list[list[Any]]
    node: Node | None = None
    depth: int = 0
    output: list[str] = field(default_factory=list)
    written: list[int] = field(default_factory=lambda: [0, 0])  # characters and steps, shared by all templates

    def write(self, text: str) -> None:
        """Add *text* to the output."""
        self.output.append(text)
        self.written[0] += len(text)
        if self.written[0] > SIZE_LIMIT:
            raise LimitReached(str(self.fail(f"refused: more than {SIZE_LIMIT} characters of output")))

    def takes(self, text: str, steps: int) -> bool:
        """Count *text* as written in so many steps if nothing is refused about it; whoever asks puts it out."""
        characters = self.written[0] + len(text)
        steps += self.written[1] + len(text) // BYTES_A_STEP
        if characters > SIZE_LIMIT or steps > STEP_LIMIT:
            return False
        self.written[:] = characters, steps
        return True

    def step(self, count: int = 1) -> None:
        """Count steps; raises TemplateError when there were too many."""
        self.written[1] += count
        if self.written[1] > STEP_LIMIT:
            raise LimitReached(str(self.fail(f"refused: more than {STEP_LIMIT} steps")))

    def get(self, name: str) -> Any:
        """Return the value of a variable."""
        for entry in reversed(self.variables):
            if entry[0] == name:
                return entry[1]
        raise self.fail(f"undefined variable: {name}")

    def set(self, name: str, value: Any) -> None:
        """Give a variable that is there another value."""
        for entry in reversed(self.variables):
            if entry[0] == name:
                entry[1] = value
                return
        raise self.fail(f"undefined variable: {name}")

    def inside(self, template: str, dot: Any) -> State:
        """Return the state of another template, which sees no variable of this one."""
        return replace(self, template=template, variables=[["$", dot]], depth=self.depth + 1)

    def fail(self, message: str) -> TemplateError:
        """Return the error that says *message* about the node at work."""
        name = self.program.name
        if self.node is None:
            return TemplateError(f"template: {self.template}: {message}")
        before = self.program.text[: self.node.pos]
        line = before.count("\n") + 1
        column = len(to_bytes(before[before.rfind("\n") + 1 :]))
        place = f"{name}:{line}:{column}"
        return TemplateError(f"template: {place}: executing {quote(self.template)} at <{self.node}>: {message}")

    def called(self, call: Function, arguments: list[Any], node: Node, name: str) -> Any:
        """Return what a function gives; what it raises names the call."""
        try:
            self.step(call.cost + sum(map(self.weigh, arguments)))
            if call.price:
                self.step(call.price(*arguments))
            result = call.call(*arguments)
            self.step(self.weigh(result))
        except FunctionError as error:
            self.node = node
            failure = self.fail(f"error calling {name}: {error}")
            raise (LimitReached(str(failure)) if str(error).startswith("refused: ") else failure) from error
        return result

    def weigh(self, value: Any) -> int:
        """Return how many steps dealing with *value* costs; raises FunctionError when it is too large."""
        if isinstance(value, str):
            return bounded(len(value)) // BYTES_A_STEP
        if isinstance(value, list) or is_map(value):
            seen: dict[int, int] = {}
            counted(size(value, seen))
            return sum(seen.values()) // ITEMS_A_STEP
        return 0
