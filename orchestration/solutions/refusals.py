"""What the service refused: a step of a version on a target, which is not tried again until somebody says so.

An installation that failed is seen on the target. Of a review, a publication or an installation that was refused
nothing is to be seen there, so what was refused is remembered, by solution and target: the version, and a digest of
the configuration that it resolved to. Another version or configuration is not held up by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from orchestration.errors import OrchestrationError, ServiceError
from orchestration.solutions.decision import Decision, Step
from orchestration.solutions.steps import Assignment, Examined

STEPS = frozenset({Step.REVIEW, Step.PUBLISH, Step.INSTALL})
REFUSED = "the service refused it in an earlier run"


class Refusals:
    """What is refused by now; targets of one rollout are brought forward by several threads."""

    def __init__(self, before: Mapping[str, str]) -> None:
        self._refused = dict(before)

    def judge(self, examined: Examined) -> Examined:
        """Return *examined*, stopped if the step that it needs was refused before."""
        held = self._refused.get(_key(examined.assignment)) == _what(examined)
        if not held or examined.decision.step not in STEPS:
            return examined
        return examined.stopped(Decision(Step.STOP, examined.decision.version, REFUSED))

    def failed(self, examined: Examined, error: OrchestrationError) -> None:
        """Remember it if the service has refused it; what may go well next time is not remembered."""
        cause = error if isinstance(error, ServiceError) else error.__cause__
        if isinstance(cause, ServiceError) and cause.final:
            self._refused[_key(examined.assignment)] = _what(examined)

    def done(self, assignment: Assignment) -> None:
        """Forget it: the target has what it is to have."""
        self._refused.pop(_key(assignment), None)

    def known(self) -> dict[str, str]:
        """Return what is refused, `VERSION DIGEST` by `SOLUTION/TARGET`."""
        return dict(sorted(self._refused.items()))


def _key(assignment: Assignment) -> str:
    return f"{assignment.solution.name}/{assignment.target.name}"


def _what(examined: Examined) -> str:
    digest = hashlib.sha256(examined.wanted.configuration.encode()).hexdigest()
    return f"{examined.assignment.version} {digest[:16]}"
