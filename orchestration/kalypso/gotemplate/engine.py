"""Texts rendered until no action is left in them, as Kalypso does."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.gotemplate.compiler import compile_tree
from orchestration.kalypso.gotemplate.errors import LimitReached, TemplateError
from orchestration.kalypso.gotemplate.functions import FUNCTIONS
from orchestration.kalypso.gotemplate.parse import parse
from orchestration.kalypso.gotemplate.state import Program, State

_NAME = "template"
ROUNDS = 32
ACTION_LIMIT = 5_000


class Engine:
    """Renders texts; one that is met again is not compiled again, and not tried again if it reached a limit."""

    def __init__(self) -> None:
        self._programs: dict[str, Program] = {}
        self._given_up: dict[str, LimitReached] = {}

    def render(self, text: str, dot: Any) -> str:
        """Return *text* rendered, again and again while actions are left; raises TemplateError."""
        if text in self._given_up:
            raise self._given_up[text]
        try:
            return self._render(text, dot)
        except RecursionError as error:
            raise TemplateError(f"template: {_NAME}: nested too deeply") from error
        except LimitReached as error:
            self._given_up[text] = error
            raise

    def _render(self, text: str, dot: Any) -> str:
        output = _execute(self._program(text), dot)
        actions = 0
        for _ in range(ROUNDS - 1):
            if "{{" not in output:
                return output
            actions = _counted(actions + output.count("{{"))
            output = _execute(_compile(output), dot)
        raise LimitReached(f'template: {_NAME}: after {ROUNDS} rounds the output still holds "{{{{"')

    def _program(self, text: str) -> Program:
        if text not in self._programs:
            _counted(text.count("{{"))
            self._programs[text] = _compile(text)
        return self._programs[text]


def _counted(actions: int) -> int:
    if actions > ACTION_LIMIT:
        raise LimitReached(f"template: {_NAME}: refused: more than {ACTION_LIMIT} actions")
    return actions


def _compile(text: str) -> Program:
    return compile_tree(parse(_NAME, text, FUNCTIONS), FUNCTIONS)


def _execute(program: Program, dot: Any) -> str:
    state = State(program, _NAME, [["$", dot]])
    program.templates[_NAME](state, dot)
    return "".join(state.output)
