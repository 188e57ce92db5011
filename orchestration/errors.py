"""Every error this package raises on purpose.

::

    OrchestrationError
    ├── InvalidFleet            the fleet file has problems; all of them, with places
    │   └── InvalidChart        ... or a Helm chart has
    ├── NotYet                  accepted and valid, but this version cannot do it
    ├── UsageError              a verb was asked for something that cannot be
    ├── RepositoryError         a Git repository could not be read or written
    │   ├── RepositoryNotFound  ... there is none at its address, or none that we may see
    │   ├── RepositoryDenied    ... the host refuses our credential
    │   ├── RepositoryBusy      ... now; later it may go well
    │   └── RepositoryMoved     ... somebody else pushed to it again and again
    ├── CommandError            a program we ran failed
    │   ├── TerraformError      ... and said why in diagnostics
    │   └── TooMuchOutput       ... as it printed more than we are willing to hold
    ├── ToolMissing             a program is absent or too old
    ├── ServiceError            Azure, GitHub or the sandbox answered with an error
    │   ├── NotLoggedIn         there is no usable login
    │   └── NoAnswer            ... or not at all: what was asked for may have been done
    ├── NotWritten              a file could not be written, on a disk that is full, say
    ├── SandboxError            the sandbox cannot start, be joined or go on
    ├── PlanFailed              stacks that Terraform cannot plan
    ├── DestroyRefused          a plan destroys more than was allowed
    ├── PlanChanged             the plan is not the one that was reviewed
    ├── Locked                  another run holds the fleet
    ├── Awaiting                somebody else has to say yes, and has not in time
    └── Interrupted             the caller asked to stop
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.fleet.model import Problem


PASSING_STATUSES = frozenset({401, 408, 409, 412, 423, 425, 429})
"""Refusals of a client that may be over soon: who we are, what else goes on, how much is asked for."""

PASSING_CODES = frozenset({"InternalServerError", "ServiceUnavailable", "TooManyRequests", "OperationTimedOut"})
"""Of operations that failed, whose error has a code instead of a status."""


class OrchestrationError(Exception):
    """Base of every error raised on purpose; `run` is the id of the run that it ended, if one was recorded."""

    hint: str = ""
    run: str = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or self.hint


class InvalidFleet(OrchestrationError):
    """The fleet file has problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class InvalidChart(InvalidFleet):
    """A Helm chart has problems."""


class NotYet(OrchestrationError):
    """Something is accepted and valid, but this version cannot do it."""

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(f"not yet: {what}", hint=hint)
        self.what = what


class UsageError(OrchestrationError):
    """A verb was asked for something that cannot be."""


class RepositoryError(OrchestrationError):
    """A Git repository could not be read or written."""


class RepositoryNotFound(RepositoryError):
    """There is no repository at the address, or none that we may see."""


class RepositoryDenied(RepositoryError):
    """The host of a repository refuses our credential."""


class RepositoryBusy(RepositoryError):
    """The host of a repository does not answer now."""


class RepositoryMoved(RepositoryError):
    """A branch moved each time that we wrote to it."""


class CommandError(OrchestrationError):
    """A program we ran failed."""

    def __init__(self, argv: Sequence[str], code: int, stderr: str, *, hint: str = "") -> None:
        super().__init__(f"{shlex.join(argv)} exited {code}:\n{stderr.strip()}", hint=hint)
        self.argv, self.code, self.stderr = tuple(argv), code, stderr


class TerraformError(CommandError):
    """Terraform failed and said why."""

    def __init__(
        self, argv: Sequence[str], code: int, stderr: str, *, diagnostics: Sequence[str] = (), hint: str = ""
    ) -> None:
        super().__init__(argv, code, "\n".join(diagnostics) or stderr, hint=hint)
        self.diagnostics = tuple(diagnostics)


class TooMuchOutput(CommandError):
    """A program was ended, as it printed more than we are willing to hold."""

    def __init__(self, argv: Sequence[str]) -> None:
        super().__init__(argv, -1, "it printed more than is taken of it, and was ended")


class ToolMissing(OrchestrationError):
    """A program is absent or too old."""


class ServiceError(OrchestrationError):
    """Azure, GitHub or the sandbox answered with an error."""

    def __init__(self, message: str, *, status: int = 0, code: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status, self.code = status, code

    @property
    def refused(self) -> bool:
        """Whether the service knows us and says no to this: others of its answers can be had."""
        return self.status >= 400 and self.status != 401

    @property
    def final(self) -> bool:
        """Whether the service has judged what was asked: to ask the same again gets the same answer."""
        if self.status:
            return 400 <= self.status < 500 and self.status not in PASSING_STATUSES
        return bool(self.code) and self.code not in PASSING_CODES


class NotLoggedIn(ServiceError):
    """There is no usable login."""


class NoAnswer(ServiceError):
    """A request got no answer: nobody knows whether it was done."""


class NotWritten(OrchestrationError):
    """A file could not be written."""

    def __init__(self, path: Path, reason: str, free_kib: int | None) -> None:
        room = "" if free_kib is None else f"; {free_kib} KiB are free there"
        hint = "make room, or make it writable, then run the same command again: what is done is not done twice"
        super().__init__(f"{path} cannot be written: {reason}{room}", hint=hint)
        self.path, self.free_kib = path, free_kib


class SandboxError(OrchestrationError):
    """The sandbox cannot start, be joined or go on."""


class PlanFailed(OrchestrationError):
    """Terraform cannot plan some stacks; `failed` has each with what is wrong, in the words of who said it."""

    def __init__(self, failed: Mapping[str, str], *, hint: str = "") -> None:
        listing = "\n".join(f"  - {stack}: {error}" for stack, error in failed.items())
        super().__init__(f"{len(failed)} stacks cannot be planned:\n{listing}", hint=hint)
        self.failed = dict(failed)


class DestroyRefused(OrchestrationError):
    """A plan destroys more than was allowed."""

    def __init__(self, destroys: Sequence[str], allowed: int) -> None:
        listing = "\n".join(f"  - {item}" for item in destroys)
        super().__init__(
            f"the plan destroys {len(destroys)} things, {allowed} are allowed:\n{listing}",
            hint=f"read the list, then run again with --allow-destroy {len(destroys)}",
        )
        self.destroys, self.allowed = tuple(destroys), allowed


class PlanChanged(OrchestrationError):
    """The plan is not the one that was reviewed."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(
            f"the plan's digest is {found}, not the reviewed {expected}",
            hint="run `ewo plan` again, review it, and pass its digest to --expect",
        )
        self.expected, self.found = expected, found


class Locked(OrchestrationError):
    """Another run holds the fleet."""


class Awaiting(OrchestrationError):
    """Somebody else has to say yes, and has not in time: nothing failed, and it can still come."""


class Interrupted(OrchestrationError):
    """The caller asked to stop."""
