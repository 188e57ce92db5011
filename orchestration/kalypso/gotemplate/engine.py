"""Texts rendered until no action is left in them, as Kalypso does."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.compiler import compile_tree
from orchestration.kalypso.gotemplate.errors import TemplateError
from orchestration.kalypso.gotemplate.functions import FUNCTIONS
from orchestration.kalypso.gotemplate.parse import parse
from orchestration.kalypso.gotemplate.state import Program, State

_NAME = "template"
ROUNDS = 32


class Engine:
    """Renders texts; a template that is met again is not compiled again."""

    def __init__(self) -> None:
        self._programs: dict[str, Program] = {}

    def render(self, text: str, dot: Any) -> str:
        """Return *text* rendered, again and again while actions are left; raises TemplateError."""
        try:
            output = _execute(self._program(text), dot)
            for _ in range(ROUNDS - 1):
                if "{{" not in output:
                    return output
                output = _execute(_compile(output), dot)
        except RecursionError as error:
            raise TemplateError(f"template: {_NAME}: nested too deeply") from error
        raise TemplateError(f'template: {_NAME}: after {ROUNDS} rounds the output still holds "{{{{"')

    def _program(self, text: str) -> Program:
        if text not in self._programs:
            self._programs[text] = _compile(text)
        return self._programs[text]


def _compile(text: str) -> Program:
    return compile_tree(parse(_NAME, text, FUNCTIONS), FUNCTIONS)


def _execute(program: Program, dot: Any) -> str:
    state = State(program, _NAME, [["$", dot]])
    program.templates[_NAME](state, dot)
    return "".join(state.output)
