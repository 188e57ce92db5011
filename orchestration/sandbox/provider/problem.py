"""What goes wrong in the provider, in the form in which Terraform shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.errors import SandboxError


class Problem(SandboxError):
    """An error Terraform shows: *summary* as its title, *detail* as its text, at the argument *path* if given."""

    def __init__(self, summary: str, detail: str, path: Sequence[str | int] = ()) -> None:
        super().__init__(f"{summary}: {detail}")
        self.summary, self.detail, self.path = summary, detail, tuple(path)


class Incomplete(Problem):
    """A create failed, but the resource is there: *state* is what is known of it."""

    def __init__(self, problem: Problem, state: Mapping[str, Any]) -> None:
        super().__init__(problem.summary, problem.detail, problem.path)
        self.state = state
