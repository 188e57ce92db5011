"""Texts rendered until no action is left in them, as Kalypso does."""

from __future__ import annotations

from typing import Any

from orchestration.kalypso.allowance import Allowance
from orchestration.kalypso.gotemplate.compiler import compile_tree
from orchestration.kalypso.gotemplate.errors import LimitReached, TemplateError
from orchestration.kalypso.gotemplate.functions import FUNCTIONS
from orchestration.kalypso.gotemplate.parse import parse
from orchestration.kalypso.gotemplate.state import Program, State

_NAME = "template"
ROUNDS = 32
ACTION_LIMIT = 5_000
STEPS_AN_ACTION = 40
"""What it takes to compile one, in steps."""


class Engine:
    """Renders the texts of so many assignments; one that is met again is not compiled again.

    One that reached a limit is not tried again, and none once all of them together have reached theirs.
    """

    def __init__(self, assignments: int = 1) -> None:
        self._programs: dict[str, Program] = {}
        self._given_up: dict[str, LimitReached] = {}
        self._steps = Allowance("the templates", "steps", 400_000, 10_000, assignments)
        self._characters = Allowance("the templates", "characters of output", 16_000_000, 20_000, assignments)

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
        output = self._execute(self._program(text), dot)
        actions = 0
        for _ in range(ROUNDS - 1):
            if "{" not in output or "{{" not in output:  # to look for one character takes next to no time
                return output
            actions = _counted(actions + output.count("{{"))
            output = self._execute(self._compile(output), dot)
        raise LimitReached(f'template: {_NAME}: after {ROUNDS} rounds the output still holds "{{{{"')

    def _program(self, text: str) -> Program:
        if text not in self._programs:
            _counted(text.count("{{"))
            self._programs[text] = self._compile(text)
        return self._programs[text]

    def _compile(self, text: str) -> Program:
        self._steps.left -= text.count("{{") * STEPS_AN_ACTION
        return compile_tree(parse(_NAME, text, FUNCTIONS), FUNCTIONS)

    def _execute(self, program: Program, dot: Any) -> str:
        for allowance in (self._steps, self._characters):
            if allowance.spent:
                raise LimitReached(f"template: {_NAME}: {allowance}")
        state = State(program, _NAME, [["$", dot]])
        try:
            program.templates[_NAME](state, dot)
        finally:
            characters, steps = state.written
            self._characters.left -= characters
            self._steps.left -= steps
        return "".join(state.output)


def _counted(actions: int) -> int:
    if actions > ACTION_LIMIT:
        raise LimitReached(f"template: {_NAME}: refused: more than {ACTION_LIMIT} actions")
    return actions
