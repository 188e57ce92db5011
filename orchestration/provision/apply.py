"""Walks a plan: each stack starts as soon as the stacks it needs are done.

The runner is passed in: the preview asks Terraform what would change, the apply makes it so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestration.errors import OrchestrationError
from orchestration.provision.stack import Stack

Outcome = Literal["done", "unchanged", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class StackResult:
    """What became of a stack; counts are of `azapi_resource`s, `destroys` are their ids or addresses."""

    stack: str
    outcome: Outcome
    add: int = 0
    change: int = 0
    destroy: int = 0
    destroys: tuple[str, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    seconds: float = 0.0
    error: str = ""
    hint: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is or was to be changed."""
        return bool(self.add or self.change or self.destroy)


Runner = Callable[[Stack], StackResult]


def walk(
    stacks: Iterable[Stack], run: Runner, executor: Executor, cancel: threading.Event | None = None
) -> dict[str, StackResult]:
    """Return the result of each stack; one that needs a failed one is skipped, the others go on."""
    waiting = {stack.name: stack for stack in stacks}
    known = set(waiting)
    results: dict[str, StackResult] = {}
    running: dict[Future[StackResult], str] = {}
    while waiting or running:
        stopping = cancel is not None and cancel.is_set()
        for stack in [s for s in waiting.values() if not stopping and _ready(s, known, results)]:
            del waiting[stack.name]
            broken = _broken(stack, results)
            if broken:
                results[stack.name] = StackResult(stack.name, "skipped", error=f"{broken} was not applied")
            else:
                running[executor.submit(_guarded, run, stack)] = stack.name
        if not running:
            if stopping or not any(_ready(s, known, results) for s in waiting.values()):
                break
            continue
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            results[running.pop(future)] = future.result()
    return results


def _ready(stack: Stack, known: set[str], results: Mapping[str, StackResult]) -> bool:
    return all(need in results or need not in known for need in stack.needs)


def _broken(stack: Stack, results: Mapping[str, StackResult]) -> str | None:
    bad = ("failed", "skipped")
    return next((need for need in stack.needs if need in results and results[need].outcome in bad), None)


def _guarded(run: Runner, stack: Stack) -> StackResult:
    try:
        return run(stack)
    except OrchestrationError as error:
        return StackResult(stack.name, "failed", error=str(error), hint=error.hint)
